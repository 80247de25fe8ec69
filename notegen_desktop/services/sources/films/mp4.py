"""Parses MP4 and MOV: sample tables in `moov` (ISO/IEC 14496-12 and -30, 3GPP TS 26.245)."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from notegen_desktop.domain.links.video import Chapter
from notegen_desktop.domain.text.languages import normal_tag

from .film import MAX_ITEMS, MAX_TEXT_BYTES, FilmTrack, chapters_of

MP4_SUFFIXES = frozenset((".mp4", ".m4v", ".mov", ".m4a", ".3gp"))


def boxes(file: BinaryIO, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the boxes in a range of a file: kind, and begin and end of the content (bytes)."""
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
    """A track of an MP4 file: offsets of its tables (bytes), and its properties."""

    id: int
    tables: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    form: bytes = b""
    scale: int = 1
    language: str = ""
    name: str = ""
    chapters: tuple[int, ...] = ()


class Mp4:
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
            (FilmTrack(number, trak.language, trak.name), trak)
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
        """Yield start and end of each sample in seconds, and its bytes."""
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
                return chapters_of(rows, length_s)
        return chapters_of(self._nero_chapters(), length_s)

    def _nero_chapters(self) -> list[tuple[float, str]]:
        """Return the chapters of Nero's programs: times of 100 nanoseconds and titles."""
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


_FACTS = (b"tkhd", b"mdhd", b"elng", b"name", b"stsd", b"chap")
_TEXT_FORMS = (b"tx3g", b"text", b"wvtt", b"stpp", b"sbtl")


def _sample_text(data: bytes, form: bytes) -> str:
    """Return the text of one sample: counted text, or a cue of WebVTT in a box of its own."""
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
