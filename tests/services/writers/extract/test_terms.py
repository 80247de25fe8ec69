"""The terms of a talk."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence

import pytest

from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.candidates import syllables
from notegen_desktop.services.writers.extract.language import language_of
from notegen_desktop.services.writers.extract.sentences import split
from notegen_desktop.services.writers.extract.terms import Term, find

from .talks import AUTOMATIC, TEXTS, talk, transcript


def terms(language: str) -> list[Term]:
    return Analysis(talk(TEXTS[language], language)).terms


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", {"worker bees", "bee colony", "varroa mite"}),
        ("de", {"Sauerteig", "Milchsäurebakterien", "Roggenmehl"}),
        ("zh", {"光合作用", "二氧化碳", "叶绿素"}),
        ("ja", {"マグマ", "噴火", "地震計"}),
        ("ar", {"حبوب البن", "القهوة العربية"}),
    ],
)
def test_the_terms_are_what_the_talk_is_about(language: str, expected: set[str]) -> None:
    assert expected <= {term.text for term in terms(language)[:10]}


THAI = (
    "อัลกอริทึมการเรียงลำดับจัดรายการให้เป็นระเบียบ",
    "การเรียงลำดับแบบผสานตัดรายการออกเป็นสองส่วน",
    "จำนวนขั้นตอนเพิ่มขึ้นตามกำลังสองของความยาวของรายการ",
    "การเรียงลำดับที่เสถียรรักษาลำดับของรายการที่เท่ากัน",
    "จากนั้นอัลกอริทึมรวมรายการสองส่วนเข้าด้วยกัน",
    "ในปี พ.ศ. 2530 มีการทดลองกับนักเรียน 42 คน",
)


@pytest.mark.parametrize("times", [1, 3])
def test_terms_begin_and_end_between_syllables_where_letters_have_vowels_around(
    times: int,
) -> None:
    found = [term.text for term in Analysis(transcript(THAI * times, "th")).terms]
    whole = {"".join(units) for line in THAI for units in every_part(syllables(line))}
    assert set(found) <= whole | {"42", "2530"}
    assert times == 1 or "รายการ" in "".join(found)


def every_part(units: Sequence[str]) -> Iterator[Sequence[str]]:
    return (units[a:b] for a in range(len(units)) for b in range(a + 1, len(units) + 1))


def test_syllables_keep_the_vowels_and_marks_around_their_letters() -> None:
    assert syllables("เรียงน้ำที่") == ["เรี", "ย", "ง", "น้ำ", "ที่"]
    assert syllables("ខ្មែរ") == ["ខ្មែ", "រ"]
    assert "".join(syllables("光合作用")) == "光合作用"


def test_several_words_are_preferred_to_their_parts() -> None:
    found = [term.text for term in Analysis(talk(AUTOMATIC)).terms]

    assert found.index("tidal power plant") < 5
    assert "tidal power" not in found
    assert "power plant" not in found


def test_verbs_adverbs_and_phrases_that_go_on_are_no_terms() -> None:
    lines = [
        "We build a stone bridge over the river.",
        "You want to build bridges that carry heavy trucks.",
        "They quickly build the stone bridge of the valley.",
        "The suspension bridge hangs on two steel cables.",
        "A suspension bridge can build on rock.",
    ] * 3
    found = {term.text.lower() for term in Analysis(transcript(lines, "en")).terms}

    assert {"stone bridge", "suspension bridge"} <= found
    assert not found & {"build", "quickly", "quickly build", "build bridges"}


def test_each_term_stands_in_the_sentences_it_names() -> None:
    analysis = Analysis(talk(TEXTS["en"]))

    for term in analysis.terms:
        assert term.where
        for index in term.where:
            assert term.text.split()[0].lower()[:3] in analysis.sentences[index].text.lower()


def test_what_is_said_once_takes_no_room() -> None:
    said = transcript(
        [" ".join(f"word{n}x{k}" for k in range(12)) + " and more." for n in range(600)]
    )
    language = language_of(said.language, said.text)
    sentences = split(said, language)
    tracemalloc.start()
    try:
        assert len(find(sentences, language)) < 5
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 60 * sum(len(sentence.text) for sentence in sentences)
