"""A key ring that is locked, or hangs: what needs no key works, and everything can be ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.silent_bus import SilentBus

from .command import ROOT, Command

pytest.importorskip("secretstorage", reason="the key ring of this system is not behind D-Bus")

TALK = str(sample_talk())
PATIENCE_S = 20.0


@pytest.fixture
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SilentBus]:
    with SilentBus(tmp_path_factory.mktemp("bus") / "socket") as bus:
        yield bus


@pytest.fixture
def notegen(tmp_path: Path, bus: SilentBus) -> Command:
    return Command(tmp_path / "home", DBUS_SESSION_BUS_ADDRESS=bus.address)


@pytest.mark.parametrize(
    "words",
    [
        ("generate", TALK, "-t", "basic-summary", "--engine", "offline"),
        ("estimate", TALK, "-t", "basic-summary", "--engine", "offline"),
        ("settings", "list"),
        ("notes", "list"),
    ],
    ids=lambda words: words[0],
)
def test_what_needs_no_key_never_asks_the_key_ring(
    notegen: Command, bus: SilentBus, words: tuple[str, ...]
) -> None:
    assert notegen(*words).code == 0
    assert not bus.asked.is_set()


def test_an_estimate_says_what_it_waits_for_and_goes_on_without(notegen: Command) -> None:
    done = notegen("estimate", TALK, "-t", "basic-summary", "--json")
    assert done.code == 0
    assert done.json["jobs"][0]["cost_usd"] > 0
    assert "Waiting for the key ring" in done.err


def test_the_doctor_says_that_the_key_ring_is_locked_and_how_to_mend_it(notegen: Command) -> None:
    done = notegen("doctor", "--json")
    found = {check["name"]: check for check in done.json["checks"]}
    assert not found["key ring"]["ok"]
    assert "locked or does not answer" in found["key ring"]["message"]
    assert "GEMINI_API_KEY" in found["key ring"]["hint"]
    assert found["database"]["ok"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_note_waits_for_the_key_ring_until_it_is_interrupted(
    notegen: Command, number: signal.Signals
) -> None:
    words = ("generate", TALK, "-t", "basic-summary", "--engine", "gemini", "--events")
    process = notegen.start(*words)
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line).get("stage") == "waiting":
            break
    began = time.monotonic()
    process.send_signal(number)
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert time.monotonic() - began < 5
    assert json.loads(out.splitlines()[-1])["cancelled"] == 1


WINDOW = """
import os, sys
from PySide6.QtCore import QTimer
from notegen_desktop.app import create_app

app = create_app(["notegen-desktop", sys.argv[1]])


def look():
    if app.program and not list(app.board):
        app.window.composer.generate.click()
    if any(job.stage == "waiting" for job in app.board):
        timer.stop()
        os.kill(os.getpid(), int(sys.argv[2]))


timer = QTimer(interval=100)
timer.timeout.connect(look)
timer.start()
sys.exit(app.run())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_window_ends_at_a_signal_while_notes_wait_for_the_key_ring(
    notegen: Command, number: signal.Signals
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WINDOW, TALK, str(int(number))],
        env={**notegen.environment, "QT_QPA_PLATFORM": "offscreen"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_window_opens_and_closes(notegen: Command, bus: SilentBus) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "notegen_desktop", TALK],
        env={**notegen.environment, "QT_QPA_PLATFORM": "offscreen"},
        cwd=ROOT,
    )
    try:
        assert bus.asked.wait(PATIENCE_S), "the window looks for a key"
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
