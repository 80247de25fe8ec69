"""Server-sent events as the standard has them, whichever server sends them.

WHATWG HTML, 9.2.6: lines end with CR, LF or both and with nothing else, a byte order mark at the
beginning is none, a line that begins with a colon is a comment, one blank after the colon of a
field is left out, and `data` fields up to an empty line are one event.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\r|\n")
_DATA = re.compile(r"data(?:: ?(.*))?", re.DOTALL)
_ERROR = re.compile(r"error: ?(\{.*)", re.DOTALL)  # llama.cpp's, up to August 2025
_OTHER = re.compile(r"(?:event|id|retry|[\w-]*:.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Event:
    """What came up to an empty line. A `stray` line belongs to no event: an error object, say, over
    several lines."""

    data: str
    stray: bool = False


class Lines:
    """Bytes in, whole lines out, however they are cut. U+2028 and U+0085 end no line here."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""

    def feed(self, chunk: bytes) -> list[str]:
        text = self._rest + self._decoder.decode(chunk)
        held = text.endswith("\r")  # a line feed may follow
        lines = _LINE_END.split(text[:-1] if held else text)
        self._rest = lines.pop() + ("\r" if held else "")
        return lines

    def end(self) -> list[str]:
        """What the last line end left."""
        rest = self._rest + self._decoder.decode(b"", final=True)
        self._rest = ""
        return _LINE_END.split(rest) if rest else []


class EventReader:
    """Bytes of a stream in, events out.

    A gateway that loses `alt=sse` sends all events as one JSON array: they are told at its end.
    """

    def __init__(self) -> None:
        self._lines = Lines()
        self._data: list[str] = []
        self._array: list[str] | None = None
        self._begun = False

    def feed(self, chunk: bytes) -> list[Event]:
        return list(self._events(self._lines.feed(chunk)))

    def end(self) -> list[Event]:
        events = list(self._events(self._lines.end()))
        if self._array is not None:
            return list(_of_array("\n".join(self._array)))
        return [*events, *self._events([""])]

    def _events(self, lines: Iterable[str]) -> Iterator[Event]:
        for line in lines:
            if not self._begun and line.strip():
                self._begun = True
                self._array = [] if line.lstrip().startswith("[") else None
            if self._array is not None:
                self._array.append(line)
            elif not line:
                if self._data:
                    yield Event("\n".join(self._data))
                self._data = []
            elif field := _DATA.fullmatch(line):
                self._data.append(field[1] or "")
            elif error := _ERROR.fullmatch(line):
                yield Event(f'{{"error": {error[1]}}}', stray=True)
            elif not _OTHER.fullmatch(line):
                yield Event(line, stray=True)


def _of_array(text: str) -> Iterator[Event]:
    try:
        told = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        for line in text.split("\n"):
            yield Event(line, stray=True)
        return
    for event in told:
        yield Event(json.dumps(event))
