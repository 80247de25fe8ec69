"""Stored notes change: a doubtful statement is written again or taken out, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from notegen_desktop.domain.errors import NothingThere
from notegen_desktop.domain.notes.doubts import DoubtfulStatement, doubts, without
from notegen_desktop.domain.notes.note import Cite, Doubt, DraftSection, Level, Note, Section
from notegen_desktop.domain.notes.versions import TYPED
from notegen_desktop.domain.prompts.prompt import build_prompt
from notegen_desktop.services.ports import Assignment
from tests.fakes.writing import Plan, section_of, talk
from tests.services.running import Make, Program

PLACE = Cite(100.0, 109.0, False, 1, Doubt.NUMBER, "47")
"""Where passage 11 is said, of the garden10."""

DOUBTED = Section(
    "The garden",
    (PLACE, Cite(20.0, 29.0, True, 2)),
    "It has 47 trees. [^1]",
    "It is old. [^2] The garden10 has 47 trees. [^1]",
    "It is old. [^2]\n\n- The garden10 has 47 trees. [^1]\n- It is green. [^2]",
)
TRUE = "Passage 11 explains the garden10 and detail10x1. [11]"


@dataclass(frozen=True, slots=True)
class Says(Plan):
    """One section that holds the statement anew."""

    text: str = TRUE

    def section(self, assignment: Assignment, n: int) -> DraftSection:
        return DraftSection("The garden", (), self.text, self.text, self.text)


async def doubtful_note(program: Program) -> tuple[Note, DoubtfulStatement]:
    """A note of the library with a doubtful statement, which is the one at the standard level."""
    (job,) = await program.generate("study-notes")
    assert job.note is not None
    note = await program.runner.reviser.revise(
        job.note.id, lambda stored: replace(stored, sections=(*stored.sections, DOUBTED))
    )
    await program.library.store.put_transcript(note.video, talk())
    (doubt,) = [d for d in doubts(note, Level.STANDARD) if d.section == len(note.sections) - 1]
    return note, doubt


async def test_a_statement_is_written_again_from_the_words_at_its_place(make: Make) -> None:
    program = make()
    told: list[float] = []

    async def story() -> None:
        note, doubt = await doubtful_note(program)
        program.writer.plan = lambda _a, _n: Says(sections=1)
        changed = await program.runner.reviser.rewrite(note.id, doubt, progress=told.append)
        section = changed.sections[-1]
        assert section.concise == "Passage 11 explains the garden10 and detail10x1. [^3]"
        assert section.standard == f"It is old. [^2] {section.concise}"
        assert section.comprehensive == (
            f"It is old. [^2]\n\n- {section.concise}\n- It is green. [^2]"
        )
        assert [cite.n for cite in section.cites] == [2, 3]
        assert section.cites[1].verified
        assert section.cites[1].start_s == 100.0
        assert changed.sections[:-1] == note.sections[:-1]
        assert changed.coverage == note.coverage
        assert changed.usage.requests == note.usage.requests + 1
        assert await program.library.store.get(note.id) == changed

    await program.clock.run(story())
    assert told == sorted(told)


async def test_only_the_passage_and_the_statement_are_sent(make: Make) -> None:
    program = make()

    async def story() -> None:
        note, doubt = await doubtful_note(program)
        program.writer.plan = lambda _a, _n: Says(sections=1)
        await program.runner.reviser.rewrite(note.id, doubt)

    await program.clock.run(story())
    asked = program.writer.asked[-1]
    prompt = build_prompt(
        asked.template, asked.video, asked.transcript, mode=asked.mode, part=asked.part
    )
    assert "The garden10 has 47 trees." in prompt.task
    assert "## Sections" not in prompt.task
    assert "Passage 11 " in prompt.material
    assert "Passage 30 " not in prompt.material


async def test_where_nothing_can_stand_the_note_stays_as_it_was(make: Make) -> None:
    program = make()

    async def story() -> None:
        note, doubt = await doubtful_note(program)
        program.writer.plan = lambda _a, _n: Says(sections=0)
        with pytest.raises(NothingThere) as refused:
            await program.runner.reviser.rewrite(note.id, doubt)
        assert refused.value.hint == "Take the statement out."
        assert await program.library.store.get(note.id) == note

    await program.clock.run(story())


async def test_a_rewriting_and_a_taking_out_at_once_lose_nothing(make: Make) -> None:
    program = make()

    async def story() -> None:
        note, doubt = await doubtful_note(program)
        other = doubts(note, Level.CONCISE)[-1]
        program.writer.plan = lambda _a, _n: Says(sections=1)
        await asyncio.gather(
            program.runner.reviser.rewrite(note.id, doubt),
            program.runner.reviser.revise(note.id, lambda stored: without(stored, other)),
        )
        stored = await program.library.store.get(note.id)
        assert "47" not in "".join(stored.sections[-1].at(level) for level in Level)
        assert "garden10" in stored.sections[-1].standard

    await program.clock.run(story())


async def test_an_edit_keeps_what_another_program_wrote_meanwhile_as_a_version(make: Make) -> None:
    program = make()

    async def story() -> None:
        seen, _doubt = await doubtful_note(program)
        reviser, store = program.runner.reviser, program.library.store

        def titled(title: str) -> Callable[[Note], Note]:
            return lambda stored: replace(stored, title=title)

        first = await reviser.revise(seen.id, titled("Mine"), TYPED, known=seen)
        await reviser.revise(seen.id, titled("Theirs"), TYPED)
        second = await reviser.revise(seen.id, titled("Mine, too"), TYPED, known=first)
        await reviser.revise(seen.id, titled("Mine, longer"), TYPED, known=second)
        kept = [await store.version(seen.id, each.number) for each in await store.history(seen.id)]
        assert [note.title for note in kept] == [seen.title, "Theirs", "Mine, longer"]

    await program.clock.run(story())


# --- what a good note lacks ---

LACKING = ("Overview", "Oceans and bridges", "Gardens", "Engines")
"""Headings of a summary without its “Key takeaways”."""


@dataclass(frozen=True, slots=True)
class Named(Plan):
    """Sections under these headings."""

    headings: tuple[str, ...] = ()

    def section(self, assignment: Assignment, n: int) -> DraftSection:
        return replace(section_of(assignment, n), heading=self.headings[n])


async def test_what_a_note_lacks_is_asked_for_and_nothing_else(make: Make) -> None:
    program = make()

    async def story() -> None:
        program.writer.plan = lambda _a, _n: Named(4, headings=LACKING)
        (job,) = await program.generate("basic-summary")
        note = job.note
        assert note is not None
        assert note.missing == ("the section “Key takeaways”",)
        await program.library.store.put_transcript(note.video, talk())
        before = program.budget.spent.requests
        program.writer.plan = lambda _a, _n: Named(5, headings=(*LACKING, "Key takeaways"))
        whole = await program.runner.reviser.complete(note.id)
        assert program.budget.spent.requests == before + 1
        kept = program.writer.asked[-1].whole_sections
        assert kept is not None
        assert [section.heading for section in kept.sections] == list(LACKING)
        assert whole.sections[:-1] == note.sections
        assert whole.sections[-1].heading == "Key takeaways"
        assert whole.missing == ()
        assert await program.library.store.get(note.id) == whole

    await program.clock.run(story())


async def test_a_note_to_which_nothing_comes_stays_as_it_was(make: Make) -> None:
    program = make()

    async def story() -> None:
        program.writer.plan = lambda _a, _n: Named(4, headings=LACKING)
        (job,) = await program.generate("basic-summary")
        note = job.note
        assert note is not None
        await program.library.store.put_transcript(note.video, talk())
        program.writer.plan = lambda _a, _n: Plan(sections=0)
        with pytest.raises(NothingThere):
            await program.runner.reviser.complete(note.id)
        assert await program.library.store.get(note.id) == note

    await program.clock.run(story())


async def test_a_note_that_lacks_nothing_is_not_asked_for_again(make: Make) -> None:
    program = make()

    async def story() -> None:
        (job,) = await program.generate("basic-summary")
        note = job.note
        assert note is not None
        assert note.missing == ()
        await program.library.store.put_transcript(note.video, talk())
        before = program.budget.spent.requests
        assert await program.runner.reviser.complete(note.id) == note
        assert program.budget.spent.requests == before

    await program.clock.run(story())
