"""Parses server-sent events as the standard defines them.

WHATWG HTML, 9.2.6: lines end with CR, LF or both and with nothing else, a byte order mark at the
beginning is skipped, a line that begins with a colon is a comment, one blank after the colon of a
field is removed, and `data` fields up to an empty line are one event.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator

_LINE_END = re.compile(r"\r\n|\r|\n")
_DATA = re.compile(r"data(?:: ?(?:data: ?(?=[{\[]))?(.*))?", re.DOTALL)
"""Some gateways write the name of the field twice."""
_ERROR = re.compile(r"error: ?(\{.*)", re.DOTALL)  # llama.cpp's, up to August 2025
_OTHER = re.compile(r"(?:event|id|retry|[\w-]*:.*)", re.DOTALL)


class Lines:
    """Splits bytes, cut anywhere, into whole lines. U+2028 and U+0085 end no line here."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._begun: list[str] = []  # parts of the line that has not ended
        self._held = ""

    def feed(self, chunk: bytes) -> list[str]:
        text = self._held + self._decoder.decode(chunk)
        self._held = "\r" if text.endswith("\r") else ""  # a line feed may follow
        first, *others = _LINE_END.split(text[:-1] if self._held else text)
        self._begun.append(first)
        if not others:
            return []
        lines = ["".join(self._begun), *others]
        self._begun = [lines.pop()]
        return lines

    def end(self) -> list[str]:
        """Return the text after the last line end."""
        rest = "".join([*self._begun, self._held, self._decoder.decode(b"", final=True)])
        self._begun, self._held = [], ""
        return _LINE_END.split(rest) if rest else []


def _is_object(line: str) -> bool:
    """Whether a line is a whole object of JSON."""
    if line[:1] != "{" or line.rstrip()[-1] != "}":
        return False
    try:
        return isinstance(json.loads(line, strict=False), dict)
    except (ValueError, RecursionError):
        return False


class EventReader:
    """Splits the bytes of a stream into the data of its events.

    Lines outside an event are returned like one: an object that fills its line at once; others,
    such as an error over several lines, or a gateway's array of all events, together when the next
    event begins or the stream ends.
    """

    def __init__(self) -> None:
        self._lines = Lines()
        self._data: list[str] = []
        self._stray: list[str] = []

    def feed(self, chunk: bytes) -> list[str]:
        return list(self._events(self._lines.feed(chunk)))

    def end(self) -> list[str]:
        return [*self._events([*self._lines.end(), ""]), *self._strays()]

    def _events(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            if not line:
                if self._data:
                    yield "\n".join(self._data)
                self._data = []
            elif field := _DATA.fullmatch(line):
                yield from self._strays()
                if len(self._data) == 1 and _is_object(self._data[0]):
                    yield self._data.pop()  # the empty line behind it was left out
                self._data.append(field[1] or "")
            elif error := _ERROR.fullmatch(line):
                yield f'{{"error": {error[1]}}}'
            elif not _OTHER.fullmatch(line):
                self._stray.append(line)
                if len(self._stray) == 1 and line[0] == "{" and line.rstrip()[-1] == "}":
                    yield from self._strays()

    def _strays(self) -> list[str]:
        told, self._stray = "\n".join(self._stray), []
        return [told] if told else []
