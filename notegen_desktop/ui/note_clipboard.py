"""What leaves a note by the clipboard: plain text, HTML and Markdown, with links into the video."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QTextCursor

from notegen_desktop.domain.notes import Draft, Level

from .rendering import CITE_SCHEME, MORE_SCHEME

_MARKDOWN = re.compile(rf"\(({CITE_SCHEME}:\d+/\d+)\)")
_HTML = re.compile(rf'href="({CITE_SCHEME}:\d+/\d+)"')
_OWN = re.compile(rf'href="(?:{CITE_SCHEME}|{MORE_SCHEME}):[^"]*"')
_INVISIBLE = re.compile(r"color:(?:transparent|#00000000|rgba\(0,\s*0,\s*0,\s*0[^)]*\));?")

_TIME = re.compile(r"\[ *([\d:]+)( *\??) *\]\(")
_BETWEEN_TIMES = re.compile(r"\) +\[(?=[\d:]+\??\]\()")
_MORE = re.compile(rf"\s*\[[^\]]*\]\({MORE_SCHEME}:\d+\)")
_BOLD_LINE = re.compile(r"\A\*\*(.+)\*\*$", re.MULTILINE)
_BEGINS = re.compile(r"(?:[-*+] |\d+[.)] |#|>|\||```)")
_ENDS = re.compile(r"(?:#|\||```)")
_OPENS = re.compile(r"(?:^|[\s(“])\*{1,3}$")

Address = Callable[[str], str]
"""From `cite:SECTION/NUMBER` to the address of the video at that time, "" if there is none."""


def selection_markdown(cursor: QTextCursor, address: Address) -> str:
    """The selected text as Markdown, a paragraph a line."""
    text = unwrapped(cursor.selection().toMarkdown().replace("\u202f", " "))
    first = cursor.document().findBlock(cursor.selectionStart()).blockFormat().headingLevel()
    if first:
        # The first block of a fragment has lost its format.
        text = _BOLD_LINE.sub(lambda m: f"{'#' * first} {m[1]}", text, count=1)
    text = _MORE.sub("", text.replace("\u00a0", " "))
    text = _TIME.sub(lambda m: f"[{m[1]}{m[2].strip()}](", text)
    text = _BETWEEN_TIMES.sub(") · [", text)
    text = _MARKDOWN.sub(lambda m: f"({address(m[1])})", text)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n"


def unwrapped(markdown: str) -> str:
    """Qt's Markdown without its line breaks at 80 columns, which fall even inside of `*words*`."""
    lines: list[str] = []
    in_code = False
    for line in markdown.split("\n"):
        fence = line.lstrip().startswith("```")
        before = lines[-1] if lines else ""
        joins = before.strip() and line.strip() and not (in_code or fence)
        rest = line.strip()
        if before.startswith("> ") and line.startswith("> "):
            rest = line[2:].strip()
        if joins and not _BEGINS.match(rest) and not _ENDS.match(before):
            glue = "" if _OPENS.search(before) else " "
            lines[-1] = f"{before.rstrip()}{glue}{rest}"
        else:
            lines.append(line)
        in_code ^= fence
    return "\n".join(lines)


def selection_data(cursor: QTextCursor, address: Address) -> QMimeData:
    """The selected text in the forms other programs take."""
    data = QMimeData()
    data.setText(cursor.selection().toPlainText().replace("\u00a0", " "))
    html = _HTML.sub(
        lambda m: f'href="{address(m[1]).replace("&", "&amp;")}"', cursor.selection().toHtml()
    )
    data.setHtml(_INVISIBLE.sub("", _OWN.sub('href="#"', html)))
    data.setData("text/markdown", selection_markdown(cursor, address).encode("utf-8", "replace"))
    return data


def draft_markdown(draft: Draft, level: Level) -> str:
    """What there is of a note in the making."""
    parts = [f"# {draft.title}"] if draft.title else []
    for section in draft.sections:
        parts += [f"## {section.heading}", section.shown_at(level).strip()]
    return "\n\n".join(part for part in parts if part) + "\n"
