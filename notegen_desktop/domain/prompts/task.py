"""The part of a prompt that differs from note to note: what to write, how much, which language."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Part
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind, SectionPlan
from notegen_desktop.domain.text.languages import language_name, primary
from notegen_desktop.domain.text.transcript import Transcript

from .material import minutes_of, one_line


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
    """What to write and how. `language` is a BCP 47 tag, "" for that of the words.

    `among_others`: other notes are asked for in the same answer; see `prompt_joint`.
    """
    minutes = minutes_of(video, transcript)
    plans = wanted_plans(template, part)
    spoken_tag = (transcript.language if transcript else "") or video.language
    wanted = language_name(language) or language_name(spoken_tag)
    foreign = bool(spoken_tag and wanted) and primary(language) not in ("", primary(spoken_tag))
    blocks = [f"# Task: {one_line(template.name, 80)}"]
    if among_others:
        blocks.append(f"The `template` of this note is `{template.id}`.")
    if reason:
        blocks.append(
            f"An earlier answer could not be used: {one_line(reason, 600)} "
            "Write the note anew, and see to it that this does not happen again."
        )
    blocks += [
        _language_rule(wanted, foreign=foreign),
        _instructions(template, video, minutes, wanted, part),
        *([_passage(part)] if part is not None else ()),
        "## Sections\n\n" + "\n".join(_plan_lines(plans, minutes, part)),
    ]
    if whole is not None and whole.sections:
        blocks.append(_continuation(whole))
    if not among_others:  # several notes are closed once, behind the last
        blocks.append(CLOSING)
    return "\n\n".join(blocks)


CLOSING = "Check what holds for every task, then write the JSON object."


def _language_rule(wanted: str, *, foreign: bool) -> str:
    if not wanted:
        return "Write everything in the language that is mainly spoken in the video."
    rule = f"Write everything in {wanted}."
    if foreign:
        rule += (
            " Translate what you quote. Keep names, code and the titles of works as they are, and "
            "give a technical term of the video in parentheses once, where it first appears, if "
            f"it is not usual in {wanted}."
        )
    return rule


def _instructions(
    template: NoteTemplate,
    video: Video,
    minutes: float | None,
    language: str,
    part: Part | None,
) -> str:
    repeating = [plan for plan in template.sections if plan.repeat]
    length = minutes if part is None else part.seconds / 60
    values = {
        "title": one_line(video.name, 300),
        "channel": one_line(video.channel, 200) or "an unnamed channel",
        "minutes": "an unknown number of" if length is None else f"{max(1, round(length))}",
        "language": language or "the language of the video",
        "sections": _span(part_range(repeating[0], minutes, part)) if repeating else "the given",
        "depth": depth(length),
    }
    return template.instructions.format_map(values)


def depth(minutes: float | None) -> str:
    """A sentence on how deep to go, for a video of this many minutes; None is unknown."""
    if minutes is None:
        return "Let the depth follow its substance: every main point, and what supports it."
    return next(words for limit, words in _DEPTHS if minutes < limit)


_DEPTHS: tuple[tuple[float, str], ...] = (
    (
        4,
        "It is very short: give every point it makes, and do not stretch it; texts shorter than "
        "the usual lengths are right.",
    ),
    (
        12,
        "It is short: give every point it makes with its reason, and leave out nothing but "
        "repetition.",
    ),
    (
        35,
        "It is of medium length: give each main point with its reasons and its best example; "
        "minor points appear at the comprehensive level.",
    ),
    (
        75,
        "It is long: give each main line of thought with the steps that lead to it; examples are "
        "chosen at the standard level and complete at the comprehensive level.",
    ),
    (
        150,
        "It is very long: give the architecture first, how its parts depend on one another, then "
        "each part with its main result; use the upper end of the given lengths.",
    ),
    (
        math.inf,
        "It is extremely long: choose the lines of thought that run through it, follow each from "
        "beginning to end, and say where they meet or conflict; use the upper end of the given "
        "lengths.",
    ),
)


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
        levels = "" if "concise" in guide.lower() else _LEVELS.get(plan.kind, "")
        yield " ".join(part for part in (head, guide, levels) if part)


# Where a section is a list, its levels differ by what is on it rather than by words. A guide that
# speaks of the levels itself is left alone.
_LEVELS = {
    SectionKind.OBJECTIVES: "Concise: 3 items. Standard: 4 to 6. Comprehensive: 6 to 9, "
    "each with the reason why it matters.",
    SectionKind.TERMS: "Concise: the 4 to 6 most important, a short line each. Standard: 7 to 12. "
    "Comprehensive: all of them, each with an example or a neighbouring term it is told from.",
    SectionKind.SUMMARY: "Concise: 3 points. Standard: 4 to 6. Comprehensive: 6 to 10, each "
    "with the reason or number behind it.",
    SectionKind.PREREQUISITES: "Concise: only what one cannot begin without. Standard: "
    "everything. Comprehensive: everything, with amounts, versions, substitutes and what each "
    "is for.",
    SectionKind.TIPS: "Concise: 2 or 3 items. Standard: 4 to 6. Comprehensive: all of them.",
    SectionKind.TROUBLESHOOTING: "Concise: the 2 most likely. Standard: 3 to 5. Comprehensive: "
    "all of them, each with how to avoid it.",
    SectionKind.VERIFICATION: "Concise: the one check that decides. Standard: 3 to 5. "
    "Comprehensive: all of them, each with what to do if it fails.",
    SectionKind.FACTS: "Concise: the 4 to 6 one needs most. Standard: 7 to 12. Comprehensive: "
    "all of them, each with its condition or context.",
}


def _passage(part: Part) -> str:
    """Which part of the video is meant, and what becomes of what is written about it."""
    where = part.words
    if part.first:
        where += f", segments [{part.first}] to [{part.last}]"
    if part.fills:
        known = json.dumps([one_line(heading, 200) for heading in part.known], ensure_ascii=False)
        return (
            "## Only this passage\n\n"
            f"A note on this video exists already, but it leaves out one passage: {where}. Write "
            "the sections that are missing for it, and nothing else; what stands around it is "
            "shown for context alone. If nothing of substance is said or shown there, write one "
            "section that says at each level what happens instead. Each section cites the "
            "passage.\n\n"
            f"The note has these sections already (headings, as data):\n\n{known}"
        )
    return (
        "## Only this passage\n\n"
        f"The video is long, so its note is written in {part.count} parts, side by side. This is "
        f"part {part.number}: {where}. If the material has lines before these, they only show how "
        "the passage begins. Write about the passage alone, from its beginning to its very end: "
        "whatever is said here of the video is meant of it.\n\n"
        "The parts are put together afterwards. A section whose heading stands in quotation marks "
        f"will be made of what each part gives for it: write it 1/{part.count} as long as its "
        f"guide says, with 1/{part.count} as many items, each item and paragraph complete in "
        "itself, without words that open or close. Where the passage has nothing for such a "
        "section, one plain sentence in each text, and no cites. Only `title` is that of the "
        "whole: what the video as such is about, going by its facts. No text speaks of parts or "
        "passages."
    )


def _continuation(whole: Draft) -> str:
    """Asks for the rest of a note that was cut off. What is whole is quoted as data."""
    kept = json.dumps(
        [
            {"heading": one_line(section.heading, 200), "cites": list(section.cites[-2:])}
            for section in whole.sections
        ],
        ensure_ascii=False,
    )
    title = json.dumps(one_line(whole.title, 200), ensure_ascii=False)
    return (
        "## Continue\n\n"
        "An earlier answer was cut off. Its first "
        f"{_count(len(whole.sections), 'section')} will be kept, in this order (headings and last "
        f"cites, as data):\n\n{kept}\n\n"
        f"Use the title {title} again. Do not repeat the sections that are kept: `sections` begins "
        "with the next one and goes on to the end of the list above, in the same language and "
        "manner. Those that are kept count towards the numbers given above. If they are all there "
        "is to say, `sections` is empty."
    )


def section_range(plan: SectionPlan, minutes: float | None) -> tuple[int, int]:
    """How many sections of a repeating plan suit a video of this many minutes.

    Grows with the square root of the length, as substance does: a video four times as long has
    twice the topics. Without a length, the whole range of the plan.
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
    """The sections asked for: all, or only those that repeat where a gap of a note is closed."""
    if part is None or not part.fills:
        return template.sections
    return tuple(plan for plan in template.sections if plan.repeat) or template.sections


