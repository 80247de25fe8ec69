"""Reviews and answers to questions are read in every form in which models give notes, too."""

from __future__ import annotations

import json

import pytest

from notegen_desktop.domain.notes.note import Review, Says
from notegen_desktop.services.writers.decoding import AnswerDecoder, ReviewDecoder

FINDINGS = [{"n": 1, "says": "yes"}, {"n": 2, "says": "no", "reason": "The words say five."}]
REVIEW = json.dumps({"findings": FINDINGS})
ANSWER = "Sand sinks [1]."
SAID = json.dumps({"said": True, "answer": ANSWER})


def renamed(numbers: tuple[object, object], said: tuple[str, str]) -> str:
    found = [
        {**each, "n": number, "says": says}
        for each, number, says in zip(FINDINGS, numbers, said, strict=True)
    ]
    return json.dumps({"findings": found})


REVIEWS = {
    "a thought before, with a draft": f'<think>{{"findings": []}}</think>{REVIEW}',
    "a list of another name": json.dumps({"results": FINDINGS}),
    "an object around": json.dumps({"review": {"findings": FINDINGS}}),
    "a line each": "\n".join(map(json.dumps, FINDINGS)),
    "numbers with signs": renamed(("#1", "[2]"), ("yes", "no")),
    "numbers with decimals": renamed((1.0, 2.0), ("Yes.", "No.")),
    "numbers with words": renamed(("statement 1", "Statement 2:"), ("yes", "no")),
    "verdicts with words": renamed((1, 2), ("yes, it does", "no: another number")),
}


@pytest.mark.parametrize("form", REVIEWS)
def test_a_review_is_read_in_every_form(form: str) -> None:
    decoder = ReviewDecoder()
    decoder.feed(REVIEWS[form])
    decoder.finish()
    assert decoder.reviews == {1: Review(Says.YES), 2: Review(Says.NO, "The words say five.")}


@pytest.mark.parametrize("text", ['{"title": "T", "sections": []}', "[1] and [2]", "It is fine."])
def test_what_is_no_review_finds_nothing(text: str) -> None:
    decoder = ReviewDecoder()
    decoder.feed(text)
    decoder.finish()
    assert decoder.reviews == {}


def test_of_a_review_that_was_cut_off_the_whole_findings_count() -> None:
    for text in (REVIEW, "\n".join(map(json.dumps, FINDINGS))):
        decoder = ReviewDecoder()
        decoder.feed(text[:-8])
        decoder.finish()
        assert decoder.reviews == {1: Review(Says.YES)}


ANSWERS = {
    "a thought before": f"<think>Hm.</think>{SAID}",
    "a thought before words": f"<think>Hm.</think>\n{ANSWER}",
    "the mark of the last channel": f"<|channel|>final<|message|>{SAID}",
    "words and a fence": f"Here is the answer:\n```json\n{SAID}\n```",
    "a word before": f"Answer: {SAID}",
    "an object around": json.dumps({"result": {"said": True, "answer": ANSWER}}),
    "the call of a tool": json.dumps({"name": "answer", "arguments": {"answer": ANSWER}}),
    "an object within": json.dumps({"answer": {"text": ANSWER}}),
    "a list within": json.dumps({"said": True, "answer": [ANSWER]}),
    "a string around": json.dumps(SAID),
    "a fence of Markdown": f"```markdown\n{ANSWER}\n```",
}


@pytest.mark.parametrize("form", ANSWERS)
def test_an_answer_is_read_in_every_form(form: str) -> None:
    decoder = AnswerDecoder()
    decoder.stopped = True
    decoder.feed(ANSWERS[form])
    draft, closed = decoder.finish()
    assert [section.standard for section in draft.sections] == [ANSWER]
    assert closed


@pytest.mark.parametrize(
    "text",
    [
        'He shows {"answer": 42} and {"text": "x"} as examples [1].',
        '```python\nprint({"said": 1})\n```',
        "The tag `</b>` ends it [1].",
    ],
)
def test_words_with_objects_in_them_are_the_answer(text: str) -> None:
    decoder = AnswerDecoder()
    decoder.stopped = True
    decoder.feed(text)
    assert [section.standard for section in decoder.finish()[0].sections] == [text]


def test_a_thought_is_never_shown_as_the_answer() -> None:
    decoder = AnswerDecoder()
    for text in ("<think>Sand ", "is heavy.", "</think>", "Sand sinks", " [1]."):
        shown = decoder.feed(text) or decoder.draft
        assert all("heavy" not in section.standard for section in shown.sections)
