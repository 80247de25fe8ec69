"""A note: sections, each told at three levels of detail, each grounded in the video.

`Draft` is what a writer has produced so far; `Note` is the finished thing, with times instead of
labels. The three levels of a section are three texts of the same section.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, astuple, dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from operator import add, sub
from typing import Any, ClassVar, Self

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext

from .lacking import lacks_words
from .remark import Remark
from .statements import marker, markers, split


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


class Engine(str):
    """Who writes a note: one of the four built in, or the connection of that name.

    The same name is the same object, so `is` compares engines.
    """

    AUTO: ClassVar[Engine]
    GEMINI: ClassVar[Engine]
    GEMINI_LEGACY: ClassVar[Engine]
    OFFLINE: ClassVar[Engine]

    __slots__ = ()
    _known: ClassVar[dict[str, Engine]] = {}

    def __new__(cls, name: str) -> Engine:
        if name not in cls._known:
            cls._known[str(name)] = super().__new__(cls, name)
        return cls._known[name]

    @property
    def value(self) -> str:
        return str(self)

    @property
    def is_gemini(self) -> bool:
        """Whether Gemini writes, which alone watches videos."""
        return self in (Engine.GEMINI, Engine.GEMINI_LEGACY)

    @property
    def is_connection(self) -> bool:
        return self not in BUILT_IN_ENGINES

    @property
    def service(self) -> str:
        """What the other side is called in sentences."""
        return "Gemini" if not self.is_connection else str(self)


Engine.AUTO = Engine("auto")
Engine.GEMINI = Engine("gemini")
Engine.GEMINI_LEGACY = Engine("gemini-legacy")
Engine.OFFLINE = Engine("offline")

BUILT_IN_ENGINES = frozenset({Engine.AUTO, Engine.GEMINI, Engine.GEMINI_LEGACY, Engine.OFFLINE})


_NEAREST = {
    Level.CONCISE: (Level.CONCISE, Level.STANDARD, Level.COMPREHENSIVE),
    Level.STANDARD: (Level.STANDARD, Level.CONCISE, Level.COMPREHENSIVE),
    Level.COMPREHENSIVE: (Level.COMPREHENSIVE, Level.STANDARD, Level.CONCISE),
}


class _Levels:
    """The three texts of a section."""

    __slots__ = ()

    concise: str
    standard: str
    comprehensive: str

    @property
    def texts(self) -> tuple[str, str, str]:
        """In the order of `Level`; each may be empty."""
        return self.concise, self.standard, self.comprehensive

    def with_texts(self, texts: Iterable[str]) -> Self:
        """The section with other texts, in the order of `Level`."""
        concise, standard, comprehensive = texts
        return replace(  # type: ignore[type-var]
            self, concise=concise, standard=standard, comprehensive=comprehensive
        )

    def with_text(self, level: Level, text: str) -> Self:
        """The section with another text at one level."""
        return self.with_texts(text if each is level else self.at(each) for each in Level)

    def at(self, level: Level) -> str:
        """The section's own text at a level; may be empty."""
        return str(getattr(self, level.value))

    def shown_at(self, level: Level) -> str:
        """What a reader is shown at a level: its own text, or that of the nearest with words."""
        return self.at(self.level_shown_at(level))

    def level_shown_at(self, level: Level) -> Level:
        """The level whose text a reader is shown at a level."""
        return next((each for each in _NEAREST[level] if self.at(each).strip()), level)


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


class Doubt(StrEnum):
    """What of a statement is not in the words at its place."""

    NUMBER = "number"
    NAME = "name"
    QUOTE = "quote"
    SENSE = "sense"
    PLACE = "place"
    """It is said, but elsewhere."""


