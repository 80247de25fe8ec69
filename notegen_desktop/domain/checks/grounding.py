"""LabelRange become times: which place of the video a section rests on, and whether it really does.

A cite is called verified only if three things hold: the place exists; its time is known (plain text
has none); and the words said there support the section (see `evidence`). Where the note is in
another language than the talk, only names, numbers and kindred words can be compared: a cite that
shares enough of them is verified, another is not, however true it may be. Where the model watched
the video and there are no captions, nothing can be compared and nothing is verified.

What does not hold is mended where that is safe: a label a few segments off moves to the neighbour
that supports the section; a label that does not exist is replaced by a passage that clearly does,
and is otherwise left out. A label that exists but is not supported stays, unverified.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.citations import (
    CitedPlace,
    LabelRange,
    Moment,
    cited_places,
    lift_references,
)
from notegen_desktop.domain.notes.note import Cite, Coverage, Draft, DraftSection, Level, Section
from notegen_desktop.domain.notes.statements import split
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.transcript import Transcript

from .coverage import COVERING, coverage, kinds_of
from .evidence import Claim, GroundingIndex, Support

__all__ = ["Grounded", "GroundingIndex", "ground"]

NEAR = 3
"""Segments to each side in which a label is taken for a near miss."""
LONGEST_RANGE = 30
"""Segments a range of labels may span before only its two ends count; about five minutes."""
MOMENT_S = 20.0
"""What a mere time covers, in seconds: about as long as a segment of a transcript."""


@dataclass(frozen=True, slots=True)
class Grounded:
    """Sections with their places, and what of the video they cover."""

    sections: tuple[Section, ...]
    coverage: Coverage


def ground(
    draft: Draft,
    *,
    transcript: Transcript | None,
    video: Video,
    language: str = "",
    quoted: bool = False,
    index: GroundingIndex | None = None,
    template: NoteTemplate | None = None,
) -> Grounded:
    """The sections of a draft with times for labels.

    `language` is that of the note, a BCP 47 tag, "" if unknown. `quoted` says that the cites come
    from a program that copied its sentences from these very segments: they need no measuring.
    `index` saves building it again for the same transcript. `template` says what the sections are
    for: the borders of chapters stay as they are given. Never raises.
    """
    if transcript is not None and not transcript.segments:
        transcript = None
    if transcript is not None and (index is None or index.transcript is not transcript):
        index = GroundingIndex(transcript)
    worker = _Grounder(
        index if transcript is not None else None,
        duration_s=video.duration_s or (transcript.duration_s if transcript else 0.0),
        language=language,
        quoted=quoted,
    )
    kinds = kinds_of(draft.sections, template) if template else [None] * len(draft.sections)
    sections = tuple(
        worker.section(section, kind) for section, kind in zip(draft.sections, kinds, strict=True)
    )
    return Grounded(sections, coverage(sections, worker.duration_s, template))


@dataclass(frozen=True, slots=True)
class _Found:
    """Segments from `first` to `last` that a cite stands for."""

    first: int
    last: int
    verified: bool


class _Grounder:
    def __init__(
        self, index: GroundingIndex | None, *, duration_s: float, language: str, quoted: bool
    ) -> None:
        self._index = index
        self._talk = index.transcript.text if index else ""
        self.duration_s = duration_s
        self._quoted = quoted
        spoken = primary(index.transcript.language) if index else ""
        asked = primary(language)
        self._foreign = asked != spoken if asked and spoken else None

    def section(self, section: DraftSection, kind: SectionKind | None = None) -> Section:
        stated: dict[Level, list[tuple[int, list[Cite]]]] = {}
        lifted = {level: lift_references(section.at(level), self._talk) for level in Level}
        for level, text in lifted.items():
            stated[level] = [
                (end, self._statement(text.text[start:end], places))
                for (start, end), places in text.statements()
                if places
            ]
        plain = DraftSection(section.heading, section.cites, *(t.text for t in lifted.values()))
        at_statements = {cite for found in stated.values() for _, cites in found for cite in cites}
        if kind is SectionKind.CHAPTER:
            taken = {(cite.start_s, cite.end_s) for cite in at_statements}
            whole = [c for c in self._borders(section) if (c.start_s, c.end_s) not in taken]
        else:
            whole = [
                cite
                for cite in self._whole(plain)
                if not any(_within(cite, other) for other in at_statements)
            ]
        if kind in COVERING and not (whole or at_statements):
            whole = self._looked_up(plain)
        numbers = {
            cite: number for number, cite in enumerate(_in_time([*at_statements, *whole]), start=1)
        }
        texts = (
            lifted[level].with_markers(
                {end: [numbers[cite] for cite in cites] for end, cites in stated[level]}
            )
            for level in Level
        )
        return Section(
            section.heading, tuple(replace(cite, n=n) for cite, n in numbers.items()), *texts
        )

    def _statement(self, text: str, places: Iterable[CitedPlace]) -> list[Cite]:
        """The places that a statement names, and whether the words there support it."""
        index = self._index
        if index is None:
            return self._untold(places)
        claim = index.claim(text, foreign=self._foreign)
        cites: list[Cite] = []
        for place in dict.fromkeys(places):
            if isinstance(place, Moment):
                cite = self._moment(claim, place, index, set())
                cites += [cite] if cite else []
            else:
                found = [self._checked(claim, *span, index, set()) for span in _spans(place, index)]
                cites += self._joined(found, index)
        return _in_time(dict.fromkeys(cites))

    def _whole(self, section: DraftSection) -> list[Cite]:
        """The places that a section names beside those at its statements."""
        index = self._index
        named = cited_places(section.cites, index.place_of if index else ())
        return self._untold(named) if index is None else self._told(section, named, index)

    def _borders(self, chapter: DraftSection) -> list[Cite]:
        """Where a chapter begins and ends, to the second as it is given: borders state nothing, so
        that there is nothing to compare or to mend."""
        index = self._index
        spans: dict[tuple[float, float], None] = {}
        for place in cited_places(chapter.cites, index.place_of if index else ()):
            if isinstance(place, Moment):
                span = self._span(place)
                spans |= {span: None} if span else {}
            elif index is not None:
                for at in (at for ends in _spans(place, index) for at in dict.fromkeys(ends)):
                    segment = index.segments[at]
                    spans[segment.start_s, max(segment.start_s, segment.end_s)] = None
        return [Cite(*span, verified=None) for span in sorted(spans)]

    def _looked_up(self, section: DraftSection) -> list[Cite]:
        """The passages that a section without cites plainly tells of."""
        index = self._index
        if index is None:
            return []
        taken: set[int] = set()
        for statement in split(section.comprehensive or section.standard or section.concise):
            claim = index.claim(statement.text, foreign=self._foreign)
            if (best := index.best(claim, without=taken)) is not None:
                taken.add(best[0])
        timed = index.transcript.timed
        return self._joined([_Found(at, at, verified=timed) for at in sorted(taken)], index)

    # --- without words ---

    def _untold(self, named: Iterable[CitedPlace]) -> list[Cite]:
        cites = []
        for place in named:
            span = self._span(place) if isinstance(place, Moment) else None
            if span is not None:
                cites.append(Cite(*span, verified=None))
        return _merged(cites)

    def _span(self, moment: Moment) -> tuple[float, float] | None:
        """The stretch a time stands for, within the video; None if it lies outside."""
        end_s = moment.start_s + MOMENT_S if moment.end_s is None else moment.end_s
        if not self.duration_s:
            return (moment.start_s, end_s)
        if moment.start_s > self.duration_s:
            return None
        return (moment.start_s, min(end_s, self.duration_s))

    # --- with words ---

    def _told(
        self, section: DraftSection, named: Sequence[CitedPlace], index: GroundingIndex
    ) -> list[Cite]:
        text = "\n".join(
            (section.heading, section.concise, section.standard, section.comprehensive)
        )
        claim = index.claim(text, foreign=self._foreign)
        taken: set[int] = set()
        found: list[_Found] = []
        cites: list[Cite] = []
        missing = 0
        for place in named:
            if isinstance(place, Moment):
                cite = self._moment(claim, place, index, taken)
                if cite is not None:
                    cites.append(cite)
                continue
            spans = _spans(place, index)
            missing += not spans
            for first, last in spans:
                found.append(self._checked(claim, first, last, index, taken))
                taken.update(range(found[-1].first, found[-1].last + 1))
        for _ in range(missing):
            best = index.best(claim, without=taken)
            if best is not None:
                taken.add(best[0])
                found.append(_Found(best[0], best[0], verified=index.transcript.timed))
        return _merged(cites + self._joined(found, index))

    def _checked(
        self, claim: Claim, first: int, last: int, index: GroundingIndex, taken: set[int]
    ) -> _Found:
        timed = index.transcript.timed
        if self._quoted or index.support(claim, first, last).enough:
            return _Found(first, last, verified=timed)
        if first == last and (near := _neighbour(claim, first, index, taken)) is not None:
            return _Found(near, near, verified=timed)
        return _Found(first, last, verified=False)

    def _moment(
        self, claim: Claim, moment: Moment, index: GroundingIndex, taken: set[int]
    ) -> Cite | None:
        """A time the model saw, held against what is said around it. The time itself stays."""
        span = self._span(moment)
        if span is None:
            return None
        if self._quoted:
            return Cite(*span, verified=True)
        around = _segments_in(span, index)
        if around is None or not index.transcript.timed:
            return Cite(*span, verified=None)
        first, last = around
        supported = index.support(claim, first, last).enough or (
            _neighbour(claim, first, index, taken) is not None
        )
        return Cite(*span, verified=supported)

    def _joined(self, found: Iterable[_Found], index: GroundingIndex) -> list[Cite]:
        """Cites of the segments, neighbours as one where both are verified or neither is."""
        state: dict[int, bool] = {}
        for one in found:
            for place in range(one.first, one.last + 1):
                state[place] = state.get(place, False) or one.verified
        cites: list[Cite] = []
        previous = -2
        for place in sorted(state):
            segment = index.segments[place]
            end_s = max(segment.start_s, segment.end_s)
            if self.duration_s:
                end_s = max(segment.start_s, min(end_s, self.duration_s))
            if place == previous + 1 and cites[-1].verified == state[place]:
                last = cites[-1]
                cites[-1] = Cite(last.start_s, max(last.end_s, end_s), verified=last.verified)
            else:
                cites.append(Cite(segment.start_s, end_s, verified=state[place]))
            previous = place
        return cites


def _spans(place: LabelRange, index: GroundingIndex) -> list[tuple[int, int]]:
    """The places in the transcript that labels name: none if they do not exist."""
    ends = [index.place_of.get(label) for label in (place.first, place.last)]
    known = sorted(end for end in ends if end is not None)
    if not known:
        return []
    if len(known) == 1 or known[0] == known[1]:
        return [(known[0], known[0])]
    if known[1] - known[0] < LONGEST_RANGE:
        return [(known[0], known[1])]
    return [(known[0], known[0]), (known[1], known[1])]


def _neighbour(claim: Claim, place: int, index: GroundingIndex, taken: set[int]) -> int | None:
    """The nearby segment that supports a text best, if one does so well."""
    options: list[tuple[Support, int]] = []
    for near in range(max(0, place - NEAR), min(len(index.segments), place + NEAR + 1)):
        if near != place and near not in taken:
            support = index.support(claim, near)
            if support.enough and (support.quoted or support.clear):
                options.append((support, near))
    if not options:
        return None
    return max(options, key=lambda option: (option[0].rank, -abs(option[1] - place)))[1]


def _segments_in(span: tuple[float, float], index: GroundingIndex) -> tuple[int, int] | None:
    """The first and last segment that overlap a stretch of time."""
    touching = [
        place
        for place, segment in enumerate(index.segments)
        if segment.start_s < span[1] and segment.end_s > span[0]
    ]
    return (touching[0], touching[-1]) if touching else None


def _within(cite: Cite, other: Cite) -> bool:
    return other.start_s <= cite.start_s and cite.end_s <= other.end_s


def _in_time(cites: Iterable[Cite]) -> list[Cite]:
    return sorted(cites, key=lambda cite: (cite.start_s, cite.end_s, not cite.verified))


def _merged(cites: list[Cite]) -> list[Cite]:
    """In order of time, each stretch once; one that lies within another of its kind is dropped."""
    result: list[Cite] = []
    for cite in sorted(cites, key=lambda c: (c.start_s, -c.end_s, not c.verified)):
        last = result[-1] if result else None
        if last and cite.end_s <= last.end_s and (last.verified or not cite.verified):
            continue
        result.append(cite)
    return result
