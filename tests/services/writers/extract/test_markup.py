"""Quotes as Markdown."""

from __future__ import annotations

import pytest

from notegen_desktop.domain.notes.citations import without_references
from notegen_desktop.services.markup.html import to_html
from notegen_desktop.services.writers.extract import markup
from notegen_desktop.services.writers.extract.analysis import Analysis

from .talks import transcript


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("two * three * four", r"two \* three \* four"),
        ("a [link](there)", r"a \[link](there)"),
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


@pytest.mark.parametrize("said", ["C# for [beginners]", "[Applause] Thank you.", "see [12] there"])
def test_brackets_are_neither_a_formula_nor_a_label(said: str) -> None:
    """`\\[x\\]` is a formula of LaTeX's."""
    written = markup.escaped(said)
    assert to_html(written).strip() == f"<p>{said}</p>"
    assert without_references(written) == written


def test_each_sentence_ends_with_its_label_and_passages_hold_what_was_said_in_one_go() -> None:
    lines = ["The first thing is this.", "The second thing is that.", "A third thing came late."]
    first, second, third = Analysis(transcript(lines, "en")).sentences

    assert markup.passages([[first], [second]]) == (
        "The first thing is this. [1] The second thing is that. [2]"
    )
    assert markup.passages([[first], [third]]) == (
        "The first thing is this. [1]\n\nA third thing came late. [3]"
    )


def test_lists_have_bullets_or_boxes() -> None:
    one, other = Analysis(
        transcript(["The first thing is.", "The second thing is."], "en")
    ).sentences

    assert markup.bullets([[one], [other]]) == (
        "- The first thing is. [1]\n- The second thing is. [2]"
    )
    assert markup.bullets([[one, other]], mark="- [ ]") == (
        "- [ ] The first thing is. [1] The second thing is. [2]"
    )


def test_a_quote_begins_without_its_connectives_and_goes_on_with_them() -> None:
    one, other = Analysis(
        transcript(["And so, well, bees fly far.", "But wasps do not fly far."], "en")
    ).sentences

    assert markup.quote([one, other]) == "Bees fly far. [1] But wasps do not fly far. [2]"