class Says(StrEnum):
    """Whether a passage says what a statement says."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Review:
    """What a second look by the model found of a statement; `reason` tells why it is not `yes`."""

    says: Says
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cite:
    """A place in the video (seconds) that a section, or a statement in it, rests on.

    `n` numbers the cites of a section from 1; the statements of its three levels carry the marker
    `[^n]` (see `statements`), a cite of the section as a whole has none. Cites of notes stored by
    earlier versions have no number (0).
    """

    start_s: float
    end_s: float
    verified: bool | None
    """Whether the words there support what is stated; None where nothing could be compared."""
    n: int = 0
    doubt: Doubt | None = None
    """What was not found, where `verified` is false."""
    mark: str = ""
    """The words of the statement that are in doubt; "" if no single ones are."""
    review: Review | None = None
    """What a second look by the model found; None where there was none."""
    video: Video | None = None
    """Which of a note's `videos` it is a place in; None where the note is of one video."""
    video_number: int = 0
    """Its number among them, from 1."""

    @property
    def is_doubtful(self) -> bool:
        """By the words at its place, or by a second look."""
        objected = self.review is not None and self.review.says is not Says.YES
        return self.verified is False or objected

    def to_json(self) -> dict[str, Any]:
        """The cite as other programs read it; `mark`, `review`, `video` where there is one."""
        data = asdict(self)
        if self.video is not None:
            video = self.video
            data["video"] = {"id": video.id, "url": video.public_url, "title": video.title}
        order = ("n", "start_s", "end_s", "verified", "doubt")
        shown = {key: data[key] for key in order}
        return shown | {key: data[key] for key in ("mark", "review", "video") if data[key]}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the video in a section: a JPEG of what was shown at `at_s` seconds."""

    at_s: float
    width: int
    height: int
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """A file name that its content alone decides."""
        return f"picture-{sha256(self.data).hexdigest()[:16]}.jpg"

    @property
    def words(self) -> str:
        """What it is, for those who do not see it."""
        return f"Picture at {clock(self.at_s)}"

    @property
    def base64(self) -> str:
        return b64encode(self.data).decode()

    def to_json(self) -> dict[str, Any]:
        """The picture as other programs read it; `data` is base64."""
        facts = {"at_s": self.at_s, "width": self.width, "height": self.height}
        return facts | {"mime_type": "image/jpeg", "data": self.base64}


@dataclass(frozen=True, slots=True)
class StatementCount:
    """How many statements name a place, and what the words at these places say of them.

    `cited` is the sum of the others. A statement that several levels repeat counts once.
    """

    cited: int = 0
    verified: int = 0
    doubtful: int = 0
    unchecked: int = 0

    @property
    def words(self) -> str:
        """`38 of 41 statements found in the talk`; "" for a note without such statements."""
        if not self.cited:
            return ""
        if not self.verified and not self.doubtful:
            return ngettext(
                "{n} statement with a time; nothing to compare with",
                "{n} statements with a time; nothing to compare with",
                self.cited,
            ).format(n=number(self.cited))
        if self.cited == 1:
            return (
                _("1 statement, found in the talk")
                if self.verified
                else _("1 statement, not found in the talk")
            )
        if self.verified == self.cited:
            words = ngettext(
                "All {n} statements found in the talk",
                "All {n} statements found in the talk",
                self.cited,
            )
        elif self.verified:
            words = ngettext(
                "{found} of {n} statements found in the talk",
                "{found} of {n} statements found in the talk",
                self.cited,
            )
        else:
            words = ngettext(
                "None of {n} statements found in the talk",
                "None of {n} statements found in the talk",
                self.cited,
            )
        return words.format(n=number(self.cited), found=number(self.verified))

    def __add__(self, other: StatementCount) -> StatementCount:
        return StatementCount(*map(add, astuple(self), astuple(other)))


@dataclass(frozen=True, slots=True)
class Section(_Levels):
    heading: str
    cites: tuple[Cite, ...] = ()
    concise: str = ""
    standard: str = ""
    comprehensive: str = ""
    pictures: tuple[Picture, ...] = ()
    """In order of time; shown below its text, at each level."""
    own: tuple[str, ...] = ()
    """The statements, without their times, that the note's reader wrote: they are not counted."""

    @property
    def markers(self) -> set[int]:
        """The numbers of the cites that its texts name."""
        return set().union(*map(markers, self.texts))

    @property
    def statements(self) -> StatementCount:
        return sum(self.counting(), StatementCount())

    def counting(self) -> Iterator[StatementCount]:
        """Its statements, counted in steps: a long text takes some hundredths of a second.

        A statement is doubtful if one of its places is, and verified if all of them are.
        """
        verified = {c.n: not c.is_doubtful and c.verified for c in self.cites if c.n}
        verdicts: dict[str, list[bool | None]] = {}
        for text in self.texts:
            if not any(marker(number) in text for number in verified):
                continue
            yield StatementCount()
            for statement in split(text):
                found = [verified[n] for n in statement.markers if n in verified]
                if found and statement.text not in self.own:
                    verdicts.setdefault(statement.text, []).extend(found)
        doubtful = sum(False in found for found in verdicts.values())
        supported = sum(all(found) for found in verdicts.values())
        unchecked = len(verdicts) - supported - doubtful
        yield StatementCount(len(verdicts), supported, doubtful, unchecked)


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
        return Usage(*map(add, astuple(self), astuple(other)))

    def __sub__(self, other: Usage) -> Usage:
        return Usage(*map(sub, astuple(self), astuple(other)))

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"cost_usd": round(self.cost_usd, 6)}


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
    wish: str = ""
    """What the user wanted of this note beyond its template, in a sentence."""
    missing: tuple[str, ...] = ()
    """What it lacks although it is good, each in words that follow “lacks”: “the section “Key
    takeaways””, “the video from 1:40:00 to 3:20:00”. Empty for a whole note."""
    saved_at: float = field(default=0.0, compare=False)
    """When the library last took it down, in seconds since the epoch; 0 where it has not."""
    card_dates: Mapping[str, float] = field(default_factory=dict, compare=False)
    """When its cards last changed (see `practice.cards.card_dates`); empty out of the library."""
    tags: tuple[str, ...] = ()
    """What its reader files it under, in order of the alphabet."""
    videos: tuple[Video, ...] = ()
    """Those that a guide is over, in their order; none for a note of the one `video`."""
    remarks: tuple[Remark, ...] = ()
    """What its reader marked in it and in its transcript, and said of that."""

    @property
    def lacks(self) -> str:
        """What it lacks, as a sentence for its reader; "" for a whole note."""
        return lacks_words(self.missing)

    @property
    def statements(self) -> StatementCount:
        return sum((section.statements for section in self.sections), StatementCount())

    def to_json(self) -> dict[str, Any]:
        """The note as other programs read it: times in milliseconds, dollars in millionths."""
        data = _rounded(asdict(self))
        data["video"] = {key: getattr(self.video, key) for key in _VIDEO_KEYS}
        data["videos"] = [
            {key: getattr(v, key) for key in _VIDEO_KEYS} | {"url": v.public_url}
            for v in self.videos
        ]
        for section, told in zip(data["sections"], self.sections, strict=True):
            section["cites"] = [_rounded(cite.to_json()) for cite in told.cites]
            section["pictures"] = [_rounded(picture.to_json()) for picture in told.pictures]
            for seldom in ("pictures", "own"):
                if not section[seldom]:
                    del section[seldom]
        data["statements"] = asdict(self.statements)
        return {key: data[key] for key in _NOTE_KEYS if data[key] or key not in _SELDOM}

    @classmethod
    def from_json(cls, data: object) -> Note:
        """The note that `to_json` wrote; keys of later versions are left out.

        Raises ValueError where a key is missing or has a value of another type.
        """
        import msgspec  # late: the window opens without it

        from notegen_desktop.domain.links.text_links import provider_of

        note = msgspec.convert(data, cls)
        if not note.videos:
            return replace(note, video=replace(note.video, provider=provider_of(note.video.url)))
        videos = tuple(replace(v, provider=provider_of(v.url)) for v in note.videos)
        numbers = {video.id: number for number, video in enumerate(videos, start=1)}

        def placed(cite: Cite) -> Cite:
            number = numbers.get(cite.video.id, 0) if cite.video else 0
            return replace(cite, video=videos[number - 1] if number else None, video_number=number)

        sections = tuple(
            replace(section, cites=tuple(map(placed, section.cites))) for section in note.sections
        )
        course = replace(note.video, provider="course")
        return replace(note, video=course, videos=videos, sections=sections)


