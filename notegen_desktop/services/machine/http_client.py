"""The one way to an HTTP client: what it trusts, and what it never does."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def system_trust() -> ssl.SSLContext:
    """TLS that trusts what the system trusts: in a company that is more than the public list."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def http_client(
    timeout: httpx.Timeout | float, *, proxy: str = "", **options: Any
) -> httpx.AsyncClient:
    """A client that trusts what the system trusts. `timeout` is in seconds, `proxy` "" for none.

    It follows no redirects, which would take a key along to another host or lead into a private
    network. `options` are those of httpx. Imports httpx and reads certificates: call it off the
    event loop. Raises ImportError, ValueError for a proxy that httpx cannot use.
    """
    import httpx

    return httpx.AsyncClient(
        timeout=timeout,
        follow_redirects=False,
        proxy=proxy or None,
        verify=system_trust(),
        **options,
    )
