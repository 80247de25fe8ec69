"""What a caption file becomes: every word once, in order of time, in pieces that can be cited."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from notegen_desktop.services.sources.captions import read_caption_file

ROOT = Path(__file__).parents[2]
REAL = sorted((ROOT.parent / "shared" / "data" / "transcripts").glob("*.*t*"))
REAL = [path for path in REAL if path.suffix in (".vtt", ".srt", ".json3")]


def words(text: str) -> list[str]:
    """Words for comparing: letters and digits only, each CJK character one word."""
    return re.findall(
        r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+", text.lower()
    )


def errors(said: list[str], read: list[str]) -> int:
    """Word errors as the edit distance counts them, by banded alignment on equal runs."""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, said, read, autojunk=False)
    return sum(max(b - a, d - c) for op, a, b, c, d in matcher.get_opcodes() if op != "equal")


@pytest.mark.skipif(not REAL, reason="the real transcripts are not on this machine")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_files_are_read_in_time_and_in_order(path: Path) -> None:
    read_caption_file(path)  # the first reading loads word lists
    began = time.perf_counter()
    transcript = read_caption_file(path)
    assert time.perf_counter() - began < 0.3
    ends = 0.0
    for segment in transcript.segments:
        assert ends <= segment.start_s <= segment.end_s
        assert segment.text == segment.text.strip() != ""
        ends = segment.end_s
