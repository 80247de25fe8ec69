"""Builds the services for the window and the command line; imports no Qt.

Importing this module is cheap; building is not (database, network, engines), so the window does it
in a worker thread. Engines are made at their first use.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from notegen_desktop.domain.settings.settings import browser_for
from notegen_desktop.domain.words import _

from .domain.errors import DatabaseUnavailable, StoreError, UsageError
from .domain.jobs.board import JobBoard
from .domain.notes.note import Engine
from .domain.settings.table import GEMINI_URL, PROXY, SPEECH_MODEL
from .services.machine.clock import Clock, SystemClock
from .services.machine.paths import Paths
from .services.machine.settings_file import SettingsFile
from .services.machine.threads import run_in_thread
from .services.ports import (
    KEY_RING_MOMENT_S,
    Asking,
    BatchWriter,
    Following,
    ModelCatalogue,
    NoteWriter,
    PoolSettings,
    Repaired,
    Restored,
    Services,
    SpeechToText,
    Uploads,
)

if TYPE_CHECKING:
    from .services.exports.vault.keeper import VaultKeeper
    from .services.generation.budget import Budget
    from .services.generation.spool import Spool
    from .services.library import Library
    from .services.pacing.pool_guard import PoolGuard
    from .services.queue.runner import Runner
    from .services.reading.local_media import LocalMedia
    from .services.writers.chat.models import ServerFacts

log = logging.getLogger(__name__)

T = TypeVar("T")

YTDLP_VARIABLE = "NOTEGEN_YTDLP_URL"
"""Environment variable with the address of yt-dlp's releases, if not its makers'."""

CLOSE_S = 20.0
"""Maximum seconds for closing; a busy library takes less than one."""


@dataclass(slots=True)
class Program:
    """All built parts. `runner` and `library` are the ones behind `services`."""

    services: Services
    runner: Runner
    library: Library
    writers: Writers
    pool_guard: PoolGuard
    media: LocalMedia
    spool: Spool
    budget: Budget
    vault: VaultKeeper
    late: tuple[object, ...] = ()

    def make_late(self) -> None:
        """Build the lazy parts in a worker thread, so that their first use does not wait."""
        for each in self.late:
            assert isinstance(each, _Late)
            each.make()

    async def aclose(self) -> None:
        """Cancel what runs, then close what is open; nothing acknowledged is lost.

        May never end if a disk hangs.
        """
        await self.runner.aclose()
        await self.vault.aclose()
        await self.pool_guard.aclose()
        await self.media.aclose()
        await self.writers.aclose()
        await self.services.source.aclose()
        await self.library.aclose()

    async def close_in_time(self) -> None:
        """Run `aclose` for at most `CLOSE_S` seconds: the next start recovers as after a crash."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.aclose()
        except TimeoutError:
            log.error("what was open could not be closed within %d s", CLOSE_S)


@dataclass(slots=True)
class Writers:
    """The engines' writers, each made at its first use."""

    makers: dict[Engine, Callable[[], NoteWriter]]
    connected: Callable[[Engine], NoteWriter]
    made: dict[Engine, NoteWriter] = field(default_factory=dict)
    retired: list[NoteWriter] = field(default_factory=list)

    def get(self, engine: Engine) -> NoteWriter:
        """Return the writer of an engine. Raises EngineMissing for an engine that is not installed,
        UnknownEngine for a connection that does not exist."""
        if engine not in self.made:
            make = self.makers.get(engine) or (lambda: self.connected(engine))
            self.made[engine] = make()
        return self.made[engine]

    def renew(self, has_changed: Callable[[Engine], bool]) -> None:
        """Replace the writers of changed engines: the next note has a new one; running requests go
        on."""
        changed = [engine for engine in self.made if has_changed(engine)]
        self.retired += [self.made.pop(engine) for engine in changed]

    async def aclose(self) -> None:
        for writer in (*self.made.values(), *self.retired):
            await writer.aclose()
        self.made.clear()
        self.retired.clear()


