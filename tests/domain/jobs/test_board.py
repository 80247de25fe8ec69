"""The board tells the truth: whatever is asked of it in whatever order, and whoever listens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from notegen_desktop.domain.errors import RateLimited
from notegen_desktop.domain.jobs.board import (
    BoardEvent,
    JobAdded,
    JobBoard,
    JobChanged,
    JobRemoved,
    TextGrew,
    VideoSeen,
)
from notegen_desktop.domain.jobs.job import LEGAL_MOVES, NoteJob, NoteRequest, Stage, Status, Tally
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, DraftSection, Engine, Mode, Note
from tests.properties import examples


def wish(template: str = "basic-summary", video: str = "v") -> NoteRequest:
    return NoteRequest(video, template, Mode.TRANSCRIPT, Engine.OFFLINE, "m", "en")


def written(template: str = "basic-summary") -> Note:
    video = Video("v", "https://youtu.be/v")
    return Note("T", video, template, "1", "en", "offline", "m", "2026-01-01T00:00:00Z", ())


class Mirror:
    """A listener that knows only what it was told."""

    def __init__(self) -> None:
        self.jobs: dict[str, NoteJob] = {}
        self.videos: dict[str, Video] = {}
        self.events: list[BoardEvent] = []

    def __call__(self, event: BoardEvent) -> None:
        self.events.append(event)
        match event:
            case VideoSeen(video):
                self.videos[video.id] = video
            case JobAdded(job):
                assert job.id not in self.jobs
                self.jobs[job.id] = job
            case JobChanged(job) | TextGrew(job):
                assert job.id in self.jobs
                self.jobs[job.id] = job
            case JobRemoved(job):
                del self.jobs[job.id]


class BoardMachine(RuleBasedStateMachine):
    """Any sequence of calls, with listeners that come early, late, and that break."""

    jobs = Bundle("jobs")

    @initialize()
    def begin(self) -> None:
        self.now = 1000.0
        self.board = JobBoard(clock=lambda: self.now)
        self.first = Mirror()
        self.board.subscribe(self.first)
        self.board.subscribe(self.broken)
        self.finished: list[tuple[str, int]] = []
        self.progress: dict[tuple[str, int], float] = {}
        self.final: dict[tuple[str, int], NoteJob] = {}

    @staticmethod
    def broken(event: BoardEvent) -> None:
        raise RuntimeError("a listener that always fails")

    def note_change(self, job_id: str) -> None:
        job = self.board.job(job_id)
        key = (job_id, job.attempt)
        if job.is_final and key not in self.final:
            self.final[key] = job
            self.finished.append(key)

    @rule(target=jobs, template=st.sampled_from("abcde"), video=st.sampled_from("vw"))
    def add(self, template: str, video: str) -> str:
        self.now += 1
        self.board.put_video(Video(video, f"https://youtu.be/{video}"))
        return self.board.add(wish(template, video)).id

    @rule(
        job=jobs,
        status=st.sampled_from([None, Status.PENDING, Status.PROCESSING]),
        stage=st.none() | st.sampled_from(Stage),
        progress=st.none() | st.floats(-1, 2),
        late=st.booleans(),
    )
    def move(
        self,
        job: str,
        status: Status | None,
        stage: Stage | None,
        progress: float | None,
        late: bool,
    ) -> None:
        if job not in self.board:
            return
        before = self.board.job(job)
        attempt = before.attempt - late
        self.now += 1
        refused = late or before.is_final
        if not refused and (status or before.status) not in LEGAL_MOVES[before.status]:
            with pytest.raises(ValueError, match="cannot go"):
                self.board.apply(job, attempt=attempt, status=status)
            return
        taken = self.board.apply(
            job, attempt=attempt, status=status, stage=stage, progress=progress
        )
        assert taken is not refused
        if refused:
            assert self.board.job(job) is before

    @rule(job=jobs, progress=st.floats(-1, 2), late=st.booleans())
    def grow(self, job: str, progress: float, late: bool) -> None:
        if job in self.board:
            before = self.board.job(job)
            draft = Draft("t", (DraftSection("h", concise="text"),))
            taken = self.board.grow(
                job, attempt=before.attempt - late, draft=draft, progress=progress
            )
            assert taken is not (late or before.is_final)

    @rule(job=jobs, how=st.sampled_from(["complete", "fail", "cancel"]))
    def end(self, job: str, how: str) -> None:
        if job not in self.board:
            return
        before = self.board.job(job)
        self.now += 1
        match how:
            case "complete":
                taken = self.board.complete(job, attempt=before.attempt, note=written())
            case "fail":
                taken = self.board.fail(job, attempt=before.attempt, error=RateLimited())
            case _:
                taken = self.board.cancel(job)
        assert taken is not before.is_final
        self.note_change(job)

    @rule(job=jobs)
    def retry(self, job: str) -> None:
        if job in self.board:
            before = self.board.job(job)
            new = self.board.retry(job)
            assert (new is not None) is before.is_final
            if new is not None:
                assert new.attempt == before.attempt + 1
                assert new.status is Status.PENDING
                assert new.progress == 0

    @rule(job=jobs)
    def remove(self, job: str) -> None:
        if job in self.board:
            before = self.board.job(job)
            assert self.board.remove(job) is before.is_final
            if before.is_final:
                assert job not in self.board
                for attempt in range(1, before.attempt + 1):
                    self.progress.pop((job, attempt), None)
                    self.final.pop((job, attempt), None)

    @invariant()
    def what_is_counted_is_what_is_there(self) -> None:
        jobs = list(self.board)
        fresh, kept = Tally(jobs), self.board.tally
        assert [kept.of(status) for status in Status] == [fresh.of(status) for status in Status]
        assert kept.from_library == fresh.from_library
        assert kept.progress == pytest.approx(fresh.progress)
        assert set(self.board.active) == {job for job in jobs if not job.is_final}
        for video in {job.video_id for job in jobs}:
            mine = {job.id for job in jobs if job.video_id == video}
            assert {job.id for job in self.board.jobs_of(video)} == mine

    @invariant()
    def progress_never_falls_and_is_one_exactly_when_complete(self) -> None:
        for job in self.board:
            key = (job.id, job.attempt)
            assert job.progress >= self.progress.get(key, 0.0)
            assert (job.progress == 1.0) is (job.status is Status.COMPLETE)
            self.progress[key] = job.progress

    @invariant()
    def ranks_follow_the_order_of_finishing(self) -> None:
        present = [job for job in self.board if job.is_final]
        assert all((job.finish_rank is None) is not job.is_final for job in self.board)
        order = [self.finished.index((job.id, job.attempt)) for job in self.board.finished()]
        assert order == sorted(order)
        assert len(order) == len(present)
        for job in present:
            assert job.finish_rank == self.finished.index((job.id, job.attempt)) + 1

    @invariant()
    def what_is_final_never_changes(self) -> None:
        for (job_id, attempt), final in self.final.items():
            job = self.board.job(job_id)
            if job.attempt == attempt:
                assert job is final
                assert job.finished_at is not None
                assert (job.failure is not None) is (job.status is Status.ERROR)
                assert (job.note is not None) is (job.status is Status.COMPLETE)

    @invariant()
    def every_listener_knows_what_the_board_knows(self) -> None:
        late = Mirror()
        stop = self.board.subscribe(late)
        stop()
        present = {job.id: job for job in self.board}
        assert self.first.jobs == present
        assert late.jobs == present
        assert late.videos == {video.id: video for video in self.board.videos()}

    @invariant()
    def overall_progress_is_the_mean(self) -> None:
        shares = [1.0 if job.is_final else job.progress for job in self.board]
        mean = sum(shares) / len(shares) if shares else 0.0
        assert self.board.overall_progress == pytest.approx(mean)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="notegen_desktop.domain.listeners")


TestBoardMachine = BoardMachine.TestCase
TestBoardMachine.settings = examples(60, steps=30)


@pytest.fixture
def board() -> JobBoard:
    return JobBoard(clock=lambda: 5.0)


def test_the_same_wish_twice_is_one_job(board: JobBoard) -> None:
    assert board.add(wish()) is board.add(wish())
    assert len(board) == 1
    assert board.add(replace(wish(), language="de")).id != board.add(wish()).id


@pytest.mark.parametrize("field", ["video_id", "template", "model", "language", "wish"])
def test_every_part_of_a_wish_makes_it_another_job(field: str) -> None:
    assert replace(wish(), **{field: "other"}).job_id != wish().job_id


def test_a_job_is_complete_with_its_note_and_fails_with_its_reason(board: JobBoard) -> None:
    job = board.add(wish())
    with pytest.raises(ValueError, match="with its note"):
        board.apply(job.id, attempt=1, status=Status.COMPLETE)
    with pytest.raises(ValueError, match="with its reason"):
        board.apply(job.id, attempt=1, status=Status.ERROR)
    assert board.job(job.id).status is Status.PENDING


def test_a_reason_to_wait_ends_with_the_waiting(board: JobBoard) -> None:
    job = board.add(wish())
    board.apply(job.id, attempt=1, stage=Stage.WAITING, wait_until=9.0, wait_reason="Gemini asks")
    assert board.job(job.id).wait_reason == "Gemini asks"
    board.apply(job.id, attempt=1, status=Status.PROCESSING, stage=Stage.WRITING)
    assert (board.job(job.id).wait_until, board.job(job.id).wait_reason) == (None, "")


@pytest.mark.allow_log
def test_a_listener_that_fails_is_logged_and_harms_nobody(
    board: JobBoard, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[BoardEvent] = []

    def broken(event: BoardEvent) -> None:
        raise RuntimeError("out of order")

    caplog.set_level(logging.ERROR, logger="notegen_desktop.domain.listeners")
    board.subscribe(broken)
    board.subscribe(heard.append)
    job = board.add(wish())
    assert heard == [JobAdded(job)]
    assert "a listener failed on JobAdded" in caplog.text
    assert "out of order" in caplog.text


def test_who_stops_listening_hears_nothing_more_even_in_the_middle(board: JobBoard) -> None:
    heard: list[str] = []
    stops: list[Callable[[], None]] = []

    def once(event: BoardEvent) -> None:
        heard.append(type(event).__name__)
        stops[0]()

    stops.append(board.subscribe(once))
    board.add(wish("a"))
    board.add(wish("b"))
    assert heard == ["JobAdded"]
    stops[0]()  # stopping twice is no mistake


def test_a_video_is_announced_only_when_something_new_is_known(board: JobBoard) -> None:
    mirror = Mirror()
    board.subscribe(mirror)
    video = Video("v", "u")
    board.put_video(video)
    board.put_video(Video("v", "u"))
    board.put_video(video.known(title="T"))
    assert mirror.events == [VideoSeen(video), VideoSeen(video.known(title="T"))]


def test_a_video_leaves_with_its_last_job(board: JobBoard) -> None:
    board.put_video(Video("v", "u"))
    jobs = [board.add(wish("a")), board.add(wish("b"))]
    for job in jobs:
        board.cancel(job.id)
    board.remove(jobs[0].id)
    assert board.videos()
    board.remove(jobs[1].id)
    assert not board.videos()


def test_text_that_grew_says_how_far_it_is(board: JobBoard) -> None:
    mirror = Mirror()
    board.subscribe(mirror)
    job = board.add(wish())
    draft = Draft("Title", (DraftSection("Head", concise="abc"), DraftSection("Two")))
    board.grow(job.id, attempt=1, draft=draft, progress=0.4)
    event = mirror.events[-1]
    assert isinstance(event, TextGrew)
    assert (event.section, event.chars) == (2, draft.chars)
    assert draft.chars == len("TitleHeadabcTwo")
