"""Database connections: one writer and many readers on SQLite, a pool on PostgreSQL.

`Database.read` and `Database.write` run work on a connection in another thread and wait without
blocking the loop. No other module of this package opens a connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import URL, Connection, Engine, UpdateBase, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from notegen_desktop.domain.errors import (
    DatabaseDamaged,
    DatabaseUnavailable,
    DriverMissing,
    LibraryGone,
    NoteGenError,
)
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.installation import how_to_add
from notegen_desktop.services.ports import PoolSettings, PoolUse

from .access import IN_MEMORY, WAL, SqliteAccess, find_access
from .failures import is_transient, release_cursors, translate
from .pool import PoolWatch
from .writer import WriterThread

T = TypeVar("T")
UnitOfWork = Callable[[Connection], T]

BUSY_TIMEOUT_MS = 15_000
SQLITE_READERS = 4
WAITING_THREADS = 32
HELD_S = 3_600
"""Maximum seconds that a read or write of SQLite waits while the file is repaired."""
_STEPS = 20_000
"""Steps of SQLite's virtual machine between two checks for cancellation: about 1 ms."""
TRIES = 5
"""Maximum tries of a PostgreSQL transaction after deadlocks or conflicts."""


class Database:
    """An open database. Created in any thread, used from the event loop's, closed once."""

    access: SqliteAccess = WAL
    """The way the SQLite file is opened; set by `find_access`, before the first connection."""

    def __init__(self, url: URL, pool: PoolSettings) -> None:
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.path = sqlite_path(url) if self.is_sqlite else None
        self.server = "" if self.is_sqlite else f"{url.host or 'localhost'}"
        self._closed = threading.Event()
        self._writer: WriterThread | None = None
        self._file: os.stat_result | None = None
        if self.is_sqlite:
            settings = PoolSettings(SQLITE_READERS, 0, pool.timeout_s, pool.connect_timeout_s)
            self.engine = self._sqlite_engine(readers=0)
            self.readers = self._sqlite_engine(readers=SQLITE_READERS)
            self._watch = PoolWatch(self.readers, settings)
        else:
            settings = pool
            self.engine = _server_engine(url, pool)
            # The same pool. A note is read in several statements, which must see one snapshot.
            self.readers = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._watch = PoolWatch(self.engine, settings)
        # On a server there are more threads than connections: callers wait at the pool, which has a
        # timeout. Readers of SQLite never wait for long.
        self._threads = ThreadPoolExecutor(
            settings.size + settings.overflow + (0 if self.is_sqlite else WAITING_THREADS),
            thread_name_prefix="library",
        )

        self._damage: NoteGenError | None = None
        self._tell_damage: Callable[[NoteGenError], object] | None = None

    def find_access(self) -> None:
        """Determine how the SQLite file can be opened here. Raises StoreError."""
        if self.path is None or self.access is IN_MEMORY:
            return
        if self.path.is_dir():
            raise DatabaseUnavailable(
                _("{path} is a folder, not a notes database.").format(path=self.path),
                hint=_("Name a file, or move the folder."),
            )
        try:
            if not self.path.parent.is_dir():
                self.path.parent.mkdir(parents=True, exist_ok=True)
            self.access = find_access(self.path)
        except OSError as error:
            raise self.translated(error) from error

    def when_damaged(self, tell: Callable[[NoteGenError], object]) -> None:
        """Call `tell` the first time that damage is found, in whatever thread that happens."""
        self._tell_damage = tell
        if self._damage is not None:
            tell(self._damage)

    def while_closed(self, work: Callable[[], T]) -> T:
        """Run `work` while this program has no connection to the SQLite file; reads and writes
        wait. Damage found before is forgotten."""
        with contextlib.ExitStack() as held:
            for engine in (self.engine, *[self.readers] * SQLITE_READERS):
                connection = engine.raw_connection()
                # Closed explicitly: an invalidated connection goes back to its pool at once.
                held.callback(connection.invalidate)
                if (opened := connection.driver_connection) is not None:
                    opened.close()
            result = work()
            self._damage = None
            self._remember_file()  # the work may have replaced the file
            return result

    def start(self) -> None:
        """Start the connections, once the schema is up to date."""
        if self.is_sqlite:
            self._remember_file()
            self._writer = WriterThread(self.engine)
        else:
            self._watch.start_timer()

    def _remember_file(self) -> None:
        if self.path is not None and self.path.exists():
            self._file = self.path.stat()

    async def read(self, work: UnitOfWork[T]) -> T:
        """Return the result of `work` on one snapshot of the database. Raises StoreError.
        Cancelling the wait interrupts the work, as when a search is typed over."""
        running = _Interruptible(work)
        try:
            return await self._wait(self._in_thread(running, self.readers))
        except asyncio.CancelledError:
            running.interrupt()
            raise

    async def write(self, work: UnitOfWork[T]) -> T:
        """Run `work` in a transaction; durable when this returns. Raises StoreError.

        `work` may run more than once. Cancelling the wait does not stop a write under way.
        """
        return await self._wait(self._written(work))

    async def execute(self, statement: UpdateBase) -> int:
        """Run `write` with one statement; return the number of affected rows. Raises StoreError."""
        return await self.write(lambda connection: connection.execute(statement).rowcount)

    def do(self, work: UnitOfWork[T]) -> T:
        """Run `write` in a thread without a loop; blocks it."""
        return self._written(work).result()

    def pool_use(self) -> PoolUse:
        return self._watch.use()

    def translated(self, error: Exception) -> NoteGenError:
        said = translate(error, path=self.path, server=self.server)
        if isinstance(said, DatabaseDamaged) and self._damage is None:
            self._damage = said
            if self._tell_damage is not None:
                self._tell_damage(said)
        return said

    def close(self) -> None:
        """Finish pending writes and close every connection. Blocks. Idempotent."""
        if self._closed.is_set():
            return
        self._closed.set()
        if self._writer is not None:
            self._writer.close()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._watch.stop_timer()
        self.readers.dispose()
        self.engine.dispose()

    def _written(self, work: UnitOfWork[T]) -> Future[T]:
        if self.access.refused is not None:
            refused: Future[T] = Future()
            refused.set_exception(self.access.refused)
            return refused
        if self._writer is None:
            return self._in_thread(work, self.engine)
        try:
            return self._writer.submit(self._where_it_is_kept(work))
        except RuntimeError as error:
            raise _closed_words() from error

    def _where_it_is_kept(self, work: UnitOfWork[T]) -> UnitOfWork[T]:
        """Return `work` that fails if the file was removed or moved, since its writes would be
        lost."""
        path = self.path

        def run(connection: Connection) -> T:
            result = work(connection)
            before = self._file
            if path is not None and before is not None and not _is_still(before, path):
                raise LibraryGone(
                    _("The library {path} was removed or moved while NoteGen is running.").format(
                        path=path
                    )
                )
            return result

        return run

    def _in_thread(self, work: UnitOfWork[T], engine: Engine) -> Future[T]:
        def run() -> T:
            for tries_left in reversed(range(TRIES)):
                try:
                    with engine.connect() as connection:
                        got()
                        with connection.begin():
                            return work(connection)
                except Exception as error:
                    release_cursors(error)
                    if not tries_left or not is_transient(error):
                        raise
            raise AssertionError("unreachable")

        got = self._watch.wait_begins()
        try:
            future = self._threads.submit(run)
        except RuntimeError as error:
            got()
            raise _closed_words() from error
        future.add_done_callback(lambda _: got())
        return future

    def _sqlite_engine(self, *, readers: int) -> Engine:
        """Return the engine of the writer, or of this number of `readers`."""
        path = sqlite_path(self.url)
        engine = create_engine(
            self.url,
            creator=lambda: self.access.connect(path, timeout_s=BUSY_TIMEOUT_MS / 1000),
            pool_size=readers or 1,
            max_overflow=0,
            pool_timeout=HELD_S,
            pool_use_lifo=True,
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, entry: object) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            cursor.execute("PRAGMA foreign_keys=ON")
            if readers or self.access.refused is not None:
                cursor.execute("PRAGMA query_only=ON")
            else:
                cursor.execute(f"PRAGMA journal_mode={self.access.journal}")
                cursor.execute("PRAGMA synchronous=FULL")
            cursor.close()

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # BEGIN IMMEDIATE: a transaction that reads first and writes later fails as soon as
            # another writes.
            connection.exec_driver_sql("BEGIN" if readers else "BEGIN IMMEDIATE")

        return engine

    async def _wait(self, future: Future[T]) -> T:
        try:
            return await asyncio.wrap_future(future)
        except NoteGenError:
            raise
        except Exception as error:
            raise self.translated(error) from error


