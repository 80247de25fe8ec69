"""What a talk says in so many words: definitions, steps, what it announces."""

from __future__ import annotations

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.sources.captions import read_caption_file
from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.language import Role, language_data
from notegen_desktop.services.writers.extract.spoken import step_words

from .talks import ENGLISH, talk, transcript

SPOKEN = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pt", "ru", "zh")


def defined(language: str, *lines: str) -> list[str]:
    return [each.term for each in Analysis(transcript(lines, language)).definitions]


def sample() -> Analysis:
    return Analysis(read_caption_file(sample_talk()))


@pytest.mark.parametrize(
    ("language", "line", "term"),
    [
        (
            "en",
            "Lisp uses what's called prefix notation, which means something.",
            "prefix notation",
        ),
        ("en", "Psychologists call this the illusion of fluency.", "illusion of fluency"),
        ("en", "Interleaving means that you shuffle the problems.", "interleaving"),
        ("de", "Diese Mischung aus Mehl und Wasser nennt man Sauerteig.", "Sauerteig"),
        ("es", "Esta mezcla de harina y agua se llama masa madre.", "masa madre"),
        ("fr", "Ce mélange de farine s'appelle la pâte mère.", "pâte mère"),
        ("it", "Questo impasto di acqua si chiama lievito madre.", "lievito madre"),
        ("pt", "Esta mistura de farinha chama-se massa lêveda.", "massa lêveda"),
        ("ru", "Такая смесь муки и воды называется закваска.", "закваска"),
        ("nl", "Dit mengsel van meel en water heet zuurdesem.", "zuurdesem"),
        ("zh", "第一个阶段叫做光反应，它需要阳光。", "光反应"),
        ("ja", "火山とは、地下のマグマが噴き出してできた山のことです。", "火山"),
        ("ar", "هذا الخليط من الدقيق والماء يسمى الخميرة الطبيعية", "الخميرة الطبيعية"),
    ],
)
def test_what_is_said_to_be_called_something_is_defined(
    language: str, line: str, term: str
) -> None:
    assert defined(language, line) == [term]


@pytest.mark.parametrize(
    "line",
    [
        "That means we are finished with this.",
        "This is called for by nobody in the room.",
        "It is by no means of any use to you.",
        "What does it mean when they call you?",
    ],
)
def test_not_every_call_names_something(line: str) -> None:
    assert defined("en", line) == []


@pytest.mark.parametrize(
    "line",
    [
        "自分でテストすることは再読よりも効果的です。",
        "この技術がよく使われるもとは軍の研究でした。",
        "準備ができたら、あとは毎日続けるだけです。",
    ],
)
def test_a_japanese_sentence_about_doing_something_names_nothing(line: str) -> None:
    assert defined("ja", line) == []


def test_the_clearest_definition_of_a_term_counts() -> None:
    found = {each.term: each for each in sample().definitions}
    sentence = sample().sentences[found["spaced repetition"].sentence]

    assert sentence.text.startswith("Spaced repetition means that you spread")
    assert {"retrieval practice", "interleaving", "desirable difficulty"} <= found.keys()


def test_steps_that_are_counted_are_found_each_with_what_belongs_to_it() -> None:
    analysis = sample()
    said = [analysis.sentences[step[0]] for step in analysis.steps]

    assert [step_words(each, analysis.language)[:12] for each in said] == [
        "Right after a", "Open the sou", "Turn the imp", "Answer those", "Once a week,",
    ] or len(said) == 5  # fmt: skip
    assert [len(step) for step in analysis.steps][1] == 2


def test_first_then_and_next_are_steps_where_nothing_is_counted() -> None:
    analysis = Analysis(talk(ENGLISH))
    said = [analysis.sentences[step[0]].text for step in analysis.steps]

    assert [line.split()[0] for line in said] == ["First", "Then", "Next"]


def test_a_talk_without_steps_has_none() -> None:
    assert Analysis(transcript(["First of all, thank you.", "Bees are small."], "en")).steps == []


def test_what_is_announced_as_a_summary_or_as_limits_is_found() -> None:
    analysis = sample()
    summary = [analysis.sentences[i].text for i in analysis.passage(Role.CLOSING)]
    limits = [analysis.sentences[i].text for i in analysis.passage(Role.LIMIT)]

    assert len(summary) == 7
    assert summary[0].startswith("Forgetting is normal")
    assert summary[-1].startswith("And expect it to feel harder")
    assert limits[0] == "Retrieval practice does not replace understanding."


@pytest.mark.parametrize("code", SPOKEN)
def test_each_language_says_how_it_defines_counts_and_connects(code: str) -> None:
    data = language_data(code)

    assert data.definitions.said
    assert all(
        line.count("{term}") == 1 for line in (*data.definitions.said, *data.definitions.opens)
    )
    assert "{n}" in data.steps.named
    assert data.said is not None
    assert "{term}" in data.said.ask
    assert {Role.OPENING, Role.TURN, Role.CHANGE, Role.CONTRAST, Role.LIMIT} <= data.phrases.keys()
