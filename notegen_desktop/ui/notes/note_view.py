"""The text of a note: a calm column to read in, with times that can be clicked.

One document per level is kept, so that switching costs no parsing and the reader keeps the place. A
note in the making grows at its tail, at most twelve times a second and only while it is seen.
Nothing here opens an address: clicks are wishes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import ceil, floor

from PySide6.QtCore import (
    QPointF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Level, Note
from notegen_desktop.ui.kit.scrolling import Glide, eye_at, value_for
from notegen_desktop.ui.kit.theme import follow_theme, palette, text_font

from .note_documents import SLICE_S, Content, NoteDocument, Place
from .note_painting import Decor
from .note_search import Finder
from .note_text import CopiedText
from .rendering import NoteStyle

MEASURE = 74
"""Characters that fit a line, of which ragged lines fill some 70: longer ones lose the eye."""

GROW_MS = 85
"""Time between two redrawings of a growing note: just under twelve a second."""

AHEAD_MS = 15
"""Between two slices of writing ahead the window has a frame for itself."""

TOP, BOTTOM, SIDE = 28, 72, 28
"""Margins of the column in px; `SIDE` is the least."""

EDGE = 48
"""So many px of a section have to be in view for it to be seen."""

REACH_S = 0.06
"""Seconds of work to reach a place at once; one that takes longer is reached a little later."""

_SAMPLE = "the quick brown fox jumps over the lazy dog and then it sleeps "


class NoteView(CopiedText):
    """Shows a `Note`, or a `Draft` that grows, at one of three levels.

    Signals: `section_changed(int)` the reader is in another section (counted from 0, -1 for the
    head); `found(int)` so many places have the text that is looked for, now that all of the note is
    there; `moved()` somebody has scrolled, by hand or to a section they were looking for;
    `level_changed(Level)`.
    """

    section_changed = Signal(int)
    found = Signal(int)
    moved = Signal()
    level_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noteView")
        self.setAccessibleName("Note")
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._text_px = 15
        self._stale = False
        self._section = -1
        self._wanted: tuple[Place, bool] | None = None  # and whether somebody asked for it
        self._finder = Finder(self)
        self._grow_timer = QTimer(self)
        self._grow_timer.setSingleShot(True)
        self._grow_timer.setInterval(GROW_MS)
        self._grow_timer.timeout.connect(self._grow)
        self._ahead_timer = QTimer(self)
        self._ahead_timer.setSingleShot(True)
        self._ahead_timer.setInterval(AHEAD_MS)
        self._ahead_timer.timeout.connect(self._render_ahead)
        self._glide = Glide(self)
        self._fitting = False
        self.more_wanted.connect(self.unfold)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        follow_theme(self, self._restyle)
        self._apply_font()

    # --- what is shown ---

    @property
    def section(self) -> int:
        """The section the reader is in, counted from 0; -1 is the head."""
        return self._section

    @property
    def is_whole(self) -> bool:
        """Whether every level is written and switching costs nothing any more."""
        levels = self._levels
        return all(levels.has(level) and levels.is_whole(level) for level in Level)

    def show_note(self, note: Note, *, kind: str) -> None:
        """Show a finished note. Where its draft was being read, or it was added to, the place is
        kept."""
        place = self._place() if self._draft is not None else self._place_in(note)
        self._grow_timer.stop()
        self._levels.show(Content(kind, note.video, note=note))
        self._show_document(place)

    def _place_in(self, note: Note) -> Place | None:
        """The reader's place in another state of the note shown, which may have more sections."""
        before, place = self.note, self._place()
        if before is None or place is None or not note.id or note.id != before.id:
            return None
        if place.part == 0 or place.part > len(before.sections):
            return place
        heading = before.sections[place.part - 1].heading
        found = [n for n, section in enumerate(note.sections) if section.heading == heading]
        return replace(place, part=found[0] + 1) if found else None

    def show_draft(self, draft: Draft, *, video: Video, kind: str) -> None:
        """Show what is written so far; a longer draft of the same note costs only its tail."""
        self._levels.show(Content(kind, video, draft=draft))
        self._stale = True
        if not self.isVisible():
            return
        if not self._levels.has(self._level):
            self._grow()
        elif not self._grow_timer.isActive():
            self._grow_timer.start()

    def set_level(self, level: Level) -> None:
        """Show the note at another level, at the same place."""
        if level is self._level:
            return
        place = self._place()
        self._level = level
        if self._levels.content is not None:
            self._show_document(place)
        self.level_changed.emit(level)

    def set_text_size(self, px: int) -> None:
        if px != self._text_px:
            self._text_px = px
            self._restyle()

    def unfold(self, section: int) -> None:
        """Show all times of a section."""
        place = self._place()
        self._levels.unfold(section)
        self._show_document(place)

    def scroll_to_section(self, section: int) -> None:
        """Bring a section, counted from 0, to the top."""
        if self._levels.content is not None:
            self._glide.stop()
            self._want(Place(section + 1, 0.0), asked=True)

    # --- documents ---

    def _show_document(self, place: Place | None) -> None:
        font = self._font()
        if font.families() != self.font().families():
            self.setFont(font)  # which becomes that of the document shown
        document = self._levels.document(self._level, self._style(), font)
        self._stale = False
        with self._fits():
            document.set_column(*self._column())
            if self.document() is not document:
                self.setDocument(document)
        self._wanted = None
        if place is not None:
            self._want(place)
        self._finder.search_again()
        self._notice_section()
        self._ahead_timer.start()

    def _want(self, place: Place, *, asked: bool = False) -> None:
        self._wanted = (place, asked)
        self._reach(seconds=REACH_S)

    def _reach(self, *, seconds: float) -> None:
        """Go to the wanted place if it is there, or will be after so many seconds of writing."""
        document = self.document()
        if self._wanted is None or not isinstance(document, NoteDocument):
            return
        place, asked = self._wanted
        end = time.thread_time() + seconds
        while not self._is_there(document, place):
            if time.thread_time() >= end:
                return
            self._levels.write_on(self._level)
        self._wanted = None
        if asked:
            self.verticalScrollBar().setValue(ceil(document.height_of(place) - TOP))
        else:
            self._go(place)

    def _is_there(self, document: NoteDocument, place: Place) -> bool:
        """Whether enough is written to scroll to a place: it takes a page of text below it.

        Asking for the height of the whole document would lay all of it out; for that of a part
        does not.
        """
        if self._levels.is_whole(self._level):
            return True
        last = document.part_count - 1
        if last <= place.part:
            return False
        return document.part_top(last) > document.height_of(place) + self.viewport().height()

    def _render_ahead(self) -> None:
        """Write what is left of the document shown, then the other levels', while nobody waits."""
        if self.note is None or not self.isVisible():
            return
        if not self._levels.is_whole(self._level):
            awaited = self._wanted is not None or self._finder.searches
            whole = self._levels.write_on(self._level, seconds=REACH_S if awaited else SLICE_S)
            self._reach(seconds=0)
            if whole and self._finder.searches:
                self._finder.search_again()
                self.found.emit(self._finder.count)
            self._ahead_timer.start()
            return
        for level in Level:
            if not self._levels.has(level):
                ahead = self._levels.document(level, self._style(), self._font())
                ahead.set_column(*self._column())
                self._ahead_timer.start()
                return
            if not self._levels.write_on(level):
                self._ahead_timer.start()
                return

    def _grow(self) -> None:
        if self._draft is None or not self.isVisible():
            return
        bar = self.verticalScrollBar()
        value = bar.value()
        self._show_document(None)
        bar.setValue(value)

    def _style(self) -> NoteStyle:
        return NoteStyle.of(palette(), self._text_px)

    def _restyle(self) -> None:
        self._apply_font()
        if self._levels.content is not None:
            place = self._place()
            self._levels.drop()
            self._show_document(place)

    def _font(self) -> QFont:
        """The widget's own font comes from the stylesheet, and so only when it is shown."""
        content = self._levels.content
        language, sample = content.script if content else ("", "")
        return text_font(self._text_px, language, sample)

    def _apply_font(self) -> None:
        # The sheet's rules for fields (border, padding) are not for a page that is read.
        self.setStyleSheet(
            f"QTextBrowser#noteView {{ font-size: {self._text_px}px; border: none; padding: 0;"
            f" background: {palette().surface}; border-radius: 0; }}"
        )

    # --- the reader's place ---

    def _column(self) -> tuple[float, float, float, float]:
        metrics = QFontMetricsF(self._font())
        measure = metrics.horizontalAdvance(_SAMPLE) / len(_SAMPLE) * MEASURE
        spare = max(0.0, self.viewport().width() - measure)
        side = max(float(SIDE), spare / 2)
        return side, side, TOP, BOTTOM

    def _place(self) -> Place | None:
        if self._wanted is not None:
            return self._wanted[0]
        document = self.document()
        value = self.verticalScrollBar().value()
        if not isinstance(document, NoteDocument) or value <= 0:
            return None
        return document.place_at(value + TOP)

    def _go(self, place: Place) -> None:
        document = self.document()
        if isinstance(document, NoteDocument):
            # Up, so that the place is not a hair's breadth into the part before.
            self._glide.jump(ceil(document.height_of(place) - TOP))

    @contextmanager
    def _fits(self) -> Iterator[None]:
        """What scrolls meanwhile does so by itself."""
        self._fitting = True
        try:
            yield
        finally:
            self._fitting = False

    def _scrolled(self) -> None:
        self._notice_section()
        if not (self._fitting or self._glide.moves):
            self._wanted = None
            self.moved.emit()

    def _notice_section(self) -> None:
        document = self.document()
        if not isinstance(document, NoteDocument):
            return
        # A third down the page is where the eyes are.
        at = QPointF(self.viewport().width() / 2, self.viewport().height() / 3).toPoint()
        section = document.part_of(self.cursorForPosition(at).position()) - 1
        if section != self._section:
            self._section = section
            self.section_changed.emit(section)

    def resizeEvent(self, event: QResizeEvent) -> None:
        place = self._place()
        document = self.document()
        if isinstance(document, NoteDocument):
            document.set_column(*self._column())
        with self._fits():
            super().resizeEvent(event)
        if place is not None and event.oldSize().width() != event.size().width():
            self._go(place)
        self._notice_section()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._grow()
        if self.note is not None:
            self._ahead_timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._grow_timer.stop()
        self._ahead_timer.stop()
        super().hideEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(720, 600)

    # --- together with the transcript ---

    @property
    def place(self) -> float:
        """The section the eyes are in, and how far through it: 2.5 is the middle of the third."""
        document = self.document()
        if not isinstance(document, NoteDocument):
            return -1.0
        bar, part = self.verticalScrollBar(), self._section + 1
        eye = eye_at(bar.value(), page=self.viewport().height(), most=bar.maximum())
        top = document.part_top(part)
        share = (eye - top) / max(1.0, document.part_top(part + 1) - top)
        return self._section + min(0.999, max(0.0, share))

    def sees(self, section: int) -> bool:
        """Whether some of a section is in view, more than by its edge."""
        document = self.document()
        if not isinstance(document, NoteDocument):
            return False
        above, page = self.verticalScrollBar().value(), self.viewport().height()
        top = document.part_top(section + 1) - above
        bottom = document.part_top(section + 2) - above
        return top < page - EDGE and bottom > EDGE

    def go_along(self, place: float) -> None:
        """Bring a place, as `place` counts, to the eyes: gently, and not as a move of its own."""
        document = self.document()
        if not isinstance(document, NoteDocument) or not self._levels.is_whole(self._level):
            return  # it is being written, or will be whole in a moment
        section = floor(place)
        if section < 0:  # the head begins with the page, above its first line
            eye = (place - section) * document.part_top(1)
        else:
            eye = document.height_of(Place(section + 1, place - section))
        most = self.verticalScrollBar().maximum()
        self._glide.along(round(value_for(eye, page=self.viewport().height(), most=most)))

    # --- painting behind the text ---

    def paintEvent(self, event: QPaintEvent) -> None:
        document = self.document()
        if isinstance(document, NoteDocument):
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            top = self.verticalScrollBar().value()
            painter.translate(0, -top)
            decor = Decor(document, palette(), self._font(), self._is_verified, self._hovered)
            try:
                decor.paint(painter, top, top + self.viewport().height())
            finally:
                painter.end()
        super().paintEvent(event)

    def _is_verified(self, href: str) -> bool | None:
        cite = self.cite_of(href)
        return None if cite is None else cite.verified

    # --- find ---

    def find_all(self, text: str) -> int:
        """Mark every place that has `text`, whatever its case. Returns how many there are so far;
        `found` tells of more in a note that is still being put together."""
        return self._finder.search(text)

    def find_next(self, *, backward: bool = False) -> int:
        """Select the next match, round the end. Returns its number from 1, 0 if there is none."""
        return self._finder.step(backward=backward)

    @property
    def match_number(self) -> int:
        """The number of the match that is selected, from 1; 0 if none is."""
        return self._finder.number

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Home and End go to the ends of the note; Space pages, as in every reader.
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            bar = self.verticalScrollBar()
            bar.triggerAction(bar.SliderAction.SliderPageStepAdd)
            return
        super().keyPressEvent(event)
