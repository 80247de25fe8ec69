"""The part of a prompt that is the same for all notes of a video: its facts and its transcript,
fenced, and behind them the rules that models most often forget after a long transcript.

All foreign text is between two lines with a code that it cannot contain, one line per segment,
without invisible characters.
"""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from notegen_desktop.domain.links.video import Chapter, Video, clock
from notegen_desktop.domain.notes.note import Mode, Part
from notegen_desktop.domain.notes.templates import PromptTexts
from notegen_desktop.domain.text.cleaning import paired
from notegen_desktop.domain.text.languages import language_name
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind


def build_material(
    texts: PromptTexts,
    video: Video,
    transcript: Transcript | None,
    mode: Mode,
    *,
    part: Part | None = None,
    wish: str = "",
) -> str:
    """Return the rules for cites, the fence with the facts and the transcript, and the rules for
    every task. Without a transcript, the facts alone.

    `part` is the part of the transcript; it is the same for all notes of that part. `wish` is the
    user's, the same for all notes of a run; it comes last.
    """
    rules = [
        {
            Mode.TRANSCRIPT: texts.places_transcript,
            Mode.VIDEO: texts.places_video,
            Mode.HYBRID: texts.places_hybrid,
        }[mode].strip()
    ]
    if transcript is not None and any(segment.speaker for segment in transcript.segments):
        rules.append(texts.speakers)
    if part is not None and mode is not Mode.TRANSCRIPT:
        start = clock(part.start_s)
        rules.append(texts.passage_times.format(where=part.words, start=start))
    blocks = [
        "# Material",
        " ".join(rules),
        fenced("\n".join(_body(video, transcript, part))),
        texts.every_task.strip().format(
            depth=depth(texts, part.seconds / 60 if part else minutes_of(video, transcript)),
            shown="the video" if part is None else "its passage",
        ),
    ]
    if wish := one_line(wish, MAX_WISH):
        blocks += [texts.wish.strip(), fenced(wish)]
    return "\n\n".join(blocks)


MAX_WISH = 1000
"""Maximum characters of a wish that are sent."""

MAX_DESCRIPTION = 800
"""Maximum characters of a description that are sent: its first lines name people and subjects."""


def depth(texts: PromptTexts, minutes: float | None) -> str:
    """Return a sentence on the depth for a video of this many minutes; None is unknown."""
    if minutes is None:
        return texts.depth_unknown
    fitting = (depth.words for depth in texts.depths if minutes < depth.minutes)
    return next(fitting, texts.depths[-1].words)


def fenced(body: str) -> str:
    """Return foreign text between two lines with a code that it cannot contain: a digest of it,
    computed again in case of a collision."""
    seed = body.encode("utf-8", "replace")
    while True:
        seed = hashlib.sha256(seed).digest()
        code = f"MATERIAL-{seed.hex()[:16]}"
        if code not in body:
            return f"<<<{code}\n{body}\n{code}>>>"


def _body(video: Video, transcript: Transcript | None, part: Part | None) -> Iterator[str]:
    if video.title:
        yield f"Title: {one_line(video.title, 300)}"
    if video.channel:
        yield f"Channel: {one_line(video.channel, 200)}"
    minutes = minutes_of(video, transcript)
    if minutes is not None:
        yield f"Length: {clock(minutes * 60)}"
    if video.description:
        yield f"Description by its makers: {one_line(video.description, MAX_DESCRIPTION)}"
    if part is not None:
        yield f"Passage: {part.words} of the video"
    if transcript is None:
        chapters = video.chapters if part is None else chapters_within(video, part)
        if chapters:
            yield "Chapters given by its makers:"
            for chapter in chapters[:_MARKS]:
                yield f"- {clock(chapter.start_s)} {one_line(chapter.title, 200)}"
        return
    if name := language_name(transcript.language):
        yield f"Language of the words: {name}"
    if origin := _ORIGIN.get(transcript.kind):
        yield f"Origin of the words: {origin}"
    yield from _outline(video, transcript, part)
    yield ""
    yield from segment_lines(transcript.segments)


def segment_lines(segments: Iterable[Segment]) -> Iterator[str]:
    """Yield a line for each segment: its label, its speaker if that changes, its text."""
    speaker: str | None = None
    for segment in segments:
        said = one_line(segment.text)
        if segment.speaker != speaker:
            speaker = segment.speaker
            said = f"{one_line(speaker, 80) if speaker else 'Another speaker'}: {said}"
        yield f"[{segment.label}] {said}"


_ORIGIN = {
    TranscriptKind.AUTOMATIC: "automatic captions",
    TranscriptKind.SPEECH: "speech recognition",
    TranscriptKind.TRANSLATED: "captions translated by a machine from another language",
}

_MARKS = 60
"""Maximum marks of the outline; about 8 tokens each."""


def chapters_within(video: Video, part: Part) -> tuple[Chapter, ...]:
    """Return the video's own chapters that overlap a part."""
    return tuple(
        chapter
        for chapter in video.chapters
        if chapter.start_s < part.end_s - 1 and chapter.end_s > part.start_s + 1
    )


def _outline(video: Video, transcript: Transcript, part: Part | None) -> Iterator[str]:
    """Yield the labels at which the video's own chapters, or else round minutes, begin."""
    segments = transcript.segments
    if not transcript.timed or not segments:
        return
    starts = [segment.start_s for segment in segments]

    def label_at(seconds: float) -> str:
        return segments[min(bisect_left(starts, seconds - 0.5), len(segments) - 1)].label

    chapters = video.chapters if part is None else chapters_within(video, part)
    if chapters and video.provider == "course":
        yield "Videos of the course:"
        for number, chapter in enumerate(video.chapters, start=1):
            if chapter in chapters:
                title = one_line(chapter.title, 200)
                yield f"- video {number}, from [{label_at(chapter.start_s)}]: {title}"
        return
    if chapters:
        yield "Chapters given by its makers:"
        for chapter in chapters[:_MARKS]:
            yield f"- from [{label_at(chapter.start_s)}]: {one_line(chapter.title, 200)}"
        return
    begun = starts[0] / 60 if part is not None else 0.0
    minutes = transcript.duration_s / 60
    step = next((s for s in (2, 5, 10, 20, 30) if (minutes - begun) / s <= 16), 60)
    marks = [
        f"minute {minute} [{label_at(minute * 60)}]"
        for minute in range(step, int(minutes) + 1, step)
        if minute >= begun
    ][: _MARKS - 1]
    if marks:
        yield f"Where the minutes begin, for judging proportions only: {', '.join(marks)}"


def one_line(text: str, limit: int | None = None) -> str:
    """Return foreign text as one clean line: without invisible characters and lone surrogates."""
    if not text.isprintable():
        text = "".join(map(_visible, paired(text)))
    text = " ".join(text.split())
    if limit is not None and len(text) > limit:
        text = text[: limit - 1].rstrip() + "…"
    return text


def _visible(character: str) -> str:
    """Return a space for a control character, and nothing for a format character, such as one that
    reverses the writing direction, except the joiners of Persian words and of emoji."""
    if character.isprintable() or character in "\u200c\u200d":
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def minutes_of(video: Video, transcript: Transcript | None) -> float | None:
    """Return the length of a video in minutes, from its facts or else its transcript; None if
    unknown."""
    seconds = video.duration_s or (transcript.duration_s if transcript else 0.0)
    return seconds / 60 if seconds else None
