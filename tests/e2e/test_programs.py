"""Several programs on one library: each note is asked for once, and no setting is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.postgres import fresh_database

from .programs import Outcome, at_once, killed, settings_at_once, together


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return fresh_database() if request.param == "postgresql" else ""


def assert_paid_once(outcome: Outcome) -> None:
    assert outcome.answered == outcome.needed, outcome
    assert outcome.notes == outcome.needed, outcome
    assert not any(outcome.codes), outcome


@pytest.mark.slow
def test_a_window_and_two_command_lines_pay_once_for_each_note(tmp_path: Path, url: str) -> None:
    assert_paid_once(together(tmp_path, url=url))


@pytest.mark.slow
def test_command_lines_started_at_the_same_moment_pay_once(tmp_path: Path) -> None:
    outcome = at_once(tmp_path)
    assert_paid_once(outcome)
    assert outcome.files == outcome.needed, outcome


@pytest.mark.slow
def test_the_notes_of_a_killed_program_are_taken_over(tmp_path: Path, url: str) -> None:
    outcome = killed(tmp_path, url=url)
    assert outcome.notes == outcome.needed, outcome
    assert outcome.answered == 2 * outcome.needed, outcome  # those that were cut off, and again
    assert outcome.codes == [0], outcome


def test_of_settings_that_are_set_at_once_none_is_lost(tmp_path: Path) -> None:
    assert settings_at_once(tmp_path) == 0
