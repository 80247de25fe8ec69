"""Controls for settings, generated from their declarations.

A field shows a value, returns the edited one, and explains why it is disabled if the environment or
the command line sets it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from notegen_desktop.domain.settings.setting import Setting, Value
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import INTERFACE_LANGUAGE
from notegen_desktop.domain.words import LANGUAGES, N_, NP_, _
from notegen_desktop.services.machine.languages import offered as languages_there
from notegen_desktop.ui.kit.build import hbox, label, named
from notegen_desktop.ui.kit.text import ENGINE_NAMES, offered_languages
from notegen_desktop.ui.kit.theme import style
from notegen_desktop.ui.kit.widgets import WholeNumberBox, ascii_digits

SPIN_PX = 150
TICK_PX = 30
"""Distance in pixels from the left of a check box to its text, as in the stylesheet."""

CONTROL_NAMES: Mapping[str, str] = {
    "processing.parallel": "parallelCheck",
    "processing.max_concurrent": "maxConcurrentSpin",
    "processing.stagger_ms": "staggerSpin",
    "gemini.model": "modelCombo",
    "appearance.theme": "themeCombo",
    "general.language": "languageCombo",
    "budget.run_usd": "budgetSpin",
}
"""Object names that external programs rely on; other controls are named after their key."""

CHOICE_NAMES: Mapping[str, Mapping[str, str]] = {
    "general.mode": {
        "auto": NP_("mode", "Automatic"),
        "transcript": N_("Transcript"),
        "video": N_("The video itself"),
        "hybrid": NP_("mode", "Both"),
    },
    "general.engine": {"auto": NP_("engine", "Automatic"), **ENGINE_NAMES},
    "processing.combine": {
        "never": N_("Never"),
        "when-short": N_("When today's quota is short"),
        "always": N_("Always"),
    },
    "gemini.thinking": {"xhigh": N_("Very high")},
    "gemini.safety": {
        "default": N_("As Google sets it"),
        "none": NP_("is blocked", "Nothing"),
        "high": N_("Only what is very likely harmful"),
        "medium": N_("What is likely harmful"),
        "low": N_("Whatever may be harmful"),
    },
    "sources.cookies_from_browser": {"": NP_("browser", "None")},
    "library.vault_by": {"template": N_("One note"), "video": N_("All notes of a video")},
    "appearance.motion": {
        "system": N_("Like the system"),
        "reduced": N_("Reduced"),
        "full": NP_("movement", "Full"),
    },
    "appearance.theme": {"system": N_("Like the system")},
}

PLACEHOLDERS: Mapping[str, str] = {"gemini.url": "https://generativelanguage.googleapis.com"}
"""Placeholder of an empty text field: the value it stands for."""

MAX_DECIMALS = 4
"""Decimals of a budget: a note costs some tenths of a cent, and a budget rounded to 0 would be no
limit."""

AT_ZERO: Mapping[str, str] = {
    "general.pictures": NP_("pictures", "None"),
    "processing.requests_per_minute": N_("Learned"),
    "processing.tokens_per_minute": N_("Learned"),
    "processing.requests_per_day": N_("Learned"),
    "budget.run_usd": N_("No limit"),
    "budget.day_usd": N_("No limit"),
    "budget.month_usd": N_("No limit"),
}
"""Text shown for the value 0 where it has a special meaning."""


class Field(QObject):
    """A setting with its control. Signals: `edited()` when the user changed it."""

    edited = Signal()

    def __init__(self, setting: Setting, parent: QWidget) -> None:
        super().__init__(parent)
        self.setting = setting
        self._read: Callable[[], Value]
        self._write: Callable[[Value], None]
        self.control = self._make(parent)
        named(self.control, CONTROL_NAMES.get(setting.key, setting.key), _(setting.label))
        self.control.setAccessibleDescription(_(setting.help))
        self.help = label(_(setting.help), role="caption", wrap=True, parent=parent)
        self._shown: Value = setting.default
        self.locked = False
        self.beside: QWidget | None = None
        """Widget at the end of the control's line, if any."""

    def value(self) -> Value:
        return self._read()

    @property
    def is_changed(self) -> bool:
        return not self.locked and self.value() != self._shown

    def show_value(self, value: Value) -> None:
        """Show a value and take it as unchanged."""
        self._write(value)
        self._shown = self._read()

    def show_settings(self, settings: Settings) -> None:
        """Show the current value; disable the control if the settings file does not decide it."""
        self.show_value(settings[self.setting.key])
        origin = settings.origin(self.setting.key)
        self.locked = origin in ("environment", "command line")
        self.control.setEnabled(not self.locked)
        self.help.setText(
            f"{_origin_words(self.setting, origin)} {_(self.setting.help)}"
            if self.locked
            else _(self.setting.help)
        )
        style(self.help, tone="warning" if self.locked else "")

    def add_to(self, grid: QGridLayout, row: int) -> int:
        """Add label, control and help text to a two-column grid; return the next free row."""
        if isinstance(self.control, QCheckBox):
            grid.addWidget(self.control, row, 0, 1, 2)
            self.help.setContentsMargins(TICK_PX, 0, 0, 0)
            grid.addWidget(self.help, row + 1, 0, 1, 2)
        else:
            grid.addWidget(label(_(self.setting.label), wrap=True, buddy=self.control), row, 0)
            if isinstance(self.control, QAbstractSpinBox):
                grid.addWidget(self.control, row, 1, Qt.AlignmentFlag.AlignLeft)
            elif self.beside is not None:
                grid.addLayout(hbox((self.control, 1), self.beside), row, 1)
            else:
                grid.addWidget(self.control, row, 1)
            grid.addWidget(self.help, row + 1, 1)
        grid.setRowMinimumHeight(row + 2, 10)
        return row + 3

    # --- controls by type ---

    def _make(self, parent: QWidget) -> QWidget:
        if self.setting.key == "general.language":
            return self._language(parent)
        if self.setting.key == "gemini.model":
            return self._editable_combo(parent)
        if self.setting.choices:
            return self._combo(parent)
        if self.setting.kind is bool:
            return self._check(parent)
        if self.setting.kind is int:
            return self._whole_number(parent)
        if self.setting.kind is float:
            return self._number(parent)
        return self._text(parent)

    def _check(self, parent: QWidget) -> QWidget:
        box = QCheckBox(_(self.setting.label), parent)
        self._read, self._write = box.isChecked, lambda value: box.setChecked(bool(value))
        box.toggled.connect(self.edited)
        return box

    def _whole_number(self, parent: QWidget) -> QWidget:
        box = WholeNumberBox(parent)
        lowest, highest = self.setting.within or (0, 2**31 - 1)
        box.setRange(int(lowest), int(highest))
        box.setGroupSeparatorShown(True)
        if highest > 100:
            box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self._read, self._write = box.value, lambda value: box.setValue(int(value))
        return self._spin(box)

    def _number(self, parent: QWidget) -> QWidget:
        box = _NumberBox(parent)
        box.setRange(*(self.setting.within or (0.0, 1e9)))
        box.setDecimals(MAX_DECIMALS if self.setting.unit == "$" else 1)
        box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self._read, self._write = box.value, lambda value: box.setValue(float(value))
        return self._spin(box)

    def _spin(self, box: QSpinBox | QDoubleSpinBox) -> QWidget:
        if self.setting.unit == "$":
            box.setPrefix("$ ")
        elif self.setting.unit:
            box.setSuffix(f" {self.setting.unit}")
        box.setSpecialValueText(_(AT_ZERO.get(self.setting.key, "")))
        box.valueChanged.connect(self.edited)
        _settle(box)
        return box

    def _combo(self, parent: QWidget) -> QWidget:
        box = QComboBox(parent)
        names = CHOICE_NAMES.get(self.setting.key, {})
        if self.setting.key == INTERFACE_LANGUAGE:
            box.addItem(_("Like the system"), "system")
            for tag in languages_there():
                box.addItem(LANGUAGES[tag], tag)
        for choice in self.setting.choices if not box.count() else ():
            box.addItem(_(names.get(choice, choice.capitalize())), choice)
        self._read = lambda: str(box.currentData())

        def write(value: Value) -> None:
            if self.setting.form is not None and box.findData(str(value)) < 0:
                box.addItem(str(value), str(value))
            box.setCurrentIndex(max(0, box.findData(str(value))))

        self._write = write
        box.currentIndexChanged.connect(lambda _: self.edited.emit())
        _only_with_focus(box)
        return box

    def _editable_combo(self, parent: QWidget) -> QComboBox:
        box = QComboBox(parent)
        box.setEditable(True)
        if (words := box.lineEdit()) is not None:
            words.setAccessibleName(_(self.setting.label))
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._read = lambda: box.currentText().strip()
        self._write = lambda value: box.setCurrentText(str(value))
        box.editTextChanged.connect(lambda _: self.edited.emit())
        _only_with_focus(box)
        return box

    def _language(self, parent: QWidget) -> QWidget:
        box = self._editable_combo(parent)
        box.setMaxVisibleItems(14)
        box.addItem(_("The language of the video"), "auto")
        for tag, name in offered_languages():  # other tags can be typed
            box.addItem(f"{name} ({tag})", tag)

        def read() -> Value:
            text = box.currentText().strip()
            at = box.findText(text)
            return str(box.itemData(at)) if at >= 0 else text

        def write(value: Value) -> None:
            at = box.findData(str(value))
            if at >= 0:
                box.setCurrentIndex(at)
            else:
                box.setCurrentText(str(value))

        self._read, self._write = read, write
        return box

    def _text(self, parent: QWidget) -> QWidget:
        edit = QLineEdit(parent)
        edit.setPlaceholderText(PLACEHOLDERS.get(self.setting.key, ""))
        self._read, self._write = (
            lambda: edit.text().strip(),
            lambda value: edit.setText(str(value)),
        )
        edit.textChanged.connect(lambda _: self.edited.emit())
        return edit


