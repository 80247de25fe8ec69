"""Notes as a strong model writes them, played through the real path: one request, nothing added."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.services.sources.captions import read_caption_file
from tests.fakes.gemini import FakeGemini, Script
from tests.places import SHARED

from .wire import generate

WRITTEN = SHARED / "data" / "cases" / "notes" / "sicp-lec1a"
LECTURE = SHARED / "data" / "transcripts" / "sicp-lec1a.en.srt"
PICKING = ("tutorial-guide", "quick-reference", "flashcards", "presentation-slides")

pytestmark = pytest.mark.skipif(not WRITTEN.exists(), reason="the written notes lie elsewhere")


@dataclass(frozen=True)
class Played:
    """By template: the answer, and the note made of it; and how often each was asked for."""

    answers: Mapping[str, Any]
    notes: Mapping[str, Any]
    asked: Mapping[str, int]


def played(folder: Path, answers: Mapping[str, Any], settings: str = "") -> Played:
    (folder / "settings.toml").write_text(settings)
    words = [word for name in answers for word in ("-t", name)]
    scripts = {name: Script(text=json.dumps(answer)) for name, answer in answers.items()}
    with FakeGemini(lambda seen: scripts[seen.template]) as server:
        run = generate(
            str(LECTURE), *words, "-o", str(folder / "out"), "--format", "json",
            gemini_url=server.url, home=str(folder),
        )  # fmt: skip
        assert run.code == 0, run.messages
        asked = [seen.template for seen in server.requests if seen.generates]
    notes = [json.loads(path.read_text("utf-8")) for path in (folder / "out").rglob("*.json")]
    return Played(
        answers,
        {note["template"]: note for note in notes},
        {name: asked.count(name) for name in answers},
    )


def written(name: str, *, cited: int = 1) -> Any:
    """An answer; of every `cited` sections only the first one names places."""
    answer = json.loads((WRITTEN / f"{name}.json").read_text("utf-8"))
    for number, section in enumerate(answer["sections"]):
        section["cites"] = section["cites"] if number % cited == 0 else []
    return answer


@pytest.fixture(scope="module")
def filling(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Where what is left out would be written unasked."""
    answers = {name: written(name) for name in ("chapters", *PICKING)}
    answers["study-notes"] = written("study-notes", cited=3)
    settings = "[processing]\nfill_gaps = true\n"
    return played(tmp_path_factory.mktemp("filling"), answers, settings)


@pytest.fixture(scope="module")
def offering(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """As the settings are by themselves."""
    answers = {"chapters": written("chapters16"), "basic-summary": written("basic-summary")}
    return played(tmp_path_factory.mktemp("offering"), answers)


@pytest.mark.parametrize("run", ["filling", "offering"])
def test_gapless_chapters_cover_the_lecture_to_the_second(
    run: str, request: pytest.FixtureRequest
) -> None:
    done: Played = request.getfixturevalue(run)
    answer, note = done.answers["chapters"], done.notes["chapters"]
    words = read_caption_file(LECTURE)
    segments = {segment.label: segment for segment in words.segments}
    assert done.asked["chapters"] == 1
    assert note["coverage"] == {"covered_s": round(words.duration_s, 3), "gaps": []}
    assert len(note["sections"]) == len(answer["sections"])
    for given, section in zip(answer["sections"], note["sections"], strict=True):
        first, last = (segments[label] for label in given["cites"])
        assert section["heading"] == given["heading"]
        assert section["cites"][0]["start_s"] == round(first.start_s, 3)
        assert section["cites"][-1]["end_s"] == round(last.end_s, 3)
        assert all(cite["verified"] is not False for cite in section["cites"])


@pytest.mark.parametrize("name", [*PICKING, "study-notes"])
def test_a_whole_note_keeps_its_sections_and_shows_no_gaps(name: str, filling: Played) -> None:
    """Some pick from the lecture; of the study notes every third section alone names places."""
    answer, note = filling.answers[name], filling.notes[name]
    assert filling.asked[name] == 1
    assert note["coverage"]["gaps"] == []
    assert [s["heading"] for s in note["sections"]] == [s["heading"] for s in answer["sections"]]


def test_a_subject_left_out_is_offered_and_not_paid_for(offering: Played) -> None:
    coverage = offering.notes["basic-summary"]["coverage"]
    assert offering.asked["basic-summary"] == 1
    assert coverage["gaps"]
    total = coverage["covered_s"] + sum(end - start for start, end in coverage["gaps"])
    assert total == pytest.approx(read_caption_file(LECTURE).duration_s)
