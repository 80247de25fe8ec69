"""A text whose links are times of a video: hovering tells what is said there, a click goes there.

Nothing here opens an address: clicks are wishes.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QPoint, QUrl, Signal
from PySide6.QtGui import QCursor, QHelpEvent
from PySide6.QtWidgets import QTextBrowser, QToolTip, QWidget

from notegen_desktop.domain.notes import Cite, Draft, Note
from notegen_desktop.domain.video import Video

from .note_document import no_image
from .note_levels import NoteLevels
from .note_menu import OPENED_SCHEMES
from .rendering import CITE_SCHEME, MORE_SCHEME
from .spoken import Spoken, cite_tip
from .tips import plain_tip


class LinkedText(QTextBrowser):
    """What a `NoteView` is apart from its scrolling: it knows what is shown and follows its links.

    Signals: `cite_activated(Video, float)` a time was clicked (seconds); `link_activated(str)` a
    link to the web or to mail was clicked; `more_wanted(int)` all times of a section are;
    `words_wanted()` the mouse is on a time, and what is said there is not known yet.
    """

    cite_activated = Signal(object, float)
    link_activated = Signal(str)
    more_wanted = Signal(int)
    words_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.viewport().setMouseTracking(True)
        self._levels = NoteLevels(self)
        self._hovered = ""
        self._spoken: Spoken | None = None
        self._words_known = False
        self.anchorClicked.connect(self._follow)
        self.highlighted.connect(self._hover)

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
        href = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        cite = self.cite_of(href)
        if cite is not None and self._video is not None:
            self.cite_activated.emit(self._video, cite.start_s)
        elif url.scheme() == MORE_SCHEME and url.path().isdigit():
            self.more_wanted.emit(int(url.path()))
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

    def _address(self, href: str) -> str:
        cite = self.cite_of(href)
        return "" if cite is None else self.address_of(cite)

    def address_of(self, cite: Cite) -> str:
        """Where the video opens at a time; "" where there is no such address."""
        return "" if self._video is None else self._video.link_at(cite.start_s)

    def follow(self, href: str) -> None:
        """Do what a click on a link does."""
        self._follow(QUrl(href))
