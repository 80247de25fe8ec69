"""Whole notes: every section of every plan filled, honestly."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.checks.coverage import min_gap
from notegen_desktop.domain.errors import NotQuotable
from notegen_desktop.domain.links.video import Chapter, Video
from notegen_desktop.domain.notes.note import DraftSection, Level
from notegen_desktop.domain.notes.templates import WRITTEN, NoteTemplate, SectionKind, SectionPlan
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.sources.captions import read_caption_file
from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.language import said
from notegen_desktop.services.writers.extract.markup import escaped
from notegen_desktop.services.writers.extract.note import compose
from notegen_desktop.services.writers.extract.plan import RECIPES
from notegen_desktop.services.writers.extract.ranking import alike
from tests.fakes.assignments import template
from tests.fakes.labels import by_label
from tests.properties import examples, texts

from .talks import (
    AUTOMATIC,
    ENGLISH,
    TEXTS,
    VIDEO,
    repeated,
    single,
    talk,
    transcript,
)

ALWAYS = (
    "basic-summary",
    "study-notes",
    "presentation-slides",
    "research-paper",
    "quick-reference",
    "chapters",
)
"""Templates that can be made of any talk of some length."""
TUTORIAL = template("tutorial-guide")
QUOTED = [kind for kind in SectionKind if kind in RECIPES]

_LABEL = re.compile(r" ?\[\d+\]")
_REMARK = re.compile(r"^\*[^*\n]+\*$", re.MULTILINE)


def note(said: Transcript, plan: NoteTemplate, video: Video = VIDEO) -> list[DraftSection]:
    return compose(plan, Analysis(said), video)


def quotes(text: str) -> list[str]:
    """The lines of a text without what the engine says itself."""
    bare = _LABEL.sub("", _REMARK.sub("", text))
    lines = [re.sub(r"^(?:- \[ \] |- |\d+\. )", "", line) for line in bare.splitlines()]
    return [line.strip() for line in lines if line.strip()]


def labels(text: str) -> set[str]:
    """The labels that a text names."""
    return set(re.findall(r"\[(\d+)\]", text))


def squeezed(text: str) -> str:
    """The letters and digits alone: punctuation is tidied, words never are."""
    return re.sub(r"[\W_]", "", text).casefold()


def quoting(said: Transcript, plan: NoteTemplate) -> list[DraftSection]:
    """The sections of a note, none where the talk has nothing for it."""
    try:
        return note(said, plan)
    except NotQuotable:
        return []


def lengths(section: DraftSection) -> list[int]:
    return [len(section.at(level)) for level in Level]


# --- sections that the talk has something for ----------------------------------------------------


@pytest.mark.parametrize("language", sorted(TEXTS))
@pytest.mark.parametrize("template_id", ALWAYS)
def test_each_section_of_a_note_has_three_texts_each_longer_with_labels_of_the_talk(
    language: str, template_id: str
) -> None:
    said = talk(TEXTS[language], language)
    known = set(by_label(said))
    sections = note(said, template(template_id))

    assert sections
    for section in sections:
        concise, standard, comprehensive = lengths(section)
        assert section.heading.strip()
        assert 0 < concise <= standard <= comprehensive, section
        assert concise < comprehensive or section.heading == "How it is done", section
        for level in Level:
            assert labels(section.at(level))
            assert labels(section.at(level)) <= known


def test_a_section_that_the_talk_has_nothing_for_is_left_out() -> None:
    lines = [f"The {word} river flows past the old town and the mill." for word in ("blue", "wide")]
    made = note(transcript(lines, "en"), template("study-notes"))

    assert {"Overview", "Summary points"} >= {section.heading for section in made[:1]}
    gone = {"Learning objectives", "Questions", "Key terms", "Application"}
    assert not gone & {section.heading for section in made}


def test_a_single_word_still_makes_a_note() -> None:
    for template_id in ("basic-summary", "study-notes", "chapters", "research-paper"):
        for section in note(transcript(["Indeed."], "en"), template(template_id)):
            assert section.heading.strip()
            assert all(section.at(level).strip() for level in Level)


@pytest.mark.parametrize("kind", sorted(WRITTEN))
def test_what_has_to_be_written_is_refused_in_words(kind: SectionKind) -> None:
    with pytest.raises(NotQuotable, match="only quotes") as refused:
        note(talk(ENGLISH), repeated(kind))
    assert "Gemini" in refused.value.hint


def test_a_tutorial_of_a_talk_without_steps_is_refused_in_words() -> None:
    with pytest.raises(NotQuotable, match="counts out no steps"):
        note(transcript(["Bees are small animals.", "They make honey."], "en"), TUTORIAL)


def test_a_tutorial_has_the_steps_that_are_said_and_no_others() -> None:
    sections = note(read_caption_file(sample_talk()), TUTORIAL)
    headings = [section.heading for section in sections]

    assert headings[:5] == [
        "Right after a lecture, a chapter or a video, close everything",
        "Open the source again, compare",
        "Turn the important points into questions",
        "Answer those questions the next day",
        "Once a week, mix the questions of different subjects in one session of 20 minutes",
    ] or len(headings) > 5  # fmt: skip
    assert "Prerequisites" not in headings


def test_a_repeated_section_comes_as_often_as_its_plan_allows() -> None:
    for least, most in ((2, 5), (4, 4), (1, 3)):
        sections = note(talk(ENGLISH), repeated(SectionKind.TOPIC, least=least, most=most))
        assert least <= len(sections) <= most


def test_concise_is_concise() -> None:
    hour = [line for line in ENGLISH.strip().splitlines() if line] * 25
    sections = note(transcript(hour, "en"), template("basic-summary"))
    text = "\n".join(section.concise for section in sections)

    assert len(_LABEL.sub("", text).split()) <= 190


# --- chapters ------------------------------------------------------------------------------------


def test_the_first_chapter_starts_at_the_beginning_and_each_where_its_words_do() -> None:
    said = read_caption_file(sample_talk())
    late = replace(
        said,
        segments=tuple(
            replace(s, start_s=s.start_s + 12.0, end_s=s.end_s + 12.0) for s in said.segments
        ),
    )
    analysis = Analysis(late)
    sections = compose(template("chapters"), analysis, VIDEO)
    starts = [analysis.sentences[part.first].labels[0] for part in analysis.parts(len(sections))]

    assert sections[0].cites[0] == "0:00"
    assert [section.cites[0] for section in sections[1:]] == starts[1:]


def test_the_chapters_of_the_video_are_kept_with_their_titles() -> None:
    said = talk(ENGLISH)
    half = said.duration_s / 2
    video = Video(
        id="v",
        url="",
        chapters=(Chapter("Bees", 0.0, half), Chapter("Harvest", half, said.duration_s)),
    )
    sections = note(said, repeated(SectionKind.CHAPTER, least=2, most=9), video)

    assert [section.heading for section in sections] == ["Bees", "Harvest"]
    before = {by_label(said)[label].start_s < half for label in labels(sections[0].standard)}
    assert before == {True}


def test_headings_of_repeated_sections_differ() -> None:
    for kind in (SectionKind.TOPIC, SectionKind.SLIDE):
        headings = [s.heading for s in note(talk(ENGLISH), repeated(kind, least=4, most=6))]
        assert len({heading.casefold() for heading in headings}) == len(headings)


# --- nothing but quotes --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", QUOTED)
@pytest.mark.parametrize("language", ["en", "zh", "ar"])
def test_each_quote_is_said_in_the_segments_cited(language: str, kind: SectionKind) -> None:
    said = talk(TEXTS[language], language)
    segments = by_label(said)
    for section in quoting(said, single(kind)):
        for level in Level:
            text = section.at(level)
            cited = squeezed(
                "".join(segments[label].text for label in sorted(labels(text), key=int))
            )
            for quote in quotes(text):
                for sentence in re.split(r"(?<=[.。])\s*", quote):
                    assert squeezed(sentence) in cited


@pytest.mark.parametrize("kind", QUOTED)
def test_a_text_says_nothing_twice(kind: SectionKind) -> None:
    said = talk(ENGLISH)
    analysis = Analysis(said)
    for section in quoting(said, single(kind)):
        for level in Level:
            text = section.at(level)
            shown = [s for s in analysis.sentences if escaped(s.opened) in text]
            assert shown
            for number, one in enumerate(shown):
                assert not any(alike(one, other) for other in shown[number + 1 :])


@pytest.mark.parametrize("kind", QUOTED)
def test_a_level_has_the_sentences_of_the_level_before(kind: SectionKind) -> None:
    for section in quoting(talk(ENGLISH), single(kind)):
        first, second, third = (labels(section.at(level)) for level in Level)

        assert first <= second <= third
        assert first < third


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_it_says_once_at_each_level_that_it_quotes(language: str) -> None:
    sections = note(talk(TEXTS[language], language), template("study-notes"))
    notice = said(language).notice

    for level in Level:
        assert sum(section.at(level).count(notice) for section in sections) == 1
        assert notice in sections[0].at(level)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (SectionKind.TROUBLESHOOTING, "A common problem is a hive that smells sour"),
        (SectionKind.APPLICATION, "For example, you can use oxalic acid"),
        (SectionKind.TIPS, "Make sure that you never stand in front"),
        (SectionKind.PREREQUISITES, "Before you open the hive, you need a smoker"),
        (SectionKind.OBJECTIVES, "Today you will learn how a bee colony works"),
        (SectionKind.SUMMARY, "In summary, a calm hand"),
        (SectionKind.DISCUSSION, "However, some beekeepers argue"),
        (SectionKind.METHOD, "We measured forty hives"),
        (SectionKind.VERIFICATION, "You can check the number of mites"),
    ],
)
def test_each_kind_of_section_finds_the_sentence_that_was_said_for_it(
    kind: SectionKind, expected: str
) -> None:
    (section,) = note(talk(ENGLISH), single(kind))

    assert expected in section.standard


def test_small_talk_is_quoted_nowhere() -> None:
    for section in note(talk(ENGLISH), template("study-notes")):
        for level in Level:
            assert "Thank you for watching" not in section.at(level)


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_item_begins_with_a_bare_connective(language: str) -> None:
    openings = {"en": ("And", "So", "Now", "Well", "But", "Then"), "de": ("Und", "Also", "Aber")}
    lines = [line for line in TEXTS[language].strip().splitlines() if line]
    tied = [
        f"{openings[language][n % len(openings[language])]} {line[:1].lower()}{line[1:]}"
        for n, line in enumerate(lines)
    ]
    for template_id in ALWAYS:
        for section in note(transcript(tied, language), template(template_id)):
            for level in Level:
                for line in quotes(section.at(level)):
                    first = re.match(r"[\w’']*", line)
                    assert first is not None
                    assert first[0] not in openings[language], line


def test_a_sentence_that_is_taken_back_keeps_what_takes_it_back() -> None:
    lines = [
        *[line for line in ENGLISH.strip().splitlines() if line][1:5],
        "The bee colony needs a calm and steady hand in summer.",
        "But in winter the bee colony needs no hand at all.",
        *[line for line in ENGLISH.strip().splitlines() if line][6:16],
    ]
    taken = 0
    for template_id in ALWAYS:
        for section in note(transcript(lines, "en"), template(template_id)):
            for line in quotes(section.comprehensive) + quotes(section.standard):
                if "calm and steady hand" in line and "**" not in line:
                    taken += 1
                    assert "But in winter" in line
    assert taken


# --- forms ---------------------------------------------------------------------------------------


def test_points_are_lists_and_arguments_are_passages() -> None:
    (tips,) = note(talk(ENGLISH), single(SectionKind.TIPS))
    (topic,) = note(talk(ENGLISH), single(SectionKind.TOPIC))

    assert all(line.startswith("- ") for line in tips.standard.splitlines()[2:])
    assert "- " not in topic.comprehensive
    assert "\n\n" in topic.comprehensive


def test_checks_are_checklists() -> None:
    (section,) = note(talk(ENGLISH), single(SectionKind.PREREQUISITES))

    assert "- [ ] " in section.standard


def test_a_slide_has_its_points_and_then_what_to_say() -> None:
    sections = note(talk(ENGLISH), repeated(SectionKind.SLIDE, least=2, most=2))
    points = [line for line in sections[1].standard.splitlines() if line]
    whole = sections[1].comprehensive

    assert all(line.startswith("- ") for line in points)
    assert whole.startswith(sections[1].standard)
    assert "- " not in whole[len(sections[1].standard) :]


def test_cards_ask_for_what_is_defined_and_then_for_numbers() -> None:
    cards = note(read_caption_file(sample_talk()), template("flashcards"))
    asked = [card.heading for card in cards]

    assert 6 <= len(cards) <= 12
    assert "What is “spaced repetition”?" in asked
    assert sum(heading.startswith("What is") for heading in asked) >= 6
    for card in cards:
        if "___" in card.heading:
            answer = re.match(r"\*\*(.+?)\*\*", card.concise)
            assert answer is not None
            assert card.heading.replace("___", answer[1]) in card.standard


def test_key_terms_are_those_that_the_talk_defines() -> None:
    sections = note(read_caption_file(sample_talk()), template("study-notes"))
    (terms,) = [section for section in sections if section.heading == "Key terms"]

    for term in ("retrieval practice", "spaced repetition", "interleaving", "desirable difficulty"):
        assert f"- **{term}**: " in terms.comprehensive
    (questions,) = [section for section in sections if section.heading == "Questions"]
    asked = [questions.at(level).count("**Q:**") for level in Level]
    assert asked == [questions.at(level).count("**A:**") for level in Level]
    assert 0 < asked[0] < asked[1] <= asked[2]


def test_a_said_summary_and_said_limits_are_taken_as_they_are() -> None:
    sections = note(read_caption_file(sample_talk()), template("research-paper"))
    by_heading = {section.heading: section for section in sections}

    assert len(by_heading["Conclusion"].standard.splitlines()) == 7
    assert "does not replace understanding" in (
        by_heading["Limitations and open questions"].comprehensive
    )


def test_the_words_of_the_talk_never_turn_into_markup() -> None:
    lines = [
        "Type *args and **kwargs into the <b>first</b> field of the form.",
        "See [the manual](http://evil.example) for the second field of the form.",
    ]
    for section in note(transcript(lines, "en"), single(SectionKind.TOPIC)):
        assert "<b>" not in section.comprehensive
        assert "](" not in section.comprehensive.replace("\\](", "")


# --- nothing left out ----------------------------------------------------------------------------


@pytest.mark.parametrize("template_id", ["basic-summary", "study-notes", "presentation-slides"])
def test_no_long_stretch_of_a_talk_is_left_out(template_id: str) -> None:
    lines = [line for text in (ENGLISH, AUTOMATIC) for line in text.splitlines() if line] * 12
    said = transcript(lines, "en")
    segments = by_label(said)
    cited = {
        segments[label].start_s
        for section in note(said, template(template_id))
        for label in labels(section.comprehensive)
    }

    times = sorted({0.0, *cited, said.duration_s})
    assert max(b - a for a, b in pairwise(times)) < min_gap(said.duration_s) * 1.5


def test_the_same_talk_always_gives_the_same_note() -> None:
    first = note(talk(ENGLISH), template("study-notes"))

    assert note(talk(ENGLISH), template("study-notes")) == first


# --- any talk, any plan --------------------------------------------------------------------------

_VOCABULARY = (
    "the a of bee honey hive mite queen is are and so um uh you need make sure problem for example "
    "first then Lisp 3.5 2,000 it's X. Mr. e.g. [Music] >> -- … “no” #tag *star* _line_ <b> "
    "光合作用 叶绿素。 マグマ は قهوة ثم שלום हिन्दी ไทย 😀 ♪ ?"
)
_WORDS = st.sampled_from(_VOCABULARY.split())
_LINES = st.one_of(
    st.lists(_WORDS, min_size=1, max_size=14).map(" ".join),
    texts(string.printable, max_size=60),
    texts(max_size=30),
)


@st.composite
def talks(draw: st.DrawFn) -> Transcript:
    lines = draw(st.lists(_LINES, min_size=1, max_size=40))
    segments: list[Segment] = []
    now = 0.0
    for number, line in enumerate(lines, start=1):
        now += draw(st.sampled_from([0.0, 0.0, 0.3, 4.0]))
        end = now + draw(st.sampled_from([0.0, 1.5, 5.0, 60.0]))
        segments.append(Segment(str(number), now, end, line))
        now = draw(st.sampled_from([now, end]))
    language = draw(st.sampled_from(["", "en", "de", "zh", "ja", "ar", "xx"]))
    segments.append(Segment(str(len(lines) + 1), now, now + 1.0, "word"))
    return Transcript(language, TranscriptKind.FILE, tuple(segments), timed=draw(st.booleans()))


_PLANS = st.builds(
    lambda plans: NoteTemplate("p", "1", "p", "p", "p", tuple(plans)),
    st.lists(
        st.builds(
            lambda kind, repeat, least, more: SectionPlan(
                kind, heading="Heading", repeat=repeat, min=least, max=least + more
            ),
            st.sampled_from(list(SectionKind)),
            st.booleans(),
            st.integers(1, 6),
            st.integers(0, 6),
        ),
        min_size=1,
        max_size=5,
    ),
)


@examples(150)
@given(said=talks(), plan=_PLANS)
def test_any_talk_fills_any_plan_with_its_own_words(said: Transcript, plan: NoteTemplate) -> None:
    analysis = Analysis(said)
    whole = squeezed(said.text)
    known = set(by_label(said))

    for sentence in analysis.sentences:
        assert squeezed(sentence.text) in whole
        assert set(sentence.labels) <= known
        assert sentence.start_s <= sentence.end_s
    try:
        sections = compose(plan, analysis, VIDEO)
    except NotQuotable:
        return
    for section in sections:
        concise, standard, comprehensive = lengths(section)
        assert section.heading.strip()
        assert 0 < concise <= standard <= comprehensive
        for level in Level:
            assert labels(section.at(level)) & known
