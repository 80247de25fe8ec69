"""Findings about an answer, their severity, and their consequences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from notegen_desktop.domain.words import N_, SOURCE, _, language


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


_REASONS = {
    Problem.EMPTY: N_("No section has text."),
    Problem.NO_MATERIAL: N_("It asks for the transcript, which was sent."),
    Problem.REFUSAL: N_("The model refused to write it."),
    Problem.PREAMBLE: N_("A section has nothing but an introduction."),
    Problem.HOLLOW: N_("Sections say nothing of the video."),
    Problem.RECITED: N_("It recites the instructions."),
    Problem.REPEATED: N_("Its text repeats itself."),
    Problem.WRONG_LANGUAGE: N_("It is in another language than asked for."),
    Problem.MISSING_SECTIONS: N_("Sections are missing."),
    Problem.UNFINISHED: N_("Its end is missing."),
    Problem.NO_CITES: N_("Nothing in it names a place of the video."),
    Problem.LEVELS_APART: N_("Its levels tell of different things."),
    Problem.HEADINGS_FOREIGN: N_("Its headings are in another language than asked for."),
}
"""For users of other languages: why an answer is no note. What a model is told stays English."""


class Severity(StrEnum):
    """`ACCEPT`: for information. `MEND`: clean-up or grounding repairs it. `MARK`: the note opens,
    and states what it lacks. The rest is not a note yet."""

    ACCEPT = "accept"
    MEND = "mend"
    MARK = "mark"
    ASK_AGAIN = "ask-again"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem. `message` is a sentence in English, for the model and for users who read that.

    `section` counts from 0; None for the note as a whole. `lacks` describes what the note lacks, if
    it may open without that, as the object of “lacks”.
    """

    problem: Problem
    severity: Severity
    message: str
    section: int | None = None
    lacks: str = ""


def usable(findings: Iterable[Finding]) -> bool:
    """Return True if an answer with these findings is a note, though it may lack something."""
    return all(f.severity not in (Severity.ASK_AGAIN, Severity.REFUSE) for f in findings)


def opens(findings: Iterable[Finding]) -> bool:
    """Return True if it may at least be opened as an incomplete note, after a repetition failed."""
    return all(f.lacks or f.severity in (Severity.ACCEPT, Severity.MEND) for f in findings)


def lacks(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return what a note with these findings lacks, each as the object of “lacks”."""
    return tuple(dict.fromkeys(f.lacks for f in findings if f.lacks))


def reason(findings: Iterable[Finding]) -> str:
    """Return the problems to fix, for the model in a repetition."""
    return " ".join(f.message for f in _grave(findings))


def reason_words(findings: Iterable[Finding]) -> str:
    """Return the same for the user: in English with all particulars, in another language without
    them."""
    grave = _grave(findings)
    if language() == SOURCE:
        return reason(grave)
    return " ".join(dict.fromkeys(_(_REASONS[f.problem]) for f in grave if f.problem in _REASONS))


def _grave(findings: Iterable[Finding]) -> list[Finding]:
    return [f for f in findings if f.severity in (Severity.ASK_AGAIN, Severity.REFUSE)]


def continues(findings: Iterable[Finding]) -> bool:
    """Return True if the answer is good and only its end is missing, so that a continuation
    suffices."""
    grave = _grave(findings)
    ends = (Problem.MISSING_SECTIONS, Problem.UNFINISHED)
    return bool(grave) and all(f.problem in ends for f in grave)
