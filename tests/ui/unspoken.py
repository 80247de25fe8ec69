"""Find untranslated texts of the window, and those clipped in languages with long words:
`python -m tests.ui.unspoken [STATE…]`.

The window is shown in an artificial language in which each word is 1.4 times as long as in English
and each text is between marks. A text without them was not marked for translation, except data of
the tests.
"""

from __future__ import annotations

import asyncio
import re
import string
import sys
from collections.abc import Iterator
from gettext import NullTranslations

import qasync
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QTabWidget,
    QToolButton,
    QWidget,
)

from notegen_desktop.domain.words import speak
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import RESOURCES, FakeServices

from .screens import STATES, Scene, settle

BEGIN, END = "ʻ", "ʼ"
"""Characters of hardly any width, which stand for nothing else in the window."""

MORE = 0.4
SLACK_PX = 2


class LongWords(NullTranslations):
    def gettext(self, message: str) -> str:
        return _marked(message, longer=True)

    def pgettext(self, context: str, message: str) -> str:
        return _marked(message, longer=False)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def _marked(message: str, *, longer: bool) -> str:
    if not re.search(r"[A-Za-z]{2}", message):
        return message
    parts = []
    for text, name, spec, conversion in string.Formatter().parse(message):
        said = re.sub(r"[A-Za-z]{3,}", _longer, text) if longer else text
        parts.append(said.replace("{", "{{").replace("}", "}}"))
        if name is not None:
            told = (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            parts.append(f"{{{name}{told}}}")
    return f"{BEGIN}{''.join(parts)}{END}"


def _longer(found: re.Match[str]) -> str:
    word = found[0]
    return word + word[-1 - round(len(word) * MORE) : -1].lower()


def shown(window: QWidget) -> Iterator[tuple[str, str]]:
    """Yield all visible and accessible texts, each with the name of its widget."""
    for widget in (window, *window.findChildren(QWidget)):
        if not widget.isVisible() and not isinstance(widget, QMenu):
            continue
        name = widget.objectName() or type(widget).__name__
        texts = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QLabel | QAbstractButton):
            texts.append(widget.text())
        if isinstance(widget, QLineEdit):
            texts.append(widget.placeholderText())
        if isinstance(widget, QComboBox):
            texts += [widget.itemText(index) for index in range(widget.count())]
        if isinstance(widget, QTabWidget):
            texts += [widget.tabText(index) for index in range(widget.count())]
        for text in texts:
            yield name, text
    for action in window.findChildren(QAction):
        yield "action", action.text()


def unmarked(text: str) -> str:
    """Return `text` without its marked parts if words remain, otherwise ""."""
    plain = re.sub(r"<[^>]*>|&\w+;", " ", text)
    while BEGIN in plain:
        plain, before = re.sub(f"{BEGIN}[^{BEGIN}{END}]*{END}", " ", plain), plain
        if plain == before:
            break
    return plain if re.search(r"[A-Za-z]{3}", plain) else ""


def missed(window: QWidget) -> Iterator[tuple[str, str]]:
    return ((where, rest.strip()) for where, text in shown(window) if (rest := unmarked(text)))


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


FAULTS = {"unspoken": missed, "clipped": clipped}


async def look(state: str, found: dict[tuple[str, str, str], str]) -> None:
    fakes = FakeServices()
    window = MainWindow(
        fakes.settings,
        fakes.templates,
        fakes.board,
        resources=RESOURCES,
        sample=next((RESOURCES / "samples").iterdir()),
        now=fakes.clock,
    )
    window.show()
    window.resize(1280, 800)  # the offscreen platform's screen is smaller
    window.attach(fakes.ports)
    await STATES[state](Scene(fakes, window))
    await settle()
    for fault, of in FAULTS.items():
        for where, text in of(window):
            found.setdefault((fault, where, text), state)
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            dialog.reject()
    await settle()
    fakes.runner.cancel_all()
    gone = asyncio.get_running_loop().create_future()
    window.closed.connect(lambda: gone.set_result(None))
    window.close()
    await gone
    window.deleteLater()


def main() -> None:
    """Print fault, state, widget and text for the states named on the command line, or for all."""
    speak("de", LongWords())
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    found: dict[tuple[str, str, str], str] = {}
    loop = qasync.QEventLoop(app)
    with loop:
        for state in sys.argv[1:] or STATES:
            loop.run_until_complete(look(state, found))
    for (fault, where, text), state in sorted(found.items()):
        print(f"{fault}\t{state}\t{where}\t{' '.join(text.split())}")


if __name__ == "__main__":
    main()
