"""Addresses that are not fetched: a pasted link must not reach into the user's own network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlparse

from notegen_desktop.domain.errors import InvalidSetting, UnsupportedSource

_TRUSTED = ("youtube.com", "youtu.be", "youtube-nocookie.com", "ytimg.com", "googlevideo.com")


def check_public(url: str, *, resolve: bool = True) -> None:
    """Raise UnsupportedSource where `url` leads to a private, link-local or loopback address.

    Resolves the name. A name that cannot be resolved is left to the request itself. Behind a proxy,
    which resolves names in a network of its own, only addresses as such are looked at (`resolve`
    false).
    """
    host = (urlparse(url).hostname or "").rstrip(".").lower()
    if any(host == name or host.endswith("." + name) for name in _TRUSTED):
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
                f"“{host}” is an address inside your own network; it is not opened.",
                hint="Save the video or its captions to a file and drop that.",
            )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.replace(".", "").isdigit()  # “2130706433” and “127.1” are addresses, too
    return True


def check_base_url(url: str) -> str:
    """A custom base address without its last slash: https, or plain http on this very machine.

    Raises InvalidSetting.
    """
    parts = urlparse(url.strip())
    host = parts.hostname or ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    fine = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    if not host or not fine or parts.query or parts.fragment or parts.username:
        raise InvalidSetting(
            f"“{url}” cannot replace the address of YouTube.",
            hint="NOTEGEN_YOUTUBE_URL has to begin with https://, or be on this machine "
            "(http://127.0.0.1:…).",
        )
    return url.strip().rstrip("/")
