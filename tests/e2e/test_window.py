"""The installed program in a real window: real drops, real keys, its tabs and its end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.e2e.command import KEY, ROOT, Command
from tests.e2e.screen import DesktopProgram, Screen, wait_for
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.youtube import FakeVideo, FakeYoutube

VIDEO = "abcdefghijk"
TICKED = ("basic-summary", "study-notes", "flashcards")

pytestmark = pytest.mark.skipif(bool(Screen.lacking()), reason=Screen.lacking() or "all there")


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen() as screen:
        yield screen


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_a_link_dragged_onto_the_window_becomes_notes(screen: Screen, notegen: Command) -> None:
    with FakeYoutube() as youtube, FakeGemini(Script(seconds=0.3)) as gemini:
        youtube.add(FakeVideo(VIDEO))
        with DesktopProgram(
            screen,
            notegen.home,
            NOTEGEN_YOUTUBE_URL=youtube.url,
            NOTEGEN_GEMINI_URL=gemini.url,
            GEMINI_API_KEY=KEY,
        ) as program:
            shown = screen.window("NoteGen")
            screen.do("windowmove", shown, "0", "0")
            drag_from_elsewhere(screen, f"https://youtu.be/{VIDEO}")
            wait_for(lambda: youtube.requests, "the window to look the video up")
            generate(screen, shown, notegen)
            assert program.close() == 0
        assert {seen.template for seen in gemini.requests} == set(TICKED)
    assert "Traceback" not in program.said


def test_a_second_start_hands_its_source_to_the_first_window(
    screen: Screen, notegen: Command
) -> None:
    with DesktopProgram(screen, notegen.home) as first:
        shown = screen.window("NoteGen")
        with DesktopProgram(screen, notegen.home, str(sample_talk())) as second:
            assert second.wait() == 0
        generate(screen, shown, notegen)
        assert first.close() == 0


def drag_from_elsewhere(screen: Screen, link: str) -> None:
    source = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("drag_source.py")), link],
        env=screen.environment(),
        cwd=ROOT,
    )
    screen.window("drag source")
    screen.drag((1220, 20), (640, 300))
    assert source.wait(20) == 0


def generate(screen: Screen, shown: str, notegen: Command) -> None:
    """Press the keys until the notes are there: doubles cost nothing, and a drop takes a moment."""

    def pressed() -> bool:
        screen.press(shown, "ctrl+Return")
        return len(notegen("notes", "list", "--json").json) == len(TICKED)

    wait_for(pressed, "the stored notes")
