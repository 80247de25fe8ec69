"""Focus ring: drawn for keyboard users, not after a mouse click."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from notegen_desktop.ui.kit.theme import has_ring, palette
from notegen_desktop.ui.window.main_window import MainWindow
from tests.ui.conftest import until


def click(window: QWidget, widget: QWidget) -> None:
    """Click through the native window, so that Qt dispatches the event as for a real mouse."""
    at = QPointF(widget.mapTo(window, QPoint(widget.width() // 2, widget.height() // 2)))
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, held in (
        (QEvent.Type.MouseButtonPress, left),
        (QEvent.Type.MouseButtonRelease, none),
    ):
        event = QMouseEvent(kind, at, at, at, left, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(window.windowHandle(), event)


def press(window: QWidget, key: Qt.Key) -> None:
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(window.windowHandle(), event)


@pytest.fixture
def form(qtbot: QtBot) -> QWidget:
    window = QWidget()
    layout = QVBoxLayout(window)
    combo = QComboBox()
    combo.addItems(["One", "Two"])
    for widget in (QPushButton("First"), QPushButton("Second"), combo, QLineEdit()):
        layout.addWidget(widget)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def is_drawn(widget: QWidget) -> bool:
    image = widget.grab().toImage()
    middle = (image.width() // 2, image.height() // 2)
    return palette().focus in (
        image.pixelColor(middle[0], 0).name(),
        image.pixelColor(0, middle[1]).name(),
    )


def test_a_click_shows_no_ring_and_tab_does(form: QWidget) -> None:
    first, second = form.findChildren(QPushButton)
    click(form, second)
    assert second.hasFocus()
    assert not has_ring(second)
    assert not is_drawn(second)
    press(form, Qt.Key.Key_Backtab)
    assert has_ring(first)
    press(form, Qt.Key.Key_Tab)
    assert has_ring(second)
    assert is_drawn(second)
    click(form, second)
    assert not has_ring(second), "the mouse took over"
    assert not is_drawn(second)


def test_a_key_brings_the_ring_where_the_mouse_left_the_focus(form: QWidget) -> None:
    (_, second) = form.findChildren(QPushButton)
    click(form, second)
    press(form, Qt.Key.Key_Control)
    assert not has_ring(second), "Ctrl is held for the wheel"
    press(form, Qt.Key.Key_F5)
    assert has_ring(second)
    assert is_drawn(second)


def test_fields_for_text_show_where_one_types(form: QWidget) -> None:
    (field,) = form.findChildren(QLineEdit)
    click(form, field)
    assert field.hasFocus()
    assert is_drawn(field)


async def test_no_control_of_the_window_has_a_ring_after_a_click(
    main_window: Callable[..., MainWindow],
) -> None:
    window = main_window()
    await until(window.isActiveWindow)
    press(window, Qt.Key.Key_Tab)
    assert has_ring(QApplication.focusWidget())
    for name in ("railToggle", "stripProgressButton", "railToggle", "activityButton"):
        button = window.findChild(QAbstractButton, name)
        await until(button.isVisible, name)
        click(window, button)
        assert not [each for each in window.findChildren(QWidget) if has_ring(each)], name
        press(window, Qt.Key.Key_Tab)
        assert has_ring(QApplication.focusWidget()), name
