"""Renders Markdown of models as safe HTML.

The text is untrusted: raw HTML is shown as text, an image becomes its description, links lead only
to the web or to mail, and the rest of a text built to be slow or deep is shown unparsed. Used by
the exports and the note view; nothing is fetched or opened.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import pairwise
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from notegen_desktop.domain.links.outgoing_links import SCHEMES, may_link, plain_mail
from notegen_desktop.domain.text.cleaning import harmless, visible
from notegen_desktop.services.machine.clock import Deadline

from . import formulas
from .code import coloured_html
from .dialect import add_dialect, add_line

LIMIT_S = 20.0
"""Seconds of processor time for a file's text before the rest is shown unparsed. Ordinary texts
take 1.4 s per million characters, hostile ones 3 s per hundred thousand."""

LIMIT_CHARS = 4_000_000
"""Maximum characters; longer texts are shown unparsed. A ten-hour note has about 300,000."""

PIECE_CHARS = 4_000
"""Characters of a piece of a long text, rendered and laid out in some 6 ms."""

LONG_BLOCK_CHARS = 16_000
"""Characters above which a paragraph, table or code block is cut: Qt lays out a block as a
whole."""

MAX_NESTING = 40
"""Maximum nesting of lists and quotes in ordinary notes."""

MAX_LINE = 1_000
"""Characters above which a heading is plain text."""

_MARKED = re.compile(r"[$\\<]")

_BLOCKS = {"blockquote", "br", "hr", "li", "ol", "p", "pre", "ul"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
_INLINES = {"a", "code", "del", "em", "input", "s", "span", "strong", "sub", "sup"}
_TAGS = _INLINES | _BLOCKS | _HEADINGS | _TABLES | formulas.ELEMENTS
_ATTRIBUTES = {
    "a": {"href", "title"},
    "input": {"checked", "disabled", "type"},
    "li": {"class"},
    "ol": {"start"},
    "span": {"class"},
    "td": {"style"},
    "th": {"style"},
    **dict.fromkeys(formulas.ELEMENTS, formulas.ATTRIBUTES),
}


class _TimeIsUpError(Exception):
    """Raised within the parser when the time is up; never leaves this module."""


def to_html(
    markdown: str,
    *,
    limit_s: float = LIMIT_S,
    formula: Callable[[str], str] = formulas.mathml_html,
) -> str:
    """Return `markdown` as a safe HTML fragment with all of its text. Never raises.

    `limit_s` is in seconds of this thread's processor time, so that a busy machine changes nothing.
    `formula` returns the HTML of a formula's source.
    """
    markdown = harmless(markdown)
    environment: dict[str, Any] = {"formula": formula}
    tokens = _tokens(markdown, environment, limit_s)
    if tokens is None:
        return plain_html(markdown)
    return _clean(parser().renderer.render(tokens, parser().options, environment))


def _clean(dirty: str) -> str:
    return nh3.clean(
        dirty,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=set(SCHEMES),
        url_relative="deny",
        filter_style_properties={"padding", "text-align"},
        link_rel="noopener noreferrer",
    )


def pieces(markdown: str, *, limit_s: float, piece_chars: int = PIECE_CHARS) -> list[str]:
    """Return `markdown` cut into texts of about `piece_chars` that are rendered one by one.

    Cuts are between blocks, in long lists between items. A table or code block longer than
    `LONG_BLOCK_CHARS` continues as another of its kind. Only whole lines are parsed, which takes a
    fifteenth of the time of rendering; after `limit_s` seconds the rest is cut anywhere.
    """
    text = re.sub(r"\r\n?", "\n", harmless(markdown))
    environment: dict[str, Any] = {"deadline": Deadline(limit_s)}
    tokens: list[Token] = []
    parser().block.parse(text, parser(), environment, tokens)
    lines = text.split("\n")
    cut: list[str] = []
    first = end = size = 0
    for start, stop, parts in _blocks(tokens, lines):
        length = sum(map(len, lines[start:stop]))
        if size and (parts or size + length > piece_chars):
            cut.append("\n".join(lines[first:end]))
            size = 0
        if not size:
            first = start
        cut += parts
        size = 0 if parts else size + max(length, 1)
        end = stop
    cut += ["\n".join(lines[first:end])] if size else []
    named = environment.get("references", {}).items()
    links = "".join(f"\n[{name}]: <{target['href']}>" for name, target in named)
    return [f"{piece}\n{links}" if links else piece for piece in cut]


def _blocks(tokens: list[Token], lines: list[str]) -> Iterator[tuple[int, int, list[str]]]:
    """Yield blocks by their lines; of a single long one also its parts."""
    end = 0
    for at, token in enumerate(tokens):
        if token.level or token.nesting < 0:
            continue
        if token.map is None:  # timed out: the rest is unknown
            yield end, len(lines), _wrapped(lines[end:])
            return
        start, end = token.map
        if sum(map(len, lines[start:end])) <= LONG_BLOCK_CHARS:
            yield start, end, []
        elif token.type in ("bullet_list_open", "ordered_list_open", "blockquote_open"):
            inner = [t.map for t in tokens[at:] if t.level == 1 and t.map and t.nesting >= 0]
            starts = [span[0] for span in inner if start < span[0] < end]
            yield from ((a, b, []) for a, b in pairwise([start, *starts, end]))
        elif token.type == "table_open":
            yield start, end, _repeated(lines[start : start + 2], lines[start + 2 : end], [])
        elif token.type == "fence":
            yield start, end, _repeated([lines[start]], lines[start + 1 : end - 1], [token.markup])
        else:
            yield start, end, _wrapped(lines[start:end])


def _repeated(head: list[str], lines: list[str], foot: list[str]) -> list[str]:
    """Return parts of `lines`, each between the same head and foot."""
    stretches: list[list[str]] = [[]]
    size = 0
    for line in lines:
        if size > LONG_BLOCK_CHARS // 2:
            stretches.append([])
            size = 0
        stretches[-1].append(line)
        size += len(line) + 1
    return ["\n".join([*head, *stretch, *foot]) for stretch in stretches]


def _wrapped(lines: list[str]) -> list[str]:
    """Return long text of unknown structure in parts, cut at a space if there is one."""
    text, cut = "\n".join(lines), []
    while len(text) > PIECE_CHARS:
        at = max(text.rfind(space, PIECE_CHARS // 2, PIECE_CHARS) for space in " \n")
        at = at if at > 0 else PIECE_CHARS
        cut.append(text[:at])
        text = text[at:].lstrip()
    return [*cut, text] if text else cut


def to_tokens(markdown: str, *, limit_s: float = LIMIT_S) -> list[Token] | None:
    """Return the parsed tokens, for files other than HTML; None for a text of over
    `LIMIT_CHARS`."""
    return _tokens(harmless(markdown), {}, limit_s)


def line_tokens(words: str) -> list[Token]:
    """Return the tokens of a heading, which has no Markdown: text, formulas, superscript and
    subscript."""
    words = visible(" ".join(words.split()))
    if len(words) > MAX_LINE or not _MARKED.search(words):
        return [Token("text", "", 0, content=words)]
    tokens = _line_parser().parseInline(words)[0].children or []
    spaces = (token for token in tokens if token.type == "hardbreak")
    for token in spaces:
        token.type, token.tag, token.content = "text", "", " "
    return tokens


def line_html(words: str, *, formula: Callable[[str], str] = formulas.mathml_html) -> str:
    """Return a heading as safe HTML; `formula` returns the HTML of a formula's source."""
    made = _line_parser()
    return _clean(made.renderer.render(line_tokens(words), made.options, {"formula": formula}))


