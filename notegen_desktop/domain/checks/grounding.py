"""Turns labels into times: which place of the video a section cites, and whether it supports it.

A cite is verified only if three things hold: the place exists; its time is known (plain text has
none); and the passage supports the section (see `evidence`). If the note is in another language
than the transcript, only names, numbers and cognates can be compared: a cite that shares enough of
them is verified, another is not, however true it may be. If the model watched the video and there
are no captions, nothing can be compared and nothing is verified.

Wrong cites are corrected if that is safe: a label a few segments off moves to the neighbour that
supports the section; a label that does not exist is replaced by a passage that clearly does, and is
otherwise removed. A label that exists but is not supported stays, unverified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.citations import (
    CitedPlace,
    CitedTime,
    LabelRange,
    cited_places,
    lift_references,
)
from notegen_desktop.domain.notes.note import (
    Cite,
    Coverage,
    Doubt,
    Draft,
    DraftSection,
    Section,
)
from notegen_desktop.domain.notes.statements import split
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind
from notegen_desktop.domain.text.features import features, tokens
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.transcript import Transcript

from . import facts
from .attribution import speaker_named, speaks
from .contradiction import Contradiction, find_contradiction
from .coverage import COVERING, coverage, kinds_of
from .evidence import Claim, GroundingIndex, Support
from .facts import FactMismatch

NEAR = 3
"""Segments to each side in which a label counts as a near miss."""
LONGEST_RANGE = 30
"""Maximum segments of a range of labels; of a longer one (about five minutes) only the two ends
count."""
FEW_FEATURES = 4
"""Minimum known words of a statement; a shorter one is compared together with the text before
it."""
MOMENT_S = 20.0
"""Seconds covered by a single time: about the length of a segment of a transcript."""


@dataclass(frozen=True, slots=True)
class Grounded:
    """Sections with their cites, and their coverage of the video."""

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
    """Return the sections of a draft with times instead of labels.

    `language` is that of the note, a BCP 47 tag, "" if unknown. `quoted`: the cites come from a
    program that copied its sentences from these very segments, so they need no measuring. `index`
    saves building it again for the same transcript. `template` has the kinds of the sections: the
    borders of chapters stay as given. Never raises.
    """
    if transcript is not None and not transcript.segments:
        transcript = None
    if transcript is not None and (index is None or index.transcript is not transcript):
        index = GroundingIndex(transcript)
    worker = _Grounder(
        index if transcript is not None else None,
        video=video,
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
class _Place:
    """A cited place: segments, or a time span and its segments."""

    first: int
    last: int
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The verdict of a place on a statement; as in a cite."""

    verified: bool | None
    doubt: Doubt | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    """A statement. `before` is the text that a short one continues; `block` is the block quote that
    it ends, "" if none."""

    text: str
    before: str
    block: str


