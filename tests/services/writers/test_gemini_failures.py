"""The Gemini writer in trouble: refusals, broken streams, bad addresses, waits without end."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from notegen_desktop.domain.errors import (
    AnswerUnusable,
    ApiDisabled,
    BillingNeeded,
    CreditsGone,
    InvalidSetting,
    KeyMissing,
    KeyRejected,
    ModelNotFound,
    NetworkUnreachable,
    NoFreeTier,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    RegionUnsupported,
    RequestRejected,
    ServiceUnavailable,
    SomethingElseAnswered,
    TimedOut,
)
from notegen_desktop.services.writers.gemini import GeminiWriter
from notegen_desktop.services.writers.gemini_api import DEFAULT_URL, BaseUrl, base_url
from notegen_desktop.services.writers.gemini_models import GeminiCatalogue
from notegen_desktop.services.writers.wire import Limits
from tests.fakes.gemini import FakeGemini, Script
from tests.services.writing import KEY, failure, write

SECTION = {"heading": "H", "cites": [], "concise": "a", "standard": "b", "comprehensive": "c"}

# --- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fail", "error"),
    [
        ("rate_limited", RateLimited),
        ("quota", QuotaExhausted),
        ("no_free_tier", NoFreeTier),
        ("unavailable", ServiceUnavailable),
        ("overloaded", ServiceUnavailable),
        ("internal", ServiceUnavailable),
        ("reset", ServiceUnavailable),
        ("bad_key", KeyRejected),
        ("forbidden", KeyRejected),
        ("not_found", ModelNotFound),
        ("bad_request", RequestRejected),
        ("redirect", RequestRejected),
        ("page", SomethingElseAnswered),
        ("api_disabled", ApiDisabled),
        ("billing", BillingNeeded),
        ("region", RegionUnsupported),
        ("credits", CreditsGone),
    ],
)
async def test_each_refusal_has_its_error_and_is_not_tried_again(
    server: FakeGemini, writer: GeminiWriter, fail: str, error: type[NoteGenError]
) -> None:
    server.script = Script(fail=fail, retry_after_s=17.5)
    raised, _ = await failure(writer)

    assert type(raised) is error
    assert len(server.all_requests) == 1
    if isinstance(raised, (RateLimited, ServiceUnavailable)) and fail != "reset":
        assert raised.retry_after_s == pytest.approx(17.5)


@pytest.mark.parametrize(
    ("status", "error"), [(403, SomethingElseAnswered), (502, ServiceUnavailable)]
)
async def test_a_page_of_a_filter_is_not_taken_for_a_word_about_the_key(
    server: FakeGemini, writer: GeminiWriter, status: int, error: type[NoteGenError]
) -> None:
    page = b"<html><head><title>Blocked by Example Filter</title></head><body>No.</body></html>"
    server.recording = (status, "text/html", page)
    raised, _ = await failure(writer)

    assert type(raised) is error
    assert "Blocked by Example Filter" in raised.message
    assert "<" not in raised.message


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cut", ServiceUnavailable),
        ("broken", ServiceUnavailable),
        ("reset", ServiceUnavailable),
        ("error", ServiceUnavailable),
        ("garbage", SomethingElseAnswered),
    ],
)
async def test_a_stream_that_breaks_is_never_taken_for_a_note(
    server: FakeGemini, writer: GeminiWriter, fault: str, error: type[NoteGenError]
) -> None:
    server.script = Script(fault=fault, fault_at=0.7, chunks=20)
    raised, states = await failure(writer, template_id="study-notes")

    assert type(raised) is error
    assert not any(state.finished for state in states)


async def test_the_rest_of_an_answer_may_be_that_nothing_is_left(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    """It broke off between its last section and its end."""
    kept = (await write(writer)).draft
    server.script = Script(text='{"title": "T", "sections": []}')
    rest = await write(writer, whole_sections=kept)
    assert rest.finished
    assert not rest.truncated
    assert rest.draft.sections == ()
    with pytest.raises(AnswerUnusable):
        await write(writer)


@pytest.mark.parametrize("fault", ["cut", "broken", "reset", "error"])
async def test_whole_sections_of_a_broken_stream_are_shown_so_that_they_can_be_kept(
    server: FakeGemini, writer: GeminiWriter, fault: str
) -> None:
    full = await write(writer, "study-notes")
    server.script = Script(seconds=0.1, fault=fault, fault_at=0.7, chunks=20)
    _, states = await failure(writer, template_id="study-notes")
    kept = states[-1].draft.kept()

    assert len(kept.sections) >= len(full.draft.sections) // 2
    assert kept.sections == full.draft.sections[: len(kept.sections)]


async def test_an_end_without_a_finish_reason_is_a_cut_stream(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    server.script = Script(finish="", fault="cut")
    raised, _ = await failure(writer)
    assert isinstance(raised, ServiceUnavailable)


@pytest.mark.parametrize("fault", ["", "reset", "error", "garbage"])
async def test_a_whole_note_without_a_finish_reason_is_kept(
    server: FakeGemini, writer: GeminiWriter, fault: str
) -> None:
    server.script = Script(finish="", fault=fault, fault_at=1.0)
    last = await write(writer)
    assert last.finished
    assert not last.truncated


async def test_no_connection_is_said_so() -> None:
    writer = GeminiWriter(api_key=lambda: KEY, url="http://127.0.0.1:1")
    raised, _ = await failure(writer)
    await writer.aclose()

    assert isinstance(raised, NetworkUnreachable)
    assert KEY not in str(raised.__dict__)


@pytest.mark.parametrize(
    ("script", "limits"),
    [
        (Script(seconds=9, first_byte_s=9), Limits(first_byte_s=0.1)),
        (Script(seconds=9, first_byte_s=0, chunks=3), Limits(idle_s=0.1)),
        (Script(seconds=9, first_byte_s=0, chunks=900), Limits(whole_s=0.3)),
    ],
    ids=["first byte", "idle", "whole"],
)
async def test_waiting_has_an_end_and_the_connection_too(
    server: FakeGemini, script: Script, limits: Limits
) -> None:
    """The whole answer would come within 9 s, and no other limit is as short."""
    server.script = script
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url, limits=limits)
    raised, _ = await failure(writer)

    assert isinstance(raised, TimedOut)
    assert await server.until(lambda s: s.requests[0].closed_early)
    await writer.aclose()


async def test_a_connection_that_stays_open_after_the_end_does_not_hold_up_the_note(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    server.script = Script(fault="stall", fault_at=1.0)
    state = await write(writer)  # to wait on would end as TimedOut

    assert state.finished
    assert await server.until(lambda s: s.requests[0].closed_early)


async def test_an_answer_without_end_is_given_up(server: FakeGemini) -> None:
    server.script = Script(text="x" * 300_000, chunks=30)
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url, limits=Limits(max_bytes=200_000))
    raised, _ = await failure(writer)
    await writer.aclose()

    assert isinstance(raised, AnswerUnusable)
    assert "without end" in raised.message


async def test_what_comes_packed_although_nobody_asked_is_unpacked(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    text = json.dumps({"title": "T", "sections": [SECTION]})
    event = {"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}]}
    packed = gzip.compress(f"data: {json.dumps(event)}\r\n\r\n".encode())
    server.recording = (200, "text/event-stream", packed)
    assert (await write(writer)).draft.title == "T"

    refused = {"error": {"code": 429, "message": "Please retry in 7s."}}
    server.recording = (429, "application/json", gzip.compress(json.dumps(refused).encode()))
    raised, _ = await failure(writer)
    assert isinstance(raised, RateLimited)
    assert raised.retry_after_s == 7


@pytest.mark.parametrize(
    ("packed", "error"),
    [
        (gzip.compress(b"x" * 9_000_000), AnswerUnusable),
        (b"\x1f\x8bno such thing", ServiceUnavailable),
    ],
    ids=["without end", "broken"],
)
async def test_what_is_packed_is_bounded_and_may_be_broken(
    server: FakeGemini, writer: GeminiWriter, packed: bytes, error: type[NoteGenError]
) -> None:
    server.play_for = lambda _seen: (200, "text/event-stream", packed)
    server.play(200, "", everything=True)
    raised, _ = await failure(writer)
    assert type(raised) is error
    with pytest.raises(error):
        await GeminiCatalogue(api_key=lambda: KEY, url=server.url).models()


async def test_of_a_refusal_that_breaks_off_the_status_counts(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    server.recording = (429, "application/json", b"\x1f\x8bno such thing")
    raised, _ = await failure(writer)
    assert isinstance(raised, RateLimited)


async def test_after_a_failure_the_next_note_is_written(
    server: FakeGemini, writer: GeminiWriter
) -> None:
    for fault in ("reset", "broken", "error"):
        server.script = Script(fault=fault)
        await failure(writer)
    server.script = Script()

    assert (await write(writer)).finished


async def test_no_connection_stays_open_when_the_writer_is_closed(server: FakeGemini) -> None:
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url)
    await asyncio.gather(*(write(writer, name) for name in ("chapters", "flashcards")))
    await writer.aclose()

    assert await server.until(lambda s: s.open_connections == 0, 1.0)


async def test_a_missing_key_is_told_before_anything_is_sent(server: FakeGemini) -> None:
    writer = GeminiWriter(api_key=lambda: "", url=server.url)
    raised, _ = await failure(writer)
    assert isinstance(raised, KeyMissing)
    assert server.all_requests == []


# --- where the API is ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (None, DEFAULT_URL),
        ("", DEFAULT_URL),
        ("https://gateway.example", "https://gateway.example/"),
        ("https://gateway.example/gemini/", "https://gateway.example/gemini/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://localhost:8080/", "http://localhost:8080/"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
        ("http://10.0.0.1/", "http://10.0.0.1/"),
        ("http://gateway.lan:4000", "http://gateway.lan:4000/"),
        ("https://gateway.example/gemini/v1beta/", "https://gateway.example/gemini/"),
        ("https://generativelanguage.googleapis.com/v1beta", DEFAULT_URL),
        (lambda: "https://gateway.example", "https://gateway.example/"),
    ],
)
def test_https_and_the_user_s_own_network_are_accepted(given: BaseUrl, used: str) -> None:
    assert base_url(given) == used


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example",
        "http://8.8.8.8/",
        "http://134744072/",
        "http://8.8.2056",
        "http://10.0.0.1.nip.io/",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "gateway.example",
        "https://user:secret@gateway.example/",
        "https://gateway.example/?key=x",
        "https://",
        "http://[::1",
    ],
)
def test_an_address_that_would_show_the_key_is_refused(url: str) -> None:
    with pytest.raises(InvalidSetting):
        GeminiWriter(api_key=lambda: KEY, url=url)


async def test_a_path_of_the_base_url_is_kept(server: FakeGemini) -> None:
    writer = GeminiWriter(api_key=lambda: KEY, url=f"{server.url}/gateway")
    await write(writer)
    await writer.aclose()
    assert server.requests[0].path.startswith("/gateway/v1beta/models/")


async def test_a_redirect_is_not_followed_so_the_key_stays(server: FakeGemini) -> None:
    with FakeGemini() as elsewhere:
        server.script = Script(fail="redirect", redirect_to=f"{elsewhere.url}/v1beta/x")
        writer = GeminiWriter(api_key=lambda: KEY, url=server.url)
        raised, _ = await failure(writer)
        await writer.aclose()

        assert isinstance(raised, RequestRejected)
        assert elsewhere.all_requests == []


async def test_a_proxy_of_the_environment_does_not_get_what_is_for_this_machine(
    server: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url)

    assert (await write(writer)).finished
    await writer.aclose()
