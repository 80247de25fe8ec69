"""Asks the source what the queue's links are, a few at a time, and tells the chips."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.text_links import Link, LinkKind, find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.services.ports import NoteSummary, Services, VideoSource
from notegen_desktop.ui.kit.drops import merged
from notegen_desktop.ui.kit.messages import Message, MessageBar
from notegen_desktop.ui.kit.tasks import Tasks

from .source_chip import link_name
from .source_input import SourceInput

if TYPE_CHECKING:
    from .playlist_dialog import PlaylistDialog

AT_ONCE = 4
"""So many questions at a time: a pasted list of a hundred links must not arrive as one burst."""

PAGE = 100
"""Videos of a playlist that are listed at a time."""

MANY = (LinkKind.PLAYLIST, LinkKind.CHANNEL)


class Lookups(QObject):
    """Finds out what links are.

    Signals: `video_found(str, Video)`, `list_found(str, list[Video])` for a playlist or channel,
    `failed(str, Failure)`; the first argument is the key of the link.
    """

    video_found = Signal(str, object)
    list_found = Signal(str, list)
    failed = Signal(str, object)

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._source: VideoSource | None = None
        self._waiting: deque[Link] = deque()
        self._asking = 0
        self._known: set[str] = set()

    def attach(self, source: VideoSource) -> None:
        """From now on questions are answered; those asked before come first."""
        self._source = source
        self._go_on()

    def ask(self, links: Iterable[Link]) -> None:
        self._waiting.extend(link for link in links if link.key not in self._known)
        self._go_on()

    def know(self, keys: Iterable[str]) -> None:
        """Nobody needs to be asked about these."""
        self._known.update(keys)

    def _go_on(self) -> None:
        while self._source is not None and self._waiting and self._asking < AT_ONCE:
            link = self._waiting.popleft()
            self._asking += 1
            failed = partial(self._fail, link.key)
            if link.kind in MANY:
                work = self._source.expand(link, count=PAGE)
                self._tasks.start(work, done=partial(self._list, link.key), failed=failed)
            else:
                done = partial(self._one, link.key)
                self._tasks.start(self._source.describe(link), done=done, failed=failed)

    def _one(self, key: str, video: Video) -> None:
        self.video_found.emit(key, video)
        self._next()

    def _list(self, key: str, videos: list[Video]) -> None:
        self.list_found.emit(key, videos)
        self._next()

    def _fail(self, key: str, failure: Failure) -> None:
        self.failed.emit(key, failure)
        self._next()

    def _next(self) -> None:
        self._asking -= 1
        self._go_on()


# --- Playlists and channels in the queue ---

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
        from notegen_desktop.ui.kit.dialogs import answer

        from .playlist_dialog import PlaylistDialog

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
