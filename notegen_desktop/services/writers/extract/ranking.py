"""Scores sentences, and detects repeated content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import exp, log

from .language import Language, Role, hits
from .sentences import Sentence
from .terms import Term
from .topics import SentenceRange

_SHORT_WORDS = frozenset("aiouyeàéó")
"""Single letters that are words."""
_TELLING = 3
"""Minimum meaningful words of an informative sentence."""
TOO_ALIKE = 0.5
"""Maximum share of common words of two quotes in one text."""


def alike(one: Sentence, other: Sentence) -> bool:
    """Return True if two sentences share half of their content or more: by meaningful words, or by
    all."""
    if one.index == other.index:
        return True
    stems, other_stems = one.stem_set, other.stem_set
    least = min(len(stems), len(other_stems))
    if least >= 3 and len(stems & other_stems) > TOO_ALIKE * least:
        return True
    words, other_words = one.word_set, other.word_set
    shared = len(words & other_words)
    if least < 3 and shared > TOO_ALIKE * min(len(words), len(other_words)):
        return True
    return shared > TOO_ALIKE * (len(words) + len(other_words) - shared)


def worth(sentences: Sequence[Sentence], terms: Sequence[Term], language: Language) -> list[float]:
    """Return the score of each sentence as a quote, about 0 to 1, over the whole transcript."""
    weights = _weights(sentences)
    key_stems = _key_stems(terms, language)
    raw = [_density(sentence, weights, key_stems) for sentence in sentences]
    top = sorted(raw)[int(0.98 * (len(raw) - 1))] if raw else 1.0
    return [
        max(0.0, min(1.0, value / (top or 1.0))) * _form(sentence, language)
        for value, sentence in zip(raw, sentences, strict=True)
    ]


def _weights(sentences: Sequence[Sentence]) -> dict[str, float]:
    """Return the weights of words: the more frequent the higher, unless they are everywhere."""
    times: Counter[str] = Counter()
    among: Counter[str] = Counter()
    for sentence in sentences:
        times.update(sentence.stems)
        among.update(sentence.stem_set)
    count = len(sentences) or 1
    return {
        stem: log(1 + n) * log(1 + count / among[stem]) ** 0.6 for stem, n in times.items() if n > 1
    } or dict.fromkeys(times, 1.0)


def _key_stems(terms: Sequence[Term], language: Language) -> dict[str, float]:
    """Return the words of the best terms; without spaces, their pairs of characters."""
    result: dict[str, float] = {}
    for term in terms[:60]:
        parts = language.content([term.text.lower()]) if language.unspaced else term.key
        for part in parts:
            result[part] = max(result.get(part, 0.0), term.score)
    top = max(result.values(), default=1.0)
    return {stem: score / top for stem, score in result.items()}


def _density(sentence: Sentence, weights: dict[str, float], key_stems: dict[str, float]) -> float:
    unique = sentence.stem_set
    if not unique:
        return 0.0
    weight = sum(weights.get(stem, 0.2) for stem in unique)
    keys = sum(key_stems.get(stem, 0.0) for stem in unique)
    size = len(unique) + 5.0
    return float(weight / size + 1.5 * keys / size**0.7)


def _form(sentence: Sentence, language: Language) -> float:
    """Return how well a sentence stands alone, as a factor from about 0.05 to 1.3."""
    length = sentence.length
    factor = 1.0
    if not 9 <= length <= 30:
        factor = 0.35 + 0.65 * exp(-(((length - 18) / 16) ** 2))
    if length < 5:
        factor *= 0.3
    if sentence.question:
        factor *= 0.45
    opened = sentence.text[sentence.lead :].lower().replace("’", "'").split(maxsplit=1)
    first = opened[0].strip(",.") if opened else ""
    if first in language.words.anaphora:
        factor *= 0.7
    if first in language.words.speakers:
        factor *= 0.7
    if sentence.broken:
        factor *= 0.85
    if len(sentence.stem_set) < _TELLING:
        factor *= 0.5
    text = sentence.text
    if "--" in text or "—" in text:
        factor *= 0.75
    if hits(Role.SMALL_TALK, language.code, text):
        factor *= 0.15
    factor *= 1.0 + 0.12 * min(2, hits(Role.KEY, language.code, text))
    stumbles = sum(one == other for one, other in pairwise(sentence.words))
    if len(sentence.words) > 1 and len(opened) > 1 and first.isalpha():
        stumbles += first not in _SHORT_WORDS and opened[1].startswith(first)
    factor *= 0.6**stumbles
    known = len(sentence.words) - sum(
        1 for word in sentence.words if word in language.words.fillers
    )
    return float(factor * known / max(1, len(sentence.words)))


def local_worth(
    sentences: Sequence[Sentence], stretch: SentenceRange, general: Sequence[float]
) -> dict[int, float]:
    """Return the score of each sentence of a range for the subject of this range."""
    times: Counter[str] = Counter()
    for index in stretch.indexes:
        times.update(sentences[index].stem_set)
    result: dict[int, float] = {}
    for index in stretch.indexes:
        unique = sentences[index].stem_set
        local = sum(log(times[stem]) for stem in unique if times[stem] > 1)
        result[index] = general[index] * (1.0 + local / (len(unique) + 4.0))
    top = max(result.values(), default=0.0) or 1.0
    return {index: value / top for index, value in result.items()}