def line_words(words: str) -> str:
    """Return a heading as plain text."""
    from .formula_words import spelled

    return "".join(
        (spelled(formulas.mathml(token.content)) if token.type == "formula" else "")
        or token.content
        for token in line_tokens(words)
    )


@cache
def _line_parser() -> MarkdownIt:
    made = MarkdownIt("zero", {"html": False})
    add_line(made)
    return made


def inline_tokens(text: str, environment: dict[str, Any]) -> list[Token]:
    """Return the tokens of one line of Markdown, parsed until the deadline in `environment`."""
    return parser().parseInline(text, {"deadline": environment["deadline"]})[0].children or []


def _tokens(markdown: str, environment: dict[str, Any], limit_s: float) -> list[Token] | None:
    if len(markdown) > LIMIT_CHARS:
        return None
    page = _page.get()
    start = time.thread_time()
    environment["deadline"] = Deadline(min(limit_s, page.left_s / 4) if page else limit_s)
    tokens = parser().parse(markdown, environment)
    if page:
        page.left_s -= time.thread_time() - start
    return tokens


class _Page:
    def __init__(self, left_s: float) -> None:
        self.left_s = left_s


_page: ContextVar[_Page | None] = ContextVar("page", default=None)


@contextmanager
def one_page(limit_s: float = LIMIT_S) -> Iterator[None]:
    """Limit the processor time of this thread for all rendering in the block to `limit_s` seconds.

    Each text may use a quarter of the rest, so that slow ones leave time for the others.
    """
    token = _page.set(_Page(limit_s))
    try:
        yield
    finally:
        _page.reset(token)


