"""Causes of failures, each told once."""

from __future__ import annotations

from notegen_desktop.domain.errors import AnswerUnusable, NetworkUnreachable, NoteGenError
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.queue.head import causes_of
from tests.fakes.services import FakeServices


def told(fakes: FakeServices, *errors: NoteGenError) -> list[tuple[str, int]]:
    names = [f"https://youtu.be/video{number:06}" for number in range(len(errors))]
    links = tuple(find_links(name).links[0] for name in names)
    jobs = fakes.runner.submit(Order(links, ("basic-summary",)))
    for job, error in zip(jobs, errors, strict=True):
        fakes.board.fail(job.id, attempt=job.attempt, error=error)
    failed = (fakes.board.job(job.id) for job in jobs)
    return [(cause.message, len(cause.jobs)) for cause in causes_of(failed)]


def unusable(again: int) -> AnswerUnusable:
    return AnswerUnusable(
        f"What came back is not a note: {again} of 9 sections repeat another one.", hint="Retry."
    )


def test_where_many_differ_only_in_a_detail_they_are_one_cause(fakes: FakeServices) -> None:
    errors = [*map(unusable, range(2, 8)), NetworkUnreachable()]
    assert told(fakes, *errors) == [
        ("What came back is not a note.", 6),
        (NetworkUnreachable().message, 1),
    ]


def test_a_few_are_told_with_their_details(fakes: FakeServices) -> None:
    assert told(fakes, unusable(2), unusable(3), unusable(3)) == [
        ("What came back is not a note: 3 of 9 sections repeat another one.", 2),
        ("What came back is not a note: 2 of 9 sections repeat another one.", 1),
    ]
