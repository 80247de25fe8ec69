"""A window that is nothing but something to drag, or to paste, one after the other.

Each line on standard input is a JSON list of a way and of what is held, by media type:

["drag", "text/plain=https://…", "text/html=<a href=…>"]
["move", "text/uri-list=file:///…"]
["copy", "text/plain=https://…"]

`drag` offers a copy. `move` offers a copy and a move and proposes the move, as a file manager does
with Shift held; `only-move` and `only-link` offer nothing else. A list of addresses is given as
`text/uri-list=…`, as bytes of any other type in UTF-8, those of Mozilla in UTF-16 as Firefox has
them. On standard output stands `ready` when it is held, and then what the source was told in the
end: CopyAction, MoveAction, LinkAction or IgnoreAction.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QMimeData, QSocketNotifier, Qt
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
    """Drags what it is told to hold; ends with its input."""

    def __init__(self) -> None:
        super().__init__("drag me")
        self.setWindowTitle("drag source")
        self.setWindowFlag(Qt.WindowType.X11BypassWindowManagerHint)
        self.setGeometry(1180, 0, 90, 40)
        self._way = ""
        self._held: list[str] = []
        self._orders = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        self._orders.activated.connect(self._take)

    def _take(self) -> None:
        order = sys.stdin.readline()
        if not order:
            QApplication.quit()
            return
        self._way, *self._held = json.loads(order)
        if self._way == "copy":
            QGuiApplication.clipboard().setMimeData(mime(self._held))
        print("ready", flush=True)

    def mouseMoveEvent(self, _event: QMouseEvent) -> None:
        if self._way in OFFERED:
            way, self._way = self._way, ""
            drag = QDrag(self)
            drag.setMimeData(mime(self._held))
            print(drag.exec(*OFFERED[way]).name, flush=True)


def mime(held: list[str]) -> QMimeData:
    data = QMimeData()
    for each in held:
        kind, _, value = each.partition("=")
        data.setData(kind, value.encode("utf-16-le" if kind == MOZ_URL else "utf-8"))
    return data


if __name__ == "__main__":
    app = QApplication(sys.argv)
    source = DragSource()
    source.show()
    raise SystemExit(app.exec())
