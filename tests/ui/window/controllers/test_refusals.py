"""Remedies for refused sources, offered as buttons in rows and chips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QPushButton

from notegen_desktop.domain.errors import (
    Need,
    NoCaptions,
    NoteGenError,
    VideoPrivate,
    VideoRestricted,
)
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.link import file_link
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.queue.cards import VideoCard
from notegen_desktop.ui.window.controllers import refusals
from tests.fakes.services import FakeServices
from tests.ui.conftest import until

Make = Callable[..., Any]
SECRET, OTHER, ELSEWHERE = (
    "https://vimeo.com/76979871",
    "https://vimeo.com/76979872",
    "https://www.dailymotion.com/video/x8abcde",
)


@pytest.fixture(autouse=True)
def browsers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "cookie_browsers", lambda: ("firefox", "chromium"))


def country() -> NoteGenError:
    error = VideoRestricted("This video is not available in your country.")
    error.need = Need.COUNTRY
    return error


def failed(
    fakes: FakeServices, error: NoteGenError, *urls: str, engine: Engine = Engine.GEMINI
) -> list[NoteJob]:
    links = tuple(link for url in urls for link in find_links(url).links)
    jobs = fakes.runner.submit(Order(links, ("study-notes",), engine=engine))
    for job in jobs:
        fakes.runner.fail(job, error)
    return list(jobs)


async def button(window: Any, job: NoteJob, name: str) -> QPushButton:
    """Return a remedy's button, in the row of a job or above several with the same failure."""

    def found() -> Any:
        card = window.jobs.findChild(VideoCard, f"video:{job.video_id}")
        of_row = card and card.findChild(QPushButton, f"remedy:{name}")
        return of_row or window.jobs.head.causes.findChild(QPushButton, f"remedy:{name}")

    await until(found, name)
    press = found()
    assert isinstance(press, QPushButton)
    return press


