"""The facts of all engines' models: context windows, prices, concurrent requests."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from notegen_desktop.domain.cost.prices import Price, Prices
from notegen_desktop.domain.cost.quota_day import pacific_date
from notegen_desktop.domain.engines.connection import Connection
from notegen_desktop.domain.errors import NoteGenError, RequestTooLarge
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.notes.parts import ANY_LENGTH, PartLimits
from notegen_desktop.services.ports import Connections, ModelFacts, Speed

if TYPE_CHECKING:
    from .chat.models import ServerFacts

FREE = Price("free", 0.0, 0.0, 0.0, tokens_per_second=20.0, first_token_s=15.0)
"""Price of a local model. Speeds differ a hundredfold: these are assumptions for estimates of time,
of a small model without a graphics card."""


SPEED = "speed"
"""Name of a learnt fact, by engine and model: seconds to the first words, tokens per second."""
LEVELS = "levels"
"""Name of a learnt fact, by engine and model: it cannot write three levels at once."""


async def _nothing(*_: Any) -> None:
    """Recall and remember nothing, if no store is given."""


class EngineModels:
    """Implements `Models`. `table` has the prices of Gemini, and of other models that it lists.

    `recall` and `remember` store measurements across starts; `now` returns the time by which prices
    apply, in seconds since the epoch.
    """

    def __init__(
        self,
        table: Prices,
        connections: Connections | None = None,
        servers: ServerFacts | None = None,
        *,
        recall: Callable[[str], Awaitable[Any]] = _nothing,
        remember: Callable[[str, Any], Awaitable[object]] = _nothing,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._table = table
        self._connections = connections
        self._servers = servers
        self._recall = recall
        self._remember = remember
        self._speeds: dict[str, Speed] = {}
        self._by_level: set[str] = set()
        self._recalled: set[str] = set()
        self._now = now
        self._a_minute: dict[str, int] = {}
        """Tokens per minute of Gemini's models, if a request exceeded them."""

    def prices(self, engine: Engine) -> Prices:
        connection = self._connection(engine)
        table = self._table.on(pacific_date(self._now()))
        if connection is None:
            return table
        known = self._servers.prices(connection) if self._servers is not None else {}
        if connection.is_free:
            seen = {
                key.partition("/")[2].lower(): replace(
                    FREE,
                    first_token_s=speed.first_token_s,
                    tokens_per_second=speed.tokens_per_second,
                )
                for key, speed in self._speeds.items()
                if key.startswith(f"{engine}/")
            }
            # The user's own gateway may pass requests on to a paid service: it then reports a
            # price.
            dear = {name: price for name, price in known.items() if price.output}
            models = {FREE.model: FREE, **seen, **dear}
            return replace(table, models=models, aliases={}, unknown=FREE.model)
        return replace(table, models={**table.models, **known})

    async def facts(self, engine: Engine, model: str) -> ModelFacts:
        connection = self._connection(engine)
        if connection is None or self._servers is None:
            a_minute = self._a_minute.get(model)
            return ModelFacts(
                limits=PartLimits.of_minute(a_minute) if a_minute else ANY_LENGTH,
                gate=model,
                metered=engine is not Engine.OFFLINE,
            )
        known = await self._servers.model(connection, model)
        await self._recall_facts(f"{engine}/{model}")
        return ModelFacts(
            limits=PartLimits.of_window(known.window, known.most_output),
            # All models on this machine share one limiter; elsewhere each model has its own.
            gate=engine if connection.is_local else f"{engine}/{model}",
            most_at_once=connection.most_at_once,
            metered=not connection.is_local,
            tells_limits=connection.preset.tells_limits,
            by_level=f"{engine}/{model}" in self._by_level,
            by_section=known.is_small,
        )

    async def measured(self, engine: Engine, model: str, speed: Speed) -> None:
        """Record a local model's speed; elsewhere it changes by the hour. Averaged with the known
        one."""
        connection = self._connection(engine)
        if connection is None or not connection.is_local:
            return
        key = f"{engine}/{model}"
        before = self._speeds.get(key, speed)
        known = self._speeds[key] = Speed(
            (before.first_token_s + speed.first_token_s) / 2,
            (before.tokens_per_second + speed.tokens_per_second) / 2,
        )
        with suppress(NoteGenError):
            await self._remember(f"{SPEED}:{key}", [known.first_token_s, known.tokens_per_second])

    async def writes_by_level(self, engine: Engine, model: str) -> None:
        key = f"{engine}/{model}"
        self._by_level.add(key)
        with suppress(NoteGenError):
            await self._remember(f"{LEVELS}:{key}", True)

    async def _recall_facts(self, key: str) -> None:
        """Load the measurements of earlier starts."""
        if key in self._recalled:
            return
        self._recalled.add(key)
        with suppress(NoteGenError):
            told = await self._recall(f"{SPEED}:{key}")
            if isinstance(told, list) and len(told) == 2:
                self._speeds.setdefault(key, Speed(float(told[0]), float(told[1])))
            if await self._recall(f"{LEVELS}:{key}"):
                self._by_level.add(key)

    def learn(self, engine: Engine, model: str, error: RequestTooLarge) -> bool:
        connection = self._connection(engine)
        if connection is None or self._servers is None:
            known = self._a_minute.get(model, 1 << 60)
            if not 0 < error.most_tokens < known:
                return False
            self._a_minute[model] = error.most_tokens
            return True
        return self._servers.learn(connection, model, error.most_tokens)

    def _connection(self, engine: Engine) -> Connection | None:
        """Return the connection of an engine; None for a built-in engine, and for a deleted
        connection."""
        if self._connections is None or not engine.is_connection:
            return None
        with suppress(NoteGenError):
            return self._connections.get(engine)
        return None
