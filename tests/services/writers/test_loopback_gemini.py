"""The loopback Gemini keeps to its script, so that what is proved against it is worth something."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from notegen_desktop.domain.notes.note import Mode, Part
from notegen_desktop.services.writers.gemini_request import compose
from tests.fakes.assignments import assignment, talk
from tests.fakes.gemini import FakeGemini, Quota, Script, in_turn
from tests.fakes.gemini_notes import ParsedRequest, write_note
from tests.fakes.labels import by_label
from tests.places import ROOT

MODEL = "gemini-flash-lite-latest"


def body(template_id: str = "basic-summary", **facts: Any) -> dict[str, Any]:
    """A request as the writers make it, in the plain JSON of the REST API."""
    request = compose(assignment(template_id, **facts), thinking="low")
    return {
        "systemInstruction": {"parts": [{"text": request.system}]},
        "contents": [{"role": "user", "parts": [{"text": text} for text in request.texts]}],
        "generationConfig": {"responseMimeType": "application/json"},
    }


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini(Script(chunks=4)) as running:
        yield running


@pytest.fixture
async def client(server: FakeGemini) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=server.url, headers={"x-goog-api-key": "AIzaFake"}, trust_env=False, timeout=30
    ) as client:
        yield client


async def ask(
    client: httpx.AsyncClient, template_id: str = "basic-summary", **facts: Any
) -> httpx.Response:
    path = f"/v1beta/models/{facts.pop('model', MODEL)}:streamGenerateContent?alt=sse"
    return await client.post(path, json=body(template_id, **facts))


def events(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.headers["content-type"] == "text/event-stream"
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line]


def text_of(happened: list[dict[str, Any]]) -> str:
    return "".join(
        part["text"]
        for event in happened
        for part in event["candidates"][0]["content"]["parts"]
        if not part.get("thought")
    )


def retry_delay(answer: httpx.Response) -> float:
    details = answer.json()["error"]["details"]
    [info] = [d for d in details if d["@type"].endswith("RetryInfo")]
    return float(info["retryDelay"].removesuffix("s"))


async def test_a_stream_has_the_shape_of_a_real_one(
    server: FakeGemini, client: httpx.AsyncClient
) -> None:
    server.script = Script(chunks=5, thoughts=40)
    happened = events(await ask(client))

    assert happened[0]["candidates"][0]["content"]["parts"][0]["thought"] is True
    assert [e["candidates"][0].get("finishReason") for e in happened] == [None] * 5 + ["STOP"]
    written = [e["usageMetadata"].get("candidatesTokenCount", 0) for e in happened]
    assert written == sorted(written)
    assert all(e["modelVersion"] == "gemini-3.5-flash-lite" for e in happened)
    note = json.loads(text_of(happened))
    labels = set(by_label(talk()))
    assert all(set(s["cites"]) <= labels and s["cites"] for s in note["sections"])


async def test_the_share_of_made_up_cites_is_the_one_asked_for(
    server: FakeGemini, client: httpx.AsyncClient
) -> None:
    server.script = Script(made_up=0.5)
    note = json.loads(text_of(events(await ask(client, "flashcards"))))
    cites = [cite for section in note["sections"] for cite in section["cites"]]
    invented = [cite for cite in cites if cite not in by_label(talk())]

    assert 0.2 < len(invented) / len(cites) < 0.8


async def test_headings_and_numbers_of_sections_follow_the_plan_of_the_prompt(
    server: FakeGemini, client: httpx.AsyncClient
) -> None:
    note = json.loads(text_of(events(await ask(client, "study-notes"))))
    headings = [section["heading"] for section in note["sections"]]

    assert headings[0] == "Overview"
    assert headings[-1] == "Application"
    assert len(headings) == len(set(headings))
    assert server.requests[0].template == "study-notes"


async def test_answers_take_the_time_they_are_told_to(
    server: FakeGemini, client: httpx.AsyncClient
) -> None:
    server.script = {
        "basic-summary": Script(seconds=0.2, chunks=20),
        "chapters": Script(seconds=0.4, chunks=20),
    }
    await asyncio.gather(ask(client, "basic-summary"), ask(client, "chapters"))
    async with asyncio.timeout(2):
        while not all(seen.ended for seen in server.requests):  # noqa: ASYNC110 - a plain field
            await asyncio.sleep(0)  # the server notes the end a moment after the last byte
    spent = {seen.template: seen.ended - seen.started for seen in server.requests}

    assert spent["basic-summary"] == pytest.approx(0.2, abs=0.1)
    assert spent["chapters"] == pytest.approx(0.4, abs=0.1)


async def test_scripts_may_be_taken_in_turn(server: FakeGemini, client: httpx.AsyncClient) -> None:
    server.script = in_turn(Script(fail="unavailable"), Script(fail="rate_limited"), Script())
    first = [(await ask(client, "chapters")).status_code for _ in range(4)]
    other = (await ask(client, "flashcards")).status_code

    assert first == [503, 429, 200, 200]
    assert other == 503


async def test_requests_a_minute_are_counted_and_the_wait_it_names_is_the_right_one(
    server: FakeGemini, client: httpx.AsyncClient
) -> None:
    server.state.quota = Quota(requests_per_minute=2, minute_s=0.6)
    statuses = [(await ask(client)).status_code for _ in range(2)]
    refused = await ask(client)
    wait = retry_delay(refused)

    assert statuses == [200, 200]
    assert refused.status_code == 429
    assert "PerMinute" in refused.text
    assert 0 < wait <= 0.6
    early = await ask(client)
    assert early.status_code == 429
    await asyncio.sleep(wait)
    assert (await ask(client)).status_code == 200
    # Another model has a quota of its own.
    assert (await ask(client, model="gemini-flash-latest")).status_code == 200


async def test_tokens_a_minute_are_counted(server: FakeGemini, client: httpx.AsyncClient) -> None:
    first = await ask(client)
    tokens = server.requests[0].input_tokens
    server.state.quota = Quota(tokens_per_minute=tokens + tokens // 2)

    assert first.status_code == 200
    refused = await ask(client)
    assert refused.status_code == 429
    assert "InputTokensPerMinute" in refused.text


async def test_a_day_has_an_end(server: FakeGemini, client: httpx.AsyncClient) -> None:
    server.state.quota = Quota(requests_per_day=1)
    await ask(client)
    refused = await ask(client)

    assert refused.status_code == 429
    assert "PerDay" in refused.text


async def test_no_more_than_so_many_at_once(server: FakeGemini, client: httpx.AsyncClient) -> None:
    server.state.quota = Quota(concurrent=2)
    server.script = Script(seconds=0.3)
    answers = await asyncio.gather(*(ask(client) for _ in range(5)))
    statuses = sorted(answer.status_code for answer in answers)

    assert statuses == [200, 200, 429, 429, 429]
    assert (await ask(client)).status_code == 200


async def test_a_prefix_is_cached_once_an_answer_to_it_has_begun(
    server: FakeGemini, client: httpx.AsyncClient
) -> None:
    server.state.cache_minimum = 1000
    server.script = Script(seconds=0.3, first_byte_s=0.15)
    await asyncio.gather(ask(client, "basic-summary"), ask(client, "chapters"))
    await ask(client, "flashcards")
    await ask(client, "flashcards", transcript=talk(40))
    first, second, third, other = server.requests

    assert (first.cached_tokens, second.cached_tokens) == (0, 0)
    assert 1000 < third.cached_tokens < third.input_tokens
    assert other.cached_tokens == 0


async def test_a_short_prefix_is_never_cached(
    server: FakeGemini, client: httpx.AsyncClient
) -> None:
    server.state.cache_minimum = 1_000_000
    await ask(client)
    await ask(client)
    assert [seen.cached_tokens for seen in server.requests] == [0, 0]


async def test_it_answers_without_streaming_counts_tokens_and_tells_models(
    server: FakeGemini, client: httpx.AsyncClient
) -> None:
    one = await client.post(f"/v1beta/models/{MODEL}:generateContent", json=body())
    count = await client.post(f"/v1beta/models/{MODEL}:countTokens", json=body())
    model = await client.get(f"/v1beta/models/{MODEL}")
    none = await client.get("/v1beta/models/gemini-0")

    assert one.json()["candidates"][0]["finishReason"] == "STOP"
    assert json.loads(text_of([one.json()]))["sections"]
    assert count.json()["totalTokens"] == server.requests[0].input_tokens
    assert model.json()["displayName"] == "Gemini Flash-Lite Latest"
    assert none.status_code == 404


async def test_a_key_is_wanted(server: FakeGemini, client: httpx.AsyncClient) -> None:
    server.state.keys = {"AIzaGood"}
    client.headers["x-goog-api-key"] = ""
    assert (await ask(client)).status_code == 403
    client.headers["x-goog-api-key"] = "AIzaBad"
    assert "API_KEY_INVALID" in (await ask(client)).text
    client.headers["x-goog-api-key"] = "AIzaGood"
    assert (await ask(client)).status_code == 200


def test_in_video_mode_cites_are_times_within_the_video() -> None:
    request = compose(assignment(mode=Mode.VIDEO, transcript=None), thinking="")
    parts = [
        {"fileData": {"fileUri": request.video_uri, "mimeType": "video/*"}},
        *({"text": text} for text in request.texts),
    ]
    asked = ParsedRequest.of({"contents": [{"parts": parts}]})
    note = write_note(asked)

    assert asked.video_tokens == 95 * 600
    cites = [cite for section in note["sections"] for cite in section["cites"]]
    assert cites
    assert all(0 <= int(c.split(":")[0]) * 60 + int(c.split(":")[1]) <= 600 for c in cites)


@pytest.mark.parametrize("mode", [Mode.TRANSCRIPT, Mode.VIDEO])
def test_of_a_part_it_cites_the_part_alone(mode: Mode) -> None:
    part = Part(start_s=200.0, end_s=400.0, first="41", last="80", number=2, count=3)
    if mode is Mode.VIDEO:
        part = replace(part, first="", last="")
    request = compose(assignment(mode=mode, part=part), thinking="")
    asked = ParsedRequest.of({"contents": [{"parts": [{"text": text} for text in request.texts]}]})
    cites = [cite for section in write_note(asked)["sections"] for cite in section["cites"]]

    assert cites
    if mode is Mode.TRANSCRIPT:
        assert all(41 <= int(cite) <= 80 for cite in cites)
    else:
        seconds = [int(c.split(":")[0]) * 60 + int(c.split(":")[1]) for c in cites]
        assert all(200 <= s <= 400 for s in seconds)


def test_it_runs_as_a_program_and_prints_its_address() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.gemini", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        answer = httpx.get(f"{url}/v1beta/models", headers={"x-goog-api-key": "k"}, trust_env=False)
        assert answer.json()["models"]
    finally:
        process.kill()
        process.communicate()


def test_it_stops_though_answers_are_under_way() -> None:
    with FakeGemini(Script(seconds=60, first_byte_s=0.0)) as server:
        client = httpx.Client(base_url=server.url, trust_env=False)
        path = f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse"
        with client.stream("POST", path, json=body(), headers={"x-goog-api-key": "k"}) as answer:
            server.stop()
            with pytest.raises(httpx.TransportError):  # cut off, not written to its end
                answer.read()
        client.close()
