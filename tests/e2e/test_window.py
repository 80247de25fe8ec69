"""The installed program in a real window: real drops, real keys, its tabs and its end."""

from __future__ import annotations

import json
import plistlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.youtube import FakeVideo, FakeYoutube

from .command import KEY, ROOT, Command
from .screen import DesktopProgram, Screen, wait_for

VIDEO = "abcdefghijk"
DROP_AREA, SOURCE_FIELD, QUEUE, PAGE = (180, 80), (180, 160), (180, 500), (700, 500)
"""Places on the window, which is at the corner of the screen and has written some notes."""
TICKED = ("basic-summary", "study-notes", "flashcards")

pytestmark = pytest.mark.skipif(bool(Screen.lacking()), reason=Screen.lacking() or "all there")


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen() as screen:
        yield screen


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_a_screen_stays_as_it_is_when_its_last_client_leaves(screen: Screen) -> None:
    screen.do("mousemove", "3", "4")
    assert "x:3 y:4 " in screen.do("getmouselocation")


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
            link = f"https://youtu.be/{VIDEO}"
            with Elsewhere(screen) as other:
                other.drag(f"text/uri-list={link}", f"text/plain={link}")
                wait_for(lambda: youtube.requests, "the window to look the video up")
            generate(screen, shown, notegen)
            assert program.close() == 0
        assert {seen.template for seen in gemini.requests} == set(TICKED)
    assert "Traceback" not in program.said


def test_a_window_whose_screen_goes_ends_quietly(screen: Screen, notegen: Command) -> None:
    with DesktopProgram(screen, notegen.home) as program:
        screen.window("NoteGen")
        wait_for((notegen.home / "notes.db").exists, "the library")
        screen.go()
        assert program.wait() == 69
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


@pytest.mark.slow
def test_links_come_in_however_they_are_dropped_pasted_or_handed_over(
    screen: Screen, notegen: Command, tmp_path: Path
) -> None:
    ids = [f"v{number:010d}" for number in range(10)]
    at = dict(zip(ids, (f"https://www.youtube.com/watch?v={each}" for each in ids), strict=True))
    shortcut, webloc, listed = (tmp_path / name for name in ("a b.url", "c.webloc", "list.txt"))
    shortcut.write_text(f"[InternetShortcut]\r\nURL={at[ids[4]]}\r\n")
    webloc.write_bytes(plistlib.dumps({"URL": at[ids[5]]}))
    listed.write_text(f"{at[ids[6]]}\n")
    drops = (
        (ids[0], f"text/uri-list={at[ids[0]]}\r\n"),
        (ids[1], f"text/plain=look at {at[ids[1]]}!"),
        (ids[2], f"text/html=<p>see <a href='{at[ids[2]]}'>this</a>"),
        # As Firefox offers a link; of these Qt makes an empty list of addresses, too.
        (ids[3], f"text/x-moz-url={at[ids[3]]}\nA title", f"text/plain={at[ids[3]]}"),
        (ids[4], f"text/uri-list={shortcut.as_uri()}\r\n"),
        (ids[5], f"text/uri-list={webloc.as_uri()}\r\n"),
        (ids[6], f"text/uri-list={listed.as_uri()}\r\n"),
    )
    with FakeYoutube() as youtube:
        youtube.add(*(FakeVideo(each) for each in ids))

        def came(video: str) -> None:
            wait_for(lambda: any(video in told for _, told in youtube.requests), f"{video} to come")

        with DesktopProgram(
            screen, notegen.home, at[ids[9]], NOTEGEN_YOUTUBE_URL=youtube.url
        ) as program:
            shown = screen.window("NoteGen")
            screen.do("windowmove", shown, "0", "0")
            came(ids[9])
            with Elsewhere(screen) as other:
                for video, *held in drops:
                    other.drag(*held)
                    came(video)
                other.hold("copy", f"text/plain={at[ids[7]]}")
                screen.press(shown, "ctrl+v")
                came(ids[7])
            own = f"notegen://add?url={quote(at[ids[8]], safe='')}"
            with DesktopProgram(screen, notegen.home, own) as second:
                assert second.wait() == 0
            came(ids[8])
            assert program.close() == 0
        assert "Traceback" not in program.said


@pytest.mark.slow
def test_what_is_dropped_stays_where_it_was(
    screen: Screen, notegen: Command, tmp_path: Path
) -> None:
    film = tmp_path / "talk.vtt"
    film.write_bytes(sample_talk().read_bytes())
    ids = [f"m{number:010d}" for number in range(6)]
    at = [f"https://www.youtube.com/watch?v={each}" for each in ids]
    copied, linked = "CopyAction", "LinkAction"
    drags = (
        ("move", f"text/plain={at[0]}", DROP_AREA, copied),
        ("only-move", f"text/plain={at[1]}", SOURCE_FIELD, copied),
        ("move", f"text/uri-list={at[2]}\r\n", QUEUE, copied),
        ("only-move", f"text/uri-list={at[3]}\r\n", QUEUE, copied),
        ("only-link", f"text/uri-list={at[4]}\r\n", PAGE, linked),
        ("move", f"text/uri-list={film.as_uri()}\r\n", PAGE, copied),
        ("move", f"text/html=<a href='{at[5]}'>this</a>", PAGE, copied),
    )
    with FakeYoutube() as youtube:
        youtube.add(*(FakeVideo(each) for each in ids))
        with DesktopProgram(
            screen, notegen.home, str(sample_talk()), str(film), NOTEGEN_YOUTUBE_URL=youtube.url
        ) as program:
            shown = screen.window("NoteGen")
            screen.do("windowmove", shown, "0", "0")
            generate(screen, shown, notegen, notes=2 * len(TICKED))
            with Elsewhere(screen) as other:
                told = [other.drag(held, way=way, to=to) for way, held, to, _ in drags]
                for video in ids:
                    wait_for(
                        lambda video=video: any(video in q for _, q in youtube.requests), video
                    )
            assert program.close() == 0
        assert "Traceback" not in program.said
    assert told == [answer for *_, answer in drags]


class Elsewhere:
    """Another program, which has something to be dragged or pasted; a context manager."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def __enter__(self) -> Elsewhere:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("drag_source.py"))],
            env=self._screen.environment(),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the drag source has ended"
        return line.strip()

    def hold(self, way: str, *held: str) -> None:
        """Have this ready to be dragged in this way, or to be pasted with the way `copy`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([way, *held]) + "\n")
        self._process.stdin.flush()
        assert self._line() == "ready"
        self._screen.window("drag source")

    def drag(self, *held: str, way: str = "drag", to: tuple[int, int] = (640, 300)) -> str:
        """Drag this to a place of the window; returns what the source was told became of it."""
        self.hold(way, *held)
        self._screen.drag((1220, 20), to)
        return self._line()


def generate(screen: Screen, shown: str, notegen: Command, *, notes: int = len(TICKED)) -> None:
    """Press the keys until the notes are there: doubles cost nothing, and a drop takes a moment."""

    def pressed() -> bool:
        screen.press(shown, "ctrl+Return")
        time.sleep(0.5)
        try:
            library = sqlite3.connect(f"{(notegen.home / 'notes.db').as_uri()}?mode=ro", uri=True)
            with closing(library):
                return library.execute("SELECT count(*) FROM notes").fetchone() == (notes,)
        except sqlite3.OperationalError:  # it is being made
            return False

    wait_for(pressed, "the stored notes")
