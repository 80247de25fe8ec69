"""The schema grows without harm: nothing is lost, nothing is half done."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, inspect, text

from notegen_desktop.domain.errors import DatabaseUnavailable
from notegen_desktop.services.library import migrate, open_library
from notegen_desktop.services.library.schema import metadata
from tests.fakes.notes import a_note, a_request
from tests.fakes.postgres import fresh_database

from .conftest import Place

REVISIONS, PRESENT, MIGRATIONS = migrate.REVISIONS, migrate.HEAD, migrate.MIGRATIONS

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"


def upgrade():
    op.add_column("notes", sa.Column("mood", sa.Text(), nullable=True))
    op.execute("UPDATE notes SET mood = 'glad'")
    {more}
"""


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pretend that the program is one schema further, with the given end of its migration."""

    def pretend(more: str = "pass") -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, folder, dirs_exist_ok=True)
        (folder / "versions" / "next.py").write_text(NEXT.format(head=PRESENT, more=more))
        monkeypatch.setattr(migrate, "MIGRATIONS", folder)
        monkeypatch.setattr(migrate, "REVISIONS", (*REVISIONS, "next"))
        monkeypatch.setattr(migrate, "HEAD", "next")

    return pretend


def columns(place: Place) -> set[str]:
    engine = create_engine(place.url or f"sqlite:///{place.path}")
    try:
        return {column["name"] for column in inspect(engine).get_columns("notes")}
    finally:
        engine.dispose()


async def test_an_upgrade_keeps_every_note(place: Place, next_version: Any) -> None:
    library = await place.open()
    saved = await library.store.save(a_note(), a_request())
    await library.aclose()
    next_version()
    library = await place.open()
    assert await library.store.get(saved.id) == saved
    assert [row.id for row in await library.store.search("bridge")] == [saved.id]
    assert "mood" in columns(place)


async def test_an_upgrade_that_fails_changes_nothing(place: Place, next_version: Any) -> None:
    library = await place.open()
    saved = await library.store.save(a_note(), a_request())
    await library.aclose()
    next_version(more="op.execute('SELECT * FROM nowhere')")
    with pytest.raises(DatabaseUnavailable):
        await place.open()
    assert "mood" not in columns(place)
    next_version()
    library = await place.open()
    assert await library.store.get(saved.id) == saved


async def test_two_programs_that_start_at_once_upgrade_once(
    place: Place, next_version: Any
) -> None:
    libraries = await asyncio.gather(*(place.open() for _ in range(3)))
    await asyncio.gather(*(library.aclose() for library in libraries))
    next_version()
    for library in await asyncio.gather(*(place.open() for _ in range(3))):
        assert (await library.check()).ok


async def test_before_an_upgrade_a_copy_is_laid_aside(file_place: Place, next_version: Any) -> None:
    library = await file_place.open()
    await library.store.save(a_note(), a_request())
    await library.aclose()
    next_version()
    await file_place.open()
    copies = sorted((file_place.folder / "backups").glob("*before-next.db"))
    with sqlite3.connect(copies[0]) as connection:
        assert connection.execute("SELECT title FROM notes").fetchall() == [(a_note().title,)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (
            PRESENT,
        )
    connection.close()


async def test_a_database_of_a_newer_program_is_left_alone(place: Place, next_version: Any) -> None:
    library = await place.open()
    await library.aclose()
    engine = create_engine(place.url or f"sqlite:///{place.path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    engine.dispose()
    with pytest.raises(DatabaseUnavailable, match="newer version"):
        await place.open()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migrations_make_what_the_tables_say(kind: str, tmp_path: Path) -> None:
    """A new database is made from the tables, an old one by migrations: the same comes of both."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    url = fresh_database() if kind == "postgresql" else f"sqlite:///{tmp_path / 'a.db'}"
    engine = create_engine(url)

    def ours(name: str | None, what: str, parents: object) -> bool:
        words = ("note_search", "passage_search", "note_terms", "passage_terms")
        return not (what == "table" and str(name).startswith(words))

    try:
        with engine.begin() as connection:
            migrate.upgrade(connection)
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "include_name": ours}
            )
            assert compare_metadata(context, metadata) == []
            migrated = shape(connection)
    finally:
        engine.dispose()

    url = fresh_database() if kind == "postgresql" else f"sqlite:///{tmp_path / 'b.db'}"
    open_library(url, path=tmp_path / "notes.db").close()
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            assert shape(connection) == migrated
    finally:
        engine.dispose()


