"""The prompt of a question about one or several videos.

About one video it has the same prefix as all prompts of that video, so that the transcript is read
from the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from notegen_desktop.domain.asking.excerpt import MAX_QUESTION, Excerpt, Inquiry
from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.cleaning import harmless

from .material import build_material, fenced, one_line, segment_lines
from .prompt import Prompt, system_text
from .task import shared_texts

ANSWER_SCHEMA: dict[str, Any] = {
    "type": "OBJECT",
    "properties": {
        "said": {"type": "BOOLEAN", "description": "Whether the material answers the question."},
        "answer": {"type": "STRING", "description": "The answer in Markdown."},
    },
    "required": ["said", "answer"],
    "propertyOrdering": ["said", "answer"],
}

MAX_ANSWER = 4000
"""Maximum characters of an earlier answer that are sent."""


def question_prompt(template: NoteTemplate, inquiry: Inquiry) -> Prompt:
    """Return the prompt for one answer. `template` has the shared prompt texts."""
    texts, excerpt = shared_texts(template), inquiry.excerpt
    if excerpt.several:
        material = "\n\n".join(
            ("# Material", texts.places_several.strip(), fenced("\n".join(_several(excerpt))))
        )
    else:
        material = build_material(texts, excerpt.video, excerpt.transcript, Mode.TRANSCRIPT)
    what = "several videos" if excerpt.several else "this video"
    task = [texts.question.strip().format(what=what)]
    if not excerpt.whole:
        task.append(texts.question_passages)
    if inquiry.earlier:
        told = "\n\n".join(
            f"Question: {one_line(question, MAX_QUESTION)}\nAnswer: {harmless(answer)[:MAX_ANSWER]}"
            for question, answer in inquiry.earlier
        )
        task += [texts.question_earlier, fenced(told)]
    task += [
        texts.question_asked,
        fenced(one_line(inquiry.question, MAX_QUESTION)),
        texts.question_end,
    ]
    return Prompt(system_text(texts), material, "\n\n".join(task), ANSWER_SCHEMA)


def _several(excerpt: Excerpt) -> Iterator[str]:
    """Yield the passages of several videos, each under its name."""
    at = dict(excerpt.starts)
    segments = excerpt.transcript.segments
    begins = [place for place, segment in enumerate(segments) if segment.label in at]
    for begin, end in zip(begins, [*begins[1:], len(segments)], strict=True):
        number = at[segments[begin].label]
        source = excerpt.sources[number]
        video = source.video
        length_s = video.duration_s or source.transcript.duration_s
        facts = [one_line(video.channel, 200), clock(length_s) if length_s else ""]
        known = ", ".join(filter(None, facts))
        yield f"Video {number + 1}: {one_line(video.name, 300)}{f' ({known})' if known else ''}"
        yield from segment_lines(segments[begin:end])
        yield ""
