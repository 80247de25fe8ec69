"""Remarks hold on to their words, wherever these go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.notes.editing import editable, edited
from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.domain.notes.remark import Remark, span_of
from notegen_desktop.domain.notes.remarks import (
    remarks_apart,
    section_of,
    sectioned,
    with_remark,
    without_remark,
)
from tests.fakes.notes import a_note

TEXT = "An **arch** pushes. [^1] A [cable](https://x.org/a_b) only pulls. An arch pushes again."
NOTE = a_note(
    sections=(
        Section("Arches", (Cite(1.0, 2.0, True, 1),), standard=TEXT),
        Section("Towers", standard="A tower stands. 桥梁不会倒。"),
    )
)


def on(quote: str, **facts: object) -> Remark:
    return Remark("r", quote, level="standard", **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quote", "place"),
    [
        ("arch pushes", 0),
        ("arch pushes. A cable only", 0),  # across stress, a time and a link
        ("ARCH  pushes", 0),
        ("A tower stands", 1),
        ("梁不会", 1),
        ("An arch pulls", None),
        ("…", None),
    ],
)
def test_words_are_found_by_their_letters(quote: str, place: int | None) -> None:
    assert section_of(NOTE, on(quote)) == place


def test_of_several_places_the_one_behind_the_same_words_is_meant() -> None:
    assert span_of(TEXT, on("arch"))[0] == TEXT.index("arch")  # type: ignore[index]
    again = span_of(TEXT, on("arch", before="cable only pulls. An "))
    assert again is not None
    assert again[0] == TEXT.rindex("arch")


def test_an_edit_nearby_keeps_a_remark_and_one_of_its_words_tells_that_they_are_gone() -> None:
    note = replace(NOTE, remarks=(on("only pulls", section="Arches", before="A cable "),))

    def changed(old: str, new: str) -> Note:
        return edited(note, editable(note, Level.STANDARD).replace(old, new), Level.STANDARD)

    for after in (changed("A [cable]", "Each [cable]"), changed("## Arches", "## Bridges")):
        assert [len(each) for each in sectioned(after)] == [1, 0]
        assert after.remarks == note.remarks
    moved = changed("only pulls", "never pushes")
    assert sectioned(moved) == [[], []]
    assert remarks_apart(moved) == list(note.remarks)
    assert sectioned(changed("A tower stands.", "It only pulls."))[0]  # its own section first


def test_remarks_on_what_is_said_stand_apart_in_order_of_time() -> None:
    late, early = (replace(on("x"), id=str(at), start_s=at) for at in (90.0, 30.0))
    gone = on("nowhere")
    note = replace(NOTE, remarks=(late, gone, early))
    assert remarks_apart(note) == [early, late, gone]


def test_a_remark_is_added_changed_and_taken_away() -> None:
    one, two = on("one"), replace(on("two"), id="s")
    both = with_remark(with_remark((), one), two)
    assert both == (one, two)
    assert with_remark(both, replace(one, text="Why?")) == (replace(one, text="Why?"), two)
    assert without_remark(both, "r") == (two,)
