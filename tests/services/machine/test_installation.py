"""What is started and what is advised depends on how the program is installed, in one place."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import FormatUnavailable
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.services.exports import registry
from notegen_desktop.services.machine.installation import (
    CHILD,
    CHILDREN,
    PDF,
    SPEECH,
    child_command,
    how_to_add,
    how_to_mend_qt,
    run_child,
    window_command,
)
from notegen_desktop.ui.kit.media import playable
from tests.fakes.notes import a_note


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process as if it were a bundle in that folder, seen from its command line."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "notegen"))
    return tmp_path


def test_a_child_is_a_module_of_this_python() -> None:
    assert child_command(SPEECH, "small") == [sys.executable, "-m", SPEECH, "small"]


def test_a_child_of_a_bundle_is_its_own_command_line(bundle: Path) -> None:
    assert child_command(SPEECH, "small") == [str(bundle / "notegen"), CHILD, SPEECH, "small"]


def test_on_windows_the_child_has_the_ending_of_a_program(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(bundle / "notegen-desktop.exe"))
    assert child_command(PDF) == [str(bundle / "notegen.exe"), CHILD, PDF]


def test_what_is_no_child_is_never_started() -> None:
    with pytest.raises(ValueError, match="os"):
        child_command("os")


@pytest.mark.parametrize("argv", [[], ["notegen"], ["notegen", "doctor", CHILD, PDF]])
def test_an_ordinary_start_is_no_child(argv: list[str]) -> None:
    assert not run_child(argv)


@pytest.mark.parametrize("asked", [[], ["os"], ["notegen_desktop.cli"], ["pdb", "x.py"]])
def test_the_launcher_starts_no_other_module(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        run_child(["notegen", CHILD, *asked])
    assert left.value.code == 2
    assert "no child process" in capsys.readouterr().err


def test_the_launcher_is_the_child_with_the_arguments_and_code_of_its_own() -> None:
    launch = "import sys; from notegen_desktop.services.machine import installation as i; "
    done = subprocess.run(
        [sys.executable, "-c", launch + "i.run_child(sys.argv)", CHILD, SPEECH, "none", "no.mp4"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.load(io.StringIO(done.stdout))["failed"] == "model"


def test_every_child_is_there() -> None:
    from importlib.util import find_spec

    assert all(find_spec(name) for name in CHILDREN)


def test_the_window_of_a_bundle_lies_beside_its_command_line(bundle: Path) -> None:
    window = bundle / "notegen-desktop"
    window.write_text("#!/bin/sh\n")
    window.chmod(0o755)
    assert window_command() == [str(window)]


def test_an_image_that_is_mounted_for_one_run_is_named_itself(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPIMAGE", "/home/ada/NoteGen.AppImage")
    assert window_command() == ["/home/ada/NoteGen.AppImage"]


def test_advice_of_a_checkout_names_pip() -> None:
    assert how_to_add("speech") == "Install it with: pip install 'notegen-desktop[speech]'."
    assert "dev.py run" in how_to_mend_qt()


def test_advice_of_a_bundle_names_no_python_of_its_own(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playable, "has_player", lambda: False)
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    with pytest.raises(FormatUnavailable) as caught:
        registry.Exports().render(a_note(), "docx", Level.STANDARD)
    remedy = playable.playback_advice()
    assert remedy.command == ""
    for words in (how_to_add("speech"), how_to_mend_qt(), caught.value.hint, remedy.words):
        assert str(bundle) not in words
        assert "dev.py" not in words
        assert not words.startswith(("pip", "Install it with: pip"))
