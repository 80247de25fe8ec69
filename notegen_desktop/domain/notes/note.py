"""A note: sections, each told at three levels of detail, each grounded in the video.

`Draft` is what a writer has produced so far; `Note` is the finished thing, with times instead of
labels. The three levels of a section are three texts of the same section.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from notegen_desktop.domain.links.video import Video, clock


class Level(StrEnum):
    CONCISE = "concise"
    STANDARD = "standard"
    COMPREHENSIVE = "comprehensive"


class Mode(StrEnum):
    """What the writer is given: the words, the video itself, or both."""

    AUTO = "auto"
    TRANSCRIPT = "transcript"
    VIDEO = "video"
    HYBRID = "hybrid"


class Engine(StrEnum):
    AUTO = "auto"
    GEMINI = "gemini"
    GEMINI_LEGACY = "gemini-legacy"
    OFFLINE = "offline"


_NEAREST = {
    Level.CONCISE: (Level.CONCISE, Level.STANDARD, Level.COMPREHENSIVE),
    Level.STANDARD: (Level.STANDARD, Level.CONCISE, Level.COMPREHENSIVE),
    Level.COMPREHENSIVE: (Level.COMPREHENSIVE, Level.STANDARD, Level.CONCISE),
}


class _Levels:
    """The three texts of a section."""

    __slots__ = ()

    def at(self, level: Level) -> str:
        """The section's own text at a level; may be empty."""
        return str(getattr(self, level.value))

    def shown_at(self, level: Level) -> str:
        """What a reader is shown at a level: its own text, or that of the nearest with words."""
        return next((text for each in _NEAREST[level] if (text := self.at(each)).strip()), "")


@dataclass(frozen=True, slots=True)
class DraftSection(_Levels):
    """A section as the writer gives it: `cites` are labels of segments, or clock times."""

    heading: str
    cites: tuple[str, ...] = ()
    concise: str = ""
    standard: str = ""
    comprehensive: str = ""

    @property
    def chars(self) -> int:
        return len(self.concise) + len(self.standard) + len(self.comprehensive)


@dataclass(frozen=True, slots=True)
class Draft:
    """A note in the making. Every section but the last is whole; `whole` says the last is too."""

    title: str = ""
    sections: tuple[DraftSection, ...] = ()
    whole: bool = False

    @property
    def chars(self) -> int:
        return len(self.title) + sum(len(s.heading) + s.chars for s in self.sections)

    def kept(self) -> Draft:
        """What may be kept when the writing stopped here: the last section only if it is whole."""
        return self if self.whole else replace(self, sections=self.sections[:-1])

    def continued_by(self, more: Draft) -> Draft:
        """This beginning and its continuation, without the sections that came a second time."""
        known = {section.heading.strip().casefold() for section in self.sections}
        fresh = tuple(s for s in more.sections if s.heading.strip().casefold() not in known)
        return Draft(self.title or more.title, self.sections + fresh, more.whole)


@dataclass(frozen=True, slots=True)
class Cite:
    """A place in the video that a section rests on; seconds."""

    start_s: float
    end_s: float
    verified: bool


@dataclass(frozen=True, slots=True)
class Section(_Levels):
    heading: str
    cites: tuple[Cite, ...] = ()
    concise: str = ""
    standard: str = ""
    comprehensive: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the video the note cites, in seconds, and the stretches it leaves out."""

    covered_s: float = 0.0
    gaps: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What the writing took: requests, tokens and US dollars."""

    requests: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            self.thought_tokens + other.thought_tokens,
            self.cost_usd + other.cost_usd,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "cached_tokens": self.cached_tokens,
            "output_tokens": self.output_tokens,
            "thought_tokens": self.thought_tokens,
            "cost_usd": round(self.cost_usd, 6),
        }


@dataclass(frozen=True, slots=True)
class Note:
    """A finished note. `created` is ISO 8601 in UTC; `id` is given by the library."""

    title: str
    video: Video
    template: str
    template_version: str
    language: str
    engine: str
    model: str
    created: str
    sections: tuple[Section, ...]
    coverage: Coverage = field(default_factory=Coverage)
    usage: Usage = field(default_factory=Usage)
    mode: str = Mode.TRANSCRIPT.value
    id: str = ""

    def to_json(self) -> dict[str, Any]:
        """The note as other programs read it."""
        return {
            "title": self.title,
            "video": {
                "id": self.video.id,
                "url": self.video.url,
                "title": self.video.title,
                "channel": self.video.channel,
                "duration_s": self.video.duration_s,
            },
            "template": self.template,
            "template_version": self.template_version,
            "language": self.language,
            "engine": self.engine,
            "model": self.model,
            "created": self.created,
            "sections": [
                {
                    "heading": s.heading,
                    "cites": [
                        {
                            "start_s": round(c.start_s, 3),
                            "end_s": round(c.end_s, 3),
                            "verified": c.verified,
                        }
                        for c in s.cites
                    ],
                    "concise": s.concise,
                    "standard": s.standard,
                    "comprehensive": s.comprehensive,
                }
                for s in self.sections
            ],
            "coverage": {
                "covered_s": round(self.coverage.covered_s, 3),
                "gaps": [[round(a, 3), round(b, 3)] for a, b in self.coverage.gaps],
            },
            "usage": self.usage.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Note:
        """The note that `to_json` wrote. Raises KeyError, TypeError or ValueError for another."""
        return cls(
            title=str(data["title"]),
            video=Video(**data["video"]),
            template=str(data["template"]),
            template_version=str(data["template_version"]),
            language=str(data["language"]),
            engine=str(data["engine"]),
            model=str(data["model"]),
            created=str(data["created"]),
            sections=tuple(
                Section(
                    heading=str(section["heading"]),
                    cites=tuple(Cite(**cite) for cite in section["cites"]),
                    **{level.value: str(section[level.value]) for level in Level},
                )
                for section in data["sections"]
            ),
            coverage=Coverage(
                float(data["coverage"]["covered_s"]),
                tuple((float(a), float(b)) for a, b in data["coverage"]["gaps"]),
            ),
            usage=Usage(**data["usage"]),
        )


# --- A part of a long video, and what is kept of a note on it ---


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a video that one request writes about; times in seconds.

    `first` and `last` are the labels of its own segments, "" where there are no words. It is number
    `number` of `count`. A part that `fills` closes a gap of a note that has the sections `known`.
    """

    start_s: float
    end_s: float
    first: str = ""
    last: str = ""
    number: int = 1
    count: int = 1
    fills: bool = False
    known: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    @property
    def words(self) -> str:
        """Where it is, for people and models."""
        return f"{clock(self.start_s)} to {clock(self.end_s)}"


@dataclass(frozen=True, slots=True)
class PartDraft:
    """What is kept of one part, numbered from 0: whole sections, and whether they are all of it."""

    number: int
    draft: Draft
    done: bool = False
