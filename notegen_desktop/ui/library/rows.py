"""List model of the library: notes grouped by video, loaded in pages on scrolling.

A search adds passages of transcripts. The model loads nothing itself: the page handles
`more_wanted`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import IntFlag
from typing import Any

from PySide6.QtCore import QModelIndex, Qt

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.tags import STAR
from notegen_desktop.domain.text.dates import local_time, short_day, time_words
from notegen_desktop.domain.text.quantities import series
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import NoteSummary, PassageFound
from notegen_desktop.ui.kit.painted_rows import NO_PARENT, Index, PagedModel
from notegen_desktop.ui.kit.text import engine_name, one_line, plain_tip

SUMMARY_ROLE = int(Qt.ItemDataRole.UserRole) + 1
OPENS_VIDEO_ROLE = SUMMARY_ROLE + 1
"""Bool: True if the row is the first of its video."""

SHAPE_ROLE = SUMMARY_ROLE + 2
"""Int: the `RowShape`, which determines the height of the row."""

LibraryRow = NoteSummary | PassageFound


class RowShape(IntFlag):
    NOTE = 1
    SNIPPET = 2
    HEAD = 4
    FIRST = 8


_HEAD = int(RowShape.HEAD)
_NOTE, _FOUND = int(RowShape.NOTE), int(RowShape.NOTE | RowShape.SNIPPET)


def grouped(rows: Iterable[LibraryRow]) -> list[LibraryRow]:
    """Return rows grouped by video, the videos in the order of their first row."""
    videos: dict[str, list[LibraryRow]] = {}
    for row in rows:
        videos.setdefault(row.video_id, []).append(row)
    return [row for several in videos.values() for row in several]


def when(created: str, now: datetime | None = None) -> str:
    """Return an ISO 8601 time as text: `Today, 14:05`, `Yesterday`, `24 Nov 2026`; "" if
    invalid."""
    then = local_time(created)
    if then is None:
        return ""
    today = (now or datetime.now().astimezone()).date()
    if then.date() == today:
        return _("Today, {then}").format(then=time_words(then))
    if then.date() == today - timedelta(days=1):
        return _("Yesterday")
    return short_day(then, with_year=then.year != today.year)


class LibraryModel(PagedModel[LibraryRow]):
    """Rows by video, newest or best match first. `template_name` maps a template's id to its
    name."""

    template_name: Callable[[str], str] = staticmethod(str)

    # --- QAbstractItemModel ---

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        if role == SHAPE_ROLE:
            return self._shape(index.row())
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(title_of(row) or row.video_title)
            case Qt.ItemDataRole.ToolTipRole:
                parts = (title_of(row), row.video_title, row.snippet)
                return plain_tip("\n".join(part for part in parts if part))
            case Qt.ItemDataRole.AccessibleTextRole:
                return series(one_line(fact) for fact in self._facts(row))
            case _ if role == SUMMARY_ROLE:
                return row
            case _ if role == OPENS_VIDEO_ROLE:
                return bool(self._shape(index.row()) & RowShape.HEAD)
        return None

    def _facts(self, row: LibraryRow) -> Iterable[str]:
        """Return the texts that describe a row to a screen reader."""
        if isinstance(row, PassageFound):
            return (title_of(row), row.video_title, row.snippet)
        facts = (
            self.template_name(row.template),
            row.title,
            row.video_title,
            engine_name(row.engine),
            when(row.created),
            _("starred") if row.is_starred else "",
            _("unread") if row.unread else "",
            _("has doubts") if row.doubtful else "",
            *tags_shown(row),
            row.snippet,
        )
        return dict.fromkeys(facts)  # title and video title are often equal

    def _shape(self, number: int) -> int:
        row = self._rows[number]
        shape = 0
        if isinstance(row, NoteSummary):
            shape = _FOUND if row.snippet else _NOTE
        if not number:
            return shape | _HEAD | int(RowShape.FIRST)
        return shape | (_HEAD if self._rows[number - 1].video_id != row.video_id else 0)

    # --- changes by the page ---

    def set_rows(self, rows: Iterable[LibraryRow], *, more: bool) -> None:
        """Replace all rows; `more` says that the store has further ones."""
        self.beginResetModel()
        self._rows = list({row.id: row for row in rows}.values())
        self._ids = {row.id for row in self._rows}
        self.more, self._asked = more, False
        self.endResetModel()

    def renew(self, rows: Iterable[LibraryRow], *, more: bool | None) -> None:
        """Replace the rows, with signals only for added, removed, moved and changed ones.

        `more` says whether the store has further ones, None that this is unchanged.
        """
        new = {row.id: row for row in rows}
        for number in reversed(range(len(self._rows))):
            if self._rows[number].id not in new:
                self._remove(number)
        for number, row in enumerate(new.values()):
            if number < len(self._rows) and self._rows[number].id == row.id:
                if self._rows[number] != row:
                    self._rows[number] = row
                    self.dataChanged.emit(self.index(number), self.index(number))
                continue
            if row.id in self._ids:
                self._remove(self.index_of(row.id).row())
            self._insert(number, row)
        self.more = self.more if more is None else more

    def change(self, note_ids: Iterable[str], **facts: Any) -> None:
        """Set fields such as `unread` on the listed ones of these notes."""
        self.change_each(dict.fromkeys(note_ids, facts))

    def change_each(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """Set fields on notes by id; `dataChanged` is emitted once for all of them."""
        changed = []
        for number, row in enumerate(self._rows):
            if row.id in facts and isinstance(row, NoteSummary):
                self._rows[number] = replace(row, **facts[row.id])
                changed.append(number)
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def row_at(self, row: int) -> LibraryRow:
        return self._rows[row]

    @property
    def videos(self) -> int:
        """Number of videos that have rows."""
        return len({row.video_id for row in self._rows})

    def remove_rows(self, note_ids: Iterable[str]) -> list[tuple[int, LibraryRow]]:
        """Remove rows and return each with its row number before the removal."""
        wanted = set(note_ids)
        taken = [(at, row) for at, row in enumerate(self._rows) if row.id in wanted]
        for first, last in reversed(consecutive_runs(at for at, _row in taken)):
            self.beginRemoveRows(NO_PARENT, first, last)
            self._ids.difference_update(row.id for row in self._rows[first : last + 1])
            del self._rows[first : last + 1]
            self.endRemoveRows()
        return taken

    def restore_rows(self, taken: Iterable[tuple[int, LibraryRow]]) -> None:
        """Insert rows removed by `remove_rows`, as near to their former positions as possible."""
        rows = {at: row for at, row in taken if row.id not in self._ids}
        for first, last in consecutive_runs(sorted(rows)):
            at = min(max(0, first), len(self._rows))
            back = [rows[number] for number in range(first, last + 1)]
            self.beginInsertRows(NO_PARENT, at, at + len(back) - 1)
            self._rows[at:at] = back
            self._ids.update(row.id for row in back)
            self.endInsertRows()

    def index_of(self, note_id: str) -> QModelIndex:
        """Return the index of a note; invalid if it is not listed."""
        for number, row in enumerate(self._rows):
            if row.id == note_id:
                return self.index(number)
        return QModelIndex()

    def _insert(self, number: int, row: LibraryRow) -> None:
        self.beginInsertRows(NO_PARENT, number, number)
        self._rows.insert(number, row)
        self._ids.add(row.id)
        self.endInsertRows()

    def _remove(self, number: int) -> None:
        self.beginRemoveRows(NO_PARENT, number, number)
        self._ids.discard(self._rows.pop(number).id)
        self.endRemoveRows()


def consecutive_runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the runs of consecutive numbers in an ascending sequence as (first, last) pairs."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def title_of(row: LibraryRow) -> str:
    return (
        row.title
        if isinstance(row, NoteSummary)
        else _("Transcript at {start_s}").format(start_s=clock(row.start_s))
    )


def found_words(row: LibraryRow) -> str:
    """Return the longest match as spelt in the snippet; "" without a search."""
    return max((row.snippet[start:end] for start, end in row.marks), key=len, default="")


def tags_shown(row: NoteSummary) -> tuple[str, ...]:
    """Return the tags without the star, which is painted as an icon."""
    return tuple(tag for tag in row.tags if tag != STAR)
