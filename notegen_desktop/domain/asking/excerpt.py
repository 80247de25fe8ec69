"""What a model is shown of the videos that a question is about, as one transcript.

Of several videos the labels are numbered through, and the segments of each stand at times of their
own, as if they were shown one after the other, so that a place in an answer says which video it is
in; `cite_of` gives its real time.
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
"""Characters of a question that are sent on."""
MAX_EARLIER = 4
"""Earlier questions of the conversation that go along, the last ones, with their answers."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The `transcript` has all words of the one source if the excerpt is `whole`; otherwise some.

    `starts` are the labels at which another source of `sources` begins, by its number; `begins` are
    the seconds at which each does, and `length_s` is where the last one ends.
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
        """The one video; of several one without a name and length, for checks of all of them."""
        return self.sources[0].video if len(self.sources) == 1 else Video("", "", "")

    def time_of(self, label: str) -> str:
        """When a segment is said, `3:41`, of several videos with the name of its own; "" for a
        label that does not exist."""
        segment = next((s for s in self.transcript.segments if s.label == label), None)
        if segment is None:
            return ""
        number, start_s = self.place_of(segment.start_s)
        name = f"{self.sources[number].video.name}, " if self.several else ""
        return f"{name}{clock(start_s)}"

    def place_of(self, seconds: float) -> tuple[int, float]:
        """The number of the source that a time of the transcript is in, and the time there."""
        number = max(0, bisect_right(self.begins, seconds) - 1)
        return number, seconds - self.begins[number]

    def cite_of(self, cite: Cite) -> AnswerCite:
        """A cite of the transcript with its video and the time there."""
        number, start_s = self.place_of(cite.start_s)
        source = self.sources[number]
        end_s = cite.end_s - self.begins[number]
        if number + 1 < len(self.begins) and cite.end_s >= self.begins[number + 1]:
            end_s = source.transcript.duration_s  # it goes on into the next video
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
    """A question with what it is asked of, as it is put to a model.

    `earlier` are questions and answers of the same conversation, the oldest first.
    """

    question: str
    excerpt: Excerpt
    earlier: tuple[tuple[str, str], ...] = ()


def whole_of(source: Source) -> Excerpt:
    """All words of a video."""
    return Excerpt((source,), source.transcript, whole=True)


def excerpt_of(sources: Sequence[Source], passages: Sequence[Passage]) -> Excerpt:
    """Passages in the order of sources and time; sources without any are left out."""
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
    """Whole seconds of a video, and one more, so that no place of two videos is the same."""
    return float(ceil(max(source.video.duration_s or 0.0, source.transcript.duration_s)) + 1)
