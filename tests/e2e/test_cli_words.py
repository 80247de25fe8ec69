"""The words of the command line: its help is whole, and what is wrong is said once and usefully."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.cli import setup
from notegen_desktop.cli.parser import build_parser
from notegen_desktop.domain.errors import UsageError
from notegen_desktop.services.machine.paths import paths_below, sample_talk
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.sources import speech
from notegen_desktop.services.sources.speech_models import SpeechModels
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.youtube import FakeVideo, FakeYoutube

from .command import KEY, Command


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def parsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command, and every one within it."""
    yield parser.prog, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from parsers(inner)


def arguments(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    """Every argument and option of every command."""
    for prog, each in parsers(parser):
        for action in each._actions:
            if not isinstance(action, argparse._SubParsersAction):
                yield prog, action


def test_every_argument_of_every_command_is_explained() -> None:
    every = list(arguments(build_parser(complete=True)))
    assert len(every) > 50
    assert [(prog, action.dest) for prog, action in every if not action.help] == []


def test_every_command_says_what_it_does() -> None:
    every = {prog.split(maxsplit=1)[-1]: p for prog, p in parsers(build_parser(complete=True))}
    assert len(every) > 50
    assert [prog for prog, parser in every.items() if not parser.description] == []
    assert str(every["desktop add"].description) in every["desktop add"].format_help()


def test_an_estimate_calls_sources_by_their_names_and_says_what_is_free(notegen: Command) -> None:
    done = notegen("estimate", str(sample_talk()), "-t", "chapters", "--engine", "offline")
    assert done.code == 0, done.err
    assert sample_talk().name in done.out
    assert done.out.splitlines()[-1] == "in all: free"


def test_no_text_from_outside_moves_the_terminal(notegen: Command, tmp_path: Path) -> None:
    """Escape sequences, the bell and what turns the order of letters round."""
    hostile = "\x1b]0;owned\x07\x1b[2Jtalk \u202egnp.exe"
    talk = tmp_path / f"{hostile}.vtt"
    talk.write_text(
        sample_talk().read_text("utf-8").replace(" the ", f" the {hostile} \x07"), "utf-8"
    )
    said = ""
    for command in (
        ("generate", str(talk), "-t", "basic-summary", "--engine", "offline"),
        ("transcript", str(talk)),
        ("estimate", str(talk), "-t", "chapters", "--engine", "offline"),
        ("notes", "list"),
        ("generate", str(tmp_path / f"{hostile}.gone")),
    ):
        done = notegen(*command)
        said += done.out + done.err
    assert "talk gnp.exe" in said
    assert not set(said) & {"\x1b", "\x07", "\u202e"}


def test_a_title_of_several_lines_forges_none(notegen: Command, tmp_path: Path) -> None:
    youtube = FakeYoutube()
    with youtube:
        youtube.add(FakeVideo("manylines01", "A talk\nOther: chapters: failed\rX\u2028Y"))
        notegen.environment["NOTEGEN_YOUTUBE_URL"] = youtube.url
        address = "https://youtu.be/manylines01"
        done = notegen("generate", address, "-t", "chapters", "--engine", "offline")
        listed = notegen("notes", "list")
    told = [line for line in done.err.splitlines() if "complete" in line]
    assert [line.partition(": chapters: complete")[0] for line in told] == [
        "A talk Other: chapters: failed X Y"
    ]
    assert len(listed.out.splitlines()) == 1


def test_a_list_that_is_cut_says_so(notegen: Command) -> None:
    templates = ("-t", "chapters", "-t", "basic-summary", "-t", "flashcards")
    assert notegen("generate", str(sample_talk()), *templates, "--engine", "offline").code == 0
    for command in (("list",), ("search", "retrieval")):
        cut = notegen("notes", *command, "--limit", "2")
        assert len(cut.out.splitlines()) == 2
        assert "There are more than these 2" in cut.err
        whole = notegen("notes", *command, "--limit", "3")
        assert (len(whole.out.splitlines()), whole.err) == (3, "")
    assert len(notegen("notes", "list", "--limit", "2", "--json").json) == 2
    assert notegen("notes", "list", "--limit", "0").code == 2


def test_a_search_without_a_hit_does_not_say_that_the_library_is_empty(notegen: Command) -> None:
    assert notegen("notes", "list").err == "There are no notes.\n"
    assert notegen("notes", "search", "two", "words").err == "No note has “two words”.\n"


def test_a_template_file_that_is_wrong_is_named_once(notegen: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('name = "Mine"\n')
    done = notegen("templates", "check", str(tmp_path / "bad.toml"), str(tmp_path / "gone"))
    assert done.code == 2
    assert done.err.count("“id” is missing") == 1
    assert f"There is no file {tmp_path / 'gone'}." in done.err
    assert "templates check" not in done.err


def test_what_is_no_source_is_told_what_is(notegen: Command) -> None:
    for source in ("hello", "-"):
        done = notegen("generate", source, stdin="nothing here\n")
        assert done.code == 2
        assert "`notegen generate --help` says what is read." in done.err


def test_a_path_that_leads_nowhere_is_said_with_what_to_do(
    notegen: Command, tmp_path: Path
) -> None:
    words = "There is no such file or folder. Check the path"
    assert words in notegen("links", str(tmp_path / "nope")).err
    done = notegen("generate", str(tmp_path / "nope"))
    assert (done.code, words in done.err) == (2, True)


@pytest.mark.parametrize("name", ["gone.toml", "bad.toml", "bad.txt"])
def test_a_template_that_cannot_be_read_has_one_code_in_every_command(
    notegen: Command, tmp_path: Path, name: str
) -> None:
    if name != "gone.toml":
        (tmp_path / name).write_text("id = ")
    for command in ("add", "check"):
        assert notegen("templates", command, str(tmp_path / name)).code == 2


def test_what_stops_several_notes_is_said_once(notegen: Command) -> None:
    done = notegen("generate", "gone.vtt", "-t", "chapters", "-t", "flashcards")
    assert done.code == 4
    assert done.err.count("There is no file “gone.vtt”.") == 1
    assert done.err.count("failed likewise") == 1


def test_a_note_that_lacks_something_is_written_and_says_so(tmp_path: Path) -> None:
    told = "Retrieval fixes what was learnt, which is why a test helps more than rereading does."
    section = {
        "cites": ["4"],
        "concise": told,
        "standard": f"{told} It was measured again and again in many schools.",
    }
    text = json.dumps(
        {
            "title": "How to remember",
            "sections": [
                {
                    "heading": name,
                    **section,
                    "comprehensive": f"{told} {name} says how, and for whom. {told} So be it.",
                }
                for name in ("Overview", "Retrieval beats rereading", "Forgetting is quick")
            ],
        }
    )
    with FakeGemini(Script(text=text)) as server:
        command = Command(tmp_path, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)
        done = command("generate", str(sample_talk()), "-t", "basic-summary", "--events")
        assert len(server.requests) == 2, "asked once for the rest"
    assert done.code == 0, done.err
    assert "This note lacks the section “Key takeaways”." in done.err


async def test_no_model_is_fetched_where_nothing_could_recognise_speech_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speech, "recognition_is_installed", lambda: False)
    monkeypatch.setattr(SpeechModels, "install", None)
    arguments = build_parser().parse_args(["speech", "install", "tiny"])
    paths = paths_below(tmp_path)
    assert await setup.speech(arguments, SettingsFile(paths.settings_file), paths) == 69
    assert "speech" in capsys.readouterr().err
    arguments.model = "gigantic"
    with pytest.raises(UsageError, match="no speech model"):
        await setup.speech(arguments, SettingsFile(paths.settings_file), paths)
