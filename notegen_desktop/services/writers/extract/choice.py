"""Chooses the quotes of a section, at three levels, each with the neighbours it needs."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil

from notegen_desktop.domain.checks.coverage import min_gap
from notegen_desktop.domain.notes.templates import SectionKind

from .analysis import Analysis
from .language import Role, openings
from .plan import Recipe
from .ranking import alike, local_worth
from .topics import SentenceRange

Unit = tuple[int, ...]
"""Indexes of consecutive sentences that are quoted together."""
Levels = tuple[list[Unit], list[Unit], list[Unit]]

_LONGEST_UNIT = 75.0
"""Maximum words of a unit; a sentence that needs more is not quoted."""
_SHORT = 12.0
"""Preferred words of a short sentence, which leaves room for quotes from other places."""
_BRIEF = 14.0
"""Maximum words of a sentence that needs no shorter replacement."""
_SERIOUS_ENOUGH = 2
"""Minimum number of other sentences, with which greetings and thanks are never quoted."""
_FORWARD = 14.0
"""Maximum words of a sentence that only introduces the next ones."""
_SHORTEST = 4.0
"""Minimum words of a sentence that a quote begins with."""
_PART = 0.37
"""Share of the minimum gap that a section may leave without a quote."""
_MAX_PARTS = 12
_WORDS_A_PART = 10.0
"""Words of the standard level per part: enough to quote every second one."""
_MAX_QUOTED_SHARE = 0.4
"""Maximum share of a range that its section quotes."""


class Picker:
    """Chooses the quotes of one note, and remembers them so that sections differ."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._used: Counter[int] = Counter()
        self._units: dict[int, Unit | None] = {}

    def note_use(self, indexes: Iterable[int]) -> None:
        """Mark sentences as quoted; others are preferred from now on."""
        self._used.update(set(indexes))

    def unit(self, index: int) -> Unit | None:
        """Return a sentence with those it refers to and those that correct it; None if that is too
        long."""
        if index not in self._units:
            self._units[index] = self._grouped(index)
        return self._units[index]

    def pick(
        self,
        kind: SectionKind,
        recipe: Recipe,
        scope: SentenceRange,
        *,
        concise: float,
        turn: int = 0,
    ) -> Levels | None:
        """Return the quotes of a section, of one range or of the whole transcript; None if it has
        none.

        `concise` is the maximum number of words at its first level, if any sentence is so short.
        """
        analysis = self._analysis
        clear = self._clear(kind, recipe, scope, turn)
        told = analysis.passage(recipe.passage) if recipe.passage else []
        announced = [index for index in told if index in scope]
        if recipe.strict and not clear and not announced:
            return None
        scores = self._scores(recipe, scope, clear)
        if recipe.strict:
            scores = {index: score for index, score in scores.items() if index in clear}
        said = sum(analysis.sentences[index].length for index in scope.indexes)
        share = max(0.0, _MAX_QUOTED_SHARE * said)
        parts = self._parts(scope)
        order = self._ordered(recipe, announced, scores, parts, short=concise)
        if not order:
            return None
        least = len(announced)
        first = self._prefix(order, concise, 0)
        standard = max(recipe.standard, _WORDS_A_PART * len(parts))
        words = 0.0 if announced else min(standard, share)
        second = self._prefix(order, words, max(len(first) + 1, least))
        if not recipe.strict:  # leaves sentences for the third level
            second = second[: max(len(first) + 1, least, len(order) - 1)]
        third = self._prefix(
            order,
            min(recipe.comprehensive, max(share, 60.0)),
            max(len(second) + 1, 0 if recipe.strict else least + len(parts)),
        )
        if len(second) <= len(first):
            second = self._widened(second, 1)
        if len(third) <= len(second):
            third = self._widened(second, 2)
        self.note_use(index for unit in third for index in unit)
        return sorted(first), sorted(second), sorted(third)

    # --- what is quoted together ---

    def _grouped(self, index: int) -> Unit | None:
        sentences = self._analysis.sentences
        first = last = index
        while self.leans(first) and first and first > index - 2:
            first -= 1
        if index in self._analysis.playing(Role.FORWARD) and sentences[index].length < _FORWARD:
            last = min(last + 2, len(sentences) - 1)
        if last + 1 < len(sentences) and self._begins(Role.CONTRAST, last + 1):
            last += 1
        unit = tuple(range(first, last + 1))
        fits = len(unit) == 1 or sum(sentences[i].length for i in unit) <= _LONGEST_UNIT
        return unit if fits and self.opens(first) and not self.leans(first) else None

    def opens(self, index: int) -> bool:
        """Return True if a quote may begin with a sentence: with more than "Yes" or "And so on"."""
        sentence = self._analysis.sentences[index]
        bare = openings(self._analysis.language.code, sentence.text)[-1] > sentence.lead
        return not bare and (sentence.length >= _SHORTEST or sentence.lead > 0)

    def leans(self, index: int) -> bool:
        """Return True if a sentence means little, or something else, without the one before."""
        sentence = self._analysis.sentences[index]
        words = self._analysis.language.words
        opening = sentence.opened.split(maxsplit=1)[0].lower().strip(",.") if sentence.text else ""
        return (
            opening.replace("’", "'") in words.anaphora
            or self._begins(Role.POINTING, index)
            or self._begins(Role.CONTRAST, index)
            or (index > 0 and self._begins(Role.CONDITION, index - 1))
        )

    def _begins(self, role: Role, index: int) -> bool:
        return index in self._analysis.beginning(role)

    # --- scores ---

    def _clear(
        self, kind: SectionKind, recipe: Recipe, scope: SentenceRange, turn: int
    ) -> dict[int, int]:
        """Return the sentences of a range with the section's roles, and how clearly they have
        them."""
        analysis = self._analysis
        found: Counter[int] = Counter()
        for role in recipe.roles:
            for index, number in analysis.playing(role).items():
                if index in scope:
                    found[index] += number
        if kind in (SectionKind.FACTS, SectionKind.SOURCES):
            counted = _SOURCE if kind is SectionKind.SOURCES else _FACTS[min(turn, 1)]
            for index in scope.indexes:
                found[index] = min(4, len(counted.findall(analysis.sentences[index].text)))
        chatter = analysis.playing(Role.SMALL_TALK)
        return {
            index: number
            for index, number in found.items()
            if number
            and index not in chatter
            and 5 <= analysis.sentences[index].length <= 45
            and len(analysis.sentences[index].stem_set) > 2
            and (not analysis.sentences[index].question or kind is SectionKind.DISCUSSION)
        }

    def _scores(
        self, recipe: Recipe, scope: SentenceRange, clear: dict[int, int]
    ) -> dict[int, float]:
        analysis = self._analysis
        scores = local_worth(analysis.sentences, scope, analysis.worth)
        span = max(1, scope.last - scope.first - 1)
        repeated = 0.7 if recipe.passage is Role.CLOSING else 0.15
        for index in scores:
            place = 2 * (index - scope.first) / span - 1
            scores[index] *= 1 + 0.5 * min(3, clear.get(index, 0))
            scores[index] *= 1.4 if index in analysis.defining else 1.0
            scores[index] *= (1 + 0.6 * recipe.lean * place) * repeated ** min(2, self._used[index])
            scores[index] *= min(1.0, _SHORT / max(1.0, analysis.sentences[index].length))
        chatter = analysis.playing(Role.SMALL_TALK)
        serious = {index: score for index, score in scores.items() if index not in chatter}
        return serious if len(serious) >= _SERIOUS_ENOUGH else scores

    # --- levels ---

    def _parts(self, scope: SentenceRange) -> list[SentenceRange]:
        """Return the ranges of a scope, each of which a section quotes."""
        sentences = self._analysis.sentences
        ends_s = sentences[-1].end_s
        step_s = _PART * min_gap(ends_s)
        first_s, last_s = sentences[scope.first].start_s, sentences[scope.last - 1].end_s
        wanted = max(1, ceil((last_s - first_s) / step_s))
        if scope == self._analysis.whole:
            return self._analysis.parts(min(_MAX_PARTS, wanted), even=0.5)
        starts = [sentences[index].start_s for index in scope.indexes]
        step_s = (last_s - first_s) / wanted
        cuts = {scope.first + bisect_left(starts, first_s + step_s * n) for n in range(wanted)}
        return [SentenceRange(a, b) for a, b in pairwise([*sorted(cuts), scope.last])]

    def _ordered(
        self,
        recipe: Recipe,
        announced: Sequence[int],
        scores: dict[int, float],
        parts: Sequence[SentenceRange],
        *,
        short: float,
    ) -> list[Unit]:
        """Return the units by priority: announced ones, one of every second part, one of the
        others, then the best of all, up to a length; the very first is short."""
        sentences = self._analysis.sentences
        chosen: list[Unit] = [(index,) for index in announced]
        chosen.sort(key=lambda unit: -self._analysis.worth[unit[0]])
        taken = set(announced)
        ranked = sorted(scores, key=lambda i: (-scores[i], i))

        def take(candidates: Iterable[int], *, alone: bool = False) -> Unit | None:
            for index in candidates:
                single = alone and self.opens(index) and not self._begins(Role.POINTING, index)
                unit = (index,) if single else self.unit(index)
                if unit is None or index in taken or not taken.isdisjoint(unit):
                    continue
                if any(alike(sentences[i], sentences[other]) for i in unit for other in taken):
                    continue
                taken.update(unit)
                return unit
            return None

        firsts: list[Unit] = []
        for part in parts:
            inside = [index for index in ranked if index in part]
            unit = take(inside)
            if unit is None and not recipe.strict and taken.isdisjoint(part.indexes):
                unit = take(inside, alone=True)
            if unit is not None:
                firsts.append(unit)

        def rank(unit: Unit) -> float:
            return -self._brief(unit, scores, short)

        leaders = [min(firsts[at : at + 2], key=rank) for at in range(0, len(firsts), 2)]
        rest = [unit for unit in firsts if unit not in leaders]
        chosen += sorted(leaders, key=rank) + sorted(rest, key=rank)
        if not chosen and ranked and not recipe.strict:
            return [(next(filter(self.opens, ranked), ranked[0]),)]  # a transcript of a word or two
        left = recipe.comprehensive + recipe.standard
        left -= sum(sentences[index].length for index in taken)
        for index in ranked:
            if left <= 0:
                break
            if (unit := take((index,))) is not None:
                chosen.append(unit)
                left -= sum(sentences[i].length for i in unit)
        return chosen

    def _brief(self, unit: Unit, scores: dict[int, float], short: float) -> float:
        length = sum(self._analysis.sentences[index].length for index in unit)
        best = max(scores.get(index, 0.0) for index in unit)
        return float(best * min(1.0, max(short, _BRIEF) / max(1.0, length)))

    def _prefix(self, order: Sequence[Unit], words: float, least: int) -> list[Unit]:
        """Return the first units up to a length in words, but at least `least` of them."""
        taken: list[Unit] = []
        left = words
        for unit in order:
            length = sum(self._analysis.sentences[index].length for index in unit)
            if taken and len(taken) >= least and length > left:
                break
            taken.append(unit)
            left -= length
        return taken

    def _widened(self, units: Sequence[Unit], by: int) -> list[Unit]:
        """Return the units extended by the sentences after them, and then before."""
        sentences = self._analysis.sentences
        inside = {index for unit in units for index in unit}

        def fits(index: int) -> bool:
            known = index in inside or index in self._analysis.playing(Role.SMALL_TALK)
            if not 0 <= index < len(sentences) or known:
                return False
            return not any(alike(sentences[index], sentences[other]) for other in inside)

        wide: list[Unit] = []
        for unit in units:
            first, last = unit[0], unit[-1]
            last += fits(last + 1)
            inside.add(last)
            first -= by > 1 and fits(first - 1) and self.opens(first - 1)
            inside.add(first)
            wide.append(tuple(range(first, last + 1)))
        return wide


_FACTS = (
    re.compile(r"\d[\d.,:]*"),
    re.compile(r"\w+\(|(?<!\S)[=<>+*/^]{1,3}(?!\S)|\w+_\w+|(?<!\S)--\w|`|\w+\.\w+\("),
)
"""Verifiable facts: numbers first; then code and formulas, for a section of their own."""
_SOURCE = re.compile(
    r"[A-Z]\w+ [A-Z]\w+.*\b(?:1[5-9]|20)\d\d\b|\b(?:1[5-9]|20)\d\d\b.*[A-Z]\w+ [A-Z]\w+"
)
"""A name of two words and a year in one sentence."""
