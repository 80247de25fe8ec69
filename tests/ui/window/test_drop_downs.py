"""Popups of combo boxes, in the window and in the settings."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox

from tests.fakes.services import FakeServices
from tests.ui.conftest import until
from tests.ui.window.test_main_window import Make


@pytest.mark.parametrize("theme", ["system", "light", "dark"])
async def test_every_list_shows_its_entries_whole(
    main_window: Make, fakes: FakeServices, theme: str
) -> None:
    fakes.settings.change({"appearance.theme": theme})
    window = main_window()
    window.settings.open()
    boxes = [box for box in window.findChildren(QComboBox) if box.isVisible()]
    assert {"engineCombo", "modeCombo", "noteLanguageCombo"} <= {box.objectName() for box in boxes}
    for box in boxes:
        box.showPopup()
        view = box.view()
        await until(view.isVisible)
        shown = min(box.count(), box.maxVisibleItems())
        last = view.visualRect(box.model().index(shown - 1, 0))
        first = view.visualRect(box.model().index(0, 0))
        seen = view.viewport().rect()
        assert seen.contains(first.topLeft()), box.objectName()
        assert last.bottom() <= seen.bottom(), box.objectName()
        assert view.sizeHintForColumn(0) <= seen.width(), box.objectName()
        box.hidePopup()
