"""A talk of one hour as a caption file: as many words as people say, each minute of its own."""

from __future__ import annotations

import random
from pathlib import Path

MINUTES = 60
WORDS_A_MINUTE = 150
VOCABULARY = """
time light water people memory question answer machine garden river paper number reason story
practice pattern signal bridge market winter engine planet violin letter measure window shows takes
makes gives keeps brings finds turns builds reads moves grows holds because although while
before after where which that this every other small large early late
"""


def write_hour(path: Path, *, seed: int = 1) -> Path:
    """Captions of four seconds each."""
    chance = random.Random(seed)
    words = VOCABULARY.split()
    lines = ["WEBVTT", ""]
    for start in range(0, MINUTES * 60, 4):
        spoken = " ".join(chance.choice(words) for _ in range(WORDS_A_MINUTE * 4 // 60))
        lines += [f"{_clock(start)} --> {_clock(start + 4)}", f"{spoken.capitalize()}.", ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"
