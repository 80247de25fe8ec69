"""Finds the ends of sentences, in any language: marks, closing quotes, abbreviations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from notegen_desktop.domain.text.patterns import lazy_pattern

_SPACED_ENDS = ".!?…"
_TIGHT_ENDS = "。！？｡؟۔।॥։"
"""Marks that end a sentence without a following space."""
_ENDS = _SPACED_ENDS + _TIGHT_ENDS
_CLOSERS = "\"'”’»)」』）】]"
CLOSERS = re.escape(_CLOSERS)
"""Closing quotes and brackets, for a character class."""
_END_MARKS = lazy_pattern(rf"(?<![{_ENDS}])(?P<mark>[{_ENDS}]+)[{CLOSERS}]*")
_SHORT_FORM = lazy_pattern(
    r"(?<![^\s(\"'“‘])(?:[A-Z]|[A-Za-z]\.[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|[Cc]f|No|Nr|Fig"
    r"|approx|Inc|Ltd|Co|Sen|Rep|Gen|Hon|bzw|usw|ca|Sra|Srta|Mme|Dra)\.$"
)
_SHORT_FORM_CHARS = 8
_BEFORE_NUMBER = lazy_pattern(
    r"(?<![^\W_])(?:[A-Z][a-z]{1,3}|pp?|chs?|sec|figs?|eq|vol|nos?|nr|art|vv?|lit|abb|kap|bd|ziff"
    r"|abs)\.$"
)
"""Abbreviations of a book, a figure, an article, followed by a number: `Rom. 8:28`."""
_DIGIT_FOLLOWS = lazy_pattern(r"[ \u00a0]\d")

EndMark = re.Match[str]


def sentence_ends(
    text: str,
    first: int = 0,
    last: int | None = None,
    *,
    within: Callable[[str, EndMark], bool] | None = None,
) -> Iterator[int]:
    """Yield the positions between `first` and `last` at which a sentence and its quotes end.

    `within` returns True if a sentence goes on after a full stop, by the caller's knowledge of the
    language; without it, abbreviations and initials are recognized. Words are one space apart.
    """
    within = within or _is_short_form
    last = len(text) if last is None else last
    for found in _END_MARKS.finditer(text, first, last):
        after = text[found.end() : min(found.end() + 2, last)]
        mark = found["mark"]
        if after and mark[-1] not in _TIGHT_ENDS:
            may_go_on = mark != found[0] or mark[-1] in ".…"  # a question quoted, a pause
            if not after[0].isspace() or (may_go_on and after[1:].islower()):
                continue
        if after[1:] in (",", ";", ")"):
            continue
        if mark[0] != "." or not within(text, found):
            yield found.end()


def split_sentences(text: str) -> list[str]:
    """Return `text` cut after each sentence, without losses. Words are expected to be one space
    apart."""
    pieces: list[str] = []
    begin = 0
    for end in (*sentence_ends(text), len(text)):
        if piece := text[begin:end].strip():
            pieces.append(piece)
        begin = end
    return pieces


def ends_sentence(text: str) -> bool:
    """Return True if a sentence ends at the end of `text`."""
    text = text.rstrip()
    found = _END_MARKS.search(text, max(0, len(text.rstrip(_ENDS + _CLOSERS)) - 1))
    return found is not None and not _is_short_form(text, found)


def _is_short_form(text: str, found: EndMark) -> bool:
    """Return True if the full stop belongs to an initial or an abbreviation such as `Mr.`."""
    if found["mark"] != ".":
        return False
    before = text[max(0, found.start() - _SHORT_FORM_CHARS) : found.start() + 1]
    if _DIGIT_FOLLOWS.match(text, found.end()) and _BEFORE_NUMBER.search(before):
        return True
    return _SHORT_FORM.search(before) is not None
