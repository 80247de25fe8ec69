"""Chip of one queued link: kind, title once known, and a button to remove it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QKeyEvent
from PySide6.QtWidgets import QFrame

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.jobs.remedies import Remedy
from notegen_desktop.domain.links.link import CAPTION_SUFFIXES, Link, LinkKind
from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, NP_, _, ngettext
from notegen_desktop.ui.kit.build import button, grid, icon_button
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.job_text import video_facts
from notegen_desktop.ui.kit.remedy_bar import add_remedies
from notegen_desktop.ui.kit.screen_reader import give_menu, give_role
from notegen_desktop.ui.kit.theme import style
from notegen_desktop.ui.kit.widgets import Tile

_KINDS = {
    LinkKind.VIDEO: (N_("Video"), "circle-play"),
    LinkKind.PLAYLIST: (N_("Playlist"), "list-video"),
    LinkKind.CHANNEL: (N_("Channel"), "tv"),
    LinkKind.FILE: (N_("File"), "film"),
    LinkKind.URL: (NP_("on the web", "Page"), "globe"),
}
"""Label and icon name of each kind of link."""

_PODCAST = {LinkKind.VIDEO: (N_("Episode"), "mic"), LinkKind.PLAYLIST: (N_("Podcast"), "mic")}


def link_kind(link: Link) -> tuple[str, str]:
    """Return the label and the icon name for the kind of a link."""
    name, picture = (_PODCAST if link.provider == "podcast" else _KINDS)[link.kind]
    return _(name), picture


def link_icon(link: Link) -> str:
    """Return the icon name of a link; caption files have an icon of their own."""
    if link.kind is LinkKind.FILE and link.url.lower().endswith(tuple(CAPTION_SUFFIXES)):
        return "captions"
    return link_kind(link)[1]


def link_name(link: Link) -> str:
    """Return the text shown for a link until its title is known."""
    if link.kind is LinkKind.FILE:
        name = link.url.replace("\\", "/").rpartition("/")[2]
        return unquote(name) if link.url.startswith("file:") else name
    url = link.url.partition("#episode=")[0]
    return url.removeprefix("https://").removeprefix("http://").removeprefix("www.")


class Chip(QFrame):
    """Shows a link, and its video once known.

    Signals: `removed(str)` and `choice_wanted(str)` with the key of the link, the latter to choose
    videos of a playlist; `remedy_wanted(str, Remedy)` with a remedy for a refusal.
    """

    removed = Signal(str)
    choice_wanted = Signal(str)
    remedy_wanted = Signal(str, object)

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.setObjectName(f"chip:{link.key}")
        self.setProperty("chip", True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        give_role(self, QAccessible.Role.ListItem)
        self._tile = Tile(link_icon(link), size=QSize(40, 32), tone="accent")
        self._title = ElidedLabel(link_name(link), name="chipTitle", role="strong")
        self._facts = ElidedLabel(self._kind(), name="chipFacts", role="caption", facts=True)
        self._remove = icon_button(
            "x",
            _("Remove (Delete)"),
            name="chipRemove",
            size=14,
            pressed=lambda: self.removed.emit(self.link.key),
        )
        self._remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the Delete key on the chip removes it
        self._choose = button(
            _("Choose"),
            "chipChoose",
            kind="link",
            pressed=lambda: self.choice_wanted.emit(self.link.key),
        )
        self._choose.hide()
        self.ways = icon_button("wrench", _("What to do about it"), name="chipWays")
        self._ways = give_menu(self.ways)
        self._ways.setToolTipsVisible(True)
        self.ways.hide()
        layout = grid(self, margins=(6, 4, 4, 4), spacing=(12, 0))
        layout.addWidget(self._tile, 0, 0, 2, 1)
        layout.addWidget(self._title, 0, 1, Qt.AlignmentFlag.AlignBottom)
        layout.addWidget(self._facts, 1, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._choose, 0, 2, 2, 1)
        layout.addWidget(self.ways, 0, 3, 2, 1)
        layout.addWidget(self._remove, 0, 4, 2, 1)
        self._name()

    def show_video(self, video: Video) -> None:
        """Show title and facts of the video."""
        if video.title:
            self._title.setText(video.title)
        self._facts.setText(" · ".join(video_facts(video)) or self._kind())
        self._facts.setToolTip("")
        self._tile.show_icon(link_icon(self.link), "accent")
        self.show_remedies(())
        style(self._facts, tone="")
        self._name()

    def show_count(self, count: int, *, more: bool = False) -> None:
        """Show the number of videos in a playlist or channel and the button to choose some.

        `more` means that `count` is a lower bound.
        """
        self._choose.setVisible(count > 0)
        if self.link.provider == "podcast":
            words = ngettext("{n} episode", "{n} episodes", count)
        else:
            words = ngettext("{n} video", "{n} videos", count)
        videos = words.format(n=f"{number(count)}+" if more else number(count))
        kind = _("{kind} in parts") if self.link.kind is LinkKind.VIDEO else "{kind}"
        self._facts.setText(f"{kind.format(kind=self._kind())} · {videos}")
        self._name()

    def show_failure(self, failure: Failure) -> None:
        """Show why the lookup failed. The chip stays: reading the source may still succeed."""
        self._facts.setText(failure.message)
        self._tile.show_icon("triangle-alert", "warning")
        style(self._facts, tone="warning")
        self._facts.setToolTip(failure.words)
        self._name()

    def show_remedies(self, offered: Sequence[Remedy]) -> None:
        """Offer these remedies in the chip's menu; without any, hide its button."""
        self._ways.clear()
        add_remedies(self._ways, offered, lambda it: self.remedy_wanted.emit(self.link.key, it))
        self.ways.setVisible(bool(offered))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self.link.key)
        else:
            super().keyPressEvent(event)

    def _kind(self) -> str:
        kind, __ = link_kind(self.link)
        if self.link.start_s:
            return _("{kind} · from {start_s}").format(kind=kind, start_s=clock(self.link.start_s))
        return kind

    def _name(self) -> None:
        words = f"{self._title.text()}, {self._facts.text()}"
        self.setAccessibleName(words)
        self.setAccessibleDescription(self.link.url)
        self._remove.setAccessibleName(_("Remove {text}").format(text=self._title.text()))
        self.ways.setAccessibleName(_("What to do about {text}").format(text=self._title.text()))
        self._choose.setAccessibleName(_("Choose videos of {text}").format(text=self._title.text()))
