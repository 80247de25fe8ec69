"""Clipboard data of a note: plain text, HTML and Markdown, with links into the video.

Markdown is generated from the document, HTML from the Markdown: so pasted text has headings, lists
and code, but no colours and fonts of the window.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

from PySide6.QtCore import QMimeData
from PySide6.QtGui import (
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextList,
    QTextListFormat,
    QTextTable,
)

from notegen_desktop.ui.kit.outside import mime_data

from .formula_objects import source_of
from .note_document import BOX, CODE, ITEM, QUOTE, blocks, formulas, fragments
from .pictures import name_of
from .rendering import CITE_SCHEME, MORE_SCHEME, OWN_SCHEME, QUOTE_INDENT, SHOWN_SCHEME

Address = Callable[[str], str]
"""Function from `cite:SECTION/NUMBER` to the URL of the video at that time, "" for none."""

_RAISED = {
    QTextCharFormat.VerticalAlignment.AlignSubScript: "sub",
    QTextCharFormat.VerticalAlignment.AlignSuperScript: "sup",
}
_PILL_SPACE = re.compile(" *\u00a0[ \u00a0]*")
_NUMBERED = QTextListFormat.Style.ListDecimal


@dataclass(frozen=True, slots=True)
class _Span:
    """Text of a line in one style. `href` is its link or ""; `raised` is "sub", "sup" or ""."""

    text: str
    href: str
    code: bool
    bold: bool
    italic: bool
    strike: bool
    formula: bool = False
    raised: str = ""


def selection_markdown(cursor: QTextCursor, address: Address) -> str:
    """Return the selected text as Markdown, one line per paragraph."""
    from notegen_desktop.services.markup.safe_markdown import safe_markdown

    return safe_markdown(_Writer(cursor, address).markdown())


def selection_data(cursor: QTextCursor, markdown: str, *, language: str) -> QMimeData:
    """Return the selected text as mime data: plain text, HTML and `markdown`.

    `language` is a BCP 47 tag or "".
    """
    from notegen_desktop.services.markup.html import to_html

    data = mime_data()
    lines = re.sub("[\u2028\u2029\ufdd0\ufdd1]+", "\n", cursor.selectedText())
    words = _PILL_SPACE.sub(" ", re.sub("(?m)^\u00a0+|\u00a0+$", "", lines))
    sources = formulas(cursor.document(), cursor.selectionStart(), cursor.selectionEnd())
    data.setText(re.sub("\ufffc", lambda _: next(sources, ""), words))
    tag = f' lang="{escape(language)}"' if language else ""
    data.setHtml(f'<meta charset="utf-8"><div dir="auto"{tag}>{to_html(markdown)}</div>')
    data.setData("text/markdown", markdown.encode("utf-8", "replace"))
    return data


class _Writer:
    """Converts the text blocks of a selection to Markdown."""

    def __init__(self, cursor: QTextCursor, address: Address) -> None:
        self._document = cursor.document()
        self._start, self._end = cursor.selectionStart(), cursor.selectionEnd()
        self._address = address
        # `indentWidth` is one and a half times the text size.
        self._quote_px = self._document.indentWidth() / 1.5 * QUOTE_INDENT
        self._lines: list[str] = []
        self._before = ""
        self._quoted = 0
        self._fences = 0

    def markdown(self) -> str:
        blocks = list(self._blocks())
        for key, group in groupby(blocks, key=self._kind):
            if isinstance(key, QTextTable):
                self._put("", self._table(key, list(group)), kind="table")
            elif isinstance(key, int):
                self._code(list(group), alone=len(blocks) == 1)
            else:
                for block in group:
                    self._block(block)
        return "\n".join(self._lines).strip("\n") + "\n"

    def _blocks(self) -> Iterator[QTextBlock]:
        for block in blocks(self._document.findBlock(self._start)):
            if block.position() > self._end:
                return
            if block.position() < self._end or self._start == self._end:
                yield block

    def _kind(self, block: QTextBlock) -> object:
        """Return a key that groups blocks of the same table or code block."""
        table: QTextTable | None = QTextCursor(block).currentTable()
        if block.userState() != CODE:
            return "block" if table is None else table
        self._fences += block.blockFormat().topMargin() > 0
        return self._fences

    def _put(self, prefix: str, lines: list[str], *, kind: str) -> None:
        """Append lines after an empty line, except between list items; quotations continue."""
        if self._lines and not (kind == self._before == "item"):
            quotes = min(prefix.count(">"), self._quoted)
            self._lines.append(("> " * quotes).rstrip())
        self._quoted = prefix.count(">")
        self._lines += [f"{prefix}{line}".rstrip() for line in lines]
        self._before = kind

    def _block(self, block: QTextBlock) -> None:
        spans = list(self._spans(block))
        if block.blockFormat().hasProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth):
            self._put("", ["---"], kind="rule")
            return
        level = block.blockFormat().headingLevel()
        if not level and not block.userState() and block.blockFormat().topMargin() > 0:
            level = 3  # only headings within a section have a top margin
        text = self._inline(spans, bold=not level)
        if not text:
            return
        quotes = "> " * self._quotes(block)
        items: QTextList | None = block.textList()
        if level:
            self._put("", [f"{'#' * level} {text}"], kind="heading")
        elif items is not None:
            style = items.format()
            indent = "    " * max(0, style.indent() - 1)
            number = style.start() + items.itemNumber(block)
            marker = f"{number}. " if style.style() is _NUMBERED else "- "
            if block.blockFormat().hasProperty(BOX):
                marker += "[x] " if block.blockFormat().boolProperty(BOX) else "[ ] "
            self._put(f"{quotes}{indent}", [marker + text], kind="item")
        elif block.blockFormat().indent():
            self._put(f"{quotes}{'    ' * block.blockFormat().indent()}", [text], kind="inside")
        else:
            self._put(quotes, text.split("\n"), kind="words")

    def _quotes(self, block: QTextBlock) -> int:
        if block.userState() not in (QUOTE, ITEM):
            return 0
        format = block.blockFormat()
        return round(min(format.leftMargin(), format.rightMargin()) / self._quote_px)

    def _code(self, blocks: list[QTextBlock], *, alone: bool) -> None:
        """Append a fenced code block, or inline code for a part of one line."""
        lines = [self._selected(block) for block in blocks]
        if alone and lines[0] != blocks[0].text():
            self._put("", [_ticked(lines[0])], kind="words")
            return
        ticks = "`" * max(3, 1 + max(map(len, re.findall("`+", "\n".join(lines))), default=0))
        self._put("", [ticks, *lines, ticks], kind="code")

    def _selected(self, block: QTextBlock) -> str:
        return block.text()[max(0, self._start - block.position()) : self._end - block.position()]

    def _table(self, table: QTextTable, blocks: list[QTextBlock]) -> list[str]:
        """Return the table rows that the selection touches as Markdown."""
        cells: dict[int, dict[int, str]] = {}
        for block in blocks:
            cell = table.cellAt(block.position())
            words = self._inline(list(self._spans(block)), bold=cell.row() > 0)
            row = cells.setdefault(cell.row(), {})
            parts = (row.get(cell.column(), ""), words.replace("|", "\\|").replace("\n", " "))
            row[cell.column()] = " ".join(filter(None, parts))
        rows = [
            f"| {' | '.join(row.get(n, '') for n in range(table.columns()))} |"
            for row in cells.values()
        ]
        return [rows[0], "|" + " --- |" * table.columns(), *rows[1:]]

    def _spans(self, block: QTextBlock) -> Iterator[_Span]:
        for fragment in fragments(block):
            at = fragment.position()
            if source := source_of(fragment.charFormat()):
                end = min(self._end, at + fragment.length())
                for _ in range(max(self._start, at), end):
                    yield replace(_span(source, fragment.charFormat()), formula=True)
                continue
            if name_of(fragment.charFormat()):  # a picture; the time below it is written
                continue
            text = fragment.text()[max(0, self._start - at) : max(0, self._end - at)]
            text = _PILL_SPACE.sub(" ", text).replace("\u202f", " ").replace("\u2028", "\n")
            if text:
                yield _span(text, fragment.charFormat())

    def _inline(self, spans: list[_Span], *, bold: bool) -> str:
        """Return a line's text with Markdown marks; `bold` marks bold text too."""
        parts = []
        for link, group in groupby(spans, key=lambda span: span.href):
            text = _marked(group, bold=bold)
            if not link or not text.strip():
                parts.append(text)
            elif not link.startswith((f"{MORE_SCHEME}:", f"{OWN_SCHEME}:")):
                words = text.strip()
                before, _, after = text.partition(words)
                target = link
                if link.startswith((f"{CITE_SCHEME}:", f"{SHOWN_SCHEME}:")):
                    # A cite has spaces around it already.
                    before, after, target = "", "", self._address(link)
                parts.append(f"{before}[{words}]({_target(target)}){after}" if target else words)
        return "".join(parts).strip()


