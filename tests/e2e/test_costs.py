"""What runs cost, and that they cost no more than allowed: processes on a loopback Gemini."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Quota, Script

from .command import KEY, Command, Done
from .hour import write_hour

SAMPLE = str(sample_talk())
FIVE = ("basic-summary", "study-notes", "flashcards", "chapters", "quick-reference")
CACHED_SHARE = 0.1
"""Of the price of fresh tokens, as the price table has it for every current model."""


def connected(home: Path, server: FakeGemini) -> Command:
    return Command(home, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)


def templates(*names: str) -> list[str]:
    return [word for name in names for word in ("-t", name)]


def told_and_spent(done: Done) -> tuple[float, float]:
    found = re.search(r"^estimated \$([\d.]+), actual \$([\d.]+)$", done.err, re.M)
    assert found, done.err
    return float(found[1]), float(found[2])


def counters(command: Command) -> dict[str, dict[str, Any]]:
    rows = command("usage", "--json").json["reservations"]
    return {row["period"].partition(":")[0]: row for row in rows}


def test_five_templates_of_an_hour_read_little_more_than_one(tmp_path: Path) -> None:
    talk = str(write_hour(tmp_path / "talk.vtt"))
    with FakeGemini(Script(seconds=0.5)) as server:
        command = connected(tmp_path / "home", server)
        done = command("generate", talk, *templates(*FIVE), "--max-concurrent", "5", "--events")
        assert done.code == 0, done.err
        read = [
            seen.input_tokens - (1 - CACHED_SHARE) * seen.cached_tokens for seen in server.requests
        ]
        one = server.requests[0].input_tokens
        assert len(read) == 5
    assert sum(read) <= 1.6 * one
    assert done.events[-1]["cached_tokens"] > 0
    told, spent = told_and_spent(done)
    assert 0.5 < told / spent < 2


def test_the_estimate_learns_from_what_was_written(tmp_path: Path) -> None:
    first, second = (str(write_hour(tmp_path / f"{n}.vtt", seed=n)) for n in (1, 2))
    with FakeGemini(Script(output_tokens=1_000)) as server:
        command = connected(tmp_path / "home", server)
        before = told_and_spent(command("generate", first, "-t", "study-notes"))
        after = told_and_spent(command("generate", second, "-t", "study-notes"))
    assert before[0] > 1.5 * before[1], "far off, so that there is something to learn"
    assert abs(after[0] - after[1]) < 0.25 * abs(before[0] - before[1])


def test_a_run_over_its_budget_is_said_and_nothing_is_sent(tmp_path: Path) -> None:
    with FakeGemini() as server:
        command = connected(tmp_path / "home", server)
        order = ("generate", SAMPLE, *templates("study-notes", "chapters"), "--budget", "0.0001")
        done = command(*order, "--events")
        in_words = command(*order)
        asked = command("estimate", *order[1:], "--json").json
        assert server.requests == []
    assert done.code == in_words.code == 4
    errors = [event["error"] for event in done.last_of_each_job().values()]
    assert [error["code"] for error in errors] == ["budget_exceeded"] * 2
    assert "left of your budget of $0.0001 for this run. Nothing was sent." in in_words.err
    assert asked["over_budget"] in in_words.err


def test_a_budget_with_room_lets_the_run_go(tmp_path: Path) -> None:
    with FakeGemini(Script(output_tokens=800)) as server:
        command = connected(tmp_path / "home", server)
        done = command("generate", SAMPLE, "-t", "chapters", "--budget", "1.00", "--events")
        left = counters(command)
    assert done.code == 0, done.err
    assert left["run"]["reserved"] == 0
    assert left["run"]["used"] == pytest.approx(done.events[-1]["cost_usd"], abs=2e-6)
    assert left["day"]["limit"] is None, "counted without a budget, for one that comes later"
    assert left["day"]["used"] == left["run"]["used"]


def test_two_programs_never_overspend_together(tmp_path: Path) -> None:
    """Each of them alone would stay within the day's budget."""
    home = tmp_path / "home"
    with FakeGemini(Script(seconds=1.5, output_tokens=6_000)) as server:
        command = connected(home, server)
        asked = command("estimate", SAMPLE, *templates(*FIVE), "--json").json
        budget = 1.1 * asked["cost_usd"]
        assert command("settings", "set", "budget.day_usd", f"{budget:.6f}").code == 0
        other = str(write_hour(tmp_path / "other.vtt"))
        one = command.start("generate", SAMPLE, *templates(*FIVE), "--events")
        two = command.start("generate", other, *templates("flashcards", "chapters"), "--events")
        said = [process.communicate(timeout=120)[0] for process in (one, two)]
        day = counters(command)["day"]
        sent = len(server.requests)
    assert 1 <= sent < 7
    assert any("budget_exceeded" in events for events in said)
    assert day["limit"] == pytest.approx(budget, abs=1e-6)
    assert day["used"] <= budget
    assert day["reserved"] == 0


