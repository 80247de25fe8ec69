"""Long videos against the loopback server: parts as they are sent, notes as they are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import VideoTooLong
from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Mode, Part
from notegen_desktop.services.writers.gemini import GeminiWriter
from tests.fakes.assignments import VIDEO, assignment
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.gemini_notes import ParsedRequest
from tests.services.writing import KEY, write

from .wire import generate

HOURS = 4
FILM = replace(VIDEO, duration_s=18_000.0)
SECOND = Part(9000.4, 18_000.0, number=2, count=2)


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini(Script(chunks=6)) as running:
        yield running


async def test_a_part_of_a_video_is_cut_out_by_the_service(server: FakeGemini) -> None:
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url)
    await write(writer, mode=Mode.VIDEO, transcript=None, video=FILM, part=SECOND)
    await writer.aclose()
    (seen,) = server.requests
    sent = seen.body["contents"][0]["parts"][0]
    assert sent["videoMetadata"] == {"startOffset": "9000s", "endOffset": "18000s"}
    assert seen.input_tokens < 900_000, "one part fits the window at the usual frame rate"


async def test_the_older_sdk_says_that_it_cannot(server: FakeGemini) -> None:
    pytest.importorskip("google.generativeai")
    from notegen_desktop.services.writers.gemini_legacy import _message
    from notegen_desktop.services.writers.gemini_request import compose

    asked = assignment(mode=Mode.VIDEO, transcript=None, video=FILM, part=SECOND)
    with pytest.raises(VideoTooLong) as refused:
        _message(compose(asked, thinking=""))
    assert "gemini" in refused.value.hint


def captions(folder: Path) -> Path:
    """A talk of four hours whose every line says something of its own."""
    lines = ["WEBVTT", ""]
    for n in range(HOURS * 360):
        begin, end = n * 10, n * 10 + 9
        said = " ".join(f"detail{n}x{k}" for k in range(14))
        lines += [f"{stamp(begin)} --> {stamp(end)}", f"Passage {n} explains {said}.", ""]
    path = folder / "A long afternoon.en.vtt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def stamp(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"


def plan_of(request: ParsedRequest) -> list[str]:
    return [heading for heading, _ in request.plan]


def test_a_long_file_becomes_one_note_that_covers_it(server: FakeGemini, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = generate(
        str(captions(tmp_path)), "-t", "chapters", "-t", "study-notes", "-o", str(out),
        "--format", "json", gemini_url=server.url,
    )  # fmt: skip
    assert run.code == 0, run.messages
    asked = [seen.asked for seen in server.requests if seen.generates]
    assert len(asked) == run.done["requests"]
    # The one note can be at its overview while the other's last part is still written.
    (overall,) = (one for one in asked if plan_of(one) == ["Overview", "Summary points"])
    parts = [one for one in asked if one is not overall]
    assert len({one.prefix for one in parts}) == len(parts) / 2, "a beginning for each part"
    assert len(overall.segments) > 10, "what the parts told"
    assert overall.tokens < 0.5 * parts[0].tokens, "a short request"
    for path in out.rglob("*.json"):
        note = json.loads(path.read_text("utf-8"))
        assert note["coverage"]["gaps"] == []
        headings = [section["heading"] for section in note["sections"]]
        assert len(headings) == len(set(headings))
        last = max(cite["start_s"] for s in note["sections"] for cite in s["cites"])
        assert last > (HOURS - 0.5) * 3600, clock(last)
    assert len(list(out.rglob("*.json"))) == 2