def plain_html(text: str) -> str:
    """Return `text` as paragraphs, with every character shown."""
    paragraphs = re.split(r"\n[ \t]*\n\s*", harmless(text).strip())
    return "".join(
        f"<p>{html.escape(paragraph, quote=False).replace(chr(10), '<br>')}</p>\n"
        for paragraph in paragraphs
        if paragraph
    )


@cache
def parser() -> MarkdownIt:
    """Return the shared parser with the allowed elements; each call needs a `deadline` in its
    environment, so that all threads can use it."""
    made = MarkdownIt(
        "commonmark", {"html": False, "maxNesting": MAX_NESTING, "highlight": coloured_html}
    )
    made.enable(["table", "strikethrough"])
    made.disable(["html_block", "html_inline"])
    add_dialect(made)
    formulas.add_formulas(made)
    made.core.ruler.at("inline", _inlines)
    made.inline.ruler.before("text", "deadline", _inline_deadline)
    made.block.ruler.before("formula", "bounds", _block_bounds)
    made.add_render_rule("image", _describe_image)
    made.add_render_rule("list_item_open", _item)
    made.core.ruler.push("addresses", _unlink)
    made.core.ruler.push("visible", _show_hidden)
    made.validateLink = may_link  # type: ignore[method-assign]
    encode = made.normalizeLink
    made.normalizeLink = lambda url: encode(plain_mail(url))  # type: ignore[method-assign]
    decode = made.normalizeLinkText
    made.normalizeLinkText = lambda link: decode(plain_mail(link))  # type: ignore[method-assign]
    return made


def _inlines(state: StateCore) -> None:
    """Parse the text of each block; when the time is up it stays unparsed."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            try:
                state.md.inline.parse(token.content, state.md, state.env, token.children)
            except (_TimeIsUpError, RecursionError):
                token.children = _as_written(token.content)


def _unlink(state: StateCore) -> None:
    """Replace a link without an address, `[text]()`, by its text."""
    for token in state.tokens:
        kept: list[Token] = []
        leads: list[bool] = []
        for child in token.children or []:
            if child.type == "link_open":
                leads.append(bool(child.attrGet("href")))
            leads_on = not child.type.startswith("link_") or leads[-1]
            if child.type == "link_close":
                leads.pop()
            if leads_on:
                kept.append(child)
        if token.children:
            token.children = kept


def _show_hidden(state: StateCore) -> None:
    """Make hidden characters visible in code and in the text of links."""
    for token in state.tokens:
        links = 0
        if token.type in ("fence", "code_block"):
            token.content = visible(token.content)
        for child in token.children or []:
            links += child.nesting if child.type in ("link_open", "link_close") else 0
            # Entities may bring back characters that were removed from the source.
            told = visible if links or child.type == "code_inline" else harmless
            child.content = told(child.content)
            if title := child.attrGet("title"):
                child.attrSet("title", visible(str(title)))


def _as_written(text: str) -> list[Token]:
    tokens: list[Token] = []
    for line in text.split("\n"):
        tokens += [Token("hardbreak", "br", 0)] if tokens else []
        tokens.append(Token("text", "", 0, content=line.strip()))
    return tokens


def _inline_deadline(state: StateInline, silent: bool) -> bool:
    if state.env["deadline"].passed:
        raise _TimeIsUpError
    return False


def _block_bounds(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Turn a block that is nested too deep, or parsed too late, into one paragraph; the parser
    would drop it."""
    # A list and its item take two levels.
    if state.level < MAX_NESTING - 2 and not state.env["deadline"].passed:
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


def _item(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: Any,
    environment: MutableMapping[str, Any],
) -> str:
    """Return the opening of a list item, with its check box if it has one."""
    box = {"checked": ' checked=""', "unchecked": ""}.get(str(tokens[index].attrGet("class")))
    start = renderer.renderToken(tokens, index, options, environment)
    return start if box is None else f'{start}<input type="checkbox" disabled=""{box}> '


def _describe_image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: Any,
    environment: MutableMapping[str, Any],
) -> str:
    return html.escape(tokens[index].content, quote=False)
