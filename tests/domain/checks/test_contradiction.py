"""A statement that reverses what is said at its place is doubted; one in other words is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.checks.contradiction import find_contradiction
from notegen_desktop.domain.checks.grounding import ground
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Doubt, Draft, DraftSection
from notegen_desktop.domain.text.transcript import Transcript
from tests.domain.talks import spoken

VIDEO = Video("v", "https://www.youtube.com/watch?v=v")

BAKING = (
    "The dough has to rest for twenty minutes before you fold it.",
    "A longer rest makes the crumb more open and the crust darker.",
    "You should not add the salt to the warm water with the yeast.",
    "Rye absorbs more water than wheat, and it ferments faster.",
    "We do not open the oven during the first ten minutes.",
    "If you think the loaf is not ready, you leave it for five more minutes.",
    "People believe that old yeast is always dead. That's not true.",
    "The oven was built on the third of May by Greta, and Harald paid for the bricks.",
)


def found_in(passage: str, statement: str, language: str = "en") -> str:
    """The word of a statement that a passage contradicts, "" if none."""
    found = find_contradiction(statement, passage, language, {"greta", "harald"})
    return found.mark if found else ""


@pytest.mark.parametrize(
    ("place", "statement", "word"),
    [
        (3, "You should add the salt to the warm water with the yeast.", "add"),
        (5, "We open the oven during the first ten minutes.", "open"),
        (2, "A longer rest does not make the crumb more open and the crust darker.", "make"),
        (4, "Rye absorbs less water than wheat, and it ferments faster.", "less"),
        (2, "A shorter rest makes the crumb more open and the crust darker.", "shorter"),
        (1, "The dough has to rest for twenty minutes after you fold it.", "after"),
        (8, "The oven was built on the third of May by Harald, and Greta paid for it.", "harald"),
    ],
)
def test_a_reversed_sentence_is_found_by_the_word_that_reverses_it(
    place: int, statement: str, word: str
) -> None:
    assert found_in(BAKING[place - 1], statement) == word


@pytest.mark.parametrize(
    ("place", "statement"),
    [
        (1, "Let the dough rest for twenty minutes before you fold it."),
        (2, "The longer the rest, the more open the crumb and the darker the crust."),
        (3, "Never add the salt to the warm water with the yeast."),
        (3, "You shouldn't add the salt to the warm water with the yeast."),
        (4, "Wheat absorbs less water than rye."),
        (5, "The oven stays closed during the first ten minutes."),
        (1, "The dough has to rest for a third of an hour before you fold it."),
        (1, "The dough has to rest for 1200 seconds before you fold it."),
        (5, "Nobody opens the oven during the first ten minutes."),
        (6, "If the loaf is not ready, leave it for five more minutes."),
        (7, "Old yeast is not always dead."),
        (8, "Greta built the oven, and Harald paid for the bricks."),
    ],
)
def test_the_same_said_otherwise_is_no_contradiction(place: int, statement: str) -> None:
    assert not found_in(BAKING[place - 1], statement)


@pytest.mark.parametrize("passage", BAKING)
def test_a_sentence_does_not_contradict_itself(passage: str) -> None:
    assert not found_in(passage, passage)


@pytest.mark.parametrize(
    ("language", "said", "reversed_", "same"),
    [
        (
            "de",
            "Der Teig ruht zwanzig Minuten, und dann wird er nicht mehr geknetet.",
            "Der Teig ruht zwanzig Stunden, und dann wird er nicht mehr geknetet.",
            "Nach zwanzig Minuten Ruhe wird der Teig nicht mehr geknetet.",
        ),
        (
            "fr",
            "La pâte de seigle absorbe plus d'eau que la pâte de blé.",
            "La pâte de seigle absorbe moins d'eau que la pâte de blé.",
            "Le seigle absorbe davantage d'eau que le blé.",
        ),
        (
            "es",
            "La masa no se dobla durante los primeros minutos de reposo.",
            "La masa se dobla durante los primeros minutos de reposo.",
            "Durante los primeros minutos de reposo la masa no se dobla.",
        ),
        (
            "zh",
            "我们在前十分钟不打开烤箱的门。",
            "我们在前十分钟打开烤箱的门。",
            "前十分钟烤箱的门不打开。",
        ),
    ],
)
def test_other_languages_are_compared_too(
    language: str, said: str, reversed_: str, same: str
) -> None:
    assert found_in(said, reversed_, language)
    assert not found_in(said, same, language)


def test_what_is_asked_or_taken_back_is_not_stated() -> None:
    asked = "Is the crust of a cold oven loaf always darker than the others?"
    assert not found_in(asked, "The crust of a cold oven loaf is not always darker.")
    taken_back = "The crust of a cold loaf is thicker than the others. But that is wrong."
    assert not found_in(taken_back, "The crust of a cold loaf is not thicker than the others.")


def test_a_long_passage_of_equal_words_takes_few_comparisons() -> None:
    passage = "the same word not the same word again " * 400
    assert not found_in(passage, "not the same word but the same word again " * 400)


def cite_of(statement: str, label: str, transcript: Transcript) -> Cite:
    """The cite of one statement at one place."""
    text = f"{statement} [{label}]"
    draft = Draft("t", (DraftSection("A heading", (), text, text, text),), whole=True)
    (cite,) = ground(draft, transcript=transcript, video=VIDEO).sections[0].cites
    return cite


def test_the_cite_of_a_reversed_statement_says_so() -> None:
    talk = spoken(*BAKING)
    right = cite_of("You should not add the salt to the warm water with the yeast.", "3", talk)
    assert right.verified
    wrong = cite_of("You should add the salt to the warm water with the yeast.", "3", talk)
    assert (wrong.verified, wrong.doubt, wrong.mark) == (False, Doubt.SENSE, "add")


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("The dough has to rest for twenty hours before you fold it.", "hours"),
        ("The dough has to rest for twenty minutes before you fold it.", ""),
        ("The oven was built on the third of June by Greta.", "June"),
    ],
)
def test_a_number_with_another_unit_or_month_is_doubted(statement: str, wrong: str) -> None:
    place = "1" if "dough" in statement else "8"
    cite = cite_of(statement, place, spoken(*BAKING))
    assert (cite.verified, cite.mark) == ((False, wrong) if wrong else (True, ""))


@pytest.mark.parametrize(
    ("statement", "doubted"),
    [
        ("Anna says that the bricks of the oven were far too expensive for the bakery.", False),
        ("Boris says that the bricks of the oven were far too expensive for the bakery.", True),
        ("The bricks of the oven were far too expensive for the bakery.", False),
    ],
)
def test_words_of_one_speaker_are_not_those_of_another(statement: str, doubted: bool) -> None:
    filler = [f"Now we come to matter number {n} of the list for today." for n in range(8)]
    turns = [
        ("Anna", "I find that the bricks of the oven were far too expensive for the bakery."),
        *(("Carla", each) for each in filler),
        ("Boris", "The flour arrived on time, and the new mixer works as it should."),
    ]
    talk = spoken(*(words for _, words in turns))
    segments = (
        replace(segment, speaker=speaker)
        for segment, (speaker, _) in zip(talk.segments, turns, strict=True)
    )
    cite = cite_of(statement, "1", replace(talk, segments=tuple(segments)))
    assert (cite.doubt is Doubt.NAME) is doubted
    assert cite.verified is not doubted
