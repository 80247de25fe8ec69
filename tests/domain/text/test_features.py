"""Words and features of texts in scripts that write them differently."""

from __future__ import annotations

import pytest

from notegen_desktop.domain.text.features import feature_row, tokens
from notegen_desktop.domain.text.language_detection import detect_language, differs

HINDI = (
    "यह एक हिन्दी वाक्य है और इसमें कई शब्द हैं। हम आज स्कूल गए थे, लेकिन वहाँ कोई नहीं था। "
    "मैंने उससे कहा कि हम कल फिर आएँगे।"
)
MARATHI = (
    "हे एक मराठी वाक्य आहे आणि त्यात अनेक शब्द आहेत. आम्ही आज शाळेत गेलो होतो, पण तिथे कोणीही "
    "नव्हते. मी त्याला सांगितले की आपण उद्या परत येऊ या."
)
NEPALI = (
    "यो एउटा नेपाली वाक्य हो र यसमा धेरै शब्दहरू छन्। हामी आज विद्यालय गएका थियौं, तर त्यहाँ "
    "कोही थिएन। मैले उसलाई भने कि हामी भोलि फेरि आउनेछौं।"
)


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


def test_languages_of_one_indic_script_are_told_apart_by_their_words() -> None:
    assert [detect_language(text * 4) for text in (HINDI, MARATHI, NEPALI)] == ["hi", "mr", ""]
    assert differs(MARATHI * 4, "hi") == "mr"
    assert differs(NEPALI * 4, "ne") == ""
    assert differs(HINDI * 4, "hi") == ""
