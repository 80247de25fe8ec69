"""Small widgets: empty state, status label, search field, icon tile, segmented control, floating
card, number field; helpers for accessible names and window sizes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QValidator
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGraphicsDropShadowEffect,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QStyle,
    QWidget,
)

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.text.cleaning import visible
from notegen_desktop.domain.words import _

from .build import button, icon_button, label, vbox
from .theme import set_icon, style, theme


class EmptyState(QWidget):
    """Placeholder with picture, title, text and button. Signals: `pressed()`."""

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        centre = Qt.AlignmentFlag.AlignCenter
        self._picture = label(align=centre)
        self._title = label(role="title", wrap=True, align=centre)
        self._words = label(role="muted", wrap=True, align=centre)
        self._button = button("", pressed=self.pressed)
        layout = vbox(margins=(24, 12, 24, 12), on=self)
        layout.addStretch(2)
        for part in (self._picture, self._title, self._words):
            layout.addWidget(part)
        layout.addSpacing(8)
        layout.addWidget(self._button, 0, centre)
        layout.addStretch(3)

    def show_words(self, picture: str, title: str, words: str, *, action: str = "") -> None:
        set_icon(self._picture, picture, color="faint", size=40)
        self._title.setText(visible(title))
        self._words.setText(visible(words))
        self._words.setVisible(bool(words))
        self._button.setText(action)
        self._button.setVisible(bool(action))


class StateLabel(QLabel):
    """Caption label for the result of an action or the reason of its failure."""

    def __init__(self, name: str, *, selectable: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", "caption")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def say(self, words: str, tone: str = "") -> None:
        self.setText(words)
        style(self, tone=tone)

    def fail(self, failure: Failure) -> None:
        self.say(failure.words, "danger")


class SearchField(QLineEdit):
    """Line edit with a magnifier icon and a clear button, also triggered by Escape.

    Qt's built-in positions for both break when a stylesheet sets a padding. Signals: `left_below()`
    for the Down key, to move to the results.
    """

    left_below = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._glass = QLabel(self)
        self._glass.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._glass.setFixedSize(16, 16)
        set_icon(self._glass, "search")
        self._clear = icon_button(
            "x",
            _("Clear the search (Esc)"),
            self,
            says=_("Clear the search"),
            size=14,
            pressed=self.clear,
        )
        self._clear.setCursor(Qt.CursorShape.ArrowCursor)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Escape in the field clears it
        self._clear.hide()
        self.textChanged.connect(lambda text: self._clear.setVisible(bool(text)))
        near, far = (26, 24) if self.isRightToLeft() else (24, 26)
        self.setTextMargins(near, 0, far, 0)
        self.setAcceptDrops(False)  # drops belong to the window

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Down:
                self.left_below.emit()
            case Qt.Key.Key_Escape if self.text():
                self.clear()
            case _:
                super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = self._clear.sizeHint().height()
        whole, way = self.rect(), self.layoutDirection()
        clear = QRect(self.width() - side - 3, (self.height() - side) // 2, side, side)
        glass = QRect(12, (self.height() - 16) // 2, 16, 16)
        self._clear.move(QStyle.visualRect(way, whole, clear).topLeft())
        self._glass.move(QStyle.visualRect(way, whole, glass).topLeft())


class Tile(QWidget):
    """Icon on a tinted square; `tone` is accent, success, warning, danger or sunken."""

    def __init__(
        self,
        name: str,
        parent: QWidget | None = None,
        *,
        size: QSize | None = None,
        tone: str = "accent",
        icon_px: int = 16,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._tone = tone
        self._icon_px = icon_px
        self.setFixedSize(size or QSize(32, 32))
        theme().changed.connect(self.update)

    def show_icon(self, name: str, tone: str = "") -> None:
        self._name = name
        self._tone = tone or self._tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme().palette
        if self._tone == "sunken":
            ground, line = tokens.sunken, "muted"
        else:
            ground = str(getattr(tokens, f"{self._tone}_soft"))
            line = "accent_ink" if self._tone == "accent" else self._tone
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        side = self._icon_px
        spot = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        theme().icon(self._name, color=line, size=side).paint(painter, spot.toRect())


def identify(root: QWidget) -> None:
    """Set the accessible identifier of each named widget in a tree to its object name.

    Qt's default is a path of the parents' names, which changes with the layout.
    """
    for widget in (root, *root.findChildren(QWidget)):
        name = widget.objectName()
        if name and not name.startswith("qt_"):
            widget.setAccessibleIdentifier(name)


TITLE_PX = 40
"""Pixels reserved for the title bar, whose height is unknown before a window is shown: 28 to 38
points in the usual themes of GNOME, KDE and Windows."""


def fit_to_screen(window: QWidget) -> None:
    """Shrink a window to the available area of its screen and move it inside."""
    free = window.screen().availableGeometry()
    room = free.size() - QSize(0, TITLE_PX)
    window.setMinimumSize(window.minimumSize().boundedTo(room))
    sized = window.testAttribute(Qt.WidgetAttribute.WA_Resized)
    size = window.size() if sized else window.sizeHint()
    if size == size.boundedTo(room) or window.isMaximized() or window.isFullScreen():
        return
    window.resize(size.boundedTo(room))
    if window.testAttribute(Qt.WidgetAttribute.WA_Moved):
        corner = window.pos()
        window.move(
            max(free.left(), min(corner.x(), free.right() - window.width())),
            max(free.top(), min(corner.y(), free.bottom() - window.height() - TITLE_PX)),
        )


class Floating(QFrame):
    """Hidden card with a shadow over another widget, outside its layout.

    Subclasses implement `place_on`.
    """

    def __init__(self, over: QWidget | None) -> None:
        super().__init__(over)
        self._over = over
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(28)
        shadow.setOffset(0, 6)
        self.setGraphicsEffect(shadow)
        self.hide()
        if over is not None:
            over.installEventFilter(self)

    def place_on(self, over: QWidget) -> QRect:
        """Return the card's geometry on `over` for a left-to-right layout."""
        raise NotImplementedError

    def place(self) -> None:
        """Move the card to its position, after a change of its content."""
        if self._over is None:
            return
        rect = self.place_on(self._over)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            rect.moveLeft(self._over.width() - rect.right() - 1)
        self.setGeometry(rect)

    def height_at(self, width: int) -> int:
        """Return the height of the content for a width, both in pixels."""
        layout = self.layout()
        if layout is None:
            return self.sizeHint().height()
        layout.invalidate()
        layout.activate()  # nested layouts drop their cached sizes too
        height = layout.totalHeightForWidth(width)
        return height if height > 0 else self.sizeHint().height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)
        if event.type() in kinds and not self.isHidden():
            self.place()
        return False


