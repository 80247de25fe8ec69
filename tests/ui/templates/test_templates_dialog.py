"""Templates dialog: found, edited, tried and shared; no typed text is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QPushButton, QWidget

from notegen_desktop.domain import words as spoken
from notegen_desktop.domain.errors import NetworkUnreachable
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.notes.templates import SectionKind
from notegen_desktop.services.machine.languages import activate_language
from notegen_desktop.services.machine.templates.editing import with_values
from notegen_desktop.services.machine.templates.own import OwnTemplates
from notegen_desktop.services.ports import TemplateOrigin
from notegen_desktop.ui.templates.dialog import TemplatesDialog
from notegen_desktop.ui.templates.form import ICONS, KIND_NAMES, TemplateForm, kind_name
from tests.fakes.services import FakeServices
from tests.places import ROOT
from tests.ui.conftest import tab_order, until

SAMPLE = ROOT / "resources" / "samples" / "how-to-remember-what-you-learn.en.vtt"

Open = Callable[..., TemplatesDialog]


@pytest.fixture
def own(tmp_path: Path) -> OwnTemplates:
    made = OwnTemplates(tmp_path / "templates")
    made.new("Exam notes")
    return made


@pytest.fixture
def opened(main_window: Callable[..., Any], own: OwnTemplates) -> Open:
    def make(template: str = "exam-notes", *, beside: bool = False) -> TemplatesDialog:
        """Open the dialog; while its trial column is hidden, no estimates are requested."""
        window = main_window(templates_folder=own.folder, sample=SAMPLE)
        window.templates.open(template)
        dialog = window.findChild(TemplatesDialog)
        assert isinstance(dialog, TemplatesDialog)
        dialog.beside.setVisible(beside)
        return dialog

    return make


def button(name: str) -> QPushButton:
    """Return the named button of the open dialog; raise AssertionError if there is none."""
    for top in QApplication.topLevelWidgets():
        if isinstance(top, QDialog) and top.isVisible():
            for found in top.findChildren(QPushButton, name):
                return found
    raise AssertionError(name)


def question() -> str:
    box = next(
        w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()
    )
    return f"{box.text()} {box.informativeText()}"


def asks() -> bool:
    return any(isinstance(w, QMessageBox) and w.isVisible() for w in QApplication.topLevelWidgets())


def drop(window: Any, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPoint(10, 10), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(event)


async def settled(dialog: TemplatesDialog) -> None:
    await until(lambda: not len(dialog._tasks), "the end of what was begun")


def names(own: OwnTemplates) -> dict[str, str]:
    return {entry.key: entry.name for entry in own.entries()}


def type_name(dialog: TemplatesDialog, name: str) -> None:
    field = dialog.editor.form.name
    field.setText(name)
    field.textEdited.emit(name)


async def test_tab_goes_from_the_list_through_the_form_to_its_buttons(opened: Open) -> None:
    dialog = opened()
    wanted = [
        *("templateSearch", "templateRows", "newTemplateButton", "templateMoreButton"),
        *("templateNameEdit", "templateIconCombo", "templateOrderSpin"),
        *("templateInstructionsEdit", "discardTemplateButton", "saveTemplateButton"),
    ]
    names = [each.objectName() for each in tab_order(dialog)]
    assert [name for name in names if name in wanted] == wanted


async def test_on_a_small_screen_the_prompt_stands_below_the_template(opened: Open) -> None:
    dialog = opened(beside=True)
    for width, overlap in ((640, "y"), (1160, "x")):
        dialog.setMinimumSize(width, 440)
        dialog.resize(width, 440)
        await until(lambda width=width: dialog.width() == width)
        await settled(dialog)
        form, prompt = (
            QRect(part.mapTo(dialog, QPoint()), part.size())
            for part in (dialog.editor, dialog.beside)
        )
        assert not form.intersects(prompt), (width, form, prompt)
        after = form.bottom() < prompt.top() if overlap == "y" else form.right() < prompt.left()
        assert after, (width, form, prompt)
        assert form.width() >= dialog.editor.minimumSizeHint().width()


async def test_what_is_there_is_listed_by_whose_it_is_and_found_by_its_words(
    opened: Open, own: OwnTemplates
) -> None:
    (own.folder / "broken.toml").write_text("id = ", "utf-8")
    dialog = opened()
    rows = dialog.list.rows

    def shown() -> list[str]:
        return [rows.item(n).text() for n in range(rows.count())]

    assert shown()[:3] == ["Your own", "Exam notes", "Built in"]
    assert shown()[-2:] == ["Cannot be used", "broken.toml"]
    dialog.list.search.setText("multiple choice")
    assert shown() == ["Built in", "Quiz"]
    dialog.list.search.setText("own exam")
    assert shown() == ["Your own", "Exam notes"]
    dialog.show_key("broken.toml")
    assert dialog.editor.problems[0].line == 1
    assert dialog.editor.trouble.item(0).text().startswith("Line 1: ")
    assert dialog.editor.switch.choice() == "text"


class German(NullTranslations):
    def gettext(self, message: str) -> str:
        return {"Study notes": "Lernnotizen"}.get(message, message)

    def pgettext(self, context: str, message: str) -> str:
        return {"Graduation cap": "Doktorhut"}.get(message, message)


async def test_templates_are_named_and_found_in_the_language_of_the_window(opened: Open) -> None:
    dialog = opened()
    spoken.speak("de", German())
    try:
        dialog.list.search.setText("lernnotizen")
        rows = dialog.list.rows
        found = [rows.item(n).text() for n in range(rows.count())]
    finally:
        spoken.speak(spoken.SOURCE)
    assert "Lernnotizen" in found


def test_icons_are_named_by_what_they_show_in_the_language_of_the_window(qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    spoken.speak("de", German())
    try:
        form = TemplateForm(window)
    finally:
        spoken.speak(spoken.SOURCE)
    assert form.icon.itemText(form.icon.findData("graduation-cap")) == "Doktorhut"
    assert form.icon.itemText(form.icon.findData("wrench")) == "Wrench"  # not translated here
    assert all((ROOT / "resources" / "icons" / f"{name}.svg").is_file() for name in ICONS)


async def test_what_the_form_changes_is_saved_with_the_files_comments(
    opened: Open, own: OwnTemplates
) -> None:
    dialog = opened()
    changes: list[None] = []
    dialog.changed.connect(lambda: changes.append(None))
    type_name(dialog, "Prüfung")
    dialog.editor.form.instructions.setPlainText("Be short.")
    dialog.editor.form.sections.choose(0)
    dialog.editor.form.sections.heading.setText("At a glance")
    dialog.editor.form.sections.heading.textEdited.emit("At a glance")
    dialog.editor.check()
    assert dialog.editor.badge.text() == "Not saved"
    dialog.save()
    await until(lambda: changes, "the change is told")
    template = own.entry("exam-notes").template
    assert template is not None
    assert (template.name, template.instructions) == ("Prüfung", "Be short.")
    assert template.version == "2"
    assert template.sections[0].heading == "At a glance"
    assert "# The table of contents" in own.text(own.entry("exam-notes"))
    assert not dialog.editor.is_changed
    assert own.drafts() == []


async def test_sections_are_added_moved_and_removed(opened: Open) -> None:
    dialog = opened()
    sections = dialog.editor.form.sections
    before = [s.heading for s in dialog.editor.template.sections]  # type: ignore[union-attr]
    sections.choose(0)
    sections._add.click()
    dialog.editor.check()
    sections._down.click()
    dialog.editor.check()
    template = dialog.editor.template
    assert template is not None
    assert [s.heading for s in template.sections] == [
        before[0],
        before[1],
        "New section",
        before[2],
    ]
    sections._remove.click()
    dialog.editor.check()
    assert [s.heading for s in dialog.editor.template.sections] == before  # type: ignore[union-attr]


async def test_a_mistake_is_shown_at_its_line_and_keeps_the_template_from_being_saved(
    opened: Open, own: OwnTemplates
) -> None:
    dialog = opened()
    editor = dialog.editor
    editor.switch.choose("text")
    text = editor.text.replace('kind = "overview"', 'kind = "overvieww"')
    editor.file.setPlainText(text)
    await until(lambda: editor.problems, "the check")
    line = text.splitlines().index('kind = "overvieww"') + 1
    assert editor.problems[0].line == line
    assert not editor.save.isEnabled()
    editor.trouble.itemActivated.emit(editor.trouble.item(0))
    assert editor.file.textCursor().blockNumber() + 1 == line
    dialog.save()
    assert own.entry("exam-notes").template is not None
    editor.file.setPlainText("name = ")
    editor.check()
    assert not editor.form.isEnabled()


async def test_what_is_typed_outlives_the_window(opened: Open, own: OwnTemplates) -> None:
    dialog = opened()
    type_name(dialog, "Half typed")
    dialog.show_key("quiz")
    assert dialog.editor.title.text() == "Quiz"
    dialog.show_key("exam-notes")
    assert dialog.editor.form.name.text() == "Half typed"
    type_name(dialog, "Typed at the very end")
    dialog.close()
    assert OwnTemplates(own.folder).entry("exam-notes").name == "Exam notes"
    assert "Typed at the very end" in (OwnTemplates(own.folder).draft("exam-notes") or "")
    window: Any = dialog.parentWidget()
    access = window.templates
    access._dialog = None  # simulates a restart
    access.open("exam-notes")
    again = access._dialog
    assert again.editor.form.name.text() == "Typed at the very end"
    assert again.editor.badge.text() == "Not saved"
    again.discard()
    assert again.editor.form.name.text() == "Exam notes"
    again.messages.undo()
    assert again.editor.form.name.text() == "Typed at the very end"


async def test_a_built_in_template_becomes_ones_own_by_saving_and_is_restored(
    opened: Open, own: OwnTemplates
) -> None:
    dialog = opened("quiz")
    type_name(dialog, "Hard quiz")
    dialog.save()
    await until(lambda: own.entry("quiz").origin is TemplateOrigin.CHANGED, "saved")
    await until(lambda: dialog.editor.badge.text() == "Changed by you", "shown")
    dialog.remove()
    await until(lambda: own.entry("quiz").origin is TemplateOrigin.BUILT_IN, "restored")
    await until(lambda: dialog.editor.title.text() == "Quiz", "shown")
    dialog.messages.undo()
    await until(lambda: own.entry("quiz").name == "Hard quiz", "taken back")


async def test_a_template_is_copied_and_deleted_and_comes_back(
    opened: Open, own: OwnTemplates
) -> None:
    dialog = opened()
    dialog.duplicate()
    await until(lambda: dialog.editor.title.text() == "Exam notes (copy)", "the copy")
    dialog.remove()
    await until(lambda: len(own.entries()) == 14, "deleted")
    assert dialog.messages.text().startswith("“Exam notes (copy)” deleted.")
    dialog.messages.undo()
    await until(lambda: "exam-notes-2" in names(own), "brought back")
    dialog.copy()
    assert QGuiApplication.clipboard().text() == own.text(own.entry("exam-notes-2"))


async def test_what_another_editor_saves_is_shown_unless_something_is_typed(
    opened: Open, own: OwnTemplates
) -> None:
    dialog = opened()
    path = own.entry("exam-notes").path
    assert path is not None
    path.write_text(with_values(path.read_text("utf-8"), {"name": "By vim"}), "utf-8")
    await until(lambda: dialog.editor.title.text() == "By vim", "read again")
    type_name(dialog, "Mine")
    path.write_text(with_values(path.read_text("utf-8"), {"name": "By emacs"}), "utf-8")
    await until(lambda: not dialog.editor.elsewhere.isHidden(), "it is said")
    assert dialog.editor.form.name.text() == "Mine"
    dialog.editor.reload.click()
    assert dialog.editor.form.name.text() == "By emacs"
    type_name(dialog, "Mine again")
    path.unlink()
    await until(lambda: "is gone" in dialog.editor._elsewhere_words.text(), "it is said")
    dialog.save()
    await until(lambda: names(own).get("exam-notes") == "Mine again", "written again")


async def test_a_dropped_template_is_offered_and_taken_in(
    opened: Open, own: OwnTemplates, tmp_path: Path
) -> None:
    dialog = opened()
    window = dialog.parentWidget()
    file = tmp_path / "shared.toml"
    file.write_text(with_values(own.text(own.entry("quiz")), {"id": "shared", "name": "Shared"}))
    drop(window, file)
    await until(asks, "the question")
    assert "Add template “Shared”?" in question()
    button("acceptButton").click()
    await until(lambda: dialog.editor.title.text() == "Shared", "added")

    file.write_text(with_values(file.read_text("utf-8"), {"name": "Shared anew"}))
    drop(window, file)
    await until(asks, "the question")
    assert "with the same id" in question()
    button("keepBothButton").click()
    await until(lambda: names(own).get("shared-2") == "Shared anew", "both")
    assert own.entry("shared").name == "Shared"
    await settled(dialog)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\xff", "not UTF-8 text"),
        (b"# " + b"x" * 300_000, "larger than 256 KB"),
        (b"[tool.ruff]\nline-length = 100\n", "unknown key"),
    ],
)
async def test_a_dropped_file_that_is_no_template_is_refused_in_words(
    opened: Open, own: OwnTemplates, tmp_path: Path, content: bytes, words: str
) -> None:
    dialog = opened()
    file = tmp_path / "other.toml"
    file.write_bytes(content)
    drop(dialog.parentWidget(), file)
    await until(asks, "the refusal")
    assert words in question()
    assert "other.toml" in question()
    button("acceptButton").click()
    await until(lambda: not asks(), "closed")
    assert len(own.entries()) == 14
    await settled(dialog)


async def test_a_trial_says_its_price_before_and_shows_its_note_beside(
    opened: Open, fakes: FakeServices
) -> None:
    dialog = opened(beside=True)
    trial = dialog.beside.trial
    dialog.beside.switch.choose("trial")
    await until(lambda: "about $0.002" in trial.about.text(), "the price")
    type_name(dialog, "Unsaved name")
    dialog.editor.check()
    trial.start.click()
    await until(lambda: fakes.trials.written, "the note")
    assert fakes.trials.written[0].name == "Unsaved name"
    await until(trial.view.isVisible, "shown")
    assert "is not kept" in trial.about.text()

    fakes.trials.refuse = NetworkUnreachable()
    trial.start.click()
    await until(lambda: "network" in trial.about.text().casefold(), "the failure")
    fakes.trials.held = asyncio.Event()
    trial.start.click()
    assert trial.start.text() == "Stop"
    await asyncio.sleep(0)
    trial.start.click()
    await until(lambda: trial.start.text() != "Stop", "stopped")
    await settled(dialog)


async def test_without_a_key_only_what_can_be_quoted_is_tried(
    opened: Open, fakes: FakeServices
) -> None:
    fakes.trials.engine = Engine.OFFLINE
    dialog = opened("quiz", beside=True)
    dialog.beside.switch.choose("trial")
    trial = dialog.beside.trial
    await until(lambda: "needs a key" in trial.about.text(), "it is said")
    assert not trial.start.isEnabled()
    dialog.show_key("exam-notes")
    await until(lambda: "free" in trial.about.text(), "it is said")
    assert trial.start.isEnabled()
    await settled(dialog)


async def test_the_prompt_is_shown_as_it_would_be_sent(opened: Open) -> None:
    dialog = opened(beside=True)
    pane = dialog.beside.prompt
    await until(pane.text.toPlainText, "the prompt")
    dialog.editor.form.instructions.setPlainText("Write only about bees.")
    await until(lambda: "Write only about bees." in pane.text.toPlainText(), "the prompt, anew")
    assert "tokens" in pane.about.text()
    await settled(dialog)


def test_every_kind_of_section_is_called_in_the_language_of_the_window() -> None:
    assert {*KIND_NAMES} == {kind.value for kind in SectionKind}
    activate_language("de")
    try:
        assert kind_name("objectives") == "Lernziele"
    finally:
        activate_language("en")
    assert kind_name("objectives") == "Objectives"
