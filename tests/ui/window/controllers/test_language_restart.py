"""Change of the interface language: offers a restart, now or later."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton

from notegen_desktop.domain.settings.table import INTERFACE_LANGUAGE
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices
from tests.ui.conftest import until

Make = Callable[..., MainWindow]


def press(window: MainWindow, name: str) -> None:
    found = window.messages.findChild(QPushButton, name)
    assert found is not None
    found.click()


async def test_the_program_starts_again_in_the_language_that_was_chosen(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    gone: list[bool] = []
    window.closed.connect(lambda: gone.append(True))
    fakes.settings.change({INTERFACE_LANGUAGE: "de"})
    assert "The window speaks Deutsch from its next start on." in window.messages.text()
    press(window, "messageAction")
    await until(lambda: gone, "the end")
    assert window.new_language.starts_again


async def test_later_is_as_good_and_the_old_language_needs_nothing(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    fakes.settings.change({INTERFACE_LANGUAGE: "ar"})
    press(window, "messageLater")
    assert not window.messages.text()
    fakes.settings.change({INTERFACE_LANGUAGE: "system"})
    assert not window.messages.text()
    assert not window.new_language.starts_again
