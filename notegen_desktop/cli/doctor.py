"""`notegen doctor`: each thing the program needs, ok or how to mend it."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from dataclasses import asdict, dataclass

from notegen_desktop.domain.board import JobBoard
from notegen_desktop.domain.errors import KeyMissing, NoteGenError
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.wiring import Program, open_program

from .console import print_json

LACKING = 69


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    ok: bool
    message: str
    hint: str = ""


async def doctor(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    """Exit code 69 if something is missing that notes cannot be written without."""
    findings = [_display(), _settings(store)]
    needed = True
    try:
        async with open_program(store, paths, JobBoard()) as program:
            findings += [_key_ring(program), await _key(program), await _database(program)]
    except NoteGenError as error:
        needed = False
        findings.append(Finding("database", False, error.message, error.hint))
    if arguments.json:
        print_json({"checks": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            print(f"{'ok ' if finding.ok else 'NOT'}  {finding.name}: {finding.message}")
            if finding.hint and not finding.ok:
                print(f"       {finding.hint}")
    return 0 if needed and all(f.ok for f in findings if f.name == "database") else LACKING


def _display() -> Finding:
    if importlib.util.find_spec("PySide6") is None:
        return Finding(
            "display",
            False,
            "PySide6 is not installed; the command line works without it.",
            "pip install PySide6-Essentials, for the window.",
        )
    shown = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )
    if shown:
        return Finding("display", True, "there is a screen for the window.")
    return Finding(
        "display",
        False,
        "there is no screen; the command line works without one.",
        "Set DISPLAY, or start the window from a desktop session.",
    )


def _settings(store: SettingsFile) -> Finding:
    problems = store.problems()
    if problems:
        return Finding("settings", False, "; ".join(problems), "Mend or delete the file.")
    return Finding("settings", True, "the settings file can be read.")


def _key_ring(program: Program) -> Finding:
    where = program.services.secrets.origin()
    if where:
        return Finding("key ring", True, f"the API key comes from: {where}.")
    return Finding("key ring", True, "no API key is kept; the offline engine needs none.")


async def _key(program: Program) -> Finding:
    """Asks for the list of models: it shows at once whether network and key are good."""
    try:
        models = await program.services.catalogue.models()
    except KeyMissing:
        return Finding("key", True, "no key, so nothing was asked; the offline engine works.")
    except NoteGenError as error:
        return Finding("key and network", False, error.message, error.hint)
    return Finding("key and network", True, f"Gemini answers and offers {len(models)} models.")


async def _database(program: Program) -> Finding:
    checkup = await program.library.check()
    return Finding("database", checkup.ok, checkup.message, checkup.hint)
