r"""Formulas in Markdown, `$x$`, `$$x$$`, `\(x\)`, `\[x\]`, `\begin{align}…`, and as MathML.

Without these rules Markdown drops the backslashes of `\,` and `\\` and turns `_` into emphasis. A
formula becomes one token of the type `formula`, whose content is its source with the delimiters;
one with commands (macros, addresses, files) is shown as code.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import escape, unescape
from xml.etree import ElementTree

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

MAX_CHARS = 5_000
"""Maximum characters of a formula: bounds the search for a missing end."""

MAX_DEPTH = 30
"""Maximum nesting; real formulas have at most ten levels."""

MATHML = "{http://www.w3.org/1998/Math/MathML}"

_LETTER = r"[0-9A-Za-z\u00c0-\u024f_$\\]"
"""Beside these letters a dollar sign is money or shell; beside letters of scripts without spaces it
may begin a formula."""

_FORMULA = re.compile(
    rf"""
    (?<! {_LETTER} ) (?P<dollars> \${{1,2}}+ )
        (?P<within> (?: \\. | [^\\$] ){{1,{MAX_CHARS}}} ) (?P=dollars) (?![\d$])
    | \\\( (?: \\[^)] | [^\\] ){{1,{MAX_CHARS}}}? \\\)
    | \\\[ (?: \\[^\]] | [^\\] ){{1,{MAX_CHARS}}}? \\\]
    | \\begin\{{ (?P<name> [A-Za-z]{{1,20}} \*? ) \}} .{{1,{MAX_CHARS}}}? \\end\{{ (?P=name) \}}
    """,
    re.VERBOSE | re.DOTALL,
)
_DISPLAYED = re.compile(r"\$\$|\\\[|\\begin\{")
_TEX = re.compile(r"\\[A-Za-z]|[\^_=]")
_PROSE = re.compile(r"\s*(?:\d\S*|[A-Za-z]{2,})\s+[A-Za-z]{2,}\b")
_ENDING = re.compile(r"(?:th|st|nd|rd|s|es|te[nmrs]?|er|e|ème)\b")

_PROGRAM = re.compile(
    r"""\\(?: [egx]?def | let | (?:re|provide)?newcommand | newenvironment | DeclareMathOperator
    | include(?:graphics)? | input | write | read | open(?:in|out) | immediate | catcode | csname
    | expandafter | loop | usepackage | require | href | url | style | class | cssId | special
    | html(?:Class|Id|Style|Data) | data )(?![A-Za-z])""",
    re.VERBOSE,
)
"""Commands of LaTeX, MathJax or KaTeX that do more than show a formula."""


def add_formulas(parser: MarkdownIt, *, blocks: bool = True) -> None:
    """Extend a parser to keep formulas unchanged. They are rendered by the environment's
    `formula`."""
    parser.inline.ruler.before("escape", "formula", _inline)
    if blocks:
        may_end = ["paragraph", "reference", "blockquote", "list"]
        parser.block.ruler.before("table", "formula", _block, {"alt": may_end})
    parser.add_render_rule(
        "formula",
        lambda renderer, tokens, index, options, env: env["formula"](tokens[index].content),
    )


def bars_covered(text: str, cover: str) -> str:
    """Return a table row with the bars in its formulas replaced by `cover`."""
    parts, end = [], 0
    while (dollar := text.find("$", end)) >= 0:
        found = formula_at(text, dollar, len(text)) or "$"
        parts += [text[end:dollar], re.sub(r"(?<!\\)\|", cover, found)]
        end = dollar + len(found)
    return "".join([*parts, text[end:]])


def formula_at(text: str, start: int, end: int) -> str:
    """Return the formula that begins at `start`, with its delimiters; "" if none does."""
    found = _FORMULA.match(text, start, end)
    if found is None:
        return ""
    within = found["within"]
    return (
        ""
        if within and not _is_formula(within, found["dollars"], text[found.end() :][:6])
        else found[0]
    )


def _is_formula(within: str, dollars: str, after: str) -> bool:
    """Return True if the text between dollar signs is a formula, and not money, prose or shell."""
    has_tex = bool(_TEX.search(within))
    if not has_tex and _PROSE.match(within):
        return False
    if dollars == "$$":
        return bool(within.strip())
    edges = (within[0].isspace(), within[-1].isspace())
    if any(edges) and not (all(edges) and has_tex and "\n" not in within):
        return False
    if re.match(r"[A-Za-z({]", after):
        ends = len(within) > 1 and within[-1] in "-+*/=:;,.<>&"
        return not ends and (after[0] in "({" or _ENDING.match(after) is not None)
    return True


def _inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    found = formula_at(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        kind = "code_inline" if _PROGRAM.search(found) else "formula"
        state.push(kind, "code" if kind == "code_inline" else "", 0).content = found
    state.pos += len(found)
    return True


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a displayed formula over several lines, some of which look like lists or headings."""
    if state.is_code_block(start):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    if not _DISPLAYED.match(state.src, begin, state.eMarks[start]):
        return False
    last = start + 1
    while last < end and not state.isEmpty(last) and state.sCount[last] >= state.blkIndent:
        last += 1
    found = formula_at(state.src, begin, state.eMarks[last - 1])
    if "\n" not in found:
        return False
    if silent:
        return True
    last = start + 1 + found.count("\n")
    lines = state.getLines(start, last, state.blkIndent, False).strip()
    state.line = last
    token = state.push("paragraph_open", "p", 1)
    token.map = [start, last]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = lines, [start, last], []
    state.push("paragraph_close", "p", -1)
    return True


