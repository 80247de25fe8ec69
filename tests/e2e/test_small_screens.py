"""The window and its dialogs are no larger than the screen they are on."""

from __future__ import annotations

from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk

from .screen import Screen, wait_for
from .test_reorder import ToldWindow

pytestmark = pytest.mark.skipif(bool(Screen.lacking()), reason=Screen.lacking() or "all there")

TALK = str(sample_talk())
"""Something to generate notes of."""

TITLE_BAR = 36
"""Pixels that a window manager, of which there is none here, would put above the window."""


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [(1366, 768, 1.0), (1024, 600, 1.0), (1920, 1080, 1.75)],
    ids=["1366x768", "1024x600", "175 %"],
)
def test_generate_and_save_are_on_a_small_screen(
    tmp_path: Path, width: int, height: int, scale: float
) -> None:
    with (
        Screen(width=width, height=height) as screen,
        ToldWindow(screen, tmp_path / "home", TALK, QT_SCALE_FACTOR=str(scale)) as program,
    ):
        screen.window("NoteGen")
        check_fits(program, "", width / scale, height / scale)
        assert program.place("button generateButton")
        screen.press(screen.window("NoteGen"), "ctrl+comma")
        program.place("button saveButton")
        check_fits(program, "settingsDialog", width / scale, height / scale)
        assert program.close() == 0


def test_a_window_of_a_larger_screen_that_is_gone_fits_the_one_that_is_there(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    with Screen(width=2560, height=1440) as large, ToldWindow(large, home, TALK) as program:
        shown = large.window("NoteGen")
        large.do("windowmove", "--sync", shown, "900", "200")
        large.do("windowsize", "--sync", shown, "1600", "1200")
        wait_for(lambda: program.ask("size") == [1600, 1200], "the window to be large")
        assert program.close() == 0
    with Screen(width=1024, height=600) as small, ToldWindow(small, home, TALK) as program:
        small.window("NoteGen")
        check_fits(program, "", 1024, 600)
        x, y = program.place("button generateButton")
        assert 0 < x < 1024
        assert 0 < y < 600
        assert program.close() == 0


def check_fits(program: ToldWindow, name: str, width: float, height: float) -> None:
    wide, high = program.ask(f"size {name}")
    assert wide <= width
    assert high + TITLE_BAR <= height
