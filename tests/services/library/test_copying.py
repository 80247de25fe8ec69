"""A library goes from one database to another, every row of it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    func,
    select,
)

from notegen_desktop.domain.errors import StoreError
from notegen_desktop.domain.notes.note import Picture
from notegen_desktop.domain.notes.pictures import with_picture
from notegen_desktop.services.library import Library, open_library, search
from notegen_desktop.services.library.schema import metadata
from notegen_desktop.services.library.search.indexing import UNINDEXED
from notegen_desktop.services.ports import Limit
from tests.fakes.notes import VIDEO, a_note, a_request, a_transcript
from tests.fakes.postgres import fresh_database


async def filled(library: Library) -> list[str]:
    """Notes with all that belongs to them, one of them deleted, and a budget."""
    store = library.store
    ids = []
    for number in range(7):
        note = with_picture(a_note(title=f"Note {number}"), 0, Picture(1.5, 4, 3, b"\x00\xff"))
        ids.append((await store.save(note, a_request(model=str(number)), fingerprint="f")).id)
    await store.tag(ids[:2], add=["Exam"])
    await store.put_transcript(VIDEO, a_transcript("Gravity pulls.", "睡眠"))
    await store.delete(ids[-1])
    limits = (Limit("budget", "day:2026-11-30", 5.0),)
    await library.ledger.reserve(0.5, limits, lease_s=60.0)
    await library.ledger.remember("learnt", {"a": [1, 2]})
    return ids


def whole_rows(library: Library) -> dict[str, list[tuple[Any, ...]]]:
    with library._database.readers.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def fill_every_table(library: Library) -> None:
    """A row in each table that there is, with a value of its own in each column."""

    def value(column: Column[Any]) -> Any:
        if column.foreign_keys:
            (key,) = column.foreign_keys
            return made[key.column.table.name][key.column.name]
        name = f"{column.table.name}.{column.name}"
        if isinstance(column.type, Boolean):
            return True
        if isinstance(column.type, Integer | Float):
            return 2_000_000_000  # a time to come: nothing of it is tidied away
        return name.encode() if isinstance(column.type, LargeBinary) else f'["{name} 睡眠"]'

    made: dict[str, dict[str, Any]] = {}

    def work(connection: Connection) -> None:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
        for table in metadata.sorted_tables:
            made[table.name] = {column.name: value(column) for column in table.columns}
            if table.name == "transcripts":
                made[table.name] |= {"ordinal": 1, "segments": '[["1", 0.0, 1.0, "Hello", null]]'}
            connection.execute(table.insert(), made[table.name])

    library._database.do(work)


@pytest.mark.parametrize("way", ["to a server and back", "to another file", "to a backup"])
async def test_no_table_is_left_behind(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever tables there will be: who adds one need not think of copies."""
    # The note of these rows is none that could be read.
    monkeypatch.setattr(search, "mark_unindexed", lambda _: None)
    opened = [open_library(path=tmp_path / "notes.db", maintenance_after_s=3600)]
    fill_every_table(opened[0])
    before = whole_rows(opened[0])
    assert all(before.values())
    if way == "to a backup":
        with contextlib.closing(sqlite3.connect(await opened[0].store.back_up())) as copy:
            found = {name: copy.execute(f"SELECT * FROM {name}").fetchall() for name in before}
        found["facts"] = [row for row in found["facts"] if row[0] != UNINDEXED]
        assert {name: len(rows) for name, rows in found.items()} == {
            name: len(rows) for name, rows in before.items()
        }
    else:
        urls = [fresh_database(), None] if way == "to a server and back" else [None]
        for number, url in enumerate(urls):
            path = tmp_path / f"copy{number}" / "notes.db"
            opened.append(open_library(url, path=path, maintenance_after_s=3600))
            await opened[-2].copy_to(opened[-1])
        after = whole_rows(opened[-1])
        for passing in ("claims", "transcripts"):
            assert len(after.pop(passing)) == (passing == "transcripts")
            before.pop(passing)
        assert after == before
    for library in opened:
        await library.aclose()


def rows(library: Library) -> dict[str, int]:
    with library._database.readers.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


@pytest.mark.parametrize("way", ["to a server and back", "to another file"])
async def test_every_row_arrives_and_the_copy_is_a_library(way: str, tmp_path: Path) -> None:
    calm = {"maintenance_after_s": 3600.0}  # which notes in the library how far it came
    first = await asyncio.to_thread(lambda: open_library(path=tmp_path / "notes.db", **calm))
    ids = await filled(first)
    libraries = [first]
    urls = [fresh_database(), None] if way == "to a server and back" else [None]
    for number, url in enumerate(urls):
        path = tmp_path / f"copy{number}" / "notes.db"
        opening = asyncio.to_thread(lambda url=url, path=path: open_library(url, path=path, **calm))
        libraries.append(await opening)
        told = await libraries[-2].copy_to(libraries[-1])
        assert told["notes"] == 7
        assert told["cites"] == rows(first)["cites"] > 7
    last = libraries[-1]
    assert rows(last) == rows(first)
    for note_id in ids[:-1]:
        note = await first.store.get(note_id)
        assert await last.store.get(note_id) == note
        assert note.saved_at == (await last.store.get(note_id)).saved_at
    assert [row.id for row in await last.store.deleted()] == [ids[-1]]
    assert await last.store.find(a_request(model="0"), fingerprint="f") is not None
    assert len(await last.store.search("arch pressure")) == 6
    for query in ("gravity", "睡眠"):
        assert [hit.video_id for hit in await last.store.search_transcripts(query)] == [VIDEO.id]
    assert await last.ledger.recall("learnt") == {"a": [1, 2]}
    fresh = await last.store.save(replace(a_note(), title="New"), a_request(model="new"))
    assert (await last.store.get(fresh.id)).title == "New"
    for library in libraries:
        assert (await library.check()).ok
        await library.aclose()


async def test_a_place_that_has_notes_is_left_alone(tmp_path: Path) -> None:
    one, two = [
        await asyncio.to_thread(lambda name=name: open_library(path=tmp_path / name / "notes.db"))
        for name in ("one", "two")
    ]
    await filled(one)
    kept = await two.store.save(a_note(), a_request())
    before = rows(two)
    with pytest.raises(StoreError, match="1 note"):
        await one.copy_to(two)
    assert rows(two) == before
    assert await two.store.get(kept.id) == kept
    await one.aclose()
    await two.aclose()
