"""Search snippets: the part of a text around its matches, with the matches marked."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache, lru_cache

from .words import FOLDING, MARKS, MAX_WORDS, UNSPACED_LETTER

SNIPPET_CHARS = 160
_BEFORE = 40
_OCCURRENCES = 5
"""Characters of a snippet; those before the match; occurrences examined of each word."""

_ASCII = bytes(range(128))


@dataclass(frozen=True, slots=True)
class Snippet:
    """A snippet in one line, and the spans of its matches. `at` is the index in the text where the
    matches begin."""

    text: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    at: int = 0


def excerpt(body: str, words: list[str]) -> Snippet:
    """Return the snippet of `body` with most of the words; else its beginning."""
    lower = body.lower()
    found = sorted(
        (place, number) for number, run in enumerate(words) for place in _places(run, body, lower)
    )

    def near(at: int) -> int:
        end = at + SNIPPET_CHARS - _BEFORE
        return len({number for place, number in found if at <= place < end})

    at = max((place for place, _ in found), key=lambda place: (near(place), -place), default=0)
    start = at
    if at > _BEFORE:
        # Cut at a word boundary; if none is near, within a word.
        space = body.find(" ", at - _BEFORE, at - 1)
        start = space + 1 if space >= 0 else at - _BEFORE
    else:
        start = 0
    line = " ".join(body[start : start + 2 * SNIPPET_CHARS].split())
    cut = len(line) > SNIPPET_CHARS or start + 2 * SNIPPET_CHARS < len(body)
    shown = ("…" if start else "") + line[:SNIPPET_CHARS].rstrip() + ("…" if cut else "")
    return Snippet(shown, marks(shown, words), at)


def _other_letters(body: str) -> set[str]:
    """Return the folded forms of the letters beyond ASCII; with "" if there are combining marks."""
    beyond = body.encode("utf-8", "ignore").translate(None, _ASCII).decode()
    return {
        letter
        for each in set(beyond)
        if (found_by := FOLDING[ord(each)]) != each or not found_by.isascii()
        for letter in found_by or ("",)
    }


def _places(run: str, body: str, lower: str) -> list[int]:
    """Return the indexes of the first few matches. The word as typed is found ten times as fast as
    with any accents; the slow search is skipped if the text has none of its letters with
    accents."""
    plain: list[int] = []
    is_even = len(lower) == len(body) and " " not in run
    at = lower.find(run) if is_even else -1
    while at >= 0 and len(plain) < _OCCURRENCES:
        if UNSPACED_LETTER.match(run) or not (at and lower[at - 1].isalnum()):
            plain.append(at)
        at = lower.find(run, at + len(run))
    if plain or (is_even and not _other_letters(body).intersection(("", *run))):
        return plain
    return [m.start() for m in itertools.islice(_pattern(run).finditer(body), _OCCURRENCES)]


def marks(line: str, words: list[str]) -> tuple[tuple[int, int], ...]:
    """Return the spans of the query's words in a line, in order and not overlapping."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(
        match.span() for run in words for match in _pattern(run).finditer(line)
    ):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans)


@lru_cache(maxsize=MAX_WORDS)
def _pattern(run: str) -> re.Pattern[str]:
    """Return the pattern of a folded word, with any accents and in either case."""
    letters = "".join(
        r"[\W_]+"
        if letter == " " and not UNSPACED_LETTER.search(run)
        else r"\s*"
        if letter == " "
        else f"[{re.escape(letter + _accented(letter))}][{MARKS}]*"
        for letter in run
    )
    begin = "" if UNSPACED_LETTER.match(run) else r"(?<![^\W_])"
    return re.compile(begin + letters, re.IGNORECASE)


@cache
def _accented(letter: str) -> str:
    """Return the letters that `folded` maps to this one."""
    return "".join(
        each
        for each in map(chr, range(0xC0, 0x2000))
        if each != letter and FOLDING[ord(each)] == letter
    )
