"""Daily quotas: the learnt or configured limits, and the requests left today.

A quota is known once a refusal has named it, or if a limit of requests a day is set. It is counted
by what the library has booked since midnight Pacific time, so it holds over a restart and for all
windows together; the estimate and the rate limiter count alike.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from notegen_desktop.domain.cost.quota_day import last_midnight_pacific, next_midnight_pacific
from notegen_desktop.domain.errors import (
    BudgetExceeded,
    EngineMissing,
    KeyMissing,
    NetworkUnreachable,
    QuotaExhausted,
    RateLimited,
    StoreError,
)
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.ports import Ledger

from .retry import moment_words

EXHAUSTED = "exhausted"
"""Name of a learnt fact, by model: until when its daily quota is used up, in seconds since the
epoch."""
PER_DAY = "per_day"
"""Name of a learnt fact, by model: the requests that it allows per day."""

UNCOUNTED = (
    RateLimited,
    QuotaExhausted,
    NetworkUnreachable,
    KeyMissing,
    EngineMissing,
    BudgetExceeded,
)
"""Errors of requests that were refused or never sent: neither server nor library counts them."""

HOUR_S = 3600.0
"""Seconds for which a quota counts as used up after a refusal that names no time."""


@dataclass(frozen=True, slots=True)
class RemainingQuota:
    """Remaining requests of a model: `left` of `per_day`, until `until` (epoch seconds)."""

    per_day: int
    left: int
    until: float


@dataclass(slots=True)
class Reservation:
    """One of today's requests, given back unless it was `sent`."""

    sent: bool = False


@dataclass(slots=True)
class _Count:
    """A model's requests: `booked` by the library at the last reading, `since` by this program."""

    midnight: float = 0.0
    booked: int = 0
    since: int = 0
    under_way: int = 0


@dataclass(slots=True, eq=False)
class DailyQuota:
    """Counts daily requests; one instance per program. `resolved` returns the model behind an
    alias."""

    ledger: Ledger
    settings: Callable[[], Settings]
    clock: Clock
    resolved: Callable[[str], str]
    _counts: dict[str, _Count] = field(default_factory=dict)
    _gone_until: dict[str, float] = field(default_factory=dict)

    @asynccontextmanager
    async def reserved(self, model: str) -> AsyncIterator[Reservation]:
        """Hold one of today's requests of a model. Raises QuotaExhausted if none is left."""
        count = self._counts.setdefault(self.resolved(model), _Count())
        with suppress(StoreError):  # go on with the known counts
            await self._recall(model)
            if self._set:
                count = await self._counted(model)
        self._refuse_if_gone(model, count)
        reservation = Reservation()
        count.since += 1
        count.under_way += 1
        try:
            yield reservation
        except UNCOUNTED as error:
            reservation.sent = False
            if isinstance(error, QuotaExhausted):
                await self._ran_out(model, error)
            raise
        finally:
            count.since -= not reservation.sent
            count.under_way -= 1

    async def _recall(self, model: str) -> None:
        if model not in self._gone_until:
            told = float(await self.ledger.recall(f"{EXHAUSTED}:{model}", 0.0))
            self._gone_until.setdefault(model, told)

    def _refuse_if_gone(self, model: str, count: _Count) -> None:
        now = self.clock.time()
        midnight = next_midnight_pacific(now)
        told = self._gone_until.get(model, 0.0)
        # a later time was reported while this computer's clock was ahead
        if now < told <= midnight:
            raise self._gone(_("Today's quota"), model, told, until=told)
        if self._set and count.booked + count.since >= self._set:
            # No time is stored for the user's own limit: it may be raised.
            raise self._gone(
                ngettext(
                    "Your limit of {n} request a day", "Your limit of {n} requests a day", self._set
                ).format(n=number(self._set)),
                model,
                midnight,
            )

    def _gone(
        self, what: str, model: str, back: float, *, until: float | None = None
    ) -> QuotaExhausted:
        when = moment_words(back, self.clock.time())
        return QuotaExhausted(
            _("{what} of {model} is used up. It comes back {when}.").format(
                what=what, model=model, when=when
            ),
            hint=_("Choose another model or the offline engine, or retry then."),
            until=until,
        )

    async def _ran_out(self, model: str, error: QuotaExhausted) -> None:
        """Store the quota that a refusal named, for this and every later start."""
        until = error.until or self.clock.time() + HOUR_S
        if self._gone_until.get(model, 0.0) >= until:
            return
        self._gone_until[model] = until
        with suppress(StoreError):
            await self.ledger.remember(f"{EXHAUSTED}:{model}", until, until=until)
            if error.limit_per_day:
                await self.ledger.remember(f"{PER_DAY}:{model}", error.limit_per_day)

    async def today(self, model: str) -> RemainingQuota | None:
        """Return the requests left today, or None if no limit is known."""
        learnt = int(await self.ledger.recall(f"{PER_DAY}:{model}", 0))
        per_day = min((n for n in (learnt, self._set) if n), default=0)
        now = self.clock.time()
        told = float(await self.ledger.recall(f"{EXHAUSTED}:{model}", 0.0))
        if now < told <= next_midnight_pacific(now):
            return RemainingQuota(per_day, 0, told)
        if not per_day:
            return None
        count = await self._counted(model)
        left = max(0, per_day - count.booked - count.since)
        return RemainingQuota(per_day, left, next_midnight_pacific(now))

    @property
    def _set(self) -> int:
        return self.settings().integer("processing.requests_per_day")

    async def _counted(self, model: str) -> _Count:
        """Return today's count, read again unless a request under way is not booked yet."""
        name = self.resolved(model)
        count = self._counts.setdefault(name, _Count())
        midnight = last_midnight_pacific(self.clock.time())
        if count.under_way and count.midnight == midnight:
            return count
        counts = await self.ledger.answered(midnight)
        booked = sum(n for other, n in counts.items() if self.resolved(other) == name)
        if not count.under_way:
            count.since = 0
        elif count.midnight != midnight:
            count.since = count.under_way
        else:
            return count  # a request began while the library was read
        count.midnight, count.booked = midnight, booked
        return count
