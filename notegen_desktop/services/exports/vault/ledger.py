"""What the program wrote last into a folder: `.notegen/written.jsonl` there, a line for each page.

A line is added before its page is written, and `{"done": true}` once all are: after a death between
the two, a page is either as the last line says or as the line before it does. Where the file is
lost, pages are found by their ids, and what differs from the program's text is its reader's.
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
"""Lines for each page before the file is written anew."""


@dataclass(frozen=True, slots=True)
class Record:
    """What was last written of a page, at `path` below the folder.

    `stamp` says from what. `sections` are digests by key and `properties` values, as the program
    wrote them. `file` is the digest of a file that is wholly the program's, "" of one with words of
    its reader. `size` and `changed` (nanoseconds) are those of the file then.
    """

    id: str
    path: str
    stamp: str = ""
    file: str = ""
    size: int = -1
    changed: int = -1
    sections: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


class Ledger:
    def __init__(self, folder: Path, *, writes: bool = True) -> None:
        """Raises FolderNotWritable where it cannot be read."""
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
            with suppress(ValueError, TypeError, AttributeError):  # torn by a death, or not ours
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
        """What may stand in a page as the program's: the last, and after a death that before it."""
        return [known[page_id] for known in (self._last, self._before) if page_id in known]

    def all(self) -> list[Record]:
        return list(self._last.values())

    def add(self, record: Record) -> None:
        """Raises FolderNotWritable or DiskFull."""
        if self._last.get(record.id) == record:
            return
        self._last[record.id] = record
        if self._writes:
            self._append(asdict(record))
            self._added = True

    def settle(self) -> None:
        """All pages are as the last lines say."""
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
                # A line torn by a death before would swallow this one.
                file.write(f"\n{_line(told)}" if self._lines else _line(told))
                file.write("\n")
        except OSError as error:
            raise storage_error(error, self._file) from error
        self._lines += 1


def _line(told: Mapping[str, object]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
