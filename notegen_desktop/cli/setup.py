"""`notegen settings`, `speech`, `desktop`: configures the program."""

from __future__ import annotations

import argparse
import asyncio

from notegen_desktop.domain.links.addresses import split_password
from notegen_desktop.domain.settings.setting import Value
from notegen_desktop.domain.settings.table import PROXY, SETTINGS, SPEECH_MODEL, setting
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.desktop.entry import entry_of_this_machine
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.secrets import PROXY_VARIABLE, MachineSecrets
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import SpeechModelStore

from .console import LACKING, OK, print_done, print_json, print_table, say, say_failure


async def settings(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    del paths
    current = store.current
    if arguments.action == "get":
        setting(arguments.key)
        _print_value(arguments, current[arguments.key], bare=True)
    elif arguments.action == "set":
        changed = store.change({arguments.key: arguments.value})
        _print_value(arguments, changed[arguments.key])
        if arguments.key == PROXY and split_password(arguments.value)[1]:
            __, kept = await asyncio.to_thread(MachineSecrets().keep_password, arguments.value)
            if not kept:
                say(
                    _(
                        "notegen: The proxy's password is not kept: no key ring took it.\n  Set "
                        "it as {proxy_variable} each time, or unlock the key ring and try again."
                    ).format(proxy_variable=PROXY_VARIABLE)
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
                _(current.origin(declared.key)),
                _(declared.help),
            )
            for declared in SETTINGS
        )
    return 0


def _print_value(arguments: argparse.Namespace, value: Value, *, bare: bool = False) -> None:
    key, words = arguments.key, _text(arguments.key, value)
    print_done(arguments, words if bare else f"{key} = {words}", key=key, value=_shown(key, value))


def _shown(key: str, value: Value) -> Value:
    """Return a setting's value without a proxy's password, which an edited file may contain."""
    return split_password(str(value))[0] if key == PROXY else value


def _text(key: str, value: Value) -> str:
    value = _shown(key, value)
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- models for speech recognition ---


async def speech(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    from notegen_desktop.services.sources.speech_models import SpeechModels, model_named

    secrets = MachineSecrets()
    models = SpeechModels(
        paths.speech_folder, proxy=lambda: secrets.with_password(store.current.text(PROXY))
    )
    in_use = store.current.text(SPEECH_MODEL)
    if arguments.action == "install":
        model_named(arguments.model)  # an unknown name is reported first
        # before half a gigabyte is downloaded in vain
        if (closed := models.unavailable()) is not None:
            say_failure(closed)
            return LACKING
        told = -1

        def tell(done: int, total: int) -> None:
            nonlocal told
            percent = done * 100 // max(1, total)
            if percent // 5 != told // 5:
                told = percent
                say(
                    _("{model}: {percent} % of {total} MB").format(
                        model=arguments.model, percent=percent, total=number(total / 1000000.0, 0)
                    )
                )

        folder = await models.install(arguments.model, tell)
        store.change({SPEECH_MODEL: arguments.model})
        words = _("{model} is in {folder} and in use.").format(model=arguments.model, folder=folder)
        print_done(arguments, words, name=arguments.model, folder=str(folder))
    elif arguments.action == "remove":
        await asyncio.to_thread(models.remove, arguments.model)
        if in_use == arguments.model:
            store.change({SPEECH_MODEL: ""})
        words = _("{model} is no longer on this machine.").format(model=arguments.model)
        print_done(arguments, words, name=arguments.model, folder=None)
    else:
        _list_models(models, in_use, as_json=arguments.json)
    return OK


def _list_models(models: SpeechModelStore, in_use: str, *, as_json: bool) -> None:
    rows = [(model, models.path_of(model.name) is not None) for model in models.offered()]
    if as_json:
        print_json(
            [
                {
                    "name": model.name,
                    "size_bytes": model.size_bytes,
                    "speed": model.speed,
                    "languages": model.languages,
                    "installed": here,
                    "in_use": model.name == in_use,
                }
                for model, here in rows
            ]
        )
        return
    print_table(
        (
            model.name,
            model.words,
            _("in use") if model.name == in_use and here else _("installed") if here else "",
        )
        for model, here in rows
    )


# --- the system's menu ---


async def desktop(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    del store, paths
    entry = entry_of_this_machine()
    if arguments.action == "add":
        entry.add()
        words = _("notegen:// links and “Open with” lead to NoteGen now ({where}).").format(
            where=entry.where()
        )
    elif arguments.action == "remove":
        entry.remove()
        words = _("Nothing leads to NoteGen any more.")
    elif entry.is_there():
        words = _("notegen:// links and “Open with” lead to NoteGen ({where}).").format(
            where=entry.where()
        )
    else:
        words = _("The system does not know NoteGen; `notegen desktop add` makes it known.")
    print_done(arguments, words, known=entry.is_there(), where=str(entry.where()))
    return OK
