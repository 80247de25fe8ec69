"""The folder of everything is removed, or moved away, while notes are being written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script

from .command import KEY, Command


@pytest.mark.parametrize("how", ["removed", "moved"])
def test_a_note_that_no_library_keeps_is_not_complete(tmp_path: Path, how: str) -> None:
    with FakeGemini(Script(seconds=1.5)) as gemini:
        notegen = Command(tmp_path / "home", NOTEGEN_GEMINI_URL=gemini.url, GEMINI_API_KEY=KEY)
        words = ("generate", str(sample_talk()), "-t", "basic-summary", "--engine", "gemini")
        process = notegen.start(*words, "--events")
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line).get("stage") == "writing":
                break
        if how == "removed":
            shutil.rmtree(notegen.home)
        else:
            notegen.home.rename(tmp_path / "elsewhere")
        out, _ = process.communicate(timeout=60)
    events = [json.loads(line) for line in out.splitlines()]
    last = [event for event in events if event["event"] == "job"][-1]
    assert process.returncode == 4
    assert last["status"] == "error"
    assert last["error"]["code"] == "library_gone"
    assert "removed or moved" in last["error"]["message"]
    assert events[-1]["complete"] == 0
