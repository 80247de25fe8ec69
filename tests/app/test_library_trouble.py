"""A library that cannot be opened, written or read whole: said, with what can be done about it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from notegen_desktop.app import Application, create_app
from notegen_desktop.services.library import open_library
from notegen_desktop.wiring import Program
from tests.fakes.notes import a_note, a_request

from .running import child, run_program, until

TALK = "WEBVTT\n\n00:01.000 --> 00:09.000\nSpaced repetition beats cramming for long memory.\n"


def _fill(home: Path, notes: int = 20) -> Path:
    async def story() -> None:
        library = await asyncio.to_thread(lambda: open_library(path=path, maintenance_after_s=3600))
        for number in range(notes):
            await library.store.save(a_note(), a_request(model=str(number)))
        await library.aclose()
        library = await asyncio.to_thread(lambda: open_library(path=path, maintenance_after_s=0))
        library._maintenance.join()  # which makes a backup
        await library.aclose()

    path = home / "notes.db"
    asyncio.run(story())
    return path


def _spoil(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(os.urandom(4096))


def _root(path: Path, name: str) -> int:
    connection = sqlite3.connect(path)
    query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    page: int = connection.execute(query, (name,)).fetchone()[0]
    connection.close()
    return page


def _said(app: Application) -> str:
    return app.window.messages.text()


def _press(app: Application, words: str) -> None:
    for name in ("messageAction", "messageOther"):
        button = child(app.window.messages, QPushButton, name)
        if button.text() == words and not button.isHidden():
            button.click()
            return
    raise AssertionError(f"there is no button {words}: {_said(app)}")


async def _answer(name: str) -> str:
    """Press a button of the question that comes; returns the question's words."""

    def box() -> QMessageBox | None:
        shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]
        return next((each for each in shown if each.isVisible()), None)

    await until(box, "a question")
    found = box()
    assert found is not None
    words = f"{found.text()} {found.informativeText()}"
    child(found, QPushButton, name).click()
    return words


def _order(app: Application, talk: Path) -> None:
    app.window.add_text(str(talk))
    templates = app.window.composer.templates
    templates.tick(["basic-summary"])
    app.settings.override({"general.engine": "offline"})
    app.window.composer.show_options(engine="offline", mode="auto", language="")
    app.window.ordering.generate()


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.vtt"
    path.write_text(TALK)
    return path


@pytest.mark.allow_log
def test_orders_wait_until_a_damaged_library_is_repaired(home: Path, talk: Path) -> None:
    path = _fill(home)
    _spoil(path, 1)

    async def story(app: Application) -> None:
        _order(app, talk)
        assert "Your order waits until the library is open" in _said(app)
        await until(
            lambda: "Kept" in app.window.composer.estimate.text(), "the words beside the button"
        )
        _press(app, "Repair")
        await until(lambda: app.program is not None, "the library")
        assert "20 of 20 notes are whole" in _said(app)
        await until(lambda: [job for job in app.board if job.status.value == "complete"], "a note")
        assert app.program is not None
        assert len(await app.program.services.store.recent()) == 21

    run_program(story, ready=lambda app: "damaged" in _said(app))
    assert list(home.glob("notes-damaged-*.db"))


