"""What the runner and the widgets expect of the world, as narrow protocols.

Adapters fulfil them; tests hold each adapter and its fake to the same contract suite.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from notegen_desktop.domain.board import JobBoard
from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.jobs import NoteJob, NoteRequest, Status
from notegen_desktop.domain.links import Link
from notegen_desktop.domain.notes import Draft, Engine, Level, Mode, Note, Usage
from notegen_desktop.domain.part import Part, PartDraft
from notegen_desktop.domain.settings import Settings
from notegen_desktop.domain.templates import NoteTemplate
from notegen_desktop.domain.transcript import CaptionTrack, Transcript
from notegen_desktop.domain.video import Video

# --- sources -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Material:
    """What a source gave: the video's facts and, where there are any, its words.

    `missing` says why there is no transcript, when there is none. `origin` says in words where the
    transcript comes from, including each step down ("automatic captions, English"). `uploadable`
    is true of a file that a model can watch or hear once it is uploaded; `state` tells a media file
    from what it was before it was changed.
    """

    video: Video
    transcript: Transcript | None = None
    missing: Failure | None = None
    origin: str = ""
    uploadable: bool = False
    state: str = ""

    @property
    def fingerprint(self) -> str:
        """Tells the same source with other content apart: by its words or, failing them, state."""
        return self.transcript.fingerprint if self.transcript else self.state


class VideoSource(Protocol):
    """Reads videos. Never raises for missing captions: that is `Material.missing`."""

    async def describe(self, link: Link) -> Video:
        """Title, channel, length: quick, for showing. Raises SourceError, NetworkUnreachable."""
        ...

    async def read(
        self,
        link: Link,
        *,
        languages: Sequence[str],
        want_transcript: bool = True,
        track: CaptionTrack | None = None,
    ) -> Material:
        """The facts and the words, fetched once for all templates.

        `track`, one of `tracks`, is read instead of the one that fits the languages best, and stays
        the choice for this link. Raises SourceError or NetworkUnreachable when the video itself
        cannot be had.
        """
        ...

    async def tracks(self, link: Link) -> list[CaptionTrack]:
        """The captions on offer, in the order they are listed; raises as `read` does."""
        ...

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        """The videos of a playlist or channel, a page of `count` from number `start`."""
        ...

    async def aclose(self) -> None: ...


MOST_UPLOADED = 2 * 1024**3
"""Bytes of the largest file that Gemini takes."""


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A film or recording where a model can watch or hear it. `expires_at` is epoch seconds."""

    uri: str
    mime_type: str
    name: str = ""
    expires_at: float = 0.0


class SpeechToText(Protocol):
    """Hears what is said in a file, on this machine."""

    def unavailable(self) -> Failure | None:
        """Why it cannot be used now, with what to do about it; None if it can. Quick."""
        ...

    async def hear(self, path: Path, progress: Callable[[float], None]) -> Transcript:
        """The words, of kind `speech`; `progress` is told 0 to 1. Cancelling ends the work.

        Raises SpeechUnavailable, FileUnreadable, NothingSaid.
        """
        ...

    async def aclose(self) -> None: ...


class Uploads(Protocol):
    """Brings files to where a model can watch them."""

    async def upload(
        self, path: Path, mime_type: str, progress: Callable[[float], None]
    ) -> MediaRef:
        """Upload a file and wait until it can be used; `progress` is told 0 to 1.

        Goes on after broken connections. Raises UnsupportedSource, FileMissing, FileUnreadable,
        KeyMissing, KeyRejected, ServiceUnavailable, NetworkUnreachable or TimedOut.
        """
        ...

    async def find(self, name: str) -> MediaRef | None:
        """An earlier upload, if it can still be used. Raises as `upload` does."""
        ...

    async def delete(self, name: str) -> None:
        """Delete an upload; one that is gone already is fine. Raises as `upload` does."""
        ...

    async def aclose(self) -> None: ...


