"""The record of pages last written into a folder: `.notegen/written.jsonl` there, a line per page.

A line is added before its page is written, and `{"done": true}` after all: if the program dies
between, a page is either as in the last line or as in the line before. If the file is lost, pages
are found by their ids, and text that differs counts as the user's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from notegen_desktop.domain.errors import FolderNotWritable
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.files import (
    make_folder,
    share,
    storage_error,
    write_whole,
)

FOLDER = ".notegen"
_NAME = "written.jsonl"
_ROOM = 2.0
"""Lines per page before the file is rewritten."""


@dataclass(frozen=True, slots=True)
class Record:
    """The last written state of a page, at `path` relative to the folder.

    `stamp` is the hash of its input. `sections` are digests by key and `properties` values, as
    written. `file` is the digest of a file without the user's text, "" of one with it. `size` and
    `changed` (nanoseconds) are those of the file then.
    """

    id: str
    path: str
    stamp: str = ""
    file: str = ""
    size: int = -1
    changed: int = -1
    sections: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


class SyncState:
    def __init__(self, folder: Path, *, writes: bool = True) -> None:
        """Read the record. Raises FolderNotWritable if it cannot be read."""
        self._file = folder / FOLDER / _NAME
        self._writes = writes
        self._last: dict[str, Record] = {}
        self._before: dict[str, Record] = {}
        self._lines = 0
        self._added = False
        self._read()

    def _read(self) -> None:
        try:
            text = self._file.read_text("utf-8", "replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise FolderNotWritable(
                _("{file} cannot be read ({strerror}).").format(
                    file=self._file, strerror=error.strerror
                ),
                hint=_("Without it the program cannot tell its own words from yours."),
            ) from error
        settled: dict[str, Record] = {}
        for line in text.split("\n"):
            # incomplete after a crash, or not ours
            with suppress(ValueError, TypeError, AttributeError):
                told = json.loads(line)
                self._lines += 1
                if told.get("done"):
                    settled = dict(self._last)
                else:
                    record = Record(**told)
                    self._last[record.id] = record
        self._before = {
            each: settled[each]
            for each in self._last
            if settled.get(each, self._last[each]) is not self._last[each]
        }

    def get(self, page_id: str) -> Record | None:
        return self._last.get(page_id)

    def known(self, page_id: str) -> list[Record]:
        """Return the states that a page may have: the last one and, after a crash, the one
        before."""
        return [known[page_id] for known in (self._last, self._before) if page_id in known]

    def all(self) -> list[Record]:
        return list(self._last.values())

    def add(self, record: Record) -> None:
        """Append a record. Raises FolderNotWritable or DiskFull."""
        if self._last.get(record.id) == record:
            return
        self._last[record.id] = record
        if self._writes:
            self._append(asdict(record))
            self._added = True

    def settle(self) -> None:
        """Mark all pages as written."""
        if not (self._writes and (self._added or self._before)):
            return
        self._before.clear()
        if self._lines > _ROOM * len(self._last) + 100:
            lines = [asdict(record) for record in self._last.values()]
            text = "".join(f"{_line(each)}\n" for each in [*lines, {"done": True}])
            write_whole(self._file, text.encode())
        else:
            self._append({"done": True})

    def _append(self, told: Mapping[str, object]) -> None:
        try:
            if not self._file.parent.exists():
                make_folder(self._file.parent)
                share(self._file.parent)
            with self._file.open("a", encoding="utf-8", newline="\n") as file:
                # The line feed separates this line from one that a crash has left incomplete.
                file.write(f"\n{_line(told)}" if self._lines else _line(told))
                file.write("\n")
        except OSError as error:
            raise storage_error(error, self._file) from error
        self._lines += 1


def _line(told: Mapping[str, object]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
