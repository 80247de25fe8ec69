"""Asks the source what the queue's links are, a few at a time, and tells the chips."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links import Link, LinkKind
from notegen_desktop.domain.video import Video
from notegen_desktop.services.ports import VideoSource

from .tasks import Tasks

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