@pytest.mark.slow
def test_what_a_killed_program_held_is_given_back(tmp_path: Path) -> None:
    with FakeGemini(Script(seconds=60, chunks=60)) as server:
        command = connected(tmp_path / "home", server)
        process = command.start("generate", SAMPLE, "-t", "chapters", "--budget", "1", "--events")
        assert server.wait_for(lambda s: s.requests and s.requests[0].chunks_sent, 30)
        held = counters(command)["run"]
        assert "now: 1 request in flight" in command("usage").out
        process.kill()
        process.communicate(timeout=30)
        after = counters(command)["run"]
    assert held["reserved"] > 0
    assert (after["reserved"], after["used"]) == (0, 0)


@pytest.mark.slow
def test_a_days_quota_that_is_short_is_said_before_the_start(tmp_path: Path) -> None:
    with FakeGemini(Script(), quota=Quota(requests_per_day=3)) as server:
        command = connected(tmp_path / "home", server)
        first = command("generate", SAMPLE, *templates(*FIVE), "--sequential", "--events")
        second = command("generate", SAMPLE, *templates(*FIVE), "--events")
        asked = len(server.requests)
    assert first.code == 3
    failed = [e["error"]["code"] for e in first.last_of_each_job().values() if e["error"]]
    assert failed == ["quota_exhausted"] * 2
    assert "0 of today's 3 requests" in second.err
    assert "--engine offline" in second.err
    assert "Several notes in one request" not in second.err, "of none, nothing can be shared"
    assert asked == 4, "what is gone is not asked for again, not even by the next start"


def test_usage_shows_requests_tokens_cost_budgets_and_connections(tmp_path: Path) -> None:
    with FakeGemini() as server:
        command = connected(tmp_path / "home", server)
        command("generate", SAMPLE, "-t", "chapters")
        shown = command("usage")
        data = command("usage", "--json").json
    assert shown.code == 0, shown.err
    (row,) = data["days"]
    assert (row["requests"], row["failed"], row["template"]) == (1, 0, "chapters")
    assert row["input_tokens"] > 0
    assert row["output_tokens"] > 0
    assert row["cost_usd"] > 0
    assert row["estimated_cost_usd"] > 0
    assert set(data["pool"]) == {"size", "in_use", "overflow", "waiting", "most", "share"}
    for words in (
        *("chapters", "limited", "estimated", "budget day:", "no limit"),
        *("now: 0 requests in flight", "database connections"),
    ):
        assert words in shown.out


def test_what_is_quoted_on_this_machine_costs_nothing(tmp_path: Path) -> None:
    command = Command(tmp_path)
    out = tmp_path / "out"
    done = command(
        *("generate", SAMPLE, "--engine", "offline", "-t", "basic-summary"),
        *("--format", "json", "-o", str(out)),
    )
    assert done.code == 0, done.err
    (note,) = out.rglob("*.json")
    assert not any(json.loads(note.read_text("utf-8"))["usage"].values())
    assert all(row["used"] == 0 for row in counters(command).values())
