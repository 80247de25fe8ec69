"""Wherever the library lies, it works, or at least it can be read."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import DiskFull, FolderNotWritable
from notegen_desktop.services.library import open_library
from notegen_desktop.services.library.database import access, presence
from tests.fakes.library_story import story
from tests.fakes.notes import a_note, a_request
from tests.places import ROOT

from .conftest import Place


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library to preload that refuses what network shares refuse."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("a C compiler on Linux is wanted")
    made = tmp_path_factory.mktemp("refusing") / "refusing.so"
    source = ROOT / "tests" / "fakes" / "refusing_disk.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


def _tell(path: Path, model: str, **environment: str) -> list[str]:
    """The story of `library_story`, in a program of its own where that is to be refused things."""
    if not environment:
        return asyncio.run(story(path, model))
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.library_story", str(path), model],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("refused", "begun_elsewhere"),
    [(("mmap",), True), (("locks",), True), (("mmap", "locks"), False)],
)
def test_a_library_works_where_a_share_refuses(
    refused: tuple[str, ...], begun_elsewhere: bool, refusing: Path, tmp_path: Path
) -> None:
    path = tmp_path / "notes.db"
    told = {f"REFUSE_{what.upper()}": "1" for what in refused} | {"LD_PRELOAD": str(refusing)}
    if begun_elsewhere:
        assert _tell(path, "a") == ["WAL", "20"]
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    assert _tell(path, "b", **told) == ["DELETE", str(20 + 20 * begun_elsewhere)]
    # And back on a disk of its own.
    assert _tell(path, "c") == ["WAL", str(40 + 20 * begun_elsewhere)]


def test_a_killed_program_s_lock_file_does_not_stay(refusing: Path, tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    told = {"REFUSE_LOCKS": "1", "LD_PRELOAD": str(refusing)}
    _tell(path, "a", **told)
    lock = tmp_path / "notes.db.lock"
    lock.mkdir()
    long_ago = time.time() - 2 * access.STALE_DOT_LOCK_S
    os.utime(lock, (long_ago, long_ago))
    assert _tell(path, "b", **told) == ["DELETE", "40"]


def test_a_share_of_several_computers_is_known_by_its_kind(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"proc /proc proc rw 0 0\nserver:/home {tmp_path / 'my home'} nfs4 rw 0 0\n"
        f"/dev/sda1 {tmp_path} ext4 rw 0 0\n".replace("my home", "my\\040home")
    )
    assert access.is_on_network(tmp_path / "my home" / "me" / "notes.db", mounts)
    assert not access.is_on_network(tmp_path / "notes.db", mounts)


@contextlib.contextmanager
def _disk(folder: Path, size: str) -> Iterator[None]:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting wants root on Linux")
    folder.mkdir(exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _only_read(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


async def _save_and_be_killed(path: Path) -> None:
    """Two notes: one in the file, one still in its log."""
    library = await asyncio.to_thread(lambda: open_library(path=path))
    await library.store.save(a_note(), a_request())
    await library.aclose()
    library = await asyncio.to_thread(lambda: open_library(path=path))
    await library.store.save(a_note(), a_request(model="other"))
    copies = {each: each.read_bytes() for each in path.parent.glob("notes.db*")}
    await library.aclose()
    for each, content in copies.items():
        if not each.name.endswith("-shm"):
            each.write_bytes(content)


@pytest.mark.parametrize("killed", [False, True])
async def test_a_library_on_a_disk_that_is_only_read_can_be_read(
    killed: bool, tmp_path: Path, file_place: Place
) -> None:
    folder = tmp_path / "disk"
    with _disk(folder, "4m"):
        path = folder / "notes.db"
        await _save_and_be_killed(path)
        if not killed:
            with contextlib.closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _only_read(folder)
        library = await asyncio.to_thread(lambda: open_library(path=path))
        rows = await library.store.recent()
        assert len(rows) == 2
        assert await library.store.get(rows[0].id)
        assert len(await library.store.search(a_note().title)) == 2
        assert isinstance(library.refused, FolderNotWritable)
        with pytest.raises(FolderNotWritable):
            await library.store.save(a_note(), a_request(model="third"))
        checkup = await library.check()
        assert not checkup.ok
        assert "2 notes can be read" in checkup.message
        await library.aclose()


@pytest.mark.parametrize("killed", [False, True])
async def test_a_library_on_a_full_disk_can_be_read(killed: bool, tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with _disk(folder, "1m"):
        path = folder / "notes.db"
        await _save_and_be_killed(path)
        if not killed:
            with contextlib.closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with contextlib.suppress(OSError), (folder / "film").open("wb", buffering=0) as film:
            while film.write(b"x" * 4096):
                pass
        library = await asyncio.to_thread(lambda: open_library(path=path))
        rows = await library.store.recent()
        assert len(rows) == 2
        assert await library.store.get(rows[0].id)
        assert len(await library.store.search(a_note().title)) == 2
        with pytest.raises(DiskFull):
            await library.store.save(a_note(title="x" * 200_000), a_request(model="third"))
        (folder / "film").unlink()
        assert await library.try_to_write() is None
        assert await library.store.save(a_note(), a_request(model="third"))
        await library.aclose()


READING = """
import asyncio, os, sys, tempfile
from pathlib import Path
from notegen_desktop.services.library import open_library

