"""Import of notes from files, by the button or dropped on the library page."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QSignalSpy

from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.library.page import LibraryPage
from tests.fakes.notes import a_note
from tests.fakes.services import FakeServices
from tests.ui.conftest import until

WATCH_LATER = "Video ID,Playlist Video Creation Timestamp\nabcdefghijk,2026-01-01\n"


def drop(page: LibraryPage, *paths: Path) -> bool:
    """Drop files on the page as a file manager does; return True if the drop is accepted."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0)
    entering = QDragEnterEvent(QPointF(9, 9).toPoint(), copy, mime, left, none)
    page.dragEnterEvent(entering)
    if entering.isAccepted():
        page.dropEvent(QDropEvent(QPointF(9, 9), copy, mime, left, none))
    return entering.isAccepted()


async def test_notes_are_taken_in_once_with_what_is_wrong_said_by_file(
    page: LibraryPage,
    fakes: FakeServices,
    tmp_path: Path,
) -> None:
    told: list[Message] = []
    page.message.connect(told.append)
    changed = QSignalSpy(page.changed)
    whole = [
        a_note(title=f"Note {n}", created=f"2026-11-0{n + 1}T10:00:00Z").to_json() for n in range(3)
    ]
    (tmp_path / "notes.json").write_text(json.dumps(whole))
    (tmp_path / "torn.json").write_text('{"title": "x", "sections": [')
    assert drop(page, tmp_path)
    await until(lambda: told)
    assert told[0].text == "3 notes imported."
    assert told[0].hint.startswith("torn.json: The file breaks off")
    assert told[0].tone == "warning"
    await until(lambda: page.model.rowCount() == 3)
    assert changed.count() == 1
    assert drop(page, tmp_path / "notes.json")
    await until(lambda: len(told) == 2)
    assert told[1].text == "3 were here already."
    assert len(await fakes.store.recent()) == 3


async def test_an_import_of_many_can_be_stopped_and_keeps_what_came(
    page: LibraryPage, fakes: FakeServices, tmp_path: Path
) -> None:
    told: list[Message] = []
    page.message.connect(told.append)
    many = [
        a_note(title=f"Note {n}", created=f"2026-11-01T10:{n // 60:02}:{n % 60:02}Z").to_json()
        for n in range(170)
    ]
    (tmp_path / "notes.json").write_text(json.dumps(many))
    page.works.grown.connect(
        lambda words: page.works.running[0].stop.click() if "50 " in words else None
    )
    assert drop(page, tmp_path)
    await until(lambda: told)
    assert told[0].text == "50 notes imported."
    assert page.works.isHidden()


async def test_a_list_of_videos_offers_its_links(page: LibraryPage, tmp_path: Path) -> None:
    found = QSignalSpy(page.importing.links_found)
    told: list[Message] = []
    page.message.connect(told.append)
    (tmp_path / "Watch later-videos.csv").write_text(WATCH_LATER)
    assert drop(page, tmp_path / "Watch later-videos.csv")
    await until(lambda: told)
    assert [link.id for link in found.at(0)[0].links] == ["abcdefghijk"]
    assert told[0].text == "1 video to make notes of."


async def test_what_holds_no_notes_is_for_the_window(page: LibraryPage, tmp_path: Path) -> None:
    film = tmp_path / "talk.mp4"
    film.touch()
    assert not drop(page, film)
    (tmp_path / "notes.json").touch()
    assert not drop(page, tmp_path / "notes.json", film)