class _Late:
    """A proxy that makes its object at the first access."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Any:
        return self._make()

    def make(self) -> None:
        """Make the object now, if it does not exist yet."""
        self._made  # noqa: B018

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)

    async def aclose(self) -> None:
        """Close the object, unless it was never made."""
        if "_made" in self.__dict__:
            await self._made.aclose()


def late(make: Callable[[], T]) -> T:
    """Return a proxy that calls `make` at its first use, so that a start does not import modules
    that most runs never need."""
    return cast(T, _Late(make))


def build_program(
    settings: SettingsFile,
    paths: Paths,
    board: JobBoard,
    *,
    clock: Clock | None = None,
    kept: bool = True,
    anew: bool = False,
) -> Program:
    """Open the library and connect all services. May run in any thread; blocks for about 0.3 s.

    Without `kept` the library is in memory and ends with the program; with `anew` a new one is
    created if the old one is lost.

    Raises DatabaseUnavailable, LibraryLost, FolderNotWritable, DiskFull or InvalidSetting.
    """
    from .services.exports import Exports
    from .services.exports.vault.keeper import VaultKeeper
    from .services.generation.budget import Budget
    from .services.generation.generator import NoteGenerator
    from .services.generation.overnight import Overnight
    from .services.generation.request import RequestSender
    from .services.generation.spool import Spool
    from .services.library.opening import open_library
    from .services.machine.connections_file import ConnectionsFile
    from .services.machine.secrets import MachineSecrets
    from .services.machine.sleep_detection import SleepDetector
    from .services.machine.templates.files import TemplateFiles, prompt_texts
    from .services.machine.updates import Updates
    from .services.pacing.activity import Monitor
    from .services.pacing.daily_quota import DailyQuota
    from .services.pacing.pool_guard import PoolGuard
    from .services.pacing.queue_order import QueueOrder
    from .services.pacing.rate_limiter import RateLimiter
    from .services.pacing.sliding_window import RateLimits
    from .services.queue.estimates import Estimator, load_prices
    from .services.queue.journal import Queue, RunJournal
    from .services.queue.runner import Runner
    from .services.reading.local_media import LocalMedia
    from .services.reading.resolver import Resolver
    from .services.reading.transcripts import TranscriptReader, network_is_gone
    from .services.sources.router import build_sources
    from .services.sources.speech_models import SpeechModels
    from .services.sources.ytdlp.newer import NewerYtDlp
    from .services.writers.engines import EngineModels

    clock = clock or SystemClock()
    current = settings.current

    def gemini_url() -> str:
        return settings.current.text(GEMINI_URL)

    secrets = MachineSecrets(gemini_url=gemini_url)
    secrets.look_for_password(current.text(PROXY))

    def proxy() -> str:
        return secrets.with_password(settings.current.text(PROXY))

    prices = load_prices(paths)
    sleep_detector = SleepDetector(clock)
    connections = ConnectionsFile(paths.connections_file)

    def server_facts() -> ServerFacts:
        from .services.writers.chat.models import ServerFacts

        return ServerFacts(
            api_key=secrets.api_key,
            presets=lambda: connections.presets,
            find_key=lambda one: secrets.find(within_s=KEY_RING_MOMENT_S, connection=one),
        )

    servers = late(server_facts)

    def connected(engine: Engine) -> NoteWriter:
        from .services.writers.chat.writer import ChatWriter

        connection = connections.get(engine)
        return ChatWriter(
            connection,
            api_key=lambda: secrets.api_key(connection),
            facts=servers,
            patience=sleep_detector.patience,
        )

    writers = Writers(
        _makers(settings, secrets.api_key, gemini_url, sleep_detector.patience), connected
    )
    connections.subscribe(lambda: writers.renew(lambda engine: engine.is_connection))
    settings.subscribe(_when_moved(gemini_url, lambda: writers.renew(lambda each: each.is_gemini)))

    def gemini_catalogue() -> ModelCatalogue:
        from .services.writers.gemini_models import GeminiCatalogue

        return GeminiCatalogue(api_key=secrets.api_key, url=gemini_url)

    catalogue = late(gemini_catalogue)
    url = os.environ.get("NOTEGEN_DATABASE_URL") or None
    library = open_library(
        url,
        path=paths.database_file,
        kept=kept,
        had_notes=url is None and _showed_notes(paths.state_file),
        anew=anew,
        pool=PoolSettings(
            size=current.integer("library.pool_size"),
            overflow=current.integer("library.pool_overflow"),
            timeout_s=current.integer("library.pool_timeout_s"),
            connect_timeout_s=current.integer("library.connect_timeout_s"),
            idle_s=current.integer("library.idle_s"),
        ),
    )
    store = library.store
    models = EngineModels(
        prices,
        connections,
        servers,
        recall=library.ledger.recall,
        remember=library.ledger.remember,
        now=clock.time,
    )
    newer_ytdlp = NewerYtDlp(paths.ytdlp_folder, os.environ.get(YTDLP_VARIABLE) or "", proxy=proxy)
    source = build_sources(
        youtube_url=os.environ.get("NOTEGEN_YOUTUBE_URL") or None,
        proxy=proxy,
        cookies_for=lambda site: browser_for(settings.current, site),
        library=store,
        ledger=library.ledger,
        may_upload=lambda: settings.current.flag("sources.upload_files"),
        newer_ytdlp=newer_ytdlp,
    )
    templates = TemplateFiles(paths.templates_folder)
    queue_order = QueueOrder()
    exporter = Exports()
    daily_quota = DailyQuota(
        library.ledger, lambda: settings.current, clock, resolved=prices.resolved
    )
    limiter = RateLimiter(
        RateLimits.of(current),
        clock=clock,
        queue_order=queue_order,
        sleep_detector=sleep_detector,
        daily_quota=daily_quota,
    )
    transcripts = TranscriptReader(
        source,
        lambda: settings.current.list_of("sources.caption_languages"),
        queue_order,
        is_gone=network_is_gone(catalogue),
    )
    source.when_chosen(transcripts.invalidate)
    speech_models = SpeechModels(paths.speech_folder, proxy=proxy)

    def speech() -> SpeechToText:
        from .services.sources.speech import Whisper

        return Whisper(model=lambda: speech_models.place_of(settings.current.text(SPEECH_MODEL)))

    def uploads() -> Uploads:
        from .services.writers.gemini_files import GeminiFiles

        return GeminiFiles(api_key=secrets.api_key, url=gemini_url, clock=clock)

    media = LocalMedia(
        speech=late(speech),
        uploads=late(uploads),
        store=store,
        ledger=library.ledger,
        settings=lambda: settings.current,
        clock=clock,
        fetch=source.fetch,
        folder=paths.cache_folder / "sound",
    )
    spool = Spool(
        paths.database_file.parent / "spool",
        store=store,
        ledger=library.ledger,
        journal=library.journal,
        clock=clock,
        holder=library.holder,
        place=library.place,
    )
    budget = Budget(library.ledger, lambda: settings.current, clock, spool=spool)
    sender = RequestSender(
        limiter=limiter,
        writer_for=writers.get,
        models=models,
        budget=budget,
        clock=clock,
    )
    resolver = Resolver(settings, secrets, store, connections)

    def batches() -> BatchWriter:
        from .services.writers.gemini_batches import GeminiBatches

        return GeminiBatches(
            api_key=secrets.api_key,
            url=gemini_url,
            thinking=lambda: settings.current.text("gemini.thinking"),
            safety=lambda: settings.current.text("gemini.safety"),
        )

    runner = Runner(
        board=board,
        settings=settings,
        templates=templates,
        resolver=resolver,
        transcripts=transcripts,
        media=media,
        estimator=Estimator(models, library.ledger),
        generator=NoteGenerator(
            sender,
            clock,
            lambda: settings.current.flag("processing.fill_gaps"),
            Overnight(sender, late(batches), library.journal, spool),
        ),
        sender=sender,
        daily_quota=daily_quota,
        runs=RunJournal(library.journal, board, sleep_detector, queue_order, exporter, spool=spool),
        spool=spool,
        store=store,
        pictures=source.pictures,
    )
    pool_guard = PoolGuard(
        board,
        limiter,
        pool_use=library.pool_use,
        percent=lambda: settings.current.number("processing.fallback_pool_percent"),
        clock=clock,
    )
    vault = VaultKeeper(store, board, lambda: settings.current)

    def following() -> Following:
        from .services.reading.following import ListFollower

        return ListFollower(source, library.followed, clock)

    def asking() -> Asking:
        from .services.asking.asker import Asker

        return Asker(
            sender=sender,
            resolver=resolver,
            transcripts=transcripts,
            media=media,
            store=store,
            questions=library.questions,
            texts=prompt_texts,
        )

    services = Services(
        runner=runner,
        revising=runner.reviser,
        store=store,
        source=source,
        catalogue=catalogue,
        connections=connections,
        servers=servers,
        secrets=secrets,
        settings=settings,
        templates=templates,
        exporter=exporter,
        activity=Monitor(
            limiter,
            spent=lambda: budget.spent,
            retries=lambda: sender.retry_budget.retried,
            estimated_usd=lambda: budget.estimated_usd,
            pool_use=library.pool_use,
            left_alone=lambda: runner.left_alone,
            ledger=library.ledger,
            engine_gone=resolver.engine_gone,
        ),
        preflight=runner.preflight,
        trials=runner.trials,
        queue=Queue(runner.resume, runner.forget_sent, queue_order, library.journal),
        following=late(following),
        asking=late(asking),
        practice=library.practice,
        speech_models=speech_models,
        vault=vault,
        updates=Updates(paths.state_file.with_name("updates.json"), proxy=proxy),
        ytdlp=newer_ytdlp,
    )
    kept_late = (catalogue, servers, services.asking, services.following)
    return Program(
        services, runner, library, writers, pool_guard, media, spool, budget, vault, kept_late
    )


def _when_moved(where: Callable[[], str], tell: Callable[[], None]) -> Callable[[object], None]:
    """Return a listener that calls `tell` only if the address has changed."""
    known = where()

    def changed(_: object) -> None:
        nonlocal known
        if (now := where()) != known:
            known = now
            tell()

    return changed


def _makers(
    settings: SettingsFile,
    api_key: Callable[[], str | None],
    url: Callable[[], str],
    patience: Callable[[float], AbstractAsyncContextManager[object]],
) -> dict[Engine, Callable[[], NoteWriter]]:
    def safety() -> str:
        return settings.current.text("gemini.safety")

    def gemini() -> NoteWriter:
        from .services.writers.gemini import GeminiWriter

        return GeminiWriter(
            api_key=api_key,
            url=url(),
            thinking=lambda: settings.current.text("gemini.thinking"),
            safety=safety,
            patience=patience,
        )

    def legacy() -> NoteWriter:
        from .services.writers.gemini_legacy import GeminiLegacyWriter

        return GeminiLegacyWriter(api_key=api_key, url=url(), safety=safety, patience=patience)

    def offline() -> NoteWriter:
        from .services.writers.offline import OfflineWriter

        return OfflineWriter()

    return {Engine.GEMINI: gemini, Engine.GEMINI_LEGACY: legacy, Engine.OFFLINE: offline}


@asynccontextmanager
async def open_program(
    settings: SettingsFile, paths: Paths, board: JobBoard, *, kept: bool = True
) -> AsyncIterator[Program]:
    """Open a program as `build_program` does for the length of a block; raises the same errors.

    Built in a thread, so that a disk or a server that does not answer can be given up.
    """
    program = await asyncio.wrap_future(
        run_in_thread(lambda: build_program(settings, paths, board, kept=kept), name="opening")
    )
    try:
        await program.spool.recover()
        yield program
    finally:
        await program.close_in_time()


async def copy_library(library: Library, place: str, paths: Paths) -> dict[str, int]:
    """Copy a library into a file or database without one; return the number of rows by table.

    `place` is a path, or an address such as `postgresql+psycopg://…`. Raises StoreError, and
    UsageError for the id of a note.
    """
    from .services.library.database.engine import library_url, sqlite_path
    from .services.library.opening import open_library

    if re.fullmatch("[0-9a-f]{12}", place):
        raise UsageError(
            _("“{place}” is the id of a note, and the whole library is copied.").format(
                place=place
            ),
            hint=f"notegen notes export {place}",
        )

    def opened() -> Library:
        url = place if "://" in place else None
        path = paths.database_file if url else Path(place).expanduser().absolute()
        address = library_url(url, path)
        file = sqlite_path(address) if address.get_backend_name() == "sqlite" else None
        if file is not None and library.path is not None and _is_same(file, library.path):
            raise StoreError(_("That is the library itself."), hint=_("Name another file."))
        return open_library(url, path=path, anew=True, maintenance_after_s=1e9)

    other = await asyncio.to_thread(opened)
    try:
        return await library.copy_to(other)
    finally:
        await other.aclose()


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other


def repair_library(paths: Paths) -> Repaired:
    """Save the readable rows of a damaged library that is not open. Blocks. Raises StoreError."""
    from .services.library.repair import repair

    return repair(_library_file(paths))


def restore_library(paths: Paths) -> Restored:
    """Put the newest sound backup in the library's place. Blocks. Raises StoreError."""
    from .services.library.repair import restore

    return restore(_library_file(paths))


