"""Chooses the caption track of a video: by languages, or the one chosen before."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass

from notegen_desktop.domain.errors import NoCaptions, NoteGenError
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.transcript import CaptionTrack, TranscriptKind
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Ledger


def _named(tracks: Iterable[CaptionTrack], wanted: CaptionTrack) -> CaptionTrack | None:
    """Return the track that was chosen before among those available now; None if it is gone."""
    offered = list(tracks)
    same = [t for t in offered if t.identity == wanted.identity]
    near = [t for t in offered if (t.language, t.kind) == (wanted.language, wanted.kind)]
    return next(iter(same or near), None)


def choose(
    tracks: Iterable[CaptionTrack], languages: Sequence[str], original: str = ""
) -> CaptionTrack | None:
    """Return the track to read: the user's languages in their order, manual before automatic.

    Without a match, the language of the video; machine translations only if there is nothing else.
    """
    offered = list(tracks)
    plain = [t for t in offered if t.kind is not TranscriptKind.TRANSLATED]
    spoken = original or next((t.language for t in plain if t.kind is TranscriptKind.AUTOMATIC), "")
    for wanted in (*languages, spoken):
        if wanted:
            found = _best_in(plain, wanted)
            if found:
                return found
    rest = plain or offered
    return _best_in(rest, "en") or (min(rest, key=_rank) if rest else None)


@dataclass(frozen=True, slots=True)
class TrackPreference:
    """The captions to read: one track, or the best for these languages."""

    languages: tuple[str, ...]
    track: CaptionTrack | None = None

    @classmethod
    def of(cls, languages: Sequence[str], track: CaptionTrack | None) -> TrackPreference:
        return cls((track.language,) if track else tuple(languages), track)

    def best(self, offered: list[CaptionTrack], original: str) -> CaptionTrack | None:
        if self.track is not None:
            return _named(offered, self.track)
        return choose(offered, self.languages, original)

    def unfulfilled(self, hint: str = "") -> NoCaptions:
        """Return the error of missing captions; `hint` is for a video without any."""
        if self.track is None:
            return NoCaptions(hint=hint)
        return NoCaptions(
            _("This video does not have {words} (any more).").format(words=self.track.words),
            hint=_("Choose among the captions it has."),
        )


def _best_in(tracks: Sequence[CaptionTrack], wanted: str) -> CaptionTrack | None:
    near = [t for t in tracks if primary(t.language) == primary(wanted)]
    return min(near, key=lambda t: (_rank(t), t.language.lower() != wanted.lower()), default=None)


def _rank(track: CaptionTrack) -> int:
    order = (TranscriptKind.MANUAL, TranscriptKind.AUTOMATIC, TranscriptKind.TRANSLATED)
    return order.index(track.kind) if track.kind in order else 0


# --- Which captions were chosen for a video ---

_log = logging.getLogger(__name__)


class Choices:
    """The captions chosen for each link, by its key, stored in `ledger` between runs; errors of
    storing are ignored."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self._ledger = ledger
        self._known: dict[str, CaptionTrack | None] = {}

    async def of(self, key: str) -> CaptionTrack | None:
        if key not in self._known:
            self._known[key] = await self._recalled(key)
        return self._known[key]

    async def choose(self, key: str, track: CaptionTrack) -> bool:
        """Store a choice; return True if it differs from the one before."""
        before = await self.of(key)
        if before is not None and before.identity == track.identity:
            return False
        self._known[key] = track
        if self._ledger is not None:
            await self._kept(self._ledger.remember(_fact(key), list(track.identity)))
        return True

    async def forget(self, key: str) -> None:
        self._known[key] = None
        if self._ledger is not None:
            await self._kept(self._ledger.forget(_fact(key)))

    async def _recalled(self, key: str) -> CaptionTrack | None:
        if self._ledger is None:
            return None
        try:
            language, kind, name = await self._ledger.recall(_fact(key)) or ("", "", "")
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
