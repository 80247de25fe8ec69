"""A key of a connection is in the key ring and in the requests to its server, and nowhere else."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from notegen_desktop.cli.main import main
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.machine.secrets import SAFE_KEY_RINGS
from tests.fakes.chat_server import FakeChat
from tests.fakes.gemini import Script
from tests.fakes.gemini_script import Seen

KEY = "sk-a-key-of-a-connection-0123456789abcdef"
KEPT: dict[tuple[str, str], str] = {}
KINDS = {"openai": "custom", "ollama": "ollama", "anthropic": "anthropic"}


class Ring:
    """A key ring in memory, where the program looks for that of the desktop."""

    viable, priority = True, 5

    def get_password(self, service: str, username: str) -> str | None:
        return KEPT.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        KEPT[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del KEPT[service, username]


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch) -> None:
    KEPT.clear()
    for path in SAFE_KEY_RINGS:
        name, _, backend = path.rpartition(".")
        module = ModuleType(name)
        setattr(module, backend, Ring)
        monkeypatch.setitem(sys.modules, name, module)


def files_with_it(folder: Path) -> str:
    words = ["grep", "-rlaF", KEY, str(folder)]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("wire", KINDS)
def test_no_file_no_message_and_no_other_host_gets_the_key_of_a_connection(
    wire: str,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    talk, out = str(sample_talk()), tmp_path / "out"

    def echoing(seen: Seen) -> Script:
        """What a server may do: say the key in a note, in an error, or lead elsewhere."""
        if seen.template == "chapters":
            return Script(text=f"no note but {KEY}")
        if seen.template == "quiz":
            return Script(fail="redirect", redirect_to=f"{other.url}/v1/chat/completions")
        return Script(fail="bad_request") if seen.template == "flashcards" else Script()

    with FakeChat(wire, echoing, keys={KEY}) as server, FakeChat(wire) as other:
        if wire == "ollama":
            server.models = ({"model": "small-instruct", "details": {"context_length": 32_768}},)
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{KEY}\n"))
        added = ["connections", "add", "mine", server.address, "--kind", KINDS[wire]]
        assert main([*added, "--model", "small-instruct", "--key"]) == 0
        asked = ["--engine", "mine", "-o", str(out)]
        done = main(["generate", talk, *asked, "-t", "basic-summary"])
        main(["generate", talk, *asked, "-t", "chapters", "-t", "quiz", "-t", "flashcards"])
        for command in (["connections", "test", "mine"], ["doctor"], ["settings", "list"]):
            main(command)
        main(["connections", "list", "--json"])
        sent = {seen.key for seen in server.requests}
        assert not any(KEY in f"{seen.path}{seen.body}" for seen in server.all_requests)
        assert other.all_requests == []
    assert done == 0
    assert sent == {KEY}
    assert list(KEPT.values()) == [KEY]
    told = capfd.readouterr()
    assert KEY not in told.out + told.err
    assert (home / "logs").exists() or any(home.rglob("*.log"))
    assert files_with_it(tmp_path) == ""
