"""Many jobs of the whole program against a loopback Gemini that allows ten requests a minute.

The program's clock runs faster than the wall's, and the server's minute is as much shorter.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.links.link import file_link
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.machine.paths import paths_below, sample_talk
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import Order
from notegen_desktop.wiring import build_program
from tests.fakes.gemini import FakeGemini, Quota, Script, Seen

from .command import KEY

PER_MINUTE = 10
FASTER = 6.0
BEAT_S = 0.02
REACTION = 25
"""Within so many turns of its loop the program has read a refusal: on a busy machine, which gives
it fewer turns, that takes longer than half a second."""

TEMPLATES = ("basic-summary", "flashcards", "chapters", "quick-reference")


class FastClock:
    """A `Clock` on which a minute passes in 60 / FASTER seconds."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._epoch = time.time()

    def monotonic(self) -> float:
        return 1_000.0 + (time.monotonic() - self._begun) * FASTER

    def time(self) -> float:
        return self._epoch + (time.monotonic() - self._begun) * FASTER

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / FASTER)


@dataclass(frozen=True)
class Limited:
    """What came of a run; times in the program's minutes. `late` requests are after the first."""

    jobs: int
    complete: int
    late: int
    late_refused: int
    inside_a_wait: int
    minutes: float

    @property
    def refused_percent(self) -> float:
        return 100 * self.late_refused / self.late if self.late else 0.0


def run_limited(home: Path, videos: int) -> Limited:
    """Four templates for each of so many videos."""
    talks = [home / f"talk {number}.vtt" for number in range(videos)]
    for talk in talks:
        talk.write_bytes(sample_talk().read_bytes())
    quota = Quota(requests_per_minute=PER_MINUTE, minute_s=60 / FASTER, told=FASTER)
    beats: list[float] = []
    with FakeGemini(Script(seconds=0.1, words=(20, 40, 80)), quota=quota) as server:
        begun = time.monotonic()
        with _environment(server.url):
            complete = asyncio.run(_run(home, talks, beats))
        took = (time.monotonic() - begun) * FASTER / 60
        requests = server.requests
    first = requests[0].started
    admitted = [seen.started for seen in requests if seen.status == 200]
    refused = [
        (_read_at(seen, beats), _opens_at(seen, admitted))
        for seen in requests
        if seen.status == 429
    ]
    late = [seen for seen in requests if seen.started > first + 60 / FASTER]
    return Limited(
        jobs=videos * len(TEMPLATES),
        complete=complete,
        late=len(late),
        late_refused=sum(seen.status == 429 for seen in late),
        inside_a_wait=sum(
            any(read < seen.started < opens for read, opens in refused) for seen in requests
        ),
        minutes=took,
    )


def _read_at(refused: Seen, beats: list[float]) -> float:
    """When the program has surely read a refusal."""
    turn = bisect(beats, refused.ended) + REACTION
    return beats[turn] if turn < len(beats) else math.inf


def _opens_at(refused: Seen, admitted: list[float]) -> float:
    """Until when the server asked to wait: until the oldest of the last ten is a minute old."""
    at = refused.started
    window = [start for start in admitted if at - 60 / FASTER < start <= at][-PER_MINUTE:]
    return window[0] + 60 / FASTER


async def _beat(beats: list[float]) -> None:
    """Note the moments at which the loop turns."""
    while True:
        beats.append(time.monotonic())
        await asyncio.sleep(BEAT_S)


async def _run(home: Path, talks: list[Path], beats: list[float]) -> int:
    board = JobBoard()
    paths = paths_below(home)
    settings = SettingsFile(paths.settings_file)
    settings.override({"processing.max_concurrent": 8})
    program = build_program(settings, paths, board, clock=FastClock())
    beating = asyncio.create_task(_beat(beats))
    try:
        links = tuple(file_link(str(talk)) for talk in talks)
        program.runner.submit(Order(links, TEMPLATES, engine=Engine.GEMINI))
        await program.runner.wait()
        return sum(job.status is Status.COMPLETE for job in board)
    finally:
        beating.cancel()
        await program.aclose()


@contextmanager
def _environment(url: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ |= {"NOTEGEN_GEMINI_URL": url, "GEMINI_API_KEY": KEY}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