# --- writers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assignment:
    """One note to write. `mode` is settled (never `auto`), `language` a BCP 47 tag or "".

    `whole_sections` are those that are kept already, when an interrupted note is completed;
    `reason` says what was wrong with an earlier answer, when it is asked for again. Of a long video
    only `part` is asked for, and `transcript` has its words. `media` is where a video is that lies
    on this machine. `others` are further notes for the same answer, of the same material, model,
    mode and language.
    """

    template: NoteTemplate
    video: Video
    transcript: Transcript | None
    mode: Mode
    language: str
    model: str
    whole_sections: Draft | None = None
    reason: str = ""
    part: Part | None = None
    media: MediaRef | None = None
    others: tuple[Assignment, ...] = ()


@dataclass(frozen=True, slots=True)
class Writing:
    """What a writer yields as it goes on. The last one has `finished` set.

    `draft` and `usage` are cumulative; `progress` is the writer's own estimate, 0 to 1.
    `truncated` says that the answer was cut at its length limit: whole sections are kept.
    Where the assignment has others, `draft` has the sections of all notes, and `notes` each note by
    itself, in the order asked; `finished` says of one of those that it is whole.
    """

    draft: Draft
    usage: Usage = field(default_factory=Usage)
    progress: float = 0.0
    finished: bool = False
    truncated: bool = False
    model: str = ""
    notes: tuple[Writing, ...] = ()


class NoteWriter(Protocol):
    """Writes one note at a time per call; calls may run side by side."""

    engine: Engine

    async def prepare(self) -> None:
        """Load what is heavy ahead of the first note. Sends nothing; a second call is free."""
        ...

    def write(self, assignment: Assignment) -> AsyncGenerator[Writing, None]:
        """Stream the note. Closing the iterator, or cancelling, closes the connection at once.

        Raises WriterError, NetworkUnreachable or TimedOut; retries nothing by itself.
        """
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that can write notes. Limits in tokens, 0 if unknown."""

    id: str
    name: str
    input_limit: int = 0
    output_limit: int = 0


class ModelCatalogue(Protocol):
    """Tests a key and lists models."""

    async def models(self, api_key: str | None = None) -> list[ModelInfo]:
        """Models usable for notes. Raises KeyMissing, KeyRejected, NetworkUnreachable."""
        ...


# --- library -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoteSummary:
    """A row of the library. `snippet` shows where a search matched, plain text."""

    id: str
    title: str
    template: str
    video_id: str
    video_title: str
    channel: str
    engine: str
    model: str
    language: str
    created: str
    cost_usd: float
    snippet: str = ""


class NoteStore(Protocol):
    """Stored notes. Every method is durable when it returns."""

    async def save(self, note: Note, request: NoteRequest, *, fingerprint: str = "") -> Note:
        """Store a note, replacing an earlier one of the same request; returns it with its id."""
        ...

    async def find(self, request: NoteRequest, *, fingerprint: str | None = None) -> Note | None:
        """The stored note of a request. A given fingerprint must match that of its transcript."""
        ...

    async def get(self, note_id: str) -> Note:
        """Raises NoteMissing."""
        ...

    async def recent(self, *, limit: int = 200, offset: int = 0) -> list[NoteSummary]: ...

    async def search(self, text: str, *, limit: int = 200) -> list[NoteSummary]: ...

    async def revise(self, note: Note) -> None:
        """Put a changed note in the place of the stored one of its id. Raises NoteMissing."""
        ...

    async def delete(self, note_id: str) -> None:
        """Raises NoteMissing."""
        ...

    async def restore(self, note: Note) -> None:
        """Take back a deletion."""
        ...

    async def put_transcript(self, video: Video, transcript: Transcript) -> None: ...

    async def get_transcript(self, video_id: str) -> Transcript | None: ...

    async def get_video(self, video_id: str) -> Video | None:
        """What is known of a video from notes and transcripts: title, channel, chapters, length."""
        ...

    async def aclose(self) -> None: ...


# --- budgets, requests and runs, kept in the library ---------------------------------------------


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

    `refused` then is the limit that has no room, and `left` what remains of it.
    """

    id: str = ""
    refused: Limit | None = None
    left: float = 0.0

    @property
    def granted(self) -> bool:
        return bool(self.id)


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request to a writer, as it is booked. `outcome` is "ok" or the code of its error.

    `at` is seconds since the epoch, 0 for now; `seconds` how long it took. The estimates are what
    was foretold before it was sent, 0 if nothing was.
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


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What one day (local date, ISO), model and template took. `failed` are among `requests`."""

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


@dataclass(frozen=True, slots=True)
class Counter:
    """A budget counter as it stands: `used` includes what is reserved and not settled yet."""

    owner: str
    period: str
    used: float
    reserved: float
    limit: float


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
        self, amount: float, limits: Sequence[Limit], *, lease_s: float
    ) -> Reservation:
        """Take `amount` from all the limits or from none, never more than there is.

        Unsettled after `lease_s`, or left behind by a program that died, it is given back.
        """
        ...

    async def extend(self, reservation_id: str, *, lease_s: float) -> bool:
        """Hold a reservation for longer, from now on; False if it was given back already."""
        ...

    async def settle(self, reservation_id: str, actual: float) -> None:
        """Replace the reserved amount by what it really was. Twice is once."""
        ...

    async def release(self, reservation_id: str) -> None:
        """Give the whole reservation back. Twice is once."""
        ...

    async def counters(self) -> list[Counter]: ...

    async def remember(self, key: str, value: Any, *, until: float | None = None) -> None:
        """Keep a fact that was learnt, a JSON value, until a time (epoch seconds) or for good."""
        ...

    async def recall(self, key: str, default: Any = None) -> Any: ...

    async def forget(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class UnfinishedJob:
    """A job as its run left it.

    `draft` holds its whole sections. Of a note that is written in `parts` it holds those that were
    kept last, of `part`, counted from 0; `part_drafts` has those of all parts that were begun.
    """

    request: NoteRequest
    status: Status
    attempt: int
    draft: Draft
    part: int = 0
    parts: int = 1
    failure: Failure | None = None
    part_drafts: tuple[PartDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run that ended without finishing. `created` is seconds since the epoch.

    `jobs` are those that are not final, in the order they were added; `finished` counts the others.
    """

    id: str
    created: float
    order: Order
    videos: tuple[Video, ...]
    jobs: tuple[UnfinishedJob, ...]
    finished: int = 0


