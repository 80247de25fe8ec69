"""`notegen settings`: every setting, where its value comes from, and how to change it."""

from __future__ import annotations

import argparse

from notegen_desktop.domain.settings_table import SETTINGS, setting
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile

from .console import print_json, print_table


async def run(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    del paths
    current = store.current
    if arguments.action == "get":
        setting(arguments.key)
        print(_text(current[arguments.key]))
    elif arguments.action == "set":
        changed = store.change({arguments.key: arguments.value})
        print(f"{arguments.key} = {_text(changed[arguments.key])}")
    elif arguments.json:
        print_json(
            [
                {
                    "key": declared.key,
                    "value": current[declared.key],
                    "default": declared.default,
                    "origin": current.origin(declared.key),
                    "minimum": declared.within and declared.within[0],
                    "maximum": declared.within and declared.within[1],
                    "choices": list(declared.choices),
                    "help": declared.help,
                }
                for declared in SETTINGS
            ]
        )
    else:
        print_table(
            (
                declared.key,
                _text(current[declared.key]),
                current.origin(declared.key),
                declared.help,
            )
            for declared in SETTINGS
        )
    return 0


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
