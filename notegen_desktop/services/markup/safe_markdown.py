r"""Rewrites Markdown so that it is safe in any other program, and still readable.

The text is parsed by the allow-list of our HTML and written again from the allowed elements. Other
programs run raw HTML, load pictures, follow any address and know syntax that Markdown lacks; so
whatever would be active there is escaped, and nothing else. `<` and `&` become entities, which work
even in programs without `\<`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.services.machine.clock import Deadline

from .html import LIMIT_S, inline_tokens, line_tokens, to_tokens

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_SPACE = re.compile(r"[\t\n\r\v\f]")

# Syntax of other programs that our parser lacks: addresses it refuses, wiki links, lists of
# attributes, macros.
_MATHS = r"\$(?=[^\s$][^$]*(?<=\S)\$(?!\d))"
_FOREIGN = rf"(?<=\])\( | (?<=\[)\[ | \{{(?=[:%{{\#.]|[\w-]+\s*=) | (?<=\{{)\{{ | {_MATHS} "
_ESCAPES = rf"\\(?=[!-/:-@\[-`{{-~]|[ ]*$) | {_FOREIGN}"
_ENTITY = r"&(?=\#\d{1,7};|\#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)"
_TAG = r"<(?=[A-Za-z/!?])"
_ENTITIES = {"&": "&amp;", "<": "&lt;"}
_AMPERSAND = re.compile(_ENTITY, re.VERBOSE)

_LINE_START = re.compile(
    r"""
    ^ (?: \#{1,6}(?=\s|$) | [-+*](?=\s|$) | > | ~~~ | `{3,}(?=[^`\n]*$) | \d{1,9}(?=[.)](?:\s|$))
    | ([-=_*])(?:[ ]*\1)*(?=[ ]*$) | [|:-](?=[|:\ -]*$) | \[(?=(?:[^\[\]\\]|\\.)*\]:)
    | \[(?=[ xX]\](?:\s|$))
    | <(?=[A-Za-z/!?])(?!br>|su[bp]>\S)(?![A-Za-z][\w.+-]*:[^\s<>]*>|[^\s<>@]+@[^\s<>]+>) )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_LAST_HASHES = re.compile(r"(^|\s)(#+)$")

_BOXES = {"checked": "[x] ", "unchecked": "[ ] "}

_KEPT_BREAK = "\v"
"""Placeholder of a line break inside a formula, where a line begins no list or heading."""

_PAIRED = "*_`~[]$"
"""Paired delimiters, escaped only where they would match."""


def safe_markdown(markdown: str) -> str:
    """Return the allowed parts of `markdown` with all of its text, ending in a newline. Never
    raises."""
    tokens = to_tokens(markdown)
    if tokens is None:
        lines = clean(markdown).split("\n")
        return "\n".join(map(literal, lines)).strip() + "\n"
    environment = {"deadline": Deadline(LIMIT_S)}
    return _blocks(SyntaxTreeNode(tokens).children, environment) + "\n"


def escaped(text: str) -> str:
    """Return Markdown for exactly this text, with punctuation as entities.

    To be inserted into Markdown for `safe_markdown`, which removes unneeded escapes.
    """
    return _PUNCTUATION.sub(lambda sign: f"&#{ord(sign[0])};", clean(text))


def literal(words: str) -> str:
    """Return a title or a name escaped, as one line."""
    return escaped(" ".join(words.split()))


def line(words: str) -> str:
    """Return the Markdown of a heading; formulas, superscript and subscript stay."""
    return "".join(
        token.markup
        or (
            token.content
            if token.content.startswith("$") and token.type == "formula"
            # Other delimiters than dollars are escaped brackets to most programs.
            else escaped(token.content)
        )
        for token in line_tokens(words)
    )


# --- blocks --------------------------------------------------------------------------------------


def _blocks(
    nodes: Iterable[SyntaxTreeNode], environment: dict[str, Any], *, tight: bool = False
) -> str:
    text = ""
    for node in nodes:
        written = _block(node, environment, first=not text)
        if text and written:
            text += "\n" if tight and _may_follow(node) else "\n\n"
        text += written
    return text


def _may_follow(node: SyntaxTreeNode) -> bool:
    """Return True if a block may follow a paragraph without an empty line."""
    counted = node.type == "ordered_list" and int(node.attrs.get("start", 1)) != 1
    return not counted and node.type not in ("paragraph", "table")


