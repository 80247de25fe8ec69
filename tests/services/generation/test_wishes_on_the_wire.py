"""A wish for a run: asked as data at the end of the beginning, kept with the note."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.bench.command import Run
from tests.fakes.gemini import FakeGemini, Script

from .wire import generate

WISH = "for beginners; the examination is on the last third"


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini(Script(chunks=4)) as running:
        yield running


def run(server: FakeGemini, folder: Path, *words: str) -> Run:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return generate(
        str(sample_talk()), "-o", str(folder / "out"), "--format", "json", *words,
        gemini_url=server.url, home=str(home),
    )  # fmt: skip


def wishes(folder: Path) -> list[Any]:
    return sorted(json.loads(path.read_text("utf-8"))["wish"] for path in folder.rglob("*.json"))


def test_it_is_asked_once_for_all_notes_and_stands_in_them(
    server: FakeGemini, tmp_path: Path
) -> None:
    done = run(server, tmp_path, "-t", "chapters", "-t", "flashcards", "--wish", f"  {WISH}\n")
    assert done.code == 0, done.messages
    assert wishes(tmp_path / "out") == [WISH, WISH]
    prefixes = {seen.asked.prefix for seen in server.requests}
    assert len(prefixes) == 1, "so that the cache knows it"
    (prefix,) = prefixes
    before, fence, wished = prefix.rpartition("<<<MATERIAL-")[0], *prefix.split("\n")[-3:-1]
    assert "# A wish of the user" in before[-400:]
    assert wished == WISH
    assert fence.startswith("<<<MATERIAL-")
    assert prefix.split("\n")[-1] == f"{fence.removeprefix('<<<')}>>>"


def test_another_wish_is_another_note_and_the_same_one_is_not_paid_twice(
    server: FakeGemini, tmp_path: Path
) -> None:
    for wish, requests in (("", 1), (WISH, 2), (WISH, 2), ("", 2)):
        done = run(server, tmp_path, "-t", "chapters", *(("--wish", wish) if wish else ()))
        assert done.code == 0, done.messages
        assert len(server.requests) == requests
        assert wish in wishes(tmp_path / "out")
