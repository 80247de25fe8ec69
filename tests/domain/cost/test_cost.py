"""What a note will take is estimated from the words, the plan and the prices, and learns."""

from __future__ import annotations

import math
import tomllib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given

from notegen_desktop.domain.cost.estimate import (
    OverBudget,
    answer_tokens,
    cached,
    estimate,
    over_budget,
)
from notegen_desktop.domain.cost.prices import Prices, prices_from_data
from notegen_desktop.domain.errors import InvalidSetting
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Mode, Usage
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.tokens import CACHE_FROM, count_tokens, video_tokens
from notegen_desktop.services.machine.templates.files import read_template
from tests.domain.talks import spoken, talk
from tests.places import RESOURCES
from tests.properties import texts

LITE = "gemini-3.5-flash-lite"


def table() -> dict[str, Any]:
    return tomllib.loads((RESOURCES / "prices.toml").read_text("utf-8"))


def prices() -> Prices:
    return prices_from_data(table(), origin="prices.toml")


def template(name: str) -> NoteTemplate:
    return read_template(RESOURCES / "templates" / f"{name}.toml", built_in=True)


# --- counting ------------------------------------------------------------------------------------


def test_four_latin_letters_are_a_token() -> None:
    text = "The essence of the matter is surveying fields. " * 100
    assert count_tokens(text) == pytest.approx(len(text) / 4, rel=0.02)


def test_other_scripts_take_more_tokens_for_as_many_letters() -> None:
    english, russian, arabic, chinese, korean = (
        count_tokens(letter * 1000) for letter in "aжع中가"
    )
    assert english < russian < arabic < korean < chinese <= 1000


def test_digits_count_one_by_one_and_nothing_counts_nothing() -> None:
    assert count_tokens("1234567890") == 10
    assert count_tokens("") == 0


def test_an_hour_of_talk_is_about_twelve_thousand_tokens() -> None:
    words = talk("state-of-openedx.auto.en.srt")
    an_hour = count_tokens(words.text) * 3600 / words.duration_s
    assert 10_000 < an_hour < 16_000


def test_an_hour_of_video_is_342_000_tokens_and_fewer_frames_make_it_cheaper() -> None:
    assert video_tokens(3600) == 342_000
    assert video_tokens(3600, fps=0.2) == 3600 * (14 + 25)
    assert video_tokens(-5) == 0


@given(texts(max_size=300), texts(max_size=300))
def test_counting_is_additive_but_for_rounding(a: str, b: str) -> None:
    together = count_tokens(a + b)
    assert count_tokens(a) + count_tokens(b) - 1 <= together <= count_tokens(a) + count_tokens(b)


# --- prices --------------------------------------------------------------------------------------


def test_the_table_has_a_date_and_the_known_prices() -> None:
    assert prices().checked > date(2026, 10, 31)
    million = Usage(1, 1_000_000, 0, 1_000_000)
    assert prices().cost(LITE, million) == pytest.approx(2.80)
    assert prices().cost("gemini-3.8-flash", million) == pytest.approx(4.50)
    assert prices().cost("gemini-4-hydrogen", million) == pytest.approx(9.00)
    assert prices().cost("gemini-4-neon", million) == pytest.approx(18.00)


@pytest.mark.parametrize(
    ("model", "last_day", "before", "after"),
    [
        ("gemini-flash-latest", date(2026, 12, 31), 4.50, 9.00),
        ("gemini-4-carbon", date(2026, 11, 30), 12.00, 24.00),
    ],
)
def test_a_price_holds_until_the_day_from_which_another_does(
    model: str, last_day: date, before: float, after: float
) -> None:
    million, next_day = Usage(1, 1_000_000, 0, 1_000_000), last_day + timedelta(days=1)
    assert prices().on(last_day).cost(model, million) == pytest.approx(before)
    assert prices().on(next_day).cost(model, million) == pytest.approx(after)
    assert prices().on(next_day).price(model).first_token_s == prices().price(model).first_token_s


def test_a_long_prompt_costs_more_where_the_model_has_tiers() -> None:
    pro = "gemini-3.1-pro-preview"
    assert prices().cost(pro, Usage(1, 200_000, 0, 1_000)) == pytest.approx(0.4 + 0.012)
    assert prices().cost(pro, Usage(1, 200_001, 100_000, 1_000)) == pytest.approx(0.458, abs=1e-4)
    assert prices().cost(pro, Usage(4, 400_000, 0, 0)) == pytest.approx(0.8), "100,000 each"


