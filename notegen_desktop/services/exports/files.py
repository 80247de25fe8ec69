"""Writing a file so that it is there whole or not at all, and nothing is ever overwritten."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import sys
import uuid
from pathlib import Path

from notegen_desktop.domain.errors import DiskFull, FolderNotWritable, StoreError

from .names import FOLDER_BYTES, MOST_BYTES, safe_name

_NUMBERED = 9999
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}
_WINDOWS_FULL = {39, 112}


def prepare(folder: Path) -> None:
    """Make a folder and try to write into it. Raises FolderNotWritable, DiskFull."""
    probe = folder / f".{uuid.uuid4().hex}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with probe.open("xb") as file:
            file.write(b"\0")
    except OSError as error:
        raise translated(error, folder) from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def write_new(folder: Path, stem: str, ending: str, content: bytes) -> Path:
    """Write `content` below `folder` under a name that was free: `stem`, or `stem (2)` and so on.

    Raises DiskFull or FolderNotWritable; then nothing is left behind.
    """
    room = MOST_BYTES - len(ending.encode()) - len(f" ({_NUMBERED})")
    stem = safe_name(stem, most_bytes=room)
    draft = folder / f".{uuid.uuid4().hex}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            return _place(draft, folder, stem, ending, content)
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()
    except OSError as error:
        raise translated(error, folder) from error


def subfolder(folder: Path, title: str, *, fallback: str) -> Path:
    """The folder below `folder` that is named after `title`.

    Raises FolderNotWritable where something of that name leads elsewhere.
    """
    inner = folder / safe_name(title, fallback=fallback, most_bytes=FOLDER_BYTES)
    if inner.resolve().parent != folder.resolve():
        raise FolderNotWritable(
            f"{inner} leads outside of the chosen folder.",
            hint="Move that link away, or choose another folder.",
        )
    return inner


def translated(error: OSError, folder: Path) -> StoreError:
    """`error` in the program's own words."""
    if error.errno in _FULL or getattr(error, "winerror", None) in _WINDOWS_FULL:
        return DiskFull(f"The disk is full; nothing was written to {folder}.")
    if error.errno == errno.ENAMETOOLONG:
        return FolderNotWritable(
            f"The path {folder} is too long.", hint="Choose a folder nearer to the top."
        )
    if isinstance(error, FileExistsError | NotADirectoryError):
        return FolderNotWritable(
            f"{folder} is not a folder: a file of that name is in the way.",
            hint="Choose another folder, or move that file.",
        )
    why = (error.strerror or type(error).__name__).lower()
    return FolderNotWritable(f"The folder {folder} cannot be written to: {why}.")


def _place(draft: Path, folder: Path, stem: str, ending: str, content: bytes) -> Path:
    """Give the draft the first free name, in one step that fails if somebody was quicker."""
    for number in itertools.count(1):
        suffix = f" ({number})" if number > 1 else ""
        target = folder / f"{stem}{suffix}{ending}"
        if number > _NUMBERED:
            raise FileExistsError(errno.EEXIST, "no free name is left", str(target))
        if target.exists() or target.is_symlink():
            continue
        try:
            if sys.platform == "win32":
                draft.rename(target)  # refuses to replace there
            else:
                _link(draft, target, content)
        except FileExistsError:
            continue
        return target
    raise AssertionError("unreachable")


def _link(draft: Path, target: Path, content: bytes) -> None:
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with target.open("xb") as file:
            try:
                file.write(content)
            except OSError:
                target.unlink()
                raise
