"""The program's own heart, as the widgets and the command line see it."""

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
    from notegen_desktop.domain.notes.again import Again
    from notegen_desktop.domain.notes.doubts import DoubtfulStatement
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
    """What one note will take, before anything is sent: tokens, US dollars, seconds.

    `requests` is how many it is written in by itself; it `joins` if it could come in one answer
    with an earlier note of the same list. `held_usd` is what is held of a budget while it is
    written, as if nothing were cached. `review_usd` is the second look's part of the price.
    `guessed`: the price of the model is not known, and taken to be the dearest. `by_level`: each
    level is asked for by itself.
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
        """What `found` says of the note of a request; `facts` are the other fields."""
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
    """What an order will take in all, and what stands in its way.

    `over_budget` says why it must not be started as a whole, `fits` of which is about `jobs`.
    `short_of_quota` says why not all of it will be written today, in sentences for people, or is
    empty. `requests` is how many are needed, and `requests_combined` how many would be if the order
    were `combined`, as far as that would help. `jobs` are priced as they would be sent.
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
        """How many notes that are still to be written have room in the budgets."""
        fits = self.over_budget.fits if self.over_budget else [True] * len(self.jobs)
        return sum(fit and not job.stored for job, fit in zip(self.jobs, fits, strict=True))

    @property
    def budget_words(self) -> str:
        """Which budget it would go over, what is left of it, and what would fit; or nothing."""
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
class AgainOrder:
    """What of stored notes is to be written again, each by `note_id`, `section` and `level`.

    `wish` is the user's for this time, None for that of each note. It is written by the `engine`,
    None for the one that wrote the note, and the `model`, "" for the one that is chosen now.
    """

    wanted: tuple[Again, ...]
    wish: str | None = None
    engine: Engine | None = None
    model: str = ""


class Preflight(Protocol):
    """Looks ahead before an order is started."""

    async def of(self, order: Order, *, sample: int = 0) -> OrderEstimate:
        """Reads the videos, but sends nothing to a writer. Raises UnknownTemplate,
        SourceError, NetworkUnreachable or StoreError.

        With `sample`, only that many of them are read, and the others are taken to be like them.
        """
        ...

    async def matters(self, order: Order) -> bool:
        """Whether there is any budget or known quota that could stand in its way. Quick."""
        ...


