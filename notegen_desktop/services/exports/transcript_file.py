"""Exports a transcript as a file: subtitles for players, text for readers."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import zip_longest

from notegen_desktop.domain.errors import FormatUnavailable
from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.text.cleaning import harmless
from notegen_desktop.domain.text.transcript import Segment, Transcript
from notegen_desktop.domain.words import _
from notegen_desktop.services.markup.note_markdown import heading, link_markdown
from notegen_desktop.services.markup.safe_markdown import literal, safe_markdown

LINE_CHARS, WIDE_LINE_CHARS = 42, 21
"""Characters per subtitle line, and for wide letters. Netflix's Timed Text Style Guide has 42, and
16 to 23 for East Asian languages."""

LINES = 2
MIN_S = 0.05
"""Minimum seconds that a cue is shown."""


@dataclass(frozen=True, slots=True)
class Subtitle:
    """A subtitle between two times (seconds); `speaker` is set if the speaker changes."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]
    speaker: str = ""


def render_transcript(transcript: Transcript, video: Video, format: str) -> str:
    """Return a transcript in a format. Raises FormatUnavailable for one that is not in
    `TRANSCRIPT_FORMATS`."""
    if format not in TRANSCRIPT_FORMATS:
        raise FormatUnavailable(
            _("There is no format “{format}” for transcripts.").format(format=format),
            hint=_("Formats: {transcript_formats}.").format(
                transcript_formats=", ".join(TRANSCRIPT_FORMATS)
            ),
        )
    return harmless(TRANSCRIPT_FORMATS[format](transcript, video))


def cues(transcript: Transcript) -> Iterator[Subtitle]:
    """Yield the segments as subtitles; a long one is split, with times in proportion to its
    text."""
    speaker = None
    for segment, end_s in _ended(transcript.segments):
        text = " ".join(segment.text.split())
        if not text:
            continue
        is_wide = sum(character >= "\u1100" for character in text) * 2 > len(text)
        width = WIDE_LINE_CHARS if is_wide else LINE_CHARS
        rows = textwrap.wrap(text, width, break_on_hyphens=False)
        parts = [rows[at : at + LINES] for at in range(0, len(rows), LINES)]
        sizes = [sum(map(len, part)) for part in parts]
        start_s, all_chars = segment.start_s, sum(sizes)
        for part, size in zip(parts, sizes, strict=True):
            stop_s = start_s + (end_s - segment.start_s) * size / all_chars
            fresh = segment.speaker if segment.speaker != speaker else None
            speaker = segment.speaker
            yield Subtitle(start_s, stop_s, tuple(part), fresh or "")
            start_s = stop_s


def _ended(segments: tuple[Segment, ...]) -> Iterator[tuple[Segment, float]]:
    """Yield segments with their ends, none after the start of the next."""
    for segment, following in zip_longest(segments, segments[1:]):
        end_s = segment.end_s
        if following is not None and following.start_s > segment.start_s:
            end_s = min(end_s, following.start_s)
        yield segment, max(end_s, segment.start_s + MIN_S)


def _time(seconds: float, point: str) -> str:
    milliseconds = max(0, round(seconds * 1000))
    seconds, rest = divmod(milliseconds, 1000)
    minutes, secs = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{secs:02}{point}{rest:03}"


def _srt(transcript: Transcript, _: Video) -> str:
    shown = []
    for number, cue in enumerate(cues(transcript), 1):
        said = "\n".join(cue.lines).replace("-->", "->")
        words = f"{cue.speaker}: {said}" if cue.speaker else said
        shown.append(f"{number}\n{_time(cue.start_s, ',')} --> {_time(cue.end_s, ',')}\n{words}\n")
    return "\n".join(shown)


def _vtt(transcript: Transcript, _: Video) -> str:
    shown = ["WEBVTT\n"]
    for cue in cues(transcript):
        said = escape("\n".join(cue.lines), quote=False)
        voice = escape(" ".join(cue.speaker.split()), quote=False)
        words = f"<v {voice}>{said}" if voice else said
        shown.append(f"{_time(cue.start_s, '.')} --> {_time(cue.end_s, '.')}\n{words}\n")
    return "\n".join(shown)


def _txt(transcript: Transcript, _: Video) -> str:
    return "".join(
        f"{segment.speaker}: {segment.text}\n" if segment.speaker else f"{segment.text}\n"
        for segment in transcript.segments
    )


def _md(transcript: Transcript, video: Video) -> str:
    parts = [heading(1, video.name)]
    for segment in transcript.segments:
        time = clock(segment.start_s)
        href = video.link_at(segment.start_s)
        place = link_markdown(time, href) if href else literal(f"[{time}]")
        speaker = f"**{literal(segment.speaker)}:** " if segment.speaker else ""
        parts.append(safe_markdown(f"{place} {speaker}{literal(segment.text)}"))
    return "\n".join(parts)


TRANSCRIPT_FORMATS: dict[str, Callable[[Transcript, Video], str]] = {
    "srt": _srt,
    "vtt": _vtt,
    "txt": _txt,
    "md": _md,
}
