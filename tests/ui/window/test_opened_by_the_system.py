"""Links and files that macOS sends to the program as events."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication
from notegen_desktop.ui.window.qt_process import make_application

application = make_application(["notegen-desktop"])
application.opened.connect(print)
for opened in (QFileOpenEvent(QUrl("notegen://add?url=https://youtu.be/a")),
               QFileOpenEvent("/Users/ada/a talk.vtt")):
    QApplication.sendEvent(application, opened)
"""


def test_links_and_files_that_come_as_events_are_heard() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines() == [
        "notegen://add?url=https://youtu.be/a",
        "/Users/ada/a talk.vtt",
    ]
