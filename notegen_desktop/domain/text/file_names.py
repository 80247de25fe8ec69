"""Names of files and folders from foreign titles: sanitizing, numbering, comparing."""

from __future__ import annotations

import re
import unicodedata

MAX_BYTES = 180
"""Maximum bytes of a file name with its number and extension; file systems allow 255."""

FOLDER_BYTES = 120

_MAX_READ = 4_000
"""Maximum characters read of a title; a name keeps far fewer."""

_FORBIDDEN = re.compile(r'[\\/:*?"<>|]+')
_NO_NAME = re.compile(r"^[\s.~-]+|[\s.\u200c\u200d]+$")
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are removed: controls, bidirectional and other invisible marks,
surrogates, unassigned characters."""

_JOINERS = "\u200c\u200d"
_JOINED = re.compile(f"(.?)([{_JOINERS}])[{_JOINERS}]*(?=(.?))", re.DOTALL)

_MAX_MARKS = 30
"""Maximum combining marks per character, as in the Stream-Safe Text Format of UAX #15; no script
needs more."""

_SKIN_TONES = range(0x1F3FB, 0x1F400)

# Windows takes these for devices, whatever ending and spaces follow.
_RESERVED = re.compile(
    r"^(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)", re.IGNORECASE
)


def safe_name(title: str, *, fallback: str = "note", max_bytes: int = MAX_BYTES) -> str:
    """Return a single name, in NFC, that is valid on every file system and shows all of its
    characters.

    At most `max_bytes` bytes of UTF-8; `fallback` if nothing of the title is left.
    """
    text = unicodedata.normalize("NFC", title[:_MAX_READ])
    text = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace()
        or character in _JOINERS
        or unicodedata.category(character) not in _DROPPED
    )
    text = _JOINED.sub(_joint, text)
    text = _FORBIDDEN.sub(" ", text)
    text = _trimmed(_few_marks(" ".join(text.split())))
    if _RESERVED.match(text):
        text = f"_{text}"
    return _cut(text, max_bytes) or fallback


def _joint(found: re.Match[str]) -> str:
    """Return a joiner and the character before it: kept between two letters or emoji, which may
    need it."""
    before, joiner, behind = found.groups()
    joins = all(
        each > "\x7f"
        and (unicodedata.category(each)[0] in "LM" or unicodedata.category(each) in ("So", "Sk"))
        for each in (before, behind)
    )
    return before + joiner if joins else before


def name_with_kind(title: str, kind: str, *, ending: str, fallback: str = "note") -> str:
    """Return the title, then the kind of note, which is kept however long the title is.

    `ending` is the longest possible suffix.
    """
    behind = f" - {safe_name(kind, max_bytes=MAX_BYTES // 3)}"
    room = MAX_BYTES - len(f"{behind}{ending}".encode())
    return safe_name(title, fallback=fallback, max_bytes=room) + behind


def collision_key(name: str) -> str:
    """Return a key equal for two names that a disk may take for one: some ignore case, composition
    or joiners."""
    bare = name.replace("\u200c", "").replace("\u200d", "")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", bare).casefold())


def _few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if is_mark(character) else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def is_mark(character: str) -> bool:
    """Return True if it belongs to the character before it."""
    return unicodedata.category(character)[0] == "M" or ord(character) in _SKIN_TONES


def _trimmed(text: str) -> str:
    """Return a name without characters that hide a file, look like an option, or are dropped by a
    file system."""
    while text != (text := _NO_NAME.sub("", text)):
        pass
    return text


def _cut(text: str, max_bytes: int) -> str:
    """Return the beginning of `text`, never cut between a character and its marks."""
    if len(text.encode()) <= max_bytes:
        return text
    kept = text.encode()[:max_bytes].decode(errors="ignore")
    while kept and is_mark(text[len(kept)]):
        kept = kept[:-1]
    return _trimmed(kept)
