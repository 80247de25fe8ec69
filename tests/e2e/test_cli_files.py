"""Files that commands write where people name a place: none of theirs is written over."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.cli.parser import build_parser
from notegen_desktop.services.machine.paths import sample_talk

from .command import Command

TALK = str(sample_talk())
TITLE = "How to remember what you learn"
BY = ("--engine", "offline", "-t", "flashcards")
WRITERS = {
    "generate": (("generate", TALK, *BY, "--format", "html"), f"{TITLE}/flashcards.html"),
    "transcript": (("transcript", TALK), "mine.srt"),
    "notes export": (("notes", "export", "all"), f"{TITLE}/flashcards.md"),
    "cards export": (("cards", "export"), "mine.csv"),
    "templates export": (("templates", "export", "quiz"), "quiz: mine.toml"),
}
"""Each command, and a file that it would write below a folder or under that name."""
ALIKE = {"guide", "resume"}
"""Which write as `generate` does."""


def commands_with(option: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    """The commands below a parser that have an option."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                if any(option in each.option_strings for each in command._actions):
                    yield name
                yield from (f"{name} {below}" for below in commands_with(option, command))


def test_every_command_that_writes_to_a_named_place_is_tried_here() -> None:
    assert {*commands_with("--output", build_parser(complete=True))} == {*WRITERS, *ALIKE}


@pytest.mark.parametrize("command", WRITERS)
def test_a_file_that_is_there_stays_and_the_new_one_gets_a_number(
    tmp_path: Path, command: str
) -> None:
    notegen = Command(tmp_path / "home")
    if command in ("notes export", "cards export"):
        assert notegen("generate", TALK, *BY).code == 0
    arguments, name = WRITERS[command]
    folder = tmp_path / "out"
    file = folder / name
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    place = folder if "/" in name else file
    for _ in range(2):
        done = notegen(*arguments, "-o", str(place))
        assert done.code == 0, done.err
        assert file.read_text() == "mine"
        written = file.with_name(f"{file.stem} (2){file.suffix}")
        assert str(written) in done.out + done.err
        assert sorted(file.parent.iterdir()) == sorted([file, written])
