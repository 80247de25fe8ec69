"""What may be wrong with an answer, how grave that is, and what becomes of the answer by it."""

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
