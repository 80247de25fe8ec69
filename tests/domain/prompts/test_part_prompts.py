"""What the model is told about one part of a long video, or one gap of a note."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from notegen_desktop.domain.links.video import Chapter, Video
from notegen_desktop.domain.notes.note import Draft, DraftSection, Mode, Part
from notegen_desktop.domain.notes.parts import gap_part, passage, split
from notegen_desktop.domain.prompts.prompt import Prompt, build_prompt
from notegen_desktop.domain.prompts.task import part_range
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from tests.fakes.assignments import template

from .test_prompts import in_task_fences

TALK = Transcript(
    "en",
    TranscriptKind.MANUAL,
    tuple(
        Segment(str(n + 1), n * 10.0, n * 10.0 + 10, f"Sentence {n} " + "of some length " * 6)
        for n in range(3600)
    ),
)
VIDEO = Video(
    "x",
    "https://youtu.be/x",
    title="A day of talks",
    duration_s=36_000.0,
    chapters=tuple(Chapter(f"Hour {n}", n * 3600.0, (n + 1) * 3600.0) for n in range(10)),
)
PARTS = split(TALK, VIDEO, Mode.TRANSCRIPT)
THIRD = PARTS[2]


def prompt(part: Part, name: str = "study-notes", mode: Mode = Mode.TRANSCRIPT) -> Prompt:
    words = None if mode is Mode.VIDEO else passage(TALK, part)
    return build_prompt(template(name), VIDEO, words, mode=mode, part=part)


def test_all_notes_on_a_part_begin_with_the_same_bytes() -> None:
    names = ("study-notes", "chapters", "flashcards")
    for part in PARTS[:3]:
        assert len({prompt(part, name).prefix for name in names}) == 1
    assert len({prompt(part).prefix for part in PARTS}) == len(PARTS)


def test_the_task_names_the_passage_in_time_and_labels() -> None:
    task = prompt(THIRD).task
    assert f"part 3: {THIRD.words}, segments [{THIRD.first}] to [{THIRD.last}]" in task
    assert f"in {len(PARTS)} parts" in task
    assert "reaches the end of its passage" in prompt(THIRD).material


def test_only_chapters_that_the_passage_has_are_listed() -> None:
    material = prompt(THIRD).material
    listed = [line for line in material.split("\n") if line.startswith("- from [")]
    named = {int(line.rpartition(" ")[2]) for line in listed}
    begin, end = THIRD.start_s // 3600, (THIRD.end_s - 2) // 3600
    assert named == set(range(int(begin), int(end) + 1))
    labels = {segment.label for segment in passage(TALK, THIRD).segments}
    assert all(line.split("[")[1].split("]")[0] in labels for line in listed)


def test_minutes_are_marked_within_the_passage_alone() -> None:
    plain = replace(VIDEO, chapters=())
    words = passage(TALK, THIRD)
    material = build_prompt(
        template("chapters"), plain, words, mode=Mode.TRANSCRIPT, part=THIRD
    ).material
    (line,) = [line for line in material.split("\n") if line.startswith("Where the minutes")]
    minutes = [int(mark.split()[1]) for mark in line.partition(": ")[2].split(", ")]
    assert THIRD.start_s / 60 - 2 <= min(minutes)
    assert max(minutes) <= THIRD.end_s / 60
    assert len(minutes) >= 4


@pytest.mark.parametrize("mode", [Mode.VIDEO, Mode.HYBRID])
def test_who_watches_is_told_how_to_count(mode: Mode) -> None:
    material = prompt(THIRD, mode=mode).material
    assert "Times count from the beginning of the whole video" in material


def test_all_parts_together_have_more_sections_than_one_note_but_not_many_times_more() -> None:
    plan = next(p for p in template("study-notes").sections if p.repeat)
    shares = [part_range(plan, 600.0, part) for part in PARTS]
    low, high = (sum(share[n] for share in shares) for n in (0, 1))
    assert plan.max <= high <= 4 * plan.max
    assert 0 < low <= high


def test_a_gap_asks_for_nothing_but_what_repeats() -> None:
    gap = gap_part(TALK, VIDEO, Mode.TRANSCRIPT, (9000.0, 9900.0), known=("Sand", "“Silt” [3]\n#"))
    assert gap is not None
    task = prompt(gap).task
    assert "\n1. “" not in task
    assert "1 to 2 sections" in task or "1 sections" in task
    (known,) = in_task_fences(task)
    assert json.loads(known) == ["Sand", "“Silt” [3] #"], "headings are data on one line"
    assert "`sections` is empty: that is a good answer" in task


def test_a_gap_of_a_note_without_repeats_asks_for_its_sections() -> None:
    gap = gap_part(TALK, VIDEO, Mode.TRANSCRIPT, (9000.0, 9900.0))
    assert gap is not None
    task = prompt(gap, "quick-reference").task
    assert all(f"\n{number}. “" in task for number in range(1, 8))


def test_a_part_that_was_cut_off_is_continued() -> None:
    whole = Draft("T", (DraftSection("Overview", ("1",), "c", "s", "l"),))
    made = build_prompt(
        template("study-notes"),
        VIDEO,
        passage(TALK, THIRD),
        mode=Mode.TRANSCRIPT,
        part=THIRD,
        whole=whole,
    )
    assert made.prefix == prompt(THIRD).prefix
    assert "## Continue" in made.task
