"""What is known of the models of all engines: windows, prices, how many may be asked at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from notegen_desktop.domain.cost.prices import Price, Prices
from notegen_desktop.domain.engines.connection import Connection
from notegen_desktop.domain.errors import NoteGenError, RequestTooLarge
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.notes.parts import PartLimits
from notegen_desktop.services.ports import Connections, ModelFacts

from .chat.models import ServerFacts

FREE = Price("free", 0.0, 0.0, 0.0, tokens_per_second=20.0, first_token_s=15.0)
"""What a model on this machine costs. How fast it writes differs a hundredfold: these are
assumptions for estimates of time, of a small one without a graphics card."""


class EngineModels:
    """Fulfils `Models`. `table` has the prices of Gemini, and of whatever else it lists."""

    def __init__(
        self,
        table: Prices,
        connections: Connections | None = None,
        servers: ServerFacts | None = None,
    ) -> None:
        self._table = table
        self._connections = connections
        self._servers = servers

    def prices(self, engine: Engine) -> Prices:
        connection = self._connection(engine)
        if connection is None:
            return self._table
        if connection.is_free:
            return replace(self._table, models={FREE.model: FREE}, aliases={}, unknown=FREE.model)
        known = self._servers.prices(connection) if self._servers is not None else {}
        return replace(self._table, models={**self._table.models, **known})

    async def facts(self, engine: Engine, model: str) -> ModelFacts:
        connection = self._connection(engine)
        if connection is None or self._servers is None:
            return ModelFacts(gate=model, metered=engine is not Engine.OFFLINE)
        known = await self._servers.model(connection, model)
        return ModelFacts(
            limits=PartLimits.of_window(known.window, known.most_output),
            # All models on this machine share it; elsewhere limits are the model's.
            gate=engine if connection.is_local else f"{engine}/{model}",
            most_at_once=connection.most_at_once,
            metered=not connection.is_local,
        )

    def learn(self, engine: Engine, model: str, error: RequestTooLarge) -> bool:
        connection = self._connection(engine)
        if connection is None or self._servers is None:
            return False
        return self._servers.learn(connection, model, error.most_tokens)

    def _connection(self, engine: Engine) -> Connection | None:
        """None for an engine that is built in, and for one that is not there any more."""
        if self._connections is None or not engine.is_connection:
            return None
        with suppress(NoteGenError):
            return self._connections.get(engine)
        return None
