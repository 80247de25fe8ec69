"""Welcome page, shown before the first note, at every size."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from notegen_desktop.ui.window.welcome import Welcome


@pytest.mark.parametrize("size", [(440, 480), (550, 470), (600, 480), (663, 508), (920, 700)])
def test_no_words_are_cut_on_a_small_page(qtbot: QtBot, size: tuple[int, int]) -> None:
    page = Welcome(has_sample=True)
    page.show_key(known=False)
    qtbot.addWidget(page)
    page.resize(*size)
    page.show()
    qtbot.waitExposed(page)
    shown = [label for label in page.findChildren(QLabel) if label.isVisible() and label.text()]
    assert len(shown) >= 3
    cut = [label.text() for label in shown if label.height() < label.heightForWidth(label.width())]
    assert cut == []
