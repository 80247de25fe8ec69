"""Update of yt-dlp, offered where YouTube's pages are no longer understood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog, QPushButton

from notegen_desktop.domain.errors import NetworkUnreachable, YoutubeChanged
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Order, YtDlpRelease
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices
from tests.ui.conftest import until

from .test_refusals import button

Make = Callable[..., MainWindow]
NEW = YtDlpRelease("2099.01.02", "https://releases.example/yt-dlp", "0" * 64)


@dataclass
class Releases:
    """Fake of the releases of yt-dlp."""

    newest: YtDlpRelease | None = NEW
    version: str = "2026.10.26"
    failure: NetworkUnreachable | None = None
    fetched: list[YtDlpRelease] = field(default_factory=list)

    async def find(self) -> YtDlpRelease | None:
        if self.failure is not None:
            raise self.failure
        return self.newest

    async def fetch(self, release: YtDlpRelease) -> None:
        self.fetched.append(release)

    def use(self, works: Callable[[], object]) -> str:
        raise AssertionError("the one in use is imported already")


@pytest.fixture
def releases(fakes: FakeServices) -> Releases:
    made = Releases()
    fakes.ports = replace(fakes.ports, ytdlp=made)
    return made


def failed(fakes: FakeServices) -> NoteJob:
    links = find_links("https://youtu.be/aaaaaaaaaaa").links
    (job,) = fakes.runner.submit(Order(tuple(links), ("study-notes",)))
    fakes.runner.fail(job, YoutubeChanged())
    return job


async def asked(window: MainWindow, fakes: FakeServices) -> Any:
    """Press the update button of a failed job; return the confirming button of the dialog."""
    (await button(window, failed(fakes), "update")).click()
    await until(lambda: window.findChild(QPushButton, "getYtDlpButton"), "the question")
    return window.findChild(QPushButton, "getYtDlpButton")


async def test_it_is_fetched_after_a_question_and_a_new_start_is_offered(
    main_window: Make, fakes: FakeServices, releases: Releases
) -> None:
    window = main_window()
    press = await asked(window, fakes)
    assert not releases.fetched, "only asked"
    press.click()
    await until(lambda: "2099.01.02 is used from the next start" in window.messages.text())
    assert releases.fetched == [NEW]
    assert window.messages.findChild(QPushButton, "messageAction").text() == "Start again now"


async def test_who_says_no_gets_nothing(
    main_window: Make, fakes: FakeServices, releases: Releases
) -> None:
    window = main_window()
    press = await asked(window, fakes)
    dialog = press.window()
    assert isinstance(dialog, QDialog)
    dialog.reject()
    await until(lambda: not window.tasks, "the end of the task")
    assert not releases.fetched
    assert not window.messages.text()


async def test_where_there_is_no_newer_one_that_is_said(
    main_window: Make, fakes: FakeServices, releases: Releases
) -> None:
    releases.newest = None
    window = main_window()
    (await button(window, failed(fakes), "update")).click()
    await until(lambda: "yt-dlp 2026.10.26 is the newest" in window.messages.text())


async def test_a_failure_is_told_in_words(
    main_window: Make, fakes: FakeServices, releases: Releases
) -> None:
    releases.failure = NetworkUnreachable("The proxy for videos does not answer.")
    window = main_window()
    (await button(window, failed(fakes), "update")).click()
    await until(lambda: "proxy for videos" in window.messages.text())
