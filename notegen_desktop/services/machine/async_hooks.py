"""Finalizers of asynchronous generators, for event loops that do not install them.

A generator that is left half-way (by `break`, say) is closed by a hook of the event loop; asyncio
installs one in `run_forever`, qasync does not, and its streams then stay open.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from typing import Any


def install_asyncgen_hooks(loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
    """Close dropped asynchronous generators of this thread on `loop`. Return the function that
    undoes it.

    Call it in the loop's thread. A finalizer may run in any thread where the garbage collector
    happens to work; hence `call_soon_threadsafe`.
    """
    before = sys.get_asyncgen_hooks()
    closing: set[asyncio.Task[None]] = set()

    def close(generator: AsyncGenerator[Any, Any]) -> None:
        if loop.is_closed():
            return
        loop.call_soon_threadsafe(begin, generator)

    def begin(generator: AsyncGenerator[Any, Any]) -> None:
        task = loop.create_task(_aclose(generator))
        closing.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(closing.discard)

    sys.set_asyncgen_hooks(finalizer=close)

    def uninstall() -> None:
        sys.set_asyncgen_hooks(firstiter=before.firstiter, finalizer=before.finalizer)

    return uninstall


async def _aclose(generator: AsyncGenerator[Any, Any]) -> None:
    try:
        await generator.aclose()
    except Exception as error:  # noqa: BLE001 - nobody waits for it; the loop's handler is told
        asyncio.get_running_loop().call_exception_handler(
            {
                "message": "an asynchronous generator failed while it was closed",
                "exception": error,
                "asyncgen": generator,
            }
        )
