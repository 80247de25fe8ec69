"""Speech recognition on this machine, with faster-whisper if installed.

It takes half a gigabyte and runs in a process of its own. The model is one that the user has chosen
and downloaded; nothing is downloaded here.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from notegen_desktop.domain.errors import Failure, FileUnreadable, NothingSaid, SpeechUnavailable
from notegen_desktop.domain.text.languages import normal_tag
from notegen_desktop.domain.text.segments import Cue, segments_of
from notegen_desktop.domain.text.transcript import Transcript, TranscriptKind
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.installation import (
    NO_CONSOLE,
    SPEECH,
    child_command,
    how_to_add,
)
from notegen_desktop.services.machine.threads import Threads

_log = logging.getLogger(__name__)


def recognition_is_installed() -> bool:
    """Return True if the speech recognition library of the extra `speech` is installed."""
    return importlib.util.find_spec("faster_whisper") is not None


class Whisper:
    """Implements `ports.SpeechToText`. `model` returns its folder, or a name that faster-whisper
    knows."""

    def __init__(self, *, model: Callable[[], str]) -> None:
        self._model = model
        self._threads = Threads(at_once=1, name="speech")  # one recognition uses all cores
        self._listening: set[_Listening] = set()

    def unavailable(self) -> Failure | None:
        if not recognition_is_installed():
            return not_installed().failure()
        if not self._model().strip():
            return _no_model(_("No model for speech recognition is chosen.")).failure()
        return None

    async def hear(self, path: Path, progress: Callable[[float], None]) -> Transcript:
        """Return the transcript of a film or recording, in its own language."""
        closed = self.unavailable()
        if closed is not None:
            raise SpeechUnavailable(closed.message, hint=closed.hint)
        loop = asyncio.get_running_loop()

        def tell(done: float) -> None:
            if not listening.stopped:
                loop.call_soon_threadsafe(progress, done)

        listening = _Listening(self._model().strip(), path, tell)
        self._listening.add(listening)
        try:
            return await self._threads.run(listening.words)
        finally:
            self._listening.discard(listening)
            listening.stop()

    async def aclose(self) -> None:
        for listening in self._listening:
            listening.stop()
        await self._threads.aclose()


class _Listening:
    """One file being transcribed by a process; `stop` ends it at once, from any thread."""

    def __init__(self, name: str, path: Path, tell: Callable[[float], None]) -> None:
        self._name = name
        self._path = path
        self._tell = tell
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self.stopped = False

    def stop(self) -> None:
        with self._lock:
            self.stopped = True
            if self._process is not None:
                self._process.kill()

    def words(self) -> Transcript:
        """Return the transcript. Blocking. Raises SpeechUnavailable, FileUnreadable,
        NothingSaid."""
        cues: list[Cue] = []
        language, length = "", 0.0
        told: dict[str, Any] = {}
        for line in self._lines():
            try:
                told = json.loads(line)
            except ValueError:  # the process was killed while it wrote
                break
            if "length" in told:
                language, length = str(told["language"]), float(told["length"])
            elif "text" in told:
                cues.append(Cue(told["start"], told["end"], told["text"]))
                if length:
                    self._tell(min(1.0, told["end"] / length))
        if not self.stopped and "done" not in told:
            raise self._failed(told)
        segments = segments_of(cues)
        if not segments:
            raise NothingSaid(_("No words are heard in “{name}”.").format(name=self._path.name))
        return Transcript(normal_tag(language), TranscriptKind.SPEECH, segments)

    def _lines(self) -> Iterator[str]:
        with self._lock:
            if self.stopped:
                return
            self._process = process = subprocess.Popen(
                child_command(SPEECH, self._name, str(self._path)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                creationflags=NO_CONSOLE,
            )
        with process:
            yield from process.stdout or ()

    def _failed(self, told: dict[str, Any]) -> SpeechUnavailable | FileUnreadable:
        _log.info("speech recognition failed: %s", told)
        if told.get("failed") == "sound":
            return FileUnreadable(
                _("No sound can be read from “{name}” ({told}).").format(
                    name=self._path.name, told=told["why"]
                ),
                hint=_("Play it to see whether it is whole, or put captions beside it."),
            )
        if told.get("failed") == "model":
            return _no_model(
                _("The speech model “{name}” cannot be loaded.").format(name=Path(self._name).name)
            )
        return SpeechUnavailable(
            _("Speech recognition with the model “{name}” broke off.").format(
                name=Path(self._name).name
            ),
            hint=_(
                "There may not be memory enough for it: choose a smaller one under Settings, "
                "Sources."
            ),
        )


def not_installed() -> SpeechUnavailable:
    return SpeechUnavailable(hint=how_to_add("speech"))


def _no_model(message: str) -> SpeechUnavailable:
    return SpeechUnavailable(
        message,
        hint=_(
            "Fetch one under Settings, Sources, or with `notegen speech install small` (0.5 GB)."
        ),
    )
