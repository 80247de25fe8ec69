"""Splits a long video into parts, and selects the transcript of a part.

A note on ten hours does not fit one request: its answer would be cut off, and models overlook the
middle of long texts. So a long video is cut at natural boundaries, and each part is requested on
its own. Labels and times stay those of the whole, so every cite stays valid.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from notegen_desktop.domain.links.video import Chapter, Video, clock, clock_seconds
from notegen_desktop.domain.text.sentences import ends_sentence
from notegen_desktop.domain.text.tokens import count_tokens, video_tokens
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind

from .citations import (
    CitedTime,
    LabelRange,
    cited_places,
    lift_references,
    moved_times,
    places_in,
)
from .doubts import DoubtfulStatement, section_of
from .merging import plans_of
from .note import Draft, DraftSection, Level, Mode, Note, Part
from .templates import WHOLE, NoteTemplate

WHOLE_TOKENS = 60_000
WHOLE_S = 200 * 60.0
"""Maximum seconds for one request: each part more is one more of a free key's twenty requests a
day."""
MAX_PART_TOKENS = 45_000
"""Maximum tokens of one part's transcript. Beyond, models begin to overlook the middle."""
MAX_READ_S = 100 * 60.0
"""Maximum seconds of one part that is read: as much as one answer covers at three levels in
full."""
MAX_WATCHED_S = 150 * 60.0
"""Maximum seconds of one part that is watched: 95 tokens a second, 855,000 of a window of a
million."""
MIN_PART_TOKENS = 6_000
"""Minimum tokens per part: ten hours of silence fit into one request."""
INSTRUCTION_TOKENS = 3_200
"""Tokens of a request for a small window besides the transcript: instructions, task and the schema
of the answer, for the longest of the templates."""
LABEL_SHARE = 0.15
"""Share of labels, names of speakers and line ends in the transcript as sent."""
SPARE_SHARE = 0.15
"""Share of a window kept free: the count of tokens is an estimate, 18 % too high to 10 % too
low."""
CONTEXT_S = 45.0
"""Seconds of the transcript before a part, as context."""
STATEMENT_S = 20.0
"""Minimum seconds of a passage from which a statement is rewritten: some sentences."""
REACH = 0.2
"""Maximum distance of a cut from the even position, as a share of a part."""


