"""Form view of a template: its properties and its sections.

Edits change the text of the file; its comments stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QListWidget,
    QMenu,
    QSizePolicy,
    QWidget,
)

from notegen_desktop.domain.notes.templates import PLACEHOLDERS, SectionKind, SectionPlan
from notegen_desktop.domain.words import N_, NP_, _, pgettext
from notegen_desktop.ui.kit.build import (
    button,
    form,
    grid,
    hbox,
    icon_button,
    label,
    line_edit,
    named,
    scrolled,
    text_edit,
    vbox,
)
from notegen_desktop.ui.kit.elided import ElidedCombo
from notegen_desktop.ui.kit.text import plain_tip
from notegen_desktop.ui.kit.theme import icon, theme
from notegen_desktop.ui.kit.widgets import WholeNumberBox

Values = Mapping[str, Any]
PLAN = SectionPlan(SectionKind.TOPIC)
MAX_SECTIONS = 99

ICONS: Mapping[str, str] = {
    "file-text": NP_("icon", "Page"),
    "graduation-cap": NP_("icon", "Graduation cap"),
    "list-ordered": NP_("icon", "Numbered list"),
    "presentation": NP_("icon", "Screen"),
    "scroll-text": NP_("icon", "Scroll"),
    "zap": NP_("icon", "Lightning"),
    "layers": NP_("icon", "Layers"),
    "list-video": NP_("icon", "List with film"),
    "list-checks": NP_("icon", "Checklist"),
    "lightbulb": NP_("icon", "Light bulb"),
    "messages-square": NP_("icon", "Speech bubbles"),
    "square-stack": NP_("icon", "Stack of cards"),
    "book-open": NP_("icon", "Open book"),
    "bookmark": NP_("icon", "Bookmark"),
    "calendar": NP_("icon", "Calendar"),
    "film": NP_("icon", "Film strip"),
    "flask-conical": NP_("icon", "Flask"),
    "globe": NP_("icon", "Globe"),
    "hammer": NP_("icon", "Hammer"),
    "languages": NP_("icon", "Two scripts"),
    "library": NP_("icon", "Bookshelf"),
    "microscope": NP_("icon", "Microscope"),
    "mic": NP_("icon", "Microphone"),
    "music": NP_("icon", "Musical notes"),
    "network": NP_("icon", "Network"),
    "notebook-pen": NP_("icon", "Notebook with pen"),
    "palette": NP_("icon", "Palette"),
    "star": NP_("icon", "Star"),
    "table-of-contents": NP_("icon", "Table of contents"),
    "wrench": NP_("icon", "Wrench"),
}
"""Shipped icons that suit a template, and what they show."""

PLACEHOLDER_WORDS = {
    "minutes": N_("the length of the video"),
    "depth": N_("how deep to go at this length"),
    "sections": N_("how many repeated sections suit this length"),
    "language": N_("the language of the note"),
    "title": N_("where the model finds the title"),
    "channel": N_("where the model finds the channel"),
}


class TemplateForm(QWidget):
    """Fields for the top-level keys of a template.

    Signals: `edited(dict)` with changed values by key; None removes a key. Sections are edited in
    `sections`.
    """

    edited = Signal(dict)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._quiet = False
        self.name = self._line("templateNameEdit", _("Name"), "name")
        self.description = self._line("templateDescriptionEdit", _("Description"), "description")
        self.id = self._line("templateIdEdit", _("Id"), "id")
        self.id.setToolTip(
            _("Small letters, digits and hyphens; the id of a built-in template replaces that")
        )
        self.icon = ElidedCombo()
        self.icon.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.icon.setMinimumWidth(96)
        named(self.icon, "templateIconCombo", _("Icon"))
        self.icon.setMaxVisibleItems(14)
        for name, words in ICONS.items():
            self.icon.addItem(_(words), name)
        self.icon.activated.connect(lambda _: self._tell("icon", str(self.icon.currentData())))
        self.order = named(WholeNumberBox(), "templateOrderSpin", _("Place in the list"))
        self.order.setRange(0, 9999)
        self.order.lineEdit().setTextMargins(8, 0, 0, 0)
        self.order.setFixedWidth(88)
        self.order.setToolTip(_("The built-in ones are 10 to 120"))
        self.order.valueChanged.connect(lambda number: self._tell("order", number))
        self.instructions = text_edit(
            "templateInstructionsEdit",
            _("Instructions"),
            _("What you would tell a careful writer: for whom, to what end, what to keep and drop"),
        )
        self.instructions.setMinimumHeight(132)
        self.instructions.textChanged.connect(
            lambda: self._tell("instructions", self.instructions.toPlainText())
        )
        self.watch = self._check("templateSeeCheck", _("Better watched than read"), "needs_to_see")
        self.pictures = self._check(
            "templatePicturesCheck", _("With pictures of the video"), "pictures"
        )
        self.sections = SectionFields()
        inner = named(QWidget(), "templateForm")
        area = scrolled(inner, "templateFormArea")
        # Check boxes do not wrap: large text may be wider than the column.
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        vbox((area, 1), on=self)
        self._lay_out(inner)
        theme().changed.connect(self._show_icons)
        self._show_icons()

    def _lay_out(self, inner: QWidget) -> None:
        rows = form(
            (_("Name"), self.name),
            (_("Description"), self.description),
            (_("Id"), self.id),
            (_("Icon"), self.icon),
            (_("Place"), hbox(self.order, None), self.order),
            words_px=84,
            spacing=(12, 8),
        )
        insert = button(
            _("Insert…"),
            "insertPlaceholderButton",
            kind="link",
            tip=_("Filled in for each video"),
        )
        insert.setMenu(self._placeholders(insert))
        vbox(
            rows,
            4,
            hbox(label(_("Instructions"), role="section", buddy=self.instructions), None, insert),
            self.instructions,
            self.watch,
            self.pictures,
            8,
            label(_("Sections, in their order"), role="section", buddy=self.sections.list),
            self.sections,
            None,
            margins=(20, 4, 20, 16),
            spacing=6,
            on=inner,
        )

    def _placeholders(self, parent: QWidget) -> QMenu:
        menu = QMenu(parent)
        for name in sorted(PLACEHOLDERS):
            action = menu.addAction(f"{{{name}}}: {_(PLACEHOLDER_WORDS[name])}")
            action.triggered.connect(
                lambda _=False, name=name: self.instructions.insertPlainText(f"{{{name}}}")
            )
        return menu

    def _line(self, name: str, says: str, key: str) -> QLineEdit:
        field = line_edit(name, says)
        field.textEdited.connect(lambda text: self._tell(key, text))
        return field

    def _check(self, name: str, words: str, key: str) -> QCheckBox:
        check = named(QCheckBox(words), name)
        check.clicked.connect(lambda on: self._tell(key, True if on else None))
        return check

    def show_values(self, values: Mapping[str, Any], explanations: Mapping[str, str]) -> None:
        """Show the values of a file; values of the wrong type are ignored."""
        self._quiet = True
        for field, key in (
            (self.name, "name"),
            (self.description, "description"),
            (self.id, "id"),
        ):
            if field.text() != (text := str(values.get(key, ""))):
                field.setText(text)
                field.setCursorPosition(0)  # show the beginning of a long text
        chosen = str(values.get("icon", "file-text"))
        if self.icon.findData(chosen) < 0:
            self.icon.addItem(chosen, chosen)
            self._show_icons()
        self.icon.setCurrentIndex(self.icon.findData(chosen))
        order = values.get("order", 100)
        self.order.setValue(order if isinstance(order, int) else 100)
        instructions = str(values.get("instructions", "")).strip("\n")
        if self.instructions.toPlainText().strip("\n") != instructions:
            self.instructions.setPlainText(instructions)
        self.watch.setChecked(values.get("needs_to_see") is True)
        self.pictures.setChecked(values.get("pictures") is True)
        sections = values.get("sections", ())
        tables = [each for each in sections if isinstance(each, Mapping)]
        self.sections.show_sections(tables if len(tables) == len(sections) else (), explanations)
        self._quiet = False

    def _tell(self, key: str, value: Any) -> None:
        if not self._quiet:
            self.edited.emit({key: value})

    def _show_icons(self) -> None:
        there = Path(theme().resources) / "icons"
        for place in range(self.icon.count()):
            name = str(self.icon.itemData(place))
            if (there / f"{name}.svg").is_file():
                self.icon.setItemIcon(place, icon(name))


KIND_NAMES: Mapping[str, str] = {
    "overview": N_("Overview"),
    "topic": N_("Topic"),
    "objectives": N_("Objectives"),
    "terms": N_("Terms"),
    "questions": N_("Questions"),
    "summary": N_("Summary"),
    "application": N_("Application"),
    "prerequisites": N_("Prerequisites"),
    "step": N_("Step"),
    "tips": N_("Tips"),
    "troubleshooting": N_("Troubleshooting"),
    "verification": N_("Verification"),
    "slide": N_("Slide"),
    "card": N_("Card"),
    "chapter": N_("Chapter"),
    "abstract": N_("Abstract"),
    "method": N_("Method"),
    "findings": N_("Findings"),
    "discussion": N_("Discussion"),
    "limitations": N_("Limitations"),
    "facts": N_("Facts"),
    "sources": N_("Sources"),
    "quiz": N_("Quiz"),
    "insight": N_("Insight"),
    "decisions": N_("Decisions"),
    "actions": N_("Actions"),
    "outline": N_("Outline"),
    "order": N_("Learning order"),
}
"""Display names of section kinds by their names in files."""


def kind_name(kind: str) -> str:
    """Return the translated name of a kind of section."""
    return _(KIND_NAMES.get(kind, kind))


class SectionFields(QWidget):
    """List of sections and fields for the selected one.

    Signals: `edited(list)` with, for each section, its former position (None for a new one) and its
    values by key.
    """

    edited = Signal(list)

    def __init__(self) -> None:
        super().__init__()
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
        self.heading = line_edit("sectionHeadingEdit", _("Heading"))
        self.heading.textEdited.connect(lambda text: self._change("heading", text))
        self.guide = text_edit(
            "sectionGuideEdit",
            _("What belongs in it"),
            _("What belongs in it, beyond what its kind says"),
        )
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

    def _spin(self, name: str, says: str) -> WholeNumberBox:
        spin = named(WholeNumberBox(self), name, says)
        spin.setRange(1, MAX_SECTIONS)
        spin.lineEdit().setTextMargins(8, 0, 0, 0)
        spin.setFixedWidth(76)
        return spin

    def show_sections(self, sections: Sequence[Values], explanations: Mapping[str, str]) -> None:
        """Show these sections; the selected row stays selected."""
        row = max(0, self.list.currentRow())
        self._sections = [dict(section) for section in sections]
        for place in range(self.kind.count()):
            words = explanations.get(str(self.kind.itemData(place)), "")
            self.kind.setItemData(place, plain_tip(words), Qt.ItemDataRole.ToolTipRole)
        self._fill(row)

    def choose(self, number: int) -> None:
        """Select a section, counted from 0."""
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
    """Set the text only if it differs, to keep the cursor while typing."""
    if field.text() != text:
        field.setText(text)
