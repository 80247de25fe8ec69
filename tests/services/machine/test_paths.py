"""Where things are kept, and how a file is replaced."""

from __future__ import annotations

import errno
import os
from dataclasses import fields
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import (
    DiskFull,
    FileUnreadable,
    FolderNotWritable,
    ResourcesMissing,
)
from notegen_desktop.services.machine import files, paths
from notegen_desktop.services.machine.files import read_small, storage_error, write_whole
from notegen_desktop.services.machine.paths import Paths, find_paths, resources, sample_talk


def everything(of: Paths) -> list[Path]:
    return [getattr(of, f.name) for f in fields(of)]


def test_one_variable_moves_everything_into_one_folder(tmp_path: Path) -> None:
    found = find_paths({"NOTEGEN_HOME": str(tmp_path / "here")})
    assert all(path.is_relative_to(tmp_path / "here") for path in everything(found))
    assert len(set(everything(found))) == len(everything(found))
    assert not (tmp_path / "here").exists()


def test_the_folder_may_be_written_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert find_paths({"NOTEGEN_HOME": "~/notes"}).settings_file.parent == tmp_path / "notes"
    monkeypatch.chdir(tmp_path)
    assert find_paths({"NOTEGEN_HOME": "notes"}).cache_folder == tmp_path / "notes" / "cache"


@pytest.mark.parametrize("environ", [{}, {"NOTEGEN_HOME": "  "}])
def test_without_it_the_platform_decides(environ: dict[str, str]) -> None:
    found = find_paths(environ)
    assert all(path.is_absolute() for path in everything(found))
    assert all("notegen-desktop" in str(path) for path in everything(found))


def test_the_lock_lies_beside_the_database() -> None:
    found = find_paths({})
    assert found.lock_file.parent == found.database_file.parent
    assert found.log_file.parent == found.logs_folder


def test_the_programs_own_files_are_found() -> None:
    assert (resources() / "templates" / "study-notes.toml").is_file()
    talk = sample_talk().read_text("utf-8")
    assert talk.startswith("WEBVTT")
    assert 1400 <= len([w for w in talk.split() if w[0].isalpha()]) <= 1700


def test_a_crippled_installation_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        paths, "__file__", str(tmp_path / "notegen_desktop/services/machine/paths.py")
    )
    with pytest.raises(ResourcesMissing, match="resources"):
        resources()
    (tmp_path / "notegen_desktop" / "resources" / "templates").mkdir(parents=True)
    assert resources() == tmp_path / "notegen_desktop" / "resources"


# --- files -------------------------------------------------------------------------------------


def test_a_file_is_replaced_as_a_whole_and_nothing_is_left_over(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.toml"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(path.parent) == ["file.toml"]


@pytest.mark.skipif(os.name == "nt", reason="links want a privilege on Windows")
def test_a_link_is_written_through(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "settings.toml"
    target.parent.mkdir()
    target.write_text("old")
    link = tmp_path / "settings.toml"
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EIO, FolderNotWritable)],
)
def test_a_failed_write_leaves_the_old_file_and_says_why(
    number: int, kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.toml"
    write_whole(path, b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(kind):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file.toml"]


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotWritable, match="file"):
        write_whole(tmp_path / "file" / "x.toml", b"")


def test_the_words_name_the_reason(tmp_path: Path) -> None:
    error = storage_error(PermissionError(errno.EACCES, "Permission denied"), tmp_path / "a.md")
    assert isinstance(error, FolderNotWritable)
    assert str(tmp_path) in error.message
    assert "Permission denied" in error.message


def test_only_small_ordinary_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    with pytest.raises(FileNotFoundError):
        read_small(path, limit=10)
    path.write_bytes(b"\xef\xbb\xbfabc")
    assert read_small(path, limit=10) == "abc"
    path.write_bytes(b"a\nb\xff")
    with pytest.raises(FileUnreadable, match="line 2: not UTF-8"):
        read_small(path, limit=10)
    path.write_bytes(b"12345678901")
    with pytest.raises(FileUnreadable, match="larger"):
        read_small(path, limit=10)
    with pytest.raises(FileUnreadable, match="ordinary"):
        read_small(tmp_path, limit=10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this platform has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(FileUnreadable, match="ordinary"):
        read_small(tmp_path / "pipe.toml", limit=10)
