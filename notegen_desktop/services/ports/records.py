"""Budgets, requests and runs, as the library stores them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, PartDraft, Usage
from notegen_desktop.domain.text.quantities import number, series
from notegen_desktop.domain.words import N2_, _, ngettext

from .notes import FilesWanted, Order


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget counter: its owner, its period, and its limit.

    `owner` names what is counted ("budget", "quota:gemini-x"), `period` when ("day:2026-11-24",
    "month:2026-11", "run:1f3a…"). `amount` is in US dollars or the owner's unit, exact to a
    millionth.
    """

    owner: str
    period: str
    amount: float


@dataclass(frozen=True, slots=True)
class Reservation:
    """The result of a reservation. Without an `id` it was refused.

    `refused` then is the limit that has no room, `left` what remains of it, and `held` what
    requests under way reserve of it, here and in other programs: less may be spent in the end.
    """

    id: str = ""
    refused: Limit | None = None
    left: float = 0.0
    held: float = 0.0

    @property
    def granted(self) -> bool:
        return bool(self.id)


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request to a writer, as it is booked. `outcome` is "ok" or the code of its error.

    `at` is seconds since the epoch, 0 for now; `seconds` its duration. The estimates are from
    before it was sent, 0 if there was none. With `once`, `at` identifies the record, and a second
    booking of it is ignored.
    """

    template: str
    model: str
    engine: str
    usage: Usage
    outcome: str = "ok"
    video_id: str = ""
    job_id: str = ""
    run_id: str = ""
    at: float = 0.0
    seconds: float = 0.0
    estimated_output_tokens: int = 0
    estimated_cost_usd: float = 0.0
    once: bool = False


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The usage of one day (local date, ISO), model and template.

    `failed` are among `requests`, and `rate_limited` among `failed`.
    """

    day: str
    model: str
    template: str
    requests: int
    failed: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    thought_tokens: int
    cost_usd: float
    estimated_cost_usd: float = 0.0
    rate_limited: int = 0


NO_LIMIT = 1e12
"""US dollars beyond any budget: a counter with this limit only counts."""


@dataclass(frozen=True, slots=True)
class Counter:
    """The state of a budget counter: `used` includes reservations not settled yet.

    `in_flight` is the number of these reservations: one for each request under way.
    """

    owner: str
    period: str
    used: float
    reserved: float
    limit: float
    in_flight: int = 0


