"""Phrases of a language written with spaces: runs of meaningful words that name something.

No dictionary tells nouns from verbs here; the company a word keeps does. What follows "the" names
something, what follows "to" or "we" does not, and a phrase that always goes on is not whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .candidate import Candidate
from .lexicon import DETERMINERS, LINKS, VERBAL
from .sentences import Sentence
from .words import Language, word_pattern

_LONGEST = 4
"""Words of a phrase, small linking words counted."""


def candidates(
    sentences: Sequence[Sentence], language: Language
) -> dict[tuple[str, ...], Candidate]:
    """All phrases that look like names of something, by their stems.

    A phrase said once counts only where the talk is very short.
    """
    company = _Company(language)
    found: dict[tuple[str, ...], Candidate] = {}
    for sentence in sentences:
        for run in _runs(sentence.text):
            _collect(run, sentence.index, language, company, found)
    least = 1 if len(sentences) < 40 else 2
    return {
        key: entry
        for key, entry in found.items()
        if entry.times >= least and _holds(key, entry, language, company)
    }


class _Company:
    """What stands around each word."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._determiners = DETERMINERS.get(language.code, frozenset())
        self._verbal = VERBAL.get(language.code, frozenset())
        self._seen: Counter[str] = Counter()
        self._named: Counter[str] = Counter()
        self._heads: Counter[str] = Counter()
        self._acting: Counter[str] = Counter()
        self._verbs: Counter[str] = Counter()
        self.closed: Counter[tuple[str, ...]] = Counter()

    @property
    def known(self) -> bool:
        """Whether the language's small words are known, so that company says anything."""
        return bool(self._determiners)

    def meet(self, run: Sequence[str], lower: Sequence[str], at: int, *, ends: bool) -> None:
        """Count a word; `ends` says that no meaningful word follows it."""
        word, stem = lower[at], self._language.stem(lower[at])
        before = lower[at - 1] if at else ""
        after = lower[at + 1] if at + 1 < len(lower) else ""
        self._seen[stem] += 1
        capital = run[at][:1].isupper() and (at > 0 or self._language.code == "de")
        if before in self._determiners or capital:
            self._named[word] += 1
            self._heads[stem] += ends and after not in self._determiners
        elif before in self._verbal:
            self._acting[word] += 1
            self._verbs[stem] += 1
        if after in self._determiners and after not in LINKS.get(self._language.code, ()):
            self._acting[word] += 1
            self._verbs[stem] += 1

    def acts(self, word: str) -> bool:
        """Whether a word, in this very form, is rather a verb than a part of a name."""
        return self._acting[word] > 2 * self._named[word]

    def heading(self, stem: str) -> float:
        """How far a word ends names ("the cat", not "the black"): -1, never, to 1, always."""
        return (self._heads[stem] - 0.5 * self._verbs[stem]) / max(1, self._seen[stem])


def _collect(
    run: Sequence[str],
    index: int,
    language: Language,
    company: _Company,
    found: dict[tuple[str, ...], Candidate],
) -> None:
    links = LINKS.get(language.code, frozenset())
    lower = [word.lower() for word in run]
    good = [_is_content(word, language) for word in lower]
    stems = [language.stem(word) for word in lower]
    for at in range(len(lower)):
        if not good[at]:
            continue
        company.meet(run, lower, at, ends=at + 1 == len(lower) or not good[at + 1])
        for end in range(at + 1, min(at + _LONGEST, len(lower)) + 1):
            if not (good[end - 1] or lower[end - 1] in links):
                break
            key = tuple(stems[at:end])
            whole = end - at < _LONGEST or not all(good[at:end])
            if not good[end - 1] or not whole or len(set(key)) < len(key):
                continue
            entry = found.setdefault(key, Candidate(Counter(), []))
            entry.forms[" ".join(run[at:end])] += 1
            entry.where.append(index)
            entry.times += 1
            if end == len(lower) or not good[end]:
                company.closed[key] += 1


def _holds(key: tuple[str, ...], entry: Candidate, language: Language, company: _Company) -> bool:
    """Whether a phrase looks like a name: it ends in a noun, as far as can be told."""
    if company.closed[key] * 2 < entry.times:
        return False
    words = min(entry.forms, key=lambda form: (-entry.forms[form], form)).lower().split()
    ends = (words[0], words[-1])
    if any(word in language.generic for word in ends):
        return False
    if language.code == "en" and any(w.endswith("ly") and len(w) > 4 for w in ends):
        return False
    if len(key) == 1:
        if len(words[0]) < 3 and words[0].isascii():
            return False
        articled = language.code == "ar" and words[0].startswith("ال")
        return articled or not company.known or company.heading(key[0]) >= 0.22
    if not company.known:
        return True
    if any(company.acts(word) for word in ends):
        return False
    return entry.times > 1 or company.heading(key[-1]) >= 0.22


def _is_content(word: str, language: Language) -> bool:
    inner = word[:-2]
    return (
        not language.is_stop(word)
        and not word[0].isdigit()
        and "'" not in inner
        and "’" not in inner
    )


def _runs(text: str) -> list[list[str]]:
    """The words of a sentence as written, in runs without punctuation between them."""
    runs: list[list[str]] = []
    last = -1
    for match in word_pattern().finditer(text):
        word = re.sub(r"['’]s?$", "", match.group())
        if last < 0 or text[last : match.start()].strip():
            runs.append([])
        if word:
            runs[-1].append(word)
        last = match.end()
    return runs
