"""What counts as a word, and which language a text is in."""

from __future__ import annotations

import pytest

from notegen_desktop.services.writers.extract.language import language_of, measure, words_of

from .talks import AUTOMATIC, TEXTS


def test_numbers_keep_their_decimals_and_contractions_stay_whole() -> None:
    assert words_of("It's 3.5 % of 1,000 — isn't it?") == [
        "it's",
        "3.5",
        "of",
        "1,000",
        "isn't",
        "it",
    ]


def test_marks_above_and_below_letters_belong_to_the_word() -> None:
    assert words_of("हिन्दी में") == ["हिन्दी", "में"]
    assert words_of("שָׁלוֹם עוֹלָם") == ["שָׁלוֹם", "עוֹלָם"]


def test_a_run_without_spaces_is_one_entry_but_not_one_word_long() -> None:
    assert words_of("光合作用 is photosynthesis") == ["光合作用", "is", "photosynthesis"]
    assert measure("光合作用需要阳光") > 4
    assert measure("one two three") == 3


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_an_untagged_text_is_recognised_by_its_words(language: str) -> None:
    assert language_of("", TEXTS[language]).code == language


def test_a_tag_is_believed_unless_the_script_contradicts_it() -> None:
    assert language_of("de-AT", AUTOMATIC).code == "de"
    assert language_of("en", TEXTS["ja"]).code == "ja"
    assert language_of("zh-Hans", AUTOMATIC).code == "en"
    assert language_of("iw", "שלום").code == "he"


def test_an_unknown_language_still_has_words() -> None:
    language = language_of("xx", "mora vilo sura mora")

    assert language.content(words_of("mora vilo")) == ["mora", "vilo"]
