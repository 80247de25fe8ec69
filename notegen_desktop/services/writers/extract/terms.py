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

from .lexicon import DETERMINERS, LINKS, VERBAL
from .sentences import Sentence
from .words import HIRAGANA_RUN, UNSPACED, Language, word_pattern


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


@dataclass(slots=True)
class _Candidate:
    forms: Counter[str]
    where: list[int]
    times: int = 0


_SPREAD = 24
"""Blocks the talk is divided into to see how unevenly a phrase occurs."""


def find(sentences: Sequence[Sentence], language: Language) -> list[Term]:
    """All terms, best first. A phrase said once is a term only where the talk is very short."""
    if language.unspaced:
        candidates = _unspaced(sentences, language)
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
        size = sum(len(part) for part in key)
        width = 1.0 + 0.9 * (min(len(key), 3) - 1) if not language.unspaced else size**0.7
        score = log(1 + own) * width * (0.6 + 0.4 * burst)
        form = min(found.forms.items(), key=lambda item: (-item[1], item[0]))[0]
        if _is_name(form, found.forms, language):
            score *= 1.25
        scored.append(Term(form, key, score, tuple(dict.fromkeys(found.where))))
    scored.sort(key=lambda term: (-term.score, term.where[0], term.text))
    return scored


def _nested(candidates: dict[tuple[str, ...], _Candidate]) -> dict[tuple[str, ...], float]:
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


def _spaced(sentences: Sequence[Sentence], language: Language) -> dict[tuple[str, ...], _Candidate]:
    links = LINKS.get(language.code, frozenset())
    found: dict[tuple[str, ...], _Candidate] = {}
    nounish: Counter[str] = Counter()
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
                    entry = found.setdefault(key, _Candidate(Counter(), []))
                    entry.forms[" ".join(run[at:end])] += 1
                    entry.where.append(sentence.index)
                    entry.times += 1
    least = 1 if len(sentences) < 40 else 2
    return {
        key: entry
        for key, entry in found.items()
        if entry.times >= least and _holds(key, entry, language, nounish, seen)
    }


def _holds(
    key: tuple[str, ...],
    entry: _Candidate,
    language: Language,
    nounish: Counter[str],
    seen: Counter[str],
) -> bool:
    """Whether a phrase looks like the name of something: it ends in a noun, as far as can be told."""
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
    if known and weight < 0 and language.code == "en":
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


_BREAK = re.compile(r"[^\w'’\-&+#.]+|\.(?=\s|$)|--+")


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


# --- without spaces ------------------------------------------------------------------------------

_SCRIPT_RUN = re.compile(
    r"[A-Za-z][A-Za-z0-9+#.\-]*(?: [A-Za-z][A-Za-z0-9+#.\-]*)*"
    r"|[\u30a1-\u30ff]{2,}|[\u3005\u3400-\u4dbf\u4e00-\u9fff]{2,}"
    r"|[\u0e00-\u0eff]{3,}|[\u1000-\u109f\u1780-\u17ff]{3,}"
)


def _unspaced(
    sentences: Sequence[Sentence], language: Language
) -> dict[tuple[str, ...], _Candidate]:
    found: dict[tuple[str, ...], _Candidate] = {}

    def add(text: str, index: int) -> None:
        key = tuple(text.lower()) if UNSPACED.match(text) else (text.lower(),)
        entry = found.setdefault(key, _Candidate(Counter(), []))
        entry.forms[text] += 1
        entry.where.append(index)
        entry.times += 1

    han: list[tuple[str, int]] = []
    for sentence in sentences:
        for match in _SCRIPT_RUN.finditer(sentence.text):
            run = match.group().strip(".-")
            if UNSPACED.match(run) and language.code != "ja":
                han.append((run, sentence.index))
            elif len(run) > 1 and not language.is_stop(run.lower()) and len(run) <= 24:
                if language.code != "ja" or len(run) <= 8 or not UNSPACED.match(run):
                    add(run, sentence.index)
    least = 1 if len(sentences) < 40 else 2
    good = _entropic(han, language, least)
    for run, index in han:
        for size in range(2, 8):
            for at in range(len(run) - size + 1):
                if run[at : at + size] in good:
                    add(run[at : at + size], index)
    if not found:
        for sentence in sentences:
            for pair in sentence.stems:
                if not HIRAGANA_RUN.match(pair):
                    add(pair, sentence.index)
    return {key: entry for key, entry in found.items() if entry.times >= least}


def _entropic(han: Sequence[tuple[str, int]], language: Language, least: int) -> set[str]:
    """Strings of characters that hold together: seen often, with varied neighbours on each side."""
    counts: Counter[str] = Counter()
    left: dict[str, Counter[str]] = defaultdict(Counter)
    right: dict[str, Counter[str]] = defaultdict(Counter)
    for run, _ in han:
        for size in range(1, 8):
            for at in range(len(run) - size + 1):
                string = run[at : at + size]
                counts[string] += 1
                if size > 1:
                    left[string][run[at - 1] if at else "^"] += 1
                    right[string][run[at + size] if at + size < len(run) else "$"] += 1
    total = sum(n for string, n in counts.items() if len(string) == 1) or 1
    good: set[str] = set()
    for string, times in counts.items():
        if len(string) < 2 or times < max(least, 2):
            continue
        if not language.content([string]) or string in language.stop:
            continue
        if not language.content([string[:2]]) or not language.content([string[-2:]]):
            continue
        free = min(_entropy(left[string]), _entropy(right[string]))
        bound = min(
            log(times * total / (counts[string[:cut]] * counts[string[cut:]]))
            for cut in range(1, len(string))
        )
        if free >= 0.9 and bound >= 2.0:
            good.add(string)
    return good


def _entropy(neighbours: Counter[str]) -> float:
    """How varied the neighbours are, in nats; an edge counts as a new neighbour each time."""
    edges = neighbours["^"] + neighbours["$"]
    total = sum(neighbours.values())
    rest = [n for char, n in neighbours.items() if char not in "^$"]
    value = sum(-n / total * log(n / total) for n in rest)
    return value + (edges / total) * log(total) if edges else value
