"""A stack of pages of which one is shown, and only that one is measured."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QStackedWidget, QWidget


class Pages(QStackedWidget):
    """As Qt's own, whose size is that of the largest page: it lays out the first page as it comes
    in, before it has its place and its style, and measures the texts of all pages, the hidden ones
    too. Here a page is laid out and measured when it is shown, and the stack has its size.
    """

    def addWidget(self, page: QWidget) -> int:
        layout = page.layout()
        if layout is None:
            return super().addWidget(page)
        layout.setEnabled(False)  # the first page is made current, and so laid out at once
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
