"""`notegen generate`, `estimate` and `resume`: notes without a screen."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from notegen_desktop.domain.board import BoardEvent, JobBoard, JobChanged
from notegen_desktop.domain.errors import (
    BudgetExceeded,
    FormatUnavailable,
    KeyRingLocked,
    NetworkUnreachable,
    NoteGenError,
    SourceError,
    TimedOut,
    UsageError,
    WriterError,
)
from notegen_desktop.domain.jobs import NoteJob, Status
from notegen_desktop.domain.link import Link, LinkKind
from notegen_desktop.domain.notes import Engine, Level, Note, markdown
from notegen_desktop.services.machine.clock import SystemClock
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import (
    KEY_RING_MOMENT_S,
    Exporter,
    JobEstimate,
    Order,
    Outlook,
    Services,
)
from notegen_desktop.services.running.settling import KEY_RING_WAIT
from notegen_desktop.wiring import Program, open_program

from .console import EventPrinter, ProgressPrinter, print_json, print_table, say, say_failure
from .inputs import order_of

OK, SOME_FAILED, ALL_FAILED, INTERRUPTED = 0, 3, 4, 130

PROMPT_S = 2.0
"""Seconds for the key ring before a run begins without it; notes that need the key wait on."""


async def generate(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    board = JobBoard()
    async with open_program(store, paths, board) as program:
        writer = _FileWriter(arguments, program.services)
        order = await order_of(arguments, program.services)
        await _know_key(program, order)
        await program.runner.prepare(order.engine)
        shown = _Shown(program, arguments.events)
        board.subscribe(writer)
        jobs = await _start(program, order)
        code = await _finish(program, shown, writer, {job.id for job in jobs})
        if writer.folder is None and not arguments.events:
            _print_notes(board, writer.level)
        return code


async def resume(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    board = JobBoard()
    async with open_program(store, paths, board) as program:
        writer = _FileWriter(arguments, program.services)
        shown = _Shown(program, arguments.events)
        board.subscribe(writer)
        jobs = await program.runner.resume()
        if not jobs:
            say("There is nothing to go on with: no run was interrupted.")
        code = await _finish(program, shown, writer, {job.id for job in jobs})
        if jobs and writer.folder is None:
            say("The notes are in the library: see `notegen notes list` and `notes export`.")
        return code


async def estimate(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    board = JobBoard()
    async with open_program(store, paths, board) as program:
        order = await order_of(arguments, program.services)
        if order.engine is Engine.AUTO:
            await _know_key(program, order)
        outlook = await program.services.outlooks.of(order)
        if arguments.json:
            print_json(_estimate_json(outlook))
        else:
            _print_estimate(outlook.jobs, order)
            for words in (outlook.budget_words, _short_of_quota(outlook)):
                if words:
                    say(words)
    return OK


async def _know_key(program: Program, order: Order) -> None:
    """Give the key ring a moment, and longer, with a word, where the engine depends on it."""
    if order.engine is Engine.OFFLINE:
        return
    secrets = program.services.secrets
    try:
        await secrets.find(within_s=KEY_RING_MOMENT_S)
    except KeyRingLocked:
        if order.engine is Engine.AUTO:
            say(f"{KEY_RING_WAIT} …")
            with suppress(KeyRingLocked):
                await secrets.find(within_s=PROMPT_S)


async def _start(program: Program, order: Order) -> tuple[NoteJob, ...]:
    """Start an order, or put it on the board as refused where it would go over a budget.

    A video that cannot be read now is not looked ahead for: its jobs will say why.
    """
    refused: dict[tuple[str, str], NoteGenError] = {}
    if await program.services.outlooks.matters(order):
        with suppress(SourceError, WriterError, NetworkUnreachable, TimedOut):
            outlook = await program.services.outlooks.of(order)
            if outlook.short_of_quota:
                say(_short_of_quota(outlook))
            if outlook.over_budget:
                error = BudgetExceeded(f"{outlook.budget_words} Nothing was sent.")
                refused = {(row.video_id, row.template): error for row in outlook.jobs}
    return program.runner.submit(order, refused=refused)


def _short_of_quota(outlook: Outlook) -> str:
    """Why not all will be written today, and how it would be; or nothing."""
    words = outlook.short_of_quota
    if not words:
        return ""
    if outlook.requests_combined < outlook.requests:
        words += "\nTo allow that: notegen settings set processing.combine when-short"
    return words + "\nTo write now what is too much: --engine offline, or another --model"


# --- what is shown and what comes out ----------------------------------------------------------


class _Shown:
    """Events for programs or words for people, whichever was asked for; a change of pace in words
    in either case."""

    def __init__(self, program: Program, events: bool) -> None:
        self._board = program.runner.board
        self.events = EventPrinter(self._board, SystemClock()) if events else None
        self._begun = False
        if program.services.activity is not None:
            program.services.activity.subscribe(say)

    def begin(self) -> None:
        """Show what there is, and from now on what changes."""
        if not self._begun:
            self._begun = True
            self._board.subscribe(self.events or ProgressPrinter(self._board, SystemClock()))


class _FileWriter:
    """Writes each note to its file as soon as it is complete; problems are kept for the end."""

    def __init__(self, arguments: argparse.Namespace, services: Services) -> None:
        self._exporter = services.exporter
        self._format = arguments.format
        self.folder = _target(arguments, services.exporter)
        self.level = Level(services.settings.current.text("general.level"))
        self.problems: dict[str, NoteGenError] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def __call__(self, event: BoardEvent) -> None:
        if self.folder is None or not isinstance(event, JobChanged):
            return
        job = event.job
        if job.status is Status.COMPLETE and job.note is not None:
            self._tasks.append(asyncio.create_task(self._write(job.id, job.note, self.folder)))

    async def _write(self, job_id: str, note: Note, folder: Path) -> None:
        """In a thread: a PDF takes a moment, and other notes are being written meanwhile."""
        save = self._exporter.save_to_tree
        try:
            file = await asyncio.to_thread(save, note, folder, self._format, self.level)
        except NoteGenError as error:
            self.problems[job_id] = error
            say_failure(error.failure())
            say(f"  The note is kept in the library: notegen notes show {note.id}")
        else:
            say(f"  {file.path}")

    async def finish(self) -> None:
        """Return when every file is written."""
        await asyncio.gather(*self._tasks)


async def _finish(program: Program, shown: _Shown, writer: _FileWriter, job_ids: set[str]) -> int:
    """Wait for the jobs and judge the run. An interrupt cancels them and is an exit code."""
    interrupted = False
    try:
        await program.runner.begun()
        shown.begin()  # what is shown is on record, so that no kill can lose it
        await program.runner.wait()
    except asyncio.CancelledError:
        interrupted = True
        shown.begin()
        program.runner.interrupt()
        await program.runner.wait()
    await writer.finish()
    if shown.events is not None:
        shown.events.done(program.runner.spent)
    spent = program.runner.spent
    if spent.requests:
        say(f"estimated ${program.runner.foretold_usd:.4f}, actual ${spent.cost_usd:.4f}")
    if interrupted:
        return INTERRUPTED
    jobs = [program.runner.board.job(job_id) for job_id in job_ids]
    good = [job for job in jobs if job.status is Status.COMPLETE and job.id not in writer.problems]
    if len(good) == len(jobs):
        return OK
    return SOME_FAILED if good else ALL_FAILED


def _target(arguments: argparse.Namespace, exporter: Exporter) -> Path | None:
    """The folder to write to, made and tried before anything is paid for.

    Raises FormatUnavailable or FolderNotWritable.
    """
    if arguments.format not in exporter.formats():
        raise _Unusable(FormatUnavailable(f"The format {arguments.format} cannot be written here."))
    if arguments.output is None:
        return None
    folder = Path(arguments.output)
    try:
        exporter.prepare(folder)
    except NoteGenError as error:
        raise _Unusable(error) from error
    return folder


class _Unusable(UsageError):
    """An option that cannot be carried out on this machine, known before the run begins."""

    def __init__(self, error: NoteGenError) -> None:
        super().__init__(error.message, hint=error.hint)


def _print_notes(board: JobBoard, level: Level) -> None:
    notes = [job.note for job in board.finished() if job.note is not None]
    for number, note in enumerate(notes):
        if number:
            print("\n---\n")
        _print_note(note, level)


def _print_note(note: Note, level: Level) -> None:
    print(markdown(note, level), end="")


def _estimate_json(outlook: Outlook) -> dict[str, object]:
    rows = outlook.jobs
    return {
        "jobs": [
            {
                "source": row.video_id,
                "template": row.template,
                "input_tokens": row.input_tokens,
                "cached_tokens": row.cached_tokens,
                "output_tokens": row.output_tokens,
                "cost_usd": round(row.cost_usd, 6),
                "seconds": round(row.seconds, 1),
                "stored": row.stored,
            }
            for row in rows
        ],
        "input_tokens": sum(row.input_tokens for row in rows),
        "cached_tokens": sum(row.cached_tokens for row in rows),
        "output_tokens": sum(row.output_tokens for row in rows),
        "cost_usd": round(outlook.cost_usd, 6),
        "over_budget": outlook.budget_words,
        "short_of_quota": outlook.short_of_quota,
    }


def _print_estimate(rows: Sequence[JobEstimate], order: Order) -> None:
    called = {link.key: _called(link) for link in order.links}
    table = [("template", "video", "input", "cached", "output", "price", "time")]
    for row in rows:
        price = "stored" if row.stored else _price(row.cost_usd)
        table.append(
            (
                row.template,
                called.get(row.video_id, row.video_id),
                f"{row.input_tokens:,}",
                f"{row.cached_tokens:,}",
                f"{row.output_tokens:,}",
                price,
                f"{row.seconds:.0f} s",
            )
        )
    print_table(table)
    print(f"in all: {_price(sum(row.cost_usd for row in rows))}")


def _called(link: Link) -> str:
    return Path(link.url).name if link.kind is LinkKind.FILE else link.url


def _price(dollars: float) -> str:
    return f"${dollars:.4f}" if dollars else "free"
