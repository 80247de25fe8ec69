"""The output gate: what is wrong with an answer, and what is to be asked again.

What can be put right without a model, `cleanup` does before. An answer is asked for again once,
with the reason; what then is still wrong becomes an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.citations import LabelRange, Moment, places_in, without_references
from notegen_desktop.domain.notes.note import Draft, DraftSection, Level
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.features import tokens
from notegen_desktop.domain.text.language_detection import differs
from notegen_desktop.domain.text.languages import language_name, primary
from notegen_desktop.domain.text.phrases import (
    is_begging,
    is_policy_refusal,
    is_refusal,
    without_preamble,
)
from notegen_desktop.domain.text.transcript import Transcript

LEVELS = (Level.CONCISE, Level.STANDARD, Level.COMPREHENSIVE)

FEW = 0.25
"""A fault in no more than this share of the sections is no reason to pay for another answer."""
ALIKE = 0.9
"""Two levels that share this much of their words, counted with repeats, are one text."""
LONGER = 1.1
"""A shorter level that is so many times as long as a longer one has changed places with it."""
LAST_PART = 2 / 3
"""A note without a cite after this share of a video has stopped half-way."""
FOLLOWING = 4
FOLLOWED = 0.25
"""So many places, over so much of the video, and its order is the note's."""
SHORT_VIDEO_S = 300.0
"""Below this a video may well have nothing new in its last third; seconds."""


class Problem(StrEnum):
    EMPTY = "empty"
    PREAMBLE = "preamble"
    REFUSAL = "refusal"
    NO_MATERIAL = "no-material"
    WRONG_LANGUAGE = "wrong-language"
    MISSING_SECTIONS = "missing-sections"
    EMPTY_LEVEL = "empty-level"
    LEVELS_ALIKE = "levels-alike"
    LEVELS_SWAPPED = "levels-swapped"
    UNKNOWN_CITES = "unknown-cites"
    HALF_WAY = "half-way"
    DOUBLED_HEADING = "doubled-heading"
    UNFINISHED = "unfinished"


