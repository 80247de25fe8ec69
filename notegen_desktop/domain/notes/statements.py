"""The statements of a note's text, and the markers of their cites.

A level of a section is Markdown in which a sentence, list item or table row may end with markers:
`It halts. [^3]` refers to the cite of its section whose `n` is 3. This module alone knows their
syntax. Code, formulas and links are never searched, and headings are not statements.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from notegen_desktop.domain.text.patterns import lazy_pattern
from notegen_desktop.domain.text.sentences import sentence_ends

V = TypeVar("V")

_MARKER = lazy_pattern(r"[ \t]*\[\^(\d{1,4})\]")
_BLOCK = lazy_pattern(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|\$\$.+?\$\$|\\\[.+?\\\]",
    re.MULTILINE | re.DOTALL,
)
_INLINE = lazy_pattern(
    r"(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)"
    r"|\\\((?:(?!\n[ \t]*\n).)+?\\\)"
    r"|(?<![\\$0-9A-Za-z\u00c0-\u024f_])\$(?![\s$])(?:[^$\n\\]|\\.)+?(?<![\s\\])\$(?![0-9$])"
    r"|!?\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)"
    r"|<[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>|\bhttps?://[^\s<>]+"
    r"|^[ ]{0,3}\[[^\]\n^]+\]:[ \t]*(?:<|/|#|mailto:|www\.|https?:)[^\n]*",
    re.MULTILINE | re.DOTALL,
)
_SIGNS = ("`", "~", "$", "\\", "<", "](", "]:", "://")
"""Characters of which everything but prose has one; most prose has none."""
_ITEM = lazy_pattern(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_QUOTE = lazy_pattern(r"[ \t]*(?:>[ \t]?)*")
_HEADING = lazy_pattern(r"[ \t]{0,3}(?:#{1,6}(?:\s|$)|(?:[-*_=][ \t]*){3,}$)", re.M)
_RULE = lazy_pattern(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_QUOTATION = lazy_pattern(
    r"[“„][^“”„\n]{1,600}[”“]|«[^«»\n]{1,600}»|「[^「」\n]{1,600}」|\"[^\"\n]{1,600}\""
)
_MARKUP = lazy_pattern(r"\*\*|``?|\\(?=[*_`#\[\]()~>.!-])")
_EMPTIED = lazy_pattern(r"[\s>|]*(?:(?:[-*+]|\d{1,3}[.)])\s*(?:\[[ xX]\]\s*)?)?[\s|]*")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, list item or table row. `text` is without its markers; `start` and `end` are its
    span in the level's text, markers included."""

    text: str
    markers: tuple[int, ...]
    start: int
    end: int


def split(text: str) -> tuple[Statement, ...]:
    """Return the statements of a level's text in order, including those without markers."""
    found = [(m.start(), m.end(), int(m[1])) for m in prose_matches(_MARKER, text)]
    if not found and not text.strip():
        return ()
    lifted = lift(text, found)
    result = []
    for (start, end), numbers in lifted.statements():
        words = lifted.text[start:end].rstrip(" \t|")
        place = lifted.origin(start, end)
        result.append(Statement(words, tuple(dict.fromkeys(numbers)), *place))
    return tuple(result)


def marker(number: int) -> str:
    """Return the marker as written in a text."""
    return f"[^{number}]"


def markers(text: str) -> set[int]:
    """Return the numbers of all markers in a text."""
    return {int(match[1]) for match in prose_matches(_MARKER, text)}


def without_markers(text: str) -> str:
    """Return a text without markers, for counting, comparing, searching and speaking."""
    return renumbered(text, {})


def renumbered(text: str, numbers: Mapping[int, int] | Callable[[int], str]) -> str:
    """Return a text with its markers renumbered, or replaced by text; one without a number is
    removed."""
    if "[^" not in text:
        return text

    def words(number: int) -> str:
        if callable(numbers):
            return numbers(number)
        return f" [^{new}]" if (new := numbers.get(number)) is not None else ""

    pieces = []
    done = 0
    for match in prose_matches(_MARKER, text):
        pieces += [text[done : match.start()], words(int(match[1]))]
        done = match.end()
    return "".join((*pieces, text[done:]))


