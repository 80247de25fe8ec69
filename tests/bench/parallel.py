"""What writing at the same time gains, against a loopback server whose answers take known times."""

from __future__ import annotations

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script

from .command import generate

TEMPLATES = ("basic-summary", "study-notes", "flashcards", "chapters", "quick-reference")
STAGGER_S = 0.15


def measure() -> dict[str, float]:
    """Seconds and shares; the sequential run is measured in the same breath."""
    return _uneven() | _equal()


def _uneven() -> dict[str, float]:
    seconds = dict(zip(TEMPLATES, (2.0, 4.0, 6.0), strict=False))
    with FakeGemini(lambda seen: Script(seconds=seconds[seen.template])) as server:
        options = [word for name in seconds for word in ("-t", name)]
        together = generate(str(sample_talk()), *options, gemini_url=server.url).seconds()
        in_turn = generate(
            str(sample_talk()), *options, "--sequential", gemini_url=server.url
        ).seconds()
    slowest = max(seconds.values()) + STAGGER_S * (len(seconds) - 1)
    return {
        "parallel_3_s": round(together, 3),
        "sequential_3_s": round(in_turn, 3),
        "parallel_3_over_slowest": round(together / slowest, 3),
        "parallel_3_saves_percent": round(100 * (1 - together / in_turn), 1),
    }


def _equal() -> dict[str, float]:
    with FakeGemini(Script(seconds=3.0)) as server:
        options = [word for name in TEMPLATES for word in ("-t", name)]
        options += ["--max-concurrent", "5"]
        together = generate(str(sample_talk()), *options, gemini_url=server.url).seconds()
        in_turn = generate(
            str(sample_talk()), *options, "--sequential", gemini_url=server.url
        ).seconds()
    return {
        "parallel_5_equal_s": round(together, 3),
        "sequential_5_equal_s": round(in_turn, 3),
        "parallel_5_equal_saves_percent": round(100 * (1 - together / in_turn), 1),
    }
