"""Language data of the engine: words, stems, stop words, phrases, and texts of its own.

Two ways of writing are distinguished: with spaces between words (Latin, Cyrillic, Arabic, Hangul …)
and without (Han, kana, Thai …), where pairs of characters replace words. Data that the libraries
lack is in `resources/languages/CODE.toml`: short lists, each entry of which is justified by real
transcripts, and each with a fallback. `mul.toml` is for all languages.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import snowballstemmer
import stopwordsiso

from notegen_desktop.domain.text import scripts
from notegen_desktop.domain.text.language_detection import detect_language
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.services.machine.paths import resources

INFLECTING = frozenset({"zh", "ja", "ar", "ru", "de"})
"""Languages that inflect, or have no spaces: their phrases match within words, too."""

UNSPACED_CODES = frozenset({"zh", "ja"})
WORD_END = r"(?![\w'’-])"
OPENING_MARKS = frozenset('"“‘«¿¡([{「『（《$€£#<`+−-*/')
"""Characters that a sentence may begin with."""

MAX_HITS = 3
"""Maximum counted phrases of one role in a sentence."""


class Role(StrEnum):
    """The role of a sentence, or of its beginning."""

    OPENING = "opening"  # connectives and remarks about the talk itself, which a quote omits
    TURN = "turn"  # a beginning that changes the subject
    CHANGE = "change"  # a beginning that announces another subject
    POINTING = "pointing"  # a beginning that refers to earlier sentences
    FORWARD = "forward"  # announces something without saying it
    CONTRAST = "contrast"  # a beginning that restricts an earlier sentence
    CONDITION = "condition"  # a beginning with a condition for the next sentence
    AIM = "aim"
    KEY = "key"
    CLOSING = "closing"
    USE = "use"
    NEED = "need"
    ADVICE = "advice"
    TROUBLE = "trouble"
    CHECK = "check"
    METHOD = "method"
    FINDING = "finding"
    ARGUMENT = "argument"
    LIMIT = "limit"
    SMALL_TALK = "small-talk"


T = TypeVar("T")


class Words(frozenset[str]):
    """A set of words, separated by spaces in the file."""


class WordLists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of a language by their function in a sentence, in lower case."""

    meaningful: Words = Words()
    """Words of the stop lists that do name things."""
    generic: Words = Words()
    """Words too common in speech to be a term, or to start or end one."""
    fillers: Words = Words()
    """Hesitation sounds: removed at either end of a quote."""
    leaders: Words = Words()
    """Words that open a clause: a good place to cut where nothing is punctuated."""
    connectors: Words = Words()
    """Words that tie a sentence to the one before: no start for a separate quote."""
    anaphora: Words = Words()
    """Words that refer to something said before."""
    speakers: Words = Words()
    """Words of remarks about the talk itself, not about its subject."""
    determiners: Words = Words()
    """Words before a noun."""
    verbal: Words = Words()
    """Words before a verb or an adjective."""
    links: Words = Words()
    """Link words that may stand inside a term ("method of substitution")."""
    prepositions: Words = Words()
    """Words that continue a clause: a bad place to cut before."""


class Characters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Characters of languages written without spaces, by function."""

    function: str = ""
    """Characters that no term starts or ends with."""
    verbal: str = ""
    """Verbs or prepositions, before a word of two characters or more."""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The engine's own texts."""

    notice: str
    """Notice, once per note, that it only quotes."""
    ask: str = "{term}?"
    """Question for the meaning of a term."""
    conjunction: str = ", "
    """Separator between two names in one heading."""
    videos: str = "Videos"
    """The heading of the list of a guide's videos."""
    common: str = "Said in several videos"
    """The heading of terms common to several videos of a course."""


class Definitions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Patterns of definitions, as regular expressions with `{term}` in its place."""

    said: list[str] = []
    """Explicit definitions: "is called {term}"."""
    opens: list[str] = []
    """Beginnings of a sentence about a known term: "{term} is a"."""


class StepWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Patterns of counted steps, as regular expressions for the beginning of a sentence."""

    named: str = ""
    """Pattern with `{n}` for one of `numbers`: "step {n}"."""
    numbers: list[str] = []
    ordinals: list[str] = []
    then: str = ""
    last: str = ""


class LanguageData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of one file. Phrases are regular expressions for lower-case text, by role."""

    words: WordLists = WordLists()
    characters: Characters = Characters()
    definitions: Definitions = Definitions()
    steps: StepWords = StepWords()
    phrases: dict[Role, list[str]] = {}
    said: Said | None = None


class SharedData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Data for all languages."""

    abbreviations: Words
    """Abbreviations, whose full stop does not end a sentence."""
    stemmers: dict[str, str]
    """snowballstemmer's names of languages, by code."""


@cache
def language_data(code: str) -> LanguageData:
    """Return a language's data; empty for one without a file, or for "" (unknown)."""
    path = resources() / "languages" / f"{code}.toml"
    if not code.isalpha() or code == "mul" or not path.is_file():
        return LanguageData()
    return _read(path, LanguageData)


@cache
def shared_data() -> SharedData:
    return _read(resources() / "languages" / "mul.toml", SharedData)


def said(code: str) -> Said:
    """Return the engine's texts in a language, in English if it has none."""
    words = language_data(code).said or language_data("en").said
    assert words is not None, "resources/languages/en.toml says all of them"
    return words


