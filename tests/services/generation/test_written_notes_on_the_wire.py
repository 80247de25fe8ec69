"""Notes as a strong model writes them, played through the real path: one request, nothing added."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.services.sources.captions import read_caption_file
from tests.bench.command import generate
from tests.fakes.gemini import FakeGemini, Script
from tests.places import SHARED

WRITTEN = SHARED / "data" / "cases" / "notes" / "sicp-lec1a"
LECTURE = SHARED / "data" / "transcripts" / "sicp-lec1a.en.srt"

pytestmark = pytest.mark.skipif(not WRITTEN.exists(), reason="the written notes lie elsewhere")


def played(folder: Path, name: str, template: str, settings: str = "") -> tuple[Any, Any, int]:
    """The answer, the note made of it, and how many requests it took."""
    text = (WRITTEN / f"{name}.json").read_text("utf-8")
    home = folder / "home"
    home.mkdir()
    (home / "settings.toml").write_text(settings)
    with FakeGemini(Script(text=text)) as server:
        run = generate(
            str(LECTURE), "-t", template, "-o", str(folder / "out"), "--format", "json",
            gemini_url=server.url, home=str(home),
        )  # fmt: skip
        assert run.code == 0, run.messages
        (path,) = (folder / "out").rglob("*.json")
        asked = sum(seen.generates for seen in server.requests)
        return json.loads(text), json.loads(path.read_text("utf-8")), asked


@pytest.mark.parametrize("fill", ["", "[processing]\nfill_gaps = true\n"])
@pytest.mark.parametrize("name", ["chapters", "chapters16"])
def test_gapless_chapters_cover_the_lecture_to_the_second(
    tmp_path: Path, name: str, fill: str
) -> None:
    answer, note, requests = played(tmp_path, name, "chapters", fill)
    words = read_caption_file(LECTURE)
    segments = {segment.label: segment for segment in words.segments}
    assert requests == 1
    assert note["coverage"] == {"covered_s": round(words.duration_s, 3), "gaps": []}
    assert len(note["sections"]) == len(answer["sections"])
    for given, section in zip(answer["sections"], note["sections"], strict=True):
        first, last = (segments[label] for label in given["cites"])
        assert section["heading"] == given["heading"]
        assert section["cites"][0]["start_s"] == round(first.start_s, 3)
        assert section["cites"][-1]["end_s"] == round(last.end_s, 3)
        assert all(cite["verified"] is not False for cite in section["cites"])


@pytest.mark.parametrize(
    "name", ["tutorial-guide", "quick-reference", "flashcards", "presentation-slides"]
)
def test_what_picks_from_a_lecture_keeps_its_sections_and_shows_no_gaps(
    tmp_path: Path, name: str
) -> None:
    answer, note, requests = played(tmp_path, name, name, "[processing]\nfill_gaps = true\n")
    assert requests == 1
    assert note["coverage"]["gaps"] == []
    assert [s["heading"] for s in note["sections"]] == [s["heading"] for s in answer["sections"]]


@pytest.mark.parametrize("name", ["study-notes", "basic-summary"])
def test_a_subject_left_out_is_offered_and_not_paid_for(tmp_path: Path, name: str) -> None:
    answer, note, requests = played(tmp_path, name, name)
    assert requests == 1
    assert [s["heading"] for s in note["sections"]] == [s["heading"] for s in answer["sections"]]
    covered = note["coverage"]["covered_s"] + sum(b - a for a, b in note["coverage"]["gaps"])
    assert covered == pytest.approx(read_caption_file(LECTURE).duration_s)
