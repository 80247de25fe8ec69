"""The sections of a template: in which order, and what each is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from notegen_desktop.domain.notes.templates import SectionKind, SectionPlan
from notegen_desktop.domain.words import _, pgettext
from notegen_desktop.ui.kit.build import button, grid, hbox, icon_button, label, named, vbox
from notegen_desktop.ui.kit.text import plain_tip

Values = Mapping[str, Any]
PLAN = SectionPlan(SectionKind.TOPIC)
MAX_SECTIONS = 99


def kind_name(kind: str) -> str:
    """A kind of section in words for people."""
    return kind.replace("-", " ").capitalize()


class SectionFields(QWidget):
    """A list of sections, and the fields of the one that is chosen.

    Signals: `edited(list)` with, for each section, where it stood before (None for a new one) and
    its values by key.
    """

    edited = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sections: list[dict[str, Any]] = []
        self._quiet = False
        self.list = named(QListWidget(), "sectionList", _("Sections"))
        self.list.setProperty("framed", True)
        self.list.setMinimumHeight(124)
        self.list.currentRowChanged.connect(self._show_chosen)
        self._add = button(_("Add section"), "addSectionButton", icon="plus", pressed=self._add_one)
        self._up = icon_button(
            "chevron-up", _("Move up"), name="sectionUpButton", pressed=lambda: self._move(-1)
        )
        self._down = icon_button(
            "chevron-down", _("Move down"), name="sectionDownButton", pressed=lambda: self._move(1)
        )
        self._remove = icon_button(
            "trash-2",
            _("Remove this section"),
            name="removeSectionButton",
            pressed=self._remove_one,
        )
        self.kind = named(QComboBox(), "sectionKindCombo", _("Kind of section"))
        self.kind.setMaxVisibleItems(14)
        for kind in SectionKind:
            self.kind.addItem(kind_name(kind.value), kind.value)
        self.kind.activated.connect(lambda _: self._change("kind", str(self.kind.currentData())))
        self.heading = named(QLineEdit(), "sectionHeadingEdit", _("Heading"))
        self.heading.textEdited.connect(lambda text: self._change("heading", text))
        self.guide = named(QPlainTextEdit(), "sectionGuideEdit", _("What belongs in it"))
        self.guide.setPlaceholderText(_("What belongs in it, beyond what its kind says"))
        self.guide.setTabChangesFocus(True)
        self.guide.setFixedHeight(76)
        self.guide.textChanged.connect(lambda: self._change("guide", self.guide.toPlainText()))
        self.repeat = named(QCheckBox(_("As often as the video needs")), "sectionRepeatCheck")
        self.repeat.setToolTip(_("One for each topic, step, slide or card; the writer names them"))
        self.repeat.clicked.connect(self._change_repeat)
        self.min, self.max = (
            self._spin("sectionMinSpin", _("At least")),
            self._spin("sectionMaxSpin", _("At most")),
        )
        self.min.valueChanged.connect(lambda number: self._change("min", number))
        self.max.valueChanged.connect(lambda number: self._change("max", number))
        self._times = label(_("times"))
        self._to = label(_("to"))
        self._details = QWidget()
        form = grid(self._details, spacing=(12, 6))
        form.setColumnMinimumWidth(0, 72)
        form.addWidget(label(_("Kind"), buddy=self.kind), 0, 0)
        form.addWidget(self.kind, 0, 1, Qt.AlignmentFlag.AlignLeft)
        form.addWidget(label(_("Heading"), buddy=self.heading), 1, 0)
        form.addWidget(self.heading, 1, 1)
        form.addWidget(
            label(pgettext("to a section", "Guide"), buddy=self.guide),
            2,
            0,
            Qt.AlignmentFlag.AlignTop,
        )
        form.addWidget(self.guide, 2, 1)
        form.addWidget(self.repeat, 3, 0, 1, 2)
        form.addLayout(hbox(self.min, self._to, self.max, self._times, None, spacing=6), 4, 0, 1, 2)
        vbox(
            self.list,
            hbox(self._add, None, self._up, self._down, self._remove, spacing=2),
            self._details,
            on=self,
        )
        self._show_chosen(-1)

    def _spin(self, name: str, says: str) -> QSpinBox:
        spin = named(QSpinBox(), name, says)
        spin.setRange(1, MAX_SECTIONS)
        spin.lineEdit().setTextMargins(8, 0, 0, 0)
        spin.setFixedWidth(76)
        return spin

    def show_sections(self, sections: Sequence[Values], explanations: Mapping[str, str]) -> None:
        """Show these; the chosen one stays chosen."""
        row = max(0, self.list.currentRow())
        self._sections = [dict(section) for section in sections]
        for place in range(self.kind.count()):
            words = explanations.get(str(self.kind.itemData(place)), "")
            self.kind.setItemData(place, plain_tip(words), Qt.ItemDataRole.ToolTipRole)
        self._fill(row)

    def choose(self, number: int) -> None:
        """Bring a section, counted from 0, to the front."""
        self.list.setCurrentRow(number)

    # --- inside ---

    def _fill(self, row: int) -> None:
        self._quiet = True
        self.list.clear()
        self.list.addItems([_words(n, one) for n, one in enumerate(self._sections, start=1)])
        self._quiet = False
        self.list.setCurrentRow(min(row, len(self._sections) - 1))
        self._show_chosen(self.list.currentRow())

    def _show_chosen(self, row: int) -> None:
        there = 0 <= row < len(self._sections)
        self._details.setEnabled(there)
        self._remove.setEnabled(there)
        self._up.setEnabled(row > 0)
        self._down.setEnabled(there and row < len(self._sections) - 1)
        if self._quiet:
            return
        section = self._sections[row] if there else {}
        self._quiet = True
        self.kind.setCurrentIndex(self.kind.findData(str(section.get("kind", ""))))
        repeats = bool(section.get("repeat", False))
        _show(self.heading, str(section.get("heading", "")))
        guide = str(section.get("guide", "")).strip("\n")
        if self.guide.toPlainText().strip("\n") != guide:
            self.guide.setPlainText(guide)
        self.repeat.setChecked(repeats)
        for spin, key in ((self.min, "min"), (self.max, "max")):
            number = section.get(key, getattr(PLAN, key))
            spin.setValue(number if isinstance(number, int) else 1)
        self.heading.setPlaceholderText(
            _("The writer chooses; here, what they are about") if repeats else _("Its heading")
        )
        for each in (self.min, self._to, self.max, self._times):
            each.setVisible(repeats)
        self._quiet = False

    def _change(self, key: str, value: Any) -> None:
        row = self.list.currentRow()
        if self._quiet or not 0 <= row < len(self._sections):
            return
        self._sections[row][key] = value
        self.list.item(row).setText(_words(row + 1, self._sections[row]))
        self._tell(range(len(self._sections)))

    def _change_repeat(self, on: bool) -> None:
        row = self.list.currentRow()
        for key in () if on else ("min", "max"):
            self._sections[row].pop(key, None)
        self._change("repeat", on)
        self._show_chosen(row)

    def _add_one(self) -> None:
        row = self.list.currentRow() + 1
        places: list[int | None] = list(range(len(self._sections)))
        self._sections.insert(row, {"kind": "topic", "heading": _("New section")})
        places.insert(row, None)
        self._fill(row)
        self._tell(places)
        self.heading.setFocus()
        self.heading.selectAll()

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        places = list(range(len(self._sections)))
        self._sections.insert(row + by, self._sections.pop(row))
        places.insert(row + by, places.pop(row))
        self._fill(row + by)
        self._tell(places)

    def _remove_one(self) -> None:
        row = self.list.currentRow()
        places = list(range(len(self._sections)))
        del self._sections[row], places[row]
        self._fill(row)
        self._tell(places)

    def _tell(self, places: Sequence[int | None]) -> None:
        defaults = {"heading": "", "guide": "", "repeat": False}
        told = []
        for place, section in zip(places, self._sections, strict=True):
            values = {key: None if defaults.get(key) == v else v for key, v in section.items()}
            for key in ("min", "max"):
                values.setdefault(key, None)
            told.append((place, values))
        self.edited.emit(told)


def _words(number: int, section: Values) -> str:
    kind = kind_name(str(section.get("kind", "")))
    heading = str(section.get("heading", ""))
    other = heading and heading.casefold() != kind.casefold()
    words = f"{number}. {heading} ({kind.lower()})" if other else f"{number}. {kind}"
    return _("{section}, repeated").format(section=words) if section.get("repeat") else words


def _show(field: QLineEdit, text: str) -> None:
    """What is typed right now keeps its cursor."""
    if field.text() != text:
        field.setText(text)
