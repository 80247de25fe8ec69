"""The notes of the library as rows. It holds what the store said, and asks for more when scrolled.

The model starts nothing: `more_wanted` is a wish that the page carries out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from notegen_desktop.domain.dates import MONTHS, local_time
from notegen_desktop.services.ports import NoteSummary

from .rendering import engine_name, one_line
from .tips import plain_tip

SUMMARY_ROLE = int(Qt.ItemDataRole.UserRole) + 1

NO_PARENT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


def when(created: str, now: datetime | None = None) -> str:
    """An ISO 8601 time as people say it: `Today, 14:05`, `Yesterday`, `24 Nov 2026`."""
    then = local_time(created)
    if then is None:
        return ""
    today = (now or datetime.now().astimezone()).date()
    if then.date() == today:
        return f"Today, {then:%H:%M}"
    if then.date() == today - timedelta(days=1):
        return "Yesterday"
    year = "" if then.year == today.year else f" {then.year}"
    return f"{then.day} {MONTHS[then.month - 1][:3]}{year}"


class LibraryModel(QAbstractListModel):
    """Signals: `more_wanted(int)`, the number of rows there are, when the view nears their end."""

    more_wanted = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[NoteSummary] = []
        self._more = False
        self._asked = False

    # --- what Qt asks ---

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(row.title or row.video_title)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip("\n".join(part for part in (row.title, row.video_title) if part))
            case Qt.ItemDataRole.AccessibleTextRole:
                facts = (row.title, row.video_title, engine_name(row.engine), when(row.created))
                return ", ".join(one_line(fact) for fact in facts if fact)
            case _ if role == SUMMARY_ROLE:
                return row
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._more and not self._asked

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit(len(self._rows))

    # --- what the page says ---

    @property
    def rows(self) -> tuple[NoteSummary, ...]:
        return tuple(self._rows)

    def set_rows(self, rows: Iterable[NoteSummary], *, more: bool) -> None:
        """Show these and no others; `more` says that the store has further ones."""
        self.beginResetModel()
        self._rows = list({row.id: row for row in rows}.values())
        self._more, self._asked = more, False
        self.endResetModel()

    def add_rows(self, rows: Iterable[NoteSummary], *, more: bool) -> None:
        """Add a page at the end; what is here already stays once."""
        known = {row.id for row in self._rows}
        new = [row for row in {row.id: row for row in rows}.values() if row.id not in known]
        self._more, self._asked = more, False
        if new:
            first = len(self._rows)
            self.beginInsertRows(NO_PARENT, first, first + len(new) - 1)
            self._rows.extend(new)
            self.endInsertRows()

    def renew(self, rows: Iterable[NoteSummary], *, more: bool | None) -> None:
        """Show these, touching only rows that came, went, moved or changed.

        `more` says whether the store has further ones; None: as before.
        """
        new = {row.id: row for row in rows}
        for number in reversed(range(len(self._rows))):
            if self._rows[number].id not in new:
                self._remove(number)
        known = {row.id for row in self._rows}
        for number, row in enumerate(new.values()):
            if number < len(self._rows) and self._rows[number].id == row.id:
                if self._rows[number] != row:
                    self._rows[number] = row
                    self.dataChanged.emit(self.index(number), self.index(number))
                continue
            if row.id in known:
                self._remove(self.index_of(row.id).row())
            self._insert(number, row)
        self._more = self._more if more is None else more

    def take(self, note_id: str) -> tuple[int, NoteSummary] | None:
        """Remove a row; where it was and what it held, or None if it is not here."""
        for number, row in enumerate(self._rows):
            if row.id == note_id:
                self._remove(number)
                return number, row
        return None

    def put_back(self, number: int, row: NoteSummary) -> None:
        """Undo `take`, as near to the old place as can be."""
        if any(other.id == row.id for other in self._rows):
            return
        self._insert(min(max(0, number), len(self._rows)), row)

    def index_of(self, note_id: str) -> QModelIndex:
        """Where a note is; an invalid index if it is not here."""
        for number, row in enumerate(self._rows):
            if row.id == note_id:
                return self.index(number)
        return QModelIndex()

    def _insert(self, number: int, row: NoteSummary) -> None:
        self.beginInsertRows(NO_PARENT, number, number)
        self._rows.insert(number, row)
        self.endInsertRows()

    def _remove(self, number: int) -> None:
        self.beginRemoveRows(NO_PARENT, number, number)
        del self._rows[number]
        self.endRemoveRows()
