"""A window that is nothing but something to drag: its argument, as a link, onto another window."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class DragSource(QLabel):
    """Drags its link as a browser does: as a list of addresses and as text."""

    def __init__(self, link: str) -> None:
        super().__init__("drag me")
        self.setWindowTitle("drag source")
        self.setWindowFlag(Qt.WindowType.X11BypassWindowManagerHint)
        self.setGeometry(1180, 0, 90, 40)
        self._link = link

    def mouseMoveEvent(self, _event: QMouseEvent) -> None:
        data = QMimeData()
        data.setUrls([QUrl(self._link)])
        data.setText(self._link)
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)
        QTimer.singleShot(1_000, QApplication.quit)  # whoever took it may still ask for it


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    source = DragSource(sys.argv[1])
    source.show()
    raise SystemExit(app.exec())
