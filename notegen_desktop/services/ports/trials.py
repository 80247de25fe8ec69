"""Trying out a template before it is kept."""

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
    """What would be sent for a note. A long video is sent in `parts`, of which this is the first;
    0 is one whole. `to_model` is False where the offline engine would write, which reads none."""

    prompt: Prompt
    model: str
    parts: int = 0
    to_model: bool = True


@dataclass(frozen=True, slots=True)
class TrialEstimate:
    """What a note will take, and who would write it."""

    estimate: Estimate
    engine: Engine
    model: str


class TemplateTrials(Protocol):
    """Notes of templates that need not be kept; the notes are not kept either.

    The order says who writes, how and of which link, its first; with a `video`, of that video's
    words in the library. All raise SourceError, WriterError, NetworkUnreachable or TimedOut.
    """

    async def prompt(
        self, template: NoteTemplate, order: Order, *, video: Video | None = None
    ) -> SentPrompt:
        """Sends nothing."""
        ...

    async def estimate(self, template: NoteTemplate, order: Order) -> TrialEstimate:
        """Sends nothing."""
        ...

    async def write(
        self,
        template: NoteTemplate,
        order: Order,
        *,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Note:
        """Raises BudgetExceeded, too; `progress` is told 0 to 1. Cancelling stops it."""
        ...
