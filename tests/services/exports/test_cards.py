"""Cards leave the program once, and an export of later changes them instead of adding others."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.errors import FormatUnavailable
from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.practice.cards import cards_of
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.exports.csv_file import render_cards as render_table
from tests.fakes.notes import VIDEO, a_note

CITES = (Cite(61.0, 70.0, True, 1), Cite(122.0, 130.0, False, 2))
QUESTIONS = "**What is $a_{n}$ < 1?**\n\nA *limit*. [^1]\n\n**Why?**\n\nBecause. [^2]"
TERMS = "- **Arch**: a curve. [^1]\n- **Span**: a length. [^2]"
SAVED_S = 1_764_000_000.0


def study(**facts: Any) -> Note:
    texts = {"concise": "", "comprehensive": ""}
    sections = (
        Section("Overview", (), standard="Nothing to ask.", **texts),
        Section("Questions", CITES, standard=QUESTIONS, **texts),
        Section("Key terms", CITES, standard=TERMS, **texts),
    )
    return replace(a_note(sections=sections, saved_at=SAVED_S), **facts)


def flashcards(*headed: tuple[str, str], saved_at: float = SAVED_S) -> Note:
    sections = tuple(Section(asked, CITES[:1], told, told, told) for asked, told in headed)
    return a_note(template="flashcards", sections=sections, saved_at=saved_at)


def rows(*notes: Note, level: Level = Level.STANDARD) -> list[dict[str, Any]]:
    from notegen_desktop.services.exports.anki_deck import render_cards

    with zipfile.ZipFile(io.BytesIO(render_cards(notes, level))) as archive:
        content = archive.read("collection.anki2")
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    try:
        connection.deserialize(content)
        found = connection.execute("SELECT guid, mid, mod, tags, flds FROM notes ORDER BY id")
        return [dict(row) | {"fields": row["flds"].split("\x1f")} for row in found]
    finally:
        connection.close()


def test_questions_and_terms_are_the_cards_of_a_note_and_headings_are_not() -> None:
    asked = [re.sub("<[^>]*>", "", row["fields"][0]) for row in rows(study())]
    assert asked == [r"What is \(a_{n}\) &lt; 1?", "Why?", "Arch", "Span"]


def test_each_card_leads_to_its_own_second() -> None:
    first, second, *_ = rows(study())
    assert "&amp;t=61s" in first["fields"][1]
    assert "&amp;t=122s" not in "".join(first["fields"])
    assert "&amp;t=122s" in second["fields"][1]


def test_a_doubtful_card_has_a_tag_and_says_why() -> None:
    first, second, *_ = rows(study())
    assert first["tags"].split() == ["notegen", "study-notes", "The-Workshop"]
    assert second["tags"].split()[-1] == "doubtful"
    assert "not found there" in second["fields"][1]


def test_what_a_reader_files_a_note_under_comes_along_as_tags() -> None:
    filed = study(tags=("exam 1", "starred", "uni/anatomy"))
    first, *_ = rows(filed)
    assert first["tags"].split()[3:] == ["exam-1", "starred", "uni::anatomy"]
    head, row, *_ = csv.reader(io.StringIO(render_table([filed], Level.STANDARD).decode()))
    assert row[head.index("tags")] == "exam 1, starred, uni/anatomy"


def test_a_gap_is_a_cloze_that_no_formula_closes() -> None:
    (row,) = rows(
        flashcards(("In $x_{y_{n}}$ it takes ___ steps.", "**$2^{2^{n}}$ :: {{c2::x}}**"))
    )
    text, _, _ = row["fields"]
    assert text == (
        r"In \(x_{y_{n} }\) it takes {{c1::\(2^{2^{n} }\) :&#58; { {c2:&#58;x} }}} steps."
    )


def test_a_card_is_dated_by_when_its_note_last_changed() -> None:
    assert {row["mod"] for row in rows(study())} == {int(SAVED_S)}
    assert {row["mod"] for row in rows(study(saved_at=SAVED_S + 60))} == {int(SAVED_S) + 60}
    unsaved = rows(study(saved_at=0.0, created="2026-11-24T10:00:00Z"))
    assert {row["mod"] for row in unsaved} == {1_795_514_400}


def test_a_card_that_changed_by_itself_has_a_date_of_its_own() -> None:
    _first, second, *_ = cards_of(study())
    dates = {"": SAVED_S, second.id: SAVED_S + 60}
    dated = [row["mod"] - SAVED_S for row in rows(study(card_dates=dates, saved_at=SAVED_S + 60))]
    assert dated == [0, 60, 0, 0]


def test_what_a_reader_said_of_a_card_ends_its_answer() -> None:
    remarks = (
        Remark("1", "Because", "Not enough", "green", "Questions", "standard"),
        Remark("2", "what they said", "Listen again", start_s=63.0),
        Remark("3", "gone", "of no card", "", "Questions", "standard"),
    )
    first, second, arch, _span = rows(study(remarks=remarks))
    assert second["fields"][1].endswith(
        '<mark class="green">Because</mark><br>Not enough</blockquote>\n'
    )
    assert "Listen again" in first["fields"][1]
    assert "Listen again" in arch["fields"][1]
    assert "of no card" not in "".join(row["flds"] for row in rows(study(remarks=remarks)))


def test_ids_and_kinds_of_cards_never_change() -> None:
    """Anki knows them by these; another value would double every card of its users."""
    first, *_, gap = rows(study(), flashcards(("It is ___.", "so")))
    assert (first["mid"], gap["mid"]) == (1_611_726_403, 1_611_726_404)
    assert [row["guid"] for row in rows(flashcards(("What is a heap?", "A tree.")))] == [
        "a43ba92ab868037f"
    ]


def test_a_table_has_a_row_for_each_card(tmp_path: Path) -> None:
    note = study(title="=HYPERLINK(evil)")
    saved = Exports().save_cards([note], tmp_path, "csv", Level.STANDARD)
    table = list(csv.DictReader(io.StringIO(saved.path.read_text("utf-8-sig"), newline="")))
    assert saved.path.read_bytes().startswith(b"\xef\xbb\xbfid,"), "Excel takes it for UTF-8"
    assert [row["question"] for row in table] == ["What is $a_{n}$ < 1?", "Why?", "Arch", "Span"]
    assert table[0]["answer"] == "A *limit*. [1:01]"
    assert (table[1]["answer"], table[1]["doubtful"]) == ("Because. [2:02?]", "yes")
    assert table[0]["link"].endswith("t=61s")
    assert table[0]["title"] == "'=HYPERLINK(evil)"
    again = Exports().save_cards([note], tmp_path, "csv", Level.STANDARD)
    assert (again.path, again.is_new) == (saved.path, False)


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatUnavailable, match="docx"):
        Exports().save_cards([study()], tmp_path, "docx", Level.STANDARD)


# --- read back by Anki itself ---


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[Any]:
    """A collection of Anki's, to import packages into."""
    collection = pytest.importorskip("anki.collection", reason="Anki's importer: pip install anki")
    opened = collection.Collection(str(tmp_path / "collection.anki2"))
    yield opened
    opened.close()


