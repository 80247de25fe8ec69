"""Notes by a server of one's own: the command line against loopback servers of three wires."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.chat_server import FakeChat
from tests.fakes.gemini import Script
from tests.fakes.gemini_notes import write_note
from tests.fakes.gemini_script import Seen

from .command import Command
from .hour import write_hour

TALK = str(sample_talk())
KEY = "sk-test-key-of-a-server-0123456789"


def note_in(folder: Path) -> dict[str, object]:
    (path,) = folder.rglob("*.json")
    found: dict[str, object] = json.loads(path.read_text())
    return found


def holding(folder: Path) -> str:
    """The files below a folder that hold the key."""
    words = ["grep", "-rlaF", KEY, str(folder)]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("wire", ["openai", "ollama"])
def test_a_server_that_is_added_writes_notes(tmp_path: Path, wire: str) -> None:
    with FakeChat(wire) as server:
        if wire == "ollama":
            server.models = ({"model": "small-instruct", "details": {"context_length": 32_768}},)
        notegen = Command(tmp_path / "home")
        kind = ("--kind", {"openai": "custom"}.get(wire, wire))
        added = notegen("connections", "add", "mine", server.address, *kind)
        assert added.code == 0, added.err
        assert "small-instruct" in added.out
        out = tmp_path / "out"
        words = ("-t", "basic-summary", "--engine", "mine", "-o", str(out), "--format", "json")
        done = notegen("generate", TALK, *words, "--events")
        assert done.code == 0, done.err
        assert done.events[-1]["cost_usd"] == 0
        note = note_in(out)
        assert (note["engine"], note["model"]) == ("mine", "small-instruct")
        asked = len(server.requests)
        assert notegen("generate", TALK, *words).code == 0
        assert len(server.requests) == asked  # the library has it
        table = notegen("connections", "list", "--json").json
        assert [row["name"] for row in table["connections"]] == ["mine"]
        assert notegen("connections", "remove", "mine").code == 0
        assert notegen("generate", TALK, *words, "-t", "chapters").code == 2


def test_a_key_that_no_key_ring_takes_is_said_and_is_in_no_file(tmp_path: Path) -> None:
    with FakeChat("anthropic") as server:
        notegen = Command(tmp_path / "home")
        words = ("connections", "add", "mine", server.address, "--kind", "anthropic", "--key")
        added = notegen(*words, stdin=f"{KEY}\n")
    assert added.code == 69
    assert "not kept" in added.err
    assert not holding(tmp_path)


def test_the_connection_of_the_environment_gets_its_key_and_nothing_keeps_it(
    tmp_path: Path,
) -> None:
    with FakeChat("openai", keys={KEY}) as server:
        notegen = Command(
            tmp_path / "home", NOTEGEN_OPENAI_URL=f"{server.url}/v1", OPENAI_API_KEY=KEY
        )
        words = ("--engine", "openai", "--model", "large-instruct", "-t", "basic-summary")
        done = notegen("generate", TALK, *words, "-o", str(tmp_path / "out"), "--events")
        assert done.code == 0, done.err
        assert server.requests[0].model == "large-instruct"
        assert server.requests[0].key == KEY
        server.script = Script(text=f"no note but {KEY}")
        failed = notegen("generate", TALK, *words[:4], "-t", "chapters", "--events")
        assert failed.code == 4
        tested = notegen("connections", "test", "openai")
    assert "large-instruct" in tested.out
    told = done.out + done.err + failed.out + failed.err + tested.out + tested.err
    assert KEY not in told
    assert not holding(tmp_path)


def test_a_talk_longer_than_the_window_is_written_in_parts_that_fit(tmp_path: Path) -> None:
    talk = str(write_hour(tmp_path / "talk.vtt"))
    with FakeChat("openai") as server:
        server.window = 16_384
        notegen = Command(tmp_path / "home", NOTEGEN_OPENAI_URL=f"{server.url}/v1")
        words = ("--engine", "openai", "--model", "small-instruct", "-t", "study-notes")
        done = notegen("generate", talk, *words, "-o", str(tmp_path / "out"), "--events")
        assert done.code == 0, done.err
        read = [seen.input_tokens for seen in server.requests]
    assert len(read) > 2
    assert max(read) < 16_384 * 0.85
    assert max(seen.body["generationConfig"]["maxOutputTokens"] for seen in server.requests) > 512


def test_a_window_that_turns_out_smaller_costs_one_refusal(tmp_path: Path) -> None:
    with FakeChat("openai") as server:
        limit, server.window = 7000, 32_768

        def objects(body: object) -> dict[str, object] | None:
            if len(json.dumps(body)) < 30_000:
                return None
            words = f"This model's maximum context length is {limit} tokens."
            return {"error": {"message": words, "code": "context_length_exceeded"}}

        server.objects = objects
        notegen = Command(tmp_path / "home", NOTEGEN_OPENAI_URL=f"{server.url}/v1")
        talk = str(write_hour(tmp_path / "talk.vtt"))
        words = ("--engine", "openai", "--model", "small-instruct", "-t", "chapters", "--events")
        done = notegen("generate", talk, *words)
        refused = [seen for seen in server.requests if seen.status == 400]
    assert done.code == 0, done.err
    assert len(refused) == 1


def test_an_engine_that_is_not_there_is_named_before_anything_is_read(tmp_path: Path) -> None:
    done = Command(tmp_path / "home")("generate", TALK, "--engine", "lmstudio")
    assert done.code == 2
    assert "notegen connections add lmstudio" in done.err


def test_a_template_is_written_by_the_engine_that_is_named_behind_it(tmp_path: Path) -> None:
    with FakeChat("ollama") as small, FakeChat("openai") as large:
        small.models = ({"model": "small-instruct", "details": {"context_length": 32_768}},)
        notegen = Command(tmp_path / "home")
        notegen("connections", "add", "small", small.address, "--kind", "ollama")
        notegen("connections", "add", "large", large.address, "--model", "large-instruct")
        words = ("--engine", "large", "-t", "chapters@small", "-t", "study-notes")
        estimated = notegen("estimate", TALK, *words, "--json").json
        assert [row["template"] for row in estimated["jobs"]] == ["chapters", "study-notes"]
        out = tmp_path / "out"
        done = notegen("generate", TALK, *words, "-o", str(out), "--format", "json")
        assert done.code == 0, done.err
        notes = [json.loads(path.read_text()) for path in out.rglob("*.json")]
        assert {note["template"]: (note["engine"], note["model"]) for note in notes} == {
            "chapters": ("small", "small-instruct"),
            "study-notes": ("large", "large-instruct"),
        }
        assert notegen("settings", "set", "general.engine", "large").code == 0
        assert notegen("settings", "set", "general.written_by", "quiz@small").code == 0
        quiz = ("generate", TALK, "-t", "quiz", "--format", "json")
        assert notegen(*quiz, "-o", str(tmp_path / "kept")).code == 0
        assert note_in(tmp_path / "kept")["engine"] == "small"
        assert notegen(*quiz, "-o", str(tmp_path / "said"), "--engine", "large").code == 0
        assert note_in(tmp_path / "said")["engine"] == "large", "what is said now counts"
        assert notegen("generate", TALK, "-t", "quiz@nowhere").code == 2
        assert notegen("generate", TALK, "-t", "quiz@").code == 2


def test_a_template_of_a_connection_that_is_gone_fails_alone_and_says_why(tmp_path: Path) -> None:
    with FakeChat("openai") as server:
        notegen = Command(tmp_path / "home")
        assert notegen("connections", "add", "mine", server.address).code == 0
        assert notegen("settings", "set", "general.engine", "mine").code == 0
        assert notegen("settings", "set", "general.written_by", "chapters@gone").code == 0
        both = ("generate", TALK, "-t", "basic-summary", "-t", "chapters", "--events")
        done = notegen(*both)
        assert done.code == 3, done.err
        assert (done.events[-1]["complete"], done.events[-1]["failed"]) == (1, 1)
        (error,) = [e["error"] for e in done.events if e.get("error")]
        assert "“gone”" in error["message"]
        assert "general.written_by" in error["hint"]
        told = notegen("doctor").out
        assert "general.written_by" in told
        assert "it names gone" in told
        assert notegen("estimate", TALK, "-t", "basic-summary", "-t", "chapters").code == 0
        assert notegen("settings", "set", "general.fallback", "gone, mine").code == 0
        done = notegen(*both)
        assert done.code == 0, "the next of the order writes them"
        assert done.err.count("general.fallback: it names gone") == 1


def one_level_at_a_time(seen: Seen) -> Script:
    """A model that repeats itself where three levels are asked for at once."""
    return Script() if "## One level" in seen.asked.task else Script(text="I am sorry. " * 40)


def test_a_model_that_cannot_write_three_levels_at_once_is_asked_for_each(tmp_path: Path) -> None:
    with FakeChat("openai", one_level_at_a_time) as server:
        server.window = 32_768
        notegen = Command(tmp_path / "home")
        assert notegen("connections", "add", "mine", server.address).code == 0
        words = ("--engine", "mine", "--format", "json")
        out = tmp_path / "out"
        done = notegen("generate", TALK, *words, "-t", "basic-summary", "-o", str(out))
        assert done.code == 0, done.err
        tried = len(server.requests)
        for section in note_in(out)["sections"]:
            assert len({section[level] for level in ("concise", "standard", "comprehensive")}) == 3
        estimated = notegen("estimate", TALK, "--engine", "mine", "-t", "chapters")
        assert "each is asked for by itself" in estimated.out, "it is remembered, and said"
        assert notegen("generate", TALK, *words, "-t", "chapters").code == 0
        asked = [seen.asked.task for seen in server.requests[tried:]]
        assert len(asked) == 3
        for task, level in zip(asked, ("concise", "standard", "comprehensive"), strict=True):
            assert f"write `{level}` alone" in task
            assert ("exactly these" in task) == (level != "concise")
        schemas = [body["response_format"]["json_schema"]["schema"] for body in server.bodies[-3:]]
        texts = [set(one["properties"]["sections"]["items"]["properties"]) for one in schemas]
        assert texts == [
            {"heading", "cites", level} for level in ("concise", "standard", "comprehensive")
        ]


@pytest.mark.parametrize("copied", ["", "concise"])
def test_the_levels_that_came_empty_or_alike_are_asked_for_by_themselves(
    tmp_path: Path, copied: str
) -> None:
    """The note that came is kept: only what it lacks is asked for, counted, and remembered."""

    def lazy(seen: Seen) -> Script:
        if "## One level" in seen.asked.task:
            return Script()
        note = write_note(seen.asked)
        for section in note["sections"]:
            section["standard"] = section.get(copied, "")
        return Script(text=json.dumps(note))

    with FakeChat("openai", lazy) as server:
        server.window = 32_768
        notegen = Command(tmp_path / "home")
        assert notegen("connections", "add", "mine", server.address).code == 0
        words = ("--engine", "mine", "--format", "json", "-o", str(tmp_path / "out"))
        done = notegen("generate", TALK, *words, "-t", "basic-summary", "--events")
        assert done.code == 0, done.err
        first, second = (seen.asked.task for seen in server.requests)
        assert "One level" not in first
        assert "write `standard` alone" in second
        assert "exactly these" in second
        assert done.events[-1]["requests"] == 2
        note = note_in(tmp_path / "out")
        assert note["usage"]["requests"] == 2
        assert not note.get("missing")
        for section in note["sections"]:
            assert len({section[level] for level in ("concise", "standard", "comprehensive")}) == 3
        later = notegen("generate", TALK, *words, "-t", "chapters", "--events")
        assert later.events[-1]["requests"] == 3, "it is remembered"


def test_one_that_writes_nothing_of_use_either_way_fails_with_its_first_error(
    tmp_path: Path,
) -> None:
    with FakeChat("openai", Script(text="no note")) as server:
        notegen = Command(tmp_path / "home")
        notegen("connections", "add", "mine", server.address)
        done = notegen("generate", TALK, "--engine", "mine", "-t", "basic-summary", "--events")
        assert done.code == 4
        again = notegen("estimate", TALK, "--engine", "mine", "-t", "basic-summary")
    assert "by itself" not in again.out
