"""Waiting of these tests, which counts turns of the event loop, not time."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QTimer

from tests.ui.conftest import until


async def test_a_process_that_stood_still_has_not_waited() -> None:
    fired: list[bool] = []

    def stand_still() -> None:
        time.sleep(0.5)
        QTimer.singleShot(20, lambda: fired.append(True))

    QTimer.singleShot(20, stand_still)
    await until(lambda: fired, seconds=0.25)


async def test_what_never_comes_is_waited_for_in_vain() -> None:
    with pytest.raises(AssertionError, match="waited in vain: rain"):
        await until(lambda: False, "rain", seconds=0.05)
