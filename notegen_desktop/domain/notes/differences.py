"""Compares two versions of a note: by sections, and within these by words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from notegen_desktop.domain.text.patterns import lazy_pattern
from notegen_desktop.domain.text.scripts import VOWEL_SIGNS

from .editing import editable_text, one_line, places_of
from .note import Level, Note, Section

MAX_WORDS = 1_500
"""Maximum words of a passage compared word by word: the time grows with their square. A longer one
is shown as a whole."""

_MARKS = (
    rf"{VOWEL_SIGNS}\u0300-\u036f\u05b0-\u05c7\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    r"\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3"
)
"""Marks that are drawn on, or around, the letter before them: no word ends between."""
_WORDS = lazy_pattern(
    r"\n+|[^\S\n]+|[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]"
    rf"|(?:\w[{_MARKS}]*)+|[^\w\s][{_MARKS}]*"
)


class Change(StrEnum):
    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class DiffSegment:
    """A piece of text, and whether it is in both texts, only the former or only the latter."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class SectionDifference:
    """The difference of a section; `before` and `after` are its indexes in the versions, from 0,
    None if it is missing there. The title of the note has neither."""

    before: int | None
    after: int | None
    heading: tuple[DiffSegment, ...]
    text: tuple[DiffSegment, ...] = ()

    @property
    def is_same(self) -> bool:
        return all(piece.change is Change.SAME for piece in (*self.heading, *self.text))


def differences(before: str, after: str) -> tuple[DiffSegment, ...]:
    """Return two texts merged: unchanged lines, and changed ones by words."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    pieces: list[DiffSegment] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        pieces += [DiffSegment(Change.SAME, gone)] if tag == "equal" else _by_words(gone, come)
    return tuple(_joined(pieces))


def compare(before: Note, after: Note, level: Level) -> list[SectionDifference]:
    """Return the differences at a level: the title, then the sections in the order of the later
    version; deleted ones are at their former position."""
    title = SectionDifference(None, None, differences(before.title, after.title))
    parts = [(one_line(s.heading), editable_text(s, level)) for s in after.sections]
    places = places_of(parts, before.sections, level)
    gone = [place for place in range(len(before.sections)) if place not in places]
    found = [title]
    for number, (section, place) in enumerate(zip(after.sections, places, strict=True)):
        while gone and place is not None and gone[0] < place:
            found.append(_difference(before, after, gone.pop(0), None, level))
        old = before.sections[place] if place is not None else None
        found.append(_between(old, section, place, number, level))
    return found + [_difference(before, after, place, None, level) for place in gone]


def section_taken_back(note: Note, former: Note, difference: SectionDifference) -> Note:
    """Return a note with one section as in a former version: restored, or removed again."""
    sections = list(note.sections)
    before, after = difference.before, difference.after
    if before is None and after is None:
        return replace(note, title=former.title)
    if before is None:
        assert after is not None
        del sections[after]
    elif after is not None:
        sections[after] = former.sections[before]
    else:
        sections.insert(_place_of(former, note, before), former.sections[before])
    return replace(note, sections=tuple(sections))


def _place_of(former: Note, note: Note, before: int) -> int:
    """Return the index for a restored section: behind the one that preceded it."""
    level = Level.STANDARD
    parts = [(one_line(s.heading), editable_text(s, level)) for s in note.sections]
    places = places_of(parts, former.sections, level)
    earlier = [n for n, place in enumerate(places) if place is not None and place < before]
    return earlier[-1] + 1 if earlier else 0


def _difference(
    before: Note, after: Note, place: int | None, number: int | None, level: Level
) -> SectionDifference:
    old = before.sections[place] if place is not None else None
    new = after.sections[number] if number is not None else None
    return _between(old, new, place, number, level)


def _between(
    old: Section | None, new: Section | None, before: int | None, after: int | None, level: Level
) -> SectionDifference:
    heads = [one_line(each.heading) if each else "" for each in (old, new)]
    texts = [editable_text(each, level) if each else "" for each in (old, new)]
    return SectionDifference(before, after, differences(*heads), differences(*texts))


def _by_words(gone: str, come: str) -> Iterator[DiffSegment]:
    old, new = _WORDS.findall(gone), _WORDS.findall(come)
    if not old or not new or max(len(old), len(new)) > 2 * MAX_WORDS:
        yield from (DiffSegment(Change.GONE, gone), DiffSegment(Change.NEW, come))
        return
    matcher = SequenceMatcher(lambda word: word.isspace(), old, new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield DiffSegment(Change.SAME, "".join(old[a:b]))
        else:
            yield DiffSegment(Change.GONE, "".join(old[a:b]))
            yield DiffSegment(Change.NEW, "".join(new[c:d]))


def _joined(pieces: Iterable[DiffSegment]) -> Iterator[DiffSegment]:
    """Yield the pieces without empty ones and with those of a kind joined. A single space between
    two changes counts as changed, so that words are struck out together."""
    found: list[DiffSegment] = []
    for piece in pieces:
        if not piece.text:
            continue
        if found and found[-1].change is piece.change:
            found[-1] = DiffSegment(piece.change, found[-1].text + piece.text)
        else:
            found.append(piece)
    yield from _without_scraps(found)


def _without_scraps(pieces: Sequence[DiffSegment]) -> Iterator[DiffSegment]:
    """Yield the pieces with a space between two changes added to both."""
    gone = come = ""
    for number, piece in enumerate(pieces):
        between = 0 < number < len(pieces) - 1 and not piece.text.strip(" ")
        if piece.change is Change.GONE:
            gone += piece.text
        elif piece.change is Change.NEW:
            come += piece.text
        elif between and (gone or come):
            gone, come = gone + piece.text, come + piece.text
        else:
            yield from _told(gone, come)
            gone = come = ""
            yield piece
    yield from _told(gone, come)


def _told(gone: str, come: str) -> Iterator[DiffSegment]:
    if gone and gone == come:
        yield DiffSegment(Change.SAME, gone)
        return
    if gone:
        yield DiffSegment(Change.GONE, gone)
    if come:
        yield DiffSegment(Change.NEW, come)
