"""Parses Matroska and WebM: elements, and blocks in clusters, by RFC 9559."""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from notegen_desktop.domain.links.video import Chapter
from notegen_desktop.domain.text.languages import normal_tag

from .film import MAX_ITEMS, MAX_TEXT_BYTES, FilmTrack, chapters_of

MATROSKA_SUFFIXES = frozenset((".mkv", ".webm", ".mka"))

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_INFO, _SCALE = 0x1549A966, 0x2AD7B1
_TRACKS, _ENTRY = 0x1654AE6B, 0xAE
_CHAPTERS, _EDITION, _ATOM = 0x1043A770, 0x45B9, 0xB6
_ATOM_START, _ATOM_HIDDEN, _DISPLAY, _TITLE = 0x91, 0x98, 0x80, 0x85
_NUMBER, _TYPE, _CODEC, _NAME, _LANGUAGE, _TAG = 0xD7, 0x83, 0x86, 0x536E, 0x22B59C, 0x22B59D
_ENCODINGS, _ENCODING, _COMPRESSION, _STRIPPED = 0x6D80, 0x6240, 0x5034, 0x4255
_TIME, _SIMPLE, _GROUP, _BLOCK, _DURATION = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B
_SUBTITLES = 17
_TEXT_CODECS = ("S_TEXT/", "S_ASS", "S_SSA", "D_WEBVTT")
_UNKNOWN = -1
"""The size of an element that the recorder left open; its children follow nevertheless."""


@dataclass(slots=True)
class _Entry:
    number: int = 0
    type: int = 0
    codec: str = ""
    name: str = ""
    language: str = "eng"
    stripped: bytes = b""
    packed: bool = False


