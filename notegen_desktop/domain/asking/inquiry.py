"""A question with what it is asked of, as it is put to a model."""

from __future__ import annotations

from dataclasses import dataclass

from .excerpt import Excerpt

MAX_QUESTION = 2000
"""Characters of a question that are sent on."""
MAX_EARLIER = 4
"""Earlier questions of the conversation that go along, the last ones, with their answers."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`earlier` are questions and answers of the same conversation, the oldest first."""

    question: str
    excerpt: Excerpt
    earlier: tuple[tuple[str, str], ...] = ()
