"""Films and recordings of this machine become notes: their words are heard, or they are uploaded.

Everything is real here but the two ends: Gemini is a loopback server, recognition a scripted one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.errors import FileMissing, NoteGenError, UnsupportedSource
from notegen_desktop.domain.jobs.board import BoardEvent, JobAdded, JobBoard, JobChanged
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.links.link import Link, file_link
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import Engine, Mode
from notegen_desktop.domain.text.transcript import TranscriptKind
from notegen_desktop.services.machine.paths import paths_below
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import Order
from notegen_desktop.wiring import Program, build_program
from tests.fakes.gemini import FakeGemini
from tests.fakes.gemini_script import Seen
from tests.fakes.site import FakeSite
from tests.fakes.whisper import FakeWhisper, install
from tests.fakes.youtube import Drop, FakeVideo, FakeYoutube
from tests.services.sources.test_media_length import mp4

KEY = "AIzaLoopbackLoopbackLoopbackLoopback000"
SRT = "1\n00:00:01,000 --> 00:00:03,000\nHello there, and welcome.\n"
TALK = (
    "Sorting begins with comparing neighbours until nothing has to change places any more.",
    "Merging halves is quicker, because each level touches every number once and no more.",
    "Choosing a pivot badly costs as much as the simplest way of all, so choose by chance.",
    "Buckets need no comparison, but they want keys from a small range and some memory.",
    "Stable methods keep equal records in order, which matters for tables and addresses.",
    "In practice your language has a good routine: measure before you write another one.",
)
"""Enough words for a note whose sections differ."""


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini() as running:
        yield running


class Desk:
    """Programs of one user, one after the other, and what the last one's board said."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = SettingsFile(paths_below(home).settings_file)
        self.program: Program
        self.reasons: list[str] = []

    def start(self) -> None:
        self.program = build_program(self.settings, paths_below(self.home), JobBoard())
        self.program.runner.board.subscribe(self._note_reason)

    def _note_reason(self, event: BoardEvent) -> None:
        if isinstance(event, JobAdded | JobChanged) and event.job.wait_reason:
            self.reasons.append(event.job.wait_reason)

    async def restart(self) -> None:
        await self.program.aclose()
        self.start()

    def submit(self, link: Link, *templates: str, **wishes: Any) -> tuple[NoteJob, ...]:
        order = Order(
            (link,), templates or ("basic-summary",), **{"engine": Engine.GEMINI, **wishes}
        )
        return self.program.runner.submit(order)

    async def generate(self, link: Link, *templates: str, **wishes: Any) -> list[NoteJob]:
        jobs = self.submit(link, *templates, **wishes)
        await asyncio.wait_for(self.program.runner.wait(), 30)
        return [self.program.runner.board.job(job.id) for job in jobs]


