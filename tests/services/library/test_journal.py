"""What a program leaves behind when it dies, and how the next one goes on."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from notegen_desktop.domain.errors import RateLimited
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.notes.note import Draft, DraftSection, Engine, Level, Mode, PartDraft
from notegen_desktop.services.ports import (
    FilesWanted,
    KeptDraft,
    Order,
    SentRequest,
)
from tests.fakes.notes import VIDEO, a_note, a_request

from .conftest import Place, Watch

ORDER = Order(
    links=(Link(LinkKind.VIDEO, "youtube", VIDEO.id, VIDEO.url, 12.5),),
    templates=("study-notes", "flashcards"),
    mode=Mode.HYBRID,
    engine=Engine.GEMINI,
    model="gemini-flash-lite-latest",
    language="en",
    combined=True,
)
STUDY = NoteJob(a_request())
CARDS = NoteJob(a_request(template="flashcards"))
DRAFT = Draft(
    "Bridges",
    (DraftSection("One", ("1", "2"), "c", "s", "l"), DraftSection("Two", (), "c2", "s2", "l2")),
    whole=True,
)


async def test_a_killed_run_is_found_by_the_next_program(place: Place) -> None:
    first = await place.open()
    run = await first.journal.begin_run(ORDER, [STUDY, CARDS], videos=[VIDEO])
    working = replace(STUDY, status=Status.PROCESSING, attempt=2, started_at=1.0)
    await first.journal.job_changed(run, working)
    await first.journal.save_draft(run, working, DRAFT, part=1, parts=3)
    done = replace(CARDS, status=Status.COMPLETE, note=a_note(), finished_at=5.0)
    await first.journal.job_changed(run, done)
    assert await first.journal.unfinished() == []  # it is this program's own
    await first.aclose()

    (left,) = await (await place.open()).journal.unfinished()
    assert (left.id, left.order, left.videos) == (run, ORDER, (VIDEO,))
    assert left.requests == (STUDY.request,)


async def test_the_parts_of_a_long_note_are_kept_side_by_side(place: Place) -> None:
    first = await place.open()
    run = await first.journal.begin_run(ORDER, [STUDY], videos=[VIDEO])
    beginning = replace(DRAFT, sections=DRAFT.sections[:1])
    await first.journal.save_draft(run, STUDY, beginning, part=2, parts=3)
    await first.journal.save_draft(run, STUDY, DRAFT, part=0, parts=3, done=True)
    await first.journal.save_draft(run, STUDY, DRAFT, part=2, parts=3)
    await first.aclose()

    kept = await (await place.open()).journal.kept(STUDY.id)
    assert kept == KeptDraft(3, (PartDraft(0, DRAFT, done=True), PartDraft(2, DRAFT)))


async def test_parts_cut_another_way_are_not_mixed_up(place: Place) -> None:
    first = await place.open()
    run = await first.journal.begin_run(ORDER, [STUDY], videos=[VIDEO])
    await first.journal.save_draft(run, STUDY, DRAFT, part=2, parts=3, done=True)
    await first.journal.save_draft(run, STUDY, DRAFT, part=1, parts=4)
    await first.aclose()

    kept = await (await place.open()).journal.kept(STUDY.id)
    assert kept == KeptDraft(4, (PartDraft(1, DRAFT),))


async def test_a_run_under_way_elsewhere_is_left_alone(place: Place) -> None:
    first, second = await place.open(), await place.open()
    run = await first.journal.begin_run(ORDER, [STUDY])
    assert await second.journal.unfinished() == []
    assert not await second.journal.take_over(run)


async def test_a_run_of_another_machine_is_left_once_its_lease_is_over(
    place: Place, clock: Watch
) -> None:
    other = await place.open(machine="other", clock=clock)
    mine = await place.open(clock=clock)
    run = await other.journal.begin_run(ORDER, [STUDY])
    clock.now += 100
    await other.journal.keep_alive(run, lease_s=120)
    clock.now += 100
    assert await mine.journal.unfinished() == []
    clock.now += 21
    assert [left.id for left in await mine.journal.unfinished()] == [run]


async def test_clocks_that_differ_take_no_run_away(
    server_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await server_place.open(machine="other")
    run = await other.journal.begin_run(ORDER, [STUDY])
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + 3600)
    ahead = await server_place.open()
    assert await ahead.journal.unfinished() == []
    assert not await ahead.journal.take_over(run)


async def test_a_machine_that_slept_is_told_that_another_has_its_run(
    place: Place, clock: Watch
) -> None:
    slept = await place.open(machine="other", clock=clock)
    mine = await place.open(clock=clock)
    run = await slept.journal.begin_run(ORDER, [STUDY])
    assert await slept.journal.keep_alive(run)
    clock.now += 8 * 3600
    assert await mine.journal.take_over(run)
    assert not await slept.journal.keep_alive(run)
    clock.now += 60
    assert await mine.journal.keep_alive(run)


async def test_only_one_takes_a_run_over(place: Place) -> None:
    first = await place.open()
    run = await first.journal.begin_run(ORDER, [STUDY])
    await first.aclose()
    second, third = await place.open(), await place.open()
    assert await second.journal.take_over(run)
    assert not await third.journal.take_over(run)
    assert await third.journal.unfinished() == []
    await second.journal.finish_run(run)
    assert not await third.journal.take_over(run)


async def test_a_finished_run_is_nobodys(place: Place) -> None:
    first = await place.open()
    run = await first.journal.begin_run(ORDER, [STUDY])
    await first.journal.finish_run(run)
    await first.aclose()
    assert await (await place.open()).journal.unfinished() == []


async def test_a_later_attempt_is_never_overwritten_by_an_earlier_one(place: Place) -> None:
    first = await place.open()
    run = await first.journal.begin_run(ORDER, [STUDY])
    second_try = replace(STUDY, attempt=2, status=Status.PROCESSING)
    await first.journal.job_changed(run, second_try)
    await first.journal.save_draft(run, second_try, DRAFT)
    await first.journal.job_changed(run, replace(STUDY, status=Status.CANCELLED))
    await first.journal.save_draft(run, STUDY, Draft())
    await first.aclose()
    later = await place.open()
    (left,) = await later.journal.unfinished()
    assert left.requests == (STUDY.request,)
    assert (await later.journal.kept(STUDY.id)).drafts == (PartDraft(0, DRAFT),)


async def test_jobs_keep_their_order(place: Place) -> None:
    first = await place.open()
    run = await first.journal.begin_run(ORDER)
    for name in ("c", "a", "b"):
        await first.journal.job_changed(run, NoteJob(a_request(template=name)))
    await first.journal.job_changed(run, NoteJob(a_request(template="a"), status=Status.PROCESSING))
    await first.journal.video_seen(VIDEO)
    await first.aclose()
    (left,) = await (await place.open()).journal.unfinished()
    assert [request.template for request in left.requests] == ["c", "a", "b"]
    assert left.videos == (VIDEO,)


async def test_the_newest_run_comes_first(place: Place, clock: Watch) -> None:
    first = await place.open(clock=clock)
    runs = []
    for _ in range(3):
        clock.now += 1
        runs.append(await first.journal.begin_run(ORDER, [STUDY]))
    await first.aclose()
    left = await (await place.open(clock=clock)).journal.unfinished()
    assert [run.id for run in left] == runs[::-1]


async def test_hostile_text_is_mended_in_a_journal_too(place: Place) -> None:
    first = await place.open()
    nasty = "a\0\ud800"
    job = NoteJob(a_request(language=nasty, model=nasty))
    run = await first.journal.begin_run(replace(ORDER, model=nasty), [job])
    await first.journal.save_draft(run, job, Draft(nasty, (DraftSection(nasty),), whole=True))
    await first.aclose()
    (kept,) = (await (await place.open()).journal.kept(job.id)).drafts
    assert kept.draft.title == "a\ufffd\ufffd"


async def test_the_order_of_the_queue_and_its_standstill_outlive_the_program(place: Place) -> None:
    first = await place.open()
    run = await first.journal.begin_run(ORDER, [STUDY], videos=[VIDEO])
    other = await first.journal.begin_run(ORDER, [CARDS])
    await first.journal.save_queue_order([run], ["b", VIDEO.id, "a"], paused=True)
    await first.aclose()

    left = {each.id: each for each in await (await place.open()).journal.unfinished()}
    assert (left[run].queue_order, left[run].paused) == (("b", VIDEO.id, "a"), True)
    assert (left[other].queue_order, left[other].paused) == ((), False)


async def test_a_queue_that_another_machine_left_paused_is_none_of_ours(
    server_place: Place,
) -> None:
    first = await server_place.open(machine="there")
    run = await first.journal.begin_run(ORDER, [STUDY], videos=[VIDEO])
    await first.journal.save_queue_order([run], [], paused=True)
    await first.journal.keep_alive(run, lease_s=-1.0)
    await first.aclose()

    (left,) = await (await server_place.open(machine="here")).journal.unfinished()
    assert (left.id, left.paused) == (run, False)


async def test_files_asked_for_are_on_record_until_they_are_written(place: Place) -> None:
    first = await place.open()
    wanted = FilesWanted("/home/me/notes", "pdf", Level.COMPREHENSIVE)
    run = await first.journal.begin_run(replace(ORDER, files=wanted), [STUDY, CARDS])
    for job in (STUDY, CARDS):
        complete = replace(job, status=Status.COMPLETE, note=a_note())
        await first.journal.job_changed(run, complete)
    await first.journal.file_written(run, STUDY.id, "/home/me/notes/x/study-notes.pdf")
    await first.aclose()

    second = await place.open()
    (left,) = await second.journal.unfinished()
    assert (left.order.files, left.requests, left.unfiled) == (wanted, (), (CARDS.request,))
    other = replace(wanted, folder="/elsewhere", format="md")
    assert await second.journal.take_over(run, files=other)
    await second.aclose()
    (left,) = await (await place.open()).journal.unfinished()
    assert left.order == replace(ORDER, files=other)


@pytest.mark.slow
async def test_a_run_of_tens_of_thousands_is_begun_beside_others_and_found_again(
    place: Place,
) -> None:
    """SQLite takes 32,766 variables in a statement, PostgreSQL 65,535."""
    first = await place.open()
    many = 33_600
    videos = [replace(VIDEO, id=f"v{number}") for number in range(many)]
    jobs = [NoteJob(a_request(video_id=video.id)) for video in videos]
    beginning = asyncio.create_task(first.journal.begin_run(ORDER, jobs, videos=videos))
    await first.journal.video_seen(VIDEO)
    assert not beginning.done(), "it does not hold the database until it is done"
    assert await first.journal.unfinished() == []
    run = await beginning
    ended = [replace(job, status=Status.CANCELLED) for job in jobs[:2_000]]
    await first.journal.job_changed(run, *ended)
    await first.journal.save_queue_order([run, *map(str, range(many))], ["v9"], paused=True)
    await first.aclose()
    (left,) = await (await place.open()).journal.unfinished()
    assert left.requests == tuple(job.request for job in jobs[2_000:])
    assert len(left.videos) == many
    assert left.queue_order == ("v9",)


async def test_sections_of_what_was_not_completed_outlive_their_run(place: Place) -> None:
    journal = (await place.open()).journal
    assert await journal.kept(STUDY.id) == KeptDraft()
    run = await journal.begin_run(ORDER, [STUDY], videos=[VIDEO])
    await journal.save_draft(run, STUDY, DRAFT, basis="words")
    failed = replace(STUDY, status=Status.ERROR, failure=RateLimited().failure())
    await journal.job_changed(run, failed)
    await journal.finish_run(run)
    assert await journal.kept(STUDY.id) == KeptDraft(1, (PartDraft(0, DRAFT),), "words")


async def test_of_a_completed_note_no_sections_are_kept(place: Place) -> None:
    journal = (await place.open()).journal
    first = await journal.begin_run(ORDER, [STUDY], videos=[VIDEO])
    await journal.save_draft(first, STUDY, DRAFT, part=1, parts=2, done=True, basis="words")
    parts = (PartDraft(1, DRAFT, done=True),)
    assert await journal.kept(STUDY.id) == KeptDraft(2, parts, "words")
    await journal.finish_run(first)
    later = await journal.begin_run(ORDER, [STUDY], videos=[VIDEO])
    await journal.job_changed(later, replace(STUDY, status=Status.COMPLETE, note=a_note()))
    assert await journal.kept(STUDY.id) == KeptDraft()


async def test_what_is_sent_over_night_is_found_by_note_and_by_batch_until_it_is_dropped(
    place: Place,
) -> None:
    journal = (await place.open()).journal
    sent = [
        SentRequest(
            f"j{n}/0", f"j{n}", "a title", position=n, account="abc", usd=0.5, at=time.time() + n
        )
        for n in range(3)
    ]
    await journal.put_sent(*sent)
    assert await journal.sent(batch="a title") == sent
    assert await journal.sent(job_id="j1") == [sent[1]]
    booked = replace(sent[1], name="batches/1", booked=True, usd=0.25)
    await journal.put_sent(booked)
    assert await journal.sent(job_id="j1") == [booked]
    await journal.drop_sent("j0/0", "j2/0")
    assert await journal.sent(batch="a title") == [booked]
    assert await journal.sent(batch="another") == await journal.sent(job_id="j0") == []
