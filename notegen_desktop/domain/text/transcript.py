"""Transcripts: segments with a label, a time span and a text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .languages import language_name, primary


class TranscriptKind(StrEnum):
    """The origin of a transcript."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"
    TRANSLATED = "translated"
    FILE = "file"
    SPEECH = "speech"


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """An available caption track. `language` is a BCP 47 tag, `data` the captions if already
    received."""

    language: str
    kind: TranscriptKind
    name: str = ""
    url: str = ""
    data: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        """The identity of the track among those of its video; addresses change from hour to
        hour."""
        return self.language, self.kind.value, self.name

    @property
    def words(self) -> str:
        """The track's description for users: “automatic captions, English”."""
        if self.kind is TranscriptKind.FILE:
            return f"the file “{self.name}”"
        kinds = {
            TranscriptKind.AUTOMATIC: "automatic captions",
            TranscriptKind.TRANSLATED: "machine-translated captions",
        }
        name = self.name.replace("(auto-generated)", "").replace("(Original)", "").strip()
        # A variant named by a site (“Chinese (Traditional)”) has a name in our list, too.
        is_variant = name.partition(" (")[0] == language_name(primary(self.language))
        if not name or (is_variant and "-" in self.language):
            name = language_name(self.language)
        told = name or self.language
        return f"{kinds.get(self.kind, 'captions')}{', ' + told if told else ''}"


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of speech. `label` is what a note cites; times are in seconds."""

    label: str
    start_s: float
    end_s: float
    text: str
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """All segments of a video in order of time. `language` is a BCP 47 tag, "" if unknown.

    `timed` is False for plain text without times: its segments' times are then estimates from the
    speed of speech, valid only as an order, and no cite of it is ever verified. `encoding` is the
    guessed encoding of a file, else "".
    """

    language: str
    kind: TranscriptKind
    segments: tuple[Segment, ...]
    timed: bool = True
    encoding: str = ""

    @property
    def duration_s(self) -> float:
        return max((s.end_s for s in self.segments), default=0.0)

    @property
    def text(self) -> str:
        return "\n".join(s.text for s in self.segments)

    @property
    def fingerprint(self) -> str:
        """A hash of text and times."""
        digest = hashlib.sha256()
        for s in self.segments:
            digest.update(f"{s.start_s:.2f}\x1f{s.text}\x1e".encode("utf-8", "replace"))
        return digest.hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        return {
            "language": self.language,
            "kind": self.kind.value,
            "duration_s": round(self.duration_s, 3),
            "segments": [
                {
                    "label": s.label,
                    "start_s": round(s.start_s, 3),
                    "end_s": round(s.end_s, 3),
                    "text": s.text,
                    "speaker": s.speaker,
                }
                for s in self.segments
            ],
        }
