"""A note: sections, each at three levels of detail, with cites of the video.

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
    """The material for the writer: the transcript, the video itself, or both."""

    AUTO = "auto"
    TRANSCRIPT = "transcript"
    VIDEO = "video"
    HYBRID = "hybrid"


class Engine(str):
    """An engine that writes notes: one of the four built in, or the connection of that name.

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
        """True for Gemini, the only engine that watches videos."""
        return self in (Engine.GEMINI, Engine.GEMINI_LEGACY)

    @property
    def is_connection(self) -> bool:
        return self not in BUILT_IN_ENGINES

    @property
    def service(self) -> str:
        """The name of the service in messages."""
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
        """The texts in the order of `Level`; each may be empty."""
        return self.concise, self.standard, self.comprehensive

    def with_texts(self, texts: Iterable[str]) -> Self:
        """Return the section with other texts, in the order of `Level`."""
        concise, standard, comprehensive = texts
        return replace(  # type: ignore[type-var]
            self, concise=concise, standard=standard, comprehensive=comprehensive
        )

    def with_text(self, level: Level, text: str) -> Self:
        """Return the section with another text at one level."""
        return self.with_texts(text if each is level else self.at(each) for each in Level)

    def at(self, level: Level) -> str:
        """Return the section's own text at a level; may be empty."""
        return str(getattr(self, level.value))

    def shown_at(self, level: Level) -> str:
        """Return the text shown at a level: its own, or that of the nearest level with text."""
        return self.at(self.level_shown_at(level))

    def level_shown_at(self, level: Level) -> Level:
        """Return the level whose text is shown at a level."""
        return next((each for each in _NEAREST[level] if self.at(each).strip()), level)


@dataclass(frozen=True, slots=True)
class DraftSection(_Levels):
    """A section from the writer: `cites` are labels of segments, or clock times."""

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
    """An unfinished note. Every section but the last is whole; `whole` means the last is too."""

    title: str = ""
    sections: tuple[DraftSection, ...] = ()
    whole: bool = False

    @property
    def chars(self) -> int:
        return len(self.title) + sum(len(s.heading) + s.chars for s in self.sections)

    def kept(self) -> Draft:
        """Return the part to keep if the writing stopped here: the last section only if it is
        whole."""
        return self if self.whole else replace(self, sections=self.sections[:-1])

    def continued_by(self, more: Draft) -> Draft:
        """Return this draft with its continuation, without repeated sections."""
        known = {section.heading.strip().casefold() for section in self.sections}
        fresh = tuple(s for s in more.sections if s.heading.strip().casefold() not in known)
        return Draft(self.title or more.title, self.sections + fresh, more.whole)


class Doubt(StrEnum):
    """The fact of a statement that its passage does not contain."""

    NUMBER = "number"
    NAME = "name"
    QUOTE = "quote"
    SENSE = "sense"
    PLACE = "place"
    """The statement is said, but elsewhere."""


