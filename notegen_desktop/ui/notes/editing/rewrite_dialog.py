"""Rewriting of notes: a dialog with the price, and a bar for a waiting version."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QPushButton,
    QWidget,
)

from notegen_desktop.domain.notes.note import Engine, Level, Note
from notegen_desktop.domain.notes.rewriting import RewriteScope
from notegen_desktop.domain.notes.versions import NoteVersion, about_words
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.ports import RewriteOrder
from notegen_desktop.ui.kit.build import (
    button,
    grid,
    hbox,
    icon_label,
    label,
    line_edit,
    named,
    vbox,
)
from notegen_desktop.ui.kit.dialogs import PricedDialog
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.remedy_bar import ActionBar, FlowLayout
from notegen_desktop.ui.kit.text import engine_name, one_line

WISHES = (
    N_("more examples"),
    N_("shorter"),
    N_("for beginners"),
    N_("more exact"),
)
"""Suggested wishes; any other text can be typed."""

LEVEL_WORDS = {
    Level.CONCISE: N_("Concise only"),
    Level.STANDARD: N_("Standard only"),
    Level.COMPREHENSIVE: N_("Comprehensive only"),
}


class RewriteDialog(PricedDialog):
    """Asks which parts of notes to write again. With several notes, always whole ones."""

    def __init__(
        self,
        parent: QWidget,
        ids: Sequence[str],
        *,
        note: Note | None = None,
        section: int | None = None,
        engines: Sequence[str] = (),
    ) -> None:
        super().__init__(
            parent,
            name="againDialog",
            title=_("Write again"),
            accept=_("Write again"),
            price="againPrice",
            looking=_("Looking at the price…"),
        )
        self._ids = tuple(ids)
        self.section = self._combo("againSection", _("What"))
        self.level = self._combo("againLevel", _("Levels"))
        self.section.addItem(_("The whole note"), None)
        for place, each in enumerate(note.sections if note is not None else ()):
            self.section.addItem(one_line(each.heading) or _("Untitled"), place)
        self.section.setCurrentIndex(max(0, self.section.findData(section)))
        self.level.addItem(_("All three levels"), None)
        for level, words in LEVEL_WORDS.items():
            self.level.addItem(_(words), level.value)
        self.wish = line_edit(
            "againWish",
            "",
            _("What should be different? Any words will do"),
            text=note.wish if note is not None else "",
        )
        self.engine = self._combo("againEngine", _("Written by"))
        as_before = _("As before")
        if note is not None:
            as_before = _("As before ({engine})").format(engine=engine_name(note.engine))
        self.engine.addItem(as_before, "")
        for name in engines:
            self.engine.addItem(engine_name(name), name)
        self.model = line_edit("againModel", _("Model"), _("Model: as chosen"))
        self._chips = QButtonGroup(self)
        self._chips.setExclusive(False)
        self._build(note)

    def _combo(self, name: str, says: str) -> QComboBox:
        made = named(QComboBox(self), name, says)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        made.setMinimumContentsLength(12)
        return made

    def _build(self, note: Note | None) -> None:
        told = one_line(note.title) if note is not None else ""
        if note is None:
            told = ngettext("{n} note", "{n} notes", len(self._ids)).format(
                n=number(len(self._ids))
            )
        chips = [self._chip(_(words)) for words in WISHES]
        rows = grid(spacing=(12, 10))
        for row, (words, field) in enumerate(
            ((_("What"), self.section), (_("Levels"), self.level), (_("Wish"), self.wish))
        ):
            heading = label(words, buddy=field)
            rows.addWidget(heading, row, 0)
            rows.addWidget(field, row, 1)
            heading.setVisible(note is not None or field is not self.section)
        self.section.setVisible(note is not None)
        ideas = QWidget()
        flow = FlowLayout(ideas, spacing=6, below=6)
        for chip in chips:
            flow.addWidget(chip)
        rows.addWidget(ideas, 3, 1)
        rows.addWidget(label(_("Written by"), buddy=self.engine), 4, 0)
        rows.addLayout(hbox((self.engine, 1), (self.model, 1), spacing=8), 4, 1)
        stays = label(
            _("The note stays as it is: the new version waits beside it until you choose."),
            role="caption",
            wrap=True,
        )
        self.lay_out(label(told, role="strong", wrap=True), stays, 4, rows)
        for line in (self.wish, self.model):
            line.textChanged.connect(self.ask_price)
        for combo in (self.section, self.level, self.engine):
            combo.currentIndexChanged.connect(self.ask_price)
        self.wish.setFocus()

    def _chip(self, words: str) -> QWidget:
        chip = button(words, pressed=lambda: self._add(words))
        chip.setAutoDefault(False)
        self._chips.addButton(chip)
        return chip

    def _add(self, words: str) -> None:
        """Add a suggested wish to the field, or remove it if it is there."""
        parts = [part.strip() for part in self.wish.text().split(",") if part.strip()]
        parts = [part for part in parts if part != words] if words in parts else [*parts, words]
        self.wish.setText(", ".join(parts))
        self.wish.setFocus()

    @property
    def order(self) -> RewriteOrder:
        """The order as selected now."""
        level = self.level.currentData()
        engine = self.engine.currentData()
        section = self.section.currentData()
        wanted = tuple(
            RewriteScope(each, section, Level(level) if level else None) for each in self._ids
        )
        return RewriteOrder(
            wanted,
            self.wish.text().strip(),
            Engine(engine) if engine else None,
            self.model.text().strip(),
        )


# --- Bar for a waiting version ---


def version_facts(version: NoteVersion) -> str:
    """Return part, wish and model of a version in one line."""
    facts = (about_words(version.about) or _("the whole note"), version.wish)
    by = version.model or engine_name(version.engine)
    return " · ".join(one_line(fact) for fact in (*facts, by) if fact)


class VersionBar(ActionBar):
    """Tells that another version of the note waits for a decision.

    Signals: `keep_wanted(bool)` with True for the new version. `compare` opens the comparison.
    """

    keep_wanted = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("versionBar", margins=(16, 8, 16, 8), parent=parent)
        self.words = label(role="strong")
        self.facts = ElidedLabel("", name="versionFacts", role="caption", facts=True)
        self.compare = button(_("Compare"), "compareVersionsButton", kind="primary")
        keep_new, keep_old = keep_buttons(self.keep_wanted.emit)
        told = vbox(self.words, self.facts, spacing=1)
        about = (icon_label("rotate-ccw", color="accent_ink", size=18), (told, 1))
        self.fill(about, (self.compare, keep_new, keep_old))
        self.hide()

    def show_version(self, version: NoteVersion | None, *, more: int = 0) -> None:
        """Show the waiting version and the number of further ones; None hides the bar."""
        self.setVisible(version is not None)
        if version is None:
            return
        words = _("A new version waits")
        if more:
            words = ngettext(
                "A new version waits, and {n} more", "A new version waits, and {n} more", more
            ).format(n=more)
        self.words.setText(words)
        self.facts.setText(version_facts(version))
        self.fit()


def keep_buttons(keep: Callable[[bool], object]) -> tuple[QPushButton, QPushButton]:
    """Return the buttons “Keep the new one” and “Keep the old one”; `keep` is called with True for
    new."""
    return (
        button(
            _("Keep the new one"),
            "keepNewButton",
            tip=_("The note becomes it; the old one stays in the list of versions"),
            pressed=lambda: keep(True),
        ),
        button(
            _("Keep the old one"),
            "keepOldButton",
            tip=_("The note stays as it is; the new one stays in the list of versions"),
            pressed=lambda: keep(False),
        ),
    )
