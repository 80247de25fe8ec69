"""A template can be tried before it is kept: nothing of a trial stays in the library."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.errors import NotYetAvailable
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.ports import Assignment, Order
from notegen_desktop.services.writers.prompting import prompt_of
from tests.fakes.writing import Plan, talk
from tests.services.running import Make, Program


def order_of(program: Program, engine: Engine = Engine.GEMINI) -> Order:
    return replace(program.order("study-notes"), engine=engine, wish="for beginners")


async def test_what_is_shown_is_what_is_sent(make: Make) -> None:
    program = make()
    template = replace(program.templates.get("study-notes"), id="unsaved", name="Not kept")
    sent: list[str] = []

    def plan(assignment: Assignment, _: int) -> Plan:
        sent.append(prompt_of(assignment).text)
        return Plan(sections=4)

    async def story() -> None:
        program.writer.plan = plan
        shown = await program.runner.trials.prompt(template, order_of(program))
        note = await program.runner.trials.write(template, order_of(program))
        assert sent == [shown.prompt.text]
        assert "for beginners" in shown.prompt.text
        assert note.template == "unsaved"
        assert await program.library.store.recent() == []

    await program.clock.run(story())


async def test_the_price_of_a_trial_is_that_of_the_note(make: Make) -> None:
    program = make()
    template = program.templates.get("study-notes")

    async def story() -> None:
        trial = await program.runner.trials.estimate(template, order_of(program))
        found = await program.preflight.of(order_of(program))
        assert trial.estimate.cost_usd == pytest.approx(found.cost_usd)
        assert trial.engine is Engine.GEMINI
        free = await program.runner.trials.estimate(template, order_of(program, Engine.OFFLINE))
        assert (free.engine, free.estimate.cost_usd) == (Engine.OFFLINE, 0.0)

    await program.clock.run(story())


async def test_the_prompt_of_a_kept_video_needs_no_source(make: Make) -> None:
    program = make()
    template = program.templates.get("study-notes")

    async def story() -> None:
        (job,) = await program.generate("study-notes")
        assert job.note is not None
        await program.library.store.put_transcript(job.note.video, talk())
        shown = await program.runner.trials.prompt(
            template, order_of(program, Engine.OFFLINE), video=job.note.video
        )
        assert "Passage 11 explains the garden10" in shown.prompt.material
        assert not shown.to_model, "the offline engine reads no prompt"

    await program.clock.run(story())


async def test_what_the_offline_engine_cannot_write_is_said_before(make: Make) -> None:
    program = make()

    async def story() -> None:
        with pytest.raises(NotYetAvailable, match="only quotes"):
            await program.runner.trials.write(
                program.templates.get("quiz"), order_of(program, Engine.OFFLINE)
            )

    await program.clock.run(story())
