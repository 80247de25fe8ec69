"""The prompt of one level: a model that cannot write three at once is asked for each by itself.

It begins like all prompts of the video, so that the next level is read from the cache.
"""

from __future__ import annotations

import json
from dataclasses import replace

from notegen_desktop.domain.notes.note import Draft, Level
from notegen_desktop.domain.notes.templates import NoteTemplate

from .material import fenced, one_line
from .prompt import Prompt, schema_of
from .task import shared_texts


def level_prompt(
    prompt: Prompt, template: NoteTemplate, level: Level, outline: Draft | None
) -> Prompt:
    """A prompt for a note as one for a level of it. With an `outline` its sections are those."""
    texts = shared_texts(template)
    blocks = [prompt.task.removesuffix(texts.closing).rstrip(), texts.level.format(level=level)]
    if outline is not None:
        headings = [one_line(section.heading, 200) for section in outline.sections]
        told = {"title": one_line(outline.title, 200), "headings": headings}
        blocks += [texts.level_headings, fenced(json.dumps(told, ensure_ascii=False))]
    task = "\n\n".join((*(block.strip() for block in blocks), texts.closing))
    return replace(prompt, task=task, schema=schema_of((level,)))
