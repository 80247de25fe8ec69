"""Look up links at their source, and let the user choose videos of playlists and channels."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from notegen_desktop.domain.errors import Failure, SeveralVideos
from notegen_desktop.domain.links.following import can_follow
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.local_files import merged
from notegen_desktop.services.ports import LinkSource, Services
from notegen_desktop.ui.kit.dialogs import answer
from notegen_desktop.ui.kit.tasks import Controller, Deferred, Tasks, WindowContext
from notegen_desktop.ui.kit.text import one_line

from .source_chip import link_name
from .source_input import SourceInput

MAX_AT_ONCE = 4
"""Concurrent lookups: a pasted list of a hundred links must not be sent as one burst."""

PAGE = 100
"""Videos of a playlist requested per page."""

MANY = (LinkKind.PLAYLIST, LinkKind.CHANNEL)


class Lookups(QObject):
    """Resolves queued links to videos or lists of videos.

    Signals: `turned_out(str, Link)` if a web page is a podcast, `video_found(str, Video)`,
    `list_found(str, list[Video])` for a playlist or channel, `failed(str, Failure)`; the first
    argument is the key of the link.
    """

    turned_out = Signal(str, object)
    video_found = Signal(str, object)
    list_found = Signal(str, list)
    failed = Signal(str, object)

    def __init__(
        self, services: Deferred[Services], tasks: Tasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._tasks = tasks
        self._waiting: deque[Link] = deque()
        self._asking = 0
        self._known: set[str] = set()
        services.then(lambda _: self._ask_next())

    def ask(self, links: Iterable[Link]) -> None:
        self._waiting.extend(link for link in links if link.key not in self._known)
        self._ask_next()

    def know(self, keys: Iterable[str]) -> None:
        """Mark these links as resolved, so that they are not looked up."""
        self._known.update(keys)

    def _ask_next(self) -> None:
        services = self._services.value
        if services is None or not self._tasks.can_start:
            return
        while self._waiting and self._asking < MAX_AT_ONCE:
            link = self._waiting.popleft()
            self._asking += 1
            self._tasks.start(
                self._look_up(link, services.source),
                done=self._next,
                failed=partial(self._fail, link.key),
            )

    async def _look_up(self, link: Link, source: LinkSource) -> None:
        known = await source.resolve(link)
        if known != link:
            self.turned_out.emit(link.key, known)
            return
        if link.kind not in MANY:
            try:
                self.video_found.emit(link.key, await source.describe(link))
                return
            except SeveralVideos:
                pass
        self.list_found.emit(link.key, await source.expand(link, count=PAGE))

    def _fail(self, key: str, failure: Failure) -> None:
        self.failed.emit(key, failure)
        self._next()

    def _next(self, _: None = None) -> None:
        self._asking -= 1
        self._ask_next()


# --- Choosing videos of playlists and channels ---

FULL = PAGE // 2
"""Minimum length of a first page that may have a next one: pages leave out private videos."""

MAX_STORED_NOTES = 5000
"""Number of newest notes in the library that are searched for videos of the list."""


class Playlists(Controller):
    """Opens the playlist dialog, by itself as soon as the first page of a list is known.

    Signals: `guide_wanted(list[Video])` to write one guide over these videos.
    """

    guide_wanted = Signal(list)

    def __init__(self, context: WindowContext, source: SourceInput, lookups: Lookups) -> None:
        super().__init__(context)
        self._source = source
        self._lookups = lookups
        self._first_pages: dict[str, list[Video]] = {}
        self._open = False
        lookups.list_found.connect(self._listed)
        source.choice_wanted.connect(self.choose)

    def is_list(self, link: Link) -> bool:
        """Return True if the link stands for several videos, of which the user chooses some."""
        return link.kind in MANY or link.key in self._first_pages

    def choose(self, key: str) -> None:
        """Open the dialog for a playlist in the queue, and replace the link by the chosen
        videos."""
        link = next((one for one in self._source.links() if one.key == key), None)
        if link is None or self._open:
            return
        videos = self._first_pages.get(key)
        if videos:
            self._open = True
            self._tasks.start(self._ask(link, videos))
        else:
            self._messages.say(
                _("The videos of this playlist are not known yet."),
                _("Try again in a moment, or paste links to single videos."),
            )

    async def _ask(self, link: Link, videos: list[Video]) -> None:
        from .playlist_dialog import PlaylistDialog

        services = await self._services
        more = len(videos) >= FULL
        of_podcast = videos[0].channel if link.provider == "podcast" else ""
        name = one_line(of_podcast) or link_name(link)
        dialog = PlaylistDialog(name, videos, self._window, more=more)
        self._tasks.start(
            services.store.recent(limit=MAX_STORED_NOTES),
            done=lambda notes: dialog.show_stored({note.video_id for note in notes}),
            failed=lambda _: None,  # the marks are optional
            receiver=dialog,
        )
        self._tasks.start(
            services.following.all(),
            done=lambda lists: dialog.show_followed(
                any(each.key == link.key for each in lists) or not can_follow(link)
            ),
            failed=lambda _: None,
            receiver=dialog,
        )
        dialog.more_wanted.connect(
            lambda start: self._tasks.start(
                services.source.expand(link, start=start, count=PAGE),
                done=dialog.add_videos,
                failed=dialog.show_failure,
                receiver=dialog,
            )
        )
        dialog.begin()
        try:
            if await answer(dialog) != PlaylistDialog.DialogCode.Accepted:
                return
            if dialog.wants_guide:
                self._source.remove(link.key)
                self.guide_wanted.emit(dialog.chosen())
                return
            chosen = {video.url: video for video in dialog.chosen()}
            if dialog.follow.isChecked():
                self._follow(services, link)
        finally:
            self._open = False
        self._source.remove(link.key)
        found = merged(find_links(url) for url in chosen)
        known = {one.key: chosen[one.url] for one in found.links if one.url in chosen}
        self._lookups.know(known)
        for new in self._source.add_found(found, asked=True):
            if new.key in known:
                self._source.show_video(new.key, known[new.key])

    def _follow(self, services: Services, link: Link) -> None:
        self._tasks.start(
            services.following.add(link),
            done=lambda followed: self._messages.say(
                _("“{name}” is followed.").format(name=followed.name),
                _("You are asked when something new comes."),
                "success",
            ),
        )

    def _listed(self, key: str, videos: list[Video]) -> None:
        self._first_pages[key] = videos
        self._source.show_count(key, len(videos), more=len(videos) >= FULL)
        if videos and not self._open and QApplication.activeModalWidget() is None:
            self.choose(key)
