"""Finds candidates for terms, by the way a language is written.

With spaces: noun phrases. Without: Latin words, Japanese runs of one script, and Chinese strings
that hold together and have varied neighbours (branching entropy).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import log

import stopwordsiso

from notegen_desktop.domain.text.scripts import KATAKANA, SCRIPTS, characters

from .language import HIRAGANA_RUN, UNSPACED, Language, language_data, word_pattern
from .sentences import Sentence

_SLOTS = 1 << 21
"""Bytes of a sieve. Ten hours have about a million different strings of words."""


@dataclass(slots=True)
class Candidate:
    """A candidate for a term: its spellings, and its sentences.

    `ended` counts occurrences that no further word of a name follows, `closed` those without one on
    either side.
    """

    forms: Counter[str]
    where: list[int]
    times: int = 0
    ended: int = 0
    closed: int = 0


class CountingFilter:
    """Recognizes strings that occurred only once, so that nothing more is stored of them.

    Counts by hash in a table of fixed size: may count too many, never too few.
    """

    def __init__(self) -> None:
        self._met = bytearray(_SLOTS)

    def meet(self, key: Hashable) -> None:
        slot = hash(key) % _SLOTS
        if self._met[slot] < 2:
            self._met[slot] += 1

    def holds(self, key: Hashable) -> bool:
        """Return True if it occurred more than once."""
        return self._met[hash(key) % _SLOTS] > 1


# --- Phrases of a language written with spaces ---

_MAX_WORDS = 4
"""Maximum words of a phrase, including link words."""


def spaced(sentences: Sequence[Sentence], language: Language) -> dict[tuple[str, ...], Candidate]:
    """Return all phrases that look like names, by their stems.

    A phrase said once counts only if the transcript is very short.
    """
    company = _Company(language)
    found: dict[tuple[str, ...], Candidate] = {}
    least = 1 if len(sentences) < 40 else 2
    sieve = CountingFilter() if least > 1 else None
    if sieve is not None:
        for sentence in sentences:
            for words in _runs(sentence.text):
                for *_, key in _phrases(_Run(words, language), language):
                    sieve.meet(key)
    for sentence in sentences:
        for words in _runs(sentence.text):
            run = _Run(words, language)
            company.meet(words, run.lower, run.good)
            _collect(run, sentence.index, language, found, sieve)
    return {
        key: entry
        for key, entry in found.items()
        if entry.times >= least and _holds(key, entry, language, company)
    }


class _Company:
    """The neighbours of each word."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._determiners = language.words.determiners
        self._links = language.words.links
        self._verbal = language.words.verbal
        self._seen: Counter[str] = Counter()
        self._named: Counter[str] = Counter()
        self._heads: Counter[str] = Counter()
        self._acting: Counter[str] = Counter()
        self._verbs: Counter[str] = Counter()

    @property
    def known(self) -> bool:
        """Return True if the language's function words are known, so that neighbours are
        meaningful."""
        return bool(self._determiners)

    def meet(self, run: Sequence[str], lower: Sequence[str], good: Sequence[bool]) -> None:
        """Count the neighbours of the meaningful words of a run."""
        start = 0
        while start < len(lower):
            if not good[start]:
                start += 1
                continue
            end = start + 1
            while end < len(lower) and good[end]:
                end += 1
            self._meet_group(run, lower, start, end)
            start = end

    def _meet_group(self, run: Sequence[str], lower: Sequence[str], start: int, end: int) -> None:
        """Count neighbouring words: after an article they form a name together."""
        before = lower[start - 1] if start else ""
        after = lower[end] if end < len(lower) else ""
        articled = before in self._determiners and end - start <= 3
        taking = after in self._determiners and after not in self._links
        for at in range(start, end):
            word, stem = lower[at], self._language.stem(lower[at])
            self._seen[stem] += 1
            capital = run[at][:1].isupper() and (at > 0 or self._language.code == "de")
            if articled or capital:
                self._named[word] += 1
                self._heads[stem] += (at == end - 1 and not taking) or capital
        if before in self._verbal:
            self._acting[lower[start]] += 1
            self._verbs[self._language.stem(lower[start])] += 1
        if taking:
            self._acting[lower[end - 1]] += 1
            self._verbs[self._language.stem(lower[end - 1])] += 1

    def acts(self, word: str) -> bool:
        """Return True if a word, in this very form, is rather a verb than a part of a name."""
        return self._acting[word] > 2 * self._named[word]

    def heading(self, stem: str) -> float:
        """Return how often a word ends names ("the cat", not "the black"): -1, never, to 1,
        always."""
        return (self._heads[stem] - 0.5 * self._verbs[stem]) / max(1, self._seen[stem])


