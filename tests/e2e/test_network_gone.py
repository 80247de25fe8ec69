"""The network goes in the middle of a run and comes back; the whole program, on a faster clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from notegen_desktop.domain.jobs.board import BoardEvent, JobBoard, JobChanged
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.links.link import file_link
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.machine.paths import paths_below, sample_talk
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import Order
from notegen_desktop.services.writers import gemini
from notegen_desktop.wiring import Program, build_program
from tests.fakes.gemini import FakeGemini, Script, Seen
from tests.fakes.youtube import Drop, FakeVideo, FakeYoutube

from .command import KEY
from .limits import FastClock

TEMPLATES = ("basic-summary", "study-notes", "flashcards", "chapters", "quick-reference")
CALM = Script(seconds=1.0, chunks=30, words=(20, 40, 80))
GONE_S = 2.0
SILENT_S = 1.0
"""In seconds of the wall: how long the network is away, and what a connection has to say a word."""


@dataclass
class Outage:
    """A run of five notes, two at a time, and what its rows said."""

    server: FakeGemini
    youtube: FakeYoutube
    program: Program
    waits: set[str] = field(default_factory=set)
    complete_at: dict[str, float] = field(default_factory=dict)

    def hear(self, event: BoardEvent) -> None:
        if isinstance(event, JobChanged):
            self.waits.add(event.job.wait_reason)
            if event.job.status is Status.COMPLETE:
                self.complete_at[event.job.template] = asyncio.get_running_loop().time()

    async def run(self, trouble: Callable[[], Awaitable[None]]) -> None:
        board = self.program.runner.board
        board.subscribe(self.hear)
        order = Order((file_link(str(sample_talk())),), TEMPLATES, engine=Engine.GEMINI)
        self.program.runner.submit(order)
        assert await self.server.until(lambda s: any(r.chunks_sent > 12 for r in s.requests), 20)
        await trouble()
        await asyncio.wait_for(self.program.runner.wait(), 60)
        assert [job.status for job in board] == [Status.COMPLETE] * len(TEMPLATES)
        assert {job.attempt for job in board} == {1}
        assert self.program.budget.spent.requests == len(self.server.requests)

    def assert_nothing_paid_twice(self) -> None:
        again = [seen for seen in self.server.requests if seen.attempt > 1]
        assert again
        for seen in self.server.requests:
            assert seen.started <= self.complete_at[seen.template], "asked for when it was there"
        assert any(seen.asked.kept for seen in again), "what was whole is not asked for again"


@pytest.fixture
async def outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outage]:
    patient = partial(gemini.Limits, first_byte_s=SILENT_S, idle_s=SILENT_S)
    monkeypatch.setattr(gemini, "Limits", patient)
    with FakeGemini(CALM) as server, FakeYoutube() as youtube:
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
        monkeypatch.setenv("NOTEGEN_YOUTUBE_URL", youtube.url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)
        monkeypatch.delenv("NOTEGEN_DATABASE_URL", raising=False)
        paths = paths_below(tmp_path)
        settings = SettingsFile(paths.settings_file)
        settings.override({"processing.max_concurrent": 2})
        program = build_program(settings, paths, JobBoard(), clock=FastClock())
        yield Outage(server, youtube, program)
        await program.aclose()


@pytest.mark.slow
async def test_a_network_that_is_refused_is_waited_for(outage: Outage) -> None:
    async def nobody_listens() -> None:
        await asyncio.to_thread(outage.server.stop)
        await asyncio.sleep(GONE_S)
        await asyncio.to_thread(outage.server.start)

    await outage.run(nobody_listens)
    assert "Waiting for the network" in outage.waits
    outage.assert_nothing_paid_twice()


@pytest.mark.slow
async def test_a_black_hole_that_takes_everything_and_answers_nothing_is_waited_for(
    outage: Outage,
) -> None:
    def swallowed(_seen: Seen) -> Script:
        return CALM.but(first_byte_s=3600.0, seconds=7200.0)

    async def falls_silent() -> None:
        outage.server.script = swallowed
        await asyncio.sleep(GONE_S)
        outage.server.script = CALM

    await outage.run(falls_silent)
    assert "No answer in time; trying again" in outage.waits
    assert outage.program.services.activity is not None
    assert outage.program.services.activity.now.failed > 0


@pytest.mark.slow
async def test_a_video_is_read_when_the_network_is_back_and_not_watched_without(
    outage: Outage,
) -> None:
    runner = outage.program.runner
    runner.board.subscribe(outage.hear)
    video_id = "abcdefghijk"
    outage.youtube.add(FakeVideo(video_id))
    file = Order((file_link(str(sample_talk())),), TEMPLATES[:1], engine=Engine.GEMINI)
    runner.submit(file)
    await runner.wait()
    for kind in ("player", "captions", "oembed", "watch", "browse"):
        outage.youtube.fail(kind, Drop(), times=None)
    await asyncio.to_thread(outage.server.stop)
    links = find_links(f"https://youtu.be/{video_id}").links
    (job,) = runner.submit(replace(file, links=tuple(links)))
    while runner.board.job(job.id).wait_reason != "Waiting for the network":
        await asyncio.sleep(0.05)
        assert not runner.board.job(job.id).is_final
    outage.youtube.heal()
    await asyncio.to_thread(outage.server.start)
    await asyncio.wait_for(runner.wait(), 60)
    done = runner.board.job(job.id)
    assert done.status is Status.COMPLETE
    assert done.note is not None
    assert done.note.mode == "transcript"
