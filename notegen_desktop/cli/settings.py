"""`notegen settings`: every setting, where its value comes from, and how to change it."""

from __future__ import annotations

import argparse
import asyncio

from notegen_desktop.domain.links.addresses import split_password
from notegen_desktop.domain.settings.setting import Value
from notegen_desktop.domain.settings.table import SETTINGS, setting
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.secrets import PROXY_VARIABLE, MachineSecrets
from notegen_desktop.services.machine.settings_file import PROXY, SettingsFile

from .console import print_json, print_table, say

LACKING = 69


async def run(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    del paths
    current = store.current
    if arguments.action == "get":
        setting(arguments.key)
        print(_text(arguments.key, current[arguments.key]))
    elif arguments.action == "set":
        changed = store.change({arguments.key: arguments.value})
        print(f"{arguments.key} = {_text(arguments.key, changed[arguments.key])}")
        if arguments.key == PROXY and split_password(arguments.value)[1]:
            _, kept = await asyncio.to_thread(MachineSecrets().keep_password, arguments.value)
            if not kept:
                say(
                    "notegen: The proxy's password is not kept: no key ring took it.\n"
                    f"  Set it as {PROXY_VARIABLE} each time, or unlock the key ring and try again."
                )
                return LACKING
    elif arguments.json:
        print_json(
            [
                {
                    "key": declared.key,
                    "value": _shown(declared.key, current[declared.key]),
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
                _text(declared.key, current[declared.key]),
                current.origin(declared.key),
                declared.help,
            )
            for declared in SETTINGS
        )
    return 0


def _shown(key: str, value: Value) -> Value:
    """A file that was edited by hand may have a proxy's password in it."""
    return split_password(str(value))[0] if key == PROXY else value


def _text(key: str, value: Value) -> str:
    value = _shown(key, value)
    return str(value).lower() if isinstance(value, bool) else str(value)
