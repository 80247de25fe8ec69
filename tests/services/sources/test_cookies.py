"""The cookies of a browser, read by yt-dlp as it is from stores as browsers keep them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.errors import NoteGenError, VideoRestricted
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Material
from notegen_desktop.services.sources.refusals import trouble_with
from notegen_desktop.services.sources.router import build_sources
from tests.fakes import browsers
from tests.fakes import video_sites as sites
from tests.fakes.site import FakeSite

SIGNED_IN = {(".bilibili.com", "SESSDATA"): "abc", (".example.com", "other"): "secret"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


async def read(web: FakeSite, browser: str, url: str = sites.BILIBILI) -> Material:
    sources = build_sources(
        proxy=lambda: web.url, cookies_for=lambda _site: browser, caption_gap_s=0.0
    )
    try:
        return await sources.read(find_links(url).links[0], languages=("en",))
    finally:
        await sources.aclose()


MAKERS: dict[str, Callable[[Path], Any]] = {
    "firefox": lambda home: browsers.firefox(home, SIGNED_IN),
    "chromium": lambda home: browsers.chromium(home / "config", SIGNED_IN),
}


@pytest.mark.parametrize("browser", MAKERS)
async def test_a_site_sees_its_own_cookies_of_the_chosen_browser_and_no_others(
    web: FakeSite, home: Path, browser: str
) -> None:
    MAKERS[browser](home)
    assert (await read(web, browser)).transcript is not None
    assert "SESSDATA=abc" in web.cookies["www.bilibili.com"]
    assert not any("secret" in sent for sent in web.cookies.values())


async def test_cookies_chosen_for_one_site_are_not_shown_to_another(
    web: FakeSite, home: Path
) -> None:
    browsers.firefox(home, {**SIGNED_IN, (".vimeo.com", "vimeo"): "me"})
    sources = build_sources(
        proxy=lambda: web.url,
        cookies_for=lambda site: "firefox" if site == "bilibili" else "",
        caption_gap_s=0.0,
    )
    for url in (sites.BILIBILI, sites.VIMEO, sites.BILIBILI):
        assert (await sources.read(find_links(url).links[0], languages=("en",))).transcript
    assert "SESSDATA=abc" in web.cookies["www.bilibili.com"]
    assert not any("vimeo=me" in sent for sent in web.cookies.values())
    await sources.aclose()


async def test_no_cookies_are_sent_unless_a_browser_is_chosen(web: FakeSite, home: Path) -> None:
    MAKERS["firefox"](home)
    assert (await read(web, "")).transcript is not None
    assert "SESSDATA" not in web.cookies["www.bilibili.com"]


def break_store(home: Path) -> None:
    MAKERS["firefox"](home).write_bytes(b"no database at all" * 100)


def forbid_store(home: Path) -> None:
    """Stands for a file that its browser keeps to itself."""
    store = MAKERS["firefox"](home)
    store.unlink()
    store.mkdir()


@pytest.mark.parametrize(
    ("browser", "make", "words"),
    [
        ("firefox", lambda _: None, "No cookies of Firefox were found: sign in with it once"),
        ("firefox", break_store, "The cookies of Firefox cannot be read: close that browser"),
        ("firefox", forbid_store, "The cookies of Firefox cannot be read: close that browser"),
        ("chromium", lambda _: None, "No cookies of Chromium were found"),
        (
            "chromium",
            lambda home: browsers.chromium(home / "config", SIGNED_IN, version=b"v11"),
            "The cookies of Chromium cannot be unlocked: open the key ring",
        ),
    ],
)
async def test_cookies_that_cannot_be_had_are_named_where_a_sign_in_is_wanted(
    web: FakeSite, home: Path, browser: str, make: Callable[[Path], None], words: str
) -> None:
    make(home)
    assert (await read(web, browser)).transcript is not None, "what needs none is read all the same"
    web.pages = sites.signed_in_only()
    missing = (await read(web, browser)).missing
    assert missing is not None
    assert words in missing.hint
    with pytest.raises(VideoRestricted) as caught:
        await read(web, browser, "https://vimeo.com/76979999")
    assert words in caught.value.hint


async def test_who_signs_in_and_retries_is_seen_signed_in(web: FakeSite, home: Path) -> None:
    store = browsers.firefox(home, {(".example.com", "a"): "b"})
    sources = build_sources(
        proxy=lambda: web.url, cookies_for=lambda _site: "firefox", caption_gap_s=0.0
    )
    link = find_links("https://vimeo.com/76979999").links[0]
    with pytest.raises(VideoRestricted):
        await sources.read(link, languages=())
    store.unlink()
    store.parent.rmdir()
    browsers.firefox(home, {(".vimeo.com", "vimeo"): "signed-in"})
    with pytest.raises(NoteGenError):
        await sources.read(link, languages=())
    assert "vimeo=signed-in" in web.cookies["vimeo.com"]
    await sources.aclose()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ERROR: Could not copy Chrome cookie database. See https://…", "are locked: close that"),
        ("[Errno 13] Permission denied: 'cookies.sqlite'", "are locked: close that"),
        ("database is locked", "are locked: close that"),
        ("cannot decrypt v11 cookies: no key found", "cannot be unlocked"),
        ("file is not a database", "cannot be read"),
        ("", ""),
    ],
)
def test_what_is_wrong_with_a_store_is_put_in_words(said: str, words: str) -> None:
    found = trouble_with("chrome", [said] if said else [])
    assert words in found
    assert bool(found) == bool(words)
