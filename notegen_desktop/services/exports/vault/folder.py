"""Synchronizes one folder of pages. Everything here blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from notegen_desktop.domain.errors import DiskFull, FileUnreadable, NoteGenError
from notegen_desktop.domain.text.file_names import safe_name
from notegen_desktop.domain.words import _
from notegen_desktop.services.exports import files
from notegen_desktop.services.machine.files import alone_with
from notegen_desktop.services.ports import KeptPage, VaultOrder, VaultReport

from . import merging, properties
from .ledger import FOLDER, Record, SyncState
from .page import PAGE_FOLDERS, PICTURE_FOLDERS, Page

PATIENCE_S = 60.0
"""Seconds to wait while another program of ours writes there."""

_HEAD_BYTES = 65_536
"""Bytes of a file in which its properties must occur."""

_RECALLED = 0x00441000
"""Windows file attributes of a file whose content is in a cloud: OFFLINE, RECALL_ON_OPEN, and
RECALL_ON_DATA_ACCESS."""
_DATALESS = 0x40000000
"""macOS file flag of such a file: SF_DATALESS."""

_ATTEMPTS = 3
"""Maximum merges of a page if the user saves it at the same time."""


class VaultFolder:
    """One synchronization of a folder, used as a context manager; raises FolderNotWritable,
    DiskFull, or FileBusy if another program of ours is writing there."""

    def __init__(self, order: VaultOrder) -> None:
        self._order = order
        self._root = order.folder
        self._held = ExitStack()
        self._names: dict[Path, files.FolderIndex] = {}
        self._found: dict[str, str] | None = None
        self.report = VaultReport()

    def __enter__(self) -> VaultFolder:
        if not self._order.dry_run:
            files.prepare(self._root)
            lock = self._root / FOLDER / "written"
            self._held.enter_context(alone_with(lock, longest_s=PATIENCE_S))
        self._ledger = SyncState(self._root, writes=not self._order.dry_run)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    # --- what there is to do ---

    def wants(self, page_id: str, stamp: str) -> bool:
        """Return True if a page must be written: it is new, or its notes have changed. Otherwise it
        is counted in the report."""
        record = self._ledger.get(page_id)
        if record is None:
            return True
        path = self._path_of(page_id)
        if path is None and _is_away(self._root / record.path):
            self.report.away.append(record.path)
            return False
        if path is None and not self._order.restore:
            is_there = (self._root / record.path).exists()
            (self.report.untied if is_there else self.report.deleted).append(record.path)
            return False
        if path is None or record.stamp != stamp:
            return True
        self._note_move(record, path)
        try:
            edited = self._is_edited(record, path)
        except OSError as error:
            self._tell_failed(path, error)
            return False
        if edited:
            self.report.edited.append(path)
        else:
            self.report.unchanged += 1
        return False

    def finish(self, present: set[str], kind: str) -> VaultReport:
        """Finish and return the report. `present` are the ids of all pages that should exist, of
        the same `kind`: those whose ids have the same prefix."""
        self._ledger.settle()
        for record in self._ledger.all():
            is_kind = record.id.startswith("video:") == (kind == "video")
            if is_kind and record.id not in present and self._path_of(record.id) is not None:
                self.report.gone.append(record.path)
        return self.report

    def _is_edited(self, record: Record, path: str) -> bool:
        file = self._root / path
        if record.file and _is_as_recorded(record, file):
            return False
        content = file.read_bytes()
        if record.file == _digest(content):
            self._ledger.add(_with_state(record, file))
            return False
        return True

    # --- one page ---

    def put(self, page: Page, stamp: str, *, ids: tuple[str, ...]) -> None:
        """Write a page, or merge its new text. Errors of this page alone are reported."""
        record = self._ledger.get(page.id)
        path = self._path_of(page.id)
        try:
            if path is None:
                self._write_new(page, stamp)
            else:
                if record is not None:
                    self._note_move(record, path)
                self._bring_up(page, stamp, path, ids)
        except DiskFull:
            raise
        except (NoteGenError, OSError) as error:
            self._tell_failed(path or page.name, error)

    def _tell_failed(self, path: str, error: NoteGenError | OSError) -> None:
        told = error.message if isinstance(error, NoteGenError) else error.strerror
        self.report.failed.append((path, told or type(error).__name__))

    def _write_new(self, page: Page, stamp: str) -> None:
        content = page.text().encode()
        folder = self._root / PAGE_FOLDERS[self._order.form]
        if self._order.dry_run:
            self.report.written.append(f"{safe_name(page.name)}.md")
            return
        self._put_pictures(page)
        index = self._names.setdefault(folder, files.FolderIndex(folder))
        file = index.write_new(page.name, ".md", content).path
        path = file.relative_to(self._root).as_posix()
        if self._found is not None:
            self._found[page.id] = path
        # After the page: until then it is found by its id.
        self._ledger.add(_with_state(_record(page, path, stamp, _digest(content)), file))
        self.report.written.append(path)

    def _bring_up(self, page: Page, stamp: str, path: str, ids: tuple[str, ...]) -> None:
        file = Path(os.path.realpath(self._root / path))
        known = self._ledger.known(page.id)
        for __ in range(_ATTEMPTS):
            before = file.read_bytes()
            whole = page.text().encode()
            kept: tuple[str, ...] = ()
            edited = False
            if before == whole or _digest(before) in {each.file for each in known}:
                content = whole
            else:
                content, kept = _merged(page, before, known)
                edited = content != whole
            record = _record(page, path, stamp, "" if edited else _digest(content))
            if content != before and not self._order.dry_run:
                self._put_pictures(page)
                self._ledger.add(record)
                if file.read_bytes() != before:
                    continue  # the user has just saved it
                files.put(file, content)
            if not self._order.dry_run:
                self._ledger.add(_with_state(record, file))
            break
        else:
            raise FileUnreadable(_("it is being written by another program"))
        if edited:
            self.report.edited.append(path)
        if kept:
            self.report.kept.append(KeptPage(path, kept, ids))
        if content != before:
            self.report.updated.append(path)
        elif not edited:
            self.report.unchanged += 1

    def _put_pictures(self, page: Page) -> None:
        folder = self._root / PICTURE_FOLDERS[self._order.form]
        for picture in page.pictures:
            file = folder / picture.name
            if not file.exists():
                files.make_folder(folder)
                files.put(file, picture.data)

    # --- where pages are ---

    def _note_move(self, record: Record, path: str) -> None:
        if path != record.path:
            self.report.moved.append((record.path, path))
            self._ledger.add(replace(record, path=path))

    def _path_of(self, page_id: str) -> str | None:
        """Return the present path of a page, wherever the user moved it; None if it does not
        exist."""
        record = self._ledger.get(page_id)
        if record is not None:
            file = self._root / record.path
            if _is_as_recorded(record, file) or _id_in(file) == page_id:
                return record.path
        if self._found is None:
            self._found = {_id_in(self._root / path): path for path in self._pages()}
        return self._found.get(page_id)

    def _pages(self) -> Iterator[str]:
        """Yield all pages below the folder, except in hidden folders, the deepest ones first: of
        copies of a page the topmost counts."""
        found = []
        for place, folders, names in os.walk(self._root):
            folders[:] = [each for each in folders if not each.startswith(".")]
            pages = (name for name in names if name.lower().endswith(".md"))
            inner = Path(place).relative_to(self._root)
            found += [(inner / name).as_posix() for name in pages if not name.startswith(".")]
        return iter(
            sorted(found, key=lambda path: (path.count("/"), len(path), path), reverse=True)
        )


def _id_in(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD_BYTES)
    except OSError:
        return ""
    if properties.ID.encode() not in head:  # most files of a vault are the user's
        return ""
    return properties.page_id(head.decode("utf-8", "replace"))


def _is_away(file: Path) -> bool:
    """Return True if a page is in a cloud: iCloud replaces it by another file, OneDrive, Dropbox
    and newer versions of iCloud by one that is downloaded when it is read."""
    if file.with_name(f".{file.name}.icloud").exists():
        return True
    try:
        state = file.stat()
    except OSError:
        return False
    return bool(
        getattr(state, "st_file_attributes", 0) & _RECALLED
        or getattr(state, "st_flags", 0) & _DATALESS
    )


def _merged(page: Page, before: bytes, known: list[Record]) -> tuple[bytes, tuple[str, ...]]:
    """Return a page merged from the user's text and the new one, and the sections not updated.
    Raises FileUnreadable."""
    try:
        text = before.decode()
    except UnicodeDecodeError as error:
        raise FileUnreadable(_("it is not UTF-8 text")) from error
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    line_end = "\r\n" if "\r\n" in text else "\n"
    entries, body = properties.parted(text.removeprefix(mark).replace("\r\n", "\n"))
    told = properties.merged(entries or (), page.entries, [each.properties for each in known])
    merged = merging.merge(
        merging.chunks(body), merging.chunks(page.body), [each.sections for each in known]
    )
    made = mark + page.text(told, merged.text)
    return made.replace("\n", line_end).encode(), merged.kept


def _record(page: Page, path: str, stamp: str, digest: str) -> Record:
    return Record(
        id=page.id,
        path=path,
        stamp=stamp,
        file=digest,
        sections={chunk.key: chunk.digest for chunk in merging.chunks(page.body)},
        properties={entry.key: properties.value_of(entry) for entry in page.entries},
    )


def _is_as_recorded(record: Record, file: Path) -> bool:
    try:
        state = file.stat()
    except OSError:
        return False
    return (state.st_size, state.st_mtime_ns) == (record.size, record.changed)


def _with_state(record: Record, file: Path) -> Record:
    state = file.stat()
    return replace(record, size=state.st_size, changed=state.st_mtime_ns)


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:32]
