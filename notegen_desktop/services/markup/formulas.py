r"""Formulas in Markdown, kept as written: `$x$`, `$$x$$`, `\(x\)`, `\[x\]`, `\begin{align}…`.

Without these rules Markdown eats `\,` and `\\` and turns `_` into emphasis. A formula becomes one
token of the type `formula`, whose content is its source with the delimiters.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

MAX_CHARS = 2_000
"""Longest formula: bounds the search for an end that never comes."""

# A dollar opens and closes only where it touches the formula and no figure is beside it, so that
# "$5 and $6" are prices.
FORMULA = re.compile(
    rf"""
    (?<![\w$\\]) \$\$ (?: \\. | [^\\$] ){{1,{MAX_CHARS}}}? \$\$
    | (?<![\w$\\]) \$ (?![\s$]) (?: \\. | [^\\$] ){{1,{MAX_CHARS}}}? (?<!\s) \$ (?![\d$])
    | \\\( (?: \\[^)] | [^\\] ){{1,{MAX_CHARS}}}? \\\)
    | \\\[ (?: \\[^\]] | [^\\] ){{1,{MAX_CHARS}}}? \\\]
    | \\begin\{{ (?P<name> [A-Za-z]{{1,20}} \*? ) \}} .{{1,{MAX_CHARS}}}? \\end\{{ (?P=name) \}}
    """,
    re.VERBOSE | re.DOTALL,
)
_DISPLAYED = re.compile(r"\$\$|\\\[|\\begin\{")


def add_formulas(parser: MarkdownIt) -> None:
    """Teach a parser to leave formulas alone."""
    parser.inline.ruler.before("escape", "formula", _inline)
    parser.block.ruler.before(
        "table", "formula", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.add_render_rule(
        "formula", lambda renderer, tokens, index, options, env: _escaped(tokens[index].content)
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    found = FORMULA.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("formula", "", 0).content = found[0]
    state.pos = found.end()
    return True


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A displayed formula over several lines, some of which look like lists or headings."""
    if state.is_code_block(start):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    if not _DISPLAYED.match(state.src, begin, state.eMarks[start]):
        return False
    last = start + 1
    while last < end and not state.isEmpty(last) and state.sCount[last] >= state.blkIndent:
        last += 1
    found = FORMULA.match(state.src, begin, state.eMarks[last - 1])
    if found is None or "\n" not in found[0]:
        return False
    if silent:
        return True
    last = start + 1 + found[0].count("\n")
    lines = state.getLines(start, last, state.blkIndent, False).strip()
    state.line = last
    token = state.push("paragraph_open", "p", 1)
    token.map = [start, last]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = lines, [start, last], []
    state.push("paragraph_close", "p", -1)
    return True
