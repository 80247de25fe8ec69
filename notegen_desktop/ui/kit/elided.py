"""Widgets that elide text that does not fit and show it whole in a tooltip.

For titles and names from outside: plain text, never markup.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QStyle,
    QStyleOption,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from notegen_desktop.domain.text.cleaning import visible

from .text import has_right_to_left, plain_tip

LONGEST = 2_000
"""Maximum characters measured; no line of a window shows more."""


_DOT = re.compile(r"(\s*·\s*)")


def elided(metrics: QFontMetrics, text: str, width: int, *, facts: bool = False) -> str:
    """Return `text` elided to `width` pixels; only its first `LONGEST` characters are measured.

    With `facts`, the text is a list separated by middle dots, see `side_by_side`.
    """
    cut = metrics.elidedText(text[:LONGEST], Qt.TextElideMode.ElideRight, width)
    return side_by_side(cut) if facts else isolated(cut)


def side_by_side(line: str) -> str:
    """Return a list separated by middle dots, in the direction of the window.

    Each entry is put in a directional isolate (Unicode TR 9), so that a name in the other direction
    neither reverses the line nor separates the parts of a number or a date.
    """
    is_right = QGuiApplication.isRightToLeft()
    if not line or not (is_right or has_right_to_left(line)):
        return line
    parts = _DOT.split(line)
    parts[::2] = [f"\u2068{fact}\u2069" for fact in parts[::2]]
    return ("\u200f" if is_right else "\u200e") + "".join(parts)


def isolated(line: str) -> str:
    """Return the line in a directional isolate (U+2068, U+2069) in a right-to-left window.

    The line then has the direction of its first letter, and ellipses and full stops stay at its
    end.
    """
    return f"\u2068{line}\u2069" if line and QGuiApplication.isRightToLeft() else line


class ElidedLabel(QLabel):
    """Label of one line; `text()` is the whole text, only the painted text is elided.

    With `facts`, the text is a list separated by middle dots, see `side_by_side`.
    """

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        name: str = "",
        role: str = "",
        facts: bool = False,
    ) -> None:
        super().__init__(parent)
        self._facts = facts
        self.setObjectName(name)
        if role:
            self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(" ".join(visible(text).split()))
        self._tell()

    def is_elided(self) -> bool:
        """Return True if the text does not fit the present width."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    def minimumSizeHint(self) -> QSize:
        narrow = self.fontMetrics().horizontalAdvance("…") * 2
        return QSize(narrow, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2
        return QSize(width, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOption()
        option.initFrom(self)
        painter.drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option)
        room = self.contentsRect()
        shown = elided(self.fontMetrics(), self.text(), room.width(), facts=self._facts)
        self.style().drawItemText(
            painter,
            room,
            int(self.alignment()),
            option.palette,
            self.isEnabled(),
            shown,
            self.foregroundRole(),
        )

    def _tell(self) -> None:
        self.setToolTip(plain_tip(self.text()) if self.is_elided() else "")
        self.setAccessibleDescription(self.text() if self.toolTip() else "")  # without HTML


# --- Combo box that elides its text ---


class ElidedCombo(QComboBox):
    """Combo box that elides its text and shows it whole in a tooltip.

    Its popup is as wide as the longest entry.
    """

    def showPopup(self) -> None:
        view = self.view()
        bar = view.verticalScrollBar().sizeHint().width()
        frame = view.width() - view.viewport().width()
        view.setMinimumWidth(view.sizeHintForColumn(0) + max(bar, frame) + bar)
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        whole = self.currentText()
        option.currentText = self.fontMetrics().elidedText(
            whole, Qt.TextElideMode.ElideRight, room.width()
        )
        self.setToolTip(plain_tip(whole) if option.currentText != whole else "")
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
