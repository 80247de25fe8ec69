"""Base of the loopback servers: script, quotas and recorded requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Self

from .certificates import Certificate
from .gemini_script import Answering, Script, Seen
from .gemini_state import Quota, ServerState


class Serving:
    """Settings are attributes and may be changed while the server runs.

    `script`: one Script for all, a mapping from template id, or a function of the request. `quota`:
    limits to enforce. `keys`: accepted API keys, None for any. `retired`: removed models, each with
    its replacement. `cache_minimum`: tokens from which a prefix is cached. `certificate` enables
    TLS.
    """

    def __init__(
        self,
        script: Answering | None = None,
        *,
        quota: Quota | None = None,
        keys: set[str] | None = None,
        retired: Mapping[str, str] | None = None,
        cache_minimum: int = 4096,
        certificate: Certificate | None = None,
        port: int = 0,
    ) -> None:
        self._certificate = certificate
        self._port = port
        self.state = ServerState(
            script if script is not None else Script(),
            quota or Quota(),
            keys=keys,
            retired=retired or {},
            cache_minimum=cache_minimum,
        )

    @property
    def url(self) -> str:
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self._port}"

    @property
    def all_requests(self) -> list[Seen]:
        with self.state.changed:
            return list(self.state.requests)

    @property
    def script(self) -> Answering:
        return self.state.script

    @script.setter
    def script(self, script: Answering) -> None:
        self.state.script = script

    def wait_for(self, condition: Callable[[Self], Any], within: float = 5.0) -> bool:
        """Block until the condition holds; return False after `within` seconds."""
        with self.state.changed:
            return bool(self.state.changed.wait_for(lambda: condition(self), within))

    async def until(self, condition: Callable[[Self], Any], within: float = 5.0) -> bool:
        """Like `wait_for`, without blocking the caller's event loop."""
        return await asyncio.to_thread(self.wait_for, condition, within)
