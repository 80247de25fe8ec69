"""The installation of this copy of the program: with Python, or as a bundle without.

A bundle (made by `packaging/dev.py bundle`) has no Python to start with `-m`, and nothing that pip
could add to. Commands and advice that depend on it come from here.
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from notegen_desktop.domain.words import _

PDF = "notegen_desktop.ui.notes.printing.pdf_process"
SPEECH = "notegen_desktop.services.sources.speech_process"
CHILDREN = (PDF, SPEECH)
"""The modules that run as child processes."""

CHILD = "--child-process"
"""First argument of a bundle's command line that replaces Python's `-m`."""

NO_CONSOLE = int(getattr(subprocess, "CREATE_NO_WINDOW", 0))
"""`creationflags` of a child: on Windows it would open a console beside the window."""

WINDOW = "notegen-desktop"
COMMAND_LINE = "notegen"


def is_bundle() -> bool:
    return bool(getattr(sys, "frozen", False))


def ensure_utf8() -> None:
    """Restart this process in Python's UTF-8 mode if file names are not in UTF-8: in a Latin-1
    locale it could open no file called `直.vtt`.

    Python decides on the encoding once, before any of our code runs. On Windows and macOS, and in
    the C locale, it is UTF-8 already, and the launcher of a bundle starts Python in that mode.
    """
    if sys.getfilesystemencoding() != "utf-8" and not is_bundle():
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def child_command(module: str, *arguments: str) -> list[str]:
    """Return the command that starts a module of `CHILDREN` as a child process."""
    if module not in CHILDREN:
        raise ValueError(f"{module} does not run as a process of its own")
    if is_bundle():
        return [str(beside(COMMAND_LINE)), CHILD, module, *arguments]
    return [sys.executable, "-m", module, *arguments]


def run_child(argv: Sequence[str]) -> bool:
    """Run the child that `argv` requests and exit with its code; for the launchers of a bundle.

    False if `argv` requests none; a module that is not in `CHILDREN` exits with code 2.
    """
    if list(argv[1:2]) != [CHILD]:
        return False
    module = next(iter(argv[2:3]), "")
    if module not in CHILDREN:
        sys.stderr.write(
            _("{command_line}: there is no child process “{module}”.\n").format(
                command_line=COMMAND_LINE, module=module
            )
        )
        raise SystemExit(2)
    sys.argv = [argv[0], *argv[3:]]
    runpy.run_module(module, run_name="__main__")
    raise SystemExit(0)


def window_command() -> list[str]:
    """Return the command that opens the window, by its full path."""
    mounted = os.environ.get("APPIMAGE")
    if is_bundle() and mounted:  # files inside are gone when the program has ended
        return [mounted]
    found = shutil.which(WINDOW, path=str(Path(sys.executable).parent))
    return [found] if found else [sys.executable, "-m", "notegen_desktop"]


def start_window() -> None:
    """Open the window in a process of its own, which outlives this one."""
    subprocess.Popen(window_command())


def beside(name: str) -> Path:
    """Return the path of another program of this bundle."""
    own = Path(sys.executable)
    return own.with_name(name + own.suffix)


def pip_command(extra: str) -> str:
    """Return the command that adds an extra of the project to this copy; "" if none can."""
    if is_bundle():
        return ""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f'{python} -m pip install "{WINDOW}[{extra}]"'


def how_to_add(extra: str) -> str:
    """Return a sentence on how to add an extra of the project to this copy."""
    if is_bundle():
        return _(
            "The installed program comes without it. With Python 3.11 or newer: pipx install "
            "'{window}[{extra}]'."
        ).format(window=WINDOW, extra=extra)
    return _("Install it with: pip install '{window}[{extra}]'.").format(window=WINDOW, extra=extra)


def how_to_mend_qt() -> str:
    """Return a hint for when Qt, or a system library that it needs, does not load."""
    if is_bundle():
        return _("Install NoteGen anew, or the package of your system that has that library.")
    return _(
        "Install PySide6-Essentials and the system's libraries for it; in a checkout,\n"
        "  `python3 packaging/dev.py run` does both."
    )