class Journal(Protocol):
    """What is under way, so that a killed program can go on. Durable when a method returns."""

    async def begin_run(
        self, order: Order, jobs: Sequence[NoteJob] = (), *, videos: Sequence[Video] = ()
    ) -> str:
        """Open a run; returns its id."""
        ...

    async def video_seen(self, video: Video) -> None: ...

    async def job_changed(self, run_id: str, job: NoteJob) -> None:
        """Keep a job's status, attempt and failure; a job not seen before is added to the run."""
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
    ) -> None:
        """Keep these sections, all of them whole (`Draft.kept`), instead of those kept before.

        Of a note in `parts`, those of the other parts are kept beside them; `done` says that a part
        has all its sections. Ignored if a later attempt is on record.
        """
        ...

    async def finish_run(self, run_id: str) -> None:
        """The run is over; its drafts are dropped."""
        ...

    async def keep_alive(self, run_id: str, *, lease_s: float = 120.0) -> None:
        """For a library shared by several machines: this run is still under way here."""
        ...

    async def unfinished(self) -> list[UnfinishedRun]:
        """Runs left behind, newest first. A run that is under way somewhere is not among them."""
        ...

    async def take_over(self, run_id: str) -> bool:
        """Make an unfinished run this program's own; False if another was quicker."""
        ...


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


