"""Gemini's Batch API on the wire: what is sent, and what is made of whatever comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerUnusable,
    KeyMissing,
    NoFreeTier,
    RateLimited,
    RequestRejected,
    ServiceUnavailable,
)
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.services.ports import BatchState
from notegen_desktop.services.writers.gemini import GeminiWriter
from notegen_desktop.services.writers.gemini_batches import GeminiBatches
from tests.fakes.assignments import assignment
from tests.fakes.gemini import FakeGemini, Script
from tests.services.writing import KEY


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini(Script(thoughts=70)) as running:
        yield running


@pytest.fixture
async def batches(server: FakeGemini) -> AsyncIterator[GeminiBatches]:
    made = GeminiBatches(api_key=lambda: KEY, url=server.url, safety=lambda: "high")
    yield made
    await made.aclose()


async def sent(batches: GeminiBatches, **facts: Any) -> str:
    request = await batches.compose(assignment(max_output_tokens=9_000, **facts))
    return await batches.send("a title", request.model, {"k": request.body})


@pytest.mark.parametrize("mode", [Mode.TRANSCRIPT, Mode.HYBRID])
async def test_a_request_in_a_batch_is_the_one_that_would_be_sent_at_once(
    server: FakeGemini, batches: GeminiBatches, mode: Mode
) -> None:
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url, safety=lambda: "high")
    asked = assignment(mode=mode, max_output_tokens=9_000)
    [_ async for _ in writer.write(asked)]
    await writer.aclose()
    await sent(batches, mode=mode)
    (at_once,) = server.requests
    (batch,) = server.batches.taken
    body = dict(batch.requests[0]["request"])
    assert body.pop("model") == "models/gemini-flash-lite-latest"
    assert body == at_once.body


async def test_an_answer_is_read_as_one_that_came_by_itself(
    server: FakeGemini, batches: GeminiBatches
) -> None:
    name = await sent(batches)
    assert await batches.find("a title") == [name]
    assert await batches.find("another") == []
    seen = await batches.look(name)
    assert seen is not None
    assert seen.state is BatchState.SUCCEEDED
    assert seen.ended_at > 0
    writing, error = batches.read(assignment(), seen.answer_to("k", 0))
    assert error is None
    assert writing.finished
    assert writing.draft.sections
    assert writing.usage.thought_tokens == 70
    assert writing.usage.input_tokens
    assert writing.model == "gemini-3.5-flash-lite"


async def test_a_batch_goes_through_its_states(server: FakeGemini, batches: GeminiBatches) -> None:
    server.batches.looks = 1
    name = await sent(batches)
    states = [seen.state for _ in range(2) if (seen := await batches.look(name))]
    assert states == [BatchState.UNDER_WAY, BatchState.SUCCEEDED]
    server.batches.ends = "EXPIRED"
    seen = await batches.look(name)
    assert seen is not None
    assert seen.state is BatchState.EXPIRED
    server.batches.ends = "FAILED"
    seen = await batches.look(name)
    assert seen is not None
    assert (seen.state, seen.words) == (BatchState.FAILED, "Batch processing failed.")
    await batches.cancel(name)
    assert server.batches.taken[0].cancelled
    seen = await batches.look(name)
    assert seen is not None
    assert seen.state is BatchState.CANCELLED
    assert await batches.look("batches/other") is None


async def test_many_batches_are_looked_through(server: FakeGemini, batches: GeminiBatches) -> None:
    request = await batches.compose(assignment())
    for number in range(45):
        await batches.send(f"title {number}", request.model, {"k": request.body})
    assert await batches.find("title 44") == ["batches/b45"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"error": {"code": 3, "message": "no"}}, RequestRejected),
        ({"error": {"code": 8, "message": "slow"}}, RateLimited),
        ({"error": {"code": 13, "message": "oh"}}, ServiceUnavailable),
        ({"error": {"code": [8], "message": "oh"}}, ServiceUnavailable),
        (
            {"error": {"code": 503, "message": "oh", "details": [{"@type": "x"}]}},
            ServiceUnavailable,
        ),
        ({"response": {"promptFeedback": {"blockReason": "SAFETY"}}}, AnswerRefused),
        (
            {
                "response": {
                    "candidates": [
                        {"content": {"parts": [{"text": "Hello"}]}, "finishReason": "STOP"}
                    ]
                }
            },
            AnswerUnusable,
        ),
        ({"response": {"candidates": "none"}}, ServiceUnavailable),
    ],
)
async def test_what_is_no_note_says_why(
    batches: GeminiBatches, answer: dict[str, Any], kind: type[Exception]
) -> None:
    writing, error = batches.read(assignment(), answer)
    assert not writing.draft.sections
    assert isinstance(error, kind)


async def test_a_refusal_of_the_batch_is_told_as_any_other(
    server: FakeGemini, batches: GeminiBatches
) -> None:
    server.script = Script(fail="no_free_tier")
    with pytest.raises(NoFreeTier):
        await sent(batches)
    server.script = Script(fail="page")
    keyless = GeminiBatches(api_key=lambda: None, url=server.url)
    with pytest.raises(KeyMissing):
        keyless.account()
    await keyless.aclose()


async def test_an_account_tells_nothing_of_the_key(batches: GeminiBatches) -> None:
    assert len(batches.account()) == 8
    assert batches.account() not in KEY
