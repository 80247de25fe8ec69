"""Controller that opens the settings dialog and looks for an API key."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from notegen_desktop.domain.errors import KeyRingLocked
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import KEY_RING_MOMENT_S, SettingsStore
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.kit.widgets import fit_to_screen, identify

if TYPE_CHECKING:
    from .dialog import SettingsDialog

LOCKED = (
    N_("The key ring does not answer yet."),
    N_("It may be locked and ask for its password. Only notes of Gemini wait for it."),
)


class SettingsAccess(Controller):
    """Opens the settings over the window.

    Signals: `key_known(bool)` with True if there is an API key; `made(SettingsDialog)` when the
    dialog is created, to connect its signals.
    """

    key_known = Signal(bool)
    made = Signal(object)

    def __init__(self, context: WindowContext, settings: SettingsStore) -> None:
        super().__init__(context)
        self._context = context
        self._settings = settings
        self._dialog: SettingsDialog | None = None
        self._has_key = True
        self._services.then(lambda _: self._look_for_key())

    def open(self) -> None:
        """Open the settings; without an API key, at its tab."""
        dialog = self._made()
        if not self._has_key:
            dialog.show_tab("Gemini")
        fit_to_screen(dialog)
        dialog.open()

    def open_at(self, key: str) -> None:
        """Open the settings at the field of a setting; "" is the API key."""
        self.open()
        self._made().show_field(key)

    def open_following(self) -> None:
        """Open the settings at the followed lists."""
        self.open()
        self._made().show_tab("Following")

    def _made(self) -> SettingsDialog:
        if self._dialog is not None:
            return self._dialog
        from .dialog import SettingsDialog  # late import: seldom needed

        self._dialog = dialog = SettingsDialog(self._context, self._settings)
        dialog.key_changed.connect(self._look_for_key)
        identify(dialog)
        self.made.emit(dialog)
        return dialog

    def _look_for_key(self) -> None:
        self._tasks.start(self._key(), done=self._tell_key)

    async def _key(self) -> bool:
        """Return True if there is a key. A key ring that does not answer counts as one with a
        key."""
        secrets = (await self._services).secrets
        with suppress(KeyRingLocked):
            try:
                await secrets.find(within_s=KEY_RING_MOMENT_S)
            except KeyRingLocked:
                self._messages.say(_(LOCKED[0]), _(LOCKED[1]), "warning")
                await secrets.find()
            return bool(secrets.api_key())
        return True

    def _tell_key(self, known: bool) -> None:
        self._has_key = known
        self.key_known.emit(known)
