"""Library page: notes are found, opened, exported, deleted and restored."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QListView, QMenu, QWidget

from notegen_desktop.domain import words as spoken
from notegen_desktop.domain.errors import DatabaseUnavailable, DiskFull
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.pictures import with_picture
from notegen_desktop.domain.notes.tags import STAR
from notegen_desktop.services.ports import Facets, NoteFilter, NoteSummary, PassageFound, VideoOrder
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.library import page as library_page
from notegen_desktop.ui.library.filters import FilterButton
from notegen_desktop.ui.library.page import LibraryPage
from notegen_desktop.ui.library.rows import OPENS_VIDEO_ROLE, SUMMARY_ROLE, LibraryModel, when
from tests.fakes.notes import a_transcript
from tests.fakes.services import FakeServices, FakeStore, make_note, make_video
from tests.fakes.shown_films import a_picture
from tests.fakes.store import summary_of
from tests.ui.conftest import until


def fill(store: FakeStore, count: int) -> None:
    for number in range(count):
        note = make_note(
            template=("study-notes", "flashcards")[number % 2],
            video=make_video(f"video{number:06}", title=f"Talk {number}"),
            note_id=f"n{number}",
        )
        created = (datetime(2026, 11, 24, tzinfo=UTC) - timedelta(hours=number)).isoformat()
        store.notes[note.id] = replace(note, created=created)


def rows(count: int, start: int = 0) -> list[NoteSummary]:
    return [summary_of(make_note(note_id=f"n{n}")) for n in range(start, start + count)]


async def choose(page: LibraryPage, folder: Path) -> None:
    """Choose a folder in the file dialog as soon as it opens."""
    await until(lambda: page.window().findChild(QFileDialog) is not None)
    dialog = page.window().findChild(QFileDialog)
    dialog.filesSelected.emit([str(folder)])
    dialog.done(QFileDialog.DialogCode.Accepted)


def words(page: LibraryPage) -> str:
    return f"{page._nothing._title.text()}\n{page._nothing._words.text()}"


def shows_list(page: LibraryPage) -> bool:
    return page._states.currentWidget() is page.list


class German(NullTranslations):
    def gettext(self, message: str) -> str:
        return GERMAN.get(message, message)


GERMAN = {
    "Study notes": "Lernnotizen",
    "With statements in doubt": "Mit zweifelhaften Aussagen",
}


# --- the model ---


def test_the_model_is_a_sound_item_model(qtmodeltester, qapp) -> None:
    model = LibraryModel()
    qtmodeltester.check(model)
    model.set_rows(rows(5), more=True)
    model.add_rows(rows(3, 5), more=False)
    taken = model.remove_rows(["n2", "n6", "n3", "other"])
    assert [place for place, _row in taken] == [2, 3, 6]
    qtmodeltester.check(model)
    model.restore_rows(taken)
    qtmodeltester.check(model, force_py=True)
    assert [row.id for row in model.rows] == [f"n{n}" for n in range(8)]


def test_many_rows_go_come_back_and_change_at_once(qapp) -> None:
    model = LibraryModel()
    model.set_rows(rows(1000), more=False)
    going, coming = QSignalSpy(model.rowsRemoved), QSignalSpy(model.rowsInserted)
    changed = QSignalSpy(model.dataChanged)
    gone = {f"n{n}" for n in range(1000) if n not in (10, 500)}
    taken = model.remove_rows(gone)
    assert [row.id for row in model.rows] == ["n10", "n500"]
    model.restore_rows(taken)
    assert [row.id for row in model.rows] == [f"n{n}" for n in range(1000)]
    assert (going.count(), coming.count()) == (3, 3)
    model.change(gone, unread=False)
    assert changed.count() == 1


def test_rows_come_back_beside_those_that_came_meanwhile(qapp) -> None:
    model = LibraryModel()
    model.set_rows(rows(4), more=False)
    taken = model.remove_rows(["n0", "n3"])
    model.set_rows([*rows(1, 3), *rows(1, 9)], more=False)  # n3 was reloaded
    model.restore_rows(taken)
    assert [row.id for row in model.rows] == ["n0", "n3", "n9"]


def test_a_note_stands_once_however_often_it_is_added(qapp) -> None:
    model = LibraryModel()
    model.set_rows([*rows(3), *rows(3)], more=True)
    model.add_rows(rows(4, 1), more=False)
    assert [row.id for row in model.rows] == ["n0", "n1", "n2", "n3", "n4"]


def test_more_is_asked_for_once_at_a_time(qapp) -> None:
    model = LibraryModel()
    spy = QSignalSpy(model.more_wanted)
    model.set_rows(rows(3), more=True)
    model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    assert [spy.at(i) for i in range(spy.count())] == [[3]]
    model.add_rows(rows(2, 3), more=False)
    assert not model.canFetchMore(QModelIndex())


def test_days_are_said_as_people_say_them() -> None:
    now = datetime(2026, 11, 24, 15, 0).astimezone()
    assert when((now - timedelta(hours=1)).isoformat(), now) == "Today, 14:00"
    assert when((now - timedelta(days=1)).isoformat(), now) == "Yesterday"
    assert when((now - timedelta(days=30)).isoformat(), now) == "25 Oct"
    assert when((now - timedelta(days=400)).isoformat(), now) == "20 Oct 2025"
    assert when("not a time", now) == ""


# --- the page ---


async def test_an_empty_library_says_what_will_be_here(page: LibraryPage) -> None:
    assert not shows_list(page)
    assert "No notes yet" in words(page)


async def test_notes_are_listed_newest_first(page: LibraryPage, fakes: FakeServices) -> None:
    fill(fakes.store, 5)
    page.refresh()
    await until(lambda: page.model.rowCount() == 5)
    assert [row.id for row in page.model.rows] == ["n0", "n1", "n2", "n3", "n4"]
    assert shows_list(page)
    assert page._count.text() == "5 notes"


async def test_a_long_library_comes_in_pages_as_it_is_scrolled(
    page: LibraryPage, fakes: FakeServices, monkeypatch
) -> None:
    monkeypatch.setattr(library_page, "PAGE", 20)
    fill(fakes.store, 50)
    page.reload()
    await until(lambda: page.model.rowCount() >= 20)
    assert page.model.rowCount() < 50
    for _ in range(4):
        page.list.scrollToBottom()
        before = page.model.rowCount()
        await until(lambda before=before: page.model.rowCount() > before or before == 50)
    assert [row.id for row in page.model.rows] == [f"n{n}" for n in range(50)]
    assert page._count.text() == "50 notes"


async def test_a_search_waits_until_typing_rests_and_shows_what_matches(
    page: LibraryPage, fakes: FakeServices, qtbot, monkeypatch
) -> None:
    fill(fakes.store, 12)
    fakes.store.notes["n11"] = replace(fakes.store.notes["n11"], title="About zebras")
    asked: list[str] = []
    real = fakes.store.search

    async def watched(text: str, **others: Any) -> list[NoteSummary]:
        asked.append(text)
        return await real(text, **others)

    monkeypatch.setattr(fakes.store, "search", watched)
    qtbot.keyClicks(page.search, "zebras")
    await until(lambda: page.model.rowCount() == 1)
    assert asked == ["zebras"]
    assert page.model.rows[0].id == "n11"
    assert page.model.index(0).data(SUMMARY_ROLE).snippet
    page.search.setText("no such thing")
    await until(lambda: not shows_list(page))
    assert "Nothing found for “no such thing”" in words(page)
    page._nothing._button.click()
    await until(lambda: page.model.rowCount() == 12)


async def test_notes_and_transcripts_are_searched_at_the_same_time(
    page: LibraryPage, fakes: FakeServices, monkeypatch
) -> None:
    fill(fakes.store, 1)
    real, begun = fakes.store.search_transcripts, asyncio.Event()

    async def of_notes(text: str, **_: Any) -> list[NoteSummary]:
        await begun.wait()
        return rows(1)

    async def of_transcripts(text: str, **others: Any) -> list[PassageFound]:
        begun.set()
        return await real(text, **others)

    monkeypatch.setattr(fakes.store, "search", of_notes)
    monkeypatch.setattr(fakes.store, "search_transcripts", of_transcripts)
    page.search.setText("zebras")
    page.reload()
    await until(lambda: page.model.rowCount() == 1)


async def test_a_search_with_many_results_says_so_and_lists_all_of_them_on_scrolling(
    page: LibraryPage, fakes: FakeServices
) -> None:
    fill(fakes.store, 230)
    page.search.setText("Talk")
    page.reload()
    await until(lambda: page._count.text() == "100+ found")
    while page.model.canFetchMore(page.model.index(-1)):
        page.model.fetchMore(page.model.index(-1))
        await until(lambda: not page.model._asked)
    assert page.model.rowCount() == 230
    assert page._count.text() == "230 found"

    page.search.setText("Talk 1")
    page.reload()
    await until(lambda: page._count.text() == "100+ found")


async def test_the_answer_to_an_earlier_search_is_not_shown(
    page: LibraryPage, fakes: FakeServices
) -> None:
    fill(fakes.store, 3)
    page._number += 1
    old = page._number
    page.reload()
    await until(lambda: page.model.rowCount() == 3)
    page._loaded(old, [], more=False)
    page._loaded_more(old, rows(9, 50), more=False)
    assert page.model.rowCount() == 3


async def test_opening_asks_the_library_only(page: LibraryPage, fakes: FakeServices, qtbot) -> None:
    fill(fakes.store, 3)
    page.reload()
    await until(lambda: page.model.rowCount() == 3)
    spy = QSignalSpy(page.note_opened)
    page.list.setCurrentIndex(page.model.index(1))
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    await until(lambda: spy.count() == 1)
    assert spy.at(0)[0] == fakes.store.notes["n1"]
    assert fakes.runner.orders == []


async def test_a_double_click_opens_once(page: LibraryPage, fakes: FakeServices, qtbot) -> None:
    fill(fakes.store, 2)
    page.reload()
    await until(lambda: page.model.rowCount() == 2)
    spy = QSignalSpy(page.note_opened)
    spot = page.list.visualRect(page.model.index(1)).center()
    viewport = page.list.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=spot)
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=spot)
    await until(spy.count)
    await until(lambda: not len(page._tasks or ()))
    assert spy.count() == 1


async def test_the_arrow_down_leads_from_the_search_into_the_list(
    page: LibraryPage, fakes: FakeServices, qtbot
) -> None:
    fill(fakes.store, 3)
    page.reload()
    await until(lambda: page.model.rowCount() == 3)
    page.activateWindow()
    page.search.setFocus()
    await until(page.search.hasFocus)
    qtbot.keyClick(page.search, Qt.Key.Key_Down)
    assert page.list.hasFocus()
    assert page.list.currentIndex().row() == 0


async def test_a_deleted_note_is_gone_and_undo_brings_it_back_to_its_place(
    page: LibraryPage, fakes: FakeServices, qtbot
) -> None:
    fill(fakes.store, 4)
    note = fakes.store.notes["n1"]
    page.reload()
    await until(lambda: page.model.rowCount() == 4)
    told, deleted = QSignalSpy(page.message), QSignalSpy(page.operations.notes_deleted)
    page.list.setCurrentIndex(page.model.index(1))
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    await until(lambda: told.count() == 1)
    assert "n1" not in fakes.store.notes
    assert [row.id for row in page.model.rows] == ["n0", "n2", "n3"]
    assert deleted.at(0) == [["n1"]]
    message = told.at(0)[0]
    assert isinstance(message, Message)
    assert message.undo is not None
    message.undo()
    await until(lambda: page.model.rowCount() == 4)
    assert fakes.store.notes["n1"] == note
    assert [row.id for row in page.model.rows] == ["n0", "n1", "n2", "n3"]


async def test_a_search_that_cannot_find_everything_yet_says_so_once(
    page: LibraryPage, fakes: FakeServices
) -> None:
    fill(fakes.store, 3)
    told = QSignalSpy(page.message)
    fakes.store.found_share = 0.257
    for text in ("one", "another"):
        page.search.setText(text)
        page.reload()
        await until(lambda: told.count() == 1)
    assert "looks through 25 % of your notes so far" in told.at(0)[0].text


async def test_the_number_of_notes_is_parted_by_thousands(page: LibraryPage) -> None:
    page.model.set_rows(rows(1500), more=False)
    page.operations.rows_changed.emit()
    assert page._count.text() == "1,500 notes"


async def test_many_notes_are_deleted_and_brought_back_at_once(
    page: LibraryPage, fakes: FakeServices
) -> None:
    fill(fakes.store, 200)
    page.reload()
    await until(page.model.rowCount)
    while page.model.canFetchMore(QModelIndex()):
        before = page.model.rowCount()
        page.model.fetchMore(QModelIndex())
        await until(lambda before=before: page.model.rowCount() > before or not page.model.more)
    everything = ids(page)
    told, deleted = QSignalSpy(page.message), QSignalSpy(page.operations.notes_deleted)
    back, looked = (
        QSignalSpy(page.operations.notes_restored),
        QSignalSpy(page.list.selectionModel().selectionChanged),
    )
    page.list.selectAll()
    page.delete_selected()
    await until(lambda: told.count() == 1)
    assert (page.model.rowCount(), len(fakes.store.notes)) == (0, 0)
    assert deleted.at(0) == [everything]
    assert looked.count() == 2  # select all, then none
    told.at(0)[0].undo()
    await until(back.count)
    assert (ids(page), len(fakes.store.notes)) == (everything, 200)
    assert [note.id for note in page.selected()] == everything


async def test_all_deleted_notes_are_shown_and_restored(
    page: LibraryPage, fakes: FakeServices
) -> None:
    fill(fakes.store, 150)
    await fakes.store.delete(*fakes.store.notes)
    page.filter.choose(NoteFilter(), deleted=True)
    await until(lambda: page.model.rowCount() == 150)
    page.list.selectAll()
    page.selection.restore.click()
    await until(lambda: page.model.rowCount() == 0)
    assert len(fakes.store.notes) == 150


async def test_a_note_that_cannot_be_deleted_comes_back_with_the_reason(
    page: LibraryPage, fakes: FakeServices
) -> None:
    fill(fakes.store, 2)
    page.reload()
    await until(lambda: page.model.rowCount() == 2)
    told = QSignalSpy(page.message)
    fakes.store.failure = DatabaseUnavailable()
    page.operations.delete(["n0"])
    await until(lambda: told.count() == 1)
    assert [row.id for row in page.model.rows] == ["n0", "n1"]
    assert told.at(0)[0].text == DatabaseUnavailable.default_message


async def test_a_library_that_cannot_be_read_says_so_and_can_be_tried_again(
    page: LibraryPage, fakes: FakeServices
) -> None:
    fakes.store.failure = DatabaseUnavailable()
    page.reload()
    await until(lambda: DatabaseUnavailable.default_message in words(page))
    fakes.store.failure = None
    fill(fakes.store, 1)
    page._nothing._button.click()
    await until(lambda: shows_list(page))
    assert page._count.text() == "1 note"


async def test_exporting_hands_the_note_on_with_format_and_level(
    page: LibraryPage, fakes: FakeServices
) -> None:
    fill(fakes.store, 1)
    page.reload()
    await until(lambda: page.model.rowCount() == 1)
    page.set_formats(("md", "pdf"))
    page.level = Level.CONCISE
    spy = QSignalSpy(page.save_wanted)
    menu = page.menu_for("n0")
    export = next(a.menu() for a in menu.actions() if a.text() == "Export")
    export.actions()[1].trigger()
    await until(lambda: spy.count() == 1)
    assert spy.at(0) == [fakes.store.notes["n0"], "pdf", Level.CONCISE]
    menu.deleteLater()


async def test_an_export_of_many_says_how_far_it_is_and_stops_between_two_notes(
    page: LibraryPage, fakes: FakeServices, tmp_path: Path
) -> None:
    fill(fakes.store, 9)
    page.reload()
    await until(lambda: page.model.rowCount() == 9)
    page.list.selectAll()
    told: list[Message] = []
    page.message.connect(told.append)
    grew: list[str] = []
    page.works.grown.connect(grew.append)
    page.works.grown.connect(
        lambda _: page.works.running[0].stop.click() if len(grew) == 3 else None
    )
    page.selection.export_wanted.emit("md")
    await choose(page, tmp_path)
    assert page.works.isHidden()
    await until(lambda: told)
    assert grew[2] == "Writing notes: 2 of 9 …"
    assert told[0].text == f"Stopped. 3 notes written into {tmp_path}"
    assert len(fakes.exporter.saved) == 3
    assert page.works.isHidden()
    assert page._count.text() == "9 notes"


async def test_two_exports_at_once_have_a_count_and_a_stop_each(
    page: LibraryPage, fakes: FakeServices, tmp_path: Path
) -> None:
    page.resize(500, 400)  # the count must be shown even at this size
    fill(fakes.store, 9)
    page.reload()
    await until(lambda: page.model.rowCount() == 9)
    told: list[Message] = []
    page.message.connect(told.append)
    held = asyncio.Event()
    read = fakes.store.get

    async def get(note_id: str) -> Note:
        await held.wait()
        return await read(note_id)

    fakes.store.get = get
    for name, ids in (("one", ["n0", "n1", "n2"]), ("other", ["n3", "n4"])):
        (tmp_path / name).mkdir()
        page.operations.export(ids, "md", Level.STANDARD)
        await choose(page, tmp_path / name)
        await until(lambda: page.window().findChild(QFileDialog) is None)
    await until(lambda: len(page.works.running) == 2)
    first, second = page.works.running
    assert [first.words, second.words] == [
        "Writing notes: 0 of 3 …",
        "Writing notes: 0 of 2 …",
    ]
    assert first.stop.isVisible()
    assert page._count.text() == "9 notes"
    first.stop.click()
    assert first.is_stopped()
    assert not second.is_stopped()
    held.set()
    await until(lambda: len(told) == 2)
    assert sorted(each.text for each in told) == [
        f"2 notes written into {tmp_path / 'other'}",
        f"Stopped. 1 note written into {tmp_path / 'one'}",
    ]
    assert page.works.isHidden()


async def test_what_was_written_before_the_disk_was_full_is_said(
    page: LibraryPage, fakes: FakeServices, tmp_path: Path
) -> None:
    fill(fakes.store, 3)
    page.reload()
    await until(lambda: page.model.rowCount() == 3)
    page.list.selectAll()
    told: list[Message] = []
    page.message.connect(told.append)
    page.works.grown.connect(
        lambda words: setattr(fakes.store, "failure", DiskFull() if " 2 of" in words else None)
    )
    page.selection.export_wanted.emit("md")
    await choose(page, tmp_path)
    await until(lambda: told)
    assert told[0].text.startswith(DiskFull().message)
    assert told[0].text.endswith(f"2 notes written into {tmp_path}")
    assert told[0].tone == "danger"


async def test_a_page_that_is_not_seen_loads_when_it_is(
    page: LibraryPage, fakes: FakeServices
) -> None:
    page.hide()
    fill(fakes.store, 2)
    page.refresh()
    assert page.model.rowCount() == 0
    page.show()
    await until(lambda: page.model.rowCount() == 2)


async def test_rows_have_names_and_texts_for_everybody(
    page: LibraryPage, fakes: FakeServices
) -> None:
    assert page.findChild(QLineEdit, "historySearch") is page.search
    assert page.findChild(QListView, "historyList") is page.list
    note = replace(make_note(note_id="x"), title="<b>bold</b>\n\x00 title")
    fakes.store.notes["x"] = note
    page.reload()
    await until(lambda: page.model.rowCount() == 1)
    index = page.model.index(0)
    assert index.data() == "<b>bold</b> \ufffd title"
    assert "<b>" not in index.data(Qt.ItemDataRole.ToolTipRole)
    assert "Gemini" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    page.grab()


async def test_before_the_library_is_open_the_page_says_that_it_is_opening(qtbot) -> None:
    page = LibraryPage(Deferred(), Tasks())
    qtbot.addWidget(page)
    page.show()
    assert "Opening your library" in words(page)
    page.close()


async def test_notes_that_are_finished_do_not_move_what_is_looked_at(
    page: LibraryPage, fakes: FakeServices, monkeypatch
) -> None:
    monkeypatch.setattr(library_page, "PAGE", 20)
    fill(fakes.store, 60)
    page.reload()
    await until(lambda: page.model.rowCount() >= 20)
    for _ in range(2):
        page.list.scrollToBottom()
        before = page.model.rowCount()
        await until(lambda before=before: page.model.rowCount() > before)
    bar = page.list.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    loaded = page.model.rowCount()
    page.list.setCurrentIndex(page.model.index(3))
    resets = QSignalSpy(page.model.modelReset)

    def looked_at() -> tuple[str, int]:
        index = page.list.indexAt(QPoint(5, 5))
        return index.data(SUMMARY_ROLE).id, page.list.visualRect(index).top()

    there = looked_at()
    for number in range(3):
        note = replace(fakes.store.notes["n0"], id=f"new{number}")
        created = datetime(2026, 11, 25, number, tzinfo=UTC).isoformat()
        fakes.store.notes[note.id] = replace(note, created=created)
        page.refresh()
        await until(lambda number=number: page.model.rows[0].id == f"new{number}")
        assert looked_at() == there
    assert page.model.rowCount() == loaded + 3
    assert page.list.currentIndex().data(SUMMARY_ROLE).id == "n3"
    assert resets.count() == 0
    again = replace(fakes.store.notes["n30"], title="Told anew")
    again = replace(again, created=datetime(2026, 11, 26, tzinfo=UTC).isoformat())
    fakes.store.notes["n30"] = again
    del fakes.store.notes["n1"]
    page.refresh()
    await until(lambda: page.model.rows[0].title == "Told anew")
    ids = [row.id for row in page.model.rows]
    assert len(ids) == len(set(ids))
    assert "n1" not in ids


async def test_at_the_top_the_newest_note_is_seen(page: LibraryPage, fakes: FakeServices) -> None:
    fill(fakes.store, 30)
    page.refresh()
    await until(lambda: page.model.rowCount() == 30)
    note = replace(fakes.store.notes["n0"], id="new", created="2026-11-25T00:00:00+00:00")
    fakes.store.notes["new"] = note
    page.refresh()
    await until(lambda: page.model.rowCount() == 31)
    assert page.list.indexAt(QPoint(5, 5)).row() == 0


# --- grouped by video, filters and tags ---


def fill_videos(store: FakeStore) -> None:
    """Store six notes, two for each of three videos."""
    for number in range(6):
        video = make_video(f"video{number // 2}", title=f"Talk {number // 2}")
        note = make_note(
            template=("study-notes", "flashcards")[number % 2],
            video=replace(video, channel=f"Channel {2 - number // 2}"),
            note_id=f"n{number}",
        )
        created = (datetime(2026, 11, 24, tzinfo=UTC) - timedelta(hours=number)).isoformat()
        store.notes[note.id] = replace(note, created=created)


@pytest.fixture
async def videos(page: LibraryPage, fakes: FakeServices) -> LibraryPage:
    fill_videos(fakes.store)
    page.reload()
    await until(lambda: page.model.rowCount() == 6)
    return page


def ids(page: LibraryPage) -> list[str]:
    return [row.id for row in page.model.rows]


def select(page: LibraryPage, *numbers: int) -> None:
    page.list.clearSelection()
    for number in numbers:
        flag = QItemSelectionModel.SelectionFlag.Select
        page.list.selectionModel().select(page.model.index(number), flag)


async def test_the_kind_of_a_note_is_named_in_the_language_of_the_window(
    page: LibraryPage, fakes: FakeServices
) -> None:
    spoken.speak("de", German())
    try:
        fill(fakes.store, 1)
        page.reload()
        await until(lambda: page.model.rowCount() == 1)
        said = page.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    finally:
        spoken.speak(spoken.SOURCE)
    assert "Lernnotizen" in said


async def test_the_first_note_of_a_video_has_the_head_of_that_video(videos: LibraryPage) -> None:
    model = videos.model
    assert [model.index(n).data(OPENS_VIDEO_ROLE) for n in range(6)] == [True, False] * 3
    heights = [videos.list.visualRect(model.index(n)).height() for n in range(2)]
    assert heights[0] > heights[1] + 40
    model.remove_rows(["n0"])
    assert model.index(0).data(OPENS_VIDEO_ROLE)
    await until(lambda: videos.list.visualRect(model.index(0)).height() == heights[0])


async def test_the_list_is_sorted_and_narrowed(videos: LibraryPage, fakes: FakeServices) -> None:
    videos.order.choose(VideoOrder.CHANNEL)
    await until(lambda: ids(videos) == ["n4", "n5", "n2", "n3", "n0", "n1"])
    videos.filter.choose(NoteFilter(templates=("flashcards",)))
    await until(lambda: ids(videos) == ["n5", "n3", "n1"])
    assert videos.filter.text().strip() == "Filter · 1"
    videos.filter.choose(NoteFilter(tags=("nothing",)))
    await until(lambda: not shows_list(videos))
    assert "#nothing" in words(videos)
    videos._nothing._button.click()
    await until(lambda: videos.model.rowCount() == 6)


async def test_a_search_shows_its_first_results_whatever_was_selected(
    page: LibraryPage, fakes: FakeServices
) -> None:
    fill(fakes.store, 30)
    page.reload()
    await until(lambda: page.model.rowCount() == 30)
    page.list.setCurrentIndex(page.model.index(29))
    bar = page.list.verticalScrollBar()
    assert bar.value() > 0
    page.search.setText("Talk")
    page.reload()
    await until(lambda: page._count.text().endswith("found"))
    assert page.list.currentIndex().isValid()
    assert bar.maximum() > 0
    assert bar.value() == 0
    page.search.clear()
    page.reload()
    await until(lambda: page._count.text().endswith("notes"))
    assert page.list.visualRect(page.list.currentIndex()).top() >= 0
    assert bar.value() > 0


async def test_the_filter_offers_what_there_is(videos: LibraryPage, fakes: FakeServices) -> None:
    assert videos.findChild(QWidget, "libraryFilter") is videos.filter
    await fakes.store.tag(["n1"], add=["Exam"])
    videos.filter.opening.emit()
    await until(lambda: videos.filter._facets.tags == (("Exam", 1),))
    menus = {a.text(): a.menu() for a in videos.filter.menu().actions() if a.menu()}
    (exam,) = menus["Tag"].actions()
    assert exam.text() == "Exam  (1)"
    exam.trigger()
    await until(lambda: ids(videos) == ["n1"])


def _inner_menu(page: LibraryPage, words: str) -> QMenu:
    (inner,) = (a.menu() for a in page.filter.menu().actions() if a.text() == words)
    return inner


async def test_a_filter_menu_that_is_open_offers_what_comes_meanwhile(
    videos: LibraryPage,
) -> None:
    menu = videos.filter.menu()
    menu.popup(videos.mapToGlobal(videos.rect().center()))
    template, tag = _inner_menu(videos, "Template"), _inner_menu(videos, "Tag")
    assert not template.isEnabled()
    await until(template.isEnabled)
    assert _inner_menu(videos, "Template") is template
    assert [each.text() for each in template.actions()]
    assert not tag.isEnabled()  # no note has one
    menu.close()


def test_rare_values_can_be_filtered_by_too(qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    filter = FilterButton(parent)
    filter.set_facets(Facets(channels=tuple((f"Channel {n}", 2_000 - n) for n in range(40))))
    (inner,) = (a.menu() for a in filter.menu().actions() if a.text() == "Channel")
    *frequent, more = inner.actions()
    assert frequent[0].text() == "Channel 0  (2,000)"
    assert frequent[-1].text() == "Channel 29  (1,971)"
    assert more.text() == "More"
    more.menu().actions()[-1].trigger()
    assert filter.where.channels == ("Channel 39",)


def test_a_filter_is_told_in_the_words_of_its_menu(qtbot, monkeypatch) -> None:
    monkeypatch.setattr(spoken, "_catalogue", German())
    parent = QWidget()
    qtbot.addWidget(parent)
    filter = FilterButton(parent)
    filter.choose(NoteFilter(doubtful=True))
    assert filter.words() == ["Mit zweifelhaften Aussagen"]


async def test_tags_are_written_for_all_that_is_selected(
    videos: LibraryPage, fakes: FakeServices, qtbot
) -> None:
    edit = videos.findChild(QLineEdit, "tagEdit")
    assert edit is not None
    assert not videos.selection.isVisible()
    select(videos, 0, 3)
    assert videos.selection.isVisible()
    edit.setText("Exam, #week 1")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    await until(lambda: fakes.store.notes["n3"].tags == ("Exam", "week 1"))
    assert fakes.store.notes["n0"].tags == ("Exam", "week 1")
    assert videos.model.rows[0].tags == ("Exam", "week 1")
    edit.setText("exam")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    await until(lambda: fakes.store.notes["n0"].tags == ("Exam",))
    videos.selection.toggle_star()
    await until(lambda: fakes.store.notes["n0"].tags == ("Exam", STAR))
    assert edit.text() == "Exam"
    videos.selection.toggle_star()
    await until(lambda: fakes.store.notes["n0"].tags == ("Exam",))


async def test_a_note_that_loses_its_star_leaves_the_list_of_those_with_one(
    videos: LibraryPage, fakes: FakeServices
) -> None:
    await fakes.store.tag(["n1", "n3"], add=[STAR])
    videos.filter.choose(NoteFilter(tags=(STAR,)))
    await until(lambda: sorted(ids(videos)) == ["n1", "n3"])
    gone = ids(videos)[0]
    select(videos, 0, 0)
    videos.selection.toggle_star()
    await until(lambda: ids(videos) == [each for each in ("n1", "n3") if each != gone])


async def test_several_notes_are_deleted_and_brought_back_to_their_places(
    videos: LibraryPage, fakes: FakeServices, qtbot
) -> None:
    told = QSignalSpy(videos.message)
    select(videos, 1, 2, 5)
    qtbot.keyClick(videos.list, Qt.Key.Key_Delete)
    await until(lambda: told.count() == 1)
    assert ids(videos) == ["n0", "n3", "n4"]
    assert sorted(fakes.store.trash) == ["n1", "n2", "n5"]
    told.at(0)[0].undo()
    await until(lambda: len(fakes.store.notes) == 6)
    assert ids(videos) == ["n0", "n1", "n2", "n3", "n4", "n5"]


async def test_what_is_selected_stays_so_when_the_list_is_read_again(
    videos: LibraryPage, fakes: FakeServices
) -> None:
    select(videos, 0, 3, 4)
    videos.order.choose(VideoOrder.CHANNEL)
    await until(lambda: ids(videos)[0] == "n4")
    assert sorted(note.id for note in videos.selected()) == ["n0", "n3", "n4"]
    videos.filter.choose(NoteFilter(templates=("flashcards",)))
    await until(lambda: ids(videos) == ["n5", "n3", "n1"])
    assert [note.id for note in videos.selected()] == ["n3"]


async def test_after_notes_are_deleted_the_keys_go_on_in_the_list(
    videos: LibraryPage, fakes: FakeServices, qtbot
) -> None:
    told = QSignalSpy(videos.message)
    videos.list.setCurrentIndex(videos.model.index(1))
    videos.selection.delete.setFocus()
    videos.selection.delete.click()
    await until(lambda: told.count() == 1)
    assert videos.list.hasFocus()
    assert [note.id for note in videos.selected()] == ["n2"]
    told.at(0)[0].undo()
    await until(lambda: len(ids(videos)) == 6)
    assert [note.id for note in videos.selected()] == ["n1"]
    assert videos.list.currentIndex() == videos.model.index_of("n1")
    videos.list.setCurrentIndex(videos.model.index(0))
    qtbot.keyClick(videos.list, Qt.Key.Key_F2)
    await until(lambda: videos.findChild(QDialog, "renameDialog"))
    dialog = videos.findChild(QDialog, "renameDialog")
    assert dialog is not None
    assert dialog.findChild(QLineEdit).selectedText() == videos.model.rows[0].title
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)


async def test_the_menu_over_several_selected_notes_is_for_all_of_them(
    videos: LibraryPage, fakes: FakeServices
) -> None:
    select(videos, 1, 2)
    menu = videos.menu_of_several()
    menu.actions()[-1].trigger()
    await until(lambda: sorted(fakes.store.trash) == ["n1", "n2"])


async def test_languages_are_filtered_by_name(videos: LibraryPage) -> None:
    videos.filter.choose(NoteFilter(languages=("ja", "xx-odd")))
    assert videos.filter.words()[0] == "Japanese"


async def test_deleted_notes_are_looked_at_and_restored(
    videos: LibraryPage, fakes: FakeServices
) -> None:
    await fakes.store.delete("n2", "n3")
    videos.filter.choose(NoteFilter(), deleted=True)
    await until(lambda: sorted(ids(videos)) == ["n2", "n3"])
    select(videos, 0)
    assert videos.selection.restore.isVisible()
    assert not videos.selection.delete.isVisible()
    videos.selection.restore.click()
    await until(lambda: len(fakes.store.notes) == 5)
    assert videos.model.rowCount() == 1


async def test_a_note_that_is_looked_at_is_read(videos: LibraryPage, fakes: FakeServices) -> None:
    fakes.store.unread = {"n0", "n1"}
    videos.reload()
    await until(lambda: bool(videos.model.rows[0].unread))
    videos.operations.mark_read("n0")
    await until(lambda: fakes.store.unread == {"n1"})
    assert [row.unread for row in videos.model.rows[:2]] == [False, True]


async def test_what_was_found_opens_with_its_words(
    videos: LibraryPage, fakes: FakeServices, qtbot
) -> None:
    note = fakes.store.notes["n3"]
    section = replace(note.sections[0], concise="Zebras sleep.")
    fakes.store.notes["n3"] = replace(note, sections=(section,))
    fakes.store.transcripts["video1"] = a_transcript("We saw.", "Zebras run.")
    opened, passage = QSignalSpy(videos.found_opened), QSignalSpy(videos.passage_wanted)
    videos.search.setText("zebras")
    await until(lambda: videos.model.rowCount() == 2)
    for number in range(2):
        videos.list.setCurrentIndex(videos.model.index(number))
        qtbot.keyClick(videos.list, Qt.Key.Key_Return)
    await until(lambda: opened.count() == passage.count() == 1)
    assert opened.at(0)[0].id == "n3"
    assert passage.at(0)[0].start_s == 10.0
    assert not videos.order.isEnabled()
    videos.grab()


async def test_a_picture_of_a_note_stands_beside_its_video(
    videos: LibraryPage, fakes: FakeServices
) -> None:
    note = fakes.store.notes["n2"]
    fakes.store.notes["n2"] = with_picture(note, 0, a_picture(3.0, "Slide"))
    videos._thumbnails.forget(["video1"])
    videos.reload()
    await until(lambda: "video1" in videos._thumbnails.pictures)
    assert set(videos._thumbnails.pictures) == {"video1"}
    videos.grab()
