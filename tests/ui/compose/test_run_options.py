"""Options of a run, such as second look and instructions, shown only with a model as engine.

They cover no other control at any height of the window.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from notegen_desktop.domain.engines.connection import connection_of
from notegen_desktop.domain.links.link import Reject
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.ports import JobEstimate
from notegen_desktop.ui.kit.job_text import estimate_words
from tests.fakes.services import FakeServices
from tests.ui.conftest import until


@pytest.mark.parametrize("rejects", [2, 3, 9])
async def test_in_the_lowest_window_nothing_of_an_order_is_cut(main_window, rejects: int) -> None:
    window = main_window()
    window.resize(960, 600)
    window.composer.show_key(known=False)
    window.add_text("\n".join(f"https://youtu.be/video00000{n}" for n in range(5)))
    window.composer.source.show_rejects(
        Reject(f"lecture {n}.vtt", "This file is not there (any more).") for n in range(rejects)
    )
    area = window.findChild(QScrollArea, "orderArea")
    await until(lambda: area.verticalScrollBar().maximum() == 0)


async def test_the_name_of_a_connection_has_room_and_is_told_in_full(
    main_window, fakes: FakeServices
) -> None:
    known, long = fakes.connections, "my-gateway-in-the-cellar-of-the-institute"
    known.keep(connection_of("ollama", "", known.presets, model="qwen3:8b"))
    known.keep(replace(known.get("ollama"), name=long))
    window = main_window()
    window.resize(960, 600)
    engine = window.composer.engine
    await until(lambda: engine.findData(long) >= 0)
    usual = engine.width()
    for name, is_told in (("ollama", False), (long, True)):
        engine.setCurrentIndex(engine.findData(name))
        await until(lambda: engine.width() > usual)
        engine.grab()
        assert (long in engine.toolTip()) is is_told


async def test_a_second_look_is_asked_for_by_a_tick_and_kept(
    main_window, fakes: FakeServices
) -> None:
    window = main_window()
    composer = window.composer
    composer.engine.setCurrentIndex(composer.engine.findData(Engine.GEMINI))
    assert composer.review.isVisible()
    assert not composer.order().review
    composer.review.click()
    assert composer.order().review
    await until(lambda: fakes.settings.current.flag("general.review"))
    composer.review.click()
    await until(lambda: not fakes.settings.current.flag("general.review"))


async def test_the_setting_ticks_it(main_window, fakes: FakeServices) -> None:
    fakes.settings.change({"general.review": True})
    window = main_window()
    assert window.composer.review.isChecked()


async def test_it_is_not_offered_without_a_model(main_window, fakes: FakeServices) -> None:
    window = main_window()
    composer = window.composer
    composer.review.setChecked(True)
    composer.engine.setCurrentIndex(composer.engine.findData(Engine.OFFLINE))
    assert not composer.review.isVisible()
    assert not composer.order().review
    composer.engine.setCurrentIndex(composer.engine.findData(Engine.AUTO))
    composer.show_key(known=False)
    assert not composer.review.isVisible()
    composer.show_key(known=True)
    assert composer.order().review


async def test_without_a_key_only_what_can_be_quoted_is_ordered(main_window) -> None:
    composer = main_window().composer
    composer.templates.tick(["basic-summary", "minutes"])
    composer.show_key(known=False)
    assert composer.order().templates == ("basic-summary",)
    composer.show_key(known=True)
    assert composer.order().templates == ("basic-summary", "minutes")


async def test_a_wish_is_ordered_only_of_a_model(main_window) -> None:
    composer = main_window().composer
    composer.wish.setText("for beginners")
    composer.show_key(known=True)
    assert composer.wish.isVisible()
    assert composer.order().wish == "for beginners"
    composer.engine.setCurrentIndex(composer.engine.findData(Engine.OFFLINE))
    assert not composer.wish.isVisible()
    assert composer.order().wish == "", "or a quote would be made anew for each wish"


async def test_what_a_lacking_key_means_is_told_of_the_engine_chosen(main_window) -> None:
    composer = main_window().composer
    words = composer.findChild(QLabel, "keyNoteWords")
    composer.show_key(known=False)
    for engine, told in (
        (Engine.AUTO, "Auto is the offline engine"),
        (Engine.GEMINI, "Gemini needs one"),
        (Engine.GEMINI_LEGACY, "Gemini needs one"),
        (Engine.OFFLINE, ""),
    ):
        composer.engine.setCurrentIndex(composer.engine.findData(engine))
        assert words.isVisible() is bool(told)
        assert told in words.text()


@pytest.mark.parametrize("known", [True, False])
async def test_nothing_is_squeezed_in_a_window_of_any_height(main_window, known: bool) -> None:
    window = main_window()
    window.setMinimumSize(0, 0)
    composer = window.composer
    composer.engine.setCurrentIndex(composer.engine.findData(Engine.GEMINI))
    composer.show_key(known=known)
    rows, area = composer.templates.list, composer.findChild(QScrollArea, "orderArea")
    for links in range(4):
        window.add_text(f"https://youtu.be/video00000{links}" if links else "")
        for height in (800, 600, 512, 472, 432):
            window.resize(910, height)
            await until(lambda: not _squeezed(composer), "all of it laid out")
            assert rows.height() >= 2 * rows.sizeHintForRow(0)
            assert _is_inside(composer.generate, composer)
            for part in (composer.source.field, rows, composer.review, composer.wish):
                await until(
                    lambda part=part: _is_reached(part, area), f"{part.objectName()}, {height} px"
                )


def _is_reached(part: QWidget, area: QScrollArea) -> bool:
    area.verticalScrollBar().setValue(part.mapTo(area.widget(), QPoint()).y())
    return _is_inside(part, area.viewport())


def _is_inside(part: QWidget, frame: QWidget) -> bool:
    return frame.rect().contains(QRect(part.mapTo(frame, QPoint()), part.size()))


def _squeezed(composer: QWidget) -> list[str]:
    """Return the visible widgets that are lower than their minimum height, in pixels."""
    return [
        f"{type(part).__name__} {part.objectName()}: {part.height()}"
        for part in composer.findChildren(QWidget)
        if part.isVisible() and part.height() < _least(part)
    ]


def _least(part: QWidget) -> int:
    return min(part.minimumHeight() or part.minimumSizeHint().height(), part.maximumHeight())


def test_its_price_is_named() -> None:
    note = JobEstimate("v", "chapters", 14_000, 0, 9_000, 0.031, 20.0, review_usd=0.006)
    assert "$0.031, with the second look" in estimate_words([note], at_once=1)
    assert "a guess" not in estimate_words([note], at_once=1)
    assert "a guess" in estimate_words([replace(note, guessed=True)], at_once=1)
    stored = JobEstimate(
        "v", "chapters", 3_000, 0, 300, 0.002, 4.0, stored=True, requests=1, review_usd=0.002
    )
    assert "$0.002, with the second look" in estimate_words([stored], at_once=1)
    assert "all stored already" in estimate_words([stored], at_once=1)


async def test_over_night_is_offered_of_gemini_and_said_on_the_button(
    main_window, fakes: FakeServices
) -> None:
    window = main_window()
    composer = window.composer
    composer.show_key(known=True)
    composer.engine.setCurrentIndex(composer.engine.findData(Engine.GEMINI))
    window.add_text("https://youtu.be/dQw4w9WgXcQ")
    assert composer.overnight.isVisible()
    composer.overnight.click()
    assert composer.order().overnight
    assert composer.generate.text().endswith(" over night")
    composer.engine.setCurrentIndex(composer.engine.findData(Engine.OFFLINE))
    assert not composer.overnight.isVisible()
    assert not composer.order().overnight
    assert composer.generate.text().startswith("Generate ")
    composer.engine.setCurrentIndex(composer.engine.findData(Engine.GEMINI))
    await until(lambda: "half the usual price" in composer.estimate.text())
    assert "within 24 hours, mostly sooner" in composer.estimate.text()
    composer.generate.click()
    await until(lambda: bool(fakes.runner.orders))
    assert fakes.runner.orders[-1].overnight
    assert not composer.overnight.isChecked(), "it is a choice for one order"
