"""Writes files atomically, without overwriting files or creating duplicates."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import re
import sys
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from notegen_desktop.domain.errors import DiskFull, FolderNotWritable, StoreError
from notegen_desktop.domain.text.file_names import FOLDER_BYTES, MAX_BYTES, collision_key, safe_name
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.files import lock_file, put_in_place, share, sync
from notegen_desktop.services.ports import SavedFile

_MAX_NUMBER = 99_999
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}
_WINDOWS_FULL = {39, 112}
_DRAFT = re.compile(r"\.[0-9a-f]{32}\.part")
_NUMBER = re.compile(r" \(\d+\)$")


def prepare(folder: Path) -> None:
    """Create a folder and try to write into it. Raises FolderNotWritable, DiskFull."""
    with _translated(folder):
        make_folder(folder)
        with _draft(folder, b"\0"):
            pass
    sweep(folder)


def sweep(folder: Path) -> None:
    """Delete drafts of killed programs in a folder, or one level below it."""
    for path in itertools.chain(folder.glob(".*.part"), folder.glob("*/.*.part")):
        if not _DRAFT.fullmatch(path.name):
            continue
        with contextlib.suppress(OSError):  # Windows keeps a file that is being written
            with path.open("rb+") as file:
                dead = lock_file(file)
            if dead:
                path.unlink()


def replace(path: Path, content: bytes) -> None:
    """Replace a file's content atomically.

    Raises FolderNotWritable, DiskFull.
    """
    put(path, content)
    sweep(path.parent)


def put(path: Path, content: bytes) -> None:
    """Run `replace` without sweeping, for many files in a folder that is swept once."""
    with (
        _translated(path.parent, name=path.name),
        _draft(path.parent, content) as (draft, file),
    ):
        if sys.platform == "win32":
            file.close()  # an open file is not renamed there
        put_in_place(draft, path)


def write_named(path: Path, content: bytes) -> SavedFile:
    """Write a file under the user's own name; an existing file stays, as in
    `FolderIndex.write_new`, and the new one gets a number."""
    return FolderIndex(path.parent).write_new(path.stem, path.suffix, content, is_named=True)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, with the permissions of the user's other folders."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        share(folder)


class FolderIndex:
    """The names in a folder, read once for any number of writes.

    Names are compared without case and Unicode composition, like on some disks. A series is the
    files of one name: `a.md`, `a (2).md` and so on.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with _translated(folder):
            names = os.listdir(folder) if folder.is_dir() else []
        self._taken = {collision_key(name): name for name in names}
        self._series: dict[str, list[str]] = defaultdict(list)
        for name in names:
            self._series[_series_key(name)].append(name)
        self._contents: dict[str, dict[bytes, str]] = {}
        self._numbers: dict[str, int] = defaultdict(lambda: 1)

    def subfolder(self, title: str, *, fallback: str) -> Path:
        """Return the subfolder named after `title`; one that differs only in case or composition is
        reused.

        Raises FolderNotWritable if that name is a link that leads elsewhere.
        """
        name = safe_name(title, fallback=fallback, max_bytes=FOLDER_BYTES)
        inner = self._folder / self._taken.setdefault(collision_key(name), name)
        if inner.resolve().parent != self._folder.resolve():
            raise FolderNotWritable(
                _("{inner} leads outside of the chosen folder.").format(inner=inner),
                hint=_("Move that link away, or choose another folder."),
            )
        return inner

    def write_new(
        self, stem: str, ending: str, content: bytes, *, is_named: bool = False
    ) -> SavedFile:
        """Write `content` under a free name: `stem`, or `stem (2)` and so on. A title is converted
        to a name valid on every disk; one that `is_named` stays as it is.

        Returns a file of the series that already has this content. Raises DiskFull or
        FolderNotWritable; then nothing is left behind.
        """
        stem = stem if is_named else _stem(stem, ending)
        if (found := self._found(stem, ending, content)) is not None:
            return SavedFile(found, is_new=False)
        with _translated(self._folder):
            make_folder(self._folder)
            with _draft(self._folder, content) as (draft, file):
                if sys.platform == "win32":
                    file.close()  # an open file is not renamed there
                saved = self._place(draft, stem, ending, _digest(content))
        self._contents_of(_series_key(stem + ending))[_digest(content)] = saved.path.name
        return saved

    def find(self, stem: str, ending: str, content: bytes) -> Path | None:
        """Return the file of a series that has this content, or None."""
        return self._found(_stem(stem, ending), ending, content)

    def _found(self, stem: str, ending: str, content: bytes) -> Path | None:
        digest = _digest(content)
        name = self._contents_of(_series_key(stem + ending)).get(digest, "")
        path = self._folder / name
        return path if name and _content_digest(path) == digest else None

    def _contents_of(self, series: str) -> dict[bytes, str]:
        if series not in self._contents:
            found = ((_content_digest(self._folder / n), n) for n in sorted(self._series[series]))
            self._contents[series] = {digest: name for digest, name in found if digest}
        return self._contents[series]

    def _place(self, draft: Path, stem: str, ending: str, digest: bytes) -> SavedFile:
        """Rename the draft to the first free name, atomically and without overwriting.

        If another program wrote the same content first, its file is returned.
        """
        series = collision_key(stem + ending)
        for number in range(self._numbers[series], _MAX_NUMBER + 1):
            name = f"{stem} ({number}){ending}" if number > 1 else stem + ending
            key = collision_key(name)
            if key in self._taken:
                continue
            self._taken[key] = name
            self._numbers[series] = number
            path = self._folder / name
            try:
                _rename(draft, path)
            except FileExistsError:
                if _content_digest(path) != digest:
                    continue
                return SavedFile(path, is_new=False)
            return SavedFile(path)
        raise FileExistsError(errno.EEXIST, "no free name is left", stem + ending)


