"""The only place that starts coroutines from slots and threads from coroutines.

Every task has an owner: it is referenced until it ends, its failure is reported, and `aclose`
leaves none behind.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from notegen_desktop.domain.errors import Failure, NoteGenError, failure_of
from notegen_desktop.services.ports import Services

from .messages import MessageBar

log = logging.getLogger(__name__)

Given = ParamSpec("Given")
Result = TypeVar("Result")
Answer = TypeVar("Answer")


class Tasks(QObject):
    """Owner of the coroutines that widgets start.

    Signals: `failed(Failure)` for a failure without a handler of its own.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: set[asyncio.Task[None]] = set()
        self._to_end: set[asyncio.Task[None]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._running)

    @property
    def can_start(self) -> bool:
        """True if an event loop runs and `aclose` has not been called."""
        return not self._closed and _a_loop_runs()

    def start(
        self,
        work: Coroutine[Any, Any, Result],
        *,
        done: Callable[[Result], object] | None = None,
        failed: Callable[[Failure], object] | None = None,
        receiver: QObject | None = None,
        to_end: bool = False,
    ) -> asyncio.Task[None] | None:
        """Run `work` in the running event loop; `done` gets its result, `failed` its failure.

        Neither is called after `receiver` was deleted or the task was cancelled. `aclose` waits for
        tasks `to_end`, such as one that writes a file, instead of cancelling them. Return None and
        start nothing if no loop runs, or after `aclose` unless `to_end`: timers of the window may
        fire before and after the loop.
        """
        if (self._closed and not to_end) or not _a_loop_runs():
            log.debug("too early or too late: %r was not begun", work)
            work.close()
            return None
        task = asyncio.create_task(self._run(work, done, failed, receiver))
        self._running.add(task)
        if to_end:
            self._to_end.add(task)
            task.add_done_callback(self._to_end.discard)
        task.add_done_callback(self._running.discard)
        # A task cancelled before its first step never enters its coroutine, nor closes it.
        task.add_done_callback(lambda _: work.close())
        return task

    @property
    def unfinished(self) -> int:
        """Number of running tasks that `aclose` will wait for."""
        return len(self._to_end)

    def cancel_all(self) -> None:
        """Cancel every task."""
        for task in tuple(self._running):
            task.cancel()

    async def aclose(self) -> None:
        """Cancel all tasks except the caller and those started with `to_end`; wait for all of them.

        Tasks that these start at their end are treated alike.
        """
        self._closed = True
        mine = asyncio.current_task()
        while others := [task for task in self._running if task is not mine]:
            for task in set(others) - self._to_end:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def _run(
        self,
        work: Coroutine[Any, Any, Result],
        done: Callable[[Result], object] | None,
        failed: Callable[[Failure], object] | None,
        receiver: QObject | None,
    ) -> None:
        try:
            result = await work
            if done is not None and (receiver is None or isValid(receiver)):
                done(result)
        except Exception as error:
            if not isinstance(error, NoteGenError):
                log.exception("a task of the window failed")
            if receiver is None or isValid(receiver):
                (failed or self.failed.emit)(failure_of(error))


def _a_loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def in_thread(
    work: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
) -> Result:
    """Run a blocking call, such as key ring or disk access, in a thread and return its result."""
    return await asyncio.to_thread(work, *args, **kwargs)


class Deferred(Generic[Result]):
    """A value that is set later, such as the services, which open after the window is shown.

    Await it, or pass a callback to `then`. `value` is None until it is set.
    """

    def __init__(self) -> None:
        self.value: Result | None = None
        self._waiting: list[Callable[[Result], object]] = []

    def set(self, value: Result) -> None:
        """Set the value and call the waiting callbacks in the order of their registration."""
        self.value = value
        waiting, self._waiting = self._waiting, []
        for use in waiting:
            use(value)

    def then(self, use: Callable[[Result], object]) -> None:
        """Call `use` with the value, now or once it is set."""
        if self.value is None:
            self._waiting.append(use)
        else:
            use(self.value)

    async def ask(self, question: Callable[[Result], Awaitable[Answer]]) -> Answer:
        """Await the value, then return the result of `question` for it."""
        return await question(await self)

    def __await__(self) -> Generator[Any, None, Result]:
        come: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.then(lambda value: None if come.done() else come.set_result(value))
        return (yield from come)


# --- Controllers ---


@dataclass(frozen=True, slots=True)
class WindowContext:
    """The shared objects of a window: the deferred services, the tasks and the message bar."""

    window: QWidget
    services: Deferred[Services]
    tasks: Tasks
    messages: MessageBar


class Controller(QObject):
    """Base of invisible objects that pass requests from widgets to services and results back."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context.window)
        self._window = context.window
        self._services = context.services
        self._tasks = context.tasks
        self._messages = context.messages
