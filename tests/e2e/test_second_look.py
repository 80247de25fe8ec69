"""A second look by the command line: asked for, priced, stored, exported, gone on with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script, Seen
from tests.fakes.gemini_notes import write_note
from tests.places import SHARED

from .command import KEY, Command, Done

TALK = str(sample_talk())
CLAIMS = SHARED / "data" / "cases" / "notes" / "claims_sicp-lec1a.json"
LECTURE = SHARED / "data" / "transcripts" / "sicp-lec1a.en.srt"
WRONG = "and so on, but not as it was said"


def answers(seen: Seen) -> Script:
    """Notes with a place at each paragraph; those that say something wrong are found out."""
    if seen.asked.statements:
        return Script(judge=lambda words, _: "no" if WRONG in words else "yes")
    note = write_note(seen.asked, words=(20, 40, 80))
    for section in note["sections"]:
        place = f" [{section['cites'][0]}]"
        for level in ("concise", "standard", "comprehensive"):
            section[level] = f"{section[level]}{place}"
    first = note["sections"][0]
    first["comprehensive"] += f"\n\nA heap is a tree {WRONG} [{first['cites'][0]}]."
    return Script(text=json.dumps(note))


@pytest.fixture
def gemini() -> Iterator[FakeGemini]:
    with FakeGemini(answers) as running:
        yield running


@pytest.fixture
def notegen(tmp_path: Path, gemini: FakeGemini) -> Command:
    return Command(tmp_path / "home", GEMINI_API_KEY=KEY, NOTEGEN_GEMINI_URL=gemini.url)


def looks(gemini: FakeGemini) -> list[Seen]:
    return [seen for seen in gemini.requests if seen.asked.statements]


def notes_in(folder: Path) -> dict[str, Any]:
    found = [json.loads(path.read_text("utf-8")) for path in folder.rglob("*.json")]
    return {note["template"]: note for note in found}


def reviews(note: dict[str, Any]) -> list[dict[str, str]]:
    return [cite["review"] for s in note["sections"] for cite in s["cites"] if "review" in cite]


def test_a_run_with_a_second_look(tmp_path: Path, notegen: Command, gemini: FakeGemini) -> None:
    out = tmp_path / "out"
    asked = (TALK, "-t", "chapters", "-t", "flashcards", "--review")
    estimated = notegen("estimate", *asked, "--json").json
    assert all(row["review_usd"] > 0 for row in estimated["jobs"])
    done = notegen("generate", *asked, "-o", str(out), "--format", "json", "--events")
    assert done.code == 0, done.err
    written = notes_in(out)
    assert set(written) == {"chapters", "flashcards"}
    assert len(looks(gemini)) == 2
    for note in written.values():
        found = reviews(note)
        assert {"yes", "no"} == {each["says"] for each in found}
        (wrong,) = [each for each in found if each["says"] == "no"]
        assert wrong["reason"]
        assert note["usage"]["requests"] == 2
    total = sum(note["usage"]["cost_usd"] for note in written.values())
    assert done.events[-1]["requests"] == 4
    assert done.events[-1]["cost_usd"] == pytest.approx(total, abs=1e-5)
    booked = notegen("usage", "--json").json
    assert sum(row["requests"] for row in booked["days"]) == 4
    for seen in looks(gemini):
        assert seen.cached_tokens, "read from the cache"
    stored = notegen("notes", "list", "--json").json
    shown = notegen("notes", "show", stored[0]["id"], "--level", "comprehensive").out
    assert "second look: not said there" in shown
    assert "[^" not in shown


def test_a_run_without_one(tmp_path: Path, notegen: Command, gemini: FakeGemini) -> None:
    out = tmp_path / "out"
    notegen.home.mkdir()
    (notegen.home / "settings.toml").write_text("[general]\nreview = true\n")
    asked = (TALK, "-t", "flashcards", "-o", str(out), "--format", "json")
    assert notegen("generate", *asked, "--no-review").code == 0
    assert not looks(gemini)
    assert not reviews(notes_in(out)["flashcards"])
    # Asked for anew, by the setting: the note is there, and gets its look alone.
    assert notegen("generate", *asked[:3]).code == 0
    assert len(looks(gemini)) == 1
    assert len(gemini.requests) == 2
    assert notegen("generate", *asked[:3]).code == 0
    assert len(gemini.requests) == 2, "once is enough"


def test_a_note_outlives_a_look_that_fails(notegen: Command, gemini: FakeGemini) -> None:
    def refusing(seen: Seen) -> Script:
        return Script(finish="SAFETY") if seen.asked.statements else answers(seen)

    gemini.script = refusing
    done = notegen("generate", TALK, "-t", "flashcards", "--review")
    assert done.code == 0
    assert "not every statement had its second look" in done.err
    assert len(notegen("notes", "list", "--json").json) == 1
    gemini.script = answers
    again = notegen("generate", TALK, "-t", "flashcards", "--review")
    assert again.code == 0
    assert "second look" not in again.err
    assert [bool(seen.asked.statements) for seen in gemini.requests] == [False, True, True]


def test_killed_in_its_look_a_run_goes_on_with_that(
    tmp_path: Path, notegen: Command, gemini: FakeGemini
) -> None:
    def slow(seen: Seen) -> Script:
        return answers(seen).but(seconds=60.0) if seen.asked.statements else answers(seen)

    gemini.script = slow
    out = tmp_path / "out"
    asked = (TALK, "-t", "flashcards", "--review", "-o", str(out), "--format", "json", "--events")
    process = notegen.start("generate", *asked)
    assert gemini.wait_for(looks, within=30)
    process.kill()
    process.communicate(timeout=30)
    assert not notes_in(out)
    gemini.script = answers
    done: Done = notegen("resume", "--events")
    assert done.code == 0, done.err
    assert {each["says"] for each in reviews(notes_in(out)["flashcards"])} == {"yes", "no"}
    assert [bool(seen.asked.statements) for seen in gemini.requests] == [False, True, True]
    assert len(notegen("notes", "list", "--json").json) == 1


@pytest.mark.skipif(not LECTURE.exists(), reason="the lecture lies elsewhere")
def test_every_claim_on_a_lecture_comes_out_right(
    tmp_path: Path, notegen: Command, gemini: FakeGemini
) -> None:
    """Forty claims become a note by the whole path; the look answers from the truth."""
    claims = json.loads(CLAIMS.read_text("utf-8"))
    truth = {(c["text"], f"[{c['cite']}]"): c["supported"] for c in claims}
    by_text = {c["text"]: c["supported"] for c in claims}  # a label may move to its neighbour

    def judge(words: str, places: str) -> str:
        return "yes" if truth.get((words, places), by_text.get(words)) else "no"

    def answer(seen: Seen) -> Script:
        if seen.asked.statements:
            return Script(judge=judge)
        sections = []
        for number, claim in enumerate(claims):
            text = f"{claim['text']} [{claim['cite']}]"
            more = "\n\nA paragraph without a place makes this level longer than the other one."
            sections.append(
                {
                    "heading": f"{claim['heading']} {number}",
                    "cites": [],
                    "concise": text,
                    "standard": text + more,
                    "comprehensive": text + more + more,
                }
            )
        return Script(text=json.dumps({"title": "Claims", "sections": sections}))

    gemini.script = answer
    out = tmp_path / "out"
    asked = (str(LECTURE), "-t", "flashcards", "--review", "-o", str(out), "--format", "json")
    done = notegen("generate", *asked)
    assert done.code == 0, done.err
    note = notes_in(out)["flashcards"]
    right = 0
    for claim, section in zip(claims, note["sections"], strict=True):
        found = [cite["review"]["says"] for cite in section["cites"]]
        right += found == ["yes" if claim["supported"] else "no"]
    assert right == 40
    assert len(gemini.requests) == 2, "one short request"
    wrote, looked = gemini.requests
    assert looked.output_tokens < 0.15 * wrote.output_tokens
