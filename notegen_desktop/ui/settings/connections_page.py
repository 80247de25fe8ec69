"""Page of connections to model servers: a list, and a form to add or change one.

Changes take effect at once, without saving the dialog: keys go to the key ring, and the list is not
a setting.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QWidget,
)

from notegen_desktop.domain.engines.connection import (
    CUSTOM,
    Connection,
    KeyNeed,
    Preset,
    connection_of,
)
from notegen_desktop.domain.errors import Failure, NoteGenError
from notegen_desktop.domain.text.quantities import number, series
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.ports import ModelInfo, Services
from notegen_desktop.ui.kit.build import button, clear, form, hbox, label, line_edit, named, vbox
from notegen_desktop.ui.kit.tasks import Tasks, in_thread
from notegen_desktop.ui.kit.text import one_line
from notegen_desktop.ui.kit.theme import scaled
from notegen_desktop.ui.kit.widgets import StateLabel, WholeNumberBox

ABOUT = N_(
    "Notes can be written by models of your own: on this machine, with your account elsewhere, or "
    "through a gateway. What you keep here holds at once."
)
LIST_ROWS = 3
ROW_PX = 30


class ConnectionsPage(QWidget):
    """List and form of connections.

    Signals: `changed()` after a connection was stored or removed; `link_activated(str)` with the
    URL of a page that issues API keys.
    """

    changed = Signal()
    link_activated = Signal(str)

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._services: Services | None = None
        self._models: dict[str, ModelInfo] = {}
        self._preset = ""
        self.list = named(QListWidget(self), "connectionList", _("Connections"))
        self.list.setProperty("framed", True)
        self.list.setFixedHeight(LIST_ROWS * scaled(ROW_PX) + 8)
        self.list.currentItemChanged.connect(lambda *_: self._show_chosen())
        self.add = button(_("Add…"), "addConnectionButton", icon="plus")
        self._menu = QMenu(self.add)
        self.add.setMenu(self._menu)
        self.remove = button(_("Remove"), "removeConnectionButton", pressed=self._remove)
        self.found = label("", "foundServers", role="caption", wrap=True)
        self._found_buttons = hbox(spacing=6)

        self.name = line_edit("connectionNameEdit", _("Name"), _("Such as ollama"))
        self.url = line_edit(
            "connectionUrlEdit", _("Address"), _("Such as http://127.0.0.1:8080/v1")
        )
        self.key = line_edit("connectionKeyEdit", _("API key"))
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.model = named(QComboBox(self), "connectionModelCombo", _("Model"))
        self.model.setEditable(True)
        if (words := self.model.lineEdit()) is not None:
            words.setAccessibleName(_("Model"))
        self.model.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.model.editTextChanged.connect(lambda _: self._tell_model())
        self.context = named(WholeNumberBox(self), "connectionContextSpin", _("Context, in tokens"))
        self.context.setRange(0, 2_000_000)
        self.context.setSingleStep(4096)
        self.context.setGroupSeparatorShown(True)
        self.context.setSpecialValueText(_("Found out"))
        self.context.lineEdit().setTextMargins(8, 0, 0, 0)
        self.context.setFixedWidth(150)
        self.test = button(_("Test"), "testConnectionButton", pressed=self._test)
        self.keep = button(_("Keep connection"), "keepConnectionButton", pressed=self._keep)
        self.get_key = button(_("Get a key"), "getConnectionKeyButton", kind="link")
        self.get_key.clicked.connect(self._open_key_page)
        self.about_model = label("", "connectionModelFacts", role="caption", wrap=True)
        self.result = StateLabel("connectionResult")
        self._lay_out()
        self._show_form(None)

    def _lay_out(self) -> None:
        rows = form(
            (_("Name"), self.name),
            (_("Address"), self.url),
            (_("API key"), hbox((self.key, 1), self.get_key, spacing=6), self.key),
            (_("Model"), hbox((self.model, 1), self.test, spacing=6), self.model),
            ("", self.about_model),
            (_("Context"), hbox(self.context, None), self.context),
            ("", hbox((self.result, 1), self.keep)),
            words_px=96,
            spacing=(16, 6),
        )
        vbox(
            label(_(ABOUT), role="muted", wrap=True),
            self.list,
            hbox(self.add, None, self.remove, spacing=8),
            hbox((self.found, 1), self._found_buttons, spacing=8),
            rows,
            None,
            margins=(24, 16, 24, 16),
            spacing=8,
            on=self,
        )

    # --- setters ---

    def attach(self, services: Services) -> None:
        self._services = services
        self._menu.clear()
        for preset in services.connections.presets.values():
            self._menu.addAction(_(preset.title), partial(self._begin, preset))
        self.show_connections()

    def show_connections(self, chosen: str = "") -> None:
        """Refresh the list and select the connection named `chosen`, else the first."""
        if self._services is None:
            return
        connections = self._services.connections.all()
        self.list.blockSignals(True)
        self.list.clear()
        for connection in connections:
            model = connection.model or _("no model chosen")
            item = QListWidgetItem(one_line(f"{connection.name}  ·  {model}"))
            item.setData(Qt.ItemDataRole.UserRole, connection.name)
            item.setSizeHint(QSize(0, scaled(ROW_PX)))
            item.setToolTip(
                one_line(
                    _("{title} at {url}").format(
                        title=connection.preset.title, url=connection.address
                    )
                )
            )
            self.list.addItem(item)
        names = [connection.name for connection in connections]
        row = names.index(chosen) if chosen in names else 0
        self.list.setCurrentRow(row if names else -1)
        self.list.blockSignals(False)
        self._show_chosen()

    def look(self) -> None:
        """Search for servers on this machine and offer to add them."""
        if self._services is not None:
            self._tasks.start(self._services.servers.found(), done=self._show_found, receiver=self)

    def _show_found(self, found: list[Connection]) -> None:
        assert self._services is not None
        clear(self._found_buttons)
        known = {connection.url for connection in self._services.connections.all()}
        new = [connection for connection in found if connection.url not in known]
        titles = series(connection.preset.title for connection in new)
        self.found.setText(
            _("Running on this machine: {titles}.").format(titles=titles) if new else ""
        )
        for connection in new:
            self._found_buttons.addWidget(
                button(
                    _("Add {title}").format(title=connection.preset.title),
                    f"addFound:{connection.name}",
                    pressed=partial(self._begin, connection.preset, connection.url, test=True),
                )
            )

    def _chosen(self) -> Connection | None:
        item = self.list.currentItem()
        if item is None or self._services is None:
            return None
        name = item.data(Qt.ItemDataRole.UserRole)
        return next((one for one in self._services.connections.all() if one.name == name), None)

    def _show_chosen(self) -> None:
        connection = self._chosen()
        self.remove.setEnabled(connection is not None)
        self._show_form(connection)

    def _show_form(self, connection: Connection | None) -> None:
        preset = connection.preset if connection else None
        self._preset = preset.name if preset else ""
        self._models = {}
        self.name.setText(connection.name if connection else "")
        self.name.setReadOnly(connection is not None)
        self.url.setText(connection.address if connection else "")
        self.key.clear()
        self.model.clear()
        self.model.setEditText(connection.model if connection else "")
        self.context.setValue(connection.context if connection else 0)
        self.result.say("")
        self._tell_model()
        self._show_key(connection, preset)

    def _show_key(
        self, connection: Connection | None, preset: Preset | None, *, asked: bool = False
    ) -> None:
        """Show the state of the API key; `asked`: the key ring has had time to answer."""
        origin = ""
        if connection is not None and self._services is not None:
            origin = self._services.secrets.origin(connection)
            if origin == "locked" and not asked:
                found = partial(self._key_looked_for, connection.name)
                self._tasks.start(
                    self._services.secrets.find(connection=connection),
                    done=found,
                    failed=found,
                    receiver=self,
                )
        self.get_key.setVisible(bool(preset and preset.key_page and not origin))
        self.key.setPlaceholderText(
            {
                "": _("None needed")
                if connection and not connection.needs_key
                else _("Paste your key"),
                "environment": _("Set in the environment"),
                "locked": _("The key ring does not answer")
                if asked
                else _("Asking the key ring …"),
            }.get(origin, "••••••••••••••••")
        )
        self.key.setEnabled(origin != "environment" and (not connection or connection.takes_key))

    def _key_looked_for(self, name: str, _: object) -> None:
        connection = self._chosen()
        if connection is not None and connection.name == name:
            self._show_key(connection, connection.preset, asked=True)

    def _begin(self, preset: Preset, url: str = "", *, test: bool = False) -> None:
        """Show a new form for a server of this preset."""
        self.list.setCurrentRow(-1)
        self._show_form(None)
        self._preset = preset.name
        taken = {self.list.item(n).data(Qt.ItemDataRole.UserRole) for n in range(self.list.count())}
        name = "" if preset.name == CUSTOM else preset.name
        while name in taken:
            stem, __, number = name.rpartition("-")
            name = f"{stem}-{int(number) + 1}" if stem and number.isdigit() else f"{name}-2"
        self.name.setText(name)
        self.url.setText(url or preset.url)
        self._show_key(None, preset)
        if preset.key is KeyNeed.MAYBE:
            self.key.setPlaceholderText(_("Usually none"))
        wanted = self.key if preset.key is KeyNeed.ALWAYS else self.model
        (wanted if name else self.name).setFocus(Qt.FocusReason.OtherFocusReason)
        if test:
            self._test()

    # --- actions ---

    def _typed(self) -> Connection | None:
        """Return the connection in the form; None, with an error message, if it is invalid."""
        if self._services is None:
            return None
        try:
            return connection_of(
                self.name.text(),
                self.url.text(),
                self._services.connections.presets,
                preset="" if self._preset in ("", CUSTOM) else self._preset,
                model=self.model.currentText(),
                context=self.context.value(),
            )
        except NoteGenError as error:
            self._complain(error.failure())
            return None

    def _test(self) -> None:
        connection = self._typed()
        if connection is None or self._services is None:
            return
        self.test.setEnabled(False)
        self.result.say(_("Asking for its models …"))
        self._tasks.start(
            self._services.servers.models(connection, self.key.text().strip() or None),
            done=self._answered,
            failed=self._complain,
            receiver=self,
        )

    def _answered(self, models: list[ModelInfo]) -> None:
        self.test.setEnabled(True)
        self._models = {model.id: model for model in models}
        chosen = self.model.currentText() or (models[0].id if models else "")
        self.model.blockSignals(True)
        self.model.clear()
        for model in models:
            self.model.addItem(model.id)
        self.model.blockSignals(False)
        self.model.setEditText(chosen)
        self._tell_model()
        self.result.say(
            ngettext(
                "It answers, and offers {n} model.",
                "It answers, and offers {n} models.",
                len(models),
            ).format(n=number(len(models))),
            "success",
        )

    def _keep(self) -> None:
        connection, services = self._typed(), self._services
        if connection is None or services is None:
            return
        try:
            services.connections.keep(connection)
        except NoteGenError as error:
            self._complain(error.failure())
            return
        key = "".join(self.key.text().split())
        self.show_connections(connection.name)
        self.changed.emit()
        self.result.say(
            _("Kept. Choose “{name}” as the engine to use it.").format(name=connection.name),
            "success",
        )
        if key:
            self._tasks.start(
                in_thread(services.secrets.set_api_key, key, connection),
                done=self._key_kept,
                failed=self._complain,
                receiver=self,
            )

    def _key_kept(self, safe: bool) -> None:
        connection = self._chosen()
        self._show_key(connection, connection.preset if connection else None)
        if not safe:
            self.result.say(
                _("The key lasts until NoteGen closes: no key ring took it."), "warning"
            )

    def _remove(self) -> None:
        connection, services = self._chosen(), self._services
        if connection is None or services is None:
            return
        try:
            services.connections.remove(connection.name)
        except NoteGenError as error:
            self._complain(error.failure())
            return
        self._tasks.start(
            in_thread(services.secrets.set_api_key, "", connection),
            done=partial(self._key_forgotten, connection.name),
            failed=self._complain,
            receiver=self,
        )
        self.show_connections()
        self.changed.emit()
        self.result.say(_("“{name}” is forgotten.").format(name=connection.name))

    def _key_forgotten(self, name: str, gone: bool) -> None:
        if gone:
            self.result.say(_("“{name}” and its key are forgotten.").format(name=name))
        else:
            self.result.say(
                _("“{name}” is forgotten, but the key ring still has its key.").format(name=name),
                "warning",
            )

    def _open_key_page(self) -> None:
        if self._services is not None and self._preset:
            self.link_activated.emit(self._services.connections.presets[self._preset].key_page)

    # --- texts ---

    def _tell_model(self) -> None:
        model = self._models.get(self.model.currentText())
        words = _words_of(model) if model is not None else ""
        self.about_model.setText(words)
        self.about_model.setVisible(bool(words))

    def _complain(self, failure: Failure) -> None:
        self.test.setEnabled(True)
        self.result.fail(failure)


def _words_of(model: ModelInfo) -> str:
    facts = []
    if model.window:
        context = ngettext("{n} token of context", "{n} tokens of context", model.window)
        facts.append(context.format(n=number(model.window)))
    if model.price is not None:
        facts.append(
            _("$ {input} read and $ {output} written a million tokens").format(
                input=f"{model.price.input:g}", output=f"{model.price.output:g}"
            )
        )
    if model.size:
        facts.append(_("{size} parameters").format(size=model.size))
    said = [f"{series(facts)}."] if facts else []
    if model.remote:
        said.append(
            _("It does not run here: what is sent goes on to {remote}.").format(remote=model.remote)
        )
    if model.is_small:
        said.append(
            _(
                "Models this small often repeat themselves, so it is asked for one level at a "
                "time; the offline extract may serve better."
            )
        )
    return " ".join(said)
