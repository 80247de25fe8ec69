"""Stories of something copied. As a script: the whole program, told the one that is named."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from notegen_desktop.app import Application

from .running import first_page, run_program


async def copy_note(app: Application) -> None:
    page = await first_page(app)
    page.view.selectAll()
    page.view.copy()


async def copy_from_python(app: Application) -> None:
    """As a plug-in of another toolkit, or a test, puts it there."""
    QGuiApplication.clipboard().setMimeData(made_by_python())


def made_by_python() -> QMimeData:
    data = QMimeData()
    data.setText("Memory fades")
    data.setHtml("<b>Memory</b> fades")
    data.setData("text/markdown", b"**Memory** fades")
    return data


STORIES = (copy_note, copy_from_python)

if __name__ == "__main__":
    run_program({story.__name__: story for story in STORIES}[sys.argv[1]])
    print("ended")
