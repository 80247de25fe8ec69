"""yt-dlp as a library: the one file that knows it. Everything blocking runs in threads.

An instance of yt-dlp is not safe for several threads, and costs 0.2 s to make: idle ones are kept.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlparse

from notegen_desktop.domain.errors import NetworkUnreachable, NoteGenError

from .guard import check_public
from .refusals import refusal
from .threads import Threads

T = TypeVar("T")

TIMEOUT_S = 15.0
"""Longest silence of a server, in seconds."""
MAX_ANSWER_BYTES = 20 * 1024 * 1024

_YOUTUBE_HOSTS = ("youtube.com", "youtu.be", "youtube-nocookie.com")
_log = logging.getLogger(__name__)


class HttpStatus(Exception):
    """A fetch was answered with an error; `wait_s` is what its Retry-After asks for, if it does."""

    def __init__(self, status: int, wait_s: float | None = None) -> None:
        super().__init__(f"HTTP error {status}")
        self.status = status
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Access:
    """How sites are reached. `youtube_url` stands for YouTube's own address if set."""

    youtube_url: str = ""
    proxy: str = ""
    cookies_from_browser: str = ""
    timeout_s: float = TIMEOUT_S

    def rewritten(self, url: str) -> str:
        """`url`, at `youtube_url` if it is one of YouTube's."""
        if not self.youtube_url or not is_youtube(url):
            return url
        parts = urlparse(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.youtube_url}{parts.path or '/'}{query}"


def is_youtube(url: str) -> bool:
    host = (urlparse(url).hostname or "").lower()
    return any(host == name or host.endswith("." + name) for name in _YOUTUBE_HOSTS)


class YtDlp:
    """Asks video sites through yt-dlp. Raises our errors, and HttpStatus from `fetch`."""

    def __init__(self, access: Access, *, at_once: int = 3) -> None:
        self.access = access
        self._threads = Threads(at_once=at_once)
        self._idle: list[_Session] = []
        self._lists: dict[str, _OpenList] = {}
        self._lengths: dict[str, int] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()

    async def extract(self, url: str, *, site: str) -> dict[str, Any]:
        """Everything yt-dlp finds about one video."""
        return await self.use(lambda session: session.extract(url), site=site)

    async def page(self, url: str, *, start: int, count: int, site: str) -> list[dict[str, Any]]:
        """Entries `start` (from 1) and on of a list. The next page goes on where one stopped."""
        return await self._threads.run(lambda: self._page(url, start, count, site))

    async def fetch(self, url: str, then: Callable[[bytes], T], *, site: str) -> T:
        """What `then` makes, still in the thread, of the bytes at `url`."""
        return await self.use(lambda session: then(session.fetch(url)), site=site)

    async def run(self, work: Callable[[], T]) -> T:
        """Blocking work of another library, in the same threads."""
        return await self._threads.run(work)

    async def use(self, work: Callable[[_Session], T], *, site: str) -> T:
        return await self._threads.run(lambda: self._with_session(work, site))

    async def aclose(self) -> None:
        """Refuse further requests and leave no thread that ends within reason."""
        self._closed.set()
        await self._threads.aclose()
        with self._lock:
            sessions = self._idle + [opened.session for opened in self._lists.values()]
            self._idle, self._lists = [], {}
        for session in sessions:
            session.close()

    def _with_session(self, work: Callable[[_Session], T], site: str) -> T:
        session = self._take()
        try:
            return work(session)
        except (NoteGenError, HttpStatus):
            raise
        except Exception as error:
            raise _translated(error, session, site) from error
        finally:
            self._give(session)

    def _page(self, url: str, start: int, count: int, site: str) -> list[dict[str, Any]]:
        with self._lock:
            if start > 1 and start > self._lengths.get(url, start):
                return []
            opened = self._lists.pop(url, None)
        if opened is None or opened.at != start:
            if opened is not None:
                self._give(opened.session)
            opened = _OpenList(self._take())
        try:
            opened.open(url, start)
            found = list(islice(opened.entries, count))
        except Exception as error:
            translated = _translated(error, opened.session, site)
            self._give(opened.session)
            raise translated from error
        opened.at = start + len(found)
        if len(found) < count or self._closed.is_set():
            self._lengths[url] = opened.at - 1
            self._give(opened.session)
        else:
            with self._lock:
                self._lists[url] = opened
        return found

    def _take(self) -> _Session:
        if self._closed.is_set():
            raise NetworkUnreachable("The program is closing.")
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Session(self.access, self._closed)

    def _give(self, session: _Session) -> None:
        session.forget()
        with self._lock:
            if not self._closed.is_set():
                self._idle.append(session)
                return
        session.close()


class _OpenList:
    """A playlist being walked: its iterator, and the number of the entry that comes next."""

    def __init__(self, session: _Session) -> None:
        self.session = session
        self.at = 0
        self.entries: Iterator[dict[str, Any]] = iter(())

    def open(self, url: str, start: int) -> None:
        if not self.at:
            self.entries = islice(self.session.entries(url), start - 1, None)
            self.at = start


