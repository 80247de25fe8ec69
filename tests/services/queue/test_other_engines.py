"""When an engine cannot write, the next of the user's order does, and the note says which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from notegen_desktop.domain.engines.order import (
    EngineChoice,
    engine_order,
    template_engines,
    template_engines_text,
)
from notegen_desktop.domain.errors import (
    AnswerRefused,
    BudgetExceeded,
    KeyRejected,
    NetworkUnreachable,
    NoteGenError,
    QuotaExhausted,
    SomethingElseAnswered,
)
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.notes.note import Engine
from tests.fakes.writing import Plan
from tests.services.running import Make, Program, assert_sound

FIRST, SECOND = "gemini-flash-lite-latest", "gemini-flash-latest"


def failing(**errors: NoteGenError) -> Callable[..., Plan]:
    """By model: the error that it answers with."""

    def plan(assignment: Any, _: int) -> Plan:
        return Plan(error=errors.get(assignment.model.replace("-", "_").replace(".", "_")))

    return plan


def with_order(make: Make, order: str) -> Program:
    program = make()
    program.settings.change({"general.fallback": order})
    return program


def test_an_order_is_read_with_models_that_have_colons() -> None:
    assert engine_order("gemini:gemini-flash-latest, ollama:qwen3:8b,offline, offline") == (
        EngineChoice(Engine.GEMINI, "gemini-flash-latest"),
        EngineChoice(Engine("ollama"), "qwen3:8b"),
        EngineChoice(Engine.OFFLINE),
    )
    assert engine_order(" ") == ()


async def test_the_next_engine_writes_when_the_days_quota_is_gone(make: Make) -> None:
    program = with_order(make, f"gemini:{SECOND}, offline")
    program.writer.plan = failing(gemini_flash_lite_latest=QuotaExhausted())
    (job,) = await program.clock.run(program.generate("basic-summary"))
    assert job.status is Status.COMPLETE
    assert job.note is not None
    assert [asked.model for asked in program.writer.asked] == [FIRST, SECOND]
    assert job.request.model == FIRST  # asked for again, it is found
    assert await program.clock.run(program.library.store.find(job.request)) is not None
    assert_sound(program)


async def test_the_offline_engine_is_the_last_resort(make: Make) -> None:
    program = with_order(make, f"gemini:{SECOND}, missing, offline")
    program.writer.plan = failing(
        gemini_flash_lite_latest=KeyRejected(), gemini_flash_latest=KeyRejected()
    )
    (job,) = await program.clock.run(program.generate("basic-summary"))
    assert job.note is not None
    assert job.note.engine == "offline"


@pytest.mark.parametrize("fallback", ["", f"gemini:{FIRST}", "missing"])
async def test_without_another_engine_the_first_error_is_told(make: Make, fallback: str) -> None:
    program = with_order(make, fallback)
    program.writer.plan = failing(gemini_flash_lite_latest=QuotaExhausted())
    (job,) = await program.clock.run(program.generate("basic-summary"))
    assert job.failure is not None
    assert job.failure.code == "quota_exhausted"


async def test_where_something_else_answers_the_next_engine_writes(make: Make) -> None:
    program = with_order(make, "offline")
    program.writer.plan = failing(gemini_flash_lite_latest=SomethingElseAnswered("A page."))
    (job,) = await program.clock.run(program.generate("basic-summary"))
    assert job.failure is None


async def test_a_note_that_is_refused_is_asked_of_nobody_else(make: Make) -> None:
    program = with_order(make, "offline")
    program.writer.plan = lambda *_: Plan(error=AnswerRefused())
    (job,) = await program.clock.run(program.generate("basic-summary"))
    assert job.failure is not None
    assert job.failure.code == "answer_refused"


async def test_an_engine_that_is_dearer_than_the_budget_is_passed_over(make: Make) -> None:
    program = with_order(make, f"gemini:{SECOND}, offline")
    program.writer.plan = failing(
        gemini_flash_lite_latest=QuotaExhausted(), gemini_flash_latest=BudgetExceeded()
    )
    (job,) = await program.clock.run(program.generate("basic-summary"))
    assert job.note is not None
    assert job.note.engine == "offline"


async def test_a_network_that_is_gone_is_not_waited_for_where_another_engine_follows(
    make: Make,
) -> None:
    program = with_order(make, "offline")

    def plan(assignment: Any, n: int) -> Plan:
        gone = assignment.model == FIRST and assignment.template.id == "chapters"
        return Plan(error=NetworkUnreachable() if gone else None)

    program.writer.plan = plan
    await program.clock.run(program.generate("basic-summary"))  # the network was there
    begun = program.clock.monotonic()
    (job,) = await program.clock.run(program.generate("chapters"))
    assert job.note is not None
    assert job.note.engine == "offline"
    assert program.clock.monotonic() - begun < 300


async def test_what_one_engine_has_begun_no_other_continues(make: Make) -> None:
    program = with_order(make, f"gemini:{SECOND}")

    def plan(assignment: Any, _: int) -> Plan:
        gone = assignment.model == FIRST
        return Plan(error=QuotaExhausted() if gone else None, fail_after=2 if gone else 0)

    program.writer.plan = plan
    (job,) = await program.clock.run(program.generate("basic-summary"))
    assert job.note is not None
    assert program.writer.asked[-1].whole_sections is None
    assert_sound(program)


def test_templates_are_read_with_their_engines_and_written_back() -> None:
    text = "chapters@ollama:qwen3:8b, study-notes@gemini"
    choices = template_engines(f" {text} ,, quiz, @x")
    assert choices == {
        "chapters": EngineChoice(Engine("ollama"), "qwen3:8b"),
        "study-notes": EngineChoice(Engine.GEMINI),
    }
    assert template_engines_text(choices) == text


async def test_each_template_of_an_order_goes_to_its_own_model_and_falls_back_from_it(
    make: Make,
) -> None:
    program = with_order(make, "offline")
    program.writer.plan = failing(gemini_flash_latest=QuotaExhausted())
    order = program.order("basic-summary", "chapters")
    program.runner.submit(replace(order, written_by=f"chapters@gemini:{SECOND}"))
    await program.clock.run(program.runner.wait())
    assert {FIRST, SECOND} <= {asked.model for asked in program.writer.asked}
    notes = {job.template: job.note for job in program.board}
    assert notes["basic-summary"] is not None
    assert notes["basic-summary"].engine == "gemini"
    assert notes["chapters"] is not None
    assert notes["chapters"].engine == "offline"
    assert_sound(program)
