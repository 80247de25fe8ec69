"""Doubtful statements: found in order, taken out cleanly, put back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.notes.doubts import doubts, put_back, with_instead, without
from notegen_desktop.domain.notes.note import Cite, Doubt, Level, Note, Section
from tests.fakes.services import make_note

SURE = Cite(10.0, 20.0, True, 1)
NUMBER = Cite(30.0, 40.0, False, 2, Doubt.NUMBER, "47")
SENSE = Cite(50.0, 60.0, False, 3, Doubt.SENSE)
UNCHECKED = Cite(70.0, 80.0, None, 4)
CITES = (SURE, NUMBER, SENSE, UNCHECKED)


def note_of(text: str, *more: str) -> Note:
    sections = [Section(f"S{n}", CITES, each, each, each) for n, each in enumerate((text, *more))]
    return replace(make_note(), sections=tuple(sections))


def taken_out(text: str, number: int = 0) -> str:
    note = note_of(text)
    changed = without(note, doubts(note, Level.STANDARD)[number])
    return changed.sections[0].standard if changed.sections else ""


def test_doubts_are_met_in_the_order_of_reading() -> None:
    note = note_of("So. [^3] Fine. [^1] In 47 days. [^2]", "Open. [^4]", "- It is so. [^3]")
    found = doubts(note, Level.STANDARD)
    assert [(d.section, d.statement.text, d.cite) for d in found] == [
        (0, "So.", SENSE),
        (0, "In 47 days.", NUMBER),
        (2, "It is so.", SENSE),
    ]


def test_two_statements_at_one_place_are_told_apart() -> None:
    found = doubts(note_of("So. [^3] And so. [^3] Both. [^2][^3]"), Level.STANDARD)
    assert [(d.cite.n, d.number) for d in found] == [(3, 0), (3, 1), (2, 0)]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("One. [^1] In 47 days. [^2] Two. [^1]", "One. [^1] Two. [^1]"),
        ("In 47 days. [^2] Two. [^1]", "Two. [^1]"),
        ("One. [^1]\n\nIn 47 days. [^2]\n\nTwo. [^1]", "One. [^1]\n\nTwo. [^1]"),
        ("- one [^1]\n- in 47 days [^2]\n- two [^1]", "- one [^1]\n- two [^1]"),
        ("1. one [^1]\n2. in 47 days [^2]", "1. one [^1]"),
        (
            "| a | b |\n|---|---|\n| x | 1 [^1] |\n| y | 47 [^2] |",
            "| a | b |\n|---|---|\n| x | 1 [^1] |",
        ),
        ("> said [^1]\n>\n> 47 days [^2]", "> said [^1]\n>"),
        ("In 47 days. [^2]", ""),
    ],
    ids=["sentence", "first", "paragraph", "item", "numbered", "row", "quote", "all"],
)
def test_what_is_taken_out_leaves_no_empty_place(text: str, left: str) -> None:
    assert taken_out(text) == left


def test_only_the_statement_looked_at_goes() -> None:
    assert taken_out("So. [^3] And so. [^3]", 1) == "So. [^3]"
    assert taken_out("So. [^3] So. [^3]", 0) == "So. [^3]"


def test_another_level_loses_what_says_the_same() -> None:
    texts = ("In 47 days. [^2]", "It takes 47 days. [^2] So. [^3]", "So. [^3] As it is. [^3]")
    note = replace(make_note(), sections=(Section("S", CITES, *texts),))
    first, second = doubts(note, Level.STANDARD)
    section = without(note, first).sections[0]
    assert (section.concise, section.standard) == ("", "So. [^3]")
    assert section.comprehensive == texts[2]
    section = without(note, second).sections[0]
    assert (section.concise, section.comprehensive) == (texts[0], "As it is. [^3]")


def test_places_that_nothing_rests_on_any_more_go_with_their_statement() -> None:
    whole = Cite(90.0, 95.0, True, 9)
    note = replace(
        make_note(), sections=(Section("S", (*CITES, whole), "One. [^1] In 47 days. [^2]"),)
    )
    changed = without(note, doubts(note, Level.CONCISE)[0])
    assert changed.sections[0].cites == (SURE, SENSE, UNCHECKED, whole)
    assert changed.statements.doubtful == 0


def test_a_section_that_says_nothing_more_goes() -> None:
    note = note_of("One. [^1]", "In 47 days. [^2]", "Two. [^1]")
    assert without(note, doubts(note, Level.CONCISE)[0]).sections == (
        note.sections[0],
        note.sections[2],
    )


@pytest.mark.parametrize("text", ["In 47 days. [^2]", "One. [^1] In 47 days. [^2]"])
def test_what_was_taken_out_is_put_back_beside_other_changes(text: str) -> None:
    before = note_of("Zero. [^1]", text)
    after = without(before, doubts(before, Level.STANDARD)[0])
    assert put_back(after, before=before, after=after) == before
    fresh = Section("New", (), "c", "s", "l")
    meanwhile = replace(after, sections=(*after.sections, fresh))
    back = put_back(meanwhile, before=before, after=after)
    assert back.sections == (*before.sections, fresh)
    assert put_back(back, before=before, after=after) == back


def test_a_doubt_that_is_gone_changes_nothing() -> None:
    note = note_of("One. [^1] In 47 days. [^2]")
    (doubt,) = doubts(note, Level.STANDARD)
    changed = without(note, doubt)
    assert without(changed, doubt) == changed
    assert without(replace(note, sections=()), doubt).sections == ()


def test_words_instead_get_numbers_of_their_own() -> None:
    note = note_of("- One. [^1]\n- In 47 days. [^2]")
    written = Section("S0", (Cite(31.0, 39.0, True, 1),), "- In 40 days. [^1]")
    section = with_instead(note, doubts(note, Level.STANDARD)[0], written).sections[0]
    assert section.standard == "- One. [^1]\n- In 40 days. [^5]"
    assert section.cites == (SURE, SENSE, UNCHECKED, Cite(31.0, 39.0, True, 5))
