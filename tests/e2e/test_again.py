"""`notegen notes again` as scripts use it: a wish, a price, a version beside the note, a choice."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini

from .command import KEY, Command


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini() as server:
        yield server


@pytest.fixture
def notegen(tmp_path: Path, server: FakeGemini) -> Command:
    return Command(tmp_path / "home", NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)


@pytest.fixture
def note(notegen: Command) -> str:
    assert notegen("generate", str(sample_talk()), "-t", "study-notes").code == 0
    (kept,) = notegen("notes", "list", "--json").json
    return str(kept["id"])


def sections_of(notegen: Command, note: str) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = notegen("notes", "show", note, "--json").json["sections"]
    return shown


def test_a_section_is_written_again_and_one_decides(
    notegen: Command, note: str, server: FakeGemini
) -> None:
    before, asked = sections_of(notegen, note), len(server.requests)
    told = notegen("notes", "again", note, "--section", "3", "--wish", "shorter", "--estimate")
    assert (told.code, told.err.startswith("About $")) == (0, True)
    assert len(server.requests) == asked
    written = notegen("notes", "again", note, "--section", "3", "--wish", "shorter", "--json")
    assert written.code == 0
    assert len(server.requests) == asked + 1
    ((version, about, wish),) = [(v["version"], v["about"], v["wish"]) for v in written.json]
    assert (version, about, wish) == (2, f"section “{before[2]['heading']}”", "shorter")
    assert sections_of(notegen, note) == before
    (kept,) = notegen("notes", "again", note, "--keep", "new", "--json").json
    assert kept == {"id": note, "version": 2, "kept": "new"}
    same = [a == b for a, b in zip(before, sections_of(notegen, note), strict=True)]
    assert same.count(False) == 1
    assert not same[2]
    assert notegen("notes", "take-back", note, "--version", "1").code == 0
    assert sections_of(notegen, note) == before
    assert notegen("notes", "again", note, "--keep", "old").code == 4


def test_what_cannot_be_asked_for_says_so(notegen: Command, note: str) -> None:
    wrong = notegen("notes", "again", note, "--section", "Nowhere")
    assert (wrong.code, "1 Overview" in wrong.err) == (2, True)
    quotes = notegen("notes", "again", note, "--engine", "offline", "--wish", "shorter")
    assert (quotes.code, "knows no wishes" in quotes.err) == (2, True)
    poor = notegen("notes", "again", note, "--budget", "0.000001")
    assert (poor.code, "Nothing was sent." in poor.err) == (4, True)
    assert notegen("notes", "again", "nothing").code == 4
    assert len(notegen("notes", "versions", note, "--json").json) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_moment_it_is_written_once_and_the_note_stays(
    notegen: Command, note: str, server: FakeGemini, seed: int
) -> None:
    """Only what was cut off in its middle is asked for once more."""
    chance = random.Random(seed)
    before, asked = sections_of(notegen, note), len(server.requests)
    server.pause_s = 0.02
    kills = 0
    process = notegen.start("notes", "again", note, "--section", "3", "--wish", "shorter")
    for _ in range(3):
        time.sleep(chance.uniform(0.2, 2.5))
        if process.poll() is None:
            kills += 1
        process.kill()
        process.communicate(timeout=30)
        process = notegen.start("resume")
    process.communicate(timeout=60)
    assert sections_of(notegen, note) == before
    versions = notegen("notes", "versions", note, "--json").json
    undecided = [each for each in versions if each["undecided"]]
    made = len(server.requests) - asked
    if not made:  # killed before it was said to be queued
        assert not undecided
        return
    assert len(undecided) == 1
    assert made <= kills + 1
