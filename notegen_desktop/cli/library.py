"""`notegen notes` and `notegen usage`: what the library holds, and what it took."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.domain.text.dates import local_time
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import NO_LIMIT, Counter, NoteSummary, Services
from notegen_desktop.wiring import open_program

from .console import print_json, print_name, print_table, print_text, say

EVERYTHING = 1_000_000


async def notes(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    actions = {
        "list": _list,
        "search": _search,
        "show": _show,
        "export": _export,
        "delete": _delete,
    }
    async with open_program(store, paths, JobBoard()) as program:
        await actions[arguments.action](arguments, program.services)
    return 0


async def _list(arguments: argparse.Namespace, services: Services) -> None:
    rows = await services.store.recent(limit=arguments.limit + 1)
    _print_notes(rows, arguments, none="There are no notes.")


async def _search(arguments: argparse.Namespace, services: Services) -> None:
    text = " ".join(arguments.text)
    rows = await services.store.search(text, limit=arguments.limit + 1)
    _print_notes(rows, arguments, none=f"No note has “{text}”.")


async def _show(arguments: argparse.Namespace, services: Services) -> None:
    note = await services.store.get(arguments.note)
    if arguments.json:
        print_json({"id": note.id, **note.to_json()})
    else:
        from notegen_desktop.services.markup.note_markdown import note_markdown

        print_text(note_markdown(note, level_of(services)))
        if found := note.statements.words:
            say(found)


async def _export(arguments: argparse.Namespace, services: Services) -> None:
    folder = Path(arguments.output)
    services.exporter.prepare(folder)
    ids = arguments.notes
    if ids == ["all"]:
        ids = [row.id for row in await services.store.recent(limit=EVERYTHING)]
    for note_id in ids:
        note = await services.store.get(note_id)
        file = services.exporter.save_to_tree(note, folder, arguments.format, level_of(services))
        print_name(str(file.path))
        if not file.is_new:
            say(f"already there: {file.path}")


async def _delete(arguments: argparse.Namespace, services: Services) -> None:
    for note_id in arguments.notes:
        await services.store.delete(note_id)
        say(f"deleted {note_id}")


def level_of(services: Services) -> Level:
    return Level(services.settings.current.text("general.level"))


def _moment(created: str) -> str:
    """In local time, and how far that is from UTC: a list may be read elsewhere."""
    then = local_time(created)
    return f"{then:%Y-%m-%d %H:%M %z}" if then else created


def _print_notes(found: Sequence[NoteSummary], arguments: argparse.Namespace, *, none: str) -> None:
    """The rows that were asked for, of one more than that."""
    rows = found[: arguments.limit]
    if arguments.json:
        print_json(
            [
                {
                    "id": row.id,
                    "title": row.title,
                    "template": row.template,
                    "video": {"id": row.video_id, "title": row.video_title},
                    "engine": row.engine,
                    "model": row.model,
                    "language": row.language,
                    "created": row.created,
                    "cost_usd": row.cost_usd,
                    "snippet": row.snippet,
                }
                for row in rows
            ]
        )
    elif rows:
        print_table((row.id, _moment(row.created), row.template, row.title) for row in rows)
        if len(found) > len(rows):
            say(f"There are more than these {len(rows)}; --limit {len(rows) * 2} shows more.")
    else:
        say(none)


# --- usage ---


def _counter(counter: Counter) -> dict[str, object]:
    """A counter without a budget has the limit null."""
    limit = None if counter.limit >= NO_LIMIT else counter.limit
    return {**asdict(counter), "limit": limit}


async def usage(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    async with open_program(store, paths, JobBoard()) as program:
        rows = await program.library.ledger.usage()
        counters = await program.library.ledger.counters()
        pool = program.library.pool_use()
    if arguments.json:
        print_json(
            {
                "days": [asdict(row) for row in rows],
                "reservations": [_counter(counter) for counter in counters],
                "pool": {**asdict(pool), "share": pool.share},
            }
        )
        return 0
    if not rows:
        print("No requests so far.")
    else:
        head = (
            *("day", "model", "template", "requests", "failed", "limited"),
            *("input", "cached", "output", "cost", "estimated"),
        )
        print_table(
            [
                head,
                *(
                    (
                        row.day,
                        row.model,
                        row.template,
                        str(row.requests),
                        str(row.failed),
                        str(row.rate_limited),
                        f"{row.input_tokens:,}",
                        f"{row.cached_tokens:,}",
                        f"{row.output_tokens + row.thought_tokens:,}",
                        f"${row.cost_usd:.4f}",
                        f"${row.estimated_cost_usd:.4f}",
                    )
                    for row in rows
                ),
            ]
        )
        cost = sum(row.cost_usd for row in rows)
        estimated = sum(row.estimated_cost_usd for row in rows)
        print(f"in all: ${cost:.4f}, estimated ${estimated:.4f}")
    for counter in counters:
        limit = "no limit" if counter.limit >= NO_LIMIT else f"of ${counter.limit:.2f}"
        print(
            f"budget {counter.period}: ${counter.used:.4f} used, {limit}, "
            f"${counter.reserved:.4f} of it reserved"
        )
    in_flight = max((counter.in_flight for counter in counters), default=0)
    print(f"now: {in_flight} request{'' if in_flight == 1 else 's'} in flight")
    print(f"database connections: {pool.in_use} of {pool.most} in use")
    return 0
