"""Trying out a template before it is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from notegen_desktop.domain.cost.estimate import Estimate
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine, Note
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.prompts.prompt import Prompt

from .notes import Order


@dataclass(frozen=True, slots=True)
class SentPrompt:
    """The prompt that would be sent for a note. A long video is sent in `parts`, of which this is
    the first; 0 is an undivided one. `to_model` is False for the offline engine, which reads no
    prompt."""

    prompt: Prompt
    model: str
    parts: int = 0
    to_model: bool = True


@dataclass(frozen=True, slots=True)
class TrialEstimate:
    """The estimate of a note, and its engine and model."""

    estimate: Estimate
    engine: Engine
    model: str


class TemplateTrials(Protocol):
    """Notes of unsaved templates; the notes are not stored either.

    The order has engine, settings and link, of which the first is used; with a `video`, its stored
    transcript. All raise SourceError, WriterError, NetworkUnreachable or TimedOut.
    """

    async def prompt(
        self, template: NoteTemplate, order: Order, *, video: Video | None = None
    ) -> SentPrompt:
        """Return the prompt. Sends nothing."""
        ...

    async def estimate(self, template: NoteTemplate, order: Order) -> TrialEstimate:
        """Return the estimate. Sends nothing."""
        ...

    async def write(
        self,
        template: NoteTemplate,
        order: Order,
        *,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Note:
        """Return the written note. Raises BudgetExceeded, too; `progress` is called with 0 to 1.
        Cancelling stops it."""
        ...
