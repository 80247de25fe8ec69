"""The last look at a note before it counts: mended, grounded in the video, found usable or not."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain import quality
from notegen_desktop.domain.cost import count_tokens
from notegen_desktop.domain.grounding import Grounded, ground, least_gap
from notegen_desktop.domain.notes import Coverage, Draft, Engine, Mode
from notegen_desktop.domain.part import Part
from notegen_desktop.domain.parts import gap_part, in_whole_time
from notegen_desktop.domain.templates import NoteTemplate, SectionKind

from .work import Work

COVERING = frozenset(
    {SectionKind.TOPIC, SectionKind.STEP, SectionKind.CHAPTER, SectionKind.SLIDE},
)
"""Sections that go through a video from its beginning to its end."""
HALF_WAY = 1 / 3
"""A stretch of this share of what one request was about is not left out, it was forgotten."""
LEAST_VIDEO_S = 600.0
"""In a video shorter than this a note that cites one half of it may well be all there is to say."""
LEAST_TOKENS = 150
"""With fewer words than this a gap is a pause, music or thanks, not a matter left out."""


OF_THE_WHOLE = frozenset({quality.Problem.MISSING_SECTIONS, quality.Problem.HALF_WAY})


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` says, for the model, what has to be better; `continues` that the rest is enough."""

    draft: Draft
    grounded: Grounded
    reason: str = ""
    continues: bool = False

    @property
    def usable(self) -> bool:
        return not self.reason


def judge(work: Work, draft: Draft) -> Verdict:
    """Takes up to a third of a second for a long talk, so call it in a thread."""
    material = work.material
    if work.part is not None and work.mode is not Mode.TRANSCRIPT:
        draft = in_whole_time(draft, work.part)
    quoted = work.engine is Engine.OFFLINE
    draft = quality.mend(draft, quoted=quoted).draft
    findings = quality.check(
        draft,
        work.template,
        transcript=material.transcript,
        video=material.video,
        language=work.language,
        quoted=quoted,
    )
    if work.part is not None:  # it neither has all sections nor goes to the end
        findings = tuple(f for f in findings if f.problem not in OF_THE_WHOLE)
    grounded = ground(
        draft,
        transcript=material.transcript,
        video=material.video,
        language=work.language,
        quoted=quoted,
    )
    if quality.usable(findings):
        return Verdict(draft, grounded)
    return Verdict(draft, grounded, quality.reason(findings), quality.continues(findings))


def forgotten(work: Work, coverage: Coverage, known: tuple[str, ...], parts: int) -> list[Part]:
    """The stretches of a video that a note should tell of and does not, as requests that fill them.

    `known` are the headings it has; `parts` is how many requests it was written in.
    """
    if work.engine is Engine.OFFLINE or not _goes_through(work.template):
        return []
    duration_s = work.duration_s
    if duration_s < LEAST_VIDEO_S:
        return []
    least = max(least_gap(duration_s), duration_s / max(1, parts) * HALF_WAY)
    words = None if work.mode is Mode.VIDEO else work.material.transcript
    if coverage.covered_s < duration_s * quality.FOLLOWED:
        return []  # short of cites: nothing tells what it left out
    found: list[Part] = []
    for start_s, end_s in coverage.gaps:
        if end_s - start_s < least:
            continue
        span = (start_s, end_s)
        part = gap_part(words, work.material.video, work.mode, span, known=known)
        if part is None:
            continue
        said = words.segments if words else ()
        told = sum(count_tokens(s.text) for s in said if start_s <= s.start_s < end_s)
        if words is None or told >= LEAST_TOKENS:
            found.append(part)
    return found


def _goes_through(template: NoteTemplate) -> bool:
    return any(plan.repeat and plan.kind in COVERING for plan in template.sections)
