"""One note to write, everything settled."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.notes import Draft, Engine, Mode
from notegen_desktop.domain.templates import NoteTemplate

from .ports import Material


@dataclass(frozen=True, slots=True)
class Work:
    """Estimates are of one request: `tokens` of input, `seconds`, `cost_usd` in US dollars.

    `saved` are the whole sections an interrupted run left.
    """

    template: NoteTemplate
    material: Material
    mode: Mode
    engine: Engine
    model: str
    language: str
    tokens: int = 0
    seconds: float = 0.0
    cost_usd: float = 0.0
    saved: Draft | None = None