_VIDEO_KEYS = ("id", "url", "title", "channel", "duration_s")
_NOTE_KEYS = (
    *(
        "title",
        "video",
        "videos",
        "template",
        "template_version",
        "language",
        "engine",
        "model",
        "created",
    ),
    *("mode", "wish", "tags", "missing", "remarks", "sections", "statements", "coverage", "usage"),
)
"""Keys of a note's JSON, in the order of the file."""

_SELDOM = ("tags", "missing", "videos", "remarks")
"""Those that are left out of a note that has none."""


def _rounded(value: Any, digits: int = 3) -> Any:
    """A JSON value with lists for tuples and `digits` decimals; dollars have six."""
    if isinstance(value, dict):
        return {k: _rounded(each, 6 if k == "cost_usd" else 3) for k, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return round(value, digits) if isinstance(value, float) else value


# --- A part of a long video, and what is kept of a note on it ---


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a video that one request writes about; times in seconds.

    `first` and `last` are the labels of its own segments, "" where there are no words. It is number
    `number` of `count`. A part that `fills` closes a gap of a note that has the sections `known`;
    one with a `statement` writes this one of the section `known` again, one that is `again` a whole
    section.
    """

    start_s: float
    end_s: float
    first: str = ""
    last: str = ""
    number: int = 1
    count: int = 1
    fills: bool = False
    known: tuple[str, ...] = ()
    statement: str = ""
    again: bool = False

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
