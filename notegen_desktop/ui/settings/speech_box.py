"""Models for speech recognition in the settings: fetched with progress, stopped, removed.

Like the row of the system's menu, these act at once: they are about what is on the machine.
"""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import SpeechModelStore
from notegen_desktop.ui.kit.build import APART_PX, button, grid, hbox, label, named, progress_bar
from notegen_desktop.ui.kit.tasks import Tasks, in_thread
from notegen_desktop.ui.kit.theme import style

STARTER = "small"
"""What is proposed first: good in most languages, and quick enough on any machine of today."""


class SpeechBox(QWidget):
    """The row, on a grid of its own. Signals: `fetched(str)` and `removed(str)` with a name."""

    fetched = Signal(str)
    removed = Signal(str)

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._store: SpeechModelStore | None = None
        self._fetching: asyncio.Task[None] | None = None
        self.models = named(QComboBox(self), "speechModelCombo", _("Models for speech recognition"))
        self.models.currentIndexChanged.connect(self._show_chosen)
        self.fetch = button(_("Fetch"), "fetchSpeechModelButton", pressed=self._fetch)
        self.remove = button(
            _("Remove"), "removeSpeechModelButton", kind="link", pressed=self._remove
        )
        self.stop = button(_("Stop"), "stopSpeechModelButton", pressed=self._stop)
        self.fetch.setAutoDefault(False)
        self.stop.setAutoDefault(False)
        self.progress = progress_bar("speechModelProgress", _("Fetching the speech model"))
        self.state = label("", "speechModelState", role="caption", wrap=True)
        layout = grid(self, spacing=(16, 4))
        layout.setColumnMinimumWidth(0, 180)
        layout.addWidget(label(_("Speech models"), buddy=self.models), 0, 0)
        layout.addLayout(
            hbox((self.models, 1), self.fetch, APART_PX, self.remove, self.stop, spacing=6), 0, 1
        )
        layout.addWidget(self.progress, 1, 1)
        layout.addWidget(self.state, 2, 1)
        self.progress.hide()
        self.stop.hide()
        self.hide()

    def show_store(self, store: SpeechModelStore | None) -> None:
        """Show what there is; without a store, nothing."""
        self._store = store
        self.setVisible(store is not None)
        if store is None:
            return
        self.models.blockSignals(True)
        self.models.clear()
        for model in store.offered():
            self.models.addItem(model.name, model.words)
        self.models.setCurrentText(STARTER)
        self.models.blockSignals(False)
        self._show_chosen()

    def _show_chosen(self) -> None:
        if self._store is None or self._fetching is not None:
            return
        here = self._store.path_of(self.models.currentText()) is not None
        self.fetch.setVisible(not here)
        self.remove.setVisible(here)
        self.remove.setEnabled(True)
        where = _("It is on this machine.") if here else _(_NEVER_UNASKED)
        self._tell(f"{self.models.currentData()}. {where}")

    def _tell(self, words: str, tone: str = "") -> None:
        self.state.setText(words)
        style(self.state, tone=tone)

    def _fetch(self) -> None:
        store, name = self._store, self.models.currentText()
        if store is None or self._fetching is not None:
            return
        self._busy(True)
        self.progress.setRange(0, 0)
        self._tell(_("Asking for the model …"))
        self._fetching = self._tasks.start(
            store.install(name, self._show_progress),
            done=lambda _: self._have(name),
            failed=self._failed,
            receiver=self,
        )

    def _show_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(done * 1000 // max(1, total))
        self._tell(
            _("{done} of {total} MB").format(
                done=number(done / 1000000.0, 0), total=number(total / 1000000.0, 0)
            )
        )

    def _have(self, name: str) -> None:
        self._fetching = None
        self._busy(False)
        self._show_chosen()
        self._tell(_("“{name}” is on this machine and in use.").format(name=name), "success")
        self.fetched.emit(name)

    def _failed(self, failure: Failure) -> None:
        self._fetching = None
        self._busy(False)
        self._show_chosen()
        self._tell(f"{failure.message} {failure.hint}".strip(), "danger")

    def _stop(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None
            self._busy(False)
            self._show_chosen()
            self._tell(_("Stopped. What has come is kept: Fetch goes on with it."))

    def _remove(self) -> None:
        store, name = self._store, self.models.currentText()
        if store is None:
            return
        self.remove.setEnabled(False)
        self._tasks.start(
            in_thread(store.remove, name),
            done=lambda _: self._gone(name),
            failed=self._failed,
            receiver=self,
        )

    def _gone(self, name: str) -> None:
        self._show_chosen()
        self.removed.emit(name)

    def _busy(self, busy: bool) -> None:
        self.models.setEnabled(not busy)
        self.stop.setVisible(busy)
        self.progress.setVisible(busy)
        if busy:
            self.fetch.hide()


_NEVER_UNASKED = N_("It is fetched from Hugging Face when you press Fetch, never unasked.")
