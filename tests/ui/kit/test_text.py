"""Words are cut where people would: between words, and never within a letter."""

from __future__ import annotations

import pytest

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
