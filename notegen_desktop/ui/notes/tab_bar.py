"""The tabs of notes: their bar, names and order, and those that were closed and can come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTabBar, QTabWidget

from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.ui.kit.text import one_line, plain_tip

TAB_MIN_PX = 200
"""A tab is not squeezed below this: the bar scrolls then."""

REMEMBERED = 20
"""Closed tabs that can be opened again."""


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
class ClosedTab:
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
        self._tabs: list[ClosedTab] = []

    def __len__(self) -> int:
        return len(self._tabs)

    def put(self, closed: ClosedTab) -> None:
        """Keep one; the oldest of many is forgotten."""
        self._tabs.append(closed)
        del self._tabs[:-REMEMBERED]

    def pop(self) -> ClosedTab:
        """The last that was closed. Raises IndexError."""
        return self._tabs.pop()

    def revise(self, note: Note) -> None:
        """A stored note was added to."""
        self._tabs = [replace(t, note=note) if t.shows(note.id) else t for t in self._tabs]

    def forget(self, note_id: str) -> None:
        """A note is no longer in the library."""
        self._tabs = [t for t in self._tabs if not t.shows(note_id)]


TAB_CHARS = 28
"""A longer name of a tab is cut; the tool tip has all of it."""


@dataclass(frozen=True, slots=True)
class TabKind:
    """A template as a tab shows it."""

    name: str
    icon: str


@dataclass(frozen=True, slots=True)
class TabName:
    """What a tab shows, what its tool tip says, and what a screen reader does."""

    text: str
    tip: str
    spoken: str


def kind_of(template_id: str, template: NoteTemplate | None) -> TabKind:
    """A template's name and icon; a guess of both for one that is not there any more."""
    if template is not None:
        return TabKind(template.name, template.icon)
    return TabKind(template_id.replace("-", " ").capitalize(), "file-text")


def tab_name(name: str, video: Video | None, *, has_twin: bool) -> TabName:
    """The kind of note, `name`; and the video, where another one's note of this kind is open."""
    title = one_line(video.name if video is not None else "")
    text = f"{name} · {title}" if title and has_twin else name
    return TabName(
        text=_short(text).replace("&", "&&"),
        tip=plain_tip(f"{name}\n{title}" if title else name),
        spoken=f"{name}, {title}" if title else name,
    )


def _short(name: str) -> str:
    return name if len(name) <= TAB_CHARS else name[: TAB_CHARS - 1].rstrip() + "…"


def place_of(rank: int | None, ranks: Sequence[int | None]) -> int:
    """After the last tab that finished before; at the end for what has no rank yet."""
    if rank is None or all(other is None for other in ranks):
        return len(ranks)
    before = (at + 1 for at, other in enumerate(ranks) if other is not None and other < rank)
    return max(before, default=0)


def stands_right(rank: int, at: int, ranks: Sequence[int | None]) -> bool:
    """Whether a tab at a place has before it what finished before, and after it what did after."""
    return all(
        (index < at) == (other < rank)
        for index, other in enumerate(ranks)
        if other is not None and index != at
    )
