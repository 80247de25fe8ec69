"""What every store of notes does: in memory, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import NoteMissing, UsageError
from notegen_desktop.domain.links.video import Chapter, Video
from notegen_desktop.domain.notes.note import Cite, Doubt, Level, Picture, Review, Says, Section
from notegen_desktop.domain.notes.pictures import with_picture, without_picture
from notegen_desktop.domain.notes.tags import STAR
from notegen_desktop.services.library import open_library
from notegen_desktop.services.ports import NoteFilter, NoteStore, VideoOrder
from tests.fakes.libraries import library_on_server, put_empty_library
from tests.fakes.notes import VIDEO, a_note, a_request, a_transcript
from tests.fakes.store import MemoryStore


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[NoteStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    url = library_on_server() if request.param == "postgresql" else None
    if url is None:
        put_empty_library(tmp_path / "notes.db")
    library = open_library(url, path=tmp_path / "notes.db")
    yield library.store
    await library.aclose()


async def test_a_saved_note_comes_back_whole(store: NoteStore) -> None:
    note = a_note(missing=("the section “Cables”",))
    saved = await store.save(note, a_request())
    assert saved.id
    assert saved == replace(note, id=saved.id)
    assert await store.get(saved.id) == saved
    assert await store.find(a_request()) == saved


async def test_what_is_known_of_statements_comes_back(store: NoteStore) -> None:
    cites = (
        Cite(1.0, 2.0, True, 1, review=Review(Says.YES)),
        Cite(3.0, 4.0, False, 2, Doubt.NAME, "Ada", Review(Says.NO, "It was “Grace”.")),
        Cite(5.0, 6.0, None, 3, review=Review(Says.UNCLEAR, "")),
        Cite(7.0, 8.0, None, 4),
    )
    text = "One. [^1] Two. [^2] Three. [^3]"
    note = a_note(sections=(Section("S", cites, text, text, text),), wish="for beginners")
    saved = await store.save(note, a_request())
    assert (await store.get(saved.id)).sections == note.sections
    changed = replace(saved, sections=(replace(note.sections[0], cites=cites[1:]),))
    await store.revise(changed)
    assert await store.get(saved.id) == changed


async def test_pictures_come_back_where_they_were_and_go_with_their_note(store: NoteStore) -> None:
    one, two = (Picture(at_s, 4, 3, bytes(range(256)) * 40) for at_s in (1.5, 1300.25))
    saved = await store.save(with_picture(a_note(), 1, one), a_request())
    both = with_picture(saved, 1, two)
    for note in (saved, both, without_picture(both, 1, one)):
        await store.revise(note)
        assert await store.get(saved.id) == note
        assert await store.find(a_request()) == note
    await store.delete(saved.id)
    await store.restore(both)
    assert (await store.get(saved.id)).sections[1].pictures[-1] == two


async def test_a_revised_note_stays_where_it_was(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request(), fingerprint="words")
    await store.save(a_note(), a_request(template="flashcards"))
    section = replace(a_note().sections[0], heading="Kangaroos", comprehensive="They hop.")
    revised = replace(saved, sections=(*saved.sections, section))
    await store.revise(revised)
    assert await store.get(saved.id) == revised
    assert await store.find(a_request(), fingerprint="words") == revised
    assert [row.id for row in await store.search("kangaroos")] == [saved.id]
    assert len(await store.recent()) == 2


async def test_what_is_not_there_cannot_be_revised(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request())
    with pytest.raises(NoteMissing):
        await store.revise(replace(saved, id="another"))
    await store.delete(saved.id)
    with pytest.raises(NoteMissing):
        await store.revise(saved)


async def test_a_note_is_found_only_by_its_own_request(store: NoteStore) -> None:
    await store.save(a_note(), a_request())
    for other in (
        a_request(template="flashcards"),
        a_request(language="de"),
        a_request(model="another"),
        a_request(video_id="another"),
    ):
        assert await store.find(other) is None


async def test_a_note_is_found_only_while_its_transcript_is_the_same(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request(), fingerprint="words-1")
    assert await store.find(a_request(), fingerprint="words-1") == saved
    assert await store.find(a_request(), fingerprint="words-2") is None
    assert await store.find(a_request()) == saved


async def test_the_same_request_is_stored_once(store: NoteStore) -> None:
    first = await store.save(a_note(title="First"), a_request())
    one_section = a_note(title="Second", sections=a_note().sections[:1])
    second = await store.save(one_section, a_request())
    assert second.id == first.id
    assert await store.get(first.id) == second
    assert [row.title for row in await store.recent()] == ["Second"]
    assert await store.search("cable") == []


async def test_a_note_that_was_not_seen_is_not_replaced(store: NoteStore) -> None:
    """Another program stored one while this one was written: both are kept, each once."""
    first = await store.save(a_note(title="First", id="one"), a_request(), fingerprint="words")
    second = a_note(title="Second", id="two")
    for _ in range(2):
        assert (await store.save(second, a_request(), fingerprint="words")).id == "two"
        assert (await store.save(first, a_request(), fingerprint="words")).id == "one"
    assert await store.find(a_request()) == first
    assert sorted(row.id for row in await store.recent()) == ["one", "two"]


async def test_the_newest_note_is_listed_first(store: NoteStore) -> None:
    for day in (2, 3, 1):
        created = f"2026-11-0{day}T00:00:00Z"
        await store.save(a_note(title=f"Day {day}", created=created), a_request(model=str(day)))
    assert [row.title for row in await store.recent()] == ["Day 3", "Day 2", "Day 1"]
    assert [row.title for row in await store.recent(limit=1, offset=1)] == ["Day 2"]


async def test_a_row_says_what_the_note_is(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request())
    (row,) = await store.recent()
    assert row.id == saved.id
    assert (row.title, row.template, row.language) == (saved.title, "study-notes", "en")
    assert (row.video_id, row.video_title, row.channel) == (VIDEO.id, VIDEO.title, VIDEO.channel)
    assert (row.engine, row.model, row.cost_usd) == (saved.engine, saved.model, 0.00123)
    assert (row.created, row.snippet) == (saved.created, "")


async def test_a_deleted_note_is_nowhere(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request())
    await store.delete(saved.id)
    with pytest.raises(NoteMissing):
        await store.get(saved.id)
    with pytest.raises(NoteMissing):
        await store.delete(saved.id)
    assert await store.find(a_request()) is None
    assert await store.recent() == []
    assert await store.search("bridge") == []


async def test_a_note_that_never_was_is_missing(store: NoteStore) -> None:
    with pytest.raises(NoteMissing):
        await store.get("never")
    with pytest.raises(NoteMissing):
        await store.delete("never")


async def test_a_deletion_can_be_taken_back(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request(), fingerprint="f")
    await store.delete(saved.id)
    await store.restore(saved)
    assert await store.get(saved.id) == saved
    assert await store.find(a_request(), fingerprint="f") == saved
    assert [row.id for row in await store.search("bridge")] == [saved.id]


async def test_taking_back_twice_is_once(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request())
    await store.restore(saved)
    assert [row.id for row in await store.recent()] == [saved.id]


async def test_a_note_written_anew_stands_beside_the_one_taken_back(store: NoteStore) -> None:
    old = await store.save(a_note(title="Old bridge"), a_request())
    await store.delete(old.id)
    new = await store.save(a_note(title="New bridge"), a_request())
    await store.restore(old)
    assert await store.find(a_request()) == new
    assert await store.get(old.id) == old
    assert {row.title for row in await store.search("bridge")} == {"Old bridge", "New bridge"}


async def test_words_are_found_wherever_they_stand(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request())
    for query in (
        "bridge", "BRIDGE", "brid", "pressure curve", "arch does", "workshop", "turns", "brîdge",
    ):  # fmt: skip
        assert [row.id for row in await store.search(query)] == [saved.id], query


async def test_what_is_not_there_is_not_found(store: NoteStore) -> None:
    await store.save(a_note(), a_request())
    for query in ("ridge", "bridge tunnel", "falling", "", "   ", "??", "\0", "\u200b", "🌉"):
        assert await store.search(query) == [], query


async def test_no_query_is_a_mistake(store: NoteStore) -> None:
    await store.save(a_note(), a_request())
    for query in (
        '"', "'", "'; DROP TABLE notes; --", '" OR 1=1', "NEAR(a b)", "a AND", "NOT", "(((", "*",
        "^bridge", "title:bridge", "%", "_", "\\", "a*b", "-a", "{a b}: c", ":w0", "\ud800",
        "x" * 5000, "a " * 3000,
    ):  # fmt: skip
        assert isinstance(await store.search(query), list), query


async def test_every_script_is_found(store: NoteStore) -> None:
    for title, query in (
        ("Crème brûlée à la carte", "creme BRULEE"),
        ("Über Ärger", "uber arger"),
        ("机器学习入门", "学习"),
        ("日本語の文法を学ぶ", "文法"),
        ("漢", "漢"),
        ("ภาษาไทยง่ายนิดเดียว", "ไทย"),
        ("Введение в физику", "ФИЗИК"),
        ("مقدمة في الفيزياء", "الفيز"),
        ("हिन्दी व्याकरण", "हिन्दी"),
        ("Học tiếng Việt", "tieng viet"),
        ("İstanbul", "istan"),
        ("snake_case and kebab-case", "case kebab"),
        ("ＦＵＬＬ width", "full"),
        ("한국어 수업에서", "수업"),
        ("C++ für Anfänger", "c++ anfanger"),
    ):
        note = a_note(title=title, sections=())
        saved = await store.save(note, a_request(model=title))
        assert [row.id for row in await store.search(query)] == [saved.id], title


async def test_a_note_about_it_comes_before_one_that_mentions_it(store: NoteStore) -> None:
    mention = Section("Other", (), "A tunnel is mentioned.", "", "")
    await store.save(a_note(sections=(mention,)), a_request(model="1"))
    about = await store.save(a_note(title="The tunnel", sections=()), a_request(model="2"))
    rows = await store.search("tunnel")
    assert rows[0].id == about.id
    assert len(rows) == 2
    assert len(await store.search("tunnel", limit=1)) == 1


async def test_a_hit_shows_where_it_matched(store: NoteStore) -> None:
    await store.save(a_note(), a_request())
    (row,) = await store.search("anchors")
    assert "anchors hold it" in row.snippet
    assert len(row.snippet) < 200
    assert "\n" not in row.snippet


async def test_the_video_learns_and_never_forgets(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request())
    bare = Video(id=VIDEO.id, url=VIDEO.url)
    await store.save(a_note(video=bare), a_request(model="other"))
    assert (await store.get(saved.id)).video == VIDEO
    renamed = replace(VIDEO, title="How bridges really stand")
    await store.put_transcript(renamed, a_transcript())
    assert (await store.get(saved.id)).video == renamed


async def test_a_transcript_comes_back_whole(store: NoteStore) -> None:
    assert await store.get_transcript(VIDEO.id) is None
    await store.put_transcript(VIDEO, a_transcript())
    assert await store.get_transcript(VIDEO.id) == a_transcript()
    untimed = replace(a_transcript("one", "two", "three"), timed=False)
    await store.put_transcript(VIDEO, untimed)
    assert await store.get_transcript(VIDEO.id) == untimed


async def test_what_is_known_of_a_video_is_kept_with_its_words(store: NoteStore) -> None:
    assert await store.get_video(VIDEO.id) is None
    chapters = (Chapter("Arches", 0.0, 90.5), Chapter("Cables", 90.5, 600.0))
    video = replace(VIDEO, chapters=chapters, duration_s=600.0, language="en")
    await store.put_transcript(video, a_transcript())
    assert await store.get_video(VIDEO.id) == video
    await store.save(a_note(video=Video(VIDEO.id, VIDEO.url)), a_request())
    assert await store.get_video(VIDEO.id) == video
    assert await store.get_video("v\0another") is None


async def test_text_that_no_database_takes_is_mended(store: NoteStore) -> None:
    nasty = "a\0b\ud800c\U0001f309"
    note = a_note(title=nasty, sections=(Section(nasty, (), nasty, nasty, nasty),))
    saved = await store.save(note, a_request(), fingerprint=nasty)
    assert saved.title == "a\ufffdb\ufffdc\U0001f309"
    assert await store.get(saved.id) == saved
    assert saved.sections[0].at(Level.CONCISE) == saved.title
    video = replace(VIDEO, id="v\0", title=nasty)
    await store.put_transcript(video, a_transcript(nasty))


async def test_a_note_without_sections_is_kept_too(store: NoteStore) -> None:
    saved = await store.save(a_note(sections=()), a_request())
    assert (await store.get(saved.id)).sections == ()


async def test_another_version_is_told_after_each_change(store: NoteStore) -> None:
    note = await store.save(a_note(), a_request())
    (first,) = await store.stamps()
    assert (first.id, first.video_id) == (note.id, VIDEO.id)
    assert await store.stamps() == [first]
    await store.revise(replace(note, title="Another title"))
    (second,) = await store.stamps()
    assert second.stamp != first.stamp
    await store.put_transcript(replace(VIDEO, title="Another video title"), a_transcript("Hello."))
    (third,) = await store.stamps()
    assert third.stamp != second.stamp
    await store.tag([note.id], add=["exam"])
    (fourth,) = await store.stamps()
    assert fourth.stamp != third.stamp
    await store.delete(note.id)
    assert await store.stamps() == []


# --- filing and narrowing ---


async def three_notes(store: NoteStore) -> tuple[str, str, str]:
    """A plain one, one in doubt of another video, and one that lacks something."""
    doubtful = Cite(1.0, 2.0, False, 1, Doubt.NAME, "Ada")
    plain = Section("S", (Cite(1.0, 2.0, True, 1),), "One. [^1]", "One. [^1]", "One. [^1]")
    tunnels = Video(id="t", url="https://example.org/t", title="Tunnels", channel="Digging")
    first = a_note(sections=(plain,), created="2026-11-01T10:00:00Z")
    second = a_note(
        video=tunnels, template="flashcards", language="de-AT", engine="offline",
        sections=(replace(plain, cites=(doubtful,)),), created="2026-11-02T10:00:00Z",
    )  # fmt: skip
    third = a_note(missing=("its end",), sections=(plain,), created="2026-11-03T10:00:00Z")
    saved = [
        await store.save(note, a_request(model=str(number)))
        for number, note in enumerate((first, second, third))
    ]
    return saved[0].id, saved[1].id, saved[2].id


async def test_notes_are_narrowed_by_what_they_are(store: NoteStore) -> None:
    first, second, third = await three_notes(store)
    await store.tag([first, second], add=["Exam"])
    await store.tag([first], add=["Week 1", STAR])
    await store.mark_read(first)
    for where, ids in (
        (NoteFilter(), {first, second, third}),
        (NoteFilter(templates=("flashcards",)), {second}),
        (NoteFilter(templates=("flashcards", "study-notes")), {first, second, third}),
        (NoteFilter(engines=("offline",)), {second}),
        (NoteFilter(languages=("de",)), {second}),
        (NoteFilter(channels=("Digg",)), {second}),
        (NoteFilter(tags=("EXAM",)), {first, second}),
        (NoteFilter(tags=("exam", "week 1")), {first}),
        (NoteFilter(tags=(STAR,)), {first}),
        (NoteFilter(since="2026-11-02T00:00:00Z"), {second, third}),
        (NoteFilter(doubtful=True), {second}),
        (NoteFilter(unread=True), {second, third}),
        (NoteFilter(unfinished=True), {third}),
        (NoteFilter(notes=(second, "never")), {second}),
        (NoteFilter(templates=("study-notes",), doubtful=True), set()),
    ):
        assert {row.id for row in await store.recent(where=where)} == ids, where
        found = {row.id for row in await store.search("one", where=where)}
        assert found == ids, where


async def test_a_tag_is_one_whatever_its_case_and_goes_when_it_is_removed(store: NoteStore) -> None:
    first, second, _ = await three_notes(store)
    await store.tag([first, second], add=["#Exam ", "exam", "Ünits"])
    assert (await store.get(first)).tags == ("Exam", "Ünits")
    assert (await store.facets()).tags == (("Exam", 2), ("Ünits", 2))
    await store.tag([first], remove=["EXAM", "never"])
    assert (await store.get(first)).tags == ("Ünits",)
    with pytest.raises(NoteMissing):
        await store.tag([second, "never"], add=["More"])
    with pytest.raises(UsageError):
        await store.tag([second], add=["  "])
    assert (await store.get(second)).tags == ("Exam", "Ünits")


async def test_a_star_is_one_however_it_is_typed(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request())
    await store.tag([saved.id], add=["#Starred"])
    assert (await store.get(saved.id)).tags == (STAR,)


async def test_a_note_that_is_revised_or_written_anew_keeps_its_tags(store: NoteStore) -> None:
    saved = await store.save(a_note(), a_request())
    await store.tag([saved.id], add=["Exam"])
    await store.revise(replace(saved, title="Revised"))
    assert (await store.get(saved.id)).tags == ("Exam",)
    await store.save(a_note(title="Anew"), a_request())
    assert (await store.get(saved.id)).tags == ("Exam",)


async def test_videos_are_listed_with_their_notes(store: NoteStore) -> None:
    first, second, third = await three_notes(store)
    found = await store.videos()
    assert [(it.video.title, [note.id for note in it.notes]) for it in found] == [
        (VIDEO.title, [third, first]),
        ("Tunnels", [second]),
    ]
    assert [it.video.id for it in await store.videos(limit=1, offset=1)] == ["t"]
    only = await store.videos(where=NoteFilter(doubtful=True))
    assert [(it.video.id, len(it.notes)) for it in only] == [("t", 1)]
    for order, titles in (
        (VideoOrder.CHANNEL, ["Tunnels", VIDEO.title]),
        (VideoOrder.TITLE, [VIDEO.title, "Tunnels"]),
        (VideoOrder.LENGTH, [VIDEO.title, "Tunnels"]),
    ):
        assert [it.video.title for it in await store.videos(order=order)] == titles


async def test_deleted_notes_are_listed_and_can_be_taken_back_by_their_ids(
    store: NoteStore,
) -> None:
    first, second, third = await three_notes(store)
    with pytest.raises(NoteMissing):
        await store.delete(first, "never")
    await store.delete(first, third)
    assert {row.id for row in await store.deleted()} == {first, third}
    assert [row.id for row in await store.recent()] == [second]
    with pytest.raises(NoteMissing):
        await store.undelete(first, second)
    await store.undelete(first)
    assert {row.id for row in await store.recent()} == {first, second}
    assert [row.id for row in await store.deleted()] == [third]


async def test_notes_made_elsewhere_are_taken_in_once(store: NoteStore) -> None:
    here = await store.save(a_note(), a_request())
    elsewhere = a_note(title="Another", template="flashcards", tags=("Exam", STAR))
    (known, new) = await store.add([a_note(), elsewhere])
    assert known == ""
    assert await store.get(new) == replace(elsewhere, id=new)
    assert await store.add([elsewhere, replace(elsewhere, title="Renamed")]) == ["", ""]
    assert await store.add([replace(elsewhere, title="Other", sections=())]) != [""]
    assert len(await store.recent()) == 3
    assert await store.find(a_request()) == here


# --- the words of transcripts ---


async def test_the_words_of_transcripts_are_found_at_their_time(store: NoteStore) -> None:
    await store.save(a_note(), a_request())
    await store.put_transcript(
        VIDEO, a_transcript("So, bridges.", "记忆需要睡眠", "Gravity pulls.")
    )
    for query, start_s in (("GRAVITY", 15.0), ("睡眠", 10.0), ("gravity pull", 15.0)):
        (found,) = await store.search_transcripts(query)
        assert (found.video_id, found.video_title) == (VIDEO.id, VIDEO.title), query
        assert found.start_s == start_s, query
    assert await store.search_transcripts("gravity tunnel") == []
    assert await store.search_transcripts("") == []
    assert len(await store.search_transcripts("so", where=NoteFilter(engines=("gemini",)))) == 1
    assert await store.search_transcripts("so", where=NoteFilter(engines=("offline",))) == []


async def test_a_transcript_that_is_replaced_is_found_by_its_new_words(store: NoteStore) -> None:
    for words in ("gravity", "levity", "levity", "brevity"):
        await store.put_transcript(VIDEO, a_transcript(words))
        for query in ("gravity", "levity", "brevity"):
            found = await store.search_transcripts(query)
            assert len(found) == (query == words), (words, query)


async def test_a_video_has_the_first_picture_of_its_notes(store: NoteStore) -> None:
    one, two = (Picture(at_s, 4, 3, bytes([number])) for number, at_s in enumerate((9.0, 1.5)))
    first = await store.save(with_picture(a_note(), 1, one), a_request())
    await store.save(with_picture(a_note(), 0, two), a_request(model="other"))
    assert await store.thumbnails([VIDEO.id, "never"]) == {VIDEO.id: one.data}
    await store.delete(first.id)
    assert await store.thumbnails([VIDEO.id]) == {VIDEO.id: two.data}
    assert await store.thumbnails([]) == {}
