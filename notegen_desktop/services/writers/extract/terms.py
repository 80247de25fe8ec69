"""The terms of a talk: phrases that name what it is about, several words preferred.

With spaces: runs of meaningful words, weighted by how often and how unevenly they occur, minus
what they owe to a longer phrase. Without: runs of one script (Japanese) or strings of characters
whose neighbours vary (Chinese, by branching entropy).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from . import unspaced
from .lexicon import DETERMINERS, LINKS, VERBAL
from .sentences import Sentence
from .unspaced import Candidate
from .words import UNSPACED, Language, word_pattern


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase of the talk as it is mostly written there. `where` are sentence indexes."""

    text: str
    key: tuple[str, ...]
    score: float
    where: tuple[int, ...]

    @property
    def words(self) -> int:
        return len(self.key)


_SPREAD = 24
"""Blocks the talk is divided into to see how unevenly a phrase occurs."""


def find(sentences: Sequence[Sentence], language: Language) -> list[Term]:
    """All terms, best first. A phrase said once is a term only where the talk is very short."""
    if language.unspaced:
        candidates = unspaced.candidates(sentences, language)
    else:
        candidates = _spaced(sentences, language)
    blocks = max(1, min(_SPREAD, len(sentences) // 4))
    per_block = max(1, -(-len(sentences) // blocks))
    nested = _nested(candidates)
    scored: list[Term] = []
    for key, found in candidates.items():
        own = found.times - nested.get(key, 0.0)
        if own < 1 or (own < 0.34 * found.times and found.times > 1):
            continue
        spread = len({index // per_block for index in found.where})
        burst = log(1 + blocks / spread)
        score = own**0.38 * _width(key, language) * (0.6 + 0.4 * burst)
        form = min(found.forms.items(), key=lambda item: (-item[1], item[0]))[0]
        if _is_name(form, found.forms, language):
            score *= 1.25
        scored.append(Term(form, key, score, tuple(dict.fromkeys(found.where))))
    scored.sort(key=lambda term: (-term.score, term.where[0], term.text))
    return scored


def _width(key: tuple[str, ...], language: Language) -> float:
    """How much a phrase of several words, or characters, is preferred to a single one."""
    if not language.unspaced:
        return 1.0 + 0.9 * (min(len(key), 3) - 1)
    if len(key) == 1 and not UNSPACED.match(key[0]):
        return 1.6 + 0.3 * min(2, key[0].count(" "))
    return float(min(sum(len(part) for part in key), 6) ** 0.6)


def _nested(candidates: dict[tuple[str, ...], Candidate]) -> dict[tuple[str, ...], float]:
    """How often each phrase occurs only as a part of longer ones."""
    inside: dict[tuple[str, ...], float] = defaultdict(float)
    for key, found in candidates.items():
        if found.times < 2:
            continue
        for size in range(1, len(key)):
            for start in range(len(key) - size + 1):
                part = key[start : start + size]
                if part in candidates:
                    inside[part] = max(inside[part], float(found.times))
    return inside


def _is_name(form: str, forms: Counter[str], language: Language) -> bool:
    """Whether a phrase is mostly written with capitals (in German every noun is)."""
    if language.code == "de":
        return False
    return form[:1].isupper() and form.lower() != form and sum(forms.values()) > 1


def _spaced(sentences: Sequence[Sentence], language: Language) -> dict[tuple[str, ...], Candidate]:
    links = LINKS.get(language.code, frozenset())
    found: dict[tuple[str, ...], Candidate] = {}
    nounish: Counter[str] = Counter()
    closed: Counter[tuple[str, ...]] = Counter()
    seen: Counter[str] = Counter()
    determiners = DETERMINERS.get(language.code, frozenset())
    verbal = VERBAL.get(language.code, frozenset())
    for sentence in sentences:
        for run in _runs(sentence.text):
            lower = [word.lower() for word in run]
            good = [_is_content(word, language) for word in lower]
            for at, word in enumerate(lower):
                if good[at]:
                    stem = language.stem(word)
                    seen[stem] += 1
                    before = lower[at - 1] if at else ""
                    after = lower[at + 1] if at + 1 < len(lower) else ""
                    capital = run[at][:1].isupper() and (at > 0 or language.code == "de")
                    if before in determiners or (capital and len(word) > 1):
                        nounish[stem] += 2 if after not in determiners else 0
                    elif before in verbal:
                        nounish[stem] -= 1
                    if after in determiners:
                        nounish[stem] -= 1
                for size in (1, 2, 3, 4):
                    end = at + size
                    if end > len(lower) or not (good[at] and good[end - 1]):
                        continue
                    inner = range(at + 1, end - 1)
                    if not all(good[i] or lower[i] in links for i in inner):
                        continue
                    if size == 4 and all(good[at:end]):
                        continue
                    key = tuple(language.stem(word) for word in lower[at:end])
                    if len(set(key)) < len(key):
                        continue
                    entry = found.setdefault(key, Candidate(Counter(), []))
                    entry.forms[" ".join(run[at:end])] += 1
                    entry.where.append(sentence.index)
                    entry.times += 1
                    if end == len(lower) or not good[end]:
                        closed[key] += 1
    least = 1 if len(sentences) < 40 else 2
    return {
        key: entry
        for key, entry in found.items()
        if entry.times >= least
        and closed[key] * 2 >= entry.times
        and _holds(key, entry, language, nounish, seen)
    }


def _holds(
    key: tuple[str, ...],
    entry: Candidate,
    language: Language,
    nounish: Counter[str],
    seen: Counter[str],
) -> bool:
    """Whether a phrase looks like a name: it ends in a noun, as far as can be told."""
    words = entry.forms.most_common(1)[0][0].lower().split()
    if any(word in language.generic for word in (words[0], words[-1])):
        return False
    if language.code == "en" and any(
        w.endswith("ly") and len(w) > 4 for w in (words[0], words[-1])
    ):
        return False
    arabic_article = language.code == "ar" and words[-1].startswith("ال")
    known = language.code in DETERMINERS
    weight = nounish[key[-1]] / max(1, seen[key[-1]])
    if len(key) == 1:
        if len(words[0]) < 3 and words[0].isascii():
            return False
        return arabic_article or not known or weight >= 0.45
    if known and language.code == "en":
        first = nounish[key[0]] / max(1, seen[key[0]])
        if weight < 0 or first < 0:
            return False
    if entry.times == 1:
        return not known or weight >= 0.5
    return True


def _is_content(word: str, language: Language) -> bool:
    return (
        not language.is_stop(word)
        and not word[0].isdigit()
        and len(word) > 1
        and not ("'" in word[:-2] or "’" in word[:-2])
    )


def _runs(text: str) -> list[list[str]]:
    """The words of a sentence as written, in runs without punctuation between them."""
    runs: list[list[str]] = []
    last = -1
    for match in word_pattern().finditer(text):
        word = re.sub(r"['’]s?$", "", match.group())
        if last < 0 or text[last : match.start()].strip() or not runs:
            runs.append([])
        if word:
            runs[-1].append(word)
        last = match.end()
    return runs
