"""Cards that lie over another widget and keep their place on it: they push nothing aside."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QWidget


class Floating(QFrame):
    """A hidden card with a shadow. Subclasses say where it lies."""

    def __init__(self, over: QWidget | None) -> None:
        super().__init__(over)
        self._over = over
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(28)
        shadow.setOffset(0, 6)
        self.setGraphicsEffect(shadow)
        self.hide()
        if over is not None:
            over.installEventFilter(self)

    def place_on(self, over: QWidget) -> QRect:
        """Where it lies on `over`, in a left-to-right layout."""
        raise NotImplementedError

    def place(self) -> None:
        """Lie where it belongs: after its content has changed."""
        if self._over is None:
            return
        rect = self.place_on(self._over)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            rect.moveLeft(self._over.width() - rect.right() - 1)
        self.setGeometry(rect)

    def height_at(self, width: int) -> int:
        """The height of its content at a width, both in px."""
        layout = self.layout()
        if layout is None:
            return self.sizeHint().height()
        layout.invalidate()
        layout.activate()  # those inside it forget what they measured too
        height = layout.totalHeightForWidth(width)
        return height if height > 0 else self.sizeHint().height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self.place()
        return False
