"""Page stack: only the page shown is laid out and measured."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from notegen_desktop.ui.kit.build import vbox
from notegen_desktop.ui.kit.pages import Pages


class Measured(QLabel):
    """Label that counts the calls of its size hints."""

    asked = 0

    def sizeHint(self) -> QSize:
        self.asked += 1
        return super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        self.asked += 1
        return super().minimumSizeHint()


def page_with(*labels: QLabel) -> QWidget:
    page = QWidget()
    vbox(*labels, on=page)
    return page


def test_a_page_is_not_measured_before_it_is_shown(qtbot: QtBot) -> None:
    first, second = Measured("The first page"), Measured("A page with very many words " * 20)
    pages = Pages()
    outer = page_with()
    qtbot.addWidget(outer)
    for label in (first, second):
        pages.addWidget(page_with(label))
    assert (first.asked, second.asked) == (0, 0), "they have no place in a window yet"
    vbox(pages, on=QWidget(outer))
    outer.show()
    qtbot.waitExposed(outer)
    assert second.asked == 0
    pages.setCurrentIndex(1)
    pages.show()
    assert pages.minimumSizeHint().width() > 0
    assert second.asked > 0


def test_its_size_is_that_of_the_page_shown(qtbot: QtBot) -> None:
    pages = Pages()
    qtbot.addWidget(pages)
    narrow, wide = page_with(QLabel("few")), page_with(QLabel("very many words " * 9))
    pages.addWidget(narrow)
    pages.addWidget(wide)
    assert pages.minimumSizeHint() == narrow.minimumSizeHint()
    pages.setCurrentWidget(wide)
    assert pages.minimumSizeHint() == wide.minimumSizeHint()
    narrow.setMinimumSize(333, 222)
    pages.setCurrentWidget(narrow)
    assert pages.minimumSizeHint() == QSize(333, 222)


def test_a_page_that_comes_into_view_is_laid_out(qtbot: QtBot) -> None:
    label = QLabel("words")
    pages = Pages()
    qtbot.addWidget(pages)
    pages.addWidget(page_with(QLabel("first")))
    pages.addWidget(page_with(label))
    pages.resize(400, 300)
    pages.show()
    qtbot.waitExposed(pages)
    pages.setCurrentIndex(1)
    assert label.width() > 300


def test_a_height_that_follows_the_width_is_that_of_the_page_shown(qtbot: QtBot) -> None:
    pages = Pages()
    qtbot.addWidget(pages)
    wrapped = QLabel("words that need more than one line " * 9)
    wrapped.setWordWrap(True)
    pages.addWidget(page_with(QLabel("one line")))
    pages.addWidget(page_with(wrapped))
    assert not pages.hasHeightForWidth()
    pages.setCurrentIndex(1)
    assert pages.hasHeightForWidth()
    assert pages.heightForWidth(200) > pages.heightForWidth(900) > 0
