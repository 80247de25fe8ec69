"""Access to video sites: addresses, proxy, blocked addresses, and request rate."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlparse

from notegen_desktop.domain.errors import InvalidSetting, UnsupportedSource
from notegen_desktop.domain.links.hosts import (
    YOUTUBE_HOSTS,
    YOUTUBE_MEDIA,
    YOUTUBE_PICTURES,
    ip_address,
    is_loopback,
    is_on,
)
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.http_client import system_trust

TIMEOUT_S = 15.0
"""Longest silence of a server, in seconds."""


@dataclass(frozen=True, slots=True)
class SiteAccess:
    """Access settings of a site. `youtube_url` replaces YouTube's own address if set."""

    youtube_url: str = ""
    proxy: str = ""
    cookies_from_browser: str = ""
    timeout_s: float = TIMEOUT_S

    def rewritten(self, url: str) -> str:
        """Return `url`, moved to `youtube_url` if it is one of YouTube's, or of its thumbnails."""
        host = (urlparse(url).hostname or "").lower()
        if not self.youtube_url or not is_on(host, *YOUTUBE_HOSTS, YOUTUBE_PICTURES):
            return url
        parts = urlparse(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.youtube_url}{parts.path or '/'}{query}"

    def is_own(self, url: str) -> bool:
        """Return True if `url` is on the server that replaces YouTube."""
        return bool(self.youtube_url) and urlparse(url).netloc == urlparse(self.youtube_url).netloc


def is_youtube(url: str) -> bool:
    return is_on((urlparse(url).hostname or "").lower(), *YOUTUBE_HOSTS)


# --- The two ways yt-dlp asks: what they trust, and where a redirect may lead them ---

Check = Callable[[str], None]
"""Raises for an address that must not be opened."""


def guard(handlers: dict[str, Any], check: Check) -> None:
    """Apply `check` to every redirect of yt-dlp's handlers, and make them trust the system's
    certificates."""
    for name, guarded in GUARDED.items():
        if name in handlers:
            handlers[name]._make_sslcontext = _trusting(handlers[name]._make_sslcontext)
            guarded(handlers[name], check)


def _trusting(make: Callable[..., ssl.SSLContext]) -> Callable[..., ssl.SSLContext]:
    def made(legacy_ssl_support: bool | None = None) -> ssl.SSLContext:
        if legacy_ssl_support:  # a few old sites need a context of another kind
            return make(legacy_ssl_support=True)
        context = system_trust()
        context.set_alpn_protocols(["http/1.1"])  # some servers refuse a client without ALPN
        return context

    return made


def _guard_requests(handler: Any, check: Check) -> None:
    """Guard a handler that uses the library requests."""
    make = handler._create_instance

    def made(*args: Any, **options: Any) -> Any:
        session = make(*args, **options)
        follow = session.get_redirect_target

        def target(response: Any) -> Any:
            found = follow(response)
            if found:
                with _closing_if_refused(response):
                    check(urljoin(response.url, found))
            return found

        session.get_redirect_target = target
        return session

    handler._create_instance = made


def _guard_urllib(handler: Any, check: Check) -> None:
    """Guard a handler that uses Python's own urllib."""
    make = handler._create_instance

    def made(*args: Any, **options: Any) -> Any:
        opener = make(*args, **options)
        for part in opener.handlers:
            if hasattr(part, "redirect_request"):
                part.redirect_request = functools.partial(_checked, part.redirect_request, check)
        return opener

    handler._create_instance = made


def _checked(redirect: Any, check: Check, *args: Any) -> Any:
    _request, response, *_, address = args
    with _closing_if_refused(response):
        check(str(address))
    return redirect(*args)


@contextlib.contextmanager
def _closing_if_refused(response: Any) -> Iterator[None]:
    try:
        yield
    except Exception:
        response.close()
        raise


GUARDED = {"Requests": _guard_requests, "Urllib": _guard_urllib}
"""yt-dlp's request handlers, by name, in which a redirect can be checked before it is followed."""


# --- Addresses that are not fetched ---


def check_public(url: str, *, resolve: bool = True) -> None:
    """Raise UnsupportedSource if `url` leads to a private, link-local or loopback address.

    Resolves the name. A name that cannot be resolved is left to the request itself. A proxy
    resolves names in a network of its own: then only literal addresses are checked (`resolve`
    false).
    """
    host = (urlparse(url).hostname or "").rstrip(".").lower()
    if is_on(host, *YOUTUBE_HOSTS, YOUTUBE_PICTURES, YOUTUBE_MEDIA):
        return
    if not resolve and host != "localhost" and not _is_address(host):
        return
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return
    for address in found:
        if not ipaddress.ip_address(str(address).partition("%")[0]).is_global:
            raise UnsupportedSource(
                _("“{host}” is an address inside your own network; it is not opened.").format(
                    host=host
                ),
                hint=_("Save the video or its captions to a file and drop that."),
            )


def _is_address(host: str) -> bool:
    # “2130706433” and “127.1” are addresses, too.
    return ip_address(host) is not None or host.replace(".", "").isdigit()


def check_base_url(url: str) -> str:
    """Return a custom base address without its last slash: https, or plain http on this machine.

    Raises InvalidSetting.
    """
    parts = urlparse(url.strip())
    host = parts.hostname or ""
    fine = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not host or not fine or parts.query or parts.fragment or parts.username:
        raise InvalidSetting(
            _("“{url}” cannot replace the address of YouTube.").format(url=url),
            hint=_(
                "NOTEGEN_YOUTUBE_URL has to begin with https://, or be on this machine "
                "(http://127.0.0.1:…)."
            ),
        )
    return url.strip().rstrip("/")


# --- Manners: one request at a time, a gap between two, a rest after a refusal ---

RESTS_S = (15.0, 60.0, 240.0, 900.0)
"""Seconds without requests after the first, second, … consecutive refusal."""


@dataclass(slots=True, eq=False)
class Throttle:
    """Serializes requests, with at least `gap_s` seconds from the end of one to the start of the
    next."""

    gap_s: float = 1.0
    rests_s: tuple[float, ...] = RESTS_S
    clock: Callable[[], float] = time.monotonic
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _free_at: float = 0.0
    _rest_until: float = 0.0
    _refusals: int = 0

    @property
    def resting_s(self) -> float:
        """Return the seconds until requests are allowed again, 0 if they are now."""
        return max(0.0, self._rest_until - self.clock())

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it during the block."""
        async with self._lock:
            wait = self._free_at - self.clock()
            if wait > 0:
                await asyncio.sleep(wait)
            try:
                yield
            finally:
                self._free_at = self.clock() + self.gap_s

    def refused(self, *, wait_s: float | None = None) -> None:
        """Rest after a refusal: as long as the site asks, or longer every time."""
        step = self.rests_s[min(self._refusals, len(self.rests_s) - 1)]
        self._refusals += 1
        self._rest_until = self.clock() + max(step, wait_s or 0.0)

    def answered(self) -> None:
        """Reset the rests after a successful request."""
        self._refusals = 0
        self._rest_until = 0.0
