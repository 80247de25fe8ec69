"""Text that every store, file format and renderer accepts.

What models and captions send may hold NUL, which PostgreSQL and XML refuse, and lone surrogates,
which no encoding accepts. Whatever leaves the program by way of a database or a file passes here.
"""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def clean(text: str) -> str:
    """`text` with NUL and lone surrogates replaced by U+FFFD; pairs of surrogates are joined."""
    if "\0" in text:
        text = text.replace("\0", REPLACEMENT)
    if _LONE_SURROGATE.search(text):
        paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return _LONE_SURROGATE.sub(REPLACEMENT, paired)
    return text


def clean_for_xml(text: str) -> str:
    """Also without the control characters that XML forbids; a form feed or tab becomes a space."""
    return _NOT_IN_XML.sub(" ", clean(text))
