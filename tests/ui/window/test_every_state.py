"""What holds of the words in every state of the window: none is cut off, none is shortened beside
empty room, and buttons have one manner."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QDialog,
    QLabel,
    QMenu,
    QTabBar,
    QToolButton,
    QWidget,
)

from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.settings.dialog import SettingsDialog
from notegen_desktop.ui.window.main_window import MainWindow
from notegen_desktop.ui.window.rail import NEW, PROGRESS
from tests.fakes.services import FakeServices
from tests.ui.screens import STATES, Scene, settle

Make = Callable[..., MainWindow]

NAMES = {"Gemini", "Google", "AI", "Studio", "API", "Markdown", "JSON", "NoteGen", "HTML", "PDF"}
NAMES |= {
    "OpenAI",
    "Anki",
    "Word",
    "PowerPoint",
    "Flash",
    "LM",
    "YouTube",
    "CSV",
    "SRT",
    "URL",
    "I",
}
NAMES |= {"OpenAI"}
"""What has a capital wherever it stands."""

ROOM_PX = 24
"""Less is the gap that a layout has between its parts."""


def of(window: QWidget, kind: type[QWidget]) -> Iterator[QWidget]:
    """The widgets of a kind that are seen, in the window or in a dialog over it."""
    over = [each for each in window.findChildren(QDialog) if each.isVisible()]
    for top in over or [window]:
        yield from (each for each in top.findChildren(kind) if each.isVisible())


def cut_off(window: QWidget) -> list[str]:
    """Words of labels and buttons that there is no room for."""
    found = []
    for label in of(window, QLabel):
        assert isinstance(label, QLabel)
        if not label.text() or isinstance(label, ElidedLabel):
            continue
        if label.wordWrap():
            whole = label.height() >= label.heightForWidth(label.width())
        else:
            whole = label.width() >= label.sizeHint().width()
        if not whole:
            found.append(label.text())
    for button in of(window, QAbstractButton):
        assert isinstance(button, QAbstractButton)
        icon_only = (
            isinstance(button, QToolButton)
            and button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
            and button.arrowType() is Qt.ArrowType.NoArrow  # those of a tab bar are Qt's
        )
        if icon_only and button.width() < button.iconSize().width() + 8:
            found.append(f"the icon of {button.accessibleName() or button.text()}")
        if not button.text() or icon_only:
            continue
        icon = 0 if button.icon().isNull() else button.iconSize().width() + 4
        lines = button.text().replace("&&", "&").split("\n")
        words = max(map(button.fontMetrics().horizontalAdvance, lines))
        if button.width() < words + icon + 8 or button.height() < button.fontMetrics().height():
            found.append(button.text())
    return found


def shortened_beside_room(window: QWidget) -> list[str]:
    """Titles that end in an ellipsis although nothing stands beside them."""
    found = []
    for label in of(window, ElidedLabel):
        assert isinstance(label, ElidedLabel)
        around = label.parentWidget()
        if not label.is_elided() or around is None:
            continue
        free = QRect(
            label.geometry().topRight() + QPoint(1, 0), around.contentsRect().bottomRight()
        )
        free.setHeight(label.height())
        beside = [
            each.geometry().left()
            for each in around.findChildren(
                QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly
            )
            if each is not label and each.isVisible() and each.geometry().intersects(free)
        ]
        if min([*beside, free.right()]) - label.geometry().right() > ROOM_PX:
            found.append(label.text())
    return found


DESTROYS = re.compile(r"(Discard|Delete|Remove|Clear|Skip|Forget|Take .* off|Cancel .|Stop )")
APART_PX = 12
"""Between what destroys and what does not: a hand that slips by a few px does no harm."""


def dangerous_neighbours(window: QWidget) -> list[str]:
    """Buttons that destroy something right beside one that does not."""
    shown = [
        (f"{each.accessibleName() or each.text()}", QRect(each.mapToGlobal(QPoint()), each.size()))
        for each in of(window, QAbstractButton)
        if isinstance(each, QAbstractButton)
        and not isinstance(each, QCheckBox)
        and not each.visibleRegion().isEmpty()
    ]
    harmless = [each for each in shown if not DESTROYS.match(each[0])]
    return [
        f"{words} | {beside}"
        for words, place in shown
        if DESTROYS.match(words)
        for beside, other in harmless
        if place.adjusted(1 - APART_PX, 0, APART_PX - 1, 0).intersects(other)
    ]


@pytest.mark.parametrize(("width", "height"), [(960, 600), (1280, 800)])
@pytest.mark.parametrize("state", STATES)
async def test_words_are_whole_and_buttons_are_sentences(
    main_window: Make, fakes: FakeServices, state: str, width: int, height: int
) -> None:
    window = main_window()
    window.setMinimumSize(0, 0)
    window.resize(width, height)
    await STATES[state](Scene(fakes, window))
    await settle()
    assert cut_off(window) == []
    assert shortened_beside_room(window) == []
    assert in_title_case(window) == []
    assert dangerous_neighbours(window) == []
    if width == 1280:
        window.resize(1920, 1200)
        await settle()
        assert cut_off(window) == []
        assert shortened_beside_room(window) == []
        window.resize(width, height)
        await settle()
    if window.reading_mode.is_on or any(each.isVisible() for each in window.findChildren(QDialog)):
        close_dialogs(window)
        return
    for page in (PROGRESS, NEW):
        window.desk.open_rail(page)
        await settle()
        assert cut_off(window) == []
        assert shortened_beside_room(window) == []
    window.desk.setSizes([1, width])  # as narrow as the rail can be made
    await settle()
    assert cut_off(window) == []


async def test_nothing_that_destroys_stands_beside_what_does_not_elsewhere(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await STATES["library"](Scene(fakes, window))
    window.library.list.selectAll()
    await settle()
    assert window.findChild(QAbstractButton, "deleteSelected").isVisible()
    assert dangerous_neighbours(window) == []
    await STATES["connections"](Scene(fakes, window))
    (dialog,) = window.findChildren(SettingsDialog)
    for tab in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(tab)
        await settle()
        assert dangerous_neighbours(window) == []
    close_dialogs(window)


def close_dialogs(window: QWidget) -> None:
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            dialog.reject()


def in_title_case(window: QWidget) -> list[str]:
    """Words of buttons and menus, hidden ones too, that have capitals within."""
    buttons = [each for each in window.findChildren(QAbstractButton) if not is_named(each)]
    actions = [
        action
        for menu in window.findChildren(QMenu)
        for action in menu.actions()
        if menu.objectName() not in ("chaptersMenu", "videosMenu")  # names from outside
    ]
    told: list[QAbstractButton | QAction] = [*buttons, *actions]
    return [each.text() for each in told if not is_a_sentence(each.text())]


def is_named(button: QAbstractButton) -> bool:
    """Whether its words are a name: of a template, a video, a set."""
    return isinstance(button, QCheckBox) or isinstance(button.parent(), QTabBar)


def is_a_sentence(words: str) -> bool:
    _, *later = re.findall(r"[A-Za-z][\w’']*", words.partition("(")[0]) or [""]
    return all(word in NAMES or not word[0].isupper() for word in later)


def test_what_a_manner_is() -> None:
    assert is_a_sentence("Copy note as Markdown")
    assert not is_a_sentence("Clear Finished")