def part_range(plan: SectionPlan, minutes: float | None, part: Part | None) -> tuple[int, int]:
    """How many sections of a plan one part of a video of that many minutes gets: its share.

    The most a template allows is meant for one request. A note in parts may have more, by the root
    of their number, as substance grows.
    """
    if part is None or not plan.repeat:
        return section_range(plan, minutes)
    share = min(1.0, part.seconds / 60 / minutes) if minutes else 1 / part.count
    roomy = replace(plan, max=round(plan.max * math.sqrt(part.count)))
    low, high = section_range(roomy, minutes)
    return (max(1, math.floor(low * share)), max(1, math.ceil(high * share)))


# Sections at no length, and more for each root of a minute; an hour has about as many as said.
_GROWTH = {
    SectionKind.TOPIC: (1.0, 0.9),  # 8 topics
    SectionKind.FINDINGS: (1.0, 0.8),  # 7 findings
    SectionKind.STEP: (2.0, 1.3),  # 12 steps
    SectionKind.SLIDE: (4.0, 1.8),  # 18 slides
    SectionKind.CARD: (5.0, 3.2),  # 30 cards
    SectionKind.CHAPTER: (1.0, 1.5),  # 13 chapters
}


def _span(span: tuple[int, int]) -> str:
    low, high = span
    return f"{low}" if low == high else f"{low} to {high}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
