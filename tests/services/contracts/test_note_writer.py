"""What every writer owes its callers, held against all of them."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.asking.excerpt import Inquiry, whole_of
from notegen_desktop.domain.asking.passages import Source
from notegen_desktop.domain.engines.connection import Connection, KeyNeed, connection_of
from notegen_desktop.domain.errors import (
    KeyMissing,
    KeyRejected,
    ModelNotFound,
    NetworkUnreachable,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    TranscriptNeeded,
)
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Engine, Level
from notegen_desktop.domain.notes.review import ReviewItem
from notegen_desktop.services.machine.connections_file import read_presets
from notegen_desktop.services.ports import ModelInfo, NoteWriter, Writing
from notegen_desktop.services.writers.chat.models import ServerFacts
from notegen_desktop.services.writers.chat.writer import ChatWriter
from tests.fakes.assignments import assignment, talk
from tests.fakes.certificates import make_certificate
from tests.fakes.chat_server import FakeChat
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.labels import by_label

KEY = "AIzaSyFakeFakeFakeFakeFakeFakeFakeFake"
PATIENCE_S = 5.0


@dataclass
class Bench:
    """A writer, and the service behind it where there is one."""

    engine: Engine
    server: Any
    make: Callable[[str | None], NoteWriter]
    writer: NoteWriter

    @property
    def online(self) -> bool:
        return self.server is not None


def _gemini(url: str) -> Callable[[str | None], NoteWriter]:
    from notegen_desktop.services.writers.gemini import GeminiWriter

    return lambda key: GeminiWriter(api_key=lambda: key, url=url)


def _legacy(url: str) -> Callable[[str | None], NoteWriter]:
    from notegen_desktop.services.writers.gemini_legacy import GeminiLegacyWriter

    return lambda key: GeminiLegacyWriter(api_key=lambda: key, url=url)


def _offline(url: str) -> Callable[[str | None], NoteWriter]:
    from notegen_desktop.services.writers.offline import OfflineWriter

    return lambda key: OfflineWriter()


class _Unasked(ServerFacts):
    """Knows nothing of the server's models and does not ask: requests are of notes alone."""

    async def models(self, connection: Connection, api_key: str | None = None) -> list[ModelInfo]:
        return []


def _chat(wire: str) -> Callable[[str], Callable[[str | None], NoteWriter]]:
    presets = read_presets()

    def at(url: str) -> Callable[[str | None], NoteWriter]:
        base = f"{url}/v1" if wire == "openai" else url
        made = connection_of(wire, base, presets, preset=wire, context=200_000)
        made = replace(made, preset=replace(made.preset, key=KeyNeed.ALWAYS))
        facts = _Unasked(api_key=lambda _: None, presets=lambda: presets)
        return lambda key: ChatWriter(made, api_key=lambda: key, facts=facts)

    return at


WIRES = ("openai", "ollama", "anthropic")


def _has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


ENGINES = [
    pytest.param(Engine.GEMINI, id="gemini"),
    pytest.param(
        Engine.GEMINI_LEGACY,
        id="gemini-legacy",
        marks=pytest.mark.skipif(
            not _has("google.generativeai"), reason="the extra “legacy” is not installed"
        ),
    ),
    pytest.param(
        Engine.OFFLINE,
        id="offline",
        marks=pytest.mark.skipif(
            not _has("notegen_desktop.services.writers.offline"), reason="not in this build"
        ),
    ),
    *(pytest.param(Engine(wire), id=wire) for wire in WIRES),
]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.param


@pytest.fixture
def server(engine: Engine) -> Iterator[Any]:
    context: AbstractContextManager[Any]
    if engine is Engine.GEMINI:
        context = FakeGemini(Script(chunks=12))
    elif engine is Engine.GEMINI_LEGACY:
        from tests.fakes.gemini_grpc import FakeGeminiGrpc

        context = FakeGeminiGrpc(Script(chunks=12))
    elif engine in WIRES:
        context = FakeChat(engine, Script(chunks=12))
    else:
        context = nullcontext()
    with context as running:
        yield running


@pytest.fixture
async def bench(engine: Engine, server: Any) -> AsyncIterator[Bench]:
    makers = {
        Engine.GEMINI: _gemini,
        Engine.GEMINI_LEGACY: _legacy,
        Engine.OFFLINE: _offline,
        **{Engine(wire): _chat(wire) for wire in WIRES},
    }
    make = makers[engine](server.url if server else "")
    bench = Bench(engine, server, make, make(KEY))
    yield bench
    await bench.writer.aclose()


