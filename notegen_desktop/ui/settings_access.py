"""The way to the settings: the dialog, made at the first wish, and whether there is a key."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.errors import KeyRingLocked
from notegen_desktop.services.ports import KEY_RING_MOMENT_S, Services, SettingsStore

from .messages import Message
from .outside import open_outside
from .tasks import Tasks
from .widgets.naming import identify
from .window_state import fit_to_screen

if TYPE_CHECKING:
    from .settings_dialog import SettingsDialog


LOCKED = Message(
    "The key ring does not answer yet.",
    "It may be locked and ask for its password. Only notes of Gemini wait for it.",
    "warning",
)


class SettingsAccess(QObject):
    """Opens the settings over `window`.

    Signals: `key_known(bool)` whether there is an API key, `text_size_previewed(int)`,
    `message(Message)`.
    """

    key_known = Signal(bool)
    text_size_previewed = Signal(int)
    message = Signal(object)

    def __init__(self, window: QWidget, settings: SettingsStore, tasks: Tasks) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._tasks = tasks
        self._services: Services | None = None
        self._dialog: SettingsDialog | None = None
        self._has_key = True

    def attach(self, services: Services) -> None:
        """Take the services into use."""
        self._services = services
        if self._dialog is not None:
            self._dialog.attach(services.secrets, services.catalogue)
        self._look_for_key()

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

    def _made(self) -> SettingsDialog:
        if self._dialog is not None:
            return self._dialog
        from .settings_dialog import SettingsDialog  # late: the first paint does not need it

        self._dialog = dialog = SettingsDialog(self._settings, self._tasks, self._window)
        dialog.key_changed.connect(self._look_for_key)
        dialog.text_size_previewed.connect(self.text_size_previewed)
        dialog.message.connect(self.message)
        dialog.link_activated.connect(
            lambda url: open_outside(
                QUrl(url), self._tasks, lambda no: dialog.show_trouble(f"{no.text} {no.hint}")
            )
        )
        identify(dialog)
        if self._services is not None:
            dialog.attach(self._services.secrets, self._services.catalogue)
        return dialog

    def _look_for_key(self) -> None:
        if self._services is not None:
            self._tasks.start(self._key(self._services), done=self._tell_key)

    async def _key(self, services: Services) -> bool:
        """Whether there is a key; a key ring that does not answer may well hold one."""
        secrets = services.secrets
        with suppress(KeyRingLocked):
            try:
                await secrets.find(within_s=KEY_RING_MOMENT_S)
            except KeyRingLocked:
                self.message.emit(LOCKED)
                await secrets.find()
            return bool(secrets.api_key())
        return True

    def _tell_key(self, known: bool) -> None:
        self._has_key = known
        self.key_known.emit(self._has_key)