@contextmanager
def _draft(folder: Path, content: bytes) -> Iterator[tuple[Path, IO[bytes]]]:
    """Yield a file with `content`, on disk, that is deleted afterwards; `sweep` ignores it."""
    path = folder / f".{uuid.uuid4().hex}.part"
    try:
        with path.open("xb") as file:
            lock_file(file)
            share(path)
            file.write(content)
            sync(file)
            yield path, file
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def _rename(draft: Path, target: Path) -> None:
    """Rename without replacing anything. Raises FileExistsError."""
    if sys.platform == "win32":
        draft.rename(target)  # refuses to replace there
        return
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: take the name, then fill it in one step
        target.touch(exist_ok=False)
        try:
            put_in_place(draft, target)
        except OSError:
            target.unlink()
            raise


def _stem(title: str, ending: str) -> str:
    room = MAX_BYTES - len(ending.encode()) - len(f" ({_MAX_NUMBER})")
    return safe_name(title, max_bytes=room)


def _series_key(name: str) -> str:
    stem, ending = os.path.splitext(name)
    return collision_key(_NUMBER.sub("", stem) + ending)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _content_digest(path: Path) -> bytes:
    """Return the digest of a regular file, else b""."""
    try:
        return _digest(path.read_bytes()) if path.is_file() and not path.is_symlink() else b""
    except OSError:
        return b""


@contextmanager
def _translated(folder: Path, *, name: str = "") -> Iterator[None]:
    """Translate errors of writing to `folder`."""
    try:
        yield
    except OSError as error:
        raise _store_error(error, folder, name) from error


def _store_error(error: OSError, folder: Path, name: str) -> StoreError:
    if error.errno in _FULL or getattr(error, "winerror", None) in _WINDOWS_FULL:
        return DiskFull(
            _("The disk is full; nothing was written to {folder}.").format(folder=folder)
        )
    if error.errno == errno.ENAMETOOLONG:
        return FolderNotWritable(
            _("The name or path {folder} is too long.").format(folder=folder / name),
            hint=_("Choose a shorter name, or a folder nearer to the top."),
        )
    if isinstance(error, FileExistsError | NotADirectoryError):
        return FolderNotWritable(
            _("{folder} is not a folder: a file of that name is in the way.").format(folder=folder),
            hint=_("Choose another folder, or move that file."),
        )
    why = (error.strerror or type(error).__name__).lower()
    if name:
        words = _("“{name}” cannot be written to {folder}: {why}.")
    else:
        words = _("The folder {folder} cannot be written to: {why}.")
    return FolderNotWritable(words.format(name=name, folder=folder, why=why))
