"""Colours in the Markdown of a note: headings, stress, code, links, and times as pills."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.editing import is_beyond
from notegen_desktop.ui.kit.colours import Palette

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?=\s|$)")
_RULES = (
    ("mark", re.compile(r"^\s*(?:>\s?)*(?:[-*+]|\d{1,3}[.)])(?=\s)|^\s*>+")),
    ("bold", re.compile(r"(\*\*|__)(?=\S)(?:(?!\1).)+(?<=\S)\1")),
    ("italic", re.compile(r"(?<![*\w])\*(?=[^\s*])[^*\n]+(?<=[^\s*])\*(?!\*)")),
    ("italic", re.compile(r"(?<!\w)_[^_\n]+_(?!\w)")),
    ("link", re.compile(r"\[[^\]\n]+\]\([^)\s]+\)|\bhttps?://\S+")),
    ("time", re.compile(r"\[(?:\d{1,3}[ \u00a0]?·[ \u00a0]?)?[\d:]{1,6}:\d\d\??\](?![:(])")),
    ("code", re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")),
    ("code", re.compile(r"\$\$.+?\$\$|(?<![\\$\w])\$(?=\S)[^$\n]+(?<=\S)\$")),
)
"""Later ones win: what is in code is nothing else."""


class MarkdownHighlighter(QSyntaxHighlighter):
    """Colours a document line by line; a line in a fence is code to the end of the fence."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self._videos: Mapping[int, Video] = {}

    def set_videos(self, videos: Mapping[int, Video]) -> None:
        """Those that times are of, by number: a time beyond the end stands out."""
        self._videos = videos

    def set_colours(self, colours: Palette) -> None:
        def made(colour: str = "", ground: str = "", weight: int = 0) -> QTextCharFormat:
            format = QTextCharFormat()
            if colour:
                format.setForeground(QColor(colour))
            if ground:
                format.setBackground(QColor(ground))
            if weight:
                format.setFontWeight(weight)
            return format

        italic = made()
        italic.setFontItalic(True)
        self._formats = {
            "heading": made(weight=QFont.Weight.DemiBold),
            "signs": made(colours.muted),
            "mark": made(colours.muted),
            "bold": made(weight=QFont.Weight.DemiBold),
            "italic": italic,
            "link": made(colours.accent_ink),
            "time": made(colours.accent_ink, colours.accent_soft, QFont.Weight.Medium),
            "beyond": made(colours.warning, colours.warning_soft, QFont.Weight.Medium),
            "code": made(ground=colours.sunken),
        }
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if not self._formats:
            return
        fence = _FENCE.match(text)
        inside = max(0, self.previousBlockState())
        if inside or fence:
            self.setFormat(0, len(text), self._formats["code"])
            is_end = fence and inside and not text.strip().strip(text.strip()[0])
            self.setCurrentBlockState(0 if is_end else 1)
            return
        self.setCurrentBlockState(0)
        if heading := _HEADING.match(text):
            self.setFormat(0, len(text), self._formats["heading"])
            self.setFormat(heading.start(), heading.end(), self._formats["signs"])
        for name, pattern in _RULES:
            for found in pattern.finditer(text):
                beyond = name == "time" and is_beyond(found[0], self._videos)
                format = QTextCharFormat(self._formats["beyond" if beyond else name])
                if heading:
                    format.setFontWeight(QFont.Weight.DemiBold)
                self.setFormat(found.start(), len(found[0]), format)