class Says(StrEnum):
    """The verdict of a review: does a passage say what a statement says?"""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Review:
    """The model's review of a statement; `reason` is given unless it is `yes`."""

    says: Says
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cite:
    """A cite: a place in the video (seconds) that supports a section, or a statement in it.

    `n` numbers the cites of a section from 1; the statements of its three levels carry the marker
    `[^n]` (see `statements`), a cite of the section as a whole has none. Cites of notes stored by
    earlier versions have no number (0).
    """

    start_s: float
    end_s: float
    verified: bool | None
    """True if the passage supports the statement; None if nothing could be compared."""
    n: int = 0
    doubt: Doubt | None = None
    """The fact that was not found, if `verified` is False."""
    mark: str = ""
    """The doubtful words of the statement; "" if no single ones are."""
    review: Review | None = None
    """The model's review; None if there was none."""
    video: Video | None = None
    """The video of the cite among a note's `videos`; None if the note is about one video."""
    video_number: int = 0
    """Its number among them, from 1."""

    @property
    def is_doubtful(self) -> bool:
        """True if the passage or a review contradicts the statement."""
        objected = self.review is not None and self.review.says is not Says.YES
        return self.verified is False or objected

    def to_json(self) -> dict[str, Any]:
        """Return the cite as JSON data; `mark`, `review`, `video` if set."""
        data = asdict(self)
        if self.video is not None:
            video = self.video
            data["video"] = {"id": video.id, "url": video.public_url, "title": video.title}
        order = ("n", "start_s", "end_s", "verified", "doubt")
        shown = {key: data[key] for key in order}
        return shown | {key: data[key] for key in ("mark", "review", "video") if data[key]}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the video in a section: a JPEG of the frame at `at_s` seconds."""

    at_s: float
    width: int
    height: int
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """A file name that depends only on the content."""
        return f"picture-{sha256(self.data).hexdigest()[:16]}.jpg"

    @property
    def words(self) -> str:
        """The alternative text."""
        return f"Picture at {clock(self.at_s)}"

    @property
    def base64(self) -> str:
        return b64encode(self.data).decode()

    def to_json(self) -> dict[str, Any]:
        """Return the picture as JSON data; `data` is base64."""
        facts = {"at_s": self.at_s, "width": self.width, "height": self.height}
        return facts | {"mime_type": "image/jpeg", "data": self.base64}


@dataclass(frozen=True, slots=True)
class StatementCount:
    """Counts of statements with a cite, by verdict.

    `cited` is the sum of the others. A statement that several levels repeat counts once.
    """

    cited: int = 0
    verified: int = 0
    doubtful: int = 0
    unchecked: int = 0

    @property
    def words(self) -> str:
        """Return `38 of 41 statements found in the talk`; "" for a note without such statements."""
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
    """Pictures in order of time; shown below its text, at each level."""
    own: tuple[str, ...] = ()
    """The statements, without their times, that the user wrote: they are not counted."""

    @property
    def markers(self) -> set[int]:
        """The numbers of the cites that its texts name."""
        return set().union(*map(markers, self.texts))

    @property
    def statements(self) -> StatementCount:
        return sum(self.counting(), StatementCount())

    def counting(self) -> Iterator[StatementCount]:
        """Yield the counts of its statements in steps: a long text takes some hundredths of a
        second.

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
    """The length of the video that the note covers, in seconds, and the gaps."""

    covered_s: float = 0.0
    gaps: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Usage: requests, tokens and US dollars."""

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
    """A finished note. `created` is ISO 8601 in UTC; `id` is assigned by the library."""

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
    """The user's extra instruction for this note, in a sentence."""
    missing: tuple[str, ...] = ()
    """Missing contents of an otherwise good note, each as the object of “lacks”: “the section “Key
    takeaways””, “the video from 1:40:00 to 3:20:00”. Empty for a complete note."""
    saved_at: float = field(default=0.0, compare=False)
    """The time of the last storing in the library, in seconds since the epoch; 0 if never."""
    card_dates: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Times of the last change of its flashcards (see `practice.cards.card_dates`); empty outside
    of the library."""
    tags: tuple[str, ...] = ()
    """The user's tags, in alphabetical order."""
    videos: tuple[Video, ...] = ()
    """The videos of a guide, in order; empty for a note about the single `video`."""
    remarks: tuple[Remark, ...] = ()
    """The user's remarks on it and on its transcript."""

    @property
    def lacks(self) -> str:
        """Its missing contents, as a sentence for users; "" for a complete note."""
        return lacks_words(self.missing)

    @property
    def statements(self) -> StatementCount:
        return sum((section.statements for section in self.sections), StatementCount())

    def to_json(self) -> dict[str, Any]:
        """Return the note as JSON data: times in milliseconds, dollars in millionths."""
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
        """Return the note that `to_json` wrote; keys of later versions are ignored.

        Raises ValueError if a key is missing or has a value of another type.
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
"""Keys that are left out if empty."""


def _rounded(value: Any, digits: int = 3) -> Any:
    """Return a JSON value with lists for tuples and `digits` decimals; dollars have six."""
    if isinstance(value, dict):
        return {k: _rounded(each, 6 if k == "cost_usd" else 3) for k, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return round(value, digits) if isinstance(value, float) else value


# --- A part of a long video, and what is kept of a note on it ---


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a video that one request writes about; times in seconds.

    `first` and `last` are the labels of its own segments, "" without a transcript. It is number
    `number` of `count`. A part that `fills` closes a gap of a note that has the sections `known`;
    one with a `statement` rewrites this one of the section `known`, one that is `again` a whole
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
        """Its time span, for users and models."""
        return f"{clock(self.start_s)} to {clock(self.end_s)}"


@dataclass(frozen=True, slots=True)
class PartDraft:
    """The stored draft of one part, numbered from 0: its finished sections, and whether they are
    all."""

    number: int
    draft: Draft
    done: bool = False
