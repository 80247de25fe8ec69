"""Budgets held by several programs on one library, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from notegen_desktop.domain.cost.estimate import OverBudget
from notegen_desktop.domain.errors import BudgetExceeded
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.services.generation.budget import Budget
from notegen_desktop.services.generation.spool import Spool
from notegen_desktop.services.library import Library
from notegen_desktop.services.pacing.retry import Wait
from notegen_desktop.services.ports import JobEstimate
from tests.fakes.clock import FakeClock
from tests.fakes.services import FakeSettings

from .conftest import Place


def budget_of(
    place: Place, library: Library, *, clock: FakeClock | None = None, **budgets: float
) -> Budget:
    settings = FakeSettings({f"budget.{name}_usd": amount for name, amount in budgets.items()})

    def current() -> Settings:
        return settings.current

    clock = clock or FakeClock()
    spool = Spool(
        place.folder / "spool",
        store=library.store,
        ledger=library.ledger,
        journal=library.journal,
        clock=clock,
        holder=library.holder,
    )
    return Budget(library.ledger, current, clock, spool=spool)


def ignore(_wait: Wait) -> None:
    """Nobody looks on."""


def note(usd: float) -> JobEstimate:
    return JobEstimate("talk", "chapters", 1, 0, 1, usd, 1.0, held_usd=usd)


async def test_twenty_requests_of_two_programs_never_overspend_together(place: Place) -> None:
    """What is not spent of what was held is there for one more, which waited for it."""
    one, two = await place.open(), await place.open(machine="other")
    clock = FakeClock()
    budgets = [budget_of(place, library, clock=clock, day=10.0) for library in (one, two)]
    ten_are_in = asyncio.Event()
    most = inside = granted = 0

    async def request(number: int) -> str:
        nonlocal most, inside, granted
        try:
            async with budgets[number % 2].hold(1.0, f"run{number % 2}", ignore) as spent:
                granted += 1
                inside += 1
                most = max(most, inside)
                if inside == 10:
                    ten_are_in.set()
                await ten_are_in.wait()
                spent.usd = 0.9
                inside -= 1
        except BudgetExceeded as error:
            return error.message
        return ""

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*map(request, range(20)))

    refused = [words for words in await clock.run(all_of_them()) if words]
    assert most == 10
    assert granted == 11
    assert len(refused) == 9
    assert all(words.endswith("is left of your budget of $10.00 for today.") for words in refused)
    (day,) = [c for c in await one.ledger.counters() if c.period.startswith("day:")]
    assert (round(day.used, 6), day.reserved) == (9.9, 0.0)


async def test_a_note_waits_for_what_others_may_leave_but_not_for_what_is_spent(
    file_place: Place,
) -> None:
    library = await file_place.open()
    budget = budget_of(file_place, library, run=1.0)
    told: list[str] = []
    waits = asyncio.Event()
    first_may_end = asyncio.Event()

    async def first() -> None:
        async with budget.hold(0.7, "run", ignore) as spent:
            await first_may_end.wait()
            spent.usd = 0.2

    def tell(wait: Wait) -> None:
        told.append(wait.reason)
        waits.set()

    async def second() -> None:
        async with budget.hold(0.7, "run", tell) as spent:
            spent.usd = 0.6

    tasks = [asyncio.create_task(first()), asyncio.create_task(second())]
    await waits.wait()
    first_may_end.set()
    await asyncio.gather(*tasks)
    assert told == ["Waiting for what other notes leave of the budget"]
    with pytest.raises(BudgetExceeded, match=r"\$0.20 is left of your budget of \$1.00 for this"):
        await second()


async def test_what_a_failed_or_cancelled_request_held_is_free_again(file_place: Place) -> None:
    library = await file_place.open()
    budget = budget_of(file_place, library, run=1.0)

    async def fails(error: BaseException) -> None:
        try:
            async with budget.hold(1.0, "run", ignore):
                raise error
        except type(error):
            pass

    for error in (ValueError(), asyncio.CancelledError(), BudgetExceeded()):
        await fails(error)
    async with budget.hold(1.0, "run", ignore) as spent:
        spent.usd = 0.25
    used = {
        counter.period.partition(":")[0]: counter.used
        for counter in await library.ledger.counters()
    }
    assert used == {"run": 0.25, "day": 0.25, "month": 0.25}


async def test_a_budget_that_is_set_later_knows_what_was_spent_before(file_place: Place) -> None:
    library = await file_place.open()
    async with budget_of(file_place, library).hold(2.0, "run", ignore) as spent:
        spent.usd = 2.0
    limited = budget_of(file_place, library, day=2.5)
    assert await limited.objection([note(0.25), note(0.25)]) is None
    assert await limited.objection([note(0.4), note(0.4)]) == OverBudget(
        "day", 2.5, 0.5, 0.8, (True, False)
    )


async def test_of_several_budgets_the_one_with_the_least_left_decides(file_place: Place) -> None:
    library = await file_place.open()
    async with budget_of(file_place, library).hold(2.0, "run", ignore) as spent:
        spent.usd = 2.0
    found = await budget_of(file_place, library, run=0.6, day=2.5, month=9.0).objection(
        [note(0.55)]
    )
    assert found == OverBudget("day", 2.5, 0.5, 0.55, (False,))


async def test_nothing_stays_held_by_waits_that_were_cancelled(place: Place) -> None:
    """Forty, each at another moment of its reservation: before, while and after it is made."""
    library = await place.open()
    budget = budget_of(place, library, day=1.0)

    async def held() -> None:
        async with budget.hold(0.016, "run", ignore):
            await asyncio.sleep(10)

    for number in range(40):
        task = asyncio.create_task(held())
        await asyncio.sleep(number * 0.000_3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await budget.spool.flush()
    assert [(c.in_flight, c.used) for c in await library.ledger.counters()] == [(0, 0.0)] * 2
