"""Commands and menu of the help."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QToolButton

from notegen_desktop.domain.words import _, pgettext
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.outside import open_outside
from notegen_desktop.ui.kit.screen_reader import give_menu
from notegen_desktop.ui.kit.tasks import Controller, WindowContext

if TYPE_CHECKING:
    from .command_palette import CommandPalette
    from .help_dialog import HelpDialog


class HelpAccess(Controller):
    """Opens the command palette and the help dialog, and fills the menu of `menu_button`."""

    def __init__(
        self, context: WindowContext, menu_button: QToolButton, *, resources: Path
    ) -> None:
        super().__init__(context)
        window = self._window
        self._resources = resources
        self._palette: CommandPalette | None = None
        self._dialog: HelpDialog | None = None
        menu = give_menu(menu_button)
        menu.addAction(command(window, _("Find a command"), self.find, "Ctrl+K", group="Help"))
        menu.addSeparator()
        for page, name, keys in (
            ("guide", pgettext("to the program", "Guide"), ()),
            ("keys", _("Keys"), ("F1",)),
            ("about", _("About NoteGen"), ()),
        ):
            menu.addAction(command(window, name, partial(self.open, page), *keys, group="Help"))
        menu.addSeparator()
        menu.addAction(command(window, _("Quit"), window.close, "Ctrl+Q", group="Window"))

    def find(self) -> None:
        """Open the command palette."""
        if self._palette is None:
            from .command_palette import CommandPalette  # late: rarely used

            self._palette = CommandPalette(self._window)
        self._palette.open()

    def open(self, page: str) -> None:
        """Open the help dialog at page "guide", "keys" or "about"."""
        if self._dialog is None:
            from .help_dialog import HelpDialog  # late: rarely used

            self._dialog = HelpDialog(self._window, resources=self._resources)
            self._dialog.copied.connect(self._messages.say_done)
            self._dialog.link_activated.connect(
                lambda url: open_outside(QUrl(url), self._tasks, self._messages.show_message)
            )
        self._dialog.show_page(page)
        self._dialog.open()
