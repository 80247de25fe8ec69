"""The queue in people's hands: paused, put in another order, taken up again or dropped."""

from __future__ import annotations

import asyncio
import random

import pytest

from notegen_desktop.services.pacing.model_limiter import PermitRequest
from notegen_desktop.services.pacing.queue_order import QueueOrder, Slots
from notegen_desktop.services.pacing.rate_limiter import GATHER_S, RateLimiter
from notegen_desktop.services.pacing.retry import Wait
from notegen_desktop.services.pacing.sliding_window import RateLimits
from notegen_desktop.services.ports import PAUSED
from notegen_desktop.services.reading.transcripts import TranscriptReader
from tests.fakes.clock import FakeClock
from tests.fakes.writing import ScriptedSource, link_of, talk

MODEL = "gemini-flash-lite-latest"


class Talks:
    """A limiter with one at a time, and who got through it in which order."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.queue_order = QueueOrder()
        limits = RateLimits(max_concurrent=1, stagger_s=0.0)
        rng = random.Random(1)
        self.limiter = RateLimiter(limits, clock=self.clock, rng=rng, queue_order=self.queue_order)
        self.begun: list[str] = []
        self.waits: list[Wait] = []

    async def write(self, group: str, seconds: float = 5.0) -> None:
        claim = PermitRequest(MODEL, group=group, seconds=seconds)
        async with self.limiter.permit(claim, self.waits.append) as turn:
            self.begun.append(group)
            await self.clock.sleep(seconds)
            turn.succeeded()


@pytest.fixture
def talks() -> Talks:
    return Talks()


async def test_what_people_put_first_starts_first_and_what_runs_is_left_alone(
    talks: Talks,
) -> None:
    async def story() -> None:
        writing = [asyncio.create_task(talks.write(name)) for name in "abcd"]
        await talks.clock.sleep(1)
        assert talks.begun == ["a"]
        talks.queue_order.put(["d", "c"])
        await asyncio.gather(*writing)

    await talks.clock.run(story())
    assert talks.begun == ["a", "d", "c", "b"]


async def test_who_was_put_first_is_waited_for_a_moment_before_the_first_start(
    talks: Talks,
) -> None:
    async def story() -> None:
        talks.queue_order.put(["b"])
        first = asyncio.create_task(talks.write("a"))
        await talks.clock.sleep(GATHER_S / 2)
        await talks.write("b")
        await first

    await talks.clock.run(story())
    assert talks.begun == ["b", "a"]


async def test_what_a_pause_held_back_goes_on_in_the_order_people_want() -> None:
    queue_order, gone = QueueOrder(), []

    async def begin(video_id: str) -> None:
        await queue_order.until_resumed(video_id)
        gone.append(video_id)

    queue_order.pause()
    held = [asyncio.create_task(begin(name)) for name in "abcd"]
    await asyncio.sleep(0)
    queue_order.put(["d", "b"])
    held.pop(2).cancel()
    queue_order.resume()
    await asyncio.gather(*held)
    assert gone == ["d", "b", "a"]


async def test_a_paused_queue_starts_nothing_and_finishes_what_runs(talks: Talks) -> None:
    async def story() -> None:
        writing = [asyncio.create_task(talks.write(name)) for name in "ab"]
        await talks.clock.sleep(1)
        talks.queue_order.pause()
        await talks.clock.sleep(60)
        assert writing[0].done()
        assert talks.begun == ["a"]
        assert talks.waits[-1] == Wait(PAUSED)
        late = asyncio.create_task(talks.write("c"))
        await talks.clock.sleep(1)
        assert talks.begun == ["a"]
        talks.queue_order.resume()
        await asyncio.gather(*writing, late)

    await talks.clock.run(story())
    assert talks.begun == ["a", "b", "c"]
    assert talks.waits[-1] == Wait()


async def test_who_waits_in_a_paused_queue_can_be_cancelled(talks: Talks) -> None:
    async def story() -> None:
        talks.queue_order.pause()
        waiting = asyncio.create_task(talks.write("a"))
        await talks.clock.sleep(1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        talks.queue_order.resume()
        await talks.write("b")

    await talks.clock.run(story())
    assert talks.begun == ["b"]


async def test_many_that_wait_are_not_told_the_same_again_and_again(talks: Talks) -> None:
    async def story() -> None:
        talks.limiter.of(MODEL)._close(30.0, "Gemini asks to wait")
        writing = []
        for _ in range(20):
            writing.append(asyncio.create_task(talks.write("a", seconds=0.1)))
            await talks.clock.sleep(0.001)
        assert sum(bool(wait.reason) for wait in talks.waits) == 20
        await asyncio.gather(*writing)

    await talks.clock.run(story())


async def test_words_are_read_in_the_order_people_want() -> None:
    clock, queue_order = FakeClock(), QueueOrder()
    source = ScriptedSource(clock, seconds=5.0, transcript=talk(words=4))
    transcripts = TranscriptReader(source, lambda: [], queue_order)
    names = [f"video{number}" for number in range(8)]

    async def story() -> None:
        reading = [asyncio.create_task(transcripts.read(link_of(name))) for name in names]
        await clock.sleep(1)
        queue_order.put([link_of("video7").key])
        await asyncio.gather(*reading)
        await transcripts.aclose()

    await clock.run(story())
    assert source.reads[4] == link_of("video7").id


async def test_a_slot_that_is_granted_and_cancelled_in_one_breath_is_not_lost() -> None:
    slots = Slots(QueueOrder(), 1)
    leave = asyncio.Event()

    async def hold() -> None:
        async with slots.held("a"):
            await leave.wait()

    first, second = asyncio.create_task(hold()), asyncio.create_task(hold())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leave.set()
    first.add_done_callback(lambda _: second.cancel())
    await asyncio.gather(first, second, return_exceptions=True)
    await asyncio.wait_for(hold(), 1)
