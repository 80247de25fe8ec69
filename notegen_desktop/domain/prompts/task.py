"""The part of a prompt that differs by note: content, length, language."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Part
from notegen_desktop.domain.notes.templates import (
    NoteTemplate,
    PromptTexts,
    SectionKind,
    SectionPlan,
)
from notegen_desktop.domain.text.language_detection import chinese_tag
from notegen_desktop.domain.text.languages import language_name
from notegen_desktop.domain.text.transcript import Transcript

from .material import depth, fenced, minutes_of, one_line


def shared_texts(template: NoteTemplate) -> PromptTexts:
    """Return the shared prompt texts. Raises ValueError for a template without them."""
    if template.texts is None:
        raise ValueError(f"The template {template.id} was not read from a file.")
    return template.texts


def build_task(
    template: NoteTemplate,
    video: Video,
    transcript: Transcript | None,
    *,
    language: str,
    reason: str,
    whole: Draft | None,
    part: Part | None = None,
    among_others: bool = False,
) -> str:
    """Return the task: content and form. `language` is a BCP 47 tag, "" for that of the transcript.

    Quotes of an earlier answer are fenced. `among_others`: other notes are requested in the same
    answer; see `build_joint_prompt`.
    """
    texts = shared_texts(template)
    minutes = minutes_of(video, transcript)
    spoken_tag = (transcript.language if transcript else "") or video.language
    said = " ".join(s.text for s in transcript.segments[:200]) if transcript else ""
    wanted = language_name(chinese_tag(language or spoken_tag, said)) or language_name(spoken_tag)
    blocks = [f"# Task: {one_line(template.name, 80)}"]
    if among_others:
        blocks.append(f"The `template` of this note is `{template.id}`.")
    if reason:
        rest = whole is not None and bool(whole.sections)
        end = texts.again_rest if rest else texts.again_end
        blocks += [texts.again, fenced(one_line(reason, 600)), end]
    blocks.append(texts.language.format(language=wanted) if wanted else texts.language_own)
    if part is not None and part.statement:
        return "\n\n".join((*blocks, *_passage(texts, part), texts.closing))
    blocks += [
        _instructions(template, minutes, wanted, part),
        *(_passage(texts, part) if part is not None else ()),
        "## Sections\n\n" + "\n".join(_plan_lines(wanted_plans(template, part), minutes, part)),
    ]
    if whole is not None and whole.sections:
        blocks += _continuation(texts, whole)
    if not among_others:  # the closing comes once, after the last of several notes
        blocks.append(texts.closing)
    return "\n\n".join(blocks)


def _instructions(
    template: NoteTemplate, minutes: float | None, language: str, part: Part | None
) -> str:
    """Return the template's own instructions. Title and channel are only referred to, and stay
    inside the fence."""
    repeating = [plan for plan in template.sections if plan.repeat]
    length = minutes if part is None else part.seconds / 60
    values = {
        "title": "the title given in the material",
        "channel": "the channel given in the material",
        "minutes": "an unknown number of" if length is None else f"{max(1, round(length))}",
        "language": language or "the language of the video",
        "sections": _span(part_range(repeating[0], minutes, part)) if repeating else "the given",
        "depth": depth(shared_texts(template), length),
    }
    return template.instructions.format_map(values)


def _plan_lines(
    plans: Iterable[SectionPlan], minutes: float | None, part: Part | None
) -> Iterator[str]:
    for number, plan in enumerate(plans, start=1):
        guide = " ".join(plan.guide.split())
        if plan.repeat:
            span = _span(part_range(plan, minutes, part))
            about = f" ({plan.heading})" if plan.heading else ""
            head = f"{number}. {span} sections{about}."
        else:
            head = f"{number}. “{plan.heading}”."
        yield f"{head} ({plan.kind.value}) {guide}".rstrip()


def _passage(texts: PromptTexts, part: Part) -> tuple[str, ...]:
    """Return which part of the video is meant, and the use of its text."""
    where = part.words
    if part.first:
        where += f", segments [{part.first}] to [{part.last}]"
    if not part.fills:
        told = texts.part.strip().format(where=where, number=part.number, count=part.count)
        return (told,)
    if part.again:
        return (texts.passage_again.strip().format(where=where),)
    if part.statement:
        data = {"heading": one_line(part.known[0], 200), "statement": part.statement}
        told = texts.statement.strip().format(where=where)
        return (told, fenced(json.dumps(data, ensure_ascii=False)))
    known = json.dumps([one_line(heading, 200) for heading in part.known], ensure_ascii=False)
    return (texts.gap.strip().format(where=where), fenced(known))


def _continuation(texts: PromptTexts, whole: Draft) -> tuple[str, ...]:
    """Return the request for the rest of a note that was cut off. Finished sections are quoted as
    data."""
    kept = [
        {
            "heading": one_line(section.heading, 200),
            "cites": [one_line(cite, 40) for cite in section.cites[-2:]],
        }
        for section in whole.sections
    ]
    data = {"title": one_line(whole.title, 200), "sections": kept}
    return (
        texts.continuation.strip().format(count=_count(len(kept), "section")),
        fenced(json.dumps(data, ensure_ascii=False)),
        texts.continuation_end.strip(),
    )


def section_range(plan: SectionPlan, minutes: float | None) -> tuple[int, int]:
    """Return how many sections of a repeating plan suit a video of this many minutes.

    Grows with the square root of the length, as content does: a video four times as long has twice
    the topics. Without a length, the whole range of the plan.
    """
    if not plan.repeat:
        return (1, 1)
    if minutes is None:
        return (plan.min, plan.max)
    base, slope = _GROWTH.get(plan.kind, (1.0, 0.9))
    wanted = base + slope * math.sqrt(max(0.0, minutes))
    low = min(max(math.floor(wanted * 0.85), plan.min), plan.max)
    high = min(max(math.ceil(wanted * 1.15), low), plan.max)
    return (low, high)


def wanted_plans(template: NoteTemplate, part: Part | None) -> tuple[SectionPlan, ...]:
    """Return the requested sections: all, or only those that repeat if a gap of a note is
    filled."""
    if part is None or not part.fills:
        return template.sections
    return tuple(plan for plan in template.sections if plan.repeat) or template.sections


def part_range(plan: SectionPlan, minutes: float | None, part: Part | None) -> tuple[int, int]:
    """Return how many sections of a plan one part of a video of that many minutes gets: its share.

    The maximum of a template is meant for one request. A note in parts may have more, by the square
    root of their number, as content grows.
    """
    if part is None or not plan.repeat:
        return section_range(plan, minutes)
    share = min(1.0, part.seconds / 60 / minutes) if minutes else 1 / part.count
    roomy = replace(plan, max=round(plan.max * math.sqrt(part.count)))
    low, high = section_range(roomy, minutes)
    return (max(1, math.floor(low * share)), max(1, math.ceil(high * share)))


# Number of sections: a constant, plus a factor times the square root of the minutes. The number for
# one hour is given behind.
_GROWTH = {
    SectionKind.TOPIC: (1.0, 0.9),  # 8 topics
    SectionKind.FINDINGS: (1.0, 0.8),  # 7 findings
    SectionKind.STEP: (2.0, 1.3),  # 12 steps
    SectionKind.SLIDE: (4.0, 1.8),  # 18 slides
    SectionKind.CARD: (5.0, 3.2),  # 30 cards
    SectionKind.CHAPTER: (1.0, 1.5),  # 13 chapters
    SectionKind.QUIZ: (3.0, 1.5),  # 15 questions
    SectionKind.INSIGHT: (3.0, 1.0),  # 11 ideas
    SectionKind.OUTLINE: (2.0, 0.7),  # 7 branches
}


def _span(span: tuple[int, int]) -> str:
    low, high = span
    return f"{low}" if low == high else f"{low} to {high}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
