"""Words of a language: what counts as a word, which ones carry no meaning, and their stems.

Two ways of writing are told apart: with spaces between words (Latin, Cyrillic, Arabic, Hangul …)
and without (Han, kana, Thai …), where pairs of characters stand for words.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache

import snowballstemmer
import stopwordsiso

from notegen_desktop.domain.text import scripts
from notegen_desktop.domain.text.language_detection import detect_language
from notegen_desktop.domain.text.languages import primary

from .language_data import language_data, shared_data

UNSPACED = re.compile(f"[{scripts.UNSPACED}]")
HIRAGANA_RUN = re.compile(f"^[{scripts.HIRAGANA}]+$")

_CHARS_PER_WORD = 1.7
"""Characters that make up a word of Chinese on average: puts lengths on one scale."""


@cache
def _marks() -> str:
    """A character class of the combining marks, which belong to the word they stand on."""
    ranges: list[tuple[int, int]] = []
    for point in range(0x300, min(sys.maxunicode, 0xFFFF)):
        char = chr(point)
        if unicodedata.category(char) in ("Mn", "Mc") and not UNSPACED.match(char):
            if ranges and ranges[-1][1] == point - 1:
                ranges[-1] = (ranges[-1][0], point)
            else:
                ranges.append((point, point))
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges)


@cache
def word_pattern() -> re.Pattern[str]:
    """Matches a word, a number with its decimals, or a run of unspaced script."""
    letter = f"(?:[^\\W_{scripts.UNSPACED}]|[{_marks()}])"
    return re.compile(
        rf"\d+(?:[.,:]\d+)*%?(?![^\W\d_])|[{scripts.UNSPACED}]+|"
        rf"{letter}+(?:['’\-_&.]{letter}+)*[+#]{{0,2}}"
    )


class Language:
    """What is known of the language of one transcript. `code` is "" for an unknown one."""

    def __init__(self, code: str, *, unspaced: bool) -> None:
        self.code = code
        self.unspaced = unspaced
        known = code if stopwordsiso.has_lang(code) else ""
        stop = set(stopwordsiso.stopwords(known)) if known else set()
        words = language_data(code).words
        self.stop = frozenset(stop - words.meaningful) | _SHARED_NOISE
        self.generic = words.generic
        self.fillers = words.fillers
        self.openers = words.leaders | words.connectors
        self._function_chars = language_data(
            code if code in ("ja", "th") else "zh"
        ).characters.function
        name = shared_data().stemmers.get(code, "")
        self._stemmer = snowballstemmer.stemmer(name) if name else None
        self._stems: dict[str, str] = {}
        self._stops: dict[str, bool] = {}

    def stem(self, word: str) -> str:
        """The stem of a lower-case word; remembered, for the stemmer is slow."""
        found = self._stems.get(word)
        if found is None:
            bare = re.split("['’]", word, maxsplit=1)[0] if self.code == "en" else word
            found = self._stemmer.stemWord(bare) if self._stemmer else bare
            self._stems[word] = found
        return found

    def is_stop(self, word: str) -> bool:
        """True for a lower-case word that says nothing about the subject."""
        found = self._stops.get(word)
        if found is None:
            head = re.split("['’]", word, maxsplit=1)[0]
            short = head != word and self.code == "en" and (head in self.stop or len(head) < 2)
            found = len(word) == 1 or word in self.stop or word in self.fillers or short
            self._stops[word] = found
        return found

    def content(self, words: Iterable[str]) -> list[str]:
        """The stems of the meaningful words, in order; pairs of characters where no spaces are."""
        result: list[str] = []
        for word in words:
            if UNSPACED.match(word):
                result += self._pairs(word)
            elif not self.is_stop(word) and not word.replace(".", "").isdigit():
                result.append(self.stem(word))
        return result

    def _pairs(self, run: str) -> list[str]:
        pairs = (run[i : i + 2] for i in range(len(run) - 1))
        return [
            pair
            for pair in pairs
            if pair not in self.stop
            and not HIRAGANA_RUN.match(pair)
            and not any(char in self._function_chars for char in pair)
        ]


_SHARED_NOISE = frozenset({"'s", "’s", "http", "https", "www", "com"})


def words_of(text: str) -> list[str]:
    """The words of a text in lower case; a run without spaces is one entry."""
    return word_pattern().findall(text.lower())


def measure(text: str) -> float:
    """The length of a text in words, whatever its script."""
    total = 0.0
    for word in word_pattern().finditer(text):
        wide = UNSPACED.match(word.group())
        total += len(word.group()) / _CHARS_PER_WORD if wide else 1.0
    return total


def language_of(tag: str, text: str) -> Language:
    """The language of a text: that of its BCP 47 tag, or guessed from its words.

    The script is always taken from the text itself, for tags are sometimes wrong.
    """
    sample = text[:20_000]
    letters = sum(char.isalpha() for char in sample) or 1
    unspaced = len(UNSPACED.findall(sample)) > 0.3 * letters
    code = {"nb": "no", "nn": "no", "yue": "zh"}.get(primary(tag), primary(tag))
    if unspaced:
        if not code or not stopwordsiso.has_lang(code) or code in shared_data().stemmers:
            code = detect_language(sample)
    elif not code or code in ("zh", "ja", "th", "und", "mul"):
        code = detect_language(sample)
    return Language(code, unspaced=unspaced)
