"""The Gemini writer on the wire: what it sends, what it makes of answers, how it lets go."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from contextlib import aclosing
from typing import Any

import pytest

from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    KeyRejected,
    ModelNotFound,
    UnsupportedSource,
    VideoTooLong,
)
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Mode, Usage
from notegen_desktop.services.writers.gemini import GeminiWriter
from notegen_desktop.services.writers.gemini_request import fps_for, thinking_level
from tests.fakes.assignments import VIDEO, assignment
from tests.fakes.gemini import FakeGemini, Script
from tests.places import ROOT
from tests.services.writing import KEY, failure, write


def parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    return list(body["contents"][0]["parts"])


# --- what is sent -------------------------------------------------------------------------------


async def test_it_asks_for_structured_output_on_v1beta(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    await write(writer)
    [seen] = server.requests
    config = seen.body["generationConfig"]

    assert seen.path == "/v1beta/models/gemini-flash-lite-latest:streamGenerateContent"
    assert config["responseMimeType"] == "application/json"
    levels = config["responseSchema"]["properties"]["sections"]["items"]["properties"]
    assert set(levels) == {"heading", "cites", "concise", "standard", "comprehensive"}
    assert "temperature" not in config
    assert "thinkingBudget" not in json.dumps(seen.body)


async def test_the_key_travels_in_the_header_alone(
    server: FakeGemini, writer: GeminiWriter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await write(writer)
    [seen] = server.requests

    assert seen.headers["x-goog-api-key"] == KEY
    assert not seen.key_in_query
    assert KEY not in json.dumps(seen.body)
    assert KEY not in caplog.text


@pytest.mark.parametrize("key", ["AIza\u0430bc", "AIza one two", "AIza\nX-Evil: 1"])
async def test_what_can_be_no_key_is_refused_before_anything_is_sent(
    server: FakeGemini, key: str
) -> None:
    writer = GeminiWriter(api_key=lambda: key, url=server.url)
    raised, _ = await failure(writer)

    assert isinstance(raised, KeyRejected)
    assert key not in raised.message
    assert server.all_requests == []


async def test_blanks_around_a_key_do_not_matter(server: FakeGemini) -> None:
    writer = GeminiWriter(api_key=lambda: f"  {KEY}\n", url=server.url)
    await write(writer)
    await writer.aclose()
    assert server.requests[0].key == KEY


@pytest.mark.parametrize(
    "model", ["a?b", "a#b", "a b", "a\nb", "a%2Fb", "google/gemini-x", "ü", "../files", "."]
)
async def test_the_name_of_a_model_stays_whole_in_the_address(
    server: FakeGemini, writer: GeminiWriter, model: str
) -> None:
    await write(writer, model=model)
    assert server.requests[0].path == f"/v1beta/models/{model}:streamGenerateContent"


async def test_without_a_model_nothing_is_sent(server: FakeGemini, writer: GeminiWriter) -> None:
    raised, _ = await failure(writer, model="")

    assert isinstance(raised, ModelNotFound)
    assert server.all_requests == []


async def test_the_key_given_wins_over_those_in_the_environment_without_a_word(
    server: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "AIzaOfGoogle")
    monkeypatch.setenv("GEMINI_API_KEY", "AIzaOfGemini")
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url)
    await write(writer)
    await writer.aclose()

    assert server.requests[0].key == KEY


async def test_it_may_be_prepared_without_sending_anything(server: FakeGemini) -> None:
    for key in (KEY, None, "no key"):
        writer = GeminiWriter(api_key=lambda key=key: key, url=server.url)  # type: ignore[misc]
        await writer.prepare()
        await writer.aclose()

    assert server.all_requests == []


async def test_a_changed_key_counts_for_the_next_note(server: FakeGemini) -> None:
    keys = ["AIzaFirst", "AIzaSecond"]
    writer = GeminiWriter(api_key=lambda: keys[0], url=server.url)
    await write(writer)
    keys.pop(0)
    await write(writer)
    await writer.aclose()

    assert [seen.key for seen in server.requests] == ["AIzaFirst", "AIzaSecond"]


async def test_all_requests_of_a_video_begin_with_the_same_bytes(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    for name in ("basic-summary", "study-notes", "flashcards"):
        await write(writer, name, mode=Mode.HYBRID)
    bodies = [seen.body for seen in server.requests]

    assert len({json.dumps(body["systemInstruction"]) for body in bodies}) == 1
    assert len({json.dumps(parts(body)[:-1]) for body in bodies}) == 1
    assert len({json.dumps(parts(body)[-1]) for body in bodies}) == 3


async def test_in_video_mode_the_video_stands_before_the_text(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    await write(writer, mode=Mode.VIDEO, transcript=None)
    [seen] = server.requests
    first, *rest = parts(seen.body)

    assert seen.asked.video_uri == VIDEO.url
    assert first["fileData"]["mimeType"] == "video/*"
    assert "videoMetadata" not in first
    assert all("text" in part for part in rest)


async def test_a_transcript_needs_no_video_part(server: FakeGemini, writer: GeminiWriter) -> None:
    await write(writer)
    assert "fileData" not in json.dumps(server.requests[0].body)


async def test_a_long_video_is_watched_at_fewer_frames_so_that_it_fits(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    long = VIDEO.known(duration_s=4 * 3600.0)
    await write(writer, mode=Mode.VIDEO, video=long)
    [seen] = server.requests

    assert parts(seen.body)[0]["videoMetadata"] == {"fps": 0.53}
    assert seen.asked.video_tokens < 1_000_000


@pytest.mark.parametrize(
    ("hours", "fps"), [(0, None), (1, None), (2.5, None), (3, 0.83), (6, 0.23), (7.5, 0.11)]
)
def test_frames_a_second_follow_the_length(hours: float, fps: float | None) -> None:
    assert fps_for(hours * 3600) == fps


def test_a_video_beyond_the_window_is_refused_before_anything_is_sent() -> None:
    assert fps_for(None) is None
    with pytest.raises(VideoTooLong):
        fps_for(9 * 3600)


async def test_a_local_file_cannot_be_watched(server: FakeGemini, writer: GeminiWriter) -> None:
    film = Video(id="file:x", url="", provider="file", title="film.mp4")
    error, _ = await failure(writer, mode=Mode.VIDEO, video=film)

    assert isinstance(error, UnsupportedSource)
    assert server.requests == []


@pytest.mark.parametrize(
    ("model", "wanted", "sent"),
    [
        ("gemini-flash-lite-latest", "minimal", "minimal"),
        ("gemini-flash-latest", "high", "high"),
        ("gemini-pro-latest", "minimal", "low"),
        ("gemini-3.5-flash-lite", "low", "low"),
        ("models/gemini-3.8-flash", "medium", "medium"),
        ("gemini-4-hydrogen", "low", "low"),
        ("gemini-3.1-pro-preview", "minimal", "low"),
        ("gemini-2.5-flash", "low", ""),
        ("gemini-2.0-flash", "low", ""),
        ("gemma-4-31b-it", "low", ""),
        ("some-other-model", "low", ""),
        ("gemini-3.8-flash", "", ""),
        ("gemini-3.6-flash", "minimal", "minimal"),
        ("gemini-3.7-flash", "minimal", "low"),
        ("gemini-3.8-flash", "minimal", "low"),
        ("gemini-3.10-flash", "minimal", "low"),
        ("gemini-4-neon", "minimal", "low"),
        ("gemini-flash-latest", "minimal", "low"),
        ("gemini-4-neon", "xhigh", "xhigh"),
        ("gemini-4.5-hydrogen", "xhigh", "xhigh"),
        ("gemini-3.8-flash", "xhigh", "high"),
        ("gemini-flash-lite-latest", "xhigh", "high"),
        ("gemini-2.5-pro", "xhigh", ""),
    ],
)
def test_a_thinking_level_goes_to_models_that_take_one(model: str, wanted: str, sent: str) -> None:
    assert thinking_level(model, wanted) == sent


async def test_what_is_held_back_as_harmful_is_said_where_it_is_chosen(server: FakeGemini) -> None:
    chosen = ["default"]
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url, safety=lambda: chosen[0])
    await write(writer)
    chosen[0] = "high"
    await write(writer)
    chosen[0] = "none"
    await write(writer)
    await writer.aclose()
    usual, high, none = (seen.body.get("safetySettings", []) for seen in server.requests)

    assert usual == []
    assert [each["threshold"] for each in high] == ["BLOCK_ONLY_HIGH"] * 4
    assert [each["threshold"] for each in none] == ["OFF"] * 4
    assert len({each["category"] for each in none}) == 4


async def test_the_thinking_level_of_the_settings_is_sent(server: FakeGemini) -> None:
    level = ["low"]
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url, thinking=lambda: level[0])
    await write(writer)
    level[0] = "high"
    await write(writer)
    await write(writer, model="gemini-2.5-flash")
    await writer.aclose()
    low, high, none = (json.dumps(seen.body["generationConfig"]) for seen in server.requests)

    assert '"LOW"' in low
    assert '"HIGH"' in high
    assert "thinking" not in none


async def test_the_rest_of_a_note_is_asked_for_with_what_is_kept(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    full = await write(writer, "study-notes")
    kept = Draft("T", full.draft.sections[:2], whole=True)
    rest = await write(writer, "study-notes", whole_sections=kept)

    assert [s.heading for s in rest.draft.sections] == [s.heading for s in full.draft.sections[2:]]


# --- what an answer becomes ---------------------------------------------------------------------


async def test_usage_is_that_of_the_last_event_with_cache_and_thoughts(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    server.state.cache_minimum = 100
    server.script = Script(thoughts=453, output_tokens=5000, chunks=9)
    first = await write(writer, "basic-summary")
    second = await write(writer, "flashcards")
    seen = server.requests[1]

    assert first.usage.cached_tokens == 0
    assert second.usage == Usage(
        requests=1,
        input_tokens=seen.input_tokens,
        cached_tokens=seen.cached_tokens,
        output_tokens=5000,
        thought_tokens=453,
    )
    assert 0 < seen.cached_tokens < seen.input_tokens


async def test_the_model_behind_an_alias_is_named(writer: GeminiWriter) -> None:
    assert (await write(writer)).model == "gemini-3.5-flash-lite"


async def test_thoughts_are_no_part_of_the_note(server: FakeGemini, writer: GeminiWriter) -> None:
    plain = await write(writer)
    server.script = Script(thoughts=100)
    assert (await write(writer)).draft == plain.draft


async def test_the_first_state_comes_with_the_first_event(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    server.script = Script(seconds=30, first_byte_s=0.0, chunks=10, thoughts=20)
    async with aclosing(writer.write(assignment())) as stream:
        state = await asyncio.wait_for(anext(stream), 5)

    assert state.draft == Draft()
    assert state.usage.requests == 1
    assert state.usage.input_tokens > 0


async def test_an_answer_cut_at_its_length_keeps_the_whole_sections(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    full = await write(writer, "study-notes")
    server.script = Script(finish="MAX_TOKENS", fault_at=0.6)
    cut = await write(writer, "study-notes")

    assert cut.finished
    assert cut.truncated
    assert 0 < len(cut.draft.sections) < len(full.draft.sections)
    assert cut.draft.sections == full.draft.sections[: len(cut.draft.sections)]
    assert cut.draft.kept() == cut.draft


async def test_an_answer_cut_before_any_section_was_whole_is_an_error(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    server.script = Script(finish="MAX_TOKENS", fault_at=0.02)
    error, _ = await failure(writer)
    assert isinstance(error, AnswerTruncated)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("SAFETY", "safety"),
        ("RECITATION", "word for word"),
        ("PROHIBITED_CONTENT", "may not write about"),
        ("BLOCKLIST", "words"),
        ("SPII", "personal"),
        ("LANGUAGE", "language"),
    ],
)
async def test_a_refusal_is_an_error_with_its_reason_in_words(
    server: FakeGemini, writer: GeminiWriter, reason: str, words: str
) -> None:
    server.script = Script(finish=reason)
    error, _ = await failure(writer)

    assert isinstance(error, AnswerRefused)
    assert words in error.message
    assert not error.retryable


@pytest.mark.parametrize("reason", ["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT"])
async def test_a_blocked_prompt_is_a_refusal(
    server: FakeGemini, writer: GeminiWriter, reason: str
) -> None:
    server.script = Script(blocked=reason)
    error, _ = await failure(writer)
    assert isinstance(error, AnswerRefused)


@pytest.mark.parametrize("reason", ["MALFORMED_RESPONSE", "OTHER"])
async def test_an_odd_end_is_no_note(server: FakeGemini, writer: GeminiWriter, reason: str) -> None:
    server.script = Script(finish=reason)
    error, _ = await failure(writer)

    assert isinstance(error, AnswerUnusable)
    assert error.retryable


async def test_a_finish_reason_nobody_knows_is_no_note(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    server.script = Script(finish="SOMETHING_NEW")
    error, _ = await failure(writer)

    assert isinstance(error, AnswerUnusable)
    assert "SOMETHING_NEW" in error.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I cannot help with that.", "I cannot help with that."),
        ("", "empty"),
        ('{"title": "T"}', "no sections"),
        ('{"city": "Mexico City"}', "no sections"),
        ("[]", "not a note"),
    ],
)
async def test_what_is_no_note_is_said_to_be_none(
    server: FakeGemini, writer: GeminiWriter, text: str, words: str
) -> None:
    server.script = Script(text=text, chunks=2)
    error, _ = await failure(writer)

    assert isinstance(error, AnswerUnusable)
    assert words in error.message


# --- what is loaded when ------------------------------------------------------------------------


def test_nothing_heavy_is_loaded_before_the_first_note() -> None:
    code = (
        "import sys; import notegen_desktop.services.writers.gemini as g; "
        "g.GeminiWriter(api_key=lambda: 'k'); "
        "import notegen_desktop.services.writers.gemini_models; "
        "import notegen_desktop.services.writers.gemini_legacy; "
        "print([m for m in sys.modules if m.startswith(('google.', 'grpc', 'truststore'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