def test_a_library_that_opens_slowly_says_so_and_takes_orders_meanwhile(
    home: Path, talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = threading.Event()
    open_program = Application._open_program

    def slowly(app: Application, *, kept: bool, anew: bool) -> Program:
        assert opens.wait(60)
        return open_program(app, kept=kept, anew=anew)

    monkeypatch.setattr("notegen_desktop.app.SLOW_S", 0.01)
    monkeypatch.setattr(Application, "_open_program", slowly)

    async def story(app: Application) -> None:
        assert app.window.notes_page.isVisible()
        _order(app, talk)
        assert "Your order waits until the library is open" in _said(app)
        opens.set()
        await until(lambda: app.program is not None, "the library")
        await until(lambda: [job for job in app.board if job.status.value == "complete"], "a note")
        assert "library" not in _said(app)

    run_program(story, ready=lambda app: "Opening your library" in _said(app))


@pytest.mark.allow_log
def test_the_last_backup_is_restored(home: Path) -> None:
    _spoil(_fill(home), 1)

    async def story(app: Application) -> None:
        _press(app, "Other ways…")
        words = await _answer("restoreButton")
        assert "Restore last backup: go back" in words
        await until(lambda: app.program is not None, "the library")
        assert app.program is not None
        assert len(await app.program.services.store.recent()) == 20

    run_program(story, ready=lambda app: "damaged" in _said(app))


@pytest.mark.allow_log
def test_an_emptied_library_is_put_back_from_its_backup(home: Path, talk: Path) -> None:
    _fill(home).write_bytes(b"")

    async def story(app: Application) -> None:
        assert "Restore last backup: go back" in _said(app)
        _order(app, talk)
        _press(app, "Restore last backup")
        await until(lambda: app.program is not None, "the library")
        await until(lambda: [job for job in app.board if job.status.value == "complete"], "a note")
        assert app.program is not None
        assert len(await app.program.services.store.recent()) == 21

    run_program(story, ready=lambda app: "had notes before" in _said(app))


@pytest.mark.allow_log
def test_in_place_of_a_lost_library_a_new_one_can_be_begun(home: Path) -> None:
    _fill(home).unlink()

    async def story(app: Application) -> None:
        _press(app, "Other ways…")
        assert "Begin a new library: start without notes" in await _answer("anewButton")
        await until(lambda: app.program is not None, "the library")
        assert app.program is not None
        assert await app.program.services.store.recent() == []

    run_program(story, ready=lambda app: "had notes before" in _said(app))
    assert list(home.glob("backups-before-*/notes-*.db"))
    run_program(lambda app: until(lambda: app.program, "a start that asks nothing"))


@pytest.mark.allow_log
def test_notes_that_were_open_show_that_an_empty_library_is_lost(home: Path) -> None:
    async def open_a_note(app: Application) -> None:
        assert app.program is not None
        note = await app.program.services.store.save(a_note(), a_request())
        app.window.results.open_note(note)

    run_program(open_a_note)
    (home / "notes.db").unlink()

    async def story(app: Application) -> None:
        assert "wait until it is done" in _said(app)
        _press(app, "Other ways…")
        await _answer("anewButton")
        await until(lambda: app.program is not None, "the library")

    run_program(story, ready=lambda app: "had notes before" in _said(app))


@pytest.mark.allow_log
def test_recent_notes_of_a_window_without_tabs_show_that_an_emptied_library_is_lost(
    home: Path,
) -> None:
    async def write_a_note(app: Application) -> None:
        assert app.program is not None
        await app.program.services.store.save(a_note(), a_request())
        app.window.library.changed.emit()
        await until(lambda: app.window.recent.videos, "the recent videos")

    run_program(write_a_note)
    (home / "notes.db").write_bytes(b"")

    async def story(app: Application) -> None:
        assert app.program is None

    run_program(story, ready=lambda app: "had notes before" in _said(app))


@pytest.mark.allow_log
def test_it_goes_on_without_and_says_that_nothing_is_kept(home: Path, talk: Path) -> None:
    path = _fill(home)
    _spoil(path, 1)
    before = path.read_bytes()

    async def story(app: Application) -> None:
        _order(app, talk)
        _press(app, "Other ways…")
        await _answer("withoutButton")
        await until(lambda: [job for job in app.board if job.status.value == "complete"], "a note")
        assert "not kept" in app.window.windowTitle()
        assert "Notes are not kept" in _said(app)

    run_program(story, ready=lambda app: "damaged" in _said(app))
    assert path.read_bytes() == before


@pytest.mark.allow_log
def test_it_is_tried_again_and_an_order_is_not_forgotten_unasked(home: Path, talk: Path) -> None:
    home.mkdir()
    (home / "notes.db").mkdir()

    async def story(app: Application) -> None:
        app.window.add_text(str(talk))  # as a second start does
        _order(app, talk)
        app.window.close()
        assert "forgets it" in await _answer("rejectButton")
        (home / "notes.db").rmdir()
        _press(app, "Try again")
        await until(lambda: [job for job in app.board if job.status.value == "complete"], "a note")
        assert "folder" not in _said(app)

    run_program(story, ready=lambda app: "is a folder" in _said(app))


def test_damage_met_while_it_is_open_is_repaired_there(home: Path) -> None:
    path = _fill(home)
    _spoil(path, _root(path, "note_search_data"))

    async def story(app: Application) -> None:
        assert app.program is not None
        app.window.page_switch.choose("library")
        app.window.library.search.setText("memory")
        await until(lambda: "damaged" in _said(app), "the news")
        _press(app, "Repair")
        await until(lambda: "20 of 20 notes are whole" in _said(app), "the repair")
        assert len(await app.program.services.store.search(a_note().title)) == 20

    run_program(story)


def _remount(folder: Path, way: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{way}", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting wants root")
@pytest.mark.allow_log
def test_a_library_that_is_only_read_is_shown(home: Path) -> None:
    home.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(home)], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        _fill(home)
        _remount(home, "ro")

        async def story(app: Application) -> None:
            await until(lambda: "Notes can be read" in _said(app), "the news")
            app.window.page_switch.choose("library")
            await until(lambda: app.window.library.model.rowCount() == 20, "the notes")
            _remount(home, "rw")
            _press(app, "Try again")
            await until(lambda: "written to again" in _said(app), "the news")
            assert app.program is not None
            await app.program.services.store.save(a_note(), a_request(model="new"))

        run_program(story)
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)


def _locked_elsewhere(home: Path) -> Path:
    home.mkdir(exist_ok=True)
    lock = home / "notes.lock"
    lock.write_text("4711\nnotegen-desktop\nanother-computer\n" + "0" * 32 + "\n" + "1" * 36 + "\n")
    month_ago = time.time() - 30 * 86_400
    os.utime(lock, (month_ago, month_ago))
    return lock


def test_another_computer_s_lock_is_asked_about_in_a_window(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = _locked_elsewhere(home)
    words: list[str] = []
    app = create_app(["notegen-desktop"])

    async def story() -> int:
        life = asyncio.create_task(app._life())
        words.append(await _answer("openAnywayButton"))
        await until(lambda: app.program is not None, "the window")
        assert app.window.isVisible()
        app.window.close()
        return await life

    import qasync

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app.qt)) as runner:
        assert runner.run(story()) == 0
    app.window.deleteLater()
    app.log.close()
    assert "another-computer" in words[0]
    assert str(lock) in words[0].replace("\n", "")  # long words are broken there
    assert str(lock) in capsys.readouterr().err


def test_who_does_not_open_it_anyway_leaves_the_lock(home: Path) -> None:
    lock = _locked_elsewhere(home)
    app = create_app(["notegen-desktop"])

    async def story() -> int:
        life = asyncio.create_task(app._life())
        await _answer("rejectButton")
        return await life

    import qasync

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app.qt)) as runner:
        assert runner.run(story()) == 1
    app.window.deleteLater()
    app.log.close()
    assert "another-computer" in lock.read_text()
