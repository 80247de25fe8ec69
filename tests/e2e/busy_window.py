"""The desktop program as a process: somebody practises, asks and changes a template, on and on.

A line on standard output tells what the window shows as done: `answered N`, `asked N`, `typed N`.
"""

from __future__ import annotations

import asyncio
import sys

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from notegen_desktop.app import Application
from notegen_desktop.domain.practice.schedule import Rating
from notegen_desktop.services.machine.installation import ensure_utf8
from notegen_desktop.ui.templates.dialog import TemplatesDialog
from tests.app.running import child, finished, run_program, until


def tell(what: str, number: int) -> None:
    print(what, number, flush=True)


async def practise(app: Application) -> None:
    view, number = app.window.practice, 0
    while view.shown is not None:
        shown = view.shown
        view.turn()
        view.answer_buttons[Rating.GOOD].click()
        await until(lambda shown=shown: view.shown is not shown, "the next card")
        number += 1
        tell("answered", number)
        await asyncio.sleep(0.02)


async def ask(app: Application) -> None:
    panel = app.window.asking.panel
    assert panel is not None
    edit = child(app.window, QLineEdit, "askEdit")
    while True:
        number = len(panel.exchanges) + 1
        edit.setText(f"Why does testing help, for the {number}. time?")
        QTest.keyClick(edit, Qt.Key.Key_Return)
        await until(lambda number=number: len(panel.exchanges) == number, "an answer")
        tell("asked", number)


async def type_on(dialog: TemplatesDialog) -> None:
    number = 0
    while True:
        number += 1
        dialog.editor.form.instructions.setPlainText(f"Typed {number} times.")
        await until(lambda: "Kept as a draft" in dialog.editor.state.text(), "the draft")
        tell("typed", number)
        dialog.editor.state.say("")


async def story(app: Application) -> None:
    window = app.window
    window.composer.templates.tick(["flashcards"])
    window.try_sample()
    await until(lambda: finished(app, 1), "a note")
    await until(lambda: window.results.page_shown is not None, "its tab")
    window.results.page_shown.ask_button.click()
    window.templates.open("quiz")
    dialog = window.findChild(TemplatesDialog)
    assert dialog is not None
    window.practising.open(None)
    await until(lambda: window.practice.shown, "a card")
    await asyncio.gather(practise(app), ask(app), type_on(dialog))


if __name__ == "__main__":
    ensure_utf8()
    sys.exit(0 if run_program(story) else 1)
