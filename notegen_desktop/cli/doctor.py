"""`notegen doctor`: checks everything the program needs, and how to repair it."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import sys
import time
from dataclasses import asdict, dataclass

from notegen_desktop.domain.engines.order import engine_order, template_engines
from notegen_desktop.domain.errors import (
    AccountRefused,
    DatabaseDamaged,
    KeyMissing,
    KeyRingLocked,
    LibraryLost,
    LibraryReplaced,
    NoteGenError,
)
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.links.addresses import split_password
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext, pgettext
from notegen_desktop.services.machine.installation import how_to_mend_qt
from notegen_desktop.services.machine.lock_file import lock_holder
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.secrets import PROXY_VARIABLE
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import ReleaseWatch, YtDlpReleases
from notegen_desktop.wiring import (
    Program,
    begin_library,
    library_has_backup,
    library_has_log,
    open_program,
    repair_library,
    restore_library,
)

from .console import LACKING, OK, print_json, say

ANSWER_S = 3.0
"""Seconds to wait for the key ring: the report must not be delayed by it."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    name: str
    ok: bool
    message: str
    hint: str = ""


async def doctor(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    """Run all checks. Exit code 69 if something is missing without which no note can be written."""
    findings = [_display(), _settings(store), _window_lock(paths)]
    needed = True
    damaged = lost = False
    try:
        async with open_program(store, paths, JobBoard()) as program:
            checkup = await program.library.check()
            damaged = checkup.damaged
            findings += await _check_external(program, store)
            more = await _releases(arguments, program)
            database = CheckResult(N_("database"), checkup.ok, checkup.message, checkup.hint)
    except NoteGenError as error:
        needed = False
        damaged = isinstance(error, DatabaseDamaged)
        lost = isinstance(error, LibraryLost | LibraryReplaced)
        database = CheckResult(N_("database"), False, error.message, error.hint)
        async with open_program(store, paths, JobBoard(), kept=False) as program:
            findings += await _check_external(program, store)
            more = await _releases(arguments, program)
    # With --update-yt-dlp, --yes confirms the update, not a repair of the library.
    may = not arguments.update_yt_dlp
    if may and (damaged or lost) and _may_repair(arguments, database, lost=lost):
        database = _repair(paths, lost=lost)
        needed = database.ok
    findings += [database, *more]
    if arguments.json:
        print_json({"checks": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            mark = pgettext("in order", "ok") if finding.ok else pgettext("not in order", "NOT")
            print(f"{mark:<4} {_(finding.name)}: {finding.message}")
            if finding.hint and not finding.ok:
                print(f"       {finding.hint}")
    return OK if needed and all(f.ok for f in findings if f.name == "database") else LACKING


async def _check_external(program: Program, store: SettingsFile) -> list[CheckResult]:
    """Check the outside: key ring and proxy, Gemini, other servers."""
    return [
        await _key_ring(program),
        _proxy(store),
        *await _key_and_network(program),
        *await _connections(program, store.current),
    ]


async def _releases(arguments: argparse.Namespace, program: Program) -> list[CheckResult]:
    """Check for newer versions of the program and of yt-dlp, as far as requested."""
    services = program.services
    findings = []
    if arguments.updates and services.updates is not None:
        findings.append(await _newest(services.updates))
    if arguments.update_yt_dlp and services.ytdlp is not None:
        findings.append(await _newer_ytdlp(arguments, services.ytdlp))
    return findings


async def _newest(updates: ReleaseWatch) -> CheckResult:
    """Check for a newer version of the program by one request, made only on demand."""
    known = await updates.ask(now_s=time.time())
    if known.problem:
        return CheckResult(N_("version"), False, known.problem)
    if known.newer is None:
        return CheckResult(N_("version"), True, _("this is the newest version."))
    out = _("version {version} is out.").format(version=known.version)
    return CheckResult(N_("version"), False, out, known.page)


async def _newer_ytdlp(arguments: argparse.Namespace, newer: YtDlpReleases) -> CheckResult:
    """Check for a newer yt-dlp; install it with --yes, or after a question at a terminal."""
    from notegen_desktop.services.sources.ytdlp.session import check_importable

    own = newer.version
    try:
        release = await newer.find()
        if release is None:
            return CheckResult("yt-dlp", True, _("{version} is the newest.").format(version=own))
        asked = _("Get yt-dlp {version} from {host}? [y/N] ").format(
            version=release.version, host=release.host
        )
        if not _agreed(arguments, asked):
            out = _("{version} is out, {own} is used.").format(version=release.version, own=own)
            return CheckResult("yt-dlp", False, out, "notegen doctor --update-yt-dlp --yes")
        await newer.fetch(release)
    except NoteGenError as error:
        return CheckResult("yt-dlp", False, error.message, error.hint)
    used = await asyncio.to_thread(newer.use, check_importable)
    if used == release.version:
        fine = _("{version} is used from the next start on.").format(version=used)
        return CheckResult("yt-dlp", True, fine)
    broken = _("{version} does not work with this NoteGen, {own} is used.")
    return CheckResult("yt-dlp", False, broken.format(version=release.version, own=used))


def _display() -> CheckResult:
    if importlib.util.find_spec("PySide6") is None:
        return CheckResult(
            N_("display"),
            False,
            _("PySide6 is not installed; the command line works without it."),
            how_to_mend_qt(),
        )
    shown = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )
    if shown:
        return CheckResult(N_("display"), True, _("there is a screen for the window."))
    return CheckResult(
        N_("display"),
        False,
        _("there is no screen; the command line works without one."),
        _("Set DISPLAY, or start the window from a desktop session."),
    )


def _settings(store: SettingsFile) -> CheckResult:
    problems = store.problems()
    if problems:
        return CheckResult(
            N_("settings"), False, "; ".join(problems), _("Mend or delete the file.")
        )
    return CheckResult(N_("settings"), True, _("the settings file can be read."))


async def _key_ring(program: Program) -> CheckResult:
    secrets = program.services.secrets
    try:
        await secrets.find(within_s=ANSWER_S)
    except KeyRingLocked as error:
        return CheckResult(N_("key ring"), False, error.message, error.hint)
    where = secrets.origin()
    if where:
        return CheckResult(
            N_("key ring"), True, _("the API key comes from: {where}.").format(where=_(where))
        )
    return CheckResult(
        N_("key ring"), True, _("no API key is kept; the offline engine needs none.")
    )


def _proxy(store: SettingsFile) -> CheckResult:
    if split_password(store.current.text("sources.proxy"))[1]:
        return CheckResult(
            N_("proxy"),
            False,
            _("the proxy's password stands in the settings file, since no key ring took it."),
            _("Set {proxy_variable} instead, and take it out of the file.").format(
                proxy_variable=PROXY_VARIABLE
            ),
        )
    return CheckResult(N_("proxy"), True, _("no password stands in the settings file."))


async def _key_and_network(program: Program) -> list[CheckResult]:
    """Check key and network by requesting the list of models."""
    try:
        models = await program.services.catalogue.models()
    except KeyMissing as error:
        key = _("no key; the offline engine works.")
        if isinstance(error, KeyRingLocked):
            key = _("not known before the key ring answers.")
        return [
            CheckResult(N_("key"), True, key),
            CheckResult(N_("network"), True, _("nothing was asked for.")),
        ]
    except AccountRefused as error:
        answered = CheckResult(N_("network"), True, _("Gemini answers."))
        return [CheckResult(N_("key"), False, error.message, error.hint), answered]
    except NoteGenError as error:
        key = _("not known before Gemini answers.")
        return [
            CheckResult(N_("key"), True, key),
            CheckResult(N_("network"), False, error.message, error.hint),
        ]
    offered = ngettext(
        "Gemini answers and offers {n} model.", "Gemini answers and offers {n} models.", len(models)
    ).format(n=number(len(models)))
    return [
        CheckResult(N_("key"), True, _("Gemini accepts it.")),
        CheckResult(N_("network"), True, offered),
    ]


async def _connections(program: Program, settings: Settings) -> list[CheckResult]:
    """Check each connection by requesting its models; report unused servers on this machine, and
    servers named but missing."""
    services = program.services
    known = services.connections.all()
    findings = []
    for connection in known:
        name = f"connection {connection.name}"
        try:
            models = await services.servers.models(connection)
            told = ngettext(
                "{title} answers and offers {n} model.",
                "{title} answers and offers {n} models.",
                len(models),
            ).format(title=connection.preset.title, n=number(len(models)))
            findings.append(CheckResult(name, True, told))
        except NoteGenError as error:
            findings.append(CheckResult(name, False, error.message, error.hint))
    urls = {connection.url for connection in known}
    findings += [
        CheckResult(
            f"{found.preset.title}",
            True,
            _("it runs at {url} and is not used: notegen connections add {name}").format(
                url=found.url, name=found.name
            ),
        )
        for found in await services.servers.found()
        if found.url not in urls
    ]
    named = {
        "general.engine": engine_order(settings.text("general.engine")),
        "general.fallback": engine_order(settings.text("general.fallback")),
        "general.written_by": template_engines(settings.text("general.written_by")).values(),
    }
    there = {connection.name for connection in known}
    findings += [
        CheckResult(
            f"setting {key}",
            False,
            _("it names {name}, which is no engine and no connection.").format(name=choice.engine),
            _("notegen settings set {key} …, or add it: notegen connections add {name}").format(
                key=key, name=choice.engine
            ),
        )
        for key, choices in named.items()
        for choice in choices
        if choice.engine.is_connection and choice.engine not in there
    ]
    problems = services.connections.problems()
    if problems:
        findings.append(
            CheckResult(N_("connections"), False, "; ".join(problems), _("Mend the file."))
        )
    return findings


def _window_lock(paths: Paths) -> CheckResult:
    holder = lock_holder(paths.lock_file)
    if holder is None or not holder.elsewhere:
        return CheckResult(N_("window lock"), True, _("no other computer keeps the window shut."))
    return CheckResult(N_("window lock"), False, holder.words, holder.hint)


def _may_repair(arguments: argparse.Namespace, database: CheckResult, *, lost: bool) -> bool:
    """Return True if a damaged library may be repaired, or a lost one restored: with --yes, or
    confirmed at a terminal."""
    told = _("What can be read is saved into a sound file; the damaged one is kept beside it.")
    told = database.hint if lost else told
    return _agreed(arguments, _("Repair it now? [y/N] "), database.message, told)


def _agreed(arguments: argparse.Namespace, question: str, *before: str) -> bool:
    """Return True with --yes, or after a confirmation at a terminal."""
    if arguments.yes or arguments.json or not sys.stdin.isatty():
        return bool(arguments.yes)
    for words in before:
        say(words)
    return input(question).strip().lower() in ("y", "yes")


def _repair(paths: Paths, *, lost: bool) -> CheckResult:
    """Repair the library; if nothing can be saved, restore the last backup, or create a new
    library."""
    try:
        words = "" if lost else _repair_database(paths)
        if not words and library_has_backup(paths):
            words = restore_library(paths).words
        elif not words and library_has_log(paths):
            words = _repair_database(paths)
        elif not words:
            begin_library(paths)
            words = _("A new library is begun.")
    except NoteGenError as error:
        return CheckResult(N_("database"), False, error.message, error.hint)
    return CheckResult(N_("database"), True, words)


def _repair_database(paths: Paths) -> str:
    """Return what was saved, as text; "" if nothing was and there is a backup."""
    try:
        return _("repaired: {words}").format(words=repair_library(paths).words)
    except LibraryLost:
        return ""
