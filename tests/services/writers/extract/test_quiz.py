"""Questions with a gap."""

from __future__ import annotations

import re

import pytest

from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.quiz import GAP, Cloze, Quiz

from .talks import TEXTS, talk, transcript


def questions(analysis: Analysis) -> list[Cloze]:
    quiz = Quiz(analysis)
    found: list[Cloze] = []
    while (cloze := quiz.best(analysis.whole)) is not None:
        found.append(cloze)
    return found


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_the_answer_fills_the_gap_and_nothing_else_is_changed(language: str) -> None:
    found = questions(Analysis(talk(TEXTS[language], language)))

    assert found
    for cloze in found:
        assert cloze.asked.count(GAP) == 1
        assert cloze.asked.replace(GAP, cloze.answer) == cloze.sentence.text


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_no_sentence_is_asked_twice_and_no_answer_more_than_three_times(language: str) -> None:
    found = questions(Analysis(talk(TEXTS[language], language)))
    sentences = [cloze.sentence.index for cloze in found]
    answers = [cloze.answer.casefold() for cloze in found]

    assert len(set(sentences)) == len(sentences)
    assert all(answers.count(answer) <= 3 for answer in answers)


def test_an_article_never_gives_the_answer_away() -> None:
    for cloze in questions(Analysis(talk(TEXTS["en"]))):
        assert not re.search(rf"\b(a|an) {GAP}", cloze.asked, re.IGNORECASE)


def test_what_is_asked_for_stands_nowhere_else_in_the_question() -> None:
    for cloze in questions(Analysis(talk(TEXTS["en"]))):
        rest = set(re.findall(r"\w+", cloze.asked.lower()))
        assert not rest & set(re.findall(r"\w{4,}", cloze.answer.lower()))


def test_wrong_answers_are_other_terms_of_the_talk_and_of_the_same_shape() -> None:
    analysis = Analysis(talk(TEXTS["en"]))
    terms = {term.text for term in analysis.terms}
    for cloze in questions(analysis):
        assert len(cloze.others) == 2
        assert set(cloze.others) <= terms
        assert cloze.answer not in cloze.others
        assert all(other not in cloze.sentence.text for other in cloze.others)


def test_a_talk_without_terms_is_asked_to_be_completed() -> None:
    analysis = Analysis(
        transcript(["Yes, well, I went there with him and then we were back."], "en")
    )
    quiz = Quiz(analysis)
    cloze = quiz.best(analysis.whole) or quiz.completion(analysis.whole)

    assert cloze is not None
    assert cloze.answer
    assert cloze.asked.endswith(GAP)
    assert quiz.completion(analysis.whole) is None
    assert quiz.anything(analysis.whole).answer