# --- Segmented control ---


class Segmented(QFrame):
    """Row of exclusive buttons, each with a key and a label.

    Signals: `chosen(str)` with the key when the user or `choose` changes the choice.
    """

    chosen = Signal(str)

    def __init__(
        self,
        choices: Sequence[tuple[str, str]] | Sequence[tuple[str, str, str]],
        parent: QWidget | None = None,
    ) -> None:
        """`choices` are (key, label) or (key, label, icon name); the first is checked."""
        super().__init__(parent)
        self.setProperty("segmented", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for number, (key, name, *icon_name) in enumerate(choices):
            segment = QPushButton(name)
            segment.setCheckable(True)
            segment.setAutoExclusive(True)  # makes it a radio button for screen readers
            segment.setProperty("segment", True)
            segment.setAccessibleName(name)
            segment.setCursor(Qt.CursorShape.PointingHandCursor)
            if icon_name:
                set_icon(segment, icon_name[0])
            segment.setChecked(number == 0)
            self._group.addButton(segment, number)
            self._buttons[key] = segment
            layout.addWidget(segment)
        self._keys = list(self._buttons)
        self._now = self._keys[0]
        self._group.idToggled.connect(self._toggled)
        self._stop_at_choice()

    def choice(self) -> str:
        return self._now

    def choose(self, key: str) -> None:
        """Check the button of a key. Raises KeyError for an unknown key."""
        self._buttons[key].setChecked(True)

    def button(self, key: str) -> QPushButton:
        return self._buttons[key]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        at = (self._keys.index(self._now) + step) % len(self._keys)
        self._buttons[self._keys[at]].setChecked(True)
        self._buttons[self._keys[at]].setFocus(Qt.FocusReason.TabFocusReason)

    def _toggled(self, number: int, checked: bool) -> None:
        if checked:
            self._now = self._keys[number]
            self._stop_at_choice()
            self.chosen.emit(self._now)

    def _stop_at_choice(self) -> None:
        """Make Tab stop only at the checked button; arrow keys move between them."""
        for key, segment in self._buttons.items():
            holds = key == self._now
            segment.setFocusPolicy(
                Qt.FocusPolicy.StrongFocus if holds else Qt.FocusPolicy.ClickFocus
            )

    def set_tight(self, tight: bool) -> None:
        """Set whether the buttons use less padding."""
        for segment in self._buttons.values():
            style(segment, tight=tight)


class WholeNumberBox(QSpinBox):
    """Spin box that accepts the digits of every script."""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return super().validate(ascii_digits(text), position)


def ascii_digits(text: str) -> str:
    """Return `text` with the digits of every script replaced by 0 to 9."""
    return re.sub(r"\d", lambda digit: str(int(digit[0])), text)
