"""Outline beside the page: the sections of a note, with the current one selected."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import named
from notegen_desktop.ui.kit.painted_rows import Index

FRAME = QStyle.PixelMetric.PM_FocusFrameHMargin

WIDTH_PX = 208

ROOM_PX = 820
"""Minimum page width in pixels for an outline beside the text."""

FROM_SECTIONS = 3
"""Minimum number of sections for an outline."""


PAD_X_PX, PAD_Y_PX = 8, 6
"""Padding of a heading in pixels, as in the stylesheet."""


class _Heading(QStyledItemDelegate):
    """Delegate that measures wrapped headings: Qt's own omits the last line if a word just does not
    fit."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = option.widget
        assert isinstance(view, QListWidget)
        width, frame = view.viewport().width(), view.style().pixelMetric(FRAME, option, view) + 1
        room = QRect(0, 0, width - 2 * (PAD_X_PX + frame), 0)
        wrapped = Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextDontClip
        lines = view.fontMetrics().boundingRect(room, wrapped, str(index.data()))
        return QSize(width, lines.height() + 2 * PAD_Y_PX)


class NoteOutline(QListWidget):
    """List of headings.

    Signals: `section_wanted(int)`, counted from 0.
    """

    section_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "noteOutline", _("Sections of this note"))
        self.setFixedWidth(WIDTH_PX)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setItemDelegate(_Heading(self))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.itemClicked.connect(self._go)
        self.itemActivated.connect(self._go)

    def show_note(self, note: Note | None) -> None:
        """List the sections of a finished note; None clears the list."""
        headings = [section.heading or "…" for section in note.sections] if note is not None else []
        starts = [
            next((cite.start_s for cite in section.cites if cite.verified is not False), None)
            for section in (note.sections if note is not None else ())
        ]
        self.clear()
        for heading, start in zip(headings, starts, strict=True):
            item = QListWidgetItem(heading, self)
            item.setToolTip(heading if start is None else f"{heading} · {clock(start)}")

    def show_section(self, section: int) -> None:
        """Select the section being read; -1 for the header."""
        self.setCurrentRow(section)

    def set_lead(self, px: int) -> None:
        """Set the left margin in pixels, which moves the headings next to the text."""
        self.setFixedWidth(WIDTH_PX + px)
        self.setViewportMargins(px, 0, 0, 0)

    def fits(self, page_px: int) -> bool:
        """Return True if the outline has enough sections and the page, in pixels, is wide
        enough."""
        return self.count() >= FROM_SECTIONS and page_px >= ROOM_PX

    def _go(self, item: QListWidgetItem) -> None:
        self.section_wanted.emit(self.row(item))
