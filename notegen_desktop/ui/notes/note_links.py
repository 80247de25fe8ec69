"""What the links of a note do: times of its video, more of them, and addresses.

Nothing here opens an address: clicks are wishes.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QSize, QUrl, Signal
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QMenu, QTextBrowser, QToolTip

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite, Picture
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.media.spoken import Spoken, cite_tip
from notegen_desktop.ui.kit.text import plain_tip

from .note_levels import NoteLevels
from .pictures import decoded
from .rendering import MORE_SCHEME, OWN_SCHEME, PICTURE_SCHEME

OPENED_SCHEMES = ("http", "https", "mailto")
"""Links that may be opened at all."""


class NoteLinks(QObject):
    """Follows the links of `view`, which shows what `levels` hold.

    Signals: `cite_activated(Video, float)` a time was clicked (seconds); `link_activated(str)` a
    link to the web or to mail was clicked; `more_wanted(int)` all times of a section are wanted;
    `words_wanted()` the mouse is on a time, and what is said there is not known yet;
    `doubt_chosen(str)` the link of a doubtful statement is looked at; `picture_activated(Picture)`
    one was clicked; `picture_wanted(int, float)` one is wanted in a section, of a time in seconds,
    and `picture_unwanted(int, Picture)` one no more.
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
        self._spoken: Spoken | None = None
        self._words_known = False
        self.can_change = False
        """Whether pictures can be put in and taken out."""
        self.hovered = ""
        """The link under the mouse, "" for none."""
        view.setOpenLinks(False)
        view.viewport().setMouseTracking(True)
        view.anchorClicked.connect(self._follow)
        view.highlighted.connect(self.hover)

    def cite_of(self, href: str) -> Cite | None:
        """The cite a link stands for."""
        return self._levels.content.cite_of(href)

    def address_of(self, href: str) -> str:
        """Where the video opens at the time of a link; "" where there is no such address."""
        at_s = self.time_of(href)
        return "" if at_s is None else self.video_of(href).link_at(at_s)

    def video_of(self, href: str) -> Video:
        """The video that a link stands for a place in."""
        content, cite = self._levels.content, self.cite_of(href)
        return content.video if cite is None else content.video_of(cite)

    def time_of(self, href: str) -> float | None:
        """The second of the video that a link stands for, of a cite or a picture."""
        if (cite := self.cite_of(href)) is not None:
            return cite.start_s
        shown = self._levels.content.picture_of(href)
        return None if shown is None else shown[1].at_s

    def follow(self, href: str) -> None:
        """Do what a click on a link does."""
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
        """Add what can be done with a link to a context menu."""
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

    def set_spoken(self, spoken: Spoken | None) -> None:
        """What is said in the video; None where that is not known. A tip that is open gets the
        words."""
        self._spoken, self._words_known = spoken, True
        if QToolTip.isVisible() and self.cite_of(self.hovered) is not None:
            self.show_tip(QCursor.pos(), self.hovered)

    def hover(self, url: QUrl) -> None:
        """The mouse is on a link, or on none any more (an empty address)."""
        self.hovered = url.toString()
        self._view.viewport().update()
        if not self._words_known and self.cite_of(self.hovered) is not None:
            self.words_wanted.emit()

    def tip_for(self, href: str) -> str:
        """What hovering over a link says."""
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
        """Show the tip of a link at a place of the screen; hide any where there is nothing to
        say."""
        if tip := self.tip_for(href):
            QToolTip.showText(at, plain_tip(tip), self._view.viewport())
        else:
            QToolTip.hideText()


def _copy(picture: Picture) -> None:
    size = QSize(picture.width, picture.height)
    QGuiApplication.clipboard().setImage(decoded(picture.data, size))
