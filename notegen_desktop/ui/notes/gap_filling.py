"""Has what a note leaves out written, and shows the note with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Engine, Note
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.messages import Message, MessageBar
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.text import engine_name

from .coverage import GapFill

if TYPE_CHECKING:
    from .result_tabs import ResultTabs


class GapFilling(QObject):
    """Carries out the wishes of coverage strips; asks before anything is sent."""

    def __init__(
        self,
        window: QWidget,
        results: ResultTabs,
        services: Deferred[Services],
        tasks: Tasks,
        messages: MessageBar,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._results = results
        self._services = services
        self._tasks = tasks
        self._messages = messages
        self._running: dict[str, Callable[[], object]] = {}
        results.fill_wanted.connect(self.fill)
        results.fill_stopped.connect(self.stop)
        results.page_added.connect(lambda page: page.content_changed.connect(self._show_running))
        self._shares: dict[str, GapFill] = {}

    def fill(self, note: Note, start_s: float, end_s: float) -> None:
        """Ask, then have it written. A second wish for the same note waits for the first."""
        if note.id in self._running:
            return
        task = self._tasks.start(self._fill(note, GapFill(start_s, end_s)), done=self._done)
        self._running[note.id] = task.cancel
        task.add_done_callback(lambda _: self._forget(note.id))

    def stop(self, note: Note) -> None:
        """Give up; the note stays as it was."""
        if note.id in self._running:
            self._running[note.id]()

    async def _fill(self, note: Note, filling: GapFill) -> Note | None:
        from notegen_desktop.ui.kit.dialogs import confirm

        span = f"{clock(filling.start_s)} to {clock(filling.end_s)}"
        agreed = await confirm(
            self._window,
            title="Add What Is Left Out?",
            text=f"The note leaves out {span}.",
            details=what_it_takes(note, filling.end_s - filling.start_s),
            accept="Add to Note",
        )
        if not agreed:
            return None
        self._tell(note.id, filling, 0.0)
        runner = (await self._services).runner
        return await runner.fill_gap(
            note.id,
            (filling.start_s, filling.end_s),
            progress=partial(self._tell, note.id, filling),
        )

    def _tell(self, note_id: str, filling: GapFill, share: float) -> None:
        now = replace(filling, share=share)
        self._shares[note_id] = now
        self._results.show_filling(note_id, now)

    def _show_running(self) -> None:
        """A page shows another state of its note, perhaps in another tab."""
        for note_id, filling in self._shares.items():
            self._results.show_filling(note_id, filling)

    def _done(self, note: Note | None) -> None:
        if note is None:
            return
        self._forget(note.id)
        self._results.revise(note)
        self._messages.show_message(Message("Added to the note.", tone="success"))

    def _forget(self, note_id: str) -> None:
        self._running.pop(note_id, None)
        if self._shares.pop(note_id, None) is not None:
            self._results.show_filling(note_id, None)


def what_it_takes(note: Note, seconds: float) -> str:
    """Which engine writes `seconds` of a note, and about what it costs in US dollars, where that is
    known: the price follows from that of the note itself.
    """
    if note.engine == Engine.OFFLINE.value:
        return "The most telling sentences of this part are added. This costs nothing."
    words = f"{engine_name(note.engine)} reads this part and adds sections about it."
    length = note.video.duration_s or 0.0
    if not note.usage.cost_usd or not length:
        return words
    price = note.usage.cost_usd * min(1.0, seconds / length)
    shown = f"about ${price:.4f}".rstrip("0") if price >= 0.0001 else "less than $0.0001"
    return f"{words} It costs {shown}, going by what the note took."
