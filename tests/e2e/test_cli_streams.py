"""The command line between other programs: streams that are closed, full, or no text at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk

from .command import ROOT, Command, Done, SeveralCommands
from .in_turn import THEN

URL = "https://www.youtube.com/watch?v=abcdefghijk"
SAMPLE = str(sample_talk())


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home", NOTEGEN_YOUTUBE_URL="http://127.0.0.1:9")


def through_shell(notegen: Command, *arguments: str, redirect: str) -> Done:
    command = [sys.executable, "-m", notegen.module, *arguments]
    process = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirect}', "sh", *command],
        env=notegen.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(process.returncode, process.stdout, process.stderr)


@pytest.mark.parametrize("arguments", [("links",), ("generate", "-")])
def test_a_closed_standard_input_holds_nothing(notegen: Command, arguments: tuple[str]) -> None:
    done = through_shell(notegen, *arguments, redirect="<&-")
    assert done.code == (0 if arguments == ("links",) else 2)
    assert "Unexpected" not in done.err
    said = {"links": "Paste the address of a video", "generate": "says what is read"}
    assert said[arguments[0]] in done.err


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_output_is_read_by_nobody(notegen: Command, closed: str) -> None:
    several = SeveralCommands(notegen.home)
    both = ("notes", "list", THEN, "generate", SAMPLE, "-t", "chapters")
    done = through_shell(several, *both, redirect=closed)
    assert (done.code, "Traceback" in done.err) == (0, False)
    assert len(notegen("notes", "list", "--json").json) == 1


def test_standard_input_need_not_be_text(notegen: Command, tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(b"\xff\xfe\x00" + URL.encode() + b" \xc3\x28")
    done = through_shell(notegen, "links", redirect=f"< {noise}")
    assert done.code == 0
    assert done.out.split() == [URL]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_output_that_finds_no_room_is_said(notegen: Command) -> None:
    done = through_shell(notegen, "templates", "list", redirect="> /dev/full")
    assert done.code == 4
    assert "disk is full" in done.err
    assert "Traceback" not in done.err


def test_a_reader_that_has_enough_is_no_error(notegen: Command) -> None:
    for name in ("templates", "settings"):
        done = through_shell(notegen, name, "list", redirect="| head -c 10")
        assert done.code == 0
        assert done.err == ""


def test_what_is_named_may_be_a_link_as_well_as_a_file(notegen: Command, tmp_path: Path) -> None:
    captions = tmp_path / "talk.vtt"
    captions.write_text("WEBVTT\n")
    done = notegen("links", "https://youtu.be/abcdefghijk?t=90", str(captions), "--json")
    assert [link["url"] for link in done.json["links"]] == [URL, str(captions)]
    assert done.json["links"][0]["start_s"] == 90
    assert done.json["rejects"] == []


def test_settings_that_are_left_out_of_account_are_said_before_they_cost_anything(
    notegen: Command,
) -> None:
    notegen.home.mkdir()
    (notegen.home / "settings.toml").write_text("[budget]\nday_usd = 'two'\n")
    done = notegen("templates", "list")
    assert done.code == 0
    assert "budget.day_usd" in done.err


def test_an_interrupt_while_the_program_is_loaded_is_quiet(notegen: Command) -> None:
    notegen.environment["PYTHONPROFILEIMPORTTIME"] = "1"  # it tells when the loading begins
    process = notegen.start("templates", "list")
    assert process.stderr is not None
    said = iter(process.stderr.readline, "")
    assert any("notegen_desktop.domain" in line for line in said)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
