"""What stands in a place where there is nothing to show: a picture, a few words, a way on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from notegen_desktop.domain.text.cleaning import visible

from .theme import set_icon, style, theme


class EmptyState(QWidget):
    """Signals: `pressed()` the button of the way on."""

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = QLabel(self)
        self._title = QLabel(self)
        self._words = QLabel(self)
        self._button = QPushButton(self)
        self._button.clicked.connect(self.pressed)
        style(self._title, role="title")
        style(self._words, role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 12, 24, 12)
        column.setSpacing(8)
        column.addStretch(2)
        for label in (self._picture, self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        for label in (self._title, self._words):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        column.addSpacing(8)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)

    def show_words(self, picture: str, title: str, words: str, *, action: str = "") -> None:
        set_icon(self._picture, picture, color="faint", size=40)
        self._title.setText(visible(title))
        self._words.setText(visible(words))
        self._words.setVisible(bool(words))
        self._button.setText(action)
        self._button.setVisible(bool(action))


# --- A field to search with ---


class SearchField(QLineEdit):
    """A field with a magnifying glass and a button to clear it.

    Qt's own places for both are lost when a stylesheet sets a padding.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._glass = QLabel(self)
        self._glass.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._glass.setFixedSize(16, 16)
        set_icon(self._glass, "search")
        self._clear = QToolButton(self)
        self._clear.setCursor(Qt.CursorShape.ArrowCursor)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Esc in the field does it
        self._clear.setToolTip("Clear the search (Esc)")
        self._clear.setAccessibleName("Clear the search")
        style(self._clear, kind="icon")
        set_icon(self._clear, "x", size=14)
        self._clear.clicked.connect(self.clear)
        self._clear.hide()
        self.textChanged.connect(lambda text: self._clear.setVisible(bool(text)))
        self.setTextMargins(24, 0, 26, 0)
        self.setAcceptDrops(False)  # a link dropped anywhere on the window is one to a video

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = self._clear.sizeHint().height()
        self._clear.move(self.width() - side - 3, (self.height() - side) // 2)
        self._glass.move(12, (self.height() - 16) // 2)


# --- A small rounded tile with an icon ---


class Tile(QWidget):
    """`name` is an icon; `tone` picks the tint: accent, success, warning, danger or sunken."""

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


# --- Object names as accessible identifiers ---


def identify(root: QWidget) -> None:
    """Give every named widget of a tree its object name as accessible identifier.

    Without one Qt makes up a path of the names of all parents, which changes with the layout.
    """
    for widget in (root, *root.findChildren(QWidget)):
        name = widget.objectName()
        if name and not name.startswith("qt_"):
            widget.setAccessibleIdentifier(name)
