"""Progress of exports and imports of the library: one line each, with a stop button."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import button, hbox, vbox
from notegen_desktop.ui.kit.elided import ElidedLabel


class ProgressLines(QWidget):
    """The lines, oldest first; hidden while there are none.

    Signals: `grown(str)` with the new text of a line.
    """

    grown = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines = vbox(margins=(20, 0, 20, 8), spacing=4, on=self)
        self.running: list[ProgressLine] = []
        """Oldest first."""
        self.hide()

    def begin(self) -> ProgressLine:
        """Add a line."""
        work = ProgressLine(self)
        work.grown.connect(self.grown)
        self._lines.addWidget(work)
        self.running.append(work)
        self.show()
        return work

    def end(self, work: ProgressLine) -> None:
        """Remove the line of `work`."""
        self._lines.removeWidget(work)
        self.running.remove(work)
        work.hide()
        work.deleteLater()
        self.setVisible(bool(self.running))


class ProgressLine(QFrame):
    """Progress of one export or import; a context manager whose end removes the line.

    The work polls `is_stopped`. Signals: `grown(str)` with the new text.
    """

    grown = Signal(str)

    def __init__(self, works: ProgressLines) -> None:
        super().__init__(works)
        self._works = works
        self._stopped = False
        self._words = ElidedLabel(role="caption", name="libraryWork")
        self.stop = button(_("Stop"), "libraryStop", icon="circle-stop", pressed=self._end)
        hbox((self._words, 1), self.stop, on=self)

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        self._works.end(self)

    @property
    def words(self) -> str:
        return self._words.text()

    def is_stopped(self) -> bool:
        return self._stopped

    def show_words(self, words: str) -> None:
        self._words.setText(words)
        self.stop.setAccessibleDescription(words)  # distinguishes several stop buttons
        self.grown.emit(words)

    def _end(self) -> None:
        self._stopped = True
        self.stop.setEnabled(False)
