"""Markdown from a model becomes HTML that can do no harm.

The text is a stranger's: raw HTML is shown as text, an image becomes its description, links lead
to the web or to mail and nowhere else, nesting is bounded, and a text built to be slow is shown
plain when its time is up. Exports and the note view come in here; nothing is fetched or opened.
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
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from notegen_desktop.services.machine.clean_text import clean

LIMIT_S = 2.0
"""Seconds a text may take before it is shown plain."""

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
    """A safe HTML fragment of `markdown`. Never raises; shown plain after `limit_s`."""
    markdown = clean(markdown)
    environment: dict[str, Any] = {}
    tokens = _tokens(markdown, environment, limit_s)
    if tokens is None:
        return plain_html(markdown)
    parser = _parser()
    dirty = parser.renderer.render(tokens, parser.options, environment)
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
    """The parsed form, for files that are not HTML; None for a text that is better shown plain."""
    return _tokens(clean(markdown), {}, limit_s)


def _tokens(markdown: str, environment: dict[str, Any], limit_s: float) -> list[Token] | None:
    if len(markdown) > LIMIT_CHARS:
        return None
    environment["deadline"] = time.monotonic() + limit_s
    try:
        return _parser().parse(markdown, environment)
    except (_TimeIsUpError, RecursionError):
        return None


def plain_html(text: str) -> str:
    """`text` as paragraphs, every character shown as it is."""
    paragraphs = re.split(r"\n[ \t]*\n\s*", clean(text).strip())
    return "".join(
        f"<p>{html.escape(paragraph, quote=False).replace(chr(10), '<br>')}</p>\n"
        for paragraph in paragraphs
        if paragraph
    )


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.disable(["html_block", "html_inline"])
    # The deadline travels in the environment of each call, so one parser serves every thread.
    parser.inline.ruler.before("text", "deadline", _inline_deadline)
    parser.block.ruler.before("table", "deadline", _block_deadline)
    parser.add_render_rule("image", _describe_image)
    parser.validateLink = may_link  # type: ignore[method-assign]
    return parser


def _check(environment: MutableMapping[str, Any]) -> None:
    if time.monotonic() > environment["deadline"]:
        raise _TimeIsUpError


def _inline_deadline(state: StateInline, silent: bool) -> bool:
    _check(state.env)
    return False


def _block_deadline(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    _check(state.env)
    return False


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