def as_words(text: str) -> str:
    """Return a foreign text with apparent markers escaped: a footnote, say."""
    pieces = []
    done = 0
    for match in prose_matches(_MARKER, text):
        pieces += [text[done : match.end() - 1], "\\"]
        done = match.end() - 1
    return "".join((*pieces, text[done:]))


def without_statement(text: str, statement: Statement) -> str:
    """Return a text without one of its statements; an item, row or paragraph left empty is removed,
    too."""
    start, end = statement.start, statement.end
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    if _EMPTIED.fullmatch(text[first:start] + text[end:last]):
        before, after = text[:first], text[last:].removeprefix("\n")
    else:
        before, after = text[:start], text[end:].lstrip(" \t")
    if before.endswith("\n\n") or not before:
        after = after.lstrip("\n")
    return (before + after).rstrip()


@dataclass(frozen=True, slots=True)
class Lifted(Generic[V]):
    """A text without its references, and their positions."""

    text: str
    found: tuple[tuple[int, V], ...]
    """Position in the text, and the value; in order."""
    _removed: tuple[tuple[int, int], ...]
    """Position, and the number of characters removed up to it."""

    def statements(self) -> list[tuple[Span, list[V]]]:
        """Return the span of each statement in the text, and its values."""
        return [(span, [value for _, value in stood]) for span, stood in self.placed()]

    def placed(self) -> list[tuple[Span, list[tuple[int, V]]]]:
        """Return the span of each statement, and its values with their positions."""
        spans = list(_statement_spans(self.text, [at for at, _ in self.found]))
        result: list[tuple[Span, list[tuple[int, V]]]] = [(span, []) for span in spans]
        starts = [start for start, _ in spans]
        for at, value in self.found:
            if _HEADING.match(self.text, self.text.rfind("\n", 0, at) + 1):
                continue
            # A marker between two statements belongs to the statement before it in the line.
            number = bisect_right(starts, at) - 1
            opens = _opens_line(self.text, at)
            if opens and number + 1 < len(spans):
                number += "\n" not in self.text[at : starts[number + 1]]
            elif number > 0 and starts[number] == at and not opens:
                number -= 1
            if number >= 0:
                result[number][1].append((at, value))
        return result

    def origin(self, start: int, end: int) -> Span:
        """Return a span of this text in the original text, including what was removed at its
        end."""

        def gone(at: int) -> int:
            index = bisect_right(self._removed, at, key=lambda removed: removed[0])
            return self._removed[index - 1][1] if index else 0

        return (start + gone(start), end + gone(end))

    def with_markers(self, numbers: Mapping[int, Iterable[int]]) -> str:
        """Return the text with markers at the ends of statements, by the position of that end."""
        pieces = []
        done = 0
        for end in sorted(numbers):
            pieces.append(self.text[done:end])
            pieces += [" "] + [f"[^{n}]" for n in numbers[end]] if numbers[end] else []
            done = end
        return "".join((*pieces, self.text[done:]))


def lift(text: str, found: Iterable[tuple[int, int, V]]) -> Lifted[V]:
    """Remove pieces (start, end, value) from a text; they are in order and do not overlap."""
    pieces: list[str] = []
    values: list[tuple[int, V]] = []
    removed: list[tuple[int, int]] = []
    done = length = gone = 0
    for start, end, value in found:
        pieces.append(text[done:start])
        length += start - done
        gone += end - start
        values.append((length, value))
        removed.append((length, gone))
        done = end
    return Lifted("".join((*pieces, text[done:])), tuple(values), tuple(removed))


def protected(text: str) -> list[Span]:
    """Return the spans of code, formulas, links and addresses, in order: everything but prose."""
    if not any(sign in text for sign in _SIGNS):
        return []
    blocks = [match.span() for match in _BLOCK.finditer(text)]
    result: list[Span] = []
    done = 0
    for start, end in [*blocks, (len(text), len(text))]:
        result += [match.span() for match in _INLINE.finditer(text, done, start)]
        if end > start:
            result.append((start, end))
        done = end
    return result


