"""Converts formulas to plain text, where no formula is possible: a line, a name, a slide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from .formulas import MATHML

Node = ElementTree.Element

ACCENTS = dict(
    zip(
        "^~¯˙¨→˚ˇ˘´`",
        "\u0302\u0303\u0304\u0307\u0308\u20d7\u030a\u030c\u0306\u0301\u0300",
        strict=True,
    )
)
"""Accents above a letter, and the corresponding combining characters."""

BARS = frozenset("―_‾\u0332")
BRACES = frozenset("⏞⏟")
_DRAWN = "".join(BARS | BRACES)
_UPPER = str.maketrans(
    "0123456789+-−=()nijkabcdeghlmoprstuvwxyzT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱʲᵏᵃᵇᶜᵈᵉᵍʰˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ"
)
_LOWER = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")


_SPACED = frozenset("=<>≤≥≈≡≠∼≃→←↦⇒⇔⟹⟺∈∉⊂⊆∪∩+−-±×÷∧∨∣≪≫∝≔≜")
_BEFORE_SIGN = _SPACED | frozenset("([{,")


def spelled(mathml: str) -> str:
    """Return a formula as one line of text: `a/b`, `x²`, `√x`."""
    return " ".join(_flat(tree(mathml)).split())


def spelled_parts(mathml: str) -> list[tuple[str, int]]:
    """Return a formula as text in parts: on the line (0), superscript (1) and subscript (-1)."""
    parts = [(text, rise) for text, rise in _words(tree(mathml)) if text]
    return [(parts[0][0].lstrip(), parts[0][1]), *parts[1:]] if parts else []


def tree(mathml: str) -> Node:
    """Return MathML without its namespace."""
    root = ElementTree.fromstring(mathml)
    for node in root.iter():
        node.tag = node.tag.removeprefix(MATHML)
    return root


def only(node: Node) -> Node:
    """Return a node without enclosing rows that contain nothing else."""
    while node.tag in ("mrow", "mstyle") and len(node) == 1:
        node = node[0]
    return node


def text_of(node: Node) -> str:
    """Return the text of a node without children."""
    node = only(node)
    return node.text or "" if not len(node) else ""


def _words(node: Node) -> Iterator[tuple[str, int]]:
    match node.tag:
        case "mi" | "mn" | "mtext" | "mo":
            text = (node.text or "") + "".join(child.text or "" for child in node)
            is_name = node.tag in ("mi", "mo") and len(text) > 1 and text.isalpha()
            wide = is_name or (node.tag == "mo" and text in _SPACED)
            yield (f" {text} " if wide else f"{text} " if text == "," else text), 0
        case "mspace":
            yield " ", 0
        case "mfrac" if (node.get("linethickness") or "")[:1] == "0":
            yield f"{_flat(node[0])}; {_flat(node[1])}", 0
        case "mfrac":
            yield f"{_grouped(_flat(node[0]))}/{_grouped(_flat(node[1]))}", 0
        case "msqrt":
            yield f"√{_grouped(_line(_in_row(node)))}", 0
        case "mroot":
            yield from ((_flat(node[1]), 1), (f"√{_grouped(_flat(node[0]))}", 0))
        case "mover" if text_of(node[1]) in ACCENTS:
            yield (
                unicodedata.normalize("NFC", _flat(node[0]).strip() + ACCENTS[text_of(node[1])]),
                0,
            )
        case "msub" | "munder" | "msup" | "mover" | "msubsup" | "munderover":
            rises = (-1, 1) if len(node) > 2 else (1,) if node.tag in ("msup", "mover") else (-1,)
            base = only(node[0])
            is_name = base.tag in ("mi", "mo") and len(base.text or "") > 1
            yield from (
                (text.rstrip(), rise) if is_name else (text, rise) for text, rise in _words(node[0])
            )
            for rise, script in zip(rises, node[1:], strict=True):
                text = _flat(script).replace(" ", "").strip(_DRAWN)
                yield text, rise if text.strip("′″‴") else 0
            if is_name:
                yield " ", 0
        case "mtable":
            between = " " if node.get("columnspacing", "").startswith("0em") else ", "
            rows = [[_flat(cell).strip() for cell in row] for row in node]
            yield "; ".join(between.join(filter(None, row)) for row in rows), 0
        case "mphantom":
            return
        case _:
            yield from _in_row(node)


def _in_row(node: Node) -> Iterator[tuple[str, int]]:
    before = ""
    for child in node:
        for text, rise in _words(child):
            # An operator between two operands has spaces on both sides; the sign of a single
            # operand has none.
            alone = not before.strip() or before.rstrip()[-1] in _BEFORE_SIGN
            yield (text.strip() if alone and text.strip() in _SPACED else text), rise
            before = text


def _flat(node: Node) -> str:
    return _line(_words(node))


def _line(words: Iterable[tuple[str, int]]) -> str:
    return "".join(
        text
        if not rise
        else text.translate(_UPPER if rise > 0 else _LOWER)
        if _can_rise(text, rise)
        else f"{'^' if rise > 0 else '_'}{text if len(text) == 1 else f'({text})'}"
        for text, rise in words
    )


def _can_rise(text: str, rise: int) -> bool:
    table = _UPPER if rise > 0 else _LOWER
    return bool(rise) and bool(text) and all(ord(letter) in table for letter in text)


def _grouped(text: str) -> str:
    text = text.strip()
    plain = len(text) < 2 or text.isalnum() or (text[0] == "(" and text.find(")") == len(text) - 1)
    return text if plain else f"({text})"
