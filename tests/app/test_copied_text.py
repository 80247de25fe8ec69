"""What was copied outlives the program, and the program ends well."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from notegen_desktop.app import Application
from notegen_desktop.ui.kit.outside import hand_over_clipboard
from tests.e2e.command import ROOT

from .running import run_program
from .test_reading_path import first_page


async def copy_note(app: Application) -> None:
    page = await first_page(app)
    page.view.selectAll()
    page.view.copy()


async def copy_from_python(app: Application) -> None:
    """As a plug-in of another toolkit, or a test, puts it there."""
    QGuiApplication.clipboard().setMimeData(made_by_python())


def made_by_python() -> QMimeData:
    data = QMimeData()
    data.setText("Memory fades")
    data.setHtml("<b>Memory</b> fades")
    data.setData("text/markdown", b"**Memory** fades")
    return data


@pytest.mark.parametrize("story", [copy_note, copy_from_python], ids=lambda s: s.__name__)
def test_a_program_with_something_on_the_clipboard_ends_well(
    story: Callable[[Application], Awaitable[None]], home: Path
) -> None:
    program = f"""
from tests.app.running import run_program
from tests.app.test_copied_text import {story.__name__}
run_program({story.__name__})
print("ended")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
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
