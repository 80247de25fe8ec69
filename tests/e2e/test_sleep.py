"""The command line is frozen in the middle of a run, as by a sleep, while connections die."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script, Seen

from .command import KEY, Command
from .light_sleeper import SILENT_S, THRESHOLDS

LIVES_ON, FALLS_SILENT, IS_DROPPED, IS_QUICK = (
    "research-paper",
    "study-notes",
    "flashcards",
    "chapters",
)
FROZEN_S = THRESHOLDS.late_s + THRESHOLDS.tick_s + 5.0
assert FROZEN_S < SILENT_S


def answers(seen: Seen) -> Script:
    if seen.attempt > 1 or seen.template == IS_QUICK:
        return Script(seconds=0.5, chunks=24)
    return {
        LIVES_ON: Script(seconds=FROZEN_S + 4, chunks=60),
        FALLS_SILENT: Script(seconds=1.5, chunks=24, fault="stall"),
        IS_DROPPED: Script(seconds=6, chunks=24, fault="reset"),
    }[seen.template]


def of(server: FakeGemini, template: str) -> list[Seen]:
    return [seen for seen in server.requests if seen.template == template]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped like this there")
def test_a_run_that_slept_goes_on_by_itself_and_pays_for_nothing_twice(tmp_path: Path) -> None:
    with FakeGemini(answers) as server:
        command = Command(tmp_path, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)
        command.module = "tests.e2e.light_sleeper"
        names = (LIVES_ON, FALLS_SILENT, IS_DROPPED, IS_QUICK)
        words = [word for name in names for word in ("-t", name)]
        process = command.start(
            "generate", str(sample_talk()), *words, "--max-concurrent", "3", "-o", str(tmp_path)
        )
        assert server.wait_for(
            lambda s: (
                [seen for seen in of(s, LIVES_ON) if seen.chunks_sent]
                and [seen for seen in of(s, FALLS_SILENT) if seen.chunks_sent >= 12]
                and [seen for seen in of(s, IS_DROPPED) if seen.chunks_sent >= 6]
            ),
            within=60,
        )
        process.send_signal(signal.SIGSTOP)
        asleep_at = time.monotonic()
        assert server.wait_for(lambda s: of(s, IS_DROPPED)[0].ended, within=30)
        time.sleep(max(0.0, asleep_at + FROZEN_S - time.monotonic()))
        process.send_signal(signal.SIGCONT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "Your computer slept for" in said
    assert "failed" not in said
    assert len(of(server, LIVES_ON)) == 1, "what lives on is left alone"
    for broken in (FALLS_SILENT, IS_DROPPED):
        _, *rest = of(server, broken)
        assert rest, f"{broken} was not asked for again"
        assert rest[0].asked.kept > 0, "whole sections are not asked for again"
        assert rest[0].started > asleep_at + FROZEN_S + THRESHOLDS.settle_s
    assert len(server.requests) == 6
    assert len(list(tmp_path.glob("*/*.md"))) == 4
