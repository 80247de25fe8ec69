"""The offline engine: extracts notes from the transcript's own sentences, on this machine.

It needs no key, no network and no download. A transcript is analysed once for all templates; the
work runs in a thread, one note at a time, so that the window keeps its processor time.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

from notegen_desktop.domain.errors import TranscriptNeeded
from notegen_desktop.domain.notes.note import Draft, DraftSection, Engine, Usage
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.ports import Assignment, Writing

from .extract.analysis import Analysis, Stopped
from .extract.note import compose

MODEL = "extract"
"""Model name in a note of the engine "offline"."""

_KEPT = 4
"""Analyses kept for further templates of the same videos; one of a two-hour video is about 2 MB."""

T = TypeVar("T")


class OfflineWriter:
    """Fills the sections of any template with quotes; see `extract`."""

    engine = Engine.OFFLINE

    def __init__(self) -> None:
        self._analyses: OrderedDict[tuple[str, str, bool], Analysis] = OrderedDict()
        self._turn = asyncio.Lock()
        self._closing = threading.Event()

    async def prepare(self) -> None:
        """Do nothing: word lists are loaded with the first transcript, in a thread."""

    async def write(self, assignment: Assignment) -> AsyncGenerator[Writing, None]:
        """Yield the note section by section. Raises TranscriptNeeded without a transcript."""
        transcript = assignment.transcript
        if transcript is None or not transcript.segments:
            raise TranscriptNeeded
        title = assignment.video.title or assignment.template.name
        yield Writing(Draft(title=title), model=MODEL, progress=0.02)
        async with self._turn:
            analysis = await self._in_thread(lambda stop: self._analysis(transcript, stop))
        yield Writing(Draft(title=title), model=MODEL, progress=0.4)
        async with self._turn:
            sections = await self._in_thread(
                lambda stop: compose(assignment.template, analysis, assignment.video, stop)
            )
        written: tuple[DraftSection, ...] = ()
        for section in sections:
            written += (section,)
            share = len(written) / len(sections)
            draft = Draft(title=title, sections=written, whole=len(written) == len(sections))
            yield Writing(draft, model=MODEL, progress=0.5 + 0.49 * share)
            await asyncio.sleep(0)
        draft = Draft(title=title, sections=written, whole=True)
        yield Writing(draft, usage=Usage(), progress=1.0, finished=True, model=MODEL)

    async def aclose(self) -> None:
        """Drop the analyses and stop running work."""
        self._closing.set()
        self._analyses.clear()

    def _analysis(self, transcript: Transcript, check: Callable[[], None]) -> Analysis:
        """Return the analysis of a transcript, cached for the latest ones."""
        key = (transcript.fingerprint, transcript.language, transcript.timed)
        analysis = self._analyses.get(key)
        if analysis is None:
            analysis = Analysis(transcript, check)
            self._analyses[key] = analysis
            while len(self._analyses) > _KEPT:
                self._analyses.popitem(last=False)
        else:
            self._analyses.move_to_end(key)
        return analysis

    async def _in_thread(self, work: Callable[[Callable[[], None]], T]) -> T:
        """Run work off the event loop; it stops soon after its caller is cancelled."""
        abandoned = threading.Event()

        def check() -> None:
            if abandoned.is_set() or self._closing.is_set():
                raise Stopped

        try:
            return await asyncio.to_thread(work, check)
        finally:
            abandoned.set()