async def story(path):
    library = open_library(path=path)
    rows = await library.store.recent()
    for row in rows:
        assert await library.store.get(row.id)
    print(len(rows), library.refused and library.refused.code())
    await library.aclose()

with tempfile.TemporaryDirectory() as own:  # everything is imported while it may be
    asyncio.run(story(Path(own) / "notes.db"))
if os.geteuid() == 0:
    os.setgid(65_534)
    os.setuid(65_534)
for path in sys.argv[1:]:
    asyncio.run(story(Path(path)))
"""


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_a_library_that_may_only_be_read_is_read(tmp_path: Path) -> None:
    """The file, its folder or both; six libraries, read by one program without rights."""

    async def fill() -> None:
        library = open_library(path=tmp_path / "notes.db")
        await library.store.save(a_note(), a_request())
        await library.aclose()

    asyncio.run(fill())
    with contextlib.ExitStack() as folders:
        paths: list[Path] = []
        for journal, closed in itertools.product(("WAL", "DELETE"), ("file", "folder", "both")):
            with contextlib.closing(sqlite3.connect(tmp_path / "notes.db")) as connection:
                connection.execute(f"PRAGMA journal_mode={journal}")
            folder = Path(folders.enter_context(tempfile.TemporaryDirectory(dir="/tmp")))
            folders.callback(folder.chmod, 0o755)
            path = Path(shutil.copy2(tmp_path / "notes.db", folder))
            path.chmod(0o644 if closed == "folder" else 0o444)
            folder.chmod(0o755 if closed == "file" else 0o555)
            paths.append(path)
        done = subprocess.run(
            [sys.executable, "-c", READING, *paths],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    told = done.stdout.splitlines()
    assert told == ["0 None", *["1 folder_not_writable"] * len(paths)], done.stderr


async def test_a_library_in_memory_is_kept_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("no database")
    library = await asyncio.to_thread(lambda: open_library(path=path, kept=False))
    await asyncio.gather(
        *(library.store.save(a_note(), a_request(model=str(n))) for n in range(20))
    )
    assert len(await library.store.recent()) == 20
    assert len(await library.store.search(a_note().title)) == 20
    await library.aclose()
    assert path.read_text() == "no database"
    library = await asyncio.to_thread(lambda: open_library(path=path, kept=False))
    assert await library.store.recent() == []
    await library.aclose()


def test_where_no_file_can_be_locked_nobody_passes_for_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = presence.Presence(tmp_path)
    token = before.token
    before.close()
    monkeypatch.setattr(presence, "lock_file", lambda _: False)
    here = presence.Presence(tmp_path)
    assert here.alive(token) is None  # so its lease decides
    assert here.alive(here.token)
    assert not list(tmp_path.glob("*.new"))
    here.close()
