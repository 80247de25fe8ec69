"""Sections made of quotes: which sentences a section of each kind takes, at three levels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from notegen_desktop.domain.notes.templates import SectionKind

from .analysis import Analysis
from .language import Role
from .plan import MAX_QUOTED_SHARE, MAX_SPREAD, MILD, MIN_SCALE, RECIPES, Recipe, Shape
from .ranking import alike, choose, local_worth
from .topics import Stretch

_SERIOUS_ENOUGH = 4
"""With so many other sentences to choose from, greetings and thanks are never quoted."""


@dataclass(slots=True)
class Quotes:
    """Sentence indexes of a section at the three levels, each level with those of the one before.

    `nearest` says that no sentence plays the section's part, so that the most relevant stand in.
    """

    shape: Shape
    concise: list[int] = field(default_factory=list)
    standard: list[int] = field(default_factory=list)
    comprehensive: list[int] = field(default_factory=list)
    nearest: bool = False


class Picker:
    """Chooses the quotes of one note, and remembers them so that sections differ."""

    def __init__(self, analysis: Analysis, kinds: Sequence[SectionKind]) -> None:
        self._analysis = analysis
        self._used: Counter[int] = Counter()
        wanted = sum(RECIPES[kind].comprehensive for kind in kinds if kind in RECIPES)
        self._scale = max(MIN_SCALE, min(1.0, MAX_QUOTED_SHARE * analysis.words / (wanted or 1.0)))

    def note_use(self, indexes: Iterable[int]) -> None:
        """These sentences are in the note now; others are preferred from here on."""
        self._used.update(set(indexes))

    def pick(
        self, kind: SectionKind, stretch: Stretch | None = None, *, without: int | None = None
    ) -> Quotes:
        """The quotes of a section, of one stretch or of the whole talk.

        `without` is a sentence that stands in the heading and is not said again.
        """
        recipe = RECIPES[kind].scaled(self._scale)
        scope = stretch or self._analysis.whole
        clear = self._clear(kind, recipe, scope)
        scores = self._scores(recipe, scope, clear)
        if without is not None:
            scores.pop(without, None)
            clear.pop(without, None)
        quotes = Quotes(recipe.shape)
        if clear and kind not in MILD:
            fresh = [index for index in clear if not self._used[index]]
            fitting = {index: scores[index] for index in (fresh if len(fresh) > 2 else clear)}
            if len(fitting) < 3:
                fitting |= {i: s * 0.2 for i, s in scores.items() if i not in fitting}
        else:
            fitting = scores
            quotes.nearest = kind not in MILD
        self._levels(quotes, recipe, scope, fitting)
        self._lengthen(quotes, scores, scope)
        self.note_use(quotes.comprehensive)
        return quotes

    # --- scores ---

    def _clear(self, kind: SectionKind, recipe: Recipe, scope: Stretch) -> dict[int, int]:
        """The sentences of a stretch that play the section's part, and how clearly."""
        found: dict[int, int] = {}
        for part in recipe.parts:
            for index, number in self._analysis.playing(part).items():
                if index in scope:
                    found[index] = found.get(index, 0) + number
        if kind is SectionKind.FACTS:
            for index in scope.indexes:
                number = factual(self._analysis.sentences[index].text)
                if number:
                    found[index] = number
        chatter = self._analysis.playing(Role.SMALL_TALK)
        sentences = self._analysis.sentences
        return {
            index: number
            for index, number in found.items()
            if index not in chatter
            and sentences[index].length >= 4
            and sentences[index].stems
            and not (sentences[index].question and kind is not SectionKind.DISCUSSION)
        }

    def _scores(self, recipe: Recipe, scope: Stretch, clear: dict[int, int]) -> dict[int, float]:
        scores = local_worth(self._analysis.sentences, scope, self._analysis.worth)
        chatter = self._analysis.playing(Role.SMALL_TALK)
        span = max(1, scope.last - scope.first - 1)
        for index in scores:
            place = 2 * (index - scope.first) / span - 1
            scores[index] = (scores[index] + 0.002) * (1 + 0.5 * min(3, clear.get(index, 0)))
            scores[index] *= (1 + 0.6 * recipe.lean * place) * 0.2 ** min(2, self._used[index])
        serious = {index: score for index, score in scores.items() if index not in chatter}
        return serious if len(serious) >= _SERIOUS_ENOUGH else scores

    # --- levels ---

    def _levels(
        self, quotes: Quotes, recipe: Recipe, scope: Stretch, scores: dict[int, float]
    ) -> None:
        sentences = self._analysis.sentences
        if recipe.shape is Shape.SLIDE:
            scores = {
                i: s * (1.0 if sentences[i].length <= 16 else 16 / sentences[i].length) ** 1.5
                for i, s in scores.items()
            }
        concise = choose(sentences, scores, words=recipe.concise, most=self._few(recipe))
        standard = concise + self._spread(recipe, scope, scores, concise, recipe.standard, fewest=3)
        quotes.concise = sorted(concise)
        quotes.standard = sorted(standard)
        if recipe.spread or recipe.shape in (Shape.LIST, Shape.CHECKLIST):
            longest = recipe.comprehensive
            fewest = 6
            if recipe.spread:
                fewest = max(6, min(MAX_SPREAD, len(self._analysis.stretches)))
                longest = max(longest, 22.0 * fewest * min(1.0, self._scale * 1.5))
            more = self._spread(recipe, scope, scores, standard, longest, fewest=fewest)
            quotes.comprehensive = sorted(standard + more)
        else:
            quotes.comprehensive = self._argument(recipe, scope, scores, standard)

    @staticmethod
    def _few(recipe: Recipe) -> int:
        return 2 if recipe.shape in (Shape.TEXT, Shape.STEPS) else 3

    def _spread(
        self,
        recipe: Recipe,
        scope: Stretch,
        scores: dict[int, float],
        chosen: list[int],
        words: float,
        *,
        fewest: int,
    ) -> list[int]:
        """Further sentences up to a length, the best of every part of the scope first."""
        sentences = self._analysis.sentences
        budget = words - sum(sentences[i].length for i in chosen)
        fresh: list[int] = []
        for part in self._subparts(scope, fewest):
            if budget <= 0 or any(index in part for index in (*chosen, *fresh)):
                continue
            inside = {i: scores[i] for i in part.indexes if i in scores}
            poor = bool(inside) and max(inside.values()) < 0.25 * max(scores.values())
            if poor and not recipe.spread:
                continue
            picked = choose(sentences, inside, words=1, chosen=(*chosen, *fresh))
            fresh += picked
            budget -= sum(sentences[i].length for i in picked)
        if budget > 8:
            fresh += choose(sentences, scores, words=budget, chosen=(*chosen, *fresh))
        return fresh

    def _subparts(self, scope: Stretch, wanted: int) -> list[Stretch]:
        if scope == self._analysis.whole:
            return self._analysis.parts(wanted)
        size = scope.last - scope.first
        wanted = max(1, min(wanted, size))
        cuts = [scope.first + size * n // wanted for n in range(wanted + 1)]
        return [Stretch(a, b) for a, b in pairwise(cuts)]

    def _argument(
        self, recipe: Recipe, scope: Stretch, scores: dict[int, float], standard: list[int]
    ) -> list[int]:
        """The chosen sentences with what leads to them and what follows: passages, not points."""
        sentences = self._analysis.sentences
        chosen = list(standard)
        budget = recipe.comprehensive - sum(sentences[i].length for i in chosen)
        leading = [i - 1 for i in standard if self._leans_back(i)]
        following = [i + 1 for i in standard]
        preceding = [i - 1 for i in standard if not self._leans_back(i)]
        for index in (*leading, *following, *preceding):
            if budget <= 0:
                break
            if index in scores and self._quotable(index, chosen):
                chosen.append(index)
                budget -= sentences[index].length
        if budget > 8:
            chosen += choose(sentences, scores, words=budget, chosen=chosen)
        return sorted(chosen)

    def _leans_back(self, index: int) -> bool:
        """Whether a sentence starts with a word that points to the one before."""
        words = self._analysis.language.words
        opening = self._analysis.sentences[index].words[:2]
        return not words.anaphora.isdisjoint(opening) or not words.connectors.isdisjoint(opening)

    def _quotable(self, index: int, chosen: list[int]) -> bool:
        sentence = self._analysis.sentences[index]
        chatter = self._analysis.playing(Role.SMALL_TALK)
        if sentence.length < 4 or index in chatter or self._used[index]:
            return False
        return not any(alike(sentence, self._analysis.sentences[i]) for i in chosen)

    def _lengthen(self, quotes: Quotes, scores: dict[int, float], scope: Stretch) -> None:
        """Make each level longer than the one before, as far as the talk has more to say."""
        around = dict(scores)
        for index in (scope.first - 1, scope.last):
            if 0 <= index < len(self._analysis.sentences):
                around[index] = 0.001
        if len(quotes.standard) <= len(quotes.concise):
            more = choose(self._analysis.sentences, around, words=1, chosen=quotes.standard)
            quotes.standard = sorted(quotes.standard + more)
        quotes.comprehensive = sorted({*quotes.comprehensive, *quotes.standard})
        if len(quotes.comprehensive) <= len(quotes.standard):
            more = choose(self._analysis.sentences, around, words=1, chosen=quotes.comprehensive)
            quotes.comprehensive = sorted(quotes.comprehensive + more)


def factual(text: str) -> int:
    """How many facts a sentence holds (at most 4): numbers, names in capitals, code, formulas."""
    numbers = len(re.findall(r"\d[\d.,:]*", text))
    names = len(re.findall(r"(?<=[a-z,;] )[A-Z][\w.]+(?: [A-Z][\w.]+)*", text))
    code = len(re.findall(r"\w+\(|[=<>+*/^]{1,3}|\w+_\w+|--\w|`|\w+\.\w+\(", text))
    return min(4, 2 * numbers + min(2, names) + 2 * code)
