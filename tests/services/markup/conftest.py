"""A clock for the limits of time of parsers."""

from __future__ import annotations

import pytest

from notegen_desktop.services.machine import clock
from notegen_desktop.services.markup import html
from tests.fakes.clock import StepClock


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> StepClock:
    """The clock of the parsers, which goes on by the calls that they make."""
    made = StepClock()
    for module in (clock, html):
        monkeypatch.setattr(module, "time", made)
    return made
