"""The spool: stores paid results on disk while the library cannot take them.

A write that the library refuses, or does not take within `PATIENCE_S`, goes into a file of its own
and is repeated with back-off until the library has it: in this run, or at the next start. Each of
these writes is idempotent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import msgspec

from notegen_desktop.domain.errors import (
    DatabaseDamaged,
    DatabaseUnavailable,
    DiskFailed,
    DiskFull,
    LibraryGone,
    NoteMissing,
    StoreError,
)
from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.machine.files import storage_error, write_whole
from notegen_desktop.services.pacing.retry import OnWait, Wait
from notegen_desktop.services.ports import NO_LIBRARY, Holder, Journal, Ledger, NoteStore

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE_S = 1.0
"""Maximum seconds that an answer waits for a write; a healthy library takes some milliseconds."""
OUTLAST_S = 180.0
"""Seconds that a library may be unavailable: longer than a server takes to restart or another
program holds a lock."""
CLOSING_S = 3.0
"""Maximum seconds to wait while the program closes; writes on disk are left for the next start."""
FIRST_WAIT_S = 0.25
MAX_WAIT_S = 5.0


async def _jobs_changed(journal: Journal, run_id: str, jobs: tuple[NoteJob, ...]) -> None:
    await journal.job_changed(run_id, *jobs)


CALLS: dict[str, Callable[..., Any]] = {
    "save": NoteStore.save,
    "revise": NoteStore.revise,
    "add_version": NoteStore.add_version,
    "record": Ledger.record,
    "settle": Ledger.settle,
    "save_draft": Journal.save_draft,
    "job_changed": _jobs_changed,
    "file_written": Journal.file_written,
    "finish_run": Journal.finish_run,
    "release": Journal.release,
}
"""The writes that may be spooled, by name; their annotations give the argument types."""


@dataclass(slots=True, eq=False)
class _Write:
    """One write. `stored` is a future with the library's answer; `error` is the reason why the
    write is not on disk either."""

    call: str
    arguments: dict[str, Any]
    key: str
    stored: asyncio.Future[Any]
    attempt: asyncio.Task[None] | None = None
    path: Path | None = None
    error: StoreError | None = None


class Spool:
    """Spools writes; one instance per program, used from the event loop's thread only.

    `place` names the library, so that spooled writes never go into another.
    """

    def __init__(
        self,
        folder: Path,
        *,
        store: NoteStore,
        ledger: Ledger,
        journal: Journal,
        clock: Clock,
        holder: Holder,
        place: str = "",
    ) -> None:
        self.folder = folder
        self.trouble: StoreError | None = None
        self._clock = clock
        self._holder = holder
        self._place = hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        self._made: dict[str, Callable[..., Awaitable[Any]]] = {
            name: getattr(port, name)
            for port, protocol in ((store, NoteStore), (ledger, Ledger), (journal, Journal))
            for name in CALLS
            if hasattr(protocol, name)
        }
        self._made["job_changed"] = partial(_jobs_changed, journal)
        self._since = 0.0
        self._waiting: dict[str, _Write] = {}
        self._rooms: list[Path] = []
        self._writers = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._repeating: asyncio.Task[None] | None = None
        self._last_number = 0

    @property
    def waiting(self) -> int:
        """Return the number of writes that the library does not have yet."""
        return len(self._waiting)

    @property
    def words(self) -> str:
        """Return a sentence about the waiting writes, for users."""
        why = f" ({self.trouble.message.rstrip('.')})" if self.trouble is not None else ""
        return ngettext(
            "{n} entry waits for the library{why}. It is kept in {folder} and goes into the "
            "library at the next start.",
            "{n} entries wait for the library{why}. They are kept in {folder} and go into the "
            "library at the next start.",
            self.waiting,
        ).format(n=number(self.waiting), why=why, folder=self.folder)

    # --- writing ---

    async def keep(self, call: str, *, key: str = "", **arguments: Any) -> None:
        """Make one of `CALLS` durable: in the library or, while that fails, in the spool.

        A later write with the same `key` replaces a waiting one. Cancelling does not stop it. If no
        disk takes it either, it is repeated as long as the program runs.
        """
        await self._durable(call, arguments, key)

    async def save(
        self, note: Note, request: NoteRequest, *, fingerprint: str, waiting: OnWait
    ) -> Note:
        """Store a note; return it as stored. A library held up temporarily is waited for, which
        `waiting` is told.

        Raises StoreError if neither the library nor the spool could take it.
        """
        arguments = {"note": note, "request": request, "fingerprint": fingerprint}
        entry = await self._durable("save", arguments, f"note {request.job_id}")
        if not entry.stored.done():
            waiting(Wait(_words(self.trouble)))
            await self._outlasted(entry.stored)
        if entry.stored.done():
            saved: Note = entry.stored.result()
            return saved
        if entry.error is not None:
            raise self.trouble or entry.error
        if isinstance(self.trouble, LibraryGone):
            raise self.trouble  # the spooled write may be recovered by the next start, or never
        return note

    async def outlast(self, work: Callable[[], Awaitable[T]], waiting: OnWait) -> T:
        """Return the result of `work` on the library, repeated for at most `OUTLAST_S` while that
        is held up.

        Used before anything is paid for. Raises StoreError.
        """
        until = self._clock.monotonic() + OUTLAST_S
        wait_s = FIRST_WAIT_S
        while True:
            try:
                return await work()
            except StoreError as error:
                if not _passes(error) or self._clock.monotonic() + wait_s > until:
                    raise
                waiting(Wait(_words(error)))
            await self._clock.sleep(wait_s)
            wait_s = min(2 * wait_s, MAX_WAIT_S)

    @asynccontextmanager
    async def room(self, size: int) -> AsyncIterator[None]:
        """Reserve `size` bytes of disk for a note while it is written. Raises DiskFull.

        A note that could not be stored must not be paid for.
        """
        path = self._path(".room")
        try:
            await asyncio.to_thread(write_whole, path, bytes(size))
        except DiskFull as error:
            raise self._full() from error
        except StoreError as error:
            log.info("no room is held for a note: %s", error)
        self._rooms.append(path)
        self._writers += 1
        try:
            yield
        finally:
            self._writers -= 1
            # A note may have used another note's reservation, which then uses this one.
            if len(self._rooms) > self._writers:
                left = path if path in self._rooms else self._rooms[0]
                self._rooms.remove(left)
                _unlink(left)

    def later(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run `work` in a task that outlives the caller's cancellation; `flush` waits for it."""
        task = asyncio.create_task(work, name="bookkeeping")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_heard)
        return task

    # --- beginning and end ---

    async def recover(self) -> int:
        """Load the spooled writes of ended programs; return the number of notes among them.

        Returns when the library has them, or cannot take them now.
        """
        entries = await asyncio.to_thread(self._claim)
        for call, arguments, path in entries:
            self._waiting[path.name] = _Write(call, arguments, path.name, _future(), path=path)
        self._repeat_on()
        until = self._clock.monotonic() + CLOSING_S
        while self._waiting and self.trouble is None and self._clock.monotonic() < until:
            assert self._repeating is not None
            await self._within(self._repeating, 0.05)
        return sum(call == "save" for call, _, _ in entries)

    async def flush(self, *, timeout_s: float = OUTLAST_S) -> None:
        """Return when all writes are in the library, after `timeout_s`, or on an error that does
        not pass by itself."""
        until = time.monotonic() + timeout_s
        while self._tasks and time.monotonic() < until:
            await asyncio.wait([*self._tasks], timeout=until - time.monotonic())
        if self._repeating is not None:
            await self._outlasted(self._repeating, timeout_s)

    async def aclose(self) -> None:
        """Stop repeating. Writes on disk are loaded by the next start."""
        await self.flush(timeout_s=CLOSING_S)
        if self._repeating is not None:
            self._repeating.cancel()
            await asyncio.gather(self._repeating, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for entry in self._waiting.values():
            if entry.path is None:
                log.warning("could be kept nowhere: %s (%s)", entry.call, entry.error)

    # --- one write ---

    async def _durable(self, call: str, arguments: dict[str, Any], key: str) -> _Write:
        entry = _Write(call, arguments, key or uuid.uuid4().hex, _future())
        try:
            if not self._waiting:
                await asyncio.wait([self._try(entry)], timeout=PATIENCE_S)
        finally:  # also on cancellation
            kept = None if entry.stored.done() else self.later(self._put_aside(entry))
        if kept is not None:
            await asyncio.shield(kept)
        if entry.stored.done():
            entry.stored.result()
        return entry

    async def _put_aside(self, entry: _Write) -> None:
        before = self._waiting.pop(entry.key, None)
        self._waiting[entry.key] = entry
        try:
            await asyncio.to_thread(self._to_disk, entry)
        except StoreError as error:
            entry.error = error
        if before is not None and entry.path is not None:
            _unlink(before.path)
        self._repeat_on()

    def _try(self, entry: _Write) -> asyncio.Task[None]:
        entry.attempt = self.later(self._attempt(entry))
        return entry.attempt

    async def _attempt(self, entry: _Write) -> None:
        try:
            result = await self._made[entry.call](**entry.arguments)
        except NoteMissing as error:  # an answer of the library, not a failure
            entry.stored.set_exception(error)
        except StoreError as error:
            if self.trouble is None:
                self._since = self._clock.monotonic()
                log.warning("the library cannot be written now: %s", error)
            self.trouble = error
        except Exception as error:
            log.exception("%s cannot be written", entry.call)
            entry.stored.set_exception(error)
        else:
            self.trouble = None
            entry.stored.set_result(result)

    def _repeat_on(self) -> None:
        if self._waiting and (self._repeating is None or self._repeating.done()):
            self._repeating = asyncio.create_task(self._repeat(), name="spool")

    async def _repeat(self) -> None:
        """Repeat waiting writes, in order, until none is left."""
        wait_s = FIRST_WAIT_S
        while self._waiting:
            entry = next(iter(self._waiting.values()))
            await (entry.attempt or self._try(entry))
            entry.attempt = None
            if self._waiting.get(entry.key) is not entry:  # replaced by a newer write
                continue
            del self._waiting[entry.key]
            if entry.stored.done():
                await asyncio.to_thread(_unlink, entry.path)
                wait_s = FIRST_WAIT_S
                continue
            # moved to the end, so that one failing write does not stop the others
            self._waiting[entry.key] = entry
            await self._clock.sleep(wait_s)
            wait_s = min(2 * wait_s, MAX_WAIT_S)

    async def _outlasted(
        self, waited_for: asyncio.Future[Any], timeout_s: float = OUTLAST_S
    ) -> None:
        """Wait while the library is held up, at most `timeout_s` since that began."""
        now = self._clock.monotonic()
        while not waited_for.done():
            if self.trouble is not None and not _passes(self.trouble):
                return
            begun = now if self.trouble is None else self._since
            left_s = begun + timeout_s - self._clock.monotonic()
            if left_s <= 0:
                return
            await self._within(waited_for, min(left_s, MAX_WAIT_S))

    async def _within(self, waited_for: asyncio.Future[Any], seconds: float) -> None:
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait([waited_for, timer], return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()

    # --- files ---

    def _path(self, suffix: str) -> Path:
        """Return the path of a new file; file names sort in the order of the writes."""
        self._last_number = max(self._last_number + 1, time.time_ns())
        return self.folder / f"{self._last_number}-{self._place}-{self._holder.token}{suffix}"

    def _to_disk(self, entry: _Write) -> None:
        """Write to disk, if it is full in place of a note's reserved space. Raises StoreError."""
        arguments = msgspec.to_builtins(entry.arguments, enc_hook=str)
        # Not msgspec, which refuses lone surrogates; titles and paths may contain them.
        content = json.dumps({"call": entry.call, "arguments": arguments}).encode()
        path = self._path(".json")
        try:
            write_whole(path, content)
        except DiskFull as error:
            room = self._room_for(content) if entry.call == "save" else None
            if room is None:
                raise self._full() from error
            try:
                with room.open("r+b") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                room.rename(path)
            except OSError as error:
                raise storage_error(error, path) from error
        entry.path = path

    def _full(self) -> DiskFull:
        """Return the error that names the folder: the user does not know the files in it."""
        return DiskFull(
            _("The disk is full: {name} could not be written.").format(name=self.folder)
        )

    def _room_for(self, content: bytes) -> Path | None:
        """Return the smallest reservation that fits the content, so that larger notes keep the
        larger ones."""
        sizes: dict[Path, int] = {}
        for path in self._rooms:
            with suppress(OSError):  # another note may be using it now
                sizes[path] = path.stat().st_size
        for path in sorted(sizes, key=sizes.__getitem__):
            if sizes[path] >= len(content):
                with suppress(ValueError):
                    self._rooms.remove(path)
                    return path
        return None

    def _claim(self) -> list[tuple[str, dict[str, Any], Path]]:
        """Return the writes of ended programs, after claiming each file for this program."""
        found: list[tuple[str, dict[str, Any], Path]] = []
        for path in sorted(self.folder.glob("*")) if self.folder.is_dir() else ():
            number, _, rest = path.stem.partition("-")
            place, _, token = rest.partition("-")
            if place != self._place or self._holder.alive(token) is not False:
                continue
            try:
                if path.suffix != ".json":
                    path.unlink()
                    continue
                mine = path.with_name(f"{number}-{place}-{self._holder.token}.json")
                path.rename(mine)
                # A note written into its reservation is followed by zeros.
                data = json.loads(mine.read_bytes().partition(b"\0")[0])
                call, kinds = data["call"], get_type_hints(CALLS[data["call"]])
                arguments = {
                    name: msgspec.convert(
                        value, kinds[name], dec_hook=lambda named, text: named(text)
                    )
                    for name, value in data["arguments"].items()
                }
                found.append((call, arguments, mine))
            except FileNotFoundError:
                continue  # another program has taken it
            except (OSError, ValueError, LookupError, TypeError):
                log.exception("what waits for the library in %s cannot be read", path)
        return found


def _future() -> asyncio.Future[Any]:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.add_done_callback(_heard)
    return future


def _heard(done: asyncio.Future[Any]) -> None:
    """Mark a future's exception as retrieved; it is raised wherever the future is awaited."""
    if not done.cancelled():
        done.exception()


def _unlink(path: Path | None) -> None:
    if path is not None:
        with suppress(OSError):
            path.unlink()


def _passes(trouble: StoreError | None) -> bool:
    """Return True for a temporary error: a lock, or a server that restarts."""
    held_up = isinstance(trouble, DatabaseUnavailable)
    return held_up and not isinstance(trouble, DatabaseDamaged | DiskFailed)


def _words(trouble: StoreError | None) -> str:
    if trouble is None:
        return NO_LIBRARY
    return f"{NO_LIBRARY}. {trouble.message}"
