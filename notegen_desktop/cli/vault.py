"""`notegen vault`: folders of pages for other programs."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from notegen_desktop.domain.errors import Failure, UsageError
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.text.quantities import count, listed
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import VaultOrder, VaultReport
from notegen_desktop.wiring import open_program

from .console import ALL_FAILED, OK, SOME_FAILED, one_line, print_json, print_name, say


async def vault(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    from notegen_desktop.services.exports.vault.keeper import order_of

    if not arguments.folder.strip():
        raise UsageError("No folder is named.", hint="Such as: notegen vault sync ~/Notes")
    order = replace(
        order_of(store.current, arguments.folder),
        restore=arguments.restore,
        dry_run=arguments.dry_run,
    )
    async with open_program(store, paths, JobBoard()) as program:
        report = await program.vault.sync(order)
    if arguments.json:
        print_json(_json(order, report))
    else:
        _print(order, report)
    if not report.failed:
        return OK
    return SOME_FAILED if report.written or report.updated or report.unchanged else ALL_FAILED


def _json(order: VaultOrder, report: VaultReport) -> dict[str, Any]:
    return {
        "folder": str(order.folder),
        "by": order.by.value,
        "form": order.form.value,
        "dry_run": order.dry_run,
        "written": report.written,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "edited": report.edited,
        "kept": [
            {"path": each.path, "sections": list(each.sections), "notes": list(each.ids)}
            for each in report.kept
        ],
        "moved": [{"from": before, "to": after} for before, after in report.moved],
        "deleted": report.deleted,
        "untied": report.untied,
        "gone": report.gone,
        "failed": [{"path": path, "reason": reason} for path, reason in report.failed],
    }


def _print(order: VaultOrder, report: VaultReport) -> None:
    for path in (*report.written, *report.updated):
        print_name(str(order.folder / path))
    for before, after in report.moved:
        say(f"moved by you: {one_line(before)} is {one_line(after)} now")
    for page in report.kept:
        say(
            f"kept because edited: {one_line(page.path)}: the newer text of "
            f"{one_line(listed([f'“{each}”' for each in page.sections]))} was not put in; "
            f"see it with: notegen notes show {page.ids[0]}"
        )
    for path, reason in report.failed:
        say(f"notegen: {one_line(path)} could not be written: {reason}")
    if report.deleted:
        say(
            f"{count(len(report.deleted), 'page')} that you deleted there stay deleted; "
            "--restore writes them again."
        )
    for path in report.untied:
        say(f"left alone: {one_line(path)} has no property “notegen” any more")
    if report.gone:
        say(f"{count(len(report.gone), 'page')} stay whose notes are no longer in the library.")
    say(("would be: " if order.dry_run else "") + report.words)


def say_kept_up(told: VaultReport | Failure) -> None:
    """What was done unasked, after a note."""
    if isinstance(told, Failure):
        say(f"notegen: The folder of pages is not up to date. {told.message} {told.hint}".rstrip())
    elif told.kept or told.failed:
        say(f"folder of pages: {told.words}; `notegen vault sync DIR` says which")
