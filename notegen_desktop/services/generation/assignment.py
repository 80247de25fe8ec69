"""One note to write, with all settings resolved."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from notegen_desktop.domain.cost.estimate import (
    NOTHING,
    SIMPLE_READ,
    SIMPLE_WRITTEN,
    Estimate,
    answer_tokens,
)
from notegen_desktop.domain.errors import TranscriptNeeded, UnsupportedSource, error_of
from notegen_desktop.domain.notes.note import Draft, Engine, Level, Mode, Note, Part, PartDraft
from notegen_desktop.domain.notes.parts import passage
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionPlan
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import GEMINI_FACTS, Material, MediaRef, ModelFacts

SHARED_TOKENS = 5_000
"""Approximate tokens of a request's instructions, without its material."""


@dataclass(slots=True)
class KeptParts:
    """The finished sections of a note, by part; a note in one request is one part, number 0.

    Filled while the note is written and kept with its job, so that another attempt pays for no
    whole section again. Valid only for the same `basis`, a hash of everything the sections were
    written from.
    """

    count: int = 0
    drafts: dict[int, PartDraft] = field(default_factory=dict)
    basis: str = ""

    @property
    def single(self) -> Draft | None:
        """Return the draft of a note written in one request, or None."""
        return self.drafts[0].draft if self.count == 1 and 0 in self.drafts else None

    def of(self, count: int) -> dict[int, PartDraft]:
        """Return the drafts by number, for a note in `count` parts; drafts of another partition are
        dropped."""
        if self.count != count:
            self.count = count
            self.drafts.clear()
        return self.drafts


@dataclass(frozen=True, slots=True)
class Work:
    """One note to write.

    `estimate` is of one request, for the limiter and the budget, without cache hits; `likely_usd`
    is the likely price, and `plain_output_tokens` the output before the learnt correction. Requests
    are booked under `job_id`, "" for none, and held against the budget of `run_id`.

    `saved` are the finished sections of an earlier request, `kept` those of all parts. With `part`,
    only that part of the video is written about, and `material` has its transcript. `media` is the
    uploaded file of a local video. `wish` is the user's extra instruction. `facts` are those of the
    model. With `level`, only that level is written, of the sections of `outline` if there is one;
    `may_write_levels` allows a fallback to one request per level. Unless its engine `is_last` in
    the user's order, a lost network is not waited for. `overnight` sends the first requests in a
    batch. `before` is the guide that is to grow by the new videos of its course. `simple` is a
    single section written alone.
    """

    template: NoteTemplate
    material: Material
    mode: Mode
    engine: Engine
    model: str
    language: str
    estimate: Estimate = NOTHING
    plain_output_tokens: int = 0
    likely_usd: float = 0.0
    saved: Draft | None = None
    kept: KeptParts = field(default_factory=KeptParts)
    part: Part | None = None
    media: MediaRef | None = None
    wish: str = ""
    job_id: str = ""
    run_id: str = ""
    facts: ModelFacts = GEMINI_FACTS
    level: Level | None = None
    outline: Draft | None = None
    may_write_levels: bool = False
    is_last: bool = True
    overnight: bool = False
    before: Note | None = None
    simple: bool = False

    @property
    def duration_s(self) -> float:
        """Return the length of the whole video in seconds, 0 if unknown."""
        words = self.material.transcript
        return self.material.video.duration_s or (words.duration_s if words else 0.0)

    def overall(self, template: NoteTemplate, told: Transcript) -> Work:
        """Return the work for the sections of `template` over the whole video, written from `told`,
        the note's parts as a transcript."""
        estimate = self.estimate
        read = SHARED_TOKENS + sum(count_tokens(segment.text) for segment in told.segments)
        written = answer_tokens(template, self.duration_s / 60)
        share = min(1.0, (read + written) / max(1, estimate.input_tokens + estimate.output_tokens))
        return replace(
            self,
            template=template,
            may_write_levels=False,
            material=replace(self.material, transcript=told),
            mode=Mode.TRANSCRIPT,
            media=None,
            saved=None,
            plain_output_tokens=0,
            estimate=replace(
                estimate,
                input_tokens=read,
                cached_tokens=0,
                output_tokens=written,
                cost_usd=estimate.cost_usd * share,
                prefix_tokens=0,
            ),
            likely_usd=self.likely_usd * share,
        )

    @property
    def by_level(self) -> bool:
        """Return True if each level is requested alone; parts that fill a gap are short enough for
        all."""
        slow = self.facts.by_level or self.facts.by_section
        return slow and not (self.by_section or (self.part is not None and self.part.fills))

    @property
    def by_section(self) -> bool:
        """Return True if each section is requested alone: by a small model, from a transcript, if
        the template has a section for each passage."""
        whole = self.part is None and not self.simple
        return (
            self.facts.by_section
            and whole
            and writes_sections(self.template, self.material, self.mode)
        )

    def of_section(self, plan: SectionPlan, words: Transcript) -> Work:
        """Return the work for one section, from these words alone."""
        read = SIMPLE_READ + sum(count_tokens(segment.text) for segment in words.segments)
        return replace(
            self,
            template=replace(self.template, sections=(plan,)),
            material=replace(self.material, transcript=words),
            estimate=replace(
                self.estimate, input_tokens=read, output_tokens=SIMPLE_WRITTEN, prefix_tokens=0
            ),
            plain_output_tokens=0,
            saved=None,
            simple=True,
        )

    def of_level(self, level: Level, outline: Draft | None) -> Work:
        """Return the work for one level alone: of the sections of `outline`, or with sections of
        its own."""
        share = 1 / len(Level)
        return replace(
            self,
            level=level,
            outline=outline,
            estimate=self.estimate.part(share),
            plain_output_tokens=math.ceil(self.plain_output_tokens * share),
            likely_usd=self.likely_usd * share,
            saved=None,
        )

    def of_part(self, part: Part, saved: Draft | None = None) -> Work:
        """Return the work for one part of the video, with its share of the estimate."""
        material = self.material
        if material.transcript is not None and part.first:
            material = replace(material, transcript=passage(material.transcript, part))
        share = min(1.0, part.seconds / self.duration_s) if self.duration_s else 1 / part.count
        return replace(
            self,
            material=material,
            may_write_levels=self.may_write_levels and not part.fills,
            estimate=self.estimate.part(share),
            plain_output_tokens=math.ceil(self.plain_output_tokens * share),
            likely_usd=self.likely_usd * share,
            saved=saved,
            part=part,
        )


