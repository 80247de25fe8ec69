"""`notegen templates`: the kinds of notes there are."""

from __future__ import annotations

import argparse
from pathlib import Path

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.machine.template_files import (
    TemplateFiles,
    check_template,
    write_starter,
)

from .console import print_json, print_table, say, say_failure

OK, USAGE = 0, 2


async def run(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    del store
    files = TemplateFiles(paths.templates_folder)
    if arguments.action == "list":
        _list(files, arguments.json)
    elif arguments.action == "show":
        _show(files.get(arguments.template))
    elif arguments.action == "new":
        print(write_starter(paths.templates_folder, arguments.name))
    else:
        return _check([Path(name) for name in arguments.files])
    return OK


def _list(files: TemplateFiles, as_json: bool) -> None:
    templates = files.all()
    if as_json:
        print_json(
            [
                {
                    "id": t.id,
                    "version": t.version,
                    "name": t.name,
                    "description": t.description,
                    "built_in": t.built_in,
                }
                for t in templates
            ]
        )
    else:
        print_table((t.id, "" if t.built_in else "own", t.description) for t in templates)
    for problem in files.problems():
        say(problem)


def _show(template: NoteTemplate) -> None:
    print(f"{template.name} ({template.id}, version {template.version})")
    print(template.description)
    print()
    for plan in template.sections:
        count = f" ({plan.min} to {plan.max})" if plan.repeat else ""
        print(f"- {plan.heading or plan.kind.value}{count}: {plan.guide}".rstrip(": "))
    print()
    print(template.instructions)


def _check(files: list[Path]) -> int:
    code = OK
    for path in files:
        try:
            template = check_template(path)
        except NoteGenError as error:
            code = USAGE
            say_failure(error.failure())
        else:
            print(f"{path}: ok ({template.id})")
    return code
