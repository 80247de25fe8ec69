"""`notegen notes again`: rewrites a note, a section or a level as a new version."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from notegen_desktop.domain.errors import BudgetExceeded, NoteMissing, UsageError
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.notes.editing import one_line
from notegen_desktop.domain.notes.note import Engine, Level, Note
from notegen_desktop.domain.notes.rewriting import RewriteScope
from notegen_desktop.domain.notes.versions import NoteVersion, about_words, undecided
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import RewriteOrder, Services
from notegen_desktop.wiring import Program

from .console import OK, print_json, print_table, say
from .generate import RunOutput, estimate_json, finish, know_key, said_before


async def again(arguments: argparse.Namespace, program: Program) -> int:
    services = program.services
    if arguments.keep:
        await _decide(arguments, services)
        return OK
    await know_key(program)
    order = await _order(arguments, services)
    estimate = await services.runner.estimate_again(order)
    if arguments.estimate and arguments.json:
        print_json(estimate_json(estimate))
        return OK
    if estimate.requests:
        say(said_before(estimate.cost_usd, estimate.requests))
    if arguments.estimate:
        return OK
    if estimate.over_budget:
        raise BudgetExceeded(_("{budget} Nothing was sent.").format(budget=estimate.budget_words))
    output = RunOutput(program, events=False)
    jobs = await services.runner.write_again(order)
    code = await finish(program, output, {job.id for job in jobs})
    await _print_written([program.runner.board.job(job.id) for job in jobs], arguments, services)
    return code


async def _order(arguments: argparse.Namespace, services: Services) -> RewriteOrder:
    level = Level(arguments.of_level) if arguments.of_level else None
    wanted = []
    for note_id in arguments.notes:
        section = None
        if arguments.section is not None:
            section = _place_of(arguments.section, await services.store.get(note_id))
        wanted.append(RewriteScope(note_id, section, level))
    engine = Engine(arguments.engine) if arguments.engine else None
    return RewriteOrder(tuple(wanted), arguments.wish, engine, arguments.model or "")


def _place_of(named: str, note: Note) -> int:
    """Return the index of a section by its number from 1 or, without such a number, by its heading
    or the beginning of it. Raises UsageError."""
    headings = [one_line(section.heading).casefold() for section in note.sections]
    asked = one_line(named).casefold()
    if asked in headings:
        return headings.index(asked)
    if asked.isdecimal() and 1 <= int(asked) <= len(headings):
        return int(asked) - 1
    begun = [place for place, heading in enumerate(headings) if asked and heading.startswith(asked)]
    if len(begun) == 1:
        return begun[0]
    known = "; ".join(f"{n} {one_line(s.heading)}" for n, s in enumerate(note.sections, start=1))
    raise UsageError(
        _("“{title}” has no section “{named}”.").format(title=note.title, named=named),
        hint=_("It has: {sections}").format(sections=known),
    )


async def _print_written(
    jobs: Sequence[NoteJob], arguments: argparse.Namespace, services: Services
) -> None:
    """Print the new versions, and the commands to go on with."""
    rows: list[tuple[str, ...]] = []
    facts: list[dict[str, Any]] = []
    for job in jobs:
        note_id = RewriteScope.of_text(job.request.again).note_id
        versions = await services.store.history(note_id)
        version = next((each for each in versions if each.job_id == job.id), None)
        if version is None:
            facts.append({"id": note_id, "version": None, "status": job.status.value})
            continue
        about = about_words(version.about)
        rows.append((note_id, str(version.number), about, version.model, version.wish))
        note = await services.store.version(note_id, version.number)
        facts.append(_facts(note_id, version, job) | {"note": note.to_json()})
    if arguments.json:
        print_json(facts)
    else:
        print_table(rows)
    if rows:
        note_id, number, *_rest = rows[0]
        say(_("The notes are as they were; the new versions wait beside them."))
        for words, command in (
            (_("what is different"), f"compare {note_id} --version {number}"),
            (_("have the new one"), f"again {note_id} --keep new"),
            (_("leave it at the old one"), f"again {note_id} --keep old"),
        ):
            say(f"  {words}: notegen notes {command}")


def _facts(note_id: str, version: NoteVersion, job: NoteJob) -> dict[str, Any]:
    return {
        "id": note_id,
        "version": version.number,
        "status": job.status.value,
        "about": version.about,
        "engine": version.engine,
        "model": version.model,
        "wish": version.wish,
        "undecided": True,
    }


async def _decide(arguments: argparse.Namespace, services: Services) -> None:
    """Accept or decline the undecided versions of these notes; both versions stay in the list."""
    decided: list[dict[str, Any]] = []
    for note_id in arguments.notes:
        waiting = undecided(await services.store.history(note_id))
        if not waiting:
            raise NoteMissing(
                _("No version of {note} waits for a decision.").format(note=note_id),
                hint=_("notegen notes versions lists what there is."),
            )
        for version in waiting:
            if arguments.keep == "new":
                await services.revising.use_version(note_id, version.number)
            else:
                await services.store.decline_version(note_id, version.number)
            decided.append({"id": note_id, "version": version.number, "kept": arguments.keep})
    if arguments.json:
        print_json(decided)
        return
    for each in decided:
        words = (
            _("{note} is version {number} now; the one before is kept.")
            if arguments.keep == "new"
            else _("{note} stays as it is; version {number} is kept in its list.")
        )
        say(words.format(note=each["id"], number=each["version"]))
