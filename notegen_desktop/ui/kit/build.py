"""Factories for widgets, layouts and timers, each set up in one expression.

The stylesheet selects by the properties `kind`, `role`, `tone` and `plane`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QSize, Qt, QTimer, SignalInstance
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemDelegate,
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from .theme import set_icon

Slot = Callable[..., object] | SignalInstance
Item = QWidget | QLayout | int | tuple[QWidget | QLayout, int] | None
"""A widget or layout, optionally with its stretch; a gap in pixels; None for a stretch."""

Box = TypeVar("Box", bound=QBoxLayout)
Named = TypeVar("Named", bound=QWidget)
Margins = tuple[int, int, int, int]
NO_MARGINS: Margins = (0, 0, 0, 0)


def named(widget: Named, name: str, says: str = "") -> Named:
    """Set the object name and the accessible name of a widget, and return it."""
    widget.setObjectName(name)
    widget.setAccessibleName(says)
    return widget


def label(
    text: str = "",
    name: str = "",
    *,
    role: str = "",
    tone: str = "",
    wrap: bool = False,
    align: Qt.AlignmentFlag | None = None,
    selectable: bool = False,
    buddy: QWidget | None = None,
    parent: QWidget | None = None,
) -> QLabel:
    """Return a plain-text label; the text of a `selectable` one can be copied with the mouse."""
    made = QLabel(text, parent)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    if tone:
        made.setProperty("tone", tone)
    if align is not None:
        made.setAlignment(align)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if buddy is not None:
        made.setBuddy(buddy)
    return made


APART_PX = 10
"""Wider gap in pixels before a button that deletes something."""


def button(
    text: str,
    name: str = "",
    *,
    kind: str = "",
    icon: str = "",
    tip: str = "",
    says: str = "",
    pressed: Slot | None = None,
    parent: QWidget | None = None,
) -> QPushButton:
    """Return a push button; `says` is its accessible name if it differs from the text.

    The icon takes colour and size from `kind`.
    """
    made = QPushButton(text, parent)
    made.setObjectName(name)
    made.setToolTip(tip)
    made.setAccessibleName(says)
    if kind:
        made.setProperty("kind", kind)
    if icon:
        colours = {"link": "accent_ink", "big": "accent_ink", "primary": "accent_text"}
        set_icon(made, icon, color=colours.get(kind, "muted"), size=14 if kind == "link" else 16)
    if pressed is not None:
        made.clicked.connect(pressed)
    return made


def icon_button(
    icon: str = "",
    tip: str = "",
    parent: QWidget | None = None,
    *,
    name: str = "",
    says: str = "",
    size: int = 16,
    pressed: Slot | None = None,
) -> QToolButton:
    """Return a tool button with only an icon. `tip` is its name, with shortcuts in brackets after
    it."""
    made = QToolButton(parent)
    made.setObjectName(name)
    made.setToolTip(tip)
    made.setAccessibleName(says or tip.partition(" (")[0])
    made.setProperty("kind", "icon")
    if icon:
        set_icon(made, icon, size=size)
    if pressed is not None:
        made.clicked.connect(pressed)
    return made


def toggle_button(icon: str, tip: str, parent: QWidget | None = None, *, name: str) -> QToolButton:
    """Return a checkable icon button; its icon is coloured while checked."""
    made = icon_button(icon, tip, parent, name=name)
    made.setCheckable(True)
    made.toggled.connect(lambda on: set_icon(made, icon, color="accent_ink" if on else "muted"))
    return made


def when_toggled(button: QAbstractButton, wish: Callable[[bool], object]) -> None:
    """Call `wish` when the user toggles a button by mouse, key or screen reader.

    `clicked` would miss the "Toggle" action of screen readers. Changes by `show_toggled` are
    ignored.
    """
    button.toggled.connect(lambda on: button.property(_ONLY_SHOWN) or wish(on))


def show_toggled(button: QAbstractButton, on: bool) -> None:
    """Set the check state of a button without calling the callbacks of `when_toggled`."""
    button.setProperty(_ONLY_SHOWN, True)
    button.setChecked(on)
    button.setProperty(_ONLY_SHOWN, False)


_ONLY_SHOWN = "onlyShown"


def line_edit(name: str, says: str, hint: str = "", *, text: str = "") -> QLineEdit:
    """Return a one-line field with `hint` as its placeholder text."""
    made = named(QLineEdit(text), name, says)
    made.setPlaceholderText(hint)
    return made


def text_edit(name: str, says: str, hint: str = "") -> QPlainTextEdit:
    """Return a field for several lines; Tab moves the focus on instead of inserting a tab."""
    made = named(QPlainTextEdit(), name, says)
    made.setPlaceholderText(hint)
    made.setTabChangesFocus(True)
    return made


def plane(kind: str, name: str = "") -> QFrame:
    """Return a frame whose background the stylesheet sets by its `kind`, such as "card"."""
    made = QFrame()
    made.setObjectName(name)
    made.setProperty("plane", kind)
    return made


def leave_enter_to(button: QPushButton, dialog: QWidget) -> None:
    """Make `button` the only button of a dialog that Return in a field presses."""
    for each in dialog.findChildren(QPushButton):
        each.setAutoDefault(each is button)
    button.setDefault(True)


def hbox(
    *items: Item, margins: Margins = NO_MARGINS, spacing: int = 8, on: QWidget | None = None
) -> QHBoxLayout:
    """Return a horizontal layout of items, `spacing` pixels apart, set on widget `on` if given."""
    return _filled(QHBoxLayout(), items, margins, spacing, on)


def vbox(
    *items: Item, margins: Margins = NO_MARGINS, spacing: int = 8, on: QWidget | None = None
) -> QVBoxLayout:
    """Return a vertical layout of items; arguments as for `hbox`."""
    return _filled(QVBoxLayout(), items, margins, spacing, on)


def _filled(
    layout: Box, items: tuple[Item, ...], margins: Margins, spacing: int, on: QWidget | None
) -> Box:
    if on is not None:
        on.setLayout(layout)  # first, so that each widget is reparented only once
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        else:
            part, stretch = item if isinstance(item, tuple) else (item, 0)
            if isinstance(part, QWidget):
                layout.addWidget(part, stretch)
            else:
                layout.addLayout(part, stretch)
    return layout


def clear(layout: QLayout, *, keep: int = 0) -> None:
    """Remove the widgets of a layout and delete them, except `keep` items at its end."""
    while layout.count() > keep:
        item = layout.takeAt(0)
        if item is not None and (old := item.widget()) is not None:
            old.hide()
            old.deleteLater()


def keep_place(widget: QWidget) -> None:
    """Keep the space of a widget in its layout while it is hidden."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)


