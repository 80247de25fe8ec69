"""Mapping of scroll positions between note and transcript, and the reader's line on a page."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.ui.kit.scrolling import reading_line_at, scroll_value_for
from notegen_desktop.ui.window.side_panes.scroll_sync import Pairing


def test_between_two_cited_passages_the_note_is_between_their_sections() -> None:
    pairing = Pairing([[10, 11], [30], [50, 90]], 100)
    assert pairing.place_of(0) == -1
    assert pairing.place_of(10) == 0
    assert pairing.place_of(20) == 0.5
    assert pairing.place_of(30) == 1
    assert pairing.place_of(100) == 3


def test_a_section_told_out_of_turn_does_not_pull_the_note_to_and_fro() -> None:
    pairing = Pairing([[80], [10], [30], [5], [50]], 100)
    places = [pairing.place_of(row / 4) for row in range(400)]
    assert places == sorted(places)
    assert (pairing.place_of(10), pairing.place_of(30), pairing.place_of(50)) == (1, 2, 4)


def test_without_cites_the_ends_go_together() -> None:
    pairing = Pairing([[], []], 100)
    assert pairing.place_of(0) == -1
    assert pairing.place_of(100) == 2
    assert pairing.rows_of(0.5) == ()


def test_the_passages_of_a_long_section_come_one_after_the_other() -> None:
    pairing = Pairing([list(range(10, 31))], 100)
    assert pairing.rows_of(0.0)[0] == 10
    assert pairing.rows_of(0.5) == [18, 19, 20, 21, 22]
    assert pairing.rows_of(0.99) == [28, 29, 30]
    assert pairing.rows_of(-0.5) == ()
    assert pairing.rows_of(1.0) == ()


@given(
    st.lists(st.lists(st.integers(0, 999), max_size=4).map(lambda rows: sorted(set(rows)))),
    st.lists(st.floats(0, 1000), min_size=2),
)
def test_who_scrolls_on_is_never_taken_back(rows: list[list[int]], at: list[float]) -> None:
    pairing = Pairing(rows, 1000)
    places = [pairing.place_of(each) for each in sorted(at)]
    assert all(a <= b + 1e-9 for a, b in pairwise(places))
    assert all(-1 <= place <= len(rows) for place in places)


@given(st.floats(0, 1), st.integers(1, 5000), st.integers(0, 500_000))
def test_the_eyes_reach_both_ends_and_come_back_to_where_they_were(
    share: float, page: int, most: int
) -> None:
    value = share * most
    eye = reading_line_at(value, page=page, most=most)
    assert scroll_value_for(eye, page=page, most=most) == pytest.approx(value, abs=1e-3)
    assert value - 1e-6 <= eye <= value + page + 1e-6
    assert reading_line_at(0, page=page, most=most) == (
        0 if most else reading_line_at(most, page=page, most=most)
    )
    assert reading_line_at(most, page=page, most=most) == most + page


def test_in_the_middle_the_eyes_are_a_third_down_the_page() -> None:
    assert reading_line_at(5000, page=600, most=20_000) == 5200
