"""The desktop program as a process: it writes a note, and prints what it shows of numbers."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox

from notegen_desktop.app import Application
from notegen_desktop.domain.text.dates import day_words
from notegen_desktop.services.machine.installation import ensure_utf8
from tests.app.running import child, drop_file, finished, press_generate, run_program, until


async def story(app: Application) -> None:
    app.window.composer.templates.tick(["basic-summary"])
    drop_file(app, Path(sys.argv[1]))
    press_generate(app)
    await until(lambda: finished(app, 1), "a note")
    await until(lambda: app.window.results.page_shown, "its tab")
    print([job.note.video.title for job in app.board if job.note])
    print(day_words("2026-11-24T12:00:00+00:00"))
    app.window.settings.open()
    await until(lambda: app.window.findChild(QDoubleSpinBox, "budgetSpin"), "the settings")
    budget = child(app.window, QDoubleSpinBox, "budgetSpin")
    budget.selectAll()
    QTest.keyClicks(budget, "1,5")
    budget.interpretText()
    print(budget.text())
    # What libraries below Python make of a number, and the system of an error.
    strtod = ctypes.CDLL(None).strtod
    strtod.restype = ctypes.c_double
    print(strtod(b"0.5", None))
    print(time.strptime("Nov", "%b").tm_mon == 11 and os.strerror(2).startswith("No such"))
    budget.window().close()


if __name__ == "__main__":
    ensure_utf8()
    run_program(story)
