"""Events of a stream in any spelling, cut anywhere, are what the standard says they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notegen_desktop.services.writers.event_stream import EventReader
from notegen_desktop.services.writers.gemini_http import EventLines, needed

EVENTS = [
    {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}}]}
    for text in ("Grüße", "„ja“\u2028and", 'a "b" \\n', "")
]
TEXTS = [json.dumps(event, ensure_ascii=False) for event in EVENTS]

SPELLINGS = {
    "as Gemini": "".join(f"data: {text}\r\n\r\n" for text in TEXTS),
    "line feeds": "".join(f"data: {text}\n\n" for text in TEXTS),
    "carriage returns": "".join(f"data: {text}\r\r" for text in TEXTS),
    "no blank": "".join(f"data:{text}\n\n" for text in TEXTS),
    "a byte order mark": "\ufeff" + "".join(f"data: {text}\n\n" for text in TEXTS),
    "other fields": "".join(
        f": ping\nevent: message\nid: {n}\nretry: 10\nx-other: y\nid\ndata: {text}\n\n"
        for n, text in enumerate(TEXTS)
    ),
    "comments alone": ":\n\n: keep-alive\n\n" + "".join(f"data: {t}\n\n:\n\n" for t in TEXTS),
    "several lines": "".join(
        "".join(f"data: {line}\n" for line in json.dumps(event, indent=1).splitlines()) + "\n"
        for event in EVENTS
    ),
    "no end": "".join(f"data: {text}\n\n" for text in TEXTS).rstrip("\n"),
    "an array": "\n[" + "\n,\r\n".join(json.dumps(event, indent=2) for event in EVENTS) + "\n]\n",
    "done": "".join(f"data: {text}\n\n" for text in TEXTS) + "data: [DONE]\n\n",
}


def read(*chunks: bytes) -> list[Any]:
    lines = EventLines()
    told = b"".join(map(lines.feed, chunks)) + lines.end()
    found = [line for line in told.decode().split("\n") if line]
    assert all(line.startswith("data: ") for line in found)
    return [json.loads(line.removeprefix("data: ")) for line in found]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_read_alike_wherever_it_is_cut(spelling: str) -> None:
    raw = SPELLINGS[spelling].encode()
    texts = [event["candidates"][0]["content"]["parts"] for event in EVENTS]
    for cut in range(len(raw) + 1):
        found = [event["candidates"][0]["content"]["parts"] for event in read(raw[:cut], raw[cut:])]
        assert found == texts, raw[:cut][-30:]
    assert read(*(raw[n : n + 1] for n in range(len(raw)))) == read(raw)


@pytest.mark.parametrize(
    "odd",
    [
        {"avgLogprobs": "NaN", "groundingMetadata": [], "citationMetadata": 7},
        {"safetyRatings": {}, "tokenCount": "many", "index": "0", "logprobsResult": "x"},
        {"urlContextMetadata": False, "finishMessage": 4},
    ],
)
def test_fields_that_nobody_reads_may_hold_anything(odd: dict[str, Any]) -> None:
    candidate = {"content": {"parts": [{"text": "x", "other": 1}]}, "finishReason": "stop", **odd}
    told = {"candidates": [candidate], "createTime": 1, "usageMetadata": {"promptTokenCount": "7"}}
    found = json.loads(needed(json.dumps(told)))
    assert found["candidates"][0]["content"]["parts"] == [{"text": "x"}]
    assert found["candidates"][0]["finishReason"] == "STOP"
    assert found["usageMetadata"] == {"promptTokenCount": 7}
    bare = json.loads(needed(json.dumps({"candidates": None, "usageMetadata": []})))
    assert bare == {}


def test_a_not_a_number_without_quotes_is_read_and_an_error_passes_as_it_is() -> None:
    raw = b'data: {"candidates": [{"content": {"parts": [{"text": "x"}]}, "avgLogprobs": NaN}]}\n\n'
    assert read(raw)[0]["candidates"][0]["content"]["parts"] == [{"text": "x"}]
    error = {"error": {"code": 503, "message": "overloaded", "details": []}}
    assert read(f"data: {json.dumps(error)}\n\n".encode()) == [error]
    lines = EventLines()
    pretty = json.dumps(error, indent=2).encode()
    assert json.loads(lines.feed(pretty) + lines.end()) == error


def test_an_error_in_a_field_of_its_name_is_one() -> None:
    reader = EventReader()
    told = reader.feed(b'data: {}\n\nerror: {"code": 400, "n_ctx": 2048}\n\nerror: none\n\n')
    assert [event.data for event in told] == ["{}", '{"error": {"code": 400, "n_ctx": 2048}}']
