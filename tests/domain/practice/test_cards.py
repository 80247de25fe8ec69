"""What a note asks becomes its cards, each with its own places, and keeps its id."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.domain.practice.cards import Card, CardKind, cards_of, cards_of_sections
from tests.fakes.notes import a_note
from tests.properties import texts

CITES = (
    Cite(10.0, 12.0, True, 1),
    Cite(20.0, 22.0, False, 2),
    Cite(30.0, 32.0, True, 3),
)
WRITTEN = """**Why does rereading deceive?** [^1]

It feels *easy*. [^1]

**Explain what a gap does.**

It makes recall harder. [^2]

- and that helps

**1. Was ist „Lernen“?**

Üben. [^3]"""
QUOTED = (
    "**Q:** What is “retrieval”?  \n**A:** To bring it back. [^1]\n\n**Q:** How many?  \n**A:** 4"
)
NUMBERED = (
    "1. **What halts?**\n   A machine. [^1]\n\n   Always.\n2. **What does not?** Another. [^2]"
)
TERMS = """- **Spacing** (spaced practice): over *several* days [^1]
  - and not in one
- **Big-O:** an upper bound $O(n)$ [^2]
- **Heap** – a tree. [^3]"""


def section(text: str, heading: str = "Questions", **levels: str) -> Section:
    texts = {"concise": text, "standard": text, "comprehensive": text} | levels
    return Section(heading, CITES, **texts)


def told(card: Card) -> tuple[str, str]:
    return card.asks, card.section.standard


def cards(*sections: Section, template: str = "study-notes") -> tuple[Card, ...]:
    return cards_of(a_note(template=template, sections=sections))


def test_questions_in_bold_are_cards_with_their_answers() -> None:
    found = cards(section(WRITTEN))
    assert [told(card) for card in found] == [
        ("Why does rereading deceive?", "It feels *easy*. [^1]"),
        ("Explain what a gap does.", "It makes recall harder. [^2]\n\n- and that helps"),
        ("Was ist „Lernen“?", "Üben. [^3]"),
    ]
    assert {card.kind for card in found} == {CardKind.QUESTION}


def test_questions_of_the_offline_engine_are_read_too() -> None:
    found = cards(section(QUOTED))
    assert [told(card) for card in found] == [
        ("What is “retrieval”?", "To bring it back. [^1]"),
        ("How many?", "4"),
    ]


def test_questions_in_a_list_keep_the_paragraphs_of_their_answers() -> None:
    found = cards(section(NUMBERED))
    assert [told(card) for card in found] == [
        ("What halts?", "A machine. [^1]\n\nAlways."),
        ("What does not?", "Another. [^2]"),
    ]


@pytest.mark.parametrize("heading", ["Key terms", "Terms", "Schlüsselbegriffe", "Термины", "用語"])
def test_terms_ask_for_their_meaning(heading: str) -> None:
    found = cards(section(TERMS, heading))
    assert [told(card) for card in found] == [
        ("Spacing (spaced practice)", "over *several* days [^1]\n- and not in one"),
        ("Big-O", "an upper bound $O(n)$ [^2]"),
        ("Heap", "a tree. [^3]"),
    ]
    assert {card.kind for card in found} == {CardKind.TERM}


def test_bold_points_of_other_sections_are_no_cards() -> None:
    points = "- **Spacing**: helps. [^1]\n- **Testing**: helps more. [^2]"
    labels = "**Background**\n\nThe story. [^1]\n\n**Result**\n\nIt works."
    mixed = "- **Gaps.** They help.\n- **How long?** A day.\n- **Mixing.** It helps."
    assert cards(*(section(each, "Findings") for each in (points, labels, mixed))) == ()


def test_a_card_has_the_places_of_its_own_answer() -> None:
    first, second, _ = cards(section(WRITTEN))
    assert [cite.start_s for cite in first.section.cites] == [10.0]
    assert (first.is_doubtful, second.is_doubtful) == (False, True)


def test_an_answer_without_a_place_has_those_of_its_section() -> None:
    text = "**Why?**\n\nSo.\n\n**When?**\n\nThen. [^1]"
    first, second = cards(Section("Questions", CITES[:2], text, text, text))
    assert [cite.n for cite in first.section.cites] == [2]
    assert [cite.n for cite in second.section.cites] == [1]


def test_levels_give_the_same_cards_shorter_and_longer_answers() -> None:
    brief = "**Why?**\n\nSo."
    full = "**Why?**\n\nSo, because of this.\n\n**When?**\n\nThen."
    first, second = cards(section(full, concise=brief))
    assert first.section.concise == "So."
    assert first.section.standard == "So, because of this."
    assert second.section.concise == ""
    assert second.section.shown_at(Level.CONCISE) == "Then."


FLASHCARDS = (
    Section("What is a heap?", CITES[:1], "A tree. [^1]", "A tree, because … [^1]", ""),
    Section("A heap is built in ___ time.", CITES[1:], "**linear** [^2]", "Linear. [^2]", ""),
    Section("Define order.", (), "A relation that is transitive and so on, and on" * 3, "", ""),
)


def test_flashcards_ask_by_their_headings() -> None:
    first, gap, last = cards(*FLASHCARDS, template="flashcards")
    assert (first.kind, first.asks) == (CardKind.CARD, "What is a heap?")
    assert (gap.kind, gap.gap) == (CardKind.CLOZE, "linear")
    assert gap.filled == ("A heap is built in ", "linear", " time.")
    assert last.kind is CardKind.CARD
    assert cards(*FLASHCARDS[:2]) == ()  # two headings of another template


def test_a_template_of_ones_own_that_only_asks_has_cards() -> None:
    asked = tuple(replace(FLASHCARDS[0], heading=f"What is {n}?") for n in range(3))
    assert len(cards(*asked, template="my-cards")) == 3


def test_of_a_quiz_the_options_are_asked() -> None:
    options = "- A) Sand\n- B) Silt\n- C) Mud\n- D) Clay"
    text = f"{options}\n\n**B** Silt, because it is light. [^1]"
    (card,) = cards(Section("What floats?", CITES, text, text, text), template="quiz")
    assert (card.kind, card.choices) == (CardKind.QUIZ, options)
    assert card.section.standard == "**B** Silt, because it is light. [^1]"


def test_ids_stay_while_the_question_stays() -> None:
    before = cards(section(WRITTEN))
    moved = cards(section(TERMS, "Terms"), section("**New?**\n\nYes.\n\n" + WRITTEN))
    reworded = cards(section(WRITTEN.replace("easy", "hard").replace("[^1]", "[^3]")))
    other = cards(section(WRITTEN), template="tutorial-guide")
    ids = [card.id for card in before]
    assert [card.id for card in moved if card.kind is CardKind.QUESTION][1:] == ids
    assert [card.id for card in reworded] == ids
    assert not {card.id for card in other} & set(ids)
    assert len(set(ids)) == 3


def test_the_same_question_twice_is_two_cards() -> None:
    twice = cards(section("**Why?**\n\nSo."), section("**Why?**\n\nTherefore."))
    assert len({card.id for card in twice}) == 2


def test_formulas_stay_in_what_is_asked() -> None:
    (card,) = cards(section(r"**What is `x` in $a_{1}\_c$?**" + "\n\nTwo."))
    assert card.asks == r"What is x in $a_{1}\_c$?"


def test_a_deck_of_a_note_without_cards_has_its_sections() -> None:
    note = a_note()
    assert cards_of(note) == ()
    assert [card.asks for card in cards_of_sections(note)] == [s.heading for s in note.sections]


_pieces = st.sampled_from(
    [
        "**",
        "Q:",
        "A:",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "___",
        "?",
        ":",
        "[^1]",
        "$",
        "`",
        "\\",
        "x",
    ]
) | texts(max_size=2)


@given(st.lists(_pieces, max_size=40).map("".join), st.sampled_from(["flashcards", "study-notes"]))
def test_no_text_breaks_the_reader(text: str, template: str) -> None:
    note: Note = a_note(template=template, sections=(section(text, "Terms"), section(text, text)))
    found = cards_of(note)
    assert len({card.id for card in found}) == len(found)
    assert all(card.asks for card in found) or template == "study-notes"
