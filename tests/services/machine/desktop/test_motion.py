"""The desktop's wish for less movement, asked of a stand-in on a message bus of the test's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from notegen_desktop.services.machine.desktop import motion
from tests.fakes.silent_bus import SilentBus

Answers = Mapping[tuple[str, str], tuple[str, object]]


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answers], None]]:
    """Starts a portal that knows these settings, each as its type and its value."""
    if sys.platform != "linux" or not shutil.which("dbus-daemon"):
        pytest.skip("dbus-daemon is not installed")
    from jeepney import message_bus, new_error, new_method_return
    from jeepney.io.blocking import Proxy, open_dbus_connection

    command = ["dbus-daemon", "--session", "--nofork", "--print-address"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert daemon.stdout is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().strip())
    bus = open_dbus_connection()
    Proxy(message_bus, bus).RequestName("org.freedesktop.portal.Desktop")

    def serve(known: Answers) -> None:
        for __ in range(len(motion.PORTAL)):
            try:
                call = bus.receive()
            except (OSError, EOFError):
                return
            if call.body in known:
                bus.send(new_method_return(call, "v", (("v", known[call.body]),)))
            else:
                bus.send(new_error(call, "org.freedesktop.portal.Error.NotFound"))

    yield lambda known: threading.Thread(target=serve, args=(known,), daemon=True).start()
    daemon.terminate()
    daemon.communicate()
    bus.close()


@pytest.mark.parametrize(
    ("known", "still"),
    [
        ({}, False),
        ({("org.freedesktop.appearance", "reduced-motion"): ("u", 0)}, False),
        ({("org.freedesktop.appearance", "reduced-motion"): ("u", 1)}, True),
        ({("org.gnome.desktop.interface", "enable-animations"): ("b", True)}, False),
        ({("org.gnome.desktop.interface", "enable-animations"): ("b", False)}, True),
    ],
)
def test_a_linux_desktop_tells_it_by_its_portal(
    portal: Callable[[Answers], None], known: Answers, still: bool
) -> None:
    portal(known)
    assert motion.prefers_reduced_motion() is still


def test_without_a_desktop_nothing_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(motion, "ANSWER_S", 0.2)
    for address in ("", "unix:path=/nowhere/at/all", "no address"):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        assert not motion.prefers_reduced_motion()
    with SilentBus(tmp_path / "bus") as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        assert not motion.prefers_reduced_motion()


@pytest.mark.parametrize(("said", "still"), [("1\n", True), ("0\n", False), ("", False)])
def test_macos_tells_it_by_its_defaults(
    monkeypatch: pytest.MonkeyPatch, said: str, still: bool
) -> None:
    asked = []

    def run(command: tuple[str, ...], **_options: object) -> SimpleNamespace:
        asked.append(command)
        return SimpleNamespace(stdout=said)

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(subprocess, "run", run)
    assert motion.prefers_reduced_motion() is still
    assert asked == [motion.MAC]


@pytest.mark.parametrize(("moves", "still"), [(1, False), (0, True)])
def test_windows_tells_it_by_its_parameters(
    monkeypatch: pytest.MonkeyPatch, moves: int, still: bool
) -> None:
    import ctypes

    def told(_action: int, _given: int, value: object, _update: int) -> int:
        ctypes.cast(value, ctypes.POINTER(ctypes.c_int))[0] = moves  # type: ignore[arg-type]
        return 1

    user32 = SimpleNamespace(SystemParametersInfoW=told)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(user32=user32), raising=False)
    assert motion.prefers_reduced_motion() is still
