"""The command line with a library that is damaged, full, only to be read, or locked."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.site import FakeSite
from tests.fakes.ytdlp_releases import OWN, released

from .command import Command

TALK = "WEBVTT\n\n" + "".join(
    f"00:{n:02}.000 --> 00:{n + 1:02}.000\nSpaced repetition beats cramming, day {n}.\n\n"
    for n in range(40)
)


def _write_a_note(command: Command, tmp_path: Path) -> str:
    talk = tmp_path / "talk.vtt"
    talk.write_text(TALK)
    done = command("generate", str(talk), "-t", "basic-summary", "--engine", "offline")
    assert done.code == 0, done.err
    note_id: str = command("notes", "list", "--json").json[0]["id"]
    return note_id


def _everything_can_be_read(command: Command, note_id: str, out: Path) -> None:
    listed = command("notes", "list", "--json")
    assert (listed.code, [row["id"] for row in listed.json]) == (0, [note_id]), listed.err
    found = command("notes", "search", "repetition", "--json")
    assert (found.code, len(found.json)) == (0, 1), found.err
    shown = command("notes", "show", note_id)
    assert shown.code == 0, shown.err
    assert "epetition" in shown.out
    exported = command("notes", "export", note_id, "-o", str(out))
    assert exported.code == 0, exported.err
    assert list(out.rglob("*.md"))


@contextmanager
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


def test_notes_on_a_disk_that_is_only_read_are_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with _disk(home, "8m"):
        command = Command(home)
        note_id = _write_a_note(command, tmp_path)
        subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)
        _everything_can_be_read(command, note_id, tmp_path / "out")
        deleted = command("notes", "delete", note_id)
        assert deleted.code == 4
        assert "cannot be written to" in deleted.err or "cannot be opened" in deleted.err
        checks = {c["name"]: c for c in command("doctor", "--json").json["checks"]}
        assert not checks["database"]["ok"]
        assert "1 note can be read" in checks["database"]["message"]


def test_notes_on_a_full_disk_are_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with _disk(home, "4m"):
        command = Command(home)
        note_id = _write_a_note(command, tmp_path)
        try:
            with (home / "film").open("wb", buffering=0) as film:
                while film.write(b"x" * 4096):
                    pass
        except OSError:
            pass
        _everything_can_be_read(command, note_id, tmp_path / "out")


def test_doctor_repairs_a_damaged_library_when_told_to(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    note_id = _write_a_note(command, tmp_path)
    path = command.home / "notes.db"
    with sqlite3.connect(path) as connection:
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'note_search_data'"
        ).fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    damaged = path.read_bytes()
    only_said = command("doctor", "--json")
    database = next(c for c in only_said.json["checks"] if c["name"] == "database")
    assert (only_said.code, database["ok"]) == (69, False)
    assert "doctor --yes" in database["hint"]
    assert path.read_bytes() == damaged
    assert command("notes", "show", note_id).code == 0  # the rest goes on working
    with FakeSite({}) as site:
        updated = Command(command.home, NOTEGEN_YTDLP_URL=released(site, OWN, b""))(
            "doctor", "--json", "--yes", "--update-yt-dlp"
        )
    database = next(c for c in updated.json["checks"] if c["name"] == "database")
    assert not database["ok"], "something else was asked for"
    assert path.read_bytes() == damaged
    repaired = command("doctor", "--json", "--yes")
    database = next(c for c in repaired.json["checks"] if c["name"] == "database")
    assert (repaired.code, database["ok"]) == (0, True)
    assert "1 of 1 note is whole" in database["message"]
    _everything_can_be_read(command, note_id, tmp_path / "out")


def _with_backup(command: Command, tmp_path: Path) -> tuple[Path, str]:
    """A library of one note, and a backup of it."""
    note_id = _write_a_note(command, tmp_path)
    path = command.home / "notes.db"
    (command.home / "backups").mkdir(exist_ok=True)
    with sqlite3.connect(path) as connection:
        copy = command.home / "backups" / "notes-20261101-120000-weekly.db"
        connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    return path, note_id


@pytest.mark.parametrize("content", [b"", None, bytes(50_000)])
def test_doctor_puts_a_lost_library_back(content: bytes | None, tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    path, note_id = _with_backup(command, tmp_path)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    listed = command("notes", "list")
    assert listed.code == 4
    assert "notegen doctor --yes" in listed.err
    told = next(c for c in command("doctor", "--json").json["checks"] if c["name"] == "database")
    assert not told["ok"]
    assert (path.read_bytes() if path.exists() else None) == content
    mended = command("doctor", "--json", "--yes")
    told = next(c for c in mended.json["checks"] if c["name"] == "database")
    assert (mended.code, told["ok"]) == (0, True)
    assert "notes-20261101-120000-weekly.db" in told["message"]
    _everything_can_be_read(command, note_id, tmp_path / "out")


def _database_of_another_program(folder: Path) -> bytes:
    path = folder / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE moz_places (url)")
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize("is_text", [True, False])
def test_doctor_puts_what_is_no_library_aside_and_goes_back_to_the_backup(
    is_text: bool, tmp_path: Path
) -> None:
    command = Command(tmp_path / "home")
    path, note_id = _with_backup(command, tmp_path)
    content = b"my shopping list\n" * 100 if is_text else _database_of_another_program(tmp_path)
    path.write_bytes(content)
    listed = command("notes", "list")
    assert (listed.code, path.read_bytes()) == (4, content)
    assert "notegen doctor --yes" in listed.err
    mended = command("doctor", "--json", "--yes")
    told = next(c for c in mended.json["checks"] if c["name"] == "database")
    assert (mended.code, told["ok"]) == (0, True)
    (kept,) = command.home.glob("notes-other-*.db")
    assert kept.read_bytes() == content
    assert str(kept) in told["message"]
    assert "notes-20261101-120000-weekly.db" in told["message"]
    _everything_can_be_read(command, note_id, tmp_path / "out")


def test_doctor_begins_a_new_library_where_nothing_is_left(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    command.home.mkdir()
    (command.home / "notes.db").touch()
    (command.home / "window.json").write_text(
        '[General]\ntabs="[[\\"0123456789ab\\", \\"standard\\", null, true]]"\n'
    )
    assert "begins a new library" in command("notes", "list").err
    mended = command("doctor", "--json", "--yes")
    told = next(c for c in mended.json["checks"] if c["name"] == "database")
    assert (mended.code, told["message"]) == (0, "A new library is begun.")
    assert command("notes", "list").code == 0


def test_doctor_names_the_lock_of_another_computer(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    command.home.mkdir()
    lock = command.home / "notes.lock"
    lock.write_text("4711\nnotegen-desktop\nanother-computer\n\n\n")
    month_ago = time.time() - 30 * 86_400
    os.utime(lock, (month_ago, month_ago))
    done = command("doctor", "--json")
    found = next(c for c in done.json["checks"] if c["name"] == "window lock")
    assert not found["ok"]
    assert "another-computer" in found["message"]
    assert str(lock) in found["hint"]


@pytest.mark.parametrize("url", ["mysql://me@server/notes", "postgresql+nosuch://me@server/notes"])
def test_a_missing_driver_is_something_the_machine_lacks(url: str, tmp_path: Path) -> None:
    done = Command(tmp_path / "home", NOTEGEN_DATABASE_URL=url)("notes", "list")
    assert done.code == 69
    assert "pip install 'notegen-desktop[postgres]'" in done.err
    assert "Traceback" not in done.err
