"""Fake package `faster_whisper` for the speech recognition process.

It returns the scripted segments and accepts the given models:

    module = install(monkeypatch, tmp_path, FakeWhisper(said=[(0.0, 4.0, " Hello there.")]))
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest

_PACKAGE = """
import json, os, pathlib, time, types

HOME = pathlib.Path(__file__).parent

def note(**happened):
    with open(HOME / "log", "a") as log:
        log.write(json.dumps({"pid": os.getpid(), **happened}) + "\\n")

class WhisperModel:
    def __init__(self, name, **options):
        self.script = json.loads((HOME / "script").read_text())
        self.device = options["device"]
        note(event="loaded", name=name, options=options)
        print("a library that talks")
        if name not in self.script["models"]:
            raise RuntimeError(f"Unable to open file 'model.bin' in model '{name}'")

    def transcribe(self, path, **options):
        note(event="heard", name=path, options=options)
        if self.script["unreadable"]:
            raise OSError(self.script["unreadable"])
        if self.device == "auto" and not self.script["graphics"]:
            raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")
        facts = types.SimpleNamespace(
            language=self.script["language"], duration=self.script["length_s"]
        )
        return self.pieces(), facts

    def pieces(self):
        for number, (start, end, text) in enumerate(self.script["said"]):
            if number == self.script["sticks_after"]:
                time.sleep(600)
            if number == self.script["dies_after"]:
                os.abort()
            yield types.SimpleNamespace(start=start, end=end, text=text)
"""


@dataclass(frozen=True)
class FakeWhisper:
    """Script of a recognition, which may hang or crash after a number of segments."""

    said: tuple[tuple[float, float, str], ...] = (
        (0.0, 4.0, " Hello there, and welcome."),
        (4.0, 9.0, " Today we sort a list."),
        (9.0, 12.0, " That is all."),
    )
    language: str = "en"
    length_s: float = 12.0
    models: tuple[str, ...] = ("small",)
    unreadable: str = ""
    graphics: bool = True
    sticks_after: int | None = None
    dies_after: int | None = None


@dataclass
class Installed:
    """The installed fake package and its log."""

    folder: Path
    does: FakeWhisper

    def change(self, **changes: Any) -> None:
        self.does = replace(self.does, **changes)
        (self.folder / "faster_whisper" / "script").write_text(json.dumps(asdict(self.does)))

    def events(self, kind: str) -> list[dict[str, Any]]:
        log = self.folder / "faster_whisper" / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [event for line in lines if (event := json.loads(line))["event"] == kind]

    @property
    def loaded(self) -> list[tuple[str, dict[str, Any]]]:
        return [(event["name"], event["options"]) for event in self.events("loaded")]

    @property
    def heard(self) -> list[str]:
        return [event["name"] for event in self.events("heard")]

    async def began(self) -> None:
        """Wait until a file is being transcribed; fail after ten seconds."""
        for _ in range(1000):
            if self.heard:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("nothing is heard")

    async def ended(self) -> None:
        """Wait until the transcribing processes have ended; fail after five seconds."""
        for _ in range(500):
            if not any(_runs(event["pid"]) for event in self.events("heard")):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("a process goes on listening")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, fake: FakeWhisper) -> Installed:
    """Make `import faster_whisper` find the fake, in this process and its children."""
    package = folder / "faster_whisper"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(_PACKAGE)
    installed = Installed(folder, fake)
    installed.change()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return installed
