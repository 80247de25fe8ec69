"""Several notes in one answer: one beginning for all, and a task of its own for each."""

from __future__ import annotations

import re

import pytest

from notegen_desktop.domain.notes.note import Draft, DraftSection, Mode
from notegen_desktop.domain.prompts.prompt import (
    RESPONSE_SCHEMA,
    Prompt,
    build_joint_prompt,
    build_prompt,
    joint_schema,
)
from notegen_desktop.services.machine.templates.files import prompt_texts

from .test_prompts import TALK, TEMPLATES, VIDEO, template

CLOSING = prompt_texts().closing


def joint(*names: str, mode: Mode = Mode.TRANSCRIPT, whole: Draft | None = None) -> Prompt:
    notes = [(template(name), whole if place == 0 else None) for place, name in enumerate(names)]
    return build_joint_prompt(notes, VIDEO, TALK, mode=mode, language="de")


@pytest.mark.parametrize("mode", [Mode.TRANSCRIPT, Mode.HYBRID, Mode.VIDEO])
def test_it_begins_with_the_same_bytes_as_any_note_of_the_video(mode: Mode) -> None:
    single = build_prompt(template("chapters"), VIDEO, TALK, mode=mode, language="de")
    assert joint("chapters", "study-notes", mode=mode).prefix == single.prefix


def test_each_task_stands_there_as_it_would_alone() -> None:
    names = [one.id for one in TEMPLATES]
    task = joint(*names).task
    for name in names:
        alone = build_prompt(template(name), VIDEO, TALK, mode=Mode.TRANSCRIPT, language="de").task
        head, rest = alone.removesuffix(CLOSING).rstrip().split("\n\n", 1)
        assert f"{head}\n\nThe `template` of this note is `{name}`.\n\n{rest}\n\n" in task
    assert task.count(CLOSING) == 1
    assert task.endswith(CLOSING)
    assert len(re.findall(r"^# Task: ", task, re.M)) == len(names)


def test_the_order_is_said_before_the_tasks() -> None:
    task = joint("flashcards", "chapters").task
    opening = task[: task.index("# Task: ")]
    assert "in this order: `flashcards`, `chapters`" in opening


def test_only_the_note_that_was_cut_off_is_continued() -> None:
    whole = Draft("Erinnern", (DraftSection("Überblick", ("2", "4")),))
    task = joint("chapters", "flashcards", whole=whole).task
    first, second = task[task.index("# Task: ") :].split("# Task: ")[1:]
    assert "## Continue" in first
    assert "Überblick" in first
    assert "## Continue" not in second


def test_the_schema_is_that_of_a_note_with_its_name_in_front() -> None:
    names = ("chapters", "flashcards")
    schema = joint_schema(names)
    note = schema["properties"]["notes"]["items"]
    assert note["properties"]["template"]["enum"] == list(names)
    assert note["propertyOrdering"] == note["required"] == ["template", "title", "sections"]
    assert note["properties"]["sections"] == RESPONSE_SCHEMA["properties"]["sections"]
    assert "template" not in RESPONSE_SCHEMA["properties"], "the other one is not touched"
