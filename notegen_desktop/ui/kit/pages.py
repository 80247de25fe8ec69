"""Stacked widget with the size of its current page."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QStackedWidget, QWidget


class Pages(QStackedWidget):
    """A QStackedWidget that lays out and measures only the current page.

    Qt's own takes the size of its largest page: it lays out the first page when added, before it
    has position and style, and measures all hidden pages.
    """

    def addWidget(self, page: QWidget) -> int:
        layout = page.layout()
        if layout is None:
            return super().addWidget(page)
        layout.setEnabled(False)  # Qt makes the first page current and lays it out at once
        try:
            return super().addWidget(page)
        finally:
            layout.setEnabled(True)

    def sizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.sizeHint().expandedTo(self.minimumSizeHint()) if page else QSize()

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        if page is None:
            return QSize()
        least, most = page.minimumSize(), page.maximumSize()
        hint = page.minimumSizeHint().boundedTo(most)
        return QSize(least.width() or hint.width(), least.height() or hint.height())

    def hasHeightForWidth(self) -> bool:
        page = self.currentWidget()
        return page is not None and page.hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        page = self.currentWidget()
        return page.heightForWidth(width) if page is not None else -1
