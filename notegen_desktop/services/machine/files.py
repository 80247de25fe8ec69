"""Writing files so that they are whole or untouched, and saying in words why they could not be."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import IO

from notegen_desktop.domain.errors import DiskFull, FileUnreadable, FolderNotWritable, StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def storage_error(error: OSError, path: Path, *, folder: Path | None = None) -> StoreError:
    """The error of our own tree for an OSError met while writing `path`, a file or a folder.

    `folder` is the one to name, if it is not the folder that `path` is or lies in.
    """
    if error.errno in _FULL:
        return DiskFull(f"The disk is full: {path.name} could not be written.")
    folder = folder or (path if path.is_dir() else path.parent)
    reason = (error.strerror or str(error)).rstrip(".")
    return FolderNotWritable(f"The folder {folder} cannot be written to ({reason}).")


def make_folder(folder: Path) -> Path:
    """Make a folder and its parents, open to nobody else. Raises FolderNotWritable, DiskFull."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder, folder=folder) from error
    return folder


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step: a reader, or a crash, finds the old content or the new.

    The bytes are on the disk before the name points to them. A symbolic link is followed, so that
    a file kept elsewhere stays there. Raises DiskFull or FolderNotWritable.
    """
    target = Path(os.path.realpath(path))
    make_folder(target.parent)
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        temporary = None
        _sync_folder(target.parent)
    except OSError as error:
        raise storage_error(error, target) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable. Windows has no such call, and some file systems refuse it."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read_small(path: Path, *, limit: int) -> str:
    """The text of an ordinary UTF-8 file of at most `limit` bytes.

    A byte order mark is dropped. Raises FileUnreadable; a missing file raises FileNotFoundError,
    which callers tell apart.
    """
    try:
        if not path.is_file() and path.exists():
            raise FileUnreadable(f"{path.name} is not an ordinary file.")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).rstrip(".")
        raise FileUnreadable(f"{path.name} cannot be read ({reason}).") from error
    if len(content) > limit:
        raise FileUnreadable(
            f"{path.name} is larger than {limit // 1024} KB.",
            hint="Such a file is much smaller; this one is probably something else.",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileUnreadable(
            f"{path.name}, line {line}: not UTF-8 text.",
            hint="Save the file as UTF-8 in a text editor.",
        ) from error


def lock_file(file: IO[bytes]) -> bool:
    """Hold a file until it is closed or the program ends, however it ends; False if another does.

    Also False where the file system knows no locks.
    """
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
