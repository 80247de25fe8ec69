"""How a transcript becomes sentences that can be quoted."""

from __future__ import annotations

import re
import tracemalloc

import pytest

from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.services.writers.extract.language import language_of
from notegen_desktop.services.writers.extract.sentences import Sentence, split

from .talks import AUTOMATIC, CHINESE, ENGLISH, GERMAN, TEXTS, talk, transcript


def sentences(said: Transcript) -> list[Sentence]:
    return split(said, language_of(said.language, said.text))


def texts(*lines: str, language: str = "en") -> list[str]:
    return [sentence.text for sentence in sentences(transcript(lines, language))]


def squeezed(text: str) -> str:
    return re.sub(r"[\s.。]", "", text).casefold()


def test_a_punctuated_talk_is_cut_at_its_full_stops() -> None:
    lines = [line for line in ENGLISH.strip().splitlines() if line]

    assert [sentence.text for sentence in sentences(talk(ENGLISH))] == lines


def test_a_sentence_goes_on_over_captions_and_cites_them_all() -> None:
    found = sentences(transcript(["The moon pulls", "the water of the", "sea. It is far."], "en"))

    assert [s.text for s in found] == ["The moon pulls the water of the sea.", "It is far."]
    assert found[0].labels == ("1", "2")
    assert found[1].labels == ("3",)


def test_a_word_over_the_edge_of_a_caption_does_not_cite_it() -> None:
    found = sentences(
        transcript(["This is a long sentence about bees and their honey which ends", "here."], "en")
    )

    assert found[0].labels == ("1", "2")  # the second caption is wholly part of it

    found = sentences(
        transcript(
            [
                "This is a long sentence about bees and their honey which ends over",
                "there. And then another long sentence about flowers and trees begins to grow.",
            ],
            "en",
        )
    )
    assert found[0].labels == ("1",)


@pytest.mark.parametrize(
    "line",
    [
        "Dr. Miller met Mr. Smith at 3.5 miles from town.",
        "We use e.g. a hammer and a nail.",
        "John F. Kennedy spoke for an hour.",
        "He said “Stop!” and left the room.",
    ],
)
def test_a_full_stop_within_a_sentence_does_not_end_it(line: str) -> None:
    assert texts(line) == [line]


def test_a_letter_may_end_a_sentence_when_the_next_one_opens_like_one() -> None:
    assert texts("We call the value X. And then we go on.") == [
        "We call the value X.",
        "And then we go on.",
    ]


def test_a_german_ordinal_does_not_end_a_sentence() -> None:
    assert len(texts("Am 3. Oktober fahren viele Leute weg.", language="de")) == 1


def test_automatic_captions_are_cut_into_pieces_that_can_be_read() -> None:
    found = sentences(talk(AUTOMATIC, kind=TranscriptKind.AUTOMATIC))

    assert len(found) >= 10
    assert all(s.length <= 30 for s in found)
    assert sum(s.length for s in found) / len(found) >= 10


def test_cuts_fall_before_words_that_open_a_clause_rather_than_after_small_words() -> None:
    found = sentences(talk(AUTOMATIC, kind=TranscriptKind.AUTOMATIC))
    last_words = [s.words[-1] for s in found]

    assert not {"the", "a", "of", "and", "to"} & set(last_words)


def test_pieces_get_a_capital_and_a_full_stop_but_no_other_word() -> None:
    said = talk(AUTOMATIC, kind=TranscriptKind.AUTOMATIC)
    whole = squeezed(said.text)

    for sentence in sentences(said):
        assert sentence.text[0].isupper()
        assert sentence.text.endswith(".")
        assert squeezed(sentence.text) in whole


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_sentences_are_verbatim_and_leave_no_words_out(language: str) -> None:
    said = talk(TEXTS[language], language)
    found = sentences(said)
    whole = squeezed(said.text)

    assert all(squeezed(s.text) in whole for s in found)
    assert squeezed("".join(s.text for s in found)) == whole


def test_a_pause_is_where_an_unpunctuated_talk_is_cut() -> None:
    words = ["we", "walk", "along", "the", "river", "bank", "and", "look", "at", "birds"]
    segments = []
    now = 0.0
    for number in range(8):
        segments.append(Segment(str(number + 1), now, now + 4, " ".join(words)))
        now += 4 + (6 if number % 2 else 0)  # a long silence after every second caption
    said = Transcript("en", TranscriptKind.AUTOMATIC, tuple(segments))

    starts = {s.labels[0] for s in sentences(said)}
    assert {"1", "3", "5", "7"} <= starts


def test_stage_directions_are_left_out_and_end_a_sentence() -> None:
    assert texts("[Music] we begin with the first point [Applause] and go on to the second") == [
        "We begin with the first point.",
        "And go on to the second.",
    ]


def test_sounds_made_while_thinking_are_cut_off_the_ends() -> None:
    assert texts("um the sea is deep uh") == ["The sea is deep."]


