"""Markdown from a model becomes HTML that can do no harm.

The text is a stranger's: raw HTML is shown as text, an image becomes its description, links lead
to the web or to mail and nowhere else, and of a text built to be slow or deep the rest is shown as
it is written. Exports and the note view come in here; nothing is fetched or opened.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from notegen_desktop.services.machine.clean_text import clean

from .formulas import add_formulas

LIMIT_S = 20.0
"""Seconds of the processor that a file's text may take before the rest is shown as it is written.
Honest ones take 1.4 s a million characters, those built to be slow 3 s at a hundred thousand."""

LIMIT_CHARS = 4_000_000
"""Longer texts are shown plain straight away; a whole ten-hour note has about 300,000."""

MAX_NESTING = 40
"""Lists within quotes within lists: no honest note needs more."""

SCHEMES = frozenset({"http", "https", "mailto"})

_BLOCKS = {"blockquote", "br", "hr", "li", "ol", "p", "pre", "ul"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
_TAGS = {"a", "code", "del", "em", "s", "strong", *_BLOCKS, *_HEADINGS, *_TABLES}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {"style"}, "td": {"style"}}


class _TimeIsUpError(Exception):
    """Raised from within the parser; never leaves this module."""


def to_html(markdown: str, *, limit_s: float = LIMIT_S) -> str:
    """A safe HTML fragment of `markdown`, all words of it. Never raises.

    `limit_s` is in seconds of this thread's own work, so that a busy machine changes nothing.
    """
    markdown = clean(markdown)
    environment: dict[str, Any] = {}
    tokens = _tokens(markdown, environment, limit_s)
    if tokens is None:
        return plain_html(markdown)
    dirty = parser().renderer.render(tokens, parser().options, environment)
    return nh3.clean(
        dirty,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=set(SCHEMES),
        url_relative="deny",
        filter_style_properties={"text-align"},
        link_rel="noopener noreferrer",
    )


def to_tokens(markdown: str, *, limit_s: float = LIMIT_S) -> list[Token] | None:
    """The parsed form, for files that are not HTML; None for a text of over `LIMIT_CHARS`."""
    return _tokens(clean(markdown), {}, limit_s)


def _tokens(markdown: str, environment: dict[str, Any], limit_s: float) -> list[Token] | None:
    if len(markdown) > LIMIT_CHARS:
        return None
    environment["deadline"] = time.thread_time() + limit_s
    return parser().parse(markdown, environment)


def plain_html(text: str) -> str:
    """`text` as paragraphs, every character shown as it is."""
    paragraphs = re.split(r"\n[ \t]*\n\s*", clean(text).strip())
    return "".join(
        f"<p>{html.escape(paragraph, quote=False).replace(chr(10), '<br>')}</p>\n"
        for paragraph in paragraphs
        if paragraph
    )


@cache
def parser() -> MarkdownIt:
    """Knows what is allowed and nothing else; wants a `deadline` in the environment of each call,
    so that one serves every thread."""
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    made.enable(["table", "strikethrough"])
    made.disable(["html_block", "html_inline"])
    add_formulas(made)
    made.core.ruler.at("inline", _inlines)
    made.inline.ruler.before("text", "deadline", _inline_deadline)
    made.block.ruler.before("formula", "bounds", _block_bounds)
    made.add_render_rule("image", _describe_image)
    made.validateLink = may_link  # type: ignore[method-assign]
    return made


def _time_is_up(environment: MutableMapping[str, Any]) -> bool:
    return time.thread_time() > float(environment["deadline"])


def _inlines(state: StateCore) -> None:
    """Parse the text of each block; where the time is up it stays as it is written."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            try:
                state.md.inline.parse(token.content, state.md, state.env, token.children)
            except (_TimeIsUpError, RecursionError):
                token.children = _as_written(token.content)


def _as_written(text: str) -> list[Token]:
    tokens: list[Token] = []
    for line in text.split("\n"):
        tokens += [Token("hardbreak", "br", 0)] if tokens else []
        tokens.append(Token("text", "", 0, content=line.strip()))
    return tokens


def _inline_deadline(state: StateInline, silent: bool) -> bool:
    if _time_is_up(state.env):
        raise _TimeIsUpError
    return False


def _block_bounds(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """What is nested too deep, or comes too late, is one paragraph; the parser would drop it."""
    # A list takes two levels for its items.
    if state.level < MAX_NESTING - 2 and not _time_is_up(state.env):
        return False
    last = start + 1
    while last < end and (state.isEmpty(last) or state.sCount[last] >= state.blkIndent):
        last += 1
    state.push("paragraph_open", "p", 1)
    token = state.push("inline", "", 0)
    token.content = state.getLines(start, last, state.blkIndent, False).strip()
    token.children = []
    state.push("paragraph_close", "p", -1)
    state.line = last
    return True


def _describe_image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: Any,
    environment: MutableMapping[str, Any],
) -> str:
    return html.escape(tokens[index].content, quote=False)


def may_link(url: str) -> bool:
    """Only what leads to the web or to mail; anything else stays visible as text."""
    scheme, colon, _ = url.strip().partition(":")
    return bool(colon) and scheme.lower() in SCHEMES
