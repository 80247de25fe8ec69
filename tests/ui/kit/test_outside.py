"""Effects outside the window: opened links, files being written, spoken announcements."""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QPushButton

from notegen_desktop.domain.errors import VideoPrivate
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.kit import screen_reader as announcing
from notegen_desktop.ui.notes import actions as saving
from tests.fakes.services import FakeServices, make_note, make_video
from tests.ui.conftest import close, until
from tests.ui.window.test_main_window import ONE, Make, says


def submitted(fakes: FakeServices, *templates: str) -> list[NoteJob]:
    return list(fakes.runner.submit(Order(find_links(ONE).links, templates)))


NO_SERVICES = pytest.mark.allow_log(logging.WARNING)
"""Marker for the offscreen platform, which opens no URLs and logs a warning instead."""


@NO_SERVICES
async def test_a_link_of_a_note_that_nothing_opens_says_so(main_window: Make) -> None:
    window = main_window()
    video = make_video()
    window.note_actions.open_link(video.url, video)
    await until(lambda: "Nothing on this computer opened the link." in window.messages.text())
    assert video.url in window.messages.text()
    window.messages.findChild(QPushButton, "messageAction").click()
    assert QGuiApplication.clipboard().text() == video.url


@NO_SERVICES
async def test_a_video_and_a_folder_that_nothing_opens_say_so(
    main_window: Make, tmp_path: Path
) -> None:
    window = main_window()
    assert not window.note_actions.open_at(make_video(), 12.0)
    assert "opened the video" in window.messages.text()
    window.note_actions._saved(tmp_path / "note.md")
    window.messages.findChild(QPushButton, "messageAction").click()
    assert "opened the folder" in window.messages.text()
    assert str(tmp_path) in window.messages.text()


@NO_SERVICES
async def test_the_way_to_a_key_that_nothing_opens_is_said_in_the_settings(
    main_window: Make,
) -> None:
    window = main_window()
    window.settings.open()
    dialog = window.settings._made()
    dialog.key_box.link_activated.emit("https://aistudio.google.com/apikey")
    assert "aistudio.google.com" in says(dialog, "settingsError")
    dialog.close()


async def test_what_the_system_takes_although_nothing_is_registered_is_said(
    main_window: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "xdg-mime"
    tool.write_text("#!/bin/sh\nexit 0\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSER", raising=False)
    window = main_window()
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: True)
    assert window.note_actions.open_at(make_video(), 0.0)
    await until(lambda: "opened the video" in window.messages.text())


async def test_closing_waits_for_a_file_that_is_being_written(
    main_window: Make, fakes: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()
    writing = threading.Event()

    def slowly(path: Path, content: bytes) -> None:
        writing.set()
        may_go_on.wait(20)
        path.write_bytes(content)

    async def here(*_: object, **__: object) -> Path:
        return tmp_path / "note.md"

    monkeypatch.setattr(fakes.ports.exporter, "replace", slowly)
    monkeypatch.setattr(saving, "ask_where", here)
    window = main_window()
    window.note_actions.save(make_note(), "md", Level.STANDARD)
    await until(writing.is_set)
    closing = asyncio.ensure_future(close(window))
    await until(lambda: "closes when the file is written" in window.messages.text())
    assert window.isVisible()
    may_go_on.set()
    await closing
    assert (tmp_path / "note.md").read_bytes()


async def test_finished_failed_and_waiting_notes_are_announced(
    main_window: Make, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    hears = staticmethod(lambda event: said.append(event.message()))
    monkeypatch.setattr(announcing.QAccessible, "updateAccessibility", hears)
    main_window()
    jobs = submitted(fakes, "basic-summary", "study-notes", "flashcards")
    for job in jobs:
        fakes.runner.begin(job)
    fakes.runner.finish(jobs[0])
    fakes.runner.fail(jobs[1], VideoPrivate())
    fakes.runner.hold(jobs[2], until=fakes.clock() + 30, reason="Waiting for the quota")
    await until(lambda: len(said) >= 3)
    assert any("Basic summary" in words and "Complete" in words for words in said)
    assert any("Study notes" in words and "Failed: " in words for words in said)
    assert any("Flashcards" in words and "Waiting for the quota, 30 s" in words for words in said)


async def test_many_that_end_together_are_announced_in_one_sentence(
    main_window: Make, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(announcing, "announce", lambda _w, words, **_: said.append(words))
    main_window()
    for job in submitted(fakes, *(t.id for t in fakes.templates.all()[:5])):
        fakes.runner.begin(job)
        fakes.runner.finish(job)
    await until(lambda: said)
    assert said == ["5 notes ready"]