def writes_sections(template: NoteTemplate, material: Material, mode: Mode) -> bool:
    """Return True if a note can be written one section at a time: from one video's transcript, by a
    template with a section for each passage; its other sections are written from those."""
    by_passages = any(plan.repeat for plan in template.sections)
    return by_passages and mode is Mode.TRANSCRIPT and not material.members


def settle_mode(mode: Mode, engine: Engine, template: NoteTemplate, material: Material) -> Mode:
    """Return the mode resolved from `auto`: the material given to the model.

    `auto` takes the transcript if there is one, the video if there is none, and both if the
    template needs to see and the video is online. Raises the reason for a missing transcript if one
    is needed, and UnsupportedSource if the video cannot be watched.
    """
    has_words = material.transcript is not None
    youtube = material.video.provider == "youtube"
    uploaded = material.uploadable and engine is Engine.GEMINI
    can_watch = (youtube and engine.is_gemini) or uploaded
    if mode is Mode.AUTO:
        if has_words:  # a film is not uploaded unasked, where its words alone make a note
            at_hand = youtube and can_watch
            return Mode.HYBRID if template.needs_to_see and at_hand else Mode.TRANSCRIPT
        mode = Mode.VIDEO if can_watch else Mode.TRANSCRIPT
    if mode is Mode.HYBRID and not has_words:
        mode = Mode.VIDEO
    if mode in (Mode.VIDEO, Mode.HYBRID) and not can_watch:
        raise UnsupportedSource(
            _(
                "Gemini can watch videos of YouTube, and films and recordings on this machine of "
                "up to 2 GB if uploading is allowed in the settings."
            ),
            hint=_("Choose the mode “transcript” or “auto”, and the engine Gemini."),
        )
    if mode is Mode.TRANSCRIPT and not has_words:
        raise error_of(material.missing) if material.missing else TranscriptNeeded()
    return mode


def settle_language(asked: str, material: Material) -> str:
    """Return the note's language as a BCP 47 tag: the requested one, or the video's; "" if
    unknown."""
    if asked and asked != "auto":
        return asked
    if material.transcript is not None and material.transcript.language:
        return material.transcript.language
    return material.video.language