@pytest.fixture
async def desk(
    tmp_path: Path, server: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.delenv("NOTEGEN_DATABASE_URL", raising=False)
    made = Desk(tmp_path / "home")
    made.start()
    async with aclosing(made.program):
        yield made
        await made.program.aclose()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "A small talk.mp4"
    path.write_bytes(mp4(600.0))
    return path


def shown(seen: Seen) -> dict[str, str]:
    """The file in front of a request; the SDK spells its names either way."""
    contents = seen.body["contents"]
    first = (contents[0] if isinstance(contents, list) else contents)["parts"][0]
    told = first.get("fileData") or first["file_data"]
    return {to_camel(name): value for name, value in told.items()}


def to_camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def failure_code(job: NoteJob) -> str:
    return job.failure.code if job.failure else ""


# --- uploading -----------------------------------------------------------------------------------


async def test_a_film_without_words_is_uploaded_once_for_all_its_notes(
    desk: Desk, server: FakeGemini, film: Path
) -> None:
    jobs = await desk.generate(file_link(str(film)), "basic-summary", "study-notes", "chapters")
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3
    (kept,) = server.files.uploads
    assert bytes(kept.data) == mp4(600.0)
    for seen in server.requests:
        assert shown(seen) == {"fileUri": kept.uri, "mimeType": "video/mp4"}
    note = jobs[0].note
    assert note is not None
    assert (note.mode, note.video.title, note.video.duration_s) == ("video", "A small talk", 600.0)
    assert any("Uploading “A small talk.mp4” to Gemini" in reason for reason in desk.reasons)


async def test_an_upload_serves_the_next_start_until_it_is_gone(
    desk: Desk, server: FakeGemini, film: Path
) -> None:
    link = file_link(str(film))
    await desk.generate(link)
    await desk.restart()
    (job,) = await desk.generate(link, "chapters")
    assert job.status is Status.COMPLETE
    assert server.files.started == 1
    server.files.files.clear()
    (job,) = await desk.generate(link, "study-notes")
    assert job.status is Status.COMPLETE
    assert server.files.started == 2


async def test_a_changed_film_is_uploaded_and_written_about_anew(
    desk: Desk, server: FakeGemini, film: Path
) -> None:
    link = file_link(str(film))
    (first,) = await desk.generate(link)
    await asyncio.to_thread(film.write_bytes, mp4(900.0))
    await desk.restart()
    (second,) = await desk.generate(link)
    assert server.files.started == 2
    assert first.note is not None
    assert second.note is not None
    assert second.note.video.duration_s == 900.0
    await desk.restart()
    await desk.generate(link)
    assert len(server.requests) == 2  # the third time it is the same film: the stored note


async def test_an_upload_that_vanishes_before_its_turn_is_made_again_on_retry(
    desk: Desk, server: FakeGemini, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows = server.files.knows
    monkeypatch.setattr(server.files, "knows", lambda _uri: False)
    (job,) = await desk.generate(file_link(str(film)))
    assert failure_code(job) == "upload_gone"
    assert job.failure is not None
    assert job.failure.retryable
    monkeypatch.setattr(server.files, "knows", knows)
    server.files.files.clear()
    desk.program.runner.retry(job.id)
    await desk.program.runner.wait()
    assert desk.program.runner.board.job(job.id).status is Status.COMPLETE
    assert server.files.started == 2


async def test_a_gap_of_a_note_on_an_uploaded_film_is_filled_from_the_same_upload(
    desk: Desk, server: FakeGemini, film: Path
) -> None:
    (job,) = await desk.generate(file_link(str(film)))
    assert job.note is not None
    filled = await desk.program.runner.reviser.fill_gap(job.note.id, (200.0, 400.0))
    assert len(filled.sections) > len(job.note.sections)
    assert server.files.started == 1
    assert [shown(seen) for seen in server.requests] == [shown(server.requests[0])] * 2
    await asyncio.to_thread(film.unlink)
    with pytest.raises(FileMissing):
        await desk.program.runner.reviser.fill_gap(job.note.id, (200.0, 400.0))


async def test_an_upload_is_deleted_after_the_last_note_if_that_is_wished(
    desk: Desk, server: FakeGemini, film: Path
) -> None:
    desk.settings.change({"sources.keep_uploads": False})
    jobs = await desk.generate(file_link(str(film)), "basic-summary", "chapters")
    assert [job.status for job in jobs] == [Status.COMPLETE] * 2
    await desk.program.aclose()
    assert server.files.deleted == ["files/up1"]
    assert server.files.started == 1


async def test_cancelling_the_last_note_ends_the_upload(
    desk: Desk, server: FakeGemini, film: Path
) -> None:
    server.files.faults = ["busy"] * 1000
    link = file_link(str(film))
    jobs = desk.submit(link, "basic-summary", "chapters")
    await server.until(lambda s: len(s.files.faults) < 1000)
    desk.program.runner.cancel(jobs[0].id)
    await asyncio.sleep(0)
    assert server.files.uploads == []
    desk.program.runner.cancel_all()
    await asyncio.wait_for(desk.program.runner.wait(), 5)
    left = [task for task in asyncio.all_tasks() if task.get_name().startswith(link.key)]
    assert all(task.cancelling() or task.done() for task in left)


async def test_a_recording_is_heard_without_frames(
    desk: Desk, server: FakeGemini, tmp_path: Path
) -> None:
    path = tmp_path / "interview.m4a"
    path.write_bytes(mp4(600.0))
    link = file_link(str(path))
    order = Order((link,), ("basic-summary",), engine=Engine.GEMINI)
    (estimate,) = await desk.program.runner.preflight.estimate(order)
    assert 600 * 25 < estimate.input_tokens < 600 * 25 + 6000
    (job,) = await desk.generate(link)
    assert job.status is Status.COMPLETE
    assert shown(server.requests[0])["mimeType"] == "audio/m4a"
    assert "etadata" not in str(server.requests[0].body["contents"])


async def test_what_gemini_does_not_take_is_refused_with_every_way_on(
    desk: Desk, server: FakeGemini, tmp_path: Path, film: Path
) -> None:
    odd = tmp_path / "talk.wma"
    odd.write_bytes(bytes(100))
    (job,) = await desk.generate(file_link(str(odd)))
    assert failure_code(job) == "no_captions"
    assert job.failure is not None
    assert "not installed" in job.failure.message
    for way in ("talk.srt", "notegen-desktop[speech]", "MP3"):
        assert way in job.failure.hint
    desk.settings.change({"sources.upload_files": False})
    (job,) = await desk.generate(file_link(str(film)))
    assert failure_code(job) == "no_captions"
    assert job.failure is not None
    assert "Settings, Sources" in job.failure.hint
    (job,) = await desk.generate(file_link(str(film)), mode=Mode.VIDEO)
    assert failure_code(job) == UnsupportedSource.code()
    assert server.all_requests == []


async def test_captions_beside_a_film_are_enough_and_nothing_is_uploaded(
    desk: Desk, server: FakeGemini, film: Path
) -> None:
    film.with_suffix(".en.srt").write_text(
        "".join(
            f"{n}\n00:00:{2 * n - 2:02},000 --> 00:00:{2 * n:02},000\n{words}\n\n"
            for n, words in enumerate(TALK, 1)
        )
    )
    jobs = await desk.generate(file_link(str(film)), "basic-summary", "tutorial-guide")
    assert [job.status for job in jobs] == [Status.COMPLETE] * 2
    assert server.files.started == 0
    (job,) = await desk.generate(file_link(str(film)), "chapters", mode=Mode.HYBRID)
    assert job.status is Status.COMPLETE
    assert server.files.started == 1


# --- hearing -------------------------------------------------------------------------------------


async def test_words_are_heard_before_anything_is_uploaded(
    desk: Desk, server: FakeGemini, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ((0.0, 4.0, " ".join(TALK[:2])), (4.0, 9.0, " ".join(TALK[2:4])), (9.0, 12.0, TALK[4]))
    whisper = install(monkeypatch, tmp_path / "lib", FakeWhisper(said=said))
    desk.settings.change({"sources.speech_model": "small"})
    link = file_link(str(film))
    order = Order((link,), ("basic-summary",), engine=Engine.GEMINI)
    await desk.program.runner.preflight.estimate(order)
    assert whisper.heard == []  # foretelling a price is no reason to listen for minutes
    jobs = await desk.generate(link, "basic-summary", "chapters")
    assert [job.status for job in jobs] == [Status.COMPLETE] * 2
    assert len(whisper.heard) == 1
    assert server.files.started == 0
    assert "Listening to “A small talk.mp4”: 75 %" in desk.reasons
    assert jobs[0].note is not None
    assert jobs[0].note.mode == "transcript"
    words = await desk.program.services.store.get_transcript(link.key)
    assert words is not None
    assert words.kind is TranscriptKind.SPEECH


async def test_what_was_heard_serves_the_next_start_and_the_offline_engine(
    desk: Desk, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whisper = install(monkeypatch, tmp_path / "lib", FakeWhisper())
    desk.settings.change({"sources.speech_model": "small"})
    link = file_link(str(film))
    await desk.generate(link, engine=Engine.OFFLINE)
    await desk.restart()
    await desk.generate(link, "chapters", engine=Engine.OFFLINE)
    assert len(whisper.heard) == 1
    os.utime(film, (1, 1))
    await desk.restart()
    await desk.generate(link, "flashcards", engine=Engine.OFFLINE)
    assert len(whisper.heard) == 2


async def test_a_model_that_is_not_there_is_no_dead_end(
    desk: Desk, server: FakeGemini, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, tmp_path / "lib", FakeWhisper(models=()))
    desk.settings.change({"sources.speech_model": "small"})
    (job,) = await desk.generate(file_link(str(film)))
    assert job.status is Status.COMPLETE
    assert server.files.started == 1
    (job,) = await desk.generate(file_link(str(film)), engine=Engine.OFFLINE)
    assert failure_code(job) == "no_captions"
    assert job.failure is not None
    assert "“small” cannot be loaded" in job.failure.message
    assert "notegen speech install" in job.failure.hint
    assert "engine Gemini" in job.failure.hint


async def test_cancelling_while_it_listens_frees_the_job_at_once(
    desk: Desk, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whisper = install(monkeypatch, tmp_path / "lib", FakeWhisper(sticks_after=1))
    desk.settings.change({"sources.speech_model": "small"})
    jobs = desk.submit(file_link(str(film)), "basic-summary", "chapters")
    await whisper.began()
    desk.program.runner.cancel_all()
    await asyncio.wait_for(desk.program.runner.wait(), 5)
    assert all(desk.program.runner.board.job(job.id).status is Status.CANCELLED for job in jobs)
    await whisper.ended()


async def test_sources_with_words_and_online_ones_are_left_as_they_are(
    desk: Desk, film: Path, tmp_path: Path
) -> None:
    source = desk.program.services.source
    captions = tmp_path / "talk.srt"
    captions.write_text(SRT)
    material = await source.read(file_link(str(captions)), languages=())
    assert await desk.program.media.with_words(material) is material
    online = replace(material, transcript=None, video=replace(material.video, provider="youtube"))
    assert await desk.program.media.with_words(online) is online
    alone = await source.read(file_link(str(film)), languages=())
    assert await desk.program.media.with_words(alone, mode=Mode.VIDEO) is alone
    with pytest.raises(NoteGenError):
        await desk.program.media.shared(material)


# --- YouTube out of reach ------------------------------------------------------------------------


async def test_where_youtube_is_out_of_reach_gemini_watches_the_video(
    desk: Desk, server: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await an_unreachable_video(desk, monkeypatch)
    jobs = await desk.generate(link, "basic-summary", "chapters")
    assert [job.status for job in jobs] == [Status.COMPLETE] * 2
    assert {job.note.mode for job in jobs if job.note} == {"video"}
    (job,) = await desk.generate(link, "study-notes", mode=Mode.TRANSCRIPT)
    assert failure_code(job) == "network_unreachable"
    assert len(server.requests) == 2


async def test_a_retry_asks_youtube_again(
    desk: Desk, server: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeYoutube() as youtube:
        monkeypatch.setenv("NOTEGEN_YOUTUBE_URL", youtube.url)
        await desk.restart()
        for kind in ("player", "oembed"):
            youtube.fail(kind, Drop(), times=None)
        youtube.add(FakeVideo("abcdefghijk"))
        link = find_links("https://youtu.be/abcdefghijk").links[0]
        (job,) = await desk.generate(link, mode=Mode.TRANSCRIPT)
        assert failure_code(job) == "network_unreachable"
        youtube.heal()
        desk.program.runner.retry(job.id)
        await desk.program.runner.wait()
        assert desk.program.runner.board.job(job.id).status is Status.COMPLETE
        await desk.program.aclose()
    assert len(server.requests) == 1


async def an_unreachable_video(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Link:
    with FakeYoutube() as gone:
        monkeypatch.setenv("NOTEGEN_YOUTUBE_URL", gone.url)
    await desk.restart()
    return find_links("https://youtu.be/abcdefghijk").links[0]


# --- podcasts ------------------------------------------------------------------------------------

EPISODE = (
    '<rss version="2.0"><channel><title>Talks</title><item><title>On sorting</title><guid>a</guid>'
    '<enclosure url="http://cdn.example/a.m4a" type="audio/mp4" length="9"/>'
    "<duration>600</duration></item></channel></rss>"
)


@pytest.fixture
def web(desk: Desk) -> Iterator[FakeSite]:
    with FakeSite({"/feed.xml": ("text/xml", EPISODE.encode())}) as site:
        site.pages["/a.m4a"] = ("audio/mp4", mp4(600.0))
        desk.settings.change({"sources.proxy": site.url})
        yield site


async def episode(desk: Desk) -> Link:
    (feed,) = find_links("http://talks.example/feed.xml").links
    (video,) = await desk.program.services.source.expand(feed)
    return find_links(video.url).links[0]


async def test_an_episode_without_a_transcript_is_fetched_and_heard_once(
    desk: Desk, web: FakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whisper = install(monkeypatch, tmp_path / "lib", FakeWhisper())
    desk.settings.change({"sources.speech_model": "small"})
    link = await episode(desk)
    jobs = await desk.generate(link, "chapters", "basic-summary", engine=Engine.OFFLINE)
    assert [job.status for job in jobs] == [Status.COMPLETE] * 2
    assert sum("a.m4a" in url for url in web.asked) == len(whisper.heard) == 1
    assert "Fetching “On sorting”" in desk.reasons
    assert list((desk.home / "cache" / "sound").iterdir()) == []
    await desk.restart()
    await desk.generate(link, "flashcards", engine=Engine.OFFLINE)
    assert len(whisper.heard) == 1


async def test_an_episode_is_given_to_gemini_as_sound(
    desk: Desk, server: FakeGemini, web: FakeSite
) -> None:
    link = await episode(desk)
    order = Order((link,), ("basic-summary",), engine=Engine.GEMINI)
    (estimate,) = await desk.program.runner.preflight.estimate(order)
    assert 600 * 25 < estimate.input_tokens < 600 * 25 + 6000
    assert not any("a.m4a" in url for url in web.asked)
    (job,) = await desk.generate(link)
    assert job.status is Status.COMPLETE
    assert shown(server.requests[0])["mimeType"] == "audio/m4a"
    assert job.note is not None
    assert job.note.video.link_at(60) == "http://cdn.example/a.m4a#t=60"


async def test_a_sound_file_on_the_web_is_given_to_gemini_too(
    desk: Desk, server: FakeGemini, web: FakeSite
) -> None:
    (job,) = await desk.generate(find_links("http://cdn.example/a.m4a").links[0])
    assert job.status is Status.COMPLETE, job.failure
    assert shown(server.requests[0])["mimeType"] == "audio/m4a"


async def test_an_episode_whose_sound_is_gone_says_so(desk: Desk, web: FakeSite) -> None:
    del web.pages["/a.m4a"]
    (job,) = await desk.generate(await episode(desk))
    assert failure_code(job) == "video_not_found"
