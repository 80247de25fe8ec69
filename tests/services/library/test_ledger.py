"""The ledger never lets anybody overspend, and gives back what was not used."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.services.ports import Limit, RequestRecord, UsageRow

from .conftest import Place, Watch

DAY = Limit("budget", "day:2026-11-24", 10.0)
MONTH = Limit("budget", "month:2026-11", 15.0)


def a_record(**facts: object) -> RequestRecord:
    record = RequestRecord(
        template="study-notes",
        model="flash",
        engine="gemini",
        usage=Usage(1, 1000, 800, 100, 10, 0.01),
        at=1_764_000_000.0,
        estimated_output_tokens=80,
        estimated_cost_usd=0.008,
    )
    return replace(record, **facts)  # type: ignore[arg-type]


async def test_of_twenty_at_once_exactly_ten_are_granted(place: Place) -> None:
    """Two programs, twenty writers, room for ten."""
    one, two = await place.open(), await place.open(machine="other")
    answers = await asyncio.gather(
        *(library.ledger.reserve(1, [DAY], lease_s=60) for _ in range(10) for library in (one, two))
    )
    assert sum(answer.granted for answer in answers) == 10
    assert {answer.refused for answer in answers if not answer.granted} == {DAY}
    (counter,) = await one.ledger.counters()
    assert (counter.used, counter.reserved, counter.limit) == (10, 10, 10)
    assert counter.in_flight == 10


async def test_a_reservation_takes_from_all_limits_or_from_none(place: Place) -> None:
    ledger = (await place.open()).ledger
    assert (await ledger.reserve(8, [DAY, MONTH], lease_s=60)).granted
    tomorrow = replace(DAY, period="day:2026-11-25")
    refused = await ledger.reserve(8, [tomorrow, MONTH], lease_s=60)
    assert (refused.granted, refused.refused, refused.left) == (False, MONTH, 7)
    used = {counter.period: counter.used for counter in await ledger.counters()}
    assert used.get(tomorrow.period, 0) == 0
    assert used[MONTH.period] == 8
    assert (await ledger.reserve(7, [tomorrow, MONTH], lease_s=60)).granted


async def test_what_was_not_spent_is_free_again(place: Place) -> None:
    ledger = (await place.open()).ledger
    held = await ledger.reserve(10, [DAY], lease_s=60)
    assert not (await ledger.reserve(0.000001, [DAY], lease_s=60)).granted
    await ledger.settle(held.id, 2.5)
    await ledger.settle(held.id, 9)  # twice is once
    (counter,) = await ledger.counters()
    assert (counter.used, counter.reserved) == (2.5, 0)
    assert (await ledger.reserve(7.5, [DAY], lease_s=60)).granted


async def test_a_reservation_of_which_nothing_was_spent_leaves_nothing(place: Place) -> None:
    ledger = (await place.open()).ledger
    held = await ledger.reserve(10, [DAY, MONTH], lease_s=60)
    await ledger.settle(held.id, 0.0)
    assert [counter.used for counter in await ledger.counters()] == [0, 0]


async def test_what_was_really_spent_counts_even_beyond_the_limit(place: Place) -> None:
    ledger = (await place.open()).ledger
    held = await ledger.reserve(9, [DAY], lease_s=60)
    await ledger.settle(held.id, 12)
    (counter,) = await ledger.counters()
    assert counter.used == 12
    refused = await ledger.reserve(0.01, [DAY], lease_s=60)
    assert (refused.granted, refused.left) == (False, 0)


async def test_a_raised_limit_holds_at_once(place: Place) -> None:
    ledger = (await place.open()).ledger
    assert (await ledger.reserve(10, [DAY], lease_s=60)).granted
    assert not (await ledger.reserve(1, [DAY], lease_s=60)).granted
    assert (await ledger.reserve(1, [replace(DAY, amount=11)], lease_s=60)).granted
    lowered = await ledger.reserve(1, [replace(DAY, amount=5)], lease_s=60)
    assert (lowered.granted, lowered.left) == (False, 0)


async def test_more_than_the_limit_is_never_granted(place: Place) -> None:
    ledger = (await place.open()).ledger
    assert not (await ledger.reserve(10.5, [DAY], lease_s=60)).granted
    with pytest.raises(ValueError, match="negative"):
        await ledger.reserve(-1, [DAY], lease_s=60)


async def test_without_limits_everything_is_granted(place: Place) -> None:
    ledger = (await place.open()).ledger
    held = await ledger.reserve(1e9, [], lease_s=60)
    assert held.granted
    await ledger.settle(held.id, 1.0)
    assert await ledger.counters() == []


async def test_an_expired_lease_gives_the_quota_back(place: Place, clock: Watch) -> None:
    ledger = (await place.open(clock=clock)).ledger
    await ledger.reserve(10, [DAY], lease_s=60)
    clock.now += 59
    assert not (await ledger.reserve(1, [DAY], lease_s=60)).granted
    clock.now += 2
    assert (await ledger.reserve(10, [DAY], lease_s=60)).granted


async def test_what_was_given_back_in_a_sleep_is_booked_when_it_was_spent_after_all(
    place: Place, clock: Watch
) -> None:
    slept, awake = await place.open(clock=clock), await place.open(machine="other", clock=clock)
    held = await slept.ledger.reserve(4, [DAY], lease_s=60)
    clock.now += 8 * 3600
    others = await awake.ledger.reserve(10, [DAY], lease_s=60)
    assert others.granted
    await slept.ledger.settle(held.id, 3)
    await awake.ledger.settle(others.id, 5)
    (counter,) = await awake.ledger.counters()
    assert (counter.used, counter.reserved) == (8, 0)


async def test_a_late_settlement_still_counts_what_was_spent(place: Place, clock: Watch) -> None:
    ledger = (await place.open(clock=clock)).ledger
    held = await ledger.reserve(4, [DAY], lease_s=60)
    clock.now += 61
    (counter,) = await ledger.counters()
    assert counter.used == 0
    await ledger.settle(held.id, 3)
    (counter,) = await ledger.counters()
    assert (counter.used, counter.reserved) == (3, 0)


async def test_what_the_dead_held_is_free_at_the_next_start(place: Place) -> None:
    first = await place.open()
    await first.ledger.reserve(10, [DAY], lease_s=9999)
    await first.aclose()
    second = await place.open()
    (counter,) = await second.ledger.counters()
    assert (counter.used, counter.reserved) == (0, 0)
    assert (await second.ledger.reserve(10, [DAY], lease_s=60)).granted


async def test_what_another_machine_holds_is_left_alone(place: Place) -> None:
    first = await place.open(machine="other")
    await first.ledger.reserve(10, [DAY], lease_s=9999)
    await first.aclose()
    second = await place.open()
    (counter,) = await second.ledger.counters()
    assert counter.used == 10


async def test_a_counter_of_long_ago_is_forgotten(place: Place, clock: Watch) -> None:
    ledger = (await place.open(clock=clock)).ledger
    held = await ledger.reserve(1, [DAY, MONTH], lease_s=60)
    await ledger.settle(held.id, 1)
    clock.now += 32 * 86_400
    assert len(await ledger.counters()) == 2
    clock.now += 32 * 86_400
    assert await ledger.counters() == []


async def test_sums_are_exact(file_place: Place) -> None:
    """Whatever is reserved and settled, the counter is what was spent, to a millionth."""
    ledger = (await file_place.open()).ledger
    dice = random.Random(7)
    for number in range(20):
        limit = Limit("owner", f"period:{number}", 3.0)
        spent = 0
        for _ in range(12):
            wanted, actual = dice.randrange(900_000), dice.randrange(900_000)
            held = await ledger.reserve(wanted / 1e6, [limit], lease_s=60)
            assert held.granted == (spent + wanted <= 3_000_000)
            if held.granted:
                await ledger.settle(held.id, actual / 1e6)
                spent += actual
        used = {counter.period: counter.used for counter in await ledger.counters()}
        assert used[limit.period] == spent / 1e6


# --- requests ---


async def test_usage_is_summed_by_day_model_and_template(place: Place) -> None:
    ledger = (await place.open()).ledger
    await ledger.record(a_record())
    await ledger.record(a_record(outcome="rate_limited", usage=Usage(1, 5)))
    await ledger.record(a_record(template="flashcards", outcome="service_unavailable"))
    await ledger.record(a_record(at=1_764_000_000.0 - 2 * 86_400))
    rows = await ledger.usage()
    assert [(row.template, row.requests, row.failed) for row in rows] == [
        ("flashcards", 1, 1),
        ("study-notes", 2, 1),
        ("study-notes", 1, 0),
    ]
    assert rows[0].day == rows[1].day > rows[2].day
    assert rows[1] == UsageRow(
        rows[1].day, "flash", "study-notes", 2, 1, 1005, 800, 100, 10, 0.01, 0.016, 1
    )
    assert rows[0].rate_limited == 0, "failed for another reason"
    assert await ledger.usage(since=rows[0].day) == rows[:2]
    assert await ledger.usage(until=rows[2].day) == rows[2:]


async def test_the_estimate_learns_from_whole_answers(place: Place) -> None:
    ledger = (await place.open()).ledger
    assert await ledger.correction(template="study-notes", model="flash") is None
    await ledger.record(a_record(usage=Usage(1, 0, 0, 120), estimated_output_tokens=100))
    await ledger.record(a_record(usage=Usage(1, 0, 0, 180), estimated_output_tokens=100))
    await ledger.record(a_record(usage=Usage(1, 0, 0, 1), outcome="answer_truncated"))
    await ledger.record(a_record(usage=Usage(1, 0, 0, 999), template="chapters"))
    assert await ledger.correction(template="study-notes", model="flash") == pytest.approx(1.5)
    for _ in range(30):
        await ledger.record(a_record(usage=Usage(1, 0, 0, 50), estimated_output_tokens=100))
    assert await ledger.correction(template="study-notes", model="flash") == pytest.approx(0.5)


# --- facts ---


async def test_facts_outlive_the_program(place: Place, clock: Watch) -> None:
    first = await place.open(clock=clock)
    await first.ledger.remember("limits:flash", {"per_minute": 10, "why": "429\0"})
    await first.ledger.remember("paused:flash", True, until=clock.now + 100)
    await first.ledger.remember("limits:flash", {"per_minute": 5})
    await first.aclose()
    ledger = (await place.open(clock=clock)).ledger
    assert await ledger.recall("limits:flash") == {"per_minute": 5}
    assert await ledger.recall("paused:flash", False) is True
    clock.now += 101
    assert await ledger.recall("paused:flash", False) is False
    await ledger.forget("limits:flash")
    assert await ledger.recall("limits:flash") is None


async def test_a_record_that_may_have_been_booked_is_booked_once(place: Place) -> None:
    """As after a connection that was cut while it was being committed."""
    ledger = (await place.open()).ledger
    record = a_record(once=True)
    for estimated in range(3):  # which may be learnt otherwise meanwhile
        await ledger.record(replace(record, estimated_output_tokens=estimated))
    await ledger.record(replace(record, at=record.at + 0.001))
    (row,) = await ledger.usage()
    assert row.requests == 2


async def test_a_reservation_with_an_id_is_made_and_settled_once(place: Place) -> None:
    ledger = (await place.open()).ledger
    limits = [Limit("budget", "day:1", 1.0)]
    for _ in range(3):
        made = await ledger.reserve(0.6, limits, lease_s=60, reservation_id="mine")
        assert made.id == "mine"
    (counter,) = await ledger.counters()
    assert (counter.used, counter.in_flight) == (0.6, 1)
    for _ in range(2):
        await ledger.settle("mine", 0.0)
    (counter,) = await ledger.counters()
    assert (counter.used, counter.in_flight) == (0.0, 0)
