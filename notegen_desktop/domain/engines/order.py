"""The choice of engines: per template, and alternatives when the first fails."""

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
"""Errors of an engine, not of the note: another engine may write it. The last four have lasted
longer than the maximum wait."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine and a model of it, "" for the one in the settings."""

    engine: Engine
    model: str = ""

    def __str__(self) -> str:
        return f"{self.engine}:{self.model}" if self.model else str(self.engine)


def engine_order(text: str) -> tuple[EngineChoice, ...]:
    """Return the choices of `gemini:gemini-flash-latest, ollama, offline`, without duplicates."""
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    return tuple(dict.fromkeys(map(_choice, entries)))


def template_engines(text: str) -> dict[str, EngineChoice]:
    """Return the choices of `chapters@ollama, study-notes@gemini:gemini-3.7-pro` by template."""
    entries = [entry.partition("@") for entry in text.split(",")]
    return {
        template.strip(): _choice(choice)
        for template, _, choice in entries
        if template.strip() and choice.strip()
    }


def template_engines_text(choices: Mapping[str, EngineChoice]) -> str:
    """Return the reverse of `template_engines`."""
    return ", ".join(f"{template}@{choice}" for template, choice in choices.items())


def _choice(entry: str) -> EngineChoice:
    name, _, model = entry.partition(":")
    return EngineChoice(Engine(name.strip()), model.strip())
