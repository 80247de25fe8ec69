"""The list of listeners, shared by all classes that publish changes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVarTuple

What = TypeVarTuple("What")

log = logging.getLogger(__name__)


class Listeners(Generic[*What]):
    """Calls its listeners in the order of subscription; an exception of one is logged and does not
    stop the others."""

    def __init__(self) -> None:
        self._all: list[Callable[[*What], object]] = []

    def add(self, listener: Callable[[*What], object]) -> Callable[[], None]:
        """Add a listener; return the function that removes it, which is idempotent."""
        self._all.append(listener)
        return lambda: self._all.remove(listener) if listener in self._all else None

    def tell(self, *what: *What) -> None:
        for listener in tuple(self._all):
            self.tell_one(listener, *what)

    @staticmethod
    def tell_one(listener: Callable[[*What], object], *what: *What) -> None:
        try:
            listener(*what)
        except Exception:
            log.exception(
                "a listener failed on %s", ", ".join(type(each).__name__ for each in what)
            )