class Ledger(Protocol):
    """Requests, cost, budgets and learnt facts. Every method is durable when it returns."""

    async def record(self, request: RequestRecord) -> None: ...

    async def answered(self, since: float) -> dict[str, int]:
        """Return, by model, the number of requests since then (epoch seconds) that were not refused
        for a quota."""
        ...

    async def usage(self, *, since: str = "", until: str = "") -> list[UsageRow]:
        """Return usage by day, model and template, newest day first; local ISO dates, both
        inclusive."""
        ...

    async def correction(self, *, template: str, model: str) -> float | None:
        """Return the ratio of actual to estimated output tokens in the latest whole answers; None
        before the first."""
        ...

    async def reserve(
        self,
        amount: float,
        limits: Sequence[Limit],
        *,
        lease_s: float,
        reservation_id: str = "",
    ) -> Reservation:
        """Reserve `amount` of all the limits or of none, never beyond a limit.

        Expires after `lease_s`, or if its program died. Idempotent with the caller's own id.
        """
        ...

    async def settle(self, reservation_id: str, actual: float) -> None:
        """Replace the reserved amount by the actual one. Idempotent."""
        ...

    async def counters(self) -> list[Counter]: ...

    async def remember(self, key: str, value: Any, *, until: float | None = None) -> None:
        """Store a learnt fact, a JSON value, until a time (epoch seconds) or for good."""
        ...

    async def recall(self, key: str, default: Any = None) -> Any: ...

    async def forget(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """Finished sections of a note that is written in `parts` parts, by part; none if `parts` is 0.

    `basis` is a hash of everything they were written from; earlier versions stored none.
    """

    parts: int = 0
    drafts: tuple[PartDraft, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run that was interrupted.

    `requests` are those of jobs that are not final, in the order they were added; `failed` those of
    failed jobs, with the reason. `unfiled` are complete ones without a written file, if the order
    asked for files. `queue_order` has the ids of videos in the user's order, of other runs, too;
    `paused` is True if the queue was paused on this machine.
    """

    id: str
    order: Order
    videos: tuple[Video, ...]
    requests: tuple[NoteRequest, ...]
    unfiled: tuple[NoteRequest, ...] = ()
    failed: tuple[tuple[NoteRequest, Failure], ...] = ()
    queue_order: tuple[str, ...] = ()
    paused: bool = False


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request in a batch: in the journal from before its batch is sent until its note is stored
    or given up.

    `key` identifies it in its `batch`, which is a title, at `position` from 0; `name` is the
    service's name of the batch, "" until known. `account` stands for the key it was sent with,
    `fingerprint` for the transcript. `usd` is what a budget was charged: the estimate or, once it
    is `booked`, the cost. `at` is when it was sent, in seconds since the epoch.
    """

    key: str
    job_id: str
    batch: str
    position: int = 0
    name: str = ""
    account: str = ""
    fingerprint: str = ""
    usd: float = 0.0
    booked: bool = False
    at: float = 0.0


class Journal(Protocol):
    """The journal of jobs under way, from which a killed program resumes. Durable when a method
    returns."""

    async def begin_run(
        self, order: Order, jobs: Sequence[NoteJob] = (), *, videos: Sequence[Video] = ()
    ) -> str:
        """Open a run; return its id."""
        ...

    async def video_seen(self, *videos: Video) -> None: ...

    async def job_changed(self, run_id: str, *jobs: NoteJob) -> None:
        """Store jobs' status, attempt and failure; a new job is added to the run."""
        ...

    async def save_draft(
        self,
        run_id: str,
        job: NoteJob,
        draft: Draft,
        *,
        part: int = 0,
        parts: int = 1,
        done: bool = False,
        basis: str = "",
    ) -> None:
        """Store these finished sections (`Draft.kept`), replacing earlier ones.

        With several `parts`, sections of other parts are kept; `done` marks a part as complete.
        `basis` is a hash of everything they were written from. Ignored if a later attempt is
        stored.
        """
        ...

    async def file_written(self, run_id: str, job_id: str, path: str) -> None:
        """Record that the requested file of a note is written."""
        ...

    async def kept(self, job_id: str) -> KeptDraft:
        """Return the last stored sections of an incomplete note, from any run."""
        ...

    async def finish_run(self, run_id: str) -> None:
        """End a run. Drafts of its incomplete notes are kept for a later one."""
        ...

    async def keep_alive(self, run_id: str, *, lease_s: float = 120.0) -> bool:
        """Renew the lease of a run and of this program's claims on a library shared by several
        machines.

        False if another machine has taken the run over.
        """
        ...

    async def save_queue_order(
        self, run_ids: Sequence[str], video_ids: Sequence[str], *, paused: bool
    ) -> None:
        """Store the order of the queue with these runs, and if it is paused."""
        ...

    async def unfinished(self) -> list[UnfinishedRun]:
        """Return interrupted runs, newest first; never one that is under way in any program."""
        ...

    async def take_over(self, run_id: str, *, files: FilesWanted | None = None) -> bool:
        """Make an interrupted run this program's own; False if another was first.

        `files` replaces the files that were requested.
        """
        ...

    async def claim(self, name: str, *, lease_s: float = 120.0) -> str:
        """Claim a name for this program alone; return the claim's id.

        "" while another program has it: on this machine as long as that lives, on another as long
        as its lease is renewed.
        """
        ...

    async def release(self, claim_id: str) -> None:
        """Release a claim. Idempotent."""
        ...

    async def put_sent(self, *sent: SentRequest) -> None:
        """Store these requests, each replacing the one of its key."""
        ...

    async def sent(self, *, job_id: str = "", batch: str = "") -> list[SentRequest]:
        """Return the batch requests of a job, or of a batch."""
        ...

    async def drop_sent(self, *keys: str) -> None: ...


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """Settings of the database connection pool; times in seconds. Defaults as measured for a
    desktop."""

    size: int = 3
    overflow: int = 2
    timeout_s: float = 15.0
    connect_timeout_s: float = 15.0
    idle_s: float = 30.0


@dataclass(frozen=True, slots=True)
class PoolUse:
    """The state of the connection pool: its maximum, connections in use and beyond `size`, and
    waiters."""

    size: int
    in_use: int
    overflow: int
    waiting: int
    most: int

    @property
    def share(self) -> float:
        """Return the share of allowed connections in use, 0 to 1; 1 while any request waits."""
        if self.waiting:
            return 1.0
        return min(1.0, self.in_use / self.most) if self.most else 0.0


@dataclass(frozen=True, slots=True)
class Checkup:
    """The library's result in `doctor`."""

    ok: bool
    message: str
    hint: str = ""
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Repaired:
    """The result of repairing a library: numbers of notes, and the path of the damaged file."""

    whole: int = 0
    incomplete: int = 0
    lost: int = 0
    damaged_file: str = ""

    @property
    def words(self) -> str:
        total = self.whole + self.incomplete + self.lost
        parts = [
            ngettext(
                "{whole} of {n} note is whole", "{whole} of {n} notes are whole", total
            ).format(whole=number(self.whole), n=number(total))
        ]
        for several, one, many in (
            (self.incomplete, *N2_("{n} lacks a part", "{n} lack a part")),
            (self.lost, *N2_("{n} could not be read", "{n} could not be read")),
        ):
            parts += [ngettext(one, many, several).format(n=number(several))] if several else []
        return _("{said}. The damaged file is kept as {damaged_file}.").format(
            said=series(parts), damaged_file=self.damaged_file
        )


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore: the `backup` used; `kept` is the path of the replaced file, or
    None."""

    backup: Path
    kept: Path | None

    @property
    def words(self) -> str:
        said = _("The library is that of the backup {name} again.").format(name=self.backup.name)
        if self.kept is None:
            return said
        return _("{said} What lay in its place is kept as {file}.").format(
            said=said, file=self.kept
        )


class Holder(Protocol):
    """A program's sign of life, by which leftovers of dead programs are recognized."""

    token: str

    def alive(self, token: str) -> bool | None:
        """Return True if the program of a token lives; None if it is another machine's."""
        ...