def _block(node: SyntaxTreeNode, environment: dict[str, Any], *, first: bool) -> str:
    match node.type:
        case "paragraph":
            return _inline(node, environment, _lines)
        case "heading":
            text = _LAST_HASHES.sub(r"\1\\\2", _one_line(node, environment))
            return f"{'#' * int(node.tag[1])} {text}".rstrip()
        case "bullet_list" | "ordered_list":
            return _list(node, environment)
        case "blockquote":
            lines = _blocks(node.children, environment).split("\n")
            return "\n".join(f"> {line}" if line else ">" for line in lines)
        case "fence" | "code_block":
            return _code(node)
        case "table":
            return _table(node, environment)
        case "hr":
            # At the very top `---` begins the properties of a file, behind `-` it swallows it.
            return "___" if first else "---"
        case _:
            return ""


def _escaped_start(found: re.Match[str]) -> str:
    sign = found[0]
    if sign == "<":
        return _ENTITIES[sign]
    return f"{sign}\\" if sign.isdecimal() else f"\\{sign}"


def _list(node: SyntaxTreeNode, environment: dict[str, Any]) -> str:
    start = int(node.attrs.get("start", 1))
    paragraphs = [c for item in node.children for c in item.children if c.type == "paragraph"]
    tight = all(paragraph.hidden for paragraph in paragraphs)
    items = []
    for number, item in enumerate(node.children, start):
        marker = f"{number}{node.markup}" if node.type == "ordered_list" else node.markup
        text = _blocks(item.children, environment, tight=tight)
        lines = f"{_BOXES.get(str(item.attrs.get('class')), '')}{text}".rstrip().split("\n")
        exact = len(marker) + 1
        # Some programs want four spaces; code blocks and lists right behind the marker count them.
        wide = not item.children or item.children[0].type == "paragraph"
        indent = " " * (max(4, exact) if wide else exact)
        rest = [f"{indent}{line}" if line else "" for line in lines[1:]]
        items.append("\n".join([f"{marker} {lines[0]}" if lines[0] else marker, *rest]))
    return ("\n" if tight else "\n\n").join(items)


def _code(node: SyntaxTreeNode) -> str:
    code = node.content.removesuffix("\n")
    ticks = "`" * max(3, 1 + _longest_ticks(code))
    language = (node.info.split() or [""])[0]
    if not re.fullmatch(r"[\w+#.-]+", language):
        language = ""  # programs that run code ask for it in braces
    return f"{ticks}{language}\n{code}\n{ticks}"


def _longest_ticks(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _table(node: SyntaxTreeNode, environment: dict[str, Any]) -> str:
    rows = [row for part in node.children for row in part.children]
    marks = {"left": ":--", "center": ":-:", "right": "--:"}
    aligned = [str(cell.attrs.get("style", "")).partition(":")[2] for cell in rows[0].children]
    texts = [
        [_one_line(cell, environment).replace("|", "\\|") for cell in row.children] for row in rows
    ]
    texts.insert(1, [marks.get(align, "---") for align in aligned])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in texts)


# --- words ---------------------------------------------------------------------------------------


def _one_line(node: SyntaxTreeNode, environment: dict[str, Any]) -> str:
    def placed(text: str) -> str:
        return re.sub(f" *[\n{_KEPT_BREAK}]", " ", text.replace("  \n", "<br>"))

    return _inline(node, environment, placed)


def _lines(text: str) -> str:
    """Return the lines of a paragraph, escaped so that none begins another block."""
    return _LINE_START.sub(_escaped_start, text).replace(_KEPT_BREAK, "\n")


def _inline(node: SyntaxTreeNode, environment: dict[str, Any], placed: Callable[[str], str]) -> str:
    """Return the text of a block, processed by `placed`, with the fewest escapes that parse to the
    same."""
    inline = node.children[0].token if node.children else None
    tokens = inline.children or [] if inline else []
    wanted = _shape(tokens)
    # Beside a formula, other programs read the dollar of an amount as the start of one.
    always = "$" if any(t.type == "formula" and t.content[0] == "$" for t in tokens) else ""

    def text(signs: str) -> str:
        return placed(_written(tokens, signs + always))

    def is_same(signs: str) -> bool:
        return _shape(inline_tokens(text(signs), environment)) == wanted

    if is_same(""):
        return text("")
    signs = _PAIRED if is_same(_PAIRED) else _PAIRED + "&"
    for sign in signs:
        if is_same(fewer := signs.replace(sign, "")):
            signs = fewer
    return text(signs)


