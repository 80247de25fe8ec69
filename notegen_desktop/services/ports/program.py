"""The ports of the program's core, for the widgets and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from notegen_desktop.domain.notes.note import Engine, Mode, Note, Usage
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext

if TYPE_CHECKING:
    from notegen_desktop.domain.cost.estimate import Estimate, OverBudget
    from notegen_desktop.domain.errors import Failure, NoteGenError
    from notegen_desktop.domain.jobs.board import JobBoard
    from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest
    from notegen_desktop.domain.links.link import Link
    from notegen_desktop.domain.links.video import Video
    from notegen_desktop.domain.notes.doubts import DoubtfulStatement
    from notegen_desktop.domain.notes.rewriting import RewriteScope
    from notegen_desktop.domain.notes.versions import Revision

    from .asking import Asking
    from .following import Following
    from .machine import Connections, Exporter, ReleaseWatch, Secrets, SettingsStore, Templates
    from .notes import NoteStore, Order
    from .practice import PracticeStore
    from .records import PoolUse
    from .sources import LinkSource, SpeechModelStore, YtDlpReleases
    from .trials import TemplateTrials
    from .vault import NoteVault
    from .writers import ModelCatalogue, ServerModels


@dataclass(frozen=True, slots=True)
class JobEstimate:
    """The estimate of one note, before anything is sent: tokens, US dollars, seconds.

    `requests` is the number of requests if it is written alone; it `joins` if it could share the
    answer of an earlier note of the same list. `held_usd` is what is reserved of a budget while it
    is written, without cache hits. `review_usd` is the review's part of the price. `guessed`: the
    price of the model is unknown, and taken to be the dearest. `by_level`: each level is requested
    alone.
    """

    video_id: str
    template: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: float
    seconds: float
    stored: bool = False
    requests: int = 1
    joins: bool = False
    held_usd: float = 0.0
    review_usd: float = 0.0
    guessed: bool = False
    by_level: bool = False

    @classmethod
    def of(cls, request: NoteRequest, found: Estimate, **facts: Any) -> JobEstimate:
        """Return the row for a request from its estimate; `facts` are the other fields."""
        return cls(
            video_id=request.video_id,
            template=request.template,
            input_tokens=found.input_tokens,
            cached_tokens=found.cached_tokens,
            output_tokens=found.output_tokens,
            cost_usd=found.cost_usd,
            seconds=found.seconds,
            guessed=not found.exact_price,
            **facts,
        )


@dataclass(frozen=True, slots=True)
class OrderEstimate:
    """The estimate of a whole order, and obstacles to it.

    `over_budget` is set if it must not start as a whole; its `fits` runs parallel to `jobs`.
    `short_of_quota` says why not all of it will be written today, as sentences for users, or is
    empty. `requests` is the number needed, and `requests_combined` the number if the order were
    `combined`, if that helps. `jobs` are priced as they would be sent.
    """

    jobs: tuple[JobEstimate, ...] = ()
    over_budget: OverBudget | None = None
    short_of_quota: str = ""
    requests: int = 0
    requests_combined: int = 0

    @property
    def cost_usd(self) -> float:
        return sum(job.cost_usd for job in self.jobs)

    @property
    def fitting(self) -> int:
        """Return the number of unwritten notes that fit into the budgets."""
        fits = self.over_budget.fits if self.over_budget else [True] * len(self.jobs)
        return sum(fit and not job.stored for job, fit in zip(self.jobs, fits, strict=True))

    @property
    def budget_words(self) -> str:
        """Return a text about the exceeded budget, its rest, and how many notes would fit; or
        ""."""
        if self.over_budget is None:
            return ""
        notes = sum(not job.stored for job in self.jobs)
        some = (
            (
                " "
                + ngettext(
                    "{fitting} of the {n} notes would fit.",
                    "{fitting} of the {n} notes would fit.",
                    notes,
                ).format(fitting=number(self.fitting), n=number(notes))
            )
            if self.fitting
            else ""
        )
        return self.over_budget.words + some


@dataclass(frozen=True, slots=True)
class RewriteOrder:
    """An order to rewrite stored notes, each by `note_id`, `section` and `level`.

    `wish` is the user's instruction for this time, None for that of each note. `engine` None is the
    one that wrote the note, `model` "" the one that is chosen now.
    """

    wanted: tuple[RewriteScope, ...]
    wish: str | None = None
    engine: Engine | None = None
    model: str = ""


class Preflight(Protocol):
    """Checks an order before it is started."""

    async def of(self, order: Order, *, sample: int = 0) -> OrderEstimate:
        """Return the estimate of an order. Reads the videos, but sends nothing to a writer. Raises
        UnknownTemplate, SourceError, NetworkUnreachable or StoreError.

        With `sample`, only that many videos are read, and the others extrapolated.
        """
        ...

    async def matters(self, order: Order) -> bool:
        """Return True if a budget or known quota could stand in the order's way. Quick."""
        ...


