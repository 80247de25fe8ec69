"""Texts taken apart for questions: stems where Snowball has them, or what `features` gives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from notegen_desktop.domain.asking.passages import Source, Terms
from notegen_desktop.domain.text.features import feature_row
from notegen_desktop.services.writers.extract.language import (
    UNSPACED,
    Language,
    language_of,
    word_pattern,
    words_of,
)
from notegen_desktop.services.writers.extract.markup import escaped

SAMPLE_SEGMENTS = 400


def language_of_source(source: Source) -> Language:
    transcript = source.transcript
    said = " ".join(segment.text for segment in transcript.segments[:SAMPLE_SEGMENTS])
    found = language_of(transcript.language, said)
    return _shared(found.code, found.unspaced)


@lru_cache(maxsize=16)
def _shared(code: str, unspaced: bool) -> Language:
    """One for all videos of a language: it remembers the stems it has made."""
    return Language(code, unspaced=unspaced)


@lru_cache(maxsize=16)
def terms_of(language: Language) -> Terms:
    """What takes texts of a language apart. Stop words stay: how rare a word is in the talk tells
    more (a question about “groups” or “results” has nothing but words of such lists)."""

    def terms(text: str) -> Sequence[str]:
        if not language.has_stems:
            return feature_row(text)
        return [
            term
            for word in words_of(text)
            for term in (feature_row(word) if UNSPACED.match(word) else (language.stem(word),))
        ]

    return terms


def telling(question: str, language: Language) -> str:
    """A question without the words that say nothing about its subject; "" if none is left."""
    if language.unspaced or not language.has_stems:
        return question
    return " ".join(word for word in words_of(question) if not language.is_stop(word))


def telling_terms(question: str, language: Language) -> set[str]:
    """The terms of a question that say something about its subject."""
    if language.unspaced:
        return set(language.content(words_of(question)))
    return set(terms_of(language)(telling(question, language)))


def marked(text: str, wanted: set[str], language: Language) -> str:
    """A quote as Markdown, with what has any of these terms in bold."""
    terms = terms_of(language)
    spans: list[tuple[int, int]] = []
    for word in word_pattern().finditer(text):
        if UNSPACED.match(word[0]):
            found = [
                (at, at + 2)
                for at in range(word.start(), word.end() - 1)
                if wanted.intersection(terms(text[at : at + 2]))
            ]
        else:
            found = [word.span()] if wanted.intersection(terms(word[0])) else []
        for start, end in found:
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    pieces, done = [], 0
    for start, end in spans:
        pieces += [escaped(text[done:start]), f"**{escaped(text[start:end])}**"]
        done = end
    return "".join((*pieces, escaped(text[done:])))
