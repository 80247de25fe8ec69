"""Writes files atomically, and translates the errors."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from notegen_desktop.domain.errors import (
    DiskFull,
    FileBusy,
    FileUnreadable,
    FolderNotWritable,
    StoreError,
)
from notegen_desktop.domain.words import _

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_DISK_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_UNSUPPORTED_ERRNOS = frozenset(
    {errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
)
"""Errors of file systems without permissions, fsync or links: exFAT, SMB, gvfs, some network
storage."""
_NOT_REPLACEABLE_ERRNOS = _UNSUPPORTED_ERRNOS | {
    errno.EACCES,
    errno.EBUSY,
    errno.EEXIST,
    errno.EXDEV,
}
"""And errors of file systems that cannot replace a file, or not an open one."""

_LOCKED_ERRNOS = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK})
"""Errors of a lock that another program holds."""

LOCK_POLL_S = 0.02

_PRIVATE = 0o077
_users_umask = 0o022


def private_by_default() -> None:
    """Make all files of this process private to the user from now on, also those of SQLite and Qt.

    Exported files, which are for others, are opened to them with `share`.
    """
    global _users_umask  # noqa: PLW0603 - the umask is the process's own
    before = os.umask(_PRIVATE)
    if before != _PRIVATE:
        _users_umask = before


@contextlib.contextmanager
def users_umask() -> Iterator[None]:
    """Restore the user's umask for the block, to start another program."""
    before = os.umask(_users_umask)
    try:
        yield
    finally:
        os.umask(before)


def share(path: Path) -> None:
    """Give a new file or folder the permissions that other programs of the user would give it."""
    mode = (0o777 if path.is_dir() else 0o666) & ~_users_umask
    with contextlib.suppress(OSError):
        path.chmod(mode)


def tighten(path: Path) -> None:
    """Remove all permissions of other users from a file or folder made by an earlier version."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _PRIVATE:
            path.chmod(mode & ~_PRIVATE)


def storage_error(error: OSError, path: Path, *, folder: Path | None = None) -> StoreError:
    """Return our error for an OSError while writing `path`, a file or a folder.

    `folder` is the folder to name, if not `path` or its parent.
    """
    if error.errno in _DISK_FULL_ERRNOS:
        return DiskFull(_("The disk is full: {name} could not be written.").format(name=path.name))
    folder = folder or (path if os.path.isdir(path) else path.parent)
    reason = (error.strerror or str(error)).rstrip(".")
    return FolderNotWritable(
        _("The folder {folder} cannot be written to ({reason}).").format(
            folder=folder, reason=reason
        )
    )


def make_folder(folder: Path) -> Path:
    """Create a folder and its parents, accessible to the user only. Raises FolderNotWritable,
    DiskFull."""
    missing = list(itertools.takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    try:
        # `parents=True` would create parents that are open to all
        for each in (*reversed(missing), folder):
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder, folder=folder) from error
    return folder


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file atomically: a reader, or a crash, finds the old content or the new.

    The bytes are synced before the rename, as far as the disk supports it. A symbolic link is
    followed, so that a file stored elsewhere stays there. Raises DiskFull or FolderNotWritable.
    """
    target = Path(os.path.realpath(path))
    make_folder(target.parent)
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            sync(file)
        put_in_place(Path(temporary), target)
        temporary = None
        _sync_folder(target.parent)
    except OSError as error:
        raise storage_error(error, target) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def sync(file: IO[bytes]) -> None:
    """Sync written bytes to the disk, if the file system supports it."""
    file.flush()
    try:
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in _UNSUPPORTED_ERRNOS:
            raise


def put_in_place(draft: Path, target: Path) -> None:
    """Rename a finished draft over its target.

    Atomic; if the file system, or a program that has the target open, refuses, the target is
    overwritten, and the draft exists until that is done.
    """
    try:
        os.replace(draft, target)
    except OSError as error:
        if error.errno not in _NOT_REPLACEABLE_ERRNOS or target.is_dir():
            raise
        try:
            with draft.open("rb") as source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
                sync(file)
        except OSError:
            raise error from None
        draft.unlink()


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
    """Return the text of a regular UTF-8 file of at most `limit` bytes.

    A byte order mark is dropped. Raises FileUnreadable; a missing file raises FileNotFoundError,
    which callers handle separately.
    """
    try:
        if not path.is_file() and path.exists():
            raise FileUnreadable(_("{name} is not an ordinary file.").format(name=path.name))
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).rstrip(".")
        raise FileUnreadable(
            _("{name} cannot be read ({reason}).").format(name=path.name, reason=reason)
        ) from error
    if len(content) > limit:
        raise FileUnreadable(
            _("{name} is larger than {limit} KB.").format(name=path.name, limit=limit // 1024),
            hint=_("Such a file is much smaller; this one is probably something else."),
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileUnreadable(
            _("{name}, line {line}: not UTF-8 text.").format(name=path.name, line=line),
            hint=_("Save the file as UTF-8 in a text editor."),
        ) from error


def lock_file(file: IO[bytes]) -> bool:
    """Lock a file until it is closed or the program ends, however it ends; False if another program
    holds it.

    Also False if the file system has no locks.
    """
    try:
        _lock(file)
    except OSError:
        return False
    return True


def _lock(file: IO[bytes]) -> None:
    """Lock the file. Raises OSError: one of `_LOCKED_ERRNOS` if another program has the lock."""
    if sys.platform == "win32":
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def alone_with(path: Path, *, longest_s: float) -> Iterator[None]:
    """Keep other programs that use this, too, from changing the file during the block.

    The lock is on a file beside it, since the file itself is replaced. In a read-only folder, or on
    a file system without locks, nothing is locked. Raises FileBusy if another program holds it for
    longer than `longest_s` seconds.
    """
    lock = Path(os.path.realpath(path))
    lock = lock.with_name(f".{lock.name}.lock")
    with contextlib.ExitStack() as held:
        try:
            make_folder(lock.parent)
            file = held.enter_context(lock.open("ab"))
        except (OSError, StoreError):
            yield
            return
        until = time.monotonic() + longest_s
        while _is_held_elsewhere(file):
            if time.monotonic() > until:
                raise FileBusy(
                    _("Another program has been changing {name} for too long.").format(
                        name=path.name
                    )
                )
            time.sleep(LOCK_POLL_S)
        yield


def _is_held_elsewhere(file: IO[bytes]) -> bool:
    """Take the lock, if there are locks; return True if another program holds it."""
    try:
        _lock(file)
    except OSError as error:
        return error.errno in _LOCKED_ERRNOS
    return False
