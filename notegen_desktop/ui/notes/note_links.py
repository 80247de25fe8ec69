"""Links in a note: times, pictures and URLs, with tooltips and menus.

Clicks are emitted as signals; nothing is opened here.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QSize, QUrl, Signal
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QMenu, QTextBrowser, QToolTip

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite, Picture
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.media.transcript_index import TranscriptIndex, cite_tip
from notegen_desktop.ui.kit.text import plain_tip

from .note_levels import NoteLevels
from .pictures import decoded
from .rendering import MORE_SCHEME, OWN_SCHEME, PICTURE_SCHEME

OPENED_SCHEMES = ("http", "https", "mailto")
"""URL schemes that may be opened."""


class NoteLinks(QObject):
    """Handles the links of `view`, which shows the content of `levels`.

    Signals: `cite_activated(Video, float)` when a time (seconds) was clicked; `link_activated(str)`
    for a web or mail link; `more_wanted(int)` to show all times of a section; `words_wanted()` when
    a tooltip needs the transcript; `doubt_chosen(str)` with the link of a clicked doubtful
    statement; `picture_activated(Picture)`; `picture_wanted(int, float)` to add a picture to a
    section, of a time in seconds; `picture_unwanted(int, Picture)` to remove one.
    """

    cite_activated = Signal(object, float)
    link_activated = Signal(str)
    more_wanted = Signal(int)
    words_wanted = Signal()
    doubt_chosen = Signal(str)
    picture_activated = Signal(object)
    picture_wanted = Signal(int, float)
    picture_unwanted = Signal(int, object)

    def __init__(self, view: QTextBrowser, levels: NoteLevels) -> None:
        super().__init__(view)
        self._view = view
        self._levels = levels
        self._spoken: TranscriptIndex | None = None
        self._words_known = False
        self.can_change = False
        """True if pictures can be added and removed."""
        self.hovered = ""
        """The link under the mouse, "" for none."""
        view.setOpenLinks(False)
        view.viewport().setMouseTracking(True)
        view.anchorClicked.connect(self._follow)
        view.highlighted.connect(self.hover)

    def cite_of(self, href: str) -> Cite | None:
        """Return the cite of a link; None for other links."""
        return self._levels.content.cite_of(href)

    def address_of(self, href: str) -> str:
        """Return the URL of the video at a link's time; "" for none."""
        at_s = self.time_of(href)
        return "" if at_s is None else self.video_of(href).link_at(at_s)

    def video_of(self, href: str) -> Video:
        """Return the video that a link refers to."""
        content, cite = self._levels.content, self.cite_of(href)
        return content.video if cite is None else content.video_of(cite)

    def time_of(self, href: str) -> float | None:
        """Return the time in seconds of a cite's or picture's link; None for other links."""
        if (cite := self.cite_of(href)) is not None:
            return cite.start_s
        shown = self._levels.content.picture_of(href)
        return None if shown is None else shown[1].at_s

    def follow(self, href: str) -> None:
        """Handle a link as if clicked."""
        self._follow(QUrl(href))

    def _follow(self, url: QUrl) -> None:
        href = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        cite = self.cite_of(href)
        if cite is not None:
            if cite.is_doubtful:
                self.doubt_chosen.emit(href)
            self.cite_activated.emit(self.video_of(href), cite.start_s)
        elif (shown := self._levels.content.picture_of(href)) is not None:
            if url.scheme() == PICTURE_SCHEME:
                self.picture_activated.emit(shown[1])
            else:
                self.cite_activated.emit(self._levels.content.video, shown[1].at_s)
        elif url.scheme() == MORE_SCHEME and url.path().isdigit():
            self.more_wanted.emit(int(url.path()))
        elif url.scheme() in OPENED_SCHEMES:
            self.link_activated.emit(href)

    def add_to(self, menu: QMenu, href: str) -> None:
        """Add the actions for a link to a context menu."""
        cite, shown = self.cite_of(href), self._levels.content.picture_of(href)
        at_s = self.time_of(href)
        if at_s is not None:
            video = self.video_of(href)
            if shown is not None:
                menu.addAction(_("Enlarge picture"), lambda: self.picture_activated.emit(shown[1]))
            has_film = video.is_online or video.is_media
            does = _("Open video") if has_film else _("Show what is said")
            menu.addAction(
                _("{does} at {at_s}").format(does=does, at_s=clock(at_s)),
                lambda: self.cite_activated.emit(video, at_s),
            )
            is_note = self._levels.content.videos is None
            if cite is not None and cite.is_doubtful and is_note:
                menu.addAction(_("Look at what is doubtful"), lambda: self.doubt_chosen.emit(href))
            if shown is not None:
                menu.addAction(_("Copy picture"), lambda: _copy(shown[1]))
                out = menu.addAction(
                    _("Remove picture"), lambda: self.picture_unwanted.emit(*shown)
                )
                out.setEnabled(self.can_change)
            elif video.is_media and not video.is_sound and is_note:
                section = int(QUrl(href).path().partition("/")[0])
                taken = menu.addAction(
                    _("Picture from here"), lambda: self.picture_wanted.emit(section, at_s)
                )
                taken.setEnabled(self.can_change)
            address, copy = self.address_of(href), _("Copy link to this time")
        elif QUrl(href).scheme() in OPENED_SCHEMES:
            menu.addAction(_("Open link…"), lambda: self.follow(href))
            address, copy = href, _("Copy link")
        else:
            return
        copying = menu.addAction(copy, lambda: QGuiApplication.clipboard().setText(address))
        copying.setEnabled(bool(address))
        menu.addSeparator()

    # --- hovering ---

    def set_spoken(self, spoken: TranscriptIndex | None) -> None:
        """Set the transcript, None if there is none; update an open tooltip."""
        self._spoken, self._words_known = spoken, True
        if QToolTip.isVisible() and self.cite_of(self.hovered) is not None:
            self.show_tip(QCursor.pos(), self.hovered)

    def hover(self, url: QUrl) -> None:
        """Handle hovering over a link; an empty URL means none."""
        self.hovered = url.toString()
        self._view.viewport().update()
        if not self._words_known and self.cite_of(self.hovered) is not None:
            self.words_wanted.emit()

    def tip_for(self, href: str) -> str:
        """Return the tooltip of a link."""
        cite = self.cite_of(href)
        if (shown := self._levels.content.picture_of(href)) is not None:
            time = clock(shown[1].at_s)
            return (
                _("{time}: click to enlarge").format(time=time)
                if href.startswith(PICTURE_SCHEME)
                else time
            )
        if cite is None:
            if href.startswith(f"{OWN_SCHEME}:"):
                return _("Written by you: nothing is claimed of it")
            return "" if href.startswith(f"{MORE_SCHEME}:") else href
        video = self.video_of(href)
        tip = cite_tip(cite, video, self._spoken, looked=self._words_known)
        several = len(self._levels.content.videos or ()) > 1
        return f"{video.name}\n{tip}" if several else tip

    def show_tip(self, at: QPoint, href: str) -> None:
        """Show the tooltip of a link at a screen position, or hide it if it is empty."""
        if tip := self.tip_for(href):
            QToolTip.showText(at, plain_tip(tip), self._view.viewport())
        else:
            QToolTip.hideText()


def _copy(picture: Picture) -> None:
    size = QSize(picture.width, picture.height)
    QGuiApplication.clipboard().setImage(decoded(picture.data, size))
