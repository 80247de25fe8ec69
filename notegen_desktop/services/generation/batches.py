"""Sends batches, finds them again after a kill, and polls until they have ended.

A batch is in the journal under its title before it is sent. If the answer to sending was lost, the
service is asked by title whether it took the batch, before it is sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from notegen_desktop.domain.errors import (
    AccountRefused,
    AnswerUnusable,
    KeyRejected,
    NetworkUnreachable,
    NoFreeTier,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    TimedOut,
    Unexpected,
)
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.machine.sleep_detection import SleepDetector
from notegen_desktop.services.pacing.retry import Wait, moment_words
from notegen_desktop.services.ports import (
    Assignment,
    Batch,
    BatchRequest,
    BatchState,
    BatchWriter,
    Journal,
    SentRequest,
)

from .assignment import Work
from .observer import GenerationObserver
from .spool import Spool

log = logging.getLogger(__name__)

DAY_S = 86_400.0
"""Seconds within which Gemini aims to finish a batch; most take a fraction of that."""
CONFIRM_S = 20.0
"""Seconds after which a batch that Gemini does not list counts as not taken."""
FIRST_POLL_S = 60.0
MAX_POLL_S = 600.0
POLL_FACTOR = 1.5
"""Growth factor of the pause between two polls of a batch."""

MAYBE_SENT_ERRORS = (ServiceUnavailable, TimedOut, AnswerUnusable)
"""Errors after which a batch may have been taken all the same."""
NOT_SENT_ERRORS = (NetworkUnreachable, RateLimited, QuotaExhausted)
"""Errors that mean the batch was not taken, and may be later."""

OTHER_KEY = N_("{since} with another key of Gemini; set that one again to fetch it")
AT_ONCE = N_("Retry writes it at once, at the usual price.")


@dataclass(slots=True, eq=False)
class BatchMember:
    """One request of a batch: a note, or a part of one. `sent` is its journal entry."""

    work: Work
    observer: GenerationObserver
    assignment: Assignment
    answer: asyncio.Future[tuple[Any, Batch]]
    sent: SentRequest
    request: BatchRequest | None = None
    is_parked: bool = False

    def tell(self, words: str) -> None:
        self.observer.waiting(Wait(words))


@dataclass(slots=True, eq=False)
class SentBatch:
    """Requests that are, or were, sent together as one batch.

    `name` is the service's, `at` the time of sending. `maybe_sent`: the service may have taken it.
    `wait_reason` is the reason for waiting, as text. `seen` is its final state. `size` is in bytes.
    """

    title: str
    model: str
    name: str = ""
    at: float = 0.0
    account: str = ""
    maybe_sent: bool = False
    wait_reason: str = ""
    seen: Batch | None = None
    members: dict[str, BatchMember] = field(default_factory=dict)
    size: int = 0
    task: asyncio.Task[None] | None = None


@dataclass(slots=True, eq=False)
class BatchSender:
    """Sends batches to the service and fetches their answers; used from the event loop's thread
    only.

    `enqueue` takes requests that were never sent, `mark_spent` one that got no usable answer.
    `news` is set, and replaced, when requests begin to wait for nothing but a batch.
    """

    batches: BatchWriter
    journal: Journal
    spool: Spool
    sleep_detector: SleepDetector
    enqueue: Callable[[list[BatchMember]], None]
    mark_spent: Callable[[SentRequest], None]
    news: asyncio.Event = field(default_factory=asyncio.Event)
    closing: bool = False
    by_title: dict[str, SentBatch] = field(default_factory=dict)

    def begin(self, batch: SentBatch) -> None:
        """Send a batch, or continue after an earlier program sent it."""
        self.by_title[batch.title] = batch
        batch.task = asyncio.create_task(self._process(batch), name="batch")

    def attach(self, member: BatchMember) -> None:
        """Attach a request to the batch that it was sent in."""
        sent = member.sent
        batch = self.by_title.get(sent.batch)
        if batch is None:
            batch = SentBatch(
                sent.batch, member.work.model, sent.name, sent.at, sent.account, not sent.name
            )
        batch.members[sent.key] = member
        if batch.seen is not None:
            self._deliver(batch)
        elif batch.task is None or batch.task.done():
            self.begin(batch)
        elif batch.wait_reason:
            self._park(batch)

    def leave(self, member: BatchMember) -> None:
        for batch in self.by_title.values():
            if batch.members.get(member.sent.key) is member:
                del batch.members[member.sent.key]

    async def forget(self, last: SentRequest) -> None:
        """Forget a request that was removed from the journal. After the last one, cancel the batch
        at the service, so that it writes nothing more."""
        if await self.journal.sent(batch=last.batch):
            return
        batch = self.by_title.get(last.batch)
        if batch is not None and batch.seen is not None:
            del self.by_title[last.batch]  # frees its results, too
            return
        if batch is not None and not batch.name and batch.task and not batch.task.done():
            return  # `_process` cancels it once it is sent
        names = [last.name or (batch.name if batch is not None else "")]
        if not names[0]:
            with suppress(NoteGenError):
                names = await self.batches.find(last.batch)
        for name in filter(None, names):
            await self._cancel(name)

    async def aclose(self) -> None:
        self.closing = True
        tasks = [batch.task for batch in self.by_title.values() if batch.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.batches.aclose()

    async def _process(self, batch: SentBatch) -> None:
        """Send a batch and fetch its answers. All results and errors end on its requests."""
        try:
            if not batch.name and not await self._send(batch):
                return
            if not (batch.members or self.closing or await self.journal.sent(batch=batch.title)):
                # all requests were given up while it was being sent
                await self.batches.cancel(batch.name)
                return
            await self._watch(batch)
        except NoteGenError as error:
            self._fail(batch, error)
        except Exception:
            log.exception("unexpected error in a batch")
            self._fail(batch, Unexpected())

    async def _send(self, batch: SentBatch) -> bool:
        """Have the service take a batch exactly once; False if it has not, or is not to have it."""
        while not batch.name:
            if not await (self._find(batch) if batch.maybe_sent else self._submit(batch)):
                return False
        named = [replace(s, name=batch.name) for s in await self.journal.sent(batch=batch.title)]
        await self.journal.put_sent(*named)
        for member in batch.members.values():
            member.sent = replace(member.sent, name=batch.name)
        return True

    async def _submit(self, batch: SentBatch) -> bool:
        """Try to send a batch, after it is in the journal; False if no request is left in it."""
        members = batch.members
        if not members:
            self.by_title.pop(batch.title, None)
            return False
        batch.at, batch.account = self.sleep_detector.clock.time(), self.batches.account()
        for position, member in enumerate(members.values()):
            member.sent = replace(
                member.sent,
                batch=batch.title,
                position=position,
                account=batch.account,
                at=batch.at,
            )
        rows = [member.sent for member in members.values()]
        tell = next(iter(members.values())).observer.waiting
        await self.spool.outlast(lambda: self.journal.put_sent(*rows), tell)
        if self.closing or not members:
            return False
        bodies = {key: member.request.body for key, member in members.items() if member.request}
        try:
            batch.name = await self.batches.send(batch.title, batch.model, bodies)
        except MAYBE_SENT_ERRORS as error:
            log.info("whether a batch was taken is not clear: %s", error)
            batch.maybe_sent = True
        except NOT_SENT_ERRORS as error:
            wait_s = max(FIRST_POLL_S, getattr(error, "retry_after_s", None) or 0.0)
            await self._wait(
                batch, _("Not sent yet: {message}").format(message=error.message), wait_s
            )
        except NoteGenError as error:
            await self.journal.drop_sent(*bodies)
            for member in members.values():
                member.sent = replace(member.sent, batch="")
                if not isinstance(error, KeyRejected):
                    self.mark_spent(member.sent)
            if isinstance(error, NoFreeTier | AccountRefused) and not isinstance(
                error, KeyRejected
            ):
                error.hint = _("Over night needs a key with billing. {at_once}").format(
                    at_once=_(AT_ONCE)
                )
            raise
        return True

    async def _find(self, batch: SentBatch) -> bool:
        """Return True if the service took the batch; otherwise start it anew and return False."""
        try:
            names = await self.batches.find(batch.title)
            is_own = batch.account == self.batches.account()
        except NoteGenError as error:
            await self._wait(batch, f"{self._since(batch)}. {error.message}", FIRST_POLL_S)
            return True
        if names:
            batch.name, *doubles = names
            for double in doubles:
                await self._cancel(double)
        elif self.sleep_detector.clock.time() < batch.at + CONFIRM_S:
            await self._wait(batch, _("Looking whether it was sent"), CONFIRM_S, parked=False)
        elif not is_own:
            await self._wait(batch, _(OTHER_KEY).format(since=self._since(batch)), MAX_POLL_S)
        elif all(member.request for member in batch.members.values()):
            batch.maybe_sent = False
        else:
            await self._rebuild(batch)
            return False
        return True

    async def _rebuild(self, batch: SentBatch) -> None:
        """Put the requests of a batch that a killed program never sent into a new batch."""
        self.by_title.pop(batch.title, None)
        members = [*batch.members.values()]
        await self.journal.drop_sent(*batch.members)
        batch.members.clear()
        for member in members:
            member.sent = replace(member.sent, batch="")
            member.request = await self.batches.compose(member.assignment)
        self.enqueue(members)

    async def _watch(self, batch: SentBatch) -> None:
        """Poll a batch until it has ended, or no request is left in it."""
        pause_s = FIRST_POLL_S
        while batch.members and batch.seen is None:
            words = _("{since}, expected within a day").format(since=self._since(batch))
            if self.sleep_detector.clock.time() > batch.at + DAY_S:
                words = _("{since}; it takes longer than a day").format(since=self._since(batch))
            try:
                seen = await self.batches.look(batch.name)
                is_own = batch.account == self.batches.account()
            except NoteGenError as error:
                words = f"{self._since(batch)}. {error.message}"
            else:
                if seen is None and is_own:  # the service has deleted it
                    seen = Batch(BatchState.EXPIRED)
                if seen is None:
                    words = _(OTHER_KEY).format(since=self._since(batch))
                elif seen.state is not BatchState.UNDER_WAY:
                    batch.seen = seen
                    break
            await self._wait(batch, words, pause_s)
            pause_s = min(MAX_POLL_S, pause_s * POLL_FACTOR)
        self._deliver(batch)

    async def _wait(
        self, batch: SentBatch, words: str, seconds: float, *, parked: bool = True
    ) -> None:
        batch.wait_reason = words if parked else ""
        if parked:
            self._park(batch)
        else:
            for member in batch.members.values():
                member.tell(words)
                member.is_parked = False
        await self.sleep_detector.sleep(seconds)

    def _park(self, batch: SentBatch) -> None:
        """Mark its requests as waiting for nothing but the batch."""
        for member in batch.members.values():
            member.tell(batch.wait_reason)
            member.is_parked = True
        self.news.set()
        self.news = asyncio.Event()

    def _since(self, batch: SentBatch) -> str:
        return _("Sent {moment_words}").format(
            moment_words=moment_words(batch.at, self.sleep_detector.clock.time())
        )

    def _deliver(self, batch: SentBatch) -> None:
        if batch.seen is None:
            return
        for key, member in batch.members.items():
            if not member.answer.done():
                told = batch.seen.answer_to(key, member.sent.position)
                member.answer.set_result((told, batch.seen))

    def _fail(self, batch: SentBatch, error: NoteGenError) -> None:
        self.by_title.pop(batch.title, None)
        for member in batch.members.values():
            if not member.answer.done():
                member.answer.set_exception(error)

    async def _cancel(self, name: str) -> None:
        try:
            await self.batches.cancel(name)
        except NoteGenError as error:
            log.info("a batch could not be cancelled: %s", error)
