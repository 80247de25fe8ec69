"""Mind map of a note: folded, operated by keys, and saved in formats of other programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.ui.notes.mind_map.map_pane import MindMapPane
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import make_note, make_video
from tests.ui.conftest import Opened, until

TEXT = "- Arches push [^1]\n  - outwards\n- Cables pull"
SECTIONS = (
    Section("What stands", (Cite(61.0, 70.0, True, 1),), TEXT, TEXT, TEXT + "\n- and beams bend"),
    Section("What falls", (), "- Walls", "- Walls", "- Walls"),
)
NOTE: Note = replace(
    make_note(template="mind-map", video=make_video(), note_id="map"), sections=SECTIONS
)


@pytest.fixture
async def window(main_window: Callable[..., Any]) -> MainWindow:
    made: MainWindow = main_window()
    made.results.open_note(NOTE)
    return made


def pane(window: MainWindow) -> MindMapPane:
    page = window.results.page_shown
    assert page is not None
    if page._map is None:
        page.map_button.click()
    assert page._map is not None
    return page._map


def seen(window: MainWindow) -> list[str]:
    shown = pane(window).view.map
    assert shown is not None
    return [each.branch.words for each in shown.placed[1:]]


def press(window: MainWindow, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(pane(window).view, key)


async def test_the_map_stands_in_the_place_of_the_text(window: MainWindow) -> None:
    page = window.results.page_shown
    assert page is not None
    shown = pane(window)
    assert shown.isVisible()
    assert not page.view.isVisible()
    assert seen(window) == [
        *("What stands", "Arches push", "outwards", "Cables pull", "What falls", "Walls"),
    ]
    shown.back.click()
    assert page.view.isVisible()
    assert not shown.isVisible()


async def test_another_level_has_another_map(window: MainWindow) -> None:
    pane(window)
    page = window.results.page_shown
    assert page is not None
    page.set_level(Level.COMPREHENSIVE)
    assert "and beams bend" in seen(window)


async def test_keys_walk_fold_and_lead_to_the_second(window: MainWindow, opened: Opened) -> None:
    press(window, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert pane(window).view.accessibleDescription() == "Arches push, 1 below"
    press(window, Qt.Key.Key_Space)
    assert "outwards" not in seen(window)
    press(window, Qt.Key.Key_Space)
    assert "outwards" in seen(window)
    press(window, Qt.Key.Key_Return)
    await until(lambda: opened.urls)
    assert "t=61" in opened.urls[0].toString()
    press(window, Qt.Key.Key_Down)
    assert pane(window).view.accessibleDescription() == "Cables pull"


async def test_a_click_leads_to_the_second_and_the_circle_folds(
    window: MainWindow, opened: Opened
) -> None:
    view = pane(window).view
    assert view.map is not None

    def point(place: tuple[int, ...], *, circle: bool) -> QPoint:
        entry = view.map.item_of(place)  # type: ignore[union-attr]
        assert entry is not None
        inside = entry.fold_circle.center() if circle else entry.boundingRect().center()
        return view.mapFromScene(entry.mapToScene(inside))

    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(view.viewport(), left, pos=point((0,), circle=True))
    assert seen(window) == ["What stands", "What falls", "Walls"]
    QTest.mouseClick(view.viewport(), left, pos=point((0,), circle=False))
    await until(lambda: opened.urls)
    assert "t=61" in opened.urls[0].toString()


async def test_all_is_folded_to_the_branches_and_unfolded(window: MainWindow) -> None:
    pane(window).view.fold_all(folded=True)
    assert seen(window) == ["What stands", "What falls"]
    pane(window).view.fold_all(folded=False)
    assert len(seen(window)) == 6


async def test_a_map_is_saved_as_others_read_it(window: MainWindow, tmp_path: Path) -> None:
    shown = pane(window)
    ElementTree.fromstring(shown.content("opml"))
    svg = ElementTree.fromstring(shown.content("svg"))
    assert float(svg.get("width", "0")) > 200
    assert "## [What stands]" in shown.content("md").decode()
    picture = QImage.fromData(shown.content("png"))
    assert picture.width() > 400
    ground = picture.pixelColor(0, 0)
    assert any(
        picture.pixelColor(x, picture.height() // 2) != ground for x in range(picture.width())
    )


async def test_the_button_is_there_for_maps_and_the_command_for_all(window: MainWindow) -> None:
    page = window.results.page_shown
    assert page is not None
    assert not page.map_button.isHidden()
    window.results.open_note(make_note(template="chapters", note_id="other"))
    page = window.results.page_shown
    assert page is not None
    assert page.map_button.isHidden()
    page._toggle_map()
    assert pane(window).isVisible()


async def test_a_time_of_a_guide_leads_into_its_own_video(main_window: Callable[..., Any]) -> None:
    videos = (make_video("aaaaaaaaaaa"), make_video("bbbbbbbbbbb"))
    cites = tuple(Cite(5.0, 9.0, True, n, video=videos[n - 1], video_number=n) for n in (2, 1))
    text = "- Heaps sort [^2]\n- Queues wait [^1]"
    guide = replace(NOTE, videos=videos, sections=(Section("Heaps", cites, text, text, text),))
    window: MainWindow = main_window()
    window.results.open_note(guide)
    shown: list[tuple[object, float]] = []
    pane(window).cite_activated.connect(lambda video, at: shown.append((video, at)))
    press(window, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return)
    press(window, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert shown == [(videos[1], 5.0), (videos[0], 5.0)] or shown == [
        (videos[0], 5.0),
        (videos[1], 5.0),
    ]
    assert videos[1].link_at(5.0).encode() in pane(window).content("md")
