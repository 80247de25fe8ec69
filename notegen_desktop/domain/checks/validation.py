"""Validates an answer: its problems, and what to request again.

Problems that need no model are repaired by `cleanup` before. An answer that is no note is requested
once more, with the reason; remaining problems become an error. A good but incomplete one opens as a
note that states what it lacks. This module checks the form of a whole note: its sections, their
levels, their cites; `substance` checks their content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.citations import (
    CitedTime,
    LabelRange,
    places_in,
    without_references,
)
from notegen_desktop.domain.notes.note import Draft, DraftSection, Level
from notegen_desktop.domain.notes.templates import WHOLE, NoteTemplate, SectionPlan
from notegen_desktop.domain.text.features import features, tokens
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.phrases import says_nothing
from notegen_desktop.domain.text.transcript import Transcript

from .findings import Finding, Problem, Severity
from .repetition import ALIKE, heading_key, overlap
from .substance import faults_of_substance

FEW = 0.25
"""Maximum share of faulty sections that is no reason to pay for another answer."""
LONGER = 1.1
"""Ratio of a shorter level's length to a longer one's from which they are swapped."""
COMPARABLE = 5
APART = 0.3
"""Minimum share of a short level's words in the longer ones, of at least five words that most
sections do not share; below, it is about something else. Measured on 83 sections of good notes: at
least 0.42, median 0.8; on levels of other sections median 0.15, and 0.25 in three of four."""


def check(
    draft: Draft,
    template: NoteTemplate,
    *,
    transcript: Transcript | None,
    video: Video,
    language: str = "",
    quoted: bool = False,
) -> tuple[Finding, ...]:
    """Return the problems of an answer, the gravest first. Never raises.

    `language` is the requested one, a BCP 47 tag, "" for the video's own. `quoted`: the note quotes
    the transcript literally, so wording and language are the speaker's.
    """
    sections = [s for s in draft.sections if s.chars]
    if not sections:
        return (
            Finding(Problem.EMPTY, Severity.ASK_AGAIN, "The answer holds no section with text."),
        )
    findings: list[Finding] = []
    if not quoted:
        findings += faults_of_substance(
            draft, sections, template, transcript=transcript, language=language
        )
        findings += _missing(draft, template, language, transcript)
    if not draft.whole:
        findings.append(
            Finding(
                Problem.UNFINISHED,
                Severity.ASK_AGAIN,
                "The answer was cut off before its end.",
                lacks="its end",
            )
        )
    findings += empty_levels(draft, quoted=quoted)
    if not quoted:
        findings += _alike(draft)
        findings += _apart(draft)
    findings += _swapped(draft)
    findings += _doubled(draft)
    findings += _cites(draft, transcript, video)
    order = list(reversed(Severity))
    return tuple(sorted(findings, key=lambda f: order.index(f.severity)))


def _missing(
    draft: Draft, template: NoteTemplate, language: str, transcript: Transcript | None
) -> Iterable[Finding]:
    """Return findings of sections that the template names and the draft lacks.

    A section for which the video has no content may be left out, unless it is about the whole. In
    English, headings are as given; elsewhere they are translated, and only the number counts,
    unless some were left untranslated.
    """
    fixed = [plan for plan in template.sections if not plan.repeat]
    headings = [set(tokens(section.heading)) for section in draft.sections]
    gone = [plan for plan in fixed if not _is_among(plan, headings)]
    wanted = len(fixed) + sum(plan.min for plan in template.sections if plan.repeat)
    number = len(draft.sections)
    spoken = primary(language) or (primary(transcript.language) if transcript else "en")
    if spoken != "en" and len(gone) == len(fixed):
        if number < len(fixed):
            yield _lacking(number, wanted, lacks=f"{len(fixed) - number} of its sections")
        return
    if len(gone) == len(fixed) and number >= wanted and len(fixed) < 3:
        return  # translated or reworded headings
    needed = any(plan.kind in WHOLE for plan in gone)
    if gone and (needed or 2 * len(gone) >= len(fixed)):
        for nth, plan in enumerate(gone):
            yield _lacking(number, wanted, heading=plan.heading, counts=not nth)


def _lacking(
    number: int, wanted: int, *, heading: str = "", lacks: str = "", counts: bool = True
) -> Finding:
    """Return the finding of a missing section. `counts`: the message includes the numbers, once for
    all."""
    which = f"“{heading}” is missing." if heading else f"{wanted} are asked for."
    return Finding(
        Problem.MISSING_SECTIONS,
        Severity.ASK_AGAIN,
        f"The answer has {number} sections; {which}" if counts else which,
        # With fewer than half of the sections, the answer is not a note that lacks one.
        lacks=(lacks or section_words(heading)) if 2 * number >= wanted else "",
    )


def section_words(heading: str) -> str:
    """Return a section of the template as an item of `Note.missing`."""
    return f"the section “{heading}”"


def _is_among(plan: SectionPlan, headings: list[set[str]]) -> bool:
    """Return True if a heading exists as given, or with additional or missing words."""
    own = set(tokens(plan.heading))
    return any(heading and (heading <= own or own <= heading) for heading in headings)


def empty_levels(draft: Draft, *, quoted: bool = False) -> tuple[Finding, ...]:
    """Return findings of sections that lack a level, or have meaningless text in it."""

    absent = [_absent_levels(section, quoted=quoted) for section in draft.sections]
    faulty = [
        (number, section, levels[0])
        for number, (section, levels) in enumerate(zip(draft.sections, absent, strict=True))
        if 0 < len(levels) < len(Level)
    ]
    many = _are_many(len(faulty), len(draft.sections))
    return tuple(
        Finding(
            Problem.EMPTY_LEVEL,
            Severity.MARK if many else Severity.MEND,
            f"“{section.heading}” lacks its {level} level.",
            number,
            lacks=f"the {level} level of its sections" if many else "",
        )
        for number, section, level in faulty
    )


def levels_to_write(draft: Draft) -> dict[Level, tuple[int, ...]]:
    """Return the levels that a model left out, or copied from a shorter one, with the numbers of
    their sections; none if only a few sections are affected."""
    lacking: dict[Level, list[int]] = {level: [] for level in Level}
    faulty = 0
    for number, section in enumerate(draft.sections):
        absent = _absent_levels(section)
        levels = {*absent, *_copied_levels(section)} if len(absent) < len(Level) else set()
        faulty += bool(levels)
        for level in levels:
            lacking[level].append(number)
    if not faulty or not _are_many(faulty, len(draft.sections)):
        return {}
    return {level: tuple(numbers) for level, numbers in lacking.items() if numbers}


def _absent_levels(section: DraftSection, *, quoted: bool = False) -> list[Level]:
    texts = section.texts
    empty = [not text.strip() if quoted else says_nothing(text) for text in texts]
    return [level for level, is_empty in zip(Level, empty, strict=True) if is_empty]


def _copied_levels(section: DraftSection) -> list[Level]:
    """Return the levels that repeat the level before them."""
    texts = [Counter(tokens(without_references(text))) for text in section.texts]
    return [
        level
        for level, (a, b) in zip(list(Level)[1:], pairwise(texts), strict=True)
        if a and b and overlap(a, b) >= ALIKE
    ]


def _alike(draft: Draft) -> Iterable[Finding]:
    faulty = [(n, section) for n, section in enumerate(draft.sections) if _copied_levels(section)]
    many = _are_many(len(faulty), len(draft.sections))
    for number, section in faulty:
        yield Finding(
            Problem.LEVELS_ALIKE,
            Severity.MARK if many else Severity.ACCEPT,
            f"Two levels of “{section.heading}” are the same text; each should say more.",
            number,
            lacks="levels that differ" if many else "",
        )


def _apart(draft: Draft) -> Iterable[Finding]:
    """Yield a finding if the levels of most sections are about different things: hardly a word in
    common."""
    told = [
        tuple(features(without_references(text)) for text in section.texts)
        for section in draft.sections
    ]
    spread = Counter(feature for levels in told for feature in set().union(*levels))
    usual = {feature for feature, n in spread.items() if n > 1 and 2 * n > len(told)}
    compared = apart = 0
    for levels in told:
        concise, *longer = (level - usual for level in levels)
        others = set().union(*longer)
        compared += min(len(concise), len(others)) >= COMPARABLE
        apart += shares_little(concise, others)
    if compared >= 2 and 2 * apart > compared:
        yield Finding(
            Problem.LEVELS_APART,
            Severity.ASK_AGAIN,
            "The levels of most sections tell of different things; each level has to tell the same "
            "matter at another depth.",
        )


def shares_little(some: set[str], others: set[str]) -> bool:
    """Return True if a text shares hardly any of its words with another; False for too few
    words."""
    enough = min(len(some), len(others)) >= COMPARABLE
    return enough and len(some & others) < APART * len(some)


def _swapped(draft: Draft) -> Iterable[Finding]:
    for number, section in enumerate(draft.sections):
        if in_wrong_order(section):
            yield Finding(
                Problem.LEVELS_SWAPPED,
                Severity.MEND,
                f"The levels of “{section.heading}” are in the wrong order of length.",
                number,
            )


def _doubled(draft: Draft) -> Iterable[Finding]:
    seen: set[str] = set()
    for number, section in enumerate(draft.sections):
        key = heading_key(section.heading)
        if key in seen:
            yield Finding(
                Problem.DOUBLED_HEADING,
                Severity.MEND,
                f"There are two sections “{section.heading}”.",
                number,
            )
        seen.add(key)


def _cites(draft: Draft, transcript: Transcript | None, video: Video) -> Iterable[Finding]:
    starts = {s.label: s.start_s for s in transcript.segments} if transcript else {}
    length_s = video.duration_s or (transcript.duration_s if transcript else 0.0)
    times: list[float] = []
    unknown: list[str] = []
    for section in draft.sections:
        for place in places_in(section, starts):
            if isinstance(place, LabelRange):
                known = [starts[end] for end in (place.first, place.last) if end in starts]
                times += known
                unknown += [] if known else [place.first]
            elif isinstance(place, CitedTime):
                inside = not length_s or place.start_s <= length_s
                times += [place.start_s] if inside else []
                unknown += [] if inside else [clock(place.start_s)]
    total = len(times) + len(unknown)
    if unknown:
        yield Finding(
            Problem.UNKNOWN_CITES,
            Severity.MEND,  # the grounding check repairs or removes such cites
            f"{len(unknown)} of {total} cites name no place of the video, such as "
            f"“{unknown[0][:20]}”; cites are copied from the material.",
        )


UNCITED = Finding(
    Problem.NO_CITES,
    Severity.ASK_AGAIN,
    "Nothing says where in the video it is said; each section has to cite its places.",
)
"""Finding of a note for which no place was found at all, neither cited nor by search."""


def _are_many(faulty: int, total: int) -> bool:
    return faulty > max(1, total * FEW) or faulty == total


def in_wrong_order(section: DraftSection) -> bool:
    """Return True if a shorter level is longer than one that should say more."""
    lengths = [len(without_references(text)) for text in section.texts if text]
    return any(a > b * LONGER for a, b in pairwise(lengths))
