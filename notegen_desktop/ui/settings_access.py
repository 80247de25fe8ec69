"""The way to the settings: the dialog, made at the first wish, and whether there is a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from notegen_desktop.services.ports import Services, SettingsStore

from .tasks import Tasks, in_thread
from .widgets.naming import identify

if TYPE_CHECKING:
    from .settings_dialog import SettingsDialog


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
        dialog.link_activated.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        identify(dialog)
        if self._services is not None:
            dialog.attach(self._services.secrets, self._services.catalogue)
        return dialog

    def _look_for_key(self) -> None:
        # The key ring may ask another program, or a person: not on the window's thread.
        if self._services is not None:
            self._tasks.start(in_thread(self._services.secrets.api_key), done=self._tell_key)

    def _tell_key(self, key: str | None) -> None:
        self._has_key = bool(key)
        self.key_known.emit(self._has_key)
