"""Thousands of jobs: what waits is data, costs nothing, and is finished video after video."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest, Status
from notegen_desktop.domain.notes.note import Engine, Mode
from notegen_desktop.services.pacing.queue_order import QueueOrder
from notegen_desktop.services.queue import backlog as backlog_room
from notegen_desktop.services.queue.backlog import MIN_UNDER_WAY, PER_REQUEST, Backlog
from tests.fakes.writing import Plan, link_of
from tests.services.running import TEMPLATES, Make, Program

LENGTHS = (4.0, 8.0, 2.0, 6.0, 1.0)


def named(count: int) -> tuple[str, ...]:
    return tuple(f"t{number:04}" for number in range(count))


def is_whole(program: Program, video: str) -> bool:
    jobs = program.board.jobs_of(link_of(video).key)
    return all(job.status is Status.COMPLETE for job in jobs)


async def test_videos_are_finished_one_after_the_other(make: Make) -> None:
    program = make(stagger_ms=0)
    pauses = dict(zip(TEMPLATES, LENGTHS, strict=False))
    program.writer.plan = lambda a, _n: Plan(pause_s=pauses[a.template.id])
    videos, templates = named(40), TEMPLATES[: len(LENGTHS)]
    jobs = len(videos) * len(templates)

    async def story() -> None:
        half = asyncio.Event()

        def look(_event: object) -> None:
            if program.board.tally.of(Status.COMPLETE) >= jobs // 2:
                half.set()

        program.board.subscribe(look)
        program.runner.submit(program.order(*templates, videos=videos))
        await half.wait()
        whole = [is_whole(program, video) for video in videos]
        assert sum(whole) >= 0.8 * len(videos) / 2
        assert all(whole[: len(videos) // 4]), "the first are whole first"
        await program.runner.wait()

    await program.clock.run(story())
    assert all(is_whole(program, video) for video in videos)


async def test_of_thousands_only_those_are_under_way_that_may_be_next(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, _n: Plan(pause_s=100.0)

    async def story() -> None:
        program.runner.submit(program.order(*TEMPLATES[:5], videos=named(400)))
        await program.runner.begun()
        await program.clock.sleep(50)
        assert len(program.board) == 2_000
        tasks = [task for task in asyncio.all_tasks() if task.get_name().startswith("job ")]
        assert len(tasks) < MIN_UNDER_WAY + 5
        assert len(program.source.reads) <= MIN_UNDER_WAY / 5 + 1
        asked = len(program.writer.asked)
        program.runner.cancel_all()
        await program.runner.wait()
        assert len(program.writer.asked) == asked
        assert program.board.tally.of(Status.CANCELLED) == 2_000
        assert [job.finish_rank for job in program.board.finished()] == list(range(1, 2_001))

    await program.clock.run(story())


async def test_cancelling_all_while_an_order_comes_in_cancels_what_comes(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog_room, "SLICE_S", 0.0)  # however fast the machine is
    program = make()

    async def story() -> None:
        there = program.runner.submit(program.order(*TEMPLATES[:5], videos=named(400)))
        assert 100 <= len(there) < 2_000, "the rest comes while the window goes on"
        program.runner.cancel_all()
        await program.runner.wait()
        assert program.board.tally.of(Status.CANCELLED) == 2_000
        assert program.writer.asked == []

    await program.clock.run(story())


async def test_what_people_put_first_does_not_wait_behind_a_full_window(make: Make) -> None:
    program = make(max_concurrent=2, stagger_ms=0)
    program.writer.plan = lambda _a, _n: Plan(pause_s=10.0)
    videos = named(60)

    async def story() -> None:
        program.runner.submit(program.order(*TEMPLATES[:5], videos=videos))
        await program.runner.begun()
        await program.clock.sleep(1)
        program.limiter.queue_order.put([link_of(videos[-1]).key])
        await program.clock.sleep(300)
        before = [is_whole(program, video) for video in videos]
        assert before[-1]
        assert sum(before) < 20
        program.runner.cancel_all()
        await program.runner.wait()

    await program.clock.run(story())


async def test_a_long_queue_of_a_model_that_waits_does_not_hold_up_another(make: Make) -> None:
    program = make()

    async def story() -> None:
        jobs = program.runner.submit(program.order(*TEMPLATES[:5], videos=named(40)))
        program.limiter.of(jobs[0].request.model)._close(1000.0, "Gemini asks to wait")
        order = replace(program.order("chapters", videos=("short",)), model="other")
        (job,) = program.runner.submit(order)
        await program.clock.sleep(30)
        assert program.board.job(job.id).status is Status.COMPLETE
        program.runner.cancel_all()
        await program.runner.wait()

    await program.clock.run(story())


async def test_thousands_that_failed_are_written_by_another_engine_as_one_run(make: Make) -> None:
    program = make()

    async def story() -> None:
        jobs = program.runner.submit(program.order(*TEMPLATES[:2], videos=named(80)))
        program.runner.cancel_all()
        await program.runner.wait()
        ids = [job.id for job in program.board]
        program.runner.switch(ids, engine=Engine.OFFLINE)
        await program.runner.wait()
        assert len(program.board) == 160
        assert all(job.request.engine is Engine.OFFLINE for job in program.board)
        assert len(program.library.journal.runs) == 1  # type: ignore[attr-defined]
        assert jobs[0].id not in program.board

    await program.clock.run(story())


async def test_what_is_seen_of_many_videos_is_on_record_in_a_few_writes(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = make()
    journal = program.library.journal
    written: list[int] = []

    async def video_seen(*videos: object) -> None:
        await asyncio.sleep(0)
        written.append(len(videos))

    monkeypatch.setattr(journal, "video_seen", video_seen)

    async def story() -> None:
        program.runner.submit(program.order("chapters"))
        await program.runner.begun()
        program.runner.submit(program.order("chapters", videos=named(300)))
        program.runner.cancel_all()
        await program.runner.wait()

    await program.clock.run(story())
    assert sum(written) >= 300
    assert len(written) < 30


# --- the backlog alone ---


def a_job(video: str, template: str = "chapters") -> NoteJob:
    return NoteJob(
        NoteRequest(video, template, Mode.AUTO, Engine.GEMINI, "gemini-flash-latest", "en")
    )


@pytest.fixture
def begun() -> list[str]:
    return []


@pytest.fixture
def backlog(begun: list[str]) -> Callable[[int], Backlog]:
    return lambda at_once: Backlog(
        QueueOrder(), lambda job: begun.append(job.video_id), lambda: at_once
    )


def test_one_begins_for_one_that_ends(backlog, begun: list[str]) -> None:
    waiting = backlog(1)
    jobs = [a_job(f"v{number}") for number in range(200)]
    waiting.put(jobs)
    assert begun == [f"v{number}" for number in range(MIN_UNDER_WAY)]
    waiting.leave(jobs[150].id)
    assert len(begun) == MIN_UNDER_WAY
    waiting.leave(jobs[3].id)
    assert begun[MIN_UNDER_WAY:] == [f"v{MIN_UNDER_WAY}"]
    for job in jobs:
        waiting.leave(job.id)
    assert sorted(begun) == sorted(f"v{number}" for number in range(200) if number != 150)


def test_many_at_once_need_many_ready(backlog, begun: list[str]) -> None:
    backlog(32).put([a_job(f"v{number}") for number in range(400)])
    assert len(begun) == 32 * PER_REQUEST


def test_films_that_are_heard_for_long_hold_up_nobody(backlog, begun: list[str]) -> None:
    waiting = backlog(1)
    jobs = [a_job(f"v{number}") for number in range(200)]
    waiting.put(jobs)
    for job in jobs[:MIN_UNDER_WAY]:
        waiting.step_aside(job.id)
    assert len(begun) == 2 * MIN_UNDER_WAY
    for job in jobs[:MIN_UNDER_WAY]:
        waiting.come_back(job.id)
    waiting.leave(jobs[0].id)
    assert len(begun) == 2 * MIN_UNDER_WAY, "who comes back takes his place"


def test_what_is_cleared_is_never_begun(backlog, begun: list[str]) -> None:
    waiting = backlog(1)
    jobs = [a_job(f"v{number}") for number in range(200)]
    waiting.put(jobs)
    waiting.clear()
    for job in jobs:
        waiting.leave(job.id)
    assert len(begun) == MIN_UNDER_WAY
    assert jobs[100].id not in waiting
