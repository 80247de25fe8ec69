"""`notegen mcp`: serves this library to other programs, by the Model Context Protocol on stdio.

Standard output is used only for the protocol; messages to the user go to standard error. `tools`
needs the protocol's SDK, which is an extra, and is imported late.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec

from notegen_desktop.cli.console import LACKING, OK, say, say_failure
from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.installation import how_to_add
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.wiring import open_program


async def mcp(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    del arguments
    if not find_spec("mcp"):
        words = _("The package for the Model Context Protocol is not installed.")
        say_failure(NoteGenError(words, hint=how_to_add("mcp")).failure())
        return LACKING
    from .tools import NoteTools

    if sys.stdin is not None and sys.stdin.isatty():
        say(
            _(
                "This is a server for other programs, which start it by themselves, such as Claude "
                "Desktop or an editor; it waits for their requests here. Ctrl+C ends it."
            )
        )
    async with open_program(store, paths, JobBoard()) as program:
        program.services.activity.subscribe(say)
        try:
            await NoteTools(program, store).server().run_stdio_async()
        except* BrokenPipeError:
            pass  # the client has ended without closing its end first
    return OK