def imported(anki: Any, folder: Path, *notes: Note) -> Any:
    from anki.import_export_pb2 import (  # type: ignore[import-not-found,unused-ignore]
        ImportAnkiPackageOptions,
        ImportAnkiPackageRequest,
    )

    saved = Exports().save_cards(notes, folder, "anki", Level.STANDARD)
    options = ImportAnkiPackageOptions(with_scheduling=False)
    request = ImportAnkiPackageRequest(package_path=str(saved.path), options=options)
    return anki.import_anki_package(request).log


def in_anki(anki: Any) -> dict[str, Any]:
    found = [anki.get_note(note_id) for note_id in anki.find_notes("")]
    return {note.fields[0]: note for note in found}


def test_anki_takes_every_card_with_its_gap(anki: Any, tmp_path: Path) -> None:
    log = imported(anki, tmp_path, study(), flashcards(("It is ___.", "$2^{2^{n}}$")))
    assert len(log.new) == 5
    assert anki.card_count() == 5
    cloze = in_anki(anki)[r"It is {{c1::\(2^{2^{n} }\)}}."]
    assert [card.ord for card in cloze.cards()] == [0]
    assert r"\(2^{2^{n} }\)" in cloze.cards()[0].answer()
    assert "notegen" in cloze.tags


def test_anki_changes_cards_that_came_before_and_adds_none(anki: Any, tmp_path: Path) -> None:
    imported(anki, tmp_path, study())
    card = in_anki(anki)["Why?"].cards()[0]
    card.ivl, card.reps, card.type, card.queue = 30, 7, 2, 2
    anki.update_card(card)
    reworded = QUESTIONS.replace("Because.", "For a reason.")
    sections = (replace(study().sections[1], standard=reworded), study().sections[2])
    log = imported(anki, tmp_path, study(sections=sections, saved_at=SAVED_S + 60))
    assert (len(log.new), len(log.updated), anki.note_count()) == (0, 4, 4)
    note = in_anki(anki)["Why?"]
    assert "For a reason." in note.fields[1]
    assert (note.cards()[0].ivl, note.cards()[0].reps) == (30, 7)


