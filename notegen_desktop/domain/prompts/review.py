"""The prompt of a review: a model compares the statements of a note with their passages.

It has the same prefix as all prompts of the video, so that the material is read from the cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Says
from notegen_desktop.domain.notes.review import ReviewItem
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.languages import language_name
from notegen_desktop.domain.text.transcript import Transcript

from .material import fenced, one_line
from .prompt import Prompt
from .task import shared_texts

REVIEW_SCHEMA: dict[str, Any] = {
    "type": "OBJECT",
    "properties": {
        "findings": {
            "type": "ARRAY",
            "description": "What was found of the statements, in their order.",
            "items": {
                "type": "OBJECT",
                "properties": {
                    "n": {"type": "INTEGER", "description": "The number of the statement."},
                    "to": {
                        "type": "INTEGER",
                        "description": "The number of the last one, if several are yes.",
                    },
                    "says": {
                        "type": "STRING",
                        "description": "Whether the passage says what the statement says.",
                        "format": "enum",
                        "enum": [says.value for says in Says],
                    },
                    "reason": {
                        "type": "STRING",
                        "description": "Unless it is yes: what the passage says, in 10 words.",
                    },
                },
                "required": ["n", "says"],
                "propertyOrdering": ["n", "to", "says", "reason"],
            },
        }
    },
    "required": ["findings"],
    "propertyOrdering": ["findings"],
}


def review_prompt(
    note: Prompt,
    template: NoteTemplate,
    items: Sequence[ReviewItem],
    transcript: Transcript | None,
    *,
    language: str = "",
) -> Prompt:
    """Return the prompt that judges `items`, numbered from 1, by the material of `note`: the prompt
    of the note that they are from. `transcript` is None if the model watched the video."""
    texts = shared_texts(template)
    asked_in = language_name(language) or "the language of the statements"
    task = (
        texts.review.strip().format(language=asked_in),
        fenced("\n".join(_lines(items, transcript))),
        texts.review_end,
    )
    return replace(note, task="\n\n".join(task), schema=REVIEW_SCHEMA)


def _lines(items: Sequence[ReviewItem], transcript: Transcript | None) -> Iterator[str]:
    numbered = enumerate(items, start=1)
    for heading, group in groupby(numbered, key=lambda pair: pair[1].heading):
        yield f"Under “{one_line(heading, 200)}”:"
        for number, item in group:
            places = "".join(f"[{_place(place, transcript)}]" for place in item.places)
            yield f"{number}. {places} {one_line(item.text)}"


def _place(place: tuple[float, float], transcript: Transcript | None) -> str:
    """Return a place as the material names it: labels of segments, or a time without any."""
    start_s, end_s = place
    inside = [
        segment.label
        for segment in (transcript.segments if transcript is not None else ())
        if start_s - 0.01 <= segment.start_s < end_s or segment.start_s <= start_s < segment.end_s
    ]
    if not inside:
        return clock(start_s)
    return inside[0] if len(inside) == 1 else f"{inside[0]}–{inside[-1]}"
