"""Nothing is asked before it is allowed, once a week after that, and nothing of who asks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import KeyRingLocked, NetworkUnreachable
from notegen_desktop.domain.releases import Release, UpdateCheckState
from notegen_desktop.services.machine import updates
from notegen_desktop.services.machine.updates import HEADERS, WEEK_S, Updates
from tests.fakes.site import FakeSite

ADDRESS = "https://releases.example/latest"
NOW = 1_800_000_000.0


class Server:
    """Answers with a release, or with a failure."""

    def __init__(self, tag: str = "v9.1.0") -> None:
        self.asked: list[str] = []
        self.answer = json.dumps(
            {"tag_name": tag, "body": "- New: everything", "html_url": "https://x.example/9"}
        ).encode()
        self.failure: Exception | None = None

    async def __call__(self, address: str) -> bytes:
        self.asked.append(address)
        if self.failure is not None:
            raise self.failure
        return self.answer


def made(folder: Path, server: Server, address: str = ADDRESS) -> Updates:
    return Updates(folder / "updates.json", fetch=server, address=address)


async def test_a_newer_version_comes_with_its_notes_and_is_remembered(tmp_path: Path) -> None:
    server = Server()
    await made(tmp_path, server).ask(now_s=NOW)
    again = made(tmp_path, server)
    assert again.state.newer == Release("9.1.0", "- New: everything", "https://x.example/9")
    assert server.asked == [ADDRESS]
    assert not again.is_due(allowed=True, now_s=NOW + WEEK_S - 1)
    assert again.is_due(allowed=True, now_s=NOW + WEEK_S)
    assert again.is_due(allowed=True, now_s=NOW - 1), "a clock that was set back"


def test_nothing_is_due_before_it_is_allowed_or_without_an_address(tmp_path: Path) -> None:
    server = Server()
    assert not made(tmp_path, server).is_due(allowed=False, now_s=NOW)
    assert not made(tmp_path, server, "").is_due(allowed=True, now_s=NOW)
    assert not server.asked


async def test_a_failure_is_kept_in_words_and_asked_again_in_a_week(tmp_path: Path) -> None:
    server = Server()
    server.failure = NetworkUnreachable("No way there.")
    known = made(tmp_path, server)
    await known.ask(now_s=NOW)
    assert known.state.problem == "No way there."
    assert known.state.newer is None
    assert not known.is_due(allowed=True, now_s=NOW + 60)


@pytest.mark.parametrize("answer", [b"", b"[]", b"<html>", b'{"tag_name": null}', b'{"x": 1}'])
async def test_an_answer_that_is_none_is_no_release(tmp_path: Path, answer: bytes) -> None:
    server = Server()
    server.answer = answer
    state = await made(tmp_path, server).ask(now_s=NOW)
    assert state.newer is None


@pytest.mark.parametrize(
    ("tag", "newer"),
    [("0.2.0", True), ("v1.0.0", True), ("0.1.0", False), ("0.0.9", False), ("2.0.0-rc1", False)],
)
def test_what_is_newer(tag: str, newer: bool) -> None:
    assert Release(tag).is_newer_than("0.1.0") is newer


def test_a_broken_memory_is_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "updates.json").write_text("{")
    assert made(tmp_path, Server()).state == UpdateCheckState()


def test_the_request_says_nothing_of_who_asks() -> None:
    assert HEADERS == {"User-Agent": "NoteGen", "Accept": "application/json"}


def test_a_checkout_has_no_address_to_ask() -> None:
    assert updates.releases_address() == ""


async def test_it_is_asked_through_the_proxy(tmp_path: Path) -> None:
    with FakeSite({"/latest": ("application/json", b'{"tag_name": "v9.1.0"}')}) as site:
        nowhere = "http://127.0.0.1:9/latest"  # only through the proxy is there an answer
        asked = Updates(tmp_path / "updates.json", address=nowhere, proxy=lambda: site.url)
        state = await asked.ask(now_s=NOW)
    assert (state.problem, state.version) == ("", "9.1.0")


async def test_a_proxy_whose_password_is_locked_away_is_told(tmp_path: Path) -> None:
    def proxy() -> str:
        raise KeyRingLocked("The key ring does not answer.")

    asked = Updates(tmp_path / "updates.json", address=ADDRESS, proxy=proxy)
    assert (await asked.ask(now_s=NOW)).problem == "The key ring does not answer."
