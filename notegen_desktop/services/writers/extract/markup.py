"""Renders quotes as Markdown: escaped, as lists or passages, with their labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from notegen_desktop.domain.notes.citations import without_references

from .sentences import Sentence

_SPECIAL = re.compile(r"[\\`*\[<>|~]|(?<![\w_])_(?!__)|(?<!_)_(?![\w_])|&(?=#?\w+;)|https?(?=://)")
_LINE_START = re.compile(r"^(\s*)([#+\-=>]|\d{1,9}(?=[.)](?:\s|$)))")


def escaped(text: str) -> str:
    r"""Return a text escaped for Markdown. A closing bracket is not escaped: between `\[` and `\]`
    would be a formula."""
    shown = _SPECIAL.sub(lambda m: m[0] if m[0].startswith("http") else "\\" + m[0], text)
    if "]" in shown and without_references(shown) != shown:  # “[12]” was said, and is no label
        shown = shown.replace("]", "&#93;")
    start = _LINE_START.match(shown)
    if start is None:
        return shown
    if start[2].isdigit():
        return f"{start[1]}{start[2]}\\{shown[start.end() :]}"
    return f"{start[1]}\\{shown[start.end(1) :]}"


def labelled(text: str, sentence: Sentence) -> str:
    """Return the text of one sentence, with the labels of its segments."""
    return f"{text} {''.join(f'[{label}]' for label in sentence.labels)}"


def quote(sentences: Sequence[Sentence]) -> str:
    """Return consecutive sentences, each with its labels; the first without its connectives."""
    said = [escaped(s.text if number else s.opened) for number, s in enumerate(sentences)]
    return " ".join(labelled(text, s) for text, s in zip(said, sentences, strict=True))


def bullets(units: Iterable[Sequence[Sentence]], *, mark: str = "-") -> str:
    """Return quotes as a list. `mark` is the bullet of each item."""
    return "\n".join(f"{mark} {quote(unit)}" for unit in units)


def passages(units: Iterable[Sequence[Sentence]]) -> str:
    """Return quotes as paragraphs, one for each run of consecutive sentences."""
    runs: list[list[Sentence]] = []
    for unit in units:
        if runs and runs[-1][-1].index == unit[0].index - 1:
            runs[-1] += unit
        else:
            runs.append([*unit])
    return "\n\n".join(quote(run) for run in runs)


def remark(text: str) -> str:
    """Return a line of the engine's own, in italics to distinguish it from quotes."""
    return f"*{text}*"
