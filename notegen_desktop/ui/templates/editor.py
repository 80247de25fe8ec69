"""Template editor: form or file text, list of problems, save and discard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from notegen_desktop.domain.errors import InvalidTemplate, NoteGenError
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.words import N_, _, pgettext
from notegen_desktop.services.machine.templates.editing import (
    values_in,
    with_sections,
    with_values,
)
from notegen_desktop.services.machine.templates.files import (
    check_text,
    parse_template,
    prompt_texts,
)
from notegen_desktop.services.ports import TemplateEntry, TemplateOrigin
from notegen_desktop.ui.kit.build import button, delayed, hbox, icon_button, label, named, vbox
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.theme import follow_theme, palette, style
from notegen_desktop.ui.kit.widgets import Segmented, StateLabel

from .file_text import FileText
from .form import TemplateForm

CHECK_MS = 150
"""Milliseconds without typing before the text is checked."""

LINE_ROLE = Qt.ItemDataRole.UserRole
SHOWN_PROBLEMS = 3
MAX_TROUBLE_PX = 104
"""Maximum height in pixels of the list of problems, which then scrolls."""
BADGES = {
    TemplateOrigin.BUILT_IN: (N_("Built in"), ""),
    TemplateOrigin.CHANGED: (N_("Changed by you"), "accent"),
    TemplateOrigin.OWN: (N_("Your own"), ""),
}


class TemplateEditor(QWidget):
    """Edits one template; the dialog stores the text.

    Signals: `typed()` when the user changed the text; `checked()` when the text was checked. The
    dialog connects `save`, `discard`, and `reload` to take the file on disk.
    """

    typed = Signal()
    checked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "templateEditor", _("Template"))
        self.setMinimumWidth(300)
        self.text = ""
        self.saved = ""
        """The saved text."""
        self._quiet = False
        self.entry: TemplateEntry | None = None
        self.template: NoteTemplate | None = None
        self.problems: tuple[InvalidTemplate, ...] = ()

        self.title = ElidedLabel(name="templateTitle", role="title")
        self.badge = label("", "noteBadge")
        self.more = icon_button("ellipsis", _("More"), name="templateMoreButton")
        self.switch = Segmented((("form", _("Form")), ("text", pgettext("of a template", "File"))))
        self.switch.setObjectName("templateSwitch")
        self.switch.chosen.connect(self._show_side)
        title = hbox((self.title, 1), self.badge, self.more, spacing=8)
        head = vbox(title, hbox(self.switch, None), margins=(20, 12, 16, 8))
        whole = vbox(head, spacing=0, on=self)
        self.sides = Pages(self)  # after the head, for Tab
        self.form = TemplateForm(self.sides)
        self.form.edited.connect(lambda values: self._edit(lambda t: with_values(t, values)))
        self.form.sections.edited.connect(
            lambda sections: self._edit(lambda t: with_sections(t, sections))
        )
        self.file = FileText()
        self.file.textChanged.connect(self._typed_in_file)
        self.sides.addWidget(self.form)
        text_side = QWidget()
        vbox((self.file, 1), margins=(20, 0, 20, 8), on=text_side)
        self.sides.addWidget(text_side)
        self.trouble = named(QListWidget(), "templateProblems", _("What is wrong"))
        self.trouble.setWordWrap(True)
        self.trouble.itemActivated.connect(self._go_to)
        self.trouble.itemClicked.connect(self._go_to)
        self.elsewhere = QFrame()
        self.elsewhere.setProperty("plane", "warning")
        self._elsewhere_words = label("", "templateElsewhere", role="caption", wrap=True)
        self.reload = button(_("Use that"), "reloadTemplateButton", kind="link")
        hbox((self._elsewhere_words, 1), self.reload, margins=(10, 4, 4, 4), on=self.elsewhere)
        self.elsewhere.hide()
        self.state = StateLabel("templateState")
        self.discard = button(_("Discard changes"), "discardTemplateButton", kind="ghost")
        self.save = button(_("Save"), "saveTemplateButton", kind="primary", tip="Ctrl+S")
        line = QFrame()
        line.setProperty("line", True)
        whole.addWidget(self.sides, 1)
        whole.addLayout(vbox(self.elsewhere, self.trouble, margins=(20, 0, 20, 0), spacing=6))
        whole.addWidget(line)
        foot = hbox((self.state, 1), self.discard, self.save, margins=(20, 10, 20, 12))
        whole.addLayout(foot)
        self._check_timer = delayed(self, CHECK_MS, self.check)
        follow_theme(self, lambda: self._show_problems(self.problems))

    # --- setters ---

    @property
    def is_changed(self) -> bool:
        """True if the text differs from the saved one."""
        return self.text != self.saved

    def show_entry(self, entry: TemplateEntry | None, text: str, saved: str) -> None:
        """Show a template with its typed and its saved text; None clears the editor."""
        same = entry is not None and self.entry is not None and entry.key == self.entry.key
        self.entry, self.text, self.saved = entry, text, saved
        self._quiet = True
        if same:
            self.file.show_text(text)
        else:
            self.file.start_with(text)
        self._quiet = False
        self.elsewhere.hide()
        self.check()
        if entry is not None and entry.problem and not same:
            self.switch.choose("text")

    def show_elsewhere(self, words: str) -> None:
        """Warn that another program changed the file; "" hides the warning."""
        self._elsewhere_words.setText(words)
        self.elsewhere.setVisible(bool(words))

    # --- inside ---

    def _typed_in_file(self) -> None:
        if not self._quiet:
            self._take(self.file.toPlainText())

    def _edit(self, change: Callable[[str], str]) -> None:
        try:
            text = change(self.text)
        except NoteGenError as error:
            self.state.say(error.message, "danger")
            return
        self._quiet = True
        self.file.show_text(text)
        self._quiet = False
        self._take(text)

    def _take(self, text: str) -> None:
        if text == self.text:
            return
        self.text = text
        self._show_state()
        self._check_timer.start()
        self.typed.emit()

    def check(self) -> None:
        """Check the text and show its problems."""
        self._check_timer.stop()
        self.template = None
        self.problems = check_text(self.text) if self.entry is not None else ()
        if not self.problems and self.entry is not None:
            self.template = parse_template(self.text, origin="")
        self.file.show_problems(self.problems)
        self._show_problems(self.problems)
        values = values_in(self.text)
        self.form.setEnabled(values is not None and self.entry is not None)
        if values is not None and self.switch.choice() == "form":
            self.form.show_values(values, _explanations())
        name = str((values or {}).get("name") or (self.entry.name if self.entry else ""))
        self.title.setText(name)
        self._show_state()
        self.checked.emit()

    def _show_problems(self, problems: Sequence[InvalidTemplate]) -> None:
        self.trouble.clear()
        for problem in problems:
            place = _("Line {line}: ").format(line=problem.line) if problem.line else ""
            item = QListWidgetItem(f"{place}{problem.words}")
            item.setData(LINE_ROLE, problem.line)
            item.setToolTip(_("Go to the line"))
            item.setForeground(QColor(palette().danger))
            self.trouble.addItem(item)
        self.trouble.setVisible(bool(problems))
        rows = min(SHOWN_PROBLEMS, len(problems))
        width = max(1, self.trouble.viewport().width() - 8)
        metrics = self.trouble.fontMetrics()
        tall = [
            metrics.boundingRect(
                0, 0, width, 999, int(Qt.TextFlag.TextWordWrap), self.trouble.item(row).text()
            ).height()
            + 8
            for row in range(rows)
        ]
        self.trouble.setFixedHeight(min(MAX_TROUBLE_PX, sum(tall) + 4))

    def _show_state(self) -> None:
        entry = self.entry
        words, badge = BADGES[entry.origin] if entry is not None else ("", "")
        words = _(words)
        if entry is not None and entry.problem:
            words, badge = _("Cannot be used"), "danger"
        if self.is_changed:
            words, badge = _("Not saved"), "warning"
        self.badge.setText(words)
        style(self.badge, badge=badge)
        self.badge.setVisible(bool(words))
        self.save.setEnabled(self.is_changed and not self.problems)
        self.discard.setVisible(self.is_changed)
        self.save.setToolTip(_("Mend what is wrong first") if self.problems else "Ctrl+S")

    def _show_side(self, key: str) -> None:
        self.sides.setCurrentIndex(0 if key == "form" else 1)
        if key == "form" and (values := values_in(self.text)) is not None:
            self.form.show_values(values, _explanations())

    def _go_to(self, item: QListWidgetItem) -> None:
        self.switch.choose("text")
        self.file.go_to_line(int(item.data(LINE_ROLE) or 1))


def _explanations() -> Mapping[str, str]:
    return {kind.value: words for kind, words in prompt_texts().kinds.items()}
