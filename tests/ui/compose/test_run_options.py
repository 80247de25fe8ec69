"""The second look is an option of a run: kept, priced, and offered only where a model writes."""

from __future__ import annotations

from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.ports import JobEstimate
from notegen_desktop.ui.kit.job_text import estimate_words
from tests.fakes.services import FakeServices
from tests.ui.conftest import until


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


def test_its_price_is_named() -> None:
    note = JobEstimate("v", "chapters", 14_000, 0, 9_000, 0.031, 20.0, review_usd=0.006)
    assert "$0.031 with the second look" in estimate_words([note], at_once=1)
    stored = JobEstimate(
        "v", "chapters", 3_000, 0, 300, 0.002, 4.0, stored=True, requests=1, review_usd=0.002
    )
    assert "$0.002 with the second look" in estimate_words([stored], at_once=1)
    assert "all stored already" in estimate_words([stored], at_once=1)
