"""The log: everything that helps, and no key."""

from __future__ import annotations

import faulthandler
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.services.machine import logs
from notegen_desktop.services.machine.logs import Log
from notegen_desktop.services.machine.redaction import Redactor
from tests.properties import texts

OLD = "AIzaSyA1234567890abcdefghijklmnopqrstuv"
NEW = "AQ.Ab8RN6I_example-example-example_0123456789"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    was_enabled = faulthandler.is_enabled()
    redactor = Redactor()
    redactor.add("my-own-odd-key")
    with Log(tmp_path / "logs" / "notegen.log", redactor=redactor) as opened:
        yield opened
    if was_enabled:
        faulthandler.enable()


def text(log: Log) -> str:
    return log.path.read_text("utf-8")


@pytest.mark.parametrize(
    "line",
    [
        OLD,
        NEW,
        "my-own-odd-key",
        f"GET https://example.test/v1?alt=sse&key={OLD}&x=1",
        "https://example.test/?key=anything-at-all-secret",
        "https://example.test/?a=b&key=my%2Down%2Dodd%2Dkey",
        "{'x-goog-api-key': 'anything-at-all-secret'}",
        "X-Goog-Api-Key: anything-at-all-secret",
        "Authorization: Bearer anything-at-all-secret",
        "Authorization: Bearer my-own-odd-key",
        "(b'x-goog-api-key', b'anything-at-all-secret')",
        "postgresql+psycopg://me:anything-at-all-secret@db/notes",
    ],
)
def test_keys_are_redacted_in_every_guise(line: str, log: Log) -> None:
    logging.getLogger("any").info("sent %s, answered", line)
    written = text(log)
    assert "[key]" in written
    assert "answered" in written
    assert "[key]]" not in written
    for secret in (OLD, NEW, "my-own-odd-key", "my%2Down", "secret"):
        assert secret not in written


@pytest.mark.parametrize(
    "line",
    [
        "a monkey=banana and keyword=value",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3s",
        "at 10:30 mail me@example.test about AQ and AIza",
        "C:\\Users\\me@home: done",
    ],
)
def test_ordinary_lines_are_left_alone(line: str) -> None:
    assert Redactor().clean(line) == line


@given(texts(), st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6), texts())
def test_a_known_key_never_survives(before: str, key: str, after: str) -> None:
    redactor = Redactor()
    redactor.add(key)
    assert key not in redactor.clean(f"{before}{key}{after}").replace("[key]", "")


def test_a_known_key_is_found_in_addresses_as_well() -> None:
    redactor = Redactor()
    redactor.add("odd/key+of=mine")
    assert redactor.clean("?x=odd%2Fkey%2Bof%3Dmine&y=1") == "?x=[key]&y=1"


def test_short_texts_are_no_secrets() -> None:
    redactor = Redactor()
    redactor.add("a")
    redactor.add("")
    assert redactor.clean("a banana") == "a banana"


@pytest.mark.allow_log
def test_tracebacks_are_redacted_too(log: Log) -> None:
    try:
        raise RuntimeError(f"refused {OLD}")
    except RuntimeError:
        logging.getLogger("any").exception("failed")
    assert "RuntimeError: refused [key]" in text(log)


@pytest.mark.allow_log
def test_talkative_libraries_are_held_down_and_warnings_pass(log: Log) -> None:
    for name in ("httpx", "urllib3.connectionpool"):
        logging.getLogger(name).info("chatter")
    logging.getLogger("httpx").warning("worth knowing")
    assert "chatter" not in text(log)
    assert "worth knowing" in text(log)


def test_half_characters_are_written_somehow(log: Log) -> None:
    logging.getLogger("any").info("title \ud83d and 日本語")
    assert "\\ud83d and 日本語" in text(log)


def test_the_log_rotates_and_crashes_go_into_the_newest_file(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        for _ in range(10):
            logging.getLogger("any").info("x" * (logs.SIZE // 8))
    kept = sorted(p.name for p in log.path.parent.iterdir())
    assert kept == ["notegen.log", *(f"notegen.log.{n}" for n in range(1, logs.KEPT + 1))]
    assert log.path.stat().st_size <= logs.SIZE
    assert log._crash_file is not None
    assert os.fstat(log._crash_file.fileno()).st_ino == log.path.stat().st_ino


def test_a_log_that_cannot_be_renamed_grows_on(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object) -> None:
        raise PermissionError("another process holds the file")

    monkeypatch.setattr(logs.logging.handlers.os, "rename", held)
    for _ in range(10):
        logging.getLogger("any").info("x" * (logs.SIZE // 8))
    logging.getLogger("any").info("still here %s", "x" * (logs.SIZE // 8))
    assert "still here" in text(log)


@pytest.mark.allow_log(logging.CRITICAL)
def test_uncaught_exceptions_of_threads_are_logged(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_hooks", (log._hooks[0], lambda facts: None))

    def fail() -> None:
        raise ValueError(f"in a thread, {NEW}")

    thread = threading.Thread(target=fail, name="reader")
    thread.start()
    thread.join()
    assert "Uncaught exception in the thread reader" in text(log)
    assert "ValueError: in a thread, [key]" in text(log)


def test_closing_puts_everything_back(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, sys.excepthook, threading.excepthook)
    was_enabled = faulthandler.is_enabled()
    opened = Log(tmp_path / "notegen.log")
    assert sys.excepthook != before[2]
    opened.close()
    opened.close()
    assert (list(root.handlers), root.level, sys.excepthook, threading.excepthook) == before
    if was_enabled:
        faulthandler.enable()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_disk_loses_lines_and_disturbs_nobody(tmp_path: Path) -> None:
    (tmp_path / "notegen.log").symlink_to("/dev/full")
    with Log(tmp_path / "notegen.log"):
        logging.getLogger("any").info("a line that finds no room")


def test_a_folder_that_cannot_be_is_told_and_the_program_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Log(tmp_path / "file" / "notegen.log") as opened:
        assert "cannot be written" in opened.problem
        logging.getLogger("any").info("into nothing")


def test_a_crash_of_the_interpreter_leaves_its_stack(tmp_path: Path) -> None:
    code = (
        "import ctypes; from pathlib import Path; "
        "from notegen_desktop.services.machine.logs import Log; "
        f"log = Log(Path({str(tmp_path / 'notegen.log')!r})); "
        "import faulthandler; faulthandler._sigsegv()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "Segmentation fault" in (tmp_path / "notegen.log").read_text()


def test_an_uncaught_exception_of_the_program_is_logged_and_shown(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from notegen_desktop.services.machine.logs import Log; "
        f"log = Log(Path({str(tmp_path / 'notegen.log')!r})); "
        "raise RuntimeError('nobody caught me')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert "nobody caught me" in done.stderr
    assert "RuntimeError: nobody caught me" in (tmp_path / "notegen.log").read_text()
