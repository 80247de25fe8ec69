"""Closing of the window: confirm, end running tasks, then close."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.compose.orders import Ordering
from notegen_desktop.ui.kit.build import delayed
from notegen_desktop.ui.kit.dialogs import confirm
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.queue.controller import QueueControl


class Closing(Controller):
    """Asks for confirmation if something would be lost, and waits for unfinished tasks.

    `finish` is awaited first. When nothing runs any more, `leave` is called, then `gone` in a later
    turn of the event loop, from when on the window can be closed.
    """

    def __init__(
        self,
        context: WindowContext,
        *,
        board: QtBoard,
        queue: QueueControl,
        ordering: Ordering,
        finish: Callable[[], Awaitable[object]],
        leave: Callable[[], object],
        gone: Callable[[], object],
    ) -> None:
        super().__init__(context)
        self._board = board
        self._queue = queue
        self._ordering = ordering
        self._finish = finish
        self._tidy_up = leave
        self.under_way = False
        self._may_close = False
        self._last_turn = delayed(self, 0, gone)  # Qt ignores a close inside a close event

    def take(self, event: QCloseEvent) -> None:
        """Accept a close event, or ignore it and begin to close."""
        event.setAccepted(self._may_close)
        if self._may_close or self.under_way:
            return
        self.under_way = True
        if self._services.value is not None:
            self._tasks.start(self._close(self._services.value))
        elif self._ordering.waiting and self._tasks.can_start:
            self._tasks.start(self._close_with_orders())
        else:
            self._leave()

    def end(self) -> None:
        """Close without asking, on a signal; running jobs continue at the next start."""
        self.under_way = True
        if self._services.value is not None and self._tasks.can_start:
            self._tasks.start(self._end(self._services.value))
        elif not self._may_close:
            self._leave()

    async def _close_with_orders(self) -> None:
        """Ask, because orders that wait for the library would be lost."""
        orders = self._ordering.waiting

        if await confirm(
            self._window,
            title=_("Close NoteGen?"),
            text=ngettext(
                "An order waits for the library to open.",
                "{n} orders wait for the library to open.",
                orders,
            ).format(n=number(orders)),
            details=ngettext("Closing now forgets it.", "Closing now forgets them.", orders),
            accept=_("Forget and close"),
            reject=_("Keep waiting"),
            danger=True,
        ):
            self._leave()
        else:
            self.under_way = False

    async def _close(self, services: Services) -> None:
        """Ask if jobs are running, then end them and close."""
        alone = services.activity.now.left_alone  # these continue without this program
        running = max(0, self._board.board.tally.active - alone)
        asks = running and not self._queue.stands_still  # a paused queue is stored
        if asks and not await ask_close_while_running(self._window, running):
            self.under_way = False
            return
        await self._end(services)

    async def _end(self, services: Services) -> None:
        if self._tasks.unfinished:
            self._messages.say(_("NoteGen closes when the file is written."))
        try:
            await self._finish()
            await services.runner.aclose()
        finally:
            await self._tasks.aclose()
            self._leave()

    def _leave(self) -> None:
        if not self._may_close:
            self._tidy_up()
            self._may_close = True
            self._last_turn.start()


async def ask_close_while_running(parent: QWidget | None, running: int) -> bool:
    """Ask whether to close while jobs are running; return True to close."""

    return await confirm(
        parent,
        title=_("Close NoteGen?"),
        text=ngettext(
            "A note is still being written.", "{n} notes are still being written.", running
        ).format(n=number(running)),
        details=ngettext(
            "Closing now stops it. Finished notes are in your library.",
            "Closing now stops them. Finished notes are in your library.",
            running,
        ),
        accept=_("Stop and close"),
        reject=_("Keep writing"),
        danger=True,
    )
