"""Which engine writes: that of a template, and which one when the first cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from notegen_desktop.domain.errors import (
    AccountRefused,
    BudgetExceeded,
    EngineMissing,
    KeyMissing,
    ModelNotFound,
    NetworkUnreachable,
    NoFreeTier,
    QuotaExhausted,
    RateLimited,
    RequestTooLarge,
    ServiceUnavailable,
    SomethingElseAnswered,
    TimedOut,
    UnknownEngine,
)
from notegen_desktop.domain.notes.note import Engine

UNABLE = (
    *(QuotaExhausted, NoFreeTier, AccountRefused, KeyMissing, ModelNotFound),
    *(EngineMissing, UnknownEngine, RequestTooLarge, BudgetExceeded, SomethingElseAnswered),
    *(RateLimited, ServiceUnavailable, TimedOut, NetworkUnreachable),
)
"""Errors that lie with an engine and not with the note: another one may write it. The last four
have lasted for longer than is waited for."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine and a model of it, "" for the one that is chosen in the settings."""

    engine: Engine
    model: str = ""

    def __str__(self) -> str:
        return f"{self.engine}:{self.model}" if self.model else str(self.engine)


def engine_order(text: str) -> tuple[EngineChoice, ...]:
    """`gemini:gemini-flash-latest, ollama, offline` as choices, each once."""
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    return tuple(dict.fromkeys(map(_choice, entries)))


def template_engines(text: str) -> dict[str, EngineChoice]:
    """`chapters@ollama, study-notes@gemini:gemini-3.7-pro` by template."""
    entries = [entry.partition("@") for entry in text.split(",")]
    return {
        template.strip(): _choice(choice)
        for template, _, choice in entries
        if template.strip() and choice.strip()
    }


def template_engines_text(choices: Mapping[str, EngineChoice]) -> str:
    """The reverse of `template_engines`."""
    return ", ".join(f"{template}@{choice}" for template, choice in choices.items())


def _choice(entry: str) -> EngineChoice:
    name, _, model = entry.partition(":")
    return EngineChoice(Engine(name.strip()), model.strip())
