"""Costs of the bundle compared with the program in a virtual environment: size, CPU, memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import inside

LIMIT = 1.3
"""Largest allowed ratio of the bundle's costs to those under Python; stated in `README.md`."""
ROUNDS = 5
QUIET_S = 8.0
"""Seconds from the window's appearance to the measurement of its memory.

Long enough for everything opened in the background, even on a busy machine.
"""


def compared(tree: Path) -> Iterator[tuple[str, bool, str]]:
    """Yield the name of each measurement, whether it is within LIMIT, and the figures."""
    ours, theirs = size(tree), installed_size()
    yield "size", ours <= LIMIT * theirs, _ratio("MB", ours / 1e6, theirs / 1e6)
    commands = {
        "bundle": [str(tree / "notegen-desktop")],
        "Python": [sys.executable, "-m", "notegen_desktop"],
    }
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):
        for name, command in commands.items():
            found = start(command)
            if number:  # round 0 only fills the disk cache
                rounds[name].append(found)
    for place, what, unit in (
        (0, "CPU until the window is there", "s"),
        (1, "memory of the open window", "MB"),
    ):
        ours, theirs = (
            statistics.median(each[place] for each in rounds[name]) for name in commands
        )
        yield what, ours <= LIMIT * theirs, _ratio(unit, ours, theirs)


def _ratio(unit: str, ours: float, theirs: float) -> str:
    return f"{ours:.3g} {unit}, with Python {theirs:.3g} {unit}: {ours / theirs:.2f}"


def size(folder: Path) -> int:
    """Return the size of all files in `folder`, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def installed_size() -> int:
    """Return the size of the same packages in this environment, in bytes."""
    files = {
        Path(str(file.locate())).resolve()
        for each in inside.distributions()
        for file in each.files or ()
    }
    return sum(path.stat().st_size for path in files if path.is_file())


def start(command: Sequence[str]) -> tuple[float, float]:
    """Start the program; return the seconds of CPU until its window shows, and its memory.

    The memory is the proportional set size (PSS) in megabytes.
    """
    from tests.e2e.screen import Screen

    with tempfile.TemporaryDirectory() as home, Screen() as screen:
        environment = screen.environment(
            NOTEGEN_HOME=home, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring"
        )
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            screen.window("NoteGen")
            cpu = cpu_of(process.pid)
            time.sleep(QUIET_S)
            return cpu, memory_of(process.pid)
        finally:
            process.terminate()
            process.wait(60)


def cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    (told,) = (line for line in lines if line.startswith("Pss:"))
    return int(told.split()[1]) / 1000
