"""The levels of a note that is written one at a time are put together under the same headings."""

from __future__ import annotations

from notegen_desktop.domain.notes.note import Draft, DraftSection, Level
from notegen_desktop.services.generation.small_models import with_level


def written(level: Level, *headings: str) -> Draft:
    sections = [DraftSection(h, ("1",), **{level.value: f"{level} of {h}"}) for h in headings]
    return Draft("Title", tuple(sections), whole=True)


def test_headings_and_cites_of_the_first_level_stay() -> None:
    note = with_level(None, written(Level.CONCISE, "A", "B"), Level.CONCISE)
    note = with_level(note, written(Level.STANDARD, "b ", "a"), Level.STANDARD)
    note = with_level(note, written(Level.COMPREHENSIVE, "Something", "else"), Level.COMPREHENSIVE)
    assert note.sections == (
        DraftSection("A", ("1",), "concise of A", "standard of a", "comprehensive of Something"),
        DraftSection("B", ("1",), "concise of B", "standard of b ", "comprehensive of else"),
    )


def test_a_section_that_lacks_a_level_has_the_text_of_the_one_before() -> None:
    note = with_level(None, written(Level.CONCISE, "A", "B"), Level.CONCISE)
    note = with_level(note, written(Level.STANDARD, "A", "C", "D"), Level.STANDARD)
    assert [section.standard for section in note.sections] == ["standard of A", "concise of B"]
