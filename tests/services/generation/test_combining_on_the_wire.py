"""Several notes in one answer against the loopback server: what is sent, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.ports import Writing
from notegen_desktop.services.writers.gemini import GeminiWriter
from tests.bench.command import Run
from tests.fakes.assignments import assignment
from tests.fakes.gemini import FakeGemini, Quota, Script
from tests.services.writing import KEY

from .wire import generate

FIVE = ("basic-summary", "study-notes", "flashcards", "chapters", "quick-reference")


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini(Script(chunks=40)) as running:
        yield running


def run(server: FakeGemini, folder: Path, *, combine: str = "always", per_day: int = 0) -> Run:
    """Five templates of the sample talk, with several notes in one answer."""
    home = folder / "home"
    home.mkdir()
    (home / "settings.toml").write_text(
        f'[processing]\ncombine = "{combine}"\nrequests_per_day = {per_day}\n'
    )
    words = [word for name in FIVE for word in ("-t", name)]
    return generate(
        str(sample_talk()), *words, "-o", str(folder / "out"), "--format", "json",
        gemini_url=server.url, home=str(home),
    )  # fmt: skip


def notes(folder: Path) -> dict[str, dict[str, object]]:
    found = [json.loads(path.read_text("utf-8")) for path in (folder / "out").rglob("*.json")]
    return {note["template"]: note for note in found}


async def test_the_request_begins_as_ever_and_asks_for_each_note(server: FakeGemini) -> None:
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url)
    first, *others = (assignment(name) for name in FIVE)
    states = [state async for state in writer.write(assignment(FIVE[0], others=tuple(others)))]
    [_ async for _ in writer.write(first)]
    await writer.aclose()
    joint, single = server.requests
    assert joint.asked.prefix == single.asked.prefix, "so that the cache knows it"
    assert [note.template for note in joint.asked.notes] == list(FIVE)
    items = joint.body["generationConfig"]["responseSchema"]["properties"]["notes"]["items"]
    assert items["properties"]["template"]["enum"] == list(FIVE)
    last = states[-1]
    assert last.finished
    for name, note, asked in zip(FIVE, last.notes, joint.asked.notes, strict=True):
        assert note.finished, name
        fixed = {heading for heading, _ in asked.plan if heading}
        assert fixed <= {section.heading for section in note.draft.sections}
    assert _order_of_finishing(states) == list(FIVE)


def _order_of_finishing(states: list[Writing]) -> list[str]:
    order: list[str] = []
    for state in states:
        order += [
            name
            for name, note in zip(FIVE, state.notes, strict=False)
            if note.finished and name not in order
        ]
    return order


def test_five_notes_take_one_request(server: FakeGemini, tmp_path: Path) -> None:
    done = run(server, tmp_path)
    assert done.code == 0, done.messages
    (seen,) = server.requests
    assert done.done["requests"] == 1
    assert done.done["input_tokens"] == seen.input_tokens
    assert done.done["output_tokens"] == seen.output_tokens
    written = notes(tmp_path)
    assert set(written) == set(FIVE)
    usages = [note["usage"] for note in written.values() if isinstance(note["usage"], dict)]
    for kind, total in (("input_tokens", seen.input_tokens), ("requests", 1)):
        assert sum(usage[kind] for usage in usages) == total
    ranks = [event["finish_rank"] for event in done.events if event.get("status") == "complete"]
    assert ranks == [1, 2, 3, 4, 5]
    for asked in seen.asked.notes:
        headings = {section["heading"] for section in _sections(written[asked.template])}
        assert {heading for heading, _ in asked.plan if heading} <= headings


def _sections(note: dict[str, object]) -> list[dict[str, str]]:
    sections = note["sections"]
    assert isinstance(sections, list)
    return sections


def test_what_the_answer_leaves_out_is_asked_for_by_itself(
    server: FakeGemini, tmp_path: Path
) -> None:
    server.script = Script(omit=("flashcards",))
    done = run(server, tmp_path)
    assert done.code == 0, done.messages
    assert [seen.template for seen in server.requests] == ["+".join(FIVE), "flashcards"]
    assert set(notes(tmp_path)) == set(FIVE)


@pytest.mark.parametrize(
    "broken",
    [
        Script(chunks=40, finish="MAX_TOKENS", fault_at=0.5),
        Script(chunks=40, fault="reset", fault_at=0.5),
        Script(chunks=40, fault="cut", fault_at=0.7),
    ],
    ids=["length", "reset", "cut"],
)
def test_a_broken_answer_is_gone_on_with(
    server: FakeGemini, tmp_path: Path, broken: Script
) -> None:
    server.script = lambda seen: broken if seen.number == 1 else Script()
    done = run(server, tmp_path)
    assert done.code == 0, done.messages
    first, second = (seen.template.split("+") for seen in server.requests)
    assert second == first[-len(second) :]
    assert 1 < len(second) < 5, "whole notes are not asked for again"
    assert set(notes(tmp_path)) == set(FIVE)
    assert done.done["output_tokens"] == sum(seen.output_tokens for seen in server.requests)


def test_a_quota_of_two_requests_makes_five_notes(server: FakeGemini, tmp_path: Path) -> None:
    server.state.quota = Quota(requests_per_day=2)
    done = run(server, tmp_path, combine="when-short", per_day=2)
    assert done.code == 0, done.messages
    assert len(server.requests) == 1
    assert done.done["complete"] == 5