def shape(connection: Connection) -> object:
    """Tables, columns, indexes and constraints as the database itself tells them."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master"))
        return sorted((kind, name, parts(str(sql))) for kind, name, sql in rows)
    queries = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default "
        "FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
    )
    return [sorted(map(str, connection.execute(text(query)))) for query in queries]


def parts(statement: str) -> list[str]:
    """The columns and constraints of a CREATE TABLE, whose order means nothing."""
    inner = re.sub(r"^CREATETABLE\"?\w+\"?\(|\)$", "", "".join(statement.split()))
    return sorted(re.split(r",(?![^()]*\))", inner))


def test_the_migrations_can_be_undone(tmp_path: Path) -> None:
    from alembic import command

    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA foreign_keys=ON"))
    try:
        with engine.begin() as connection:
            migrate.upgrade(connection)
            command.downgrade(migrate.alembic_config(connection), "base")
            assert inspect(connection).get_table_names() == ["alembic_version"]
    finally:
        engine.dispose()


def test_opening_does_not_bring_in_alembic(tmp_path: Path) -> None:
    """Neither the first start nor any later one waits for a third of a second."""
    script = (
        "import sys, pathlib\n"
        "from notegen_desktop.services.library import open_library\n"
        "for _ in range(2): open_library(path=pathlib.Path(sys.argv[1])).close()\n"
        "assert 'alembic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "notes.db")], check=True)


async def test_a_library_of_the_first_version_is_taken_over_with_its_unfinished_runs(
    place: Place,
) -> None:
    engine = create_engine(place.url or f"sqlite:///{place.path}")
    with engine.begin() as connection:
        migrate.upgrade(connection, "0001")
        connection.execute(
            text("INSERT INTO runs (id, wish, created_at) VALUES ('old', :wish, 1.0)"),
            {
                "wish": '{"links":[],"templates":[],"mode":"auto","engine":"auto",'
                '"model":"","language":""}'
            },
        )
    engine.dispose()
    (left,) = await (await place.open()).journal.unfinished()
    assert (left.id, left.queue_order, left.paused) == ("old", (), False)


async def test_the_words_of_older_notes_are_found_as_those_of_new_ones(place: Place) -> None:
    library = await place.open()
    saved = await library.store.save(a_note(), a_request())
    await library.aclose()
    before = (
        (
            "UPDATE note_search SET folded_title = '', folded = '', "
            "title = 'A bridge. Учебный фильм 学校'",
        )
        if place.url
        else (
            "DROP TABLE note_terms",
            "DROP TABLE passage_terms",
            "DROP TABLE note_search",
            "CREATE VIRTUAL TABLE note_search USING fts5(title, video, channel, body, "
            'tokenize = "unicode61 remove_diacritics 2")',
            "INSERT INTO note_search(rowid, title, video, channel, body) VALUES (1, "
            "'Учебный фильм', 'Film', '', 'A bridge. \u200b学\u200b\u200b校\u200b')",
        )
    )
    engine = create_engine(place.url or f"sqlite:///{place.path}")
    with engine.begin() as connection:
        later = (
            "DROP TABLE tags",
            "DROP TABLE passage_search",
            "DROP INDEX ix_notes_deleted_at",
            "DROP INDEX ix_notes_video_id",
            "DROP INDEX ix_notes_newest",
            "DROP INDEX ix_notes_unfinished",
            "DROP INDEX ix_notes_kinds",
            "CREATE INDEX ix_notes_video_id ON notes (video_id)",
            "CREATE INDEX ix_notes_created ON notes (created)",
            "DROP INDEX ix_transcripts_ordinal",
            "DROP INDEX ix_transcripts_place",
            "ALTER TABLE transcripts DROP COLUMN ordinal",
            "ALTER TABLE notes DROP COLUMN unread",
            "ALTER TABLE notes DROP COLUMN doubtful",
            "ALTER TABLE notes DROP COLUMN wish",
            "ALTER TABLE notes DROP COLUMN missing",
            "ALTER TABLE jobs DROP COLUMN wish",
            "ALTER TABLE jobs DROP COLUMN again",
            "ALTER TABLE videos DROP COLUMN description",
            "ALTER TABLE videos DROP COLUMN published",
            "DROP TABLE questions",
            "DROP TABLE note_videos",
            "DROP TABLE versions",
            "ALTER TABLE notes DROP COLUMN remarks",
            "ALTER TABLE notes DROP COLUMN card_dates",
            "ALTER TABLE sections DROP COLUMN own",
            "ALTER TABLE cites DROP COLUMN video",
            "DROP TABLE followed_videos",
            "DROP TABLE followed",
            "DROP TABLE pictures",
            "DROP TABLE cards",
            "DROP TABLE reviews",
            "DROP TABLE sent",
            *(f"ALTER TABLE cites DROP COLUMN {name}" for name in ("n", "doubt", "mark", "review")),
        )
        for statement in (*before, *later, "UPDATE alembic_version SET version_num = '0004'"):
            connection.execute(text(statement))
    engine.dispose()
    library = await place.open()
    for query in ("учебный", "ФИЛЬМ", "bridge", "学校"):
        (row,) = await library.store.search(query)
        assert row.id == saved.id, query
        assert "\u200b" not in row.snippet
    assert (await library.check()).ok
