"""`notegen notes edit`, `versions`, `compare` and `take-back`: the user's changes of a note."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import uuid
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from notegen_desktop.domain.errors import FileUnreadable, NoteMissing, UsageError
from notegen_desktop.domain.links.video import clock, clock_seconds
from notegen_desktop.domain.notes.differences import (
    Change,
    DiffSegment,
    SectionDifference,
    compare,
    section_taken_back,
)
from notegen_desktop.domain.notes.editing import beyond_the_end, beyond_words, editable, one_line
from notegen_desktop.domain.notes.note import Cite, Level, Note
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.notes.remarks import section_of, with_remark, without_remark
from notegen_desktop.domain.notes.versions import (
    Decision,
    NoteVersion,
    Origin,
    Revision,
    about_words,
    current,
    of_section,
    written,
)
from notegen_desktop.domain.text.encodings import as_written
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import Services

from .console import print_json, print_table, print_text, say
from .sources import level_of

ORIGINS = {
    Origin.WRITTEN: N_("written"),
    Origin.EDITED: N_("edited"),
    Origin.AGAIN: N_("written again"),
}


async def edit(arguments: argparse.Namespace, services: Services) -> None:
    note = await services.store.get(arguments.note)
    level = level_of(services)
    if arguments.file is None:
        text = editable(note, level)
        print_json({"level": level.value, "text": text}) if arguments.json else print_text(text)
        return
    from notegen_desktop.services.markup.read_markdown import with_text

    text = await asyncio.to_thread(_text_of, arguments.file)
    revision = Revision(Origin.EDITED, alone=True)

    def changed_note(stored: Note) -> Note:
        after = with_text(stored, text, level)
        _refuse_beyond(after, known=stored)
        return after

    after = await services.revising.revise(note.id, changed_note, revision)
    changed = sum(not each.is_same for each in compare(note, after, level))
    if arguments.json:
        print_json(
            {"id": note.id, "changed": changed, **_facts(await services.store.history(note.id))}
        )
    say(_("Saved.") if changed else _("Nothing is different."))


async def versions(arguments: argparse.Namespace, services: Services) -> None:
    found = await services.store.history(arguments.note)
    if arguments.json:
        print_json([_version_facts(each) for each in found])
        return
    print_table(
        (
            f"{each.number}{'*' * each.is_current}{'?' * (each.decision is Decision.OPEN)}",
            f"{datetime.fromtimestamp(each.made_at).astimezone():%Y-%m-%d %H:%M %z}",
            ": ".join(part for part in (_(ORIGINS[each.origin]), about_words(each.about)) if part),
            " ".join(part for part in (each.engine, each.model) if part),
            each.wish,
        )
        for each in found
    )


async def compare_versions(arguments: argparse.Namespace, services: Services) -> None:
    note = await services.store.get(arguments.note)
    number = await _chosen(arguments, services)
    former = await services.store.version(note.id, number)
    found = [each for each in compare(former, note, level_of(services)) if not each.is_same]
    if arguments.json:
        sections = [_difference_facts(each) for each in found]
        print_json({"id": note.id, "version": number, "sections": sections})
        return
    for each in found:
        print_text(
            f"{_marked(each.heading)}\n\n{_marked(each.text)}\n\n".replace("\n\n\n\n", "\n\n")
        )
    if not found:
        say(_("Nothing is different from version {number}.").format(number=number))


async def take_back(arguments: argparse.Namespace, services: Services) -> None:
    store, revising = services.store, services.revising
    number = await _chosen(arguments, services)
    before = current(await store.history(arguments.note)).number
    if arguments.section is None:
        await revising.use_version(arguments.note, number)
    else:
        former = await store.version(arguments.note, number)
        level, heading = level_of(services), one_line(arguments.section)

        def put_back(note: Note) -> Note:
            return section_taken_back(note, former, _of_heading(note, former, heading, level))

        revision = Revision(Origin.EDITED, of_section(heading), alone=True)
        await revising.revise(arguments.note, put_back, revision)
    if arguments.json:
        print_json({"id": arguments.note, **_facts(await store.history(arguments.note))})
    undo = f"notegen notes take-back {arguments.note} --version {before}"
    say(_("“{command}” undoes that.").format(command=undo))


async def remark(arguments: argparse.Namespace, services: Services) -> None:
    """Add or remove a remark, or list all."""
    note = await services.store.get(arguments.note)
    if arguments.remove is not None:
        if all(each.id != arguments.remove for each in note.remarks):
            raise UsageError(
                _("There is no remark “{id}” on this note.").format(id=arguments.remove),
                hint=f"notegen notes remark {note.id}",
            )
        note = await services.revising.revise(
            note.id, lambda it: replace(it, remarks=without_remark(it.remarks, arguments.remove))
        )
    elif arguments.words is not None or arguments.say or arguments.at is not None:
        fresh = _new_remark(note, arguments, level_of(services))
        note = await services.revising.revise(
            note.id, lambda it: replace(it, remarks=with_remark(it.remarks, fresh))
        )
    if arguments.json:
        print_json([_remark_facts(note, each) for each in note.remarks])
    elif note.remarks:
        print_table((each.id, _where(note, each), each.quote, each.text) for each in note.remarks)
    else:
        say(_("There are no remarks on this note."))


def _new_remark(note: Note, arguments: argparse.Namespace, level: Level) -> Remark:
    """Return the new remark. Raises UsageError for a text that is not in the note, a bad time, or
    neither."""
    words = one_line(arguments.words or "")
    if not words:
        raise UsageError(
            _("A remark is about words of the note or of the talk, and none are given."),
            hint=f"notegen notes remark {note.id} --words …",
        )
    fresh = Remark(
        id=uuid.uuid4().hex[:8],
        quote=words,
        text=arguments.say.strip(),
        color=arguments.color,
        level=level.value,
        made_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )
    if arguments.at is not None:
        if not re.fullmatch(r"(\d+:[0-5]?\d|\d+):[0-5]\d", arguments.at):
            raise UsageError(_("“{time}” is no time.").format(time=arguments.at), hint="1:58")
        at = Cite(clock_seconds(arguments.at), clock_seconds(arguments.at), None)
        if note.video.ends_before(at.start_s):
            raise UsageError(beyond_words(note, at))
        return replace(fresh, level="", start_s=at.start_s)
    place = section_of(note, fresh)
    if place is None:
        raise UsageError(
            _("The note does not have these words at this level."),
            hint=f"notegen notes show {note.id} --level {level.value}",
        )
    return replace(fresh, section=note.sections[place].heading)


def _refuse_beyond(note: Note, *, known: Note) -> None:
    """Raise UsageError for a new time beyond the end of the video."""
    before = [cite.start_s for cite in beyond_the_end(known)]
    fresh = [cite for cite in beyond_the_end(note) if cite.start_s not in before]
    if fresh:
        raise UsageError(beyond_words(note, fresh[0]))


def _where(note: Note, remark: Remark) -> str:
    if remark.start_s is not None:
        return clock(remark.start_s)
    place = section_of(note, remark)
    return _("gone") if place is None else note.sections[place].heading


def _remark_facts(note: Note, remark: Remark) -> dict[str, Any]:
    gone = not remark.is_spoken and section_of(note, remark) is None
    return asdict(remark) | {"gone": gone}


def _of_heading(note: Note, former: Note, heading: str, level: Level) -> SectionDifference:
    """Return the differences in the section of that heading, in either version. Raises
    NoteMissing."""
    known: dict[str, None] = {}
    for each in compare(former, note, level):
        names = [former.sections[each.before].heading] if each.before is not None else []
        names += [note.sections[each.after].heading] if each.after is not None else []
        if heading in map(one_line, names):
            return each
        known |= dict.fromkeys(map(one_line, names))
    raise NoteMissing(
        _("The note has no section “{heading}”, and had none.").format(heading=heading),
        hint=_("It has: {sections}").format(sections="; ".join(known)),
    )


async def _chosen(arguments: argparse.Namespace, services: Services) -> int:
    history = await services.store.history(arguments.note)
    return arguments.version or written(history).number


def _text_of(file: str) -> str:
    from notegen_desktop.services.sources.captions.reader import read_bytes

    if file == "-":
        raw = sys.stdin.buffer.read() if sys.stdin else b""
    elif Path(file).is_fifo():
        raw = Path(file).read_bytes()
    else:
        raw = read_bytes(Path(file))
    if b"\0" in raw and not raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise FileUnreadable(
            _("{file} cannot be read as text.").format(file=file),
            hint=_("Save the file as UTF-8 in a text editor."),
        )
    return as_written(raw)


def _facts(history: list[NoteVersion]) -> dict[str, Any]:
    return {"version": current(history).number, "versions": len(history)}


def _version_facts(version: NoteVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "origin": version.origin.value,
        "about": version.about,
        "made": f"{datetime.fromtimestamp(version.made_at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "engine": version.engine,
        "model": version.model,
        "wish": version.wish,
        "current": version.is_current,
        "undecided": version.decision is Decision.OPEN,
    }


def _difference_facts(found: SectionDifference) -> dict[str, Any]:
    def told(pieces: tuple[DiffSegment, ...]) -> list[dict[str, str]]:
        return [{"change": piece.change.value, "text": piece.text} for piece in pieces]

    places = {"before": found.before, "after": found.after}
    return places | {"heading": told(found.heading), "text": told(found.text)}


def _marked(pieces: tuple[DiffSegment, ...]) -> str:
    """Return deleted and inserted text in brackets with signs, as wdiff prints it."""
    signs = {Change.SAME: "{}", Change.GONE: "[-{}-]", Change.NEW: "{{+{}+}}"}
    return "".join(signs[piece.change].format(piece.text) for piece in pieces).strip()
