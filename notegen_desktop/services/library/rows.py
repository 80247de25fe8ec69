"""Converts notes, videos and transcripts to database rows and back.

Text is cleaned before it is written, of everything that a database refuses.
"""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    any_,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import Select
from sqlalchemy.types import NullType

from notegen_desktop.domain.courses.course import COURSE
from notegen_desktop.domain.links.video import Chapter, Video
from notegen_desktop.domain.notes.note import (
    Cite,
    Coverage,
    Draft,
    DraftSection,
    Level,
    Note,
    PartDraft,
    Picture,
    Section,
    Usage,
)
from notegen_desktop.domain.notes.tags import tag_key
from notegen_desktop.domain.practice.cards import card_dates, cards_of
from notegen_desktop.domain.practice.schedule import CardReview, progress
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.ports import KeptDraft

from . import schema

T = TypeVar("T")

BATCH = 500
"""Values per statement, and rows per transaction: SQLite takes 32,766 variables in a statement,
PostgreSQL 65,535, and other writers must get their turn."""


def in_batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def is_among(
    connection: Connection, number: ColumnElement[int], numbers: Sequence[int]
) -> ColumnElement[bool]:
    """Return the condition that `number` is one of many `numbers`."""
    if connection.dialect.name == "sqlite":
        return number.in_(numbers)
    return number == any_(cast(literal(array_text(numbers), NullType()), ARRAY(BigInteger)))


def array_text(numbers: Sequence[int]) -> str:
    """Return a PostgreSQL array literal: the driver takes 3 µs for each number of a bound list, and
    20 µs for each bound number."""
    return f"{{{','.join(map(str, numbers))}}}"


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT of the present dialect with support for ON CONFLICT."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def put_row(
    connection: Connection, table: Table, key: Mapping[str, Any], columns: Mapping[str, Any]
) -> None:
    """Insert a row by its primary key, or update these columns of the existing one."""
    connection.execute(
        upsert(connection, table)
        .values(**key, **columns)
        .on_conflict_do_update(index_elements=list(key), set_=dict(columns))
    )


def dump(value: Any) -> str:
    return json.dumps(cleaned(value), ensure_ascii=False, separators=(",", ":"))


def cleaned(value: T) -> T:
    """Return a JSON value or a frozen dataclass with every text in it cleaned."""
    return _cleaned(value)  # type: ignore[no-any-return]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _cleaned(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_cleaned(each) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Most records are clean: only changed fields are built anew.
        old = fields_of(value)
        new = {name: _cleaned(each) for name, each in old.items()}
        return value if new == old else dataclasses.replace(value, **new)
    return value


def from_row(kind: type[T], row: Mapping[Any, Any], **other: Any) -> T:
    """Return a dataclass from the columns named like its fields, and `other` fields.

    Raises ValueError if a column's value does not fit the field.
    """
    names = _fields(kind)  # type: ignore[arg-type]
    facts = {name: row[name] for name in names if name not in other and name in row}
    return msgspec.convert(facts | other, kind, dec_hook=lambda named, value: named(value))


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def fields_of(record: Any) -> dict[str, Any]:
    """The fields of a dataclass by name; unlike `asdict`, nothing within them is copied."""
    names = _fields(type(record))  # type: ignore[arg-type]
    return {name: getattr(record, name) for name in names}


def columns_of(value: object, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


# --- videos ---


def put_video(connection: Connection, *videos: Video) -> None:
    """Store the facts of videos; an unknown fact never erases a known one."""
    table = schema.videos
    statement = upsert(connection, table)
    new = statement.excluded
    names = (
        *("url", "provider", "title", "channel", "thumbnail_url", "language", "description"),
        "published",
    )
    changes: dict[str, Any] = {
        name: func.coalesce(func.nullif(new[name], ""), table.c[name]) for name in names
    }
    changes["duration_s"] = func.coalesce(new.duration_s, table.c.duration_s)
    changes["chapters"] = func.coalesce(func.nullif(new.chapters, "[]"), table.c.chapters)
    rows = [
        fields_of(video) | {"chapters": dump([dataclasses.astuple(c) for c in video.chapters])}
        for video in map(cleaned, videos)
    ]
    if rows:
        connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=changes), rows
        )


@cache
def _kept_of_video() -> tuple[str, ...]:
    return tuple(name for name in _fields(Video) if name in schema.videos.c)


def video_of(row: Mapping[Any, Any], prefix: str = "") -> Video:
    """Return the video of a row whose columns are named like its fields, after `prefix`."""
    facts = {name: row[prefix + name] for name in _kept_of_video()}
    chapters = [Chapter(*each) for each in json.loads(facts["chapters"])]
    return from_row(Video, facts, chapters=chapters)


