"""Tables and code wider than the text column extend into the margins of the page."""

from __future__ import annotations

import re
from html import unescape

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QTextBlock, QTextTable

EDGE_PX = 28
"""Minimum margin in pixels between a wide table and the edge of the page."""

CODE_CHARS = 60
"""Characters up to which a line of code always fits the column."""

ROUNDING_PX = 2

_LEFTWARDS = Qt.LayoutDirection.RightToLeft
_PRE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ITEM = re.compile(r"<(/?)li\b")


def with_wide_code(html: str) -> str:
    """Put code blocks with long lines into tables of one cell.

    A `QTextDocument` can make a table wider than its column, but not a paragraph.
    """

    def put(found: re.Match[str]) -> str:
        lines = unescape(_TAG.sub("", found[0])).split("\n")
        listed = _ITEM.findall(html, 0, found.start())
        is_listed = sum(-1 if closes else 1 for closes in listed) > 0
        if not is_listed and max(map(len, lines)) <= CODE_CHARS:
            return found[0]
        follows = " aftercode" if html.endswith("</pre>\n", 0, found.start()) else ""
        return (
            f'<table class="code{follows}" width="100%" border="0" cellspacing="0" cellpadding="0">'
            f"<tr><td>{found[0]}</td></tr></table>"
        )

    return _PRE.sub(put, html) if "<pre" in html else html


def natural_width(table: QTextTable) -> float:
    """Return the width in pixels at which no line of a table wraps."""
    format = table.format()
    around = 2 * format.cellPadding() + format.border()
    columns = [0.0] * table.columns()
    block = table.document().findBlock(table.firstPosition())
    while block.isValid() and block.position() <= table.lastPosition():
        column = table.cellAt(block.position()).column()
        margins = block.blockFormat().leftMargin() + block.blockFormat().rightMargin()
        columns[column] = max(columns[column], margins + _line_width(block))
        block = block.next()
    return sum(columns) + around * len(columns) + format.border() + ROUNDING_PX


def _line_width(block: QTextBlock) -> float:
    width = 0.0
    each = block.begin()
    while not each.atEnd():
        fragment = each.fragment()
        width += QFontMetricsF(fragment.charFormat().font()).horizontalAdvance(fragment.text())
        each += 1
    return width


def widen(table: QTextTable, natural: float, *, left: float, right: float, page: float) -> None:
    """Extend a table into the margins, `left` and `right` pixels of a `page`, as far as needed.

    It first extends at the end of lines, so that it still begins where the text does.
    """
    wanted = max(0.0, natural - (page - left - right))
    leftwards = table.document().defaultTextOption().textDirection() == _LEFTWARDS
    before, after = (right, left) if leftwards else (left, right)
    beyond = min(wanted, max(0.0, after - EDGE_PX))
    ahead = min(wanted - beyond, max(0.0, before - EDGE_PX))
    out_left, out_right = (beyond, ahead) if leftwards else (ahead, beyond)
    format = table.format()
    if (format.leftMargin(), format.rightMargin()) != (-out_left, -out_right):
        format.setLeftMargin(-out_left)
        format.setRightMargin(-out_right)
        table.setFormat(format)
