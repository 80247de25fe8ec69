"""Transcript index: segments at a time, quotations, and links to their time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.ui.kit.media.transcript_index import QUOTED_CHARS, TranscriptIndex
from tests.fakes.services import make_video
from tests.services.markup.test_safe_markdown import in_another_program
from tests.ui.talks import ARABIC, CHINESE, note_on, talk


def test_a_stretch_of_time_is_the_segments_in_which_something_is_said() -> None:
    spoken = TranscriptIndex(talk(10))
    assert list(spoken.rows(20, 29.5)) == [2]
    assert list(spoken.rows(20, 49.5)) == [2, 3, 4]
    assert list(spoken.rows(25, 31)) == [2, 3]
    assert list(spoken.rows(20, 30)) == [2], "the next one begins where this one ends"


def test_where_nothing_is_said_the_last_words_before_count() -> None:
    spoken = TranscriptIndex(talk(10))
    assert list(spoken.rows(29.6, 29.9)) == [2]
    assert list(spoken.rows(5000, 5020)) == [9]
    assert list(spoken.rows(0, 0)) == [0]


times = st.floats(0, 2000, allow_nan=False)


@given(st.lists(st.tuples(times, st.floats(0, 60)), max_size=30), times, times)
def test_whatever_the_times_there_are_rows_and_they_exist(
    cues: list[tuple[float, float]], start: float, end: float
) -> None:
    cues.sort()
    segments = tuple(Segment(str(n), a, a + d, "words") for n, (a, d) in enumerate(cues))
    spoken = TranscriptIndex(Transcript("en", TranscriptKind.FILE, segments))
    rows = list(spoken.rows(start, end))
    assert bool(rows) == bool(segments)
    assert rows == sorted(set(rows))
    assert all(0 <= row < len(segments) for row in rows)
    assert spoken.row_at(start) == -1 or 0 <= spoken.row_at(start) < len(segments)


def test_about_two_hundred_characters_of_what_is_said_are_quoted() -> None:
    spoken = TranscriptIndex(talk(10))
    words = spoken.words(Cite(0, 99, True))
    assert words.startswith("N0 Recall strengthens")
    assert words.endswith("…")
    assert QUOTED_CHARS * 0.8 < len(words) <= QUOTED_CHARS + 1
    assert not words[:-1].endswith(" ")
    assert spoken.words(Cite(0, 9, True)) == talk(1).segments[0].text, "short words stay whole"


def test_every_row_knows_the_sections_that_rest_on_it() -> None:
    spoken = TranscriptIndex(talk(20))
    note = note_on(make_video(), (2, 4), (4, 5), (10, 10))
    assert spoken.cited_by(note) == {2: (0,), 3: (0,), 4: (0, 1), 5: (1,), 10: (2,)}
    assert spoken.cited_by(None) == {}


def test_passages_are_copied_with_the_link_to_their_time() -> None:
    spoken, video = TranscriptIndex(talk(100)), make_video()
    text = spoken.passages([75], video)
    assert text == (
        f"{talk(100).segments[75].text} — "
        "[12:30](https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=750s)"
    )


def test_passages_in_a_row_are_one_and_others_apart() -> None:
    spoken, video = TranscriptIndex(talk(20)), make_video()
    parts = spoken.passages([7, 3, 4, 4], video).split("\n\n")
    assert len(parts) == 2
    assert parts[0].startswith("N3 ")
    assert " N4 " in parts[0]
    assert "[0:30](" in parts[0]
    assert "[1:10](" in parts[1]


def test_a_file_has_a_time_and_no_link_and_plain_text_has_neither() -> None:
    file = Video("f1", "/home/ann/talk.vtt", "file")
    assert TranscriptIndex(talk(5)).passages([1], file).endswith(" — 0:10")
    untimed = TranscriptIndex(talk(5, timed=False)).passages([1], make_video())
    assert untimed == talk(5).segments[1].text


@pytest.mark.parametrize(
    ("transcript", "words"),
    [
        (talk(2), "English, captions"),
        (talk(2, language=""), "Captions"),
        (talk(2, timed=False), "English, captions, times estimated"),
        (talk(2, words=ARABIC, language="ar"), "Arabic, captions"),
    ],
)
def test_where_the_words_come_from_is_told(transcript: Transcript, words: str) -> None:
    assert TranscriptIndex(transcript).origin == words


def test_the_direction_is_that_of_the_words() -> None:
    assert TranscriptIndex(talk(5, words=ARABIC)).right_to_left
    assert not TranscriptIndex(talk(5, words=CHINESE)).right_to_left


def test_what_is_quoted_is_words_and_a_link_alone() -> None:
    words = "<b>x</b> ![p](https://t.example/p.png) *so* [1:02](javascript:x)"
    quoted = TranscriptIndex(talk(1, words=words)).passages([0], make_video())
    tags = in_another_program(quoted)
    assert tags.names == {"p", "a"}
    assert tags.addresses == [make_video().link_at(0)]