async def _all(writer: NoteWriter, **changes: Any) -> list[Writing]:
    return [writing async for writing in writer.write(assignment(**changes))]


def _grows(before: Draft, after: Draft) -> bool:
    """Whether a draft only adds to an earlier one: more sections, and a longer last one."""
    if len(after.sections) < len(before.sections):
        return False
    whole = len(before.sections) if before.whole else len(before.sections) - 1
    return before.sections[: max(0, whole)] == after.sections[: max(0, whole)]


async def test_it_names_its_engine(bench: Bench) -> None:
    assert bench.writer.engine is bench.engine


async def test_drafts_grow_and_the_last_state_alone_is_finished(bench: Bench) -> None:
    states = await _all(bench.writer)

    assert [state.finished for state in states] == [False] * (len(states) - 1) + [True]
    for earlier, later in pairwise(states):
        assert _grows(earlier.draft, later.draft)
        assert later.progress >= earlier.progress
    assert len(states) > 2
    assert states[-1].draft.whole
    assert not states[-1].truncated
    assert states[-1].progress == 1.0


@pytest.mark.parametrize("template_id", ["basic-summary", "study-notes", "flashcards", "chapters"])
async def test_every_section_has_a_heading_cites_of_the_talk_and_three_levels(
    bench: Bench, template_id: str
) -> None:
    labels = by_label(talk())
    final = (await _all(bench.writer, template_id=template_id))[-1]

    assert final.draft.sections
    cited: list[str] = []
    for section in final.draft.sections:
        assert section.heading.strip()
        assert set(section.cites) <= {*labels, "0:00"}
        texts = [section.at(level) for level in Level]
        cited += [*section.cites, *re.findall(r"\[(\d+)\]", "".join(texts))]
        assert all(text.strip() for text in texts)
        assert len(set(texts)) == 3
    assert cited


async def test_usage_is_cumulative_and_counts_one_request_where_one_was_made(bench: Bench) -> None:
    states = await _all(bench.writer)
    usage = states[-1].usage

    assert usage.requests == (1 if bench.online else 0)
    assert (usage.input_tokens > 0) == bench.online
    assert (usage.output_tokens > 0) == bench.online
    for earlier, later in pairwise(states):
        assert later.usage.output_tokens >= earlier.usage.output_tokens


async def test_without_a_key_nothing_is_sent(bench: Bench) -> None:
    if not bench.online:
        pytest.skip("this engine needs no key")
    writer = bench.make(None)
    with pytest.raises(KeyMissing):
        await anext(writer.write(assignment()))
    await writer.aclose()
    assert bench.server.requests == []


async def test_without_a_transcript_the_mode_transcript_is_refused(bench: Bench) -> None:
    with pytest.raises(TranscriptNeeded):
        await anext(bench.writer.write(assignment(transcript=None)))
    if bench.online:
        assert bench.server.requests == []


async def test_writing_side_by_side_mixes_nothing(bench: Bench) -> None:
    if bench.online:
        bench.server.script = Script(seconds=0.3, chunks=20)
    templates = ["basic-summary", "study-notes", "flashcards", "chapters"]
    alone = {name: (await _all(bench.writer, template_id=name))[-1].draft for name in templates}

    async def write(name: str) -> Draft:
        return (await _all(bench.writer, template_id=name))[-1].draft

    together = await asyncio.gather(*(write(name) for name in templates))

    assert dict(zip(templates, together, strict=True)) == alone


async def test_two_writings_may_be_read_in_turns_by_one_task(bench: Bench) -> None:
    first = bench.writer.write(assignment("basic-summary"))
    second = bench.writer.write(assignment("chapters"))
    heads: dict[int, Writing] = {}
    open_streams = {0: first, 1: second}
    while open_streams:
        for number, stream in list(open_streams.items()):
            try:
                heads[number] = await anext(stream)
            except StopAsyncIteration:
                del open_streams[number]

    assert heads[0].finished
    assert heads[1].finished
    assert heads[0].draft == (await _all(bench.writer, template_id="basic-summary"))[-1].draft


# --- leaving early: the service must stop writing, whatever the way out ---------------------------


def _slow(bench: Bench) -> None:
    if not bench.online:
        pytest.skip("this engine has no connection")
    bench.server.script = Script(seconds=30.0, first_byte_s=0.0, chunks=600)


