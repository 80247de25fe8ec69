"""Caption tracks of an online video, and which of them is read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlparse

from notegen_desktop.domain.transcript import TranscriptKind

from .languages import normal_tag

FORMATS = ("json3", "vtt", "srt")
"""Forms our reader knows, the richest first."""


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """A caption track on offer. `language` is its BCP 47 tag, `data` its text if it came along."""

    language: str
    kind: TranscriptKind
    name: str = ""
    url: str = ""
    data: str = ""

    @property
    def words(self) -> str:
        """The track in words for people: “automatic captions, English”."""
        kinds = {
            TranscriptKind.AUTOMATIC: "automatic captions",
            TranscriptKind.TRANSLATED: "machine-translated captions",
        }
        name = self.name.replace("(auto-generated)", "").replace("(Original)", "").strip()
        told = name or self.language
        return f"{kinds.get(self.kind, 'captions')}{', ' + told if told else ''}"


def original_language(info: dict[str, Any]) -> str:
    """The language spoken, as far as a site tells."""
    for code in info.get("automatic_captions") or {}:
        if code.endswith("-orig"):
            return str(code).removesuffix("-orig")
    return str(info.get("language") or "")


def tracks_in(info: dict[str, Any]) -> list[CaptionTrack]:
    """The tracks in what yt-dlp found, in its order; those it would have to translate marked."""
    original = original_language(info)
    tracks: list[CaptionTrack] = []
    for key, kind in (
        ("subtitles", TranscriptKind.MANUAL),
        ("automatic_captions", TranscriptKind.AUTOMATIC),
    ):
        for code, forms in (info.get(key) or {}).items():
            form = _best_form(forms)
            if form is None or code == "live_chat":
                continue
            language = _tag(str(code or "").removesuffix("-orig"))
            url = str(form.get("url") or "")
            made = kind
            automatic = kind is TranscriptKind.AUTOMATIC
            foreign = automatic and original and not _same(language, original)
            if foreign or "tlang" in parse_qs(urlparse(url).query):
                made = TranscriptKind.TRANSLATED
            track = CaptionTrack(
                language, made, str(form.get("name") or ""), url, str(form.get("data") or "")
            )
            if not any((t.language, t.kind) == (language, made) for t in tracks):
                tracks.append(track)
    return tracks


def _tag(code: str) -> str:
    """YouTube's `en-a1B2c3` for a second English track is `en`; tags stay what they are."""
    return normal_tag(code) or normal_tag(code.partition("-")[0]) or code


def _best_form(forms: Any) -> dict[str, Any] | None:
    known = [f for f in forms or [] if isinstance(f, dict) and _format(f) in FORMATS]
    known = [f for f in known if f.get("url") or f.get("data")]
    return min(known, key=lambda f: FORMATS.index(_format(f)), default=None)


def _format(form: dict[str, Any]) -> str:
    """What form captions have; where a page does not say, the ending of their address does."""
    path = urlparse(str(form.get("url") or "")).path
    return str(form.get("ext") or path.rpartition(".")[2]).lower()


def choose(
    tracks: Iterable[CaptionTrack], languages: Sequence[str], original: str = ""
) -> CaptionTrack | None:
    """The track to read: the user's languages in their order, human before automatic.

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


def _best_in(tracks: Sequence[CaptionTrack], wanted: str) -> CaptionTrack | None:
    near = [t for t in tracks if _same(t.language, wanted)]
    return min(near, key=lambda t: (_rank(t), t.language.lower() != wanted.lower()), default=None)


def _rank(track: CaptionTrack) -> int:
    order = (TranscriptKind.MANUAL, TranscriptKind.AUTOMATIC, TranscriptKind.TRANSLATED)
    return order.index(track.kind) if track.kind in order else 0


def _same(one: str, other: str) -> bool:
    return (
        one.replace("_", "-").lower().partition("-")[0]
        == other.replace("_", "-").lower().partition("-")[0]
    )
