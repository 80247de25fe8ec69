"""Messages about changes of the number of parallel jobs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLabel

from notegen_desktop.services.pacing.activity import pacing_words
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices

Make = Callable[..., MainWindow]


async def test_one_at_a_time_and_together_again_are_said(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    text = window.messages.findChild(QLabel, "messageText")
    assert text is not None
    fakes.activity.tell(pacing_words("8 of the last 20 requests failed"))
    assert text.isVisible()
    assert text.text() == (
        "8 of the last 20 requests failed, so notes are written one at a time until it goes well "
        "again."
    )
    fakes.activity.tell(pacing_words(""))
    assert text.text() == "All is well again: notes are written at the same time."
