"""Long notes: the parts are written concurrently, each like a note of its own, then merged.

Each part takes its own permits and has its own retries. Finished sections are kept durably and in
memory, so that neither a retry nor the next start pays for them again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from notegen_desktop.domain.errors import AnswerRefused, AnswerTruncated, AnswerUnusable
from notegen_desktop.domain.notes.merging import merge
from notegen_desktop.domain.notes.note import Draft, Part, PartDraft
from notegen_desktop.domain.notes.parts import not_told
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.services.pacing.retry import Wait

from .assignment import Work
from .observer import GenerationObserver, Growth
from .request import ModelAnswer

PART_ERRORS = (AnswerRefused, AnswerTruncated, AnswerUnusable)
"""Errors of one answer, not of the key, the network or the budget: other parts may succeed."""

WriteOne = Callable[[Work, GenerationObserver], Awaitable[ModelAnswer]]


async def write_parts(
    write: WriteOne, work: Work, parts: Sequence[Part], observer: GenerationObserver
) -> tuple[Draft, list[ModelAnswer], tuple[str, ...]]:
    """Return the draft of the whole note, the answers received now, and the descriptions of missing
    parts, which are at most half of all.

    If more parts fail, or one fails for another reason, the others are cancelled and the error is
    raised; their finished sections are kept.
    """
    kept = work.kept.of(len(parts))
    progress = _PartsInProgress(observer, work.template, kept, len(parts))
    await progress.lay_out()
    todo = [part for part in parts if not progress.is_done(part.number - 1)]

    broken: dict[int, str] = {}

    async def one(part: Part) -> ModelAnswer:
        number = part.number - 1
        saved = kept[number].draft if number in kept else None
        try:
            answer = await write(work.of_part(part, saved), _PartObserver(progress, number))
        except PART_ERRORS as error:
            if not isinstance(error, AnswerTruncated) and not error.keeps:
                await progress.drop(number)  # such an answer must not be continued
            told = kept[number].draft if number in kept else Draft()
            broken[number] = not_told(part, told, work.material.transcript)
            if 2 * len(broken) > len(parts):
                raise
            progress.give_up(number)
            return ModelAnswer()
        await progress.finish(number, answer.draft)
        return answer

    tasks = [asyncio.create_task(one(part), name=f"part {part.number}") for part in todo]
    try:
        if tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    answers = [task.result() for task in sorted(tasks, key=asyncio.Task.cancelled)]
    drafts = [kept[number].draft for number in range(len(parts)) if number in kept]
    lacks = tuple(broken[number] for number in sorted(broken))
    return merge(drafts, work.template), answers, lacks


class _PartsInProgress:
    """Combines the parts of one note into one note for its observer."""

    def __init__(
        self,
        observer: GenerationObserver,
        template: NoteTemplate,
        kept: dict[int, PartDraft],
        count: int,
    ) -> None:
        self.observer = observer
        self._template = template
        self._kept = kept
        self._count = count
        self._given_up: set[int] = set()
        self._progress = [float(self.is_done(number)) for number in range(count)]
        self._open = [Draft()] * count  # drafts in progress, whole or not
        self._waits: list[Wait | None] = [Wait()] * count  # None while writing and when done
        self._told: Wait | None = Wait()
        self._merged: tuple[tuple[int, ...], Draft] = ((), Draft())

    def is_done(self, number: int) -> bool:
        return number in self._given_up or (number in self._kept and self._kept[number].done)

    async def lay_out(self) -> None:
        """Show the sections of an earlier attempt, and keep them under the present run."""
        kept = sorted(self._kept.items())
        for number, part in kept:
            self._open[number] = part.draft
            if part.done:
                self._waits[number] = None
        for _, part in kept:
            await self._show(part)

    async def grew(self, number: int, draft: Draft, progress: float) -> None:
        self._open[number] = draft
        self._progress[number] = max(self._progress[number], min(progress, 0.99))
        part = PartDraft(number, replace(draft.kept(), whole=True))
        if part.draft.sections:
            self._kept[number] = part
        await self._show(part)

    async def finish(self, number: int, draft: Draft) -> None:
        self._kept[number] = PartDraft(number, replace(draft, whole=True), done=True)
        self._open[number] = self._kept[number].draft
        self._progress[number] = 1.0
        self.state(number, None)
        await self._show(self._kept[number])

    def give_up(self, number: int) -> None:
        """Stop writing a part; its finished sections stay."""
        self._given_up.add(number)
        self._progress[number] = 1.0
        self.state(number, None)

    async def drop(self, number: int) -> None:
        """Discard the draft of a part; another attempt writes it anew."""
        if self._kept.pop(number, None) is not None:
            self._open[number] = Draft()
            await self._show(PartDraft(number, Draft()))

    async def _show(self, part: PartDraft) -> None:
        mean = sum(self._progress) / self._count
        await self.observer.grew(Growth(self._preview(), mean, part, self._count))

    def _preview(self) -> Draft:
        """Return the finished sections of all parts, and the open one of the first unfinished
        part."""
        whole = [draft.kept() for draft in self._open]
        shape = tuple(len(draft.sections) for draft in whole)
        if shape != self._merged[0]:
            self._merged = (shape, merge(whole, self._template))
        shown = self._merged[1]
        growing = next(
            (draft for number, draft in enumerate(self._open) if not self.is_done(number)), None
        )
        if growing is None or growing.whole or not growing.sections:
            return replace(shown, whole=True)
        return Draft(shown.title, (*shown.sections, growing.sections[-1]))

    def state(self, number: int, wait: Wait | None) -> None:
        """Set whether a part waits, is queued (an empty wait), or writes (None). The note waits
        when all parts do."""
        self._waits[number] = wait
        undone = [w for n, w in enumerate(self._waits) if not self.is_done(n)]
        if not undone:
            return
        if None in undone:
            shared = None
        else:
            reasons = [w for w in undone if w is not None and w.reason]
            shared = min(reasons, key=lambda w: w.until or float("inf"), default=Wait())
        if shared == self._told:
            return
        self._told = shared
        if shared is None:
            self.observer.writing()
        else:
            self.observer.waiting(shared)


class _PartObserver(GenerationObserver):
    """Observes one part. Checking is reported for the whole note, once all parts are there."""

    def __init__(self, progress: _PartsInProgress, number: int) -> None:
        self._parts = progress
        self._number = number

    def waiting(self, wait: Wait) -> None:
        self._parts.state(self._number, wait)

    def writing(self) -> None:
        self._parts.state(self._number, None)

    async def grew(self, grown: Growth) -> None:
        await self._parts.grew(self._number, grown.draft, grown.progress)
