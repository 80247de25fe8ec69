"""Which sentences are worth quoting, and that nothing is said twice."""

from __future__ import annotations

import pytest

from notegen_desktop.services.machine.paths import resources
from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.language import (
    LanguageData,
    Role,
    hits,
    language_data,
    shared_data,
)
from notegen_desktop.services.writers.extract.plan import RECIPES
from notegen_desktop.services.writers.extract.quotes import factual
from notegen_desktop.services.writers.extract.ranking import alike, choose

from .talks import ENGLISH, talk, transcript

CODES = sorted(path.stem for path in (resources() / "languages").glob("*.toml"))


def test_greetings_and_thanks_are_worth_least() -> None:
    analysis = Analysis(talk(ENGLISH))
    order = sorted(range(len(analysis.worth)), key=lambda i: analysis.worth[i])

    assert {0, len(analysis.sentences) - 1} <= set(order[:4])


def test_a_sentence_about_the_subject_is_worth_more_than_one_in_passing() -> None:
    analysis = Analysis(talk(ENGLISH))
    worth = {s.text: w for s, w in zip(analysis.sentences, analysis.worth, strict=True)}
    subject = "The key point is that a bee colony behaves like one animal and not like many."
    passing = "Next take out one wooden frame and hold it against the sun."

    assert worth[subject] > worth[passing]


def test_sentences_that_share_more_than_half_their_words_are_alike() -> None:
    one, other, third = Analysis(
        transcript(
            [
                "The queen bee lays two thousand eggs in summer.",
                "In summer the queen bee lays many eggs each day.",
                "Honey is ripe when the cells are closed with wax.",
            ],
            "en",
        )
    ).sentences

    assert alike(one, other)
    assert not alike(one, third)


def test_the_best_are_chosen_first_and_none_twice() -> None:
    lines = [
        "The queen bee lays two thousand eggs in summer.",
        "In summer the queen bee lays many eggs each day.",
        "Honey is ripe when the cells are closed with wax.",
    ]
    sentences = Analysis(transcript(lines, "en")).sentences

    assert choose(sentences, {0: 0.9, 1: 0.8, 2: 0.1}, words=100) == [0, 2]
    assert choose(sentences, {0: 0.9, 1: 0.8, 2: 0.1}, words=1) == [0]
    assert choose(sentences, {1: 0.8}, words=100, chosen=[0]) == []


def test_turns_of_phrase_are_recognised_in_their_language() -> None:
    assert hits(Role.ADVICE, "en", "Make sure that the lid is closed.")
    assert hits(Role.ADVICE, "de", "Achten Sie auf den Deckel.")
    assert hits(Role.TROUBLE, "zh", "这是一个问题。")
    assert hits(Role.SMALL_TALK, "ja", "皆さん、こんにちは。")
    assert hits(Role.ACTION, "ar", "أولا نغسل الحبوب.")
    assert not hits(Role.TROUBLE, "en", "He carefully put it down.")
    assert not hits(Role.ADVICE, "sw", "chochote")


def test_every_part_that_a_recipe_asks_for_is_known_in_english() -> None:
    assert all(
        language_data("en").phrases.get(part)
        for recipe in RECIPES.values()
        for part in recipe.parts
    )


def test_numbers_names_and_code_are_facts() -> None:
    assert factual("We measured 40 hives over 3 years.") > 0
    assert factual("Then we went to Cambridge by train.") > 0
    assert factual("Call print_all(x) with --force.") > 0
    assert factual("It was a nice day.") == 0


@pytest.mark.parametrize(
    "code", sorted(path.stem for path in (resources() / "languages").glob("*.toml"))
)
def test_every_language_file_is_read_strictly(code: str) -> None:
    if code == "mul":
        assert shared_data().stemmers["en"] == "english"
    else:
        assert language_data(code) != LanguageData()


def test_every_role_is_known_in_english() -> None:
    assert all(language_data("en").phrases.get(role) for role in Role)
