"""The rotating log file, without keys, which also records crashes."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import logging.handlers
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from notegen_desktop.domain.errors import StoreError
from notegen_desktop.domain.words import _

from .files import make_folder
from .redaction import PROCESS, Redactor

log = logging.getLogger(__name__)

SIZE = 1_000_000  # bytes of one file
KEPT = 3  # older files beside it

_TALKATIVE = ("httpx", "httpx2", "httpcore", "urllib3", "asyncio")
"""Libraries that log full addresses or every step at INFO or below."""


class RedactingFormatter(logging.Formatter):
    """Redacts the whole text of a record, its traceback included."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(threadName)s %(name)s: %(message)s")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.clean(super().format(record))


class _LogFile(logging.handlers.RotatingFileHandler):
    """A rotating file that redirects `faulthandler` on each rotation and never raises."""

    def __init__(self, path: Path, rolled: Callable[[], None]) -> None:
        super().__init__(
            path,
            maxBytes=SIZE,
            backupCount=KEPT,
            encoding="utf-8",
            errors="backslashreplace",
        )
        self._rolled = rolled

    def doRollover(self) -> None:
        # Another process may have the file open; Windows then forbids renaming, and the file grows.
        with contextlib.suppress(OSError):
            super().doRollover()
        if self.stream is None:
            self.stream = self._open()
        self._rolled()

    def handleError(self, record: logging.LogRecord) -> None:
        """Ignore errors: a full disk is reported where work is saved; a lost line of the log is
        not."""


class Log:
    """Logs into a file until it is closed, which restores the former state.

    `problem` is the reason why it cannot be written, "" if it can.
    """

    def __init__(self, path: Path, *, redactor: Redactor = PROCESS) -> None:
        self.path = path
        self.problem = ""
        self._crash_file: TextIO | None = None
        self._handler: logging.Handler = logging.NullHandler()
        root = logging.getLogger()
        self._levels = {name: logging.getLogger(name).level for name in _TALKATIVE}
        self._root_level = root.level
        self._hooks = (sys.excepthook, threading.excepthook)
        try:
            make_folder(path.parent)
            self._handler = _LogFile(path, self._watch_crashes)
        except StoreError as error:
            self.problem = error.message
        except OSError as error:
            self.problem = _("The log {path} cannot be written ({strerror}).").format(
                path=path, strerror=error.strerror or error
            )
        self._handler.setFormatter(RedactingFormatter(redactor))
        root.addHandler(self._handler)
        root.setLevel(logging.INFO)
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread
        if not self.problem:
            self._watch_crashes()

    def close(self) -> None:
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._root_level)
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
        sys.excepthook, threading.excepthook = self._hooks
        if self._crash_file is not None:
            faulthandler.disable()
            self._crash_file.close()
            self._crash_file = None
        with contextlib.suppress(OSError):  # as for every record: a full disk loses it
            self._handler.close()

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _watch_crashes(self) -> None:
        """Let a crash of the interpreter write its stacks into the present file.

        Those contain names of functions and files, never values, so there is nothing to redact.
        """
        earlier = self._crash_file
        try:
            self._crash_file = self.path.open("a", encoding="utf-8")
        except OSError:
            return
        faulthandler.enable(file=self._crash_file, all_threads=True)
        if earlier is not None:
            earlier.close()

    def _uncaught(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.critical("Uncaught exception", exc_info=(kind, error, trace))
        self._hooks[0](kind, error, trace)

    def _uncaught_in_thread(self, facts: threading.ExceptHookArgs) -> None:
        if facts.exc_value is not None:
            log.critical(
                "Uncaught exception in the thread %s",
                facts.thread.name if facts.thread else "?",
                exc_info=(facts.exc_type, facts.exc_value, facts.exc_traceback),
            )
        self._hooks[1](facts)
