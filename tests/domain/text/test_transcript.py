"""A transcript knows its length and its words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.links.video import Chapter, Video, clock
from notegen_desktop.domain.text.transcript import (
    CaptionTrack,
    Segment,
    Transcript,
    TranscriptKind,
)
from tests.domain.talks import spoken


def test_it_lasts_until_its_last_word_even_if_that_was_not_begun_last() -> None:
    late = Transcript(
        "en",
        TranscriptKind.FILE,
        (Segment("1", 0, 90, "long"), Segment("2", 10, 20, "short")),
    )
    assert late.duration_s == 90
    assert Transcript("en", TranscriptKind.FILE, ()).duration_s == 0


def test_its_fingerprint_tells_words_and_times_but_not_labels() -> None:
    talk = spoken("one", "two")
    first = talk.segments[0]

    def with_first(segment: Segment) -> str:
        return replace(talk, segments=(segment, *talk.segments[1:])).fingerprint

    assert with_first(replace(first, label="x")) == talk.fingerprint
    assert with_first(replace(first, text="One")) != talk.fingerprint
    assert with_first(replace(first, start_s=0.5)) != talk.fingerprint
    assert with_first(replace(first, text="\ud800")) != talk.fingerprint


def test_moving_a_word_to_the_next_segment_changes_the_fingerprint() -> None:
    assert spoken("a b", "c").fingerprint != spoken("a", "b c").fingerprint


def test_a_text_has_its_segments_as_lines() -> None:
    assert spoken("one", "two").text == "one\ntwo"


def test_times_are_written_as_people_write_them() -> None:
    assert [clock(s) for s in (0, 59.9, 221, 3600, 3727, 360_000, -5)] == [
        "0:00",
        "0:59",
        "3:41",
        "1:00:00",
        "1:02:07",
        "100:00:00",
        "0:00",
    ]


def test_a_link_opens_the_video_at_its_time() -> None:
    assert Video("v", "https://www.youtube.com/watch?v=v").link_at(61.9) == (
        "https://www.youtube.com/watch?v=v&t=61s"
    )
    assert Video("v", "https://vimeo.com/1", provider="vimeo").link_at(61) == (
        "https://vimeo.com/1#t=61"
    )
    assert Video("v", "/home/me/talk.vtt", provider="file").link_at(61) == ""
    assert Video("v", "javascript:alert(1)").link_at(1) == ""


def test_more_can_become_known_about_a_video_but_nothing_is_forgotten() -> None:
    video = Video("v", "u", title="A", chapters=(Chapter("c", 0, 1),))
    known = video.known(title="", channel="Someone", duration_s=None, chapters=())
    assert known == replace(video, channel="Someone")
    assert (video.name, Video("v", "u").name, Video("v", "").name) == ("A", "u", "v")


@pytest.mark.parametrize(
    ("tag", "name", "told"),
    [
        ("zh-Hant", "Chinese (Traditional)", "captions, Chinese in traditional characters"),
        ("en-GB", "English (United Kingdom)", "captions, British English"),
        ("de", "", "captions, German"),
        ("en", "English (SDH)", "captions, English (SDH)"),
        ("en-GB", "Director's commentary", "captions, Director's commentary"),
        ("gsw", "Swiss German", "captions, Swiss German"),
    ],
)
def test_the_language_of_captions_has_one_name_and_a_name_of_their_own_stays(
    tag: str, name: str, told: str
) -> None:
    assert CaptionTrack(tag, TranscriptKind.MANUAL, name).words == told
