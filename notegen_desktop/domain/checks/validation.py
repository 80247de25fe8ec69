"""The output gate: what is wrong with an answer, and what is to be asked again.

What can be put right without a model, `cleanup` does before. An answer that is no note is asked for
again once, with the reason; what then is still wrong becomes an error. One that is good and lacks
something opens as a note all the same, and says what it lacks.
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
from notegen_desktop.domain.notes.templates import WHOLE, NoteTemplate, SectionPlan
from notegen_desktop.domain.text.features import features, tokens
from notegen_desktop.domain.text.language_detection import chinese_tag, differs
from notegen_desktop.domain.text.languages import han_style, language_name, primary
from notegen_desktop.domain.text.phrases import (
    is_begging,
    is_policy_refusal,
    is_refusal,
    says_nothing,
    without_preamble,
)
from notegen_desktop.domain.text.transcript import Transcript

from .repetition import alike, goes_in_circles

LEVELS = (Level.CONCISE, Level.STANDARD, Level.COMPREHENSIVE)

FEW = 0.25
"""A fault in no more than this share of the sections is no reason to pay for another answer."""
ALIKE = 0.9
"""Two levels that share this much of their words, counted with repeats, are one text."""
LONGER = 1.1
"""A shorter level that is so many times as long as a longer one has changed places with it."""
FOLLOWING = 4
FOLLOWED = 0.25
"""So many places, over so much of the video, and its order is the note's."""
RUN_WORDS = 6
RECITED = 0.3
"""A section of whose runs of six words this share stands in our instructions recites them."""
REFUSAL_WORDS = 60
COMPARED = 8
"""With so many sections before it a section is compared."""
CIRCLE_STEP = 600
"""Characters of a text after which it is looked at once more whether it repeats itself."""
COMPARABLE = 5
APART = 0.3
"""A short level with less of its words in the longer ones, of five words at least that not most
sections share, tells of something else. Measured on 83 sections of good notes: 0.42 at least, 0.8
in the middle; on levels of other sections 0.15 in the middle, 0.25 in three of four."""
SHORT_VIDEO_S = 300.0
"""Below this a video may well have nothing new in its last third; seconds."""


FEW_WORDS = 200
"""Below this, two minutes of speech, the sections of a note on a talk may well be alike."""


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
    DOUBLED_HEADING = "doubled-heading"
    UNFINISHED = "unfinished"
    HOLLOW = "hollow"
    RECITED = "recited"
    REPEATED = "repeated"
    NO_CITES = "no-cites"
    LEVELS_APART = "levels-apart"
    HEADINGS_FOREIGN = "headings-foreign"


