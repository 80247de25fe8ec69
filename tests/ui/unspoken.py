"""Find untranslated texts of the window: `python -m tests.ui.unspoken [STATE…]`.

The window is shown in an artificial language in which each text is in ⟦brackets⟧ and half as long
again. A text without brackets was not marked for translation, except data of the tests.
"""

from __future__ import annotations

import asyncio
import re
import string
import sys
from collections.abc import Callable, Iterable, Iterator
from gettext import NullTranslations

import qasync
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
    QWidget,
)

from notegen_desktop.domain.words import speak
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import RESOURCES, FakeServices

from .screens import STATES, Scene, settle

See = Callable[[QWidget], Iterable[tuple[str, str]]]
"""Function that yields the findings of a window as pairs of widget name and text."""

LONGER = str.maketrans("aeiounsc", "áéíóúñšç")


class Brackets(NullTranslations):
    def gettext(self, message: str) -> str:
        parts = []
        for text, name, spec, conversion in string.Formatter().parse(message):
            parts.append(text.translate(LONGER).replace("{", "{{").replace("}", "}}"))
            if name is not None:
                told = (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
                parts.append(f"{{{name}{told}}}")
        return f"⟦{''.join(parts)}⟧" if re.search(r"[A-Za-z]{2}", message) else message

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


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
    """Return `text` without its bracketed parts if words remain, otherwise ""."""
    plain = re.sub(r"<[^>]*>|&\w+;", " ", text)
    while "⟦" in plain:
        plain, before = re.sub(r"⟦[^⟦⟧]*⟧", " ", plain), plain
        if plain == before:
            break
    return plain if re.search(r"[A-Za-z]{3}", plain) else ""


def missed(window: QWidget) -> Iterator[tuple[str, str]]:
    return ((where, rest.strip()) for where, text in shown(window) if (rest := unmarked(text)))


async def look(state: str, see: See, found: dict[tuple[str, str], str]) -> None:
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
    for seen in see(window):
        found.setdefault(seen, state)
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


def walk(catalogue: NullTranslations, see: See) -> None:
    """Print the findings for the states named on the command line, or for all."""
    speak("de", catalogue)
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    found: dict[tuple[str, str], str] = {}
    loop = qasync.QEventLoop(app)
    with loop:
        for state in sys.argv[1:] or STATES:
            loop.run_until_complete(look(state, see, found))
    for (where, text), state in sorted(found.items()):
        print(f"{state}\t{where}\t{' '.join(text.split())}")


if __name__ == "__main__":
    walk(Brackets(), missed)
