"""`notegen connections`: servers besides Gemini that can write notes."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from notegen_desktop.domain.engines.connection import CUSTOM, Connection, connection_of
from notegen_desktop.domain.errors import KeyRingLocked, NoteGenError, UsageError
from notegen_desktop.domain.text.quantities import count, listed, number, series
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.connections_file import ConnectionsFile
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.secrets import MachineSecrets
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import ModelInfo, ServerModels

from .console import LACKING, OK, print_done, print_json, print_table, say, say_failure

KEY_S = 3.0
"""Seconds to wait for the key ring: the command can be repeated."""


async def connections(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    from notegen_desktop.services.writers.chat.models import ServerFacts

    del store
    known = ConnectionsFile(paths.connections_file)
    for problem in known.problems():
        say(f"notegen: {problem}")
    secrets = MachineSecrets()
    servers = ServerFacts(
        api_key=secrets.api_key,
        presets=lambda: known.presets,
        find_key=lambda one: secrets.find(within_s=KEY_S, connection=one),
    )
    if arguments.action == "add":
        return await _add(arguments, known, secrets, servers)
    if arguments.action == "remove":
        connection = known.get(arguments.name)
        known.remove(arguments.name)
        if await asyncio.to_thread(secrets.set_api_key, "", connection):
            words = _("{name} and its key are forgotten.").format(name=arguments.name)
            print_done(arguments, words, removed=arguments.name)
            return OK
        say(
            _("notegen: {name} is forgotten, but the key ring still has its key.").format(
                name=arguments.name
            )
        )
        say(_("Unlock it, and remove what it keeps for NoteGen Desktop there."))
        return LACKING
    if arguments.action == "test":
        connection = known.get(arguments.name)
        _print_models(connection, await servers.models(connection), as_json=arguments.json)
        return OK
    found = await servers.found() if arguments.found else []
    names = {connection.name for connection in known.all()}
    await _list(known, secrets, [one for one in found if one.name not in names], arguments)
    return OK


async def _add(
    arguments: argparse.Namespace,
    known: ConnectionsFile,
    secrets: MachineSecrets,
    servers: ServerModels,
) -> int:
    before = next((one for one in known.all() if one.name == arguments.name), None)
    if before is not None and not arguments.url:
        changed = replace(
            before,
            context=arguments.context or before.context,
            at_once=arguments.at_once or before.at_once,
            model=before.model if arguments.model is None else arguments.model,
        )
        connection = connection_of(
            changed.name, changed.address, known.presets,
            preset=arguments.kind or before.preset.name, model=changed.model,
            context=changed.context, at_once=changed.at_once,
        )  # fmt: skip
    else:
        connection = connection_of(
            arguments.name, arguments.url, known.presets,
            preset=arguments.kind, model=arguments.model or "",
            context=arguments.context, at_once=arguments.at_once,
        )  # fmt: skip
    code = OK
    if arguments.key:
        kept = await asyncio.to_thread(secrets.set_api_key, _asked_key(connection), connection)
        if not kept:
            code = LACKING
            say(_("notegen: The key is not kept: no key ring took it."))
            words = _("Set {variable} instead, for as long as it is needed.")
            say(words.format(variable=connection.key_variable))
    models: list[ModelInfo] = []
    try:
        models = await servers.models(connection)
    except NoteGenError as error:
        say_failure(error.failure())
    if models and not connection.model:
        connection = replace(connection, model=models[0].id)
    known.keep(connection)
    if arguments.json:
        print_json(_json(connection) | {"models": [model.id for model in models]})
        return code
    is_known = connection.preset.name != CUSTOM
    words = _("{name} is {what} at {url}.") if is_known else _("{name} is at {url}.")
    print(words.format(name=connection.name, what=connection.preset.title, url=connection.address))
    for line in _words_of(connection, models):
        print(line)
    return code


def _words_of(connection: Connection, models: list[ModelInfo]) -> Iterable[str]:
    if not models:
        yield _("It has not answered yet; `notegen connections test {name}` tries again.").format(
            name=connection.name
        )
    elif connection.model and connection.model not in {model.id for model in models}:
        yield _("It does not list the model {model}, but {named}.").format(
            model=connection.model, named=_named(models)
        )
    elif connection.model:
        yield ngettext(
            "Notes are written by {model}; it has {n} model.",
            "Notes are written by {model}; it has {n} models.",
            len(models),
        ).format(model=connection.model, n=number(len(models)))
    chosen = next((model for model in models if model.id == connection.model), None)
    if chosen is not None and chosen.remote and connection.is_local:
        yield _("This model does not run here: what is sent goes on to {remote}.").format(
            remote=chosen.remote
        )
    yield _("To use it: notegen generate … --engine {name}").format(name=connection.name)


def _named(models: list[ModelInfo]) -> str:
    names = [model.id for model in models[:5]]
    if len(models) > len(names):
        return _("{names} and others").format(names=series(names))
    return listed(names)


def _asked_key(connection: Connection) -> str:
    """Return a key typed without echo, or from standard input; never an argument, which every
    program on the machine can read."""
    if sys.stdin.isatty():
        key = getpass.getpass(_("API key of {name}: ").format(name=connection.name))
    else:
        key = sys.stdin.readline()
    if not key.strip():
        raise UsageError(_("No key was given."), hint=_("Type it, or pass it on standard input."))
    return key


async def _list(
    known: ConnectionsFile,
    secrets: MachineSecrets,
    found: list[Connection],
    arguments: argparse.Namespace,
) -> None:
    rows = []
    for connection in known.all():
        with suppress(KeyRingLocked):
            await secrets.find(within_s=KEY_S, connection=connection)
        rows.append((connection, secrets.origin(connection)))
    if arguments.json:
        print_json(
            {
                "connections": [{**_json(one), "key": key} for one, key in rows],
                "found": [_json(one) for one in found],
                "kinds": [
                    {"name": preset.name, "title": preset.title, "url": preset.url}
                    for preset in known.presets.values()
                ],
            }
        )
        return
    print_table(
        (
            one.name,
            one.preset.title,
            one.address,
            one.model or _("no model chosen"),
            _("key: {key}").format(key=key) if key else _("no key") if one.takes_key else "",
        )
        for one, key in rows
    )
    if not rows:
        say(_("There is no connection yet. Known kinds: notegen connections add KIND"))
        print_table((one.name, one.title, one.url) for one in known.presets.values())
    for one in found:
        say(
            _("{title} runs at {url}: notegen connections add {name}").format(
                title=one.preset.title, url=one.url, name=one.name
            )
        )


def _json(connection: Connection) -> dict[str, Any]:
    return {
        "name": connection.name,
        "kind": connection.preset.name,
        "url": connection.address,
        "model": connection.model,
        "context": connection.context,
        "at_once": connection.most_at_once,
    }


def _print_models(connection: Connection, models: list[ModelInfo], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "id": model.id,
                    "name": model.name,
                    "context": model.window,
                    "most_output": model.most_output,
                    "input_usd": model.price.input if model.price else None,
                    "output_usd": model.price.output if model.price else None,
                    "size": model.size,
                    "remote": model.remote,
                    "chosen": model.id == connection.model,
                }
                for model in models
            ]
        )
        return
    say(
        ngettext(
            "{name} answers and offers {n} model.",
            "{name} answers and offers {n} models.",
            len(models),
        ).format(name=connection.name, n=number(len(models)))
    )
    print_table(
        (
            model.id,
            count(model.window, "token") if model.window else "",
            _("$ {input} / {output} a million").format(
                input=f"{model.price.input:g}", output=f"{model.price.output:g}"
            )
            if model.price
            else "",
            model.size,
            _("runs at {remote}").format(remote=model.remote) if model.remote else "",
            "chosen" if model.id == connection.model else "",
        )
        for model in models
    )
