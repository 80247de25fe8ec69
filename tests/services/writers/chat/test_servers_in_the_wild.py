"""What users of other programs report of servers: each report, told in our words, as its server's
own bytes. What is right is a note, or an error that says what to do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from notegen_desktop.domain.engines.connection import connection_of
from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerUnusable,
    CreditsGone,
    KeyRejected,
    ModelNotFound,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    RegionUnsupported,
    RequestTooLarge,
    ServiceUnavailable,
    VerificationNeeded,
)
from notegen_desktop.services.machine.connections_file import read_presets
from notegen_desktop.services.ports import Writing
from notegen_desktop.services.writers.chat.errors import ChatErrorAnswer
from notegen_desktop.services.writers.chat.models import ServerFacts
from notegen_desktop.services.writers.chat.writer import ChatWriter
from tests.fakes.assignments import assignment
from tests.fakes.chat_server import FakeChat

PRESETS = read_presets()
NOTE = json.dumps(
    {
        "title": "T",
        "sections": [
            {"heading": "H", "cites": ["1"], "concise": "a", "standard": "b", "comprehensive": "c"}
        ],
    }
)
Ask = Callable[[str], Any]


@pytest.fixture
def server() -> Iterator[FakeChat]:
    with FakeChat("openai") as running:
        yield running


@pytest.fixture
async def ask(server: FakeChat) -> AsyncIterator[Ask]:
    """The last state of a note of a server of this kind."""
    made: dict[str, ChatWriter] = {}

    async def last(kind: str) -> Writing:
        connection = connection_of("mine", server.address, PRESETS, preset=kind, context=100_000)
        connection = replace(connection, preset=replace(connection.preset, key="maybe"))
        if kind not in made:
            facts = ServerFacts(api_key=lambda _: None, presets=lambda: PRESETS)
            made[kind] = ChatWriter(connection, api_key=lambda: None, facts=facts)
        asked = assignment(model="m", max_output_tokens=9000)
        return [state async for state in made[kind].write(asked)][-1]

    yield last
    for writer in made.values():
        await writer.aclose()


def chunk(content: Any = None, **choice: Any) -> dict[str, Any]:
    return {
        "choices": [{"index": 0, "delta": {"content": content}, "finish_reason": None} | choice]
    }


HALVES = (chunk(NOTE[:40]), chunk(NOTE[40:]))
STOP: dict[str, Any] = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
FILTERED = {"hate": {"filtered": False, "severity": "safe"}}

STREAMS: dict[str, tuple[str, list[Any]]] = {
    "azure: the first event has no choices, the last no delta": (
        "azure",
        [
            {"choices": [], "model": "", "prompt_filter_results": [{"prompt_index": 0}]},
            *HALVES,
            STOP,
            {"choices": [{"index": 0, "finish_reason": None, "content_filter_results": FILTERED}]},
            {"choices": [], "usage": {"prompt_tokens": 7900, "completion_tokens": 40}},
        ],
    ),
    "deepseek: usage in each event, null but for the last, which ends it": (
        "deepseek",
        [
            *({**half, "usage": None} for half in HALVES),
            STOP | {"usage": {"prompt_tokens": 7900, "prompt_cache_hit_tokens": 800}},
        ],
    ),
    "a gateway: the answer in one event with its end and its usage": (
        "custom",
        [chunk(NOTE, finish_reason="stop") | {"usage": {"prompt_tokens": 7900}}],
    ),
    "a gateway: a null event, and a list of no event": (
        "custom",
        [None, [], "ping", *HALVES, STOP],
    ),
    "localai: the first brace comes twice": ("custom", [chunk("{"), *HALVES, STOP]),
    "vllm: what the grammar wrote stands as a thought, there is no content": (
        "vllm",
        [
            *({"choices": [{"delta": {"reasoning_content": NOTE[n : n + 9]}}]}
              for n in range(0, len(NOTE), 9)),
            STOP,
        ],
    ),
    "lm studio: an answer in a fence, after a line of words": (
        "lmstudio",
        [chunk("Here you are:\n```json\n"), *HALVES, chunk("\n```\n"), STOP],
    ),
    "mistral: content in pieces with their kind": (
        "mistral",
        [chunk([{"type": "text", "text": NOTE}]), STOP],
    ),
    "a gateway: the answer is what a tool is called with": (
        "custom",
        [
            {"choices": [{"delta": {"tool_calls": [{"function": {"arguments": NOTE[:40]}}]}}]},
            {"choices": [{"delta": {"tool_calls": [{"function": {"arguments": NOTE[40:]}}]}}]},
            {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]},
        ],
    ),
    "a gateway: what the tool is called with has been read": (
        "custom",
        [{"choices": [{"delta": {"tool_calls": [{"function": {"arguments": json.loads(NOTE)}}]},
          "finish_reason": "tool_calls"}]}],
    ),
    "a gateway: a function is called, as before there were tools": (
        "custom",
        [{"choices": [{"delta": {"function_call": {"name": "note", "arguments": NOTE}},
          "finish_reason": "function_call"}]}],
    ),
    "a gateway: the answer has been read": (
        "custom",
        [{"choices": [{"message": {"content": None, "parsed": json.loads(NOTE)},
          "finish_reason": "stop"}]}],
    ),
    "a gateway: the content is no text but what it says": (
        "custom",
        [{"choices": [{"message": {"content": json.loads(NOTE)}, "finish_reason": "stop"}]}],
    ),
    "a gateway: texts as the older end of completions has them": (
        "custom",
        [{"choices": [{"text": NOTE, "finish_reason": "complete"}]}],
    ),
    "a gateway: parts as the newer end of responses has them": (
        "custom",
        [chunk([{"type": "output_text", "text": NOTE}], finish_reason="eos_token")],
    ),
    "a gateway: a second answer among the first": (
        "custom",
        [HALVES[0], {"choices": [{"index": 1, "delta": {"content": "No."}}]}, HALVES[1], STOP],
    ),
    "groq: usage beside, and an end that is named twice": (
        "groq",
        [*HALVES, STOP, STOP | {"x_groq": {"usage": {"prompt_tokens": 7900}}}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("report", STREAMS)
async def test_an_odd_stream_of_a_good_note_is_that_note(
    server: FakeChat, ask: Ask, report: str
) -> None:
    kind, events = STREAMS[report]
    server.play(200, events, stream=True)
    note = await ask(kind)
    assert note.finished
    assert [section.heading for section in note.draft.sections] == ["H"]
    assert len(server.bodies) <= 1


def refuses(field: str, answer: Any, *, only: str = "") -> Callable[[Mapping[str, Any]], Any]:
    def objects(body: Mapping[str, Any]) -> Any:
        form = (body.get(field) or {}).get("type") if only else None
        return answer if field in body and (not only or form == only) else None

    return objects


EXTRA = "Extra inputs are not permitted"
REFUSALS: dict[str, tuple[str, Any]] = {
    "mistral: 422 with its list within the message": (
        "mistral",
        refuses("stream_options", {"object": "error", "message": {"detail": [
            {"type": "extra_forbidden", "loc": ["body", "stream_options", "include_usage"],
             "msg": EXTRA, "input": True}]}, "type": "invalid_request_error", "param": None}),
    ),
    "mistral: the same as a text": (
        "mistral",
        refuses("stream_options", {"object": "error", "message": json.dumps({"detail": [
            {"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": EXTRA}]}),
            "type": "internal_error_proxy", "param": None, "code": "1000"}),
    ),
    "groq: no form of an answer with a stream": (
        "groq",
        refuses("response_format", {"error": {
            "message": "`response_format` does not support streaming",
            "type": "invalid_request_error"}}),
    ),
    "groq: its own check of the form failed": (
        "groq",
        refuses("response_format", {"error": {
            "message": "Failed to generate JSON. Please adjust your prompt.",
            "type": "invalid_request_error", "code": "json_validate_failed",
            "failed_generation": ""}}, only="json_schema"),
    ),
    "litellm: a list of what the model behind it does not take": (
        "custom",
        refuses("response_format", {"error": {
            "message": "litellm.UnsupportedParamsError: bedrock does not support parameters: "
            "['response_format'], for model=m. To drop these, set `litellm.drop_params=True`",
            "type": "None", "param": None, "code": "400"}}),
    ),
    "litellm: the name of the most tokens": (
        "custom",
        refuses("max_tokens", {"error": {
            "message": "litellm.BadRequestError: AzureException - Unsupported parameter: "
            "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "type": None, "param": None, "code": "400"}}),
    ),
    "lm studio: the words are all that the error is": (
        "lmstudio",
        refuses("response_format", {"error": "'response_format.type' must be 'text'"}),
    ),
    "vllm: a field that its template does not know": (
        "vllm",
        refuses("chat_template_kwargs", {"object": "error", "message": "[{'type': "
            "'extra_forbidden', 'loc': ('body', 'chat_template_kwargs'), 'msg': 'Extra inputs are "
            "not permitted'}]", "type": "BadRequestError", "param": None, "code": 400}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("report", REFUSALS)
async def test_what_a_server_does_not_take_is_left_out_at_once(
    server: FakeChat, ask: Ask, report: str
) -> None:
    kind, server.objects = REFUSALS[report]
    assert (await ask(kind)).finished
    assert len(server.bodies) <= 3
    before = len(server.bodies)
    assert (await ask(kind)).finished
    assert len(server.bodies) == before + 1, "it is remembered"


ERRORS: dict[str, tuple[str, int, Any, type[NoteGenError], str]] = {
    "azure: its filter refuses the material": (
        "azure", 400,
        {"error": {"message": "The response was filtered due to the prompt triggering Azure "
         "OpenAI's content management policy.", "type": None, "param": "prompt",
         "code": "content_filter",
         "status": 400, "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
        AnswerRefused, "safety rules",
    ),
    "azure: a deployment that is not there": (
        "azure", 404,
        {"error": {"code": "DeploymentNotFound",
         "message": "The API deployment for this resource does not exist."}},
        NoteGenError, "m",
    ),
    "llama.cpp: it is loading": (
        "llamacpp", 503,
        {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
        ServiceUnavailable, "Loading model",
    ),
    "openrouter: the provider behind it is full": (
        "openrouter", 200,
        [{"choices": [], "error": {"code": 502, "message": "Provider returned error", "metadata":
         {"raw": "Worker local total request limit reached (33/32)"}}}],
        ServiceUnavailable, "request limit reached",
    ),
    "lm studio: the context is full, told within a good answer": (
        "lmstudio", 200,
        [{"error": {"message": "The number of tokens to keep from the initial prompt is greater "
         "than the context length. Try to load the model with a larger context length."}}],
        RequestTooLarge, "context",
    ),
    "xai: a wrong key is a bad request": (
        "custom", 400,
        {"code": "Client specified an invalid argument",
         "error": "Incorrect API key provided: ab***yz."},
        KeyRejected, "does not accept the API key",
    ),
    "qwen: a wrong key by its code": (
        "custom", 400,
        {"code": "InvalidApiKey", "message": "Invalid API-key provided.", "request_id": "1"},
        KeyRejected, "does not accept the API key",
    ),
    "qwen: the account owes": (
        "custom", 400,
        {"code": "Arrearage", "message": "Access denied, please make sure your account is in good "
         "standing."},
        CreditsGone, "no credits left",
    ),
    "minimax: nothing is left, told within a good answer": (
        "custom", 200,
        [{"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}],
        CreditsGone, "no credits left",
    ),
    "deepseek: a model that is not there is a bad request": (
        "deepseek", 400,
        {"error": {"message": "Model Not Exist", "type": "invalid_request_error"}},
        ModelNotFound, "does not have the model",
    ),
    "openrouter: a model that is not there is a bad request": (
        "openrouter", 400,
        {"error": {"message": "m is not a valid model ID", "code": 400}},
        ModelNotFound, "does not have the model",
    ),
    "openai: it is not offered in this country": (
        "openai", 403,
        {"error": {"message": "Country, region, or territory not supported", "param": None,
         "code": "unsupported_country_region_territory", "type": "request_forbidden"}},
        RegionUnsupported, "not offered where you are",
    ),
    "openai: the organization is not verified for a model": (
        "openai", 403,
        {"error": {"message": "Your organization must be verified to use the model `o3`. Please go "
         "to: https://platform.openai.com/settings/organization/general and click on Verify "
         "Organization.", "type": "invalid_request_error", "param": None,
         "code": "model_not_found"}},
        VerificationNeeded, "Verify Organization",
    ),
    "openai: the organization is not verified for streaming": (
        "openai", 400,
        {"error": {"message": "Your organization must be verified to stream this model.",
         "type": "invalid_request_error", "param": "stream", "code": "unsupported_value"}},
        VerificationNeeded, "must be verified",
    ),
    "litellm: the budget is spent": (
        "custom", 400,
        {"error": {"message": "Budget has been exceeded! Current cost: 10.0, Max budget: 10.0",
         "type": "budget_exceeded", "code": "400"}},
        CreditsGone, "credits",
    ),
    "a gateway: its errors are a list": (
        "custom", 400, {"errors": [{"message": "maximum context length is 4096 tokens"}]},
        RequestTooLarge, "context",
    ),
    "github: the quota of the day, in seconds": (
        "custom", 429,
        {"error": {"code": "RateLimitReached", "message": "Rate limit of 50 per 86400s exceeded "
         "for UserByModelByDay. Please wait 40000 seconds before retrying."}},
        QuotaExhausted, "quota",
    ),
    "openrouter: the error stands in the choice": (
        "openrouter", 200,
        [{"choices": [{"error": {"code": 429, "message": "Provider is busy"}, "message": {}}]}],
        RateLimited, "slow down",
    ),
    "a gateway: a state beside, and no choices": (
        "custom", 200,
        [{"choices": None, "base_resp": {"status_code": 1002, "status_msg": "too many a minute"}}],
        ServiceUnavailable, "too many a minute",
    ),
    "a gateway: an error with a code and words alone": (
        "custom", 200, [{"code": "Throttling", "message": "too many a second"}],
        ServiceUnavailable, "too many a second",
    ),
    "a gateway: an error by other names": (
        "custom", 200, [{"error_code": 336501, "error_msg": "rpm limit reached"}],
        ServiceUnavailable, "rpm limit reached",
    ),
    "openai: a refusal that streams": (
        "openai", 200,
        [{"choices": [{"delta": {"refusal": "I cannot"}}]},
         {"choices": [{"delta": {"refusal": " help."}}]}, STOP],
        AnswerRefused, "I cannot help.",
    ),
    "zhipu: its own word for a filter": (
        "custom", 200, [HALVES[0], {"choices": [{"delta": {}, "finish_reason": "sensitive"}]}],
        AnswerRefused, "safety rules",
    ),
    "ollama behind a gateway: nothing came, and it says stop": (
        "custom", 200, [STOP], AnswerUnusable, "empty",
    ),
}  # fmt: skip


@pytest.mark.parametrize("report", ERRORS)
async def test_an_error_says_what_happened(server: FakeChat, ask: Ask, report: str) -> None:
    kind, status, body, error, words = ERRORS[report]
    server.play(status, body if status == 200 else json.dumps(body), stream=status == 200)
    with pytest.raises(error) as caught:
        await ask(kind)
    assert words in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    "told",
    [
        {"usage": {"input_tokens": 7900, "output_tokens": 40}},
        {"choices": [{"delta": {}, "usage": {"prompt_tokens": 7900, "completion_tokens": 40}}]},
    ],
    ids=["by the names of the newer end", "within the choice, as Moonshot has it"],
)
async def test_usage_is_found_where_servers_put_it(
    server: FakeChat, ask: Ask, told: dict[str, Any]
) -> None:
    server.play(200, [*HALVES, STOP, {"choices": []} | told], stream=True)
    usage = (await ask("custom")).usage
    assert (usage.input_tokens, usage.output_tokens) == (7900, 40)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("limit=10, remaining=0, reset=20", 20.0),
        ('"api";r=0;t=20', 20.0),
        ("limit=10, remaining=3, reset=20", None),
        ("", None),
    ],
)
def test_the_header_of_the_standard_tells_the_wait(header: str, wait_s: float | None) -> None:
    refusal = ChatErrorAnswer.of(429, {"error": {"message": "Slow down."}}, {"RateLimit": header})
    assert refusal.retry_after_s == wait_s