class _Grounder:
    def __init__(
        self,
        index: GroundingIndex | None,
        *,
        video: Video,
        duration_s: float,
        language: str,
        quoted: bool,
    ) -> None:
        self._index = index
        self.duration_s = duration_s
        self._quoted = quoted
        spoken = primary(index.transcript.language) if index else ""
        asked = primary(language)
        self._foreign = asked != spoken if asked and spoken else None
        self._english = spoken in ("en", "")
        self._spoken = spoken
        speakers = {s.speaker: None for s in index.segments if s.speaker} if index else {}
        self._speakers = tuple(speakers)
        names = (video.title, video.channel, *speakers)
        self._known = f" {' '.join(word for name in names for word in tokens(name))} "
        self._talk = index.transcript.text if index else ""

    def section(self, section: DraftSection, kind: SectionKind | None = None) -> Section:
        known = self._index.place_of if self._index else None
        lifted = [lift_references(text, self._talk, known) for text in section.texts]
        plain = section.with_texts(text.text for text in lifted)
        stated: list[list[tuple[int, list[Cite]]]] = []
        for text in lifted:
            before = section.heading
            stated.append([])
            for (start, end), named in text.placed():
                words = text.text[start:end]
                if named:
                    said = _Said(words, before, _block_quote(text.text, end))
                    pieces: dict[CitedPlace, str] = {}
                    begin = start
                    for at, place in named:
                        piece = text.text[begin:at].strip(" \t,;:–—")
                        pieces.setdefault(place, piece or next(reversed(pieces.values()), words))
                        begin = max(begin, at)
                    stated[-1].append((end, self._statement(said, pieces)))
                before = words
        at_statements = {cite for found in stated for _, cites in found for cite in cites}
        if kind is SectionKind.CHAPTER:
            whole = self._borders(section)
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
            text.with_markers({end: [numbers[cite] for cite in cites] for end, cites in found})
            for text, found in zip(lifted, stated, strict=True)
        )
        numbered = tuple(replace(cite, n=n) for cite, n in numbers.items())
        return Section(section.heading, numbered).with_texts(texts)

    # --- a statement and the places it names ---

    def _statement(self, said: _Said, named: Mapping[CitedPlace, str]) -> list[Cite]:
        """Return the cites of a statement, and whether their passages support it, or at least the
        piece of it before each."""
        pieces = {place: piece for each, piece in named.items() for place in self._places([each])}
        places = list(pieces)
        index = self._index
        if index is None or not places:
            return _in_time(Cite(*place.span, verified=None) for place in places if place.span)
        claim = index.claim(said.text, foreign=self._foreign)
        if short := len(claim.features) < FEW_FEATURES:
            short = len(features(facts.without_formulas(said.text))) < FEW_FEATURES
            claim = index.claim(f"{said.before}\n{said.text}", foreign=self._foreign)
        found: dict[_Place, _Verdict] = {}
        several = len(set(pieces.values())) > 1
        for place, piece in pieces.items():
            moved, verdict = self._judged(said, claim, place, places, index, short=short)
            if several and (verdict.verified is not True or moved != place):
                moved, verdict = self._of_piece(said, piece, place, verdict, index)
            found[moved] = verdict
        if len(found) > 1 and not any(verdict.verified for verdict in found.values()):
            # Each segment may support a part of the statement.
            first, last = min(p.first for p in found), max(p.last for p in found)
            if last - first <= NEAR and index.support(claim, first, last).enough:
                found = {
                    place: _Verdict(verified=True)
                    if verdict.doubt in (Doubt.SENSE, Doubt.PLACE) and not verdict.mark
                    else verdict
                    for place, verdict in found.items()
                }
        return _in_time(dict.fromkeys(self._cites(found, index)))

    def _of_piece(
        self, said: _Said, piece: str, place: _Place, whole: _Verdict, index: GroundingIndex
    ) -> tuple[_Place, _Verdict]:
        """Return one of several places of a statement, judged by the piece before it; `whole` is
        the verdict on all of it. A piece of a few words is not compared."""
        claim = index.claim(piece, foreign=self._foreign)
        short = len(claim.features) < FEW_FEATURES
        said = replace(said, text=piece)
        moved, verdict = self._judged(said, claim, place, [place], index, short=short)
        if verdict.verified is None and whole.verified is True:
            return place, whole
        return moved, verdict

    def _judged(
        self,
        said: _Said,
        claim: Claim,
        place: _Place,
        places: list[_Place],
        index: GroundingIndex,
        *,
        short: bool,
    ) -> tuple[_Place, _Verdict]:
        """Return a place, or the neighbour that was meant, and its verdict on a statement.

        Of a `short` statement only its facts are doubted: its claim is mostly the text before it.
        """
        if self._quoted:
            return place, _Verdict(verified=True)
        support = index.support(claim, place.first, place.last)
        elsewhere: tuple[int, Support] | None = None
        if not support.quoted and not claim.foreign:
            near = _neighbour(claim, place, index) if place.span is None else None
            if near is not None and (near[1].quoted or not support.enough):
                place, support = _Place(near[0], near[0]), near[1]
            elif not (support.enough or short):
                elsewhere = index.best(claim)
        if (
            elsewhere is not None
            and self._fault(said, [_Place(elsewhere[0], elsewhere[0])]) is None
        ):
            return place, _Verdict(False, Doubt.PLACE)
        wrong = self._fault(said, [place, *places])
        if wrong is not None:
            return place, _Verdict(False, wrong.doubt, wrong.mark)
        if not claim.foreign:
            if opposite := self._contradiction(said, [place, *places]):
                return place, _Verdict(False, opposite.doubt, opposite.mark)
            if stranger := self._misattributed(said, claim, [place, *places]):
                return place, _Verdict(False, Doubt.NAME, stranger)
        if support.enough:
            return place, _Verdict(verified=True)
        if claim.foreign or short or len(claim.features) < FEW_FEATURES:
            return place, _Verdict(verified=None)
        return place, _Verdict(False, Doubt.SENSE)

    def _fault(self, said: _Said, places: Sequence[_Place]) -> FactMismatch | None:
        """Return a number, name or quotation that none of these segments contains, or None."""
        assert self._index is not None
        fault: FactMismatch | None = None
        for place in dict.fromkeys(places):
            fault = facts.find_mismatch(
                said.text,
                self._index.talk,
                place.first,
                place.last,
                foreign=bool(self._foreign),
                english=self._english,
                known=self._known,
                block=said.block,
            )
            if fault is None:
                return None
        return fault

    def _contradiction(self, said: _Said, places: Sequence[_Place]) -> Contradiction | None:
        assert self._index is not None
        talk = self._index.talk
        near = dict.fromkeys(at for place in places for at in talk.near(place.first, place.last, 1))
        passage = "\n".join(talk.text(range(at, at + 1)) for at in near)
        return find_contradiction(said.text, passage, self._spoken, talk.names)

    def _misattributed(self, said: _Said, claim: Claim, places: Sequence[_Place]) -> str:
        """Return the speaker to whom a statement attributes the words of others; "" if none."""
        index = self._index
        assert index is not None
        named = speaker_named(said.text, self._speakers) if self._english else None
        if named is None:
            return ""
        name, meant = named
        for place in places:
            if place.last < place.first or speaks(index.segments, meant, place.first, place.last):
                return ""
            theirs = (at for at in _near(place, index) if index.segments[at].speaker in meant)
            if any(index.shares(claim, at) for at in theirs):
                return ""
        return name

    # --- what a section rests on as a whole ---

    def _whole(self, section: DraftSection) -> list[Cite]:
        index = self._index
        named = cited_places(section.cites, index.place_of if index else ())
        places = list(self._places(named))
        if index is None:
            return _merged([Cite(*place.span, verified=None) for place in places if place.span])
        if not named:
            return []
        texts = section.texts
        whole = index.claim("\n".join((section.heading, *texts)), foreign=self._foreign)
        found: dict[_Place, _Verdict] = {}

        @cache
        def parts() -> list[Claim]:
            told = dict.fromkeys(part.strip() for text in texts for part in _parts(text))
            return [index.claim(part, foreign=self._foreign) for part in told]

        for place in places:
            good = self._quoted or index.supports_any(whole, parts, place.first, place.last)
            if not good and place.span is None and place.first == place.last:
                near = (p for p in _near(place, index) if index.support(whole, p).quoted)
                if (moved := next(near, None)) is not None:
                    found[_Place(moved, moved)] = _Verdict(verified=True)
                    continue
            if good:
                found[place] = _Verdict(verified=True)
            elif whole.foreign or index.is_turn_of(whole, place.first, place.last):
                found[place] = _Verdict(verified=None)
            else:
                found[place] = _Verdict(False, Doubt.SENSE)
        for _ in range(sum(not self._exists(place) for place in named)):
            taken = {n for place in found for n in range(place.first, place.last + 1)}
            best = index.best(whole, without=taken)
            if best is not None:
                found[_Place(best[0], best[0])] = _Verdict(verified=True)
        return _merged(list(self._cites(found, index)))

    def _borders(self, chapter: DraftSection) -> list[Cite]:
        """Return start and end of a chapter, exactly as given: borders state nothing, so nothing is
        compared or corrected."""
        index = self._index
        spans: dict[tuple[float, float], None] = {}
        for place in self._places(cited_places(chapter.cites, index.place_of if index else ())):
            if place.span is not None:
                spans[place.span] = None
            elif index is not None:
                for at in (place.first, place.last):
                    segment = index.segments[at]
                    spans[segment.start_s, max(segment.start_s, segment.end_s)] = None
        return [Cite(*span, verified=None) for span in sorted(spans)]

    def _looked_up(self, section: DraftSection) -> list[Cite]:
        """Return the passages that a section without cites clearly covers."""
        index = self._index
        if index is None:
            return []
        found: dict[_Place, _Verdict] = {}
        for statement in split(section.comprehensive or section.standard or section.concise):
            claim = index.claim(statement.text, foreign=self._foreign)
            best = index.best(claim, without=[place.first for place in found])
            if best is not None:
                found[_Place(best[0], best[0])] = _Verdict(verified=True)
        return list(self._cites(found, index))

    # --- places ---

    def _exists(self, place: CitedPlace) -> bool:
        return isinstance(place, CitedTime) or bool(self._index and _spans(place, self._index))

    def _places(self, named: Iterable[CitedPlace]) -> Iterator[_Place]:
        """Yield the cited places that exist in the video."""
        for place in named:
            if isinstance(place, CitedTime):
                span = self._span(place)
                if span is not None:
                    around = _segments_in(span, self._index) if self._index else None
                    yield _Place(*(around or (0, -1)), span)
            elif self._index is not None:
                for first, last in _spans(place, self._index):
                    yield _Place(first, last)

    def _span(self, moment: CitedTime) -> tuple[float, float] | None:
        """Return the time span of a cited time, within the video; None if it is outside."""
        end_s = moment.start_s + MOMENT_S if moment.end_s is None else moment.end_s
        if not self.duration_s:
            return (moment.start_s, end_s)
        if moment.start_s > self.duration_s:
            return None
        return (moment.start_s, min(end_s, self.duration_s))

    def _cites(self, found: Mapping[_Place, _Verdict], index: GroundingIndex) -> Iterator[Cite]:
        """Yield the cites of places; neighbours with the same verdict are joined, and untimed
        transcripts verify none."""
        previous: tuple[int, Cite] | None = None
        for place in sorted(found, key=lambda place: (place.first, place.last)):
            verdict = found[place]
            verified = verdict.verified
            if verified and not index.transcript.timed:
                verified = None
            if place.span is not None:
                yield Cite(*place.span, verified, doubt=verdict.doubt, mark=verdict.mark)
                continue
            first, last = index.segments[place.first], index.segments[place.last]
            end_s = max(first.start_s, last.end_s)
            if self.duration_s:
                end_s = max(first.start_s, min(end_s, self.duration_s))
            cite = Cite(first.start_s, end_s, verified, doubt=verdict.doubt, mark=verdict.mark)
            if previous is not None:
                until, joined = previous
                alike = replace(joined, start_s=cite.start_s, end_s=cite.end_s) == cite
                if alike and place.first <= until + 1:
                    end_s = max(joined.end_s, cite.end_s)
                    previous = (max(until, place.last), replace(joined, end_s=end_s))
                    continue
                yield joined
            previous = (place.last, cite)
        if previous is not None:
            yield previous[1]


