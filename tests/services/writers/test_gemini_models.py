"""The list of models, which is also the test of a key."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from notegen_desktop.domain.errors import (
    AnswerUnusable,
    KeyMissing,
    KeyRejected,
    NetworkUnreachable,
    NoteGenError,
    RequestRejected,
    ServiceUnavailable,
    TimedOut,
)
from notegen_desktop.services.writers import gemini_models
from notegen_desktop.services.writers.gemini_models import GeminiCatalogue
from notegen_desktop.services.writers.wire import Limits
from tests.fakes.gemini import FakeGemini
from tests.places import SHARED

KEY = "AIzaSyFakeFakeFakeFakeFakeFakeFakeFake"
RECORDING = SHARED / "data/gemini_responses/models_list.json"


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini(keys={KEY}) as running:
        yield running


async def test_models_that_write_notes_are_listed_the_aliases_first(server: FakeGemini) -> None:
    models = await GeminiCatalogue(api_key=lambda: KEY, url=server.url).models()

    assert [model.id for model in models] == [
        "gemini-flash-latest",
        "gemini-flash-lite-latest",
        "gemini-pro-latest",
        "gemini-4-hydrogen",
        "gemini-3.8-flash",
        "gemini-3.5-flash-lite",
        "gemini-2.5-flash",
    ]
    assert models[0].name == "Gemini Flash Latest"


async def test_all_pages_are_read(server: FakeGemini, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = GeminiCatalogue(api_key=lambda: KEY, url=server.url)
    whole = await catalogue.models()
    monkeypatch.setattr(gemini_models, "PAGE_SIZE", 2)

    assert await catalogue.models() == whole
    assert len(server.all_requests) > 4


async def test_the_key_goes_in_the_header_alone(server: FakeGemini) -> None:
    await GeminiCatalogue(api_key=lambda: KEY, url=server.url).models()
    [seen] = server.all_requests

    assert seen.headers["x-goog-api-key"] == KEY
    assert not seen.key_in_query


async def test_a_key_may_be_tried_before_it_is_kept(server: FakeGemini) -> None:
    catalogue = GeminiCatalogue(api_key=lambda: "AIzaOld", url=server.url)

    assert await catalogue.models(f" {KEY}\n")
    with pytest.raises(KeyRejected):
        await catalogue.models()


async def test_without_a_key_nothing_is_sent(server: FakeGemini) -> None:
    with pytest.raises(KeyMissing):
        await GeminiCatalogue(api_key=lambda: None, url=server.url).models()
    assert server.all_requests == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, {"error": {"code": 500, "message": "x"}}, ServiceUnavailable),
        (403, {}, KeyRejected),
        (302, {}, RequestRejected),
        (200, "<html>Please sign in</html>", AnswerUnusable),
        (200, [1], AnswerUnusable),
        (200, "[" * 100_000, AnswerUnusable),
        (500, "[" * 100_000, ServiceUnavailable),
    ],
)
async def test_other_answers_are_errors(
    server: FakeGemini, status: int, body: object, error: type[NoteGenError]
) -> None:
    server.play(status, body, everything=True)
    with pytest.raises(error):
        await GeminiCatalogue(api_key=lambda: KEY, url=server.url).models()


async def test_no_connection_is_said_so() -> None:
    with pytest.raises(NetworkUnreachable):
        await GeminiCatalogue(api_key=lambda: KEY, url="http://127.0.0.1:1").models()


async def test_a_silent_server_is_given_up(silent_port: int) -> None:
    catalogue = GeminiCatalogue(
        api_key=lambda: KEY, url=f"http://127.0.0.1:{silent_port}", limits=Limits(whole_s=0.1)
    )
    with pytest.raises(TimedOut):
        await catalogue.models()


async def test_the_recorded_list_holds_no_model_for_pictures_speech_or_search(
    server: FakeGemini,
) -> None:
    if not RECORDING.exists():
        pytest.skip("the recorded answers are not on this machine")
    body = json.loads(RECORDING.read_text("utf-8"))["interactions"][0]["response"]["body"]
    server.play(200, {"models": body["models"]}, everything=True)
    names = {m.id for m in await GeminiCatalogue(api_key=lambda: KEY, url=server.url).models()}

    assert {"gemini-flash-lite-latest", "gemini-3.6-flash", "gemini-2.5-pro"} <= names
    for word in ("tts", "image", "embedding", "banana", "veo", "lyria", "robotics", "research"):
        assert not [name for name in names if word in name]
    assert 15 < len(names) < 25


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and says nothing."""
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]
