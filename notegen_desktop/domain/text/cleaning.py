"""Sanitizes text for every store, file format, terminal and reader.

Texts of models, captions and titles may contain NUL, which PostgreSQL and XML refuse, lone
surrogates, which no encoding accepts, escape sequences, which a terminal executes, and invisible
characters that reverse the order of others ("Trojan source"). `clean` is for stored text that must
be returned unchanged, `harmless` for text to read, `visible` for names, labels and code.
"""

from __future__ import annotations

import html
import re

from notegen_desktop.domain.text.patterns import lazy_pattern

REPLACEMENT = "\ufffd"
_SURROGATE = lazy_pattern("[\ud800-\udfff]")
_LINE_BREAK = lazy_pattern("\r\n|[\r\u2028\u2029]")
_ENTITY = lazy_pattern(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_NOT_IN_XML = lazy_pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

# Escape sequences as a whole (ECMA-48: CSI, and strings such as OSC up to their end), control
# characters except tab and line ends, embeddings, overrides and isolates of direction (Unicode TR
# 9), and tag characters, which can hide words.
_HARMFUL = lazy_pattern(
    "\x1b\\[[0-?]*[ -/]*[@-~]"
    "|\x1b[\\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\\\)"
    "|[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u206f\U000e0000-\U000e007f]"
)
_SPACE = lazy_pattern("[\x0b\x0c\x85]")
# Marks of direction and characters without width. The joiners shape Persian and Indian words and
# emoji, so they are hidden only beside ASCII.
_INVISIBLE = lazy_pattern(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u2060-\u2064"
    "\u3164\ufeff\uffa0\ufff9-\ufffb]|(?:(?<=[\0-\x7f])|^)[\u200c\u200d]+|[\u200c\u200d]+(?=[\0-\x7f]|$)"
)


def paired(text: str) -> str:
    """Return `text` with pairs of surrogates joined, and lone ones replaced by U+FFFD."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def clean(text: str) -> str:
    """Return `text` with NUL and lone surrogates replaced by U+FFFD; pairs of surrogates are
    joined."""
    return paired(text.replace("\0", REPLACEMENT))


def with_line_feeds(text: str) -> str:
    """Return `text` with each line break of any system as one line feed."""
    return _LINE_BREAK.sub("\n", text)


def lines_of(text: str) -> list[str]:
    """Return the lines with their ends, as in Markdown, YAML and TOML: only a line feed ends one,
    while `splitlines` also takes form feeds, separators and others."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def harmless(text: str) -> str:
    """Return `text` cleaned, without characters that a terminal executes or that reverse the order
    of others."""
    return clean(_HARMFUL.sub("", _SPACE.sub(" ", text)))


def visible(text: str) -> str:
    """Return `text` made harmless, without invisible characters."""
    return _INVISIBLE.sub("", harmless(text))


def unescaped(text: str) -> str:
    """Return `text` with HTML entities decoded; a lone `&` stays."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def in_sentence(message: str) -> str:
    """Return another program's message for the end of a sentence: its lines in one, without final
    punctuation."""
    lines = (" ".join(line.split()).rstrip(".?!:;。？！… ") for line in message.splitlines())
    return "; ".join(filter(None, lines))


def clean_for_xml(text: str) -> str:
    """Return `text` made harmless, without characters that XML forbids; a form feed becomes a
    space."""
    return _NOT_IN_XML.sub(" ", harmless(text))
