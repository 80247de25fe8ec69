"""Rows of the settings that take effect at once, about this machine.

Location of the library, models for speech recognition, the system menu, and new versions.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

from PySide6.QtCore import QDateTime, QLocale, QUrl, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from notegen_desktop import __version__
from notegen_desktop.domain.errors import Failure, NoteGenError
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.domain.releases import UpdateCheckState
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.machine.desktop.entry import DesktopEntry, entry_of_this_machine
from notegen_desktop.services.machine.paths import find_paths
from notegen_desktop.services.ports import Services, SpeechModelStore
from notegen_desktop.ui.kit.build import (
    APART_PX,
    button,
    delayed,
    form,
    hbox,
    label,
    named,
    progress_bar,
)
from notegen_desktop.ui.kit.dialogs import choose_folder
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.outside import export_notes
from notegen_desktop.ui.kit.tasks import Deferred, Tasks, in_thread
from notegen_desktop.ui.kit.widgets import StateLabel

WORDS_PX = 180
"""Minimum width in pixels of the labels before rows, on all pages of the settings."""

# --- Library: folder, backup, export of all notes ---

ELSEWHERE = "NOTEGEN_DATABASE_URL"

EVERYTHING = 1_000_000

GROWN_MS = 100
"""Milliseconds between two words on how far an export is: each lays the dialog out again."""


class LibraryBox(QWidget):
    """Rows about the library. Signals: `link_activated(str)` with the URL of a folder to open."""

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
            _("As Markdown…"), "exportAllMarkdown", pressed=lambda: self._export("md")
        )
        self.json = button(_("As JSON…"), "exportAllJson", pressed=lambda: self._export("json"))
        if os.environ.get(ELSEWHERE):
            self.where.setText(_("The database that {elsewhere} names").format(elsewhere=ELSEWHERE))
            open_folder.hide()
        self.stop = button(_("Stop"), "stopExportButton", pressed=self._stop)
        self.stop.hide()
        self._stopped = False
        self.state = StateLabel("libraryState")
        self._grown = ""
        self._growing = delayed(self, GROWN_MS, lambda: self.state.setText(self._grown))
        form(
            (_("Your notes lie in"), hbox((self.where, 1), open_folder), open_folder),
            (_("Backup"), hbox(self.backup, None), self.backup),
            (_("Export all notes"), hbox(self.markdown, self.json, self.stop, None), self.markdown),
            ("", self.state),
            on=self,
            words_px=WORDS_PX,
            spacing=(16, 8),
        )

    def _open_folder(self) -> None:
        self.link_activated.emit(QUrl.fromLocalFile(str(self._file.parent)).toString())

    def _back_up(self) -> None:
        self._say(_("Copying …"), done=False)
        self._tasks.start(
            self._services.ask(lambda it: it.store.back_up()),
            done=lambda copy: self._say(_("A whole copy lies at {copy}").format(copy=copy)),
            failed=self._fail,
            receiver=self,
        )

    def _export(self, format: str) -> None:
        self._say("", done=False)
        self._tasks.start(
            self._exported(format),
            done=lambda end: self._say(end.text, tone=end.tone),
            failed=self._fail,
            receiver=self,
        )

    async def _exported(self, format: str) -> Message:
        """Ask for a folder, export all notes there, and return the message about the result."""
        folder = await choose_folder(self.window(), title=_("Export all notes into"))
        if folder is None:
            return Message("")
        services = await self._services
        level = Level(services.settings.current.text("general.level"))
        rows = await services.store.recent(limit=EVERYTHING)
        self._stopped = False
        self.stop.show()
        return await export_notes(
            *(services, [row.id for row in rows], folder, format, level),
            grown=self._show_grown,
            stopped=lambda: self._stopped,
        )

    def _show_grown(self, words: str) -> None:
        """Show how far an export is: the first words at once, of later ones the newest."""
        self._grown = words
        if not self._growing.isActive():
            self.state.setText(words)
            self._growing.start()

    def _stop(self) -> None:
        self._stopped = True

    def _fail(self, failure: Failure) -> None:
        self._say(failure.words, tone="danger")

    def _say(self, words: str, *, tone: str = "", done: bool = True) -> None:
        self._growing.stop()
        self.state.say(words, tone)
        for each in (self.backup, self.markdown, self.json):
            each.setEnabled(done)
        if done:
            self.stop.hide()


# --- Speech models: download with progress, stop, remove ---

STARTER = "small"
"""Model selected first: good in most languages, and fast enough on current machines."""

_NEVER_UNASKED = N_("It is fetched from Hugging Face when you press Fetch, never unasked.")


class SpeechBox(QWidget):
    """Rows for speech models. Signals: `fetched(str)` and `removed(str)` with a model's name."""

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
        self.progress = progress_bar("speechModelProgress", _("Fetching the speech model"))
        self.state = StateLabel("speechModelState")
        row = hbox((self.models, 1), self.fetch, APART_PX, self.remove, self.stop, spacing=6)
        form(
            (_("Speech models"), row, self.models),
            ("", self.progress),
            ("", self.state),
            on=self,
            words_px=WORDS_PX,
            spacing=(16, 4),
        )
        self.progress.hide()
        self.stop.hide()
        self.hide()

    def show_store(self, store: SpeechModelStore | None) -> None:
        """List the models of a store; hide the box without one."""
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
        self.state.say(f"{self.models.currentData()}. {where}")

    def _fetch(self) -> None:
        store, name = self._store, self.models.currentText()
        if store is None or self._fetching is not None:
            return
        if (closed := store.unavailable()) is not None:  # before half a gigabyte is wasted
            self.state.fail(closed)
            return
        self._busy(True)
        self.progress.setRange(0, 0)
        self.state.say(_("Asking for the model …"))
        self._fetching = self._tasks.start(
            store.install(name, self._show_progress),
            done=lambda _: self._have(name),
            failed=self._failed,
            receiver=self,
        )

    def _show_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(done * 1000 // max(1, total))
        self.state.say(
            _("{done} of {total} MB").format(
                done=number(done / 1000000.0, 0), total=number(total / 1000000.0, 0)
            )
        )

    def _have(self, name: str) -> None:
        self._fetching = None
        self._busy(False)
        self._show_chosen()
        self.state.say(_("“{name}” is on this machine and in use.").format(name=name), "success")
        self.fetched.emit(name)

    def _failed(self, failure: Failure) -> None:
        self._fetching = None
        self._busy(False)
        self._show_chosen()
        self.state.fail(failure)

    def _stop(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None
            self._busy(False)
            self._show_chosen()
            self.state.say(_("Stopped. What has come is kept: Fetch goes on with it."))

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


# --- System menu, “Open with”, and `notegen://` links ---


class SystemBox(QWidget):
    """Row for the desktop entry. `find` returns the entry of this machine or raises
    NoteGenError."""

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
        self.where = StateLabel("systemEntryState")
        form(
            (_("System menu and links"), hbox(self.button, None), self.button),
            ("", self.where),
            on=self,
            words_px=WORDS_PX,
            spacing=(16, 4),
        )
        self.look()

    def look(self) -> None:
        """Refresh the state: the command line can change it too."""
        try:
            self._entry = self._find()
            self._show(there=self._entry.is_there())
        except NoteGenError as error:
            self.button.setText(_("Add"))
            self.button.setEnabled(False)
            self.where.say(error.failure().words)

    def _show(self, *, there: bool) -> None:
        self.button.setEnabled(True)
        self.button.setText(_("Remove") if there else _("Add"))
        self.button.setAccessibleName(
            _("Remove NoteGen from the system menu")
            if there
            else _("Add NoteGen to the system menu")
        )
        self.where.say(
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
        self.where.say(failure.words)


# --- Check for a new version ---


class UpdateBox(QWidget):
    """Row for the version check. Pressing the button permits this one request."""

    def __init__(
        self, services: Deferred[Services], tasks: Tasks, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services, self._tasks = services, tasks
        self.button = button(_("Ask now"), "askUpdatesButton", pressed=self._ask)
        self.state = StateLabel("updatesState", selectable=True)
        form(
            (_("New version"), hbox(self.button, None), self.button),
            ("", self.state),
            on=self,
            words_px=WORDS_PX,
            spacing=(16, 4),
        )

    def look(self) -> None:
        """Show the result of the last check."""
        updates = self._services.value.updates if self._services.value is not None else None
        self.button.setEnabled(updates is not None and bool(updates.address))
        if updates is None or not updates.address:
            self.state.setText(_("This build does not know where to ask."))
        else:
            self.state.setText(_words_of(updates.state))

    def _ask(self) -> None:
        updates = self._services.value.updates if self._services.value is not None else None
        if updates is not None:
            self.button.setEnabled(False)
            self.state.setText(_("Asking …"))
            self._tasks.start(
                updates.ask(now_s=time.time()), done=lambda _state: self.look(), receiver=self
            )


def _words_of(state: UpdateCheckState) -> str:
    """Return the result of the last check as a sentence."""
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