# --- what a formula says -------------------------------------------------------------------------


def is_displayed(source: str) -> bool:
    return _DISPLAYED.match(source) is not None


def latex_of(source: str) -> str:
    """Return a formula without its delimiters."""
    if source.startswith("\\begin"):
        return source
    width = 1 if source.startswith("$") and not source.startswith("$$") else 2
    return source[width:-width].strip()


def mathjax(source: str) -> str:
    """Return a formula as HTML for Anki's MathJax."""
    latex = escape(latex_of(source), quote=False)
    return rf"\[{latex}\]" if is_displayed(source) else rf"\({latex}\)"


def mathml_html(source: str) -> str:
    """Return a formula as MathML, or as code if it cannot be parsed."""
    return mathml(source) or f"<code>{escape(source, quote=False)}</code>"


ELEMENTS = {
    "math", "menclose", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow",
    "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr",
    "munder", "munderover",
}  # fmt: skip
ATTRIBUTES = {
    "accent", "alttext", "columnalign", "columnlines", "columnspacing", "depth", "display",
    "displaystyle", "fence", "form", "height", "linebreak", "linethickness", "lspace",
    "mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rowlines",
    "rspace", "scriptlevel", "separator", "stretchy", "style", "voffset", "width", "xmlns",
}  # fmt: skip

# Commands that latex2mathml lacks, in commands that it knows.
_SPELLED = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"\\(begin|end)\{(?:aligned|align|alignedat|eqnarray\*?|flalign\*?)\}", r"\\\1{align*}"),
        (r"\\(begin|end)\{(?:gathered|gather\*?|multline\*?)\}", r"\\\1{matrix}"),
        (r"\\(begin|end)\{[dr]cases\}", r"\\\1{cases}"),
        (r"\\(?:nonumber|notag|label\s*\{[^{}]*\})(?![A-Za-z])", ""),
        (r"\\tag\*?\s*\{([^{}]*)\}", r"\\qquad\\text{(\1)}"),
        (r"\\not\s*=", r"\\neq"),
        (r"\\not\s*\\in(?![A-Za-z])", r"\\notin"),
        (r"\\arg(?![A-Za-z])", r"\\operatorname{arg}"),
        (r"\\(?:SI|qty)\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1\\,\\mathrm{\2}"),
        (r"\\mathop\s*\{\s*\\(?:mathrm|text|rm)\s*\{([^{}]*)\}\s*\}", r"\\operatorname*{\1}"),
        (r"(\\operatorname\*?\s*\{[A-Za-z]*)\\[,;: !]", r"\1"),
        (r"\\mathrm\s*\{\s*([A-Za-z])\s*\}", r"\\text{\1}"),
        (r"\\bmod(?![A-Za-z])", r"\\;\\mathrm{mod}\\;"),
        (r"\\([CNQRZ])(?![A-Za-z])", r"\\mathbb{\1}"),
        (r"\\norm\s*\{([^{}]*)\}", r"\\lVert \1\\rVert "),
        (r"\\abs\s*\{([^{}]*)\}", r"\\lvert \1\\rvert "),
        (r"\\&", r"\\text{&}"),
        (r"\\nicefrac(?![A-Za-z])", r"\\frac"),
    )
)


