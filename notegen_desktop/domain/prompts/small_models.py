"""Prompts for models that cannot write a whole note: for one level of it, or for one section.

The prompt of a level has the same prefix as all prompts of the video, so that the next one is read
from the cache. That of a section has few rules, short text and no labels: a model of one or two
billion parameters can retell a passage at three lengths. The program chooses the passage, the
heading and the cites; so the model does not recite long rules, or invent labels.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Level
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.language_detection import chinese_tag
from notegen_desktop.domain.text.languages import language_name
from notegen_desktop.domain.text.transcript import Transcript

from .material import fenced, one_line
from .prompt import Prompt, schema_object, schema_of
from .task import shared_texts

_EXAMPLE = re.compile(r"\s*\([^)]*“[^)]*\)")
"""Examples in the prompt texts, which a small model would copy."""

MAX_CHARS = {Level.CONCISE: 400, Level.STANDARD: 900, Level.COMPREHENSIVE: 1800}
"""Maximum characters of the texts of a section, on servers that enforce it: ends endless
repetition."""


def small_prompt(
    template: NoteTemplate, video: Video, words: Transcript, *, language: str = "", wish: str = ""
) -> Prompt:
    """Return the prompt for the one section of `template`, from `words`. `language` is a BCP 47
    tag, "" for that of the transcript."""
    texts = shared_texts(template)
    (plan,) = template.sections
    said = " ".join(segment.text for segment in words.segments)
    tag = chinese_tag(language or words.language or video.language, said)
    asked = f"“{plan.heading}”" if plan.heading and not plan.repeat else "that states its point"
    blocks = [
        texts.small_section.strip().format(
            heading=asked, kind=_EXAMPLE.sub("", texts.kinds[plan.kind])
        ),
        texts.language.format(language=name)
        if (name := language_name(tag))
        else texts.language_own,
    ]
    if wish := one_line(wish, 200):
        blocks += [texts.wish.strip(), fenced(wish)]
    lines = [f"Title: {one_line(video.title, 200)}", ""] if video.title else []
    return Prompt(
        system=texts.small.strip(),
        material=fenced("\n".join([*lines, *(one_line(s.text, 2000) for s in words.segments)])),
        task="\n\n".join(blocks),
        schema=SECTION_SCHEMA,
    )


SECTION_SCHEMA = schema_object(
    sections={
        "type": "ARRAY",
        "minItems": 1,
        "maxItems": 1,
        "items": schema_object(
            heading={"type": "STRING", "maxLength": 90},
            **{level: {"type": "STRING", "maxLength": most} for level, most in MAX_CHARS.items()},
        ),
    }
)
"""The schema of a note of one section, like every answer with sections."""


def level_prompt(
    prompt: Prompt, template: NoteTemplate, level: Level, outline: Draft | None
) -> Prompt:
    """Return the prompt for a note changed to one for a level of it. With an `outline` its sections
    are those."""
    texts = shared_texts(template)
    blocks = [prompt.task.removesuffix(texts.closing).rstrip(), texts.level.format(level=level)]
    if outline is not None:
        headings = [one_line(section.heading, 200) for section in outline.sections]
        told = {"title": one_line(outline.title, 200), "headings": headings}
        blocks += [texts.level_headings, fenced(json.dumps(told, ensure_ascii=False))]
    task = "\n\n".join((*(block.strip() for block in blocks), texts.closing))
    return replace(prompt, task=task, schema=schema_of((level,)))
