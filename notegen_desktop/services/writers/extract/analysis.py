"""The analysis of one transcript, shared by all templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from notegen_desktop.domain.errors import TranscriptNeeded
from notegen_desktop.domain.links.video import Chapter
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.domain.words import _

from . import ranking, sentences, spoken, terms, topics
from .language import Role, begins, hits, language_of
from .sentences import Sentence
from .spoken import Definition
from .terms import Term
from .topics import SentenceRange


class Stopped(Exception):
    """Raised to stop work whose result is no longer needed."""


class Analysis:
    """Sentences, terms, boundaries and scores of a transcript. Read-only after it is built.

    `check` is called between the parts of the work and may raise `Stopped`. Raises TranscriptNeeded
    for a transcript without any text.
    """

    def __init__(self, transcript: Transcript, check: Callable[[], None] = lambda: None) -> None:
        self.timed = transcript.timed
        self.language = language_of(transcript.language, transcript.text)
        check()
        self.sentences: list[Sentence] = sentences.split(transcript, self.language)
        if not self.sentences:
            raise TranscriptNeeded(
                _("The transcript has no words that could be quoted."),
                hint=_("Choose the engine Gemini with the mode “video”, or other captions."),
            )
        check()
        self.terms: list[Term] = terms.find(self.sentences, self.language)
        check()
        self.strengths: list[float] = topics.boundaries(self.sentences, self.language)
        check()
        self.worth: list[float] = ranking.worth(self.sentences, self.terms, self.language)
        self.words = sum(sentence.length for sentence in self.sentences)
        self._parts: dict[tuple[int, float], list[SentenceRange]] = {}
        self._hits: dict[Role, dict[int, int]] = {}
        self._beginning: dict[Role, set[int]] = {}
        self._passages: dict[Role, list[int]] = {}
        self.definitions: list[Definition] = spoken.definitions(
            self.sentences, self.terms, self.language
        )
        self.defining = {each.sentence for each in self.definitions}
        self.defined: Counter[tuple[str, ...]] = Counter({each.key: 1 for each in self.definitions})
        for term in self.terms:
            if term.key in self.defined:
                self.defined[term.key] = len(term.where)
        self.names = [*self._defined_only(), *self.terms[:400]]
        self.steps = spoken.steps(self.sentences, self.language)

    def _defined_only(self) -> list[Term]:
        """Return terms that are defined but too rare to be found as terms."""
        known = {term.key for term in self.terms}
        top = self.terms[0].score if self.terms else 1.0
        return [
            Term(each.term, each.key, 0.5 * top, (each.sentence,))
            for each in self.definitions
            if each.clear > 1 and each.key not in known
        ]

    @property
    def whole(self) -> SentenceRange:
        return SentenceRange(0, len(self.sentences))

    def parts(self, wanted: int, *, even: float = 0.0) -> list[SentenceRange]:
        """Return the whole transcript in `wanted` ranges, by subject; fewer if it has fewer
        sentences."""
        found = self._parts.get((wanted, even))
        if found is None:
            found = topics.part(self.sentences, self.strengths, wanted, even=even)
            self._parts[wanted, even] = found
        return found

    def chapters(self, chapters: Sequence[Chapter]) -> list[tuple[str, SentenceRange]]:
        """Return the video's own chapters that contain text, with their titles."""
        result: list[tuple[str, SentenceRange]] = []
        starts = [sentence.start_s for sentence in self.sentences]
        ordered = sorted(chapters, key=lambda chapter: chapter.start_s)
        for number, chapter in enumerate(ordered):
            end_s = ordered[number + 1].start_s if number + 1 < len(ordered) else float("inf")
            begin_s = chapter.start_s if number else float("-inf")
            inside = [i for i, start in enumerate(starts) if begin_s <= start < end_s]
            if inside and chapter.title.strip():
                result.append((chapter.title.strip(), SentenceRange(inside[0], inside[-1] + 1)))
        return result

    def playing(self, part: Role) -> dict[int, int]:
        """Return the sentences with a role, and how clearly they have it (1 to 3)."""
        found = self._hits.get(part)
        if found is None:
            code = self.language.code
            counted = ((s.index, hits(part, code, s.text)) for s in self.sentences)
            found = {index: number for index, number in counted if number}
            self._hits[part] = found
        return found

    def beginning(self, role: Role) -> set[int]:
        """Return the sentences whose beginning has a role."""
        if role not in self._beginning:
            code = self.language.code
            found = {s.index for s in self.sentences if begins(role, code, s.text)}
            self._beginning[role] = found
        return self._beginning[role]

    def passage(self, role: Role) -> list[int]:
        """Return the sentences that the speaker announces as summary or limits, if any."""
        if role not in self._passages:
            self._passages[role] = spoken.passage(self.sentences, role, self.language)
        return self._passages[role]