@dataclass(frozen=True, slots=True)
class Activity:
    """A snapshot of the program, for the activity panel.

    `at_once` is how many requests may run now; `sequential_because` is the reason why they run one
    at a time, or "". `requests`, `retries`, `rate_limited`, `failed` and `spent` count this
    session, and so does `estimated_usd`: the estimates of all notes that were begun. `slept_s` is
    the length of the machine's last sleep, until a server answers again; otherwise 0. `left_alone`
    is the number of notes that wait for nothing but a batch.
    """

    in_flight: int
    waiting: int
    at_once: int
    requests: int
    rate_limited: int
    failed: int
    sequential_because: str
    retries: int = 0
    spent: Usage = field(default_factory=Usage)
    estimated_usd: float = 0.0
    pool: PoolUse | None = None
    slept_s: float = 0.0
    left_alone: int = 0


@dataclass(frozen=True, slots=True)
class Today:
    """The usage of all programs on this library today, by the local date."""

    requests: int = 0
    tokens: int = 0
    cost_usd: float = 0.0


class ActivityMonitor(Protocol):
    """Reports the state of the rate limiter and the database."""

    @property
    def now(self) -> Activity: ...

    async def today(self) -> Today:
        """Return today's usage. Raises StoreError."""
        ...

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with a sentence when requests begin, or cease, to run one at a time, when
        the machine has slept, and when an engine in the user's order no longer exists. Returns the
        function that unsubscribes it."""
        ...


@dataclass(frozen=True, slots=True)
class PicturesTaken:
    """The result of adding pictures to a note: their number, or the failure."""

    note: Note
    count: int
    failure: Failure | None = None

    @property
    def words(self) -> str:
        """Return the result as a sentence for users."""
        if self.failure is not None:
            return (
                _("No pictures: {message} {hint}")
                .format(message=self.failure.message, hint=self.failure.hint)
                .rstrip()
            )
        if not self.count:
            return _("No pictures: no words of the note point at something that the video shows.")
        return ngettext(
            "{n} picture of the video added.", "{n} pictures of the video added.", self.count
        ).format(n=number(self.count))


class NoteRunner(Protocol):
    """Carries out orders; their state is on the board."""

    board: JobBoard

    def submit(
        self,
        order: Order,
        *,
        refused: Mapping[tuple[str, str], NoteGenError] = {},
        known: Mapping[str, Video] = {},
    ) -> tuple[NoteJob, ...]:
        """Start an order. Duplicates of running or stored notes cost nothing. Raises UsageError.

        Jobs in `refused`, by video and template, are on the board as failed, and not started.
        `known` are details found by a lookup, by the key of the link; they are shown until the
        video is read.
        """
        ...

    def cancel(self, job_id: str) -> None: ...

    def cancel_all(self) -> None: ...

    def retry(self, *job_ids: str) -> None: ...

    def retry_failed(self) -> None: ...

    def remove(self, job_id: str) -> None:
        """Take an ended job off the board."""
        ...

    def remove_with_undo(self, *job_ids: str) -> Callable[[], None]:
        """Take ended jobs off the board; return the function that puts them back."""
        ...

    def switch(
        self,
        job_ids: Sequence[str],
        *,
        engine: Engine | None = None,
        model: str = "",
        mode: Mode | None = None,
        link: Link | None = None,
    ) -> tuple[NoteJob, ...]:
        """Restart failed notes with another engine or model, in another mode or from another
        source; the new jobs take their places."""
        ...

    async def write_again(self, order: RewriteOrder) -> tuple[NoteJob, ...]:
        """Start a job for each rewrite: the result is stored as a version of the note, which stays
        unchanged. Raises NoteMissing, UnknownEngine, or UsageError if the engine cannot do it."""
        ...

    async def estimate_again(self, order: RewriteOrder) -> OrderEstimate:
        """Return the estimate of a rewrite. Raises the same, and SourceError if the transcript is
        no longer stored."""
        ...

    async def add_picture(self, note_id: str, section: int, at_s: float) -> Note:
        """Add a picture of the video at a time (seconds) to a section, counted from 0, of a stored
        note. Raises NoteMissing, NothingThere, SourceError, NetworkUnreachable."""
        ...

    def tell_pictures(self, listener: Callable[[PicturesTaken], object]) -> None:
        """Call `listener` with the result of each note that was to get pictures."""
        ...

    async def wait(self) -> None:
        """Return when no job is under way."""
        ...

    async def aclose(self) -> None:
        """Cancel what runs and leave no task behind."""
        ...


PAUSED = N_("Paused")
"""The reason for waiting while the queue is paused."""

NO_NETWORK, NO_LIBRARY = N_("Waiting for the network"), N_("Waiting for the library")
"""Reasons for waiting that the user may have to fix."""


class NoteRevising(Protocol):
    """Changes stored notes."""

    async def fill_gap(
        self,
        note_id: str,
        span: tuple[float, float],
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        """Write the gap of a stored note between two times (seconds), and store the note with it.

        `progress` is called with 0 to 1. Cancelling leaves the note as it was. Raises NoteMissing,
        SourceError, WriterError, BudgetExceeded, NetworkUnreachable, or NothingThere.
        """
        ...

    async def rewrite(
        self,
        note_id: str,
        doubt: DoubtfulStatement,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        """Rewrite a doubtful statement of a stored note from the passage that it cites, and store
        the note; otherwise as `fill_gap`."""
        ...

    async def review(
        self, note_id: str, *, progress: Callable[[float], None] | None = None
    ) -> Note:
        """Have the model judge every statement of a stored note, and store its findings.

        `progress` is called with 0 to 1. Findings before an error, or before it is cancelled, are
        kept. Raises NoteMissing, NothingThere if no statement has a cite, SourceError, WriterError,
        BudgetExceeded, NetworkUnreachable or TimedOut.
        """
        ...

    async def estimate_review(self, note_id: str) -> Estimate:
        """Return the estimate of a review, without cache hits. Raises NoteMissing or StoreError."""
        ...

    async def complete(
        self, note_id: str, *, progress: Callable[[float], None] | None = None
    ) -> Note:
        """Write what a stored note lacks (`Note.missing`), and store it; otherwise as
        `fill_gap`."""
        ...

    async def estimate_complete(self, note_id: str) -> Estimate:
        """Return an upper bound for `complete`. Raises NoteMissing or StoreError."""
        ...

    async def revise(
        self,
        note_id: str,
        change: Callable[[Note], Note],
        revision: Revision | None = None,
        *,
        known: Note | None = None,
    ) -> Note:
        """Store the result of `change` on a stored note, and return it; with `revision` as a
        version of its own. Raises NoteMissing.

        `known` is the note as the user saw it last: where another program has given it other words
        since, these are kept as a version, too.
        """
        ...

    async def use_version(self, note_id: str, number: int) -> Note:
        """Show another version of a stored note from now on, see `NoteStore.use_version`."""
        ...


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The remainder of interrupted runs: the number of `notes`, and their videos."""

    notes: int = 0
    videos: tuple[Video, ...] = ()


