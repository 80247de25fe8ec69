"""What goes wrong for users, each with its own words, and nothing lost."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini
from tests.fakes.youtube import FakeVideo, FakeYoutube, Status

from .command import KEY, Command, Done

ID = "abcdefghijk"
URL = f"https://youtu.be/{ID}"


@pytest.fixture
def youtube() -> Iterator[FakeYoutube]:
    with FakeYoutube() as server:
        yield server


@pytest.fixture
def offline(tmp_path: Path, youtube: FakeYoutube) -> Command:
    return Command(tmp_path / "home", NOTEGEN_YOUTUBE_URL=youtube.url)


def error_of(done: Done) -> dict[str, object]:
    error = done.last_of_each_job()["chapters"]["error"]
    assert isinstance(error, dict)
    assert error["message"]
    assert error["hint"]
    return error


def chapters_of(command: Command, source: str) -> Done:
    return command("generate", source, "-t", "chapters", "--events")


@pytest.mark.parametrize(
    ("video", "code"),
    [
        (
            FakeVideo(ID, status="LOGIN_REQUIRED", reason="This is a private video."),
            "video_private",
        ),
        (FakeVideo(ID, status="ERROR", reason="Video unavailable"), "video_not_found"),
        (FakeVideo(ID, captions=[]), "no_captions"),
    ],
    ids=["private", "missing", "no captions"],
)
def test_a_video_that_gives_no_words_says_why(
    offline: Command, youtube: FakeYoutube, video: FakeVideo, code: str
) -> None:
    youtube.add(video)
    done = chapters_of(offline, URL)
    assert done.code == 4
    assert error_of(done)["code"] == code


def test_without_captions_gemini_watches_the_video(offline: Command, youtube: FakeYoutube) -> None:
    youtube.add(FakeVideo(ID, captions=[], length_s=300))
    with FakeGemini() as gemini:
        offline.environment |= {"NOTEGEN_GEMINI_URL": gemini.url, "GEMINI_API_KEY": KEY}
        done = chapters_of(offline, URL)
        (request,) = [seen for seen in gemini.requests if seen.generates]
    assert done.code == 0, done.err
    first = request.body["contents"][0]["parts"][0]
    assert ID in str(first)


def test_a_block_by_youtube_does_not_block_gemini(offline: Command, youtube: FakeYoutube) -> None:
    youtube.add(FakeVideo(ID, length_s=300))
    for kind in ("player", "captions", "watch"):
        youtube.fail(kind, Status(429), times=None)
    with FakeGemini() as gemini:
        offline.environment |= {"NOTEGEN_GEMINI_URL": gemini.url, "GEMINI_API_KEY": KEY}
        done = chapters_of(offline, URL)
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "captions_empty"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "captions_empty"),
        ("\x00\x01\x02\x03" * 200, "captions_broken"),
    ],
    ids=["empty", "no words", "no text"],
)
def test_a_caption_file_without_words_says_so(
    offline: Command, tmp_path: Path, content: str, code: str
) -> None:
    path = tmp_path / "talk.vtt"
    path.write_text(content)
    done = chapters_of(offline, str(path))
    assert done.code == 4
    assert error_of(done)["code"] == code


def test_a_full_disk_is_said_and_leaves_what_was_stored(offline: Command) -> None:
    assert chapters_of(offline, str(sample_talk())).code == 0
    before = offline("notes", "list", "--json").json
    done = offline.with_files_of_at_most(
        8, "generate", str(sample_talk()), "-t", "flashcards", "--events"
    )
    assert done.code != 0
    assert "Traceback" not in done.err
    assert offline("notes", "list", "--json").json == before
    assert chapters_of(offline, str(sample_talk())).code == 0


class WindowCommand(Command):
    """The window as a command that ends at once."""

    module = "notegen_desktop"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system has the screen")
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "neither DISPLAY nor WAYLAND_DISPLAY is set"),
        ({"DISPLAY": ":7654"}, "the screen “:7654” cannot be opened"),
        ({"QT_QPA_PLATFORM": "nonsense"}, "the screen “nonsense” cannot be opened"),
        ({"DISPLAY": ":7654", "LD_LIBRARY_PATH": "BROKEN"}, "libxcb.so.1"),
    ],
    ids=["none", "refused", "unknown", "library missing"],
)
def test_without_a_screen_the_window_says_so_and_leaves(
    tmp_path: Path, environment: dict[str, str], words: str
) -> None:
    (tmp_path / "libxcb.so.1").touch()  # found before the system's, and no library
    start = WindowCommand(
        tmp_path / "home",
        **{name: value.replace("BROKEN", str(tmp_path)) for name, value in environment.items()},
    )
    for name in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"} - set(environment):
        start.environment.pop(name, None)
    done = start()
    assert done.code == 69
    assert words in done.err
    assert "`notegen` works" in " ".join(done.err.split())
    assert "qt.qpa" not in done.err
