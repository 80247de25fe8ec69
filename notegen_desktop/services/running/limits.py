"""What the user allows at the gate, as set."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What the user allows. Zero requests or tokens a minute or day: learn it from answers."""

    parallel: bool = True
    max_concurrent: int = 4
    stagger_s: float = 0.15
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    requests_per_day: int = 0
    rate_limited_percent: float = 5.0
    failed_percent: float = 20.0

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(
            parallel=settings.flag("processing.parallel"),
            max_concurrent=settings.integer("processing.max_concurrent"),
            stagger_s=settings.integer("processing.stagger_ms") / 1000,
            requests_per_minute=settings.integer("processing.requests_per_minute"),
            tokens_per_minute=settings.integer("processing.tokens_per_minute"),
            requests_per_day=settings.integer("processing.requests_per_day"),
            rate_limited_percent=settings.number("processing.fallback_rate_limited_percent"),
            failed_percent=settings.number("processing.fallback_failed_percent"),
        )
