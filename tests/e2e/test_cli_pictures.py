"""Pictures of a film by the command line: taken, kept in the library, written into the files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fakes.shown_films import make_talk

from .command import Command

pytest.importorskip("av", reason="the extra “pictures” is not installed")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_talk(tmp_path_factory.mktemp("film"))


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_slides_of_a_film_have_its_slides(film: Path, notegen: Command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = notegen(
        *("generate", str(film), "--engine", "offline", "-t", "presentation-slides"),
        *("-t", "study-notes", "--format", "html", "-o", str(out)),
    )
    assert done.code == 0, done.err
    slides, notes = (
        next(out.rglob(f"{name}.html")) for name in ("presentation-slides", "study-notes")
    )
    assert 2 <= slides.read_text().count("data:image/jpeg") <= 8
    assert "data:image" not in notes.read_text()
    assert "pictures of the video added" in done.err
    listed = notegen("notes", "list", "--json").json
    stored = next(row["id"] for row in listed if row["template"] == "presentation-slides")
    shown = notegen("notes", "show", stored, "--json").json
    assert any("pictures" in section for section in shown["sections"])
    assert "base64" not in notegen("notes", "show", stored).out
    if shutil.which("pdfimages"):
        done = notegen("notes", "export", stored, "--format", "pdf", "-o", str(out))
        assert done.code == 0, done.err
        pdf = next(out.rglob("*.pdf"))
        told = subprocess.run(
            ["pdfimages", "-list", pdf], check=True, capture_output=True, text=True
        )
        assert told.stdout.count(" image ") == slides.read_text().count("data:image/jpeg")


def test_as_many_as_are_asked_for_or_none(film: Path, notegen: Command) -> None:
    command = ("generate", str(film), "--engine", "offline", "--events")
    done = notegen(*command, "-t", "study-notes", "--pictures", "1")
    assert done.code == 0, done.err
    assert "1 picture of the video added" in done.err
    ends = [e for e in done.events if e["event"] == "job" and e["status"] == "complete"]
    assert len(ends) == 1
    done = notegen(*command, "-t", "presentation-slides", "--pictures", "off")
    assert done.code == 0, done.err
    assert "picture" not in done.err
    for wrong in ("many", "500", "-1"):
        refused = notegen(*command, f"--pictures={wrong}")
        assert refused.code == 2
        assert f"“{wrong}” is neither “off” nor" in refused.err


def test_captions_alone_show_nothing_and_that_is_said_to_who_asks(
    film: Path, notegen: Command
) -> None:
    captions = str(film.with_suffix(".vtt"))
    command = ("generate", captions, "--engine", "offline", "-t", "presentation-slides", "--events")
    done = notegen(*command)
    assert done.code == 0, done.err
    assert "picture" not in done.err
    done = notegen(*command, "--pictures", "3")
    assert done.code == 0, done.err
    assert "the source of this note is not a film" in done.err
