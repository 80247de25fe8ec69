"""The window with a note that is edited without end; a line tells of what is said to be saved.

    python -m tests.e2e.typing_window NOTE FIRST

types `word-FIRST`, `word-FIRST+1` … into the note, and prints the number of the last one each time
that the window says “Saved”.
"""

from __future__ import annotations

import asyncio
import random
import sys

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPlainTextEdit

from notegen_desktop.app import Application
from tests.app.running import child, run_program, until


def main() -> None:
    note_id, number = sys.argv[1], int(sys.argv[2])
    chance = random.Random(number)

    async def story(app: Application) -> None:
        nonlocal number
        window = app.window
        window.library.open_note(note_id)
        await until(lambda: window.results.page_shown, "the note")
        page = window.results.page_shown
        assert page is not None
        window.editing.begin(page)
        field = child(page, QPlainTextEdit, "noteEdit")
        state = child(page, QLabel, "editState")
        field.moveCursor(field.textCursor().MoveOperation.End)
        while True:
            for _ in range(chance.randint(1, 12)):
                QTest.keyClicks(field, f"word-{number} ")
                number += 1
                await asyncio.sleep(chance.uniform(0, 0.2))
            if chance.random() < 0.7:
                await until(lambda: state.text() == "Saved", "the library")
                print(number - 1, flush=True)

    run_program(story)


if __name__ == "__main__":
    main()