def _origin_words(setting: Setting, origin: str) -> str:
    if origin == "command line":
        return _("Set on the command line for this session.")
    return _("Set by {environment}, which wins over what is chosen here.").format(
        environment=setting.environment
    )


class _NumberBox(QDoubleSpinBox):
    """Spin box that accepts the digits of every script, and a comma or a point as decimal
    separator.

    A comma separates thousands only if another separator follows: 1,5 dollars would become 15.
    """

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        point = re.sub("[,\u066b]", ".", ascii_digits(text))
        whole = re.sub(r"\.(?=\d{3}\.)", "", point)
        meant = whole.replace(".", self.locale().decimalPoint())
        return super().validate(meant, position - len(point) + len(meant))

    def textFromValue(self, value: float) -> str:
        text = super().textFromValue(value)
        while re.search(r"\D\d{2}\d*0$", ascii_digits(text)):  # keep two decimals
            text = text[:-1]
        return text

    def stepBy(self, steps: int) -> None:
        decimals = self.decimals()
        self.setDecimals(min(decimals, 2))
        super().stepBy(steps)
        self.setDecimals(decimals)


def _settle(box: QAbstractSpinBox) -> None:
    """Set a fixed width and the left text margin of other fields."""
    box.setFixedWidth(SPIN_PX)
    box.lineEdit().setTextMargins(8, 0, 0, 0)
    _only_with_focus(box)


class _WheelGuard(QObject):
    """Event filter: a wheel event scrolls the page instead of changing an unfocused control."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.Wheel
            and isinstance(watched, QWidget)
            and not watched.hasFocus()
        ):
            event.ignore()
            return True
        return False


def _only_with_focus(control: QWidget) -> None:
    control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    control.installEventFilter(_WheelGuard(control))
