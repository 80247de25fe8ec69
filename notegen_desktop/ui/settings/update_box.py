"""When it was last asked for a new version, and what came of it; a button asks now."""

from __future__ import annotations

import time

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtWidgets import QWidget

from notegen_desktop import __version__
from notegen_desktop.domain.releases import Asked
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.build import button, grid, hbox, label
from notegen_desktop.ui.kit.tasks import Deferred, Tasks


class UpdateBox(QWidget):
    """The row, on a grid of its own. To press the button is to allow this one request."""

    def __init__(
        self, services: Deferred[Services], tasks: Tasks, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self.button = button(_("Ask now"), "askUpdatesButton", pressed=self._ask)
        self.button.setAutoDefault(False)
        self.state = label("", "updatesState", role="caption", wrap=True, selectable=True)
        layout = grid(self, spacing=(16, 4))
        layout.setColumnMinimumWidth(0, 180)
        layout.addWidget(label(_("New version"), buddy=self.button), 0, 0)
        layout.addLayout(hbox(self.button, None), 0, 1)
        layout.addWidget(self.state, 1, 1)

    def look(self) -> None:
        """Show what is known now."""
        updates = self._services.value.updates if self._services.value is not None else None
        self.button.setEnabled(updates is not None and bool(updates.address))
        if updates is None or not updates.address:
            self.state.setText(_("This build does not know where to ask."))
        else:
            self.state.setText(words(updates.state))

    def _ask(self) -> None:
        updates = self._services.value.updates if self._services.value is not None else None
        if updates is not None:
            self.button.setEnabled(False)
            self.state.setText(_("Asking …"))
            self._tasks.start(
                updates.ask(now_s=time.time()), done=lambda _state: self.look(), receiver=self
            )


def words(state: Asked) -> str:
    """What came of the last request, in a sentence."""
    if not state.asked_s:
        return _("Never asked.")
    then = QDateTime.fromSecsSinceEpoch(round(state.asked_s))
    when = QLocale().toString(then.date(), QLocale.FormatType.LongFormat)
    if state.problem:
        return _("Last asked on {when}: {problem}").format(when=when, problem=state.problem)
    if state.newer is not None:
        return _("Last asked on {when}: version {version} is out, this is {own}.").format(
            when=when, version=state.version, own=__version__
        )
    return _("Last asked on {when}: this is the newest version.").format(when=when)
