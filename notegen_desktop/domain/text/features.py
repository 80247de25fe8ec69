"""Turns the words of a text into features that can be compared in any language, without a model.

A word is shortened so that its endings do not matter; a script without spaces gives pairs of
characters; a script that attaches particles to words gives runs of three. Nothing here knows a
language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from .scripts import GLUED, SCRIPTS, UNSPACED, VOWEL_SIGNS

STEM = 6
"""Characters of a word that count: beyond them most languages only inflect."""

# Korean glues whole particles to its words: pairs of characters, as without spaces.
_PAIRED = UNSPACED + SCRIPTS["Hangul"]
_LETTER = rf"[^\W\d_{_PAIRED}{GLUED}]"
_RUN = re.compile(
    rf"[{_PAIRED}]+|[{GLUED}]+|\d+(?:[.,]\d+)*|{_LETTER}+(?:[{VOWEL_SIGNS}]+{_LETTER}*)*"
)
_ASCII_RUN = re.compile(r"[a-z]+|\d+(?:[.,]\d+)*")
"""The same for pure ASCII text, in half the time."""
_IS_PAIRED = re.compile(rf"[{_PAIRED}]")
_IS_GLUED = re.compile(rf"[{GLUED}]")


def tokens(text: str) -> list[str]:
    """Return the words of a text in order, equal if only case, accents or width differ.

    In a script without spaces each character is a word.
    """
    plain = _plain(text)
    if plain.isascii():
        return _ASCII_RUN.findall(plain)
    return _words(_RUN.findall(plain))


def features(text: str) -> set[str]:
    """Return the set of features by which a text is compared."""
    return set(feature_row(text))


def feature_row(text: str) -> list[str]:
    """Return the features in the order of the text, with repetitions."""
    return words_and_features(text)[1]


def words_and_features(text: str) -> tuple[list[str], list[str]]:
    """Return the results of `tokens` and `feature_row`, in less time than both."""
    plain = _plain(text)
    if plain.isascii():
        runs = _ASCII_RUN.findall(plain)
        return runs, [run[:STEM] if run[0] > "9" else run.replace(",", "") for run in runs]
    runs = _RUN.findall(plain)
    return _words(runs), [feature for run in runs for feature in _of_run(run)]


def is_paired(word: str) -> bool:
    """Return True if a token is a character of a script without spaces."""
    return bool(_IS_PAIRED.match(word))


def _words(runs: list[str]) -> list[str]:
    found: list[str] = []
    for run in runs:
        if _IS_PAIRED.match(run):
            found.extend(run)
        else:
            found.append(run)
    return found


@lru_cache(maxsize=8192)
def _of_run(run: str) -> tuple[str, ...]:
    if _IS_PAIRED.match(run):
        return tuple(_pieces(run, 2))
    if _IS_GLUED.match(run):
        return tuple(_pieces(run, 3))
    if run[0].isdigit():
        return (run.replace(",", "").rstrip("."),)
    return (run[:STEM],)


def _pieces(run: str, size: int) -> Iterator[str]:
    if len(run) <= size:
        yield run
    else:
        for place in range(len(run) - size + 1):
            yield run[place : place + size]


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    if text.isascii():
        return text
    # Accents differ between captions and notes; the marks of kana and Thai are letters.
    parts = unicodedata.normalize("NFD", text)
    parts = re.sub("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]", "", parts)
    return unicodedata.normalize("NFC", parts)
