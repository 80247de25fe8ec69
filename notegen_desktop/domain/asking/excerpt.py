"""The excerpt of videos that a model is shown for a question, as one transcript.

Labels of several videos are numbered consecutively, and their segments are put on one time line,
one video after the other, so that a time in an answer identifies its video; `cite_of` returns the
real time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import ceil

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind

from .exchange import AnswerCite
from .passages import Passage, Source

MAX_QUESTION = 2000
"""Maximum characters of a question that are sent."""
MAX_EARLIER = 4
"""Maximum number of earlier questions of the conversation that are sent, the last ones, with their
answers."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The `transcript` is complete if the excerpt is `whole`; otherwise it is passages.

    `starts` are pairs of a label and the number of the source that begins there; `begins` are the
    seconds at which each source begins, and `length_s` is the end of the last.
    """

    sources: tuple[Source, ...]
    transcript: Transcript
    whole: bool = False
    starts: tuple[tuple[str, int], ...] = ()
    begins: tuple[float, ...] = (0.0,)
    length_s: float = 0.0

    @property
    def several(self) -> bool:
        return len(self.sources) > 1

    @property
    def video(self) -> Video:
        """Return the single video; for several one without a name and length, for checks of all of
        them."""
        return self.sources[0].video if len(self.sources) == 1 else Video("", "", "")

    def time_of(self, label: str) -> str:
        """Return the time of a segment, `3:41`, with the name of its video if there are several; ""
        for an unknown label."""
        segment = next((s for s in self.transcript.segments if s.label == label), None)
        if segment is None:
            return ""
        number, start_s = self.place_of(segment.start_s)
        name = f"{self.sources[number].video.name}, " if self.several else ""
        return f"{name}{clock(start_s)}"

    def place_of(self, seconds: float) -> tuple[int, float]:
        """Return the number of the source at a time of the transcript, and the time in it."""
        number = max(0, bisect_right(self.begins, seconds) - 1)
        return number, seconds - self.begins[number]

    def cite_of(self, cite: Cite) -> AnswerCite:
        """Return a cite of the transcript with its video and the time in it."""
        number, start_s = self.place_of(cite.start_s)
        source = self.sources[number]
        end_s = cite.end_s - self.begins[number]
        if number + 1 < len(self.begins) and cite.end_s >= self.begins[number + 1]:
            end_s = source.transcript.duration_s  # the passage continues in the next video
        return AnswerCite(
            start_s,
            end_s,
            cite.verified if source.transcript.timed or cite.verified is False else None,
            n=cite.n,
            doubt=cite.doubt,
            mark=cite.mark,
            video_id=source.video.id,
        )


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question with its excerpt, for a model.

    `earlier` are questions and answers of the same conversation, the oldest first.
    """

    question: str
    excerpt: Excerpt
    earlier: tuple[tuple[str, str], ...] = ()


def whole_of(source: Source) -> Excerpt:
    """Return the whole transcript of a video."""
    return Excerpt((source,), source.transcript, whole=True)


def excerpt_of(sources: Sequence[Source], passages: Sequence[Passage]) -> Excerpt:
    """Return passages in the order of sources and time; sources without any are left out."""
    numbers = list(dict.fromkeys(passage.source for passage in passages))
    shown = [sources[number] for number in numbers]
    several = len(shown) > 1
    ends = [*accumulate(map(_length_s, shown))]
    begins = (0.0, *ends[:-1])
    segments: list[Segment] = []
    starts: list[tuple[str, int]] = []
    for place, number in enumerate(numbers):
        begin = begins[place]
        for passage in (p for p in passages if p.source == number):
            spoken = sources[number].transcript.segments[passage.first : passage.last + 1]
            for segment in spoken:
                label = str(len(segments) + 1) if several else segment.label
                if several and (not starts or starts[-1][1] != place):
                    starts.append((label, place))
                segments.append(
                    replace(
                        segment,
                        label=label,
                        start_s=begin + segment.start_s,
                        end_s=begin + segment.end_s,
                    )
                )
    languages = {source.transcript.language for source in shown}
    kinds = {source.transcript.kind for source in shown}
    words = Transcript(
        language=languages.pop() if len(languages) == 1 else "",
        kind=kinds.pop() if len(kinds) == 1 else TranscriptKind.MANUAL,
        segments=tuple(segments),
        timed=any(source.transcript.timed for source in shown),
    )
    return Excerpt(
        tuple(shown), words, starts=tuple(starts), begins=begins, length_s=ends[-1] if ends else 0.0
    )


def _length_s(source: Source) -> float:
    """Return the whole seconds of a video plus one, so that no times of two videos coincide."""
    return float(ceil(max(source.video.duration_s or 0.0, source.transcript.duration_s)) + 1)
