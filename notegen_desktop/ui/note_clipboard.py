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

Address = Callable[[str], str]
"""From `cite:SECTION/NUMBER` to the address of the video at that time, "" if there is none."""


def selection_markdown(cursor: QTextCursor, address: Address) -> str:
    """The selected text as Markdown."""
    text = cursor.selection().toMarkdown().replace("\u00a0", " ")
    return _MARKDOWN.sub(lambda m: f"({address(m[1])})", text).strip() + "\n"


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
        parts += [f"## {section.heading}", section.at(level).strip()]
    return "\n\n".join(part for part in parts if part) + "\n"