def videos_of(connection: Connection, ids: Iterable[str]) -> tuple[Video, ...]:
    unique = tuple(dict.fromkeys(ids))
    query, known = select(schema.videos), schema.videos.c.id
    found = {
        row["id"]: video_of(row)
        for batch in in_batches(unique)
        for row in connection.execute(query.where(known.in_(batch))).mappings()
    }
    return tuple(found[each] for each in unique if each in found)


# --- transcripts ---


def segments_text(transcript: Transcript) -> str:
    return dump([[s.label, s.start_s, s.end_s, s.text, s.speaker] for s in transcript.segments])


# --- notes ---


def whole_notes() -> Select[Any]:
    """Return the query of all notes, deleted ones too, in the form for `note_of`."""
    facts = [column.label(f"video_{column.name}") for column in schema.videos.c]
    return select(*[c for c in schema.notes.c if c.name != "video_id"], *facts).join_from(
        schema.notes, schema.videos
    )


def note_columns(note: Note, former: Note | None, now_s: float) -> dict[str, Any]:
    """Return the columns of a note; `former` is the stored one that it replaces."""
    plain = ("title", "template", "template_version", "language", "engine", "model", "mode", "wish")
    return {
        **columns_of(note, *plain, "created"),
        **dataclasses.asdict(note.usage),
        "video_id": note.video.id,
        "covered_s": note.coverage.covered_s,
        "doubtful": sum(cite.is_doubtful for section in note.sections for cite in section.cites),
        "gaps": dump(note.coverage.gaps),
        "missing": dump(note.missing),
        "remarks": dump([dataclasses.asdict(remark) for remark in note.remarks]),
        "card_dates": dump(card_dates(note, former, now_s)),
        "saved_at": now_s,
    }


def put_sections(connection: Connection, number: int, note: Note) -> None:
    """Store the sections of a note, replacing earlier ones."""
    put_video(connection, *note.videos)
    for table in (schema.pictures, schema.cites, schema.sections, schema.note_videos):
        connection.execute(delete(table).where(table.c.note == number))
    told = [
        {"note": number, "position": position, "own": dump(section.own)}
        | columns_of(section, "heading", *Level)
        for position, section in enumerate(note.sections)
    ]
    cited = [
        {"note": number, "section": position, "position": place}
        | columns_of(cite, "start_s", "end_s", "verified", "n", "mark")
        | {
            "video": cite.video_number,
            "doubt": cite.doubt.value if cite.doubt else None,
            "review": dump(dataclasses.asdict(cite.review)) if cite.review else None,
        }
        for position, section in enumerate(note.sections)
        for place, cite in enumerate(section.cites)
    ]
    shown = [
        {"note": number, "section": position, "position": place}
        | columns_of(picture, "at_s", "width", "height", "data")
        for position, section in enumerate(note.sections)
        for place, picture in enumerate(section.pictures)
    ]
    of_several = [
        {"note": number, "position": position, "video_id": video.id}
        for position, video in enumerate(note.videos, start=1)
    ]
    for table, rows in (
        (schema.sections, told),
        (schema.cites, cited),
        (schema.pictures, shown),
        (schema.note_videos, of_several),
    ):
        if rows:
            connection.execute(insert(table), rows)
    put_cards(connection, number, note)


def _videos_of_note(connection: Connection, number: int) -> list[Video]:
    table = schema.note_videos
    query = select(table.c.video_id).where(table.c.note == number).order_by(table.c.position)
    return list(videos_of(connection, connection.execute(query).scalars()))


def note_of(connection: Connection, row: RowMapping) -> Note:
    """Return the note of a row of `notes` joined with its video (columns labelled `video_…`)."""
    (note,) = notes_of(connection, [row])
    return note


def notes_of(connection: Connection, rows: Sequence[RowMapping]) -> Iterator[Note]:
    """Yield the notes of such rows, with their parts read together."""
    for batch in in_batches(rows):
        numbers = [row["number"] for row in batch]
        cites = _parts(connection, schema.cites, numbers, "note", "section")
        pictures = _parts(connection, schema.pictures, numbers, "note", "section")
        sections = _parts(connection, schema.sections, numbers, "note")
        tags = tags_of(connection, numbers)
        for row in batch:
            number = row["number"]
            videos = _videos_of_note(connection, number) if row["video_provider"] == COURSE else []
            yield from_row(
                Note,
                row,
                video=video_of(row, "video_"),
                videos=videos,
                sections=[
                    from_row(
                        Section,
                        section,
                        cites=[_cite(each, videos) for each in cites[number, at]],
                        pictures=[from_row(Picture, each) for each in pictures[number, at]],
                        own=json.loads(section["own"]),
                    )
                    for section in sections[(number,)]
                    for at in [section["position"]]
                ],
                coverage=from_row(Coverage, row, gaps=json.loads(row["gaps"])),
                usage=from_row(Usage, row),
                missing=json.loads(row["missing"]),
                remarks=json.loads(row["remarks"]),
                card_dates=json.loads(row["card_dates"]),
                tags=tags.get(number, ()),
            )


