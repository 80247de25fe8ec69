"""A template as a form. What is changed here changes the file's text; its comments stay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from notegen_desktop.domain.notes.templates import PLACEHOLDERS
from notegen_desktop.domain.words import N_, _
from notegen_desktop.ui.kit.build import button, form, hbox, label, named, scrolled, vbox
from notegen_desktop.ui.kit.elided import ElidedCombo
from notegen_desktop.ui.kit.theme import icon, theme

from .section_fields import SectionFields

ICONS = (
    "file-text", "graduation-cap", "list-ordered", "presentation", "scroll-text", "zap", "layers",
    "list-video", "list-checks", "lightbulb", "messages-square", "square-stack", "book-open",
    "bookmark", "calendar", "film", "flask-conical", "globe", "hammer", "languages", "library",
    "microscope", "mic", "music", "network", "notebook-pen", "palette", "star", "table-of-contents",
    "wrench",
)  # fmt: skip
"""Of the icons that come along, those that may stand for a kind of note."""

PLACEHOLDER_WORDS = {
    "minutes": N_("the length of the video"),
    "depth": N_("how deep to go at this length"),
    "sections": N_("how many repeated sections suit this length"),
    "language": N_("the language of the note"),
    "title": N_("where the model finds the title"),
    "channel": N_("where the model finds the channel"),
}


class TemplateForm(QWidget):
    """Signals: `edited(dict)` with the values of top-level keys that change (None takes one
    away); `sections_edited(list)` as `SectionFields.edited`."""

    edited = Signal(dict)
    sections_edited = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
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
        self.icon.setObjectName("templateIconCombo")
        self.icon.setAccessibleName(_("Icon"))
        self.icon.setMaxVisibleItems(14)
        for name in ICONS:
            self.icon.addItem(name.replace("-", " ").capitalize(), name)
        self.icon.activated.connect(lambda _: self._tell("icon", str(self.icon.currentData())))
        self.order = named(QSpinBox(), "templateOrderSpin", _("Place in the list"))
        self.order.setRange(0, 9999)
        self.order.lineEdit().setTextMargins(8, 0, 0, 0)
        self.order.setFixedWidth(88)
        self.order.setToolTip(_("The built-in ones are 10 to 120"))
        self.order.valueChanged.connect(lambda number: self._tell("order", number))
        self.instructions = named(QPlainTextEdit(), "templateInstructionsEdit", _("Instructions"))
        self.instructions.setTabChangesFocus(True)
        self.instructions.setMinimumHeight(132)
        self.instructions.setPlaceholderText(
            _("What you would tell a careful writer: for whom, to what end, what to keep and drop")
        )
        self.instructions.textChanged.connect(
            lambda: self._tell("instructions", self.instructions.toPlainText())
        )
        self.watch = self._check("templateSeeCheck", _("Better watched than read"), "needs_to_see")
        self.pictures = self._check(
            "templatePicturesCheck", _("With pictures of the video"), "pictures"
        )
        self.sections = SectionFields()
        self.sections.edited.connect(self.sections_edited)
        inner = named(QWidget(), "templateForm")
        self._lay_out(inner)
        area = scrolled(inner, "templateFormArea")
        # Boxes to tick have words of one line, which large text makes wider than the column.
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        vbox((area, 1), on=self)
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
        field = named(QLineEdit(), name, says)
        field.textEdited.connect(lambda text: self._tell(key, text))
        return field

    def _check(self, name: str, words: str, key: str) -> QCheckBox:
        check = named(QCheckBox(words), name)
        check.clicked.connect(lambda on: self._tell(key, True if on else None))
        return check

    def show_values(self, values: Mapping[str, Any], explanations: Mapping[str, str]) -> None:
        """Show what stands in a file, as far as it is of the right kind."""
        self._quiet = True
        for field, key in (
            (self.name, "name"),
            (self.description, "description"),
            (self.id, "id"),
        ):
            if field.text() != (text := str(values.get(key, ""))):
                field.setText(text)
                field.setCursorPosition(0)  # a long text shows its beginning
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
