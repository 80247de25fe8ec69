"""Parses JSON as models write it, whole or cut off at any character.

A quotation mark ends a text only if JSON follows it; `escapes` decodes backslashes. Also tolerated:
trailing and missing commas, other quotation marks, names without any, comments, Python's constants,
a whole answer within a string, and several objects in a row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from notegen_desktop.domain.text.cleaning import unescaped

from .escapes import decoded_string

MAX_DEPTH = 40
KEYS = (
    *("title", "sections", "notes", "template", "heading", "cites"),
    *("concise", "standard", "comprehensive"),
)
"""The names of an answer: only these are accepted without quotation marks."""


class Cut(str):
    """A text, or a bare word, that is not closed: it may go on."""

    __slots__ = ()


class CutDict(dict[str, Any]):
    """An object that is not closed."""


_GAP = r"(?:[\s\ufeff]|//[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z)|\#[^\n]*(?:\n|\Z))*"
_SPACE = re.compile(_GAP, re.DOTALL)
_COMMAS = re.compile(_GAP.replace("[", "[,;，；", 1), re.DOTALL)
_CLOSING = {
    **{'"': '"', "'": "'", "`": "`", "«": "»", "＂": "＂"},
    **dict.fromkeys("“”„", "“”"),
    **dict.fromkeys("‘’‚", "‘’"),
}
_OPENING = "".join(_CLOSING)
_BODY = {
    closing: re.compile(rf"[^{closing}\\]*(?:\\.[^{closing}\\]*)*", re.DOTALL)
    for closing in set(_CLOSING.values())
}
_NAMES = "|".join(KEYS)
_NEXT_KEY = re.compile(
    rf"{_GAP}(?:\Z|}}|{{\s*[{_OPENING}]|[{_OPENING}](?:[^\\\n{_OPENING}]|\\.){{0,80}}(?:\Z|[{_OPENING}]{_GAP}(?:[:：=]|\Z))"
    rf"|(?:{_NAMES}){_GAP}(?::|：|=|\Z))",
    re.DOTALL,
)
_NEXT_ITEM = re.compile(rf"{_GAP}(?:\Z|[{_OPENING}{{\[\]\d-]|(?:null|None)\b)", re.DOTALL)
_BARE = re.compile(r"[^\s,:}\]][^,}\]\n]*")
_BARE_KEY = re.compile(r"[^\s,:：=}\]{]+")
_CONSTANTS = {
    **{"true": True, "false": False},
    **dict.fromkeys(("null", "none", "nan", "undefined", "nil", "infinity", "-infinity")),
}
_START = re.compile(
    rf"[\[{{](?=\s{{0,80}}(?:[\[{{]\s{{0,80}}){{0,3}}(?:[{_OPENING}}}\]]|//|/\*|\#|\d|(?:{_NAMES})\b|\Z))"
)
_WRAPPED = re.compile(r'[\s\ufeff]*(?:```\w*\s*)?(?=["\'](?:\s|\\n|[\[{])+\\+")')
_OTHER_KEY = re.compile(rf"[{_OPENING}](?:{_NAMES})[{_OPENING}]\s*:|[\"＂](?:{_NAMES})[\"＂]\s*：")
_LABELS_BEHIND = re.compile(r"\s*((?:\[\d{1,5}(?:\s*[,–-]\s*\d{1,5})*\]\s*)+)")
"""Labels that a model wrote behind the closing quotation mark of their text."""
_TRIPLE = '"' * 3
_SOUND = json.JSONDecoder(strict=False)
_UNSURE = re.compile(
    r"\\(?:u[0-9a-fA-F]{0,3}|u[dD][89abAB][0-9a-fA-F]{2}(?:\\u?[0-9a-fA-F]{0,3})?|[a-z]{0,16})?\Z"
)
"""The end of an unfinished text, if its last backslash cannot be decoded yet."""


def values(text: str, decoded: Callable[[str], str] | None = None) -> Iterator[tuple[Any, bool]]:
    """Yield each object and list in a text, and True if it is closed; text around them is skipped.

    `decoded` decodes the raw content of a string: `decoded_string`, or more than that.
    """
    if '"' not in text and "&quot;" in text:
        text = unescaped(text)
    if text.lstrip()[:3] in ('{\\"', "[{\\"):  # escaped, and no string around it
        text = f'"{text.strip()}' + ('"' if text.rstrip().endswith(("}", "]")) else "")
    if wrapped := _WRAPPED.match(text):
        reader = _Reader(text, wrapped.end(), decoded_string, _Keys(text))
        inner = reader.text_value(lambda at: not text[at:].strip("` \n"))
        yield from values(str(inner), decoded)
        return
    at, keys = 0, _Keys(text)
    while begin := _START.search(text, at):
        is_sound = _is_sound(text, begin.start())
        reader = _Reader(text, begin.start(), decoded or decoded_string, keys, is_sound=is_sound)
        try:
            value = reader.value(1)
        except _TooDeep:
            value, reader.cut = None, True
        yield value, not reader.cut
        at = len(text) if reader.cut else max(reader.at, begin.end())


def _is_sound(text: str, at: int) -> bool:
    """Return True if valid JSON begins at `at`: then its strings are taken as they are, whatever
    they contain."""
    try:
        _SOUND.raw_decode(text, at)
    except (ValueError, RecursionError):
        return False
    return True


class _TooDeep(Exception):
    pass


class _Keys:
    """The known keys of a text, each with its colon. Positions in look-ups only grow, so that the
    text is scanned once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: re.Match[str] | None = None
        self._is_known = False

    def after(self, at: int) -> re.Match[str] | None:
        """The first one that begins at a place or behind it."""
        if not self._is_known or (self._found is not None and self._found.start() < at):
            self._is_known = True
            self._found = _OTHER_KEY.search(self._text, at)
        return self._found


