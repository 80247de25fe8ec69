"""Finds a word by which a statement says the opposite of the sentence that it follows.

A statement often repeats a sentence of its passage and yet reverses it: a `not` is added or
missing, `more` stands for `less`, months for years, one name for another. The carrying words of
both are aligned. A difference counts only if the words beside it are the same, if enough words
around it are, and if nothing else in either sentence could make up for it (a second negation, “you
might think”, a question). Statements in other words are not judged.

The forms were chosen on sentences of six talks altered by one word (nine of ten are found) and on
5,900 sentences, statements of notes and answers about meetings that are right (none is accused).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from notegen_desktop.domain.notes.note import Doubt
from notegen_desktop.domain.text.features import is_paired, tokens
from notegen_desktop.domain.text.language_detection import common_words
from notegen_desktop.domain.text.opposites import measures, opposites
from notegen_desktop.domain.text.polarity import (
    ASKING,
    END,
    JOINING,
    SUBJECT,
    CarryingRow,
    carrying_row,
    key_of,
)

MIN_WORDS = 5
MIN_CHARACTERS = 7
"""Minimum words that a statement shares with a sentence around the difference; or characters, in a
script without spaces."""
MIN_AFTER, MIN_AFTER_SUBJECT = 2, 3
"""Minimum equal words from a negation on: behind an equal word, and behind another subject."""
MAX_GAP, MAX_SAID_GAP = 2, 3
"""Maximum words between two shared runs in the statement, and in the passage."""
MAX_FAR = 10
"""Maximum words between a difference and a word of its clause that may make up for it."""
MAX_MOVED = 5
"""Maximum words between a negation and the place to which a statement may have moved it."""
MAX_DOUBLED = 2
"""Maximum words between two negations of one thing: “it wouldn't be no problem”."""
MAX_WORDS = 600
"""Maximum carrying words of a passage: longer segments have no place to speak of."""
MAX_PAIRS = 4000
"""Maximum pairs of equal words of a statement and a passage; more of them repeat themselves."""

