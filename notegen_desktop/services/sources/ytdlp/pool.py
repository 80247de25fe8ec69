"""Runs requests to video sites by yt-dlp, in threads, so that blocking calls delay nothing here.

An instance of yt-dlp is not thread-safe, and takes 0.2 s to create: idle ones are kept.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from notegen_desktop.domain.errors import NetworkUnreachable, NoteGenError, UnsupportedSource
from notegen_desktop.domain.links.hosts import site_name
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.threads import Threads
from notegen_desktop.services.ports import MAX_UPLOAD_BYTES
from notegen_desktop.services.sources.metadata import Storyboard, storyboard_in
from notegen_desktop.services.sources.refusals import refusal
from notegen_desktop.services.sources.site_access import SiteAccess

from .newer import NewerYtDlp
from .session import HttpStatus, YtDlpSession, check_importable

MAX_IDLE = 4
"""Idle sessions kept: one for each thread, and one with other access settings."""

T = TypeVar("T")

KEPT_STORYBOARDS = 200
"""Videos whose storyboards are cached: some 2 KB each."""

_log = logging.getLogger(__name__)


class YtDlp:
    """Runs requests to video sites by yt-dlp. Raises our errors, and HttpStatus from `fetch`.

    `access` returns the present access settings of a site; it is called before each use, so that
    changes apply at once. `newer` has other versions of yt-dlp than the built-in one.
    """

    def __init__(
        self,
        access: Callable[[str], SiteAccess],
        *,
        newer: NewerYtDlp | None = None,
        at_once: int = 3,
    ) -> None:
        self.access = access
        self._newer = newer
        self._threads = Threads(at_once=at_once)
        self._idle: list[YtDlpSession] = []
        self._storyboards: OrderedDict[str, Storyboard | None] = OrderedDict()
        self._lists: dict[str, _OpenList] = {}
        self._lengths: dict[str, int] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()

    async def extract(self, url: str, *, site: str, parts: bool = False) -> dict[str, Any]:
        """Return everything yt-dlp finds about one video, or about its `parts` if it has some."""
        info = await self.use(lambda session: session.extract(url, parts=parts), site=site)
        self._storyboards[url] = storyboard_in(info)
        while len(self._storyboards) > KEPT_STORYBOARDS:
            self._storyboards.popitem(last=False)
        return info

    async def storyboard(self, url: str, *, site: str) -> Storyboard | None:
        """Return the storyboard of a video, cached from reading it, or requested now; None without
        one."""
        if url not in self._storyboards:
            await self.extract(url, site=site)
        return self._storyboards[url]

    async def page(self, url: str, *, start: int, count: int, site: str) -> list[dict[str, Any]]:
        """Return entries `start` (from 1) and on of a list. The next page continues from the one
        before."""
        return await self._threads.run(lambda: self._page(url, start, count, site))

    async def latest(self, url: str, *, count: int, site: str) -> tuple[str, list[dict[str, Any]]]:
        """Return the title of a list and its first `count` entries; nothing of it stays open."""
        return await self.use(lambda session: session.latest(url, count), site=site)

    async def download(
        self, url: str, path: Path, progress: Callable[[float], None], *, site: str
    ) -> None:
        """Download `url` into a file, behind its present content. Cancelling keeps the received
        part.

        Raises UnsupportedSource for more than a model accepts.
        """
        loop, stopped = asyncio.get_running_loop(), threading.Event()

        def tell(here: int, total: int) -> bool:
            if max(here, total) > MAX_UPLOAD_BYTES:
                raise UnsupportedSource(_("What is to be heard there is larger than 2 GB."))
            if total and not stopped.is_set():
                loop.call_soon_threadsafe(progress, here / total)
            return not (stopped.is_set() or self._closed.is_set())

        try:
            await self.use(lambda session: session.download(url, path, tell), site=site)
        finally:
            stopped.set()

    async def fetch(self, url: str, then: Callable[[bytes], T], *, site: str) -> T:
        """Return the result of `then` on the bytes at `url`, called in the thread."""
        return await self.use(lambda session: then(session.fetch(url)), site=site)

    async def run(self, work: Callable[[], T]) -> T:
        """Run blocking work of another library, in the same threads."""
        return await self._threads.run(work)

    async def use(self, work: Callable[[YtDlpSession], T], *, site: str) -> T:
        return await self._threads.run(lambda: self._with_session(work, site))

    async def aclose(self) -> None:
        """Refuse further requests and end the threads, as far as possible in reasonable time."""
        self._closed.set()
        await self._threads.aclose()
        with self._lock:
            sessions = self._idle + [opened.session for opened in self._lists.values()]
            self._idle, self._lists = [], {}
        for session in sessions:
            session.close()

    def _with_session(self, work: Callable[[YtDlpSession], T], site: str) -> T:
        session = self._take(site)
        refused = False
        try:
            return work(session)
        except (NoteGenError, HttpStatus):
            raise
        except Exception as error:
            refused = True
            raise _translated(error, session, site) from error
        finally:
            if refused and session.access.cookies_from_browser:
                session.close()  # the next try uses the cookies of a new sign-in
            else:
                self._give(session, site)

    def _page(self, url: str, start: int, count: int, site: str) -> list[dict[str, Any]]:
        with self._lock:
            if start > 1 and start > self._lengths.get(url, start):
                return []
            opened = self._lists.pop(url, None)
        if opened is None or opened.at != start or opened.session.access != self.access(site):
            if opened is not None:
                self._give(opened.session, site)
            opened = _OpenList(self._take(site))
        try:
            opened.open(url, start)
            found = list(islice(opened.entries, count))
        except Exception as error:
            translated = _translated(error, opened.session, site)
            self._give(opened.session, site)
            raise translated from error
        opened.at = start + len(found)
        if len(found) < count or self._closed.is_set():
            self._lengths[url] = opened.at - 1
            self._give(opened.session, site)
        else:
            opened.session.forget()
            with self._lock:
                self._lists[url] = opened
        return found

    def _take(self, site: str) -> YtDlpSession:
        if self._closed.is_set():
            raise NetworkUnreachable(_("The program is closing."))
        access = self.access(site)
        with self._lock:
            found = next((idle for idle in self._idle if idle.access == access), None)
            if found is not None:
                self._idle.remove(found)
        if found is None and self._newer is not None:
            self._newer.use(check_importable)
        return found or YtDlpSession(access, self._closed)

    def _give(self, session: YtDlpSession, site: str) -> None:
        """Keep a session for the next request with its access settings; of others the newest
        few."""
        session.forget()
        left = [session]
        with self._lock:
            if not self._closed.is_set() and session.access == self.access(site):
                self._idle.append(session)
                left = self._idle[:-MAX_IDLE]
                del self._idle[:-MAX_IDLE]
        for each in left:
            each.close()


class _OpenList:
    """A playlist being read: its iterator, and the number of the next entry."""

    def __init__(self, session: YtDlpSession) -> None:
        self.session = session
        self.at = 0
        self.entries: Iterator[dict[str, Any]] = iter(())

    def open(self, url: str, start: int) -> None:
        if not self.at:
            self.entries = islice(self.session.entries(url), start - 1, None)
            self.at = start


def _translated(error: Exception, session: YtDlpSession, site: str) -> NoteGenError:
    """Return our error for one of yt-dlp's; its warnings are more precise than the error itself."""
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < 8:
        if isinstance(cause, NoteGenError):
            return cause
        chain.append(f"{type(cause).__name__} {cause}".partition("; please report")[0])
        info = getattr(cause, "exc_info", None)
        inner = info[1] if isinstance(info, tuple) and len(info) > 1 else None
        cause = (
            getattr(cause, "cause", None)
            or cause.__cause__
            or (inner if inner is not cause else None)
        )
    said = [words.partition("; please report")[0] for words in session.said]
    _log.info("%s refused: %s", site, " | ".join([*chain[:2], *said[:4]]))
    found = refusal(" | ".join([*chain, *said]), site=site_name(site))
    if session.trouble:
        found.hint = f"{session.trouble} {found.hint}"
    return found
