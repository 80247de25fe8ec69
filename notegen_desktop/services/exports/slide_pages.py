"""Distributes blocks over slides: text that does not fit in a readable size continues on the
next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, starmap

from notegen_desktop.services.markup.typesetting import outline

from .blocks import Block, BlockKind, TextRun, grouped

# Size of the text in points, characters a line and lines a slide that it leaves room for. Wide
# characters count double.
_SIZES = ((24, 78, 11), (20, 94, 13), (18, 104, 15), (16, 118, 17))

_MAX_COLUMNS = 75
"""Maximum columns; wider tables are shown as text; PowerPoint itself makes none."""

_WORDS = re.compile(r"\S+\s*|\s+")


def pages(blocks: list[Block]) -> tuple[int, list[list[Block]]]:
    """Return the largest font size at which all blocks fit on one slide, or several slides at the
    smallest size.

    A slide has text, or a table, or a table after text; a continued table repeats its header.
    """
    blocks = list(_numbered(blocks))
    for size, width, height in _SIZES:
        shown = list(_told(blocks, width, height))
        if (
            all(starmap(_may_follow, pairwise(shown)))
            and sum(lines(block, width) for block in shown) <= height
        ):
            return size, [shown]
    size, width, height = _SIZES[-1]
    slides: list[list[Block]] = [[]]
    used = 0.0
    head: Block | None = None
    for block in _pieces(_told(blocks, width, height), width, width * height // 2):
        needed = lines(block, width)
        in_table = block.kind is BlockKind.ROW
        if not in_table or block.head:
            head = None
        full = used + needed + (2 if block.head else 0) > height  # no head without a row
        if slides[-1] and (full or not _may_follow(slides[-1][-1], block)):
            slides.append([head] if head else [])
            used = lines(head, width) if head else 0.0
        slides[-1].append(block)
        used += needed
        if in_table and block.head:
            head = block
    return size, slides


def lines(block: Block, width: int) -> float:
    """Return the number of lines of a block, including the space after it."""
    if block.kind is BlockKind.ROW:
        room = max(4, width // max(1, len(block.cells)) - 2)
        texts = ["".join(run.text for run in cell) for cell in block.cells] or [""]
        return max(_lines(text, room) for text in texts) + 0.6
    if block.kind is BlockKind.FORMULA:
        formula = outline(block.runs[0].formula)
        return (formula.ascent + formula.descent if formula else 2.0) / 1.2 + 0.8
    return _lines(block.text, max(10, width - 4 * block.depth)) + 0.35


def columns(text: str) -> int:
    return sum(2 if character >= "\u1100" else 1 for character in text)


def width_at(size: int) -> int:
    """Return the characters per line at a size of `pages`."""
    return next(width for each, width, _ in _SIZES if each == size)


def _lines(text: str, room: int) -> int:
    return sum(-(-columns(line) // room) or 1 for line in text.split("\n"))


def _may_follow(before: Block, block: Block) -> bool:
    """Return True if both blocks may be on one slide: nothing follows a table, not even another
    one."""
    return before.kind is not BlockKind.ROW or (block.kind is BlockKind.ROW and not block.head)


def _numbered(blocks: list[Block]) -> Iterator[Block]:
    """Yield each item of a numbered list with an explicit number, which it keeps on the next
    slide."""
    counts: dict[int, int] = {}
    for block in blocks:
        if block.kind is not BlockKind.NUMBER:
            yield block
            continue
        counts[block.depth] = block.start or counts.get(block.depth, 0) + 1
        yield replace(block, start=counts[block.depth])


def _told(blocks: list[Block], width: int, height: int) -> Iterator[Block]:
    """Yield tables too large for any slide as paragraphs, one per row."""
    for group in grouped(blocks):
        tall = sum(sorted(lines(row, width) for row in group)[-2:]) > height
        wide = max(len(row.cells) for row in group) > _MAX_COLUMNS
        is_table = group[0].kind is BlockKind.ROW
        yield from (row.as_paragraph() for row in group) if is_table and (tall or wide) else group


def _pieces(blocks: Iterator[Block], width: int, most: int) -> Iterator[Block]:
    """Yield blocks of at most `most` characters; a continued block keeps its styles."""
    for block in blocks:
        if block.kind in (BlockKind.ROW, BlockKind.FORMULA) or _room(block.text, width) <= most:
            yield block
            continue
        piece: list[TextRun] = []
        used = 0
        shape = block
        for run in block.runs:
            for word in _WORDS.findall(run.text):
                for at in range(0, len(word), most // 2):
                    part = word[at : at + most // 2]
                    if piece and used + _room(part, width) > most:
                        yield replace(shape, runs=tuple(piece))
                        shape = _going_on(block)
                        piece, used = [], 0
                    if not piece and shape is not block:
                        part = part.lstrip()
                    if piece and replace(piece[-1], text=run.text) == run:
                        piece[-1] = replace(run, text=piece[-1].text + part)
                    else:
                        piece.append(replace(run, text=part))
                    used += _room(part, width)
        yield replace(shape, runs=tuple(piece))


def _room(text: str, width: int) -> int:
    """Return the characters of space for a text: a line break leaves the rest of its line empty."""
    return columns(text) + text.count("\n") * width // 2


def _going_on(block: Block) -> Block:
    """Return the style of a continued list item, which has no bullet and no number."""
    if block.kind in (BlockKind.BULLET, BlockKind.NUMBER):
        return replace(block, kind=BlockKind.PARAGRAPH, depth=block.depth + 1, start=0)
    return block
