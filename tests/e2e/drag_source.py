"""A window that is nothing but something to drag, or to paste: its arguments, by media type.

python drag_source.py drag text/plain=https://… text/html='<a href=…>'
python drag_source.py move text/uri-list=file:///…
python drag_source.py copy text/plain=https://…

`drag` offers a copy. `move` offers a copy and a move and proposes the move, as a file manager does
with Shift held; `only-move` and `only-link` offer nothing else. On standard output stands what the
source was told in the end: CopyAction, MoveAction, LinkAction or IgnoreAction. A list of addresses
is given as `text/uri-list=…`, as bytes of any other type in UTF-8, those of Mozilla in UTF-16 as
Firefox has them.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QTimer
from PySide6.QtGui import QDrag, QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel

MOZ_URL = "text/x-moz-url"
COPY, MOVE, LINK = (
    Qt.DropAction.CopyAction,
    Qt.DropAction.MoveAction,
    Qt.DropAction.LinkAction,
)
OFFERED = {
    "drag": (COPY, COPY),
    "move": (COPY | MOVE, MOVE),
    "only-move": (MOVE, MOVE),
    "only-link": (LINK, LINK),
}
"""What a way of dragging allows, and what it proposes."""


class DragSource(QLabel):
    """Drags what it holds, then ends."""

    def __init__(self, way: str, held: list[str]) -> None:
        super().__init__("drag me")
        self.setWindowTitle("drag source")
        self.setWindowFlag(Qt.WindowType.X11BypassWindowManagerHint)
        self.setGeometry(1180, 0, 90, 40)
        self._way = way
        self._held = held

    def mouseMoveEvent(self, _event: QMouseEvent) -> None:
        drag = QDrag(self)
        drag.setMimeData(mime(self._held))
        print(drag.exec(*OFFERED[self._way]).name, flush=True)
        QTimer.singleShot(1_000, QApplication.quit)  # whoever took it may still ask for it


def mime(held: list[str]) -> QMimeData:
    data = QMimeData()
    for each in held:
        kind, _, value = each.partition("=")
        data.setData(kind, value.encode("utf-16-le" if kind == MOZ_URL else "utf-8"))
    return data


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    source = DragSource(sys.argv[1], sys.argv[2:])
    if sys.argv[1] == "copy":
        QGuiApplication.clipboard().setMimeData(mime(sys.argv[2:]))
        source.setWindowTitle("copy source")
    source.show()
    raise SystemExit(app.exec())
