"""Opens the library: the only door into this package."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from notegen_desktop.domain.errors import StoreError
from notegen_desktop.services.ports import Checkup, PoolSettings, PoolUse

from . import migrate
from .engine import Database, library_url
from .failures import backups, damaged
from .jobs import Journal
from .presence import Presence
from .store import Store
from .usage import Ledger

log = logging.getLogger(__name__)

Clock = Callable[[], float]


def open_library(
    url: str | None = None,
    *,
    path: Path,
    pool: PoolSettings | None = None,
    clock: Clock | None = None,
) -> Library:
    """Open, and create or upgrade, the library; takes some tens of milliseconds.

    `url` is a SQLAlchemy address; without one it is the SQLite file `path`. The folder of `path`
    is this machine's own in either case: signs of life lie there. `clock` stands for the
    time that a library goes by: its server's, or this machine's. Blocks, so run it in a thread.
    Raises DatabaseUnavailable, FolderNotWritable or DiskFull.
    """
    address = library_url(url, path)
    database = Database(address, pool or PoolSettings())
    try:
        migrate.bring_up_to_date(database)
        try:
            presence = Presence(path.parent / "running")
        except OSError as error:
            raise database.translated(error) from error
        database.start()
        clock = clock or _time_of(database)
    except BaseException:
        database.close()
        raise
    return Library(database, presence, clock=clock)


def _time_of(database: Database) -> Clock:
    """The time that all who share a library go by: leases are kept by it.

    Of two machines whose clocks differ by minutes, one would otherwise take the other for dead.
    """
    if database.path is not None:
        return time.time
    try:
        with database.readers.connect() as connection:
            server = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))
            ahead = float(server.scalar_one()) - time.time()
    except Exception as error:
        raise database.translated(error) from error
    return lambda: time.time() + ahead


class Library:
    """An open library; fulfils `ports.Library`. Close it once, with `aclose`."""

    def __init__(self, database: Database, presence: Presence, *, clock: Clock) -> None:
        self._database = database
        self._presence = presence
        self.store = Store(database, clock=clock)
        self.ledger = Ledger(database, presence, clock=clock)
        self.journal = Journal(database, presence, clock=clock)
        self._care = threading.Thread(target=self._take_care, name="library-care", daemon=True)
        self._care.start()

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None for a shared library."""
        return self._database.path

    @property
    def place(self) -> str:
        """Where the library is, for people, without a password."""
        return str(self._database.path or self._database.url.render_as_string(hide_password=True))

    def pool_use(self) -> PoolUse:
        return self._database.pool_use()

    async def check(self) -> Checkup:
        """Whether the library is sound, in words; never raises StoreError."""
        database = self._database
        try:
            if database.path is None:
                count = await database.read(lambda c: c.execute(_COUNT).scalar_one())
                return Checkup(True, f"{count} notes on {database.server}.")
            complaint, count = await database.read(
                lambda c: (migrate.quick_check(c), c.execute(_COUNT).scalar_one())
            )
            if complaint:
                raise damaged(database.path, complaint)
        except StoreError as error:
            return Checkup(False, error.message, error.hint)
        newest = next(iter(backups(database.path)), None)
        kept = f"; newest backup {newest}" if newest else ""
        return Checkup(True, f"{count} notes in {database.path}{kept}.")

    async def aclose(self) -> None:
        """Finish what is being written and close every connection; twice is once."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """`aclose` for a caller without a loop."""
        self._care.join()
        self._database.close()
        self._presence.close()

    def _take_care(self) -> None:
        """What can be done beside the user's work: a weekly backup, and clearing up."""
        try:
            migrate.back_up_if_due(self._database)
            self._database.do(self.store.purging())
            self._database.do(self.ledger.tidying())
            self._database.do(self.journal.tidying())
        except Exception as error:  # noqa: BLE001 - the library works without
            log.info("the library was not cared for: %s", self._database.translated(error))


_COUNT = text("SELECT count(*) FROM notes WHERE deleted_at IS NULL")
