"""Whole notes: every section of every plan filled, honestly."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notegen_desktop.domain.links.video import Chapter, Video
from notegen_desktop.domain.notes.note import DraftSection, Level
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind, SectionPlan
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.language import said
from notegen_desktop.services.writers.extract.markup import escaped
from notegen_desktop.services.writers.extract.note import compose
from notegen_desktop.services.writers.extract.ranking import alike
from tests.fakes.assignments import template
from tests.fakes.labels import by_label

from .talks import (
    ALL_KINDS,
    ALL_REPEATED,
    AUTOMATIC,
    ENGLISH,
    TEXTS,
    VIDEO,
    repeated,
    single,
    talk,
    transcript,
)

BUILT_IN = (
    "basic-summary",
    "study-notes",
    "tutorial-guide",
    "presentation-slides",
    "research-paper",
    "quick-reference",
    "flashcards",
    "chapters",
)
QUOTED = [kind for kind in SectionKind if kind not in ("terms", "questions", "card")]

_TIME = re.compile(r"\*\((?:\d+:)?\d+:\d\d\)\*")
_REMARK = re.compile(r"^\*[^*\n]+\*$", re.MULTILINE)


def note(said: Transcript, plan: NoteTemplate, video: Video = VIDEO) -> list[DraftSection]:
    return compose(plan, Analysis(said), video)


def quotes(text: str) -> list[str]:
    """The lines of a text without what the engine says itself."""
    bare = _TIME.sub("", _REMARK.sub("", text))
    lines = [re.sub(r"^(?:- \[ \] |- |\d+\. )", "", line) for line in bare.splitlines()]
    return [line.strip() for line in lines if line.strip()]


def squeezed(text: str) -> str:
    """The letters and digits alone: punctuation is tidied, words never are."""
    return re.sub(r"[\W_]", "", text).casefold()


def lengths(section: DraftSection) -> list[int]:
    return [len(section.at(level)) for level in Level]


# --- every section filled ------------------------------------------------------------------------


@pytest.mark.parametrize("language", sorted(TEXTS))
@pytest.mark.parametrize("plan", [ALL_KINDS, ALL_REPEATED], ids=["once", "repeated"])
def test_every_kind_of_section_is_filled_in_every_language(
    language: str, plan: NoteTemplate
) -> None:
    said = talk(TEXTS[language], language)
    labels = set(by_label(said))

    for section in note(said, plan):
        concise, standard, comprehensive = lengths(section)
        assert section.heading.strip()
        assert 0 < concise < standard < comprehensive, section
        assert section.cites
        assert set(section.cites) <= labels


@pytest.mark.parametrize("template_id", BUILT_IN)
@pytest.mark.parametrize("language", sorted(TEXTS))
def test_every_built_in_template_is_filled_in_every_language(
    language: str, template_id: str
) -> None:
    for section in note(talk(TEXTS[language], language), template(template_id)):
        concise, standard, comprehensive = lengths(section)
        assert 0 < concise < standard < comprehensive, section


@pytest.mark.parametrize("template_id", BUILT_IN)
def test_a_single_word_still_makes_a_note(template_id: str) -> None:
    for section in note(transcript(["Indeed."], "en"), template(template_id)):
        assert section.heading.strip()
        assert all(section.at(level).strip() for level in Level)


def test_a_repeated_section_comes_as_often_as_its_plan_allows() -> None:
    for least, most in ((2, 5), (4, 4), (1, 3)):
        sections = note(talk(ENGLISH), repeated(SectionKind.TOPIC, least=least, most=most))
        assert least <= len(sections) <= most


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
    before = {by_label(said)[label].start_s < half for label in sections[0].cites}
    assert before == {True}


def test_headings_of_repeated_sections_differ() -> None:
    for kind in (SectionKind.TOPIC, SectionKind.STEP, SectionKind.SLIDE, SectionKind.CARD):
        headings = [s.heading for s in note(talk(ENGLISH), repeated(kind, least=4, most=6))]
        assert len({heading.casefold() for heading in headings}) == len(headings)


# --- nothing but quotes --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", QUOTED)
@pytest.mark.parametrize("language", ["en", "zh", "ar"])
def test_each_quote_is_said_in_the_segments_cited(language: str, kind: SectionKind) -> None:
    said = talk(TEXTS[language], language)
    segments = by_label(said)
    (section,) = note(said, single(kind))
    cited = squeezed("".join(segments[label].text for label in section.cites))

    for level in Level:
        for quote in quotes(section.at(level)):
            for sentence in re.split(r"(?<=[.。])\s*", quote):
                assert squeezed(sentence) in cited


@pytest.mark.parametrize("kind", QUOTED)
def test_a_text_says_nothing_twice(kind: SectionKind) -> None:
    said = talk(ENGLISH)
    analysis = Analysis(said)
    (section,) = compose(single(kind), analysis, VIDEO)
    for level in Level:
        text = section.at(level)
        shown = [s for s in analysis.sentences if escaped(s.text) in text]
        assert shown
        for number, one in enumerate(shown):
            assert not any(alike(one, other) for other in shown[number + 1 :])


@pytest.mark.parametrize("kind", QUOTED)
def test_a_level_has_the_sentences_of_the_level_before(kind: SectionKind) -> None:
    analysis = Analysis(talk(ENGLISH))
    (section,) = compose(single(kind), analysis, VIDEO)
    shown = [
        {s.index for s in analysis.sentences if escaped(s.text) in section.at(level)}
        for level in Level
    ]

    assert shown[0] < shown[1] < shown[2]


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_it_says_once_at_each_level_that_it_quotes(language: str) -> None:
    sections = note(talk(TEXTS[language], language), ALL_KINDS)
    notice = said(language).notice

    for level in Level:
        assert sum(section.at(level).count(notice) for section in sections) == 1
        assert notice in sections[0].at(level)


def test_it_says_so_where_nothing_fits_a_section() -> None:
    lines = [f"The {word} river flows past the old town and the mill." for word in ("blue", "wide")]
    (section,) = note(transcript(lines, "en"), single(SectionKind.TROUBLESHOOTING))

    assert said("en").nearest in section.concise
    (fitting,) = note(talk(ENGLISH), single(SectionKind.TROUBLESHOOTING))
    assert said("en").nearest not in fitting.concise


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


def test_a_card_asks_in_its_heading_and_answers_first() -> None:
    for card in note(talk(ENGLISH), repeated(SectionKind.CARD, least=4, most=4)):
        answer = re.match(r"\*\*(.+?)\*\*", card.concise)
        assert answer is not None
        assert "___" in card.heading
        full = card.heading.replace("___", answer[1])
        assert full in card.standard
        assert full in card.comprehensive


def test_questions_have_answers() -> None:
    (section,) = note(talk(ENGLISH), single(SectionKind.QUESTIONS))
    asked = [section.at(level).count("**Q:**") for level in Level]

    assert asked == [3, 5, 8]
    assert [section.at(level).count("**A:**") for level in Level] == asked


def test_times_are_only_given_where_they_are_known() -> None:
    timed = note(talk(ENGLISH), ALL_KINDS)
    untimed = note(talk(ENGLISH, timed=False), ALL_KINDS)

    assert all(_TIME.search(section.comprehensive) for section in timed)
    assert not any(_TIME.search(section.at(level)) for section in untimed for level in Level)


def test_the_words_of_the_talk_never_turn_into_markup() -> None:
    lines = [
        "Type *args and **kwargs into the <b>first</b> field of the form.",
        "See [the manual](http://evil.example) for the second field of the form.",
    ]
    for section in note(transcript(lines, "en"), single(SectionKind.TIPS)):
        assert "<b>" not in section.comprehensive
        assert "](" not in section.comprehensive.replace("\\](", "")


# --- nothing left out ----------------------------------------------------------------------------


@pytest.mark.parametrize("template_id", [name for name in BUILT_IN if name != "flashcards"])
def test_every_stretch_of_a_long_talk_gives_something(template_id: str) -> None:
    lines = [line for text in (ENGLISH, AUTOMATIC) for line in text.splitlines() if line] * 12
    said = transcript(lines, "en")
    analysis = Analysis(said)
    cited = {
        label
        for section in compose(template(template_id), analysis, VIDEO)
        for label in section.cites
    }

    assert len(analysis.stretches) > 5
    for stretch in analysis.stretches:
        inside = {label for i in stretch.indexes for label in analysis.sentences[i].labels}
        assert inside & cited


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
    st.text(alphabet=string.printable, max_size=60),
    st.text(max_size=30),
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


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=talks(), plan=_PLANS)
def test_any_talk_fills_any_plan_with_its_own_words(said: Transcript, plan: NoteTemplate) -> None:
    analysis = Analysis(said)
    whole = squeezed(said.text)
    labels = set(by_label(said))

    for sentence in analysis.sentences:
        assert squeezed(sentence.text) in whole
        assert set(sentence.labels) <= labels
        assert sentence.start_s <= sentence.end_s
    sections = compose(plan, analysis, VIDEO)
    assert len(sections) >= len(plan.sections)
    for section in sections:
        concise, standard, comprehensive = lengths(section)
        assert section.heading.strip()
        assert 0 < concise <= standard <= comprehensive
        assert section.cites
        assert set(section.cites) <= labels
