"""What is never complete, what is only left out, and what is tidied without a model."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from notegen_desktop.domain.checks.cleanup import clean_up
from notegen_desktop.domain.checks.findings import Problem, Severity, lacks, opens, usable
from notegen_desktop.domain.checks.validation import check
from notegen_desktop.domain.notes.note import Draft, DraftSection
from notegen_desktop.domain.text.phrases import says_nothing, without_preamble
from notegen_desktop.domain.text.transcript import Transcript
from tests.fakes.assignments import template

from .test_quality import GOOD, TALK, TEMPLATE, VIDEO, checked, section, with_first

NOTHING = (
    *("N/A", "None.", "- None", "string", "…", "...", "TODO", "TBD", "<text>", "{{content}}"),
    *("Lorem ipsum dolor sit amet, consetetur.", "[insert summary here]", "Your text here", ""),
    *("Not mentioned in the transcript.", "The video does not mention any prerequisites."),
    *("No prerequisites are mentioned in the video.", "Nothing is said.", "Not specified."),
    *("The transcript does not provide information on this topic.", "Im Video nicht erwähnt."),
    *("Wird nicht erwähnt.", "Non mentionné dans la vidéo.", "No se menciona en el vídeo."),
    *(
        "视频中未提及。",
        "This is not mentioned in the transcript that was provided.",
        "Same as above",
    ),
)
SOMETHING = (
    "Not every plant uses C4.",
    "None of the plants does so: all need light.",
    "The transcript is a record of what was said, and it matters.",
    "The video does not mention any prerequisites, but Lisp helps in the second half.",
    "String theory says so.",
    "`None` is returned.",
    "[12]",
    "Nothing was found in the jar, so the theory was given up.",
    "Rubisco is not found in animals.",
    "Text is data.",
    "The speaker does not give a proof; he sketches why the series converges.",
)


@pytest.mark.parametrize("text", NOTHING)
def test_what_stands_for_a_text_is_none(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize("text", SOMETHING)
def test_what_says_something_is_a_text(text: str) -> None:
    assert not says_nothing(text)


def found(draft: Draft, **changes: object) -> set[Problem]:
    return {f.problem for f in checked(draft, **changes) if f.severity is Severity.ASK_AGAIN}


def each(**texts: str) -> Draft:
    return replace(GOOD, sections=tuple(replace(s, **texts) for s in GOOD.sections))


@pytest.mark.parametrize("text", [text for text in NOTHING if text])
def test_a_note_that_says_nothing_is_none(text: str) -> None:
    draft = each(concise=text, standard=text, comprehensive=text)
    assert Problem.HOLLOW in found(clean_up(draft))
    half = replace(GOOD, sections=(*GOOD.sections[:2], *draft.sections[2:]))
    assert Problem.HOLLOW in found(clean_up(half))


def test_one_section_that_says_nothing_is_left_out_and_one_level_is_filled() -> None:
    empty = DraftSection("Applications", ("9",), "N/A", "Not mentioned.", "None are given.")
    assert clean_up(replace(GOOD, sections=(*GOOD.sections, empty))) == GOOD
    first = clean_up(with_first(standard="TODO")).sections[0]
    assert first.standard == GOOD.sections[0].concise


def test_a_refusal_among_sections_is_asked_again_and_then_left_out_and_said() -> None:
    sorry = "I'm sorry, but I can't help with that."
    draft = replace(
        GOOD,
        sections=(
            GOOD.sections[0],
            DraftSection("Stacks", (), sorry, sorry, f"{sorry} It is unsafe."),
            *GOOD.sections[2:],
        ),
    )
    assert found(draft) >= {Problem.REFUSAL}
    assert opens(checked(draft))
    assert "the section “Stacks”" in lacks(checked(draft))


def test_our_own_instructions_are_no_note() -> None:
    built_in = template("basic-summary")
    assert built_in.texts is not None
    lines = [line for line in built_in.texts.system.splitlines() if len(line) > 80]
    sections = tuple(
        DraftSection(s.heading, s.cites, lines[n][:60], lines[n], f"{lines[n]} {lines[n + 1]}")
        for n, s in enumerate(GOOD.sections)
    )
    findings = check(
        replace(GOOD, sections=sections), built_in, transcript=TALK, video=VIDEO, language="en"
    )
    assert Problem.RECITED in {f.problem for f in findings}
    assert not opens(findings)


def test_a_circle_within_a_finished_text_is_no_note() -> None:
    draft = with_first(comprehensive="It goes on" + " and so on" * 300 + " until the end.")
    assert Problem.REPEATED in found(draft)


def test_sections_that_all_say_the_same_are_no_note() -> None:
    again = tuple(replace(GOOD.sections[1], heading=f"Stacks {n}") for n in range(40))
    draft = replace(GOOD, sections=(GOOD.sections[0], *again, GOOD.sections[3]))
    assert Problem.REPEATED in found(clean_up(draft))


def test_levels_about_different_things_are_no_note() -> None:
    rng = random.Random(1)
    words = ["".join(rng.sample("abcdefghijklmnop", 6)) for _ in range(4000)]

    def level(count: int) -> str:
        return " ".join(rng.sample(words, count))

    sections = tuple(
        replace(s, concise=level(20), standard=level(40), comprehensive=level(80))
        for s in GOOD.sections
    )
    assert Problem.LEVELS_APART in found(replace(GOOD, sections=sections))
    assert Problem.LEVELS_APART not in found(GOOD)


def test_headings_in_another_language_are_asked_again_and_then_said() -> None:
    german = Transcript("de", TALK.kind, TALK.segments)
    text = "Die Methode ist alt, und man findet sie auch in den Büchern der Schule und mehr. "
    sections = tuple(
        replace(s, concise=text, standard=text * 2, comprehensive=text * 2 + s.heading * 9)
        for s in GOOD.sections
    )
    findings = checked(replace(GOOD, sections=sections), language="de", transcript=german)
    assert Problem.HEADINGS_FOREIGN in {f.problem for f in findings}
    assert "headings in German" in lacks(findings)


@pytest.mark.parametrize(
    ("language", "text", "headings"),
    [
        (
            "fr",
            "La méthode est ancienne et on la trouve aussi dans les livres de l'école. ",
            ("Introduction", "Discussion", "Conclusion", "Questions"),
        ),
        (
            "zh",
            "这个方法很古老，在学校的书里也能找到，但是不是每个人都知道。",
            ("LSTM 与 Transformer 的比较", "Attention 机制", "BERT 和 GPT", "总结"),
        ),
        (
            "de",
            "Die Methode ist alt, und man findet sie auch in den Büchern der Schule. ",
            ("Garbage Collection", "Stacks und Queues", "LISP", "Zusammenfassung"),
        ),
    ],
)
def test_headings_with_words_of_another_language_are_none_in_it(
    language: str, text: str, headings: tuple[str, ...]
) -> None:
    sections = tuple(
        replace(s, heading=heading, concise=text, standard=text * 2, comprehensive=text * 3)
        for s, heading in zip(GOOD.sections, headings, strict=True)
    )
    findings = checked(replace(GOOD, sections=sections), language=language)
    assert Problem.HEADINGS_FOREIGN not in {f.problem for f in findings}


@pytest.mark.parametrize(
    ("kept", "missing"),
    [
        ((0, 1, 2), ("the section “Summary points”",)),
        ((1, 2, 3), ("the section “Overview”",)),
        ((1, 2), ("the section “Overview”", "the section “Summary points”")),
        ((0,), ()),
    ],
)
def test_sections_that_are_named_and_not_there_are_said(
    kept: tuple[int, ...], missing: tuple[str, ...]
) -> None:
    findings = checked(replace(GOOD, sections=tuple(GOOD.sections[n] for n in kept)))
    assert not usable(findings)
    assert lacks(findings) == missing
    assert opens(findings) == bool(missing), "of less than half a note one would not say so"


def test_a_section_for_which_the_video_has_nothing_may_be_left_out() -> None:
    notes = template("study-notes")
    headings = [plan.heading for plan in notes.sections if not plan.repeat]
    without = [h for h in headings if h != "Application"]
    sections = tuple(section("Stacks", "15") for _ in without)
    named = tuple(replace(s, heading=h) for s, h in zip(sections, without, strict=True))
    topics = tuple(section(h, "35") for h in ("Stacks", "Queues"))
    draft = Draft("T", (*named, *topics), whole=True)
    findings = check(draft, notes, transcript=TALK, video=VIDEO, language="en")
    assert Problem.MISSING_SECTIONS not in {f.problem for f in findings}
    none = check(
        Draft("T", topics * 5, whole=True), notes, transcript=TALK, video=VIDEO, language="en"
    )
    assert Problem.MISSING_SECTIONS in {f.problem for f in none}


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("zh-Hant", "这个方法很古老，在学校的书里也能找到，但是不是每个人都知道。" * 4),
        ("zh-TW", "视频中的讲师说明计算机怎么处理数据，并且给学生们很多例子。" * 4),
        ("zh-Hans", "這個方法很古老，在學校的書裡也能找到，但是不是每個人都知道。" * 4),
    ],
)
def test_the_other_chinese_writing_is_another_language(wanted: str, text: str) -> None:
    sections = tuple(
        replace(s, heading="概述", concise=text[:40], standard=text[:80], comprehensive=text)
        for s in GOOD.sections
    )
    draft = replace(GOOD, sections=sections)
    assert Problem.WRONG_LANGUAGE in found(draft, language=wanted)
    same = {"zh-Hant": "zh-Hans", "zh-TW": "zh-CN", "zh-Hans": "zh-Hant"}[wanted]
    assert Problem.WRONG_LANGUAGE not in found(draft, language=same)
    assert Problem.WRONG_LANGUAGE not in found(draft, language="zh")


# --- tidied --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    ["1. **Overview**", "**Overview:**", "“Overview”", "### **Overview**", "Overview:"],
)
def test_a_heading_is_its_words(heading: str) -> None:
    assert clean_up(with_first(heading=heading)) == GOOD


def test_headings_that_are_numbered_through_lose_their_numbers_and_others_keep_them() -> None:
    numbered = tuple(
        replace(s, heading=f"{n}. {s.heading}") for n, s in enumerate(GOOD.sections, start=1)
    )
    assert clean_up(replace(GOOD, sections=numbered)) == GOOD
    for heading in ("2. FC Köln", "7 habits of plants", "1984: a novel", "Step 1: Install it"):
        assert clean_up(with_first(heading=heading)).sections[0].heading == heading


@pytest.mark.parametrize(
    "head",
    [
        "In this section we will explore how stacks grow. ",
        "This section covers the idea of a stack. [3] ",
        "### Overview\n\n",
        "**Overview**\n",
        "Overview\n\n",
        "Sure! Here is the overview of the video:\n\n",
        "**Concise:** ",
        "In diesem Abschnitt werden wir Stapel betrachten. ",
    ],
)
def test_talk_of_the_note_itself_goes(head: str) -> None:
    first = GOOD.sections[0]
    draft = with_first(
        concise=head + first.concise,
        standard=head.replace("Concise", "Standard") + first.standard,
        comprehensive=head.replace("Concise", "Comprehensive") + first.comprehensive,
    )
    assert clean_up(draft) == GOOD


def test_a_farewell_goes() -> None:
    text = GOOD.sections[0].comprehensive
    assert clean_up(with_first(comprehensive=f"{text}\n\nI hope this helps!")) == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "Here is the section of `config.py` to change:\n\n```python\nDEBUG = False\n```",
        "Here is the version that compiles:\n\n```c\nint x;\n```\n\nIt is shorter.",
        "Here is an overview of Lisp that fits on a card: lists, atoms, functions.",
        "Below is the slide that he shows:\n\n| a | b |\n|---|---|",
        "In this section of the river we see sand. It sinks.",
        "This section of the code is short. It is fast.",
        "Standard: ISO 9001 is meant. Others follow.",
        "**Stacks**: last in, first out.",
        "A stack grows down. [3] It is fast. [4][5] See also [3:41].",
        "I hope this helps them, says the speaker, and goes on.",
        "Concise code is good code: it is read more often than written.",
    ],
)
def test_what_the_talk_is_about_stays(text: str) -> None:
    assert without_preamble(text) == text
    more = f"{text}\n\n{GOOD.sections[0].standard}"
    draft = with_first(concise=text, standard=more, comprehensive=f"{more}\n\nAnd more of it.")
    assert clean_up(draft) == draft
    assert TEMPLATE
