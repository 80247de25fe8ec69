"""Checks that an answer is a note on the video: no refusal, no recited, repeated or meaningless
text, and in the requested language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from notegen_desktop.domain.notes.note import Draft, DraftSection, Level
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.features import tokens
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

from .findings import Finding, Problem, Severity
from .repetition import alike, ends_in_repetition, heading_key

RUN_WORDS = 6
RECITED = 0.3
"""Minimum share of a section's runs of six words that occur in our prompt, for it to be recited."""
REFUSAL_WORDS = 60
"""Maximum words of a section that only declines."""
LOOKBACK_SECTIONS = 8
"""Number of preceding sections that a section is compared with."""
FEW_REPEATED = 0.25
"""Maximum share of repeated sections that is no reason to pay for another answer."""
REPETITION_STEP_CHARS = 600
"""Characters after which a text is examined again for repetition."""
FEW_WORDS = 200
"""Words of a transcript, two minutes of speech, below which sections may be similar."""


def faults_of_substance(
    draft: Draft,
    sections: Sequence[DraftSection],
    template: NoteTemplate,
    *,
    transcript: Transcript | None,
    language: str,
) -> Iterator[Finding]:
    """Yield the findings against an answer whose `sections` have text. `language` is a BCP 47 tag,
    "" for that of the transcript."""
    yield from _not_a_note(draft)
    yield from _hollow(draft)
    yield from _recited(sections, template)
    yield from _repeated(sections, transcript)
    wanted = primary(language) or (primary(transcript.language) if transcript else "")
    foreign = list(_wrong_language(sections, language, transcript, wanted))
    yield from foreign or _foreign_headings(sections, template, wanted)


def _not_a_note(draft: Draft) -> Iterator[Finding]:
    whole = " ".join((draft.title, *(_text(s) for s in draft.sections)))
    openings = [_opening(section) for section in draft.sections]
    if len(tokens(whole[:6000])) < 120:  # a short text with one such phrase is no note
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
        for level in Level:
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


def refuses(section: DraftSection) -> bool:
    """Return True if a section declines, at each level, and says nothing else."""
    texts = [text for each in section.texts if (text := each.strip())]
    return bool(texts) and all(
        (is_refusal(text) or is_begging(text)) and len(tokens(text)) <= REFUSAL_WORDS
        for text in texts
    )


def is_hollow(section: DraftSection) -> bool:
    """Return True if a section only says that there is nothing to say, or is a placeholder."""
    return all(map(says_nothing, section.texts))


def _hollow(draft: Draft) -> Iterator[Finding]:
    hollow = [section.heading for section in draft.sections if is_hollow(section)]
    if 2 * len(hollow) >= len(draft.sections):  # fewer hollow sections are removed by the clean-up
        yield Finding(
            Problem.HOLLOW,
            Severity.ASK_AGAIN,
            f"{len(hollow)} of {len(draft.sections)} sections say nothing, such as “{hollow[0]}”; "
            "each has to tell what the video says.",
        )


def _recited(sections: Sequence[DraftSection], template: NoteTemplate) -> Iterator[Finding]:
    """Yield findings of our own prompt instead of a note, as small models may return."""
    ours = _our_runs(template)
    recited = 0
    for section in sections:
        runs = set().union(*map(_runs, section.texts))
        recited += bool(runs) and len(runs & ours) >= RECITED * len(runs)
    if 2 * recited >= len(sections):
        yield Finding(
            Problem.RECITED,
            Severity.ASK_AGAIN,
            "The answer recites its instructions; it has to tell what the video says.",
        )


def recites(text: str, template: NoteTemplate) -> bool:
    """Return True if a text, such as a heading, shares a run of words with our prompt."""
    return bool(_runs(text) & _our_runs(template))


def _our_runs(template: NoteTemplate) -> frozenset[tuple[str, ...]]:
    told = [template.instructions, *(plan.guide for plan in template.sections)]
    if (texts := template.texts) is not None:
        told += [texts.system, texts.every_task, texts.small, texts.small_section]
        told += texts.kinds.values()
    return _runs_of(tuple(told))