class Severity(StrEnum):
    """`ACCEPT`: worth knowing. `MEND`: clean-up or grounding mends it. `MARK`: the note opens, and
    says what it lacks. The rest is no note yet."""

    ACCEPT = "accept"
    MEND = "mend"
    MARK = "mark"
    ASK_AGAIN = "ask-again"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `message` is a sentence for people that a model understands too.

    `section` counts from 0; None for the note as a whole. `lacks` says what the note lacks, if it
    may open without that, in words that follow “lacks”.
    """

    problem: Problem
    severity: Severity
    message: str
    section: int | None = None
    lacks: str = ""


def usable(findings: Iterable[Finding]) -> bool:
    """Whether an answer with these findings is a note, though it may lack something."""
    return all(f.severity not in (Severity.ASK_AGAIN, Severity.REFUSE) for f in findings)


def opens(findings: Iterable[Finding]) -> bool:
    """Whether it may at least be opened as one that is not whole, where asking again was no use."""
    return all(f.lacks or f.severity in (Severity.ACCEPT, Severity.MEND) for f in findings)


def lacks(findings: Iterable[Finding]) -> tuple[str, ...]:
    """What a note with these findings lacks, each in words that follow “lacks”."""
    return tuple(dict.fromkeys(f.lacks for f in findings if f.lacks))


def reason(findings: Iterable[Finding]) -> str:
    """What has to be better, for the model that is asked again and for the error after that."""
    return " ".join(
        f.message for f in findings if f.severity in (Severity.ASK_AGAIN, Severity.REFUSE)
    )


def continues(findings: Iterable[Finding]) -> bool:
    """Whether what came is good and only its end is missing, so that the rest is enough."""
    grave = [f.problem for f in findings if f.severity in (Severity.ASK_AGAIN, Severity.REFUSE)]
    ends = (Problem.MISSING_SECTIONS, Problem.UNFINISHED)
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
        findings += _hollow(draft)
        findings += _recited(sections, template)
        findings += _repeated(sections, transcript)
        foreign = list(_wrong_language(sections, language, transcript))
        foreign = foreign or list(_foreign_headings(sections, template, language, transcript))
        findings += foreign
        findings += _missing(draft, template, language, transcript)
    if truncated or not draft.whole:
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
    else:
        for number, section in enumerate(draft.sections):
            if refuses(section):
                yield Finding(
                    Problem.REFUSAL,
                    Severity.ASK_AGAIN,
                    f"“{section.heading}” is a refusal; it has to be written or left out.",
                    number,
                    lacks=f"the section “{section.heading}”",
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
    tag = language or (transcript.language if transcript else "")
    if wanted == "zh" and "-" in tag and not found:
        asked, written = han_style(tag), chinese_tag("zh", text)
        if written != "zh" and (written == "zh-Hans") != (asked == "zh-Hans"):
            found, wanted = written, asked
    if found:
        name = language_name(found) if "script" not in found else f"the {found}"
        yield Finding(
            Problem.WRONG_LANGUAGE,
            Severity.ASK_AGAIN,
            f"The answer is in {name}; it should be in {language_name(wanted)}.",
        )


def refuses(section: DraftSection) -> bool:
    """Whether a section declines, at each level, and says nothing else."""
    texts = [text for level in LEVELS if (text := section.at(level).strip())]
    return bool(texts) and all(
        (is_refusal(text) or is_begging(text)) and len(tokens(text)) <= REFUSAL_WORDS
        for text in texts
    )


def is_hollow(section: DraftSection) -> bool:
    """Whether a section only says that there is nothing to say, or what should stand there."""
    return all(says_nothing(section.at(level)) for level in LEVELS)


def _hollow(draft: Draft) -> Iterable[Finding]:
    hollow = [section.heading for section in draft.sections if is_hollow(section)]
    if 2 * len(hollow) >= len(draft.sections):  # clean-up leaves out a few
        yield Finding(
            Problem.HOLLOW,
            Severity.ASK_AGAIN,
            f"{len(hollow)} of {len(draft.sections)} sections say nothing, such as “{hollow[0]}”; "
            "each has to tell what the video says.",
        )


def _recited(sections: list[DraftSection], template: NoteTemplate) -> Iterable[Finding]:
    """The words of our own instructions instead of a note, as small models give back."""
    told = [template.instructions, *(plan.guide for plan in template.sections)]
    if template.texts is not None:
        told += [template.texts.system, template.texts.every_task, *template.texts.kinds.values()]
    ours = set().union(*map(_runs, told))
    recited = 0
    for section in sections:
        runs = set().union(*(_runs(section.at(level)) for level in LEVELS))
        recited += bool(runs) and len(runs & ours) >= RECITED * len(runs)
    if 2 * recited >= len(sections):
        yield Finding(
            Problem.RECITED,
            Severity.ASK_AGAIN,
            "The answer recites its instructions; it has to tell what the video says.",
        )


def _runs(text: str) -> set[tuple[str, ...]]:
    words = tokens(text)
    return {tuple(words[at : at + RUN_WORDS]) for at in range(len(words) - RUN_WORDS + 1)}


def _repeated(sections: list[DraftSection], transcript: Transcript | None) -> Iterable[Finding]:
    """The same passage over and over, within a text or as sections of their own.

    A talk of a few sentences has not enough to say for sections that differ.
    """
    for number, section in enumerate(sections):
        if any(_has_circle(section.at(level)) for level in LEVELS):
            yield Finding(
                Problem.REPEATED,
                Severity.ASK_AGAIN,
                f"“{section.heading}” repeats the same words over and over.",
                number,
            )
    if transcript is not None and len(tokens(transcript.text)) < FEW_WORDS:
        return
    counted = [Counter(tokens(section.comprehensive)) for section in sections]
    again = sum(
        any(alike(words, before) for before in counted[max(0, at - COMPARED) : at])
        for at, words in enumerate(counted)
    )
    if again > max(2, len(sections) * FEW):
        yield Finding(
            Problem.REPEATED,
            Severity.ASK_AGAIN,
            f"{again} of {len(sections)} sections say what another one says already.",
        )


def _has_circle(text: str) -> bool:
    ends = range(CIRCLE_STEP, len(text) + CIRCLE_STEP, CIRCLE_STEP)
    return len(text) > CIRCLE_STEP and any(goes_in_circles(text[:end]) for end in ends)


def _apart(draft: Draft) -> Iterable[Finding]:
    """Levels of a section that tell of different things: hardly a word in common."""
    told = [
        tuple(features(without_references(section.at(level))) for level in LEVELS)
        for section in draft.sections
    ]
    spread = Counter(feature for levels in told for feature in set().union(*levels))
    usual = {feature for feature, n in spread.items() if n > 1 and 2 * n > len(told)}
    compared = apart = 0
    for levels in told:
        concise, *longer = (level - usual for level in levels)
        others = set().union(*longer)
        if len(concise) < COMPARABLE or len(others) < COMPARABLE:
            continue
        compared += 1
        apart += len(concise & others) < APART * len(concise)
    if compared >= 2 and 2 * apart > compared:
        yield Finding(
            Problem.LEVELS_APART,
            Severity.ASK_AGAIN,
            "The levels of most sections tell of different things; each level has to tell the same "
            "matter at another depth.",
        )


def _foreign_headings(
    sections: list[DraftSection],
    template: NoteTemplate,
    language: str,
    transcript: Transcript | None,
) -> Iterable[Finding]:
    wanted = primary(language) or (primary(transcript.language) if transcript else "")
    if not wanted:
        return
    headings = [section.heading for section in sections]
    found = differs(" . ".join(headings), wanted)
    if not sections[0].comprehensive.isascii() and 2 * sum(map(str.isascii, headings)) < len(
        headings
    ):
        found = ""  # names of things within headings in another script
    # “Discussion” and “Questions” are French, too; what has several words is not.
    ours = {heading_key(plan.heading) for plan in template.sections if not plan.repeat}
    ours = {heading for heading in ours if " " in heading or heading == "overview"}
    kept = sum(heading_key(heading) in ours for heading in headings)
    if not found and wanted != "en" and kept >= min(2, len(ours)) > 0:
        found = "en"
    if found:
        name = language_name(found) if "script" not in found else f"the {found}"
        yield Finding(
            Problem.HEADINGS_FOREIGN,
            Severity.ASK_AGAIN,
            f"The headings are in {name}; they should be in {language_name(wanted)}.",
            lacks=f"headings in {language_name(wanted)}",
        )


def _missing(
    draft: Draft, template: NoteTemplate, language: str, transcript: Transcript | None
) -> Iterable[Finding]:
    """Sections that the template names and that are not there.

    A section for which the video has nothing is rightly left out, if it is not on the whole. In
    English, headings stand as they were given; elsewhere they are translated, and only the number
    tells, unless some were left as they are.
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
        return  # under headings of its own
    needed = any(plan.kind in WHOLE for plan in gone)
    if gone and (needed or 2 * len(gone) >= len(fixed)):
        for plan in gone:
            yield _lacking(number, wanted, heading=plan.heading)