def _span(text: str, format: QTextCharFormat) -> _Span:
    families = format.fontFamilies() or []
    return _Span(
        text,
        href=format.anchorHref(),
        code="monospace" in families,
        bold=format.fontWeight() >= 600,
        italic=format.fontItalic(),
        strike=format.fontStrikeOut(),
        raised=_RAISED.get(format.verticalAlignment(), ""),
    )


def _marked(spans: Iterable[_Span], *, bold: bool) -> str:
    """Return spans with Markdown marks, which exclude leading and trailing spaces."""
    parts = []
    for styled, group in groupby(
        spans, key=lambda span: (span.strike, span.italic, span.bold and bold)
    ):
        text = "".join(_written(run) for run in group)
        words = text.strip(" ")
        if words and any(styled):
            marks = [mark for mark, wanted in zip(("~~", "*", "**"), styled, strict=True) if wanted]
            before, _, after = text.partition(words)
            text = f"{before}{''.join(marks)}{words}{''.join(reversed(marks))}{after}"
        parts.append(text)
    return "".join(parts)


def _written(run: _Span) -> str:
    if run.formula:
        return run.text
    if run.raised:
        return f"<{run.raised}>{_escaped(run.text)}</{run.raised}>"
    return _ticked(run.text) if run.code else _escaped(run.text)


def _ticked(text: str) -> str:
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if "`" in (text[:1], text[-1:]) else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _escaped(text: str) -> str:
    from notegen_desktop.services.markup.safe_markdown import escaped

    return escaped(text).replace("\n", "\\\n")


def _target(href: str) -> str:
    return f"<{href}>" if re.search(r"[()\s]", href) else href
