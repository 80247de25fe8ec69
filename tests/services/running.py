"""A whole runner on a clock of ours: scripted edges, everything between them real."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notegen_desktop.domain.jobs.board import BoardEvent, JobAdded, JobBoard, JobChanged, TextGrew
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.notes.note import Engine, Note
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.generation.budget import Budget
from notegen_desktop.services.generation.generator import NoteGenerator
from notegen_desktop.services.generation.overnight import Overnight
from notegen_desktop.services.generation.request import RequestSender
from notegen_desktop.services.generation.spool import Spool
from notegen_desktop.services.machine.paths import paths_below
from notegen_desktop.services.pacing.daily_quota import DailyQuota
from notegen_desktop.services.pacing.pool_guard import PoolGuard
from notegen_desktop.services.pacing.rate_limiter import RateLimiter
from notegen_desktop.services.pacing.sliding_window import RateLimits
from notegen_desktop.services.ports import (
    Assignment,
    BatchWriter,
    Exporter,
    Journal,
    Ledger,
    NoteStore,
    NoteWriter,
    Order,
    PictureSource,
    PoolUse,
    Writing,
)
from notegen_desktop.services.queue.estimates import Estimator, load_prices
from notegen_desktop.services.queue.journal import RunJournal
from notegen_desktop.services.queue.preflight import Preflight
from notegen_desktop.services.queue.runner import Runner
from notegen_desktop.services.reading.local_media import LocalMedia
from notegen_desktop.services.reading.resolver import Resolver
from notegen_desktop.services.reading.transcripts import TranscriptReader
from notegen_desktop.services.sources.speech import Whisper
from notegen_desktop.services.writers.engines import EngineModels
from notegen_desktop.services.writers.gemini_files import GeminiFiles
from tests.fakes.batches import ScriptedBatches
from tests.fakes.clock import FakeClock
from tests.fakes.records import Alone, FailingStore, MemoryJournal, MemoryLedger
from tests.fakes.services import FakeSecrets, FakeSettings, FakeSource, FakeTemplates
from tests.fakes.writing import ScriptedSource, ScriptedWriter, link_of, talk

TEMPLATES = (
    "basic-summary",
    "study-notes",
    "flashcards",
    "chapters",
    "quick-reference",
    "tutorial-guide",
    "research-paper",
    "presentation-slides",
)


@dataclass
class Records:
    """What a library keeps: in memory here, in a database elsewhere."""

    journal: Journal
    ledger: Ledger
    store: NoteStore


@dataclass
class Pool:
    """Database connections, as a test says."""

    in_use: int = 1
    most: int = 5

    def use(self) -> PoolUse:
        return PoolUse(size=3, in_use=self.in_use, overflow=0, waiting=0, most=self.most)


@dataclass
class Network:
    """Whether Gemini is out of reach, as a test says."""

    gone: bool = False

    async def is_gone(self) -> bool:
        return self.gone


@dataclass
class Program:
    """A runner with scripted edges and a real library, and what its board said."""

    clock: FakeClock
    library: Records
    runner: Runner
    writer: ScriptedWriter
    source: ScriptedSource
    settings: FakeSettings
    limiter: RateLimiter
    pool: Pool
    network: Network
    budget: Budget
    spool: Spool
    runs: RunJournal
    templates: FakeTemplates
    resolver: Resolver
    events: list[BoardEvent] = field(default_factory=list)

    @property
    def board(self) -> JobBoard:
        return self.runner.board

    @property
    def preflight(self) -> Preflight:
        return self.runner.preflight

    def order(self, *templates: str, videos: tuple[str, ...] = ("talk",)) -> Order:
        return Order(
            tuple(link_of(name) for name in videos),
            templates or TEMPLATES[:3],
            engine=Engine.GEMINI,
        )

    async def generate(self, *templates: str, videos: tuple[str, ...] = ("talk",)) -> list[NoteJob]:
        jobs = self.runner.submit(self.order(*templates, videos=videos))
        await self.runner.wait()
        return [self.board.job(job.id) for job in jobs]

    def job(self, template: str) -> NoteJob:
        return next(job for job in self.board if job.template == template)


class InRealTime:
    """A writer that asks a real server, whose answers take no time of the clock."""

    def __init__(self, writer: NoteWriter, clock: FakeClock) -> None:
        self._writer, self._clock = writer, clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    async def write(self, assignment: Assignment) -> AsyncGenerator[Writing, None]:
        async with aclosing(self._writer.write(assignment)) as states:
            while True:
                with self._clock.standing_still():
                    state = await anext(states, None)
                if state is None:
                    return
                yield state


Make = Callable[..., Program]


def in_memory() -> Records:
    return Records(MemoryJournal(), MemoryLedger(), FailingStore())


def build_program(
    folder: Path,
    library: Records,
    *,
    seed: int = 1,
    all_settings: dict[str, Any] | None = None,
    exporter: Exporter | None = None,
    real_writer: NoteWriter | None = None,
    pictures: PictureSource | None = None,
    batches: BatchWriter | None = None,
    clock: FakeClock | None = None,
) -> Program:
    """A program on a clock of its own; `folder` may have a price table.

    It asks `real_writer`, where there is one, instead of its scripted one.
    """
    clock = clock or FakeClock()
    board = JobBoard(clock.time)
    store = FakeSettings(all_settings or {})
    source = ScriptedSource(clock, transcript=talk(words=4))
    writer = ScriptedWriter(clock)
    asked: Any = InRealTime(real_writer, clock) if real_writer else writer
    network = Network()
    rng = random.Random(seed)
    prices = load_prices(paths_below(folder))
    models = EngineModels(prices)
    daily_quota = DailyQuota(library.ledger, lambda: store.current, clock, resolved=prices.resolved)
    limiter = RateLimiter(
        RateLimits.of(store.current), clock=clock, rng=rng, daily_quota=daily_quota
    )
    media = LocalMedia(
        fetch=FakeSource().fetch,
        folder=folder / "sound",
        speech=Whisper(model=lambda: ""),
        uploads=GeminiFiles(api_key=lambda: None, url=None, clock=clock),
        store=library.store,
        ledger=library.ledger,
        settings=lambda: store.current,
        clock=clock,
    )
    spool = Spool(
        folder / "spool",
        store=library.store,
        ledger=library.ledger,
        journal=library.journal,
        clock=clock,
        holder=Alone(),
    )
    budget = Budget(library.ledger, lambda: store.current, clock, spool=spool)
    sender = RequestSender(
        limiter=limiter,
        writer_for=lambda _e: asked,
        models=models,
        budget=budget,
        clock=clock,
        rng=rng,
    )
    runs = RunJournal(
        library.journal,
        board,
        limiter.sleep_detector,
        limiter.queue_order,
        exporter or Exports(),
        spool=spool,
    )
    templates = FakeTemplates()
    resolver = Resolver(store, FakeSecrets(), library.store)
    runner = Runner(
        board=board,
        settings=store,
        templates=templates,
        resolver=resolver,
        transcripts=TranscriptReader(source, lambda: [], is_gone=network.is_gone),
        media=media,
        estimator=Estimator(models, library.ledger),
        generator=NoteGenerator(
            sender,
            clock,
            lambda: store.current.flag("processing.fill_gaps"),
            Overnight(sender, batches or ScriptedBatches(clock), library.journal, spool),
        ),
        sender=sender,
        daily_quota=daily_quota,
        runs=runs,
        spool=spool,
        store=library.store,
        pictures=pictures,
    )
    pool = Pool()
    PoolGuard(
        board,
        limiter,
        pool_use=pool.use,
        percent=lambda: store.current.number("processing.fallback_pool_percent"),
        clock=clock,
    )
    program = Program(
        clock=clock,
        library=library,
        runner=runner,
        writer=writer,
        source=source,
        settings=store,
        limiter=limiter,
        pool=pool,
        network=network,
        budget=budget,
        spool=spool,
        runs=runs,
        templates=templates,
        resolver=resolver,
    )
    board.subscribe(program.events.append)
    return program


def assert_sound(program: Program) -> None:
    """What holds after every run, whatever happened in it."""
    jobs = list(program.board)
    assert all(job.is_final for job in jobs), "a job has no final status"
    ends = [e.job for e in program.events if isinstance(e, JobChanged) and e.job.is_final]
    assert [job.finish_rank for job in ends] == list(range(1, len(ends) + 1))
    progress: dict[tuple[str, int], float] = {}
    for event in program.events:
        if not isinstance(event, JobAdded | JobChanged | TextGrew):
            continue
        key = (event.job.id, event.job.attempt)
        assert event.job.progress >= progress.get(key, 0.0), "progress fell"
        progress[key] = event.job.progress
        assert (event.job.progress == 1.0) == (event.job.status is Status.COMPLETE)
    for job in jobs:
        if job.status is Status.COMPLETE:
            assert job.note is not None
            assert_belongs(job.note, job)
        if job.status is Status.ERROR:
            assert job.failure is not None
            assert job.failure.message


def assert_belongs(note: Note, job: NoteJob) -> None:
    mark = f"{job.template} of {job.video_id}"
    assert note.template == job.template
    assert note.video.id == job.video_id
    assert note.title == mark
    assert all(mark in section.heading for section in note.sections)
