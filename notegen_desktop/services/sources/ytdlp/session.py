"""One instance of yt-dlp: its settings, and the one method that all its requests use."""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from notegen_desktop.domain.errors import TimedOut, UnsupportedSource
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.files import storage_error
from notegen_desktop.services.sources.refusals import trouble_with
from notegen_desktop.services.sources.site_access import (
    GUARDED,
    SiteAccess,
    check_public,
    guard,
    is_youtube,
)

MAX_ANSWER_BYTES = 20 * 1024 * 1024

MAX_ANSWER_S = 60.0
"""Maximum seconds for an answer, which a server might send byte by byte."""
_PIECE = 64 * 1024
VALIDATORS = ("ETag", "Last-Modified")

WARNINGS = "notegen_warnings"
TROUBLE = "notegen_trouble"

_log = logging.getLogger(__name__)


class HttpStatus(Exception):
    """A fetch was answered with an error status; `wait_s` is from its Retry-After, or None."""

    def __init__(self, status: int, wait_s: float | None = None) -> None:
        super().__init__(f"HTTP error {status}")
        self.status = status
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a fetch. `url` is the address after redirects; `told` has the `VALIDATORS`."""

    url: str
    data: bytes
    told: dict[str, str]


class YtDlpSession:
    """One instance of yt-dlp, used by one thread at a time."""

    def __init__(self, access: SiteAccess, closed: threading.Event) -> None:
        self.access = access
        self.said: list[str] = []
        self._trouble = ""
        self._ydl = self._made(closed, cookies=access.cookies_from_browser)

    def _made(self, closed: threading.Event, *, cookies: str, pages: bool = False) -> Any:
        import yt_dlp
        from yt_dlp.cookies import CookieLoadError
        from yt_dlp.globals import plugin_dirs

        plugin_dirs.value = []  # only the plugins of the library itself
        options = _options(self.access, _Listener(self.said), cookies=cookies, pages=pages)
        ydl = _rewriting_class()(options)
        ydl.notegen_access = self.access
        ydl.notegen_closed = closed
        ydl.notegen_open = []
        if cookies:
            try:
                ydl.cookiejar  # noqa: B018 - reads the browser's store
            except (CookieLoadError, yt_dlp.utils.YoutubeDLError, OSError, ValueError) as error:
                _log.info("cookies of %s cannot be read: %s", cookies, error)
                ydl.close()
                self._trouble = trouble_with(cookies, [*self.said, str(error)])
                self.said.clear()
                return self._made(closed, cookies="", pages=pages)
            self._trouble = trouble_with(cookies, self.said)
            self.said.clear()
        return ydl

    @property
    def trouble(self) -> str:
        """Return the problem with the requested cookies and a hint, "" if there is none."""
        return self._trouble

    def extract(self, url: str, *, parts: bool = False) -> dict[str, Any]:
        """Return the facts of a video without its media; a link to another page is followed.

        With `parts`, the entries of a video that has some, instead of its first. The key WARNINGS
        has yt-dlp's warnings, TROUBLE the problem with the cookies.
        """
        self._ydl.params["noplaylist"] = not parts
        for __ in range(4):
            info = self._ydl.extract_info(url, download=False, process=False) or {}
            if info.get("_type") not in ("url", "url_transparent"):
                break
            url = str(info["url"])
        if parts and "entries" in info:
            info["entries"] = list(info["entries"])
        return {**info, WARNINGS: [*self.said], TROUBLE: self._trouble}

    def entries(self, url: str) -> Iterator[dict[str, Any]]:
        """Yield the entries of a list lazily; lists within it are expanded."""
        return self._walk(self._told(url), depth=0)

    def _told(self, url: str) -> dict[str, Any]:
        for __ in range(4):
            info = self._list(url)
            if info.get("_type") not in ("url", "url_transparent"):
                break
            url = str(info["url"])
        return info

    def _list(self, url: str) -> dict[str, Any]:
        """Return a list from YouTube's API or, if that is not found, from its page."""
        from yt_dlp.utils import DownloadError

        try:
            return self._ydl.extract_info(url, download=False, process=False) or {}
        except DownloadError as error:
            if "HTTP Error 404" not in str(error) or not is_youtube(url):
                raise
        pages = self._made(
            self._ydl.notegen_closed, cookies=self.access.cookies_from_browser, pages=True
        )
        self._ydl.close()
        self._ydl = pages
        return self._ydl.extract_info(url, download=False, process=False) or {}

    def _walk(self, info: dict[str, Any], *, depth: int) -> Iterator[dict[str, Any]]:
        if "entries" not in info:
            yield dict(info)
            return
        for entry in info["entries"] or ():
            if isinstance(entry, dict) and "entries" in entry and depth < 3:
                yield from self._walk(entry, depth=depth + 1)
            elif isinstance(entry, dict):
                yield dict(entry)

    def latest(self, url: str, count: int) -> tuple[str, list[dict[str, Any]]]:
        """Return the title of a list, and its first `count` entries."""
        info = self._told(url)
        return str(info.get("title") or ""), list(islice(self._walk(info, depth=0), count))

    def fetch(self, url: str) -> bytes:
        """Return the bytes at `url`, with the cookies and the proxy of yt-dlp."""
        return self.get(url).data

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the bytes at `url` with the server's validators; of a too large answer, the
        beginning.

        Raises HttpStatus, for 304 too, which answers conditional `headers`.
        """
        with self._opened(url, headers or {}) as response:
            data, until = bytearray(), time.monotonic() + MAX_ANSWER_S
            while len(data) < MAX_ANSWER_BYTES and (piece := response.read(_PIECE)):
                data += piece
                if time.monotonic() > until:
                    raise TimedOut(
                        _("{hostname} sends too slowly.").format(hostname=urlparse(url).hostname)
                    )
            told = {name: str(response.headers.get(name) or "") for name in VALIDATORS}
            return Answer(str(response.url or url), bytes(data[:MAX_ANSWER_BYTES]), told)

    def download(self, url: str, path: Path, tell: Callable[[int, int], bool]) -> None:
        """Append `url` to the present content of a file. `tell` is called with the bytes received
        and in total, 0 if unknown; it returns False to stop.

        Raises HttpStatus, and StoreError if the disk is full.
        """
        here = path.stat().st_size if path.exists() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={here}-"} if here else {})
        with self._opened(url, headers) as response:
            here = here if response.status == 206 else 0
            left = str(response.headers.get("Content-Length") or "")
            total = here + int(left) if left.isdigit() else 0
            try:
                with path.open("r+b" if here else "wb") as file:
                    file.seek(here)
                    while tell(here, total) and (piece := response.read(_PIECE)):
                        file.write(piece)
                        here += len(piece)
            except OSError as error:
                raise storage_error(error, path) from error

    def _opened(self, url: str, headers: Mapping[str, str]) -> Any:
        from yt_dlp.networking import Request
        from yt_dlp.networking.exceptions import HTTPError

        try:
            return self._ydl.urlopen(Request(url, headers=dict(headers)))
        except HTTPError as error:
            wait = str(error.response.headers.get("Retry-After") or "")
            error.close()
            raise HttpStatus(error.status, float(wait) if wait.isdigit() else None) from error

    def forget(self) -> None:
        """End one use: drop messages, and close answers not read to their end."""
        self.said.clear()
        for response in self._ydl.notegen_open:
            with contextlib.suppress(OSError):
                response.close()
        self._ydl.notegen_open.clear()

    def close(self) -> None:
        self._ydl.close()


def check_importable() -> None:
    """Raise any error of the yt-dlp that is imported now."""
    session = YtDlpSession(SiteAccess(), threading.Event())
    try:
        session._ydl.get_info_extractor("Youtube")
        session._ydl._request_director  # noqa: B018 - ours, with its guards
    finally:
        session.close()
        _rewriting_class.cache_clear()


class _Listener:
    """Collects yt-dlp's messages: warnings explain why a request failed, if its error does not."""

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
    """Return YoutubeDL with one method for all requests, in which addresses are rewritten and
    checked."""
    from yt_dlp import YoutubeDL
    from yt_dlp.networking import Request
    from yt_dlp.networking.exceptions import HTTPError, RequestError

    class RewritingYoutubeDL(YoutubeDL):  # type: ignore[misc]
        notegen_access: SiteAccess
        notegen_closed: threading.Event
        notegen_open: list[Any]

        def urlopen(self, req: Any) -> Any:
            if self.notegen_closed.is_set():
                raise RequestError("closing")
            if isinstance(req, str):
                req = Request(req)
            url = self.notegen_access.rewritten(req.url)
            if url != req.url:
                req = req.copy()
                req.url = url
            self._check(url)
            try:
                response = super().urlopen(req)
            except HTTPError as error:
                self.notegen_open.append(error.response)
                raise
            self.notegen_open.append(response)
            return response

        def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
            # Only the two request handlers whose redirects can be checked before they are followed.
            known = [handler for handler in handlers if handler.RH_KEY in GUARDED]
            director = super().build_request_director(known, preferences)
            guard(director.handlers, self._check_redirect)
            return director

        def _check_redirect(self, url: str) -> None:
            try:
                self._check(url)
            except UnsupportedSource as error:
                raise RequestError(cause=error) from error

        def _check(self, url: str) -> None:
            if not self.notegen_access.is_own(url):
                check_public(url, resolve=not self.notegen_access.proxy)

    return RewritingYoutubeDL


def _options(
    access: SiteAccess, listener: _Listener, *, cookies: str, pages: bool
) -> dict[str, Any]:
    # Captions and metadata need one request and no JavaScript. With a sign-in, clients that accept
    # cookies are needed, and the page that configures them.
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
        # nothing is written, but TikTok and Bilibili list captions only with it
        "writesubtitles": True,
        "extract_flat": True,
        "cachedir": False,
        "check_formats": False,
        "socket_timeout": access.timeout_s,
        "retries": 1,
        "extractor_retries": 1,
        "js_runtimes": {},
        # they cost a request, and such videos cannot be read
        "compat_opts": {"no-youtube-unavailable-videos"},
        "extractor_args": {
            "youtube": youtube,
            "youtubetab": {"skip": ["authcheck"] if pages else ["webpage", "authcheck"]},
        },
    }
    if access.proxy:
        options["proxy"] = access.proxy
    if cookies:
        options["cookiesfrombrowser"] = (cookies,)
    return options
