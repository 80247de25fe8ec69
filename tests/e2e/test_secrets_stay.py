"""Keys and passwords stay where they belong: not in notes, files, logs or what is printed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script

from .command import KEY, Command

TALK = str(sample_talk())


def test_a_key_that_a_server_sends_back_is_in_nothing_that_is_kept(tmp_path: Path) -> None:
    levels = {
        "concise": f"Your key is {KEY}.",
        "standard": f"Forgetting is normal, and the server knows your key, which is {KEY}.",
        "comprehensive": f"Rereading feels easy. It is {KEY} that the server was told by you, and "
        "it should not have written it down here, where everybody reads it.",
    }
    sections = [{"heading": f"{n} about {KEY}", "cites": [str(n)], **levels} for n in (1, 2, 3)]
    text = json.dumps({"title": f"Of {KEY}", "sections": sections})
    with FakeGemini(Script(text=text, chunks=97)) as gemini:
        notegen = Command(tmp_path / "home", NOTEGEN_GEMINI_URL=gemini.url, GEMINI_API_KEY=KEY)
        words = ("generate", TALK, "-t", "basic-summary", "--engine", "gemini")
        done = notegen(*words, "-o", str(tmp_path / "out"), "--format", "json", "--events")
    assert done.code == 0, done.out
    assert "[key]" in "".join(path.read_text() for path in (tmp_path / "out").rglob("*.json"))
    assert not _holding(tmp_path, KEY)
    assert KEY not in done.out + done.err


def test_a_key_in_an_error_of_the_server_is_not_told(tmp_path: Path) -> None:
    with FakeGemini(Script(text=f"no JSON but {KEY}")) as gemini:
        notegen = Command(tmp_path / "home", NOTEGEN_GEMINI_URL=gemini.url, GEMINI_API_KEY=KEY)
        done = notegen("generate", TALK, "-t", "basic-summary", "--engine", "gemini", "--events")
    assert done.code == 4
    assert KEY not in done.out + done.err
    assert not _holding(tmp_path, KEY)


PROXY, BARE, PASSWORD = (
    "http://me:very-secret@proxy.test:8080",
    "http://me@proxy.test:8080",
    "very-secret",
)


def test_a_proxys_password_is_never_in_the_settings_file_nor_printed(tmp_path: Path) -> None:
    notegen = Command(tmp_path / "home")
    done = notegen("settings", "set", "sources.proxy", PROXY)
    assert done.code == 69
    assert "NOTEGEN_PROXY_PASSWORD" in done.err
    assert notegen("settings", "get", "sources.proxy").out.strip() == BARE
    assert PASSWORD not in done.out + done.err
    assert not _holding(tmp_path, PASSWORD)


def test_a_proxys_password_in_an_older_file_is_not_printed_and_the_doctor_tells_of_it(
    tmp_path: Path,
) -> None:
    notegen = Command(tmp_path / "home")
    notegen.home.mkdir()
    (notegen.home / "settings.toml").write_text(f'[sources]\nproxy = "{PROXY}"\n')
    for words in (("list",), ("list", "--json"), ("get", "sources.proxy")):
        told = notegen("settings", *words)
        assert BARE in told.out
        assert PASSWORD not in told.out + told.err
    found = {check["name"]: check for check in notegen("doctor", "--json").json["checks"]}
    assert "NOTEGEN_PROXY_PASSWORD" in found["proxy"]["hint"]


@pytest.mark.skipif(os.name == "nt", reason="the permissions of POSIX")
@pytest.mark.parametrize("mask", [0o022, 0o000])
def test_everything_below_home_is_for_its_user_alone(tmp_path: Path, mask: int) -> None:
    notegen = Command(tmp_path / "home")
    process = notegen.start(
        *("generate", TALK, "-t", "basic-summary", "--engine", "offline"),
        preexec_fn=lambda: os.umask(mask) and None,
    )
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert notegen("settings", "set", "appearance.theme", "dark").code == 0
    assert notegen("templates", "new", "Meeting minutes").code == 0
    open_to_others = [
        (str(path.relative_to(tmp_path)), oct(path.stat().st_mode))
        for path in [notegen.home, *notegen.home.rglob("*")]
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []


def _holding(folder: Path, words: str) -> list[str]:
    """The files below a folder that hold these words."""
    found = subprocess.run(
        ["grep", "-rlaF", words, str(folder)], capture_output=True, text=True, check=False
    )
    return found.stdout.split()
