"""Which captions were chosen for a video: remembered for the next notes on it, also another day."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.domain.transcript import CaptionTrack, TranscriptKind

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChoiceShelf:
    """Where choices are kept between runs; `Ledger` has all of these."""

    recall: Callable[[str], Awaitable[Any]]
    remember: Callable[[str, Any], Awaitable[None]]
    forget: Callable[[str], Awaitable[None]]


class Choices:
    """The captions chosen for each link, by its key. A shelf that fails costs the next day only."""

    def __init__(self, shelf: ChoiceShelf | None = None) -> None:
        self._shelf = shelf
        self._known: dict[str, CaptionTrack | None] = {}

    async def of(self, key: str) -> CaptionTrack | None:
        if key not in self._known:
            self._known[key] = await self._recalled(key)
        return self._known[key]

    async def choose(self, key: str, track: CaptionTrack) -> bool:
        """Whether that is another choice than before."""
        before = await self.of(key)
        if before is not None and before.identity == track.identity:
            return False
        self._known[key] = track
        if self._shelf is not None:
            await self._kept(self._shelf.remember(_fact(key), list(track.identity)))
        return True

    async def forget(self, key: str) -> None:
        self._known[key] = None
        if self._shelf is not None:
            await self._kept(self._shelf.forget(_fact(key)))

    async def _recalled(self, key: str) -> CaptionTrack | None:
        if self._shelf is None:
            return None
        try:
            language, kind, name = await self._shelf.recall(_fact(key)) or ("", "", "")
            return CaptionTrack(language, TranscriptKind(kind), name) if kind else None
        except (NoteGenError, TypeError, ValueError) as error:
            _log.info("no choice of captions from the library: %s", error)
            return None

    @staticmethod
    async def _kept(work: Awaitable[None]) -> None:
        try:
            await work
        except NoteGenError as error:
            _log.info("the choice of captions is not kept: %s", error)


def _fact(key: str) -> str:
    return f"captions:{key}"
