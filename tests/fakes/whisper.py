"""A module `faster_whisper` of our own: says what it is told to, and knows the models it is given.

module = install(monkeypatch, FakeWhisper(said=[(0.0, 4.0, " Hello there.")]))
"""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class FakeWhisper:
    """What recognition does. `models` are those that are there; each piece waits for `step`."""

    said: list[tuple[float, float, str]] = field(
        default_factory=lambda: [
            (0.0, 4.0, " Hello there, and welcome."),
            (4.0, 9.0, " Today we sort a list."),
            (9.0, 12.0, " That is all."),
        ]
    )
    language: str = "en"
    length_s: float = 12.0
    models: tuple[str, ...] = ("small",)
    error: Exception | None = None
    step: threading.Semaphore | None = None
    loaded: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    pieces: int = 0
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


def install(monkeypatch: pytest.MonkeyPatch, fake: FakeWhisper) -> FakeWhisper:
    """Let `import faster_whisper` find the fake."""

    class WhisperModel:
        def __init__(self, name: str, **options: Any) -> None:
            fake.loaded.append((name, options))
            if name not in fake.models:
                raise RuntimeError(f"Unable to open file 'model.bin' in model '{name}'")

        def transcribe(self, path: str, **options: Any) -> tuple[Iterator[Any], Any]:
            fake.heard.append((path, options))
            if fake.error is not None:
                raise fake.error
            facts = types.SimpleNamespace(language=fake.language, duration=fake.length_s)
            return self._pieces(), facts

        def _pieces(self) -> Iterator[Any]:
            try:
                for start, end, text in fake.said:
                    if fake.step is not None:
                        fake.step.acquire()
                    fake.pieces += 1
                    fake.begun.set()
                    yield types.SimpleNamespace(start=start, end=end, text=text)
            finally:
                fake.ended.set()

    module = types.ModuleType("faster_whisper")
    module.WhisperModel = WhisperModel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    return fake
