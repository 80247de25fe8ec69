"""A screen without a monitor, and hands on its mouse and keyboard."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.places import ROOT

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
        # When its last client leaves, a server starts anew, and whoever connects just then is
        # thrown out: each look for a window that is not there yet would put the program at risk.
        keeps = ("-noreset", "-nolisten", "tcp")
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", self._size, *keeps],
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

    def go(self) -> None:
        """The server ends while programs are on its screen."""
        self.__exit__()

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
            timeout=PATIENCE_S,
        )
        return done.stdout

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag with the mouse, as slowly as a hand does: programs talk while it moves."""
        steps = 12
        words = ["mousemove", *map(str, start), "sleep", "0.3", "mousedown", "1", "sleep", "0.2"]
        for n in range(1, steps + 1):
            at = (start[k] + (end[k] - start[k]) * n // steps for k in (0, 1))
            words += ["mousemove", *map(str, at), "sleep", "0.06"]
        self.do(*words, "sleep", "0.4", "mouseup", "1")

    def press(self, window: str, keys: str) -> None:
        """Keys for a window. There is no window manager here to give it the focus."""
        self.do("windowfocus", "--sync", window, "key", keys)

    def window(self, title: str) -> str:
        """The id of the visible window of that title, as soon as there is one."""
        found = self.do("search", "--sync", "--onlyvisible", "--name", title)
        return found.split()[0]


class DesktopProgram:
    """The desktop program as a process of its own on a screen; ended with the block at the latest.

    `said` is what it wrote to standard error, once it has ended.
    """

    module = "notegen_desktop"
    streams = subprocess.DEVNULL
    """Its standard input and output."""

    def __init__(self, screen: Screen, home: Path, *sources: str, **environment: str) -> None:
        foreign = ("NOTEGEN_", "GEMINI_", "GOOGLE_")
        clean = {
            name: value
            for name, value in screen.environment().items()
            if not name.startswith(foreign)
        }
        clean |= {
            "NOTEGEN_HOME": str(home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            **environment,
        }
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `wait`
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, *sources],
            env=clean,
            cwd=ROOT,
            stdin=self.streams,
            stdout=self.streams,
            stderr=self._errors,
        )
        self.said = ""

    def __enter__(self) -> DesktopProgram:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        code = self.wait()
        if failed is not None:
            print(f"the program ended with {code}, having said:\n{self.said}")

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        code = self._process.wait(PATIENCE_S)
        if not self._errors.closed:
            self._errors.seek(0)
            self.said = self._errors.read()
            self._errors.close()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
        return code

    def kill(self) -> None:
        """End it as the power does."""
        self._process.kill()
        self.wait()

    def close(self) -> int:
        """Close it as the session's end does; returns its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Ask until it holds; fails with `what` after a while."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)
