"""Text view of a note with clickable times.

One document per level is kept, so that switching needs no parsing and keeps the reading position. A
draft grows at its end, at most twelve times a second and only while visible.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, floor

from PySide6.QtCore import QEvent, QMimeData, QPointF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QTextBrowser, QWidget

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.doubts import DoubtfulStatement
from notegen_desktop.domain.notes.note import Draft, Level, Note
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import delayed, named
from notegen_desktop.ui.kit.scrolling import SmoothScroll, reading_line_at, scroll_value_for
from notegen_desktop.ui.kit.theme import follow_reading, palette, side_text_px, text_font, theme

from .code_copying import CodeCopying
from .copied_text import selection_data, selection_markdown
from .note_document import NoteDocument, ReadingPosition, no_image
from .note_find import Finder, MarkedScrollBar
from .note_levels import SLICE_S, Content, NoteLevels
from .note_links import NoteLinks
from .note_painting import BackgroundPainter
from .rendering import NoteStyle

LINE_CHARS = 74
"""Maximum characters per line, of which ragged lines fill some 70: longer lines are hard to
read."""

GROW_MS = 85
"""Milliseconds between redraws of a growing draft: just under twelve a second."""

AHEAD_MS = 15
"""Milliseconds between two slices of writing ahead, which leave the window a frame."""

TOP, BOTTOM, MIN_SIDE = 28, 72, 28
"""Margins of the column in pixels."""

EDGE = 48
"""Pixels of a section that must be visible for it to count as visible."""

REACH_S = 0.06
"""Maximum seconds of work to reach a position at once; others are reached later, in slices."""

_SAMPLE = "the quick brown fox jumps over the lazy dog and then it sleeps "


@dataclass(frozen=True, slots=True)
class _ScrollTarget:
    """A position to scroll to. `asked`: requested by the user; `doubt`: scroll to this
    statement."""

    place: ReadingPosition
    asked: bool = False
    doubt: DoubtfulStatement | None = None


class NoteView(QTextBrowser):
    """Shows a `Note`, or a growing `Draft`, at one of three levels.

    `links` handles links, `finder` searches, `code` copies code blocks. Signals:
    `section_changed(int)` when another section is read (counted from 0, -1 for the header);
    `moved()` when the user scrolled, also to a section; `written()` when all levels are completely
    written; `zoom_wanted(int)` to change the text size by pixels; `mark_wanted(bool)` to highlight
    the selection, True to add a comment.
    """

    section_changed = Signal(int)
    moved = Signal()
    written = Signal()
    zoom_wanted = Signal(int)
    mark_wanted = Signal(bool)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        name: str = "noteView",
        says: str = "Note",
        margins: tuple[int, int, int] = (TOP, BOTTOM, MIN_SIDE),
        smaller: bool = False,
    ) -> None:
        """`margins`: pixels above, below and at least beside the text; `smaller`: use the size of
        text beside notes."""
        super().__init__(parent)
        self._top, self._bottom, self._min_side = margins
        self._max_lead: float | None = None
        named(self, name, says)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setVerticalScrollBar(MarkedScrollBar(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.level = Level.STANDARD
        self._smaller = smaller
        self._stale = False
        self.section = -1  # section being read, counted from 0; -1 is the header
        self._wanted: _ScrollTarget | None = None
        self._fitting = False
        self._levels = NoteLevels(self)
        self.links = NoteLinks(self, self._levels)
        self.finder = Finder(self)
        self.code = CodeCopying(self)
        self._grow_timer = delayed(self, GROW_MS, self._grow)
        self._ahead_timer = delayed(self, AHEAD_MS, self._render_ahead)
        self._scroll = SmoothScroll(self)
        self.links.more_wanted.connect(self.show_answer)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        follow_reading(self, self._restyle)
        self._apply_font()
        self._show_document(None)

    # --- setters ---

    @property
    def note(self) -> Note | None:
        return self._levels.content.note

    @property
    def is_whole(self) -> bool:
        """True if all levels are completely written, so that switching costs nothing."""
        levels = self._levels
        return all(levels.has(level) and levels.is_whole(level) for level in Level)

    def show_note(self, note: Note, *, kind: str, videos: tuple[Video, ...] | None = None) -> None:
        """Show a finished note, or a conversation whose answers cite `videos`.

        The reading position is kept if its draft or an older state of the same note was shown.
        """
        was_draft = self._levels.content.draft is not None
        place = self._place()
        if place is not None and not was_draft:
            place = self._levels.content.place_in(note, place)
        self._grow_timer.stop()
        self._levels.show(Content(kind, note.video, note=note, videos=videos))
        self._show_document(place)

    def show_draft(self, draft: Draft, *, video: Video, kind: str) -> None:
        """Show a draft; a longer draft of the same note rewrites only its tail."""
        self._levels.show(Content(kind, video, draft=draft))
        self._stale = True
        if not self.isVisible():
            return
        if not self._levels.has(self.level):
            self._grow()
        elif not self._grow_timer.isActive():
            self._grow_timer.start()

    def set_level(self, level: Level) -> None:
        """Show the note at another level, at the same position."""
        if level is not self.level:
            place = self._place()
            self.level = level
            self._show_document(place)

    def show_answer(self, section: int) -> None:
        """Show all times of a section, and the text of a covered card."""
        place = self._place()
        self._levels.show_answer(section)
        self._show_document(place)

    def set_covered(self, covered: bool) -> None:
        """Show only the headings of cards, to be turned over, or all text again."""
        place = self._place()
        self._levels.hide_answers(covered)
        self._show_document(place)

    def scroll_to_section(self, section: int) -> None:
        """Scroll a section, counted from 0, to the top."""
        self._scroll.stop()
        self._want(_ScrollTarget(ReadingPosition(section + 1, 0.0), asked=True))

    @property
    def top(self) -> tuple[int, float] | None:
        """Position of the view's top as arguments of `show_from`; None at the start."""
        place = self._place()
        return None if place is None else (place.part, place.share)

    def show_from(self, part: int, share: float) -> None:
        """Scroll to a position once the view is visible; a hidden one is not written."""
        self._wanted = _ScrollTarget(ReadingPosition(part, share))
        if self.isVisible():
            self._reach(seconds=REACH_S)

    def go_to_doubt(self, doubt: DoubtfulStatement) -> None:
        """Scroll to the time of a doubtful statement and select it, so that Return plays it."""
        self._scroll.stop()
        if self._levels.is_answer_hidden(doubt.section):
            self.show_answer(doubt.section)
        self._want(_ScrollTarget(ReadingPosition(doubt.section + 1, 0.0), asked=True, doubt=doubt))

    def go_to(self, cursor: QTextCursor) -> None:
        """Scroll to a text and select it."""
        self._scroll.stop()
        self.setTextCursor(cursor)
        above = self.cursorRect(cursor).top() - self.viewport().height() // 3
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + above)

    # --- documents ---

    @property
    def _shown(self) -> NoteDocument:
        document = self.document()
        assert isinstance(document, NoteDocument)
        return document

    def _show_document(self, place: ReadingPosition | None) -> None:
        """Show the document of the current level; a hidden view only remembers the position.

        Each of many restored tabs then costs time only when it is shown.
        """
        if self.note is not None and not self.isVisible():
            self._stale = True
            self._wanted = None if place is None else _ScrollTarget(place)
            return
        font = self._font()
        if font.families() != self.font().families():
            self.setFont(font)  # also sets the font of the document
        grows = self._levels.has(self.level)
        document = self._levels.document(self.level, self._style(), font)
        self._stale = False
        with self._fits():
            self._set_column(document)
            if self.document() is not document:
                self.setDocument(document)
            elif not grows:  # rewriting moved the text cursor to the end
                self.moveCursor(QTextCursor.MoveOperation.Start)
        self._wanted = None
        if place is not None:
            self._want(_ScrollTarget(place))
        self.finder.search_again()
        self._notice_section()
        self._ahead_timer.start()

    def _want(self, wanted: _ScrollTarget) -> None:
        self._wanted = wanted
        self._reach(seconds=REACH_S)

    def _reach(self, *, seconds: float) -> None:
        """Scroll to the wanted position if it is written, or can be within `seconds`."""
        wanted = self._wanted
        if wanted is None or self._stale:
            return
        end = time.thread_time() + seconds
        while not self._is_written(wanted):
            if time.thread_time() >= end or self._shown.waits:
                return
            self._levels.write_on(self.level)
        self._wanted = None
        if wanted.doubt is not None:
            self._choose_time(wanted.doubt)
        elif wanted.asked:
            self.verticalScrollBar().setValue(self._value_of(wanted.place))
        else:
            self._scroll.jump(self._value_of(wanted.place))

    def _is_written(self, wanted: _ScrollTarget) -> bool:
        if wanted.doubt is not None and self._time_of(wanted.doubt).isNull():
            return self._levels.is_whole(self.level)
        below = self.viewport().height()
        return self._levels.is_written(self.level, wanted.place, below=below)

    def _time_of(self, doubt: DoubtfulStatement) -> QTextCursor:
        return self._shown.time(doubt.section + 1, self.href_of(doubt), doubt.number)

    def href_of(self, doubt: DoubtfulStatement) -> str:
        """Return the link of a doubtful statement."""
        return self._levels.content.href_of(doubt)

    def _choose_time(self, doubt: DoubtfulStatement) -> None:
        cursor = self._time_of(doubt)
        if not cursor.isNull():
            self.go_to(cursor)

    def _render_ahead(self) -> None:
        """Write the rest of the current level, then the other levels, while idle."""
        if self.note is None or not self.isVisible():
            return
        levels = self._levels
        if not levels.is_whole(self.level):
            awaited = self._wanted is not None or self.finder.searches
            whole = levels.write_on(self.level, seconds=REACH_S if awaited else SLICE_S)
            self._reach(seconds=0)
            if whole and self.finder.searches:
                self.finder.search_again()
                self.finder.found.emit(self.finder.count)
        elif missing := [level for level in Level if not levels.has(level)]:
            ahead = levels.document(missing[0], self._style(), self._font())
            self._set_column(ahead)
        elif all(levels.write_on(level) for level in Level):
            self.written.emit()
            return
        self._ahead_timer.start()

    def _grow(self) -> None:
        if self._levels.content.draft is None or not self.isVisible():
            return
        bar = self.verticalScrollBar()
        value = bar.value()
        self._show_document(None)
        bar.setValue(value)

    def _text_px(self) -> int:
        return side_text_px() if self._smaller else theme().reading_px

    def _style(self) -> NoteStyle:
        return NoteStyle(palette(), self._text_px())

    def _restyle(self) -> None:
        self._apply_font()
        place = self._place()
        self._levels.drop()
        self._show_document(place)

    def _font(self) -> QFont:
        """Return the text font. The widget's own is set by the stylesheet only when shown."""
        return text_font(self._text_px(), *self._levels.content.script)

    def _apply_font(self) -> None:
        # The stylesheet's border and padding of text fields do not suit a page.
        self.setStyleSheet(
            f"QTextBrowser#{self.objectName()} {{ font-size: {self._text_px()}px; border: none;"
            f" padding: 0; background: {palette().surface}; border-radius: 0; }}"
        )

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return no_image()

    # --- reading position ---

    def _set_column(self, document: NoteDocument) -> None:
        page = self.viewport().width()
        lead = max(float(self._min_side), (page - self.column_px) / 2)
        if self._max_lead is not None:
            lead = min(lead, self._max_lead)
        rest = max(float(self._min_side), page - self.column_px - lead)
        # Side panes are on the left in either text direction.
        document.set_column(lead, rest, self._top, self._bottom, page=page)

    @property
    def column_px(self) -> float:
        """Width of the text column in pixels, if there is room."""
        metrics = QFontMetricsF(self._font())
        return metrics.horizontalAdvance(_SAMPLE) / len(_SAMPLE) * LINE_CHARS

    def set_lead(self, px: float | None) -> None:
        """Set the maximum left margin in pixels, for a pane on the left; None centres the
        column."""
        if px != self._max_lead:
            self._max_lead = px
            self._set_column(self._shown)

    def _place(self) -> ReadingPosition | None:
        if self._wanted is not None:
            return self._wanted.place
        value = self.verticalScrollBar().value()
        return self._shown.place_at(value + self._top) if value > 0 else None

    def _value_of(self, place: ReadingPosition) -> int:
        """Return the scroll bar value of a place, rounded up so that the part before is not
        visible."""
        return ceil(self._shown.height_of(place) - self._top)

    @contextmanager
    def _fits(self) -> Iterator[None]:
        """Context in which scrolling does not count as the user's."""
        self._fitting = True
        try:
            yield
        finally:
            self._fitting = False

    def _scrolled(self) -> None:
        self._notice_section()
        if not (self._fitting or self._scroll.moves):
            self._wanted = None
            self.moved.emit()

    def _notice_section(self) -> None:
        # The reading line is a third down the page.
        at = QPointF(self.viewport().width() / 2, self.viewport().height() / 3).toPoint()
        section = self._shown.part_of(self.cursorForPosition(at).position()) - 1
        if section != self.section:
            self.section = section
            self.section_changed.emit(section)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if turned := event.angleDelta().y():
                self.zoom_wanted.emit(1 if turned > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        place = self._place()
        self._set_column(self._shown)
        with self._fits():
            super().resizeEvent(event)
        if place is not None and event.oldSize().width() != event.size().width():
            self._scroll.jump(self._value_of(place))
        self._notice_section()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale and self.note is not None:
            wanted = self._wanted
            self._show_document(None if wanted is None else wanted.place)
            if wanted is not None:
                self._want(wanted)
        elif self._stale:
            self._grow()
        if self.note is not None:
            self._ahead_timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._grow_timer.stop()
        self._ahead_timer.stop()
        super().hideEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(720, 600)

    # --- synchronised with the transcript ---

    @property
    def place(self) -> float:
        """Section plus fraction at the reading line: 2.5 is the middle of the third section."""
        bar, part = self.verticalScrollBar(), self.section + 1
        eye = reading_line_at(bar.value(), page=self.viewport().height(), most=bar.maximum())
        top = self._shown.part_top(part)
        share = (eye - top) / max(1.0, self._shown.part_top(part + 1) - top)
        return self.section + min(0.999, max(0.0, share))

    def is_section_visible(self, section: int) -> bool:
        """Return True if at least `EDGE` pixels of a section are visible."""
        above, page = self.verticalScrollBar().value(), self.viewport().height()
        top = self._shown.part_top(section + 1) - above
        bottom = self._shown.part_top(section + 2) - above
        return top < page - EDGE and bottom > EDGE

    def scroll_to_place(self, place: float) -> None:
        """Scroll a `place` to the reading line smoothly, without emitting `moved`."""
        if not self._levels.is_whole(self.level):
            return  # not completely written yet
        section = floor(place)
        if section < 0:  # the header begins at the top of the page
            eye = (place - section) * self._shown.part_top(1)
        else:
            eye = self._shown.height_of(ReadingPosition(section + 1, place - section))
        most = self.verticalScrollBar().maximum()
        self._scroll.follow(round(scroll_value_for(eye, page=self.viewport().height(), most=most)))

    # --- copying ---

    def markdown(self) -> str:
        """Return the note at the current level as Markdown, or a draft as far as written."""
        return self._levels.content.markdown(self.level)

    def selection_markdown(self) -> str:
        """Return the selected text as Markdown, with links into the video."""
        if self._all_selected():
            return self.markdown()
        return selection_markdown(self.textCursor(), self.links.address_of)

    def _all_selected(self) -> bool:
        cursor = self.textCursor()
        whole = cursor.selectionEnd() >= self.document().characterCount() - 1
        return whole and cursor.selectionStart() == 0

    def createMimeDataFromSelection(self) -> QMimeData:
        if self._all_selected():
            self._levels.finish(self.level)  # extends the selection too
        return self._data_of(self.textCursor(), self.selection_markdown())

    def _data_of(self, cursor: QTextCursor, markdown: str) -> QMimeData:
        language = self.note.language if self.note is not None else ""
        return selection_data(cursor, markdown, language=language)

    def copy_formatted(self) -> None:
        """Copy the selection, else the whole note, as HTML, text and Markdown."""
        if self.textCursor().hasSelection():
            data = self.createMimeDataFromSelection()
        else:
            self._levels.finish(self.level)
            whole = QTextCursor(self.document())
            whole.select(QTextCursor.SelectionType.Document)
            data = self._data_of(whole, self.markdown())
        QGuiApplication.clipboard().setMimeData(data)

    def copy_markdown(self) -> None:
        """Copy the selection, else the whole note, as Markdown."""
        selected = self.textCursor().hasSelection()
        text = self.selection_markdown() if selected else self.markdown()
        QGuiApplication.clipboard().setText(text)

    def menu_at(self, href: str, code: str = "") -> QMenu:
        """Return the context menu for a link and a code block, each "" for none."""
        menu = QMenu(self)
        self.links.add_to(menu, href)
        if code:
            menu.addAction(_("Copy code"), lambda: self.code.copy(code))
        selected = self.textCursor().hasSelection()
        of_note = self._levels.content.videos is None
        if selected:
            menu.addAction(_("Copy"), self.copy)
            markdown = _("Copy selection as Markdown")
        else:
            menu.addAction(_("Copy note") if of_note else _("Copy all"), self.copy_formatted)
            markdown = _("Copy note as Markdown") if of_note else _("Copy all as Markdown")
        menu.addAction(markdown, self.copy_markdown)
        if selected and self.links.can_change:
            menu.addSeparator()
            menu.addAction(_("Mark (Ctrl+H)"), lambda: self.mark_wanted.emit(False))
            menu.addAction(_("Remark… (Ctrl+Alt+M)"), lambda: self.mark_wanted.emit(True))
            menu.addSeparator()
        menu.addAction(_("Select all"), self.selectAll)
        return menu

    # --- events ---

    def focusNextPrevChild(self, next: bool) -> bool:
        """Show the tooltip of the link that Tab moves to."""
        moved = super().focusNextPrevChild(next)
        cursor = self.textCursor()
        href = cursor.charFormat().anchorHref() if cursor.hasSelection() else ""
        if moved and href:
            self.links.hover(QUrl(href))
            below = self.cursorRect(cursor).bottomRight()
            self.links.show_tip(self.viewport().mapToGlobal(below), href)
        return bool(moved)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self.textCursor().hasSelection():
            self.code.choose_formula(event.pos())
        menu = self.menu_at(self.anchorAt(event.pos()), self.code.code_at(event.pos()))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self.links.show_tip(event.globalPos(), self.anchorAt(event.pos()))
            return True
        return bool(super().viewportEvent(event))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the backgrounds, then the text."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = self.verticalScrollBar().value()
        painter.translate(0, -top)
        background = BackgroundPainter(self._shown, palette(), self._font(), self.links.hovered)
        try:
            background.paint(painter, top, top + self.viewport().height())
        finally:
            painter.end()
        super().paintEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Space turns a covered card over, or scrolls a page.
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            if self.section >= 0 and self._levels.is_answer_hidden(self.section):
                self.show_answer(self.section)
                return
            bar = self.verticalScrollBar()
            bar.triggerAction(bar.SliderAction.SliderPageStepAdd)
        else:
            super().keyPressEvent(event)
