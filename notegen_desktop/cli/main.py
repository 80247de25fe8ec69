"""`notegen`: parses the command line, runs the command, and returns its exit code."""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing, suppress
from typing import Any

from notegen_desktop.domain.errors import (
    DiskFull,
    DriverMissing,
    FormatUnavailable,
    NoteGenError,
    UsageError,
    failure_of,
)
from notegen_desktop.domain.settings.table import INTERFACE_LANGUAGE
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.installation import ensure_utf8
from notegen_desktop.services.machine.languages import SYSTEM, activate_language
from notegen_desktop.services.machine.logs import Log
from notegen_desktop.services.machine.paths import Paths, find_paths
from notegen_desktop.services.machine.secrets import MachineSecrets
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.machine.threads import DaemonExecutor

from . import (
    asking,
    cards,
    connections,
    doctor,
    follow,
    generate,
    notes,
    setup,
    sources,
    templates,
    usage,
    vault,
)
from .console import ALL_FAILED, INTERNAL, INTERRUPTED, LACKING, OK, USAGE, say, say_failure
from .parser import build_parser
from .protocol import mcp
from .sources import overrides

Command = Callable[[argparse.Namespace, SettingsFile, Paths], Coroutine[Any, Any, int]]

COMMANDS: dict[str, Command] = {
    "generate": generate.generate,
    "estimate": generate.estimate,
    "guide": generate.guide,
    "resume": generate.resume,
    "links": sources.links,
    "follow": follow.follow,
    "transcript": sources.transcript,
    "ask": asking.ask,
    "notes": notes.notes,
    "cards": cards.cards,
    "templates": templates.templates,
    "vault": vault.vault,
    "usage": usage.usage,
    "mcp": mcp,
    "settings": setup.settings,
    "speech": setup.speech,
    "connections": connections.connections,
    "desktop": setup.desktop,
    "doctor": doctor.doctor,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    if argv is None:
        ensure_utf8()
    _hold_output()
    _speak_utf8()
    _choose_language()
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        paths = find_paths()
        paths.keep_private()
        with Log(paths.log_file), asyncio.Runner() as runner:
            store = SettingsFile(paths.settings_file)
            store.override(overrides(arguments))
            if arguments.command != "doctor":  # `doctor` reports them itself
                for problem in store.problems():
                    say(f"notegen: {problem}")
            work = COMMANDS[arguments.command](arguments, store, paths)
            code = runner.run(_carried_out(work, store))
            if sys.stdout:
                sys.stdout.flush()  # a closed pipe or a full disk can still be reported here
            return code
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    except BrokenPipeError:
        _give_up_output()
        return OK
    except (UsageError, FormatUnavailable) as error:
        say_failure(error.failure())
        return USAGE
    except DriverMissing as error:
        say_failure(error.failure())
        return LACKING
    except NoteGenError as error:
        say_failure(error.failure())
        return ALL_FAILED
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            say_failure(DiskFull(_("The disk is full: the output could not be written.")).failure())
            _give_up_output()
            return ALL_FAILED
        import logging

        logging.getLogger(__name__).exception(_("internal error"))
        say_failure(failure_of(error))
        return INTERNAL


def _choose_language() -> None:
    """Set the language of the settings; if they cannot be read, the command reports why."""
    wanted = SYSTEM
    with suppress(NoteGenError, OSError):
        wanted = SettingsFile(find_paths().settings_file).current.text(INTERFACE_LANGUAGE)
    activate_language(wanted)


def _give_up_output() -> None:
    """Redirect standard output to null: the unwritten rest would fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _carried_out(work: Coroutine[Any, Any, int], store: SettingsFile) -> int:
    """Run a command; SIGTERM ends it as cleanly as Ctrl+C, even if SIGINT is ignored (`nohup …
    &`)."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().set_default_executor(DaemonExecutor())
    with suppress(NotImplementedError):  # Windows has no SIGTERM handlers
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with closing(work):
        await store.move_password(lambda proxy: MachineSecrets().keep_password(proxy))
        return await work


def _hold_output() -> None:
    """Replace closed outputs (`>&-`) by null, so that no opened file gets their descriptor."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def _speak_utf8() -> None:
    """Set UTF-8 for all streams, since notes contain every script; unencodable characters are
    replaced."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
