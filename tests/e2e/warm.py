"""An interpreter that has the program's modules loaded and forks: a process at once.

Each command is a process of its own, with an environment, a folder and streams as a started one
has; what it is spared is the half second of importing. On Linux alone: elsewhere a fork after
imports is not safe.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import re
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence

from tests.places import ROOT

READ_AT_THE_START = ("PYTHON", "LC_", "LANG", "LD_", "SSL_")
"""Variables that an interpreter or its libraries read once: another value wants another process."""
ROOMS = ("cli", "domain", "services")
"""All of their modules are loaded before the first fork,"""
WHEN_NEEDED = re.compile(r"main(__)?$|\.protocol\.tools|\.migrations\.|_(file|deck)$")
"""but for those that stand for large libraries which few commands want."""
BESIDES = ("notegen_desktop.wiring", "sqlalchemy.dialects.sqlite")


class WarmInterpreter:
    """Runs a module as `python -m` does. One command at a time."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._settled = _settled(environment)
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=dict(environment),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._busy = threading.Lock()

    def close(self) -> None:
        self._channel.close()
        self._process.wait(10)

    def serves(self, environment: Mapping[str, str]) -> bool:
        return _settled(environment) == self._settled and not self._busy.locked()

    def run(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        stdin: str,
        patience_s: float,
    ) -> tuple[int, str, str]:
        """Exit code, output and errors. Raises subprocess.TimeoutExpired."""
        with (
            self._busy,
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(stdin.encode())
            given.seek(0)
            order = json.dumps([module, list(arguments), dict(environment)]).encode()
            streams = [given.fileno(), out.fileno(), err.fileno()]
            socket.send_fds(self._channel, [order + b"\n"], streams)
            self._channel.settimeout(patience_s)
            replies = self._channel.makefile("r")
            pid = int(replies.readline())
            try:
                code = int(replies.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired([module, *arguments], patience_s) from None
            out.seek(0)
            err.seek(0)
            return code, out.read().decode(), err.read().decode()


_started: list[WarmInterpreter] = []


def warm_interpreter(environment: Mapping[str, str]) -> WarmInterpreter | None:
    """The one of this test process, if it can stand for a process started in `environment`."""
    if sys.platform != "linux":
        return None
    if not _started:
        _started.append(WarmInterpreter(environment))
        atexit.register(_started[0].close)
    return _started[0] if _started[0].serves(environment) else None


def _settled(environment: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in environment.items() if k.startswith(READ_AT_THE_START)}


def serve(channel: socket.socket) -> None:
    """Fork for each order that comes, and tell how the process ended."""
    for room in ROOMS:
        package = importlib.import_module(f"notegen_desktop.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not WHEN_NEEDED.search(module.name):
                importlib.import_module(module.name)
    for name in BESIDES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # otherwise each process takes all of it apart when it ends: a quarter of a second
    while True:
        order, streams, *_ = socket.recv_fds(channel, 1 << 20, 3)
        if not order:
            return
        while not order.endswith(b"\n"):
            order += channel.recv(1 << 20)
        pid = os.fork()
        if not pid:
            channel.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            module, arguments, environment = json.loads(order)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv[1:] = arguments
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            return
        for stream in streams:
            os.close(stream)
        channel.sendall(f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        channel.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
