"""The client of an engine is imported when a note is asked of it, and not before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.chat_server import FakeChat

CLIENTS = {
    *("google.generativeai", "httpx"),
    *(f"notegen_desktop.services.writers.{name}" for name in ("gemini", "gemini_legacy")),
    *(f"notegen_desktop.services.writers.{name}" for name in ("offline", "chat.writer")),
}
LATE = {
    *("sqlalchemy", "notegen_desktop.ui.notes.note_document", "notegen_desktop.ui.notes.note_view"),
    *(f"notegen_desktop.services.ports.{name}" for name in ("records", "writers")),
}
"""What the window does not wait for."""

COMMAND = """
import json, sys
from notegen_desktop.cli.main import main
code = main(sys.argv[1:])
sys.stderr.write("\\n" + json.dumps([code, sorted(sys.modules)]))
"""
WINDOW = """
import json, sys
from notegen_desktop.app import create_app
app = create_app(["notegen-desktop"])
app.window.show()
app.qt.processEvents()
sys.stderr.write("\\n" + json.dumps([0, sorted(sys.modules)]))
import os; os._exit(0)
"""


def imported(
    folder: Path, *words: str, program: str = COMMAND, of: set[str] = CLIENTS, **environ: str
) -> set[str]:
    """Which clients, or modules `of` others, a process has imported at its end."""
    home = {"NOTEGEN_HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=os.environ | home | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return of & set(modules)


def short(names: set[str]) -> set[str]:
    return {name.removeprefix("notegen_desktop.services.writers.") for name in names}


@pytest.mark.parametrize("words", [("links", "https://youtu.be/dQw4w9WgXcQ"), ("settings", "list")])
def test_a_command_that_asks_nobody_imports_no_client(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert imported(tmp_path, *words) == set()


def test_a_look_at_the_library_imports_no_engine(tmp_path: Path) -> None:
    assert short(imported(tmp_path, "notes", "list")) <= {"httpx"}


def test_the_window_is_there_before_any_client(tmp_path: Path) -> None:
    assert imported(tmp_path, program=WINDOW, of=CLIENTS | LATE) == set()


@pytest.mark.parametrize("wire", ["openai", "ollama"])
def test_a_note_of_a_server_imports_its_client_alone(tmp_path: Path, wire: str) -> None:
    with FakeChat(wire) as server:
        if wire == "ollama":
            server.models = ({"model": "small-instruct", "details": {"context_length": 32_768}},)
        kind = {"openai": "custom"}.get(wire, wire)
        url = server.address
        added = ("connections", "add", "mine", url, "--kind", kind, "--model", "small-instruct")
        assert "chat.writer" not in short(imported(tmp_path, *added))
        words = ("generate", str(sample_talk()), "--engine", "mine", "-t", "basic-summary")
        assert short(imported(tmp_path, *words)) == {"httpx", "chat.writer"}
