"""Budgets, requests and runs, as the library keeps them."""

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
    """A budget counter: whose, for which stretch of time, and how much of it there is.

    `owner` names what is counted ("budget", "quota:gemini-x"), `period` when ("day:2026-11-24",
    "month:2026-11", "run:1f3a…"). `amount` is in US dollars or whatever the owner counts in, exact
    to a millionth.
    """

    owner: str
    period: str
    amount: float


@dataclass(frozen=True, slots=True)
class Reservation:
    """The answer to a wish for budget. Without an `id` it was refused.

    `refused` then is the limit that has no room, `left` what remains of it, and `held` what
    requests under way hold of it, here and in other programs: less may be spent in the end.
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

    `at` is seconds since the epoch, 0 for now; `seconds` how long it took. The estimates are what
    was estimated before it was sent, 0 if nothing was. With `once`, `at` tells it from all others,
    and the same record told twice is booked once.
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
    """What one day (local date, ISO), model and template took.

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
    """A budget counter as it stands: `used` includes what is reserved and not settled yet.

    `in_flight` is how many reservations that is: a request under way holds one.
    """

    owner: str
    period: str
    used: float
    reserved: float
    limit: float
    in_flight: int = 0


class Ledger(Protocol):
    """Requests, cost, budgets and what was learnt. Every method is durable when it returns."""

    async def record(self, request: RequestRecord) -> None: ...

    async def answered(self, since: float) -> dict[str, int]:
        """By model: how many requests since then (epoch seconds) were not refused for a quota."""
        ...

    async def usage(self, *, since: str = "", until: str = "") -> list[UsageRow]:
        """By day, model and template, newest day first; local ISO dates, both inclusive."""
        ...

    async def correction(self, *, template: str, model: str) -> float | None:
        """Output tokens over estimated ones in the latest whole answers; None before the first."""
        ...

    async def reserve(
        self,
        amount: float,
        limits: Sequence[Limit],
        *,
        lease_s: float,
        reservation_id: str = "",
    ) -> Reservation:
        """Take `amount` from all the limits or from none, never more than there is.

        Unsettled after `lease_s`, or left behind by a program that died, it is given back. With an
        id of the caller's, twice is once.
        """
        ...

    async def settle(self, reservation_id: str, actual: float) -> None:
        """Replace the reserved amount by what it really was. Twice is once."""
        ...

    async def counters(self) -> list[Counter]: ...

    async def remember(self, key: str, value: Any, *, until: float | None = None) -> None:
        """Keep a fact that was learnt, a JSON value, until a time (epoch seconds) or for good."""
        ...

    async def recall(self, key: str, default: Any = None) -> Any: ...

    async def forget(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """Whole sections of a note that is written in so many `parts`, by part; none if `parts` is 0.

    `basis` stands for all that they were written from; earlier versions kept none.
    """

    parts: int = 0
    drafts: tuple[PartDraft, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run that ended without finishing.

    `requests` are those of jobs that are not final, in the order they were added; `failed` are
    those of jobs that failed, and why. `unfiled` are
    those complete of which no file is on record; only an order for files wants them.
    `queue_order` has the ids of videos in the order people wanted, of other runs, too; `paused`
    says that the queue stood still, on this machine.
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
    """A request that is written over night: on record from before its batch is sent until its note
    is stored or given up.

    `key` names it in its `batch`, whose title that is, where it has a `position` from 0; `name` is
    what the service calls the batch, "" until that is known. `account` stands for the key it was
    sent with, `fingerprint` for the words of the video. `usd` is what a budget was charged for it:
    what was estimated or, once it is `booked`, what it cost. `at` is when it was sent, in seconds
    since the epoch.
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
    """What is under way, so that a killed program can go on. Durable when a method returns."""

    async def begin_run(
        self, order: Order, jobs: Sequence[NoteJob] = (), *, videos: Sequence[Video] = ()
    ) -> str:
        """Open a run; returns its id."""
        ...

    async def video_seen(self, *videos: Video) -> None: ...

    async def job_changed(self, run_id: str, *jobs: NoteJob) -> None:
        """Keep jobs' status, attempt and failure; one not seen before is added to the run."""
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
        """Keep these sections, all of them whole (`Draft.kept`), instead of those kept before.

        Of a note in `parts`, those of the other parts are kept beside them; `done` says that a part
        has all its sections. `basis` stands for all that they were written from. Ignored if a later
        attempt is on record.
        """
        ...

    async def file_written(self, run_id: str, job_id: str, path: str) -> None:
        """The file of a note is where it was asked for."""
        ...

    async def kept(self, job_id: str) -> KeptDraft:
        """The sections kept last for a note that was not completed, in whichever run."""
        ...

    async def finish_run(self, run_id: str) -> None:
        """The run is over. The drafts of what it did not complete are kept for a later one."""
        ...

    async def keep_alive(self, run_id: str, *, lease_s: float = 120.0) -> bool:
        """For a library shared by several machines: this run is still under way here, and so is
        what this program claimed.

        False if another machine has taken it over meanwhile.
        """
        ...

    async def save_queue_order(
        self, run_ids: Sequence[str], video_ids: Sequence[str], *, paused: bool
    ) -> None:
        """Keep the order of the queue with these runs, and whether it stands still."""
        ...

    async def unfinished(self) -> list[UnfinishedRun]:
        """Runs left behind, newest first. A run that is under way somewhere is not among them."""
        ...

    async def take_over(self, run_id: str, *, files: FilesWanted | None = None) -> bool:
        """Make an unfinished run this program's own; False if another was quicker.

        `files` are asked for from now on, instead of those that were.
        """
        ...

    async def claim(self, name: str, *, lease_s: float = 120.0) -> str:
        """Have what is named so to this program alone; returns the claim's id.

        "" while another program has it: on this machine for as long as that lives, on another for
        as long as its lease is renewed.
        """
        ...

    async def release(self, claim_id: str) -> None:
        """End a claim. Twice is once."""
        ...

    async def put_sent(self, *sent: SentRequest) -> None:
        """Keep these as they are now, each in the place of the one of its key."""
        ...

    async def sent(self, *, job_id: str = "", batch: str = "") -> list[SentRequest]:
        """What is written over night for a job, or in a batch."""
        ...

    async def drop_sent(self, *keys: str) -> None: ...


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """Connections to the database; times in seconds. Defaults as measured for a desktop."""

    size: int = 3
    overflow: int = 2
    timeout_s: float = 15.0
    connect_timeout_s: float = 15.0
    idle_s: float = 30.0


@dataclass(frozen=True, slots=True)
class PoolUse:
    """Connections now: how many may be, are in use, are beyond `size`, and are waited for."""

    size: int
    in_use: int
    overflow: int
    waiting: int
    most: int

    @property
    def share(self) -> float:
        """Part of all allowed connections that is in use, 0 to 1; 1 while anybody waits."""
        if self.waiting:
            return 1.0
        return min(1.0, self.in_use / self.most) if self.most else 0.0


@dataclass(frozen=True, slots=True)
class Checkup:
    """What `doctor` says about the library."""

    ok: bool
    message: str
    hint: str = ""
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of a damaged library: numbers of notes, and where the damaged file is kept."""

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
    """The `backup` that is the library again; `kept` is what lay in its place, None for nothing."""

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
    """A program's sign of life, by which what a dead one left is told from what a live one has."""

    token: str

    def alive(self, token: str) -> bool | None:
        """Whether the program of a token lives; None if it is another machine's."""
        ...