@lru_cache(maxsize=32)
def _runs_of(texts: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset().union(*map(_runs, texts))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = tokens(text)
    return set(zip(*(words[begin:] for begin in range(RUN_WORDS)), strict=False))


def _repeated(sections: Sequence[DraftSection], transcript: Transcript | None) -> Iterator[Finding]:
    """Yield findings of repetition, within a text or of whole sections.

    A transcript of a few sentences has too little content for different sections.
    """
    for number, section in enumerate(sections):
        if any(map(has_repetition, section.texts)):
            yield Finding(
                Problem.REPEATED,
                Severity.ASK_AGAIN,
                f"“{section.heading}” repeats the same words over and over.",
                number,
            )
    if transcript is not None and not _has_many_words(transcript):
        return
    counted = [Counter(tokens(section.comprehensive)) for section in sections]
    again = sum(
        any(alike(words, before) for before in counted[max(0, at - LOOKBACK_SECTIONS) : at])
        for at, words in enumerate(counted)
    )
    if again > max(2, len(sections) * FEW_REPEATED):
        yield Finding(
            Problem.REPEATED,
            Severity.ASK_AGAIN,
            f"{again} of {len(sections)} sections say what another one says already.",
        )


def _has_many_words(transcript: Transcript) -> bool:
    counted = accumulate(len(tokens(segment.text)) for segment in transcript.segments)
    return any(count >= FEW_WORDS for count in counted)


def has_repetition(text: str) -> bool:
    """Return True if a text repeats itself endlessly, at its end or before."""
    ends = range(REPETITION_STEP_CHARS, len(text) + REPETITION_STEP_CHARS, REPETITION_STEP_CHARS)
    return len(text) > REPETITION_STEP_CHARS and any(ends_in_repetition(text[:end]) for end in ends)


def _wrong_language(
    sections: Sequence[DraftSection], language: str, transcript: Transcript | None, wanted: str
) -> Iterator[Finding]:
    text = "\n".join(f"{s.comprehensive}\n{s.standard}" for s in sections)[:60_000]
    found = differs(text, wanted)
    tag = language or (transcript.language if transcript else "")
    if wanted == "zh" and "-" in tag and not found:
        asked, written = han_style(tag), chinese_tag("zh", text)
        if written != "zh" and (written == "zh-Hans") != (asked == "zh-Hans"):
            found, wanted = written, asked
    if found:
        yield Finding(
            Problem.WRONG_LANGUAGE,
            Severity.ASK_AGAIN,
            f"The answer is in {_name(found)}; it should be in {language_name(wanted)}.",
        )


def _foreign_headings(
    sections: Sequence[DraftSection], template: NoteTemplate, wanted: str
) -> Iterator[Finding]:
    if not wanted:
        return
    headings = [section.heading for section in sections]
    found = differs(" . ".join(headings), wanted)
    own_script = 2 * sum(map(str.isascii, headings)) < len(headings)
    if own_script and not sections[0].comprehensive.isascii():
        found = ""  # English names within headings of another script
    # “Discussion” and “Questions” are French, too; headings of several words are not.
    ours = {heading_key(plan.heading) for plan in template.sections if not plan.repeat}
    ours = {heading for heading in ours if " " in heading or heading == "overview"}
    kept = sum(heading_key(heading) in ours for heading in headings)
    if not found and wanted != "en" and kept >= min(2, len(ours)) > 0:
        found = "en"
    if found:
        yield Finding(
            Problem.HEADINGS_FOREIGN,
            Severity.ASK_AGAIN,
            f"The headings are in {_name(found)}; they should be in {language_name(wanted)}.",
            lacks=f"headings in {language_name(wanted)}",
        )


def _name(found: str) -> str:
    """Return the name of a language, or of a script that identifies another language."""
    return language_name(found) if "script" not in found else f"the {found}"


def _opening(section: DraftSection) -> str:
    return next((text.strip() for text in section.texts if text.strip()), "")


def _text(section: DraftSection) -> str:
    return " ".join((section.heading, section.concise, section.standard, section.comprehensive))
