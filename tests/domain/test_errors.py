"""Every error a user can meet has its own code and words that say what happened and what to do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from notegen_desktop.domain import errors
from notegen_desktop.domain.errors import Failure, NoteGenError, RateLimited, failure_of


def descendants(kind: type[NoteGenError]) -> Iterator[type[NoteGenError]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


ALL = [kind for kind in descendants(NoteGenError) if kind.__module__ == errors.__name__]
LEAVES = [kind for kind in ALL if not kind.__subclasses__()]


def test_codes_are_unique() -> None:
    assert len(LEAVES) > 20
    assert [code for code, n in Counter(kind.code() for kind in ALL).items() if n > 1] == []


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.code())
def test_every_error_says_what_happened_and_what_to_do(kind: type[NoteGenError]) -> None:
    error = kind()
    assert error.message != NoteGenError.default_message
    assert error.message.endswith((".", "!", "”"))
    assert error.hint.endswith((".", "!", "”"))
    assert error.hint != error.message
    assert kind.code() == kind.code().lower().replace(" ", "_")
    assert error.failure().code == kind.code()


def test_own_words_win_over_the_usual_ones() -> None:
    failure = RateLimited("Wait.", hint="A minute.", retry_after_s=60).failure()
    assert failure == Failure("rate_limited", "Wait.", "A minute.", retryable=True)
    assert RateLimited(retry_after_s=60).retry_after_s == 60


def test_a_failure_survives_being_stored() -> None:
    failure = RateLimited().failure()
    assert Failure(**json.loads(json.dumps(failure.to_json()))) == failure
    assert set(failure.to_json()) == {"code", "message", "hint", "retryable"}


def test_an_unknown_exception_is_unexpected_and_keeps_its_words() -> None:
    failure = failure_of(ZeroDivisionError("division by zero"))
    assert failure.code == "unexpected"
    assert "division by zero" in failure.message
    assert failure.hint