class JobQueue(Protocol):
    """The queue: pausing, reordering, and runs that were interrupted."""

    @property
    def paused(self) -> bool: ...

    def pause(self) -> None:
        """Pause: no request is sent, not even for the next part of a note; answers under way go on.

        Lasts over a restart, as long as notes wait.
        """
        ...

    def resume(self) -> None: ...

    def reorder(self, video_ids: Sequence[str]) -> None:
        """Put these videos first, in this order, as far as their notes have not begun.

        Lasts over a restart.
        """
        ...

    async def restore_queue(self) -> tuple[NoteJob, ...]:
        """Put the jobs of this machine's paused queue back into it; batches are fetched as soon as
        they end. Raises StoreError."""
        ...

    async def unfinished(self) -> Unfinished:
        """Return the remainder of interrupted runs. Raises StoreError."""
        ...

    async def resume_interrupted(self) -> tuple[NoteJob, ...]:
        """Resume interrupted runs; finished parts are not requested again. Raises StoreError."""
        ...

    async def discard(self) -> None:
        """Discard interrupted runs; finished notes stay in the library. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """All services that the window and the command line use, built by `wiring`."""

    runner: NoteRunner
    revising: NoteRevising
    store: NoteStore
    source: LinkSource
    catalogue: ModelCatalogue
    connections: Connections
    servers: ServerModels
    secrets: Secrets
    settings: SettingsStore
    templates: Templates
    exporter: Exporter
    preflight: Preflight
    activity: ActivityMonitor
    queue: JobQueue
    following: Following
    asking: Asking
    practice: PracticeStore
    trials: TemplateTrials
    speech_models: SpeechModelStore | None = None
    vault: NoteVault | None = None
    updates: ReleaseWatch | None = None
    ytdlp: YtDlpReleases | None = None
