"""An order over the budget: announced, and confirmed by the user before any job starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QWidget

from notegen_desktop.domain.cost.estimate import OverBudget
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.notes.note import Engine
from tests.fakes.services import FakeServices
from tests.ui.conftest import until

Make = Callable[..., Any]
ADDRESS = "https://youtu.be/dQw4w9WgXcQ"
THREE = ["basic-summary", "study-notes", "flashcards"]
OVER = OverBudget("day", 0.01, 0.005, 0.012, (True, False, False))


@pytest.fixture
async def window(main_window: Make, fakes: FakeServices) -> Any:
    """Return a window with a link and three templates, and a budget that suffices for one."""
    fakes.settings.change({"budget.day_usd": 0.01})
    fakes.preflight.over_budget = OVER
    window = main_window()
    window.composer.templates.tick(THREE)
    window.add_text(ADDRESS)
    return window


async def asked(window: QWidget) -> QMessageBox:
    """Press Generate by its shortcut and return the confirmation dialog."""
    window.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: window.findChild(QMessageBox, "questionDialog"), "the question")
    box = window.findChild(QMessageBox, "questionDialog")
    assert isinstance(box, QMessageBox)
    return box


def choices(box: QMessageBox) -> list[str]:
    return [button.text() for button in sorted(box.buttons(), key=QPushButton.x)]


async def answered(window: Any) -> None:
    await until(lambda: window.findChild(QMessageBox, "questionDialog") is None, "an answer")


async def test_the_budget_is_named_before_generate(window: Any) -> None:
    await until(window.composer.notice.text)
    words = window.findChild(QLabel, "estimateNoticeWords").text()
    assert words == (
        "This may cost up to $0.012, and $0.005 is left of your budget of $0.01 for today. "
        "1 of the 3 notes would fit."
    )
    assert window.findChild(QLabel, "estimateLabel").property("tone") == "warning"


async def test_generate_asks_and_begins_nothing_by_itself(window: Any, fakes: FakeServices) -> None:
    box = await asked(window)
    assert box.text() == "These notes would go over your budget of $0.01 for today."
    assert "$0.005 is left" in box.informativeText()
    assert choices(box) == [
        "Only the one that fits",
        "Raise the limit…",
        "Write offline instead",
        "Cancel",
    ]
    assert fakes.runner.orders == []
    QTest.keyClick(box, Qt.Key.Key_Escape)
    await answered(window)
    assert fakes.runner.orders == []
    assert len(window.composer.source.links()) == 1, "the order is still there"


async def test_enter_takes_what_fits_and_the_rest_is_shown_with_its_reason_and_a_retry(
    window: Any, fakes: FakeServices
) -> None:
    box = await asked(window)
    QTest.keyClick(box, Qt.Key.Key_Return)
    await until(lambda: fakes.runner.orders)
    first, *others = fakes.board
    assert first.status is Status.PENDING
    for job in others:
        assert job.failure is not None
        assert job.failure.code == "budget_exceeded"
        assert job.failure.message == (
            "Left out, so that the others stay within your budget of $0.01 for today: this note "
            "may cost up to $0.005."
        )
        row = window.findChild(QWidget, f"job:{job.template}")
        row.findChild(QPushButton, "jobRetryButton").click()
        assert job.id in fakes.runner.retried
    assert window.composer.source.links() == ()


async def test_the_limit_is_raised_at_its_own_field(window: Any, fakes: FakeServices) -> None:
    box = await asked(window)
    box.findChild(QPushButton, "raiseLimitButton").click()
    await until(lambda: window.findChild(QWidget, "settingsDialog"))
    dialog = window.findChild(QWidget, "settingsDialog")
    control = dialog.field("budget.day_usd").control
    await until(lambda: QApplication.focusWidget() in (control, *control.findChildren(QWidget)))
    assert dialog.tabs.tabText(dialog.tabs.currentIndex()) == "Budget"
    assert fakes.runner.orders == []
    dialog.reject()


async def test_the_notes_are_written_offline_this_once(window: Any, fakes: FakeServices) -> None:
    window.composer.templates.show_written_by("chapters@ollama")
    box = await asked(window)
    box.findChild(QPushButton, "writeOfflineButton").click()
    await until(lambda: fakes.runner.orders)
    assert fakes.runner.orders[0].engine is Engine.OFFLINE
    assert not fakes.runner.orders[0].written_by, "all of them"
    assert fakes.settings.current.text("general.engine") == Engine.AUTO, "no choice for good"


async def test_what_does_not_fit_at_all_cannot_be_begun(window: Any, fakes: FakeServices) -> None:
    fakes.preflight.over_budget = OverBudget("run", 0.001, 0.001, 0.012, (False,) * 3)
    box = await asked(window)
    assert choices(box) == ["Raise the limit…", "Write offline instead", "Cancel"]
    box.reject()
    await answered(window)
    assert fakes.runner.orders == []


async def test_a_budget_with_room_is_not_spoken_of(window: Any, fakes: FakeServices) -> None:
    fakes.preflight.over_budget = None
    window.composer.generate.click()
    window.composer.generate.click()
    await until(lambda: fakes.runner.orders)
    assert len(fakes.runner.orders) == 1, "pressed twice is ordered once"
    assert window.composer.source.links() == ()
