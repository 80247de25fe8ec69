"""The queue in real hands: a row dragged with the mouse, and what is left of it after a kill."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.youtube import FakeVideo, FakeYoutube

from .command import KEY
from .screen import DesktopProgram, Screen, wait_for

LESSONS = [f"Lesson {number}" for number in range(1, 9)]
WANTED = [LESSONS[0], LESSONS[4], *LESSONS[1:4], *LESSONS[5:]]
"""The order that is made by hand."""

pytestmark = pytest.mark.skipif(bool(Screen.lacking()), reason=Screen.lacking() or "all there")


class ToldWindow(DesktopProgram):
    """The program, asked where its things are."""

    module = "tests.e2e.told_window"
    streams = subprocess.PIPE

    def ask(self, what: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{what}\n".encode())
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def place(self, what: str) -> tuple[int, int]:
        """Where something is, as soon as it is there."""
        wait_for(lambda: self.ask(what), what)
        x, y = self.ask(what)
        return x, y


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen() as screen:
        yield screen


@pytest.fixture
def youtube() -> Iterator[FakeYoutube]:
    with FakeYoutube() as youtube:
        for title in LESSONS:
            youtube.add(FakeVideo(video_id(title), title))
        yield youtube


def video_id(title: str) -> str:
    return f"lesson{title[-1] * 5}"


def asked(gemini: FakeGemini, before: int) -> list[str]:
    """The videos asked about after so many requests, each once, the first first."""
    found = [re.search(r"Lesson \d", json.dumps(seen.body)) for seen in gemini.requests[before:]]
    return list(dict.fromkeys(each[0] for each in found if each))


@pytest.mark.slow
def test_rows_dragged_with_the_mouse_are_written_in_that_order_even_after_a_kill(
    screen: Screen, youtube: FakeYoutube, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text('[general]\ntemplates = "chapters,flashcards"\n')
    links = [f"https://youtu.be/{video_id(title)}" for title in LESSONS]
    seconds = [3.0]
    with FakeGemini(lambda _seen: Script(seconds=seconds[0])) as gemini:
        edges = {
            "NOTEGEN_YOUTUBE_URL": youtube.url,
            "NOTEGEN_GEMINI_URL": gemini.url,
            "GEMINI_API_KEY": KEY,
            "NOTEGEN_PARALLEL": "0",
        }
        with ToldWindow(screen, home, *links, **edges) as window:
            shown = screen.window("NoteGen")
            screen.do("windowmove", shown, "0", "0")

            wait_for(lambda: "16 notes" in str(window.ask("words estimateLabel")), "an estimate")
            click(screen, window.place("button generateButton"))
            wait_for(lambda: gemini.requests, "the first request")
            click(screen, window.place("button pauseButton"))
            wait_for(lambda: str(window.ask("words remainingLabel")).startswith("Paus"), "a pause")
            wait_for(lambda: window.ask("titles") == LESSONS, "the titles")
            drag_row(screen, window, 4, above=1)
            wait_for(lambda: window.ask("titles") == WANTED, "the row where it was dropped")
            wait_for(lambda: "Paused" in str(window.ask("words remainingLabel")), "the last answer")
            wait_for(lambda: is_kept(home), "the library to have it")
            before = len(gemini.requests)
            window.kill()

        with ToldWindow(screen, home, **edges) as window:
            shown = screen.window("NoteGen")
            screen.do("windowmove", shown, "0", "0")
            go_on = window.place("button pauseButton")
            assert "Paused" in window.ask("words remainingLabel")
            wait_for(lambda: window.ask("titles") == WANTED, "the rows as they were")
            assert len(gemini.requests) == before, "nothing is sent from a paused queue"
            seconds[0] = 0.2
            click(screen, go_on)
            wait_for(lambda: len(asked(gemini, before)) == 8, "a request for every video")
            assert asked(gemini, before) == WANTED
            wait_for(lambda: "notes ready" in str(window.ask("words overallWords")), "all notes")
            assert window.close() == 0
    assert "Traceback" not in window.said


def is_kept(home: Path) -> bool:
    """Whether the order, the pause and the titles are in the library."""
    with closing(sqlite3.connect(home / "notes.db")) as library:
        (lineup, paused) = library.execute("SELECT lineup, paused FROM runs").fetchone()
        (named,) = library.execute("SELECT count(*) FROM videos WHERE title != ''").fetchone()
    order = [name.partition(":")[2] or name for name in json.loads(lineup)]
    return bool(paused) and order == list(map(video_id, WANTED)) and named == len(LESSONS)


def click(screen: Screen, at: tuple[int, int]) -> None:
    screen.do("mousemove", *map(str, at), "sleep", "0.1", "click", "1")


def drag_row(screen: Screen, window: ToldWindow, row: int, *, above: int) -> None:
    """Drag a row by its title to the upper edge of another."""
    start, (x, y) = window.place(f"row {row}"), window.place(f"row {above}")
    screen.drag(start, (x, y - 12))
