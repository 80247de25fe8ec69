"""Creates HTTP clients: their certificates, proxies and restrictions."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from notegen_desktop.domain.errors import NetworkUnreachable
from notegen_desktop.domain.words import _

if TYPE_CHECKING:
    import httpx


PROXY_KINDS = ("http", "https", "socks5", "socks5h")
"""Kinds of proxies that httpx supports, the last two with the package socksio. yt-dlp also supports
socks4."""


def system_trust() -> ssl.SSLContext:
    """Return a TLS context that trusts the system's certificates: companies add theirs to the
    public list."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def http_client(
    timeout: httpx.Timeout | float, *, proxy: str = "", **options: Any
) -> httpx.AsyncClient:
    """Return a client that trusts the system's certificates. `timeout` is in seconds; `proxy` is an
    address such as `socks5://127.0.0.1:1080` or `127.0.0.1:3128`, "" for the system's setting.

    It follows no redirects, which would take a key along to another host or lead into a private
    network. `options` are those of httpx. Imports httpx and reads certificates: call it off the
    event loop. Raises NetworkUnreachable for a proxy that httpx cannot use.
    """
    import httpx

    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    kind = proxy.partition("://")[0].lower()
    if kind not in ("", *PROXY_KINDS):
        raise NetworkUnreachable(
            _(
                "A {kind} proxy is used for videos only; what is asked for here needs {kinds}."
            ).format(kind=kind, kinds=", ".join(PROXY_KINDS))
        )
    return httpx.AsyncClient(
        timeout=timeout,
        follow_redirects=False,
        proxy=proxy or None,
        verify=system_trust(),
        **options,
    )
