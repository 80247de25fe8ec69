"""The videos of a playlist as rows to tick. More come in pages; thousands cost no more than ten."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from notegen_desktop.domain.video import Video, clock

from .rendering import one_line
from .tips import plain_tip

VIDEO_ROLE = int(Qt.ItemDataRole.UserRole) + 1
STORED_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""Whether the library has notes of it already."""

NO_PARENT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class PlaylistModel(QAbstractListModel):
    """Signals: `ticked()` when ticks change; `more_wanted()` when the view nears the end."""

    ticked = Signal()
    more_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._videos: list[Video] = []
        self._ids: set[str] = set()
        self._ticked: set[str] = set()
        self._stored: frozenset[str] = frozenset()
        self.more = False

    @property
    def videos(self) -> tuple[Video, ...]:
        return tuple(self._videos)

    def chosen(self) -> list[Video]:
        """The ticked videos, in the order of the list."""
        return [video for video in self._videos if video.id in self._ticked]

    def add_videos(self, videos: Iterable[Video], *, more: bool) -> None:
        """A page at the end, each video once; `more` says that there may be further ones."""
        new = [v for v in {v.id: v for v in videos}.values() if v.id not in self._ids]
        self.more = more
        if new:
            first = len(self._videos)
            self.beginInsertRows(NO_PARENT, first, first + len(new) - 1)
            self._videos.extend(new)
            self._ids.update(video.id for video in new)
            self.endInsertRows()

    def show_stored(self, video_ids: Iterable[str]) -> None:
        self._stored = frozenset(video_ids)
        self._redraw()

    def tick(self, video_ids: Iterable[str], *, ticked: bool) -> None:
        """Tick, or no longer, these; all others stay as they are."""
        before = len(self._ticked)
        if ticked:
            self._ticked.update(video_ids)
        else:
            self._ticked.difference_update(video_ids)
        if len(self._ticked) != before:
            self._redraw()
            self.ticked.emit()

    def _redraw(self) -> None:
        if self._videos:
            self.dataChanged.emit(self.index(0), self.index(len(self._videos) - 1))

    # --- what Qt asks ---

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._videos)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid():
            return None
        video = self._videos[index.row()]
        stored = video.id in self._stored
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(video.name)
            case Qt.ItemDataRole.CheckStateRole:
                ticked = video.id in self._ticked
                return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(video.name)
            case Qt.ItemDataRole.AccessibleTextRole:
                length = clock(video.duration_s) if video.duration_s else ""
                facts = (one_line(video.name), length, "in the library" if stored else "")
                return ", ".join(fact for fact in facts if fact)
            case _ if role == VIDEO_ROLE:
                return video
            case _ if role == STORED_ROLE:
                return stored
        return None

    def setData(self, index: Index, value: Any, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        if not index.isValid() or role != Qt.ItemDataRole.CheckStateRole:
            return False
        ticked = value in (Qt.CheckState.Checked, Qt.CheckState.Checked.value)
        video_id = self._videos[index.row()].id
        if ticked:
            self._ticked.add(video_id)
        else:
            self._ticked.discard(video_id)
        self.dataChanged.emit(index, index)
        self.ticked.emit()
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self.more

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self.more_wanted.emit()
