"""`notegen templates`: the built-in templates and the user's own."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from notegen_desktop.domain.errors import InvalidTemplate, NoteGenError, SourceError
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.machine.templates.files import (
    TemplateFiles,
    check_text,
    read_template,
    read_text,
)
from notegen_desktop.services.machine.templates.own import OwnTemplates
from notegen_desktop.services.ports import TemplateEntry, TemplateOrigin

from .console import (
    OK,
    USAGE,
    print_done,
    print_json,
    print_name,
    print_table,
    print_text,
    say,
    say_failure,
)

WORDS = {
    TemplateOrigin.BUILT_IN: "",
    TemplateOrigin.CHANGED: "changed",
    TemplateOrigin.OWN: "own",
}


async def templates(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    del store
    files = TemplateFiles(paths.templates_folder)
    own = OwnTemplates(paths.templates_folder)
    match arguments.action:
        case "list":
            _list_templates(files, arguments.json)
        case "show":
            template = files.get(arguments.template)
            _show_template(template, own.entry(template.id), as_json=arguments.json)
        case "new":
            path = str(own.new(arguments.name))
            print_done(arguments, path, path=path)
        case "check":
            return _check_templates(
                [Path(name) for name in arguments.files], as_json=arguments.json
            )
        case "export":
            _export(arguments, own)
        case _:
            try:
                _change(arguments, own)
            # a named file that cannot be read is reported, as in `check`
            except SourceError as error:
                say_failure(error.failure())
                return USAGE
    return OK


def _change(arguments: argparse.Namespace, own: OwnTemplates) -> None:
    """Print a line, or an object, for each changed template; also for those before a failure."""
    done: list[dict[str, Any]] = []
    try:
        for words, facts in _changes(arguments, own):
            done.append(facts)
            if not arguments.json:
                print(words)
    finally:
        if arguments.json and done:
            print_json(done)


def _changes(
    arguments: argparse.Namespace, own: OwnTemplates
) -> Iterator[tuple[str, dict[str, Any]]]:
    if arguments.action == "duplicate":
        for name in arguments.templates:
            own.entry(name)  # raises for an unknown name before anything is changed
    for name in arguments.templates:
        if arguments.action == "add":
            path = Path(name)
            options = {"replace": arguments.replace, "keep_both": arguments.keep_both}
            entry = own.add(read_text(path), file=path.name, **options)
            words = _("{key}: added").format(key=entry.key)
        elif arguments.action == "duplicate":
            entry = own.duplicate(own.entry(name))
            words = f"{entry.key}: {entry.path}"
        elif arguments.action == "remove":
            entry = own.remove(own.entry(name)).entry
            words = _("{key}: removed; `notegen templates restore {key}` brings it back").format(
                key=entry.key
            )
            if entry.origin is TemplateOrigin.CHANGED:
                words = _("{key}: the built-in one again").format(key=entry.key)
        else:
            entry, words = _restored(own, name)
        yield words, {"id": entry.key, "file": str(entry.path) if entry.path else None}


def _restored(own: OwnTemplates, name: str) -> tuple[TemplateEntry, str]:
    """Restore a changed built-in template, else one that was removed."""
    there = {entry.key: entry for entry in own.entries()}.get(name)
    if there is not None and there.origin is TemplateOrigin.CHANGED:
        own.remove(there)
        return own.entry(name), _("{name}: the built-in one again").format(name=name)
    removed = own.removed(name)
    own.bring_back(removed)
    return own.entry(name), _("{name}: brought back").format(name=name)


def _export(arguments: argparse.Namespace, own: OwnTemplates) -> None:
    entry = own.entry(arguments.template)
    if arguments.output == "-":
        print_text(own.text(entry))
        return
    from notegen_desktop.services.exports.files import write_named

    path = Path(arguments.output)
    if path.is_dir():
        path /= f"{entry.key.removesuffix('.toml')}.toml"
    path = write_named(path, own.text(entry).encode()).path
    if arguments.json:
        print_json({"id": entry.key, "file": str(path)})
    else:
        print_name(str(path))


def _facts(template: NoteTemplate, entry: TemplateEntry) -> dict[str, Any]:
    return {
        "id": template.id,
        "version": template.version,
        "name": template.name,
        "description": template.description,
        "built_in": template.built_in,
        "origin": entry.origin.value,
        "file": str(entry.path) if entry.path else None,
    }


def _list_templates(files: TemplateFiles, as_json: bool) -> None:
    entries = {entry.key: entry for entry in files.entries()}
    templates = files.all()
    if as_json:
        print_json([_facts(template, entries[template.id]) for template in templates])
    else:
        print_table((t.id, WORDS[entries[t.id].origin], _(t.description)) for t in templates)
    for problem in files.problems():
        say(problem)


def _show_template(template: NoteTemplate, entry: TemplateEntry, *, as_json: bool) -> None:
    if as_json:
        print_json(
            _facts(template, entry)
            | {
                "instructions": template.instructions,
                "sections": [
                    {
                        "heading": plan.heading,
                        "kind": plan.kind.value,
                        "guide": plan.guide,
                        "min": plan.min,
                        "max": plan.max,
                        "repeat": plan.repeat,
                    }
                    for plan in template.sections
                ],
            }
        )
        return
    print(
        _("{name} ({id}, version {version})").format(
            name=_(template.name), id=template.id, version=template.version
        )
    )
    print(_(template.description))
    print()
    for plan in template.sections:
        name = plan.heading or plan.kind.value
        if plan.repeat:
            name = _("{name} ({min} to {max})").format(name=name, min=plan.min, max=plan.max)
        print(f"- {name}: {plan.guide}".rstrip(": "))
    print()
    print(template.instructions)


def _check_templates(files: list[Path], *, as_json: bool) -> int:
    code = OK
    checked: list[dict[str, Any]] = []
    for path in files:
        told: dict[str, Any] = {"file": str(path), "id": None, "error": None, "problems": []}
        try:
            told["id"] = read_template(path).id
        except NoteGenError as error:
            code = USAGE
            told["error"] = error.failure().to_json()
            say_failure(error.failure())
            if isinstance(error, InvalidTemplate):
                problems = check_text(read_text(path))
                told["problems"] = [{"line": one.line, "words": one.words} for one in problems]
                for one in problems if len(problems) > 1 else ():
                    place = _("  line {line}: {words}") if one.line else "  {words}"
                    say(place.format(line=one.line, words=one.words))
        else:
            if not as_json:
                print(_("{path}: ok ({told})").format(path=path, told=told["id"]))
        checked.append(told)
    if as_json:
        print_json(checked)
    return code