def test_in_a_batch_half_is_paid_for_all_but_what_the_cache_has() -> None:
    usage = Usage(1, 1_000_000, 400_000, 100_000, 20_000)
    usual, half = prices().price(LITE), prices().in_batch()
    expected = 600_000 * usual.input / 2 + 400_000 * usual.cached + 120_000 * usual.output / 2
    assert half.cost(LITE, usage) == pytest.approx(expected / 1e6)
    tiers = {"x": {"input": 1.0, "cached": 0.1, "output": 2.0, "above": {"10": {"input": 4.0}}}}
    long = prices_from_data(
        {"date": date(2026, 11, 1), "models": tiers, "batch": 0.25}, origin="x"
    ).in_batch()
    assert long.cost("x", Usage(1, 1_000_000, 0, 0)) == pytest.approx(1.0)


def test_what_costs_nothing_is_no_guess() -> None:
    free = {"free": {"input": 0.0, "cached": 0.0, "output": 0.0}}
    assert prices_from_data({"date": date(2026, 11, 1), "models": free}, origin="x").knows("any")


def test_cached_tokens_are_part_of_the_input_and_thoughts_cost_as_output() -> None:
    usage = Usage(1, 1_000_000, 900_000, 100_000, thought_tokens=100_000)
    assert prices().cost(LITE, usage) == pytest.approx(0.03 + 0.027 + 0.5)
    assert prices().cost(LITE, Usage(1, 10, 20, 0)) == pytest.approx(10 * 0.03 / 1e6)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gemini-flash-lite-latest", LITE),
        ("models/gemini-flash-lite-latest", LITE),
        ("gemini-flash-latest", "gemini-3.8-flash"),
        ("gemini-3.8-flash-001", "gemini-3.8-flash"),
        ("Gemini-4-Hydrogen-preview-11-2026", "gemini-4-hydrogen"),
        ("gemini-3.5-flash-lite-preview", LITE),
    ],
)
def test_a_name_that_always_moves_has_the_price_of_what_it_stands_for(
    name: str, model: str
) -> None:
    assert prices().price(name).model == model
    assert prices().knows(name)


@pytest.mark.parametrize("name", ["gemini-9-ultra", "gemini-3.8-flash-lite", "", "gemini-pro-x"])
def test_an_unknown_model_is_taken_for_the_dearest(name: str) -> None:
    for day in (date(2026, 11, 30), date(2026, 12, 1)):
        table = prices().on(day)
        assert not table.knows(name)
        assert table.price(name).output == max(price.output for price in table.models.values())


def changed(path: str, value: object) -> dict[str, Any]:
    data = table()
    *parents, last = path.split("/")
    place = data
    for parent in parents:
        place = place[parent]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        ("date", "yesterday", "date"),
        ("date", None, "date"),
        ("currency", "EUR", "currency"),
        ("surprise", 1, "surprise"),
        ("models", {}, "models"),
        (f"models/{LITE}", 3, "table"),
        (f"models/{LITE}/input", None, "missing"),
        (f"models/{LITE}/input", -1, "0 or more"),
        (f"models/{LITE}/output", "dear", "number"),
        (f"models/{LITE}/cached", True, "number"),
        (f"models/{LITE}/cached", math.nan, "number"),
        (f"models/{LITE}/discount", 1.0, "discount"),
        (f"models/{LITE}/tokens_per_second", 0, "more than 0"),
        (f"models/{LITE}/from", {"soon": {"input": 1.0}}, "2027-01-01"),
        (f"models/{LITE}/from", {"2027-01-01": {"price": 1.0}}, "from.2027-01-01”: unknown key"),
        (f"models/{LITE}/above", {"200000": 4.0}, "table"),
        ("aliases/gemini-flash-latest", "gemini-0", "gemini-0"),
        ("aliases", [], "aliases"),
        ("batch", 2, "0 to 1"),
        ("unknown", "gemini-0", "gemini-0"),
    ],
)
def test_a_wrong_price_table_is_refused_with_its_place(path: str, value: object, word: str) -> None:
    with pytest.raises(InvalidSetting, match=word) as caught:
        prices_from_data(changed(path, value), origin="mine.toml")
    assert caught.value.message.startswith("mine.toml: ")
    assert caught.value.hint


# --- estimating ----------------------------------------------------------------------------------

LONG = spoken(*["We guess a root and improve the guess by averaging it."] * 600)
SHORT = spoken("Only a few words.")
VIDEO = Video("v", "https://www.youtube.com/watch?v=v", duration_s=6000)


def foretold(name: str = "study-notes", **changes: Any) -> Any:
    wishes: dict[str, Any] = {"mode": Mode.TRANSCRIPT, "model": LITE, "prices": prices()}
    words = changes.pop("transcript", LONG)
    return estimate(template(name), changes.pop("video", VIDEO), words, **{**wishes, **changes})