def _parts(
    connection: Connection, table: Table, numbers: Sequence[int], *key: str
) -> defaultdict[tuple[int, ...], list[RowMapping]]:
    """Return the rows of a table that belong to notes, by the values of their `key`, in order."""
    found: defaultdict[tuple[int, ...], list[RowMapping]] = defaultdict(list)
    order = [table.c[name] for name in (*key, "position")]
    query = select(table).where(table.c.note.in_(numbers)).order_by(*order)
    for row in connection.execute(query).mappings():
        found[tuple(row[name] for name in key)].append(row)
    return found


def _cite(row: RowMapping, videos: Sequence[Video]) -> Cite:
    review = json.loads(row["review"]) if row["review"] else None
    at = row["video"]
    video = videos[at - 1] if 0 < at <= len(videos) else None
    cite = from_row(Cite, row, review=review, video=None)
    return dataclasses.replace(cite, video=video, video_number=at if video else 0)


# --- cards ---


def put_cards(connection: Connection, number: int, note: Note) -> None:
    """Store a note's present flashcards. Cards that stay keep their due time; those that come back
    get it from their reviews."""
    table = schema.cards
    places = {card.id: place for place, card in enumerate(cards_of(note))}
    mine = table.c.note == number
    query = select(table.c.id, table.c.position).where(mine)
    known = {row.id: row.position for row in connection.execute(query)}
    for batch in in_batches([card for card in known if card not in places]):
        connection.execute(delete(table).where(mine, table.c.id.in_(batch)))
    moved = {card: place for card, place in places.items() if known.get(card, place) != place}
    for card, place in moved.items():
        connection.execute(update(table).where(mine, table.c.id == card).values(position=place))
    fresh = [card for card in places if card not in known]
    if fresh:
        past = reviews_of(connection, fresh)
        turns = {card: progress(past.get(card, ())) for card in fresh}
        rows = [
            {"note": number, "id": card, "position": places[card]}
            | {"stage": turn.stage.value, "due_at": turn.due_s if turn.reviews else -number}
            for card, turn in turns.items()
        ]
        connection.execute(insert(table), rows)


def reviews_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[CardReview]]:
    """Return the reviews by card, each in order of time."""
    table = schema.reviews
    found: dict[str, list[CardReview]] = {}
    for batch in in_batches(ids):
        query = select(table).where(table.c.card.in_(batch)).order_by(table.c.card, table.c.at_ms)
        for row in connection.execute(query).mappings():
            found.setdefault(row["card"], []).append(from_row(CardReview, row))
    return found


# --- tags ---


def put_tags(connection: Connection, number: int, names: Iterable[str]) -> None:
    """Add tags to a note."""
    rows = [{"note": number, "key": tag_key(name), "name": name} for name in names]
    if rows:
        connection.execute(upsert(connection, schema.tags).on_conflict_do_nothing(), rows)


def tags_of(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the tags by note, for notes that have some."""
    found: dict[int, tuple[str, ...]] = {}
    query = select(schema.tags.c.note, schema.tags.c.name).order_by(schema.tags.c.key)
    for batch in in_batches(numbers):
        its = is_among(connection, schema.tags.c.note, batch)
        for number, name in connection.execute(query.where(its)):
            found[number] = (*found.get(number, ()), name)
    return found


# --- drafts ---


def draft_text(draft: Draft, *, done: bool, basis: str) -> str:
    return dump(_draft_data(draft) | {"done": done, "basis": basis})


def part_drafts_text(latest: Draft, drafts: Iterable[PartDraft], *, basis: str) -> str:
    """Return the drafts of all parts as JSON, beside the one that was stored last."""
    ordered = sorted(drafts, key=lambda each: each.number)
    parts = [[each.number, each.done, _draft_data(each.draft)] for each in ordered]
    return dump(_draft_data(latest) | {"parts": parts, "basis": basis})


def kept_draft_of(stored: str, parts: int) -> KeptDraft:
    """Return all stored drafts of a note, in one part or several."""
    data = json.loads(stored)
    begun = data.get("parts", ()) if parts > 1 else [(0, data.get("done"), data)]
    drafts = tuple(PartDraft(number, _draft(one), bool(done)) for number, done, one in begun)
    return KeptDraft(parts, drafts, data.get("basis", ""))


def _draft_data(draft: Draft) -> dict[str, Any]:
    return {"title": draft.title, "sections": list(map(dataclasses.astuple, draft.sections))}


def _draft(data: dict[str, Any]) -> Draft:
    sections = [
        DraftSection(heading, tuple(labels), *levels)
        for heading, labels, *levels in data["sections"]
    ]
    return Draft(data["title"], tuple(sections), whole=bool(sections))
