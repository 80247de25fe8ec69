"""What is different between two versions of a note."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from notegen_desktop.domain.notes.differences import (
    Change,
    DiffSegment,
    compare,
    differences,
    section_taken_back,
)
from notegen_desktop.domain.notes.note import Level, Note, Section
from tests.fakes.notes import a_note
from tests.properties import texts

NOTE = a_note()
FIRST, SECOND = NOTE.sections


def marked(before: str, after: str) -> str:
    signs = {Change.SAME: "{}", Change.GONE: "[-{}-]", Change.NEW: "[+{}+]"}
    return "".join(signs[each.change].format(each.text) for each in differences(before, after))


def test_words_that_are_gone_and_new_stand_where_they_are() -> None:
    for before, after, told in (
        ("A cable only pulls.", "A cable only pulls.", "A cable only pulls."),
        ("A cable only pulls.", "A rope only pulls.", "A [-cable-][+rope+] only pulls."),
        ("It pulls.", "It pulls and holds.", "It pulls[+ and holds+]."),
        ("one two three", "four five six", "[-one two three-][+four five six+]"),
        ("桥梁不会倒", "桥梁会倒", "桥梁[-不-]会倒"),
        ("वह घर जाता है", "वह घर जाती है", "वह घर [-जाता-][+जाती+] है"),
        ("เขา ไม่ไป", "เขา ไป", "เขา [-ไม่ไป-][+ไป+]"),
        ("", "Mine.", "[+Mine.+]"),
        ("Gone.\n\nStays.\n", "Stays.\n", "[-Gone.\n\n-]Stays.\n"),
    ):
        assert marked(before, after) == told


@given(texts("ab \n.", max_size=60), texts("ab \n.", max_size=60))
def test_the_pieces_are_the_two_texts(before: str, after: str) -> None:
    pieces = differences(before, after)
    assert "".join(p.text for p in pieces if p.change is not Change.NEW) == before
    assert "".join(p.text for p in pieces if p.change is not Change.GONE) == after


def changed(*sections: Section) -> Note:
    return replace(NOTE, sections=sections)


def told(after: Note) -> list[tuple[int | None, int | None, bool]]:
    found = compare(NOTE, after, Level.STANDARD)
    return [(each.before, each.after, each.is_same) for each in found]


def test_sections_are_compared_with_those_that_they_were() -> None:
    other = replace(FIRST, standard="Another text.")
    mine = Section("Mine", standard="My text.")
    title = (None, None, True)
    assert told(NOTE) == [title, (0, 0, True), (1, 1, True)]
    assert told(changed(other, SECOND)) == [title, (0, 0, False), (1, 1, True)]
    assert told(changed(SECOND)) == [title, (0, None, False), (1, 0, True)]
    assert told(changed(FIRST)) == [title, (0, 0, True), (1, None, False)]
    assert told(changed(FIRST, mine, SECOND)) == [
        title,
        (0, 0, True),
        (None, 1, False),
        (1, 2, True),
    ]
    renamed = compare(NOTE, changed(replace(FIRST, heading="Arches"), SECOND), Level.STANDARD)[1]
    assert renamed.heading[-1] == DiffSegment(Change.NEW, "Arches")
    assert all(piece.change is Change.SAME for piece in renamed.text)


def test_each_section_is_taken_back_alone() -> None:
    other = replace(FIRST, standard="Another text.", concise="Another.")
    mine = Section("Mine", standard="My text.")
    after = replace(changed(other, mine), title="My title")
    note = after
    while found := [d for d in compare(NOTE, note, Level.STANDARD) if not d.is_same]:
        note = section_taken_back(note, NOTE, found[0])
    assert note == NOTE


def test_a_very_long_passage_is_told_as_a_whole() -> None:
    before = " ".join(f"Sentence {n} says what was said." for n in range(3000))
    after = before.replace("said", "told")
    assert differences(before, after) == (
        DiffSegment(Change.GONE, before),
        DiffSegment(Change.NEW, after),
    )
