"""What small models wrote of a passage is put right where it can be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.checks.small_sections import clean_section
from notegen_desktop.domain.notes.note import DraftSection, Level
from notegen_desktop.domain.text.phrases import without_reporting
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from tests.fakes.assignments import template

BAKER = (
    "A sourdough starter is a jar of flour and water in which wild yeast lives.",
    "You feed it every day, because the yeast has eaten the flour by then.",
    "In a cold kitchen the yeast works slowly, so the dough needs a whole night.",
    "I am sorry to say that bleach in the water kills it.",
)
PASSAGE = Transcript(
    "en",
    TranscriptKind.MANUAL,
    tuple(Segment(str(n), 5.0 * n, 5.0 * n + 5.0, words) for n, words in enumerate(BAKER, 1)),
)
TOPIC = replace(
    template("basic-summary"),
    sections=tuple(
        replace(plan, min=1, max=1) for plan in template("basic-summary").sections if plan.repeat
    ),
)


def put(heading: str, *texts: str, taken: tuple[str, ...] = (), cut: bool = False) -> DraftSection:
    concise, standard, comprehensive = texts
    section = DraftSection(heading, (), concise, standard, comprehensive)
    found = clean_section(section, TOPIC, PASSAGE, taken=taken, cut=cut)
    assert found is not None
    return found


def texts_of(section: DraftSection) -> tuple[str, ...]:
    return tuple(section.at(level) for level in Level)


def test_a_sound_section_stays_as_it_is() -> None:
    whole = ("What yeast needs", BAKER[0], " ".join(BAKER[:2]), " ".join(BAKER[:3]))
    section = put(*whole)
    assert (section.heading, *texts_of(section)) == whole


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("The passage states that 'yeast lives in it'.", "Yeast lives in it."),
        ("The text also explains that it's fed daily.", "It's fed daily."),
        ("In this passage, the yeast is fed.", "The yeast is fed."),
        ("It also mentions that yeast is slow.", "Yeast is slow."),
        ("The text discusses how yeast is fed.", "Yeast is fed."),
        ("The main idea is that yeast is slow.", "Yeast is slow."),
        ("The passage of time makes dough sour.", "The passage of time makes dough sour."),
        ("The text explains how to feed it.", "The text explains how to feed it."),
    ],
)
def test_the_subject_speaks_and_not_the_passage(told: str, meant: str) -> None:
    assert without_reporting(told) == meant


def test_what_stands_twice_is_ours_or_comes_from_elsewhere_goes() -> None:
    elsewhere = "Louis Pasteur discovered fermentation in Paris while studying beer."
    ours = "Keep numbers, names and every “not” as they were said."
    itself = "Additionally, we discuss flour. The passage also highlights the yeast in the jar."
    told = put(
        "Yeast", BAKER[0], f"{BAKER[0]} {ours}", f"{BAKER[1]} {BAKER[1]} {elsewhere} {itself}"
    )
    assert texts_of(told) == (BAKER[0], BAKER[0], BAKER[1])


def test_what_no_place_supports_is_taken_where_there_is_nothing_else() -> None:
    vague = "Yeast in flour and water is popular with millions of people."

    def has_place(sentence: str) -> bool:
        return sentence != vague

    def put_with_places(*texts: str) -> DraftSection | None:
        section = DraftSection("Yeast", (), *texts)
        return clean_section(section, TOPIC, PASSAGE, has_place=has_place)

    told = put_with_places(vague, BAKER[0], f"{BAKER[0]} {vague}")
    assert told is not None
    assert texts_of(told) == 3 * (BAKER[0],)
    alone = put_with_places(*3 * (vague,))
    assert alone is not None
    assert alone.concise == vague


def test_a_level_that_tells_of_something_else_stands_before_the_longer_ones() -> None:
    told = put("Yeast", BAKER[0], BAKER[2], f"{BAKER[2]} {BAKER[1]}")
    assert told.standard == f"{BAKER[0]} {BAKER[2]}"
    assert told.comprehensive.startswith(told.standard)


def test_a_standard_level_that_copies_another_is_half_of_the_longest() -> None:
    whole = " ".join(BAKER)
    assert put("Yeast", BAKER[0], whole, whole).standard == " ".join(BAKER[:2])


@pytest.mark.parametrize(
    ("heading", "meant"),
    [
        ("Introduction to sourdough starters", "Sourdough starters"),
        ("Concise Definition", "A sourdough starter is a jar of flour"),
        ("Key takeaways", "A sourdough starter is a jar of flour"),
        ("Why yeast is fed every day", "Why yeast is fed every day"),
    ],
)
def test_a_heading_says_what_the_section_says(heading: str, meant: str) -> None:
    assert put(heading, *3 * (BAKER[0],), taken=("Key takeaways",)).heading == meant


def test_of_an_answer_that_broke_off_the_whole_sentences_are_taken() -> None:
    told = put("Yeast", BAKER[0], f"{BAKER[0]} {BAKER[1]} In a cold kit", "", cut=True)
    assert told.standard == f"{BAKER[0]} {BAKER[1]}"


def test_lists_stay_lists() -> None:
    points = f"- {BAKER[0]}\n- {BAKER[1]}\n- {BAKER[1]}"
    assert put("Yeast", BAKER[0], points, points).standard == f"- {BAKER[0]}\n- {BAKER[1]}"


def test_a_talk_may_be_sorry_and_a_model_may_not() -> None:
    assert put("Bleach", *3 * (BAKER[3],)).concise == BAKER[3]
    refusal = "I'm sorry, but I can't help with that."
    assert clean_section(DraftSection("No", (), *3 * (refusal,)), TOPIC, PASSAGE) is None


def test_of_what_is_all_made_up_nothing_is_taken() -> None:
    made_up = "Louis Pasteur discovered fermentation in Paris while studying beer."
    assert clean_section(DraftSection("Pasteur", (), *3 * (made_up,)), TOPIC, PASSAGE) is None


def test_a_list_that_other_levels_are_made_of_stays_one() -> None:
    points = f"- {BAKER[0]}\n- {BAKER[1]}"
    assert texts_of(put("Yeast", points, "", ""))[2] == points


@pytest.mark.parametrize("sign", ["1. ", "- ", ""])
def test_what_is_made_of_the_first_sentence_has_neither_sign_nor_emphasis(sign: str) -> None:
    strong = BAKER[0].replace("A sourdough starter", "**A sourdough starter**")
    told = put("Overview", "", *2 * (f"{sign}{strong}\n{sign}{BAKER[1]}",))
    assert told.heading == "A sourdough starter is a jar of flour"
    assert told.concise == strong


def test_code_stays_as_it_is() -> None:
    code = "```python\nfor day in range(7):\n    feed(jar)\n```"
    assert put("Yeast", BAKER[0], *2 * (f"{BAKER[1]}\n\n{code}",)).standard.endswith(code)
