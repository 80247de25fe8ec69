"""The installed program in a real window: real drops, real keys, its tabs and its end."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.services.paths import sample_talk
from tests.e2e.command import KEY, ROOT, Command
from tests.e2e.screen import Screen, start_window, wait_for
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.youtube import FakeVideo, FakeYoutube

VIDEO = "abcdefghijk"

pytestmark = pytest.mark.skipif(bool(Screen.lacking()), reason=Screen.lacking() or "all there")


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen() as screen:
        yield screen


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def stored(notegen: Command, count: int) -> bool:
    return len(notegen("notes", "list", "--json").json) == count


def test_a_link_dragged_onto_the_window_becomes_notes(
    screen: Screen, notegen: Command, tmp_path: Path
) -> None:
    with FakeYoutube() as youtube, FakeGemini(Script(seconds=0.3)) as gemini:
        youtube.add(FakeVideo(VIDEO))
        window = start_window(
            screen,
            notegen.home,
            NOTEGEN_YOUTUBE_URL=youtube.url,
            NOTEGEN_GEMINI_URL=gemini.url,
            GEMINI_API_KEY=KEY,
        )
        shown = screen.window("NoteGen")
        screen.do("windowmove", shown, "0", "0")
        source = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("drag_source.py")),
                f"https://youtu.be/{VIDEO}",
            ],
            env=screen.environment(),
            cwd=ROOT,
        )
        screen.window("drag source")
        screen.do("mousemove", "1220", "20", "mousedown", "1")
        for x in range(1200, 600, -60):
            screen.do("mousemove", str(x), "300", "sleep", "0.05")
        screen.do("mouseup", "1")
        source.wait(20)
        wait_for(lambda: youtube.requests, "the window to look the video up")
        screen.do("key", "--window", shown, "ctrl+Return")
        wait_for(lambda: stored(notegen, 3), "three stored notes")
        window.send_signal(signal.SIGTERM)
        assert window.wait(20) == 0
        _, err = window.communicate()
    assert "Traceback" not in err


def test_a_second_start_hands_its_source_to_the_first_window(
    screen: Screen, notegen: Command
) -> None:
    first = start_window(screen, notegen.home)
    shown = screen.window("NoteGen")
    second = start_window(screen, notegen.home, str(sample_talk()))
    assert second.wait(20) == 0
    screen.do("key", "--window", shown, "ctrl+Return")
    wait_for(lambda: stored(notegen, 3), "three stored notes")
    first.send_signal(signal.SIGTERM)
    assert first.wait(20) == 0
