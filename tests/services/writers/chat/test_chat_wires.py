"""What chat servers do beside the contract: thoughts, odd refusals, other forms of an answer."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from notegen_desktop.domain.engines.connection import Connection, Preset, Structured, connection_of
from notegen_desktop.domain.errors import (
    AnswerUnusable,
    KeyRejected,
    ModelNotFound,
    NoteGenError,
    RateLimited,
    RequestRejected,
    RequestTooLarge,
    ServiceUnavailable,
)
from notegen_desktop.services.machine.connections_file import read_presets
from notegen_desktop.services.ports import Writing
from notegen_desktop.services.writers.chat.models import ServerFacts
from notegen_desktop.services.writers.chat.writer import ChatWriter
from tests.fakes.assignments import assignment
from tests.fakes.chat_server import FakeChat
from tests.fakes.gemini_script import Script
from tests.fakes.gemini_state import Quota

PRESETS = read_presets()
KEY = "sk-test-0123456789abcdef"


@pytest.fixture(params=["openai", "ollama", "anthropic"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeChat]:
    with FakeChat(request.param) as running:
        yield running


@pytest.fixture
def openai() -> Iterator[FakeChat]:
    with FakeChat("openai") as running:
        yield running


def connection_to(server: FakeChat, **changes: Any) -> Connection:
    preset: Preset = PRESETS[{"openai": "custom"}.get(server.wire, server.wire)]
    made = connection_of("mine", server.address, PRESETS, preset=preset.name, context=100_000)
    return replace(made, **changes)


Ask = Callable[..., Any]


@pytest.fixture
async def ask() -> AsyncIterator[Ask]:
    """The last state of a note that a server writes."""
    writers: dict[str, ChatWriter] = {}

    async def last(server: FakeChat, *, key: str | None = KEY, **changes: Any) -> Writing:
        told = {name: changes.pop(name) for name in ("preset", "context") if name in changes}
        connection = connection_to(server, **told)
        if server.url not in writers:
            facts = ServerFacts(api_key=lambda _: key, presets=lambda: PRESETS)
            writers[server.url] = ChatWriter(connection, api_key=lambda: key, facts=facts)
        stream = writers[server.url].write(assignment(model="small-instruct", **changes))
        return [state async for state in stream][-1]

    yield last
    for writer in writers.values():
        await writer.aclose()


@pytest.mark.parametrize(
    "thought",
    [
        '<think>Perhaps {"title": "wrong"} or not.</think>\n\n',
        "So { it is.\n</think>\n",
        '[THINK]Perhaps {"title": "wrong"}[/THINK]',
        "<thinking>Maybe [1].</thinking>",
        '<|channel|>analysis<|message|>I write {"title": 1}.<|end|><|start|>assistant'
        "<|channel|>final<|message|>",
    ],
)
async def test_thoughts_never_get_into_a_note(server: FakeChat, ask: Ask, thought: str) -> None:
    plain = await ask(server)
    server.thinks = thought
    assert (await ask(server)).draft == plain.draft


async def test_words_before_the_json_do_no_harm(openai: FakeChat, ask: Ask) -> None:
    plain = await ask(openai)
    openai.thinks = "Here are the notes as JSON:\n"
    assert (await ask(openai)).draft == plain.draft


@pytest.mark.parametrize("fault", ["cut", "broken", "reset", "error"])
async def test_an_answer_that_breaks_off_is_none(server: FakeChat, ask: Ask, fault: str) -> None:
    server.script = Script(fault=fault, chunks=20)
    with pytest.raises(ServiceUnavailable):
        await ask(server)


@pytest.mark.parametrize("body", ["[" * 60_000, "<!doctype html><p>Bad gateway"])
async def test_an_error_that_is_no_json_is_told_without_its_body(
    openai: FakeChat, ask: Ask, body: str
) -> None:
    openai.play(503, body)
    with pytest.raises(ServiceUnavailable) as caught:
        await ask(openai)
    assert "gateway" not in caught.value.message


async def test_a_page_is_no_answer(server: FakeChat, ask: Ask) -> None:
    server.script = Script(fail="page")
    with pytest.raises(AnswerUnusable, match="not an answer of mine"):
        await ask(server)


async def test_a_redirect_is_not_followed_and_gets_no_key(server: FakeChat, ask: Ask) -> None:
    with FakeChat(server.wire) as other:
        server.script = Script(fail="redirect", redirect_to=f"{other.url}/v1/chat/completions")
        with pytest.raises(RequestRejected, match="leads to another"):
            await ask(server)
        assert other.all_requests == []


async def test_a_wrong_key_and_a_model_that_is_not_there_are_named(
    server: FakeChat, ask: Ask
) -> None:
    server.state.keys = {"another"}
    with pytest.raises(KeyRejected, match="mine does not accept"):
        await ask(server)
    server.state.keys = None
    server.state.retired = {"small-instruct": "large-instruct"}
    with pytest.raises(ModelNotFound) as caught:
        await ask(server)
    assert "ollama pull small-instruct" in caught.value.hint


async def test_without_a_key_no_key_header_is_sent(server: FakeChat, ask: Ask) -> None:
    free = replace(connection_to(server).preset, key="maybe")
    await ask(server, key=None, preset=free)
    headers = server.requests[0].headers
    assert "authorization" not in headers
    assert "x-api-key" not in headers


async def test_a_limit_of_requests_and_one_of_tokens_are_learnt_with_their_wait(
    openai: FakeChat, ask: Ask
) -> None:
    openai.state.quota = Quota(requests_per_minute=1)
    await ask(openai)
    with pytest.raises(RateLimited) as caught:
        await ask(openai)
    assert caught.value.limit_per_minute == 1
    assert caught.value.tokens_per_minute is None
    assert 50 < (caught.value.retry_after_s or 0) <= 60
    openai.state.quota = Quota(tokens_per_minute=10)
    with pytest.raises(RateLimited) as caught:
        await ask(openai)
    assert caught.value.tokens_per_minute == 10


async def test_what_a_server_does_not_understand_it_is_not_told_again(
    openai: FakeChat, ask: Ask
) -> None:
    """Of four fields that it objects to one after the other, the first note finds all out."""

    def objects(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        form = (body.get("response_format") or {}).get("type")
        if "stream_options" in body:
            return {"detail": [{"loc": ["body"], "msg": "Extra inputs: stream_options"}]}
        if "max_tokens" in body:
            words = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return {"error": {"message": words, "param": "max_tokens"}}
        if form == "json_schema":
            return {"error": "'response_format.type' json_schema is not supported"}
        if form == "json_object":
            return {"error": {"message": "This model knows no JSON mode."}}
        return None

    openai.objects = objects
    note = await ask(openai, max_output_tokens=9000)
    assert note.finished
    assert len(openai.bodies) == 5
    await ask(openai, max_output_tokens=9000)
    assert len(openai.bodies) == 6
    assert "Answer with one JSON object" in openai.bodies[-1]["messages"][1]["content"]


async def test_a_server_that_understands_nothing_is_left(openai: FakeChat, ask: Ask) -> None:
    openai.objects = lambda _body: {"error": "no"}
    with pytest.raises(RequestRejected):
        await ask(openai)
    assert len(openai.bodies) == len(Structured)


async def test_an_empty_answer_is_asked_for_in_a_plainer_form(openai: FakeChat, ask: Ask) -> None:
    openai.script = Script(text="")
    with pytest.raises(AnswerUnusable, match="empty"):
        await ask(openai)
    openai.script = Script()
    await ask(openai)
    forms = [body["response_format"]["type"] for body in openai.bodies]
    assert forms == ["json_schema", "json_object"]


@pytest.mark.parametrize(
    ("status", "body", "most"),
    [
        (400, {"error": {"type": "exceed_context_size_error", "n_ctx": 4096}}, 4096),
        (400, {"error": {"code": "context_length_exceeded",
                         "message": "This model's maximum context length is 8192 tokens."}}, 8192),
        (400, {"error": {"message": "prompt is too long: 210000 tokens > 200000 maximum"}}, 200000),
        (413, {"error": {"message": "Request too large for model `m` on tokens per minute (TPM): "
                                    "Limit 6000, Requested 18993"}}, 6000),
        (200, {"error": "The number of tokens is greater than the context length (4096)"}, 4096),
        (400, {"error": {"type": "exceed_context_size_error", "n_ctx": "many"}}, 0),
        (200, {"object": "error", "code": 400,
               "message": "The maximum context length is 4,096 tokens."}, 4096),
    ],
)  # fmt: skip
async def test_a_talk_that_does_not_fit_says_how_much_would(
    openai: FakeChat, ask: Ask, status: int, body: Any, most: int
) -> None:
    openai.play(status, body)
    with pytest.raises(RequestTooLarge) as caught:
        await ask(openai)
    assert caught.value.most_tokens == most


async def test_nothing_is_sent_that_leaves_no_room_for_an_answer(
    server: FakeChat, ask: Ask
) -> None:
    with pytest.raises(RequestTooLarge):
        await ask(server, context=4096)
    assert server.requests == []


async def test_the_window_is_named_to_ollama_and_never_cut_in_silence(ask: Ask) -> None:
    with FakeChat("ollama") as ollama:
        await ask(ollama, context=16_384)
        body = ollama.bodies[0]
    assert body["options"]["num_ctx"] == 16_384
    assert body["options"]["num_predict"] < 16_384
    assert (body["truncate"], body["shift"]) == (False, False)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


@pytest.mark.parametrize("words", ["a", "It writes </think> when it has thought."])
async def test_an_answer_that_is_not_streamed_is_read_too(
    openai: FakeChat, ask: Ask, words: str
) -> None:
    levels = {"concise": words, "standard": "b", "comprehensive": "c"}
    note = {"title": "T", "sections": [{"heading": "H", "cites": ["1"], **levels}]}
    message = {"role": "assistant", "content": [{"type": "text", "text": json.dumps(note)}]}
    openai.play(200, {"choices": [{"message": message, "finish_reason": "stop"}], "usage": None})
    assert (await ask(openai)).draft.sections[0].heading == "H"


@pytest.mark.parametrize(("told", "cost"), [(0.012, 0.012), (-5.0, 0.0), (float("nan"), 0.0)])
async def test_the_cost_that_a_server_tells_is_the_cost(
    openai: FakeChat, ask: Ask, told: float, cost: float
) -> None:
    events: list[dict[str, Any]] = [
        {"choices": [{"delta": {"content": '{"title":"T","sections":[{"heading":"H","cites":[],'
                                           '"concise":"a","standard":"b","comprehensive":"c"}]}'}}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "model": KEY},
        {"choices": None, "usage": {"prompt_tokens": 9, "completion_tokens": 7, "cost": told,
                                    "completion_tokens_details": {"reasoning_tokens": 3}}},
    ]  # fmt: skip
    openai.play(200, events, stream=True)
    state = await ask(openai)
    usage = state.usage
    assert state.model == "[key]", "whatever a server calls itself"
    assert (usage.cost_usd, usage.output_tokens, usage.thought_tokens) == (cost, 4, 3)


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"),
    [
        (402, {"error": {"message": "This request requires more credits"}}, {}, "credits_gone"),
        (429, {"error": {"code": "insufficient_quota", "message": "x"}}, {}, "credits_gone"),
        (402, {"error": {"message": "x"}}, {"Retry-After": "3"}, "rate_limited"),
        (429, {"error": {"message": "x"}}, {"Retry-After": "inf"}, "rate_limited"),
        (403, {"error": {"code": "model_not_found", "message": "x"}}, {}, "model_not_found"),
        (400, {"error": {"code": "content_filter", "message": "The response was filtered"}}, {},
         "answer_refused"),
        (403, {"error": {"code": 403, "message": "Your input was flagged",
                         "metadata": {"reasons": ["violence"]}}}, {}, "answer_refused"),
        (403, "<!DOCTYPE html><html><title>Web filter</title>", {}, "something_else_answered"),
        (407, "<html>Proxy Authentication Required", {}, "network_unreachable"),
        (503, {"error": {"message": "Loading model"}}, {}, "service_unavailable"),
        (529, {"type": "error", "error": {"type": "overloaded_error"}}, {}, "service_unavailable"),
        (429, {"error": {"message": "Rate limit reached on requests per day (RPD): Limit 1000. "
                                    "Please try again in 1m26.4s."}}, {}, "quota_exhausted"),
    ],
)  # fmt: skip
def test_refusals_of_many_vendors_are_told_apart(
    status: int, body: Any, headers: dict[str, str], kind: str
) -> None:
    from notegen_desktop.services.writers.chat.errors import ChatErrorAnswer, error_of

    error: NoteGenError = error_of(
        ChatErrorAnswer.of(status, body, headers),
        connection_of("mine", "https://x.example", PRESETS),
        model="small-instruct",
    )
    assert error.code() == kind


@pytest.mark.parametrize(
    ("headers", "requests", "tokens"),
    [
        ({"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": "1s"}, 60, None),
        ({"x-ratelimit-limit-requests": "14400", "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": "20h0m0s"}, None, None),
        ({"x-ratelimit-limit-tokens": "6000", "x-ratelimit-remaining-tokens": "0",
          "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59"}, None, 6000),
        ({"anthropic-ratelimit-input-tokens-limit": "50000",
          "anthropic-ratelimit-input-tokens-remaining": "0"}, None, 50000),
        ({"x-ratelimit-limit-req-minute": "6", "x-ratelimit-remaining-req-minute": "0"}, 6, None),
    ],
)  # fmt: skip
def test_limits_are_learnt_from_the_headers_of_each_vendor(
    headers: dict[str, str], requests: int | None, tokens: int | None
) -> None:
    from notegen_desktop.services.writers.chat.errors import ChatErrorAnswer, error_of

    error = error_of(
        ChatErrorAnswer.of(429, {"error": {"message": "Too many requests"}}, headers),
        connection_of("mine", "https://x.example", PRESETS),
    )
    assert isinstance(error, RateLimited)
    assert (error.limit_per_minute, error.tokens_per_minute) == (requests, tokens)


@pytest.mark.parametrize(
    ("headers", "words", "wait"),
    [
        ({"retry-after": "2.5"}, "", 2.5),
        ({"retry-after-ms": "1500"}, "", 1.5),
        ({"x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-reset-requests": "12s"}, "", 12.0),
        ({}, "Please try again in 5.289s.", 5.289),
        ({"x-ratelimit-reset-requests": "12ms"}, "", 0.012),
        ({"retry-after": "1e300"}, "", None),
        ({"retry-after-ms": "²"}, "", None),
        ({"x-ratelimit-reset": "Infinity"}, "", None),
        ({}, f"Please try again in {'9' * 400}s.", None),
    ],
)
def test_waits_are_read_in_every_spelling(
    headers: dict[str, str], words: str, wait: float | None
) -> None:
    from notegen_desktop.services.writers.chat.errors import ChatErrorAnswer

    told = ChatErrorAnswer.of(429, {"error": {"message": words}}, headers).retry_after_s
    assert told == (wait if wait is None else pytest.approx(wait))


GOOD = [
    ({"x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "499",
      "x-ratelimit-reset-requests": "120ms", "x-ratelimit-limit-tokens": "30000",
      "x-ratelimit-remaining-tokens": "24000", "x-ratelimit-reset-tokens": "12s"},
     {"requests": (500, 499, 0.12), "tokens": (30_000, 24_000, 12.0)}),
    ({"x-ratelimit-limit-requests": "14400", "x-ratelimit-remaining-requests": "14370",
      "x-ratelimit-reset-requests": "2m59.56s"}, {"requests": (14_400, 14_370, 179.56)}),
    ({"x-ratelimit-limit-req-minute": "6", "x-ratelimit-remaining-req-minute": "5",
      "x-ratelimit-limit-tokens-minute": "50000", "x-ratelimit-remaining-tokens-minute": "44000"},
     {"requests": (6, 5, None), "tokens": (50_000, 44_000, None)}),
    ({"date": "Mon, 30 Nov 2026 12:00:00 GMT",
      "anthropic-ratelimit-requests-limit": "50", "anthropic-ratelimit-requests-remaining": "49",
      "anthropic-ratelimit-requests-reset": "2026-11-30T12:00:01Z",
      "anthropic-ratelimit-input-tokens-limit": "30000",
      "anthropic-ratelimit-input-tokens-remaining": "25000",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-30T12:00:10Z",
      "anthropic-ratelimit-output-tokens-limit": "8000",
      "anthropic-ratelimit-output-tokens-remaining": "8000",
      "anthropic-ratelimit-output-tokens-reset": "2026-11-30T12:00:00Z",
      "anthropic-ratelimit-tokens-limit": "38000",
      "anthropic-ratelimit-tokens-remaining": "33000"},
     {"requests": (50, 49, 1.0), "tokens": (30_000, 25_000, 10.0),
      "output tokens": (8_000, 8_000, 0.0)}),
    ({"x-ratelimit-limit": "20", "x-ratelimit-remaining": "3"}, {"requests": (20, 3, None)}),
    ({"x-ratelimit-limit-requests": "many", "x-ratelimit-remaining-requests": "1"}, {}),
    ({"x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "told"), GOOD)
async def test_a_good_answer_tells_what_is_left_each_dimension_by_itself(
    openai: FakeChat, ask: Ask, headers: dict[str, str], told: dict[str, Any]
) -> None:
    openai.tells = headers
    allowances = (await ask(openai)).allowances
    assert {a.unit: (a.limit, a.remaining, a.reset_s) for a in allowances} == {
        unit: (limit, left, reset if reset is None else pytest.approx(reset))
        for unit, (limit, left, reset) in told.items()
    }


@pytest.mark.parametrize(
    ("span", "kind"), [("min", "rate_limited"), ("day", "quota_exhausted")]
)  # fmt: skip
def test_openrouters_headers_lie_in_the_body(span: str, kind: str) -> None:
    from notegen_desktop.services.writers.chat.errors import ChatErrorAnswer, error_of

    reset = str(int((time.time() + 30) * 1000))
    headers = {"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    words = f"Rate limit exceeded: free-models-per-{span}. "
    body = {"error": {"message": words, "code": 429, "metadata": {"headers": headers}}}
    error = error_of(
        ChatErrorAnswer.of(429, body), connection_of("mine", "https://x.example", PRESETS)
    )
    assert error.code() == kind
    if isinstance(error, RateLimited):
        assert error.retry_after_s == pytest.approx(30, abs=2)
        assert error.limit_per_minute == 20


def test_a_limit_of_what_is_written_is_no_limit_of_what_is_read() -> None:
    from notegen_desktop.services.writers.chat.errors import ChatErrorAnswer, error_of

    words = (
        "This request would exceed your organization's rate limit of 8,000 output tokens per minute"
    )
    body = {"type": "error", "error": {"type": "rate_limit_error", "message": words}}
    error = error_of(
        ChatErrorAnswer.of(429, body), connection_of("mine", "https://x.example", PRESETS)
    )
    assert isinstance(error, RateLimited)
    assert error.output_tokens_per_minute == 8_000
    assert (error.limit_per_minute, error.tokens_per_minute) == (None, None)


@pytest.mark.parametrize(
    "end",
    [
        {"finish_reason": "error", "native_finish_reason": "error"},
        {"finish_reason": "stop", "native_finish_reason": "network_error"},
        {"finish_reason": "insufficient_system_resource"},
        {"finish_reason": "abort"},
    ],
)
async def test_an_end_that_the_server_calls_a_fault_of_its_own_is_none(
    openai: FakeChat, ask: Ask, end: dict[str, str]
) -> None:
    begun = '{"title":"T","sections":[{"heading":"H","cites":["1"],"concise":"a",'
    events = [{"choices": [{"delta": {"content": begun}}]}, {"choices": [{"delta": {}, **end}]}]
    openai.play(200, events, stream=True)
    with pytest.raises(ServiceUnavailable):
        await ask(openai)


@pytest.mark.parametrize("detail", [[{"loc": ["body", "stream_options"], "msg": "Extra inputs"}]])
async def test_a_field_that_a_gateway_does_not_take_is_found_by_its_place(
    openai: FakeChat, ask: Ask, detail: list[dict[str, Any]]
) -> None:
    openai.objects = lambda body: {"detail": detail} if "stream_options" in body else None
    await ask(openai)
    assert [body["response_format"]["type"] for body in openai.bodies] == ["json_schema"] * 2


async def test_a_request_that_was_cut_in_silence_is_no_note(openai: FakeChat, ask: Ask) -> None:
    note = '{"title":"T","sections":[{"heading":"H","cites":["1"],"concise":"a",'
    rest = '"standard":"b","comprehensive":"c"}]}'
    whole = {"choices": [{"delta": {"content": note + rest}, "finish_reason": "stop"}]}
    openai.play(200, [whole | {"usage": {"prompt_tokens": 600}}], stream=True)
    with pytest.raises(RequestTooLarge) as caught:
        await ask(openai)
    assert caught.value.most_tokens == 600
    openai.play(200, [whole | {"usage": {"prompt_tokens": 0}}], stream=True)
    assert (await ask(openai)).finished, "a server that does not count"


def test_the_words_of_a_server_end_as_a_sentence() -> None:
    from notegen_desktop.services.writers.wire import told

    assert told("It did not", "Extra inputs") == "It did not: Extra inputs."
    assert told("It did not", "Why?") == "It did not: Why?"


async def test_thoughts_in_fields_of_their_own_are_no_note(openai: FakeChat, ask: Ask) -> None:
    note = '{"title":"T","sections":[{"heading":"H","cites":["1"],"concise":"a",'
    rest = '"standard":"b","comprehensive":"c"}]}'
    deltas: list[dict[str, Any]] = [
        {"reasoning": "{ secret"},
        {"reasoning_content": "{ secret"},
        {"reasoning_details": [{"type": "reasoning.text", "text": "{ secret"}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "{ secret"}]}]},
        {"content": [{"type": "text", "text": note}]},
        {"content": rest},
    ]
    events = [{"choices": [{"delta": delta}]} for delta in deltas]
    openai.play(200, [*events, {"choices": [{"delta": {}, "finish_reason": "stop"}]}], stream=True)
    draft = (await ask(openai)).draft
    assert [section.heading for section in draft.sections] == ["H"]
    assert "secret" not in str(draft)


@pytest.mark.parametrize("told", ["/home/anna/models/small.Q4.gguf", "C:\\Anna\\small.Q4.gguf"])
def test_a_model_that_is_called_by_its_path_is_known_by_its_file(told: str) -> None:
    from notegen_desktop.services.writers.chat.wires import model_name

    assert model_name(told) == "small.Q4.gguf"
    assert model_name("qwen/qwen3-8b") == "qwen/qwen3-8b"
