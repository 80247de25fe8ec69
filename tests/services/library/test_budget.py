"""Budgets held by several programs on one library, on both databases."""

from __future__ import annotations

import asyncio

from notegen_desktop.domain.errors import BudgetExceeded
from notegen_desktop.domain.settings import Settings
from notegen_desktop.services.library import Library
from notegen_desktop.services.running.budget import Budget
from tests.fakes.clock import FakeClock
from tests.fakes.services import FakeSettings

from .conftest import Place


def budget_of(library: Library, **budgets: float) -> Budget:
    settings = FakeSettings({f"budget.{name}_usd": amount for name, amount in budgets.items()})

    def current() -> Settings:
        return settings.current

    return Budget(library.ledger, current, FakeClock())


async def test_twenty_requests_of_two_programs_never_overspend_together(place: Place) -> None:
    one, two = await place.open(), await place.open(machine="other")
    budgets = [budget_of(library, day=10.0) for library in (one, two)]
    all_decided = asyncio.Barrier(20)
    inside = 0

    async def request(number: int) -> str:
        nonlocal inside
        try:
            async with budgets[number % 2].hold(1.0, f"run{number % 2}") as spent:
                inside += 1
                await all_decided.wait()
                spent.usd = 0.9
        except BudgetExceeded as error:
            await all_decided.wait()
            return error.message
        return ""

    refused = [words for words in await asyncio.gather(*map(request, range(20))) if words]
    assert inside == 10
    assert refused == ["This note may cost $1.0000, and $0.0000 is left of your budget of $10.00 "
                       "for today."] * 10  # fmt: skip
    (day,) = [c for c in await one.ledger.counters() if c.period.startswith("day:")]
    assert (day.used, day.reserved) == (9.0, 0.0)


async def test_what_a_failed_or_cancelled_request_held_is_free_again(file_place: Place) -> None:
    library = await file_place.open()
    budget = budget_of(library, run=1.0)

    async def fails(error: BaseException) -> None:
        try:
            async with budget.hold(1.0, "run"):
                raise error
        except type(error):
            pass

    for error in (ValueError(), asyncio.CancelledError(), BudgetExceeded()):
        await fails(error)
    async with budget.hold(1.0, "run") as spent:
        spent.usd = 0.25
    used = {
        counter.period.partition(":")[0]: counter.used
        for counter in await library.ledger.counters()
    }
    assert used == {"run": 0.25, "day": 0.25, "month": 0.25}


async def test_a_budget_that_is_set_later_knows_what_was_spent_before(file_place: Place) -> None:
    library = await file_place.open()
    async with budget_of(library).hold(2.0, "run") as spent:
        spent.usd = 2.0
    limited = budget_of(library, day=2.5)
    assert await limited.objection([0.25, 0.25]) == ""
    words = await limited.objection([0.4, 0.4])
    assert words == (
        "This may cost $0.8000, and $0.5000 is left of your budget of $2.50 for today, so nothing "
        "was sent. 1 of the 2 notes would fit."
    )
