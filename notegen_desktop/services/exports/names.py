"""Names of files and folders made from titles that strangers chose."""

from __future__ import annotations

import re
import unicodedata

MOST_BYTES = 180
"""Longest name of a file, with its number and ending; file systems allow 255."""

FOLDER_BYTES = 120

_FORBIDDEN = re.compile(r'[\\/:*?"<>|]+')
_NO_NAME = re.compile(r"^[\s.~-]+|[\s.]+$")
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, bidi and other invisible marks, halves of characters, what has no meaning yet."""

# Windows takes these for devices, whatever ending and spaces follow.
_RESERVED = re.compile(
    r"^(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)", re.IGNORECASE
)


def safe_name(title: str, *, fallback: str = "note", most_bytes: int = MOST_BYTES) -> str:
    """A single name, in NFC, that every file system takes and that shows as what it is.

    At most `most_bytes` bytes of UTF-8; `fallback` where nothing of the title is left.
    """
    text = unicodedata.normalize("NFC", title)
    text = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in _DROPPED
    )
    text = _FORBIDDEN.sub(" ", text)
    text = " ".join(text.split())
    text = _trimmed(text)
    if _RESERVED.match(text):
        text = f"_{text}"
    text = _cut(text, most_bytes)
    return text or fallback


def _trimmed(text: str) -> str:
    """Without what hides a file, looks like an option, or is dropped by a file system."""
    while text != (text := _NO_NAME.sub("", text)):
        pass
    return text


def _cut(text: str, most_bytes: int) -> str:
    """The beginning of `text`, never through a character and its marks."""
    if len(text.encode()) <= most_bytes:
        return text
    kept = text.encode()[:most_bytes].decode(errors="ignore")
    while kept and unicodedata.combining(text[len(kept)]):
        kept = kept[:-1]
    return _trimmed(kept)