class _Session:
    """One instance of yt-dlp, used by one thread at a time."""

    def __init__(self, access: Access, closed: threading.Event) -> None:
        self._access = access
        self.said: list[str] = []
        self._trouble = ""
        self._ydl = self._made(closed, cookies=access.cookies_from_browser)

    def _made(self, closed: threading.Event, *, cookies: str) -> Any:
        import yt_dlp
        from yt_dlp.cookies import CookieLoadError
        from yt_dlp.globals import plugin_dirs

        plugin_dirs.value = []  # nobody's plugins but those of the library itself
        ydl = _rewriting_class()(_options(self._access, _Listener(self.said), cookies=cookies))
        ydl.notegen_access = self._access
        ydl.notegen_closed = closed
        if cookies:
            try:
                ydl.cookiejar  # noqa: B018 - reads the browser's store
            except (CookieLoadError, yt_dlp.utils.YoutubeDLError, OSError, ValueError) as error:
                _log.info("cookies of %s cannot be read: %s", cookies, error)
                ydl.close()
                self._trouble = f"The cookies of {cookies} cannot be read"
                return self._made(closed, cookies="")
        return ydl

    @property
    def trouble(self) -> str:
        """What is wrong with the cookies asked for, "" if nothing."""
        return self._trouble

    def extract(self, url: str) -> dict[str, Any]:
        """What is known of a video, its media left alone; a link to another page is followed."""
        for _ in range(4):
            info = self._ydl.extract_info(url, download=False, process=False) or {}
            if info.get("_type") not in ("url", "url_transparent"):
                return dict(info)
            url = str(info["url"])
        return dict(info)

    def entries(self, url: str) -> Iterator[dict[str, Any]]:
        """The entries of a list as they are asked for; lists within it are opened up."""
        for _ in range(4):
            info = self._ydl.extract_info(url, download=False, process=False) or {}
            if info.get("_type") not in ("url", "url_transparent"):
                break
            url = str(info["url"])
        return self._walk(info, depth=0)

    def _walk(self, info: dict[str, Any], *, depth: int) -> Iterator[dict[str, Any]]:
        if "entries" not in info:
            yield dict(info)
            return
        for entry in info["entries"] or ():
            if isinstance(entry, dict) and "entries" in entry and depth < 3:
                yield from self._walk(entry, depth=depth + 1)
            elif isinstance(entry, dict):
                yield dict(entry)

    def fetch(self, url: str) -> bytes:
        """The bytes at `url`, with the cookies and through the proxy of yt-dlp."""
        from yt_dlp.networking.exceptions import HTTPError

        try:
            response = self._ydl.urlopen(url)
        except HTTPError as error:
            wait = str(error.response.headers.get("Retry-After") or "")
            error.close()
            raise HttpStatus(error.status, float(wait) if wait.isdigit() else None) from error
        with response:
            return bytes(response.read(MAX_ANSWER_BYTES))

    def forget(self) -> None:
        self.said.clear()

    def close(self) -> None:
        self._ydl.close()


class _Listener:
    """Takes what yt-dlp says: warnings tell why a request failed, where its error does not."""

    def __init__(self, said: list[str]) -> None:
        self._said = said

    def debug(self, message: str) -> None:
        _log.debug("%s", message)

    info = debug

    def warning(self, message: str) -> None:
        self._said.append(message)
        _log.debug("%s", message)

    error = warning


@functools.cache
def _rewriting_class() -> type[Any]:
    """YoutubeDL with one door for all requests: addresses are rewritten and checked there."""
    from yt_dlp import YoutubeDL
    from yt_dlp.networking import Request
    from yt_dlp.networking.exceptions import RequestError

    class RewritingYoutubeDL(YoutubeDL):  # type: ignore[misc]
        notegen_access: Access
        notegen_closed: threading.Event

        def urlopen(self, req: Any) -> Any:
            if self.notegen_closed.is_set():
                raise RequestError("closing")
            if isinstance(req, str):
                req = Request(req)
            url = self.notegen_access.rewritten(req.url)
            own = url != req.url
            if own:
                req = req.copy()
                req.url = url
            elif not self.notegen_access.proxy:
                check_public(url)
            response = super().urlopen(req)
            if not own and not self.notegen_access.proxy and response.url != url:
                check_public(response.url)
            return response

    return RewritingYoutubeDL


def _options(access: Access, listener: _Listener, *, cookies: str) -> dict[str, Any]:
    # Words and facts alone need one request and no JavaScript. A signed-in user needs the clients
    # that take cookies, and the page they are set up by.
    youtube = {
        "player_client": ["default"] if cookies else ["visionos"],
        "player_skip": ["js", "initial_data"]
        if cookies
        else ["webpage", "configs", "js", "initial_data"],
        "skip": ["translated_subs", "hls", "dash"],
    }
    options: dict[str, Any] = {
        "logger": listener,
        "quiet": True,
        "noprogress": True,
        "color": "never",
        "skip_download": True,
        "extract_flat": True,
        "noplaylist": True,
        "cachedir": False,
        "check_formats": False,
        "socket_timeout": access.timeout_s,
        "retries": 1,
        "extractor_retries": 1,
        "js_runtimes": {},
        "compat_opts": {"no-youtube-unavailable-videos"},  # they cost a request and cannot be read
        "extractor_args": {
            "youtube": youtube,
            "youtubetab": {"skip": ["webpage", "authcheck"]},
        },
    }
    if access.proxy:
        options["proxy"] = access.proxy
    if cookies:
        options["cookiesfrombrowser"] = (cookies,)
    return options


def _translated(error: Exception, session: _Session, site: str) -> NoteGenError:
    """The error of ours that one of yt-dlp's stands for; its warnings say more than itself."""
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
    found = refusal(" | ".join([*chain, *said]), site=site)
    if session.trouble:
        found.hint = f"{session.trouble}: close that browser or choose another. {found.hint}"
    return found