@dataclass(frozen=True, slots=True)
class PartLimits:
    """Maximum tokens of a transcript in one request: all of it up to `whole`, parts of `part`.

    `answer` is the maximum output in tokens, `watched_s` the maximum seconds of a part that is
    watched.
    """

    whole: int = WHOLE_TOKENS
    part: int = MAX_PART_TOKENS
    answer: int = 65_536
    watched_s: float = MAX_WATCHED_S

    @classmethod
    def of_minute(cls, tokens: int) -> PartLimits:
        """Return the limits if `tokens` are all that may be sent in a minute."""
        left = max(2, math.floor(tokens * (1 - SPARE_SHARE)) - INSTRUCTION_TOKENS)
        words = math.floor(left * (1 - LABEL_SHARE))
        return cls(
            min(WHOLE_TOKENS, words),
            min(MAX_PART_TOKENS, words),
            watched_s=min(MAX_WATCHED_S, left / video_tokens(1)),
        )

    @classmethod
    def of_window(cls, window: int, most_output: int = 0) -> PartLimits:
        """Return the limits of a model with a context window of `window` tokens, 0 for unlimited.

        A note at three levels is about as long as a dense transcript: half is for the answer.
        """
        if not window:
            return cls(answer=most_output or 65_536)
        left = max(2, math.floor(window * (1 - SPARE_SHARE)) - INSTRUCTION_TOKENS)
        answer = min(left // 2, most_output or left // 2)
        words = math.floor(min(left - answer, 2 * answer) * (1 - LABEL_SHARE))
        return cls(min(WHOLE_TOKENS, words), min(MAX_PART_TOKENS, words), answer)


ANY_LENGTH = PartLimits()


def split(
    transcript: Transcript | None, video: Video, mode: Mode, limits: PartLimits = ANY_LENGTH
) -> tuple[Part, ...]:
    """Return the parts of a video in order of time, together all of it; none if one request
    suffices.

    `mode` is settled. Parts have about equal numbers of words, or equal lengths without a
    transcript, and begin at a chapter, after a pause or at least at a sentence if there is one
    near.
    """
    words = None if mode is Mode.VIDEO else transcript
    seconds = video.duration_s or (words.duration_s if words else 0.0)
    watched = math.ceil(seconds / limits.watched_s) if mode is not Mode.TRANSCRIPT else 1
    if words is None or not words.segments:
        return _by_time(seconds, video.chapters, watched) if watched > 1 else ()
    weights = [count_tokens(segment.text) + 2 for segment in words.segments]
    tokens = sum(weights)
    read = max(
        math.ceil(tokens / limits.part),
        min(math.ceil(words.duration_s / MAX_READ_S), tokens // MIN_PART_TOKENS),
    )
    fits = tokens <= limits.whole and words.duration_s <= WHOLE_S
    count = max(watched, 1 if fits else read)
    count = min(count, len(words.segments))
    return _by_words(words, weights, video.chapters, count, seconds) if count > 1 else ()


def equal_parts(transcript: Transcript, video: Video, count: int) -> tuple[Part, ...]:
    """Return `count` parts of a transcript with about as many words each, cut at natural
    boundaries."""
    weights = [count_tokens(segment.text) + 2 for segment in transcript.segments]
    seconds = video.duration_s or transcript.duration_s
    count = max(1, min(count, len(weights)))
    return _by_words(transcript, weights, video.chapters, count, seconds)


def gap_part(
    transcript: Transcript | None,
    video: Video,
    mode: Mode,
    span: tuple[float, float],
    *,
    known: Sequence[str] = (),
) -> Part | None:
    """Return the part that fills a gap of a note (seconds); None if nothing is said in it."""
    duration_s = video.duration_s or (transcript.duration_s if transcript else 0.0)
    start_s = max(0.0, span[0])
    end_s = min(span[1], duration_s) if duration_s else span[1]
    if end_s <= start_s:
        return None
    part = Part(start_s, end_s, fills=True, known=tuple(known))
    if mode is Mode.VIDEO:
        return part
    inside = [
        segment
        for segment in (transcript.segments if transcript else ())
        if start_s <= (segment.start_s + segment.end_s) / 2 <= end_s and segment.text.strip()
    ]
    if not inside:
        return None
    return replace(part, first=inside[0].label, last=inside[-1].label)


def statement_part(
    transcript: Transcript | None,
    video: Video,
    mode: Mode,
    note: Note,
    doubt: DoubtfulStatement,
) -> Part | None:
    """Return the part from which a doubtful statement is rewritten; None if nothing is said at its
    place, or the note no longer has the statement."""
    place = section_of(note, doubt)
    if place is None:
        return None
    span = (doubt.cite.start_s, max(doubt.cite.end_s, doubt.cite.start_s + STATEMENT_S))
    part = gap_part(transcript, video, mode, span, known=[note.sections[place].heading])
    return part and replace(part, statement=doubt.statement.text)


_STRETCH = re.compile(r"the video from ([\d:]+) to ([\d:]+)")


def not_told(part: Part, draft: Draft, transcript: Transcript | None) -> str:
    """Return the rest of a part that its unfinished draft does not cover, as an item of
    `Note.missing`."""
    starts = {s.label: s.start_s for s in transcript.segments} if transcript else {}
    start_s = part.start_s
    for place in (place for s in draft.sections for place in places_in(s, starts)):
        at = starts.get(place.last) if isinstance(place, LabelRange) else place.start_s
        if at is not None and part.start_s <= at < part.end_s:
            start_s = max(start_s, at)
    return f"the video from {clock(start_s)} to {clock(part.end_s)}"


def missing_stretch(lack: str) -> tuple[float, float] | None:
    """Return the time span in seconds of an item by `not_told`; None for another item."""
    found = _STRETCH.fullmatch(lack)
    return (clock_seconds(found[1]), clock_seconds(found[2])) if found else None


def passage(transcript: Transcript, part: Part, *, context_s: float = CONTEXT_S) -> Transcript:
    """Return the transcript of a part and a little before it, with the labels and times of the
    whole.

    A part that fills a gap also includes a little after it.
    """
    segments = transcript.segments
    first = next((n for n, s in enumerate(segments) if s.label == part.first), 0)
    last = next((n for n, s in enumerate(segments) if s.label == part.last), len(segments) - 1)
    begin = first
    while begin > 0 and segments[first].start_s - segments[begin - 1].start_s <= context_s:
        begin -= 1
    end = last
    while (
        part.fills
        and end + 1 < len(segments)
        and segments[end + 1].end_s - segments[last].end_s <= context_s
    ):
        end += 1
    return replace(transcript, segments=segments[begin : end + 1])


def in_whole_time(draft: Draft, part: Part) -> Draft:
    """Return a draft whose times count from the beginning of the video.

    A model that is shown a part of a video is told to count from the beginning of the whole, but
    may count from that of the part. It does one or the other throughout: times that all fit into
    the part's length, some of them before its start, are those of the part.
    """
    times = [
        place.start_s
        for section in draft.sections
        for place in places_in(section, ())
        if isinstance(place, CitedTime)
    ]
    slack = 30.0
    if not times or min(times) >= part.start_s - slack or max(times) > part.seconds + slack:
        return draft
    return replace(
        draft,
        sections=tuple(
            replace(
                section.with_texts(moved_times(text, by_s=part.start_s) for text in section.texts),
                cites=tuple(_moved(cite, part.start_s) for cite in section.cites),
            )
            for section in draft.sections
        ),
    )


def _moved(cite: str, by_s: float) -> str:
    found = cited_places((cite,), ())
    if len(found) != 1 or not isinstance(found[0], CitedTime):
        return cite
    moment = found[0]
    start = clock(moment.start_s + by_s)
    return start if moment.end_s is None else f"{start}-{clock(moment.end_s + by_s)}"


# --- the whole, from what its parts tell ---------------------------------------------------------


def overall_template(template: NoteTemplate) -> NoteTemplate | None:
    """Return the template for the sections that summarize a whole video written in parts; None if
    there are none, or no others."""
    plans = tuple(plan for plan in template.sections if plan.kind in WHOLE)
    if not plans or len(plans) == len(template.sections) or template.texts is None:
        return None
    instructions = f"{template.instructions}\n\n{template.texts.overall.strip()}"
    return replace(template, sections=plans, instructions=instructions)


def condensed(draft: Draft, words: Transcript | None, template: NoteTemplate) -> Transcript:
    """Return the statements of a long note as a transcript, one per segment with its time: the
    input for the sections about the whole, which are left out of it."""
    known = {segment.label: segment for segment in words.segments} if words else {}
    found: list[Segment] = []
    kinds = [template.sections[n].kind for n in plans_of(draft.sections, template.sections)]
    for section, kind in zip(draft.sections, kinds, strict=True):
        lifted = lift_references(section.shown_at(Level.CONCISE))
        told = [(lifted.text[a:b], places) for (a, b), places in lifted.statements() if places]
        whole = [(lifted.text, cited_places(section.cites, known))]
        for text, places in (told or whole) if kind not in WHOLE else ():
            for place in places[:1]:
                if isinstance(place, CitedTime):
                    label, start_s, end_s = clock(place.start_s), place.start_s, place.start_s
                elif (segment := known.get(place.first)) is not None:
                    label, start_s, end_s = segment.label, segment.start_s, segment.end_s
                else:
                    continue
                found.append(Segment(label, start_s, end_s, f"{section.heading}: {text}"))
    found.sort(key=lambda segment: segment.start_s)
    language, timed = (words.language, words.timed) if words else ("", True)
    return Transcript(language, TranscriptKind.MANUAL, tuple(found), timed=timed)


def with_whole(draft: Draft, overall: Draft, template: NoteTemplate) -> Draft:
    """Return a long note with its sections about the whole replaced by those of `overall`, as far
    as it has them."""
    plans = template.sections
    on_whole = [plan for plan in plans if plan.kind in WHOLE]
    places = plans_of(overall.sections, on_whole)
    written = {on_whole[n]: section for n, section in zip(places, overall.sections, strict=True)}
    numbers = plans_of(draft.sections, plans)
    sections: list[DraftSection] = []
    for number, plan in enumerate(plans):
        own = [s for n, s in zip(numbers, draft.sections, strict=True) if n == number]
        sections += [written[plan]] if plan in written else own
    return replace(draft, title=overall.title or draft.title, sections=tuple(sections))


# --- where to cut --------------------------------------------------------------------------------


def _by_time(seconds: float, chapters: Sequence[Chapter], count: int) -> tuple[Part, ...]:
    size = seconds / count
    cuts = [0.0]
    for number in range(1, count):
        even = number * size
        near = [c.start_s for c in chapters if abs(c.start_s - even) <= size * REACH]
        cuts.append(min(near, key=lambda start: abs(start - even), default=even))
    cuts.append(seconds)
    return tuple(
        Part(start_s, end_s, number=number, count=count)
        for number, (start_s, end_s) in enumerate(pairwise(cuts), start=1)
    )


def _by_words(
    words: Transcript,
    weights: Sequence[int],
    chapters: Sequence[Chapter],
    count: int,
    seconds: float,
) -> tuple[Part, ...]:
    segments = words.segments
    before = [0, *accumulate(weights)]  # words before each segment
    size = before[-1] / count
    opening = {
        bisect_left(segments, chapter.start_s - 0.5, key=lambda s: s.start_s)
        for chapter in chapters
        if words.timed
    }
    cuts = [0]
    for number in range(1, count):
        even = number * size
        low = max(cuts[-1] + 1, bisect_left(before, even - size * REACH))
        high = min(len(segments) - (count - number), bisect_right(before, even + size * REACH) - 1)
        options = range(low, max(low, high) + 1)
        cuts.append(
            max(
                options,
                key=lambda at: (
                    _parting(segments[at - 1], segments[at], chapter=at in opening)
                    - 2.0 * abs(before[at] - even) / (size * REACH)
                ),
            )
        )
    cuts.append(len(segments))
    starts = [0.0, *(segments[at].start_s for at in cuts[1:-1])]
    ends = [*starts[1:], max(seconds, words.duration_s)]
    return tuple(
        Part(
            start_s=starts[number],
            end_s=ends[number],
            first=segments[cuts[number]].label,
            last=segments[cuts[number + 1] - 1].label,
            number=number + 1,
            count=count,
        )
        for number in range(count)
    )


def _parting(before: Segment, after: Segment, *, chapter: bool) -> float:
    """Return the quality of a cut between two segments; the best is 6."""
    pause = max(0.0, after.start_s - before.end_s)
    return (
        3.0 * chapter
        + 1.5 * min(1.0, pause / 4.0)
        + 1.0 * ends_sentence(before.text)
        + 0.5 * (before.speaker != after.speaker)
    )
