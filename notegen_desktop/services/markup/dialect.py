"""The Markdown dialect of models, where CommonMark reads something else or drops text.

- Bold and italics beside Chinese, Japanese and Korean, which have no spaces: CommonMark shows the
  stars of `中文**粗体。**后面`. The rule is that of the CommonMark amendment "CJK-friendly
  emphasis".
- `<br>`, the only way to break a line in a cell of a table; `<sub>` and `<sup>`. All of them also
  as entities, as some authors escape them.
- A fence of the language `math` is a displayed formula.
- `- [ ]` and `- [x]`: the item has the class `unchecked` or `checked`.
- Options, `- A) …` and so on: their letters are their bullets, and the items have the class
  `option`.
- Cells beyond the columns of a table, mostly for a bar in code: GitHub's rule drops them. A bar in
  a formula does not separate cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.emphasis import tokenize as emphasis
from markdown_it.rules_inline.strikethrough import tokenize as strikethrough
from markdown_it.token import Token

from notegen_desktop.domain.text.scripts import CJK, SCRIPTS

from .formulas import add_formulas, bars_covered, formula_at

_CJK = re.compile(f"[{CJK}{SCRIPTS['Hangul']}]")
_BREAK = re.compile(r"<br[ \t]*/?>|&lt;br[ \t]*/?&gt;", re.IGNORECASE)
_RAISED = re.compile(
    r"(?P<open><|&lt;)(?P<tag>su[bp])(?P<close>>|&gt;)(?P<words>.{1,200}?)(?P=open)/(?P=tag)(?P=close)",
    re.IGNORECASE | re.DOTALL,
)
_BOX = re.compile(r"\[([ xX])\](?:[ \t]+|$)")

OPTION = re.compile(r"\*{0,2}([A-H])\*{0,2}[).:]\*{0,2}[ \t]+(?=\S)")
"""The leading letter of a question's option."""

_COVER = "\ufdd0"
"""Placeholder of a bar in a formula while tables are parsed; no text has this character."""

_InlineRule = Callable[[StateInline, bool], bool]


def add_dialect(parser: MarkdownIt) -> None:
    """Extend a parser with tables and strikethrough by the dialect of models."""
    parser.inline.ruler.at("emphasis", _beside_cjk(emphasis))
    parser.inline.ruler.at("strikethrough", _beside_cjk(strikethrough))
    parser.inline.ruler.before("autolink", "line_break", _line_break)
    parser.inline.ruler.before("autolink", "raised", _raised)
    parser.core.ruler.before("block", "cover_bars", _cover_bars)
    parser.core.ruler.after("block", "boxes", _boxes)
    parser.core.ruler.after("boxes", "options", _options)
    parser.core.ruler.after("block", "math_fences", _math_fences)
    # As in the rule that this one replaces.
    terminates: RuleOptionsType = {"alt": ["paragraph", "reference"]}
    parser.block.ruler.at("table", _table_of_all_cells, terminates)


def add_line(parser: MarkdownIt) -> None:
    """Extend an empty parser by the elements of a heading."""
    add_formulas(parser, blocks=False)
    parser.inline.ruler.push("line_break", _line_break)
    parser.inline.ruler.push("raised", _raised)


def _beside_cjk(rule: _InlineRule) -> _InlineRule:
    def tokenize(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.delimiters)
        if not rule(state, silent):
            return False
        before, after = (
            state.src[start - 1 : start] or " ",
            state.src[state.pos : state.pos + 1] or " ",
        )
        if state.src[start] != "_" and (_CJK.match(before) or _CJK.match(after)):
            for delimiter in state.delimiters[known:]:
                delimiter.open = not after.isspace()
                delimiter.close = not before.isspace()
        return True

    return tokenize


def _line_break(state: StateInline, silent: bool) -> bool:
    found = _BREAK.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _raised(state: StateInline, silent: bool) -> bool:
    """Parse superscript and subscript."""
    found = _RAISED.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    tag = found["tag"].lower()
    if not silent:
        state.push(f"{tag}_open", tag, 1).markup = f"<{tag}>"
        outer, state.posMax = state.posMax, found.end("words")
        state.pos = found.start("words")
        state.md.inline.tokenize(state)
        state.posMax = outer
        state.push(f"{tag}_close", tag, -1).markup = f"</{tag}>"
    state.pos = found.end()
    return True


def _cover_bars(state: StateCore) -> None:
    if "|" in state.src and "$" in state.src:
        # Line by line: a formula ends with its row.
        state.src = "\n".join(bars_covered(line, _COVER) for line in state.src.split("\n"))


def _math_fences(state: StateCore) -> None:
    for at in range(len(state.tokens) - 1, -1, -1):
        fence = state.tokens[at]
        if fence.type != "fence" or fence.info.strip().lower() != "math":
            continue
        formula = f"$$\n{fence.content.strip()}\n$$"
        if formula_at(formula, 0, len(formula)) == formula:
            inline = Token("inline", "", 0, content=formula, map=fence.map, level=fence.level + 1)
            paragraph = [Token("paragraph_open", "p", 1), inline, Token("paragraph_close", "p", -1)]
            paragraph[0].map = fence.map
            paragraph[0].level = paragraph[2].level = fence.level
            state.tokens[at : at + 1] = paragraph


def _boxes(state: StateCore) -> None:
    """Restore the bars, and turn the leading box of a list item into a class."""
    for at, token in enumerate(state.tokens):
        token.content = token.content.replace(_COVER, "|")
        if token.type == "inline" and at > 1 and state.tokens[at - 2].type == "list_item_open":
            found = _BOX.match(token.content)
            if found is not None:
                token.content = token.content[found.end() :]
                checked = "unchecked" if found[1] == " " else "checked"
                state.tokens[at - 2].attrSet("class", checked)


def _options(state: StateCore) -> None:
    lists: list[list[tuple[Token, str]]] = []
    for at, token in enumerate(state.tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append([])
        elif token.type == "list_item_open" and state.tokens[at + 1].type == "paragraph_open":
            found = OPTION.match(state.tokens[at + 2].content)
            lists[-1].append((token, found[1] if found else ""))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            items = lists.pop()
            letters = "".join(letter for _item, letter in items)
            in_order = 1 < len(letters) == len(items) and "ABCDEFGH".startswith(letters)
            for item, _letter in items if in_order and "bullet" in token.type else ():
                item.attrSet("class", "option")


def _table_of_all_cells(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    known = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    cells = [token for token in state.tokens[known:] if token.type == "inline" and token.map]
    for line, row in groupby(cells, key=lambda cell: (cell.map or [0])[0]):
        *_, last = shown = list(row)
        written = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
        columns = escapedSplit(written)
        columns = columns[1:] if columns[:1] == [""] else columns
        columns = columns[:-1] if columns[-1:] == [""] else columns
        more = [each.strip() for each in columns[len(shown) :]]
        last.content = " | ".join([last.content, *more])
    return True