class Library(Protocol):
    """The database as a whole, as `wiring` opens it."""

    @property
    def store(self) -> NoteStore: ...

    @property
    def ledger(self) -> Ledger: ...

    @property
    def journal(self) -> Journal: ...

    def pool_use(self) -> PoolUse: ...

    async def check(self) -> Checkup: ...

    async def backup(self, target: Path) -> Path:
        """A whole copy in a new file. Raises NotYetAvailable where the server does backups."""
        ...

    async def aclose(self) -> None: ...


# --- this machine ------------------------------------------------------------------------------


class Secrets(Protocol):
    """The API key: environment first, then the operating system's key ring."""

    def api_key(self) -> str | None: ...

    def origin(self) -> str:
        """Where the key is: "environment", "key ring", "this session" or "" for none."""
        ...

    def set_api_key(self, key: str) -> bool:
        """Keep a key ("" forgets it). False if no safe key ring: it then lasts this session."""
        ...


class SettingsStore(Protocol):
    """The settings as they stand, and the file they are kept in."""

    @property
    def current(self) -> Settings: ...

    def change(self, changes: dict[str, Any]) -> Settings:
        """Check and keep values. Raises InvalidSetting, FolderNotWritable, DiskFull."""
        ...

    def subscribe(self, listener: Callable[[Settings], None]) -> Callable[[], None]: ...


class Templates(Protocol):
    """Built-in templates and the user's own."""

    def all(self) -> tuple[NoteTemplate, ...]: ...

    def get(self, template_id: str) -> NoteTemplate:
        """Raises UnknownTemplate, with near names."""
        ...

    def problems(self) -> tuple[str, ...]:
        """What is wrong with the user's own files, a line each."""
        ...


class Exporter(Protocol):
    """Writes a note to a file."""

    def formats(self) -> tuple[str, ...]: ...

    def render(self, note: Note, format: str, level: Level) -> bytes:
        """The bytes of a file. Raises FormatUnavailable."""
        ...

    def save(self, note: Note, folder: Path, format: str, level: Level, *, stem: str = "") -> Path:
        """Write below `folder`, never over another file, never outside. Raises StoreError."""
        ...

    def save_to_tree(self, note: Note, folder: Path, format: str, level: Level) -> Path:
        """Write `folder/<video title or id>/<template>.<ext>`. Raises StoreError."""
        ...

    def prepare(self, folder: Path) -> None:
        """Make a folder and try to write into it. Raises FolderNotWritable, DiskFull."""
        ...


class Thumbnails(Protocol):
    """Small pictures of videos."""

    async def picture(self, video: Video) -> bytes | None:
        """The bytes of a JPEG, PNG or WebP picture; None where there is none to be had."""
        ...

    async def aclose(self) -> None: ...


# --- the program's own heart, as the widgets see it -----------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asks for: these links, each with these templates.

    `combined` asks for several notes of a video in one answer where that can be done: it takes
    fewer requests of a day's quota. The notes are jobs of their own all the same.
    """

    links: tuple[Link, ...]
    templates: tuple[str, ...]
    mode: Mode = Mode.AUTO
    engine: Engine = Engine.AUTO
    model: str = ""
    language: str = ""
    combined: bool = False


@dataclass(frozen=True, slots=True)
class JobEstimate:
    """What one note will take, before anything is sent: tokens, US dollars, seconds.

    `requests` is how many it is written in by itself; it `joins` if it could come in one answer
    with an earlier note of the same list.
    """

    video_id: str
    template: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: float
    seconds: float
    stored: bool = False
    exact_source: bool = True
    requests: int = 1
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an order will take in all, and what stands in its way.

    `over_budget` says why it must not be started, `short_of_quota` why not all of it will be
    written today; sentences for people, or empty. `requests` is how many are needed, and
    `requests_combined` how many would be if the order were `combined`.
    """

    jobs: tuple[JobEstimate, ...] = ()
    over_budget: str = ""
    short_of_quota: str = ""
    requests: int = 0
    requests_combined: int = 0

    @property
    def cost_usd(self) -> float:
        return sum(job.cost_usd for job in self.jobs)


