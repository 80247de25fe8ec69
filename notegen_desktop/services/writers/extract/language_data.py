"""What the engine knows of each language beside its libraries: `resources/languages/CODE.toml`.

Word lists that the libraries lack, turns of phrase that tell what a sentence does in a talk, and
the few words that the engine says itself. Lists are short on purpose: each entry earns its place on
real transcripts, and every use of them has a way to go on without. `mul.toml` holds what is not
bound to one language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from notegen_desktop.services.machine.paths import resources

INFLECTING = frozenset({"zh", "ja", "ar", "ru", "de"})
"""Languages that inflect, or that set no spaces: their phrases match within words, too."""

MOST_HITS = 3
"""More phrases of one role in a sentence say no more about it."""


class Role(StrEnum):
    """What a sentence does in a talk."""

    AIM = "aim"
    KEY = "key"
    CLOSING = "closing"
    DEFINITION = "definition"
    USE = "use"
    NEED = "need"
    ACTION = "action"
    ADVICE = "advice"
    TROUBLE = "trouble"
    CHECK = "check"
    METHOD = "method"
    FINDING = "finding"
    ARGUMENT = "argument"
    SMALL_TALK = "small-talk"


T = TypeVar("T")


class Words(frozenset[str]):
    """A set of words, set apart by spaces in the file."""


class WordLists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of a language by what they do in a sentence, in lower case."""

    meaningful: Words = Words()
    """Words of the stop lists that do name things."""
    generic: Words = Words()
    """Too common in speech to be a term by themselves, or to start or end one."""
    fillers: Words = Words()
    """Sounds made while thinking: cut off at either end of a quote."""
    leaders: Words = Words()
    """They open a clause: a good place to cut where nothing is punctuated."""
    connectors: Words = Words()
    """They tie a sentence to the one before: no start for a quote that stands alone."""
    anaphora: Words = Words()
    """They stand for something said before."""
    determiners: Words = Words()
    """A noun is likely after them."""
    verbal: Words = Words()
    """A verb or an adjective is likely after them."""
    links: Words = Words()
    """Small words that may stand inside a term ("method of substitution")."""
    prepositions: Words = Words()
    """They go on with a clause: no good place to cut before them."""


class Characters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For languages written without spaces."""

    function: str = ""
    """No term starts or ends with one of these."""
    verbal: str = ""
    """A verb or preposition, before a word of two characters or more."""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words that the engine says itself."""

    notice: str
    """Says, once in a note, that it quotes and does not write."""
    nearest: str
    """Says that a section holds the most relevant passages, for want of fitting ones."""
    conjunction: str = ", "
    """Stands between two names in one heading."""


class LanguageData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file. Phrases are regular expressions for lower-case text, by role."""

    words: WordLists = WordLists()
    characters: Characters = Characters()
    phrases: dict[Role, list[str]] = {}
    said: Said | None = None


class SharedData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not bound to one language."""

    abbreviations: Words
    """Their full stop does not end a sentence."""
    stemmers: dict[str, str]
    """snowballstemmer's name of each language it knows, by code."""


@cache
def language_data(code: str) -> LanguageData:
    """What is known of a language; nothing for one without a file, or for "" (unknown)."""
    path = resources() / "languages" / f"{code}.toml"
    if not code.isalpha() or code == "mul" or not path.is_file():
        return LanguageData()
    return _read(path, LanguageData)


@cache
def shared_data() -> SharedData:
    return _read(resources() / "languages" / "mul.toml", SharedData)


def said(code: str) -> Said:
    """The engine's own words in a language, in English where it has none of it."""
    words = language_data(code).said or language_data("en").said
    assert words is not None, "resources/languages/en.toml says all of them"
    return words


def joined(names: Sequence[str], code: str) -> str:
    """Two names as one heading."""
    words = language_data(code).said
    return (words.conjunction if words else ", ").join(names)


@cache
def _pattern(role: Role, code: str) -> re.Pattern[str] | None:
    phrases = language_data(code).phrases.get(role)
    if not phrases:
        return None
    either = "|".join(phrases)
    return re.compile(either if code in INFLECTING else rf"(?<!\w)(?:{either})")


def hits(role: Role, code: str, text: str) -> int:
    """How many phrases of a role a text has, at most `MOST_HITS`."""
    pattern = _pattern(role, code)
    if pattern is None:
        return 0
    found = 0
    for _ in pattern.finditer(text.lower().replace("’", "'")):
        found += 1
        if found == MOST_HITS:
            break
    return found


def knows(role: Role, code: str) -> bool:
    """Whether a role can be recognised in a language at all."""
    return bool(language_data(code).phrases.get(role))


def _read(path: Path, kind: type[T]) -> T:
    """Raises msgspec.ValidationError for a key that is not known: these files are our own."""
    return msgspec.toml.decode(path.read_bytes(), type=kind, dec_hook=_word_set)


def _word_set(kind: type, value: Any) -> Any:
    return Words(value.split()) if kind is Words else value
