"""Formulas in documents of Office: native equations (OMML), and words where there can be none.

OMML: ISO 29500-1, 22.1. MathML as `services/markup/formulas.py` makes it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from notegen_desktop.services.markup.formulas import MATHML

Node = ElementTree.Element

MATHS = "http://schemas.openxmlformats.org/officeDocument/2006/math"

_LARGE = frozenset("∑∏∐∫∬∭∮⋃⋂⋁⋀⨁⨂⨆")
_OPENING = dict(zip("([{|‖⌊⌈⟨", ")]}|‖⌋⌉⟩", strict=True))
_ACCENTS = dict(
    zip(
        "^~¯˙¨→˚ˇ˘´`",
        "\u0302\u0303\u0304\u0307\u0308\u20d7\u030a\u030c\u0306\u0301\u0300",
        strict=True,
    )
)
"""Signs above a letter, and the characters that combine with one."""

_BARS = frozenset("―_‾\u0332")
_BRACES = frozenset("⏞⏟")
_DRAWN = "".join(_BARS | _BRACES)
_STRUCK = {"hideTop": "1", "hideBot": "1", "hideLeft": "1", "hideRight": "1", "strikeBLTR": "1"}
_LIMITED = ("lim", "max", "min", "sup", "inf", "arg", "plim")
_ENDS = frozenset("=<>≤≥≈≡≠∼≃→⇒⟹⟺,;+−-±")
"""Signs at which what a sum is over comes to its end."""

_UPPER = str.maketrans(
    "0123456789+-−=()nijkabcdeghlmoprstuvwxyzT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱʲᵏᵃᵇᶜᵈᵉᵍʰˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ"
)
_LOWER = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")


def omml(mathml: str, *, run: str) -> str:
    """An `m:oMath` element; `run` is what each run says of its font, as XML."""
    return f"<m:oMath>{_Writer(run).row(_tree(mathml))}</m:oMath>"


def spelled(mathml: str) -> str:
    """A formula as one line of text: `a/b`, `x²`, `√x`."""
    return " ".join(_flat(_tree(mathml)).split())


def spelled_parts(mathml: str) -> list[tuple[str, int]]:
    """The same in stretches on the line (0), above (1) and below it (-1)."""
    parts = [(text, rise) for text, rise in _words(_tree(mathml)) if text]
    return [(parts[0][0].lstrip(), parts[0][1]), *parts[1:]] if parts else []


def _tree(mathml: str) -> Node:
    root = ElementTree.fromstring(mathml)
    for node in root.iter():
        node.tag = node.tag.removeprefix(MATHML)
    return root


# --- equations -----------------------------------------------------------------------------------


class _Writer:
    """Writes OMML."""

    def __init__(self, run: str) -> None:
        self._run = run

    def row(self, parent: Node) -> str:
        return self._nodes(list(parent))

    def _nodes(self, nodes: Sequence[Node]) -> str:
        written, at = [], 0
        while at < len(nodes):
            xml, taken = self._next(nodes[at:])
            written.append(xml)
            at += taken
        return "".join(written)

    def _next(self, nodes: Sequence[Node]) -> tuple[str, int]:
        """The first of the nodes, and how many of them that takes: a fence takes what it is around,
        a sum what it is over."""
        node = nodes[0]
        if node.tag in ("msub", "msup", "msubsup", "munder", "mover", "munderover"):
            base = _only(node[0])
            if base.tag == "mo" and (base.text or "") in _LARGE:
                ends = (n for n, each in enumerate(nodes[1:], 1) if _text(each) in _ENDS)
                end = next(ends, len(nodes))
                return self._sum(node, base.text or "", nodes[1:end]), end
            is_name = base.tag in ("mi", "mo") and (base.text or "").startswith(_LIMITED)
            if is_name and node.tag in ("msub", "munder"):
                name = _tag("limLow", self._in("e", node[0]), self._in("lim", node[1]))
                over = self._nodes(nodes[1:2])
                return _tag("func", _tag("fName", name), _tag("e", over)), 2
        if node.tag == "mo" and (node.get("stretchy") != "false" or node.text in ("|", "‖")):
            opens = node.text or ""
            if opens in _OPENING or (not opens and node.get("form") == "prefix"):
                close = _closing(nodes, opens)
                if close:
                    inner = self._nodes(nodes[1:close])
                    return self._fence(opens, inner, nodes[close].text or ""), close + 1
                if len(nodes) > 1 and nodes[1].tag == "mtable":
                    return self._fence(opens, self._node(nodes[1]), ""), 2
        return self._node(node), 1

    def _node(self, node: Node) -> str:
        match node.tag:
            case "mi" | "mn" | "mo" | "mtext":
                return self._text(node)
            case "mspace":
                return self._space(node)
            case "mfrac":
                parts = self._in("num", node[0]), self._in("den", node[1])
                no_bar = (node.get("linethickness") or "")[:1] == "0"
                return _tag("f", *parts, **({"type": "noBar"} if no_bar else {}))
            case "msqrt":
                return _tag("rad", "<m:deg/>", _tag("e", self.row(node)), degHide="1")
            case "mroot":
                return _tag("rad", self._in("deg", node[1]), self._in("e", node[0]))
            case "msub" | "msup" | "msubsup":
                return self._scripts(node)
            case "munder" | "mover" | "munderover":
                return self._limits(node)
            case "mtable":
                return self._matrix(node)
            case "menclose":
                struck = "strike" in node.get("notation", "")
                return _tag("borderBox", _tag("e", self.row(node)), **(_STRUCK if struck else {}))
            case "mphantom":
                return _tag("phant", _tag("e", self.row(node)), show="0")
            case _:
                return self.row(node)

    def _in(self, name: str, node: Node) -> str:
        return _tag(name, self._node(node))

    def _text(self, node: Node) -> str:
        text, variant = node.text or "", node.get("mathvariant", "")
        if node.tag == "mtext":
            kind = "<m:nor/>"
        elif variant == "bold":
            kind = '<m:sty m:val="b"/>'
        elif variant == "bold-italic":
            kind = '<m:sty m:val="bi"/>'
        else:
            upright = variant == "normal" or (len(text) > 1 and text[:1].isalpha())
            kind = '<m:sty m:val="p"/>' if upright else ""
        properties = f"<m:rPr>{kind}</m:rPr>" if kind else ""
        nested = "".join(child.text or "" for child in node)
        words = escape("∣" if text == "|" else text + nested)
        if not words:
            return ""
        return f'<m:r>{properties}{self._run}<m:t xml:space="preserve">{words}</m:t></m:r>'

    def _space(self, node: Node) -> str:
        try:
            width = float(node.get("width", "0").removesuffix("em"))
        except ValueError:
            width = 0.2
        space = "\u2003" * min(4, round(width)) if width >= 1 else "\u2009" if width > 0 else ""
        return f'<m:r>{self._run}<m:t xml:space="preserve">{space}</m:t></m:r>' if space else ""

    def _sum(self, node: Node, sign: str, over: Sequence[Node]) -> str:
        below = node.tag in ("msub", "msubsup", "munder", "munderover")
        above = node.tag in ("msup", "mover", "msubsup", "munderover")
        properties = {
            "chr": sign,
            "limLoc": "undOvr" if node.tag.startswith(("mu", "mo")) else "subSup",
            **({} if below else {"subHide": "1"}),
            **({} if above else {"supHide": "1"}),
        }
        return _tag(
            "nary",
            self._in("sub", node[1]) if below else "<m:sub/>",
            self._in("sup", node[-1]) if above else "<m:sup/>",
            _tag("e", self._nodes(over)),
            **properties,
        )

    def _fence(self, opens: str, inner: str, ends: str) -> str:
        return _tag("d", _tag("e", inner), begChr=opens, endChr=ends)

    def _scripts(self, node: Node) -> str:
        kind = {"msub": "sSub", "msup": "sSup", "msubsup": "sSubSup"}[node.tag]
        names = {"msub": ["sub"], "msup": ["sup"], "msubsup": ["sub", "sup"]}[node.tag]
        scripts = [self._in(name, each) for name, each in zip(names, node[1:], strict=True)]
        return _tag(kind, self._in("e", node[0]), *scripts)

    def _limits(self, node: Node) -> str:
        sign, inner = _text(node[-1]), self._in("e", node[0])
        place, other = ("bot", "top") if node.tag == "munder" else ("top", "bot")
        if node.tag != "munderover":
            if node.tag == "mover" and sign in _ACCENTS:
                return _tag("acc", inner, chr=_ACCENTS[sign])
            if sign in _BARS:
                return _tag("bar", inner, pos=place)
            if sign in _BRACES:
                return _tag("groupChr", inner, chr=sign, pos=place, vertJc=other)
        if node.tag != "mover":
            inner = _tag("limLow", inner, self._in("lim", node[1]))
        if node.tag == "munderover":
            inner = _tag("e", inner)
        return inner if node.tag == "munder" else _tag("limUpp", inner, self._in("lim", node[-1]))

    def _matrix(self, table: Node) -> str:
        width = max((len(row) for row in table), default=0)
        first = list(table[0]) if len(table) else []
        aligns = [cell.get("columnalign", "center") for cell in first]
        aligns += ["center"] * (width - len(aligns))
        columns = [
            _tag("mc", _tag("mcPr", '<m:count m:val="1"/>', f'<m:mcJc m:val="{align}"/>'))
            for align in aligns
        ]
        rows = [
            _tag("mr", *(_tag("e", self.row(cell)) for cell in row), "<m:e/>" * (width - len(row)))
            for row in table
        ]
        return _tag("m", _tag("mPr", _tag("mcs", *columns)), *rows)


def _tag(name: str, *inner: str, **properties: str) -> str:
    """An element with its properties, in the order that the schema has, and what is in it."""
    listed = "".join(f"<m:{key} m:val={quoteattr(value)}/>" for key, value in properties.items())
    before = f"<m:{name}Pr>{listed}</m:{name}Pr>" if listed else ""
    return f"<m:{name}>{before}{''.join(inner)}</m:{name}>"


def _only(node: Node) -> Node:
    """A node without rows around it that hold nothing else."""
    while node.tag in ("mrow", "mstyle") and len(node) == 1:
        node = node[0]
    return node


def _text(node: Node) -> str:
    node = _only(node)
    return node.text or "" if not len(node) else ""


def _closing(nodes: Sequence[Node], opens: str) -> int:
    """Where a fence that the first node opens is closed, 0 for nowhere."""
    depth = 0
    for at, node in enumerate(nodes[1:], 1):
        if node.tag != "mo" or (node.get("stretchy") == "false" and node.text != opens):
            continue
        if node.get("form") == "postfix" or (opens and node.text == _OPENING[opens]):
            if not depth:
                return at
            depth -= 1
        elif node.text == opens or node.get("form") == "prefix":
            depth += 1
    return 0


# --- words ---------------------------------------------------------------------------------------

_SPACED = frozenset("=<>≤≥≈≡≠∼≃→←↦⇒⇔⟹⟺∈∉⊂⊆∪∩+−-±×÷∧∨∣≪≫∝≔≜")
_BEFORE_SIGN = _SPACED | frozenset("([{,")


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
        case "mover" if _text(node[1]) in _ACCENTS:
            yield unicodedata.normalize("NFC", _flat(node[0]).strip() + _ACCENTS[_text(node[1])]), 0
        case "msub" | "munder" | "msup" | "mover" | "msubsup" | "munderover":
            rises = (-1, 1) if len(node) > 2 else (1,) if node.tag in ("msup", "mover") else (-1,)
            base = _only(node[0])
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
            # A sign stands apart from what is on both sides of it, but not from the one it is of.
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
