"""Files are saved, whole, on disks that cannot do all that a local one can."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.errors import DiskFull, FolderNotWritable
from notegen_desktop.services.exports import files as exports
from notegen_desktop.services.machine.desktop.entry import LinuxEntry
from notegen_desktop.services.machine.files import write_whole
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.machine.templates.own import OwnTemplates

UNABLE = [errno.EPERM, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP]

Refuse = Callable[..., None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Make calls of the operating system fail with an error."""

    def refuse(number: int, *names: str) -> None:
        def fails(*_: Any, **__: Any) -> None:
            raise OSError(number, os.strerror(number))

        for name in names:
            monkeypatch.setattr(os, name, fails)

    return refuse


@pytest.mark.parametrize("number", UNABLE)
def test_every_file_is_saved_where_permissions_fsync_and_links_are_refused(
    refuse: Refuse, tmp_path: Path, number: int
) -> None:
    refuse(number, "fsync", "chmod", "link")
    write_whole(tmp_path / "file", b"whole")
    assert (tmp_path / "file").read_bytes() == b"whole"
    SettingsFile(tmp_path / "settings.toml", environ={}).change({"appearance.theme": "dark"})
    assert "dark" in (tmp_path / "settings.toml").read_text()
    assert OwnTemplates(tmp_path / "templates").new("Minutes").is_file()
    exports.replace(tmp_path / "note.md", b"note")
    assert (tmp_path / "note.md").read_bytes() == b"note"
    saved = exports.FolderIndex(tmp_path / "out").write_new("note", ".md", b"note")
    assert saved.path.read_bytes() == b"note"
    entry = LinuxEntry(tmp_path / "share", ["notegen"], run=lambda _: None)
    entry.add()
    assert entry.is_there()


@pytest.mark.parametrize("number", [*UNABLE, errno.EBUSY, errno.EEXIST, errno.EACCES])
def test_a_file_that_cannot_be_replaced_in_one_step_is_written_over(
    refuse: Refuse, tmp_path: Path, number: int
) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"a longer text that was there before")
    refuse(number, "replace")
    refuse(errno.ENOTSUP, "link")
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"
    exports.replace(target, b"newer")
    assert target.read_bytes() == b"newer"
    assert exports.FolderIndex(tmp_path).write_new("note", ".md", b"x").path.read_bytes() == b"x"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, DiskFull), (errno.EIO, FolderNotWritable)]
)
def test_a_disk_that_fails_is_not_taken_for_one_that_is_unable(
    refuse: Refuse, tmp_path: Path, number: int, kind: type[Exception]
) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    refuse(number, "fsync")
    with pytest.raises(kind):
        write_whole(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