def test_names_of_speakers_before_their_words_are_left_out() -> None:
    assert texts("PROFESSOR: Welcome to the course.") == ["Welcome to the course."]
    assert texts("教授：上次课我们学习了语言。", language="zh") == ["上次课我们学习了语言。"]


def test_another_speaker_begins_another_sentence() -> None:
    said = Transcript(
        "en",
        TranscriptKind.MANUAL,
        (
            Segment("1", 0, 2, "I think that the court", "Ann"),
            Segment("2", 2, 4, "Let me stop you there", "Bob"),
        ),
    )

    assert [(s.text, s.speaker) for s in sentences(said)] == [
        ("I think that the court.", "Ann"),
        ("Let me stop you there.", "Bob"),
    ]


def test_chinese_is_cut_at_its_own_full_stops_without_spaces() -> None:
    found = sentences(talk(CHINESE, "zh"))

    assert "今天我们学习光合作用的基本原理。" in [s.text for s in found]
    assert all(s.text.endswith("。") for s in found)


def test_chinese_captions_are_joined_without_a_space() -> None:
    assert texts("上次课我们学习了", "如何构建语言。", language="zh") == [
        "上次课我们学习了如何构建语言。"
    ]


def test_times_within_a_long_segment_are_shared_out() -> None:
    segment = Segment("1", 100.0, 160.0, "A first sentence of words. A second sentence of words.")
    found = sentences(Transcript("en", TranscriptKind.MANUAL, (segment,)))

    assert found[0].start_s == pytest.approx(100.0)
    assert 125 < found[1].start_s < 135
    assert found[1].end_s == pytest.approx(160.0, abs=1.5)


def test_questions_are_known_as_such() -> None:
    found = sentences(transcript(["What is a bee? A bee is an insect."], "en"))

    assert [s.question for s in found] == [True, False]


def test_small_words_carry_no_meaning() -> None:
    found = sentences(transcript(["The bees are in the hive with their honey."], "en"))

    assert found[0].stems == ("bee", "hive", "honey")


def test_german_words_are_reduced_to_their_stems() -> None:
    stems = {stem for s in sentences(talk(GERMAN, "de")) for stem in s.stems}

    assert "sauerteig" in stems
    assert "der" not in stems


def test_what_is_sung_is_only_quoted_where_nothing_else_is_said() -> None:
    assert texts("♪ row the boat ♪ Now we talk.") == ["Now we talk."]
    assert texts("♪ row the boat ♪") == ["Row the boat."]
    assert texts("[a dog barks]") == ["A dog barks."]


@pytest.mark.parametrize(
    "noise",
    ["." * 200_000, "-" * 200_000, "[" * 100_000, "♪" * 100_000, ". " * 50_000, "x" * 200_000],
    ids=["dots", "dashes", "brackets", "notes", "lonely dots", "letters"],
)
def test_senseless_input_is_read_in_one_go_and_quotes_stay_short(noise: str) -> None:
    found = sentences(transcript([f"The sea is deep {noise} and blue.", "It is cold."], "en"))

    assert found[-1].text == "It is cold."
    assert all(len(s.text) < 100 or noise[0] == "x" for s in found)


def test_a_long_talk_without_a_full_stop_in_a_single_caption_is_cut_all_the_same() -> None:
    words = AUTOMATIC.split() * 40
    found = sentences(transcript([" ".join(words)], "en"))

    assert len(found) > len(words) / 35
    assert max(s.length for s in found) < 45


def test_captions_without_a_full_stop_take_little_more_room_than_their_words() -> None:
    lines = [f"{line} of part {n} and" for n in range(30) for line in AUTOMATIC.split("\n") if line]
    said = transcript(lines)
    size = sum(len(segment.text) for segment in said.segments)
    assert sentences(transcript(lines[:50]))  # the word lists are read
    tracemalloc.start()
    try:
        found = sentences(said)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) > 100
    assert most < 30 * size


def test_thai_ends_a_sentence_without_a_full_stop_and_has_abbreviations() -> None:
    lines = ("ในปี พ.ศ. 2530 มีการทดลองกับนักเรียนสี่สิบสองคน", "สิ่งสำคัญคือการวัดก่อนเลือกวิธีการเรียงลำดับ")
    assert " ".join(texts(*lines, language="th")) == " ".join(lines)


def test_burmese_and_khmer_have_full_stops_of_their_own() -> None:
    (burmese,) = texts("မြန်မာစာသည်မြန်မာနိုင်ငံ၏ရုံးသုံးဘာသာစကားဖြစ်သည်", language="my")
    (khmer,) = texts("ភាសាខ្មែរជាភាសាផ្លូវការរបស់ប្រទេសកម្ពុជា", language="km")
    assert (burmese[-1], khmer[-1]) == ("။", "។")
