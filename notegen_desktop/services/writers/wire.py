"""Shared by all networked writers: time-outs, size limits, and errors of connections."""

from __future__ import annotations

import importlib
import re
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from notegen_desktop.domain.errors import (
    AnswerUnusable,
    KeyRejected,
    NetworkUnreachable,
    NoteGenError,
    ServiceUnavailable,
    TimedOut,
)
from notegen_desktop.domain.links.hosts import is_loopback
from notegen_desktop.domain.text.cleaning import in_sentence
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.http_client import http_client
from notegen_desktop.services.machine.redaction import PROCESS

Patience = Callable[[float], AbstractAsyncContextManager[object]]
"""Returns a context manager that raises TimeoutError after the given seconds, such as
`asyncio.timeout`."""

_SPAN = re.compile(r"([\d.]+)\s*(ms|[dhms])")
_PAGE = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body)\b", re.I | re.S)
_ENDS = (".", "!", "?", "…", "。", "！", "？")
_ANY_HEADER = zlib.MAX_WBITS | 32  # zlib's or gzip's
LONGEST_WAIT_S = 32 * 86_400.0
"""Maximum seconds of a wait: monthly quotas are the longest that refill by themselves."""
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Limits:
    """Time-outs in seconds and the largest answer in bytes, chosen by measurement."""

    connect_s: float = 15.0
    first_byte_s: float = 60.0
    idle_s: float = 60.0
    whole_s: float = 300.0
    max_bytes: int = 8 * 1024 * 1024


MAX_ANSWER_BYTES = Limits().max_bytes


def make_client(url: str, limits: Limits) -> httpx.AsyncClient:
    """Return a client for the server at `url`. Reads certificates: call it off the event loop."""
    # httpx imports it with the first connection, which would block the event loop for 0.1 s.
    importlib.import_module("anyio._backends._asyncio")
    is_local = is_loopback(httpx.URL(url).host)
    return http_client(
        httpx.Timeout(
            connect=limits.connect_s,
            read=max(limits.first_byte_s, limits.idle_s),
            write=limits.idle_s,
            pool=limits.whole_s,
        ),
        trust_env=not is_local,  # no proxy for this machine itself
        headers={"accept-encoding": "identity"},  # a compressed answer could grow a thousandfold
        # llama.cpp closes idle connections soon after a stream; the next request would fail.
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=0 if is_local else 8),
    )


async def body_of(response: httpx.Response, most: int) -> AsyncIterator[bytes]:
    """Yield the bytes of an answer, decompressed if a server compresses it unasked.

    Raises AnswerUnusable if there are more than `most`, before more are decompressed.
    """
    packing = response.headers.get("content-encoding", "").strip().lower()
    packed = zlib.decompressobj(_ANY_HEADER) if packing in ("gzip", "x-gzip", "deflate") else None
    left = most
    async for came in response.aiter_raw():
        try:
            chunk = came if packed is None else packed.decompress(came, left + 1)
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error
        left -= len(chunk)
        if left < 0:
            raise AnswerUnusable(_("The answer has no end: more than 8 MB came."))
        yield chunk


def redact(text: str) -> str:
    """Return the text without anything that is, or looks like, an API key or a password."""
    return PROCESS.clean(text)


def sendable_key(key: str | None, service: str) -> str:
    """Return the key without surrounding blanks, "" for none. Raises KeyRejected if its form is
    impossible."""
    key = (key or "").strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise KeyRejected(
            _("This is not an API key of {service}: it has letters that none has.").format(
                service=service
            )
        )
    return key


def told(what: str, words: str) -> str:
    """Return a sentence about an error answer, with the server's own message if it has any."""
    if not words:
        return f"{what}."
    return f"{what}: {words}{'' if words.endswith(_ENDS) else '.'}"


def is_page(text: str) -> bool:
    """Return True for a web page, which no API sends: another server has answered."""
    return _PAGE.match(text) is not None


# --- waits ---------------------------------------------------------------------------------------


def seconds(text: str) -> float | None:
    """Return `73036s`, `1.5s`, `20h17m16.2s` or `12ms` in seconds; None for other texts."""
    parts = _SPAN.findall(text)
    try:
        return likely_wait(sum(float(n) * _SECONDS[unit] for n, unit in parts)) if parts else None
    except ValueError:
        return None


def likely_wait(wait_s: float) -> float | None:
    """Return a server's wait in seconds, None if it is impossible: not a number, or endless."""
    return wait_s if 0 <= wait_s <= LONGEST_WAIT_S else None


def retry_after(text: str) -> float | None:
    """Return the Retry-After header, in either of its forms, in seconds from now; or None."""
    if not text:
        return None
    try:
        return likely_wait(float(text))
    except ValueError:
        pass
    try:
        return likely_wait(max(0.0, parsedate_to_datetime(text).timestamp() - time.time()))
    except ValueError:
        return None


# --- broken connections --------------------------------------------------------------------------


def connection_error(
    error: httpx.HTTPError, *, url: str = "", service: str = "Gemini"
) -> NoteGenError:
    """Return the user-facing error of a broken connection."""
    host = httpx.URL(url).host if url else _("the {service} API").format(service=service)
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)):
        if _caused_by(error, ssl.SSLCertVerificationError):
            return untrusted(host)
        if isinstance(error, httpx.ProxyError):
            return NetworkUnreachable(
                _("The proxy does not let us through to {host}: {error}.").format(
                    host=host, error=in_sentence(redact(str(error)))
                ),
                hint=_("Check the proxy settings of this machine, its name and password too."),
            )
        return NetworkUnreachable(_("There is no connection to {host}.").format(host=host))
    if isinstance(error, httpx.TimeoutException):
        return TimedOut()
    if isinstance(error, httpx.TransportError):
        return ServiceUnavailable(
            _("The connection to {service} broke off in mid-answer.").format(service=service)
        )
    return ServiceUnavailable(
        _("The connection to {service} failed: {error}").format(
            service=service, error=redact(str(error))
        )
    )


def untrusted(host: str) -> NoteGenError:
    """Return the error for a server whose certificate this machine does not trust."""
    return NetworkUnreachable(
        _("{host} does not show a certificate that this machine trusts.").format(host=host),
        hint=_(
            "A company's proxy, or a server of your own, wants its certificate among those of the "
            "system. Else something may be reading along, or the machine's clock is wrong."
        ),
    )


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
