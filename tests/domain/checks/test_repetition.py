"""What goes round in circles is seen early, and what only resembles it is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from notegen_desktop.domain.checks.repetition import ends_in_repetition, repeated_sections
from notegen_desktop.domain.notes.note import DraftSection
from tests.domain.talks import talk
from tests.places import SHARED

CIRCLES = {
    "a turn of phrase": " and so on",
    "a word": "very ",
    "a character": "0",
    "empty lines": "\n",
    "blanks": " ",
    "tabs and line ends": "\\t\\n",
    "a sentence": "The plant turns light into sugar, and the sugar feeds the plant. ",
    "an item": "- Food begins with photosynthesis.\n",
    "a paragraph": "Light is taken in by the leaf. Water comes from the root. "
    "Both meet in the chloroplast, where sugar is built step by step.\n\n",
    "a row": "| yes | no | yes |\n",
    "Chinese": "植物把光变成糖，",
    "an empty list": '"", ',
}


@pytest.mark.parametrize("kind", CIRCLES)
def test_a_passage_over_and_over_is_seen_before_long(kind: str) -> None:
    before = "The talk begins with leaves and roots, and then comes to light. "
    passage, text = CIRCLES[kind], before
    while not ends_in_repetition(text):
        text += passage
        assert len(text) < 3_000
    assert text.count(passage) >= 5


def test_a_passage_that_only_counts_on_is_seen_too() -> None:
    text = "".join(
        f"Step {n}: press the green button and wait for {n + 3} seconds.\n" for n in range(60)
    )
    assert ends_in_repetition(text)


def test_labels_without_end_are_seen_too() -> None:
    labels = [f'"{n}", ' for n in range(1, 400)]
    assert ends_in_repetition('"cites": [' + "".join(labels))
    assert not ends_in_repetition('"cites": [' + "".join(labels[:60]))


REFRAIN = "Row, row, row your boat, gently down the stream,\nmerrily, merrily, life is a dream.\n"
FINE = {
    "a refrain": REFRAIN * 4,
    "verses with a refrain": "".join(
        f"Verse {n} of {n * 7} words here.\n{REFRAIN}" for n in "12345678"
    ),
    "a table of numbers": "| year | a | b |\n|---|---|---|\n"
    + "".join(f"| {1950 + n} | {n * 37 % 91}.{n % 7} | {n * n % 83} |\n" for n in range(80)),
    "yes and no": "".join(
        f"| case {n} | {'yes' if n % 3 else 'no'} | {'no' if n % 5 else 'yes'} |\n"
        for n in range(70)
    ),
    "a rule": "-" * 120 + "\n" + "=" * 200,
    "a multiplication table": "".join(
        f"{a} times {b} is {a * b}\n" for a in range(2, 10) for b in range(2, 10)
    ),
    "an alphabet": "".join(f"- {chr(97 + n)}: the letter {chr(97 + n)}\n" for n in range(26)),
    "ha": "ha " * 40,
    "code": "".join(f"    case {n}:\n        return names[{n}];\n" for n in range(12)),
    "a matrix": "1 & 0 & 0 & 0 \\\\\n0 & 1 & 0 & 0 \\\\\n0 & 0 & 1 & 0 \\\\\n0 & 0 & 0 & 1\n" * 2,
}


@pytest.mark.parametrize("kind", FINE)
def test_what_repeats_itself_rightly_is_left_alone(kind: str) -> None:
    text = FINE[kind]
    assert not any(ends_in_repetition(text[:end]) for end in range(1, len(text) + 1, 7))


@pytest.mark.parametrize(
    "name", ["sicp-lec1a.en.srt", "scotus-sffa-v-unc_2022.en.vtt", "sicp-lec8a.zh.srt"]
)
def test_no_real_talk_goes_in_circles(name: str) -> None:
    text = talk(name).text
    assert not any(ends_in_repetition(text[:end]) for end in range(500, len(text), 500))


def test_notes_of_a_strong_model_do_not() -> None:
    folder = SHARED / "data" / "cases" / "notes" / "sicp-lec1a"
    if not folder.is_dir():
        pytest.skip("the notes are not on this machine")
    for path in sorted(folder.glob("*.json")):
        sections = _sections(path)
        assert not any(
            ends_in_repetition(text[:end])
            for section in sections
            for text in [section.comprehensive]
            for end in range(500, len(text) + 500, 500)
        ), path.stem
        assert not any(repeated_sections(sections[:n]) for n in range(len(sections))), path.stem


def _sections(path: Path) -> list[DraftSection]:
    return [
        DraftSection(s["heading"], (), s["concise"], s["standard"], s["comprehensive"])
        for s in json.loads(path.read_text("utf-8"))["sections"]
    ]


def test_sections_that_say_the_same_are_counted_and_short_cards_are_not() -> None:
    words = "Light splits water into oxygen and hydrogen in the thylakoid membranes of leaf number"
    same = [DraftSection(f"Light {n}", (), "a", "b", f"{words} {n}.") for n in range(12)]
    assert not repeated_sections(same[:8])
    assert repeated_sections(same) >= 8
    cards = [DraftSection(f"Is {n} even?", (), "Yes.", "Yes.", "Yes, it is.") for n in range(40)]
    assert not repeated_sections(cards)