async def test_cookies_of_a_browser_are_kept_for_the_site_and_all_that_failed_likewise_retried(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    one, two = failed(fakes, VideoPrivate(), SECRET, OTHER)
    (elsewhere,) = failed(fakes, VideoPrivate(), ELSEWHERE)
    (abroad,) = failed(fakes, country(), "https://vimeo.com/76979873")
    press = await button(window, one, "cookies:firefox")
    assert press.text() == "Firefox cookies"
    assert press.focusPolicy() & Qt.FocusPolicy.TabFocus
    press.click()
    assert fakes.settings.current.text("sources.cookies_for_sites") == "vimeo: firefox"
    await until(lambda: fakes.runner.retried == [one.id, two.id])
    assert not {elsewhere.id, abroad.id} & set(fakes.runner.retried)
    assert "Trying 2 notes of Vimeo again" in window.messages.text()


async def test_the_table_offers_the_same_in_its_menu(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    (job,) = failed(fakes, VideoPrivate(), SECRET)
    await button(window, job, "cookies:firefox")
    window.jobs.grid.setCurrentIndex(window.jobs.queue.index_of(job))
    menu = window.jobs.grid.menu()
    entries = {entry.text(): entry for entry in menu.actions()}
    entries["Firefox cookies"].trigger()
    menu.deleteLater()
    await until(lambda: fakes.runner.retried == [job.id])


async def test_a_proxy_is_typed_once_and_kept(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    (job,) = failed(fakes, country(), SECRET)
    (await button(window, job, "proxy")).click()
    await until(lambda: window.findChild(QDialog, "proxyDialog"))
    dialog = window.findChild(QDialog, "proxyDialog")
    dialog.findChild(QLineEdit).setText("socks5://127.0.0.1:1080")
    dialog.accept()
    await until(lambda: fakes.runner.retried == [job.id])
    assert fakes.settings.current.text("sources.proxy") == "socks5://127.0.0.1:1080"


async def test_gemini_watches_what_has_no_words(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    (job,) = failed(fakes, NoCaptions(), "https://youtu.be/aaaaaaaaaaa", engine=Engine.OFFLINE)
    (await button(window, job, "watch")).click()
    assert fakes.runner.turned == [((job.id,), Engine.GEMINI, "")]


async def test_a_chosen_file_takes_the_place_of_the_row(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    saved = tmp_path / "talk.vtt"
    saved.write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nHello there.\n")
    window = main_window()
    first, last = failed(fakes, country(), SECRET, OTHER)
    (await button(window, first, "file")).click()
    await until(lambda: window.findChild(QDialog, "fileDialog"))
    dialog = window.findChild(QFileDialog, "fileDialog")
    dialog.filesSelected.emit([str(saved)])
    dialog.done(QDialog.DialogCode.Accepted)
    link = file_link(str(saved))
    place = f"video:{link.id}"
    await until(lambda: window.jobs.findChild(VideoCard, place))
    await until(lambda: window.jobs.findChild(VideoCard, f"video:{first.video_id}") is None)
    cards = window.jobs.findChildren(VideoCard)
    shown = sorted(cards, key=lambda card: card.mapTo(window, QPoint()).y())
    assert [card.objectName() for card in shown] == [f"video:{last.video_id}", place]


async def test_a_file_that_is_dropped_on_the_row_does_the_same(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    saved = tmp_path / "talk.mp4"
    saved.touch()
    window = main_window()
    (job,) = failed(fakes, country(), SECRET)
    await button(window, job, "file")
    card = window.jobs.findChild(VideoCard, f"video:{job.video_id}")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(saved))])
    card.dropEvent(
        QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    await until(lambda: window.jobs.findChild(VideoCard, f"video:{file_link(str(saved)).id}"))


async def test_a_row_that_no_file_would_help_leaves_drops_to_the_window(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    (job,) = fakes.runner.submit(Order(find_links(SECRET).links, ("study-notes",)))
    await until(lambda: window.jobs.findChild(VideoCard, f"video:{job.video_id}"))
    assert not window.jobs.findChild(VideoCard).acceptDrops()


async def test_speech_recognition_that_is_set_up_later_retries_what_waited_for_it(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    film = tmp_path / "talk.mp4"
    film.touch()
    window = main_window()
    jobs = fakes.runner.submit(Order((file_link(str(film)),), ("study-notes",)))
    fakes.runner.fail(jobs[0], NoCaptions())
    (await button(window, jobs[0], "speech")).click()
    assert window.findChild(QDialog, "settingsDialog").isVisible()
    window.findChild(QDialog, "settingsDialog").reject()
    fakes.settings.change({"sources.speech_model": "small"})
    await until(lambda: fakes.runner.retried == [jobs[0].id])


async def test_the_chip_of_a_source_that_cannot_be_looked_at_offers_the_same(
    main_window: Make, fakes: FakeServices
) -> None:
    for url in (SECRET, OTHER):
        fakes.source.failures[find_links(url).links[0].id] = VideoPrivate()
    window = main_window()
    window.add_text(f"{SECRET} {OTHER}")
    source = window.composer.source
    await until(lambda: len(source.failures) == 2)
    chip = next(iter(source._chips.values()))
    await until(lambda: len(chip.ways.menu().actions()) == 3)
    entries = {entry.text(): entry for entry in chip.ways.menu().actions()}
    assert list(entries) == ["Firefox cookies", "Chromium cookies", "A saved file…"]
    fakes.source.failures.clear()
    entries["Chromium cookies"].trigger()
    await until(lambda: not source.failures)
    assert not chip.ways.isVisible()
    assert fakes.settings.current.text("sources.cookies_for_sites") == "vimeo: chromium"


async def test_a_file_takes_the_place_of_a_chip(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    source = window.composer.source
    window.add_text(f"{SECRET} {OTHER}")
    saved = file_link("/somewhere/talk.vtt")
    source.replace(source.links()[0].key, saved)
    assert [link.url for link in source.links()] == [saved.url, OTHER]
