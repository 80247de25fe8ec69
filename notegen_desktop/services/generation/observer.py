"""Observers of the generation of a note."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.notes.note import Draft, PartDraft
from notegen_desktop.services.pacing.retry import Wait


@dataclass(frozen=True, slots=True)
class Growth:
    """The growing text of a note and its progress, 0 to 1; `part` is the part of it that is stored
    if the note is written in `parts`."""

    draft: Draft
    progress: float
    part: PartDraft | None = None
    parts: int = 1


class GenerationObserver:
    """Receives the events of generating a note; the methods do nothing unless overridden. Events of
    awaited methods are durable when these return."""

    def waiting(self, wait: Wait) -> None:
        """The note waits; an empty reason means that it is only queued."""

    def writing(self) -> None:
        pass

    async def grew(self, grown: Growth) -> None:
        """The note has more text."""

    def checking(self) -> None:
        pass


class ForwardingObserver(GenerationObserver):
    """An observer that forwards every event to another, unless a subclass overrides it."""

    def __init__(self, observer: GenerationObserver) -> None:
        self.observer = observer

    def waiting(self, wait: Wait) -> None:
        self.observer.waiting(wait)

    def writing(self) -> None:
        self.observer.writing()

    async def grew(self, grown: Growth) -> None:
        await self.observer.grew(grown)

    def checking(self) -> None:
        self.observer.checking()
