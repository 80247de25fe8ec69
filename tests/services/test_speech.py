"""Speech recognition here: late, with the user's own model, to be stopped at any time."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import FileUnreadable, NothingSaid, SpeechUnavailable
from notegen_desktop.domain.transcript import TranscriptKind
from notegen_desktop.services.sources.speech import Whisper
from tests.fakes.whisper import FakeWhisper, install

FILM = Path("talk.mp3")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> FakeWhisper:
    return install(monkeypatch, FakeWhisper())


@pytest.fixture
async def whisper() -> AsyncIterator[Whisper]:
    made = Whisper(model=lambda: " small ")
    yield made
    await made.aclose()


def ignore(done: float) -> None:
    del done


async def test_what_is_said_becomes_timed_labelled_segments(
    module: FakeWhisper, whisper: Whisper
) -> None:
    told: list[float] = []
    words = await whisper.hear(FILM, told.append)
    assert words.kind is TranscriptKind.SPEECH
    assert words.language == "en"
    assert words.text.split() == " ".join(text for _, _, text in module.said).split()
    assert words.duration_s == 12.0
    assert words.segments[0].label == "1"
    assert told == [4 / 12, 9 / 12, 1.0]
    assert module.heard[0][0] == "talk.mp3"


async def test_a_model_is_never_downloaded(module: FakeWhisper, whisper: Whisper) -> None:
    await whisper.hear(FILM, ignore)
    ((name, options),) = module.loaded
    assert name == "small"
    assert options["local_files_only"] is True


async def test_a_model_that_is_not_there_is_named_with_how_to_get_it(
    module: FakeWhisper, whisper: Whisper
) -> None:
    module.models = ()
    with pytest.raises(SpeechUnavailable, match="“small”") as caught:
        await whisper.hear(FILM, ignore)
    assert "download_model('small')" in caught.value.hint


async def test_without_a_chosen_model_it_says_so_at_once(module: FakeWhisper) -> None:
    whisper = Whisper(model=lambda: "")
    closed = whisper.unavailable()
    assert closed is not None
    assert closed.code == "speech_unavailable"
    assert "Settings" in closed.hint
    with pytest.raises(SpeechUnavailable, match="No model"):
        await whisper.hear(FILM, ignore)
    assert module.loaded == []


@pytest.mark.skipif(
    importlib.util.find_spec("faster_whisper") is not None, reason="faster-whisper is installed"
)
def test_what_is_not_installed_is_said_with_how_to_install_it() -> None:
    closed = Whisper(model=lambda: "small").unavailable()
    assert closed is not None
    assert "notegen-desktop[speech]" in closed.hint


async def test_sound_that_cannot_be_read_and_silence_are_told_apart(
    module: FakeWhisper, whisper: Whisper
) -> None:
    module.error = OSError("moov atom not found")
    with pytest.raises(FileUnreadable, match=r"talk\.mp3"):
        await whisper.hear(FILM, ignore)
    module.error, module.said = None, []
    with pytest.raises(NothingSaid):
        await whisper.hear(FILM, ignore)


async def test_cancelling_ends_the_work_at_the_next_piece(
    module: FakeWhisper, whisper: Whisper
) -> None:
    module.step = threading.Semaphore(1)
    module.said = [(float(n), n + 1.0, f" Sentence {n}.") for n in range(1000)]
    begun = asyncio.Event()
    told: list[float] = []

    def progress(done: float) -> None:
        told.append(done)
        begun.set()

    task = asyncio.create_task(whisper.hear(FILM, progress))
    await asyncio.wait_for(begun.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    module.step.release(1000)
    assert await asyncio.to_thread(module.ended.wait, 5)
    assert module.pieces < 5
    assert len(told) == 1


async def test_the_window_goes_on_while_it_listens(module: FakeWhisper, whisper: Whisper) -> None:
    module.step = threading.Semaphore(0)
    task = asyncio.create_task(whisper.hear(FILM, ignore))
    turns = 0
    while not module.heard:
        await asyncio.sleep(0.001)
        turns += 1
    module.step.release(10)
    assert (await task).segments
    assert turns


def test_nothing_heavy_is_imported_before_it_is_wanted() -> None:
    code = (
        "import sys; from notegen_desktop.services.sources.speech import Whisper;"
        "Whisper(model=lambda: 'small').unavailable();"
        "print(sorted({'faster_whisper', 'ctranslate2', 'av', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