class Outlooks(Protocol):
    """Looks ahead before an order is started."""

    async def of(self, order: Order, jobs: Sequence[JobEstimate] | None = None) -> Outlook:
        """`jobs` is the order's estimate where it is known already.

        Reads the videos otherwise, and sends nothing to a writer. Raises what `estimate` raises.
        """
        ...

    async def matters(self, order: Order) -> bool:
        """Whether there is any budget or known quota that could stand in its way. Quick."""
        ...


@dataclass(frozen=True, slots=True)
class Activity:
    """The program at a glance, for the activity panel.

    `at_once` is how many requests may run now; `sequential_because` says why they run one at a time
    by themselves, or is empty. `requests`, `rate_limited`, `failed` and `spent` are this session's,
    and so is `foretold_usd`: what was foretold of all notes that were begun.
    """

    in_flight: int
    waiting: int
    at_once: int
    requests: int
    rate_limited: int
    failed: int
    sequential_because: str
    spent: Usage = field(default_factory=Usage)
    foretold_usd: float = 0.0
    pool: PoolUse | None = None


@dataclass(frozen=True, slots=True)
class Today:
    """What all programs on this library took today, by the local date."""

    requests: int = 0
    tokens: int = 0
    cost_usd: float = 0.0


class ActivityMonitor(Protocol):
    """What goes on at the gate to the other side and at the database."""

    @property
    def now(self) -> Activity: ...

    async def today(self) -> Today:
        """Raises StoreError."""
        ...

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """`listener` gets a sentence when requests begin, or cease, to run one at a time by
        themselves. Returns how to stop listening."""
        ...


class NoteRunner(Protocol):
    """Carries out wishes; what comes of them is seen on the board."""

    board: JobBoard

    def submit(self, order: Order) -> tuple[NoteJob, ...]:
        """Start an order. Doubles of what runs or is stored cost nothing. Raises UsageError."""
        ...

    def cancel(self, job_id: str) -> None: ...

    def cancel_all(self) -> None: ...

    def retry(self, job_id: str) -> None: ...

    def retry_failed(self) -> None: ...

    async def estimate(self, order: Order) -> list[JobEstimate]: ...

    async def fill_gap(
        self,
        note_id: str,
        span: tuple[float, float],
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        """Write what a stored note leaves out between two times (seconds), and store it with that.

        `progress` is told 0 to 1. Cancelling leaves the note as it was. Raises NoteMissing,
        SourceError, WriterError, BudgetExceeded, NetworkUnreachable, or NothingThere.
        """
        ...

    async def wait(self) -> None:
        """Return when no job is under way."""
        ...

    async def aclose(self) -> None:
        """Cancel what runs and leave nothing behind."""
        ...


PAUSED = "Paused"
"""What a job waits for while the queue is paused."""


class JobQueue(Protocol):
    """What stands in line: whether it moves, in which order, and what an earlier run left."""

    @property
    def paused(self) -> bool: ...

    def pause(self) -> None:
        """Nothing new is asked for; what is being written is finished."""
        ...

    def go_on(self) -> None: ...

    def reorder(self, video_ids: Sequence[str]) -> None:
        """These videos first, in this order, as far as their notes have not begun."""
        ...

    async def unfinished(self) -> int:
        """How many notes interrupted runs left behind. Raises StoreError."""
        ...

    async def resume(self) -> tuple[NoteJob, ...]:
        """Go on with them; what is whole already is not asked for again. Raises StoreError."""
        ...

    async def discard(self) -> None:
        """Forget them; finished notes stay in the library. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the window and the command line use, built by `wiring`."""

    runner: NoteRunner
    store: NoteStore
    source: VideoSource
    catalogue: ModelCatalogue
    secrets: Secrets
    settings: SettingsStore
    templates: Templates
    exporter: Exporter
    activity: ActivityMonitor | None = None
    outlooks: Outlooks | None = None
    queue: JobQueue | None = None
    thumbnails: Thumbnails | None = None
