"""What notes will take, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from notegen_desktop.domain.jobs import NoteRequest
from notegen_desktop.domain.notes import Engine, Mode, Usage
from notegen_desktop.domain.templates import NoteTemplate

from .paths import Paths
from .ports import JobEstimate, Material


@dataclass
class Prices:
    def price(self, model: str, usage: Usage) -> float:
        return 0.0


def load_prices(paths: Paths) -> Prices:
    return Prices()


class Estimator:
    def __init__(self, prices: Prices) -> None:
        self._prices = prices

    def for_job(
        self, material: Material, request: NoteRequest, template: NoteTemplate, mode: Mode
    ) -> JobEstimate:
        words = len(material.transcript.text) // 4 if material.transcript else 0
        offline = request.engine is Engine.OFFLINE
        return JobEstimate(
            video_id=request.video_id,
            template=template.id,
            input_tokens=0 if offline else words,
            cached_tokens=0,
            output_tokens=0,
            cost_usd=0.0,
            seconds=1.0,
        )

    def for_video(
        self, material: Material, works: Iterable[tuple[NoteRequest, NoteTemplate, bool]]
    ) -> list[JobEstimate]:
        return [self.for_job(material, r, t, Mode.TRANSCRIPT) for r, t, _ in works]
