"""Writing files so that they are whole or untouched, and saying in words why they could not be."""

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

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_UNABLE = frozenset({errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
"""What file systems that know no permissions, no fsync or no links say of them: exFAT, SMB, gvfs,
some network storage."""
_IN_THE_WAY = _UNABLE | {errno.EACCES, errno.EBUSY, errno.EEXIST, errno.EXDEV}
"""And what those say that do not replace a file, or not one that is open."""

_HELD = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK})
"""What is said of a lock that another has."""

LOOK_AGAIN_S = 0.02

_PRIVATE = 0o077
_users_umask = 0o022


def private_by_default() -> None:
    """From now on, what this process makes is for its user alone: also what SQLite and Qt make.

    What is made for others, an export, is opened to them with `share`.
    """
    global _users_umask  # noqa: PLW0603 - the umask is the process's own
    before = os.umask(_PRIVATE)
    if before != _PRIVATE:
        _users_umask = before


@contextlib.contextmanager
def users_umask() -> Iterator[None]:
    """For starting another program, whose files are no business of ours."""
    before = os.umask(_users_umask)
    try:
        yield
    finally:
        os.umask(before)


def share(path: Path) -> None:
    """Let a new file or folder have the permissions that its user's programs give."""
    mode = (0o777 if path.is_dir() else 0o666) & ~_users_umask
    with contextlib.suppress(OSError):
        path.chmod(mode)


def tighten(path: Path) -> None:
    """Take a file or folder, which an earlier version may have made, away from everybody else."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _PRIVATE:
            path.chmod(mode & ~_PRIVATE)


def storage_error(error: OSError, path: Path, *, folder: Path | None = None) -> StoreError:
    """The error of our own tree for an OSError met while writing `path`, a file or a folder.

    `folder` is the one to name, if it is not the folder that `path` is or lies in.
    """
    if error.errno in _FULL:
        return DiskFull(_("The disk is full: {name} could not be written.").format(name=path.name))
    folder = folder or (path if os.path.isdir(path) else path.parent)
    reason = (error.strerror or str(error)).rstrip(".")
    return FolderNotWritable(
        _("The folder {folder} cannot be written to ({reason}).").format(
            folder=folder, reason=reason
        )
    )


def make_folder(folder: Path) -> Path:
    """Make a folder and its parents, open to nobody else. Raises FolderNotWritable, DiskFull."""
    missing = list(itertools.takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    try:
        for each in (*reversed(missing), folder):  # `parents=True` would leave those open to all
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder, folder=folder) from error
    return folder


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step: a reader, or a crash, finds the old content or the new.

    The bytes are on the disk before the name points to them, as far as the disk can do that. A
    symbolic link is followed, so that a file kept elsewhere stays there. Raises DiskFull or
    FolderNotWritable.
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
    """Bring what was written to the disk, where the file system can be asked to."""
    file.flush()
    try:
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in _UNABLE:
            raise


def put_in_place(draft: Path, target: Path) -> None:
    """Give a finished draft its name, over what is there.

    In one step; where the file system, or a program that has the target open, does not let that
    happen, the target is written over, and the draft is there until that is done.
    """
    try:
        os.replace(draft, target)
    except OSError as error:
        if error.errno not in _IN_THE_WAY or target.is_dir():
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
    """The text of an ordinary UTF-8 file of at most `limit` bytes.

    A byte order mark is dropped. Raises FileUnreadable; a missing file raises FileNotFoundError,
    which callers tell apart.
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
    """Hold a file until it is closed or the program ends, however it ends; False if another does.

    Also False where the file system knows no locks.
    """
    try:
        _lock(file)
    except OSError:
        return False
    return True


def _lock(file: IO[bytes]) -> None:
    """Raises OSError: one of `_HELD` if another program has the lock."""
    if sys.platform == "win32":
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def alone_with(path: Path, *, longest_s: float) -> Iterator[None]:
    """No other program changes the file meanwhile, as far as it uses this, too.

    The lock is on a file beside it, since the file itself is replaced. Where there can be none,
    because the folder is only read or the file system knows no locks, nobody is kept out. Raises
    FileBusy if another program has it for longer than `longest_s` seconds.
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
            time.sleep(LOOK_AGAIN_S)
        yield


def _is_held_elsewhere(file: IO[bytes]) -> bool:
    """Takes the lock, where there are locks, if not."""
    try:
        _lock(file)
    except OSError as error:
        return error.errno in _HELD
    return False
