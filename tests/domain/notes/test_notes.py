"""A note keeps its shape: three levels of the same sections, as JSON and as Markdown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import (
    Cite,
    Coverage,
    Doubt,
    Draft,
    DraftSection,
    Level,
    Note,
    Section,
    Usage,
)

VIDEO = Video(
    "dQw4w9WgXcQ",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    title="A talk",
    channel="Someone",
    duration_s=3600,
)
NOTE = Note(
    title="Lisp",
    video=VIDEO,
    template="study-notes",
    template_version="1",
    language="en",
    engine="gemini",
    model="m",
    created="2026-11-24T00:00:00+00:00",
    sections=(
        Section(
            "Roots",
            (
                Cite(221.0, 260.4, verified=True, n=1),
                Cite(3727.00049, 3730, verified=False, n=2, doubt=Doubt.NUMBER, mark="42"),
                Cite(0.0, 9.0, verified=None, n=3),
            ),
            "short [^1]",
            "medium [^2]\n\n- one [^1]",
            "long. [^1][^3]",
        ),
        Section("Spells", (), "s", "m", "c"),
    ),
    coverage=Coverage(3000.12345, ((1200.0, 1500.0),)),
    usage=Usage(1, 100, 40, 50, 5, 0.0012345678),
    mode="video",
)


def test_the_json_of_a_note_is_what_other_programs_rely_on() -> None:
    data = json.loads(json.dumps(NOTE.to_json()))
    assert data == {
        "title": "Lisp",
        "video": {
            "id": "dQw4w9WgXcQ",
            "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            "title": "A talk",
            "channel": "Someone",
            "duration_s": 3600,
        },
        "template": "study-notes",
        "template_version": "1",
        "language": "en",
        "engine": "gemini",
        "model": "m",
        "created": "2026-11-24T00:00:00+00:00",
        "mode": "video",
        "wish": "",
        "sections": [
            {
                "heading": "Roots",
                "cites": [
                    {"n": 1, "start_s": 221.0, "end_s": 260.4, "verified": True, "doubt": None},
                    {
                        "n": 2,
                        "start_s": 3727.0,
                        "end_s": 3730,
                        "verified": False,
                        "doubt": "number",
                        "mark": "42",
                    },
                    {"n": 3, "start_s": 0.0, "end_s": 9.0, "verified": None, "doubt": None},
                ],
                "concise": "short [^1]",
                "standard": "medium [^2]\n\n- one [^1]",
                "comprehensive": "long. [^1][^3]",
            },
            {
                "heading": "Spells",
                "cites": [],
                "concise": "s",
                "standard": "m",
                "comprehensive": "c",
            },
        ],
        "statements": {"cited": 4, "verified": 2, "doubtful": 1, "unchecked": 1},
        "coverage": {"covered_s": 3000.123, "gaps": [[1200.0, 1500.0]]},
        "usage": {
            "requests": 1,
            "input_tokens": 100,
            "cached_tokens": 40,
            "output_tokens": 50,
            "thought_tokens": 5,
            "cost_usd": 0.001235,
        },
    }


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (("c", "s", "l"), ("c", "s", "l")),
        (("", "s", "l"), ("s", "s", "l")),
        (("c", " \n", "l"), ("c", "c", "l")),
        (("c", "s", ""), ("c", "s", "s")),
        (("", "", "l"), ("l", "l", "l")),
        (("c", "", ""), ("c", "c", "c")),
        (("", "", ""), ("", "", "")),
    ],
)
@pytest.mark.parametrize("kind", [Section, DraftSection])
def test_a_level_without_words_shows_the_nearest(
    kind: type[Section | DraftSection], texts: tuple[str, str, str], shown: tuple[str, str, str]
) -> None:
    section = kind("H", (), *texts)
    assert tuple(section.shown_at(level) for level in Level) == shown
    assert tuple(section.at(level) for level in Level) == texts


def test_usage_adds_up() -> None:
    one = Usage(1, 10, 5, 7, 2, 0.1)
    assert one + Usage(2, 1, 1, 1, 1, 0.2) == Usage(3, 11, 6, 8, 3, pytest.approx(0.3))
    assert Usage() + one == one


def sections(*headings: str) -> tuple[DraftSection, ...]:
    return tuple(DraftSection(heading, concise="x") for heading in headings)


def test_what_was_cut_in_the_middle_is_not_kept() -> None:
    assert Draft("t", sections("A", "B")).kept().sections == sections("A")
    assert Draft("t", sections("A", "B"), whole=True).kept().sections == sections("A", "B")
    assert Draft("t").kept().sections == ()


def test_a_continuation_brings_only_what_is_new() -> None:
    whole = Draft("T", sections("A", "B")).continued_by(
        Draft("Other", sections(" b ", "C"), whole=True)
    )
    assert [s.heading for s in whole.sections] == ["A", "B", "C"]
    assert (whole.title, whole.whole) == ("T", True)


def test_a_note_written_and_read_back_is_equal() -> None:
    data = json.loads(json.dumps(NOTE.to_json()))
    note = Note.from_json(data)
    assert (note.mode, note.sections[0].heading) == ("video", "Roots")
    assert Note.from_json(json.loads(json.dumps(note.to_json()))) == note
    assert note.to_json() == NOTE.to_json()


@pytest.mark.parametrize(
    "changes",
    [{"sections": None}, {"video": {"id": "x"}}, {"title": 3}, {"usage": {"requests": "1"}}],
)
def test_what_is_no_note_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"Expected|missing"):
        Note.from_json(NOTE.to_json() | changes)
    with pytest.raises(ValueError, match="missing"):
        Note.from_json({"title": "no more than that"})
