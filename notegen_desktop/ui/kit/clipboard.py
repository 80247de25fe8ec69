"""What is put on the clipboard, in objects that Qt itself made.

The clipboard outlives Python: taking a `QMimeData` that Python made apart after the interpreter
has ended is a crash. Qt's own objects may stay, and with them what was copied.
"""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QStringListModel
from PySide6.QtGui import QClipboard, QGuiApplication
from shiboken6 import createdByPython


def mime_data() -> QMimeData:
    """An empty one, made by Qt and owned by whoever takes it: the clipboard, or a drag."""
    model = QStringListModel([""])
    data = model.mimeData([model.index(0)])
    data.clear()
    return data


def hand_over_clipboard() -> None:
    """Before the end: have Qt hold itself what Python made and put on the clipboard.

    Where the platform can, it gives it to the desktop's clipboard manager when the application
    ends.
    """
    clipboard = QGuiApplication.clipboard()
    for mode in QClipboard.Mode:
        held: QMimeData | None = clipboard.mimeData(mode)
        if held is not None and createdByPython(held):
            kept = mime_data()
            for format in held.formats():
                kept.setData(format, held.data(format))
            clipboard.setMimeData(kept, mode)
