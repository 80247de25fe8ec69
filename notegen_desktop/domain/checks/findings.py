"""Findings about an answer, their severity, and their consequences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


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
    """`ACCEPT`: for information. `MEND`: clean-up or grounding repairs it. `MARK`: the note opens,
    and states what it lacks. The rest is not a note yet."""

    ACCEPT = "accept"
    MEND = "mend"
    MARK = "mark"
    ASK_AGAIN = "ask-again"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem. `message` is a sentence for users that a model understands, too.

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
    """Return the problems to fix, for the model in a repetition and for the error after that."""
    return " ".join(
        f.message for f in findings if f.severity in (Severity.ASK_AGAIN, Severity.REFUSE)
    )


def continues(findings: Iterable[Finding]) -> bool:
    """Return True if the answer is good and only its end is missing, so that a continuation
    suffices."""
    grave = [f.problem for f in findings if f.severity in (Severity.ASK_AGAIN, Severity.REFUSE)]
    ends = (Problem.MISSING_SECTIONS, Problem.UNFINISHED)
    return bool(grave) and all(problem in ends for problem in grave)