class Severity(StrEnum):
    """`ACCEPT`: worth knowing. `MEND`: clean-up or grounding mends it. The rest is no note."""

    ACCEPT = "accept"
    MEND = "mend"
    ASK_AGAIN = "ask-again"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `message` is a sentence for people that a model understands too.

    `section` counts from 0; None for the note as a whole.
    """

    problem: Problem
    severity: Severity
    message: str
    section: int | None = None


def usable(findings: Iterable[Finding]) -> bool:
    """Whether an answer with these findings may be shown as a note."""
    return all(f.severity in (Severity.ACCEPT, Severity.MEND) for f in findings)


def reason(findings: Iterable[Finding]) -> str:
    """What has to be better, for the model that is asked again and for the error after that."""
    return " ".join(
        f.message for f in findings if f.severity in (Severity.ASK_AGAIN, Severity.REFUSE)
    )


def continues(findings: Iterable[Finding]) -> bool:
    """Whether what came is good and only its end is missing, so that the rest is enough."""
    grave = [f.problem for f in findings if f.severity in (Severity.ASK_AGAIN, Severity.REFUSE)]
    ends = (Problem.MISSING_SECTIONS, Problem.HALF_WAY, Problem.UNFINISHED)
    return bool(grave) and all(problem in ends for problem in grave)


def check(
    draft: Draft,
    template: NoteTemplate,
    *,
    transcript: Transcript | None,
    video: Video,
    language: str = "",
    truncated: bool = False,
    quoted: bool = False,
) -> tuple[Finding, ...]:
    """What is wrong with an answer, the gravest first. Never raises.

    `language` is what was asked for, a BCP 47 tag, "" for the video's own. `truncated` says that
    the answer was cut off. `quoted` says that the note quotes the talk word for word: its wording
    and language are then the speaker's.
    """
    sections = [s for s in draft.sections if s.chars]
    if not sections:
        return (
            Finding(Problem.EMPTY, Severity.ASK_AGAIN, "The answer holds no section with text."),
        )
    findings: list[Finding] = []
    if not quoted:
        findings += _not_a_note(draft)
        findings += _wrong_language(sections, language, transcript)
    findings += _missing(draft, template)
    if truncated or not draft.whole:
        findings.append(
            Finding(
                Problem.UNFINISHED, Severity.ASK_AGAIN, "The answer was cut off before its end."
            )
        )
    findings += _empty_levels(draft)
    if not quoted:
        findings += _alike(draft)
    findings += _swapped(draft)
    findings += _doubled(draft)
    findings += _cites(draft, transcript, video)
    order = list(reversed(Severity))
    return tuple(sorted(findings, key=lambda f: order.index(f.severity)))


def _not_a_note(draft: Draft) -> Iterable[Finding]:
    whole = " ".join((draft.title, *(_text(s) for s in draft.sections)))
    openings = [_opening(section) for section in draft.sections]
    if len(tokens(whole[:6000])) < 120:  # a talk may beg and refuse; a whole note does not
        openings = [whole, *openings]
        least = 1
    else:
        least = len(openings) // 2 + 1
    if sum(map(is_begging, openings)) >= least:
        yield Finding(
            Problem.NO_MATERIAL,
            Severity.ASK_AGAIN,
            "The answer asks for the transcript instead of using the material that was given.",
        )
    elif sum(map(is_refusal, openings)) >= least:
        yield Finding(
            Problem.REFUSAL,
            Severity.REFUSE if is_policy_refusal(whole) else Severity.ASK_AGAIN,
            "The answer is a refusal, not a note.",
        )
    for number, section in enumerate(draft.sections):
        for level in LEVELS:
            text = section.at(level)
            rest = without_preamble(text)
            if rest == text:
                continue
            yield Finding(
                Problem.PREAMBLE,
                Severity.MEND if rest.strip() else Severity.ASK_AGAIN,
                f"“{section.heading}” ({level}) begins with a preamble"
                + ("." if rest.strip() else " and says nothing else."),
                number,
            )


def _wrong_language(
    sections: list[DraftSection], language: str, transcript: Transcript | None
) -> Iterable[Finding]:
    wanted = primary(language) or (primary(transcript.language) if transcript else "")
    text = "\n".join(f"{s.comprehensive}\n{s.standard}" for s in sections)[:60_000]
    found = differs(text, wanted)
    if found:
        name = language_name(found) if "script" not in found else f"the {found}"
        yield Finding(
            Problem.WRONG_LANGUAGE,
            Severity.ASK_AGAIN,
            f"The answer is in {name}; it should be in {language_name(wanted)}.",
        )


def _missing(draft: Draft, template: NoteTemplate) -> Iterable[Finding]:
    fixed = [plan for plan in template.sections if not plan.repeat]
    present = Counter(heading_key(s.heading) for s in draft.sections)
    gone = [plan.heading for plan in fixed if not present[heading_key(plan.heading)]]
    wanted = len(fixed) + sum(plan.min for plan in template.sections if plan.repeat)
    number = len(draft.sections)
    if number >= wanted or not 0 < len(gone) < len(fixed):
        return  # right in number, or under headings of its own, so that nothing can be told missing
    which = ", ".join(f"“{name}”" for name in gone)
    yield Finding(
        Problem.MISSING_SECTIONS,
        Severity.ASK_AGAIN,
        f"The answer has {number} of at least {wanted} sections; some are missing: {which}.",
    )


def _empty_levels(draft: Draft) -> Iterable[Finding]:
    faulty = [
        (number, section)
        for number, section in enumerate(draft.sections)
        if not all(section.at(level).strip() for level in LEVELS)
    ]
    severity = _severity(len(faulty), len(draft.sections), mild=Severity.MEND)
    for number, section in faulty:
        yield Finding(
            Problem.EMPTY_LEVEL, severity, f"“{section.heading}” lacks one of its levels.", number
        )


def _alike(draft: Draft) -> Iterable[Finding]:
    faulty = []
    for number, section in enumerate(draft.sections):
        texts = [tokens(without_references(section.at(level))) for level in LEVELS]
        if any(a and b and overlap(a, b) >= ALIKE for a, b in pairwise(texts)):
            faulty.append((number, section))
    severity = _severity(len(faulty), len(draft.sections), mild=Severity.ACCEPT)
    for number, section in faulty:
        yield Finding(
            Problem.LEVELS_ALIKE,
            severity,
            f"Two levels of “{section.heading}” are the same text; each should say more.",
            number,
        )


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
            elif isinstance(place, Moment):
                inside = not length_s or place.start_s <= length_s
                times += [place.start_s] if inside else []
                unknown += [] if inside else [clock(place.start_s)]
    total = len(times) + len(unknown)
    if unknown:
        yield Finding(
            Problem.UNKNOWN_CITES,
            Severity.MEND,  # grounding repairs, or leaves out, what does not exist
            f"{len(unknown)} of {total} cites name no place of the video, such as "
            f"“{unknown[0][:20]}”; cites are copied from the material.",
        )
    if (
        length_s >= SHORT_VIDEO_S
        and goes_through(times, length_s)
        and (max(times) < length_s * LAST_PART)
    ):
        yield Finding(
            Problem.HALF_WAY,
            Severity.ASK_AGAIN,
            f"The note stops at {clock(max(times))} of {clock(length_s)}; "
            "the rest of the video is missing.",
        )


def goes_through(times: Iterable[float], length_s: float) -> bool:
    """Whether cites (seconds) show that a note follows a video, so that a gap means something.

    A note that cites a few places only is short of cites; nothing tells how far it got.
    """
    distinct = sorted(set(times))
    return len(distinct) >= FOLLOWING and distinct[-1] - distinct[0] >= length_s * FOLLOWED


def _severity(faulty: int, total: int, *, mild: Severity) -> Severity:
    return Severity.ASK_AGAIN if faulty > max(1, total * FEW) or faulty == total else mild


def in_wrong_order(section: DraftSection) -> bool:
    """Whether a shorter level is longer than one that should say more."""
    lengths = [len(without_references(section.at(level))) for level in LEVELS if section.at(level)]
    return any(a > b * LONGER for a, b in pairwise(lengths))


def overlap(first: list[str], second: list[str]) -> float:
    """How much of two texts is the same words, repeats counted; 1 for equal ones."""
    if not first and not second:
        return 1.0
    shared = (Counter(first) & Counter(second)).total()
    return 2 * shared / (len(first) + len(second))


def heading_key(heading: str) -> str:
    """What two spellings of one heading have in common."""
    return " ".join(tokens(heading)) or heading.strip()


def _opening(section: DraftSection) -> str:
    return next((t for level in LEVELS if (t := section.at(level).strip())), "")


def _text(section: DraftSection) -> str:
    return " ".join((section.heading, section.concise, section.standard, section.comprehensive))
