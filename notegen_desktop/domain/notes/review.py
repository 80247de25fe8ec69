"""The review of a note: its statements for the model, and the findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .note import Cite, Note, Review, Section
from .statements import Statement, renumbered, split


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A statement of the section `section` (from 0), to be judged by its `places`: time spans in
    seconds. Levels with the same statement and places share one."""

    section: int
    heading: str
    text: str
    places: tuple[tuple[float, float], ...]


Reviews = Mapping[ReviewItem, Review]


def to_review(note: Note) -> list[ReviewItem]:
    """Return the statements to review: those without a review, or else all again."""
    return review_items(note) or review_items(note, again=True)


def review_items(note: Note, *, again: bool = False) -> list[ReviewItem]:
    """Return the statements with a cite and without a review, in order; `again`: all."""
    found: dict[ReviewItem, None] = {}
    for number, section in enumerate(note.sections):
        cites = {cite.n: cite for cite in section.cites if cite.n}
        for text in section.texts:
            for statement in split(text):
                told = [cites[n] for n in statement.markers if n in cites]
                if told and (again or any(cite.review is None for cite in told)):
                    found.setdefault(_item(number, section, statement, told))
    return list(found)


def _item(number: int, section: Section, statement: Statement, cites: list[Cite]) -> ReviewItem:
    places = tuple((cite.start_s, cite.end_s) for cite in cites)
    return ReviewItem(number, section.heading, statement.text, places)


def reviewed(note: Note, reviews: Reviews) -> Note:
    """Return the note with the reviews of its unchanged statements.

    A cite that supports one statement and not another is split in two.
    """
    sections = tuple(
        _reviewed(number, section, reviews) for number, section in enumerate(note.sections)
    )
    return replace(note, sections=sections)


def _reviewed(number: int, section: Section, reviews: Reviews) -> Section:
    before = {cite.n: cite for cite in section.cites if cite.n}
    after: dict[Cite, int] = {}
    fresh = max(before, default=0)
    texts = []
    stated_by: set[int] = set()
    for text in section.texts:
        pieces: list[str] = []
        done = 0
        for statement in split(text):
            told = [before[n] for n in statement.markers if n in before]
            if not told:
                continue
            review = reviews.get(_item(number, section, statement, told))
            numbers: dict[int, int] = {}
            stated_by.update(statement.markers)
            for cite in told:
                found = replace(cite, n=0, review=review or cite.review)
                if found not in after:
                    taken = cite.n in after.values()
                    fresh += taken
                    after[found] = fresh if taken else cite.n
                numbers[cite.n] = after[found]
            if any(old != new for old, new in numbers.items()):
                stated = renumbered(text[statement.start : statement.end], numbers)
                pieces += [text[done : statement.start], stated]
                done = statement.end
        texts.append("".join((*pieces, text[done:])))
    own = [cite for cite in section.cites if cite.n not in stated_by]
    cites = [*own, *(replace(cite, n=n) for cite, n in after.items())]
    cites.sort(key=lambda cite: cite.n)
    return replace(section, cites=tuple(cites)).with_texts(texts)
