"""On Linux the name of a file is any bytes; such a file, and such a home, are as good as others."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl

from notegen_desktop.app import Application
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.services.machine.local_files import local_path
from notegen_desktop.services.machine.paths import sample_talk
from tests.e2e.command import ROOT, Command

from .running import press_generate, run_program, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names are text on other systems")


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / os.fsdecode(b"caf\xe9.vtt")
    path.write_bytes(sample_talk().read_bytes())
    return path


@pytest.fixture
def home(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    odd = tmp_path / os.fsdecode(b"h\xf6me")
    monkeypatch.setenv("NOTEGEN_HOME", str(odd))
    return odd


def test_a_name_that_is_no_text_is_given_at_the_start_and_becomes_notes(
    home: Path, talk: Path
) -> None:
    async def story(app: Application) -> None:
        (link,) = app.window.composer.source.links()
        assert local_path(link.url) == talk
        press_generate(app)
        await until(lambda: len(app.board.finished()) == 3, "three notes")
        assert {job.status for job in app.board.finished()} == {Status.COMPLETE}
        (video,) = app.board.videos()
        assert (video.title, local_path(video.url)) == ("Caf\ufffd", talk)

    run_program(story, arguments=(str(talk),))
    assert {"notes.db", "window.json"} <= set(os.listdir(home))
    assert "not cared for" not in (home / "logs/notegen.log").read_text()
    kept = Command(home)("notes", "list", "--json").json
    assert {note["video"]["title"] for note in kept} == {"Caf\ufffd"}


@pytest.mark.parametrize("held", ["its URI", "Qt's name", "a text with its URI", "a text with it"])
@pytest.mark.usefixtures("home")
def test_a_name_that_is_no_text_is_dropped(talk: Path, held: str) -> None:
    async def story(app: Application) -> None:
        mime = QMimeData()
        match held:
            case "its URI":
                mime.setUrls([QUrl(talk.as_uri())])
            case "Qt's name":
                mime.setUrls([QUrl.fromLocalFile(QUrl(talk.as_uri()).toLocalFile())])
            case "a text with its URI":
                mime.setText(talk.as_uri())
            case "a text with it":
                mime.setText(os.fsencode(talk).decode("utf-8", "replace"))
        (link,) = app.window.composer.source.add_mime(mime)
        assert local_path(link.url) == talk

    run_program(story)


@pytest.mark.allow_log(logging.WARNING)  # the offscreen platform raises no window
def test_a_second_start_hands_over_a_name_that_is_no_text(home: Path, talk: Path) -> None:
    async def story(app: Application) -> None:
        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "notegen_desktop", talk.name),
            cwd=talk.parent,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
        )
        await until(app.window.composer.source.links, "the source")
        (link,) = app.window.composer.source.links()
        assert local_path(link.url) == talk
        assert await second.wait() == 0

    run_program(story)
    assert os.listdir(home)


def test_two_names_that_look_alike_are_two_videos(home: Path, talk: Path) -> None:
    other = talk.with_name(os.fsdecode(b"caf\xe8.vtt"))
    other.write_bytes(talk.read_bytes())

    async def story(app: Application) -> None:
        links = app.window.composer.source.links()
        assert [local_path(link.url) for link in links] == [talk, other]

    run_program(story, arguments=(str(talk), str(other)))


def test_the_command_line_reads_and_writes_names_that_are_no_text(
    home: Path, talk: Path, tmp_path: Path
) -> None:
    notegen, out = Command(home), tmp_path / os.fsdecode(b"\xf6ut")
    for source in (str(talk), talk.as_uri()):
        words = notegen("transcript", source, "--json")
        assert (words.code, words.json["segments"][0]["label"]) == (0, "1")
    options = ("--engine", "offline", "-t", "basic-summary", "-o", str(out))
    assert notegen("generate", talk.as_uri(), *options).code == 0
    assert [path.name for path in out.rglob("*.md")] == ["basic-summary.md"]


def test_the_menu_keeps_a_home_that_is_no_text(home: Path, tmp_path: Path) -> None:
    notegen = Command(home)
    data = {"XDG_DATA_HOME": str(tmp_path / "data")}
    assert notegen("settings", "set", "general.language", "de").code == 0
    assert Command(home, **data)("desktop", "add").code == 0
    entry = (tmp_path / "data/applications/notegen-desktop.desktop").read_text()
    (said,) = [line for line in entry.splitlines() if line.startswith("Exec=")]
    named = said.split("NOTEGEN_HOME=")[1].split()[0].replace("%%", "%")
    assert named == home.as_uri()
    assert Command(Path(named))("settings", "get", "general.language").out.strip().endswith("de")