class _Reader:
    """Reads one value from `at` on. `cut`: the text ended before the value did. `is_sound`: it is
    valid JSON, and nothing is guessed."""

    def __init__(
        self,
        text: str,
        at: int,
        decoded: Callable[[str], str],
        keys: _Keys,
        *,
        is_sound: bool = False,
    ) -> None:
        self.text = text
        self._decoded = decoded
        self._keys = keys
        self._is_sound = is_sound
        self.at = at
        self.cut = False

    def value(self, depth: int, *, in_object: bool = False) -> Any:
        if depth > MAX_DEPTH:
            raise _TooDeep
        first = self.text[self.at]
        if first == "{":
            return self._object(depth)
        if first == "[":
            return self._list(depth)
        if self.text.startswith(_TRIPLE, self.at):
            return self._triple()
        if first in _CLOSING and self._is_sound:
            return self._key()
        if first in _CLOSING:
            said = self.text_value(lambda at: self._goes_on(at, depth, in_object=in_object))
            behind = None if self.cut else self._labels_behind(self.at) if in_object else None
            if behind is not None:
                self.at = behind.end()
                said = f"{said} {behind[1].strip()}"
            return said
        return self._bare()

    def _object(self, depth: int) -> dict[str, Any]:
        found = CutDict()
        self.at += 1
        while self._skip(_COMMAS):
            first = self.text[self.at]
            if first in "}]{":  # the last two: the closing brace is missing
                self.at += first == "}"
                return dict(found)
            key = self._key()
            if not self._skip(_SPACE):
                break
            sign = self.text[self.at]
            if sign not in ":：=":
                continue
            self.at += 1 + self.text.startswith("=>", self.at)
            if not self._skip(_SPACE):
                break
            if self.text[self.at] in ",}":
                continue
            _add(found, key, self.value(depth + 1, in_object=True))
            if self.cut:
                break
        return found

    def _list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        while self._skip(_COMMAS):
            first = self.text[self.at]
            if first == "]":
                self.at += 1
                return found
            if first == "}":
                return found  # the closing bracket is missing
            found.append(self.value(depth + 1))
            if self.cut:
                break
        return found

    def _triple(self) -> str:
        """Read a text between three quotation marks, as in Python."""
        start = self.at + 3
        end = self.text.find(_TRIPLE, start)
        self.cut = end < 0
        self.at = len(self.text) if self.cut else end + 3
        said = self.text[start:] if self.cut else self.text[start:end]
        return Cut(self._decoded(said.rstrip('"'))) if self.cut else self._decoded(said)

    def _labels_behind(self, at: int) -> re.Match[str] | None:
        found = _LABELS_BEHIND.match(self.text, at)
        if found is None:
            return None
        after = self.text[found.end() : found.end() + 1]
        ends = after == "}" or (after == "," and _NEXT_KEY.match(self.text, found.end() + 1))
        return found if ends else None

    def _key(self) -> str:
        if self.text[self.at] in _CLOSING:
            return self.text_value(lambda _at: True)
        bare = _BARE_KEY.match(self.text, self.at)
        self.at = bare.end() if bare else self.at + 1
        self.cut = self.at == len(self.text)
        return bare[0] if bare else ""

    def text_value(self, ends: Callable[[int], bool]) -> str:
        """Read a text in quotation marks. `ends` tells if the text ends before an index."""
        text, start = self.text, self.at + 1
        body = _BODY[_CLOSING[text[self.at]]]
        key = None if self._is_sound else self._keys.after(start)
        end = start
        while True:
            end = _end(body, text, end)
            if key and key.end() <= end:  # the closing mark is missing, or behind a backslash
                self.at = key.start()
                return self._decoded(text[start : self.at].rstrip(", \n\t").removesuffix('"'))
            is_cut = end >= len(text) or text[end] == "\\"
            if is_cut or ends(end + 1):
                break
            end += 1
        if is_cut:
            self.at, self.cut = len(text), True
            return Cut(self._decoded(_UNSURE.sub("", text[start:])))
        self.at = end + 1
        return self._decoded(text[start:end])

    def _goes_on(self, at: int, depth: int, *, in_object: bool) -> bool:
        """Return True if JSON follows a quotation mark, so that it is not part of the text."""
        text = self.text
        after = _end(_SPACE, text, at)
        if after == len(text):
            return True
        match text[after]:
            case "," | ";" | "，" | "；":
                following = _NEXT_KEY if in_object else _NEXT_ITEM
                return following.match(text, after + 1) is not None
            case "}" | "]" as mark:
                beyond = _end(_SPACE, text, after + 1)
                own = (mark == "}") == in_object
                return beyond == len(text) or text[beyond] in ",}]{" or (own and depth <= 2)
            case mark if mark in _CLOSING:  # a comma is missing
                if in_object:
                    return _NEXT_KEY.match(text, after) is not None
                return "\n" in text[at:after]
            case "[" if in_object:
                return self._labels_behind(at) is not None
        return False

    def _bare(self) -> Any:
        found = _BARE.match(self.text, self.at)
        if found is None:
            self.at += 1
            return None
        self.at = found.end()
        word = found[0].strip()
        if self.at == len(self.text):
            self.cut = True
            return Cut(word)
        return _CONSTANTS.get(word.casefold(), word)

    def _skip(self, what: re.Pattern[str]) -> bool:
        """Advance behind a match; False at the end of the text."""
        self.at = _end(what, self.text, self.at)
        self.cut = self.at >= len(self.text)
        return not self.cut


def _add(found: dict[str, Any], key: str, value: Any) -> None:
    """Add a field. Of duplicates the later one counts, but lists are joined, and an empty value
    never replaces another."""
    before = found.get(key)
    if isinstance(before, list) and isinstance(value, list) and value[: len(before)] != before:
        value = [*before, *(each for each in value if each not in before)]
    if value or not before:
        found[key] = value


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
