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
from notegen_desktop.services.writers.extract.ranking import alike

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


def test_turns_of_phrase_are_recognised_in_their_language() -> None:
    assert hits(Role.ADVICE, "en", "Make sure that the lid is closed.")
    assert hits(Role.ADVICE, "de", "Achten Sie auf den Deckel.")
    assert hits(Role.TROUBLE, "zh", "这是一个常见的错误。")
    assert hits(Role.SMALL_TALK, "ja", "皆さん、こんにちは。")
    assert hits(Role.ADVICE, "ar", "تأكد من أن الماء يغلي.")
    assert not hits(Role.TROUBLE, "en", "He carefully put it down.")
    assert not hits(Role.ADVICE, "sw", "chochote")


def test_every_part_that_a_recipe_asks_for_is_known_in_english() -> None:
    assert all(
        language_data("en").phrases.get(part)
        for recipe in RECIPES.values()
        for part in recipe.roles
    )


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
