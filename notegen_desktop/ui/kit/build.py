"""Widgets, layouts and timers, each made in one expression with its name, look and purpose.

The properties `kind`, `role` and `tone` are those that the stylesheet looks at.
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
"""A widget or layout, also with its stretch; a gap in px; None for room that stretches."""

Box = TypeVar("Box", bound=QBoxLayout)
Named = TypeVar("Named", bound=QWidget)
Margins = tuple[int, int, int, int]
NO_MARGINS: Margins = (0, 0, 0, 0)


def named(widget: Named, name: str, says: str = "") -> Named:
    """A widget with its object name, and what a screen reader calls it."""
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
    """A label of plain text; one that is `selectable` can be copied from with the mouse."""
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
"""More than the usual gap: before a button that takes something away."""


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
    """A button with words; a screen reader `says` something else where that is given.

    The icon of a link has its colour and size, that of a button has the button's.
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
    """A button that is only an icon. `tip` names it, with its keys in brackets behind."""
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
    """A button that is only an icon and is turned on and off; its icon is coloured while on."""
    made = icon_button(icon, tip, parent, name=name)
    made.setCheckable(True)
    made.toggled.connect(lambda on: set_icon(made, icon, color="accent_ink" if on else "muted"))
    return made


def when_toggled(button: QAbstractButton, wish: Callable[[bool], object]) -> None:
    """Call `wish` when somebody turns a button on or off, with the mouse, a key or a screen reader,
    whose “Toggle” emits no `clicked`; not for `show_toggled`."""
    button.toggled.connect(lambda on: button.property(_ONLY_SHOWN) or wish(on))


def show_toggled(button: QAbstractButton, on: bool) -> None:
    """Show a button as on or off, without that being anybody's wish."""
    button.setProperty(_ONLY_SHOWN, True)
    button.setChecked(on)
    button.setProperty(_ONLY_SHOWN, False)


_ONLY_SHOWN = "onlyShown"


def line_edit(name: str, says: str, hint: str = "", *, text: str = "") -> QLineEdit:
    """A field for a line, in which `hint` stands while it is empty."""
    made = named(QLineEdit(text), name, says)
    made.setPlaceholderText(hint)
    return made


def text_edit(name: str, says: str, hint: str = "") -> QPlainTextEdit:
    """A field for several lines, which Tab leaves."""
    made = named(QPlainTextEdit(), name, says)
    made.setPlaceholderText(hint)
    made.setTabChangesFocus(True)
    return made


def plane(kind: str, name: str = "") -> QFrame:
    """A ground that the stylesheet colours by its `kind`, such as "card"."""
    made = QFrame()
    made.setObjectName(name)
    made.setProperty("plane", kind)
    return made


def leave_enter_to(button: QPushButton, dialog: QWidget) -> None:
    """Of the buttons of a dialog, Enter in a field presses this one alone."""
    for each in dialog.findChildren(QPushButton):
        each.setAutoDefault(each is button)
    button.setDefault(True)


def hbox(
    *items: Item, margins: Margins = NO_MARGINS, spacing: int = 8, on: QWidget | None = None
) -> QHBoxLayout:
    """Items side by side, `spacing` px apart: the layout of `on`, or one to be put into another."""
    return _filled(QHBoxLayout(), items, margins, spacing, on)


def vbox(
    *items: Item, margins: Margins = NO_MARGINS, spacing: int = 8, on: QWidget | None = None
) -> QVBoxLayout:
    """Items below each other; otherwise as `hbox`."""
    return _filled(QVBoxLayout(), items, margins, spacing, on)


def _filled(
    layout: Box, items: tuple[Item, ...], margins: Margins, spacing: int, on: QWidget | None
) -> Box:
    if on is not None:
        on.setLayout(layout)  # first, so that each widget is put into its window once
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
    """Take the widgets out of a layout and delete them, but for `keep` items at its end."""
    while layout.count() > keep:
        item = layout.takeAt(0)
        if item is not None and (old := item.widget()) is not None:
            old.hide()
            old.deleteLater()


def keep_place(widget: QWidget) -> None:
    """What is beside a widget and below it does not move when it is hidden."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)


def grid(
    on: QWidget | None = None, *, margins: Margins = NO_MARGINS, spacing: tuple[int, int]
) -> QGridLayout:
    """An empty grid with columns and rows `spacing` px apart; otherwise as `hbox`."""
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
    """Fields below each other, each with its words before it, which have `words_px` at least.

    Of a row of several parts the words are about the widget that is named last; a row without words
    stands below the fields.
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
    """A bar from 0 to 100, without words; a screen reader calls it `says`."""
    bar = QProgressBar()
    bar.setObjectName(name)
    bar.setAccessibleName(says)
    bar.setRange(0, 100)
    bar.setTextVisible(False)
    return bar


def as_rows(view: QListView, name: str, says: str, *, delegate: QAbstractItemDelegate) -> None:
    """Make a list one of rows that `delegate` paints, which scrolls smoothly up and down."""
    view.setObjectName(name)
    view.setAccessibleName(says)
    view.setItemDelegate(delegate)
    view.setMouseTracking(True)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def scrolled(inner: QWidget, name: str = "") -> QScrollArea:
    """`inner` in an area that scrolls up and down and is no stop for Tab."""
    inner.setProperty("plane", "clear")
    area = QScrollArea()
    area.setObjectName(name)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    return area


def delayed(parent: QObject, ms: int, slot: Slot) -> QTimer:
    """A timer that calls `slot` once, `ms` milliseconds after each (re)start."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(ms)
    timer.timeout.connect(slot)
    return timer


def every(parent: QObject, ms: int, slot: Slot) -> QTimer:
    """A timer that calls `slot` every `ms` milliseconds while it is started."""
    timer = QTimer(parent)
    timer.setInterval(ms)
    timer.timeout.connect(slot)
    return timer


def icon_label(icon: str = "", *, color: str = "muted", size: int = 16) -> QLabel:
    """A label that is only an icon, drawn `size` px wide."""
    made = QLabel()
    made.setFixedSize(QSize(size, size))
    if icon:
        set_icon(made, icon, color=color, size=size)
    return made
