"""Events of a stream in any spelling, cut anywhere, are what the standard says they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.services.writers import event_stream
from notegen_desktop.services.writers.answer import StreamEvent
from notegen_desktop.services.writers.event_stream import EventReader
from notegen_desktop.services.writers.gemini_api import piece_of

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
    "no empty lines": "".join(f"data: {text}\n" for text in TEXTS) + "data: [DONE]\n",
    "the field twice": "".join(f"data: data: {text}\n\n" for text in TEXTS),
    "done": "".join(f"data: {text}\n\n" for text in TEXTS) + "data: [DONE]\n\n",
}


def read(*chunks: bytes) -> list[Any]:
    reader = EventReader()
    told = [text for chunk in chunks for text in reader.feed(chunk)] + reader.end()
    found = [json.loads(text, strict=False) for text in told if text != "[DONE]"]
    return [event for each in found for event in (each if isinstance(each, list) else [each])]


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
    piece = piece_of(told)
    assert (piece.text, piece.finish, piece.finish_words) == ("x", "STOP", "")
    assert piece.usage == Usage(requests=1, input_tokens=7)


def test_an_event_without_anything_says_nothing() -> None:
    piece = piece_of({"candidates": None, "usageMetadata": [], "promptFeedback": "no"})
    assert piece == StreamEvent()


def test_a_not_a_number_without_quotes_is_read_and_an_error_over_several_lines_too() -> None:
    raw = b'data: {"candidates": [{"content": {"parts": [{"text": "x"}]}, "avgLogprobs": NaN}]}\n\n'
    assert piece_of(read(raw)[0]).text == "x"
    error = {"error": {"code": 503, "message": "overloaded", "details": []}}
    assert read(f"data: {json.dumps(error)}\n\n".encode()) == [error]
    assert read(json.dumps(error, indent=2).encode()) == [error]


def test_objects_that_fill_a_line_each_are_events() -> None:
    reader = EventReader()
    assert reader.feed(b'{"a": 1}\n{"b": 2}\n{"c"') == ['{"a": 1}', '{"b": 2}']
    assert reader.feed(b": 3}") == []
    assert reader.end() == ['{"c": 3}']


def test_an_error_in_a_field_of_its_name_is_one() -> None:
    reader = EventReader()
    told = reader.feed(b'data: {}\n\nerror: {"code": 400, "n_ctx": 2048}\n\nerror: none\n\n')
    assert told == ["{}", '{"error": {"code": 400, "n_ctx": 2048}}']


def test_a_line_of_megabytes_is_scanned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scanned from its beginning with each chunk, it would hold up the window for seconds."""
    scanned = 0

    class Counting:
        def split(self, text: str) -> list[str]:
            nonlocal scanned
            scanned += len(text)
            return text.replace("\r\n", "\n").split("\n")

    monkeypatch.setattr(event_stream, "_LINE_END", Counting())
    raw = b"data: " + b"x" * 100_000 + b"\n\n"
    reader = EventReader()
    told = [text for at in range(0, len(raw), 100) for text in reader.feed(raw[at : at + 100])]

    assert told == ["x" * 100_000]
    assert scanned <= len(raw)
