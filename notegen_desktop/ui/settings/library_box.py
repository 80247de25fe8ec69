"""Where the notes lie, in the settings: their folder, a backup, and all of them as files.

Like the other rows of its kind, it acts at once: it is about what is on the machine.
"""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.errors import Failure, NoteMissing
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.paths import find_paths
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.build import button, grid, hbox, label
from notegen_desktop.ui.kit.dialogs import choose_folder
from notegen_desktop.ui.kit.tasks import Deferred, Tasks, in_thread
from notegen_desktop.ui.kit.theme import style

ELSEWHERE = "NOTEGEN_DATABASE_URL"

PAGE = 200
"""Notes that are asked for at a time."""


class LibraryBox(QWidget):
    """The rows, on a grid of their own. Signals: `link_activated(str)` a folder to open."""

    link_activated = Signal(str)

    def __init__(
        self, services: Deferred[Services], tasks: Tasks, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._tasks = tasks
        self._file = find_paths().database_file
        self.where = label(str(self._file), "libraryPath", wrap=True, selectable=True)
        open_folder = button(_("Open folder"), "libraryFolderButton", pressed=self._open_folder)
        self.backup = button(_("Back up now"), "backupButton", pressed=self._back_up)
        self.markdown = button(
            _("As Markdown…"), "exportAllMarkdown", pressed=self._export_markdown
        )
        self.json = button("As JSON…", "exportAllJson", pressed=self._export_json)
        if os.environ.get(ELSEWHERE):
            self.where.setText(_("The database that {elsewhere} names").format(elsewhere=ELSEWHERE))
            open_folder.hide()
        for each in (open_folder, self.backup, self.markdown, self.json):
            each.setAutoDefault(False)
        self.state = label("", "libraryState", role="caption", wrap=True)
        layout = grid(self, spacing=(16, 8))
        layout.setColumnMinimumWidth(0, 180)
        layout.setColumnStretch(1, 1)
        layout.addWidget(label(_("Your notes lie in"), buddy=open_folder), 0, 0)
        layout.addLayout(hbox((self.where, 1), open_folder), 0, 1)
        layout.addWidget(label(_("Backup"), buddy=self.backup), 1, 0)
        layout.addLayout(hbox(self.backup, None), 1, 1)
        layout.addWidget(label(_("Export all notes"), buddy=self.markdown), 2, 0)
        layout.addLayout(hbox(self.markdown, self.json, None), 2, 1)
        layout.addWidget(self.state, 3, 1)

    def _open_folder(self) -> None:
        self.link_activated.emit(QUrl.fromLocalFile(str(self._file.parent)).toString())

    def _back_up(self) -> None:
        self._say(_("Copying …"), done=False)
        self._tasks.start(
            self._copied(),
            done=lambda copy: self._say(_("A whole copy lies at {copy}").format(copy=copy)),
            failed=self._fail,
            receiver=self,
        )

    async def _copied(self) -> Path:
        return await (await self._services).store.back_up()

    def _export_markdown(self) -> None:
        self._export("md")

    def _export_json(self) -> None:
        self._export("json")

    def _export(self, format: str) -> None:
        self._say("", done=False)
        self._tasks.start(self._exported(format), done=self._say, failed=self._fail, receiver=self)

    async def _exported(self, format: str) -> str:
        """What to say when every note is a file in a folder of the user's choice."""
        folder = await choose_folder(self.window(), title=_("Export all notes into"))
        if folder is None:
            return ""
        services = await self._services
        level = Level(services.settings.current.text("general.level"))
        written = 0
        while summaries := await services.store.recent(limit=PAGE, offset=written):
            for summary in summaries:
                try:
                    note = await services.store.get(summary.id)
                except NoteMissing:  # deleted meanwhile
                    continue
                save = services.exporter.save_to_tree
                await in_thread(save, note, folder, format, level)
            written += len(summaries)
            self.state.setText(
                ngettext("{n} note written …", "{n} notes written …", written).format(
                    n=number(written)
                )
            )
        return ngettext(
            "{n} note written into {folder}", "{n} notes written into {folder}", written
        ).format(n=number(written), folder=folder)

    def _fail(self, failure: Failure) -> None:
        self._say(f"{failure.message} {failure.hint}".strip(), tone="danger")

    def _say(self, words: str, *, tone: str = "", done: bool = True) -> None:
        self.state.setText(words)
        style(self.state, tone=tone)
        for each in (self.backup, self.markdown, self.json):
            each.setEnabled(done)
