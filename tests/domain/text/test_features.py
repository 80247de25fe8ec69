"""Words and features of texts in scripts that write them differently."""

from __future__ import annotations

import pytest

from notegen_desktop.domain.text.features import feature_row, tokens


@pytest.mark.parametrize(
    "text",
    [
        "मर्ज सॉर्ट क्या करता है",
        "বাংলা ভাষা কী",
        "ਪੰਜਾਬੀ ਬੋਲੀ",
        "ગુજરાતી ભાષા",
        "தமிழ் மொழி என்ன",
        "తెలుగు భాష",
        "ಕನ್ನಡ ಭಾಷೆ",
        "മലയാളം ഭാഷ",
        "සිංහල භාෂාව",
    ],
)
def test_words_of_indic_scripts_keep_the_vowels_written_around_their_letters(text: str) -> None:
    assert tokens(text) == text.split()


def test_words_that_share_a_letter_only_have_no_feature_in_common() -> None:
    question, said = feature_row("क्या करें"), feature_row("क्रम की सूची को")
    assert not {*question} & {*said}


def test_marks_and_digits_between_words_part_them() -> None:
    assert tokens("है। और ४२ छात्र, है॥") == ["है", "और", "४२", "छात्र", "है"]
    assert tokens("Café–naïve १२") == ["cafe", "naive", "१२"]