def _shape(tokens: Iterable[Token]) -> list[tuple[object, ...]]:
    """Return the comparable form of inline tokens: text, and begin and end of each element."""
    shape: list[tuple[object, ...]] = []
    for token in tokens:
        if token.type in ("text", "text_special", "image", "softbreak"):
            before = str(shape.pop()[1]) if shape and shape[-1][0] == "text" else ""
            words = " " if token.type == "softbreak" else _SPACE.sub(" ", token.content)
            shape.append(("text", before + words))
        else:
            words = _formula(token.content) if token.type == "formula" else token.content
            shape.append((token.type, words, token.attrGet("href"), token.attrGet("title")))
    return [each for each in shape if each != ("text", "")]


def _written(tokens: Sequence[Token], signs: str) -> str:
    """Return tokens as Markdown, with every one of `signs` in their text escaped."""
    backslashed = re.escape("".join(sign for sign in signs if sign != "&"))
    tag = _TAG if any(">" in token.content for token in tokens) else "(?!)"
    active = re.compile(
        f"{_ESCAPES} | {_ENTITY} | {tag}" + (f" | [{backslashed}]" if backslashed else ""),
        re.VERBOSE,
    )

    def put(found: re.Match[str]) -> str:
        if found[0] == "]" and "&" in signs:
            return "&#93;"  # beside `\[` a `\]` would end a formula
        return _ENTITIES.get(found[0], f"\\{found[0]}")

    parts: list[str] = []
    links: list[Token] = []
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        match token.type:
            case "text" | "text_special" | "image":
                words = _SPACE.sub(" ", token.content)
                is_address = bool(links) and links[-1].markup == "autolink"
                parts.append(words if is_address else active.sub(put, words))
            case "code_inline":
                parts.append(_ticked(_SPACE.sub(" ", token.content)))
            case "formula":
                parts.append(_formula(token.content).replace("\n", _KEPT_BREAK))
            case "softbreak":
                parts.append("\n")
            case "hardbreak":
                # A star beside a space neither opens nor closes emphasis, and an empty line ends
                # the paragraph.
                inner = before is not None and (before.nesting > 0 or "break" in before.type)
                inner = inner or (after is not None and after.nesting < 0)
                parts.append("<br>" if inner else "  \n")
            case "link_open":
                links.append(token)
                opening = "<" if token.markup == "autolink" else "["
                if opening == "[" and parts and parts[-1].endswith("!"):
                    parts[-1] = f"{parts[-1][:-1]}\\!"
                parts.append(opening)
            case "link_close":
                link = links.pop()
                parts.append(">" if link.markup == "autolink" else f"]({_target(link)})")
            case _:
                parts.append(token.markup)
    return "\n".join(line.lstrip(" ") for line in "".join(parts).split("\n")).strip(" ")


def _ticked(code: str) -> str:
    ticks = "`" * (1 + _longest_ticks(code)) if "`" in code else "`"
    pad = " " if code[:1] == "`" or code[-1:] == "`" or (code[:1] == code[-1:] == " ") else ""
    return f"{ticks}{pad}{code}{pad}{ticks}"


def _formula(source: str) -> str:
    """Return a formula with a space, which is meaningless there, before anything that other
    programs would read as a tag, a picture or a link."""
    return re.sub(
        r"(?<=<)(?=[A-Za-z/!?])|(?<=\])(?=[(\[:])|(?<=!)(?=\[)|(?<=\[)(?=\[)", " ", source
    )


def _target(link: Token) -> str:
    href = _AMPERSAND.sub("&amp;", str(link.attrGet("href") or ""))
    if not re.fullmatch(r"(?:[^()\s]|\([^()\s]*\))+", href):
        href = f"<{href}>"
    title = " ".join(str(link.attrGet("title") or "").split())
    if not title:
        return href
    title = re.sub(r'[\\"]', r"\\\g<0>", _AMPERSAND.sub("&amp;", title)).replace("<", "&lt;")
    return f'{href} "{title}"'
