"""Speech recognition here: late, with the user's own model, to be stopped at any time."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import FileUnreadable, NothingSaid, SpeechUnavailable
from notegen_desktop.domain.text.transcript import TranscriptKind
from notegen_desktop.services.sources.speech import Whisper
from tests.fakes.whisper import FakeWhisper, Installed, install

FILM = Path("talk.mp3")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Installed:
    return install(monkeypatch, tmp_path / "lib", FakeWhisper())


@pytest.fixture
async def whisper() -> AsyncIterator[Whisper]:
    made = Whisper(model=lambda: " small ")
    yield made
    await made.aclose()


def ignore(done: float) -> None:
    del done


async def test_what_is_said_becomes_timed_labelled_segments(
    module: Installed, whisper: Whisper
) -> None:
    told: list[float] = []
    words = await whisper.hear(FILM, told.append)
    assert words.kind is TranscriptKind.SPEECH
    assert words.language == "en"
    assert words.text.split() == " ".join(text for _, _, text in module.does.said).split()
    assert words.duration_s == 12.0
    assert words.segments[0].label == "1"
    assert told == [4 / 12, 9 / 12, 1.0]
    assert module.heard == ["talk.mp3"]


async def test_a_model_is_never_downloaded(module: Installed, whisper: Whisper) -> None:
    await whisper.hear(FILM, ignore)
    ((name, options),) = module.loaded
    assert name == "small"
    assert options["local_files_only"] is True


async def test_a_model_that_is_not_there_is_named_with_how_to_get_it(
    module: Installed, whisper: Whisper
) -> None:
    module.change(models=())
    with pytest.raises(SpeechUnavailable, match="“small”") as caught:
        await whisper.hear(FILM, ignore)
    assert "notegen speech install small" in caught.value.hint


async def test_without_a_chosen_model_it_says_so_at_once(module: Installed) -> None:
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
    module: Installed, whisper: Whisper
) -> None:
    module.change(unreadable="moov atom not found")
    with pytest.raises(FileUnreadable, match=r"talk\.mp3"):
        await whisper.hear(FILM, ignore)
    module.change(unreadable="", said=())
    with pytest.raises(NothingSaid):
        await whisper.hear(FILM, ignore)


async def test_times_beyond_the_end_of_a_film_are_brought_back(
    module: Installed, whisper: Whisper
) -> None:
    module.change(said=((0.0, 4.0, " Hello."), (9.0, 30.0, " Bye."), (28.0, 30.0, " Thanks.")))
    words = await whisper.hear(FILM, ignore)
    assert "Thanks" not in words.text
    assert words.duration_s == 12.0


async def test_a_graphics_card_that_is_not_fit_for_it_is_left_alone(
    module: Installed, whisper: Whisper
) -> None:
    module.change(graphics=False)
    assert (await whisper.hear(FILM, ignore)).segments
    assert [options["device"] for _, options in module.loaded] == ["auto", "cpu"]


async def test_a_model_that_takes_too_much_memory_ends_itself_and_not_the_program(
    module: Installed, whisper: Whisper
) -> None:
    module.change(dies_after=1)
    with pytest.raises(SpeechUnavailable, match="broke off") as caught:
        await whisper.hear(FILM, ignore)
    assert "choose a smaller one" in caught.value.hint


async def test_cancelling_ends_the_work_at_once(module: Installed, whisper: Whisper) -> None:
    module.change(sticks_after=1)
    begun = asyncio.Event()
    task = asyncio.create_task(whisper.hear(FILM, lambda _: begun.set()))
    await asyncio.wait_for(begun.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await module.ended()


async def test_closing_ends_what_still_listens(module: Installed, whisper: Whisper) -> None:
    module.change(sticks_after=0)
    task = asyncio.create_task(whisper.hear(FILM, ignore))
    await module.began()
    await whisper.aclose()
    await module.ended()
    task.cancel()
    await asyncio.wait([task])


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
