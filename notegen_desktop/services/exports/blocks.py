"""Converts a note's Markdown into plain blocks of styled text, for documents other than HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from markdown_it.token import Token

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Level, Section
from notegen_desktop.domain.text.cleaning import clean_for_xml
from notegen_desktop.services.markup.cited import own_cites, parted, placed, shown
from notegen_desktop.services.markup.code import COLOURS, coloured
from notegen_desktop.services.markup.dialect import OPTION
from notegen_desktop.services.markup.formula_words import spelled, spelled_parts
from notegen_desktop.services.markup.formulas import is_displayed, mathml
from notegen_desktop.services.markup.html import line_tokens, to_tokens

_BOXES = {"checked": "\u2611", "unchecked": "\u2610"}


@dataclass(frozen=True, slots=True)
class TextRun:
    """A run of text in one style. `href` is "" or leads to the web or to mail; `doubted` text is
    part of a doubtful statement.

    `rise` is 1 for superscript and -1 for subscript; `colour` is `RRGGBB` or "". `formula` is the
    source of a formula, whose `text` is its approximation in one line.
    """

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    href: str = ""
    doubted: bool = False
    rise: int = 0
    colour: str = ""
    formula: str = ""


class BlockKind(StrEnum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    BULLET = "bullet"
    NUMBER = "number"
    CODE = "code"
    QUOTE = "quote"
    ROW = "row"
    FORMULA = "formula"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph. `depth` counts list levels from 0, or is a heading's from 1.

    `box` replaces an item's bullet: `☐`, `☑` or the letter of an option, as `A)`. `start` is the
    number of the first item of a numbered list, on that item alone. A table is a sequence of rows
    with `cells`; `head` marks the first, and `aligns` has left, right, center or nothing.
    """

    kind: BlockKind
    runs: tuple[TextRun, ...] = ()
    depth: int = 0
    start: int = 0
    box: str = ""
    cells: tuple[tuple[TextRun, ...], ...] = ()
    aligns: tuple[str, ...] = ()
    head: bool = False

    @property
    def text(self) -> str:
        if self.kind is BlockKind.ROW:
            return self.as_paragraph().text
        return "".join(run.text for run in self.runs)

    def spelled(self) -> Block:
        """Return the block with formulas as text, for programs without inline formulas."""
        if self.kind is BlockKind.FORMULA:
            return self
        cells = tuple(tuple(spelled_runs(cell)) for cell in self.cells)
        return replace(self, runs=tuple(spelled_runs(self.runs)), cells=cells)

    def as_paragraph(self) -> Block:
        """Return a row as a paragraph, where no table is possible."""
        runs = [run for cell in self.cells for run in (TextRun(" | "), *cell)][1:]
        bold = tuple(replace(run, bold=run.bold or self.head) for run in runs)
        return Block(BlockKind.PARAGRAPH, bold)


def blocks_of(section: Section, level: Level, video: Video) -> list[Block]:
    """Return the blocks of a section's text, the times of its statements as links. Never raises.

    A text that takes too long to parse is returned line by line.
    """
    markdown = placed(section.shown_at(level), section.cites)
    tokens = to_tokens(markdown)
    if tokens is None:
        lines = clean_for_xml(markdown).splitlines()
        found = [Block(BlockKind.PARAGRAPH, (TextRun(line),)) for line in lines if line.strip()]
    else:
        found = list(_blocks(tokens))

    def told(runs: tuple[TextRun, ...]) -> tuple[TextRun, ...]:
        return tuple(_told(runs, section.cites, video))

    return [
        replace(block, runs=told(block.runs), cells=tuple(map(told, block.cells)))
        for block in found
    ]


def line_runs(words: str) -> tuple[TextRun, ...]:
    """Return the runs of a heading: text with formulas, superscript and subscript."""
    return tuple(_runs(line_tokens(words)))


def spelled_runs(runs: Iterable[TextRun]) -> Iterator[TextRun]:
    """Yield runs with their formulas as text."""
    for run in runs:
        if run.formula:
            for text, rise in spelled_parts(mathml(run.formula)):
                yield replace(run, text=text, rise=rise, formula="")
        else:
            yield run


def _told(runs: Iterable[TextRun], cites: Sequence[Cite], video: Video) -> Iterator[TextRun]:
    for run in runs:
        for part in parted(run.text):
            if isinstance(part, int):
                yield from cite_runs(cites[part], video)
            else:
                yield replace(run, text=part[0], doubted=part[1])


def cite_runs(cite: Cite, video: Video) -> Iterator[TextRun]:
    """Yield the time of a cite as a link, followed by its doubt."""
    told = shown(cite, video)
    yield TextRun(told.label, href=told.href)
    if told.printed:
        yield TextRun(told.printed, italic=True)


def own_cite_runs(section: Section, level: Level, video: Video) -> list[TextRun]:
    """Return the cites of the section as a whole, in one line; an empty list if it has none."""
    cites = own_cites(section, level)
    return [run for cite in cites for run in (TextRun("  "), *cite_runs(cite, video))][1:]


