"""One note to write, everything settled."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from notegen_desktop.domain.cost import NOTHING, Estimate
from notegen_desktop.domain.notes import Draft, Engine, Mode
from notegen_desktop.domain.part import Part, PartDraft
from notegen_desktop.domain.parts import passage
from notegen_desktop.domain.templates import NoteTemplate
from notegen_desktop.services.ports import Material, MediaRef


@dataclass(slots=True)
class KeptParts:
    """What is written of a note, by part; a note in one request is one part, number 0.

    Filled while it is written and kept by whoever asked for it, so that another attempt pays for no
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
        """The drafts by number, for a note in so many parts; none of one that was cut otherwise."""
        if self.count != count:
            self.count = count
            self.drafts.clear()
        return self.drafts


@dataclass(frozen=True, slots=True)
class Work:
    """`estimate` is of one request, for the gate and the budget, as if nothing were cached;
    `likely_usd` is its price as it will likely be, and `plain_output_tokens` what it would say
    without having learnt.

    `saved` are the whole sections that an earlier request left, `kept` those of all parts. With
    `part`, only that part of the video is written about, and `material` has its words.
    `media` is where the model finds a video that is a file of this machine.
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

    @property
    def duration_s(self) -> float:
        """The length of the whole video in seconds, 0 if unknown."""
        words = self.material.transcript
        return self.material.video.duration_s or (words.duration_s if words else 0.0)

    def of_part(self, part: Part, saved: Draft | None = None) -> Work:
        """The same note, of one part of the video alone; its share of the estimate goes with it."""
        material, whole = self.material, self.estimate
        if material.transcript is not None and part.first:
            material = replace(material, transcript=passage(material.transcript, part))
        share = min(1.0, part.seconds / self.duration_s) if self.duration_s else 1 / part.count
        return replace(
            self,
            material=material,
            estimate=replace(
                whole,
                input_tokens=math.ceil(whole.input_tokens * share),
                cached_tokens=math.ceil(whole.cached_tokens * share),
                output_tokens=math.ceil(whole.output_tokens * share),
                cost_usd=whole.cost_usd * share,
                seconds=whole.seconds * share,
                prefix_tokens=math.ceil(whole.prefix_tokens * share),
            ),
            plain_output_tokens=math.ceil(self.plain_output_tokens * share),
            likely_usd=self.likely_usd * share,
            saved=saved,
            part=part,
        )
