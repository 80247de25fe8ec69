"""The words of a video leave as subtitles and text, and come back as they were."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.errors import FormatUnavailable
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.services.exports.transcript_file import (
    LINE_CHARS,
    LINES,
    cues,
    render_transcript,
)
from notegen_desktop.services.sources.captions.reader import parse_captions
from tests.fakes.notes import VIDEO
from tests.properties import examples, texts

TALK = Transcript(
    "en",
    TranscriptKind.MANUAL,
    (
        Segment("1", 0.0, 4.25, "Hello & <welcome>.", "Ada"),
        Segment("2", 3661.5, 3670.0, "word " * 60, "Ada"),
        Segment("3", 3669.0, 3671.0, "Thank you.", "Bo"),
    ),
)


def words_of(text: str) -> str:
    return " ".join(text.split())


def test_subtitles_are_read_back_with_words_times_and_speakers() -> None:
    read = parse_captions(render_transcript(TALK, VIDEO, "vtt").encode())
    assert words_of(read.text) == words_of(TALK.text)
    assert read.segments[0].start_s == 0.0
    assert read.duration_s == 3671.0
    assert [each.speaker for each in read.segments][:: len(read.segments) - 1] == ["Ada", "Bo"]


def test_subrip_has_the_speakers_in_its_words() -> None:
    read = parse_captions(render_transcript(TALK, VIDEO, "srt").encode())
    said = read.text.replace("Ada: ", "").replace("Bo: ", "")
    assert words_of(said) == words_of(TALK.text)
    assert read.duration_s == 3671.0


def test_times_are_written_as_players_want_them() -> None:
    assert "\n01:01:01,500 --> " in render_transcript(TALK, VIDEO, "srt")
    assert "\n00:00:00.000 --> 00:00:04.250\n<v Ada>Hello &amp; &lt;welcome&gt;." in (
        render_transcript(TALK, VIDEO, "vtt")
    )


def test_no_cue_is_longer_than_a_screen_takes_or_goes_over_the_next() -> None:
    shown = list(cues(TALK))
    assert all(len(cue.lines) <= LINES for cue in shown)
    assert all(len(line) <= LINE_CHARS for cue in shown for line in cue.lines)
    assert all(one.end_s <= two.start_s + 1e-9 for one, two in pairwise(shown))


def test_text_is_the_words_alone_and_markdown_has_links_to_their_times() -> None:
    assert render_transcript(TALK, VIDEO, "txt").startswith("Ada: Hello & <welcome>.\n")
    told = render_transcript(TALK, VIDEO, "md")
    assert told.startswith("# How bridges stand\n")
    assert "[1:01:01](https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3661s) **Bo:**" not in told
    assert "[1:01:01](https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3661s) **Ada:** word" in told


def test_a_format_that_is_none_says_so() -> None:
    with pytest.raises(FormatUnavailable):
        render_transcript(TALK, VIDEO, "exe")


@examples(150)
@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 60), texts(max_size=300)), max_size=8))
def test_any_words_are_well_formed_cues(segments: list[tuple[float, float, str]]) -> None:
    told = tuple(
        Segment(str(number), start, start + length, text)
        for number, (start, length, text) in enumerate(sorted(segments), 1)
    )
    srt = render_transcript(replace(TALK, segments=told), VIDEO, "srt")
    assert srt.count("-->") == len(re.findall(r"(?m)^\d\d+:\d\d:\d\d,\d{3} --> \d\d+:", srt))
    assert all(cue.end_s > cue.start_s for cue in cues(replace(TALK, segments=told)))
