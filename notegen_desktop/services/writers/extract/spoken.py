"""Finds explicit statements: definitions, steps, and announced summaries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from .language import (
    UNSPACED_CODES,
    WORD_END,
    Language,
    Role,
    begins,
    hits,
    language_data,
    openings,
    plain,
    word_pattern,
)
from .sentences import Sentence
from .terms import Term

# --- What a term means ---

_TERM_WORDS = 4
_TERM_CHARS = 8
_QUOTES = " \"“”'‘’«»„"
_OPENING_TERMS = 150
"""Maximum terms searched at the beginning of sentences."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A term as it is said, and its defining sentence.

    `clear` is 3 for "TERM means", 2 for "is called TERM", 1 for a sentence that begins with "TERM
    is".
    """

    term: str
    key: tuple[str, ...]
    sentence: int
    clear: int


def definitions(
    sentences: Sequence[Sentence], terms: Sequence[Term], language: Language
) -> list[Definition]:
    """Return all definitions, in order; of each term the clearest."""
    known = {term.key for term in terms[:_OPENING_TERMS]}
    found: dict[tuple[str, ...], Definition] = {}
    for sentence in sentences:
        if sentence.question or sentence.length < 4:
            continue
        for term, clear in _defined(sentence, language):
            key = tuple(language.stem(word.lower()) for word in term.split())
            if language.unspaced:
                key = tuple(term.lower())
            if clear == 1 and (key not in known or len(key) < 2 + language.unspaced):
                continue
            definition = Definition(term, key, sentence.index, clear)
            before = found.get(key)
            if before is None or clear > before.clear:
                found[key] = definition
    return sorted(found.values(), key=lambda d: d.sentence)


def _defined(sentence: Sentence, language: Language) -> Iterator[tuple[str, int]]:
    text = sentence.text
    said = plain(text)
    patterns, opening = _definition_patterns(language.code)
    for before, after in patterns:
        if before is None:
            for match in after.finditer(said) if after else ():
                term = _term_before(text[: match.start()], language)
                if text[: match.start()].strip() == term:
                    term = _small(term, language)
                if term:
                    yield term, 3
            continue
        for match in before.finditer(said):
            term = _term_after(text[match.end() :], language)
            reach = said.find(term.lower(), match.end()) + len(term)
            if term and (after is None or after.match(said, reach)):
                yield term, 2
    opened = opening.match(said, sentence.lead) if opening else None
    if opened is not None:
        name = text[opened.start(1) : opened.end(1)]
        term = _term_after(name, language)
        if term and name.strip().endswith(term):
            yield term, 1


Patterns = tuple[tuple[re.Pattern[str] | None, re.Pattern[str] | None], ...]


@cache
def _definition_patterns(code: str) -> tuple[Patterns, re.Pattern[str] | None]:
    """Return the patterns before and after a term, and of a sentence that begins by defining
    one."""
    data = language_data(code).definitions
    start, end = ("", "") if code in UNSPACED_CODES else (r"(?<!\w)", WORD_END)
    pairs = []
    for pattern in data.said:
        before, after = pattern.split("{term}")
        pairs.append(
            (
                re.compile(rf"{start}(?:{before.rstrip()}){end}\s*") if before else None,
                re.compile(rf"\s*(?:{after.strip()}){end}") if after else None,
            )
        )
    either = "|".join(one.replace("{term}", r"([^,;:.!?，。；：]{2,40}?)") for one in data.opens)
    return tuple(pairs), re.compile(rf"(?:{either}){end}") if either else None


def _words(text: str) -> list[tuple[str, int, int]]:
    return [(match.group(), *match.span()) for match in word_pattern().finditer(text)]


def _term_after(text: str, language: Language) -> str:
    """Return the name that a text begins with, without its article."""
    if language.unspaced:
        run = re.match(r"\s*[“「『\"]?([^\s，。、；：？！“”「」『』,.;:?!]{2,16})", text)
        return _chunk(run[1], language, first=True) if run else ""
    start = end = reach = number = 0
    for word, first, last in _words(text):
        if reach and text[reach:first].strip(_QUOTES):
            break
        lower = word.lower()
        if not reach and lower in language.words.determiners:
            reach = last
            continue
        reach = last
        linking = lower in language.words.links and number
        if language.is_stop(lower) and not linking:
            break
        if not number:
            start = first
        if not linking:
            end, number = last, number + 1
            if number == _TERM_WORDS:
                break
    return _named(text[start:end], language) if number else ""


def _term_before(text: str, language: Language) -> str:
    """Return the name that a text ends with."""
    if language.unspaced:
        run = re.search(r"([^\s，。、；：？！“”「」『』,.;:?!]{2,16})[”」』\"]?\s*$", text)
        return _chunk(run[1], language, first=False) if run else ""
    words = _words(text)
    if not words or text[words[-1][2] :].strip(_QUOTES):
        return ""
    start, end, number = words[-1][1], words[-1][2], 0
    for word, first, last in reversed(words):
        if text[last:start].strip() or language.is_stop(word.lower()) or number == _TERM_WORDS:
            break
        start, number = first, number + 1
    return _named(text[start:end], language) if number else ""


def _chunk(run: str, language: Language, *, first: bool) -> str:
    """Return the first or last piece of a run without a function word."""
    data = language_data(language.code if language.code in ("ja", "th") else "zh")
    pieces = re.split(f"[{re.escape(data.characters.function)}]+", run)
    pieces = [piece for piece in pieces if piece]
    piece = (pieces[0] if first else pieces[-1]) if pieces else ""
    good = 2 <= len(piece) <= _TERM_CHARS and piece not in language.stop | language.words.generic
    return piece if good else ""


def _named(term: str, language: Language) -> str:
    """Return a term if it is specific enough, else ""."""
    term = term.strip(_QUOTES)
    words = [word.lower() for word, *_ in _words(term)]
    content = [w for w in words if not language.is_stop(w) and w not in language.words.generic]
    good = content and (len(words) > 1 or (len(words[0]) > 2 and not words[0][0].isdigit()))
    if good and words[-1] not in language.words.generic | language.words.fillers:
        return term
    return ""


def _small(term: str, language: Language) -> str:
    """Return a term that opens a sentence, without the capital that it has there."""
    own = term[1:2].isupper() or language.code == "de" or not term[1:].islower()
    return term if own else term[:1].lower() + term[1:]


# --- Steps ---

_NEAR = 8
"""Maximum sentences between "first" and the "then" that continues it."""
_LONGEST_STEP = 8
"""Maximum sentences of the last step, which no other ends."""


def steps(sentences: Sequence[Sentence], language: Language) -> list[list[int]]:
    """Return the sentences of each step of a procedure that the speaker counts; none if there is
    none."""
    pattern = _step_pattern(language.code)
    if pattern is None:
        return []
    named: list[list[int]] = []
    told: list[list[int]] = []
    for sentence in sentences:
        kind, number = _marker(pattern, sentence, language)
        if kind == "n":
            if number == 1:
                named.append([])
            if named and len(named[-1]) == number - 1:
                named[-1].append(sentence.index)
        elif kind == "o" and number == 1:
            told.append([sentence.index])
        elif kind and told and sentence.index - told[-1][-1] <= _NEAR:
            told[-1].append(sentence.index)
    chains = [chain for chain in named if len(chain) > 1]
    chains = chains or [chain for chain in told if len(chain) > 2]
    if not chains:
        return []
    best = max(chains, key=lambda chain: (len(chain), chain[-1] - chain[0]))
    longest = max(b - a for a, b in pairwise(best))
    last = min(len(sentences), best[-1] + min(longest, _LONGEST_STEP))
    for index in range(best[-1] + 1, last):
        if begins(Role.TURN, language.code, sentences[index].text):
            last = index
            break
    return [list(range(a, b)) for a, b in zip(best, [*best[1:], last], strict=True)]


@cache
def _step_pattern(code: str) -> re.Pattern[str] | None:
    words = language_data(code).steps
    if not words.named:
        return None
    counted = "|".join(f"(?P<n{n}>{word})" for n, word in enumerate(words.numbers, start=1))
    ordered = "|".join(f"(?P<o{n}>{word})" for n, word in enumerate(words.ordinals, start=1))
    end = "" if code in UNSPACED_CODES else WORD_END
    named = words.named.replace("{n}", f"(?:{counted})")
    return re.compile(
        f"(?:{named}|{ordered}|(?P<t0>{words.then})|(?P<t1>{words.last})){end}[\\s:,，：、.-]*"
    )


def _marker(pattern: re.Pattern[str], sentence: Sentence, language: Language) -> tuple[str, int]:
    """Return the kind of a sentence's marker and its number: "n" a numbered step, "o" an ordinal,
    "t" a continuation."""
    match = _step_match(pattern, sentence, language)
    group = match.lastgroup if match else None
    return (group[0], int(group[1:])) if group else ("", 0)


def _step_match(
    pattern: re.Pattern[str], sentence: Sentence, language: Language
) -> re.Match[str] | None:
    said = plain(sentence.text)
    for at in openings(language.code, sentence.text):
        if match := pattern.match(said, at):
            return match
    return None


def step_words(sentence: Sentence, language: Language) -> str:
    """Return a step without its counting word."""
    pattern = _step_pattern(language.code)
    match = _step_match(pattern, sentence, language) if pattern else None
    rest = sentence.text[match.end() :] if match else ""
    return rest[:1].upper() + rest[1:] if rest else sentence.opened


# --- What follows an announcement ---

_PASSAGE_SENTENCES = 12
_PASSAGE_WORDS = 160.0
_ANNOUNCES = 14.0
"""Maximum words of a sentence that only announces."""


def passage(sentences: Sequence[Sentence], role: Role, language: Language) -> list[int]:
    """Return the sentences that the speaker announces as summary, limits …; none if there are
    none."""
    code = language.code
    for sentence in reversed(sentences):
        if sentence.length > _ANNOUNCES or sentence.question or not hits(role, code, sentence.text):
            continue
        first = begins(role, code, sentence.text)
        if not first and not begins(Role.TURN, code, sentence.text):
            continue
        found = [sentence.index] if first and sentence.length > _ANNOUNCES / 2 else []
        words = 0.0
        for after in sentences[sentence.index + 1 :]:
            turned = len(found) > 2 and begins(Role.TURN, code, after.text)
            over = words + after.length > _PASSAGE_WORDS or len(found) == _PASSAGE_SENTENCES
            if turned or over or after.question or hits(Role.SMALL_TALK, code, after.text):
                break
            found.append(after.index)
            words += after.length
        if len(found) > 2:
            return found
    return []
