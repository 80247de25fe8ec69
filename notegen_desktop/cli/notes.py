"""`notegen notes`: lists, searches, shows, tags, exports and imports the notes of the library."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from notegen_desktop.domain.errors import (
    DiskFull,
    FolderNotWritable,
    FormatUnavailable,
    NoteGenError,
    NoteMissing,
    UsageError,
)
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.tags import STAR, tag_name
from notegen_desktop.domain.text.dates import local_time
from notegen_desktop.domain.text.quantities import count, findable_words, number, series
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.importing import Imported, import_files
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import (
    FileRead,
    NoteFilter,
    NoteSummary,
    PassageFound,
    Services,
)
from notegen_desktop.wiring import copy_library, open_program

from . import editing, rewriting
from .console import (
    OK,
    PeriodicProgress,
    exit_code,
    print_excerpt,
    print_json,
    print_name,
    print_table,
    print_text,
    say,
    say_failure,
)
from .sources import level_of

EVERYTHING = 1_000_000

MAX_PASSAGES = 20


async def notes(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    actions = {
        "list": _list,
        "search": _search,
        "show": _show,
        "export": _export,
        "import": _import,
        "tag": _tag,
        "delete": _delete,
        "restore": _restore,
        "edit": editing.edit,
        "versions": editing.versions,
        "compare": editing.compare_versions,
        "take-back": editing.take_back,
        "remark": editing.remark,
    }
    async with open_program(store, paths, JobBoard()) as program:
        if arguments.action == "copy":
            _print_copied(await copy_library(program.library, arguments.place, paths), arguments)
            return OK
        if arguments.action == "again":
            return await rewriting.again(arguments, program)
        return await actions[arguments.action](arguments, program.services) or OK


# --- finding ---


def filter_of(arguments: argparse.Namespace) -> NoteFilter:
    """Return the filter for the options. Raises UsageError for an invalid date."""
    if arguments.since and local_time(arguments.since) is None:
        raise UsageError(
            _("“{since}” is no date.").format(since=arguments.since),
            hint=_("Write it as 2026-11-30 or 2026-11-30T14:00."),
        )
    return NoteFilter(
        templates=tuple(arguments.of_template),
        engines=tuple(arguments.of_engine),
        languages=tuple(arguments.of_language),
        channels=tuple(arguments.of_channel),
        tags=(*map(tag_name, arguments.of_tag), *([STAR] if arguments.starred else ())),
        since=arguments.since,
        doubtful=arguments.doubtful,
        unread=arguments.unread,
        unfinished=arguments.unfinished,
    )


async def _list(arguments: argparse.Namespace, services: Services) -> None:
    limit = arguments.limit + 1
    if arguments.deleted:
        rows = await services.store.deleted(limit=limit)
        _print_notes(rows, arguments, none=_("There are no deleted notes."))
        return
    where = filter_of(arguments)
    rows = await services.store.recent(limit=limit, where=where)
    none = _("There are no notes.") if where.is_empty else _("There are no such notes.")
    _print_notes(rows, arguments, none=none)


async def _search(arguments: argparse.Namespace, services: Services) -> None:
    text = " ".join(arguments.text)
    where = filter_of(arguments)
    rows = await services.store.search(text, limit=arguments.limit + 1, where=where)
    room = min(MAX_PASSAGES, arguments.limit)
    passages = await services.store.search_transcripts(text, limit=room, where=where)
    none = _("No note has “{text}”.") if where.is_empty else _("No such note has “{text}”.")
    none = none.format(text=text)
    _print_notes(rows, arguments, passages, none=none)
    if (share := await services.store.findable()) < 1:
        say(findable_words(share))


async def _show(arguments: argparse.Namespace, services: Services) -> None:
    note = await services.store.get(arguments.note)
    if arguments.json:
        print_json({"id": note.id, **note.to_json()})
    else:
        from notegen_desktop.services.markup.note_markdown import note_markdown

        print_text(note_markdown(note, level_of(services)))
        if found := note.statements.words:
            say(found)


async def _export(arguments: argparse.Namespace, services: Services) -> int:
    folder = Path(arguments.output)
    services.exporter.prepare(folder)
    ids = arguments.notes
    if ids == ["all"]:
        rows = await services.store.recent(limit=EVERYTHING, where=filter_of(arguments))
        ids = [row.id for row in rows]
    files: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    far = PeriodicProgress(_("Writing notes: {done} of {total} …"))
    try:
        for done, note_id in enumerate(ids):
            far(done, len(ids))
            try:
                note = await services.store.get(note_id)
                file = services.exporter.save_to_tree(
                    note, folder, arguments.format, level_of(services)
                )
            except FormatUnavailable:
                raise
            except NoteGenError as error:
                say_failure(error.failure())
                failed.append({"id": note_id, "message": error.message})
                if isinstance(error, DiskFull | FolderNotWritable):
                    break  # the other files would fail, too
                continue
            files.append({"id": note_id, "path": str(file.path), "new": file.is_new})
            if not arguments.json:
                print_name(str(file.path))
            if not file.is_new:
                say(_("already there: {path}").format(path=file.path))
    finally:  # written files are listed also after Ctrl+C
        if arguments.json and (files or failed or not ids):
            print_json({"files": files, "failed": failed})
    return exit_code(failed=len(failed), done=len(files))


async def _delete(arguments: argparse.Namespace, services: Services) -> None:
    await services.store.delete(*arguments.notes)
    if arguments.json:
        print_json({"deleted": arguments.notes})
    for note_id in arguments.notes:
        say(_("deleted {note_id}").format(note_id=note_id))
    ids = " ".join(arguments.notes)
    say(_("Within 30 days, “notegen notes restore {ids}” takes that back.").format(ids=ids))


async def _restore(arguments: argparse.Namespace, services: Services) -> None:
    await services.store.undelete(*arguments.notes)
    if arguments.json:
        print_json({"restored": arguments.notes})
    for note_id in arguments.notes:
        say(_("restored {note_id}").format(note_id=note_id))


# --- tags ---


async def _tag(arguments: argparse.Namespace, services: Services) -> None:
    """Add or remove tags. Leading arguments that are ids of existing notes are notes; the rest are
    tags."""
    store = services.store
    words: list[str] = arguments.words
    if not words:
        _print_tags((await store.facets()).tags, arguments)
        return
    known = {row.id: row for row in await store.recent(where=NoteFilter(notes=tuple(words)))}
    many = next((at for at, word in enumerate(words) if word not in known), len(words))
    ids, tags = words[:many], words[many:]
    if not ids:
        raise NoteMissing(_("There is no note “{words}” (any more).").format(words=words[0][:40]))
    if tags:
        change = {"remove" if arguments.remove else "add": tags}
        await store.tag(ids, **change)
        known = {row.id: row for row in await store.recent(where=NoteFilter(notes=tuple(ids)))}
    elif arguments.remove:
        raise UsageError(
            _("Say which tags to remove."), hint=_("notegen notes tag --remove NOTE TAG")
        )
    if arguments.json:
        print_json([{"id": each, "tags": list(known[each].tags)} for each in ids])
    else:
        print_table((each, known[each].title, series(known[each].tags)) for each in ids)


def _print_tags(tags: Sequence[tuple[str, int]], arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json([{"tag": name, "notes": number} for name, number in tags])
    elif tags:
        print_table((name, count(number, "note")) for name, number in tags)
    else:
        say(_("No note has a tag."))


# --- taking in ---


async def _import(arguments: argparse.Namespace, services: Services) -> int:
    def tell(file: Path, read: FileRead) -> None:
        for problem in read.problems:
            say(f"{file}: {problem}")
        if read.links:
            say(
                ngettext(
                    "{path} lists {n} video, no notes.",
                    "{path} lists {n} videos, no notes.",
                    len(read.links),
                ).format(path=file, n=number(len(read.links)))
            )

    imported = await import_files(
        map(Path, arguments.files), services.exporter, services.store, told=tell
    )
    _print_imported(imported, arguments)
    return exit_code(failed=len(imported.problems), done=not imported.is_empty)


def _print_imported(imported: Imported, arguments: argparse.Namespace) -> None:
    links = list(imported.links.values())
    if arguments.json:
        told = [
            {"kind": link.kind.value, "provider": link.provider, "id": link.id, "url": link.url}
            for link in links
        ]
        print_json(
            {
                "imported": [
                    {"id": note_id, "title": title, "file": str(file)}
                    for note_id, title, file in imported.notes
                ],
                "present": [
                    {"title": title, "file": str(file)} for title, file in imported.present
                ],
                "links": told,
                "problems": [
                    {"file": str(file), "message": problem} for file, problem in imported.problems
                ],
            }
        )
    else:
        print_table((note_id, title) for note_id, title, file in imported.notes)
        for link in links:
            print_name(link.url)
    here = len(imported.present)
    said = (
        ngettext("{n} note imported", "{n} notes imported", len(imported.notes)).format(
            n=number(len(imported.notes))
        ),
        ngettext("{n} was here already", "{n} were here already", here).format(n=number(here))
        if here
        else "",
        count(len(imported.problems), "problem") if imported.problems else "",
    )
    say(f"{series(said)}.")
    if links:
        say(_("Notes of these videos can be made: pipe the addresses to “notegen generate -”."))


# --- moving ---


def _print_copied(rows: dict[str, int], arguments: argparse.Namespace) -> None:
    place = arguments.place
    if arguments.json:
        print_json({"place": place, "rows": rows})
    else:
        print_table((table, f"{many:,}") for table, many in rows.items() if many)
    say(
        ngettext(
            "{n} note copied, every row counted. This library stays as it is.",
            "{n} notes copied, every row counted. This library stays as it is.",
            rows["notes"],
        ).format(n=number(rows["notes"]))
    )
    url = place if "://" in place else f"sqlite:///{Path(place).expanduser().absolute()}"
    say(
        _("To work with the copy, set NOTEGEN_DATABASE_URL to {shown_url}").format(
            shown_url=re.sub(r"(://[^/@:]*:)[^/@]*@", r"\1…@", url)
        )
    )


# --- telling ---


def _moment(created: str) -> str:
    """Return a time with its UTC offset, since a list may be read elsewhere."""
    then = local_time(created)
    return f"{then:%Y-%m-%d %H:%M %z}" if then else created


def _print_notes(
    found: Sequence[NoteSummary],
    arguments: argparse.Namespace,
    passages: Sequence[PassageFound] = (),
    *,
    none: str,
) -> None:
    """Print the requested rows (`found` has one more, if there are more), and passages of
    transcripts. For programs one line each, of a transcript only if no note of its video was
    found."""
    rows = found[: arguments.limit]
    if arguments.json:
        print_json(_facts(rows, passages))
        return
    if not rows and not passages:
        say(none)
    named = {row.video_id for row in rows}
    alone = list({each.video_id: each for each in passages if each.video_id not in named}.values())
    if sys.stdout.isatty() and (passages or any(row.snippet for row in rows)):
        for row in rows:
            print_table([_columns(row)])
            print_excerpt(row.snippet, row.marks)
        for each in passages:
            print_table([_passage_columns(each)])
            print_excerpt(each.snippet, each.marks)
    else:
        print_table((*map(_columns, rows), *map(_passage_columns, alone)))
    if len(found) > len(rows):
        say(
            _("There are more than these {shown}; --limit {limit} shows more.").format(
                shown=len(rows), limit=len(rows) * 2
            )
        )


def _passage_columns(found: PassageFound) -> tuple[str, ...]:
    return (found.video_id, clock(found.start_s), "transcript", found.video_title)


def _columns(row: NoteSummary) -> tuple[str, ...]:
    title = " ".join([row.title, *(f"#{tag}" for tag in row.tags)])
    return (row.id, _moment(row.created), row.template, title)


def _note_facts(row: NoteSummary) -> dict[str, Any]:
    return {
        "kind": "note",
        "id": row.id,
        "title": row.title,
        "template": row.template,
        "video": {"id": row.video_id, "title": row.video_title, "channel": row.channel},
        "engine": row.engine,
        "model": row.model,
        "language": row.language,
        "created": row.created,
        "cost_usd": row.cost_usd,
        "tags": list(row.tags),
        "starred": row.is_starred,
        "unread": row.unread,
        "doubtful": row.doubtful,
        "unfinished": bool(row.lacks),
        "snippet": row.snippet,
        "marks": [list(span) for span in row.marks],
    }


def _facts(rows: Sequence[NoteSummary], passages: Sequence[PassageFound]) -> list[dict[str, Any]]:
    """Return notes with the passages of their videos; then transcripts without a matching note."""
    told = [_note_facts(row) for row in rows]
    by_video: dict[str, list[PassageFound]] = {}
    for passage in passages:
        by_video.setdefault(passage.video_id, []).append(passage)
    for note in told:
        note["passages"] = [_passage_facts(each) for each in by_video.get(note["video"]["id"], ())]
    named = {note["video"]["id"] for note in told}
    for video_id, several in by_video.items():
        if video_id not in named:
            told.append(_transcript_facts(several))
    return told


def _transcript_facts(passages: Sequence[PassageFound]) -> dict[str, Any]:
    """Return a transcript without a matching note, with its passages."""
    first = passages[0]
    return {
        "kind": "transcript",
        "id": None,
        "title": first.video_title,
        "video": {"id": first.video_id, "title": first.video_title, "channel": first.channel},
        **_passage_facts(first),
        "passages": [_passage_facts(each) for each in passages],
    }


def _passage_facts(found: PassageFound) -> dict[str, Any]:
    return {
        "start_s": found.start_s,
        "snippet": found.snippet,
        "marks": [list(span) for span in found.marks],
    }
