"""A note, a section or a level is written again: beside the note, which stays as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from notegen_desktop.domain.errors import BudgetExceeded, UsageError
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.notes.note import DraftSection, Engine, Level, Note
from notegen_desktop.domain.notes.rewriting import RewriteScope
from notegen_desktop.domain.notes.versions import Decision, Origin, undecided
from notegen_desktop.domain.prompts.prompt import build_prompt
from notegen_desktop.services.ports import Assignment, RewriteOrder
from tests.fakes.writing import Plan, talk
from tests.services.running import Make, Program


@dataclass(frozen=True, slots=True)
class Anew(Plan):
    """One section that says something new of passage 11, at the levels that are asked for."""

    placed: bool = True

    def section(self, assignment: Assignment, n: int) -> DraftSection:
        known = assignment.outline
        heading = known.sections[n].heading if known else assignment.template.sections[0].heading
        assert assignment.transcript is not None
        said = assignment.transcript.segments[min(10 + n, len(assignment.transcript.segments) - 1)]
        words = said.text.replace(" explains", ", told {}, explains")
        texts = {
            each.value: f"{words.format(each.value)}. [{said.label}] " * times
            for times, each in enumerate(Level, start=1)
            if assignment.level in (None, each)
        }
        return DraftSection(heading, (said.label,), **texts)


async def stored(program: Program, template: str = "study-notes") -> Note:
    (job,) = await program.generate(template)
    assert job.note is not None
    await program.library.store.put_transcript(job.note.video, talk())
    program.writer.asked.clear()
    program.writer.plan = lambda _a, _n: Anew(sections=1)
    return await program.library.store.get(job.note.id)


async def again(program: Program, *wanted: RewriteScope, **order: object) -> NoteJob:
    (job,) = await program.runner.write_again(RewriteOrder(wanted, **order))  # type: ignore[arg-type]
    await program.runner.wait()
    return program.board.job(job.id)


async def newest(program: Program, note: Note) -> Note:
    versions = await program.library.store.history(note.id)
    return await program.library.store.version(note.id, versions[-1].number)


async def test_a_section_is_written_again_and_the_note_stays(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program)
        job = await again(program, RewriteScope(note.id, 1), wish="more examples")
        assert job.status is Status.COMPLETE
        after = await program.library.store.get(note.id)
        assert after.sections == note.sections
        (version,) = undecided(await program.library.store.history(note.id))
        assert (version.origin, version.job_id) == (Origin.AGAIN, job.id)
        assert version.about == f"section “{note.sections[1].heading}”"
        assert version.wish == "more examples"
        written = await program.library.store.version(note.id, version.number)
        assert "told standard" in written.sections[1].standard
        assert written.sections[1].heading == note.sections[1].heading
        assert written.sections[:1] + written.sections[2:] == note.sections[:1] + note.sections[2:]
        assert [cite.verified for cite in written.sections[1].cites] == [True]
        # What it took is the note's, whichever version its reader chooses.
        assert after.usage.requests == note.usage.requests + 1

    await program.clock.run(story())


async def test_only_the_words_of_the_section_are_sent(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program, "chapters")
        topic = 1
        await again(program, RewriteScope(note.id, topic), wish="more {examples}")
        (asked,) = program.writer.asked
        assert asked.transcript is not None
        whole = await program.library.store.get_transcript(note.video.id)
        assert whole is not None
        assert len(asked.transcript.segments) < len(whole.segments)
        prompt = build_prompt(
            asked.template,
            asked.video,
            asked.transcript,
            mode=asked.mode,
            part=asked.part,
            wish=asked.wish,
        )
        assert "more {examples}" in prompt.text
        assert note.sections[topic].heading in prompt.task
        assert "alone is shown" in prompt.task
        others = [s.heading for n, s in enumerate(note.sections) if n != topic]
        assert all(heading in prompt.task for heading in others)

    await program.clock.run(story())


async def test_one_level_of_a_section_is_written_again(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program)
        await again(program, RewriteScope(note.id, 1, Level.CONCISE), wish="shorter")
        before, after = note.sections[1], (await newest(program, note)).sections[1]
        assert "told concise" in after.concise
        assert (after.standard, after.comprehensive) == (before.standard, before.comprehensive)
        assert {c.n: c for c in before.cites}.items() <= {c.n: c for c in after.cites}.items()

    await program.clock.run(story())


async def test_a_level_of_the_whole_note_is_one_request(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program)
        program.writer.plan = lambda _a, _n: Anew(sections=len(note.sections))
        await again(program, RewriteScope(note.id, None, Level.STANDARD), wish="for beginners")
        assert len(program.writer.asked) == 1
        after = await newest(program, note)
        assert all("told standard" in section.standard for section in after.sections)
        for level in (Level.CONCISE, Level.COMPREHENSIVE):
            assert [s.at(level) for s in after.sections] == [s.at(level) for s in note.sections]

    await program.clock.run(story())


async def test_a_whole_note_is_written_again_with_a_wish_by_another_model(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program)
        program.writer.plan = lambda _a, _n: Plan()
        job = await again(
            program, RewriteScope(note.id), wish="for beginners", model="gemini-other"
        )
        (asked,) = program.writer.asked
        assert (asked.wish, asked.model) == ("for beginners", "gemini-other")
        after = await newest(program, note)
        assert (after.id, after.wish) == (note.id, "for beginners")
        assert job.note is not None
        assert job.note.wish == ""
        assert len(await program.library.store.recent()) == 1

    await program.clock.run(story())


async def test_the_new_version_is_kept_when_its_reader_says_so(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program)
        await again(program, RewriteScope(note.id, 1))
        await again(program, RewriteScope(note.id, 2))
        store = program.library.store
        first, second = undecided(await store.history(note.id))
        await store.decline_version(note.id, second.number)
        kept = await program.runner.reviser.use_version(note.id, first.number)
        assert "told standard" in kept.sections[1].standard
        assert kept.sections[2] == note.sections[2]
        versions = await store.history(note.id)
        assert [v.decision for v in versions] == ["", "", Decision.DECLINED]
        assert not undecided(versions)
        back = await program.runner.reviser.use_version(note.id, 1)
        assert back.sections == note.sections

    await program.clock.run(story())


async def test_what_was_edited_meanwhile_is_not_lost_with_the_new_section(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program)
        await again(program, RewriteScope(note.id, 1))

        def edited(known: Note) -> Note:
            first = replace(known.sections[0], standard="Mine.")
            return replace(known, sections=(first, *known.sections[1:]))

        await program.runner.reviser.revise(note.id, edited)
        (version,) = undecided(await program.library.store.history(note.id))
        kept = await program.runner.reviser.use_version(note.id, version.number)
        assert kept.sections[0].standard == "Mine."
        assert "told standard" in kept.sections[1].standard

    await program.clock.run(story())


async def test_the_price_is_said_before_and_a_section_costs_less(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program)
        whole = await program.runner.estimate_again(RewriteOrder((RewriteScope(note.id),)))
        section = await program.runner.estimate_again(RewriteOrder((RewriteScope(note.id, 1),)))
        level = RewriteScope(note.id, 1, Level.CONCISE)
        concise = await program.runner.estimate_again(RewriteOrder((level,)))
        both = await program.runner.estimate_again(RewriteOrder((RewriteScope(note.id), level)))
        assert 0 < concise.cost_usd < section.cost_usd < whole.cost_usd
        assert both.cost_usd == pytest.approx(whole.cost_usd + concise.cost_usd)
        assert not program.writer.asked

    await program.clock.run(story())


async def test_a_budget_stands_against_it_as_against_any_note(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program)
        program.settings.change({"budget.run_usd": 0.000001})
        order = RewriteOrder((RewriteScope(note.id, 1),))
        assert (await program.runner.estimate_again(order)).over_budget
        job = await again(program, RewriteScope(note.id, 1))
        assert job.status is Status.ERROR
        assert job.failure is not None
        assert job.failure.code == BudgetExceeded.code()
        assert not undecided(await program.library.store.history(note.id))

    await program.clock.run(story())


async def test_what_failed_is_tried_again_and_the_note_was_never_touched(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program)
        program.writer.plan = lambda _a, _n: Plan(error=UsageError("No."))
        job = await again(program, RewriteScope(note.id, 1))
        assert job.status is Status.ERROR
        program.writer.plan = lambda _a, _n: Anew(sections=1)
        program.runner.retry(job.id)
        await program.runner.wait()
        assert program.board.job(job.id).status is Status.COMPLETE
        assert len(undecided(await program.library.store.history(note.id))) == 1

    await program.clock.run(story())


async def test_another_engine_that_only_quotes_says_what_it_cannot(make: Make) -> None:
    program = make()

    async def story() -> None:
        note = await stored(program)
        for wanted, wish in ((RewriteScope(note.id, 1), None), (RewriteScope(note.id), "shorter")):
            order = RewriteOrder((wanted,), wish, engine=Engine.OFFLINE)
            with pytest.raises(UsageError, match="knows no wishes"):
                await program.runner.write_again(order)
        job = await again(program, RewriteScope(note.id), engine=Engine.OFFLINE)
        assert job.request.model == "extract"

    await program.clock.run(story())


def test_what_is_kept_of_a_wish_is_read_again() -> None:
    for wanted in (
        RewriteScope("ab12"),
        RewriteScope("ab12", 3, Level.STANDARD, "Two [lines]\n“of” it", "4"),
        RewriteScope("ab12", None, Level.CONCISE),
    ):
        assert RewriteScope.of_text(wanted.text) == wanted
