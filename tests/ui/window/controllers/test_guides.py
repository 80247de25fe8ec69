"""Guide over several videos, ordered in the library after its price is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.courses.course import COURSE_GUIDE
from notegen_desktop.domain.links.link import LinkKind
from notegen_desktop.ui.window.controllers.guides import GuideDialog
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices, make_note, make_video
from tests.ui.conftest import until
from tests.ui.window.test_main_window import Make

IDS = ("dQw4w9WgXcQ", "aircAruvnKk")


@pytest.fixture
async def window(main_window: Make, fakes: FakeServices) -> MainWindow:
    for number, one in enumerate(IDS):
        video = make_video(one, title=f"Talk {number + 1}")
        fakes.store.notes[f"n{number}"] = replace(make_note(note_id=f"n{number}"), video=video)
    window: MainWindow = main_window()
    return window


async def dialog_of(window: MainWindow) -> GuideDialog:
    await until(lambda: bool(window.findChildren(GuideDialog)))
    (dialog,) = window.findChildren(GuideDialog)
    await until(dialog.accept_button.isEnabled)
    return dialog


async def test_a_guide_over_videos_of_the_library_is_written_by_its_price(
    window: MainWindow, fakes: FakeServices
) -> None:
    window.library.guide_wanted.emit(list(IDS))
    dialog = await dialog_of(window)
    assert [dialog.list.item(row).text() for row in range(2)] == ["1. Talk 1", "2. Talk 2"]
    assert dialog.price.text()
    dialog.wish.setText("for beginners")
    await until(dialog.accept_button.isEnabled)
    dialog.accept_button.click()
    await until(lambda: bool(fakes.runner.orders))
    (order,) = fakes.runner.orders
    (course,) = order.links
    assert (course.kind, order.templates) == (LinkKind.COURSE, (COURSE_GUIDE,))
    assert [member.id for member in course.members] == list(IDS)
    assert (order.wish, order.pictures) == ("for beginners", 0)


async def test_one_video_alone_says_what_a_guide_is(window: MainWindow) -> None:
    window.library.ask_for_guide()
    assert "over several videos" in window.messages._text.text()
