"""A loopback Gemini that fails three requests in ten, with the real writer over real HTTP."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script, Seen

from .command import KEY, Command

SAMPLE = str(sample_talk())
SHARE = 0.3


class Weather:
    """Answers, or fails at random: 503, a reset before or during the answer, a cut stream."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.failed = 0

    def __call__(self, seen: Seen) -> Script:
        answer = Script(seconds=0.4, chunks=40)
        if self._chance.random() >= SHARE:
            return answer
        self.failed += 1
        kind = self._chance.choice(("unavailable", "reset", "mid-reset", "cut"))
        if kind in ("unavailable", "reset"):
            return answer.but(fail=kind)
        fault = "reset" if kind == "mid-reset" else "cut"
        return answer.but(fault=fault, fault_at=self._chance.uniform(0.05, 0.95))


def written(home: Path, answering: Script | Weather) -> int:
    """Output tokens the server wrote for a note of each template; all must come through."""
    with FakeGemini(answering) as server:
        command = Command(home, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)
        done = command("generate", SAMPLE, "-t", "all", "--max-concurrent", "8", "--events")
        requests = server.requests
    assert done.code == 0, done.err
    assert done.events[-1]["complete"] == 12
    return sum(seen.output_tokens for seen in requests)


@pytest.mark.slow
def test_every_note_comes_through_and_little_is_wasted(tmp_path: Path) -> None:
    """Wasted is what was written beyond what the same notes take on a calm day."""
    calm = written(tmp_path / "calm", Script(seconds=0.4, chunks=40))
    stormy = 0
    for seed in (4, 5):
        weather = Weather(seed)
        stormy += written(tmp_path / f"storm {seed}", weather)
        assert weather.failed >= 2
    assert 1 - 2 * calm / stormy < 0.1
