"""The text of a note: a calm column to read in, with times that can be clicked.

One document per level is kept, so that switching costs no parsing and the reader keeps the place. A
note in the making grows at its tail, at most twelve times a second and only while it is seen.
Nothing here opens an address: clicks are wishes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from math import ceil

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QPoint,
    QPointF,
    QSize,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
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
)
from PySide6.QtWidgets import QApplication, QMenu, QTextBrowser, QToolTip, QWidget

from notegen_desktop.domain.notes import Cite, Draft, Level, Note, markdown
from notegen_desktop.domain.video import Video

from .note_clipboard import draft_markdown, selection_data, selection_markdown
from .note_decor import Decor
from .note_document import NoteDocument, Place, no_image
from .note_find import Finder
from .note_levels import Content, NoteLevels
from .note_menu import OPENED_SCHEMES, note_menu
from .rendering import CITE_SCHEME, MORE_SCHEME, NoteStyle, plain
from .spoken import Spoken, cite_tip
from .theme import palette, theme

MEASURE = 74
"""Characters that fit a line, of which ragged lines fill some 70: longer ones lose the eye."""

GROW_MS = 85
"""Time between two redrawings of a growing note: just under twelve a second."""

AHEAD_MS = 15
"""Between two slices of writing ahead the window has a frame for itself."""

TOP, BOTTOM, SIDE = 28, 72, 28
"""Margins of the column in px; `SIDE` is the least."""

_SAMPLE = "the quick brown fox jumps over the lazy dog and then it sleeps "


def plain_tip(text: str) -> str:
    """`text` for a tool tip, which would otherwise guess whether it is HTML."""
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    return f"<qt>{escaped}</qt>"


class NoteView(QTextBrowser):
    """Shows a `Note`, or a `Draft` that grows, at one of three levels.

    Signals: `cite_activated(Video, float)` a time was clicked (seconds); `link_activated(str)` a
    link to the web or to mail was clicked; `section_changed(int)` the reader is in another section
    (counted from 0, -1 for the head); `level_changed(Level)`; `words_wanted()` the mouse is on a
    time, and what is said there is not known yet.
    """

    cite_activated = Signal(object, float)
    link_activated = Signal(str)
    section_changed = Signal(int)
    level_changed = Signal(object)
    words_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noteView")
        self.setAccessibleName("Note")
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self._levels = NoteLevels(self)
        self._level = Level.STANDARD
        self._text_px = 15
        self._stale = False
        self._hovered = ""
        self._spoken: Spoken | None = None
        self._words_known = False
        self._section = -1
        self._finder = Finder(self)
        self._grow_timer = QTimer(self, interval=GROW_MS, singleShot=True)
        self._grow_timer.timeout.connect(self._grow)
        self._ahead_timer = QTimer(self, interval=AHEAD_MS, singleShot=True)
        self._ahead_timer.timeout.connect(self._render_ahead)
        self.anchorClicked.connect(self._follow)
        self.highlighted.connect(self._hover)
        self.verticalScrollBar().valueChanged.connect(self._notice_section)
        theme().changed.connect(self._restyle)
        self._apply_font()

    # --- what is shown ---

    @property
    def note(self) -> Note | None:
        content = self._levels.content
        return None if content is None else content.note

    @property
    def _draft(self) -> Draft | None:
        content = self._levels.content
        return None if content is None else content.draft

    @property
    def _video(self) -> Video | None:
        content = self._levels.content
        return None if content is None else content.video

    @property
    def level(self) -> Level:
        return self._level

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
        document = self.document()
        if isinstance(document, NoteDocument):
            self._levels.finish(self._level)
            self.verticalScrollBar().setValue(ceil(document.part_top(section + 1) - TOP))

    def markdown(self) -> str:
        """The whole note at the level shown, as Markdown; what there is so far of a draft."""
        if self.note is not None:
            return markdown(self.note, self._level)
        return "" if self._draft is None else draft_markdown(self._draft, self._level)

    # --- documents ---

    def _show_document(self, place: Place | None) -> None:
        parts = 0 if place is None else place.part + 2
        document = self._levels.document(self._level, self._style(), self._font(), parts=parts)
        self._stale = False
        document.set_column(*self._column())
        if self.document() is not document:
            self.setDocument(document)
        if place is not None:
            # It takes a page of text below a place to scroll there. Asking for the height of the
            # whole document would lay all of it out; asking for that of a part does not.
            page = self.viewport().height()
            while not self._levels.is_whole(self._level):
                last = document.part_top(len(document.parts) - 1)
                if last > document.height_of(place) + page:
                    break
                self._levels.write_on(self._level)
            self._go(place)
        self._finder.search_again()
        self._notice_section()
        self._ahead_timer.start()

    def _render_ahead(self) -> None:
        """Write what is left of the document shown, then the other levels', while nobody waits."""
        if self.note is None or not self.isVisible():
            return
        if not self._levels.write_on(self._level):
            self._ahead_timer.start()
            return
        for level in Level:
            if not self._levels.has(level):
                ahead = self._levels.document(level, self._style(), self._font(), parts=1)
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
        font = QFont(QApplication.font())
        font.setPixelSize(self._text_px)
        return font

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
        document = self.document()
        value = self.verticalScrollBar().value()
        if not isinstance(document, NoteDocument) or value <= 0:
            return None
        return document.place_at(value + TOP)

    def _go(self, place: Place) -> None:
        document = self.document()
        if isinstance(document, NoteDocument):
            # Up, so that the place is not a hair's breadth into the part before.
            self.verticalScrollBar().setValue(ceil(document.height_of(place) - TOP))

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

    # --- links ---

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return no_image()

    def cite_of(self, href: str) -> Cite | None:
        """The cite a link `cite:SECTION/NUMBER` stands for."""
        found = re.fullmatch(rf"{CITE_SCHEME}:(\d+)/(\d+)", href)
        note = self.note
        if found is None or note is None:
            return None
        section, number = int(found[1]), int(found[2])
        if section >= len(note.sections):
            return None
        cites = note.sections[section].cites
        return cites[number] if number < len(cites) else None

    def _follow(self, url: QUrl) -> None:
        href = url.toString()
        cite = self.cite_of(href)
        if cite is not None and self._video is not None:
            self.cite_activated.emit(self._video, cite.start_s)
        elif url.scheme() == MORE_SCHEME and url.path().isdigit():
            self.unfold(int(url.path()))
        elif url.scheme() in OPENED_SCHEMES:
            self.link_activated.emit(href)

    def set_spoken(self, spoken: Spoken | None) -> None:
        """What is said in the video; None where nobody knows. A tip that is open gets the words."""
        self._spoken, self._words_known = spoken, True
        if QToolTip.isVisible() and self.cite_of(self._hovered) is not None:
            self._show_tip(QCursor.pos(), self._hovered)

    def _hover(self, url: QUrl) -> None:
        self._hovered = url.toString()
        self.viewport().update()
        if not self._words_known and self.cite_of(self._hovered) is not None:
            self.words_wanted.emit()

    def tip_for(self, href: str) -> str:
        """What hovering over a link says."""
        cite = self.cite_of(href)
        if cite is None:
            return "" if href.startswith(f"{MORE_SCHEME}:") else href
        return cite_tip(cite, self._spoken, looked=self._words_known)

    def _show_tip(self, at: QPoint, href: str) -> None:
        tip = self.tip_for(href) if href else ""
        if tip:
            QToolTip.showText(at, plain_tip(tip), self.viewport())
        else:
            QToolTip.hideText()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event.globalPos(), self.anchorAt(event.pos()))
            return True
        return bool(super().viewportEvent(event))

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
        """Mark every place that has `text`, whatever its case. Returns how many there are."""
        if text:
            self._levels.finish(self._level)
        return self._finder.search(text)

    def find_next(self, *, backward: bool = False) -> int:
        """Select the next match, round the end. Returns its number from 1, 0 if there is none."""
        return self._finder.step(backward=backward)

    # --- copying ---

    def selection_markdown(self) -> str:
        """The selected text as Markdown, with links into the video."""
        cursor = self.textCursor()
        whole = cursor.selectionEnd() >= self.document().characterCount() - 1
        if whole and cursor.selectionStart() == 0:
            return self.markdown()
        return selection_markdown(cursor, self._address)

    def createMimeDataFromSelection(self) -> QMimeData:
        return selection_data(self.textCursor(), self._address)

    def selectAll(self) -> None:
        self._levels.finish(self._level)
        super().selectAll()

    def copy_markdown(self) -> None:
        """Put the selection, or else the whole note, on the clipboard as Markdown."""
        if self.textCursor().hasSelection():
            QGuiApplication.clipboard().setText(self.selection_markdown())
        else:
            QGuiApplication.clipboard().setText(self.markdown())

    def _address(self, href: str) -> str:
        cite = self.cite_of(href)
        if cite is None or self._video is None:
            return ""
        return self._video.link_at(cite.start_s)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu_at(self.anchorAt(event.pos()))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def menu_at(self, href: str) -> QMenu:
        """The context menu over a link, or over none (`href` is "")."""
        return note_menu(self, href)

    def address_of(self, cite: Cite) -> str:
        """Where the video opens at a time; "" where there is no such address."""
        return "" if self._video is None else self._video.link_at(cite.start_s)

    def follow(self, href: str) -> None:
        """Do what a click on a link does."""
        self._follow(QUrl(href))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Home and End go to the ends of the note; Space pages, as in every reader.
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            bar = self.verticalScrollBar()
            bar.triggerAction(bar.SliderAction.SliderPageStepAdd)
            return
        super().keyPressEvent(event)