class Matroska:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._end = file.seek(0, os.SEEK_END)
        self._scale = 1_000_000  # nanoseconds a tick, unless the file says otherwise
        self._entries: list[_Entry] = []
        self._marks: list[tuple[float, str]] = []
        self._first_cluster = self._end
        self._read_head()

    def tracks(self) -> tuple[FilmTrack, ...]:
        return tuple(
            FilmTrack(number, normal_tag(entry.language) or "", entry.name)
            for number, entry in enumerate(self._spoken(), 1)
        )

    def chapters(self, length_s: float | None) -> tuple[Chapter, ...]:
        return chapters_of(self._marks, length_s)

    def words(self, number: int) -> Iterator[tuple[float, float, str]]:
        entry = self._spoken()[number - 1]
        tick = self._scale / 1e9
        base = looked = total = 0
        for element, start, size in self._elements(self._first_cluster, self._end):
            if element == _TIME:
                base = self._whole(start, size)
            elif element in (_GROUP, _SIMPLE):
                looked += 1
                if looked > MAX_ITEMS * 4 or total > MAX_TEXT_BYTES:
                    return
                found = self._block(element, start, size, entry.number)
                if found is None:
                    continue
                offset, length, data = found
                total += len(data)
                text = _block_text(self._unpacked(data, entry), entry.codec)
                if text.strip():
                    begin = (base + offset) * tick
                    yield begin, begin + length * tick, text

    def _spoken(self) -> list[_Entry]:
        return [
            entry
            for entry in self._entries
            if entry.type == _SUBTITLES and entry.codec.startswith(_TEXT_CODECS)
        ]

    def _elements(self, at: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield elements with offset and size of their content (bytes); segments and clusters are
        entered, since their sizes may be unknown."""
        while at + 2 <= end:
            self._file.seek(at)
            head = self._file.read(12)
            element, used = _vint(head, 0, keep=True)
            size, used = _vint(head, used)
            start = at + used
            if element in (_SEGMENT, _CLUSTER) or size == _UNKNOWN:
                yield element, start, 0
                at = start
                continue
            yield element, start, min(size, end - start)
            at = start + size

    def _read_head(self) -> None:
        for element, start, size in self._elements(0, self._end):
            if element == _INFO:
                for inner, a, n in self._elements(start, start + size):
                    if inner == _SCALE:
                        self._scale = self._whole(a, n) or self._scale
            elif element == _TRACKS:
                for inner, a, n in self._elements(start, start + size):
                    if inner == _ENTRY:
                        self._entries.append(self._entry(a, n))
            elif element == _CHAPTERS:
                self._read_chapters(start, size)
            elif element == _CLUSTER and self._first_cluster == self._end:
                self._first_cluster = start
                if not self._marks:
                    self._read_late_chapters(start)
                return

    def _read_late_chapters(self, cluster: int) -> None:
        """Read chapters behind the video, where few programs put them: within the last MB."""
        begin = max(cluster, self._end - 2**20)
        tail = self._bytes(begin, 2**20)
        at = tail.find(_CHAPTERS.to_bytes(4, "big"))
        if at >= 0:
            size, used = _vint(tail, at + 4)
            self._read_chapters(begin + used, min(size, self._end - begin - used))

    def _entry(self, start: int, size: int) -> _Entry:
        entry = _Entry()
        pending = [(start, size)]
        while pending:
            at, length = pending.pop()
            for element, a, n in self._elements(at, at + length):
                if element in (_ENCODINGS, _ENCODING, _COMPRESSION):
                    entry.packed = entry.packed or element == _COMPRESSION
                    pending.append((a, n))
                elif element == _NUMBER:
                    entry.number = self._whole(a, n)
                elif element == _TYPE:
                    entry.type = self._whole(a, n)
                elif element == _CODEC:
                    entry.codec = self._text(a, n)
                elif element == _NAME:
                    entry.name = self._text(a, n)
                elif element in (_LANGUAGE, _TAG):
                    entry.language = self._text(a, n)
                elif element == _STRIPPED:
                    entry.stripped = self._bytes(a, n)
        return entry

    def _read_chapters(self, start: int, size: int) -> None:
        for element, a, n in self._elements(start, start + size):
            if element == _EDITION and not self._marks:
                for inner, at, length in self._elements(a, a + n):
                    if inner == _ATOM:
                        self._read_atom(at, length)

    def _read_atom(self, start: int, size: int) -> None:
        begin, title, hidden = 0, "", False
        for element, a, n in self._elements(start, start + size):
            if element == _ATOM_START:
                begin = self._whole(a, n)
            elif element == _ATOM_HIDDEN:
                hidden = bool(self._whole(a, n))
            elif element == _DISPLAY and not title:
                parts = self._elements(a, a + n)
                title = next((self._text(at, m) for each, at, m in parts if each == _TITLE), "")
        if title and not hidden:
            self._marks.append((begin / 1e9, title))

    def _block(
        self, element: int, start: int, size: int, wanted: int
    ) -> tuple[int, int, bytes] | None:
        """Return offset and length in ticks and the bytes of a block of the track `wanted`, or
        None."""
        place, length, duration = start, size, 0
        if element == _GROUP:
            place = 0
            for inner, a, n in self._elements(start, start + size):
                if inner == _BLOCK:
                    place, length = a, n
                    number, _ = _vint(self._bytes(a, 8), 0)
                    if number != wanted:
                        return None
                elif inner == _DURATION:
                    duration = self._whole(a, n)
            if not place:
                return None
        number, used = _vint(self._bytes(place, 8), 0)
        if number != wanted:
            return None
        data = self._bytes(place, min(length, 2**20))
        (offset,) = struct.unpack_from(">h", data, used)
        return offset, duration, data[used + 3 :]

    def _unpacked(self, data: bytes, entry: _Entry) -> bytes:
        if entry.stripped:
            return entry.stripped + data
        if not entry.packed:
            return data
        return zlib.decompressobj().decompress(data, 2**20)

    def _bytes(self, at: int, size: int) -> bytes:
        self._file.seek(at)
        return self._file.read(size)

    def _whole(self, at: int, size: int) -> int:
        return int.from_bytes(self._bytes(at, min(size, 8)), "big")

    def _text(self, at: int, size: int) -> str:
        return self._bytes(at, min(size, 4096)).decode("utf-8", "replace").strip("\0 ")


def _vint(data: bytes, at: int, *, keep: bool = False) -> tuple[int, int]:
    """Return a variable-length integer, and its end; `keep` keeps its length marker, as in ids."""
    first = data[at]
    if not first:
        raise ValueError
    width = 9 - first.bit_length()
    value = int.from_bytes(data[at : at + width], "big")
    if not keep:
        value &= (1 << 7 * width) - 1
        if value == (1 << 7 * width) - 1:
            value = _UNKNOWN
    return value, at + width


def _block_text(data: bytes, codec: str) -> str:
    text = data.decode("utf-8", "replace").strip("\0")
    if codec.startswith(("S_TEXT/ASS", "S_TEXT/SSA", "S_ASS", "S_SSA")):
        # ReadOrder, Layer, Style, Name, three margins, Effect, then the words
        parts = text.split(",", 8)
        said = re.sub(r"\\[Nn]", "\n", parts[-1])
        return f"{parts[3]}: {said}" if len(parts) == 9 and parts[3].strip() else said
    # WebM puts the cue's name and settings on two lines before the words.
    return "\n".join(text.split("\n")[2:]) if codec == "D_WEBVTT/SUBTITLES" else text
