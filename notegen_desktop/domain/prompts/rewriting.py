"""The prompt for rewriting one section of a stored note: a template of that section alone, with the
note as data, from the passage of the section."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.merging import plans_of
from notegen_desktop.domain.notes.note import Cite, Draft, DraftSection, Level, Mode, Note, Part
from notegen_desktop.domain.notes.parts import gap_part
from notegen_desktop.domain.notes.statements import renumbered, without_markers
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind
from notegen_desktop.domain.text.transcript import Transcript

from .material import fenced, one_line
from .task import shared_texts

RENAMED = frozenset({SectionKind.CARD, SectionKind.QUIZ})
"""Kinds whose heading is part of the text: a question is rewritten with its answer."""

MAX_TOLD = 160
"""Characters of each other section that are sent, to avoid repetitions."""

MAX_PART_SHARE = 0.6
"""Share of a video from which a section is written from all of it: little would be saved."""


def label_at(words: Transcript | None) -> Callable[[Cite], str]:
    """Return a function that names a cite in this transcript: by a label, or else by its time."""
    labels = [segment.label for segment in words.segments] if words else []
    starts = [segment.start_s for segment in words.segments] if words else []

    def label(cite: Cite) -> str:
        at = bisect_right(starts, cite.start_s) - 1
        return labels[max(0, at)] if labels else clock(cite.start_s)

    return label


def as_draft(note: Note, words: Transcript | None) -> Draft:
    """Return a stored note as a draft, with labels of this transcript in its texts."""
    label = label_at(words)
    sections = []
    for section in note.sections:
        places = {cite.n: f" [{label(cite)}]" for cite in section.cites}
        told = [_with_places(text, places) for text in section.texts]
        cites = tuple(dict.fromkeys(map(label, section.cites)))
        sections.append(DraftSection(section.heading, cites, *told))
    return Draft(note.title, tuple(sections), whole=True)


def _with_places(text: str, places: Mapping[int, str]) -> str:
    return renumbered(text, lambda number: places.get(number, ""))


def template_again(
    template: NoteTemplate,
    note: Note,
    place: int,
    level: Level | None,
    transcript: Transcript | None,
) -> NoteTemplate:
    """Return the template for rewriting a section, or one level of it, from this transcript."""
    section = as_draft(note, transcript).sections[place]
    plan = template.sections[_plans(note, template)[place]]
    told = {
        "section": {
            "heading": one_line(section.heading, 200),
            **{each.value: section.at(each) for each in Level if level in (None, each)},
        },
        "others": [
            {
                "heading": one_line(other.heading, 200),
                "begins": one_line(without_markers(other.shown_at(Level.CONCISE)), MAX_TOLD),
            }
            for number, other in enumerate(note.sections)
            if number != place
        ],
    }
    asked = shared_texts(template).section_again.strip()
    data = fenced(json.dumps(told, ensure_ascii=False, indent=1))
    words = f"{asked}\n\n{data}".replace("{", "{{").replace("}", "}}")
    plan = replace(plan, heading=section.heading, repeat=False, min=1, max=1)
    instructions = f"{template.instructions}\n\n{words}"
    return replace(template, instructions=instructions, sections=(plan,))


def renames(template: NoteTemplate) -> bool:
    """Return True if the result of `template_again` has a heading of its own."""
    return template.sections[0].kind in RENAMED


def part_again(
    note: Note,
    place: int,
    template: NoteTemplate,
    words: Transcript | None,
    video: Video,
    mode: Mode,
) -> Part | None:
    """Return the part of the video that a section is about, up to the start of the next; None if it
    is written from all of it, like sections that summarize."""
    plans = _plans(note, template)
    starts = [min((c.start_s for c in s.cites), default=None) for s in note.sections]
    start_s = starts[place]
    length_s = video.duration_s or (words.duration_s if words else 0.0)
    if start_s is None or not template.sections[plans[place]].repeat or length_s <= 0:
        return None
    following = starts[place + 1] if place + 1 < len(starts) else None
    same = following is not None and plans[place + 1] == plans[place]
    end_s = max(cite.end_s for cite in note.sections[place].cites)
    end_s = max(end_s, following) if same and following is not None else end_s
    if end_s - start_s > MAX_PART_SHARE * length_s:
        return None
    part = gap_part(words, video, mode, (start_s, end_s))
    return part and replace(part, again=True)


def outline_of(note: Note) -> tuple[DraftSection, ...]:
    """Return the sections of a note by their headings, for rewriting one level of all."""
    return tuple(DraftSection(section.heading) for section in note.sections)


def _plans(note: Note, template: NoteTemplate) -> list[int]:
    return plans_of(outline_of(note), template.sections)
