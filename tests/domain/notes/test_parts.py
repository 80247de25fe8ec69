"""Where a long video is cut."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.links.video import Chapter, Video
from notegen_desktop.domain.notes.note import Draft, DraftSection, Mode, Part
from notegen_desktop.domain.notes.parts import (
    WHOLE_TOKENS,
    PartLimits,
    condensed,
    gap_part,
    in_whole_time,
    overall_template,
    passage,
    split,
    with_whole,
)
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from tests.fakes.assignments import template

HOUR = 3600.0


def speech(segments: int, *, seconds: float = 10.0, words: int = 30) -> Transcript:
    said = "word " * (words - 1) + "end"
    return Transcript(
        "en",
        TranscriptKind.MANUAL,
        tuple(Segment(str(n + 1), n * seconds, (n + 1) * seconds, said) for n in range(segments)),
    )


def video(transcript: Transcript | None, **facts: object) -> Video:
    length = transcript.duration_s if transcript else None
    return replace(Video("x", "https://www.youtube.com/watch?v=x", duration_s=length), **facts)


@pytest.mark.parametrize("hours", [0.1, 1.0, 3.2])
def test_what_fits_is_left_whole(hours: float) -> None:
    words = speech(int(hours * 360))
    assert split(words, video(words), Mode.TRANSCRIPT) == ()


def test_an_empty_transcript_has_no_parts() -> None:
    empty = replace(speech(1), segments=())
    assert split(empty, video(empty), Mode.TRANSCRIPT) == ()
    assert split(None, Video("x", "u"), Mode.VIDEO) == ()


def test_ten_hours_of_silence_with_a_few_words_are_one_request() -> None:
    words = speech(60, seconds=600.0, words=20)
    assert split(words, video(words), Mode.TRANSCRIPT) == ()


@given(
    st.integers(1, 4000),
    st.floats(0.5, 40.0),
    st.integers(1, 120),
    st.lists(st.floats(0, 40_000), max_size=12),
    st.sampled_from([Mode.TRANSCRIPT, Mode.HYBRID]),
)
def test_parts_are_the_whole_without_overlap(
    segments: int, seconds: float, words: int, chapters: list[float], mode: Mode
) -> None:
    said = speech(segments, seconds=seconds, words=words)
    marks = tuple(Chapter("c", start, start + 60) for start in sorted(chapters))
    parts = split(said, video(said, chapters=marks), mode)
    if not parts:
        assert count_tokens(said.text) <= WHOLE_TOKENS
        return
    labels = [segment.label for segment in said.segments]
    owned = [
        label
        for part in parts
        for label in labels[labels.index(part.first) : labels.index(part.last) + 1]
    ]
    assert owned == labels
    assert parts[0].start_s == 0.0
    assert parts[-1].end_s == said.duration_s
    assert all(one.end_s == other.start_s for one, other in pairwise(parts))
    assert [(p.number, p.count) for p in parts] == [
        (n, len(parts)) for n in range(1, len(parts) + 1)
    ]


def test_parts_have_about_equal_numbers_of_words() -> None:
    words = speech(3600)
    parts = split(words, video(words), Mode.TRANSCRIPT)
    sizes = [int(part.last) - int(part.first) + 1 for part in parts]
    assert max(sizes) < 1.5 * min(sizes)


def test_a_cut_falls_on_a_chapter_near_the_even_place() -> None:
    words = speech(1000, words=50)  # 64,000 tokens: two parts, evenly cut at 5,000 s
    marks = tuple(Chapter("c", start, start + 100) for start in (100.0, 4500.0, 9000.0))
    parts = split(words, video(words, chapters=marks), Mode.TRANSCRIPT)
    assert [part.start_s for part in parts] == [0.0, 4500.0]


def test_without_chapters_a_cut_falls_into_a_pause() -> None:
    words = speech(1000, words=50)
    paused = tuple(
        replace(s, start_s=s.start_s + (30.0 if n >= 480 else 0), end_s=s.end_s + 30.0 * (n >= 480))
        for n, s in enumerate(words.segments)
    )
    words = replace(words, segments=paused)
    parts = split(words, video(words), Mode.TRANSCRIPT)
    assert [part.first for part in parts] == ["1", "481"]


def test_at_least_no_sentence_is_cut_in_two() -> None:
    words = speech(1000, words=50)
    ended = tuple(
        replace(s, text=s.text + ("." if n % 7 == 6 else "")) for n, s in enumerate(words.segments)
    )
    words = replace(words, segments=ended)
    (_, second) = split(words, video(words), Mode.TRANSCRIPT)
    assert (int(second.first) - 1) % 7 == 0


def test_a_video_longer_than_the_window_is_watched_in_parts() -> None:
    film = Video("x", "u", duration_s=8 * HOUR)
    parts = split(None, film, Mode.VIDEO)
    assert len(parts) == 4
    assert all(part.seconds * 95 < 900_000 for part in parts)
    assert split(None, replace(film, duration_s=2 * HOUR), Mode.VIDEO) == ()


def test_where_a_minute_has_room_for_less_a_film_is_watched_in_shorter_parts() -> None:
    film = Video("x", "u", duration_s=2 * HOUR)
    parts = split(None, film, Mode.VIDEO, PartLimits.of_minute(250_000))
    assert len(parts) == 4
    assert all(part.seconds * 95 < 0.85 * 250_000 for part in parts)


def test_a_passage_has_its_own_words_and_a_little_before() -> None:
    words = speech(1000, words=50)
    first, second = split(words, video(words), Mode.TRANSCRIPT)
    assert passage(words, first).segments[0].label == "1"
    assert passage(words, first).segments[-1].label == first.last
    shown = passage(words, second).segments
    assert shown[-1].label == second.last
    assert 1 <= int(second.first) - int(shown[0].label) <= 5


def test_a_gap_is_the_segments_within_it() -> None:
    words = speech(100)
    part = gap_part(words, video(words), Mode.TRANSCRIPT, (200.0, 300.0), known=("One",))
    assert part == Part(200.0, 300.0, "21", "30", fills=True, known=("One",))
    shown = [segment.label for segment in passage(words, part).segments]
    assert "21" in shown
    assert len(shown) == 10 + 4 + 4


def test_where_nothing_is_said_there_is_no_gap_to_fill() -> None:
    words = speech(10)
    late = replace(words, segments=(*words.segments, Segment("11", 900.0, 910.0, "Bye.")))
    assert gap_part(late, video(late), Mode.TRANSCRIPT, (200.0, 800.0)) is None
    assert gap_part(late, video(late), Mode.TRANSCRIPT, (5_000.0, 6_000.0)) is None
    assert gap_part(None, Video("x", "u", duration_s=900.0), Mode.VIDEO, (200.0, 800.0)) == Part(
        200.0, 800.0, fills=True
    )


SECOND = Part(9000.0, 18_000.0, number=2, count=2)


def draft(*cites: str) -> Draft:
    return Draft("T", (DraftSection("One", cites),))


def test_times_counted_from_the_part_become_those_of_the_video() -> None:
    moved = in_whole_time(draft("00:10", "1:00:00", "2:29:59"), SECOND)
    assert moved == draft("2:30:10", "3:30:00", "4:59:59")
    assert in_whole_time(moved, SECOND) == moved, "they are moved once"


def test_times_counted_from_the_beginning_stay() -> None:
    told = draft("2:30:10", "4:59:59", "17")
    assert in_whole_time(told, SECOND) == told


# --- the whole, from what its parts tell ---


def told(heading: str, *texts: str, cites: tuple[str, ...] = ()) -> DraftSection:
    return DraftSection(heading, cites, *texts)


def test_a_long_note_is_condensed_to_its_statements_at_their_places() -> None:
    words = speech(100)
    long = Draft(
        "T",
        (
            told("Overview", "The first part is about sand [1].", "s", "l"),
            told("Sand", "Sand sinks [40]. It is grey [41][42].", "s", "l"),
            told("Silt", "Silt floats.", "s", "l", cites=("90", "91")),
            told("Mud", "Mud is made up [700].", "s", "l"),
            told("Key takeaways", "- Sand sinks [40].", "s", "l"),
        ),
    )
    found = condensed(long, words, template("basic-summary"))
    assert [(s.label, s.start_s, s.text) for s in found.segments] == [
        ("40", 390.0, "Sand: Sand sinks."),
        ("41", 400.0, "Sand: It is grey."),
        ("90", 890.0, "Silt: Silt floats."),
    ]


def test_of_a_video_that_is_watched_the_places_are_times() -> None:
    long = Draft("T", (told("Start", "It begins [3:41]. It ends [1:02:03].", "s", "l"),))
    found = condensed(long, None, template("chapters"))
    assert [s.label for s in found.segments] == ["3:41", "1:02:03"]


def test_only_what_sums_up_is_asked_for_over_the_whole() -> None:
    paper = overall_template(template("research-paper"))
    assert paper is not None
    assert [plan.heading for plan in paper.sections] == ["Abstract", "Introduction", "Conclusion"]
    assert "over the whole video" in paper.instructions
    assert overall_template(template("chapters")) is None
    assert overall_template(template("flashcards")) is None


def test_what_sums_up_the_whole_takes_the_place_of_what_its_parts_gave() -> None:
    headings = ("Overview", "Sand", "Silt", "Key takeaways")
    parts = Draft("Part", tuple(told(heading, "", heading, "") for heading in headings))
    whole = Draft("All", (told("Overview", "", "Of all", ""),))
    done = with_whole(parts, whole, template("basic-summary"))
    assert done.title == "All"
    assert [s.standard for s in done.sections] == ["Of all", *headings[1:]]
