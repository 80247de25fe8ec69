"""`notegen vault`: synchronizes folders of pages for other programs."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from notegen_desktop.domain.errors import Failure, UsageError
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.text.quantities import count, listed, number, quoted
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import VaultBegun, VaultOrder, VaultReport
from notegen_desktop.wiring import open_program

from .console import PeriodicProgress, exit_code, one_line, print_json, print_name, say


async def vault(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    from notegen_desktop.services.exports.vault.keeper import order_of

    if not arguments.folder.strip():
        raise UsageError(_("No folder is named."), hint=_("Such as: notegen vault sync ~/Notes"))
    order = replace(
        order_of(store.current, arguments.folder),
        restore=arguments.restore,
        dry_run=arguments.dry_run,
    )
    async with open_program(store, paths, JobBoard()) as program:
        far = PeriodicProgress(_("Writing pages: {done} of {total} …"))
        report = await program.vault.sync(order, far)
    if arguments.json:
        print_json(_json(order, report))
    else:
        _print(order, report)
    done = len(report.written) + len(report.updated) + report.unchanged
    return exit_code(failed=len(report.failed), done=done)


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
        "away": report.away,
        "failed": [{"path": path, "reason": reason} for path, reason in report.failed],
    }


def _print(order: VaultOrder, report: VaultReport) -> None:
    for path in (*report.written, *report.updated):
        print_name(str(order.folder / path))
    for before, after in report.moved:
        say(
            _("moved by you: {before} is {after} now").format(
                before=one_line(before), after=one_line(after)
            )
        )
    for page in report.kept:
        say(
            _(
                "kept because edited: {path}: the newer text of {sections} was not put in; see "
                "it with: notegen notes show {ids}"
            ).format(
                path=one_line(page.path),
                sections=one_line(listed([quoted(each) for each in page.sections])),
                ids=page.ids[0],
            )
        )
    for path, reason in report.failed:
        say(
            _("notegen: {path} could not be written: {reason}").format(
                path=one_line(path), reason=reason
            )
        )
    if report.deleted:
        say(
            ngettext(
                "{n} page that you deleted there stays deleted; --restore writes it again.",
                "{n} pages that you deleted there stay deleted; --restore writes them again.",
                len(report.deleted),
            ).format(n=number(len(report.deleted)))
        )
    for path in report.away:
        say(
            _("left alone: {path} is in the cloud, not on this computer").format(
                path=one_line(path)
            )
        )
    for path in report.untied:
        say(_("left alone: {path} has no property “notegen” any more").format(path=one_line(path)))
    if report.gone:
        say(
            ngettext(
                "{n} page stays whose notes are no longer in the library.",
                "{n} pages stay whose notes are no longer in the library.",
                len(report.gone),
            ).format(n=number(len(report.gone)))
        )
    words = report.words
    say(_("would be: {words}").format(words=words) if order.dry_run else words)


def say_kept_up(told: VaultReport | VaultBegun | Failure) -> None:
    """Print the result of an automatic synchronization after a note."""
    if isinstance(told, VaultBegun):
        pages = count(told.pages, "page")
        say(_("Folder of pages: writing {pages} …").format(pages=pages))
        return
    if isinstance(told, Failure):
        say(
            _("notegen: The folder of pages is not up to date. {message} {hint}")
            .format(message=told.message, hint=told.hint)
            .rstrip()
        )
    elif told.kept or told.failed:
        say(
            _("folder of pages: {words}; `notegen vault sync DIR` says which").format(
                words=told.words
            )
        )
