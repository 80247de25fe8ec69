"""Every command answers other programs in JSON, and nothing else comes on standard output."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.cli.parser import build_parser
from notegen_desktop.services.machine.paths import sample_talk

from .command import Command


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


@pytest.fixture
def note(notegen: Command) -> str:
    done = notegen("generate", str(sample_talk()), "-t", "flashcards", "--engine", "offline")
    assert done.code == 0
    return str(notegen("notes", "list", "--json").json[0]["id"])


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, set[str]]]:
    inner = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    for several in inner:
        for each in several.choices.values():
            yield from commands(each)
    if not inner:
        yield parser.prog, set(parser._option_string_actions)


def test_every_command_has_json_or_events_or_a_protocol() -> None:
    for name, options in commands(build_parser(complete=True)):
        assert options & {"--json", "--events"} or name == "notegen mcp", name


def test_what_writes_files_names_them(notegen: Command, note: str, tmp_path: Path) -> None:
    told = notegen("notes", "export", note, "-o", str(tmp_path / "out"), "--json").json
    assert told["failed"] == []
    [file] = told["files"]
    assert (file["id"], file["new"]) == (note, True)
    assert Path(file["path"]).is_file()
    deck = notegen("cards", "export", "-o", str(tmp_path / "out"), "--format", "csv", "--json").json
    assert Path(deck["path"]).is_file()
    assert (deck["cards"] > 0, deck["notes"]) == (True, 1)


def test_without_cards_the_export_names_no_file(notegen: Command) -> None:
    assert notegen("cards", "export", "--json").json["path"] is None


def test_what_is_deleted_and_restored_is_named(notegen: Command, note: str) -> None:
    assert notegen("notes", "delete", note, "--json").json == {"deleted": [note]}
    assert notegen("notes", "restore", note, "--json").json == {"restored": [note]}
    assert notegen("cards", "restore", "--json").json == {"restored": 0}


def test_settings_and_templates_answer_as_their_lists_do(notegen: Command, tmp_path: Path) -> None:
    said = notegen("settings", "set", "processing.parallel", "false", "--json").json
    assert said == {"key": "processing.parallel", "value": False}
    assert notegen("settings", "get", "processing.parallel", "--json").json == said
    shown = notegen("templates", "show", "quiz", "--json").json
    assert shown["id"] == "quiz"
    assert shown["sections"]
    path = notegen("templates", "new", "Meeting log", "--json").json["path"]
    broken = tmp_path / "broken.toml"
    broken.write_text("name = 3")
    done = notegen("templates", "check", path, str(broken), "--json")
    assert done.code == 2
    well, ill = json.loads(done.out)
    assert (well["error"], ill["id"]) == (None, None)
    assert ill["error"]["message"]


def test_followed_folders_are_told_as_the_list_tells_them(notegen: Command, tmp_path: Path) -> None:
    folder = tmp_path / "talks"
    folder.mkdir()
    [added] = notegen("follow", "add", str(folder), "--json").json["followed"]
    paused = notegen("follow", "pause", added["id"], "--json").json
    assert paused == {**added, "paused": True}
    assert notegen("follow", "remove", added["id"], "--json").json == {"removed": added["id"]}


def test_a_transcript_is_either_json_or_in_a_format(notegen: Command, tmp_path: Path) -> None:
    talk = str(sample_talk())
    both = notegen("transcript", talk, "--format", "srt", "--json")
    assert (both.code, both.out) == (2, "")
    assert "-o" in both.err
    file = tmp_path / "talk.srt"
    told = notegen("transcript", talk, "--format", "srt", "-o", str(file), "--json").json
    assert told == {"path": str(file)}
    assert file.is_file()


def test_one_missing_note_costs_the_export_no_other(
    notegen: Command, note: str, tmp_path: Path
) -> None:
    out = str(tmp_path / "out")
    done = notegen("notes", "export", "000000000000", note, "-o", out, "--json")
    assert done.code == 3
    told = json.loads(done.out)
    assert [each["id"] for each in told["files"]] == [note]
    assert [each["id"] for each in told["failed"]] == ["000000000000"]
    assert "no note" in done.err
    assert notegen("notes", "export", "000000000000", "-o", out).code == 4