def joined(names: Sequence[str], code: str) -> str:
    """Return several names as one heading."""
    words = language_data(code).said
    return (words.conjunction if words else ", ").join(names)


@cache
def _pattern(role: Role, code: str, *, opening: bool = False) -> re.Pattern[str] | None:
    phrases = language_data(code).phrases.get(role)
    if not phrases:
        return None
    either = "|".join(phrases)
    if opening:
        return re.compile(rf"(?:{either}){'' if code in UNSPACED_CODES else WORD_END}")
    return re.compile(either if code in INFLECTING else rf"(?<!\w)(?:{either})")


def hits(role: Role, code: str, text: str) -> int:
    """Return the number of a role's phrases in a text, at most `MAX_HITS`."""
    pattern = _pattern(role, code)
    found = pattern.finditer(plain(text)) if pattern else ()
    return sum(1 for _ in islice(found, MAX_HITS))


def begins(role: Role, code: str, text: str) -> bool:
    """Return True if a text, with or without its connectives, begins with a phrase of a role."""
    pattern = _pattern(role, code, opening=True)
    if pattern is None:
        return False
    said = plain(text)
    return any(pattern.match(said, at) for at in openings(code, text))


def openings(code: str, text: str) -> list[int]:
    """Return the possible starts of a text: 0, and behind each of its connectives in turn."""
    pattern = _pattern(Role.OPENING, code, opening=True)
    places = [0]
    if pattern is not None:
        said = plain(text)
        while match := pattern.match(said, places[-1]):
            at = match.end()
            while at < len(said) and not said[at].isalnum() and said[at] not in OPENING_MARKS:
                at += 1
            if at == places[-1]:
                break
            places.append(at)
    return places


def plain(text: str) -> str:
    """Return a text normalized for comparison with phrases; every character keeps its index."""
    lower = text.lower()
    return (lower if len(lower) == len(text) else text).replace("’", "'")


def _read(path: Path, kind: type[T]) -> T:
    """Read a file. Raises msgspec.ValidationError for an unknown key: these files are our own."""
    return msgspec.toml.decode(path.read_bytes(), type=kind, dec_hook=_word_set)


def _word_set(kind: type, value: Any) -> Any:
    return Words(value.split()) if kind is Words else value


# --- Words and stems ---

UNSPACED = re.compile(f"[{scripts.UNSPACED}]")
HIRAGANA_RUN = re.compile(f"^[{scripts.HIRAGANA}]+$")

_CHARS_PER_WORD = 1.7
"""Average characters per Chinese word: puts lengths on one scale."""


@cache
def _marks() -> str:
    """Return a character class of the combining marks, which belong to the preceding word."""
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
    """Return the pattern of a word, a number with its decimals, or a run of unspaced script."""
    letter = f"(?:[^\\W_{scripts.UNSPACED}]|[{_marks()}])"
    return re.compile(
        rf"\d+(?:[.,:]\d+)*%?(?![^\W\d_])|[{scripts.UNSPACED}]+|"
        rf"{letter}+(?:['’\-_&.]{letter}+)*[+#]{{0,2}}"
    )


class Language:
    """The language of one transcript. `code` is "" for an unknown one."""

    def __init__(self, code: str, *, unspaced: bool) -> None:
        self.code = code
        self.unspaced = unspaced
        known = code if stopwordsiso.has_lang(code) else ""
        stop = set(stopwordsiso.stopwords(known)) if known else set()
        self.words = words = language_data(code).words
        self.stop = frozenset(stop - words.meaningful) | _SHARED_NOISE
        self.openers = words.leaders | words.connectors
        self._function_chars = language_data(
            code if code in ("ja", "th") else "zh"
        ).characters.function
        name = shared_data().stemmers.get(code, "")
        self._stemmer = snowballstemmer.stemmer(name) if name else None
        self._stems: dict[str, str] = {}
        self._stops: dict[str, bool] = {}

    @property
    def has_stems(self) -> bool:
        return self._stemmer is not None

    def stem(self, word: str) -> str:
        """Return the stem of a lower-case word; cached, as the stemmer is slow."""
        found = self._stems.get(word)
        if found is None:
            bare = re.split("['’]", word, maxsplit=1)[0] if self.code == "en" else word
            found = self._stemmer.stemWord(bare) if self._stemmer else bare
            self._stems[word] = found
        return found

    def is_stop(self, word: str) -> bool:
        """Return True for a lower-case word that says nothing about the subject."""
        found = self._stops.get(word)
        if found is None:
            head = re.split("['’]", word, maxsplit=1)[0]
            short = head != word and self.code == "en" and (head in self.stop or len(head) < 2)
            found = len(word) == 1 or word in self.stop or word in self.words.fillers or short
            self._stops[word] = found
        return found

    def content(self, words: Iterable[str]) -> list[str]:
        """Return the stems of the meaningful words, in order; pairs of characters without
        spaces."""
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
    """Return the words of a text in lower case; a run without spaces is one entry."""
    return word_pattern().findall(text.lower())


def measure(text: str) -> float:
    """Return the length of a text in words, in any script."""
    total = 0.0
    for word in word_pattern().finditer(text):
        wide = UNSPACED.match(word.group())
        total += len(word.group()) / _CHARS_PER_WORD if wide else 1.0
    return total


def language_of(tag: str, text: str) -> Language:
    """Return the language of a text: by its BCP 47 tag, or guessed from its words.

    The script is always determined from the text itself, as tags are sometimes wrong.
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
