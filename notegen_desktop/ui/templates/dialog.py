"""Templates dialog: the list, the editor of the selected template, prompt and trial."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QFileSystemWatcher, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QHideEvent,
    QKeySequence,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QDialog, QFrame, QPushButton, QSplitter, QWidget

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.domain.text.file_names import safe_name
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.machine.templates.files import read_text
from notegen_desktop.services.machine.templates.own import OwnTemplates, Removed, export_text
from notegen_desktop.services.ports import TemplateEntry, TemplateOrigin
from notegen_desktop.ui.kit.build import button, delayed, vbox
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.dialogs import ask_text, choose, choose_files, choose_save_path, confirm
from notegen_desktop.ui.kit.drops import copy_into_fields
from notegen_desktop.ui.kit.messages import MessageBar
from notegen_desktop.ui.kit.outside import open_outside
from notegen_desktop.ui.kit.remedy_bar import FlowLayout
from notegen_desktop.ui.kit.screen_reader import give_menu
from notegen_desktop.ui.kit.tasks import Tasks, in_thread

from .drafts import Drafts
from .editor import TemplateEditor
from .prompt_and_trial import PromptAndTrial
from .template_list import TemplateList

FILE_FILTERS = (N_("Templates (*.toml)"), N_("All files (*)"))
MIN_PX = 760
"""Width in pixels of list, template and prompt side by side; a smaller screen has less."""

SETTLE_MS = 120
"""Milliseconds to wait after a file change, because editors write a file in several steps."""


class TemplatesDialog(QDialog):
    """Lists and edits templates. Signals: `changed()` after a template was added, changed or
    removed."""

    changed = Signal()

    def __init__(
        self, own: OwnTemplates, tasks: Tasks, beside: PromptAndTrial, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("templatesDialog")
        self.setWindowTitle(_("Templates"))
        self.setModal(False)
        self.setMinimumSize(MIN_PX, 480)
        self.resize(self.sizeHint())
        self._own, self._tasks, self.beside = own, tasks, beside
        self.drafts = Drafts(own, self)
        self.messages = MessageBar(self)
        self._watcher = QFileSystemWatcher(self)
        self._settle = delayed(self, SETTLE_MS, self.reload)
        self._build()
        self._connect()
        self._bind_keys()
        copy_into_fields(self)
        for each in self.findChildren(QPushButton):
            each.setAutoDefault(False)  # Return in a field must press none
        self._show_list()

    def sizeHint(self) -> QSize:
        return QSize(1160, 720)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a screen too small for three columns, put the prompt below the template."""
        super().resizeEvent(event)
        beside = Qt.Orientation.Horizontal if self.width() >= MIN_PX else Qt.Orientation.Vertical
        if self.work.orientation() is not beside:
            self.work.setOrientation(beside)

    # --- construction ---

    def _build(self) -> None:
        self.splitter = QSplitter(self)
        self.splitter.setChildrenCollapsible(False)
        left = QFrame(self.splitter)
        left.setProperty("plane", "sidebar")
        self.list = TemplateList()
        self.new_button = button(_("New…"), "newTemplateButton", icon="plus", pressed=self.new)
        self.add_button = button(
            _("Add a file…"), "addTemplateButton", kind="ghost", pressed=self.choose_files
        )
        foot = QWidget()
        buttons = FlowLayout(foot, spacing=4, below=4)
        buttons.addWidget(self.new_button)
        buttons.addWidget(self.add_button)
        vbox((self.list, 1), foot, margins=(12, 12, 12, 12), on=left)
        self.work = QSplitter(self.splitter)
        self.work.setChildrenCollapsible(False)
        self.editor = TemplateEditor(self.work)
        right = QFrame(self.work)
        right.setProperty("plane", "sidebar")
        vbox(self.beside, spacing=0, on=right)
        for splitter, parts in (
            (self.splitter, ((0, left), (1, self.work))),
            (self.work, ((3, self.editor), (2, right))),
        ):
            for stretch, part in parts:
                splitter.addWidget(part)
                splitter.setStretchFactor(splitter.count() - 1, stretch)
        self.splitter.setSizes([250, 910])
        self.work.setSizes([500, 410])
        self._menu = give_menu(self.editor.more)
        self._menu.aboutToShow.connect(self._fill_menu)
        vbox((self.splitter, 1), spacing=0, on=self)

    def _connect(self) -> None:
        editor = self.editor
        self.list.chosen.connect(self._show_key)
        editor.typed.connect(self._keep_typed)
        editor.checked.connect(lambda: self.beside.show_template(editor.template))
        editor.save.clicked.connect(self.save)
        editor.discard.clicked.connect(self.discard)
        editor.reload.clicked.connect(self._use_disk)
        self.drafts.kept.connect(self._tell_kept)
        self.drafts.failed.connect(self.messages.show_failure)
        self._watcher.directoryChanged.connect(lambda _: self._settle.start())
        self._watcher.fileChanged.connect(lambda _: self._settle.start())

    def _bind_keys(self) -> None:
        for name, act, keys in (
            (_("Save the template"), self.save, ("Ctrl+S",)),
            (_("New template"), self.new, ("Ctrl+N",)),
            (_("Duplicate the template"), self.duplicate, ("Ctrl+D",)),
            (_("Search templates"), self.list.search.setFocus, ("Ctrl+F",)),
            (_("Rename the template"), self.rename, ("F2",)),
        ):
            command(self, name, act, *keys, group="Templates")
        command(
            self.list.rows,
            _("Remove the template"),
            self.remove,
            "Del",
            group="Templates",
            within=True,
        )
        undo = command(
            self, _("Undo"), self.messages.undo, QKeySequence.StandardKey.Undo, group="Templates"
        )
        undo.setEnabled(False)
        self.messages.undo_changed.connect(undo.setEnabled)

    def _fill_menu(self) -> None:
        entry, menu = self.editor.entry, self._menu
        menu.clear()
        if entry is None:
            return
        usable = entry.template is not None
        menu.addAction(_("Rename"), self.rename).setEnabled(usable)
        menu.addAction(_("Duplicate"), self.duplicate).setEnabled(usable)
        menu.addSeparator()
        menu.addAction(_("Save as a file…"), self.export)
        menu.addAction(_("Copy the file's text"), self.copy)
        menu.addAction(_("Open the folder of your templates"), self._open_folder)
        menu.addSeparator()
        if entry.origin is TemplateOrigin.CHANGED:
            menu.addAction(_("Restore the built-in one"), self.remove)
        else:
            menu.addAction(_("Delete"), self.remove).setEnabled(entry.path is not None)

    # --- list and editor ---

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.reload()
            if self.editor.entry is None:
                self.show_key(next((entry.key for entry in self._own.entries()), ""))

    def hideEvent(self, event: QHideEvent) -> None:
        if not event.spontaneous():
            self.drafts.flush()
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.drafts.flush()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.reload()
            self.beside.renew()
        super().changeEvent(event)

    def show_key(self, key: str) -> None:
        """Select a template by its id or file name."""
        self.list.choose(key)
        if self.editor.entry is None or self.editor.entry.key != key:
            self._show_key(key)

    def _show_list(self) -> None:
        there = [str(entry.path) for entry in self._own.entries() if entry.path is not None]
        if self._own.folder.is_dir():
            there.append(str(self._own.folder))
        known = {*self._watcher.files(), *self._watcher.directories()}
        if new := [path for path in there if path not in known]:
            self._watcher.addPaths(new)
        keys = {entry.key for entry in self._own.entries()}
        drafts = self.drafts.keys()
        bare = {key for key in keys if key.removesuffix(".toml") in drafts}
        self.list.show_entries(self._own.entries(), bare)

    def _show_key(self, key: str) -> None:
        try:
            entry = self._own.entry(key)
            saved = self._own.text(entry)
        except NoteGenError as error:
            self.messages.show_failure(error.failure())
            return
        draft = self.drafts.text_of(key)
        self.editor.show_entry(entry, saved if draft is None else draft, saved)
        self.editor.state.say(_("What you typed is kept as a draft.") if draft is not None else "")

    def reload(self) -> None:
        """Reload the files from disk; unsaved text stays."""
        editor = self.editor
        before = editor.entry
        self._show_list()
        if before is None:
            return
        known = {entry.key: entry for entry in self._own.entries()}
        entry = known.get(before.key) or next(
            (one for one in known.values() if before.path and one.path == before.path), None
        )
        if entry is None:
            self._show_gone(before)
            return
        try:
            saved = self._own.text(entry)
        except NoteGenError:
            return  # another program is writing it
        if saved == editor.saved and entry == before:
            return
        self.changed.emit()
        if not editor.is_changed:
            editor.show_entry(entry, saved, saved)
            self.list.choose(entry.key)
        elif saved != editor.saved:
            editor.show_elsewhere(
                _("Another program has changed this file. Save keeps what you typed here.")
            )

    def _show_gone(self, before: TemplateEntry) -> None:
        self.changed.emit()
        if not self.editor.is_changed:
            self._show_next()
            return
        self.editor.entry = TemplateEntry(before.key, TemplateOrigin.OWN, before.template)
        self.editor.show_elsewhere(_("This file is gone. Save writes what you typed here again."))

    def _show_next(self) -> None:
        self.editor.show_entry(None, "", "")
        self._show_list()
        entries = self._own.entries()
        if entries:
            self.show_key(self.list.key or entries[0].key)

    def _use_disk(self) -> None:
        """Discard the draft and show the file on disk."""
        entry = self.editor.entry
        if entry is None:
            return
        self.drafts.drop(entry.key)
        if any(one.key == entry.key for one in self._own.entries()):
            self._show_key(entry.key)
        else:
            self._show_next()

    # --- drafts and saving ---

    def _keep_typed(self) -> None:
        entry = self.editor.entry
        if entry is None:
            return
        changed = self.editor.is_changed
        if changed:
            self.drafts.keep(entry.key, self.editor.text)
        else:
            self.drafts.drop(entry.key)
        self.editor.state.say("")
        self.list.show_draft(entry.key, there=changed)

    def _tell_kept(self, key: str) -> None:
        entry = self.editor.entry
        if entry is not None and entry.key == key and self.editor.is_changed:
            self.editor.state.say(_("Kept as a draft. Notes are written as saved last."))

    def save(self) -> None:
        """Save the typed text as the template."""
        editor = self.editor
        editor.check()
        entry, text = editor.entry, editor.text
        if entry is None or not editor.is_changed or editor.problems:
            return
        gone = entry.path is None and entry.origin is not TemplateOrigin.BUILT_IN
        target = None if gone else entry

        def done(kept: TemplateEntry) -> None:
            self.drafts.drop(entry.key)
            saved = self._own.text(kept)
            editor.show_entry(kept, saved, saved)
            self._show_list()
            self.list.choose(kept.key)
            version = kept.template.version if kept.template else ""
            editor.state.say(_("Saved, version {version}.").format(version=version), "success")
            self.changed.emit()

        self._do(lambda: self._own.save(text, target), done)

    def discard(self) -> None:
        """Discard the draft; can be undone."""
        entry, typed = self.editor.entry, self.editor.text
        if entry is None:
            return
        self.drafts.drop(entry.key)
        self._show_key(entry.key)
        self.list.show_draft(entry.key, there=False)

        def back() -> None:
            self.drafts.keep(entry.key, typed)
            self.list.choose(entry.key)
            self._show_key(entry.key)
            self._show_list()

        self.messages.say(_("Changes of “{name}” discarded.").format(name=entry.name), undo=back)

    def _do(self, work: Callable[[], Any], done: Callable[..., object]) -> None:
        """Run `work`, then `done` with its result; show a NoteGenError as a message."""
        try:
            result = work()
        except NoteGenError as error:
            self.messages.show_failure(error.failure())
        else:
            done(result)

    # --- actions ---

    def new(self) -> None:
        """Ask for a name and create a template."""
        self._tasks.start(self._new())

    async def _new(self) -> None:
        name = await ask_text(
            self, name="templateNameDialog", title=_("New template"), text=_("What is it called?"),
            accept=_("Create"),
        )  # fmt: skip
        if name:
            self._do(lambda: self._own.entry(self._own.new(name).stem), self._show_new)

    def _show_new(self, entry: TemplateEntry) -> None:
        self._show_list()
        self.show_key(entry.key)
        self.editor.form.name.setFocus()
        self.changed.emit()

    def duplicate(self) -> None:
        """Copy the template as one of the user's own."""
        if (entry := self.editor.entry) is not None and entry.template is not None:
            self._do(lambda: self._own.duplicate(entry), self._show_new)

    def rename(self) -> None:
        """Focus the field of the name."""
        self.editor.switch.choose("form")
        self.editor.form.name.setFocus()
        self.editor.form.name.selectAll()

    def copy(self) -> None:
        """Copy the file's text as typed to the clipboard."""
        QGuiApplication.clipboard().setText(self.editor.text)
        self.messages.say(_("The template's text is copied."))

    def export(self) -> None:
        """Ask for a path and save the file's text there."""
        if self.editor.entry is not None:
            self._tasks.start(self._export(self.editor.entry, self.editor.text))

    async def _export(self, entry: TemplateEntry, text: str) -> None:
        name = safe_name(entry.key.removesuffix(".toml"), fallback="template")
        path = await choose_save_path(self, title=_("Save template"), name=name, suffix="toml")
        if path is not None:
            await in_thread(export_text, text, path)
            self.messages.say(_("Saved as {file}.").format(file=path.name))

    def remove(self) -> None:
        """Delete the user's template, which restores a changed built-in one. Can be undone."""
        entry = self.editor.entry
        if entry is None or entry.path is None:
            if entry is not None:
                self.messages.say(_("“{name}” is built in and stays.").format(name=entry.name))
            return
        typed = self.editor.text if self.editor.is_changed else None

        def done(removed: Removed) -> None:
            self.drafts.drop(entry.key)
            self._show_next()
            self.changed.emit()
            gone = entry.origin is not TemplateOrigin.CHANGED
            words = _("“{name}” deleted.") if gone else _("“{name}” is the built-in one again.")
            if not gone:
                self.show_key(entry.key)
                self._show_key(entry.key)
            self.messages.say(
                words.format(name=entry.name), undo=lambda: self._bring_back(removed, typed)
            )

        self._do(lambda: self._own.remove(entry), done)

    def _bring_back(self, removed: Removed, typed: str | None) -> None:
        def done(_: object) -> None:
            if typed is not None:
                self.drafts.keep(removed.entry.key, typed)
            self._show_list()
            self.show_key(removed.entry.key)
            self._show_key(removed.entry.key)
            self.changed.emit()

        self._do(lambda: self._own.bring_back(removed), done)

    def _open_folder(self) -> None:
        folder = QUrl.fromLocalFile(str(self._own.folder))
        open_outside(folder, self._tasks, self.messages.show_message)

    # --- adding files ---

    def choose_files(self) -> None:
        """Ask for template files and add them."""

        async def chosen() -> None:
            paths = await choose_files(
                self, title=_("Add templates"), filters=[_(each) for each in FILE_FILTERS]
            )
            await self._offer(paths)

        self._tasks.start(chosen())

    def offer(self, paths: list[Path], over: QWidget) -> None:
        """Ask whether to add dropped files; `over` is the window they were dropped on."""
        self._tasks.start(self._offer(paths, over=over, ask=True))

    async def _offer(
        self, paths: list[Path], *, over: QWidget | None = None, ask: bool = False
    ) -> None:
        added: TemplateEntry | None = None
        for path in paths:
            try:
                entry = await self._added(path, over or self, ask=ask)
            except NoteGenError as error:
                await confirm(
                    over or self, title=_("Not a template"), text=error.message, details=error.hint,
                    accept=_("OK"), reject=_("Close"),
                )  # fmt: skip
                continue
            added = entry or added
        if added is not None:
            self.show()
            self._show_new(added)
            self.messages.say(_("“{name}” added.").format(name=added.name), tone="success")

    async def _added(self, path: Path, over: QWidget, *, ask: bool) -> TemplateEntry | None:
        text = await in_thread(read_text, path)
        name, there = await in_thread(self._own.looked_at, text, path.name)
        if there is None:
            if ask and not await confirm(
                over,
                title=_("Add template?"),
                text=_("Add template “{name}”?").format(name=name),
                details=_("{file} is a kind of note. It is copied to your templates.").format(
                    file=path.name
                ),
                accept=_("Add template"),
            ):
                return None
            return await in_thread(self._own.add, text)
        whose = _("There is a built-in template with the same id: “{name}”.")
        if there.path is not None:
            whose = _("There is a template of yours with the same id: “{name}”.")
        choice = await choose(
            over,
            title=_("Add template?"),
            text=whose.format(name=there.name),
            details=_("{file} holds “{name}”. Replaced, the other one can be restored.").format(
                file=path.name, name=name
            ),
            choices=(("keepBothButton", _("Keep both")), ("replaceTemplateButton", _("Replace"))),
        )
        if not choice:
            return None
        both = choice == "keepBothButton"
        if not both:
            self.drafts.drop(there.key)
        return await in_thread(self._own.add, text, replace=not both, keep_both=both)
