"""Answers of the real service, recorded by others, are read right."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    KeyRejected,
    ModelNotFound,
    NoteGenError,
    QuotaExhausted,
    ServiceUnavailable,
)
from notegen_desktop.domain.notes.note import Draft, DraftSection, Usage
from notegen_desktop.services.ports import Writing
from notegen_desktop.services.writers.gemini import GeminiWriter
from tests.fakes.assignments import assignment
from tests.fakes.gemini import FakeGemini
from tests.places import SHARED

RECORDINGS = SHARED / "data" / "gemini_responses"


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini() as running:
        yield running


@pytest.fixture
async def writer(server: FakeGemini) -> AsyncIterator[GeminiWriter]:
    writer = GeminiWriter(api_key=lambda: "AIzaFake", url=server.url)
    yield writer
    await writer.aclose()


async def outcome(writer: GeminiWriter) -> tuple[NoteGenError | None, list[Writing]]:
    states: list[Writing] = []
    try:
        async for state in writer.write(assignment()):
            states.append(state)
    except NoteGenError as error:
        return error, states
    return None, states


def recordings(prefix: str = "") -> list[Any]:
    if not RECORDINGS.is_dir():
        reason = "the recorded answers are not on this machine"
        return [pytest.param(None, id="none", marks=pytest.mark.skip(reason=reason))]
    files = sorted(RECORDINGS.glob(f"{prefix}*.json"))
    return [pytest.param(path, id=path.stem) for path in files if path.stem != "models_list"]


def recorded(path: Path) -> tuple[int, Any]:
    response = json.loads(path.read_text("utf-8"))["interactions"][0]["response"]
    return response["status"]["code"], response["body"]


def played(server: FakeGemini, path: Path, *, stream: bool = True) -> None:
    """Let the server answer with a recording. One that did not stream is sent as one event."""
    status, body = recorded(path)
    server.play(status, body, stream=stream and status == 200 and not isinstance(body, str))


EXPECTED: dict[str, tuple[type[NoteGenError], str, Usage]] = {
    "error_400_bad_key_youtube": (KeyRejected, "API key not valid", Usage()),
    "error_404_model": (ModelNotFound, "gemini-", Usage()),
    "error_429_daily_20_long_retry": (QuotaExhausted, "gemini-3.8-flash (20)", Usage()),
    "error_503_high_demand": (ServiceUnavailable, "high demand", Usage()),
    "max_tokens": (AnswerTruncated, "cut off", Usage(1, 15, 0, 5, 0)),
    "safety_finish": (AnswerRefused, "safety", Usage(1, 14, 0, 0, 0)),
    "stream_sse_thoughts_usage": (AnswerUnusable, "1 2 3 4 5", Usage(1, 18, 0, 80, 35)),
    "stream_structured_llm": (AnswerUnusable, "no sections", Usage(1, 5, 0, 50, 453)),
    "structured_output": (AnswerUnusable, "no sections", Usage(1, 8, 0, 20, 0)),
    "youtube_unary_25flash": (AnswerUnusable, "This video demons", Usage(1, 17713, 0, 100, 1176)),
    "youtube_videoMetadata_fps": (AnswerUnusable, "Sure, here is", Usage(1, 4610, 0, 101, 0)),
}


@pytest.mark.parametrize("path", recordings())
async def test_every_recorded_answer_is_read_right(
    server: FakeGemini, writer: GeminiWriter, path: Path
) -> None:
    played(server, path)
    kind, words, usage = EXPECTED[path.stem]
    raised, states = await outcome(writer)

    assert raised is not None
    assert type(raised) is kind
    assert words in raised.message
    assert (states[-1].usage if states else Usage()) == usage


@pytest.mark.parametrize("path", recordings("youtube_"))
async def test_an_answer_that_does_not_stream_is_read_all_the_same(
    server: FakeGemini, writer: GeminiWriter, path: Path
) -> None:
    played(server, path, stream=False)
    kind, words, usage = EXPECTED[path.stem]
    raised, states = await outcome(writer)

    assert type(raised) is kind
    assert raised is not None
    assert words in raised.message
    assert states[-1].usage == usage


@pytest.mark.parametrize("path", recordings("stream_"))
async def test_every_text_of_a_recorded_stream_arrives_and_no_thought(
    server: FakeGemini, writer: GeminiWriter, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from notegen_desktop.services.writers import answer

    decoders: list[Any] = []
    real = answer.DraftDecoder

    def remembered(**facts: Any) -> Any:
        decoders.append(real(**facts))
        return decoders[-1]

    monkeypatch.setattr(answer, "DraftDecoder", remembered)
    played(server, path)
    await outcome(writer)
    status, body = recorded(path)
    events = (
        [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]
        if isinstance(body, str)
        else body
    )
    spoken = [
        part["text"]
        for event in events
        for part in event["candidates"][0]["content"]["parts"]
        if not part.get("thought")
    ]

    assert status == 200
    assert decoders[-1].text == "".join(spoken)


@pytest.mark.parametrize("path", recordings("stream_structured"))
async def test_a_recorded_stream_with_a_note_in_it_is_a_note(
    server: FakeGemini, writer: GeminiWriter, path: Path
) -> None:
    """The recorded events, byte for byte but for their text: thoughts first, then fragments, then
    an empty part with a signature and the finish reason."""
    _, events = recorded(path)
    section = DraftSection("Sand", ("1", "2"), "Short.", "Longer text.", "The longest text of all.")
    whole = {"title": "Rivers", "sections": [{**_plain(section)}]}
    text = json.dumps(whole)
    spoken = [e["candidates"][0]["content"]["parts"][0] for e in events]
    fragments = [part for part in spoken if part.get("text") and not part.get("thought")]
    size = -(-len(text) // len(fragments))
    for number, part in enumerate(fragments):
        part["text"] = text[number * size : (number + 1) * size]
    server.play(200, events, stream=True)
    raised, states = await outcome(writer)
    state = states[-1]

    assert raised is None
    assert state.finished
    assert state.draft == Draft("Rivers", (section,), whole=True)
    assert state.model == "gemini-3.6-flash"
    assert state.usage == Usage(1, 5, 0, 50, 453)


def _plain(section: DraftSection) -> dict[str, Any]:
    return {
        "heading": section.heading,
        "cites": list(section.cites),
        "concise": section.concise,
        "standard": section.standard,
        "comprehensive": section.comprehensive,
    }