def library_has_backup(paths: Paths) -> bool:
    from .services.library.database.failures import backups

    try:
        return bool(backups(_library_file(paths)))
    except StoreError:
        return False


def library_has_log(paths: Paths) -> bool:
    """Return True if the library's file is empty or gone, and a log with newer changes is left."""
    from .services.library.lost import is_empty, log_of

    try:
        path = _library_file(paths)
        return is_empty(path) and log_of(path) is not None
    except (StoreError, OSError):
        return False


def begin_library(paths: Paths) -> None:
    """Create a new library if nothing is left of the old one. Blocks. Raises StoreError."""
    from .services.library.opening import open_library

    path = _library_file(paths)
    open_library(path=path, anew=True, maintenance_after_s=1e9).close()


def _showed_notes(state_file: Path) -> bool:
    """Return True if the window was closed with notes open or in its list of recent videos."""
    try:
        state = state_file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return re.search(r"^(?:tabs|recent)=.*[0-9a-f]{12}", state, re.MULTILINE) is not None


def _library_file(paths: Paths) -> Path:
    """Return the SQLite file of the library. Raises DatabaseUnavailable for one on a server."""
    from .services.library.database.engine import library_url, sqlite_path

    url = library_url(os.environ.get("NOTEGEN_DATABASE_URL") or None, paths.database_file)
    if url.get_backend_name() != "sqlite":
        raise DatabaseUnavailable(
            _("The library lies on a database server."),
            hint=_("Its administrator repairs it or restores a backup."),
        )
    return sqlite_path(url)
