"""Whether the system leads to the program: its menu, “Open with”, and `notegen://` links.

The one row of the settings that acts at once: it is about the machine, not about a setting.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.errors import Failure, NoteGenError
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.desktop.entry import DesktopEntry, entry_of_this_machine
from notegen_desktop.ui.kit.build import button, grid, hbox, label
from notegen_desktop.ui.kit.tasks import Tasks, in_thread


class SystemBox(QWidget):
    """The row, on a grid of its own. `find` gives the entry of this machine, or refuses."""

    def __init__(
        self,
        tasks: Tasks,
        parent: QWidget | None = None,
        *,
        find: Callable[[], DesktopEntry] = entry_of_this_machine,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._find = find
        self._entry: DesktopEntry | None = None
        self.button = button("", "systemEntryButton", pressed=self._change)
        self.button.setAutoDefault(False)
        self.where = label("", "systemEntryState", role="caption", wrap=True)
        layout = grid(self, spacing=(16, 4))
        layout.setColumnMinimumWidth(0, 180)
        layout.addWidget(label(_("System menu and links"), buddy=self.button), 0, 0)
        layout.addLayout(hbox(self.button, None), 0, 1)
        layout.addWidget(self.where, 1, 1)
        self.look()

    def look(self) -> None:
        """See how it stands: the command line changes it, too."""
        try:
            self._entry = self._find()
            self._show(there=self._entry.is_there())
        except NoteGenError as error:
            self.button.setText(_("Add"))
            self.button.setEnabled(False)
            self.where.setText(f"{error.message} {error.hint}".strip())

    def _show(self, *, there: bool) -> None:
        self.button.setEnabled(True)
        self.button.setText(_("Remove") if there else _("Add"))
        self.button.setAccessibleName(
            _("Remove NoteGen from the system menu")
            if there
            else _("Add NoteGen to the system menu")
        )
        self.where.setText(
            _("NoteGen is in the menu and under “Open with”, and opens notegen:// links.")
            if there
            else _(
                "Puts NoteGen into the menu and under “Open with”, and lets it open notegen:// "
                "links. Which program opens your files by default stays as it is."
            )
        )

    def _change(self) -> None:
        entry = self._entry
        if entry is None:
            return
        self.button.setEnabled(False)
        self._tasks.start(
            in_thread(entry.remove if entry.is_there() else entry.add),
            done=lambda _: self.look(),
            failed=self._refused,
            receiver=self,
        )

    def _refused(self, failure: Failure) -> None:
        self.look()
        self.where.setText(f"{failure.message} {failure.hint}".strip())
