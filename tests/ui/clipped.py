"""Find texts clipped in languages with long words: `python -m tests.ui.clipped [STATE…]`.

Every word of the window is made 1.4 times as long as in English.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from gettext import NullTranslations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QToolButton, QWidget

from notegen_desktop.ui.kit.elided import ElidedLabel

from .unspoken import walk

MORE = 0.4
SLACK_PX = 2


class Longer(NullTranslations):
    def gettext(self, message: str) -> str:
        parts = []
        for text, name, spec, conversion in string.Formatter().parse(message):
            longer = re.sub(r"[A-Za-z]{3,}", lambda word: _longer(word[0]), text)
            parts.append(longer.replace("{", "{{").replace("}", "}}"))
            if name is not None:
                told = (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
                parts.append(f"{{{name}{told}}}")
        return "".join(parts)

    def pgettext(self, context: str, message: str) -> str:
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def _longer(word: str) -> str:
    return word + word[-1 - round(len(word) * MORE) : -1].lower()


def clipped(window: QWidget) -> Iterator[tuple[str, str]]:
    """Yield labels and buttons smaller than their text needs, each with the lacking pixels."""
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, QLabel | QAbstractButton) or isinstance(widget, ElidedLabel):
            continue
        icon_only = (
            isinstance(widget, QToolButton)
            and widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        if icon_only or not widget.text() or widget.visibleRegion().isEmpty():
            continue
        hint = widget.sizeHint()
        if isinstance(widget, QLabel) and widget.wordWrap():
            short = widget.heightForWidth(widget.width()) - widget.height()
        else:
            short = max(hint.width() - widget.width(), hint.height() - widget.height())
        if short > SLACK_PX:
            yield widget.objectName() or type(widget).__name__, f"{short} px: {widget.text()}"


if __name__ == "__main__":
    walk(Longer(), clipped)
