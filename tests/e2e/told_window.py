"""The desktop program, which tells where on the screen its things are: what a hand has to see.

A line on standard input asks, a line of JSON on standard output answers: `row 3` where the row of
the queue is, `button NAME` where the button of that object name is, as [x, y]; `titles` what the
rows are called from the top; `words NAME` what a label says; `size NAME` how large
a widget is, or the window without a name. Null where there is no such thing.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QPoint, QSocketNotifier
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from notegen_desktop.app import Application, create_app


class Teller:
    """Answers about the window of an application."""

    def __init__(self, app: Application) -> None:
        self._window = app.window
        self._ears = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        self._ears.activated.connect(self._hear)

    def _hear(self) -> None:
        asked = sys.stdin.readline()
        if not asked:
            self._ears.setEnabled(False)
            return
        print(json.dumps(self.answer(asked.strip())), flush=True)

    def answer(self, asked: str) -> object:
        what, _, name = asked.partition(" ")
        grid = self._window.jobs.grid
        rows = grid.queue.rowCount()
        match what:
            case "row" if int(name) < rows and grid.isVisible():
                at = grid.visualRect(grid.queue.index(int(name), 0)).center()
                seen = grid.viewport().rect().contains(at)
                return self._place(grid.viewport(), at) if seen else None
            case "titles":
                return [grid.queue.index(row, 0).data() for row in range(rows)]
            case "button":
                button = self._window.findChild(QAbstractButton, name)
                if button is not None and button.isVisible() and button.isEnabled():
                    return self._place(button, button.rect().center())
            case "size":
                shown = (name and self._window.findChild(QWidget, name)) or self._window
                return [shown.width(), shown.height()]
            case "words":
                label = self._window.findChild(QLabel, name)
                return label.text() if label is not None and label.isVisible() else None
        return None

    @staticmethod
    def _place(widget: QWidget, at: QPoint) -> list[int]:
        there = widget.mapToGlobal(at)
        return [there.x(), there.y()]


if __name__ == "__main__":
    app = create_app(sys.argv)
    teller = Teller(app)
    raise SystemExit(app.run())
