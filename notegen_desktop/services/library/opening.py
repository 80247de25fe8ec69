"""Opens the library: the only entry into this package."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from notegen_desktop.domain.errors import (
    DatabaseDamaged,
    DatabaseUnavailable,
    NoteGenError,
    StoreError,
)
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import Checkup, PoolSettings, PoolUse, Repaired

from . import migrate, search
from .database.access import IN_MEMORY
from .database.engine import Database, library_url
from .database.failures import backups, damaged
from .database.presence import Presence
from .database.recognition import check_is_library
from .followed import FollowedLists
from .journal import Journal
from .ledger import Ledger
from .lost import check_not_lost, is_empty, set_aside
from .maintenance import AFTER_S, Maintenance
from .practice import PracticeCards
from .questions import Questions
from .store import Store

Clock = Callable[[], float]


def open_library(
    url: str | None = None,
    *,
    path: Path,
    pool: PoolSettings | None = None,
    clock: Clock | None = None,
    kept: bool = True,
    had_notes: bool = False,
    anew: bool = False,
    maintenance_after_s: float = AFTER_S,
) -> Library:
    """Open, and create or upgrade, the library; takes some tens of milliseconds.

    `url` is a SQLAlchemy address; without one it is the SQLite file `path`. The folder of `path` is
    this machine's own in either case: signs of life are stored there. `clock` replaces the
    library's time, which is its server's or this machine's. Without `kept` the library is in memory
    and ends with the program. `had_notes`: notes are known from elsewhere, so an empty file is not
    a first start. With `anew` a new library is created in an empty file, and traces of an old one
    are set aside. Blocks, so run it in a thread. `maintenance_after_s` is the time in seconds until
    background maintenance. Raises DatabaseUnavailable, LibraryLost, FolderNotWritable or DiskFull;
    a readable library that cannot be written opens, and `Library.refused` is the reason.
    """
    address = library_url(url if kept else None, path)
    database = Database(address, pool or PoolSettings())
    with contextlib.ExitStack() as closing:
        closing.callback(database.close)
        if not kept:
            database.access = IN_MEMORY
        elif database.path is not None:
            _look_before_it_is_made(database, had_notes=had_notes, anew=anew)
        database.find_access()
        presence = Presence(path.parent / "running")
        closing.callback(presence.close)
        migrate.bring_up_to_date(database, maker=presence.token)
        database.start()
        clock = clock or _time_of(database)
        closing.pop_all()
    return Library(database, presence, clock=clock, maintenance_after_s=maintenance_after_s)


def _look_before_it_is_made(database: Database, *, had_notes: bool, anew: bool) -> None:
    path = database.path
    assert path is not None
    try:
        check_is_library(path, damaged_too=not anew)
        if not anew:
            check_not_lost(path, had_notes=had_notes)
        elif is_empty(path):
            set_aside(path)
    except OSError as error:
        raise database.translated(error) from error


def _time_of(database: Database) -> Clock:
    """Return the clock shared by all users of a library, by which leases expire.

    With clocks of their own, a machine a few minutes ahead would take the leases of another for
    expired.
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
    """An open library. Close it once, with `aclose`."""

    def __init__(
        self, database: Database, presence: Presence, *, clock: Clock, maintenance_after_s: float
    ) -> None:
        self._database = database
        self._presence = presence
        self.store = Store(database, clock=clock, maker=presence.token)
        self.ledger = Ledger(database, presence, clock=clock)
        self.followed = FollowedLists(database, clock=clock)
        self.questions = Questions(database)
        self.practice = PracticeCards(database)
        self.journal = Journal(database, presence, clock=clock)
        tidying = (self.store.purging(), self.ledger.tidying(), self.journal.tidying())
        self._maintenance = Maintenance(database, presence, tidying, after_s=maintenance_after_s)

    @property
    def refused(self) -> NoteGenError | None:
        """Return why the library cannot be written, or None if it can."""
        return self._database.access.refused

    @property
    def path(self) -> Path | None:
        """Return the SQLite file, or None for a shared library."""
        return self._database.path

    @property
    def holder(self) -> Presence:
        """Return the lock file of this process, which also checks whether others are alive."""
        return self._presence

    @property
    def place(self) -> str:
        """Return the library's address without a password; "memory" for one in memory."""
        if self._database.access is IN_MEMORY:
            return "memory"
        return str(self._database.path or self._database.url.render_as_string(hide_password=True))

    def pool_use(self) -> PoolUse:
        return self._database.pool_use()

    async def check(self) -> Checkup:
        """Check the library; return the result as text. Never raises StoreError."""
        database = self._database
        try:
            found = await database.read(lambda c: c.execute(_COUNT).scalar_one())
            notes = ngettext("{n} note", "{n} notes", found).format(n=number(found))
            if database.path is None:
                return Checkup(
                    True, _("{notes} on {server}.").format(notes=notes, server=database.server)
                )
            complaint = await database.read(migrate.quick_check)
            if complaint:
                raise database.translated(damaged(database.path, complaint))
            if self.refused is not None:
                message = _("{message} Its {notes} can be read.").format(
                    message=self.refused.message, notes=notes
                )
                return Checkup(False, message, self.refused.hint)
            try:
                await database.write(search.check)
            except DatabaseDamaged:
                raise
            except StoreError:
                pass  # busy or full: it can be read, but the search index is not checked
        except StoreError as error:
            return Checkup(
                False, error.message, error.hint, damaged=isinstance(error, DatabaseDamaged)
            )
        newest = next(iter(backups(database.path)), None)
        words = _("{notes} in {path}.")
        if newest:
            words = _("{notes} in {path}; newest backup {newest}.")
        return Checkup(True, words.format(notes=notes, path=database.path, newest=newest))

    def when_damaged(self, tell: Callable[[NoteGenError], object]) -> None:
        self._database.when_damaged(tell)

    async def try_to_write(self) -> NoteGenError | None:
        """Try again to write to the library; return why it fails, or None."""
        await asyncio.to_thread(self._database.while_closed, self._database.find_access)
        return self.refused

    async def repair(self) -> Repaired:
        return await asyncio.to_thread(self._repair)

    def _repair(self) -> Repaired:
        from .repair import repair

        database = self._database
        path = database.path
        if path is None:
            raise DatabaseUnavailable(_("A shared library is repaired on its server."))
        self._maintenance.stop()
        return database.while_closed(lambda: repair(path, database.access))

    async def copy_to(self, other: Library) -> dict[str, int]:
        """Copy every row into another, empty library; return the number of rows by table. Raises
        StoreError; then the other is still empty."""
        from .copying import copy_all

        return await asyncio.to_thread(self._copied_to, copy_all, other._database)

    def _copied_to(
        self, copy: Callable[[Database, Database], dict[str, int]], target: Database
    ) -> dict[str, int]:
        try:
            return copy(self._database, target)
        except NoteGenError:
            raise
        except Exception as error:
            raise target.translated(error) from error

    async def aclose(self) -> None:
        """Finish pending writes and close every connection. Idempotent."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """`aclose` for a caller without a loop."""
        self._maintenance.stop()
        self._database.close()
        self._presence.close()


_COUNT = text("SELECT count(*) FROM notes WHERE deleted_at IS NULL")
