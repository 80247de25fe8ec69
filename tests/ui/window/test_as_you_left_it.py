"""State restored after a restart: tabs, positions, levels, recent videos, unfinished runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from notegen_desktop.domain.errors import DatabaseUnavailable
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.window.last_session import read_tabs
from notegen_desktop.ui.window.main_window import MainWindow
from notegen_desktop.ui.window.recent import MAX_VIDEOS, recent_videos
from tests.fakes.notes import a_request
from tests.fakes.services import FakeServices, make_note, make_video
from tests.fakes.store import summary_of
from tests.ui.conftest import close, until
from tests.ui.screens import settle

Make = Callable[..., MainWindow]


async def stored(fakes: FakeServices, *templates: str, video: str = "dQw4w9WgXcQ") -> list[Note]:
    """Store notes of one video, one per template, and return them."""
    made = []
    for template in templates:
        note = make_note(template=template, sections=12, video=make_video(video, title=video))
        request = a_request(video_id=video, template=template)
        made.append(await fakes.store.save(note, request))
    return made


def shown_ids(window: MainWindow) -> list[str]:
    return [tab.note_id for tab in window.results.kept()]


def visible(window: QWidget, name: str) -> bool:
    found = window.findChild(QWidget, name)
    return found is not None and found.isVisible()


def press(window: QWidget, name: str) -> None:
    QTest.mouseClick(window.findChild(QAbstractButton, name), Qt.MouseButton.LeftButton)


async def test_tabs_come_back_in_their_order_with_the_one_in_front_at_its_place_and_level(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    state = tmp_path / "window.ini"
    notes = await stored(fakes, "study-notes", "flashcards", "basic-summary")
    notes += await stored(fakes, "chapters", video="aircAruvnKk")
    first = main_window(window_state=state)
    for note in notes:
        first.results.open_note(note)
    first.results.open_note(notes[1])
    first.results.set_level(Level.COMPREHENSIVE)
    page = first.results.page_shown
    assert page is not None
    await until(lambda: page.view.is_whole)
    page.view.scroll_to_section(7)
    left_at = page.view.top
    assert left_at is not None
    assert left_at[0] == 8
    await close(first)

    second = main_window(window_state=state, attach=False)
    assert not visible(second, "welcome"), "there are notes"
    empty = second.findChild(QWidget, "resultsEmpty")
    assert "Opening your notes …" in [label.text() for label in empty.findChildren(QLabel)]
    second.attach(fakes.ports)
    await until(lambda: second.results.count() == 4)
    assert shown_ids(second) == [note.id for note in notes]
    again = second.results.page_shown
    assert again is not None
    assert again.note == notes[1]
    assert again.level is Level.COMPREHENSIVE
    assert {page.level for page in second.results.pages() if page is not again} == {Level.STANDARD}
    await until(lambda: again.view.top == pytest.approx(left_at, abs=0.02))
    assert again.view.verticalScrollBar().value() > 0


async def test_of_many_tabs_only_the_one_in_front_is_written_before_it_is_looked_at(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    state = tmp_path / "window.ini"
    templates = [template.id for template in fakes.templates.all()[:8]]
    notes = await stored(fakes, *templates)
    first = main_window(window_state=state)
    for note in notes:
        first.results.open_note(note)
    await close(first)
    second = main_window(window_state=state)
    await until(lambda: second.results.count() == len(notes))
    await until(lambda: not second.session.is_coming)
    written = [page for page in second.results.pages() if not page.view.document().isEmpty()]
    assert written == [second.results.page_shown]
    second.results.setCurrentIndex(2)
    page = second.results.page_shown
    assert page is not None
    assert notes[2].title in page.view.toPlainText()


async def test_a_note_deleted_meanwhile_is_left_out(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    state = tmp_path / "window.ini"
    notes = await stored(fakes, "study-notes", "flashcards")
    first = main_window(window_state=state)
    for note in notes:
        first.results.open_note(note)
    await close(first)
    await fakes.store.delete(notes[1].id)
    second = main_window(window_state=state)
    await until(lambda: not second.session.is_coming)
    assert shown_ids(second) == [notes[0].id]


async def test_what_is_opened_before_the_library_is_there_stays_in_front(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    state = tmp_path / "window.ini"
    old, new = await stored(fakes, "study-notes", "flashcards")
    first = main_window(window_state=state)
    first.results.open_note(old)
    await close(first)
    second = main_window(window_state=state, attach=False)
    second.results.open_note(new)
    second.attach(fakes.ports)
    await until(lambda: second.results.count() == 2)
    assert second.results.page_shown is not None
    assert second.results.page_shown.note == new


async def test_tabs_that_could_not_be_read_are_not_forgotten(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    state = tmp_path / "window.ini"
    (note,) = await stored(fakes, "study-notes")
    first = main_window(window_state=state)
    first.results.open_note(note)
    await close(first)

    fakes.store.failure = DatabaseUnavailable()
    second = main_window(window_state=state)
    await until(lambda: not second.session.is_coming)
    assert second.results.count() == 0
    await close(second)
    fakes.store.failure = None
    third = main_window(window_state=state)
    await until(lambda: shown_ids(third) == [note.id])


@pytest.mark.parametrize("text", ["", "{", "[1]", '[["a", "huge", null, true]]', '{"a": 1}'])
def test_a_broken_list_of_tabs_counts_as_none(text: str) -> None:
    assert read_tabs(text) == ()


async def test_with_notes_recent_videos_stand_where_the_first_run_page_was(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    state = tmp_path / "window.ini"
    study, _ = await stored(fakes, "study-notes", "flashcards")
    await stored(fakes, "chapters", video="aircAruvnKk")
    first = main_window(window_state=state)
    await until(lambda: visible(first, "recentVideos"))
    assert [(v.title, len(v.notes)) for v in first.recent.videos] == [
        ("dQw4w9WgXcQ", 2),
        ("aircAruvnKk", 1),
    ]
    press(first, f"recent:{study.id}")
    await until(lambda: first.results.count() == 1)
    assert not visible(first, "recentVideos")
    await settle()
    first.results.close_current()
    assert visible(first, "recentVideos")
    await close(first)

    second = main_window(window_state=state, attach=False)
    assert visible(second, "recentVideos"), "at once, before the library is open"
    press(second, "recentLibraryButton")
    assert second.library.isVisible()


async def test_the_list_of_recent_videos_follows_the_library(
    main_window: Make, fakes: FakeServices
) -> None:
    (note,) = await stored(fakes, "study-notes")
    window = main_window()
    await until(lambda: visible(window, "recentVideos"))
    window.page_switch.choose("library")
    await until(lambda: window.library.model.rowCount() == 1)
    window.library.operations.delete([note.id])
    window.page_switch.choose("notes")
    await until(lambda: visible(window, "welcome"))
    press(window, "messageAction")
    await until(lambda: visible(window, "recentVideos"))


async def test_a_note_under_way_takes_the_page_of_the_recent_videos(
    main_window: Make, fakes: FakeServices
) -> None:
    await stored(fakes, "study-notes")
    window = main_window()
    await until(lambda: visible(window, "recentVideos"))
    (job,) = fakes.runner.submit(
        Order(find_links("https://youtu.be/aircAruvnKk").links, ("chapters",))
    )
    assert not visible(window, "recentVideos")
    fakes.runner.cancel(job.id)
    assert not visible(window, "welcome")


def test_of_many_notes_the_videos_of_the_newest_are_recent() -> None:
    notes = [
        replace(make_note(note_id=f"n{n}"), video=make_video(f"v{n % 12}", title=f"V{n % 12}"))
        for n in range(30)
    ]
    found = recent_videos(map(summary_of, notes))
    assert [video.title for video in found] == [f"V{n}" for n in range(MAX_VIDEOS)]
    assert [note for note, _, _ in found[0].notes] == ["n0", "n12", "n24"]


def test_recent_notes_of_one_template_are_told_apart() -> None:
    video = make_video("v", title="V")
    notes = [
        replace(make_note(note_id="a"), video=video, engine="gemini"),
        replace(make_note(note_id="b"), video=video, engine="offline"),
        replace(make_note(note_id="c", template="quiz"), video=video, model="m1"),
        replace(make_note(note_id="d", template="quiz"), video=video, model="m2"),
        replace(make_note(note_id="e", template="chapters"), video=video),
    ]
    (found,) = recent_videos(map(summary_of, notes))
    assert [by for _, _, by in found.notes] == ["Gemini", "Offline extract", "m1", "m2", ""]


async def test_the_bar_of_an_interrupted_run_names_its_videos(
    main_window: Make, fakes: FakeServices
) -> None:
    fakes.queue.left = 5
    titles = ("How memory works", "Graphs", "Trees", "Heaps")
    fakes.queue.left_videos = tuple(make_video(title, title=title) for title in titles)
    window = main_window()
    await until(window.messages.text)
    assert window.messages.text().startswith(
        "5 notes of your last run are unfinished: “How memory works”, “Graphs” and 2 more videos."
    )