class _Run:
    """Words without punctuation between them: as written, in lower case, and their stems."""

    def __init__(self, words: Sequence[str], language: Language) -> None:
        self.words = words
        self.lower = [_bare(word).lower() for word in words]
        self.good = [_is_content(word, language) for word in self.lower]
        self.stems = [language.stem(word) for word in self.lower]


def _phrases(run: _Run, language: Language) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield the begin and end of the phrases of a run, and their stems."""
    links = language.words.links
    lower, good = run.lower, run.good
    for at in range(len(lower)):
        if not good[at]:
            continue
        for end in range(at + 1, min(at + _MAX_WORDS, len(lower)) + 1):
            if not (good[end - 1] or lower[end - 1] in links):
                break
            key = tuple(run.stems[at:end])
            whole = end - at < _MAX_WORDS or not all(good[at:end])
            if good[end - 1] and whole and len(set(key)) == len(key):
                yield at, end, key


def _collect(
    run: _Run,
    index: int,
    language: Language,
    found: dict[tuple[str, ...], Candidate],
    sieve: CountingFilter | None,
) -> None:
    for at, end, key in _phrases(run, language):
        if sieve is not None and not sieve.holds(key):
            continue
        entry = found.setdefault(key, Candidate(Counter(), []))
        entry.forms[" ".join([*run.words[at : end - 1], _bare(run.words[end - 1])])] += 1
        entry.where.append(index)
        entry.times += 1
        after = run.lower[end] if end < len(run.lower) else ""
        links = language.words.links
        before = at and (run.good[at - 1] or (run.lower[at - 1] in links and run.good[at - 2]))
        entry.closed += not (before or (after and (run.good[end] or after in links)))
        entry.ended += not (after and run.good[end])


def _holds(key: tuple[str, ...], entry: Candidate, language: Language, company: _Company) -> bool:
    """Return True if a phrase looks like a name: it ends in a noun, as far as can be determined."""
    if entry.ended * 3 < entry.times:
        return False
    written = min(entry.forms, key=lambda form: (-entry.forms[form], form)).split()
    if language.code == "de" and not _nominal(written, language):
        return False
    words = [_bare(word).lower() for word in written]
    ends = (words[0], words[-1])
    if any(word in language.words.generic for word in ends):
        return False
    if language.code == "en" and any(w.endswith("ly") and len(w) > 4 for w in ends):
        return False
    if len(key) == 1:
        if len(words[0]) < 3 and words[0].isascii():
            return False
        articled = language.code == "ar" and words[0].startswith("ال")
        return articled or not company.known or company.heading(key[0]) >= 0.22
    if not company.known:
        return entry.times > 1  # only repetition shows that the words form a term
    if any(company.acts(word) for word in ends):
        return False
    return entry.times > 1 or company.heading(key[-1]) >= 0.22


def _nominal(words: Sequence[str], language: Language) -> bool:
    """Return True if a German phrase ends in a noun, with no verb after the first noun."""
    nouns = [word[:1].isupper() for word in words]
    links = language.words.links
    first = nouns.index(True) if any(nouns) else len(words)
    follow = zip(nouns[first:], words[first:], strict=True)
    leading = any(word in links for word in words[:first])
    return nouns[-1] and not leading and all(noun or word in links for noun, word in follow)


def _is_content(word: str, language: Language) -> bool:
    inner = word[:-2]
    return (
        not language.is_stop(word)
        and not word[0].isdigit()
        and "'" not in inner
        and "’" not in inner
    )


def _bare(word: str) -> str:
    """Return a word without its possessive ending ("Plato" for "Plato's")."""
    return re.sub(r"['’]s?$", "", word)


def _runs(text: str) -> list[list[str]]:
    """Return the words of a sentence as written, in runs without punctuation between them."""
    runs: list[list[str]] = []
    last = -1
    for match in word_pattern().finditer(text):
        word = match.group()
        if last < 0 or text[last : match.start()].strip():
            runs.append([])
        if _bare(word):
            runs[-1].append(word)
        last = match.end()
    return runs


# --- Phrases of a language written without spaces ---


def _is_scrap(run: str, language: Language) -> bool:
    """Return True if a run names nothing: a variable, an English function word, a generic word."""
    if UNSPACED.match(run):
        return run in language.words.generic
    words = run.lower().split()
    small = [w for w in words if len(w) < 3 or "." in w or w in _english_stop()]
    return len(small) * 2 >= len(words) or (run.lower() == run and bool(small))


@cache
def _english_stop() -> frozenset[str]:
    """Return English function words, which occur in transcripts of any language."""
    return frozenset(stopwordsiso.stopwords("en")) - language_data("en").words.meaningful


_LETTERED = re.compile(f"[{characters('Thai', 'Lao', 'Burmese', 'Khmer')}]")
_SYLLABLE = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]*(?:.[\u1039\u17d2])*.?"  # vowels before, stacked letters
    "[\u0e2f-\u0e3a\u0e45-\u0e4e\u0eaf-\u0ebc\u0ec6-\u0ece\u102b-\u103e\u17b6-\u17d3]*",
    re.DOTALL,
)

_SCRIPT_RUN = re.compile(
    r"[A-Za-z][A-Za-z0-9+#.\-]*(?: [A-Za-z][A-Za-z0-9+#.\-]*)*"
    f"|[{KATAKANA}]{{2,}}|[{SCRIPTS['Han']}]{{2,}}"
    f"|[{characters('Thai', 'Lao')}]{{3,}}|[{characters('Burmese', 'Khmer')}]{{3,}}"
)


def unspaced(sentences: Sequence[Sentence], language: Language) -> dict[tuple[str, ...], Candidate]:
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
        for piece in _pieces(run, 2):
            if "".join(piece) in good:
                add("".join(piece), index)
    if not found:
        for sentence in sentences:
            for pair in sentence.stems:
                # Two letters of Thai are no word, as two characters of Chinese often are.
                if not HIRAGANA_RUN.match(pair) and not _LETTERED.match(pair):
                    add(pair, sentence.index)
    return {key: entry for key, entry in found.items() if entry.times >= least}


def _entropic(han: Sequence[tuple[str, int]], language: Language, least: int) -> set[str]:
    """Return strings of characters that hold together: frequent, with varied neighbours on each
    side."""
    counts: Counter[str] = Counter()
    left: dict[str, Counter[str]] = defaultdict(Counter)
    right: dict[str, Counter[str]] = defaultdict(Counter)
    sieve = CountingFilter()
    parts: dict[str, Sequence[str]] = {}
    for run, _ in han:
        for piece in _pieces(run):
            sieve.meet("".join(piece))
    for run, _ in han:
        units = syllables(run)
        for at, piece in _placed(units):
            string, size = "".join(piece), len(piece)
            if size > 1 and not sieve.holds(string):
                continue
            counts[string] += 1
            parts[string] = piece
            if size > 1:
                left[string][units[at - 1] if at else "^"] += 1
                right[string][units[at + size] if at + size < len(units) else "$"] += 1
    total = sum(n for string, n in counts.items() if len(parts[string]) == 1) or 1
    verbal = language_data("zh").characters.verbal
    good: set[str] = set()
    for string, times in counts.items():
        piece = parts[string]
        if len(piece) < 2 or times < max(least, 2):
            continue
        if not language.content([string]) or string in language.stop | language.words.generic:
            continue
        ends = "".join(piece[:2]), "".join(piece[-2:])
        if not all(language.content([end]) for end in ends):
            continue
        if len(string) > 2 and string[0] in verbal:
            continue
        free = min(_entropy(left[string]), _entropy(right[string]))
        bound = min(
            log(times * total / (counts["".join(piece[:cut])] * counts["".join(piece[cut:])]))
            for cut in range(1, len(piece))
        )
        if free >= 0.9 and bound >= 2.0:
            good.add(string)
    return good


def _pieces(run: str, least: int = 1) -> Iterator[Sequence[str]]:
    """Yield the pieces of a run that have `least` to seven syllables."""
    return (piece for _, piece in _placed(syllables(run), least))


def _placed(units: Sequence[str], least: int = 1) -> Iterator[tuple[int, Sequence[str]]]:
    for size in range(least, 8):
        for at in range(len(units) - size + 1):
            yield at, units[at : at + size]


def syllables(run: str) -> Sequence[str]:
    """Return the parts of a run between which a word may begin: its characters, or letters with
    the vowels and marks written around them."""
    return _SYLLABLE.findall(run)[:-1] if _LETTERED.search(run) else run


def _entropy(neighbours: Counter[str]) -> float:
    """Return the entropy of the neighbours in nats; an edge counts as a new neighbour each time."""
    edges = neighbours["^"] + neighbours["$"]
    total = sum(neighbours.values())
    rest = [n for char, n in neighbours.items() if char not in "^$"]
    value = sum(-n / total * log(n / total) for n in rest)
    return value + (edges / total) * log(total) if edges else value
