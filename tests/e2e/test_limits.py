"""The whole program at a server that allows ten requests a minute, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script, in_turn

from .command import KEY, Command
from .limits import run_limited


@pytest.mark.slow
def test_all_notes_are_written_and_no_wait_is_broken(tmp_path: Path, home: Path) -> None:
    """The benchmark has a hundred of them."""
    found = run_limited(tmp_path, videos=6)
    assert found.complete == found.jobs == 24
    assert found.inside_a_wait == 0
    assert found.refused_percent <= 5


def test_a_wait_is_told_in_seconds_and_kept(tmp_path: Path) -> None:
    refused = Script(fail="rate_limited", retry_after_s=2.5)
    with FakeGemini(in_turn(refused, Script())) as server:
        command = Command(tmp_path, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)
        done = command("generate", str(sample_talk()), "-t", "chapters", "--events")
        first, second = server.requests
    assert done.code == 0, done.err
    waits = [e["wait_s"] for e in done.events if e.get("stage") == "waiting"]
    assert waits
    assert all(0 < wait <= 4.5 for wait in waits)
    assert second.started - first.ended >= 2.5
    assert done.last_of_each_job()["chapters"]["wait_s"] is None
