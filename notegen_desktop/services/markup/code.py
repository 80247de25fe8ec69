"""Syntax highlighting of code: token classes by Pygments, and their colours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Any

from notegen_desktop.services.machine.clock import Deadline

COLOURS = {
    "cmt": ("#6a6a72", "#9a9aa6"),
    "key": ("#8430a8", "#d3a1f0"),
    "str": ("#1d7a46", "#7fd6a2"),
    "num": ("#9a4a00", "#f0b072"),
    "def": ("#1a5fb4", "#8ab8f5"),
}
"""Token classes, each with its colour on a light and on a dark background (contrast above 4.5)."""

MAX_CHARS = 20_000
"""Maximum characters that are highlighted: 500 lines take Pygments 50 ms, and a document as long
for the spans."""

MAX_TOKENS = 8_000
"""Maximum tokens that are highlighted; 500 lines have some 6,000."""

LIMIT_S = 0.1
"""Seconds after which the rest of a code block stays plain."""

_CLASSES = (
    ("Token.Comment.Preproc", "key"),
    ("Token.Comment", "cmt"),
    ("Token.Keyword", "key"),
    ("Token.Operator.Word", "key"),
    ("Token.Name.Tag", "key"),
    ("Token.Literal.String", "str"),
    ("Token.Literal.Number", "num"),
    ("Token.Name.Function", "def"),
    ("Token.Name.Class", "def"),
    ("Token.Name.Decorator", "def"),
    ("Token.Name.Attribute", "def"),
    ("Token.Generic.Deleted", "num"),
    ("Token.Generic.Inserted", "str"),
)


def coloured(code: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield parts of `code`, each with its class, "" for none; all of it, in any `language`.

    A missing or unknown language is not guessed.
    """
    lexer = _lexer(language.casefold()) if len(code) <= MAX_CHARS else None
    if lexer is None:
        yield "", code
        return
    deadline, end, last, pending = Deadline(LIMIT_S), 0, "", ""
    for count, (at, kind, words) in enumerate(lexer.get_tokens_unprocessed(code)):
        if at != end or count > MAX_TOKENS or deadline.passed:
            break
        end += len(words)
        if (name := _class_of(kind)) != last and words.strip():
            if pending:
                yield last, pending
            last, pending = name, ""
        pending += words
    if pending:
        yield last, pending
    if end < len(code):
        yield "", code[end:]


def coloured_html(code: str, language: str, _attributes: str = "") -> str:
    return "".join(
        f'<span class="{name}">{escape(words, quote=False)}</span>'
        if name
        else escape(words, quote=False)
        for name, words in coloured(code, language)
    )


def style(*, dark: bool) -> str:
    """Return the CSS of the colours."""
    return "".join(f".{name} {{ color: {both[dark]}; }}\n" for name, both in COLOURS.items())


@lru_cache(maxsize=64)
def _lexer(language: str) -> Any:
    if not language or len(language) > 30:
        return None
    from pygments.lexers import get_lexer_by_name  # late: 20 ms, and 1 to 45 a language
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(maxsize=1024)
def _class_of(kind: Any) -> str:
    name = str(kind)
    return next((each for prefix, each in _CLASSES if name.startswith(prefix)), "")
