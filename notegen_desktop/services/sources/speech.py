"""Speech recognition on this machine, with faster-whisper where it is installed.

The only room that imports it, late and in a thread: it weighs half a gigabyte. The model is one the
user has chosen and fetched; nothing is ever downloaded from here.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from notegen_desktop.domain.errors import (
    Failure,
    FileUnreadable,
    NothingSaid,
    SpeechUnavailable,
)
from notegen_desktop.domain.segments import Cue, segments_of
from notegen_desktop.domain.transcript import Transcript, TranscriptKind

from .languages import normal_tag
from .threads import Threads

_log = logging.getLogger(__name__)


class Whisper:
    """Fulfils `SpeechToText`. `model` gives the setting: a name such as “small”, or a folder."""

    def __init__(self, *, model: Callable[[], str]) -> None:
        self._model = model
        self._threads = Threads(at_once=1, name="speech")  # one keeps all cores busy

    def unavailable(self) -> Failure | None:
        """Why it cannot be used now; None if it can."""
        if "faster_whisper" not in sys.modules and not importlib.util.find_spec("faster_whisper"):
            return SpeechUnavailable().failure()
        if not self._model().strip():
            return _no_model("No model for speech recognition is chosen.").failure()
        return None

    async def hear(self, path: Path, progress: Callable[[float], None]) -> Transcript:
        """The words in a film or recording, in whatever language they are."""
        closed = self.unavailable()
        if closed is not None:
            raise SpeechUnavailable(closed.message, hint=closed.hint)
        name = self._model().strip()
        loop = asyncio.get_running_loop()
        stopped = threading.Event()

        def tell(done: float) -> None:
            if not stopped.is_set():
                loop.call_soon_threadsafe(progress, done)

        try:
            return await self._threads.run(lambda: _hear(name, path, tell, stopped))
        finally:
            stopped.set()

    async def aclose(self) -> None:
        await self._threads.aclose()


def _hear(
    name: str, path: Path, tell: Callable[[float], None], stopped: threading.Event
) -> Transcript:
    model = _loaded(name)
    try:
        pieces, facts = model.transcribe(str(path), vad_filter=True)
        length = float(facts.duration or 0.0)
        cues: list[Cue] = []
        for piece in pieces:  # each step of this loop recognises up to half a minute
            if stopped.is_set():
                break
            cues.append(Cue(float(piece.start), float(piece.end), str(piece.text).strip()))
            if length:
                tell(min(1.0, piece.end / length))
    except Exception as error:  # whatever its decoder raises
        _log.info("speech recognition failed", exc_info=True)
        raise FileUnreadable(
            f"No sound can be read from “{path.name}” ({type(error).__name__}).",
            hint="Play it to see whether it is whole, or put captions beside it.",
        ) from error
    segments = segments_of(cues)
    if not segments and not stopped.is_set():
        raise NothingSaid(f"No words are heard in “{path.name}”.")
    return Transcript(normal_tag(facts.language or "") or "", TranscriptKind.SPEECH, segments)


def _loaded(name: str) -> Any:
    try:
        from faster_whisper import WhisperModel

        return WhisperModel(name, device="auto", compute_type="auto", local_files_only=True)
    except Exception as error:  # of three libraries, each with its own words for “not there”
        _log.info("the speech model %s cannot be loaded", name, exc_info=True)
        raise _no_model(f"The speech model “{name}” cannot be loaded.") from error


def _no_model(message: str) -> SpeechUnavailable:
    return SpeechUnavailable(
        message,
        hint='Fetch one, such as “small” (0.5 GB), with: python -c "import faster_whisper; '
        "faster_whisper.download_model('small')\". Then name it, or its folder, under Settings, "
        "Sources.",
    )
