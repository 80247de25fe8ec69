"""The two ways yt-dlp asks: what they trust, and where a redirect may lead them."""

from __future__ import annotations

import contextlib
import functools
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

Check = Callable[[str], None]
"""Raises where an address must not be opened."""


def system_trust() -> ssl.SSLContext:
    """TLS that trusts what the system trusts: in a company that is more than the public list."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def guard(handlers: dict[str, Any], check: Check) -> None:
    """Have `check` look at every redirect of yt-dlp's handlers, and let them trust the system."""
    for name, guarded in GUARDED.items():
        if name in handlers:
            handlers[name]._make_sslcontext = _trusting(handlers[name]._make_sslcontext)
            guarded(handlers[name], check)


def _trusting(make: Callable[..., ssl.SSLContext]) -> Callable[..., ssl.SSLContext]:
    def made(legacy_ssl_support: bool | None = None) -> ssl.SSLContext:
        if legacy_ssl_support:  # a few old sites; theirs is a context of another kind
            return make(legacy_ssl_support=True)
        context = system_trust()
        context.set_alpn_protocols(["http/1.1"])  # some servers refuse who names none
        return context

    return made


def _guard_requests(handler: Any, check: Check) -> None:
    """A handler that uses the library requests."""
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
    """One that uses Python's own urllib."""
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
"""Ways of asking, by their names in yt-dlp, in which a redirect is seen before it is taken."""