def _block_quote(text: str, end: int) -> str:
    """Return the block quote up to the end of a statement in it; "" if it is in none."""
    quote: list[str] = []
    for line in reversed(text[:end].split("\n")):
        if not line.lstrip().startswith(">"):
            break
        quote.insert(0, line.lstrip("> \t"))
    return "\n".join(quote)


def _parts(text: str) -> Iterator[str]:
    """Yield the statements and the paragraphs of a text, as a section's cite may support either."""
    for statement in split(text):
        if len(tokens(statement.text)) >= FEW_FEATURES:
            yield statement.text
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*[-*|\d])", text):
        if len(tokens(paragraph)) >= FEW_FEATURES:
            yield paragraph


def _spans(place: LabelRange, index: GroundingIndex) -> list[tuple[int, int]]:
    """Return the places in the transcript that labels name; none if they do not exist."""
    ends = [index.place_of.get(label) for label in (place.first, place.last)]
    known = sorted(end for end in ends if end is not None)
    if not known:
        return []
    if len(known) == 1 or known[0] == known[1]:
        return [(known[0], known[0])]
    if known[1] - known[0] < LONGEST_RANGE:
        return [(known[0], known[1])]
    return [(known[0], known[0]), (known[1], known[1])]


def _near(place: _Place, index: GroundingIndex) -> Sequence[int]:
    """Return the segments around a label that count as near misses, the nearest first."""
    reach = range(max(0, place.first - NEAR), min(len(index.segments), place.last + NEAR + 1))
    others = [near for near in reach if not place.first <= near <= place.last]
    return sorted(others, key=lambda near: abs(near - place.first))


def _neighbour(claim: Claim, place: _Place, index: GroundingIndex) -> tuple[int, Support] | None:
    """Return the nearby segment that clearly supports a statement best, or None."""
    options = [(near, index.support(claim, near)) for near in _near(place, index)]
    clear = [option for option in options if option[1].clear]
    return max(clear, key=lambda option: option[1].rank, default=None)


def _segments_in(span: tuple[float, float], index: GroundingIndex) -> tuple[int, int] | None:
    """Return the first and last segment that overlap a time span, or None."""
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
    """Return cites in order of time, without duplicates and cites inside another of their kind."""
    result: list[Cite] = []
    for cite in sorted(cites, key=lambda c: (c.start_s, -c.end_s, not c.verified)):
        last = result[-1] if result else None
        if last and cite.end_s <= last.end_s and (last.verified or not cite.verified):
            continue
        result.append(cite)
    return result
