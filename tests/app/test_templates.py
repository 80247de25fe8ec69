"""Templates in the real program: made, tried, saved, written with; what is typed is kept."""

from __future__ import annotations

from pathlib import Path

from notegen_desktop.app import Application
from notegen_desktop.ui.templates.dialog import TemplatesDialog

from .running import finished, run_program, until


def dialog_of(app: Application, template: str) -> TemplatesDialog:
    app.window.templates.open(template)
    dialog = app.window.findChild(TemplatesDialog)
    assert dialog is not None
    return dialog


def test_a_template_of_ones_own_is_tried_and_written_with(home: Path) -> None:
    async def first(app: Application) -> None:
        dialog = dialog_of(app, "basic-summary")
        dialog.duplicate()
        assert dialog.editor.title.text() == "Basic summary (copy)"
        dialog.beside.switch.choose("trial")
        trial = dialog.beside.trial
        await until(lambda: "free" in trial.about.text(), "the price")
        trial.start.click()
        await until(lambda: trial.view.isVisible() and trial.view.note, "the note of the trial")
        assert await app.program.services.store.recent() == []  # type: ignore[union-attr]

        dialog.editor.form.name.setText("Мой обзор")
        dialog.editor.form.name.textEdited.emit("Мой обзор")
        dialog.save()
        window = app.window
        window.composer.templates.tick(["basic-summary-2"])
        window.try_sample()
        await until(lambda: finished(app, 1), "the note")
        (job,) = window.board.board
        assert job.template == "basic-summary-2"
        dialog.editor.form.instructions.setPlainText("Typed as the window closes.")

    async def second(app: Application) -> None:
        dialog = dialog_of(app, "basic-summary-2")
        assert dialog.editor.title.text() == "Мой обзор"
        assert dialog.editor.form.instructions.toPlainText() == "Typed as the window closes."
        assert dialog.editor.is_changed

    run_program(first)
    run_program(second)
