"""`notegen desktop`: whether the system's menu, and `notegen://` links, know the program."""

from __future__ import annotations

import argparse

from notegen_desktop.services.machine.desktop_entry import entry_of_this_machine
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile


async def run(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    del store, paths
    entry = entry_of_this_machine()
    if arguments.action == "add":
        entry.add()
        print(f"notegen:// links and “Open with” lead to NoteGen now ({entry.where()}).")
    elif arguments.action == "remove":
        entry.remove()
        print("Nothing leads to NoteGen any more.")
    elif entry.is_there():
        print(f"notegen:// links and “Open with” lead to NoteGen ({entry.where()}).")
    else:
        print("The system does not know NoteGen; `notegen desktop add` makes it known.")
    return 0
