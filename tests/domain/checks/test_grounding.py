"""Cites become times; each says truthfully whether the words there support the section."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.checks.evidence import GroundingIndex
from notegen_desktop.domain.checks.grounding import ground
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Draft, DraftSection
from notegen_desktop.domain.text.transcript import Transcript
from tests.domain.talks import NAMES, Told, retold, sample, spoken, talk
from tests.fakes.labels import by_label
from tests.properties import examples, texts

VIDEO = Video("v", "https://www.youtube.com/watch?v=v")

LISP = spoken(
    "Computer science is a terrible name for this business of ours.",
    "The essence of Babylonian geometry was surveying the fields after the Nile had flooded.",
    "A square root is found by guessing and then improving the guess by averaging.",
    "Heron of Alexandria described this method two thousand years ago.",
    "An interpreter evaluates an expression within an environment of bindings.",
    "Lambda makes a procedure without giving it any name at all.",
    "Recursion lets a procedure call itself on a smaller problem.",
    "Tail calls keep the stack from growing during iteration.",
    "Garbage collection returns memory that nobody can reach.",
    "Wizards control spirits, and programmers control processes with spells.",
)


def section(*cites: str, text: str = "") -> DraftSection:
    return DraftSection("A heading", cites, text, text, text)


def cites_of(
    *cites: str, text: str, transcript: Transcript | None = LISP, video: Video = VIDEO
) -> list[tuple[float, float, bool]]:
    draft = Draft("t", (section(*cites, text=text),), whole=True)
    grounded = ground(draft, transcript=transcript, video=video)
    return [(c.start_s, c.end_s, c.verified) for c in grounded.sections[0].cites]


ROOTS = (
    "A square root is found by guessing and improving the guess by averaging, a method that Heron "
    "of Alexandria described thousands of years ago."
)


@pytest.mark.parametrize(
    "cites",
    [
        ("3", "4"),
        ("[3]", "[4]"),
        ("3-4",),
        ("3–4",),
        ("3 — 4",),
        ("[3]-[4]",),
        ("3, 4",),
        ("[3, 4]",),
        ("segments 3 to 4",),
        ("3 4",),
        ("4-3",),
        ("4", "3", "3"),
        ("Segment [3]", "#4"),
    ],
)
def test_labels_are_read_in_every_notation_and_neighbours_become_one(cites: tuple[str]) -> None:
    assert cites_of(*cites, text=ROOTS) == [(20.0, 40.0, True)]


def test_labels_that_are_apart_stay_apart_and_in_order_of_time() -> None:
    text = ROOTS + " Garbage collection returns memory that nobody can reach."
    assert cites_of("9", "3", text=text) == [(20.0, 30.0, True), (80.0, 90.0, True)]


def test_a_label_of_another_part_is_not_verified() -> None:
    assert cites_of("9", text=ROOTS) == [(80.0, 90.0, False)]


def test_a_near_miss_moves_to_the_neighbour_that_says_it() -> None:
    text = "Tail calls keep the stack from growing during iteration."
    assert cites_of("6", text=text) == [(70.0, 80.0, True)]


def test_a_short_film_is_measured_like_a_long_one() -> None:
    short = Transcript("en", LISP.kind, LISP.segments[2:5])
    assert cites_of("4", text=ROOTS, transcript=short) == [(30.0, 40.0, True)]
    bananas = "Bananas ripen faster in a paper bag."
    assert cites_of("4", text=bananas, transcript=short) == [(30.0, 40.0, False)]


def test_where_two_places_share_the_words_of_a_statement_its_pairs_of_words_decide() -> None:
    said = spoken(
        "The court holds that equal treatment is due to every student.",
        *(f"Counsel number {n} speaks of procedure for a while." for n in range(40)),
        "Every student is due at court, and treatment of the equal kind holds.",
        *(f"Counsel number {n} speaks of schedules for a while." for n in range(40)),
    )
    index = GroundingIndex(said)
    claim = index.claim("Equal treatment is due to every student.")
    assert index.support(claim, 0).score > index.support(claim, 41).score + 1


def test_a_short_turn_said_here_and_there_tells_of_what_is_told_around_it_alone() -> None:
    said = spoken(
        *(
            "Thank you." if n % 12 == 5 else f"Counsel number {n} speaks of procedure {n % 7}."
            for n in range(60)
        ),
        "A square root is found by guessing and then improving the guess.",
        "Thank you.",
        "Heron of Alexandria described this method two thousand years ago.",
    )
    text = f"{ROOTS} Thank you, says Heron."
    assert cites_of("6", "62", text=text, transcript=said) == [
        (50.0, 60.0, None),
        (610.0, 620.0, True),
    ]


def test_a_label_that_does_not_exist_is_replaced_if_a_passage_clearly_says_it() -> None:
    text = "Wizards control spirits, and programmers control processes with spells."
    assert cites_of("99999", text=text) == [(90.0, 100.0, True)]


def test_a_label_that_does_not_exist_is_dropped_if_no_passage_says_it() -> None:
    draft = Draft("t", (section("777", text="Bananas ripen faster in a paper bag."),), whole=True)
    assert ground(draft, transcript=LISP, video=VIDEO).sections[0].cites == ()


def test_texts_are_never_changed() -> None:
    draft = Draft("t", (DraftSection("H", ("3",), " a ", "b\n", "*c*"),), whole=True)
    result = ground(draft, transcript=LISP, video=VIDEO).sections[0]
    assert (result.heading, result.concise, result.standard, result.comprehensive) == (
        "H",
        " a ",
        "b\n",
        "*c*",
    )


def test_plain_text_without_times_is_never_verified() -> None:
    untimed = Transcript("en", LISP.kind, LISP.segments, timed=False)
    assert [c[2] for c in cites_of("3", "4", text=ROOTS, transcript=untimed)] == [None]


def test_a_program_that_copies_its_sentences_needs_no_measuring() -> None:
    draft = Draft("t", (section("9", text=ROOTS),), whole=True)
    grounded = ground(draft, transcript=LISP, video=VIDEO, quoted=True)
    assert grounded.sections[0].cites == (Cite(80.0, 90.0, verified=True, n=1),)


def test_a_video_without_captions_has_times_that_nothing_verifies() -> None:
    video = Video("v", "https://youtu.be/v", duration_s=3600)
    found = cites_of(
        "3:41", "1:02:07", "[10:00-10:30]", "59:55", text="x", transcript=None, video=video
    )
    assert found == [(221.0, 241.0, None), (600.0, 630.0, None), (3595.0, 3600.0, None)]


def test_a_time_is_held_against_the_captions_where_there_are_any() -> None:
    assert cites_of("0:25", text=ROOTS) == [(25.0, 45.0, True)]
    assert cites_of("0:05", text="Bananas ripen faster in a paper bag.") == [(5.0, 25.0, False)]
    assert cites_of("59:00", text=ROOTS) == []


def test_another_language_is_verified_by_what_it_shares_and_nothing_else() -> None:
    german = (
        "Die Methode stammt von Heron aus Alexandria. Man rät eine Zahl und verbessert sie, indem "
        "man den Mittelwert bildet. Das beschrieb er vor langer Zeit, und es gilt noch heute für "
        "jeden, der eine Wurzel sucht und keine Tabelle zur Hand hat, auch ohne jede Maschine."
    )
    draft = Draft("t", (section("4", "9", text=german),), whole=True)
    cites = ground(draft, transcript=LISP, video=VIDEO, language="de").sections[0].cites
    assert [(c.start_s, c.verified) for c in cites] == [(30.0, True), (80.0, None)]


# --- real talks ----------------------------------------------------------------------------------


def judged(told: Told, transcript: Transcript, index: GroundingIndex) -> tuple[int, int, int, int]:
    """True cites, those of them marked false; made-up cites, those of them called verified."""
    grounded = ground(told.draft, transcript=transcript, video=VIDEO, index=index)
    labels = by_label(transcript)
    true = wronged = made_up = believed = 0
    for result, right, wrong in zip(grounded.sections, told.true, told.made_up, strict=True):
        verified = {
            s.label
            for s in transcript.segments
            if any(c.verified and c.start_s <= s.start_s < c.end_s for c in result.cites)
        }
        true += len(right)
        wronged += len({label for label in right if label not in verified})
        made_up += len(wrong)
        believed += len({label for label in wrong if label in labels and label in verified})
    return true, wronged, made_up, believed


@pytest.mark.parametrize("name", [*NAMES, "sample"])
def test_of_a_note_that_quotes_no_true_cite_is_marked_false_and_no_made_up_one_believed(
    name: str,
) -> None:
    transcript = sample() if name == "sample" else talk(name)
    index = GroundingIndex(transcript)
    totals = [0, 0, 0, 0]
    for seed in range(8):
        for exists in (True, False):
            told = retold(transcript, seed=seed, exists=exists)
            for place, number in enumerate(judged(told, transcript, index)):
                totals[place] += number
    true, wronged, made_up, believed = totals
    assert made_up > 80
    assert wronged <= true * 0.005  # a cue such as “Yes.” supports nothing by itself
    assert believed <= made_up * 0.02  # a made-up label that says the same thing by chance


@pytest.mark.parametrize("name", ["sicp-lec1a.en.srt", "state-of-openedx.auto.en.srt", "sample"])
def test_of_a_note_that_retells_with_half_the_words_nearly_all_true_cites_stand(name: str) -> None:
    transcript = sample() if name == "sample" else talk(name)
    index = GroundingIndex(transcript)
    totals = [0, 0, 0, 0]
    for seed in range(8):
        told = retold(transcript, seed=seed, keep=0.6)
        for place, number in enumerate(judged(told, transcript, index)):
            totals[place] += number
    true, wronged, made_up, believed = totals
    assert wronged <= true * 0.05
    assert believed <= made_up * 0.06


def test_notes_of_a_talk_in_its_translation_are_not_believed_blindly() -> None:
    spanish, english = talk("state-of-openedx.auto-translated.es.srt"), talk(NAMES[-1])
    told = retold(english, seed=1, made_up=0.0)
    draft = ground(told.draft, transcript=spanish, video=VIDEO, language="en")
    cites = [cite for result in draft.sections for cite in result.cites]
    assert sum(cite.verified is True for cite in cites) < len(cites) * 0.6


CITE = st.one_of(
    texts(max_size=30),
    st.from_regex(r"\[?\d{1,5}([-–,; ]\d{1,5})?\]?", fullmatch=True),
    st.from_regex(r"\d{1,3}:\d{2}(:\d{2})?", fullmatch=True),
)


@examples(200)
@given(
    st.lists(CITE, max_size=8),
    texts(max_size=200),
    st.booleans(),
    st.one_of(st.none(), st.floats(0, 200)),
)
def test_nothing_raises_and_cites_are_in_order_and_within_the_video(
    cites: list[str], text: str, with_words: bool, duration_s: float | None
) -> None:
    video = Video("v", "u", duration_s=duration_s)
    draft = Draft("t", (section(*cites, text=text),), whole=True)
    grounded = ground(draft, transcript=LISP if with_words else None, video=video)
    found = grounded.sections[0].cites
    assert [c.start_s for c in found] == sorted(c.start_s for c in found)
    assert all(c.start_s <= c.end_s for c in found)
    total = grounded.coverage.covered_s + sum(b - a for a, b in grounded.coverage.gaps)
    if found and duration_s:
        assert total == pytest.approx(duration_s)


def test_an_index_of_a_long_talk_takes_little_more_room_than_its_words() -> None:
    text = "Passage {0} tells of {1} things, of number {0} above all, and why it is {2} of them."
    words = spoken(*(text.format(n, n % 97, n % 31) for n in range(3600)))  # ten hours
    said = sum(len(segment.text) for segment in words.segments)
    tracemalloc.start()
    try:
        index = GroundingIndex(words)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert index.place_of["3600"] == 3599
    assert most < 8 * said
