"""Subtitle tracks and chapters inside films: MP4 and MOV, Matroska and WebM. Blocking.

Only headers and the subtitles themselves are read, so that a film of gigabytes takes seconds.
Sources: ISO/IEC 14496-12 and -30, 3GPP TS 26.245 (timed text), RFC 9559 (Matroska). Nothing here
raises for a damaged file: it has what can be found in it.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from notegen_desktop.domain.links.video import Chapter
from notegen_desktop.domain.text.languages import normal_tag

MP4_SUFFIXES = frozenset((".mp4", ".m4v", ".mov", ".m4a", ".3gp"))
MATROSKA_SUFFIXES = frozenset((".mkv", ".webm", ".mka"))
MAX_TEXT_BYTES = 20 * 2**20
"""What the words of one track may take; those of a film have some 100 KB."""
MAX_ITEMS = 500_000
"""Samples or blocks that are looked at for one track, so that a damaged table ends."""

_BROKEN = (OSError, struct.error, ValueError, LookupError, OverflowError, zlib.error)


@dataclass(frozen=True, slots=True)
class FilmTrack:
    """A track with words. `number` counts the tracks of its film from 1; `language` is a tag."""

    number: int
    language: str = ""
    name: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Film:
    """What a film holds besides pictures and sound."""

    tracks: tuple[FilmTrack, ...] = ()
    chapters: tuple[Chapter, ...] = ()


def film_of(path: Path, length_s: float | None = None) -> Film:
    """The tracks with words and the chapters of a film of that length; nothing where they cannot
    be read."""
    try:
        with path.open("rb") as file:
            opened = _opened(file, path)
            return Film() if opened is None else Film(opened.tracks(), opened.chapters(length_s))
    except _BROKEN:
        return Film()


def captions_in(path: Path, number: int) -> str:
    """The words of a track as SubRip text; "" where there are none. Raises OSError."""
    rows: list[tuple[float, float, str]] = []
    with path.open("rb") as file:
        try:
            opened = _opened(file, path)
            for row in opened.words(number) if opened is not None else ():
                rows.append(row)
        except _BROKEN:  # damaged from here on: what came before is good
            pass
    return "\n".join(
        f"{at}\n{_clock(start)} --> {_clock(end)}\n{text}\n"
        for at, (start, end, text) in enumerate(rows, 1)
    )


def _opened(file: BinaryIO, path: Path) -> _Mp4 | _Matroska | None:
    suffix = path.suffix.lower()
    if suffix in MATROSKA_SUFFIXES:
        return _Matroska(file)
    return _Mp4(file) if suffix in MP4_SUFFIXES else None


def _clock(seconds: float) -> str:
    thousandths = max(0, round(seconds * 1000))
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02},{rest % 1000:03}"


# --- MP4 and MOV: tables of samples in `moov` ----------------------------------------------------


def boxes(file: BinaryIO, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes of a stretch of a file: kind, and where the content begins and ends (bytes)."""
    while at + 8 <= end:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        start = at + 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            start += 8
        stop = end if size == 0 else at + size
        if stop <= at or stop < start:
            return
        yield kind, start, min(stop, end)
        at = stop


@dataclass(slots=True)
class _Trak:
    """A track of an MP4 file: where its tables are (bytes), and what it is."""

    id: int
    tables: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    handler: bytes = b""
    form: bytes = b""
    scale: int = 1
    language: str = ""
    name: str = ""
    chapters: tuple[int, ...] = ()


