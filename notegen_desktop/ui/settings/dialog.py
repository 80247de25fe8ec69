"""Settings dialog, generated from the declarations.

Changes take effect on Save; theme and text size are previewed and reverted on Cancel. Settings
fixed by the environment or the command line are shown but disabled.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QLineEdit,
    QSpinBox,
    QTabWidget,
    QWidget,
)
from shiboken6 import isValid

from notegen_desktop.domain.errors import Failure, KeyRingLocked, NoteGenError
from notegen_desktop.domain.links.addresses import split_password
from notegen_desktop.domain.settings.setting import Value
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import PROXY, SETTINGS, SPEECH_MODEL, VAULT_FOLDER
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import (
    KEY_RING_MOMENT_S,
    ModelInfo,
    Secrets,
    SettingsStore,
)
from notegen_desktop.ui.kit.build import (
    button,
    grid,
    hbox,
    label,
    leave_enter_to,
    named,
    scrolled,
    vbox,
)
from notegen_desktop.ui.kit.dialogs import choose_folder
from notegen_desktop.ui.kit.drops import copy_into_fields
from notegen_desktop.ui.kit.outside import open_outside
from notegen_desktop.ui.kit.tasks import WindowContext, in_thread
from notegen_desktop.ui.kit.theme import theme

from .connections_page import ConnectionsPage
from .fields import Field
from .follow_box import FollowBox
from .key_box import KeyBox
from .machine import WORDS_PX, LibraryBox, SpeechBox, SystemBox, UpdateBox

PAGES: tuple[tuple[str, str, str], ...] = (
    ("general", N_("General"), N_("How notes are written unless you say otherwise for a run.")),
    (
        "processing",
        N_("Processing"),
        N_("How many notes are written at the same time, and how fast."),
    ),
    ("gemini", "Gemini", N_("Google's models write the notes with your own key.")),
    ("budget", N_("Budget"), N_("Limits in US dollars, checked before anything is sent.")),
    ("sources", N_("Sources"), N_("How videos and their captions are reached.")),
    (
        "following",
        N_("Following"),
        N_(
            "You are asked about new videos of these lists, with what notes of them will take. "
            "Nothing is written unasked."
        ),
    ),
    ("appearance", N_("Appearance"), N_("How the window and the notes look.")),
    (
        "library",
        N_("Library"),
        N_("Where notes are kept: here, or on a PostgreSQL server that several share."),
    ),
)
"""Group of settings, title of its tab, and introduction of the tab."""


CONNECTIONS = N_("Connections")
"""Title of the tab with connections, which are not settings."""

ELSEWHERE = frozenset({"general.templates", "general.template_sets"})
"""Settings changed elsewhere, in the list of templates."""


class SettingsDialog(QDialog):
    """Shows and changes the settings. Opened with `open()`.

    Signals: `saved()`; `key_changed()` after a key was stored or deleted; `templates_wanted()`.
    """

    saved = Signal()
    key_changed = Signal()
    templates_wanted = Signal()

    def __init__(self, context: WindowContext, settings: SettingsStore) -> None:
        super().__init__(context.window)
        services, tasks = context.services, context.tasks
        self.setObjectName("settingsDialog")
        self.setWindowTitle(_("Settings"))
        self.setModal(False)
        self.setMinimumSize(680, 480)
        self.resize(self.sizeHint())
        self._settings = settings
        self._tasks = tasks
        self._services = services
        self._messages = context.messages
        self._asked_models = False
        self._previewing = False
        self._fields: dict[str, Field] = {}
        self.tabs = named(QTabWidget(self), "settingsTabs")
        # None has a parent yet: Tab goes through them in the order in which they come in.
        self.key_box = KeyBox()
        self.system_box = SystemBox(tasks)
        self.update_box = UpdateBox(services, tasks)
        self.connections = ConnectionsPage(tasks)
        self.speech_box = SpeechBox(tasks)
        self.library_box = LibraryBox(services, tasks)
        self.speech_box.fetched.connect(self._use_speech_model)
        self.speech_box.removed.connect(self._drop_speech_model)
        self.follow_box = FollowBox(tasks)
        self._error = label("", "settingsError", tone="danger", wrap=True)
        self._save = button(_("Save"), "saveButton", kind="primary", pressed=self.save)
        self._cancel = button(_("Cancel"), "cancelButton", pressed=self.reject)
        self._build()
        leave_enter_to(self._save, self)
        copy_into_fields(self)
        self._connect()
        self._show_current(settings.current)

    # --- construction ---

    def _build(self) -> None:
        for group, title, about in PAGES:
            page = QWidget()
            self.tabs.addTab(scrolled(page), _(title))  # first: see `MainWindow._build`
            self._fill(page, group, _(about))
            if group == "gemini":
                self.tabs.addTab(scrolled(self.connections), _(CONNECTIONS))
        line = QFrame()
        line.setProperty("line", True)
        foot = hbox((self._error, 1), self._cancel, self._save, margins=(20, 12, 20, 16))
        vbox((self.tabs, 1), line, foot, margins=(0, 8, 0, 0), spacing=0, on=self)

    def _fill(self, page: QWidget, group: str, about: str) -> None:
        layout = grid(page, margins=(24, 16, 24, 16), spacing=(16, 2))
        layout.setColumnMinimumWidth(0, WORDS_PX)
        layout.addWidget(label(about, role="muted", wrap=True), 0, 0, 1, 2)
        layout.setRowMinimumHeight(1, 12)
        row = 2
        first = {"gemini": self.key_box, "library": self.library_box}.get(group)
        if first is not None:
            layout.addWidget(first, row, 0, 1, 2)
            layout.setRowMinimumHeight(row + 1, 12)
            row += 2
        for setting in SETTINGS:
            if setting.group == group and setting.key not in ELSEWHERE:
                field = Field(setting, page)
                self._fields[setting.key] = field
                if setting.key == VAULT_FOLDER:
                    field.beside = button(_("Choose…"), "vaultButton", pressed=self._choose_vault)
                row = field.add_to(layout, row)
        if group == "general":
            layout.addWidget(label(_("Kinds of notes")), row, 0)
            templates = button(
                _("Templates…"), "settingsTemplatesButton", pressed=self._to_templates
            )
            layout.addLayout(hbox(templates, None), row, 1)
            row += 1
        if group == "sources":
            layout.setRowMinimumHeight(row, 12)
            layout.addWidget(self.speech_box, row + 1, 0, 1, 2)
            layout.setRowMinimumHeight(row + 2, 12)
            layout.addWidget(self.system_box, row + 3, 0, 1, 2)
            row += 4
        if group == "general":
            layout.addWidget(self.update_box, row, 0, 1, 2)
            row += 1
        if group == "following":
            layout.addWidget(self.follow_box, row, 0, 1, 2)
        layout.setRowStretch(row, 1)

    def _connect(self) -> None:
        self.rejected.connect(self._take_back_preview)
        self.tabs.currentChanged.connect(self._tab_shown)
        self.key_box.test_wanted.connect(self.test_key)
        for box in (self.key_box, self.library_box, self.connections):
            box.link_activated.connect(self._open_link)
        self._fields["appearance.theme"].edited.connect(self._preview_theme)
        self._fields["appearance.text_size"].edited.connect(self._preview_text_size)
        self._fields["processing.parallel"].edited.connect(self._show_parallel)
        for field in self._fields.values():
            field.edited.connect(lambda: self._error.setText(""))
        self._services.then(lambda _: self._find_key())
        self._services.then(lambda it: self.speech_box.show_store(it.speech_models))
        self.connections.changed.connect(self._offer_engines)
        self._services.then(self.connections.attach)
        self._services.then(lambda _: self._offer_engines())
        self._services.then(lambda it: self.follow_box.show_following(it.following))

    def _open_link(self, url: str) -> None:
        open_outside(QUrl(url), self._tasks, lambda no: self._error.setText(f"{no.text} {no.hint}"))

    def _to_templates(self) -> None:
        self.reject()
        self.templates_wanted.emit()

    def _choose_vault(self) -> None:
        field = self._fields[VAULT_FOLDER]

        def chosen(folder: Path | None) -> None:
            if folder is not None and isinstance(field.control, QLineEdit):
                field.control.setText(str(folder))

        asking = choose_folder(self, title=_("Folder for Obsidian or Logseq"))
        self._tasks.start(asking, done=chosen, receiver=self)

    # --- setters ---

    def field(self, key: str) -> Field:
        """Return the field of a setting. Raises KeyError for one in `ELSEWHERE`."""
        return self._fields[key]

    def _show_current(self, settings: Settings) -> None:
        self._previewing = False
        for field in self._fields.values():
            field.show_settings(settings)
        self._previewing = True
        self._error.setText("")
        self._show_parallel()

    def show_tab(self, title: str) -> None:
        """Show a tab by its English title."""
        for index in range(self.tabs.count()):
            if self.tabs.tabText(index) == _(title):
                self.tabs.setCurrentIndex(index)

    def show_field(self, key: str) -> None:
        """Show and focus the field of a setting; "" is the API key."""
        if not key:
            self.show_tab("Gemini")
            self.key_box.edit.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        for group, title, __ in PAGES:
            if key.startswith(f"{group}."):
                self.show_tab(title)
        self._fields[key].control.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        if not event.spontaneous():
            self._show_current(self._settings.current)
            self.key_box.edit.clear()
            self._find_key()
            self.system_box.look()
            self.update_box.look()
            self.follow_box.show_lists()
            self._tab_shown(self.tabs.currentIndex())
        super().showEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(820, 620)

    def _show_parallel(self) -> None:
        """Enable the settings of parallel requests only while these are on."""
        on = bool(self._fields["processing.parallel"].value())
        for key in ("processing.max_concurrent", "processing.stagger_ms"):
            field = self._fields[key]
            field.control.setEnabled(on and not field.locked)

    def _preview_theme(self) -> None:
        if self._previewing:
            theme().choose(str(self._fields["appearance.theme"].value()))

    def _preview_text_size(self) -> None:
        control = self._fields["appearance.text_size"].control
        if self._previewing and isinstance(control, QSpinBox):
            theme().set_reading_size(control.value())

    def _take_back_preview(self) -> None:
        theme().choose(self._settings.current.text("appearance.theme"))
        theme().set_reading_size(self._settings.current.integer("appearance.text_size"))

    # --- the key ---

    def _find_key(self) -> None:
        self.key_box.show_origin(None)
        if self._services.value is not None:
            self._tasks.start(
                self._wait_for_key(self._services.value.secrets),
                done=self._key_found,
                failed=self._no_key,
                receiver=self,
            )

    async def _wait_for_key(self, secrets: Secrets) -> str:
        """Return where the key is stored, as `Secrets.origin`; show an interim state meanwhile."""
        with suppress(KeyRingLocked):
            try:
                await secrets.find(within_s=KEY_RING_MOMENT_S)
            except KeyRingLocked:
                if isValid(self):
                    self.key_box.show_origin(secrets.origin())
                await secrets.find()
        return secrets.origin()

    def _key_found(self, origin: str) -> None:
        self.key_box.show_origin(origin)
        self._tab_shown(self.tabs.currentIndex())

    def _no_key(self, failure: Failure) -> None:
        self.key_box.show_origin("")
        self.key_box.show_failure(failure)

    def test_key(self, typed: str) -> None:
        """Request the list of models with the typed key, or else the stored one."""
        self.key_box.show_testing()
        self._tasks.start(
            self._services.ask(lambda it: it.catalogue.models(typed or None)),
            done=self._key_works,
            failed=self.key_box.show_failure,
            receiver=self,
        )

    def _key_works(self, models: list[ModelInfo]) -> None:
        self.key_box.show_works(models)
        self.show_models(models)

    def show_models(self, models: list[ModelInfo]) -> None:
        """List these models; the current choice is kept."""
        combo = self._fields["gemini.model"].control
        if not isinstance(combo, QComboBox):
            return
        chosen = combo.currentText()
        combo.blockSignals(True)
        combo.clear()
        for number, model in enumerate(models):
            combo.addItem(model.id)
            combo.setItemData(number, model.name or model.id, Qt.ItemDataRole.ToolTipRole)
        combo.setCurrentText(chosen)
        combo.blockSignals(False)

    def _tab_shown(self, index: int) -> None:
        """Load the list of models when its tab is first shown."""
        services = self._services.value
        if self.tabs.tabText(index) == _(CONNECTIONS) and self.isVisible():
            self.connections.show_connections()
            self.connections.look()
        seen = self.tabs.tabText(index) == "Gemini" and self.isVisible()
        if seen and services is not None and not self._asked_models:
            self._asked_models = True
            self._tasks.start(
                services.catalogue.models(None),
                done=self.show_models,
                failed=self._no_models,
                receiver=self,
            )

    def _no_models(self, failure: Failure) -> None:
        """Ignore the failure: without a list the field still accepts any name."""
        self._asked_models = False

    # --- connections ---

    def _offer_engines(self) -> None:
        """List connections as engines."""
        services, combo = self._services.value, self._fields["general.engine"].control
        if services is None or not isinstance(combo, QComboBox):
            return
        for connection in services.connections.all():
            if combo.findData(connection.name) < 0:
                combo.addItem(connection.name, connection.name)

    # --- speech recognition ---

    def _use_speech_model(self, name: str) -> None:
        """Use a downloaded model at once, without saving the dialog."""
        try:
            self._settings.change({SPEECH_MODEL: name})
        except NoteGenError as error:
            self._complain(error.failure())
            return
        self._fields[SPEECH_MODEL].show_settings(self._settings.current)

    def _drop_speech_model(self, name: str) -> None:
        if self._settings.current.text(SPEECH_MODEL) == name:
            self._use_speech_model("")

    # --- saving ---

    def changes(self) -> dict[str, Value]:
        """Return the values changed by the user, by key."""
        return {key: field.value() for key, field in self._fields.items() if field.is_changed}

    def save(self) -> None:
        """Store the changes and close; on an error, stay open and show it."""
        changes = self.changes()
        proxy = str(changes.get(PROXY, ""))
        try:
            if changes:
                self._settings.change(dict(changes))
        except NoteGenError as error:
            self._complain(error.failure())
            return
        key = self.key_box.change
        if not split_password(proxy)[1]:
            proxy = ""
        services = self._services.value
        if services is None or (key is None and not proxy):
            self._close_saved()
            return
        self._save.setEnabled(False)
        self._tasks.start(
            in_thread(_keep, services.secrets, key, proxy),
            done=self._kept,
            failed=self._complain,
            receiver=self,
        )

    def _kept(self, not_safe: list[tuple[str, str]]) -> None:
        self._asked_models = False
        self.key_changed.emit()
        for what, variable in not_safe:
            self._messages.say(
                _("{what} is kept until NoteGen closes.").format(what=what),
                _("No key ring took it. Set {variable} to have it each time.").format(
                    variable=variable
                ),
                "warning",
            )
        self._close_saved()

    def _close_saved(self) -> None:
        self._save.setEnabled(True)
        self.saved.emit()
        self.accept()

    def _complain(self, failure: Failure) -> None:
        self._save.setEnabled(True)
        self._error.setText(failure.words)


def _keep(secrets: Secrets, key: str | None, proxy: str) -> list[tuple[str, str]]:
    """Store secrets in the key ring; return (name, environment variable) of those it refused."""
    kept = key is None or secrets.set_api_key(key)
    left = [] if kept or not key else [(_("The key"), "GEMINI_API_KEY")]
    if proxy and not secrets.keep_password(proxy)[1]:
        left.append((_("The proxy's password"), "NOTEGEN_PROXY_PASSWORD"))
    return left
