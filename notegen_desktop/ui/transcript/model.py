"""List model of transcript segments: text, citing sections, search matches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.text.quantities import series
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.media.transcript_index import TranscriptIndex
from notegen_desktop.ui.kit.text import one_line

ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1

NO_PARENT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex

MAX_MATCHES = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """A segment as painted.

    `marks` are search matches as (start, length) in `text`, `chosen` is the number of the current
    match, -1 for none. `cited` is True if a section cites the segment, `read` if the section being
    read does, `said` if the player is at it.
    """

    time: str
    speaker: str
    text: str
    cited: bool = False
    read: bool = False
    said: bool = False
    marks: tuple[tuple[int, int], ...] = ()
    chosen: int = -1
    remark: str = ""
    """Colour of the user's highlight; "" for none."""


@dataclass(frozen=True, slots=True)
class Match:
    row: int
    start: int
    length: int


class TranscriptModel(QAbstractListModel):
    """Holds one transcript. Texts are cleaned when a row is first read."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spoken: TranscriptIndex | None = None
        self._texts: list[str | None] = []
        self._cited: Mapping[int, tuple[int, ...]] = {}
        self.read_rows: frozenset[int] = frozenset()
        self.said = -1  # row at the player's position, -1 for none
        self._matches: list[Match] = []
        self._in_row: dict[int, list[int]] = {}
        self.chosen = -1  # number of the current match, -1 for none
        self._remarks: dict[int, str] = {}

    # --- QAbstractItemModel ---

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._texts)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._texts):
            return None
        row = index.row()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._told(row)
            case _ if role == ROW_ROLE:
                return self.row(row)
        return None

    # --- contents ---

    def set_spoken(self, spoken: TranscriptIndex | None) -> None:
        """Show another transcript, without cites, matches and highlights."""
        self.beginResetModel()
        self.spoken = spoken
        self._texts = [None] * (len(spoken.segments) if spoken is not None else 0)
        self._cited, self.read_rows, self.said = {}, frozenset(), -1
        self._matches, self._in_row, self.chosen = [], {}, -1
        self._remarks = {}
        self.endResetModel()

    def text(self, row: int) -> str:
        """Return the cleaned text of a row on one line."""
        text = self._texts[row]
        if text is None:
            assert self.spoken is not None
            text = self._texts[row] = one_line(self.spoken.segments[row].text)
        return text

    def row(self, row: int) -> Row:
        assert self.spoken is not None
        segment = self.spoken.segments[row]
        at = clock(segment.start_s)
        numbers = self._in_row.get(row, [])
        return Row(
            time=at if self.spoken.transcript.timed else f"~{at}",
            speaker=one_line(segment.speaker or ""),
            text=self.text(row),
            cited=row in self._cited,
            read=row in self.read_rows,
            said=row == self.said,
            marks=tuple((self._matches[n].start, self._matches[n].length) for n in numbers),
            chosen=numbers.index(self.chosen) if self.chosen in numbers else -1,
            remark=self._remarks.get(row, ""),
        )

    def _told(self, row: int) -> str:
        shown = self.row(row)
        sections = series(str(number + 1) for number in self._cited.get(row, ()))
        cited = _("cited by {sections}").format(sections=sections) if sections else ""
        said = _("being said") if shown.said else ""
        parts = (shown.time, shown.speaker, shown.text, cited, said)
        return series(parts)

    # --- cites and highlights ---

    def set_cited(self, cited: Mapping[int, tuple[int, ...]]) -> None:
        """Take the numbers of the citing sections, from 0, by cited row."""
        self._cited = cited
        self._redraw()

    def set_remarks(self, colors: Mapping[int, str]) -> None:
        """Take the colours of the user's highlights by row."""
        if colors != self._remarks:
            self._remarks = dict(colors)
            self._redraw()

    def set_read(self, rows: Iterable[int]) -> None:
        """Take the rows cited by the section being read."""
        read = frozenset(rows)
        if read != self.read_rows:
            self.read_rows = read
            self._redraw()

    def set_said(self, row: int) -> None:
        if row != self.said:
            self.said = row
            self._redraw()

    def sections_of(self, rows: Iterable[int]) -> tuple[int, ...]:
        """Return the sorted numbers of the sections that cite any of these rows."""
        return tuple(sorted({s for row in rows for s in self._cited.get(row, ())}))

    # --- search ---

    @property
    def matches(self) -> tuple[Match, ...]:
        return tuple(self._matches)

    def find(self, text: str) -> int:
        """Mark all matches of a text, ignoring case and spacing; return their number."""
        self._matches, self._in_row, self.chosen = [], {}, -1
        words = text.split()
        if words:
            pattern = re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
            for row in range(len(self._texts)):
                for found in pattern.finditer(self.text(row)):
                    self._in_row.setdefault(row, []).append(len(self._matches))
                    self._matches.append(Match(row, found.start(), found.end() - found.start()))
                if len(self._matches) >= MAX_MATCHES:
                    break
        self._redraw()
        return len(self._matches)

    def choose(self, number: int) -> None:
        """Make a match the current one."""
        self.chosen = number
        self._redraw()

    def _redraw(self) -> None:
        if self._texts:
            self.dataChanged.emit(self.index(0), self.index(len(self._texts) - 1), [ROW_ROLE])
