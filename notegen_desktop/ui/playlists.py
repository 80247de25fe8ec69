"""Playlists and channels in the queue: listed page by page, chosen from, replaced by the choice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links import Link, find_links
from notegen_desktop.domain.video import Video
from notegen_desktop.services.ports import NoteSummary, Services

from .drops import merged
from .lookups import PAGE, Lookups
from .messages import Message, MessageBar
from .source_input import SourceInput
from .tasks import Tasks
from .widgets.chip import link_name

if TYPE_CHECKING:
    from .widgets.playlist_dialog import PlaylistDialog

FULL = PAGE // 2
"""A first page of so many has a next one: videos that cannot be seen are left out of pages."""

STORED_LOOKED_AT = 5000
"""Newest notes of the library that are looked through for videos of the list."""


class Playlists(QObject):
    """Lets videos be chosen. A playlist opens its dialog as soon as its first page is known."""

    def __init__(
        self,
        window: QWidget,
        source: SourceInput,
        lookups: Lookups,
        *,
        tasks: Tasks,
        messages: MessageBar,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._source = source
        self._lookups = lookups
        self._tasks = tasks
        self._messages = messages
        self._services: Services | None = None
        self._first_pages: dict[str, list[Video]] = {}
        self._open = False
        lookups.list_found.connect(self._listed)
        source.choice_wanted.connect(self.choose)

    def attach(self, services: Services) -> None:
        self._services = services

    def choose(self, key: str) -> None:
        """Let the videos of a playlist in the queue be chosen, and put them in its place."""
        link = next((one for one in self._source.links() if one.key == key), None)
        if link is None or self._open:
            return
        videos = self._first_pages.get(key)
        if videos:
            self._open = True
            self._tasks.start(self._ask(link, videos))
        else:
            self._messages.show_message(
                Message(
                    "The videos of this playlist are not known yet.",
                    "Try again in a moment, or paste links to single videos.",
                )
            )

    async def _ask(self, link: Link, videos: list[Video]) -> None:
        from .dialogs import answer  # late: the first paint does not need it
        from .widgets.playlist_dialog import PlaylistDialog

        more = len(videos) >= FULL
        dialog = PlaylistDialog(link_name(link), videos, self._window, more=more)
        dialog.more_wanted.connect(partial(self._fetch, link, dialog))
        if self._services is not None:
            stored = self._services.store.recent(limit=STORED_LOOKED_AT)
            self._tasks.start(stored, done=partial(self._mark, dialog), failed=lambda _: None)
        dialog.begin()
        try:
            if await answer(dialog) != PlaylistDialog.DialogCode.Accepted:
                return
            chosen = {video.url: video for video in dialog.chosen()}
        finally:
            self._open = False
        self._source.remove(link.key)
        found = merged(find_links(url) for url in chosen)
        known = {one.key: chosen[one.url] for one in found.links if one.url in chosen}
        self._lookups.know(known)
        for new in self._source.add_found(found):
            if new.key in known:
                self._source.show_video(new.key, known[new.key])

    def _fetch(self, link: Link, dialog: PlaylistDialog, start: int) -> None:
        if self._services is None:
            return
        page = self._services.source.expand(link, start=start, count=PAGE)
        self._tasks.start(
            page, done=partial(self._add, dialog), failed=partial(self._say_no, dialog)
        )

    @staticmethod
    def _add(dialog: PlaylistDialog, videos: list[Video]) -> None:
        if isValid(dialog):  # it may have been answered meanwhile
            dialog.add_videos(videos)

    @staticmethod
    def _say_no(dialog: PlaylistDialog, failure: Failure) -> None:
        if isValid(dialog):
            dialog.show_failure(failure)

    @staticmethod
    def _mark(dialog: PlaylistDialog, notes: list[NoteSummary]) -> None:
        if isValid(dialog):
            dialog.show_stored({note.video_id for note in notes})

    def _listed(self, key: str, videos: list[Video]) -> None:
        self._first_pages[key] = videos
        self._source.show_count(key, len(videos), more=len(videos) >= FULL)
        if videos and not self._open and QApplication.activeModalWidget() is None:
            self.choose(key)
