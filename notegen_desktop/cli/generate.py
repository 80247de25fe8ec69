"""`notegen generate`, `estimate` and `resume`: writes notes without a window."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from notegen_desktop.domain.courses.course import COURSE_GUIDE
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
from notegen_desktop.domain.jobs.board import BoardEvent, JobBoard, VideoSeen
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.notes.note import Engine, Level, Note
from notegen_desktop.domain.notes.review import review_items
from notegen_desktop.domain.text.quantities import count, number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.clock import SystemClock
from notegen_desktop.services.machine.local_files import local_path
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import (
    KEY_RING_MOMENT_S,
    Exporter,
    FilesWanted,
    JobEstimate,
    Order,
    OrderEstimate,
    PicturesTaken,
    SavedFile,
    Services,
)
from notegen_desktop.services.reading.resolver import KEY_RING_WAIT
from notegen_desktop.wiring import Program, open_program

from .console import (
    INTERRUPTED,
    OK,
    EventPrinter,
    ProgressPrinter,
    exit_code,
    print_json,
    print_table,
    print_text,
    say,
    say_failure,
)
from .sources import Remedies, level_of, order_of, remark_words
from .vault import say_kept_up

PROMPT_S = 2.0
"""Seconds to wait for the key ring before a run starts; notes that need the key wait longer."""


async def generate(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    board = JobBoard()
    async with open_program(store, paths, board) as program:
        files = _files_told(arguments, program)
        await know_key(program)
        order = replace(await order_of(arguments, program.services), files=files.wanted())
        if not order.overnight:
            await program.runner.prepare(order.engine)
        if order.templates == (COURSE_GUIDE,):
            await _say_estimate(program, order)
        output = RunOutput(program, arguments.events)
        jobs = await _start(program, order)
        code = await finish(program, output, {job.id for job in jobs}, files.problems)
        if order.review:
            _say_unreviewed(board)
        if files.folder is None and not arguments.events:
            _print_notes(board, files.level)
        return code


async def guide(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    """Write one guide over all videos: `generate` with the template of guides."""
    left_out = {
        "-t": arguments.templates,
        "--pictures": arguments.pictures,
        "--review": arguments.review,
        "--overnight": arguments.overnight,
    }
    for option in (name for name, given in left_out.items() if given):
        say(_("{option} does not apply to a course guide and is left out.").format(option=option))
    arguments.templates, arguments.pictures = [COURSE_GUIDE], 0
    arguments.review, arguments.overnight = False, False
    return await generate(arguments, store, paths)


async def resume(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    board = JobBoard()
    async with open_program(store, paths, board) as program:
        files = _files_told(arguments, program)
        output = RunOutput(program, arguments.events)
        jobs = await program.runner.resume(files=files.wanted)
        if not jobs:
            say(_("There is nothing to go on with: no run was interrupted."))
        code = await finish(program, output, {job.id for job in jobs}, files.problems)
        done = any(job.status is Status.COMPLETE for job in board)
        if done and not (files.written or files.problems):
            say(_("The notes are in the library: see `notegen notes list` and `notes export`."))
        return code


async def estimate(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    board = JobBoard()
    async with open_program(store, paths, board) as program:
        if _asked_engine(program) is Engine.AUTO:
            await know_key(program)
        order = await order_of(arguments, program.services)
        order_estimate = await program.services.preflight.of(order)
        if arguments.json:
            print_json(estimate_json(order_estimate))
        else:
            _print_estimate(order_estimate.jobs, order)
            for words in (order_estimate.budget_words, _short_of_quota(order_estimate)):
                if words:
                    say(words)
    return OK


def _asked_engine(program: Program) -> Engine:
    return Engine(program.services.settings.current.text("general.engine"))


async def know_key(program: Program) -> None:
    """Wait a moment for the key ring, and longer, with a message, if the engine depends on it."""
    engine = _asked_engine(program)
    if engine is Engine.OFFLINE or engine.is_connection:
        return
    secrets = program.services.secrets
    try:
        await secrets.find(within_s=KEY_RING_MOMENT_S)
    except KeyRingLocked:
        if engine is Engine.AUTO:
            say(f"{_(KEY_RING_WAIT)} …")
            with suppress(KeyRingLocked):
                await secrets.find(within_s=PROMPT_S)


async def _start(program: Program, order: Order) -> tuple[NoteJob, ...]:
    """Start an order, or put it on the board as refused if it would exceed a budget.

    A video that cannot be read now has no estimate: its jobs will report the error.
    """
    refused: dict[tuple[str, str], NoteGenError] = {}
    if await program.services.preflight.matters(order):
        with suppress(SourceError, WriterError, NetworkUnreachable, TimedOut):
            order_estimate = await program.services.preflight.of(order)
            if order_estimate.short_of_quota:
                say(_short_of_quota(order_estimate))
            if order_estimate.over_budget:
                error = BudgetExceeded(
                    _("{budget_words} Nothing was sent.").format(
                        budget_words=order_estimate.budget_words
                    )
                )
                refused = {(row.video_id, row.template): error for row in order_estimate.jobs}
    return program.runner.submit(order, refused=refused)


def said_before(cost_usd: float, requests: int) -> str:
    return _("About {price} in {requests}.").format(
        price=price_words(cost_usd), requests=count(requests, "request")
    )


async def _say_estimate(program: Program, order: Order) -> None:
    """Print the estimate of a guide, before anything is sent; errors of reading are reported by its
    job."""
    with suppress(SourceError, WriterError, NetworkUnreachable, TimedOut):
        order_estimate = await program.services.preflight.of(order)
        asked = [row for row in order_estimate.jobs if row.requests and not row.stored]
        if asked:
            say(said_before(order_estimate.cost_usd, sum(row.requests for row in asked)))


def _short_of_quota(order_estimate: OrderEstimate) -> str:
    """Return why not all notes will be written today, and the options; or ""."""
    if not order_estimate.short_of_quota:
        return ""
    lines = [order_estimate.short_of_quota]
    if order_estimate.requests_combined < order_estimate.requests:
        lines.append(_("To allow that: notegen settings set processing.combine when-short"))
    lines.append(_("To write now what is too much: --engine offline, or another --model"))
    return "\n".join(lines)


# --- what is shown and what comes out ----------------------------------------------------------


class RunOutput:
    """Prints events for programs or text for users, as requested; changes of pace always as
    text."""

    def __init__(self, program: Program, events: bool) -> None:
        self._board = program.runner.board
        self.events = EventPrinter(self._board, SystemClock()) if events else None
        self._remedies = Remedies(program.services)
        self._remarks: set[str] = set()
        self._begun = False
        self._ends: list[Callable[[], None]] = []
        program.services.activity.subscribe(say)

    def begin(self) -> None:
        """Start printing the present state and all changes."""
        if not self._begun:
            self._begun = True
            in_words = ProgressPrinter(self._board, SystemClock(), self._ways)
            listeners = (self.events or in_words, self._say_remark)
            self._ends = [self._board.subscribe(listener) for listener in listeners]

    def end(self) -> None:
        """Stop printing."""
        for end in self._ends:
            end()

    def _say_remark(self, event: BoardEvent) -> None:
        if isinstance(event, VideoSeen) and event.video.remark:
            words = remark_words(event.video)
            if words not in self._remarks:
                self._remarks.add(words)
                say(words)

    def _ways(self, job: NoteJob) -> str:
        video = self._board.video(job.video_id)
        return self._remedies.words(job.failure, video, job.request) if job.failure else ""


class _Files:
    """Prints the paths of requested files as they are written, and collects errors for the end."""

    def __init__(self, arguments: argparse.Namespace, services: Services) -> None:
        self.level = level_of(services)
        self.folder = _target(arguments, services.exporter)
        self._format, self._level = arguments.format, arguments.level
        self.problems: dict[str, NoteGenError] = {}
        self.written = 0

    def wanted(self, before: FilesWanted | None = None) -> FilesWanted | None:
        """Return the files to write: those of `before`, changed by the present options; or None."""
        folder = self.folder or (before and before.folder)
        if not folder:
            return None
        format = self._format or (before.format if before else "md")
        level = self.level if self._level or before is None else before.level
        return FilesWanted(str(folder), format, level)

    def tell(self, job: NoteJob, outcome: SavedFile | NoteGenError) -> None:
        if isinstance(outcome, NoteGenError):
            self.problems[job.id] = outcome
            say_failure(outcome.failure())
            note = job.note.id if job.note else ""
            say(_("  The note is kept in the library: notegen notes show {note}").format(note=note))
            say(_("  To write the file after all: notegen resume, or notegen resume -o DIR"))
        else:
            self.written += 1
            words = "  {path}" if outcome.is_new else _("  {path} (already there)")
            say(words.format(path=outcome.path))


class _PicturesTold:
    """Prints the results of adding pictures; an error of several notes is printed once."""

    def __init__(self) -> None:
        self._failures: set[str] = set()

    def __call__(self, taken: PicturesTaken) -> None:
        if taken.failure is None or taken.failure.message not in self._failures:
            say(f"  {taken.note.template}: {taken.words}")
        if taken.failure is not None:
            self._failures.add(taken.failure.message)


def _files_told(arguments: argparse.Namespace, program: Program) -> _Files:
    """Start printing messages about files, pictures and the vault; return the files."""
    files = _Files(arguments, program.services)
    program.runner.tell_files(files.tell)
    program.runner.tell_pictures(_PicturesTold())
    program.vault.tell(say_kept_up)
    return files


async def finish(
    program: Program,
    output: RunOutput,
    job_ids: set[str],
    unfiled: Mapping[str, NoteGenError] = {},
) -> int:
    """Wait for the jobs and return the run's exit code. An interrupt cancels them and has its own
    code."""
    interrupted = False
    try:
        await program.runner.begun()
        output.begin()  # the run is in the journal before it is shown, so a kill cannot lose it
        await program.runner.settle()
    except asyncio.CancelledError:
        interrupted = True
        output.begin()
        program.runner.interrupt()
        await program.runner.wait()
    if output.events is not None:
        output.events.done(program.budget.spent)
    alone = 0 if interrupted else program.runner.left_alone
    if alone:
        output.end()  # the end of this program does not concern them
        say(_left_alone(program.runner.board, alone))
    if program.spool.waiting:
        say(program.spool.words)
    spent = program.budget.spent
    if spent.requests:
        say(
            _("estimated ${estimated_usd}, actual ${cost_usd}").format(
                estimated_usd=number(program.budget.estimated_usd, 4),
                cost_usd=number(spent.cost_usd, 4),
            )
        )
    if interrupted:
        return INTERRUPTED
    jobs = [program.runner.board.job(job_id) for job_id in job_ids]
    for job in jobs:
        if job.note is not None and job.note.lacks:
            say(f"  {job.template}: {job.note.lacks}")
    good = [job for job in jobs if job.status is Status.COMPLETE and job.id not in unfiled]
    done = len(good) + alone
    return exit_code(failed=len(jobs) - done, done=done)


def _left_alone(board: JobBoard, notes: int) -> str:
    """Return a text about the notes in batches, since when, and how to fetch them."""
    waits = Counter(job.wait_reason for job in board.active)
    each = (f"  {count(several, 'note')}: {_(words)}" for words, several in waits.items())
    return "\n".join(
        (
            ngettext(
                "{n} note left to be written over night, at half the price.",
                "{n} notes left to be written over night, at half the price.",
                notes,
            ).format(n=number(notes)),
            *each,
            _("`notegen resume` fetches what is there."),
        )
    )


def _say_unreviewed(board: JobBoard) -> None:
    """Print the notes whose review failed; they are complete, and the next run repeats the
    review."""
    for job in board.finished():
        note = job.note
        if note is not None and job.request.engine is not Engine.OFFLINE and review_items(note):
            why = f" {job.review_failure.message}" if job.review_failure else ""
            say(
                _(
                    "  {template}: not every statement had its second look.{why} The note is "
                    "kept; repeat the command to have the rest judged."
                ).format(template=job.template, why=why)
            )


def _target(arguments: argparse.Namespace, exporter: Exporter) -> Path | None:
    """Return the folder to write to, created and tested before anything is paid for; or None.

    Raises FormatUnavailable or FolderNotWritable.
    """
    if arguments.format and arguments.format not in exporter.formats():
        raise _Unusable(
            FormatUnavailable(
                _("The format {format} cannot be written here.").format(format=arguments.format)
            )
        )
    if arguments.output is None:
        return None
    folder = Path(arguments.output).absolute()
    try:
        exporter.prepare(folder)
    except NoteGenError as error:
        raise _Unusable(error) from error
    return folder


class _Unusable(UsageError):
    """An option that is impossible on this machine, detected before the run begins."""

    def __init__(self, error: NoteGenError) -> None:
        super().__init__(error.message, hint=error.hint)


def _print_notes(board: JobBoard, level: Level) -> None:
    notes = [job.note for job in board.finished() if job.note is not None]
    for place, note in enumerate(notes):
        if place:
            print("\n---\n")
        _print_note(note, level)


def _print_note(note: Note, level: Level) -> None:
    from notegen_desktop.services.markup.note_markdown import note_markdown

    print_text(note_markdown(note, level))


def estimate_json(order_estimate: OrderEstimate) -> dict[str, object]:
    rows = order_estimate.jobs
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
                "review_usd": round(row.review_usd, 6),
                "guessed": row.guessed,
                "requests": row.requests,
            }
            for row in rows
        ],
        "input_tokens": sum(row.input_tokens for row in rows),
        "cached_tokens": sum(row.cached_tokens for row in rows),
        "output_tokens": sum(row.output_tokens for row in rows),
        "cost_usd": round(order_estimate.cost_usd, 6),
        "over_budget": order_estimate.budget_words,
        "short_of_quota": order_estimate.short_of_quota,
    }


def _print_estimate(rows: Sequence[JobEstimate], order: Order) -> None:
    called = {link.key: _called(link) for link in order.links}
    head = (_("template"), _("video"), _("input"), _("cached"), _("output"), _("price"), _("time"))
    table = [head]
    for row in rows:
        price = _("stored") if row.stored and not row.review_usd else price_words(row.cost_usd)
        table.append(
            (
                row.template,
                called.get(row.video_id, row.video_id),
                f"{row.input_tokens:,}",
                f"{row.cached_tokens:,}",
                f"{row.output_tokens:,}",
                price,
                _("{hours} h").format(hours=24)
                if order.overnight and row.requests
                else _("{seconds} s").format(seconds=number(row.seconds)),
            )
        )
    print_table(table)
    second = sum(row.review_usd for row in rows)
    words = _("in all: {price}")
    if second:
        words = _("in all: {price}, of that for the second look: {second}")
    print(
        words.format(
            price=price_words(sum(row.cost_usd for row in rows)), second=price_words(second)
        )
    )
    if order.overnight:
        print(
            _(
                "Over night: half the price, within 24 hours, mostly sooner; needs a key with "
                "billing."
            )
        )
    if any(row.by_level for row in rows):
        print(_("This model cannot write three levels at once: each is asked for by itself."))
    if any(row.guessed for row in rows):
        print(_("The price of this model is not known: this is a guess, by the dearest that is."))


def _called(link: Link) -> str:
    if link.kind is LinkKind.FILE:
        return local_path(link.url).name
    return link.url.partition("#")[0]  # the fragment of an episode names its feed


def price_words(dollars: float) -> str:
    return f"${dollars:.4f}" if dollars else "free"
