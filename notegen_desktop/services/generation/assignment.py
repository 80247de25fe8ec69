"""One note to write, everything settled."""

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
"""About what the instructions of a request take beside its material."""


@dataclass(slots=True)
class KeptParts:
    """What is written of a note, by part; a note in one request is one part, number 0.

    Filled while the note is written and kept with its job, so that another attempt pays for no
    whole section again. It holds for its `basis` alone: what the sections were written from.
    """

    count: int = 0
    drafts: dict[int, PartDraft] = field(default_factory=dict)
    basis: str = ""

    @property
    def single(self) -> Draft | None:
        """The sections of a note that is written in one request."""
        return self.drafts[0].draft if self.count == 1 and 0 in self.drafts else None

    def of(self, count: int) -> dict[int, PartDraft]:
        """The drafts by number, for a note in `count` parts; none of one that was cut otherwise."""
        if self.count != count:
            self.count = count
            self.drafts.clear()
        return self.drafts


@dataclass(frozen=True, slots=True)
class Work:
    """One note to write.

    `estimate` is of one request, for the limiter and the budget, as if nothing were cached;
    `likely_usd` is its price as it will likely be, and `plain_output_tokens` what it would say
    without having learnt. Requests are booked under `job_id`, "" for none, and held against the
    budget of `run_id`.

    `saved` are the whole sections that an earlier request left, `kept` those of all parts. With
    `part`, only that part of the video is written about, and `material` has its words.
    `media` is where the model finds a video that is a file of this machine. `wish` is the user's.
    `facts` are those of the model. With a `level` that one alone is written, of the sections of
    `outline` if there is one; it `may_write_levels` if asking for each by itself is still to be
    tried. Unless its engine `is_last` in the user's order, a network that
    is gone is not waited for. `overnight` has its first requests answered in a batch. `before`
    is the guide that is to grow by the new videos of its course. `simple` is a section by itself.
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
        """The length of the whole video in seconds, 0 if unknown."""
        words = self.material.transcript
        return self.material.video.duration_s or (words.duration_s if words else 0.0)

    def overall(self, template: NoteTemplate, told: Transcript) -> Work:
        """The sections of `template` alone, over the whole video, of which the note's parts have
        `told`; all that they rest on."""
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
        """Whether each level is asked for by itself; what fills a note is short enough for all."""
        slow = self.facts.by_level or self.facts.by_section
        return slow and not (self.by_section or (self.part is not None and self.part.fills))

    @property
    def by_section(self) -> bool:
        """Whether each section is asked for by itself: of a talk, by a small model, where the
        template has a section for each passage."""
        whole = self.part is None and not self.simple
        return (
            self.facts.by_section
            and whole
            and writes_sections(self.template, self.material, self.mode)
        )

    def of_section(self, plan: SectionPlan, words: Transcript) -> Work:
        """One section of the same note, from these words alone."""
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
        """The same note, of one level alone: of these sections, or of those that it decides on."""
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
        """The same note, of one part of the video alone; its share of the estimate goes with it."""
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
    """Whether a note can be written a section at a time: of the words of one talk, where the
    template has a section for each passage; the others are written from those."""
    by_passages = any(plan.repeat for plan in template.sections)
    return by_passages and mode is Mode.TRANSCRIPT and not material.members


def settle_mode(mode: Mode, engine: Engine, template: NoteTemplate, material: Material) -> Mode:
    """What the writer is given.

    `auto` takes the transcript where there is one, the video where there is none, and both where
    the template needs to see and the video is online. Raises why there is no transcript where one
    is needed, and UnsupportedSource where the video cannot be watched.
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
    """The language of the note, a BCP 47 tag: the one asked for, or the video's; "" if unknown."""
    if asked and asked != "auto":
        return asked
    if material.transcript is not None and material.transcript.language:
        return material.transcript.language
    return material.video.language
