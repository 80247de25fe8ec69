"""Budgets: the cost of a request is reserved in the library before it is sent, and booked after
it."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from notegen_desktop.domain.cost.estimate import BUDGETS, OverBudget, over_budget
from notegen_desktop.domain.errors import BudgetExceeded, StoreError
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.pacing.retry import Wait
from notegen_desktop.services.ports import (
    NO_LIMIT,
    JobEstimate,
    Ledger,
    Limit,
    RequestRecord,
    Reservation,
)

from .assignment import Work
from .spool import Spool

LEASE_S = 900.0
"""Seconds until a reservation expires if its program died: longer than the longest paid request
(600 s)."""

POLL_S = 2.0
"""Seconds until the library is asked again, if another program may free some of a budget."""

SPARE_SHARE = 4
"""Divisor of what a budget has left: the part that a request longer than estimated may use, since
others run beside it."""

OWNER = "budget"


@dataclass(frozen=True, slots=True)
class RequestMade:
    """One request that was sent, for the ledger.

    `outcome` is "ok", "cancelled" or the code of its error. `began` and `ended` tell if its answer
    contains the beginning and the end of the note (or part). `at` is seconds since the epoch, 0 for
    now.
    """

    model: str
    usage: Usage
    seconds: float
    outcome: str = "ok"
    began: bool = True
    ended: bool = True
    at: float = 0.0


@dataclass(slots=True)
class RequestCost:
    """The actual cost of a request, and the cost allowed beyond its estimate, in US dollars."""

    usd: float = 0.0
    spare_usd: float = math.inf


@dataclass(slots=True, eq=False)
class Budget:
    """Reserves costs in the library before a request is sent, so that several programs never
    overspend together.

    `spent` is the usage of this session's requests, `estimated_usd` the estimate of its notes.
    """

    ledger: Ledger
    settings: Callable[[], Settings]
    clock: Clock
    spool: Spool
    spent: Usage = field(default_factory=Usage)
    estimated_usd: float = 0.0
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced by another event, whenever a reservation is settled."""

    def limits(self, run_id: str) -> list[Limit]:
        """Return the counters that a request adds to: its run, local day and month; in US dollars.

        Day and month are counted without a budget, too, so that a budget set later includes earlier
        spending.
        """
        settings = self.settings()
        today = datetime.fromtimestamp(self.clock.time()).date()  # noqa: DTZ006 - the user's day
        periods = {
            "run": run_id or "none",
            "day": today.isoformat(),
            "month": f"{today:%Y-%m}",
        }
        return [
            Limit(OWNER, f"{name}:{period}", budget or NO_LIMIT)
            for name, period in periods.items()
            if (budget := settings.number(f"budget.{name}_usd")) or name != "run"
        ]

    @property
    def is_set(self) -> bool:
        """Return True if the user has set any budget."""
        settings = self.settings()
        return any(settings.number(f"budget.{name}_usd") > 0 for name in BUDGETS)

    async def objection(self, notes: Sequence[JobEstimate]) -> OverBudget | None:
        """Return the budget that a run of these notes would exceed, or None.

        Reservations of other programs count as spent.
        """
        tightest = await self._tightest(self.limits(_("not begun")))
        if tightest is None:
            return None
        left, limit = tightest
        return over_budget(
            [(note.cost_usd, note.held_usd) for note in notes],
            budget=_name(limit),
            limit_usd=limit.amount,
            left_usd=left,
        )

    @asynccontextmanager
    async def hold(
        self, cost_usd: float, run_id: str, waiting: Callable[[Wait], None]
    ) -> AsyncIterator[RequestCost]:
        """Reserve `cost_usd` until the block ends, then settle the actual cost.

        Reservations are higher than costs: if there is no room now but other notes of this program
        may free some, wait for them and report to `waiting`. Raises BudgetExceeded if a budget has
        no room.
        """
        spent = RequestCost()
        limits = self.limits(run_id)
        while True:
            settled = self._settled
            reservation = await self._reserve(cost_usd, limits, waiting)
            if reservation.granted:
                break
            if settled is not self._settled:
                continue  # a settlement meanwhile may have freed enough
            refused = reservation.refused or limits[0]
            if cost_usd > reservation.left + reservation.held + 1e-9:
                over = OverBudget(_name(refused), refused.amount, reservation.left, cost_usd)
                raise BudgetExceeded(over.words)
            waiting(Wait(_("Waiting for what other notes leave of the budget")))
            await self._something_settled(settled)
        try:
            spent.spare_usd = await self._spare(limits)
            yield spent
        finally:
            try:
                await self._settle(reservation.id, spent.usd)
            finally:
                self._settled.set()
                self._settled = asyncio.Event()

    async def charge(self, cost_usd: float, run_id: str, waiting: Callable[[Wait], None]) -> None:
        """Book `cost_usd` in advance, for an answer that may come after this program has ended.
        Raises BudgetExceeded."""
        async with self.hold(cost_usd, run_id, waiting) as cost:
            cost.usd = cost_usd

    async def correct(self, more_usd: float, run_id: str) -> None:
        """Correct a charge by `more_usd`, negative if the actual cost was lower."""
        reservation = await self._reserve(0.0, self.limits(run_id), lambda _: None)
        await self._settle(reservation.id, more_usd)

    async def _tightest(self, limits: Sequence[Limit]) -> tuple[float, Limit] | None:
        """Return the US dollars left in the tightest budget, and its limit; None without any
        budget."""
        budgets = [limit for limit in limits if limit.amount < NO_LIMIT]
        if not budgets:
            return None
        used = {counter.period: counter.used for counter in await self.ledger.counters()}
        left = [(max(0.0, each.amount - used.get(each.period, 0.0)), each) for each in budgets]
        return min(left, key=lambda found: found[0])

    async def _spare(self, limits: Sequence[Limit]) -> float:
        """Return the US dollars that a request may cost beyond its estimate: 0 if the library
        cannot be read."""
        try:
            tightest = await self._tightest(limits)
        except StoreError:
            return 0.0
        return tightest[0] / SPARE_SHARE if tightest is not None else math.inf

    async def _something_settled(self, here: asyncio.Event) -> None:
        """Wait until this program settles something, or for `POLL_S`: other programs send no
        event."""
        waits = [
            asyncio.ensure_future(here.wait()),
            asyncio.ensure_future(self.clock.sleep(POLL_S)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def book(self, work: Work, made: RequestMade) -> None:
        """Book a request in the ledger, even if its job is cancelled meanwhile, as it was sent.

        The estimate is booked once per note, with its last request. Lengths are compared only if
        one request wrote the whole note.
        """
        self.spent += made.usage
        record = RequestRecord(
            template=work.template.id,
            model=made.model,
            engine=work.engine.value,
            usage=made.usage,
            outcome=made.outcome,
            video_id=work.material.video.id,
            job_id=work.job_id,
            run_id=work.run_id if work.job_id else "",
            at=made.at or self.clock.time(),
            once=True,
            seconds=made.seconds,
            estimated_output_tokens=work.plain_output_tokens if made.began and made.ended else 0,
            estimated_cost_usd=work.likely_usd if made.ended else 0.0,
        )
        await self.spool.keep("record", request=record)

    async def _reserve(
        self, cost_usd: float, limits: Sequence[Limit], waiting: Callable[[Wait], None]
    ) -> Reservation:
        """Return a reservation, which is returned if the caller is cancelled. Raises StoreError.

        Its id is chosen here: the library may hold the reservation although the wait was cancelled
        or the connection was cut.
        """
        reservation_id = uuid.uuid4().hex
        made: list[asyncio.Task[Reservation]] = []

        def reserve() -> Awaitable[Reservation]:
            making = self.ledger.reserve(
                cost_usd, limits, lease_s=LEASE_S, reservation_id=reservation_id
            )
            made.append(self.spool.later(making))
            return asyncio.shield(made[-1])

        async def give_back() -> None:
            await asyncio.wait(made)
            await self._settle(reservation_id, 0.0)

        try:
            return await self.spool.outlast(reserve, waiting)
        except BaseException:
            if made:
                self.spool.later(give_back())
            raise

    async def _settle(self, reservation_id: str, usd: float) -> None:
        await self.spool.keep("settle", reservation_id=reservation_id, actual=usd)


def _name(limit: Limit) -> str:
    """Return the name of the budget that a counter belongs to."""
    return limit.period.partition(":")[0]
