"""Converts MathML to native Office equations (OMML).

OMML: ISO 29500-1, 22.1. The MathML is that of `services/markup/formulas.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from notegen_desktop.services.markup.formula_words import (
    ACCENTS,
    BARS,
    BRACES,
    Node,
    only,
    text_of,
    tree,
)

MATHS = "http://schemas.openxmlformats.org/officeDocument/2006/math"

_LARGE = frozenset("∑∏∐∫∬∭∮⋃⋂⋁⋀⨁⨂⨆")
_OPENING = dict(zip("([{|‖⌊⌈⟨", ")]}|‖⌋⌉⟩", strict=True))
_STRUCK = {"hideTop": "1", "hideBot": "1", "hideLeft": "1", "hideRight": "1", "strikeBLTR": "1"}
_LIMITED = ("lim", "max", "min", "sup", "inf", "arg", "plim")
_ENDS = frozenset("=<>≤≥≈≡≠∼≃→⇒⟹⟺,;+−-±")
"""Operators that end the operand of a sum."""


def omml(mathml: str, *, run: str) -> str:
    """Return an `m:oMath` element; `run` is the font properties of each run, as XML."""
    return f"<m:oMath>{_Writer(run).row(tree(mathml))}</m:oMath>"


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
        """Return the first node as OMML, and the number of nodes used: a fence includes its
        content, a sum its operand."""
        node = nodes[0]
        if node.tag in ("msub", "msup", "msubsup", "munder", "mover", "munderover"):
            base = only(node[0])
            if base.tag == "mo" and (base.text or "") in _LARGE:
                ends = (n for n, each in enumerate(nodes[1:], 1) if text_of(each) in _ENDS)
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
        sign, inner = text_of(node[-1]), self._in("e", node[0])
        place, other = ("bot", "top") if node.tag == "munder" else ("top", "bot")
        if node.tag != "munderover":
            if node.tag == "mover" and sign in ACCENTS:
                return _tag("acc", inner, chr=ACCENTS[sign])
            if sign in BARS:
                return _tag("bar", inner, pos=place)
            if sign in BRACES:
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
    """Return an element with its properties, in schema order, and its content."""
    listed = "".join(f"<m:{key} m:val={quoteattr(value)}/>" for key, value in properties.items())
    before = f"<m:{name}Pr>{listed}</m:{name}Pr>" if listed else ""
    return f"<m:{name}>{before}{''.join(inner)}</m:{name}>"


def _closing(nodes: Sequence[Node], opens: str) -> int:
    """Return the index of the fence that closes the first node's, 0 for none."""
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
