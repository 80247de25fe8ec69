"""What the window's start costs in each language, beside that in English."""

from __future__ import annotations

import json
import os
import statistics
import time

from notegen_desktop.domain.words import LANGUAGES, SOURCE

from .startup import run_in_empty_home

ROUNDS = 9
"""Starts of each language, one after the other, so that a busy machine slows all of them."""


def measure() -> dict[str, float]:
    """Milliseconds of the processor from the start of the process to the painted window: those of
    English, and by how much each other language is above, both of the medians and of the least."""
    spent: dict[str, list[float]] = {tag: [] for tag in LANGUAGES}
    for _ in range(ROUNDS + 1):
        for tag, times in spent.items():
            times.append(_one_start(tag))
    figures = {}
    for name, of in (("median", statistics.median), ("least", min)):
        # The first round fills the disk cache.
        taken = {tag: of(times[1:]) for tag, times in spent.items()}
        figures[f"languages_{SOURCE}_{name}_cpu_ms"] = round(taken[SOURCE], 1)
        figures |= {
            f"languages_{tag}_above_{name}_cpu_ms": round(value - taken[SOURCE], 1)
            for tag, value in taken.items()
            if tag != SOURCE
        }
        above = [value - taken[SOURCE] for value in taken.values()]
        figures[f"languages_most_above_{name}_cpu_ms"] = round(max(above), 1)
    return figures


def _one_start(tag: str) -> float:
    said = run_in_empty_home("tests.bench.languages", LANGUAGE=tag, LC_ALL="C.UTF-8")
    told, spent = json.loads(said)
    assert told == tag, f"{tag} was asked for, {told} is spoken: are the catalogues compiled?"
    return float(spent)


def _child() -> None:
    """A start of the program in this process, up to the first paint."""
    from notegen_desktop.__main__ import build

    app = build([])
    app.window.show()
    app.qt.processEvents()
    app.qt.processEvents()  # what the first paint asked for
    spent = time.process_time() * 1000

    from notegen_desktop.domain.words import language

    print(json.dumps([language(), spent]), flush=True)
    os._exit(0)  # nothing is open yet that wants closing


if __name__ == "__main__":
    _child()