def grid(
    on: QWidget | None = None, *, margins: Margins = NO_MARGINS, spacing: tuple[int, int]
) -> QGridLayout:
    """Return an empty grid with (horizontal, vertical) `spacing` in pixels; arguments as for
    `hbox`."""
    made = QGridLayout(on) if on is not None else QGridLayout()
    made.setContentsMargins(*margins)
    made.setHorizontalSpacing(spacing[0])
    made.setVerticalSpacing(spacing[1])
    made.setColumnStretch(1, 1)
    return made


def form(
    *rows: tuple[str, QWidget | QLayout] | tuple[str, QLayout, QWidget],
    on: QWidget | None = None,
    words_px: int = 0,
    spacing: tuple[int, int],
) -> QGridLayout:
    """Return a grid of fields, each with a label before it at least `words_px` pixels wide.

    The last widget of a row is the label's buddy; a row without text gets no label.
    """
    made = grid(on, spacing=spacing)
    made.setColumnMinimumWidth(0, words_px)
    for number, (words, field, *about) in enumerate(rows):
        buddy = about[0] if about else field
        if isinstance(buddy, QWidget) and words:
            made.addWidget(label(words, buddy=buddy), number, 0)
        if isinstance(field, QWidget):
            made.addWidget(field, number, 1)
        else:
            made.addLayout(field, number, 1)
    return made


def progress_bar(name: str, says: str) -> QProgressBar:
    """Return a progress bar from 0 to 100 without text; `says` is its accessible name."""
    bar = QProgressBar()
    bar.setObjectName(name)
    bar.setAccessibleName(says)
    bar.setRange(0, 100)
    bar.setTextVisible(False)
    return bar


def as_rows(view: QListView, name: str, says: str, *, delegate: QAbstractItemDelegate) -> None:
    """Set up a list view for rows painted by `delegate`, with smooth vertical scrolling."""
    view.setObjectName(name)
    view.setAccessibleName(says)
    view.setItemDelegate(delegate)
    view.setMouseTracking(True)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def scrolled(inner: QWidget, name: str = "") -> QScrollArea:
    """Return `inner` in a vertical scroll area that Tab skips."""
    inner.setProperty("plane", "clear")
    area = QScrollArea()
    area.setObjectName(name)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    return area


def delayed(parent: QObject, ms: int, slot: Slot) -> QTimer:
    """Return a timer that calls `slot` once, `ms` milliseconds after each start."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(ms)
    timer.timeout.connect(slot)
    return timer


def every(parent: QObject, ms: int, slot: Slot) -> QTimer:
    """Return a timer that calls `slot` every `ms` milliseconds while it runs."""
    timer = QTimer(parent)
    timer.setInterval(ms)
    timer.timeout.connect(slot)
    return timer


def icon_label(icon: str = "", *, color: str = "muted", size: int = 16) -> QLabel:
    """Return a square label of `size` pixels that shows only an icon."""
    made = QLabel()
    made.setFixedSize(QSize(size, size))
    if icon:
        set_icon(made, icon, color=color, size=size)
    return made
