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
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from notegen_desktop.domain.checks.cleanup import clean_up
from notegen_desktop.domain.checks.grounding import ground
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft
from notegen_desktop.services.machine.paths import resources, sample_talk
from notegen_desktop.services.machine.templates.files import read_template
from notegen_desktop.services.sources.captions.reader import read_caption_file
from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.note import compose
from tests.places import ROOT

READ_AT_THE_START = ("PYTHON", "LC_", "LANG", "LD_")
"""Variables that an interpreter or its libraries read once: another value wants another process."""
NO_KEY_RING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
"""No key ring of whoever runs the tests."""
ROOMS = ("cli", "domain", "services")
"""All of their modules are loaded before the first fork,"""
WHEN_NEEDED = re.compile(r"main(__)?$|\.protocol\.tools|\.migrations\.|_(file|deck)$")
"""but for those that stand for large libraries which few commands want."""
BESIDES = ("notegen_desktop.wiring", "sqlalchemy.dialects.sqlite", "httpcore", "truststore")


class Forked(subprocess.Popen[str]):
    """A process that the warm interpreter started: for us as if we had. Text on both sides."""

    def __init__(self, pid: int, ended: socket.socket, streams: Sequence[IO[str] | None]) -> None:
        self.pid = pid
        self.args = ()
        self.returncode: int | None = None
        self.stdin, self.stdout, self.stderr = streams
        self._ended = ended.detach()
        """A descriptor that says the exit code: a socket among garbage would ask to be closed."""

    def __del__(self) -> None:
        os.close(self._ended)

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = int(os.read(self._ended, 16))
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def communicate(
        self, input: str | None = None, timeout: float | None = None
    ) -> tuple[str, str]:
        said = ["", ""]

        def hear(number: int, stream: IO[str]) -> None:
            said[number] = stream.read()
            stream.close()

        streams = [stream for stream in (self.stdout, self.stderr) if stream is not None]
        threads = [threading.Thread(target=hear, args=each) for each in enumerate(streams)]
        for thread in threads:
            thread.start()
        if self.stdin is not None:
            with suppress(BrokenPipeError), self.stdin:
                self.stdin.write(input or "")
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            for thread in threads:
                thread.join()
        return said[0], said[1]


class WarmInterpreter:
    """Runs modules as `python -m` does."""

    def __init__(self, environment: Mapping[str, str]) -> None:
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

    def close(self) -> None:
        self._channel.close()
        self._process.wait(10)

    def start(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        stdin: int | None = None,
    ) -> Forked:
        """As `Popen` with pipes does; `stdin` is `PIPE`, or nothing is to be read there."""
        given, ours = os.pipe() if stdin == subprocess.PIPE else (os.open(os.devnull, 0), None)
        out, told = os.pipe()
        err, warned = os.pipe()
        pid, ended = self._order(module, arguments, environment, (given, told, warned))
        for number in (given, told, warned):
            os.close(number)
        streams = (None if ours is None else os.fdopen(ours, "w"), os.fdopen(out), os.fdopen(err))
        return Forked(pid, ended, streams)

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
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(stdin.encode())
            given.seek(0)
            streams = (given.fileno(), out.fileno(), err.fileno())
            process = Forked(
                *self._order(module, arguments, environment, streams), (None, None, None)
            )
            try:
                code = process.wait(patience_s)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            out.seek(0)
            err.seek(0)
            return code, out.read().decode(), err.read().decode()

    def _order(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        streams: Sequence[int],
    ) -> tuple[int, socket.socket]:
        # By messages: the end may be told before the pid is read.
        ended, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        order = json.dumps([module, list(arguments), dict(environment)]).encode()
        with theirs:
            socket.send_fds(self._channel, [order + b"\n"], [*streams, theirs.fileno()])
            return int(ended.recv(16)), ended


def _settled(environment: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in environment.items() if k.startswith(READ_AT_THE_START)}


USUAL = _settled({**os.environ, **NO_KEY_RING})
"""What nearly all tests start programs with; a test that wants another value is the exception."""

_started: list[WarmInterpreter] = []


def warm_interpreter(environment: Mapping[str, str]) -> WarmInterpreter | None:
    """The one of this test process, if it can stand for a process started in `environment`."""
    if sys.platform != "linux" or _settled(environment) != USUAL:
        return None
    if not _started:
        _started.append(WarmInterpreter(environment))
        atexit.register(_started[0].close)
    return _started[0]


def serve(channel: socket.socket) -> None:
    """Fork for each order that comes, and tell how the process ended."""
    for room in ROOMS:
        package = importlib.import_module(f"notegen_desktop.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not WHEN_NEEDED.search(module.name):
                importlib.import_module(module.name)
    for name in BESIDES:
        importlib.import_module(name)
    _rehearse()
    gc.collect()
    gc.freeze()  # otherwise each process takes all of it apart when it ends: a quarter of a second
    selector = selectors.DefaultSelector()
    selector.register(channel, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.data is not None:
                _say_the_end(selector, *key.data)
                continue
            order, streams, *_ = socket.recv_fds(channel, 1 << 20, 4)
            if not order:
                return
            while not order.endswith(b"\n"):
                order += channel.recv(1 << 20)
            pid = os.fork()
            if not pid:
                selector.close()
                channel.close()
                _become(json.loads(order), streams)
                return
            *streams, reply = streams
            for stream in streams:
                os.close(stream)
            ended = socket.socket(fileno=reply)
            ended.sendall(f"{pid}".encode())
            watched = os.pidfd_open(pid)
            selector.register(watched, selectors.EVENT_READ, (pid, watched, ended))


def _rehearse() -> None:
    """Read and quote a talk: each command would build the same patterns and read the same words."""
    talk, path = read_caption_file(sample_talk()), resources() / "templates" / "basic-summary.toml"
    template, video = read_template(path), Video("none", "", "file", duration_s=talk.duration_s)
    draft = clean_up(Draft("none", tuple(compose(template, Analysis(talk), video))), quoted=True)
    ground(draft, transcript=talk, video=video, quoted=True, template=template)


def _become(order: tuple[str, list[str], dict[str, str]], streams: Sequence[int]) -> None:
    for number, stream in enumerate(streams[:3]):
        os.dup2(stream, number)
    for stream in streams:
        os.close(stream)
    # Made anew: those of the interpreter take the streams for files that can be wound back.
    sys.stdin = sys.__stdin__ = os.fdopen(0, closefd=False)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", 1, errors="backslashreplace", closefd=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as from a terminal
    module, arguments, environment = order
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        if isinstance(stop.code, int) and _is_finished():
            # As forks of `multiprocessing` end: taking all modules apart, which each process would
            # first have to copy, takes longer than most commands.
            os._exit(stop.code)
        raise


def _is_finished() -> bool:
    """Whether all is done that an interpreter does at its end but for forgetting its modules."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    gc.collect()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except OSError:
        return False  # the interpreter says so
    return True


def _say_the_end(
    selector: selectors.BaseSelector, pid: int, watched: int, ended: socket.socket
) -> None:
    selector.unregister(watched)
    os.close(watched)
    _, status = os.waitpid(pid, 0)
    with ended, suppress(BrokenPipeError):  # nobody asks any more
        ended.sendall(f"{os.waitstatus_to_exitcode(status)}".encode())


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