def foretold_after_another(name: str = "study-notes", **changes: Any) -> Any:
    return cached(foretold(name, **changes), model=LITE, prices=prices())


def test_an_estimate_reads_the_words_once_and_prices_them() -> None:
    found = foretold()
    assert found.input_tokens > found.prefix_tokens > count_tokens(LONG.text)
    assert found.cached_tokens == 0
    assert found.cost_usd == pytest.approx(prices().cost(LITE, found.usage))
    assert found.seconds > 1


def test_the_second_note_of_a_long_video_reads_the_beginning_from_the_cache() -> None:
    first, second = foretold(), foretold_after_another()
    assert second.cached_tokens == second.prefix_tokens >= CACHE_FROM
    assert second.input_tokens == first.input_tokens
    assert second.cost_usd < first.cost_usd


def test_a_short_beginning_is_never_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notegen_desktop.domain.cost.estimate.CACHE_FROM", 20_000)
    found = foretold_after_another(transcript=SHORT, video=Video("v", "u", duration_s=10))
    assert found.prefix_tokens < 20_000
    assert found.cached_tokens == 0


def test_five_notes_of_an_hour_read_at_most_1_6_times_one_at_its_price() -> None:
    words = talk("state-of-openedx.auto.en.srt")
    video = Video("v", "u", duration_s=words.duration_s)
    names = ("basic-summary", "study-notes", "tutorial-guide", "flashcards", "chapters")
    found = [foretold(names[0], transcript=words, video=video)]
    found += [foretold_after_another(name, transcript=words, video=video) for name in names[1:]]
    price = prices().price(LITE)
    paid = [
        (e.input_tokens - e.cached_tokens) * price.input + e.cached_tokens * price.cached
        for e in found
    ]
    assert sum(paid) <= 1.6 * paid[0]


def test_watching_costs_more_than_reading_and_both_most() -> None:
    read, watched, both = (
        foretold(mode=mode).input_tokens for mode in (Mode.TRANSCRIPT, Mode.VIDEO, Mode.HYBRID)
    )
    assert read < watched < both
    assert watched > video_tokens(6000)


def test_a_longer_video_has_more_to_write() -> None:
    assert answer_tokens(template("chapters"), 5) < answer_tokens(template("chapters"), 60)
    assert 2_000 < answer_tokens(template("study-notes"), 60) < 20_000


def test_the_price_of_an_unlisted_model_is_marked_as_a_guess() -> None:
    assert foretold().exact_price
    assert not foretold(model="gemini-9").exact_price


def test_an_unsettled_mode_or_missing_words_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="settled"):
        foretold(mode=Mode.AUTO)
    with pytest.raises(ValueError, match="transcript"):
        foretold(transcript=None)


# --- budgets -------------------------------------------------------------------------------------


def over(notes: list[tuple[float, float]], left: float) -> OverBudget | None:
    return over_budget(notes, budget="day", limit_usd=1.0, left_usd=left)


def test_a_run_that_a_budget_has_room_for_meets_no_objection() -> None:
    assert over([], 0.0) is None
    assert over([(0.1, 0.1)] * 3, 0.1 + 0.1 + 0.1) is None, "a hair of rounding"
    assert over([(0.0, 0.0)], 0.0) is None, "stored, or written offline"


def test_what_is_held_for_the_last_note_must_fit_too() -> None:
    """More is held than is likely spent, so a run of 0.3 may need 0.4 at its end."""
    found = over([(0.1, 0.2)] * 3, 0.35)
    assert found is not None
    assert found.need_usd == pytest.approx(0.4)
    assert found.fits == (True, True, False)
    assert over([(0.1, 0.2)] * 3, 0.4) is None


def test_a_dear_note_does_not_stand_in_the_way_of_cheaper_ones() -> None:
    found = over([(0.1, 0.1), (0.5, 0.5), (0.0, 0.0), (0.1, 0.1)], 0.2)
    assert found is not None
    assert found.fits == (True, False, True, True)
    assert over([(0.5, 0.5)], 0.0) == OverBudget("day", 1.0, 0.0, 0.5, (False,))


def test_an_objection_names_the_budget_what_is_left_and_what_it_would_cost() -> None:
    assert OverBudget("run", 0.0005, 0.0001, 0.0123).words == (
        "This may cost up to $0.012, and $0.0001 is left of your budget of $0.0005 for this run."
    )
    assert OverBudget("month", 5.0, 1.0, 2.0).without(0.25) == (
        "Left out, so that the others stay within your budget of $5.00 for this month: this note "
        "may cost up to $0.25."
    )