def _lacking(number: int, wanted: int, *, heading: str = "", lacks: str = "") -> Finding:
    which = f"“{heading}” is missing." if heading else f"{wanted} are asked for."
    return Finding(
        Problem.MISSING_SECTIONS,
        Severity.ASK_AGAIN,
        f"The answer has {number} sections; {which}",
        # Of less than half of a note nobody would say that it lacks something.
        lacks=(lacks or f"the section “{heading}”") if 2 * number >= wanted else "",
    )


def _is_among(plan: SectionPlan, headings: list[set[str]]) -> bool:
    """Whether a heading is there as it was given, or with words more or less."""
    own = set(tokens(plan.heading))
    return any(heading and (heading <= own or own <= heading) for heading in headings)


def empty_levels(draft: Draft, *, quoted: bool = False) -> tuple[Finding, ...]:
    """The sections that lack a level, or have what says nothing in its place."""

    def is_empty(text: str) -> bool:
        return not text.strip() if quoted else says_nothing(text)

    faulty = [
        (number, section)
        for number, section in enumerate(draft.sections)
        if any(is_empty(section.at(level)) for level in LEVELS)
        and not all(is_empty(section.at(level)) for level in LEVELS)
    ]
    many = _are_many(len(faulty), len(draft.sections))

    def finding(number: int, section: DraftSection) -> Finding:
        absent = next(level for level in LEVELS if is_empty(section.at(level)))
        return Finding(
            Problem.EMPTY_LEVEL,
            Severity.MARK if many else Severity.MEND,
            f"“{section.heading}” lacks its {absent} level.",
            number,
            lacks=f"the {absent} level of its sections" if many else "",
        )

    return tuple(finding(number, section) for number, section in faulty)


def _alike(draft: Draft) -> Iterable[Finding]:
    faulty = []
    for number, section in enumerate(draft.sections):
        texts = [tokens(without_references(section.at(level))) for level in LEVELS]
        if any(a and b and overlap(a, b) >= ALIKE for a, b in pairwise(texts)):
            faulty.append((number, section))
    many = _are_many(len(faulty), len(draft.sections))
    for number, section in faulty:
        yield Finding(
            Problem.LEVELS_ALIKE,
            Severity.MARK if many else Severity.ACCEPT,
            f"Two levels of “{section.heading}” are the same text; each should say more.",
            number,
            lacks="levels that differ" if many else "",
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


UNCITED = Finding(
    Problem.NO_CITES,
    Severity.ASK_AGAIN,
    "Nothing says where in the video it is said; each section has to cite its places.",
)
"""Of a note for which no place was found at all, neither named nor looked up."""


def goes_through(times: Iterable[float], length_s: float) -> bool:
    """Whether cites (seconds) show that a note follows a video, so that a gap means something.

    A note that cites a few places only is short of cites; nothing tells how far it got.
    """
    distinct = sorted(set(times))
    return len(distinct) >= FOLLOWING and distinct[-1] - distinct[0] >= length_s * FOLLOWED


def _are_many(faulty: int, total: int) -> bool:
    return faulty > max(1, total * FEW) or faulty == total


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