_CAPITALIZED = re.compile(r"\b[^\W\d_a-z]\w+")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A word of a statement that its passage contradicts."""

    doubt: Doubt
    mark: str


@dataclass(frozen=True, slots=True)
class _Run:
    """Equal words: `size` from `own` in the statement and from `said` in the passage."""

    own: int
    said: int
    size: int

    @property
    def ends(self) -> tuple[int, int]:
        return self.own + self.size, self.said + self.size


@dataclass(frozen=True, slots=True)
class _Difference:
    """The word `own` of a statement and the word `said` of a passage that say the opposite; `runs`
    are the equal words at it."""

    own: int
    said: int
    runs: tuple[_Run, ...]
    doubt: Doubt = Doubt.SENSE


def find_contradiction(
    text: str, passage: str, language: str, names: Collection[str]
) -> Contradiction | None:
    """Return the first word by which a statement contradicts a sentence of its passage, or None,
    also if the passage says both.

    `text` is Markdown without markers, `language` that of both (a primary subtag, "" for English),
    `names` the folded names of the transcript.
    """
    language = language or "en"
    own, said = carrying_row(text, language), carrying_row(passage, language)
    if max(len(own.keys), len(said.keys)) > MAX_WORDS:
        return None
    common = common_words(language)
    named = {word for word in tokens(" ".join(_CAPITALIZED.findall(text))) if word in names}
    runs = _runs(own.keys, said.keys)
    for found in _differences(own, said, runs, language, named - common):
        if found.doubt is Doubt.NAME and not _is_name(said.words[found.said], names, common):
            continue
        chain = _chain(found.runs, runs)
        if (
            _is_enough(own, chain, common)
            and not _is_said_too(own, said, runs, found)
            and not _is_made_up_for(own, said, chain, found)
        ):
            return Contradiction(found.doubt, own.words[found.own])
    return None


@cache
def _opposites(language: str) -> Mapping[str, frozenset[str]]:
    return opposites(language, lambda word: key_of(word, language))


@cache
def _measures(language: str) -> frozenset[str]:
    return measures(language, lambda word: key_of(word, language))


def _is_name(word: str, names: Collection[str], common: Collection[str]) -> bool:
    return word in names and word not in common


def _places(keys: list[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    return places


def _runs(own: list[str], said: list[str]) -> list[_Run]:
    """Return the longest runs of equal words, in the order of the statement; none if the texts
    mostly repeat themselves."""
    places = _places(said)
    if sum(len(places.get(key, ())) for key in own) > MAX_PAIRS:
        return []
    found = []
    for at, key in enumerate(own):
        for place in places.get(key, ()):
            if at and place and own[at - 1] == said[place - 1]:
                continue
            size, most = 1, min(len(own) - at, len(said) - place)
            while size < most and own[at + size] == said[place + size]:
                size += 1
            found.append(_Run(at, place, size))
    return found


# --- differences ---------------------------------------------------------------------------------


def _differences(
    own: CarryingRow,
    said: CarryingRow,
    runs: list[_Run],
    language: str,
    named: Collection[str],
) -> Iterator[_Difference]:
    yield from _negations(own, said, runs)
    opposed, measured = _opposites(language), _measures(language)
    places = _places(said.keys)
    for mine, key in enumerate(own.keys):
        for theirs in (at for rival in opposed.get(key, ()) for at in places.get(rival, ())):
            around = _around(mine, theirs, runs)
            if around and key in measured and around[0].ends != (mine, theirs):
                continue  # another number stands before it
            if around and own.negated[mine] == said.negated[theirs]:
                yield _Difference(mine, theirs, around)
    before = {run.ends: run for run in runs}
    for run in runs if named else ():
        mine, theirs = run.own - 1, run.said - 1
        left = before.get((mine, theirs))
        if left and own.words[mine] in named and own.negated[mine] == said.negated[theirs]:
            yield _Difference(mine, theirs, (left, run), Doubt.NAME)


def _negations(own: CarryingRow, said: CarryingRow, runs: list[_Run]) -> Iterator[_Difference]:
    """Yield the negations that only one of two equal rows of words has."""
    for run in runs:
        for step in range(run.size):
            mine, theirs = run.own + step, run.said + step
            if {own.negated[mine], said.negated[theirs]} != {0, 1}:
                continue
            left, said_left, rest = own.keys[mine - 1], said.keys[theirs - 1], run.size - step
            if own.keys[mine] == END:
                enough = step >= MIN_WORDS  # German: “Das hilft nicht.”
            elif step and said_left != SUBJECT:
                enough = rest >= MIN_AFTER
            elif said_left == SUBJECT:
                enough = rest >= MIN_AFTER_SUBJECT and left != END
            else:
                enough = rest >= MIN_AFTER_SUBJECT and said_left in JOINING and left in ASKING
            if enough:
                yield _Difference(mine, theirs, (run,))


def _around(mine: int, theirs: int, runs: list[_Run]) -> tuple[_Run, _Run] | None:
    """Return the equal words nearest before and after two opposites, of which one side is
    adjacent."""
    before = [(mine - run.ends[0], theirs - run.ends[1], run) for run in runs]
    after = [(run.own - mine - 1, run.said - theirs - 1, run) for run in runs]
    nearest = []
    for side in (before, after):
        near = [
            (gap + said_gap, at)
            for at, (gap, said_gap, _) in enumerate(side)
            if 0 <= gap <= MAX_GAP and 0 <= said_gap <= MAX_SAID_GAP
        ]
        if not near:
            return None
        nearest.append(min(near))
    (left_gap, left), (right_gap, right) = nearest
    return None if left_gap and right_gap else (runs[left], runs[right])


def _chain(core: tuple[_Run, ...], runs: list[_Run]) -> list[_Run]:
    """Return the runs at a difference with those that go on before and after them."""

    def follows(one: _Run, other: _Run) -> bool:
        gap, said_gap = other.own - one.ends[0], other.said - one.ends[1]
        return 0 <= gap <= MAX_GAP and 0 <= said_gap <= MAX_SAID_GAP

    chain = list(core)
    for run in runs:
        if follows(chain[-1], run):
            chain.append(run)
    for run in reversed(runs):
        if follows(run, chain[0]):
            chain.insert(0, run)
    return chain


# --- whether a difference counts -----------------------------------------------------------------


def _is_enough(own: CarryingRow, chain: list[_Run], common: Collection[str]) -> bool:
    """Return True if a statement shares enough words with a sentence to be the same sentence."""
    shared = [word for run in chain for word in own.words[run.own : run.ends[0]]]
    paired = sum(is_paired(word) for word in shared)
    ends = shared.count("")
    size = (len(shared) - paired - ends / 2) / MIN_WORDS + paired / MIN_CHARACTERS
    return size >= 1 and any(is_paired(word) or word not in common for word in shared if word)


def _is_said_too(own: CarryingRow, said: CarryingRow, runs: list[_Run], found: _Difference) -> bool:
    """Return True if a passage also has the words around a difference as the statement has them."""
    at, size = found.own, sum(run.size for run in found.runs)
    return any(
        run.own < at < run.ends[0]
        and run.size * 3 >= size * 2
        and own.negated[at] == said.negated[run.said + at - run.own]
        for run in runs
        if run not in found.runs
    )


def _is_made_up_for(
    own: CarryingRow, said: CarryingRow, chain: list[_Run], found: _Difference
) -> bool:
    """Return True if something else may reconcile two sentences that differ."""
    if own.is_asked(found.own) or said.is_asked(found.said):
        return True
    pairs = {run.own + step: run.said + step for run in chain for step in range(run.size)}
    pairs[found.own] = found.said
    theirs = set(pairs.values())
    first, last = said.sentence_at(found.said)
    rest = [
        at
        for at in range(max(first, found.said - MAX_FAR), min(last, found.said + MAX_FAR) + 1)
        if at not in theirs and said.clause[at] == said.clause[found.said]
    ]
    stated = {own.keys[cue] for cue in own.cues}
    told = {said.keys[cue] for cue in said.cues if first <= cue <= last}
    return (
        any(cue not in pairs and own.keys[cue] not in told for cue in own.cues)
        or any(cue in rest and said.keys[cue] not in stated for cue in said.cues)
        or any(said.negated[at] for at in rest)
        or _is_negated_otherwise(own, said, pairs, found)
        or said.takes_back(last + 1)
    )


def _is_negated_otherwise(
    own: CarryingRow, said: CarryingRow, pairs: Mapping[int, int], found: _Difference
) -> bool:
    """Return True if a statement has another negation near a difference, as if it was moved."""
    difference = (own.negated[found.own], said.negated[found.said])
    for at in range(max(0, found.own - MAX_MOVED), min(len(own.keys), found.own + MAX_MOVED + 1)):
        negations = (own.negated[at], said.negated[pairs[at]] if at in pairs else 0)
        apart = negations == (1, 1) and abs(at - found.own) > MAX_DOUBLED
        if any(negations) and negations != difference and not apart:
            return True
    return False
