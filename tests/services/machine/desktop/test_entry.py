"""The system is told of the program only when asked, as its rules say, and told off again."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import FolderNotWritable, NotYetAvailable
from notegen_desktop.services.machine.desktop.entry import (
    LinuxEntry,
    WindowsEntry,
    data_home,
    entry_of_this_machine,
    quoted,
)
from notegen_desktop.services.machine.installation import window_command

COMMAND = ["/opt/Note Gen/bin/notegen-desktop"]


def fields(entry: LinuxEntry) -> dict[str, str]:
    lines = entry.entry.read_text().splitlines()
    assert lines[0] == "[Desktop Entry]"
    return dict(line.split("=", 1) for line in lines[1:])


def test_an_entry_opens_links_and_offers_itself_for_films_and_captions(tmp_path: Path) -> None:
    entry = LinuxEntry(tmp_path, COMMAND)
    assert not entry.is_there()
    entry.add()
    assert entry.is_there()
    told = fields(entry)
    assert told["Exec"] == '"/opt/Note Gen/bin/notegen-desktop" %U'
    assert told["TryExec"] == COMMAND[0]
    types = told["MimeType"].split(";")
    assert types[0] == "x-scheme-handler/notegen"
    assert {"video/mp4", "audio/mpeg", "text/vtt", "application/x-subrip"} <= set(types)
    assert entry.icon.read_bytes().startswith(b"<svg")


def test_what_is_taken_back_leaves_nothing(tmp_path: Path) -> None:
    entry = LinuxEntry(tmp_path, COMMAND)
    entry.remove()
    entry.add()
    entry.add()
    entry.remove()
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert [name for name in left if "notegen" in name] == []
    assert not entry.is_there()


def test_a_home_of_its_own_is_kept(tmp_path: Path) -> None:
    entry = LinuxEntry(tmp_path, ["/bin/notegen-desktop"], home="/srv/my notes")
    entry.add()
    assert fields(entry)["Exec"] == 'env "NOTEGEN_HOME=/srv/my notes" /bin/notegen-desktop %U'


@pytest.mark.parametrize(
    "word", ["plain", "with space", 'a"quote', "a$dollar", "back\\slash", "tick`", "per%cent", "#"]
)
def test_every_path_survives_the_rules_of_the_entry(word: str) -> None:
    # Read back: the escapes of the file first, then the quotes of the line, then the fields.
    line = re.sub(r"\\([$`])", r"\1", quoted(word).replace("\\\\", "\\"))
    assert [part.replace("%%", "%") for part in shlex.split(line)] == [word]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "applications").write_text("a file where the folder should be")
    with pytest.raises(FolderNotWritable):
        LinuxEntry(tmp_path, COMMAND).add()


def test_the_place_is_the_one_the_rules_name() -> None:
    assert data_home({"HOME": "/home/a"}) == Path("/home/a/.local/share")
    assert data_home({"HOME": "/home/a", "XDG_DATA_HOME": "/data"}) == Path("/data")
    assert data_home({"HOME": "/home/a", "XDG_DATA_HOME": "here"}) == Path("/home/a/.local/share")


def test_a_mac_says_that_it_takes_a_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NotYetAvailable, match="application bundle"):
        entry_of_this_machine()


needs_gio = pytest.mark.skipif(
    not (shutil.which("gio") and shutil.which("update-desktop-database")),
    reason="the tools of the desktop are not installed",
)


@needs_gio
@pytest.mark.skipif(sys.platform != "linux", reason="for Linux")
def test_the_desktop_itself_takes_the_program_for_the_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "notegen-desktop"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/taken\n')
    program.chmod(0o755)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    entry = LinuxEntry(tmp_path / "data", [str(program)])
    entry.add()
    assert "notegen-desktop.desktop" in gio("mime", "x-scheme-handler/notegen")
    assert "notegen-desktop.desktop" in gio("mime", "text/vtt")
    validator = shutil.which("desktop-file-validate")
    if validator:
        done = subprocess.run(
            [validator, str(entry.entry)], capture_output=True, text=True, check=False
        )
        assert done.stdout + done.stderr == ""
    link = "notegen://add?url=https%3A%2F%2Fyoutu.be%2Fabcdefghijk"
    gio("open", link)
    taken = tmp_path / "taken"
    assert wait_for(taken).splitlines() == [link]
    entry.remove()
    assert "notegen-desktop.desktop" not in gio("mime", "x-scheme-handler/notegen")


def wait_for(file: Path) -> str:
    for _ in range(500):
        if file.exists() and (text := file.read_text()):
            return text
        time.sleep(0.01)
    raise AssertionError("the program was not started")


def gio(*arguments: str) -> str:
    done = subprocess.run(["gio", *arguments], capture_output=True, text=True, check=False)
    return done.stdout


# --- Windows -------------------------------------------------------------------------------------


class Registry:
    """As much of winreg as is used: a tree of keys, each with its values."""

    HKEY_CURRENT_USER = "HKCU"
    REG_SZ = 1

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, str]] = {}

    @contextmanager
    def CreateKey(self, root: str, key: str) -> Iterator[str]:
        parts = key.split("\\")
        for count in range(1, len(parts) + 1):
            self.keys.setdefault("\\".join(parts[:count]), {})
        yield key

    @contextmanager
    def OpenKey(self, root: str, key: str) -> Iterator[str]:
        if key not in self.keys:
            raise FileNotFoundError(key)
        yield key

    def SetValueEx(self, key: str, name: str, reserved: int, kind: int, value: str) -> None:
        self.keys[key][name] = value

    def EnumKey(self, key: str, number: int) -> str:
        below = sorted(k.rpartition("\\")[2] for k in self.keys if k.rpartition("\\")[0] == key)
        if number >= len(below):
            raise OSError("no more data is available")
        return below[number]

    def DeleteKey(self, root: str, key: str) -> None:
        if any(other.startswith(f"{key}\\") for other in self.keys):
            raise PermissionError("it has keys below it")
        del self.keys[key]


def test_on_windows_the_keys_of_the_user_say_it_and_go_again() -> None:
    registry = Registry()
    entry = WindowsEntry([r"C:\Program Files\NoteGen\notegen-desktop.exe"], registry)
    assert not entry.is_there()
    entry.add()
    assert entry.is_there()
    scheme = registry.keys[r"Software\Classes\notegen"]
    assert scheme == {"": "URL:NoteGen", "URL Protocol": ""}
    command = registry.keys[r"Software\Classes\notegen\shell\open\command"][""]
    assert command == r'"C:\Program Files\NoteGen\notegen-desktop.exe" "%1"'
    types = registry.keys[r"Software\Classes\Applications\notegen-desktop.exe\SupportedTypes"]
    assert {".mp4", ".srt"} <= set(types)
    entry.remove()
    entry.remove()
    assert not [key for key in registry.keys if "notegen" in key]
    assert r"Software\Classes" in registry.keys, "what was there before stays"


def test_what_a_package_has_made_known_is_known_and_goes_with_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    shared = {"XDG_DATA_DIRS": str(tmp_path / "usr"), "XDG_DATA_HOME": str(tmp_path / "ada")}
    LinuxEntry(tmp_path / "usr", window_command()).add()
    entry = entry_of_this_machine(shared)
    assert entry.is_there()
    assert entry.where().startswith(shared["XDG_DATA_DIRS"])
    entry.add()
    assert not (tmp_path / "ada").exists()
    with pytest.raises(NotYetAvailable, match="package"):
        entry.remove()


def test_the_package_of_another_copy_is_none_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    LinuxEntry(tmp_path / "usr", ["/elsewhere/notegen-desktop"]).add()
    shared = {"XDG_DATA_DIRS": str(tmp_path / "usr"), "XDG_DATA_HOME": str(tmp_path / "ada")}
    assert not entry_of_this_machine(shared).is_there()


def test_the_window_is_started_by_its_whole_path() -> None:
    first = window_command()[0]
    assert Path(first).is_absolute()
    assert Path(first).exists()
