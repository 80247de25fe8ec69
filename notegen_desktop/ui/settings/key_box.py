"""API key of Gemini: its origin, a field for a new key, and a test."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import ModelInfo
from notegen_desktop.ui.kit.build import button, form, hbox, icon_button, label, named
from notegen_desktop.ui.kit.theme import set_icon
from notegen_desktop.ui.kit.widgets import StateLabel

from .machine import WORDS_PX

KEY_PAGE = "https://aistudio.google.com/apikey"

_KEPT = "••••••••••••••••"


class KeyBox(QWidget):
    """Rows for the key on the Gemini page.

    A stored key is never shown: only typed text can be revealed. Signals: `test_wanted(str)` with
    the typed key, "" for the stored one; `link_activated(str)`; `edited()`.
    """

    test_wanted = Signal(str)
    link_activated = Signal(str)
    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._origin: str | None = None
        self._forget = False
        self.edit = named(QLineEdit(self), "apiKeyEdit", _("Gemini API key"))
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.reveal = icon_button("eye", _("Show what is typed"), says=_("Show the key"))
        self.reveal.setCheckable(True)
        self.test = button(
            _("Test key"), "testKeyButton", pressed=lambda: self.test_wanted.emit(self.typed)
        )
        self.forget = button(
            _("Forget key"), "forgetKeyButton", kind="link", pressed=self._forget_key
        )
        self.where = label("", "keyOrigin", role="caption", wrap=True)
        self.result = StateLabel("keyResult")
        self._get_one = button(
            _("Get a key from Google AI Studio"),
            kind="link",
            pressed=lambda: self.link_activated.emit(KEY_PAGE),
        )
        row = hbox((self.edit, 1), self.reveal, self.test, spacing=6)
        form(
            (_("API key"), row, self.edit),
            ("", self.where),
            ("", self.result),
            ("", hbox(self._get_one, self.forget, None)),
            on=self,
            words_px=WORDS_PX,
            spacing=(16, 4),
        )
        self.reveal.toggled.connect(self._reveal)
        self.edit.textChanged.connect(self._typed)
        self.result.hide()
        self.show_origin(None)

    @property
    def typed(self) -> str:
        """The typed key; "" if none."""
        return "" if self.edit.isReadOnly() else "".join(self.edit.text().split())

    @property
    def change(self) -> str | None:
        """The key to store on saving; "" deletes the stored key, None leaves it."""
        return self.typed or ("" if self._forget else None)

    def show_origin(self, origin: str | None) -> None:
        """Show where the key is stored, as `Secrets.origin`; None while that is unknown.

        A key typed while the origin is unknown stays.
        """
        typed = self.typed if origin != "environment" and self._origin in (None, "locked") else ""
        self._origin = origin
        self._forget = False
        environment = origin == "environment"
        self.edit.setText(typed)
        self.edit.setReadOnly(environment)
        self.edit.setEnabled(not environment)
        kept = origin not in ("", "locked", None)
        self.edit.setPlaceholderText(_KEPT if kept else _("Paste your key"))
        self.reveal.setEnabled(not environment)
        self.forget.setVisible(origin in ("key ring", "this session"))
        self._get_one.setVisible(not origin)
        self.where.setText(
            {
                None: _("Looking for a key …"),
                "locked": _(
                    "The key ring of your system is locked or does not answer. Unlock it, or "
                    "type a key: it then lasts until NoteGen closes."
                ),
                "environment": _(
                    "Taken from the environment (GEMINI_API_KEY or GOOGLE_API_KEY), "
                    "which wins over a key entered here."
                ),
                "key ring": _("Kept in the key ring of your system. Type a new key to replace it."),
                "this session": _("Kept until NoteGen closes: there is no safe key ring here."),
                "": _(
                    "It will be kept in the key ring of your system, never in a file. "
                    "Without a key, the offline extract works."
                ),
            }.get(origin, _("Kept in: {origin}.").format(origin=origin))
        )
        self._enable_test()

    def show_testing(self) -> None:
        self.test.setEnabled(False)
        self.test.setText(_("Testing …"))
        self._tell("")

    def show_works(self, models: list[ModelInfo]) -> None:
        self._done()
        self._tell(
            ngettext(
                "The key works: {n} model can be used.",
                "The key works: {n} models can be used.",
                len(models),
            ).format(n=number(len(models))),
            "success",
        )

    def show_failure(self, failure: Failure) -> None:
        self._done()
        self._tell(failure.words, "danger")

    def _done(self) -> None:
        self.test.setText(_("Test key"))
        self._enable_test()

    def _tell(self, text: str, tone: str = "") -> None:
        self.result.say(text, tone)
        self.result.setVisible(bool(text))

    def _typed(self, text: str) -> None:
        if text:
            self._forget = False
        self._tell("")
        self._enable_test()
        self.edited.emit()

    def _forget_key(self) -> None:
        self.edit.clear()
        self._forget = True
        self.edit.setPlaceholderText(_("The key will be forgotten when you save"))
        self.forget.hide()
        self._enable_test()
        self.edited.emit()

    def _enable_test(self) -> None:
        self.test.setEnabled(
            bool(self.typed) or (self._origin not in (None, "", "locked") and not self._forget)
        )

    def _reveal(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.edit.setEchoMode(mode)
        set_icon(self.reveal, "eye-off" if shown else "eye")
