"""The order of engines: which one writes when the first cannot."""

from __future__ import annotations

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
    TimedOut,
    UnknownEngine,
)
from notegen_desktop.domain.notes.note import Engine

UNABLE = (
    *(QuotaExhausted, NoFreeTier, AccountRefused, KeyMissing, ModelNotFound),
    *(EngineMissing, UnknownEngine, RequestTooLarge, BudgetExceeded),
    *(RateLimited, ServiceUnavailable, TimedOut, NetworkUnreachable),
)
"""Errors that lie with an engine and not with the note: another one may write it. The last four
have lasted for longer than is waited for."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine and a model of it, "" for the one that is chosen in the settings."""

    engine: Engine
    model: str = ""


def engine_order(text: str) -> tuple[EngineChoice, ...]:
    """`gemini:gemini-flash-latest, ollama, offline` as choices, each once."""
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    found = []
    for entry in entries:
        name, _, model = entry.partition(":")
        found.append(EngineChoice(Engine(name.strip()), model.strip()))
    return tuple(dict.fromkeys(found))
