"""Shortening of texts: between words, and never within a grapheme."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from notegen_desktop.ui.kit.elided import side_by_side
from notegen_desktop.ui.kit.text import shortened


@pytest.mark.parametrize(
    ("text", "chars", "cut"),
    [
        ("Graphs", 6, "Graphs"),
        ("Graphs and trees", 12, "Graphs and…"),
        ("Graphs and trees", 10, "Graphs and…"),
        ("A verylongwordthatdoesnotend", 12, "A verylongwo…"),
        ("Ten chars, and more", 11, "Ten chars,…"),
        ("e\u0301" * 5, 3, "e\u0301…"),
        ("नमस्ते दुनिया", 5, "नमस्…"),
    ],
)
def test_words_are_cut_between_words_and_letters(text: str, chars: int, cut: str) -> None:
    assert shortened(text, chars) == cut


def test_words_without_spaces_are_cut_where_the_room_ends() -> None:
    assert shortened("检" * 300, 200) == "检" * 200 + "…"


def test_a_name_of_the_other_direction_does_not_turn_a_line_of_facts_round(qapp) -> None:
    assert side_by_side("Small Lectures · 10:00") == "Small Lectures · 10:00"
    assert side_by_side("قناة العلوم · 10:00") == (
        "\u200e\u2068قناة العلوم\u2069 · \u206810:00\u2069"
    )


def test_no_fact_is_taken_apart_in_a_window_from_right_to_left(qapp) -> None:
    direction = qapp.layoutDirection()
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        line = side_by_side("قناة · gemini-3.5 · 1 ديسمبر 2026")
    finally:
        qapp.setLayoutDirection(direction)
    assert line == "\u200f\u2068قناة\u2069 · \u2068gemini-3.5\u2069 · \u20681 ديسمبر 2026\u2069"
