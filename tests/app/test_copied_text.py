"""What was copied outlives the program, and the program ends well."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtGui import QGuiApplication

from notegen_desktop.ui.kit.outside import hand_over_clipboard
from tests.e2e.command import ROOT

from .copying import STORIES, copy_from_python
from .running import run_program


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("story", [story.__name__ for story in STORIES])
def test_a_program_with_something_on_the_clipboard_ends_well(story: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.copying", story],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "ended\n"), done.stderr


@pytest.mark.usefixtures("home")
def test_what_was_copied_is_there_after_the_window_has_closed_in_every_form() -> None:
    run_program(copy_from_python)
    left = QGuiApplication.clipboard().mimeData()
    assert (left.text(), left.html()) == ("Memory fades", "<b>Memory</b> fades")
    assert left.data("text/markdown").data() == b"**Memory** fades"


@pytest.mark.usefixtures("qapp")
def test_where_nothing_was_copied_nothing_is_put() -> None:
    QGuiApplication.clipboard().clear()
    hand_over_clipboard()
    assert QGuiApplication.clipboard().text() == ""
