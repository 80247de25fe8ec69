"""Output for users and programs: messages, tables and event lines."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.jobs.board import BoardEvent, JobAdded, JobBoard, JobChanged, TextGrew
from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status
from notegen_desktop.domain.links.link import Reject
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.domain.text.cleaning import harmless, visible
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.clock import Clock

OK, INTERNAL, USAGE, SOME_FAILED, ALL_FAILED, LACKING, INTERRUPTED = 0, 1, 2, 3, 4, 69, 130
"""Exit codes."""


def exit_code(*, failed: int, done: int) -> int:
    """Return the exit code of a command with `failed` and `done` items."""
    if not failed:
        return OK
    return SOME_FAILED if done else ALL_FAILED


def say(message: str) -> None:
    """Print a message for the user, on standard error."""
    print(harmless(message), file=sys.stderr, flush=True)


def read_stdin() -> str:
    """Return standard input; "" if it is closed."""
    return sys.stdin.read() if sys.stdin else ""


def say_left_out(reject: Reject) -> None:
    say(": ".join(part for part in (_("left out"), reject.text, reject.reason) if part))


def say_failure(failure: Failure) -> None:
    say(f"notegen: {failure.message}" + (f"\n  {failure.hint}" if failure.hint else ""))


def one_line(name: str) -> str:
    """Return a title or name without line breaks, which could forge or overwrite a line."""
    return " ".join(visible(name).split())


def print_text(text: str) -> None:
    """Print a text with its own line ends, on standard output."""
    print(harmless(text), end="")


def print_name(name: str) -> None:
    """Print an address or path: exactly for another program, sanitized for a terminal."""
    print(harmless(name) if sys.stdout.isatty() else name)


def print_excerpt(text: str, marks: Iterable[tuple[int, int]]) -> None:
    """Print a snippet below its row; a terminal shows the marked characters in bold."""
    if not text.strip():
        return
    bold, plain = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")
    pieces, done = [], 0
    for start, end in marks:
        pieces += [harmless(text[done:start]), bold, harmless(text[start:end]), plain]
        done = end
    print("   ", "".join((*pieces, harmless(text[done:]))))


class PeriodicProgress:
    """Reports the progress of a long command, on standard error and every few seconds.

    `words` has the placeholders `{done}` and `{total}`.
    """

    EVERY_S = 2.0

    def __init__(self, words: str, now: Callable[[], float] = time.monotonic) -> None:
        self._words, self._now = words, now
        self._told = now()

    def __call__(self, done: int, total: int) -> None:
        if self._now() - self._told >= self.EVERY_S:
            self._told = self._now()
            say(self._words.format(done=number(done), total=number(total)))


def print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=2))


def print_done(arguments: argparse.Namespace, words: str, **facts: Any) -> None:
    """Print the result of a command: a line of text, or with --json an object with the facts."""
    if arguments.json:
        print_json(facts)
    else:
        print(words)


def print_table(rows: Iterable[Sequence[str]]) -> None:
    """Print rows as aligned columns; the last column is never padded or cut."""
    table = [tuple(map(one_line, row)) for row in rows]
    if not table:
        return
    widths = [max(len(row[n]) for row in table) for n in range(len(table[0]) - 1)]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, row[-1]]).rstrip())


class EventPrinter:
    """Prints the events of the board as JSON lines on standard output; `t` is seconds since its
    creation."""

    def __init__(self, board: JobBoard, clock: Clock) -> None:
        self._board = board
        self._clock = clock
        self._begun = clock.monotonic()
        self._over: dict[str, int] = {}

    def __call__(self, event: BoardEvent) -> None:
        if isinstance(event, JobAdded | JobChanged):
            job = event.job
            if job.is_final and self._over.get(job.id) == job.attempt:
                return  # only the pictures of its note have changed
            if job.is_final:
                self._over[job.id] = job.attempt
            self._print(self._job(job))
        elif isinstance(event, TextGrew):
            self._print(
                {
                    "event": "text",
                    "t": self._t(),
                    "job": event.job.id,
                    "section": event.section,
                    "chars": event.chars,
                }
            )

    def done(self, usage: Usage) -> None:
        finals = list(self._board)
        self._print(
            {
                "event": "done",
                "t": self._t(),
                "complete": sum(job.status is Status.COMPLETE for job in finals),
                "failed": sum(job.status is Status.ERROR for job in finals),
                "cancelled": sum(job.status is Status.CANCELLED for job in finals),
                "makespan_s": self._t(),
                **usage.to_json(),
            }
        )

    def _job(self, job: NoteJob) -> dict[str, Any]:
        wait = max(0.0, job.wait_until - self._clock.time()) if job.wait_until else None
        return {
            "event": "job",
            "t": self._t(),
            "job": job.id,
            "source": self._board.video(job.video_id).url or job.video_id,
            "template": job.template,
            "status": job.status.value,
            "stage": job.stage.value,
            "progress": round(job.progress, 4),
            "attempt": job.attempt,
            "wait_s": None if wait is None else round(wait, 3),
            "finish_rank": job.finish_rank,
            "error": job.failure.to_json() if job.failure else None,
        }

    def _t(self) -> float:
        return round(self._clock.monotonic() - self._begun, 3)

    @staticmethod
    def _print(data: dict[str, Any]) -> None:
        print(json.dumps(data, ensure_ascii=False), flush=True)


class ProgressPrinter:
    """Prints the events of the board as text on standard error: starts, waits, ends and failures.

    A wait is printed once, with its length at the time, and an error of several notes once in full.
    `ways` returns the remedies of a failure, as text, or "".
    """

    def __init__(
        self, board: JobBoard, clock: Clock, ways: Callable[[NoteJob], str] = lambda _job: ""
    ) -> None:
        self._ways = ways
        self._board = board
        self._clock = clock
        self._told: dict[str, str] = {}
        self._failed: set[str] = set()

    def __call__(self, event: BoardEvent) -> None:
        if not isinstance(event, JobAdded | JobChanged):
            return
        job = event.job
        words = self._words(job)
        if words and self._told.get(job.id) != words:
            self._told[job.id] = words
            if job.stage is Stage.WAITING and job.wait_until and not job.is_final:
                seconds = max(1, round(job.wait_until - self._clock.time()))
                words = _("{reason}, {seconds} s …").format(
                    reason=_(job.wait_reason), seconds=seconds
                )
            if job.status is Status.ERROR:
                words, full = _("failed likewise") if words in self._failed else words, words
                self._failed.add(full)
            say(f"{one_line(self._board.video(job.video_id).name)}: {job.template}: {words}")
            if job.status is Status.ERROR and (ways := self._ways(job)):
                say(ways)

    @staticmethod
    def _words(job: NoteJob) -> str:
        if job.status is Status.COMPLETE:
            seconds = (job.finished_at or 0) - (job.started_at or job.created_at)
            return _("complete ({seconds} s)").format(seconds=number(seconds, 1))
        if job.status is Status.ERROR and job.failure:
            return (
                _("failed: {message} {hint}")
                .format(message=job.failure.message, hint=job.failure.hint)
                .rstrip()
            )
        if job.status is Status.CANCELLED:
            return _("cancelled")
        if job.stage is Stage.WAITING:
            return f"{_(job.wait_reason)} …"
        if job.stage in (Stage.READING, Stage.WRITING):
            return _("reading …") if job.stage is Stage.READING else _("writing …")
        return ""
