"""Search and filters find what reading every note and transcript finds, on both databases."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import event

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Note
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.library import Library
from notegen_desktop.services.library.search import folded, server, sqlite, words_of
from notegen_desktop.services.library.store import Store
from notegen_desktop.services.ports import NoteFilter
from tests.fakes.notes import a_note, a_request, a_transcript

from .conftest import Place

NOTES = 60
QUERIES = 60

# Beginnings that many words share, an accent, and a script without spaces.
WORDS = [
    *("a", "an", "and", "the", "ca", "cat", "café", "Über", "x"),
    *(f"kang{letter}" for letter in "aáeiou"),
    *(f"kangaroo{letter}" for letter in "abcdefgh"),
    *("间隔重复", "记忆", "重复"),
]
STARTS = [
    "k",
    "ka",
    "kan",
    "kang",
    "kanga",
    "kangaroo",
    "c",
    "caf",
    "an",
    "th",
    "ube",
    "重",
    "间隔",
]


@dataclass
class Truth:
    """What was stored, as it is looked through."""

    notes: dict[str, Note] = field(default_factory=dict)
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    transcripts: dict[str, Transcript] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)

    def is_titled(self, note_id: str, query: str) -> bool:
        titles = list(_texts(self.notes[note_id]))[:3]
        return all(any(f" {run}" in text for text in titles) for run in words_of(query))

    def found(self, query: str, where: NoteFilter) -> set[str]:
        return {
            note_id
            for note_id, note in self.notes.items()
            if self._fits(note_id, note, where)
            and all(any(f" {run}" in text for text in _texts(note)) for run in words_of(query))
        }

    def heard(self, query: str, where: NoteFilter) -> set[str]:
        """Videos with a passage that has all words; here each transcript is one passage."""
        having = {n.video.id for note_id, n in self.notes.items() if self._fits(note_id, n, where)}
        return {
            video
            for video, transcript in self.transcripts.items()
            if (where.is_empty or video in having)
            and all(
                f" {run}" in folded(" ".join(each.text for each in transcript.segments))
                for run in words_of(query)
            )
        }

    def listed(self, where: NoteFilter) -> set[str]:
        return {note_id for note_id, n in self.notes.items() if self._fits(note_id, n, where)}

    def _fits(self, note_id: str, note: Note, where: NoteFilter) -> bool:
        regions = (note.language == each for each in where.languages)
        return (
            (not where.templates or note.template in where.templates)
            and (not where.engines or note.engine in where.engines)
            and (not where.languages or any(regions))
            and (not where.channels or any(c in note.video.channel for c in where.channels))
            and (not where.videos or note.video.id in where.videos)
            and (not where.notes or note_id in where.notes)
            and set(where.tags) <= set(self.tags.get(note_id, ()))
            and note.created >= where.since
            and (not where.doubtful or note.sections[0].cites[0].is_doubtful)
            and (not where.unread or note_id in self.unread)
            and (not where.unfinished or bool(note.missing))
        )


def _texts(note: Note) -> Iterator[str]:
    yield folded(note.title)
    yield folded(note.video.title)
    yield folded(note.video.channel)
    for section in note.sections:
        yield folded(section.heading)
        yield folded(section.comprehensive)


async def _stored(library: Library, dice: random.Random) -> Truth:
    def said(most: int) -> str:
        return " ".join(dice.choices(WORDS, k=dice.randint(1, most)))

    truth, store = Truth(), library.store
    videos = [
        Video(id=f"v{n}", url="", title=said(3), channel=dice.choice(["North", "South", "Über"]))
        for n in range(NOTES // 3)
    ]
    for number in range(NOTES):
        cite = Cite(1.0, 2.0, dice.choice([True, False, None]))
        section = replace(
            *a_note().sections[:1],
            heading=said(2),
            comprehensive=said(12),
            standard="",
            concise="",
            cites=(cite,),
        )
        note = a_note(
            title=said(4),
            video=dice.choice(videos),
            sections=(section,),
            template=dice.choice(["quiz", "chapters", "study-notes"]),
            engine=dice.choice(["gemini", "none"]),
            language=dice.choice(["en", "de", "fr"]),
            created=f"2026-{1 + number % 12:02}-10T10:00:00Z",
            missing=("part-2",) if dice.random() < 0.2 else (),
        )
        saved = await store.save(note, a_request(video_id=note.video.id, wish=str(number)))
        truth.notes[saved.id] = saved
        truth.saved.append(saved.id)
        truth.unread.add(saved.id)
        if dice.random() < 0.4:
            truth.tags[saved.id] = tuple(dice.sample(["starred", "exam", "later"], k=2))
            await store.tag([saved.id], add=truth.tags[saved.id])
    for note_id in dice.sample(list(truth.notes), k=NOTES // 2):
        await store.mark_read(note_id)
        truth.unread.discard(note_id)
    for note_id in dice.sample(list(truth.notes), k=NOTES // 10):
        await store.delete(note_id)
        del truth.notes[note_id]
    for video in videos:
        if dice.random() < 0.7:
            truth.transcripts[video.id] = a_transcript(*(said(8) for _ in range(3)))
            await store.put_transcript(video, truth.transcripts[video.id])
    return truth


def _filter(dice: random.Random, truth: Truth) -> NoteFilter:
    ids = sorted(truth.notes)
    each: dict[str, object] = {
        "templates": ("quiz", "chapters"),
        "engines": ("gemini",),
        "languages": ("de",),
        "channels": ("orth",),
        "tags": tuple(dice.sample(["starred", "exam", "later", "none"], k=dice.randint(1, 2))),
        "since": "2026-06-01T00:00:00Z",
        "doubtful": True,
        "unread": True,
        "unfinished": True,
        "videos": tuple(f"v{n}" for n in range(6)),
        "notes": tuple(dice.sample(ids, k=9)),
    }
    chosen = dice.sample(sorted(each), k=dice.choice([0, 1, 1, 2]))
    return NoteFilter(**{name: each[name] for name in chosen})  # type: ignore[arg-type]


@pytest.mark.parametrize("few", [False, True], ids=["small", "large"])
async def test_search_finds_what_reading_everything_finds(
    place: Place, few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if few:  # the ways of a large library
        for name in ("MAX_SPELT_OUT", "MAX_COUNTED", "MANY_NOTES"):
            monkeypatch.setattr(sqlite, name, 2)
        of_server = {"_SAMPLE": 6, "SOME_LISTED": 3, "LATEST": 9, "MAX_JOINED": 0}
        of_passages = {"_WALKED": 4, "_WALKED_VIDEOS": 2, "SOME_VIDEOS": 3}
        for name, value in (of_server | of_passages).items():
            monkeypatch.setattr(server, name, value)
    dice = random.Random(f"notes{few}")
    library = await place.open()
    truth = await _stored(library, dice)
    store = library.store
    for _ in range(QUERIES):
        query = " ".join(dice.choices(WORDS + STARTS, k=dice.choice([1, 1, 2, 3])))
        where = _filter(dice, truth)
        hits = await store.search(query, where=where)
        assert len({hit.id for hit in hits}) == len(hits)
        assert {hit.id for hit in hits} == truth.found(query, where), (query, where)
        passages = await store.search_transcripts(query, where=where)
        assert {hit.video_id for hit in passages} == truth.heard(query, where), (query, where)
        listed = await store.recent(where=where)
        assert {row.id for row in listed} == truth.listed(where), where


async def test_of_many_hits_the_newest_are_found_and_all_that_have_the_words_in_a_title(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranked = 5
    for each in (sqlite, server):
        monkeypatch.setattr(each, "MAX_RANKED", ranked)
    for name, value in (("_SAMPLE", 6), ("SOME_LISTED", 3), ("LATEST", 9), ("MAX_LISTED", 12)):
        monkeypatch.setattr(server, name, value)
    monkeypatch.setattr(sqlite, "MAX_LISTED", 8)
    dice = random.Random("many")
    library = await place.open()
    truth = await _stored(library, dice)
    order = {note_id: number for number, note_id in enumerate(truth.saved)}
    for _ in range(QUERIES):
        query = " ".join(dice.choices(WORDS + STARTS, k=dice.choice([1, 1, 2])))
        where = _filter(dice, truth)
        expected = truth.found(query, where)
        if len(expected) > ranked:
            newest = sorted(expected, key=order.__getitem__)[-ranked:]
            expected = {*newest, *(each for each in expected if truth.is_titled(each, query))}
        hits = await library.store.search(query, where=where)
        assert {hit.id for hit in hits} == expected, (query, where)


async def _plans(library: Library, ask: Callable[[Store], Awaitable[Any]]) -> list[str]:
    """How each statement of what is asked of a library is carried out."""
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        if not sql.startswith(("SELECT", "WITH")) or "set_config" in sql:
            return
        how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        steps = connection.connection.driver_connection.execute(f"{how} {sql}", values).fetchall()
        plans.append("\n".join(step[-1] for step in steps))

    readers = library._database.readers
    event.listen(readers, "before_cursor_execute", explain)
    await ask(library.store)
    event.remove(readers, "before_cursor_execute", explain)
    return plans


async def _one_found(place: Place) -> Library:
    library = await place.open()
    section = replace(a_note().sections[0], comprehensive="A kangaroo hops.")
    await library.store.save(a_note(sections=(section,)), a_request())
    await library.store.put_transcript(a_note().video, a_transcript("A kangaroo hops."))
    return library


async def test_the_unfinished_among_many_notes_are_found_by_an_index_of_them(
    file_place: Place,
) -> None:
    library = await file_place.open()
    plans = await _plans(library, lambda store: store.recent(where=NoteFilter(unfinished=True)))
    assert any("ix_notes_unfinished" in plan for plan in plans)


async def test_of_passages_only_those_that_are_meant_are_ranked(file_place: Place) -> None:
    library = await _one_found(file_place)
    where = NoteFilter(unread=True)
    plans = await _plans(library, lambda it: it.search_transcripts("kangaroo", where=where))
    ranking = [plan for plan in plans if "ORDER BY" in plan and "passage_search" in plan]
    assert ranking
    by_rank_of_all = "VIRTUAL TABLE INDEX 32"  # as FTS5 numbers its ways
    assert not any(by_rank_of_all in plan for plan in plans)


async def test_of_a_video_only_its_own_passages_are_walked(file_place: Place) -> None:
    library = await _one_found(file_place)
    where = NoteFilter(videos=(a_note().video.id,))
    plans = await _plans(library, lambda it: it.search_transcripts("kangaroo", where=where))
    narrowed = [plan for plan in plans if "passage_search" in plan and "LIST SUBQUERY" in plan]
    bounded = "M1><"  # as FTS5 says that it stays between two row ids
    assert narrowed
    assert all(bounded in plan for plan in narrowed)


@pytest.mark.parametrize(("typed", "is_sampled"), [("kan", True), ("kangaroo", False)])
async def test_a_prefix_of_a_few_letters_is_sampled_in_stretches_of_rows(
    file_place: Place, typed: str, *, is_sampled: bool
) -> None:
    library = await _one_found(file_place)
    where = NoteFilter(unread=True)
    plans = await _plans(library, lambda it: it.search(typed, where=where))
    between_two_row_ids = "M5><"  # as FTS5 says it
    stretches = [plan for plan in plans if plan.startswith("SCAN json_each")]
    assert bool(stretches) is is_sampled
    assert all(between_two_row_ids in plan for plan in stretches)


async def test_of_a_filter_that_many_notes_fulfil_each_transcript_is_looked_at_for_one(
    file_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "MANY_NOTES", 1)
    library = await _one_found(file_place)
    where = NoteFilter(unread=True)
    plans = await _plans(library, lambda it: it.search_transcripts("kangaroo", where=where))
    one_by_one = "CORRELATED SCALAR SUBQUERY", "COVERING INDEX ix_notes_video_id (video_id=?"
    assert any(all(step in plan for step in one_by_one) for plan in plans)


async def test_on_a_server_what_many_notes_fulfil_is_asked_of_each_hit(
    server_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SOME_LISTED", 1)
    monkeypatch.setattr(server, "MAX_JOINED", 0)
    monkeypatch.setattr(server, "SOME_VIDEOS", 1)
    monkeypatch.setattr(server, "_COMMON", 2.0)
    monkeypatch.setattr(server, "_WALKED", 1)
    library = await _one_found(server_place)
    where = NoteFilter(unread=True)
    plans = await _plans(library, lambda it: it.search("kangaroo", where=where))
    by_words = [plan for plan in plans if "ix_note_search_words" in plan]
    assert by_words
    assert all("SubPlan" in plan for plan in by_words)
    plans = await _plans(library, lambda it: it.search_transcripts("kangaroo", where=where))
    by_words = [plan for plan in plans if "ix_passage_search_words" in plan]
    assert by_words
    assert all("SubPlan" in plan for plan in by_words)


@pytest.mark.parametrize("where", [NoteFilter(), NoteFilter(unread=True)], ids=["all", "unread"])
async def test_on_a_server_the_index_of_words_is_asked_together_with_the_newest_notes(
    server_place: Place, monkeypatch: pytest.MonkeyPatch, where: NoteFilter
) -> None:
    monkeypatch.setattr(server, "SOME_LISTED", 1)
    monkeypatch.setattr(server, "_COMMON", 2.0)
    library = await server_place.open()
    section = replace(a_note().sections[0], comprehensive="A kangaroo hops.")
    for number in range(40):
        await library.store.save(a_note(sections=(section,)), a_request(wish=str(number)))
    plans = await _plans(library, lambda it: it.search("kangaroo", where=where))
    (joined, *_) = (plan for plan in plans if "ix_note_search_words" in plan)
    assert "BitmapAnd" in joined
    assert "note_search_pkey" in joined


async def test_on_a_server_letters_that_most_words_begin_with_are_not_gathered_from_the_index(
    server_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_WALKED", 1)
    library = await _one_found(server_place)
    plans = await _plans(library, lambda it: it.search_transcripts("k hops"))
    (by_words,) = (plan for plan in plans if "ix_passage_search_words" in plan)
    (asked,) = (line for line in by_words.splitlines() if "Index Cond" in line)
    assert "'hops'" in asked
    assert "'k'" not in asked
    (found,) = await library.store.search_transcripts("k hops")
    assert found.snippet == "A kangaroo hops."
    assert not await library.store.search_transcripts("k hopped")


async def test_on_a_server_words_of_most_passages_are_read_in_those_with_the_other_words(
    server_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_WALKED", 1)
    monkeypatch.setattr(server, "_COMMON_IN_PASSAGES", 0.9)
    library = await _one_found(server_place)
    other = replace(a_note().video, id="another")
    await library.store.put_transcript(other, a_transcript("A wombat hops."))
    plans = await _plans(library, lambda it: it.search_transcripts("hops wombat"))
    (by_words,) = (plan for plan in plans if "ix_passage_search_words" in plan)
    (asked,) = (line for line in by_words.splitlines() if "Index Cond" in line)
    assert "'wombat'" in asked
    assert "'hops'" not in asked
    (found,) = await library.store.search_transcripts("hops wombat")
    assert found.snippet == "A wombat hops."
    assert not await library.store.search_transcripts("hopped wombat")


async def test_on_a_server_a_walk_begins_at_the_first_passage_whoever_else_is_walking(
    server_place: Place,
) -> None:
    library = await _one_found(server_place)
    seen: list[str] = []

    def look(connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.startswith("WITH found"):
            shown = connection.connection.driver_connection.execute("SHOW synchronize_seqscans")
            seen.extend(row[0] for row in shown.fetchall())

    readers = library._database.readers
    event.listen(readers, "before_cursor_execute", look)
    await library.store.search_transcripts("kangaroo")
    assert set(seen) == {"off"}


async def test_of_few_notes_with_words_too_frequent_to_rank_only_those_shown_are_walked(
    file_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = await file_place.open()
    section = replace(a_note().sections[0], comprehensive="A kangaroo hops.")
    for number in range(6):
        await library.store.save(a_note(sections=(section,)), a_request(wish=str(number)))
    monkeypatch.setattr(sqlite, "MAX_COUNTED", 3)
    most: list[int] = []

    def look(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        if "MATCH" in sql and "ORDER BY" in sql:
            most.append(values[-2])

    readers = library._database.readers
    event.listen(readers, "before_cursor_execute", look)
    hits = await library.store.search("kangaroo", limit=2, where=NoteFilter(unread=True))
    assert len(hits) == 2
    assert most == [2]
