"""Phrases of a language written without spaces.

Latin words are taken as they stand, Japanese ones as runs of one script, and Chinese ones as
strings that hold together and whose neighbours vary (branching entropy).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from math import log

import stopwordsiso

from notegen_desktop.domain.text.scripts import KATAKANA, SCRIPTS, characters

from .language_data import language_data
from .sentences import Sentence
from .spaced import Candidate, Sieve
from .words import HIRAGANA_RUN, UNSPACED, Language


def _is_scrap(run: str, language: Language) -> bool:
    """Whether a run names nothing: a variable, a function word of English, a generic word."""
    if UNSPACED.match(run):
        return run in language.generic
    words = run.lower().split()
    small = [w for w in words if len(w) < 3 or "." in w or w in _english_stop()]
    return len(small) * 2 >= len(words) or (run.lower() == run and bool(small))


@cache
def _english_stop() -> frozenset[str]:
    """English function words, which turn up in talks of any language."""
    return frozenset(stopwordsiso.stopwords("en")) - language_data("en").words.meaningful


_SCRIPT_RUN = re.compile(
    r"[A-Za-z][A-Za-z0-9+#.\-]*(?: [A-Za-z][A-Za-z0-9+#.\-]*)*"
    f"|[{KATAKANA}]{{2,}}|[{SCRIPTS['Han']}]{{2,}}"
    f"|[{characters('Thai', 'Lao')}]{{3,}}|[{characters('Burmese', 'Khmer')}]{{3,}}"
)


def candidates(
    sentences: Sequence[Sentence], language: Language
) -> dict[tuple[str, ...], Candidate]:
    found: dict[tuple[str, ...], Candidate] = {}

    def add(text: str, index: int) -> None:
        key = tuple(text.lower()) if UNSPACED.match(text) else (text.lower(),)
        entry = found.setdefault(key, Candidate(Counter(), []))
        entry.forms[text] += 1
        entry.where.append(index)
        entry.times += 1

    han: list[tuple[str, int]] = []
    for sentence in sentences:
        for match in _SCRIPT_RUN.finditer(sentence.text):
            run = match.group().strip(".- ")
            if _is_scrap(run, language):
                continue
            if UNSPACED.match(run) and language.code != "ja":
                han.append((run, sentence.index))
                continue
            longest = 8 if UNSPACED.match(run) else 24
            if 1 < len(run) <= longest and not language.is_stop(run.lower()):
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
    sieve = Sieve()
    for run, _ in han:
        for size in range(1, 8):
            for at in range(len(run) - size + 1):
                sieve.meet(run[at : at + size])
    for run, _ in han:
        for size in range(1, 8):
            for at in range(len(run) - size + 1):
                string = run[at : at + size]
                if size > 1 and not sieve.holds(string):
                    continue
                counts[string] += 1
                if size > 1:
                    left[string][run[at - 1] if at else "^"] += 1
                    right[string][run[at + size] if at + size < len(run) else "$"] += 1
    total = sum(n for string, n in counts.items() if len(string) == 1) or 1
    verbal = language_data("zh").characters.verbal
    good: set[str] = set()
    for string, times in counts.items():
        if len(string) < 2 or times < max(least, 2):
            continue
        if not language.content([string]) or string in language.stop | language.generic:
            continue
        if not language.content([string[:2]]) or not language.content([string[-2:]]):
            continue
        if len(string) > 2 and string[0] in verbal:
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
