"""Rules for every state of the window: complete texts, sentence case, accessible controls.

No text is clipped, or shortened beside free space, and buttons have one style.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

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

from .accessible import not_reached, unfit_for_readers

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
"""Words that always have a capital."""

ROOM_PX = 24
"""Free space in pixels from which a shortened text is a fault; layouts leave smaller gaps."""


def of(window: QWidget, kind: type[QWidget]) -> Iterator[QWidget]:
    """Yield the visible widgets of a class, in the dialogs over the window if there are any."""
    over = [each for each in window.findChildren(QDialog) if each.isVisible()]
    for top in over or [window]:
        yield from (each for each in top.findChildren(kind) if each.isVisible())


def cut_off(window: QWidget) -> list[str]:
    """Return the texts of labels and buttons that do not fit."""
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
            and button.arrowType() is Qt.ArrowType.NoArrow  # scroll buttons of a tab bar are Qt's
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
    """Return texts that end in an ellipsis although there is free space beside them."""
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


def shown_part(widget: QWidget) -> QRect:
    """Return the visible part of a widget in screen coordinates."""
    seen = widget.visibleRegion().boundingRect()
    return QRect(widget.mapToGlobal(seen.topLeft()), seen.size())


DESTROYS = re.compile(r"(Discard|Delete|Remove|Clear|Skip|Forget|Take .* off|Cancel .|Stop )")
APART_PX = 12
"""Least distance in pixels of destructive from harmless buttons, against slips of the mouse."""


def dangerous_neighbours(window: QWidget) -> list[str]:
    """Return the destructive buttons that are too close to a harmless one."""
    shown = [
        (f"{each.accessibleName() or each.text()}", shown_part(each))
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


SMALL, USUAL, LARGE = SIZES = ((960, 600), (1280, 800), (1920, 1200))
IN_DIALOGS = (
    *("settings", "templates", "connections", "playlist", "over", "second_look", "pictures"),
    *("again", "guide"),
)
"""States with a dialog, whose size follows from the window under it."""


@pytest.mark.parametrize("state", [state for state in STATES if state not in IN_DIALOGS])
async def test_in_every_state_and_size_words_are_whole_and_all_is_named_and_reached(
    main_window: Make, fakes: FakeServices, state: str
) -> None:
    window = await sized(main_window, fakes, state, SMALL)
    assert dialog_over(window) is None, f"{state} belongs to IN_DIALOGS"
    found = faults_of_words(window)
    for size in (LARGE, USUAL):
        window.resize(*size)
        await settle()
        found |= faults_of_words(window)
    found |= set(unfit_for_readers())
    found |= {f"{each.objectName()} is not reached" for each in await not_reached(window)}
    for width, height in (SMALL, USUAL) if not window.reading_mode.is_on else ():
        window.resize(width, height)
        for page in (PROGRESS, NEW):
            window.desk.open_rail(page)
            await settle()
            found |= faults_of_words(window)
        wide = window.desk.sizes()
        window.desk.setSizes([1, width])  # minimum width of the rail
        await settle()
        found |= set(cut_off(window))
        window.desk.setSizes(wide)
    await settle()
    assert found == set()


@pytest.mark.parametrize("size", [SMALL, USUAL])
@pytest.mark.parametrize("state", IN_DIALOGS)
async def test_so_is_what_a_dialog_says(
    main_window: Make, fakes: FakeServices, tmp_path: Path, state: str, size: tuple[int, int]
) -> None:
    window = await sized(main_window, fakes, state, size, templates_folder=tmp_path)
    dialog = dialog_over(window)
    assert dialog is not None
    found = faults_of_words(window) | set(unfit_for_readers())
    missed = await not_reached(dialog)
    close_dialogs(window)
    assert found == set()
    assert missed == []


async def sized(
    make: Make, fakes: FakeServices, state: str, size: tuple[int, int], **more: object
) -> MainWindow:
    """Return a window of this size in pixels, in this state."""
    window = make(**more)
    window.setMinimumSize(0, 0)
    window.resize(*size)
    await STATES[state](Scene(fakes, window))
    await settle()
    return window


def dialog_over(window: QWidget) -> QDialog | None:
    return next((each for each in window.findChildren(QDialog) if each.isVisible()), None)


def faults_of_words(window: QWidget) -> set[str]:
    """Return the faults of texts and of neighbouring buttons, as sentences."""
    return {
        f"{text} {fault}, at a width of {window.width()} px"
        for fault, texts in (
            ("is cut off", cut_off(window)),
            ("is shortened beside room", shortened_beside_room(window)),
            ("is in title case", in_title_case(window)),
            ("is dangerous", dangerous_neighbours(window)),
        )
        for text in texts
    }


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
    """Return texts of buttons and menus, also hidden ones, with capitals inside."""
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
    """Return True if the text is a name: of a template, a video or a set."""
    return isinstance(button, QCheckBox) or isinstance(button.parent(), QTabBar)


def is_a_sentence(words: str) -> bool:
    _, *later = re.findall(r"[A-Za-z][\w’']*", words.partition("(")[0]) or [""]
    return all(word in NAMES or not word[0].isupper() for word in later)


def test_what_a_manner_is() -> None:
    assert is_a_sentence("Copy note as Markdown")
    assert not is_a_sentence("Clear Finished")
