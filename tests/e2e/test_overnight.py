"""Notes over night by the command line, against a loopback Gemini: sent, killed, fetched, half."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.gemini_batches import TakenBatch

from .command import KEY, Command

TWO = ("-t", "basic-summary", "-t", "quick-reference")


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini(Script(words=(20, 40, 80))) as running:
        running.batches.looks = 1  # the program that sends a batch looks at it once
        yield running


@pytest.fixture
def notegen(tmp_path: Path, server: FakeGemini) -> Command:
    return Command(tmp_path / "home", NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)


def on_record(notegen: Command, table: str) -> int:
    with sqlite3.connect(notegen.home / "notes.db") as database:
        (count,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    database.close()
    return int(count)


def order(notegen: Command, *more: str) -> tuple[str, ...]:
    return ("generate", str(sample_talk()), *TWO, "--overnight", *more)


def test_notes_are_sent_left_and_fetched_with_their_files(
    notegen: Command, server: FakeGemini, tmp_path: Path
) -> None:
    server.batches.looks = 2
    sent = notegen(*order(notegen, "-o", str(tmp_path / "out")))
    assert sent.code == 0, sent.err
    assert "2 notes left to be written over night, at half the price." in sent.err
    assert "expected within a day" in sent.err
    assert "cancelled" not in sent.err
    assert not list((tmp_path / "out").rglob("*.md"))
    early = notegen("resume", "--events")
    assert early.code == 0
    assert "2 notes left" in early.err
    assert {event["status"] for event in early.events if event["event"] == "job"} == {"pending"}
    assert early.events[-1]["cancelled"] == 0
    done = notegen("resume", "--events")
    assert done.code == 0, done.err
    assert {e["status"] for e in done.last_of_each_job().values()} == {"complete"}
    assert len(list((tmp_path / "out").rglob("*.md"))) == 2
    assert len(server.batches.keys) == 2
    assert server.requests == [], "nothing was asked for at once"
    assert notegen("resume").err.startswith("There is nothing to go on with")
    assert on_record(notegen, "sent") == 0
    assert on_record(notegen, "requests") == 2


def test_what_it_costs_is_half_of_the_same_at_once(
    notegen: Command, server: FakeGemini, tmp_path: Path
) -> None:
    said = notegen("estimate", str(sample_talk()), "-t", "basic-summary", "--json").json
    half = notegen("estimate", str(sample_talk()), "-t", "basic-summary", "--overnight", "--json")
    assert half.json["cost_usd"] == pytest.approx(said["cost_usd"] / 2, abs=2e-6)
    assert half.json["jobs"][0]["seconds"] == 86_400
    words = notegen("estimate", str(sample_talk()), "-t", "basic-summary", "--overnight").out
    assert "half the price, within 24 hours" in words
    other = Command(tmp_path / "other", **{**notegen.environment, "NOTEGEN_HOME": "x"})
    other.environment["NOTEGEN_HOME"] = str(tmp_path / "other")
    at_once = other("generate", str(sample_talk()), "-t", "basic-summary", "--events").events[-1]
    notegen("generate", str(sample_talk()), "-t", "basic-summary", "--overnight")
    fetched = notegen("resume", "--events").events[-1]
    assert fetched["input_tokens"] == at_once["input_tokens"]
    usual = (fetched["input_tokens"] * 0.30 + fetched["output_tokens"] * 2.50) / 1e6
    assert fetched["cost_usd"] == pytest.approx(usual / 2, abs=2e-6)


def killed(notegen: Command, server: FakeGemini, hang: str) -> None:
    """Order two notes, and kill the program while its batch is under way to the server."""
    server.batches.hang = hang
    process = notegen.start(*order(notegen))
    posted = "batchGenerateContent"
    assert server.wait_for(lambda s: any(posted in r.path for r in s.state.requests), within=60)
    if hang == "after":
        assert server.wait_for(lambda s: bool(s.batches.taken), within=20)
    process.kill()
    process.communicate(timeout=30)
    server.batches.hang = ""


@pytest.mark.slow
@pytest.mark.parametrize("hang", ["before", "after"])
def test_killed_while_it_is_sent_it_is_there_once(
    notegen: Command, server: FakeGemini, hang: str
) -> None:
    killed(notegen, server, hang)
    assert len(server.batches.keys) == (2 if hang == "after" else 0)
    assert on_record(notegen, "sent") == 2, "on record from before it is sent"
    first = notegen("resume")
    assert first.code == 0, first.err
    assert len(server.batches.keys) == 2
    assert notegen("resume").code == 0
    assert len(server.batches.keys) == 2
    assert on_record(notegen, "notes") == 2
    assert on_record(notegen, "sent") == 0


@pytest.mark.slow
def test_killed_while_fetching_nothing_is_lost_or_booked_twice(
    notegen: Command, server: FakeGemini
) -> None:
    assert notegen(*order(notegen)).code == 0
    for lines in (3, 5, 7, 8):
        process = notegen.start("resume", "--events")
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.kill()
        process.communicate(timeout=30)
    last = notegen("resume")
    assert last.code == 0, last.err
    assert len(server.batches.keys) == 2
    assert server.requests == []
    assert on_record(notegen, "notes") == 2
    assert on_record(notegen, "requests") == 2


def test_what_cannot_be_had_over_night_is_said(notegen: Command, server: FakeGemini) -> None:
    offline = notegen("generate", str(sample_talk()), "--overnight", "--engine", "offline")
    assert offline.code == 2
    assert "Only Gemini writes notes over night." in offline.err
    server.script = Script(fail="no_free_tier")
    refused = notegen("generate", str(sample_talk()), "-t", "basic-summary", "--overnight")
    assert refused.code == 4
    assert "needs a key with billing" in refused.err
    assert on_record(notegen, "sent") == 0


def test_an_error_of_one_request_leaves_the_others(notegen: Command, server: FakeGemini) -> None:
    assert notegen(*order(notegen)).code == 0
    first = server.batches.keys[0]
    server.batches.errors[first] = {"code": 13, "message": "Internal error encountered."}
    done = notegen("resume", "--events")
    assert done.code == 3
    failed = [e for e in done.last_of_each_job().values() if e["status"] == "error"]
    assert [e["job"] for e in failed] == [first.partition("/")[0]]
    assert "at once, at the usual price" in failed[0]["error"]["hint"]


def test_the_key_is_on_no_record(notegen: Command, server: FakeGemini) -> None:
    assert notegen(*order(notegen)).code == 0
    for path in notegen.home.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path
    (seen,) = [r for r in server.all_requests if r.path.endswith(":batchGenerateContent")]
    assert not seen.key_in_query
    assert KEY not in json.dumps(seen.body)


def test_batches_in_either_spelling_of_their_states_are_understood(
    notegen: Command, server: FakeGemini
) -> None:
    server.batches.state_prefix = "JOB_STATE_"
    assert notegen(*order(notegen)).code == 0
    server.batches.taken += [TakenBatch(f"batches/o{n}", "m", f"other{n}", [], 0) for n in range(9)]
    assert notegen("resume").code == 0
    assert on_record(notegen, "notes") == 2
