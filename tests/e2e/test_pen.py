"""A note is edited, compared and taken back without a window."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk

from .command import Command

SAMPLE = str(sample_talk())


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_a_text_in_another_encoding_is_read_and_what_is_no_text_says_so(
    notegen: Command, tmp_path: Path
) -> None:
    assert notegen("generate", SAMPLE, "-t", "chapters", "--engine", "offline").code == 0
    (found,) = notegen("notes", "list", "--json").json
    text = notegen("notes", "edit", found["id"]).out
    page = tmp_path / "note.md"
    page.write_bytes(f"{text}\n\nDas Café über der Brücke.\n".encode("cp1252", "replace"))
    assert notegen("notes", "edit", found["id"], "--file", str(page)).code == 0
    assert "Das Café über der Brücke." in notegen("notes", "show", found["id"]).out
    page.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    done = notegen("notes", "edit", found["id"], "--file", str(page))
    assert "cannot be read as text" in done.err
    assert "Save the file as UTF-8" in done.err
    assert "permissions" not in done.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this platform has no named pipes")
def test_the_text_may_come_from_a_pipe_that_has_a_name(notegen: Command, tmp_path: Path) -> None:
    assert notegen("generate", SAMPLE, "-t", "chapters", "--engine", "offline").code == 0
    (found,) = notegen("notes", "list", "--json").json
    text = notegen("notes", "edit", found["id"]).out
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    started = notegen.start("notes", "edit", found["id"], "--file", str(pipe))
    pipe.write_text(f"{text}\n\nMine.\n", "utf-8")
    err = started.communicate(timeout=60)[1]
    assert (started.returncode, err) == (0, "Saved.\n")


def test_a_note_is_edited_compared_and_taken_back(notegen: Command, tmp_path: Path) -> None:
    assert notegen("generate", SAMPLE, "-t", "chapters", "--engine", "offline").code == 0
    (found,) = notegen("notes", "list", "--json").json
    note_id = found["id"]
    before = notegen("notes", "show", note_id, "--json").json
    text = notegen("notes", "edit", note_id, "--level", "concise").out
    page = tmp_path / "note.md"
    page.write_text(text, "utf-8")
    edit = ("notes", "edit", note_id, "--level", "concise", "--file", str(page), "--json")
    assert notegen(*edit).json == {"id": note_id, "changed": 0, "version": 1, "versions": 1}

    heading = before["sections"][0]["heading"]
    page.write_text(text.replace(f"## {heading}\n", f"## {heading}\n\nMine. [0:07]\n"), "utf-8")
    assert notegen(*edit).json == {"id": note_id, "changed": 1, "version": 2, "versions": 2}
    after = notegen("notes", "show", note_id, "--json").json
    assert after["sections"][0]["own"] == ["Mine."]
    assert after["sections"][0]["standard"] == before["sections"][0]["standard"]
    assert after["sections"][1:] == before["sections"][1:]
    assert [row["id"] for row in notegen("notes", "search", "Mine", "--json").json] == [note_id]

    told = notegen("notes", "versions", note_id, "--json").json
    assert [(each["origin"], each["current"]) for each in told] == [
        ("written", False),
        ("edited", True),
    ]
    assert "{+Mine. [0:07]" in notegen("notes", "compare", note_id, "--level", "concise").out
    different = notegen("notes", "compare", note_id, "--level", "concise", "--json").json
    assert [(each["before"], each["after"]) for each in different["sections"]] == [(0, 0)]

    for export in ("md", "json"):
        out = tmp_path / export
        assert notegen("notes", "export", note_id, "-o", str(out), "--format", export).code == 0
        (file,) = out.rglob(f"*.{export}")
        assert notegen("notes", "import", str(file), "--json").json["imported"] == []

    assert notegen("notes", "take-back", note_id, "--section", heading).code == 0
    assert notegen("notes", "show", note_id, "--json").json == before
    assert notegen("notes", "take-back", note_id, "--version", "2").code == 0
    assert notegen("notes", "show", note_id, "--json").json == after
    assert notegen("notes", "take-back", note_id).code == 0
    assert notegen("notes", "show", note_id, "--json").json == before
    assert notegen("notes", "take-back", note_id, "--version", "9").code == 4
    assert notegen("notes", "edit", "nothing", "--file", str(page)).code == 4


def test_what_a_note_has_is_told_where_something_is_not_there(notegen: Command) -> None:
    assert notegen("generate", SAMPLE, "-t", "chapters", "--engine", "offline").code == 0
    (found,) = notegen("notes", "list", "--json").json
    note = notegen("notes", "show", found["id"], "--json").json
    done = notegen("notes", "compare", found["id"], "--version", "99")
    assert f"notegen notes versions {found['id']}" in done.err
    done = notegen("notes", "take-back", found["id"], "--section", "nowhere")
    assert f"It has: {note['sections'][0]['heading']}; " in done.err


def test_a_time_beyond_the_end_is_refused(notegen: Command) -> None:
    assert notegen("generate", SAMPLE, "-t", "chapters", "--engine", "offline").code == 0
    (found,) = notegen("notes", "list", "--json").json
    words = "1:39:59 is beyond the end of the video, which is 10:53 long."
    edit = ("notes", "edit", found["id"], "--file", "-")
    told = notegen(*edit, stdin="# Mine\n\n## One\n\nAll of it. [99:59]\n")
    assert (told.code, words in told.err) == (2, True)
    told = notegen("notes", "remark", found["id"], "--words", "all of it", "--at", "99:59")
    assert (told.code, words in told.err) == (2, True)
    assert len(notegen("notes", "versions", found["id"], "--json").json) == 1
    assert notegen(*edit, stdin="# Mine\n\n## One\n\nAll of it. [10:53]\n").code == 0


def test_what_one_edit_stored_is_there_after_the_next(notegen: Command) -> None:
    assert notegen("generate", SAMPLE, "-t", "chapters", "--engine", "offline").code == 0
    (found,) = notegen("notes", "list", "--json").json
    edit = ("notes", "edit", found["id"], "--file", "-")
    assert notegen(*edit, stdin="# Mine\n\n## One\n\nAll of it.\n").code == 0
    assert notegen(*edit, stdin="").code == 0
    assert len(notegen("notes", "versions", found["id"], "--json").json) == 3
    assert notegen("notes", "take-back", found["id"], "--version", "2").code == 0
    assert "All of it." in notegen("notes", "show", found["id"]).out


def test_a_file_of_windows_is_taken_and_what_is_no_text_is_not(
    notegen: Command, tmp_path: Path
) -> None:
    """PowerShell writes UTF-16 with `>`."""
    assert notegen("generate", SAMPLE, "-t", "chapters", "--engine", "offline").code == 0
    note = notegen("notes", "list", "--json").json[0]["id"]
    text = notegen("notes", "edit", note).out
    page = tmp_path / "note.md"
    page.write_bytes(f"{text}\nCafé 🧠\n".replace("\n", "\r\n").encode("utf-16"))
    assert notegen("notes", "edit", note, "--file", str(page), "--json").json["changed"] == 1
    mine = notegen("notes", "show", note).out
    assert "Café 🧠" in mine
    noise = subprocess.run(
        [sys.executable, "-m", notegen.module, "notes", "edit", note, "--file", "-"],
        env=notegen.environment,
        input=b"\x89PNG\r\n\x1a\n\0\xff",
        capture_output=True,
        check=False,
    )
    assert noise.returncode == 4
    assert notegen("notes", "show", note).out == mine


def test_a_remark_is_not_made_at_a_time_that_no_clock_shows(notegen: Command) -> None:
    assert notegen("generate", SAMPLE, "-t", "chapters", "--engine", "offline").code == 0
    note = notegen("notes", "list", "--json").json[0]["id"]
    for time in ("5:99", "0:60:00", ""):
        told = notegen("notes", "remark", note, "--words", "retrieval", "--at", time)
        assert (told.code, f"“{time}” is no time." in told.err) == (2, True)
    assert notegen("notes", "remark", note, "--json").json == []


def test_an_empty_section_or_remark_does_not_mean_the_whole_note(notegen: Command) -> None:
    """What a script hands over of a variable that is not set."""
    assert notegen("generate", SAMPLE, "-t", "chapters", "--engine", "offline").code == 0
    (found,) = notegen("notes", "list", "--json").json
    note = found["id"]
    assert notegen("notes", "edit", note, "--file", "-", stdin="# Mine\n\n## One\n").code == 0
    mine = notegen("notes", "show", note).out
    assert notegen("notes", "take-back", note, "--section", "").code == 4
    assert notegen("notes", "show", note).out == mine
    assert notegen("notes", "again", note, "--section", "").code == 2
    assert len(notegen("notes", "versions", note, "--json").json) == 2
    for wrong in (("--words", ""), ("--say", "lost"), ("--words", " ", "--at", "1:00")):
        told = notegen("notes", "remark", note, *wrong)
        assert (told.code, "about words" in told.err) == (2, True)
    assert notegen("notes", "remark", note, "--remove", "").code == 2
    assert notegen("notes", "remark", note, "--json").json == []