@dataclass(frozen=True, slots=True)
class Activity:
    """The program at a glance, for the activity panel.

    `at_once` is how many requests may run now; `sequential_because` says why they run one at a time
    by themselves, or is empty. `requests`, `retries`, `rate_limited`, `failed` and `spent` are this
    session's, and so is `estimated_usd`: what was estimated of all notes that were begun. `slept_s`
    is how long the machine slept, until the other side is heard again after that; otherwise 0.
    `left_alone` is how many notes wait over night, and for nothing that this program does.
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
    """What all programs on this library took today, by the local date."""

    requests: int = 0
    tokens: int = 0
    cost_usd: float = 0.0


class ActivityMonitor(Protocol):
    """What goes on at the limiter to the other side and at the database."""

    @property
    def now(self) -> Activity: ...

    async def today(self) -> Today:
        """Raises StoreError."""
        ...

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """`listener` gets a sentence when requests begin, or cease, to run one at a time by
        themselves, when the machine has slept, and when an engine that the user's order names is
        gone. Returns how to stop listening."""
        ...


@dataclass(frozen=True, slots=True)
class PicturesTaken:
    """What became of a note that was to have pictures: how many it has, or why none."""

    note: Note
    count: int
    failure: Failure | None = None

    @property
    def words(self) -> str:
        """In words for people."""
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
    """Carries out wishes; what comes of them is seen on the board."""

    board: JobBoard

    def submit(
        self, order: Order, *, refused: Mapping[tuple[str, str], NoteGenError] = {}
    ) -> tuple[NoteJob, ...]:
        """Start an order. Doubles of what runs or is stored cost nothing. Raises UsageError.

        What is `refused`, by video and template, is on the board as failed, and not begun.
        """
        ...

    def cancel(self, job_id: str) -> None: ...

    def cancel_all(self) -> None: ...

    def retry(self, *job_ids: str) -> None: ...

    def retry_failed(self) -> None: ...

    def remove(self, job_id: str) -> None:
        """Take a job that has ended off the board."""
        ...

    def set_aside(self, *job_ids: str) -> Callable[[], None]:
        """Take jobs that have ended off the board; what is returned puts them back."""
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
        """Ask another engine or model for notes that failed, in another mode or of another source;
        the new jobs take their places."""
        ...

    async def write_again(self, order: AgainOrder) -> tuple[NoteJob, ...]:
        """Begin a job for each: what it writes is kept as a version beside the note, which stays.

        Raises NoteMissing, UnknownEngine, or UsageError where the engine cannot do it.
        """
        ...

    async def estimate_again(self, order: AgainOrder) -> OrderEstimate:
        """What that will take. Raises the same, and SourceError where the words are not kept any
        more."""
        ...

    async def add_picture(self, note_id: str, section: int, at_s: float) -> Note:
        """Put a picture of the video at a time (seconds) into a section, counted from 0, of a
        stored note. Raises NoteMissing, NothingThere, SourceError, NetworkUnreachable."""
        ...

    def tell_pictures(self, listener: Callable[[PicturesTaken], object]) -> None:
        """`listener` hears what became of each note that was to have pictures."""
        ...

    async def wait(self) -> None:
        """Return when no job is under way."""
        ...

    async def aclose(self) -> None:
        """Cancel what runs and leave nothing behind."""
        ...


PAUSED = N_("Paused")
"""What a job waits for while the queue is paused."""

NO_NETWORK, NO_LIBRARY = N_("Waiting for the network"), N_("Waiting for the library")
"""What a job waits for that a person may have to put right."""


class NoteRevising(Protocol):
    """Changes stored notes."""

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

    async def rewrite(
        self,
        note_id: str,
        doubt: DoubtfulStatement,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        """Write a doubtful statement of a stored note again from the words at its place, and store
        the note with that; otherwise as `fill_gap`."""
        ...

    async def review(
        self, note_id: str, *, progress: Callable[[float], None] | None = None
    ) -> Note:
        """Have the model judge every statement of a stored note, and store what it finds.

        `progress` is told 0 to 1. What is found before an error, or before it is cancelled, is
        kept. Raises NoteMissing, NothingThere where no statement names a place, SourceError,
        WriterError, BudgetExceeded, NetworkUnreachable or TimedOut.
        """
        ...

    async def estimate_review(self, note_id: str) -> Estimate:
        """What that will take, as if nothing were cached. Raises NoteMissing or StoreError."""
        ...

    async def complete(
        self, note_id: str, *, progress: Callable[[float], None] | None = None
    ) -> Note:
        """Write what a stored note lacks (`Note.missing`), and store it with that; otherwise as
        `fill_gap`."""
        ...

    async def estimate_complete(self, note_id: str) -> Estimate:
        """What that will take at the most. Raises NoteMissing or StoreError."""
        ...

    async def revise(
        self, note_id: str, change: Callable[[Note], Note], revision: Revision | None = None
    ) -> Note:
        """Store what `change` makes of a stored note, and return it; with a `revision` as a version
        of its own. Raises NoteMissing."""
        ...

    async def use_version(self, note_id: str, number: int) -> Note:
        """Show another version of a stored note from now on, see `NoteStore.use_version`."""
        ...


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What interrupted runs left behind: how many `notes`, and of which videos."""

    notes: int = 0
    videos: tuple[Video, ...] = ()


class JobQueue(Protocol):
    """What stands in line: whether it moves, in which order, and what an earlier run left."""

    @property
    def paused(self) -> bool: ...

    def pause(self) -> None:
        """Nothing new is asked for, not even the next part of a note; answers under way end.

        Stays so over a restart, as long as notes wait.
        """
        ...

    def resume(self) -> None: ...

    def reorder(self, video_ids: Sequence[str]) -> None:
        """These videos first, in this order, as far as their notes have not begun.

        Stays so over a restart.
        """
        ...

    async def take_up(self) -> tuple[NoteJob, ...]:
        """What this machine left in a paused queue stands in it again, and waits; what is written
        over night is fetched as soon as it is there. Raises StoreError.
        """
        ...

    async def unfinished(self) -> Unfinished:
        """What interrupted runs left behind. Raises StoreError."""
        ...

    async def resume_interrupted(self) -> tuple[NoteJob, ...]:
        """Go on with them; what is whole already is not asked for again. Raises StoreError."""
        ...

    async def discard(self) -> None:
        """Forget them; finished notes stay in the library. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the window and the command line use, built by `wiring`."""

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
