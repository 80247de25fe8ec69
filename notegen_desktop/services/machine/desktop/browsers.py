"""Browsers of this machine that have cookies for yt-dlp. No cookie is read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_CHROMIUM = {
    "linux": {
        "chrome": "google-chrome",
        "chromium": "chromium",
        "brave": "BraveSoftware/Brave-Browser",
        "edge": "microsoft-edge",
        "opera": "opera",
        "vivaldi": "vivaldi",
    },
    "darwin": {
        "chrome": "Google/Chrome",
        "chromium": "Chromium",
        "brave": "BraveSoftware/Brave-Browser",
        "edge": "Microsoft Edge",
        "opera": "com.operasoftware.Opera",
        "vivaldi": "Vivaldi",
    },
    "win32": {
        "chrome": "Google/Chrome/User Data",
        "chromium": "Chromium/User Data",
        "brave": "BraveSoftware/Brave-Browser/User Data",
        "edge": "Microsoft/Edge/User Data",
        "vivaldi": "Vivaldi/User Data",
    },
}
"""Profile folders below `_roots`, by system and browser; those of `yt_dlp.cookies`."""

_FIREFOX = {
    "linux": (
        ".mozilla/firefox",
        ".config/mozilla/firefox",
        "snap/firefox/common/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/config/mozilla/firefox",
    ),
    "darwin": ("Library/Application Support/Firefox/Profiles",),
    "win32": ("AppData/Roaming/Mozilla/Firefox/Profiles",),
}
_SAFARI = (
    "Library/Cookies/Cookies.binarycookies",
    "Library/Containers/com.apple.Safari/Data/Library/Cookies/Cookies.binarycookies",
)
_STORES = ("Cookies", "Network/Cookies")


def cookie_browsers(
    home: Path | None = None,
    *,
    system: str = sys.platform,
    environ: Mapping[str, str] = os.environ,
) -> tuple[str, ...]:
    """Return the names of browsers with cookies, Firefox first: its cookies are not locked, and can
    be read everywhere."""
    return tuple(dict.fromkeys(_found(home or Path.home(), system, environ)))


def _found(home: Path, system: str, environ: Mapping[str, str]) -> Iterator[str]:
    for folder in _FIREFOX.get(system, _FIREFOX["linux"]):
        if _has(home / folder, ("cookies.sqlite", "*/cookies.sqlite")):
            yield "firefox"
    profiles = [pattern for store in _STORES for pattern in (store, f"*/{store}")]
    for browser, folder in _CHROMIUM.get(system, _CHROMIUM["linux"]).items():
        if _has(_chromium_root(home, system, environ) / folder, profiles):
            yield browser
    if system == "win32" and _has(home / "AppData/Roaming/Opera Software/Opera Stable", profiles):
        yield "opera"
    if system == "darwin" and any((home / store).exists() for store in _SAFARI):
        yield "safari"


def _chromium_root(home: Path, system: str, environ: Mapping[str, str]) -> Path:
    if system == "darwin":
        return home / "Library/Application Support"
    if system == "win32":
        return home / "AppData/Local"
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config")


def _has(folder: Path, patterns: list[str] | tuple[str, ...]) -> bool:
    try:
        return any(next(folder.glob(pattern), None) is not None for pattern in patterns)
    except OSError:  # a folder that may not be listed
        return False
