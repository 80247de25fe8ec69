"""The way to the settings: opens the dialog, and tells whether there is a key."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.errors import KeyRingLocked
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import KEY_RING_MOMENT_S, Services, SettingsStore
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.outside import open_outside
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.widgets import fit_to_screen, identify

if TYPE_CHECKING:
    from .dialog import SettingsDialog

LOCKED = (
    N_("The key ring does not answer yet."),
    N_("It may be locked and ask for its password. Only notes of Gemini wait for it."),
)


class SettingsAccess(QObject):
    """Opens the settings over `window`.

    Signals: `key_known(bool)` whether there is an API key, `text_size_previewed(int)`,
    `message(Message)`, `looked(Looked)` what there is in followed lists now,
    `templates_wanted()`.
    """

    key_known = Signal(bool)
    text_size_previewed = Signal(int)
    message = Signal(object)
    looked = Signal(object)
    templates_wanted = Signal()

    def __init__(
        self,
        window: QWidget,
        settings: SettingsStore,
        services: Deferred[Services],
        tasks: Tasks,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._tasks = tasks
        self._services = services
        self._dialog: SettingsDialog | None = None
        self._has_key = True
        services.then(lambda _: self._look_for_key())

    def open(self) -> None:
        """The settings; at the key where there is none."""
        dialog = self._made()
        if not self._has_key:
            dialog.show_tab("Gemini")
        fit_to_screen(dialog)
        dialog.open()

    def open_at(self, key: str) -> None:
        """The settings at a certain one; "" is the API key."""
        self.open()
        self._made().show_field(key)

    def open_following(self) -> None:
        """The lists that are followed."""
        self.open()
        self._made().show_tab("Following")

    def _made(self) -> SettingsDialog:
        if self._dialog is not None:
            return self._dialog
        from .dialog import SettingsDialog  # late: seldom wanted

        self._dialog = dialog = SettingsDialog(
            self._settings, self._services, self._tasks, self._window
        )
        dialog.key_changed.connect(self._look_for_key)
        dialog.text_size_previewed.connect(self.text_size_previewed)
        dialog.message.connect(self.message)
        dialog.follow_box.looked.connect(self.looked)
        dialog.templates_wanted.connect(self.templates_wanted)
        dialog.link_activated.connect(
            lambda url: open_outside(
                QUrl(url), self._tasks, lambda no: dialog.show_trouble(f"{no.text} {no.hint}")
            )
        )
        identify(dialog)
        return dialog

    def _look_for_key(self) -> None:
        self._tasks.start(self._key(), done=self._tell_key)

    async def _key(self) -> bool:
        """Whether there is a key; a key ring that does not answer may well hold one."""
        secrets = (await self._services).secrets
        with suppress(KeyRingLocked):
            try:
                await secrets.find(within_s=KEY_RING_MOMENT_S)
            except KeyRingLocked:
                self.message.emit(Message(_(LOCKED[0]), _(LOCKED[1]), "warning"))
                await secrets.find()
            return bool(secrets.api_key())
        return True

    def _tell_key(self, known: bool) -> None:
        self._has_key = known
        self.key_known.emit(known)
