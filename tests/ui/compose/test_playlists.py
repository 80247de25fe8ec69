"""Playlists and channels: listed in pages, searched, ticked, and added to the queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QListView, QWidget
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.errors import NetworkUnreachable, SeveralVideos
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.services.ports import Latest
from notegen_desktop.ui.compose.playlist_dialog import STORED_ROLE, PlaylistDialog
from tests.fakes.services import FakeServices, make_note, make_video
from tests.ui.conftest import until

Make = Callable[..., Any]
LIST = "https://www.youtube.com/playlist?list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf"


def lessons(count: int, first: int = 0) -> list[Video]:
    return [
        make_video(f"aaaaaaa{n:04}", title=f"Lesson {n}", duration_s=600.0)
        for n in range(first, first + count)
    ]


def offer(fakes: FakeServices, count: int) -> None:
    (link,) = find_links(LIST).links
    fakes.source.playlists[link.id] = lessons(count)


async def opened(window: QWidget) -> PlaylistDialog:
    await until(lambda: window.findChild(PlaylistDialog) is not None)
    dialog = window.findChild(PlaylistDialog)
    assert isinstance(dialog, PlaylistDialog)
    return dialog


async def test_a_film_in_parts_is_chosen_from_as_a_playlist_is(
    main_window: Make, fakes: FakeServices
) -> None:
    (film,) = find_links("https://www.bilibili.com/video/BV1xx411c7mD").links
    parts = [
        Video(f"bilibili-{film.id}_p{n}", f"{film.url}?p={n}", "bilibili", f"Talk p0{n}")
        for n in (1, 2, 3)
    ]
    fakes.source.failures[film.id] = SeveralVideos()
    fakes.source.playlists[film.id] = parts
    window = main_window()
    window.add_text(film.url)
    dialog = await opened(window)
    assert "3 videos" in says(dialog, "playlistOrigin")
    dialog.findChild(QAbstractButton, "playlistTickAll").click()
    dialog.accept()
    await until(lambda: len(window.composer.source.links()) == 3)
    assert [link.url for link in window.composer.source.links()] == [part.url for part in parts]


def says(dialog: QWidget, name: str) -> str:
    return dialog.findChild(QLabel, name).text()


async def test_a_thousand_videos_come_in_pages_without_keeping_anybody_waiting(
    main_window: Make, fakes: FakeServices
) -> None:
    offer(fakes, 1000)
    asked: list[tuple[int, int]] = []
    expand = fakes.source.expand
    added: list[int] = []

    async def paged(link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        asked.append((start, count))
        return await expand(link, start=start, count=count)

    fakes.source.expand = paged
    window = main_window()
    window.add_text(LIST)
    dialog = await opened(window)
    dialog.model.rowsInserted.connect(lambda _parent, a, b: added.append(b + 1 - a))
    dialog.model.modelReset.connect(lambda: added.append(-1))
    here = len(dialog.model.rows)
    await until(lambda: len(dialog.model.rows) == 1000, seconds=10)
    assert added == [100] * ((1000 - here) // 100), "nothing of what is there is made anew"
    assert asked == [(1 + 100 * page, 100) for page in range(10)]
    assert "1,000 videos" in says(dialog, "playlistOrigin")
    dialog.findChild(QAbstractButton, "playlistTickAll").click()
    assert says(dialog, "playlistTotal") == "1,000 videos ticked · 166 h 40 min"
    dialog.findChild(QAbstractButton, "playlistAddButton").click()
    await until(lambda: len(window.composer.source.links()) == 1000, seconds=10)
    assert says(window, "moreSources") == "and 960 more"
    assert fakes.source.described == []  # the page of the list had all data of the chips


async def test_beyond_a_thousand_more_come_when_the_list_is_scrolled(qtbot: QtBot) -> None:
    dialog = PlaylistDialog("A channel", lessons(100), more=True)
    qtbot.addWidget(dialog)
    asked: list[int] = []
    dialog.more_wanted.connect(asked.append)
    dialog.show()
    dialog.begin()
    while len(dialog.model.rows) < 1000:
        dialog.add_videos(lessons(100, len(dialog.model.rows)))
    assert asked == [101 + 100 * page for page in range(9)]
    assert "and more" in says(dialog, "playlistOrigin")
    dialog.list.scrollToBottom()
    await until(lambda: asked[-1] == 1001)
    assert "listing more" in says(dialog, "playlistOrigin")
    dialog.add_videos([])
    assert says(dialog, "playlistOrigin").endswith("1,000 videos")


def test_what_is_searched_is_what_is_ticked(qtbot: QtBot) -> None:
    dialog = PlaylistDialog("A list", lessons(30))
    qtbot.addWidget(dialog)
    QAbstractItemModelTester(dialog.model, dialog)
    dialog.findChild(QLineEdit, "playlistSearch").setText("lesson 2")
    shown = dialog.findChild(QListView, "playlistVideos").model()
    assert shown.rowCount() == 11
    dialog.findChild(QAbstractButton, "playlistTickAll").click()
    dialog.findChild(QLineEdit, "playlistSearch").clear()
    assert shown.rowCount() == 30
    assert [video.title for video in dialog.chosen()] == [
        f"Lesson {n}" for n in (2, *range(20, 30))
    ]
    dialog.findChild(QAbstractButton, "playlistTickNone").click()
    assert not dialog.findChild(QAbstractButton, "playlistAddButton").isEnabled()
    assert says(dialog, "playlistTotal") == "Nothing is ticked yet"


def test_a_row_is_ticked_by_click_and_by_space(qtbot: QtBot) -> None:
    dialog = PlaylistDialog("A list", lessons(5))
    qtbot.addWidget(dialog)
    dialog.show()
    rows = dialog.list
    where = rows.visualRect(rows.model().index(1, 0)).center()
    qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert [video.title for video in dialog.chosen()] == ["Lesson 1"]
    rows.setCurrentIndex(rows.model().index(3, 0))
    qtbot.keyClick(rows, Qt.Key.Key_Space)
    assert [video.title for video in dialog.chosen()] == ["Lesson 1", "Lesson 3"]
    qtbot.keyClick(rows, Qt.Key.Key_Space)
    assert [video.title for video in dialog.chosen()] == ["Lesson 1"]


async def test_what_the_library_has_is_marked(main_window: Make, fakes: FakeServices) -> None:
    offer(fakes, 3)
    note = make_note(video=lessons(3)[1], note_id="n")
    fakes.store.notes[note.id] = note
    window = main_window()
    window.add_text(LIST)
    dialog = await opened(window)
    model = dialog.model
    await until(lambda: model.index(1).data(STORED_ROLE))
    words = str(model.index(1).data(Qt.ItemDataRole.AccessibleTextRole))
    assert words == "Lesson 1, 10:00, in the library"
    assert not model.index(0).data(STORED_ROLE)
    dialog.reject()


async def test_a_page_that_cannot_be_had_leaves_what_is_there(
    main_window: Make, fakes: FakeServices
) -> None:
    offer(fakes, 300)
    expand = fakes.source.expand

    async def breaks(link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        if start > 200:
            raise NetworkUnreachable
        return await expand(link, start=start, count=count)

    fakes.source.expand = breaks
    window = main_window()
    window.add_text(LIST)
    dialog = await opened(window)
    await until(lambda: NetworkUnreachable().failure().message in says(dialog, "playlistOrigin"))
    assert len(dialog.model.rows) == 200
    dialog.model.tick([dialog.model.rows[7].id], ticked=True)
    dialog.findChild(QAbstractButton, "playlistAddButton").click()
    await until(lambda: [one.id for one in window.composer.source.links()] == ["aaaaaaa0007"])


async def test_one_dialog_at_a_time(main_window: Make, fakes: FakeServices) -> None:
    offer(fakes, 3)
    window = main_window()
    window.add_text(LIST)
    dialog = await opened(window)
    window.ordering.generate()
    await until(lambda: len(window.tasks) <= 1)
    assert window.findChildren(PlaylistDialog) == [dialog]
    dialog.reject()
    await until(lambda: window.findChild(PlaylistDialog) is None)
    assert len(window.composer.source.links()) == 1  # cancelling keeps the link


async def test_a_list_can_be_followed_where_its_videos_are_chosen(
    main_window: Make, fakes: FakeServices
) -> None:
    offer(fakes, 3)
    (link,) = find_links(LIST).links
    fakes.source.lists[link.id] = Latest("Lessons", tuple(lessons(3)))
    window = main_window()
    window.add_text(LIST)
    dialog = await opened(window)
    assert not dialog.follow.isChecked()
    dialog.findChild(QAbstractButton, "playlistTickAll").click()
    dialog.follow.click()
    dialog.accept()
    await until(lambda: "is followed" in window.messages.text())
    assert list(fakes.followed.lists) == [link.key]


async def test_a_page_that_is_a_podcast_becomes_its_episodes(
    main_window: Make, fakes: FakeServices
) -> None:
    (page,) = find_links("https://talks.example/").links
    (feed,) = find_links("feed://talks.example/rss").links
    fakes.source.turns_out[page.id] = feed
    fakes.source.playlists[feed.id] = [replace(each, channel="Small Talks") for each in lessons(2)]
    window = main_window()
    window.add_text(page.url)
    dialog = await opened(window)
    assert any("Small Talks" in label.text() for label in dialog.findChildren(QLabel))
    assert window.composer.source.links() == (feed,)
    (window.findChild(PlaylistDialog)).reject()
