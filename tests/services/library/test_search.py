"""The same notes are found, in the same order and with the same excerpts, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.links.video import Video
from notegen_desktop.services.library.rows import put_row
from notegen_desktop.services.library.schema import facts
from notegen_desktop.services.library.search import excerpt, server, sqlite, words_of
from notegen_desktop.services.library.search.indexing import UNINDEXED
from notegen_desktop.services.ports import NoteFilter
from tests.fakes.notes import VIDEO, a_note, a_request, a_transcript

from .conftest import Place

FILLER = "The speaker goes on about many other things of the day. "

NOTES = {
    # title: (title of the video, channel, text)
    "Kangaroos": ("Animals of Australia", "Wild Channel", f"They hop. {FILLER * 8}"),
    "Marsupials": (
        "Animals of Australia",
        "Wild Channel",
        f"{FILLER * 3}A kangaroo hops; the kangaroo rests; a kangaroo eats.",
    ),
    "Travel": ("Sydney by train", "Trips", f"{FILLER * 12}Once we saw a kangaroo. {FILLER * 12}"),
    "Café culture": ("Espresso", "Trips", f"{FILLER}A naïve résumé of the Café. {FILLER}"),
    "记忆": ("间隔重复", "学习", "间隔重复比死记硬背更有效。记忆需要时间和睡眠的帮助。" * 3),
    "Learning": (
        "Spaced repetition",
        "Study",
        f"Memory fades. {FILLER * 4}Spaced repetition keeps long memory alive. {FILLER * 4}",
    ),
}

CASES = [
    ("kangaroo", ["Kangaroos", "Marsupials", "Travel"]),
    ("kangaroo hop", ["Marsupials", "Kangaroos"]),
    ("cafe", ["Café culture"]),
    ("RESUME naive", ["Café culture"]),
    ("间隔", ["记忆"]),
    ("记忆", ["记忆"]),
    ("memory repetition", ["Learning"]),
    ("wild", ["Marsupials", "Kangaroos"]),
    ("trips", ["Café culture", "Travel"]),
    ("speaker", ["Travel", "Kangaroos", "Learning", "Marsupials", "Café culture"]),
    ("nothing of this", []),
    ("100% _", []),
]

EXCERPTS = {
    ("kangaroo", "Marsupials"): "of the day. A kangaroo hops; the kangaroo rests; a kangaroo eats.",
    ("kangaroo", "Travel"): "Once we saw a kangaroo. The speaker goes on",
    ("RESUME naive", "Café culture"): "A naïve résumé of the Café.",
    ("间隔", "记忆"): "间隔重复比死记硬背更有效。",
    ("memory repetition", "Learning"): "Spaced repetition keeps long memory alive.",
    ("wild", "Kangaroos"): "They hop. The speaker goes on",
}


async def test_how_much_search_looks_through_is_known(file_place: Place) -> None:
    library = await file_place.open()
    for n in range(4):
        await library.store.save(a_note(), a_request(model=str(n)))
    assert await library.store.findable() == 1
    put = {"value": "1", "until": None}
    await library._database.write(lambda c: put_row(c, facts, {"key": UNINDEXED}, put))
    assert await library.store.findable() == 0.25
    await library.aclose()
    library = await file_place.open()  # goes through the rest
    assert await library.store.findable() == 1


async def test_both_databases_find_the_same_in_the_same_order(place: Place) -> None:
    library = await place.open()
    for number, (title, (video, channel, words)) in enumerate(NOTES.items()):
        section = replace(
            a_note().sections[0], heading="", comprehensive=words, standard="", concise=""
        )
        note = a_note(
            title=title,
            video=Video(id=f"v{number}", url="", title=video, channel=channel),
            sections=(section,),
            created=f"2026-11-{10 + number:02}T10:00:00Z",
        )
        await library.store.save(note, a_request(video_id=f"v{number}"))
    excerpts = {}
    for query, expected in CASES:
        rows = await library.store.search(query)
        assert [row.title for row in rows] == expected, query
        excerpts |= {(query, row.title): row.snippet for row in rows}
    for key, part in EXCERPTS.items():
        assert part in excerpts[key], key
        assert len(excerpts[key]) <= 162


ALPHABETS = [
    # A word as it stands in a note, and what people type who look for it.
    ("учебный", ("учебный", "УЧЕБНЫЙ")),
    ("Ёлка", ("ёлка", "елка")),
    ("їжак", ("їжак", "Їжак")),
    ("Ελλάδα", ("Ελλάδα", "ελλαδα", "ΕΛΛΑΔΑ")),
    ("Οδυσσέας", ("ΟΔΥΣΣΕΑΣ", "οδυσσεας")),
    ("IŞIK", ("ışık", "isik", "IŞIK")),
    ("İstanbul", ("istanbul", "İSTANBUL")),
    ("Łódź", ("łódź", "lodz", "LODZ")),
    ("Øresund", ("øresund", "oresund")),
    ("Straße", ("strasse", "STRASSE", "straße")),
    ("Đà Nẵng", ("da nang", "đà nẵng")),
    ("أحمد", ("أحمد", "احمد")),
    ("الكِتاب", ("الكتاب", "الكِتاب")),
    ("שָׁלוֹם", ("שלום", "שָׁלוֹם")),
    ("ज़िंदगी", ("ज़िंदगी",)),
    ("がっこう", ("がっこう", "か\u3099っこう")),
    ("学校", ("学校", "校")),
    ("대한민국", ("대한", "대한민국")),
]


async def test_words_are_found_in_every_alphabet_with_and_without_its_marks(place: Place) -> None:
    library = await place.open()
    for number, (word, _) in enumerate(ALPHABETS):
        section = replace(a_note().sections[0], heading="", comprehensive=f"{FILLER}{word} end.")
        note = a_note(title=str(number), sections=(section,))
        await library.store.save(note, a_request(video_id=f"v{number}"))
    for number, (word, queries) in enumerate(ALPHABETS):
        for query in queries:
            rows = await library.store.search(query)
            assert [row.title for row in rows] == [str(number)], (word, query)
            assert word in rows[0].snippet, (word, query)


@pytest.mark.parametrize(
    ("query", "body", "shown"),
    [
        ("b", "a b c", "a b c"),
        ("absent", "a b c", "a b c"),
        ("über", "Grüße über Uber u\u0308ber", "Grüße über Uber u\u0308ber"),
        ("z", "x" * 300 + " z", "…" + "x" * 39 + " z"),
        ("z", "word " * 60 + "z end", "…" + "word " * 7 + "z end"),
        ("a", "a " * 400, ("a " * 80).rstrip() + "…"),
        ("x", "", ""),
        ("go on", "no good. so go, on it", "no good. so go, on it"),
    ],
)
def test_an_excerpt_shows_where_it_matched(query: str, body: str, shown: str) -> None:
    assert excerpt(body, words_of(query)).text == shown


async def test_of_very_many_hits_those_with_the_word_in_a_title_come_first_then_the_newest(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (sqlite, server):
        monkeypatch.setattr(each, "MAX_RANKED", 4)
    library = await place.open()
    for number in range(8):
        title = f"Kangaroo {number}" if number in (0, 7) else f"Number {number}"
        section = replace(a_note().sections[0], comprehensive="A kangaroo hops.")
        note = a_note(title=title, sections=(section,))
        saved = await library.store.save(note, a_request(video_id=f"v{number}"))
        if number in (1, 2):
            await library.store.tag([saved.id], add=["rare"])
    titles = [row.title for row in await library.store.search("kangaroo")]
    assert titles[:3] == ["Kangaroo 7", "Kangaroo 0", "Number 6"]
    assert set(titles) <= {"Kangaroo 0", "Kangaroo 7", *(f"Number {n}" for n in (3, 4, 5, 6))}
    # What the list is narrowed to is found however old it is.
    rare = await library.store.search("kangaroo", where=NoteFilter(tags=("rare",)))
    assert [row.title for row in rare] == ["Number 2", "Number 1"]


async def test_passages_of_videos_that_a_list_is_narrowed_to_are_found_wherever_they_stand(
    place: Place,
) -> None:
    library = await place.open()
    await library.store.save(a_note(), a_request())
    words = ["Filler of many words. " * 60, "Gravity pulls. " * 60, "Kangaroos hop."]
    await library.store.put_transcript(VIDEO, a_transcript(*words))
    for query in ("filler", "gravity", "kangaroos"):
        found = await library.store.search_transcripts(query, where=NoteFilter(unread=True))
        assert [hit.video_id for hit in found][:1] == [VIDEO.id]
    assert not await library.store.search_transcripts("gravity", where=NoteFilter(tags=("x",)))


@pytest.mark.parametrize("several", [3, sqlite.MAX_SPELT_OUT + 2])
async def test_words_that_begin_alike_are_all_found_whether_few_or_many(
    place: Place, several: int
) -> None:
    library = await place.open()
    endings = [f"kangaroo{chr(ord('a') + n)}" for n in range(several)]
    for number, word in enumerate(endings):
        section = replace(a_note().sections[0], comprehensive=f"A {word} hops.")
        note = a_note(title=f"Number {number}", sections=(section,))
        await library.store.save(note, a_request(video_id=f"v{number}"))
    assert len(await library.store.search("kangaroo", limit=100)) == several
    assert len(await library.store.search("kangaroo hop", limit=100)) == several
    (one,) = await library.store.search(endings[-1])
    assert one.title == f"Number {several - 1}"


async def test_on_both_databases_what_is_common_is_found_among_few_notes_of_a_filter(
    place: Place,
) -> None:
    library = await place.open()
    for number in range(20):
        section = replace(a_note().sections[0], comprehensive="A kangaroo hops.")
        note = a_note(title=f"Number {number}", sections=(section,))
        saved = await library.store.save(note, a_request(video_id=f"v{number}"))
        if number == 1:
            await library.store.tag([saved.id], add=["rare"])
    rare = await library.store.search("kangaroo", where=NoteFilter(tags=("rare",)))
    assert [row.title for row in rare] == ["Number 1"]
    assert not await library.store.search("kangaroo", where=NoteFilter(tags=("none",)))