class _Interruptible(Generic[T]):
    """Work on a connection that another thread can interrupt."""

    def __init__(self, work: UnitOfWork[T]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._driver: Any = None
        self._over = False

    def __call__(self, connection: Connection) -> T:
        driver = connection.connection.driver_connection
        with self._lock:
            if self._over:
                raise asyncio.CancelledError
            self._driver = driver
        if isinstance(driver, sqlite3.Connection):
            # An interruption has no effect while no statement runs.
            driver.set_progress_handler(lambda: self._over, _STEPS)
        try:
            return self._work(connection)
        finally:
            # From here on, an interruption would stop the connection's next statement.
            with self._lock:
                self._driver = None
            if isinstance(driver, sqlite3.Connection):
                driver.set_progress_handler(None, 0)

    def interrupt(self) -> None:
        with self._lock:
            self._over = True
            if isinstance(self._driver, sqlite3.Connection):
                self._driver.interrupt()
            elif self._driver is not None:
                self._driver.cancel()


def _is_still(before: os.stat_result, path: Path) -> bool:
    """Return True if the file is still at its path. Another has a different inode and is smaller:
    the inode alone is not enough, since network shares change it."""
    try:
        now = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(before, now) or now.st_size >= max(1, before.st_size)


def library_url(url: str | None, path: Path) -> URL:
    """Return the address to open: `url`, or the SQLite file `path`. Raises DatabaseUnavailable."""
    if not url:
        return URL.create("sqlite", database=str(path))
    try:
        made = make_url(url)
        if made.drivername in ("postgresql", "postgres"):
            made = made.set(drivername="postgresql+psycopg")
    except ArgumentError as error:
        raise DatabaseUnavailable(
            _("NOTEGEN_DATABASE_URL is not a database address."),
            hint=_("It looks like postgresql+psycopg://user@host/name, or is left out."),
        ) from error
    if made.get_backend_name() not in ("sqlite", "postgresql"):
        raise DriverMissing(
            _("The library cannot be kept in {get_backend_name}.").format(
                get_backend_name=made.get_backend_name()
            ),
            hint=_(
                "SQLite (the default) and PostgreSQL work; the address of the latter begins with "
                "postgresql+psycopg://, and its driver is an extra. {install}"
            ).format(install=how_to_add("postgres")),
        )
    if made.get_backend_name() == "sqlite":
        made = made.set(drivername="sqlite")
    if made.get_backend_name() == "sqlite" and not made.database:
        raise DatabaseUnavailable(
            _("A library in memory would be lost."),
            hint=_("Name a file: sqlite:////path/to/notes.db."),
        )
    return made


def sqlite_path(url: URL) -> Path:
    return Path(str(url.database)).absolute()


def _server_engine(url: URL, pool: PoolSettings) -> Engine:
    try:
        return create_engine(
            url,
            isolation_level="READ COMMITTED",
            pool_size=pool.size,
            max_overflow=pool.overflow,
            pool_timeout=pool.timeout_s,
            pool_pre_ping=True,
            pool_use_lifo=True,
            connect_args={
                "connect_timeout": max(1, int(pool.connect_timeout_s)),
                "application_name": f"notegen {os.getpid()}",
            },
        )
    except (ImportError, NoSuchModuleError) as error:
        raise DriverMissing(
            _("The driver for {drivername} is not installed.").format(drivername=url.drivername),
            hint=_("{install} The address begins with postgresql+psycopg://.").format(
                install=how_to_add("postgres")
            ),
        ) from error


def _closed_words() -> DatabaseUnavailable:
    return DatabaseUnavailable(_("The library is closed."), hint=_("Start NoteGen again."))