_CHEMISTRY = re.compile(r"\\ce\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_REACTS = {"->": r" \rightarrow ", "<=>": r" \rightleftharpoons ", "<->": r" \leftrightarrow "}


def _chemistry(found: re.Match[str]) -> str:
    """Return a chemical formula, `2H2 + O2 -> 2H2O`, as a mathematical one."""
    text = re.sub(r"(?<=[A-Za-z)\]])(\d+)", r"_{\1}", found[1])
    text = re.sub(r"\^(\d*[+-])", r"^{\1}", text)
    text = re.sub("<=>|<->|->", lambda arrow: _REACTS[arrow[0]], text)
    return rf"\mathrm{{{text}}}"


@lru_cache(maxsize=4096)
def mathml(source: str) -> str:
    """Return the MathML of a formula; "" if it cannot be parsed. Never raises."""
    latex = latex_of(source)
    if len(latex) > MAX_CHARS or _PROGRAM.search(latex):
        return ""
    latex = _CHEMISTRY.sub(_chemistry, latex)
    for pattern, put in _SPELLED:
        latex = pattern.sub(put, latex)
    display = "block" if is_displayed(source) else "inline"
    root = _converted(latex, display)
    if root is not None and root.find("./mrow/mspace[@linebreak='newline']") is not None:
        name = "align*" if "&" in latex else "matrix"
        root = _converted(f"\\begin{{{name}}}{latex}\\end{{{name}}}", display)
    if root is None or _is_unread(root):
        return ""
    root.set("alttext", source)
    return ElementTree.tostring(root, "unicode")


def _converted(latex: str, display: str) -> ElementTree.Element | None:
    from latex2mathml.converter import Converter  # late: 45 ms

    try:
        return Converter(display=display).convert_to_element(latex)
    except Exception:  # noqa: BLE001  it raises what it likes, LookupError and StopIteration among it
        return None


def _is_unread(root: ElementTree.Element) -> bool:
    """Repair the tree; return True if unparsed source is left in it."""
    level, depth = [root], 0
    while level:
        depth += 1
        for node in level:
            if node.tag == "mo" and len(node):
                _level_out(node)
            node.text = unescape(node.text or "")
            if depth > MAX_DEPTH or node.tag not in ELEMENTS or "\\" in node.text:
                return True
            if node.tag == "mi" and node.text in ("&", "{", "}"):
                return True
            if node.tag == "mi" and _is_operator(node.text):
                node.tag = "mo"
                node.set("stretchy", "false")
            node.attrib = {key: value for key, value in node.items() if key in ATTRIBUTES}
            if node.tag == "mstyle" and not node.attrib:
                node.tag = "mrow"
            if node.get("minsize") == "2.047em":  # the size of a binomial, whatever is in it
                del node.attrib["minsize"], node.attrib["maxsize"]
            if node.tag == "mtable" and node.get("columnspacing", "").startswith("0em"):
                for row in node:
                    for number, cell in enumerate(row):
                        left = "2em" if number and number % 2 == 0 else "0"
                        cell.set("style", f"padding: 0.5ex 0 0.5ex {left}")
            if align := node.get("columnalign"):  # browsers use the style
                node.set("style", f"text-align: {align}; {node.get('style', '')}".rstrip("; "))
        level = [child for node in level for child in node]
    return False


def _level_out(operator: ElementTree.Element) -> None:
    """Merge an operator of several characters into one, or turn it into a row: no reader expects
    more than text in it."""
    if all(each.tag in ("mi", "mn", "mo", "mrow", "mtext") for each in operator.iter()):
        operator.text = "".join(operator.itertext())
        operator[:] = []
    else:
        operator.tag = "mrow"


def _is_operator(text: str) -> bool:
    return (
        len(text) == 1
        and (unicodedata.category(text) == "Sm" or text in ":⌊⌋⌈⌉⟨⟩‖")
        and text not in "∂∇∞"
    )