class _Mp4:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._nero: tuple[int, int] | None = None
        end = file.seek(0, os.SEEK_END)
        moov = next(((a, b) for kind, a, b in boxes(file, 0, end) if kind == b"moov"), (0, 0))
        self._traks: list[_Trak] = []
        for kind, start, stop in boxes(file, *moov):
            if kind == b"trak":
                self._traks.append(self._trak(start, stop))
            elif kind == b"udta":
                self._nero = next(
                    ((a, b) for inner, a, b in boxes(file, start, stop) if inner == b"chpl"), None
                )

    def tracks(self) -> tuple[FilmTrack, ...]:
        return tuple(track for track, _ in self._spoken())

    def words(self, number: int) -> Iterator[tuple[float, float, str]]:
        trak = next(trak for track, trak in self._spoken() if track.number == number)
        for start, end, data in self._samples(trak):
            text = _sample_text(data, trak.form)
            if text.strip():
                yield start, end, text

    def _spoken(self) -> list[tuple[FilmTrack, _Trak]]:
        lists = {number for trak in self._traks for number in trak.chapters}
        found = [t for t in self._traks if t.form in _TEXT_FORMS and t.id not in lists]
        return [
            (FilmTrack(number, trak.language, trak.name, trak.form.decode("latin-1")), trak)
            for number, trak in enumerate(found, 1)
        ]

    def _trak(self, start: int, stop: int) -> _Trak:
        trak = _Trak(0)
        inside = (b"mdia", b"minf", b"stbl", b"tref", b"udta")
        pending = [(start, stop)]
        while pending:
            for kind, a, b in boxes(self._file, *pending.pop()):
                if kind in inside:
                    pending.append((a, b))
                else:
                    self._take(trak, kind, a, b)
        return trak

    def _take(self, trak: _Trak, kind: bytes, a: int, b: int) -> None:
        read = self._read(a, min(b - a, 4096)) if kind in _FACTS else b""
        if kind == b"tkhd":
            (trak.id,) = struct.unpack_from(">I", read, 20 if read[0] == 1 else 12)
        elif kind == b"hdlr":
            trak.handler = read[8:12]
        elif kind == b"mdhd":
            at = 20 if read[0] == 1 else 12
            (trak.scale,) = struct.unpack_from(">I", read, at)
            (packed,) = struct.unpack_from(">H", read, at + (12 if read[0] == 1 else 8))
            letters = "".join(chr(96 + (packed >> shift & 31)) for shift in (10, 5, 0))
            trak.language = trak.language or (normal_tag(letters) or "")
        elif kind == b"elng":
            trak.language = normal_tag(read[4:].split(b"\0")[0].decode("latin-1")) or trak.language
        elif kind == b"name":
            trak.name = read.decode("utf-8", "replace").strip("\0 ")
        elif kind == b"stsd":
            trak.form = read[12:16]
        elif kind == b"chap":
            trak.chapters = struct.unpack(f">{len(read) // 4}I", read[: len(read) // 4 * 4])
        elif kind in (b"stts", b"stsc", b"stsz", b"stco", b"co64"):
            trak.tables[kind] = (a, b)

    def _read(self, at: int, size: int) -> bytes:
        self._file.seek(at)
        return self._file.read(size)

    def _table(self, trak: _Trak, kind: bytes, form: str) -> Iterator[tuple[int, ...]]:
        start, stop = trak.tables[kind]
        data = self._read(start, min(stop - start, MAX_TEXT_BYTES))
        (count,) = struct.unpack_from(">I", data, 4)
        width = struct.calcsize(form)
        for at in range(8, min(8 + min(count, MAX_ITEMS) * width, len(data) - width + 1), width):
            yield struct.unpack_from(form, data, at)

    def _samples(self, trak: _Trak) -> Iterator[tuple[float, float, bytes]]:
        """Start and end of each sample in seconds, and its bytes."""
        sizes = self._sizes(trak)
        wide = b"co64" in trak.tables
        chunks = list(self._table(trak, b"co64" if wide else b"stco", ">Q" if wide else ">I"))
        runs = list(self._table(trak, b"stsc", ">III"))
        times = (
            length for count, length in self._table(trak, b"stts", ">II") for _ in range(count)
        )
        now = number = total = 0
        for at, (first, per_chunk, _) in enumerate(runs):
            last = runs[at + 1][0] if at + 1 < len(runs) else len(chunks) + 1
            for chunk in range(first - 1, min(last - 1, len(chunks))):
                (place,) = chunks[chunk]
                for _ in range(per_chunk):
                    if number >= len(sizes):
                        return
                    length = next(times, 0)
                    size = sizes[number]
                    total += size
                    if total > MAX_TEXT_BYTES:
                        return
                    yield now / trak.scale, (now + length) / trak.scale, self._read(place, size)
                    now, number, place = now + length, number + 1, place + size

    def _sizes(self, trak: _Trak) -> list[int]:
        start, stop = trak.tables[b"stsz"]
        data = self._read(start, min(stop - start, MAX_ITEMS * 4 + 12))
        same, count = struct.unpack_from(">II", data, 4)
        count = min(count, MAX_ITEMS)
        if same:
            return [same] * count
        count = min(count, (len(data) - 12) // 4)
        return list(struct.unpack_from(f">{count}I", data, 12))

    def chapters(self, length_s: float | None) -> tuple[Chapter, ...]:
        lists = {number for trak in self._traks for number in trak.chapters}
        for trak in self._traks:
            if trak.id in lists and trak.form in _TEXT_FORMS:
                rows = [(start, _sample_text(d, trak.form)) for start, _, d in self._samples(trak)]
                return _chapters(rows, length_s)
        return _chapters(self._nero_chapters(), length_s)

    def _nero_chapters(self) -> list[tuple[float, str]]:
        """The list that Nero's programs write: times of 100 nanoseconds and titles."""
        if self._nero is None:
            return []
        data = self._read(self._nero[0], min(self._nero[1] - self._nero[0], 2**20))
        at = 9 if data[0] else 5
        found: list[tuple[float, str]] = []
        for _ in range(data[at - 1]):
            start, length = struct.unpack_from(">QB", data, at)
            title = data[at + 9 : at + 9 + length].decode("utf-8", "replace")
            found.append((start / 1e7, title))
            at += 9 + length
        return found


def _chapters(rows: list[tuple[float, str]], length_s: float | None) -> tuple[Chapter, ...]:
    """Chapters from their starts (seconds) and titles: each ends where the next begins."""
    rows = sorted((start, " ".join(title.split())) for start, title in rows if title.strip())
    ends = [start for start, _ in rows[1:]] + [max(length_s or 0.0, rows[-1][0] if rows else 0.0)]
    return tuple(
        Chapter(title, start, end) for (start, title), end in zip(rows, ends, strict=False)
    )


_FACTS = (b"tkhd", b"hdlr", b"mdhd", b"elng", b"name", b"stsd", b"chap")
_TEXT_FORMS = (b"tx3g", b"text", b"wvtt", b"stpp", b"sbtl")


def _sample_text(data: bytes, form: bytes) -> str:
    """The words of one sample: counted text, or a cue of WebVTT in a box of its own."""
    if form == b"wvtt":
        found = re.findall(
            rb"payl(.*?)(?=....(?:sttg|vttc|iden|vtte|ctim|payl)|$)", data, re.DOTALL
        )
        return "\n".join(each.decode("utf-8", "replace") for each in found)
    if form == b"stpp":
        return re.sub(r"<[^<>]*>", " ", data.decode("utf-8", "replace"))
    (size,) = struct.unpack_from(">H", data) if len(data) >= 2 else (0,)
    text = data[2 : 2 + size]
    if text.startswith((b"\xfe\xff", b"\xff\xfe")):
        return text.decode("utf-16", "replace")
    return text.decode("utf-8", "replace")


# --- Matroska and WebM: elements, blocks in clusters ---------------------------------------------

_EBML = 0x1A45DFA3
_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_INFO, _SCALE = 0x1549A966, 0x2AD7B1
_TRACKS, _ENTRY = 0x1654AE6B, 0xAE
_CHAPTERS, _EDITION, _ATOM = 0x1043A770, 0x45B9, 0xB6
_ATOM_START, _ATOM_HIDDEN, _DISPLAY, _TITLE = 0x91, 0x98, 0x80, 0x85
_NUMBER, _TYPE, _CODEC, _NAME, _LANGUAGE, _TAG = 0xD7, 0x83, 0x86, 0x536E, 0x22B59C, 0x22B59D
_ENCODINGS, _ENCODING, _COMPRESSION, _ALGORITHM, _STRIPPED = 0x6D80, 0x6240, 0x5034, 0x4254, 0x4255
_TIME, _SIMPLE, _GROUP, _BLOCK, _DURATION = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B
_SUBTITLES = 17
_TEXT_CODECS = ("S_TEXT/", "S_ASS", "S_SSA", "D_WEBVTT")
_UNKNOWN = -1
"""The size of an element that a recorder has not written; its children follow all the same."""


@dataclass(slots=True)
class _Entry:
    number: int = 0
    type: int = 0
    codec: str = ""
    name: str = ""
    language: str = "eng"
    stripped: bytes = b""
    packed: bool = False


class _Matroska:
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
            FilmTrack(number, normal_tag(entry.language) or "", entry.name, entry.codec)
            for number, entry in enumerate(self._spoken(), 1)
        )

    def chapters(self, length_s: float | None) -> tuple[Chapter, ...]:
        return _chapters(self._marks, length_s)

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
        """Elements with the place and size of their content (bytes); segments and clusters are
        gone into, since their sizes may be unknown."""
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
                if self._marks or not self._has_late_chapters(start):
                    return

    def _has_late_chapters(self, cluster: int) -> bool:
        """Look for chapters behind the pictures, where most programs do not put them."""
        tail = self._bytes(max(cluster, self._end - 2**20), 2**20)
        at = tail.find(_CHAPTERS.to_bytes(4, "big"))
        if at >= 0:
            size, used = _vint(tail, at + 4)
            start = max(cluster, self._end - 2**20) + used
            self._read_chapters(start, min(size, self._end - start))
        return False

    def _entry(self, start: int, size: int) -> _Entry:
        entry = _Entry()
        pending = [(start, size)]
        while pending:
            for element, a, n in self._elements(pending[-1][0], sum(pending.pop())):
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
        return replace(entry)

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
        """Offset and length in ticks and the bytes of a block, if it is of the track wanted."""
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
    """A number of variable length, and where it ends; `keep` leaves its mark in, as ids have it."""
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
    # WebM has a name and settings of the cue on two lines before the words.
    return "\n".join(text.split("\n")[2:]) if codec == "D_WEBVTT/SUBTITLES" else text
