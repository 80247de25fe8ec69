"""Text of a flashcard: the question, and once turned over the answer with its times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QTextBrowser, QToolTip, QWidget

from notegen_desktop.domain.notes.note import Cite, Level
from notegen_desktop.domain.practice.cards import GAP, Card, CardKind
from notegen_desktop.domain.practice.session import PracticeCard
from notegen_desktop.ui.kit.build import delayed
from notegen_desktop.ui.kit.media.transcript_index import cite_tip
from notegen_desktop.ui.kit.text import plain_tip, runs_right_to_left
from notegen_desktop.ui.kit.theme import follow_reading, palette, text_font, theme
from notegen_desktop.ui.notes.note_document import NoteDocument
from notegen_desktop.ui.notes.note_links import OPENED_SCHEMES
from notegen_desktop.ui.notes.note_painting import BackgroundPainter
from notegen_desktop.ui.notes.rendering import (
    CITE_SCHEME,
    NO_HEADING,
    NoteStyle,
    body_html,
    heading_html,
    picture_name,
    section_parts,
    with_formulas,
)

SIDE_PX, TOP_PX = 28, 20
"""Margins around the text in pixels."""
WAIT_MS = 15
"""Milliseconds between checks whether a card's formulas are typeset."""
SLICE_S = 0.05
_KEYS_OF_PRACTICE = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


def card_parts(card: Card, level: Level, *, turned: bool) -> Iterator[str]:
    """Yield a card as parts of a document, like `rendering.section_parts`."""
    if card.kind is CardKind.CLOZE:
        before, gap, after = card.filled
        filled = f"<u>{heading_html(gap)}</u>" if turned else GAP
        left = " " if before[-1:].isspace() else ""
        right = " " if after[:1].isspace() else ""
        words = f"{heading_html(before)}{left}{filled}{right}{heading_html(after)}"
    else:
        words = heading_html(card.asks)
    choices = body_html(card.choice_lines) if card.choices else ""
    yield with_formulas(f'<p class="ask">{words}</p>{choices}')
    if turned:
        answer = replace(card.section, heading="")
        for part in section_parts(answer, 0, level):
            yield f"<hr>{part.removeprefix(NO_HEADING)}" if part.startswith(NO_HEADING) else part


class CardFace(QTextBrowser):
    """Text view of a card.

    Signals: `cite_activated(Video, float)` when a time (seconds) was clicked, `link_activated(str,
    Video)` for a link in the card, `focused(bool)`.
    """

    cite_activated = Signal(object, float)
    link_activated = Signal(str, object)
    focused = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cardFace")
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setOpenLinks(False)
        self.viewport().setMouseTracking(True)
        self._shown: PracticeCard | None = None
        self._turned = False
        self._level = Level.STANDARD
        self._hovered = ""
        self._parts: Iterator[str] = iter(())
        self._writing = delayed(self, WAIT_MS, self._write)
        self.anchorClicked.connect(self._follow)
        self.highlighted.connect(self._hover)
        self._document = NoteDocument(self._style(), self._font(), self)
        self.setDocument(self._document)
        follow_reading(self, self._restyle)

    # --- setters ---

    def show_card(self, shown: PracticeCard, level: Level, *, turned: bool) -> None:
        self._shown, self._level, self._turned = shown, level, turned
        self._restyle()

    def _restyle(self) -> None:
        """Show the card again, scrolled to the top."""
        shown = self._shown
        leftwards = shown is not None and runs_right_to_left(shown.card.asks)
        self._writing.stop()
        # Qt resets the font of the document to that of the widget, for example when the widget
        # gets another parent.
        font, sheet = (
            self._font(),
            f"QTextBrowser#cardFace {{ font-size: {theme().reading_px}px; }}",
        )
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)
        if font.families() != self.font().families():
            self.setFont(font)
        self._document.start_over(self._style(), font, right_to_left=leftwards)
        self._fit()
        if shown is not None:
            card = shown.card
            pictures = {picture_name(0, n): p for n, p in enumerate(card.section.pictures)}
            self._document.show_pictures(pictures, edge=palette().border)
            self._parts = card_parts(card, self._level, turned=self._turned)
            self._write()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def prepare_answer(self) -> None:
        """Typeset the formulas of the answer while the question is read."""
        if self._shown is not None:
            next((p for p in card_parts(self._shown.card, self._level, turned=True) if not p), "")

    def _style(self) -> NoteStyle:
        return NoteStyle(palette(), theme().reading_px)

    def _font(self) -> QFont:
        shown = self._shown
        language, words = (shown.note.language, shown.card.asks) if shown else ("", "")
        return text_font(theme().reading_px, language, words)

    def _write(self) -> None:
        if not self._document.append_from(self._parts, seconds=SLICE_S):
            self._writing.start()

    def _fit(self) -> None:
        self._document.set_column(SIDE_PX, SIDE_PX, TOP_PX, TOP_PX)

    # --- links ---

    def _cite_of(self, href: str) -> Cite | None:
        scheme, _, place = href.partition(":")
        number = place.rpartition("/")[2]
        if scheme != CITE_SCHEME or self._shown is None or not number.isdigit():
            return None
        cites = self._shown.card.section.cites
        return cites[int(number)] if int(number) < len(cites) else None

    def _follow(self, url: QUrl) -> None:
        href = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if self._shown is None:
            return
        if (cite := self._cite_of(href)) is not None:
            self.cite_activated.emit(cite.video or self._shown.note.video, cite.start_s)
        elif url.scheme() in OPENED_SCHEMES:
            self.link_activated.emit(href, self._shown.note.video)

    def _hover(self, url: QUrl) -> None:
        self._hovered = url.toString()
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            href = self.anchorAt(event.pos())
            cite = self._cite_of(href)
            tip = href
            if cite is not None and self._shown is not None:
                video = cite.video or self._shown.note.video
                tip = cite_tip(cite, video, None, looked=False)
            QToolTip.showText(event.globalPos(), plain_tip(tip) if tip else "", self.viewport())
            return True
        return bool(super().viewportEvent(event))

    # --- events ---

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the keys that turn and answer a card to the parent; Return at a selected time
        follows it."""
        chosen = self.textCursor().hasSelection() and self.textCursor().charFormat().isAnchor()
        if event.key() in _KEYS_OF_PRACTICE and not (chosen and event.key() != Qt.Key.Key_Space):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(640, 320)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = self.verticalScrollBar().value()
        painter.translate(0, -top)
        behind = BackgroundPainter(self._document, palette(), self._font(), self._hovered)
        try:
            behind.paint(painter, top, top + self.viewport().height())
        finally:
            painter.end()
        super().paintEvent(event)
