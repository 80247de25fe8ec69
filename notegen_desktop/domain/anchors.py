"""Finds addresses among other words: from a fixed anchor, grown to both sides within a bound.

Anchors are `://`, `www.` and the names of the sites, so the time taken is linear in the length of
the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .addresses import SITES, strip_tail

_SITE_WORDS = "|".join(re.escape(site) for site in SITES)
_ANCHOR = re.compile(
    r":(?:\\?/){2}|%(?:25)*3A%(?:25)*2F%(?:25)*2F|(?:www|m|music|player)\.|"
    rf"(?:{_SITE_WORDS})(?![\w-])|"
    r"notegen:|vnd\.youtube:|youtube:|"
    r"(?:javascript|vbscript|data|blob|view-source|mailto|magnet|tel):(?=\S)",
    re.IGNORECASE,
)
_SCHEME_BEFORE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,19}$")
_HOST_BEFORE = re.compile(r"(?:[\w-]{1,63}\.){0,6}[\w-]{0,63}$")
# An address ends at a space, a bracket, a wide punctuation mark, or where the next one begins.
_STOP = re.compile(
    r"[\s<>\"{}|^`\x00-\x20\x7f，、。！？；：（）【】「」『』《》“”‘’…]"
    r"|(?<![=/:?&%\\])https?:\\?/\\?/|\]\(",
    re.IGNORECASE,
)
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")


def candidates(line: str) -> Iterator[tuple[int, int, str]]:
    """The addresses of a line with their places, each as it stands there."""
    place = 0
    while match := _ANCHOR.search(line, place):
        start = _start_of(line, match, place)
        if start is None:
            place = match.end()
            continue
        stop = _STOP.search(line, match.end())
        end = stop.start() if stop else len(line)
        if start and line[start - 1] == "'" and (quote := line.find("'", match.end(), end)) > 0:
            end = quote
        if "\\u" not in line[start:end] and "\\/" not in line[start:end]:
            slash = line.find("\\", match.end(), end)
            end = slash if slash > 0 else end
        piece = strip_tail(line[start:end])
        yield start, end, piece
        place = max(end, match.end())


def _start_of(line: str, match: re.Match[str], floor: int) -> int | None:
    """Where the address around an anchor begins; None if the anchor is part of something else."""
    anchor = match[0].lower()
    at = match.start()
    if "/" in anchor or "%" in anchor:
        window = line[max(floor, at - 20) : at]
        before = _SCHEME_BEFORE.search(window)
        return at - len(before[0]) if before else None
    if anchor.endswith(":"):
        return at if at == floor or not line[at - 1].isalnum() else None
    window = line[max(floor, at - 256) : at]
    before = _HOST_BEFORE.search(window)
    start = at - (len(before[0]) if before else 0)
    for place in range(at - 1, start - 1, -1):
        if _WIDE.match(line[place]):  # words of a script without spaces touch the address
            start = place + 1
            break
    while line[start] in "_-":  # emphasis around the address
        start += 1
    if start > floor and line[start - 1] in "@/\\.%&?":
        protocol_relative = line[start - 2 : start] == "//" and line[start - 3 : start - 2] in (
            "",
            " ",
            '"',
            "'",
            "(",
        )
        return start if protocol_relative else None
    if anchor.endswith(".") and start != at:
        return None
    if anchor.endswith(".") and not re.match(r"[\w-]+\.[\w-]{2,}", line[match.end() :][:200]):
        return None
    return start