def test_anki_takes_what_changed_and_leaves_what_was_edited_in_it(
    anki: Any, tmp_path: Path
) -> None:
    imported(anki, tmp_path, study())
    mine = in_anki(anki)["Arch"]
    mine.fields[1] = "My own words"
    anki.update_note(mine)
    why = cards_of(study())[1]
    reworded = QUESTIONS.replace("Because.", "For a reason.")
    sections = (replace(study().sections[1], standard=reworded), study().sections[2])
    later_s = time.time() + 60
    dates = {"": SAVED_S, why.id: later_s}
    note = study(sections=sections, saved_at=later_s, card_dates=dates)
    log = imported(anki, tmp_path, note)
    assert (len(log.new), len(log.updated)) == (0, 1)
    assert "For a reason." in in_anki(anki)["Why?"].fields[1]
    assert in_anki(anki)["Arch"].fields[1] == "My own words"


def test_what_was_edited_in_anki_since_stays(anki: Any, tmp_path: Path) -> None:
    imported(anki, tmp_path, study())
    note = in_anki(anki)["Why?"]
    note.fields[1] = "My own words"
    anki.update_note(note)
    log = imported(anki, tmp_path, study(), flashcards(("What is new?", "This.")))
    assert (len(log.new), len(log.updated)) == (1, 0)
    assert in_anki(anki)["Why?"].fields[1] == "My own words"


def test_two_decks_of_one_run_are_both_taken(anki: Any, tmp_path: Path) -> None:
    other = replace(study(), video=replace(VIDEO, id="other", title="Other"), title="Other")
    log = imported(anki, tmp_path, study(), other)
    assert (len(log.new), anki.card_count()) == (8, 8)
    names = {each.name for each in anki.decks.all_names_and_ids()}
    assert {"NoteGen::Other", f"NoteGen::{study().title}"} <= names


def test_a_file_that_is_named_is_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.apkg"
    for _ in range(2):
        saved = Exports().save_cards([study()], file, "anki", Level.STANDARD)
        assert saved.path == file
    assert [each.name for each in tmp_path.iterdir()] == ["mine.apkg"]
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert Exports().save_cards([study()], folder, "csv", Level.STANDARD).path.parent == folder


def test_the_options_of_a_question_are_lines_without_dots() -> None:
    options = "- A) one\n- B) **two**\n- C) three\n\n**B**\n\nBecause."
    section = Section("Which?", (), options, options, options)
    quiz = replace(study(), template="quiz", sections=(section,))
    (card,) = cards_of(quiz)
    assert card.choice_lines == "A) one  \nB) **two**  \nC) three"
