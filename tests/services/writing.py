"""Reading a writer to its end, for the tests of writers."""

from __future__ import annotations

from typing import Any

import pytest

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.services.ports import NoteWriter, Writing
from tests.fakes.assignments import assignment

KEY = "AIzaSyFakeFakeFakeFakeFakeFakeFakeFake"


async def write(writer: NoteWriter, template_id: str = "basic-summary", **facts: Any) -> Writing:
    """The last state of a writing."""
    return [state async for state in writer.write(assignment(template_id, **facts))][-1]


async def failure(writer: NoteWriter, **facts: Any) -> tuple[NoteGenError, list[Writing]]:
    """The error a writing ends with, and the states before it."""
    states: list[Writing] = []
    try:
        async for state in writer.write(assignment(**facts)):
            states.append(state)
    except NoteGenError as error:
        return error, states
    pytest.fail("a note came where an error was expected")
