"""Who is told how a note comes along."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.notes.note import Draft, PartDraft
from notegen_desktop.services.pacing.retry import Wait


@dataclass(frozen=True, slots=True)
class Growth:
    """The text of a note and how far it is, 0 to 1; `part` is what is kept of it where it is
    written in `parts`."""

    draft: Draft
    progress: float
    part: PartDraft | None = None
    parts: int = 1


class GenerationObserver:
    """Is told how a note comes along; what a subclass leaves out, it does not care for. What is
    awaited is durable when it returns."""

    def waiting(self, wait: Wait) -> None:
        """The note waits; an empty reason says that it is only queued."""

    def writing(self) -> None:
        pass

    async def grew(self, grown: Growth) -> None:
        """The note has more text."""

    def checking(self) -> None:
        pass


class Relay(GenerationObserver):
    """An observer that hands on to another one all that its subclasses do not change."""

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
