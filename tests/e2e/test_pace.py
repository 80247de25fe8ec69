"""The command line says when requests begin to run one at a time by themselves, and when not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script, Seen, in_turn

from .command import KEY, Command, Done

REFUSED = (5, 10, 15)
"""Of the first twenty requests more than 5 % are refused for speed, and not in one burst."""

SLOWER = re.compile(
    r"^3 of the last 2\d requests were refused for speed, so notes are written one at a time "
    r"until it goes well again\.$",
    re.M,
)
TOGETHER = "All is well again: notes are written at the same time."


def refusing(seen: Seen) -> Script:
    answer = Script(seconds=0.02, chunks=2, words=(20, 40, 80))
    return answer.but(fail="rate_limited") if seen.number in REFUSED else answer


def run(home: Path, *options: str, videos: int) -> Done:
    talks = [home / f"talk {number}.vtt" for number in range(videos)]
    for talk in talks:
        talk.write_bytes(sample_talk().read_bytes())
    with FakeGemini(refusing) as server:
        command = Command(home, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)
        done = command(
            "generate", *map(str, talks), "-t", "all", "--stagger-ms", "0", "--events", *options
        )
        assert len(server.requests) == 12 * videos + len(REFUSED)
    assert done.code == 0, done.err
    return done


@pytest.mark.slow
def test_a_change_of_pace_is_said_with_its_reason_and_so_is_its_end(tmp_path: Path) -> None:
    done = run(tmp_path, "--max-concurrent", "4", videos=5)
    slower = SLOWER.search(done.err)
    assert slower, done.err
    assert done.err.count(TOGETHER) == 1
    assert slower.end() < done.err.index(TOGETHER)
    assert {event["event"] for event in done.events} == {"job", "text", "done"}


@pytest.mark.slow
def test_who_runs_one_at_a_time_anyway_is_told_nothing_of_it(tmp_path: Path) -> None:
    done = run(tmp_path, "--sequential", videos=2)
    assert "one at a time" not in done.err
    assert TOGETHER not in done.err


def test_a_wait_is_said_with_how_long_it_is(tmp_path: Path) -> None:
    refused = Script(fail="rate_limited", retry_after_s=1.0)
    with FakeGemini(in_turn(refused, Script())) as server:
        command = Command(tmp_path, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)
        done = command("generate", str(sample_talk()), "-t", "chapters")
    assert done.code == 0, done.err
    waits = re.findall(r"^.*: chapters: Gemini asks to wait, (\d) s …$", done.err, re.M)
    assert len(waits) == 1, "once, not at every second"
    assert 1 <= int(waits[0]) <= 3
