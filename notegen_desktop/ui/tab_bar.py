"""The bar of the tabs of notes, and the tabs that were closed and can come back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTabBar, QTabWidget

from notegen_desktop.domain.jobs import NoteJob
from notegen_desktop.domain.notes import Level, Note

TAB_MIN_PX = 200
"""A tab is not squeezed below this: the bar scrolls then."""

REMEMBERED = 20
"""So many closed tabs can be opened again."""


class TabBar(QTabBar):
    """A middle click closes a tab, as everywhere."""

    def __init__(self, tabs: QTabWidget) -> None:
        super().__init__(tabs)
        self.setAccessibleName("Tabs of notes")
        self.setExpanding(False)

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Qt's own is three letters; rather scroll than not know which note it is."""
        whole = self.tabSizeHint(index)
        return QSize(min(whole.width(), TAB_MIN_PX), whole.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.tabAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.MiddleButton and index >= 0:
            self.tabCloseRequested.emit(index)
            return
        super().mouseReleaseEvent(event)


@dataclass(frozen=True, slots=True)
class Closed:
    """A tab that was closed: its key, and what it showed."""

    key: str
    job: NoteJob | None
    note: Note | None
    level: Level

    def shows(self, note_id: str) -> bool:
        """Whether it showed a stored note."""
        return self.note is not None and self.note.id == note_id


class ClosedTabs:
    """The tabs that were closed, the last one on top."""

    def __init__(self) -> None:
        self._tabs: list[Closed] = []

    def __len__(self) -> int:
        return len(self._tabs)

    def put(self, closed: Closed) -> None:
        """Keep one; the oldest of many is forgotten."""
        self._tabs.append(closed)
        del self._tabs[:-REMEMBERED]

    def pop(self) -> Closed:
        """The last that was closed. Raises IndexError."""
        return self._tabs.pop()

    def revise(self, note: Note) -> None:
        """A stored note was added to."""
        self._tabs = [replace(t, note=note) if t.shows(note.id) else t for t in self._tabs]

    def forget(self, note_id: str) -> None:
        """A note is no longer in the library."""
        self._tabs = [t for t in self._tabs if not t.shows(note_id)]
