"""The part of a prompt that is the same for all notes of a video: its facts and its words, fenced,
and behind them the rules that are most often lost behind a long transcript.

Whatever comes from outside stands between two lines with a code that it cannot contain, one line a
segment, with nothing invisible in it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator

from notegen_desktop.domain.links.video import Chapter, Video, clock
from notegen_desktop.domain.notes.note import Mode, Part
from notegen_desktop.domain.text.cleaning import paired
from notegen_desktop.domain.text.languages import language_name
from notegen_desktop.domain.text.transcript import Transcript, TranscriptKind


def build_material(
    video: Video, transcript: Transcript | None, mode: Mode, part: Part | None = None
) -> str:
    """How to cite, the fence with the facts and the words, and what holds for every task. Without
    words, the facts alone.

    `part` says of which part the words are; it is the same for all notes of that part.
    """
    body = "\n".join(_body(video, transcript, part))
    code = _fence_code(body)
    rules = _HOW_TO_CITE[mode]
    if transcript is not None and any(segment.speaker for segment in transcript.segments):
        rules += " Where the voice changes, the speaker's name and a colon stand after the label."
    if part is not None and mode is not Mode.TRANSCRIPT:
        rules += (
            f" Only a passage of the video is shown, {part.words}. Times count from the beginning "
            f"of the whole video: the first moment shown is {clock(part.start_s)}."
        )
    shown = "the video" if part is None else "its passage"
    return f"# Material\n\n{rules}\n\n<<<{code}\n{body}\n{code}>>>\n\n{_for_every_task(shown)}"


def _for_every_task(shown: str) -> str:
    """Said here, once for all notes, because it is paid for once and stands near every task."""
    return (
        "# What holds for every task\n\n"
        "A task lists the sections of its note: write them in the order of the list, leaving none "
        "out and adding none. A heading in quotation marks stands for one section; it is used as "
        "it stands, translated if the note is not in English. A number asks for so many sections, "
        "each with a heading of your own. The language a task names is that of the title, all "
        "headings and all texts, whatever the language of the material or of these "
        "instructions.\n\n"
        "Before you answer, make sure of this: each section holds the same matter at three really "
        f"different depths, in the lengths given; the note reaches the end of {shown}; every cite "
        "is copied from the material; no text contains a time stamp, a label or a remark about "
        "the note itself; nothing is made up; and the language is the right one."
    )


_HOW_TO_CITE = {
    Mode.TRANSCRIPT: (
        "The words of the video, one segment a line, each with its label in brackets in front. "
        "A cite is the label of a segment without the brackets: for the line “[7] …”, write "
        '"7". Nothing else is a cite: no ranges, no times.'
    ),
    Mode.VIDEO: (
        "The video itself, which stands before this text, and some facts about it. A cite is the "
        "time in the video where a thing is said or shown, as minutes and seconds, "
        '"MM:SS", or from the first hour on "H:MM:SS", such as "04:35" or "1:02:07". Take the '
        "time from the video; do not estimate it, and never go beyond its end."
    ),
    Mode.HYBRID: (
        "The video itself, which stands before this text, and its words, one segment a line, each "
        "with its label in brackets in front. A cite is the label of a segment without the "
        'brackets: for the line “[7] …”, write "7". Only for what is shown but not spoken of, '
        'a cite is the time in the video, "MM:SS" or "H:MM:SS". No ranges. Use what is shown: '
        "text and code on the screen, diagrams, actions. Where the words and the picture "
        "disagree about a spelling or a number, the picture is right."
    ),
}


def _fence_code(body: str) -> str:
    """A code that the body cannot contain: made of its digest, and made anew should it do so."""
    seed = body.encode("utf-8", "replace")
    while True:
        seed = hashlib.sha256(seed).digest()
        code = f"MATERIAL-{seed.hex()[:16]}"
        if code not in body:
            return code


def _body(video: Video, transcript: Transcript | None, part: Part | None) -> Iterator[str]:
    if video.title:
        yield f"Title: {one_line(video.title, 300)}"
    if video.channel:
        yield f"Channel: {one_line(video.channel, 200)}"
    minutes = minutes_of(video, transcript)
    if minutes is not None:
        yield f"Length: {clock(minutes * 60)}"
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
    speaker: str | None = None
    for segment in transcript.segments:
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
"""At most this many marks of the outline; about 8 tokens each."""


def chapters_within(video: Video, part: Part) -> tuple[Chapter, ...]:
    """The makers' chapters of which a part has anything."""
    return tuple(
        chapter
        for chapter in video.chapters
        if chapter.start_s < part.end_s - 1 and chapter.end_s > part.start_s + 1
    )


def _outline(video: Video, transcript: Transcript, part: Part | None) -> Iterator[str]:
    """Where in the words the makers' chapters, or else round minutes, begin."""
    segments = transcript.segments
    if not transcript.timed or not segments:
        return
    starts = [segment.start_s for segment in segments]

    def label_at(seconds: float) -> str:
        return segments[min(bisect_left(starts, seconds - 0.5), len(segments) - 1)].label

    chapters = video.chapters if part is None else chapters_within(video, part)
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
    """Text from outside as one clean line: nothing invisible in it, and no half of a character."""
    if not text.isprintable():
        text = "".join(map(_visible, paired(text)))
    text = " ".join(text.split())
    if limit is not None and len(text) > limit:
        text = text[: limit - 1].rstrip() + "…"
    return text


def _visible(character: str) -> str:
    """A control character parts words; a format character, such as one that turns the order of
    writing round, goes without a trace, but for the joiners of Persian words and of emoji."""
    if character.isprintable() or character in "\u200c\u200d":
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def minutes_of(video: Video, transcript: Transcript | None) -> float | None:
    """The length of a video in minutes, from its facts or else its words; None is unknown."""
    seconds = video.duration_s or (transcript.duration_s if transcript else 0.0)
    return seconds / 60 if seconds else None
