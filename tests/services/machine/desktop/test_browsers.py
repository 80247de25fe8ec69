"""Browsers are offered where yt-dlp would find their cookies."""

from __future__ import annotations

from pathlib import Path

import pytest

from notegen_desktop.services.machine.desktop.browsers import cookie_browsers


def lay(home: Path, *stores: str) -> None:
    for store in stores:
        (home / store).parent.mkdir(parents=True, exist_ok=True)
        (home / store).touch()


@pytest.mark.parametrize(
    ("system", "stores", "found"),
    [
        (
            "linux",
            (".config/chromium/Default/Cookies", ".mozilla/firefox/a.default/cookies.sqlite"),
            ("firefox", "chromium"),
        ),
        ("linux", ("snap/firefox/common/.mozilla/firefox/a/cookies.sqlite",), ("firefox",)),
        (
            "darwin",
            (
                "Library/Application Support/Google/Chrome/Profile 1/Network/Cookies",
                "Library/Cookies/Cookies.binarycookies",
            ),
            ("chrome", "safari"),
        ),
        (
            "win32",
            (
                "AppData/Local/Microsoft/Edge/User Data/Default/Network/Cookies",
                "AppData/Roaming/Mozilla/Firefox/Profiles/a/cookies.sqlite",
                "AppData/Roaming/Opera Software/Opera Stable/Network/Cookies",
            ),
            ("firefox", "edge", "opera"),
        ),
    ],
)
def test_a_browser_with_cookies_is_found(
    tmp_path: Path, system: str, stores: tuple[str, ...], found: tuple[str, ...]
) -> None:
    lay(tmp_path, *stores)
    assert cookie_browsers(tmp_path, system=system, environ={}) == found


def test_a_browser_that_was_never_used_is_not(tmp_path: Path) -> None:
    (tmp_path / ".config/google-chrome").mkdir(parents=True)
    assert cookie_browsers(tmp_path, system="linux", environ={}) == ()
