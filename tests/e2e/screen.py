"""A screen without a monitor, and hands on its mouse and keyboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 40.0


class Screen:
    """Xvfb on a free display number; a context manager."""

    def __init__(self, *, width: int = 1280, height: int = 800) -> None:
        self._size = f"{width}x{height}x24"
        self.display = ""
        self._server: subprocess.Popen[bytes] | None = None

    @staticmethod
    def lacking() -> str:
        """What this machine lacks for it, in words; "" if nothing."""
        missing = [tool for tool in ("Xvfb", "xdotool") if not shutil.which(tool)]
        return f"{' and '.join(missing)} not installed" if missing else ""

    def __enter__(self) -> Screen:
        read, write = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", self._size, "-nolisten", "tcp"],
            pass_fds=[write],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            self.display = f":{pipe.readline().strip()}"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.terminate()
        self._server.wait(10)

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", **more}

    def do(self, *words: str) -> str:
        """One `xdotool` call; returns what it printed."""
        done = subprocess.run(
            ["xdotool", *words],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return done.stdout

    def window(self, title: str) -> str:
        """The id of the visible window of that title, as soon as there is one."""
        found: list[str] = []

        def look() -> bool:
            asked = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--name", title],
                env=self.environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            found[:] = asked.stdout.split()
            return bool(found)

        wait_for(look, f"a window called {title}")
        return found[0]


def start_window(
    screen: Screen, home: Path, *sources: str, **environment: str
) -> subprocess.Popen[str]:
    """The desktop program as a process of its own on that screen."""
    clean = {
        name: value
        for name, value in screen.environment(NOTEGEN_HOME=str(home), **environment).items()
        if name in environment or not name.startswith(("NOTEGEN_", "GEMINI_", "GOOGLE_"))
    }
    clean |= {
        "NOTEGEN_HOME": str(home),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "notegen_desktop", *sources],
        env=clean,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Ask until it holds; fails with `what` after a while."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)
