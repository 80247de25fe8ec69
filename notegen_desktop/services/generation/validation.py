"""Validation: clean up a draft, ground it in the video, decide if it is usable."""

from __future__ import annotations

from dataclasses import dataclass, replace

from notegen_desktop.domain.checks import findings as quality
from notegen_desktop.domain.checks.cleanup import clean_up
from notegen_desktop.domain.checks.coverage import (
    SHORT_VIDEO_S,
    goes_through,
    min_gap,
    promises_coverage,
)
from notegen_desktop.domain.checks.evidence import GroundingIndex
from notegen_desktop.domain.checks.grounding import Grounded, ground
from notegen_desktop.domain.checks.validation import UNCITED, check, empty_levels
from notegen_desktop.domain.notes.note import (
    Draft,
    DraftSection,
    Engine,
    Mode,
    Note,
    Part,
)
from notegen_desktop.domain.notes.parts import gap_part, in_whole_time
from notegen_desktop.domain.notes.statements import without_markers
from notegen_desktop.domain.prompts.rewriting import label_at
from notegen_desktop.domain.prompts.task import wanted_plans
from notegen_desktop.domain.text.tokens import count_tokens

from .assignment import Work

FORGOTTEN_SHARE = 1 / 3
"""Share of a request's time span; a gap as long as this was forgotten, not left out on purpose."""
MIN_TOKENS = 150
"""Minimum tokens of a gap: with fewer it is a pause, music or thanks."""
OF_ALL_LEVELS = frozenset(
    {
        quality.Problem.EMPTY_LEVEL,
        quality.Problem.LEVELS_ALIKE,
        quality.Problem.LEVELS_APART,
        quality.Problem.LEVELS_SWAPPED,
        quality.Problem.MISSING_SECTIONS,
        quality.Problem.DOUBLED_HEADING,
        quality.Problem.HEADINGS_FOREIGN,
    }
)
"""Problems that do not apply if one level alone is written, of existing sections."""


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """The result of a validation. `reason` tells the model which problems to fix, and
    `reason_words` the user; `continues` is True if only the missing rest is needed.

    `lacks` lists the missing contents of a note that `opens` nevertheless; see `Note.missing`.
    """

    draft: Draft
    grounded: Grounded
    reason: str = ""
    reason_words: str = ""
    continues: bool = False
    opens: bool = True
    lacks: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return not self.reason


def validate(work: Work, draft: Draft, index: GroundingIndex | None = None) -> ValidationResult:
    """Validate a draft. Takes up to a third of a second for a long transcript, so call it in a
    thread. `index` is the transcript's, if already built."""
    material = work.material
    if work.part is not None and work.mode is not Mode.TRANSCRIPT:
        draft = in_whole_time(draft, work.part)
    quoted = work.engine is Engine.OFFLINE
    as_it_came, draft = draft, clean_up(draft, quoted=quoted)
    findings = _findings(work, draft, as_it_came)
    grounded = ground(
        draft,
        transcript=material.transcript,
        video=material.video,
        language=work.language,
        quoted=quoted,
        index=index,
        template=work.template,
    )
    is_note = not quoted and (work.part is None or not work.part.statement)
    if is_note and draft.sections and not any(s.cites for s in grounded.sections):
        findings.append(UNCITED)
    return ValidationResult(
        draft,
        grounded,
        quality.reason(findings),
        quality.reason_words(findings),
        quality.continues(findings),
        quality.opens(findings),
        quality.lacks(findings),
    )


def kept_of(work: Work, note: Note) -> Draft:
    """Return the sections of a stored note to keep when it is completed; without those whose levels
    are missing, and none if the headings are in the wrong language."""
    label = label_at(work.material.transcript)
    sections = [
        DraftSection(
            section.heading,
            tuple(label(cite) for cite in section.cites),
            *map(without_markers, section.texts),
        )
        for section in note.sections
    ]
    draft = Draft(note.title, tuple(sections), whole=True)
    problems = {found.problem for found in _findings(work, draft, draft) if found.lacks}
    if quality.Problem.HEADINGS_FOREIGN in problems:
        return Draft(note.title)
    if problems & {quality.Problem.LEVELS_ALIKE, quality.Problem.EMPTY_LEVEL}:
        sections = [s for s in sections if len({text.strip() for text in s.texts}) == 3]
    return replace(draft, sections=tuple(sections))


def _findings(work: Work, draft: Draft, as_it_came: Draft) -> list[quality.Finding]:
    """Return the problems of a draft, without those that parts may have.

    A note that leaves out a passage of the video is still a note: the gap is shown, and written on
    demand. An empty answer is valid for a gap.
    """
    if work.part is not None and work.part.fills and draft.whole and not draft.sections:
        return []
    template = work.template
    if work.part is not None and work.part.statement:
        return []  # checks of notes do not apply to one statement; the cited words decide
    if work.part is not None:
        plans = wanted_plans(template, work.part)
        template = replace(template, sections=tuple(replace(plan, min=1) for plan in plans))
    found = check(
        draft,
        template,
        transcript=work.material.transcript,
        video=work.material.video,
        language=work.language,
        quoted=work.engine is Engine.OFFLINE,
    )
    absent = empty_levels(as_it_came, quoted=work.engine is Engine.OFFLINE)
    if absent:  # filled-in levels are alike
        found = tuple(f for f in found if f.problem is not quality.Problem.LEVELS_ALIKE)
    if work.level is not None:  # the other levels exist already
        return [f for f in found if f.problem not in OF_ALL_LEVELS]
    return [*found, *absent]


def forgotten(work: Work, note: Note, parts: int) -> list[Part]:
    """Return the gaps that a note should cover and does not, as requests that fill them.

    `parts` is the number of requests that the note was written in.
    """
    if work.engine is Engine.OFFLINE or work.by_section or not promises_coverage(work.template):
        return []
    duration_s = work.duration_s
    cited = [cite.start_s for section in note.sections for cite in section.cites]
    if duration_s < SHORT_VIDEO_S or not goes_through(cited, duration_s):
        return []
    min_s = max(min_gap(duration_s), duration_s / max(1, parts) * FORGOTTEN_SHARE)
    words = None if work.mode is Mode.VIDEO else work.material.transcript
    known = tuple(section.heading for section in note.sections)
    found: list[Part] = []
    for start_s, end_s in note.coverage.gaps:
        if end_s - start_s < min_s:
            continue
        span = (start_s, end_s)
        part = gap_part(words, work.material.video, work.mode, span, known=known)
        if part is None:
            continue
        said = words.segments if words else ()
        told = sum(count_tokens(s.text) for s in said if start_s <= s.start_s < end_s)
        if words is None or told >= MIN_TOKENS:
            found.append(part)
    return found
