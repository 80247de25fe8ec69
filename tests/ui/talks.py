"""Transcripts for widget tests: short ones with known words, and very long ones."""

from __future__ import annotations

from dataclasses import replace

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Note, Section
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from tests.fakes.services import make_note

STEP_S = 10.0

TEN_HOURS = 3600
"""Number of segments of a transcript of ten hours."""

ARABIC = "الاسترجاع يقوّي ما لا تقوّيه إعادة القراءة، وهذا ما أثبتته التجارب منذ سنين. "
CHINESE = "检索比重读更能巩固记忆，这一点早已被实验证明。"
ENGLISH = "Recall strengthens what rereading does not, as experiments have shown for years. "


def talk(
    count: int = 60,
    *,
    words: str = ENGLISH,
    language: str = "en",
    timed: bool = True,
    speakers: bool = False,
) -> Transcript:
    """Return a transcript of ten-second segments of different lengths, each starting with its
    number."""
    return Transcript(
        language,
        TranscriptKind.MANUAL,
        tuple(
            Segment(
                str(number + 1),
                STEP_S * number,
                STEP_S * number + STEP_S - 0.5,
                f"N{number} {words * (1 + number * 7 % 5)}".strip(),
                f"Speaker {number % 3}" if speakers and number % 4 == 0 else None,
            )
            for number in range(count)
        ),
        timed=timed,
    )


def note_on(video: Video, *rows: tuple[int, int], note_id: str = "n1") -> Note:
    """Return a note with one section per range of segments (first, last), cited as a whole."""
    sections = tuple(
        Section(
            f"Section {number}",
            (Cite(STEP_S * first, STEP_S * last + STEP_S - 0.5, number % 2 == 0),),
            f"Gist {number}.",
            f"Words of section {number}. " * 30,
            f"All words of section {number}. " * 60,
        )
        for number, (first, last) in enumerate(rows)
    )
    return replace(make_note(video=video, note_id=note_id), sections=sections)
