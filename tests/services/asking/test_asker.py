"""From a question to a kept answer: which words go along, and what happens on failure."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from notegen_desktop.domain.asking.exchange import Exchange
from notegen_desktop.domain.errors import DiskFull, NothingThere, TranscriptNeeded
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.notes.parts import PartLimits
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.services.machine.paths import paths_below
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import ModelFacts, QuestionSubject
from notegen_desktop.wiring import Program, open_program
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.notes import a_note, a_request

KEY = "AIzaSyFake-key-for-tests-000000000000000"


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGemini]:
    with FakeGemini() as server:
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)
        yield server


@pytest.fixture
async def program(server: FakeGemini, home: Path) -> AsyncIterator[Program]:
    paths = paths_below(home)
    settings = SettingsFile(paths.settings_file)
    async with open_program(settings, paths, JobBoard()) as program:
        yield program


def words(*texts: str) -> Transcript:
    segments = tuple(
        Segment(str(n + 1), n * 10.0, n * 10.0 + 9, text, None) for n, text in enumerate(texts)
    )
    return Transcript("en", TranscriptKind.MANUAL, segments)


async def a_kept_note(program: Program, transcript: Transcript | None) -> QuestionSubject:
    store = program.services.store
    note = await store.save(a_note(), a_request())
    if transcript is not None:
        await store.put_transcript(note.video, transcript)
    return QuestionSubject(note_id=note.id)


FILLER = "There was a good deal of talk about quite another matter that took its time. " * 4


async def test_all_words_go_along_where_they_fit(program: Program, server: FakeGemini) -> None:
    asked = await a_kept_note(program, words("A heron stands in water.", *[FILLER] * 50))
    exchange = await program.services.asking.ask(asked, "Where does the heron stand?")
    assert len(server.requests[0].asked.segments) == 51
    assert exchange.id
    assert exchange.cites[0].verified


async def test_of_a_very_long_talk_the_passages_go_along(
    program: Program, server: FakeGemini
) -> None:
    long = [f"{FILLER} Number {n}." for n in range(4000)]
    asked = await a_kept_note(program, words(*long[:2000], "A heron stands.", *long[2000:]))
    exchange = await program.services.asking.ask(asked, "Where does the heron stand?")
    sent = server.requests[0].asked.segments
    assert len(sent) < 200
    assert ("2001", "A heron stands.") in sent
    assert exchange.cites[0].start_s == 20_000.0


async def test_a_small_window_gets_as_many_passages_as_fit(
    program: Program, server: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def small(*_: object) -> ModelFacts:
        return ModelFacts(limits=PartLimits(whole=1500))

    monkeypatch.setattr(program.services.asking.sender.models, "facts", small)  # type: ignore[attr-defined]
    long = [f"{FILLER} Number {n}." for n in range(400)]
    asked = await a_kept_note(program, words(*long[:200], "A heron stands.", *long[200:]))
    await program.services.asking.ask(asked, "Where does the heron stand?")
    sent = server.requests[0].asked.segments
    assert ("201", "A heron stands.") in sent
    assert sum(count_tokens(text) for _, text in sent) <= 1500


async def test_the_conversation_goes_along(program: Program, server: FakeGemini) -> None:
    asked = await a_kept_note(program, words("A heron stands in water.", "It waits for fish."))
    asking = program.services.asking
    first = await asking.ask(asked, "Where does the heron stand?")
    await asking.ask(asked, "And waits for what?", earlier=[first])
    task = server.requests[1].asked.task
    assert "Question: Where does the heron stand?" in task
    assert "[^1]" not in task
    assert [each.question for each in await asking.conversation(asked)] == [
        "Where does the heron stand?",
        "And waits for what?",
    ]


async def test_the_next_engine_answers_where_the_first_cannot(
    program: Program, server: FakeGemini
) -> None:
    program.services.settings.change({"general.fallback": "offline"})
    server.script = Script(fail="no_free_tier")
    asked = await a_kept_note(program, words("A heron stands in water."))
    told: list[str] = []
    exchange = await program.services.asking.ask(
        asked, "Where does the heron stand?", engine=Engine.GEMINI, waiting=told.append
    )
    assert exchange.engine == "offline"
    assert exchange.cites
    assert any("instead" in words for words in told)


@pytest.mark.allow_log
async def test_an_answer_that_cannot_be_kept_is_there_all_the_same(
    program: Program, server: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> Exchange:
        raise DiskFull

    monkeypatch.setattr(program.library.questions, "put", full)
    asked = await a_kept_note(program, words("A heron stands in water."))
    exchange = await program.services.asking.ask(asked, "Where does the heron stand?")
    assert exchange.answer
    assert exchange.id == ""


async def test_what_has_no_words_cannot_be_asked(program: Program, server: FakeGemini) -> None:
    with pytest.raises(NothingThere):
        await program.services.asking.ask(QuestionSubject(), "Why?")
    asked = await a_kept_note(program, None)
    with pytest.raises(TranscriptNeeded):
        await program.services.asking.ask(asked, "Why?")
    assert server.requests == []


async def test_chosen_videos_are_asked_together(program: Program, server: FakeGemini) -> None:
    store = program.services.store
    for name, said in (("a", "A heron stands."), ("b", "A walrus sleeps."), ("c", "Cats eat.")):
        await store.put_transcript(Video(name, "", title=name), words(said))
    asked = QuestionSubject(video_ids=("a", "b", "gone"))
    exchange = await program.services.asking.ask(asked, "Where is the heron, and the walrus?")
    assert {cite.video_id for cite in exchange.cites} == {"a", "b"}
    assert "Cats" not in server.requests[0].asked.prefix
    with pytest.raises(NothingThere):
        await program.services.asking.ask(QuestionSubject(video_ids=("gone",)), "Why?")


async def test_the_estimate_is_near_what_is_used(program: Program, server: FakeGemini) -> None:
    asked = await a_kept_note(program, words(*[FILLER] * 50))
    found = await program.services.asking.estimate(asked)
    exchange = await program.services.asking.ask(asked, "What took its time?")
    assert exchange.usage.input_tokens == pytest.approx(found.input_tokens, rel=0.15)
    assert found.cost_usd > 0


def test_several_videos_are_one_conversation_in_any_order() -> None:
    from notegen_desktop.domain.links.link import Link, LinkKind

    one, two = (Link(LinkKind.VIDEO, "youtube", name, name) for name in ("a", "b"))
    assert QuestionSubject(links=(one, two)).key == QuestionSubject(links=(two, one)).key
    assert QuestionSubject(links=(one,)).key != QuestionSubject().key


def test_the_program_starts_without_the_stemmers() -> None:
    """They take a fifth of a second to load, and only passages need them."""
    code = (
        "import sys, notegen_desktop.services.asking.asker; print('snowballstemmer' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
