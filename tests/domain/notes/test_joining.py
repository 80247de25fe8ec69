"""Texts of several parts as one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.notes.merging import alike, joined, key_of
from tests.properties import texts


def test_bullet_lists_go_on_and_say_nothing_twice() -> None:
    first = "- **Delta**: where a river slows down.\n- **Silt**: the finest grains."
    second = "* **Silt**: the finest grains of all, which travel farthest.\n* **Dam**: a wall."
    assert joined([first, second]).split("\n") == [
        "- **Delta**: where a river slows down.",
        "- **Silt**: the finest grains of all, which travel farthest.",
        "- **Dam**: a wall.",
    ]


def test_numbers_run_on() -> None:
    assert joined(["1. Dig.\n2. Pour.", "1. Wait."]) == "1. Dig.\n2. Pour.\n3. Wait."


def test_an_item_keeps_the_lines_that_belong_to_it() -> None:
    first = "- Mix the sand.\n  - Slowly.\n- Wait."
    assert joined([first, "- Pour."]) == f"{first}\n- Pour."


def test_tables_of_the_same_head_become_one() -> None:
    head = "| Year | Event |\n| --- | --- |"
    first, second = f"{head}\n| 1928 | Dam |", f"{head}\n| 1938 | The coast moves |"
    assert joined([first, second]) == f"{head}\n| 1928 | Dam |\n| 1938 | The coast moves |"


def test_questions_stay_with_their_answers() -> None:
    first = "**Why does sand sink?**\n\nYes, because water slows.\n\n**Is it fast?**\n\nNo."
    second = "**Is it coarse?**\n\nNo."
    result = joined([first, second])
    assert result == f"{first}\n\n{second}", "a short answer may well be given twice"


def test_the_same_question_is_asked_once() -> None:
    one = "**Why does sand sink to the ground here?**\n\nBecause the water slows down."
    assert joined([one, one]) == one


def test_words_that_announce_a_list_go_when_the_list_goes_on_above() -> None:
    first = "These matter:\n\n- One thing.\n- Another."
    second = "Remember these as well:\n\n- A third."
    assert joined([first, second]) == "These matter:\n\n- One thing.\n- Another.\n- A third."


def test_paragraphs_follow_each_other_and_doubles_go() -> None:
    first = "The river carries sand down to the quiet sea."
    other = "Nothing of this holds for a glacier, which carries whatever it meets."
    assert joined([first, "", first.upper(), other]) == f"{first.upper()}\n\n{other}" or (
        joined([first, "", first.upper(), other]) == f"{first}\n\n{other}"
    )


def test_code_is_not_torn_apart() -> None:
    code = "```python\nx = 1\n\ny = 2\n```"
    assert joined(["Run this.", code]) == f"Run this.\n\n{code}"


def test_what_differs_in_its_numbers_is_not_the_same() -> None:
    dam = "In {} engineers closed the dam, and soon the coast at the mouth of the river moved back."
    assert not alike(dam.format(1928), dam.format(1938))
    assert alike("Sand sinks to the ground, slowly.", "sand sinks to the ground — slowly")


words = texts("abcdef \n-*|1.#`", max_size=80)


@given(st.lists(words, max_size=5))
def test_no_text_breaks_it_and_no_word_is_made_up(texts: list[str]) -> None:
    result = joined(texts)
    known = set(key_of(" ".join(texts)).split())
    new = {word for word in key_of(result).split() if not word.isdigit()} - known
    assert not new


@given(words)
def test_one_text_stays_as_it_is(text: str) -> None:
    assert joined([text]) == text.strip()
    assert joined(["", text, " "]) == text.strip()
