"""Reads the rows of a SQLite file from its pages, without the B-tree above them.

SQLite reaches a row through the pages above it; if one of those is damaged, the rows below cannot
be queried any more, though they are there. The format of pages, cells and records is that of
https://sqlite.org/fileformat2.html.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

Value = int | float | str | bytes | None

_TABLE_LEAF = 0x0D
_HEADER = 100
_LOG_HEADER, _FRAME_HEADER = 32, 24
_MAX_VALUE = 1_000_000_000


def leaf_rows(file: BinaryIO) -> Iterator[tuple[int, list[Value]]]:
    """Yield every row on readable pages in use: its rowid and its values, in no order.

    The table of a row is unknown. Text that is not UTF-8 has replacement characters.
    """
    yield from _Pages(file).rows()


def put_log(log: BinaryIO, into: BinaryIO) -> None:
    """Write the committed pages of a write-ahead log into its database; missing pages are zeros
    (https://sqlite.org/fileformat2.html#walformat)."""
    header = log.read(_LOG_HEADER)
    if len(header) < _LOG_HEADER:
        return
    size = int.from_bytes(header[8:12], "big")
    if size < 512 or size > 65_536 or size & (size - 1):
        return
    waiting: list[tuple[int, int]] = []
    while True:
        frame = log.read(_FRAME_HEADER)
        page = log.tell()
        if len(frame) < _FRAME_HEADER or frame[8:16] != header[16:24]:
            return
        if len(log.read(size)) < size:
            return
        number, committed = struct.unpack_from(">II", frame)
        waiting.append((number, page))
        if committed:
            end = log.tell()
            for number, page in waiting:
                log.seek(page)
                into.seek((number - 1) * size)
                into.write(log.read(size))
            log.seek(end)
            waiting.clear()


class _Pages:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        length = file.seek(0, os.SEEK_END)
        file.seek(0)
        header = file.read(_HEADER).ljust(_HEADER, b"\0")
        size = int.from_bytes(header[16:18], "big")
        size = 65_536 if size == 1 else size
        sound = header.startswith(b"SQLite format 3\0") and size >= 512 and not size & (size - 1)
        self._size = size if sound else 4096
        self._usable = self._size - (header[20] if sound else 0)
        self._count = length // self._size
        self._free = self._freed(int.from_bytes(header[32:36], "big")) if sound else set()

    def rows(self) -> Iterator[tuple[int, list[Value]]]:
        for number in range(1, self._count + 1):
            if number in self._free:
                continue
            page = self._page(number)
            start = _HEADER if number == 1 else 0
            if len(page) < self._size or page[start] != _TABLE_LEAF:
                continue
            cells = int.from_bytes(page[start + 3 : start + 5], "big")
            pointers = page[start + 8 : start + 8 + 2 * cells]
            for (at,) in struct.iter_unpack(">H", pointers[: len(pointers) // 2 * 2]):
                try:
                    yield self._row(page, at)
                except (IndexError, ValueError, struct.error):
                    continue  # this cell is damaged; the next may be intact

    def _page(self, number: int) -> bytes:
        if not 0 < number <= self._count:
            raise ValueError("there is no such page")
        self._file.seek((number - 1) * self._size)
        return self._file.read(self._size)

    def _freed(self, trunk: int) -> set[int]:
        """Return the unused pages, whose content was deleted."""
        free: set[int] = set()
        while 0 < trunk <= self._count and trunk not in free:
            free.add(trunk)
            page = self._page(trunk)
            following, count = struct.unpack_from(">II", page)
            count = min(count, self._usable // 4 - 2)
            free.update(struct.unpack_from(f">{count}I", page, 8))
            trunk = following
        return free

    def _row(self, page: bytes, at: int) -> tuple[int, list[Value]]:
        length, at = _varint(page, at)
        rowid, at = _varint(page, at)
        if length > _MAX_VALUE:
            raise ValueError("a record cannot be this long")
        return _signed(rowid), _values(self._payload(page, at, length))

    def _payload(self, page: bytes, at: int, length: int) -> bytes:
        usable = self._usable
        if length <= usable - 35:
            local = length
        else:
            least = (usable - 12) * 32 // 255 - 23
            local = least + (length - least) % (usable - 4)
            local = local if local <= usable - 35 else least
        parts = [page[at : at + local]]
        missing = length - local
        following = int.from_bytes(page[at + local : at + local + 4], "big") if missing else 0
        while missing > 0:
            more = self._page(following)
            following = int.from_bytes(more[:4], "big")
            parts.append(more[4 : 4 + min(missing, usable - 4)])
            missing -= usable - 4
        payload = b"".join(parts)
        if len(payload) != length:
            raise ValueError("the record is cut off")
        return payload


def _values(payload: bytes) -> list[Value]:
    header, at = _varint(payload, 0)
    body = header
    values: list[Value] = []
    while at < header:
        kind, at = _varint(payload, at)
        size = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[kind] if kind < 12 else (kind - 12) // 2
        raw = payload[body : body + size]
        body += size
        if len(raw) != size or kind in (10, 11):
            raise ValueError("no such value")
        values.append(_value(kind, raw))
    if body != len(payload):
        raise ValueError("the values do not fill the record")
    return values


def _value(kind: int, raw: bytes) -> Value:
    if kind == 0:
        return None
    if kind == 7:
        return float(struct.unpack(">d", raw)[0])
    if kind in (8, 9):
        return kind - 8
    if kind < 7:
        return int.from_bytes(raw, "big", signed=True)
    return raw.decode("utf-8", "replace") if kind % 2 else raw


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(at, at + 8):
        byte = data[place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + 1
    return value << 8 | data[at + 8], at + 9


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