def outside(spans: Sequence[Span], start: int) -> bool:
    """Return True if a position is in none of the spans (in order)."""
    place = bisect_right(spans, start, key=lambda span: span[0]) - 1
    return place < 0 or start >= spans[place][1]


def prose_matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern in prose."""
    if pattern.search(text) is None:
        return
    spans = protected(text)
    for match in pattern.finditer(text):
        if outside(spans, match.end() - 1):
            yield match


def _opens_line(text: str, at: int) -> bool:
    """Return True if only a list bullet precedes a position in its line."""
    return bool(_EMPTIED.fullmatch(text, text.rfind("\n", 0, at) + 1, at))


def _statement_spans(text: str, marked: Sequence[int]) -> Iterator[Span]:
    """Yield the spans of sentences, list items and table rows of a text without markers.

    An item is one statement unless it is `marked` at a position before its end.
    """
    spans = protected(text)
    prose = list(text)
    for start, end in spans:
        for at in range(start, end):
            if prose[at] != "\n":
                prose[at] = "x"
    masked = _QUOTATION.sub(_unbroken, "".join(prose))
    blocks = [span for span in spans if _BLOCK.match(text, *span)]
    for start, stop, kind in _blocks(masked, blocks):
        end = start + len(text[start:stop].rstrip())
        inner = bisect_right(marked, start) < bisect_left(marked, end - 1)
        if kind == "row" or (kind == "item" and not inner):
            yield (start, end)
            continue
        begin = start
        for over in (*sentence_ends(masked, start, end), end):
            begin += len(text[begin:over]) - len(text[begin:over].lstrip())
            if over > begin:
                yield (begin, over)
            begin = over


def _unbroken(quotation: re.Match[str]) -> str:
    """Return a quotation of several sentences as one: it ends with its quotation marks."""
    return re.sub(r"[.!?…。！？](?!.?$)", ",", quotation[0])


def _blocks(text: str, skipped: Sequence[Span]) -> list[tuple[int, int, str]]:
    """Return paragraphs (`text`), list items (`item`) and table rows (`row`): start, end, kind."""
    result: list[tuple[int, int, str]] = []
    is_open = in_table = False
    at = 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        words = line.strip()
        first = start + len(line) - len(line.lstrip())
        whole = not outside(skipped, first) and not outside(skipped, max(first, at - 2))
        if not words.strip("> ") or whole or _HEADING.match(line.rstrip("\n")):
            is_open = in_table = False
        elif _RULE.match(line.rstrip("\n")) and "|" in line:
            if result:
                result.pop()  # the header of a table is no statement
            is_open, in_table = False, True
        elif in_table or words.startswith("|"):
            left = first + len(words) - len(words.lstrip("| \t"))
            right = first + len(words.removesuffix("|").rstrip())
            if right > left:
                result.append((left, right, "row"))
            is_open = False
        elif item := _ITEM.match(line):
            result.append((start + item.end(), at, "item"))
            is_open = True
        elif is_open:
            begin, _, kind = result[-1]
            result[-1] = (begin, at, kind)
        else:
            quote = _QUOTE.match(line)
            result.append((start + (quote.end() if quote else 0), at, "text"))
            is_open = True
    return [(start, end, kind) for start, end, kind in result if text[start:end].strip()]


def plain_line(markdown: str) -> str:
    """Return a line in the form of a heading: without emphasis and markers; formulas stay."""
    words = without_markers(markdown)
    spans = protected(words)
    formulas = [span for span in spans if words[span[0]] in "$\\"]
    pieces, done = [], 0
    for found in _MARKUP.finditer(words):
        if outside(formulas, found.start()):
            pieces.append(words[done : found.start()])
            done = found.end()
    return " ".join("".join((*pieces, words[done:])).split())
