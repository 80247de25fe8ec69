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

COMMANDS = """
import json, sys
from notegen_desktop.cli.main import main
for words in map(json.loads, sys.argv[1:]):
    code = main(words)
    sys.stderr.write("\\n" + json.dumps([code, sorted(sys.modules)]) + "\\n")
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
    folder: Path, *commands: tuple[str, ...], program: str = COMMANDS, of: set[str] = CLIENTS
) -> list[set[str]]:
    """Which clients, or modules `of` others, a process has imported after each of its commands."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(json.dumps, commands)],
        env=os.environ | {"NOTEGEN_HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("[")]
    assert not any(code for code, _ in told), done.stderr
    return [of & set(modules) for _, modules in told]


def short(names: set[str]) -> set[str]:
    return {name.removeprefix("notegen_desktop.services.writers.") for name in names}


def test_a_command_that_asks_nobody_imports_no_client_and_the_library_no_engine(
    tmp_path: Path,
) -> None:
    links, settings, library = imported(
        tmp_path,
        ("links", "https://youtu.be/dQw4w9WgXcQ"),
        ("settings", "list"),
        ("notes", "list"),
    )
    assert links == settings == set()
    assert short(library) <= {"httpx"}


def test_the_window_is_there_before_any_client(tmp_path: Path) -> None:
    (there,) = imported(tmp_path, program=WINDOW, of=CLIENTS | LATE)
    assert there == set()


@pytest.mark.parametrize("wire", ["openai", "ollama"])
def test_a_note_of_a_server_imports_its_client_alone(tmp_path: Path, wire: str) -> None:
    with FakeChat(wire) as server:
        if wire == "ollama":
            server.models = ({"model": "small-instruct", "details": {"context_length": 32_768}},)
        kind = {"openai": "custom"}.get(wire, wire)
        url = server.address
        added, written = imported(
            tmp_path,
            ("connections", "add", "mine", url, "--kind", kind, "--model", "small-instruct"),
            ("generate", str(sample_talk()), "--engine", "mine", "-t", "basic-summary"),
        )
        assert "chat.writer" not in short(added)
        assert short(written) == {"httpx", "chat.writer"}
