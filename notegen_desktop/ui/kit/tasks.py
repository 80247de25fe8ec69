"""The one place that starts coroutines from slots, and threads from coroutines.

Every task has this owner: it is held until it ends, its failure is put into words and reported, and
`aclose` leaves none behind.
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
    """Coroutines started by widgets' wishes.

    Signals: `failed(Failure)` for a failure that has no handler of its own.
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
        """Whether a loop runs, and not to its end."""
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
        """Run `work` on the loop that is running; `done` gets its result, `failed` its failure.

        Neither is called once `receiver` has been deleted. What runs `to_end`, such as a file that
        is being written, is waited for by `aclose`. A cancelled task calls neither.
        The timers of a window go from the very start to the last: where no loop runs, and after
        `aclose` what does not run to its end, nothing begins: None.
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
        """How many of those run that are waited for."""
        return len(self._to_end)

    def cancel_all(self) -> None:
        """Ask every task to end."""
        for task in tuple(self._running):
            task.cancel()

    async def aclose(self) -> None:
        """Cancel what runs, apart from the caller and what runs to its end; wait for all of it.

        So is what one of these begins as its last act.
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
    """Run something that may block, the key ring or a disk, beside the window's thread."""
    return await asyncio.to_thread(work, *args, **kwargs)


class Deferred(Generic[Result]):
    """A value that comes later, such as the services, which are opened behind the shown window.

    Await it, or have `then` call something with it. `value` is None until it is there.
    """

    def __init__(self) -> None:
        self.value: Result | None = None
        self._waiting: list[Callable[[Result], object]] = []

    def set(self, value: Result) -> None:
        """The value has come: everything that waits for it gets it, in the order of asking."""
        self.value = value
        waiting, self._waiting = self._waiting, []
        for use in waiting:
            use(value)

    def then(self, use: Callable[[Result], object]) -> None:
        """Call `use` with the value, now or when it comes."""
        if self.value is None:
            self._waiting.append(use)
        else:
            use(self.value)

    async def ask(self, question: Callable[[Result], Awaitable[Answer]]) -> Answer:
        """The answer of what comes to a question, as soon as both are there."""
        return await question(await self)

    def __await__(self) -> Generator[Any, None, Result]:
        come: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.then(lambda value: None if come.done() else come.set_result(value))
        return (yield from come)


# --- What starts them in a window ---


@dataclass(frozen=True, slots=True)
class WindowContext:
    """A window and what there is one of in it: the services once they have come, the tasks, the bar
    of messages."""

    window: QWidget
    services: Deferred[Services]
    tasks: Tasks
    messages: MessageBar


class Controller(QObject):
    """Acts in a window without being seen there: carries wishes to the services, and news back."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context.window)
        self._window = context.window
        self._services = context.services
        self._tasks = context.tasks
        self._messages = context.messages
