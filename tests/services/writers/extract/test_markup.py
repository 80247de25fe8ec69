"""Quotes as Markdown."""

from __future__ import annotations

import pytest

from notegen_desktop.services.writers.extract import markup
from notegen_desktop.services.writers.extract.analysis import Analysis

from .talks import transcript


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("two * three * four", r"two \* three \* four"),
        ("a [link](there)", r"a \[link\](there)"),
        ("<b>bold</b>", r"\<b\>bold\</b\>"),
        ("_slanted_ words", r"\_slanted\_ words"),
        ("snake_case stays", "snake_case stays"),
        ("the gap ___ stays", "the gap ___ stays"),
        ("# no heading", r"\# no heading"),
        ("1. no list", r"1\. no list"),
        ("3.5 metres", "3.5 metres"),
        ("- no bullet", r"\- no bullet"),
    ],
)
def test_what_was_said_never_turns_into_markup(said: str, shown: str) -> None:
    assert markup.escaped(said) == shown


def test_what_was_said_in_one_go_stays_together_with_its_time() -> None:
    lines = ["The first thing is this.", "The second thing is that.", "A third thing came late."]
    first, second, third = Analysis(transcript(lines, "en")).sentences

    assert markup.passages([first, second], timed=True) == (
        "The first thing is this. The second thing is that. *(0:00)*"
    )
    assert markup.passages([first, third], timed=False) == (
        "The first thing is this.\n\nA third thing came late."
    )


def test_lists_count_or_tick() -> None:
    one, other = Analysis(
        transcript(["The first thing is.", "The second thing is."], "en")
    ).sentences

    assert (
        markup.bullets([one, other], mark="1.") == "1. The first thing is.\n2. The second thing is."
    )
    assert markup.bullets([one], mark="- [ ]") == "- [ ] The first thing is."
    assert markup.bullets([other], timed=True).endswith("*(0:01)*")


def test_chinese_sentences_follow_each_other_without_a_space() -> None:
    sentences = Analysis(transcript(["我们学习语言。", "语言很重要。"], "zh")).sentences

    assert markup.prose(sentences) == "我们学习语言。语言很重要。"
