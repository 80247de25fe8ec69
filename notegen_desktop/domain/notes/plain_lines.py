"""A line of a note's Markdown as plain words, for a heading, a card or a map."""

from __future__ import annotations

import re

from .statements import outside, protected, without_markers

_MARKUP = re.compile(r"\*\*|``?|\\(?=[*_`#\[\]()~>.!-])")


def plain_line(markdown: str) -> str:
    """A line as a heading is written: without emphasis and markers; formulas stay."""
    words = without_markers(markdown)
    spans = protected(words)
    formulas = [span for span in spans if words[span[0]] in "$\\"]
    pieces, done = [], 0
    for found in _MARKUP.finditer(words):
        if outside(formulas, found.start()):
            pieces.append(words[done : found.start()])
            done = found.end()
    return " ".join("".join((*pieces, words[done:])).split())
