"""A session bus that does not answer is known before Qt waits for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from notegen_desktop.services.machine.desktop.session_bus import is_silent
from tests.fakes.silent_bus import SilentBus


def test_a_bus_that_does_not_answer_is_silent(tmp_path: Path) -> None:
    with SilentBus(tmp_path / "bus") as bus:
        assert is_silent(bus.address, within_s=0.2)
        assert is_silent(f"{bus.address},guid=0123", within_s=0.2)


@pytest.mark.parametrize("address", ["", "disabled:", "autolaunch:", "unix:path=/nowhere/at/all"])
def test_where_nothing_listens_nothing_is_waited_for(address: str) -> None:
    assert not is_silent(address)


@pytest.mark.skipif(not shutil.which("dbus-daemon"), reason="dbus-daemon is not installed")
def test_a_real_bus_answers() -> None:
    command = ["dbus-daemon", "--session", "--nofork", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        assert not is_silent(daemon.stdout.readline().strip())
        daemon.terminate()
