"""Texts of several parts as one: lists go on, tables grow, what is said twice is said once.

Works on the Markdown that notes are made of, without understanding it: blocks, parted by empty
lines, and the items and rows within them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

ALIKE = 0.9
"""Share of words that two texts have in common, from which on they say the same; figures all."""
LEAST_WORDS = 6
"""Shorter texts are the same only if they are equal: “Yes.” may well answer two questions."""

_BULLET = re.compile(r"^[-*+]\s+")
_NUMBER = re.compile(r"^\d{1,3}[.)]\s+")
_RULE = re.compile(r"^\|?\s*:?-{2,}")
_BOLD = re.compile(r"^\*\*[^*\n]+\*\*[.:?!]?$")
_TERM = re.compile(r"^\*\*([^*\n]+)\*\*")
_WORD = re.compile(r"\w+")


def key_of(text: str) -> str:
    """A text for comparing: its letters and figures alone, small, one space between words."""
    return " ".join(_WORD.findall(text.casefold()))


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same in nearly the same words."""
    return _Entry(one).says(_Entry(other))


class _Entry:
    """A text that is compared with many: what it is compared by is made once, when asked for."""

    __slots__ = ("_kinds", "_term", "_words", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._words: tuple[str, ...] | None = None
        self._kinds: frozenset[str] | None = None
        self._term: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        if self._words is None:
            self._words = tuple(_WORD.findall(self.text.casefold()))
        return self._words

    @property
    def kinds(self) -> frozenset[str]:
        """Its words, each once."""
        if self._kinds is None:
            self._kinds = frozenset(self.words)
        return self._kinds

    @property
    def term(self) -> str:
        """What it explains: the bold words it begins with, for comparing; "" if there are none."""
        if self._term is None:
            found = _TERM.match(self.text)
            self._term = key_of(found[1]) if found else ""
        return self._term

    def says(self, other: _Entry) -> bool:
        """What the other one says, in nearly the same words."""
        if self.words == other.words:
            return True
        short, long = sorted((len(self.words), len(other.words)))
        if short < max(LEAST_WORDS, ALIKE * ALIKE * long):
            return False
        shared = len(self.kinds & other.kinds)
        if shared < ALIKE * (len(self.kinds) + len(other.kinds) - shared):
            return False
        return not any(any(map(str.isdigit, word)) for word in self.kinds ^ other.kinds)


def joined(texts: Sequence[str]) -> str:
    """The texts as one, in order, without what came before already."""
    filled = [text.strip() for text in texts if text.strip()]
    if len(filled) < 2:
        return filled[0] if filled else ""
    result: list[_Block] = []
    for text in filled:
        blocks = list(_blocks(text))
        for number, block in enumerate(blocks):
            target = _target(result, block)
            if target is None:
                following = blocks[number + 1] if number + 1 < len(blocks) else None
                if _leads_in(block) and following and _target(result, following):
                    continue  # the list it announces goes on above
                result.append(_Block(block.kind, list(block.head)))
                target = result[-1]
            target.take(block.entries)
    return "\n\n".join(filter(None, (block.text() for block in result)))


@dataclass(slots=True)
class _Block:
    """Entries of one kind: items of a list, rows of a table, or one paragraph with its answer."""

    kind: str
    head: list[str] = field(default_factory=list)
    entries: list[_Entry] = field(default_factory=list)

    def take(self, entries: Iterable[_Entry]) -> None:
        """Add what is new. Of two entries on one term, the longer one stays."""
        for entry in entries:
            term = entry.term if self.kind in ("bullet", "number") else ""
            for place, known in enumerate(self.entries):
                if (term and term == known.term) or entry.says(known):
                    if len(entry.text) > len(known.text):
                        self.entries[place] = entry
                    break
            else:
                self.entries.append(entry)

    def text(self) -> str:
        if not self.entries:
            return ""
        if self.kind == "number":
            return "\n".join(f"{n}. {entry.text}" for n, entry in enumerate(self.entries, start=1))
        if self.kind == "bullet":
            return "\n".join(f"- {entry.text}" for entry in self.entries)
        return "\n".join((*self.head, *(entry.text for entry in self.entries)))


def _leads_in(block: _Block) -> bool:
    return block.kind == "text" and block.entries[-1].text.rstrip().endswith((":", "："))


def _target(result: Sequence[_Block], block: _Block) -> _Block | None:
    """The block that this one goes on with, if there is one: a list, a table or its own double."""
    for known in reversed(result):
        if known.kind != block.kind or known.head != block.head:
            continue
        if block.kind != "text" or block.entries[0].says(known.entries[0]):
            return known
    return None


def _blocks(text: str) -> Iterator[_Block]:
    """The blocks of a text; a question in bold and its answer are one."""
    paragraphs = list(_paragraphs(text))
    at = 0
    while at < len(paragraphs):
        lines = paragraphs[at].split("\n")
        if _BULLET.match(lines[0]) or _NUMBER.match(lines[0]):
            kind = "bullet" if _BULLET.match(lines[0]) else "number"
            yield _Block(kind, entries=[_Entry(item) for item in _items(lines)])
        elif len(lines) > 2 and "|" in lines[0] and _RULE.match(lines[1]):
            yield _Block("table", head=lines[:2], entries=[_Entry(row) for row in lines[2:]])
        elif _BOLD.match(paragraphs[at]) and at + 1 < len(paragraphs):
            yield _Block("text", entries=[_Entry(f"{paragraphs[at]}\n\n{paragraphs[at + 1]}")])
            at += 1
        else:
            yield _Block("text", entries=[_Entry(paragraphs[at])])
        at += 1


def _paragraphs(text: str) -> Iterator[str]:
    """Pieces parted by empty lines, but for those within fenced code and between list items."""
    piece: list[str] = []
    fenced = False
    for line in text.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if line.strip() or fenced:
            piece.append(line.rstrip())
        elif piece:
            yield "\n".join(piece)
            piece = []
    if piece:
        yield "\n".join(piece)


def _items(lines: Iterable[str]) -> Iterator[str]:
    """The items of a list without their marks; lines that are set in belong to the one before."""
    item: list[str] = []
    for line in lines:
        mark = _BULLET.match(line) or _NUMBER.match(line)
        if mark and item:
            yield "\n".join(item)
            item = []
        item.append(line[mark.end() :] if mark else line)
    if item:
        yield "\n".join(item)