async def _closed(bench: Bench, number: int = 0) -> bool:
    return await bench.server.until(
        lambda s: len(s.requests) > number and s.requests[number].closed_early
    )


async def test_leaving_by_break_closes_the_connection(bench: Bench) -> None:
    _slow(bench)
    async with aclosing(bench.writer.write(assignment())) as stream:
        async for state in stream:
            if state.draft.sections:
                break

    assert await _closed(bench)


async def test_leaving_by_break_without_closing_the_generator_closes_the_connection_too(
    bench: Bench,
) -> None:
    _slow(bench)

    async def careless() -> None:
        async for state in bench.writer.write(assignment()):
            if state.draft.sections:
                return

    await careless()
    assert await _closed(bench)


async def test_an_error_of_the_reader_closes_the_connection(bench: Bench) -> None:
    _slow(bench)

    async def stumble() -> None:
        async with aclosing(bench.writer.write(assignment())) as stream:
            async for _ in stream:
                raise RuntimeError("the reader stumbles")

    with pytest.raises(RuntimeError, match="stumbles"):
        await stumble()
    assert await _closed(bench)


@pytest.mark.parametrize("where", ["first byte", "stream", "loop body"])
async def test_cancelling_closes_the_connection_wherever_it_lands(bench: Bench, where: str) -> None:
    _slow(bench)
    if where == "first byte":
        bench.server.script = Script(seconds=30.0, first_byte_s=30.0)
    reached = asyncio.Event()

    async def read() -> None:
        async with aclosing(bench.writer.write(assignment())) as stream:
            async for _ in stream:
                reached.set()
                if where == "loop body":
                    await asyncio.Event().wait()

    task = asyncio.create_task(read())
    if where == "first byte":
        assert await bench.server.until(lambda s: s.requests)
    else:
        await asyncio.wait_for(reached.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await _closed(bench)


async def test_cancelling_one_leaves_its_siblings_alone(bench: Bench) -> None:
    if not bench.online:
        pytest.skip("this engine has no connection")
    bench.server.script = {
        "chapters": Script(seconds=30.0, first_byte_s=0.0, chunks=600),
        "basic-summary": Script(seconds=0.4, chunks=20),
    }

    async def last(name: str) -> Writing:
        return (await _all(bench.writer, template_id=name))[-1]

    doomed = asyncio.create_task(last("chapters"))
    sibling = asyncio.create_task(last("basic-summary"))
    assert await bench.server.until(lambda s: len(s.requests) == 2)
    doomed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doomed
    finished = await sibling

    assert finished.finished


async def test_no_task_is_left_behind(bench: Bench) -> None:
    before = asyncio.all_tasks()
    await _all(bench.writer)
    async with aclosing(bench.writer.write(assignment())) as stream:
        await anext(stream)

    left = asyncio.all_tasks() - before
    if left:  # gRPC's own bookkeeping may need another turn of the loop
        _, left = await asyncio.wait(left, timeout=PATIENCE_S)
    assert not left


# --- whom it trusts: what this machine trusts, and nothing else ----------------------------------


@pytest.fixture
def secure(engine: Engine, tmp_path: Path) -> Iterator[tuple[Any, Path]]:
    """The service over TLS, with a certificate that nobody trusts yet."""
    certificate = make_certificate(tmp_path)
    server: AbstractContextManager[Any]
    if engine is Engine.GEMINI:
        server = FakeGemini(certificate=certificate)
    elif engine is Engine.GEMINI_LEGACY:
        from tests.fakes.gemini_grpc import FakeGeminiGrpc

        server = FakeGeminiGrpc(certificate=certificate)
    elif engine in WIRES:
        server = FakeChat(engine, certificate=certificate)
    else:
        pytest.skip("this engine has no connection")
    with server as running:
        yield running, certificate.certificate


def _secured(engine: Engine, url: str) -> NoteWriter:
    if engine in WIRES:
        return _chat(engine)(url)(KEY)
    return (_gemini if engine is Engine.GEMINI else _legacy)(url)(KEY)


async def test_a_server_that_this_machine_does_not_trust_gets_no_key(
    engine: Engine, secure: tuple[Any, Path]
) -> None:
    server, _ = secure
    writer = _secured(engine, server.url)
    with pytest.raises(NetworkUnreachable) as caught:
        await _all(writer)
    await writer.aclose()

    assert "certificate" in caught.value.message
    assert server.state.requests == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere trust is no matter of a file")
async def test_a_server_that_this_machine_trusts_is_used(
    engine: Engine, secure: tuple[Any, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, trusted = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    writer = _secured(engine, server.url)
    states = await _all(writer)
    await writer.aclose()

    assert states[-1].finished


# --- how it is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fail", "error"),
    [
        ("rate_limited", RateLimited),
        ("quota", QuotaExhausted),
        ("overloaded", ServiceUnavailable),
        ("internal", ServiceUnavailable),
        ("bad_key", KeyRejected),
        ("not_found", ModelNotFound),
    ],
)
async def test_a_refusal_is_told_apart_and_asked_for_once(
    bench: Bench, fail: str, error: type[NoteGenError]
) -> None:
    if not bench.online:
        pytest.skip("nobody refuses here")
    bench.server.script = Script(fail=fail, retry_after_s=7.0)
    with pytest.raises(error) as caught:
        await _all(bench.writer)
    assert len(bench.server.requests) == 1
    assert KEY not in f"{caught.value.message}{caught.value.hint}"
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after_s == pytest.approx(7.0)
        assert caught.value.limit_per_minute, "the dimension is named"


@pytest.mark.parametrize("fault", ["cut", "error"])
async def test_of_an_answer_that_breaks_off_the_whole_sections_come(
    bench: Bench, fault: str
) -> None:
    if not bench.online:
        pytest.skip("this engine has no connection")
    bench.server.script = Script(chunks=40, fault=fault, fault_at=0.7)
    states: list[Writing] = []

    async def read() -> None:
        async for state in bench.writer.write(assignment("study-notes")):
            states.append(state)

    with pytest.raises(ServiceUnavailable):
        await read()
    assert states[-1].draft.sections
    assert not states[-1].finished


async def test_a_limit_that_is_kept_to_by_the_server_is_told(bench: Bench) -> None:
    if not bench.online:
        pytest.skip("this engine has no limits")
    bench.server.state.quota.requests_per_minute = 2
    for _ in range(2):
        await _all(bench.writer)
    with pytest.raises(RateLimited) as caught:
        await _all(bench.writer)
    assert caught.value.limit_per_minute == 2


async def test_several_notes_in_one_answer_are_told_apart(bench: Bench) -> None:
    if not bench.online:
        pytest.skip("this engine writes one note at a time")
    first, *others = (assignment(name) for name in ("basic-summary", "chapters", "flashcards"))
    joint = assignment(first.template.id, others=tuple(others))
    states = [state async for state in bench.writer.write(joint)]
    assert len(bench.server.requests) == 1
    assert [note.finished for note in states[-1].notes] == [True] * 3
    for one, note in zip((first, *others), states[-1].notes, strict=True):
        async with aclosing(bench.writer.write(one)) as alone:
            *_, last = [state async for state in alone]
        wanted = {section.heading for section in one.template.sections if not section.repeat}
        assert wanted <= {section.heading for section in note.draft.sections}
        assert len(last.draft.sections) == len(note.draft.sections)


@pytest.mark.parametrize("said", [True, False])
async def test_a_question_is_answered(bench: Bench, said: bool) -> None:
    if not bench.online:
        pytest.skip("this engine answers no questions")
    words = "zygomorphic quokkas" if not said else talk().segments[4].text
    source = Source(Video("talk", ""), talk())
    asked = assignment(inquiry=Inquiry(words, whole_of(source)))
    states = [state async for state in bench.writer.write(asked)]
    last = states[-1]
    assert last.finished
    assert not last.truncated
    assert last.said is said
    (section,) = last.draft.sections
    assert bool(section.standard) is said
    assert last.usage.input_tokens
    assert last.usage.output_tokens


async def test_statements_are_judged_one_by_one(bench: Bench) -> None:
    if not bench.online:
        pytest.skip("this engine judges nothing")
    said = tuple(
        ReviewItem(0, "Rivers", f"Statement {number}.", ((number * 5.0, number * 5.0 + 4),))
        for number in range(1, 8)
    )
    bench.server.script = Script(judge=lambda words, _: "no" if "3" in words else "yes")
    states = [state async for state in bench.writer.write(assignment(statements=said))]
    last = states[-1]
    assert last.finished
    assert not last.truncated
    assert {number: review.says.value for number, review in last.reviews.items()} == {
        number: "no" if number == 3 else "yes" for number in range(1, 8)
    }
    assert last.reviews[3].reason
    assert last.usage.input_tokens
    assert last.usage.output_tokens
