"""Accessibility: roles of custom-painted widgets, and announcements to screen readers.

Announced are finished, failed and waiting notes, messages and the end of a run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QObject
from PySide6.QtGui import (
    QAccessible,
    QAccessibleActionInterface,
    QAccessibleAnnouncementEvent,
    QAccessibleInterface,
)
from PySide6.QtWidgets import QAccessibleWidget, QMenu, QToolButton, QWidget

from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status

from .build import delayed
from .job_text import overall_words, status_words
from .qt_board import QtBoard

GATHER_MS = 300
"""Milliseconds for which news is collected, so that notes that end together are announced
together."""

LONG_RUN, LONG_GATHER_MS = 12, 15_000
"""Number of notes above which news is collected for longer, and for how many milliseconds."""

MAX_TOLD = 3
"""Maximum jobs announced one by one; of more, only the counts are announced."""


_ROLE = "accessibleRole"


def give_role(widget: QWidget, role: QAccessible.Role) -> None:
    """Set the accessible role of a widget that has no standard Qt class."""
    _install()
    widget.setProperty(_ROLE, role)


def give_menu(button: QToolButton, name: str = "") -> QMenu:
    """Give a button a menu that opens on a press or on a screen reader's request; return the
    menu."""
    _install()
    menu = QMenu(button)
    menu.setObjectName(name)
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setProperty(_ROLE, QAccessible.Role.ButtonMenu)
    if QAccessible.isActive():  # setting the name has created Qt's own interface
        before = QAccessible.queryAccessibleInterface(button)
        QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(before))
    return menu


class _MenuButton(QAccessibleWidget):
    """Accessible interface of a button with a menu.

    Qt's own offers "ShowMenu" but ignores it, or blocks until the menu is closed.
    """

    def actionNames(self) -> list[str]:
        show = [QAccessibleActionInterface.showMenuAction()] if self._button.isEnabled() else []
        return [*show, *super().actionNames()]

    def doAction(self, name: str) -> None:
        if name != QAccessibleActionInterface.showMenuAction():
            super().doAction(name)
        elif self._button.isEnabled():
            delayed(self._button, 0, self._button.showMenu).start()

    def text(self, kind: QAccessible.Text) -> str:
        words = super().text(kind)
        return words or (self._button.text().strip() if kind == QAccessible.Text.Name else "")

    def state(self) -> QAccessible.State:
        state = super().state()
        state.hasPopup = True
        return state

    @property
    def _button(self) -> QToolButton:
        return cast(QToolButton, self.object())


def _install() -> None:
    global _installed  # noqa: PLW0603 - Qt keeps its factories for good
    if not _installed:
        _installed = True
        QAccessible.installFactory(_with_role)


_installed = False


def _with_role(_kind: str, of: QObject) -> QAccessibleInterface | None:
    role = of.property(_ROLE) if isinstance(of, QWidget) else None
    if not isinstance(of, QWidget) or not role:
        return None
    kind = _MenuButton if role == QAccessible.Role.ButtonMenu else QAccessibleWidget
    return kind(of, role, "")


def announce(widget: QWidget, words: str, *, urgent: bool = False) -> None:
    """Let a screen reader speak `words`; an `urgent` announcement interrupts it."""
    event = QAccessibleAnnouncementEvent(widget, words)
    if urgent:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)


class Announcer(QObject):
    """Announces changes of the job board to screen readers.

    `name_of` returns the name of a template by its id, `now` the time in seconds since the epoch.
    """

    def __init__(
        self,
        board: QtBoard,
        window: QWidget,
        *,
        name_of: Callable[[str], str],
        now: Callable[[], float],
    ) -> None:
        super().__init__(window)
        self._board = board
        self._window = window
        self._name_of = name_of
        self._now = now
        self._news: dict[str, NoteJob] = {}
        self._waits: dict[str, str] = {}
        self._timer = delayed(self, GATHER_MS, self._tell)
        board.job_changed.connect(self._hear)
        board.job_removed.connect(self._forget)

    def _hear(self, job: NoteJob) -> None:
        waits = job.wait_reason if job.stage is Stage.WAITING and not job.is_final else ""
        new_wait = bool(waits) and self._waits.get(job.id) != waits
        self._waits[job.id] = waits
        if new_wait or (job.is_final and job.status is not Status.CANCELLED):
            self._news[job.id] = job
        tally = self._board.board.tally
        if self._news and not (tally.active and self._timer.isActive()):
            self._timer.start(LONG_GATHER_MS if self._is_long and tally.active else GATHER_MS)

    @property
    def _is_long(self) -> bool:
        return self._board.board.tally.total > LONG_RUN

    def _forget(self, job: NoteJob) -> None:
        self._news.pop(job.id, None)
        self._waits.pop(job.id, None)

    def _tell(self) -> None:
        news, self._news = list(self._news.values()), {}
        tally = self._board.board.tally
        if len(news) > MAX_TOLD or (news and self._is_long):
            announce(self._window, overall_words(tally))
            return
        for job in news:
            title = self._board.board.video(job.video_id).name
            words = status_words(job, self._now())
            announce(
                self._window,
                f"{self._name_of(job.template)}, {title}: {words}",
                urgent=job.status is Status.ERROR,
            )
        if news and tally.total > 1 and not tally.active:
            announce(self._window, overall_words(tally))