def grouped(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Yield the rows of each table together, every other block alone."""
    rows: list[Block] = []
    for block in blocks:
        if rows and (block.kind is not BlockKind.ROW or block.head):
            yield rows
            rows = []
        if block.kind is BlockKind.ROW:
            rows.append(block)
        else:
            yield [block]
    if rows:
        yield rows


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    lists: list[str] = []
    starts: list[int] = []
    quotes = heading = 0
    fresh_item = False
    box = ""
    is_option = False
    cells: list[tuple[TextRun, ...]] | None = None
    aligns: list[str] = []
    head = False
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                lists.append(token.type)
                starts.append(int(token.attrGet("start") or 1) if "ordered" in token.type else 0)
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
                starts.pop()
            case "list_item_open":
                fresh_item = True
                box = _BOXES.get(str(token.attrGet("class")), "")
                is_option = token.attrGet("class") == "option"
            case "blockquote_open":
                quotes += 1
            case "blockquote_close":
                quotes -= 1
            case "heading_open":
                heading = int(token.tag[1])
            case "heading_close":
                heading = 0
            case "thead_open" | "thead_close":
                head = token.type == "thead_open"
            case "tr_open":
                cells, aligns = [], []
            case "th_open" | "td_open":
                aligns.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
            case "tr_close":
                yield Block(
                    BlockKind.ROW, cells=tuple(cells or ()), aligns=tuple(aligns), head=head
                )
                cells = None
            case "hr":
                yield Block(BlockKind.RULE)
            case "fence" | "code_block":
                language = (token.info.split() or [""])[0]
                code = clean_for_xml(token.content.rstrip("\n"))
                stretches = tuple(
                    TextRun(words, code=True, colour=COLOURS[name][0][1:] if name else "")
                    for name, words in coloured(code, language)
                )
                yield Block(BlockKind.CODE, stretches, depth=len(lists))
            case "inline":
                runs = tuple(_runs(token.children or []))
                if cells is not None:
                    cells.append(runs)
                    continue
                if heading:
                    shape = Block(BlockKind.HEADING, depth=heading)
                elif lists and fresh_item:
                    if is_option and (letter := OPTION.match(token.content)):
                        box, runs = f"{letter[1]})", _without_letter(runs)
                    kind = BlockKind.BULLET if "bullet" in lists[-1] else BlockKind.NUMBER
                    shape = Block(kind, depth=len(lists) - 1, start=starts[-1], box=box)
                    starts[-1] = 0
                    fresh_item = False
                elif quotes:
                    shape = Block(BlockKind.QUOTE)
                else:
                    shape = Block(BlockKind.PARAGRAPH, depth=len(lists))
                yield from _apart(shape, runs, depth=len(lists))
            case _:
                pass


def _without_letter(runs: tuple[TextRun, ...]) -> tuple[TextRun, ...]:
    """Return an option without its leading letter, which may be bold."""
    text = "".join(run.text for run in runs)
    found = OPTION.match(text)
    left = found.end() if found else 0
    rest = []
    for run in runs:
        rest.append(replace(run, text=run.text[left:]))
        left = max(0, left - len(run.text))
    return tuple(run for run in rest if run.text)


def _apart(shape: Block, runs: tuple[TextRun, ...], *, depth: int) -> Iterator[Block]:
    """Yield a block, with its displayed formulas as separate blocks."""
    for is_formula, group in groupby(runs, key=lambda run: is_displayed(run.formula)):
        part = tuple(group)
        if is_formula:
            if shape.kind in (BlockKind.BULLET, BlockKind.NUMBER):
                yield replace(shape, runs=(TextRun(""),))
                shape = Block(BlockKind.PARAGRAPH, depth=depth)
            yield from (Block(BlockKind.FORMULA, (run,), depth=depth) for run in part)
        elif any(run.text.strip() for run in part):
            yield replace(shape, runs=part)
            if shape.kind in (BlockKind.BULLET, BlockKind.NUMBER):
                shape = Block(BlockKind.PARAGRAPH, depth=depth)


def _runs(tokens: list[Token]) -> Iterator[TextRun]:
    style = TextRun("")
    for token in tokens:
        match token.type:
            case "strong_open" | "strong_close":
                style = replace(style, bold=token.nesting > 0)
            case "em_open" | "em_close":
                style = replace(style, italic=token.nesting > 0)
            case "s_open" | "s_close":
                style = replace(style, strike=token.nesting > 0)
            case "link_open":
                style = replace(style, href=clean_for_xml(str(token.attrGet("href") or "")))
            case "link_close":
                style = replace(style, href="")
            case "softbreak":
                yield replace(style, text=" ")
            case "hardbreak":
                yield replace(style, text="\n")
            case "sub_open" | "sup_close":
                style = replace(style, rise=style.rise - 1)
            case "sup_open" | "sub_close":
                style = replace(style, rise=style.rise + 1)
            case "formula":
                yield _formula(token.content, style)
            case "code_inline":
                yield replace(style, text=clean_for_xml(token.content), code=True)
            case _:
                if token.content:
                    yield replace(style, text=clean_for_xml(token.content))


def _formula(source: str, style: TextRun) -> TextRun:
    read = mathml(source)
    if not read:
        return replace(style, text=clean_for_xml(source), code=True)
    return replace(style, text=spelled(read), formula=source)
