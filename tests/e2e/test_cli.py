"""`notegen` as scripts use it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.gemini_script import Seen
from tests.places import SHARED

from .command import KEY, Command

SAMPLE = str(sample_talk())


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def with_gemini(notegen: Command, server: FakeGemini) -> Command:
    return Command(notegen.home, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)


def test_offline_notes_without_key_network_or_screen(notegen: Command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = notegen("generate", SAMPLE, "-t", "basic-summary", "-t", "study-notes", "-o", str(out))
    assert done.code == 0, done.err
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.md"))
    assert files == [
        "How to remember what you learn/basic-summary.md",
        "How to remember what you learn/study-notes.md",
    ]
    assert done.out == ""


def test_words_may_stand_behind_options(notegen: Command, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Testing yourself beats reading again. " * 20, "utf-8")
    done = notegen("estimate", SAMPLE, "-t", "basic-summary", str(other), "--engine", "offline")
    assert done.code == 0, done.err
    assert "other" in done.out
    assert notegen("generate", SAMPLE, "-t", "chapters", "--engine", "offline").code == 0
    (found,) = notegen("notes", "list", "--json").json
    assert notegen("notes", "tag", found["id"], "exam", "later").code == 0
    done = notegen("notes", "tag", found["id"], "--remove", "exam", "--json", "later")
    assert done.json == [{"id": found["id"], "tags": []}]
    assert notegen("notes", "tag", found["id"], "--remove", "exam", "--nonsense").code == 2
    assert notegen("notes", "show", found["id"], "another").code == 2


def test_it_runs_where_pyside6_cannot_be_imported(notegen: Command, tmp_path: Path) -> None:
    for name in ("PySide6", "qasync"):
        package = tmp_path / "blocked" / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise ImportError('not on this machine')")
    notegen.environment["PYTHONPATH"] = str(tmp_path / "blocked")
    done = notegen("generate", SAMPLE, "-t", "flashcards", "-o", str(tmp_path / "out"))
    assert done.code == 0, done.err
    assert (tmp_path / "out/How to remember what you learn/flashcards.md").exists()


def test_events_are_json_lines_and_nothing_else(notegen: Command) -> None:
    with FakeGemini(Script(seconds=0.3, chunks=20)) as server:
        done = with_gemini(notegen, server)(
            "generate", SAMPLE, "-t", "basic-summary", "-t", "chapters", "--events"
        )
    assert done.code == 0, done.err
    jobs = [e for e in done.events if e["event"] == "job"]
    assert set(jobs[0]) == {
        "event",
        "t",
        "job",
        "source",
        "template",
        "status",
        "stage",
        "progress",
        "attempt",
        "wait_s",
        "finish_rank",
        "error",
    }
    assert {e["event"] for e in done.events} == {"job", "text", "done"}
    final = done.last_of_each_job()
    assert {e["status"] for e in final.values()} == {"complete"}
    assert sorted(e["finish_rank"] for e in final.values()) == [1, 2]
    for template in final:
        progress = [e["progress"] for e in jobs if e["template"] == template]
        assert progress == sorted(progress)
        assert progress[-1] == 1.0
    last = done.events[-1]
    assert last["event"] == "done"
    assert (last["complete"], last["failed"], last["cancelled"]) == (2, 0, 0)
    assert last["requests"] == 2
    assert last["input_tokens"] > 0
    assert last["cost_usd"] > 0


def test_some_failed_is_3_and_all_failed_is_4(notegen: Command) -> None:
    def script(seen: Seen) -> Script:
        return Script(finish="SAFETY") if seen.template == "study-notes" else Script()

    with FakeGemini(script) as server:
        command = with_gemini(notegen, server)
        some = command("generate", SAMPLE, "-t", "study-notes", "-t", "chapters", "--events")
        every = command("generate", SAMPLE, "-t", "study-notes", "--events")
    assert some.code == 3
    assert every.code == 4
    error = every.last_of_each_job()["study-notes"]["error"]
    assert set(error) == {"code", "message", "hint", "retryable"}
    assert error["code"] == "answer_refused"


def test_sequential_mode_is_strict_and_the_environment_forces_it(notegen: Command) -> None:
    with FakeGemini(Script(seconds=0.3)) as server:
        command = with_gemini(notegen, server)
        command("generate", SAMPLE, "-t", "basic-summary", "-t", "chapters", "--sequential")
        command.environment["NOTEGEN_PARALLEL"] = "0"
        command("generate", SAMPLE, "-t", "study-notes", "-t", "flashcards")
        requests = sorted(server.requests, key=lambda seen: seen.started)
    assert len(requests) == 4
    for earlier, later in pairwise(requests):
        assert later.started >= earlier.ended


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_130_and_the_run_can_be_resumed(
    notegen: Command, number: signal.Signals
) -> None:
    with FakeGemini(Script(seconds=30, chunks=60)) as server:
        command = with_gemini(notegen, server)
        process = command.start(
            "generate", SAMPLE, "-t", "basic-summary", "-t", "chapters", "--events"
        )
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "text":
                break
        os.kill(process.pid, number)
        process.communicate(timeout=30)
        assert process.returncode == 130
        server.script = Script(seconds=0.2)
        resumed = command("resume", "--events")
    assert resumed.code == 0, resumed.err
    assert resumed.events[-1]["complete"] == 2


@pytest.mark.slow
def test_a_killed_run_is_resumed_and_finished_notes_are_not_paid_again(notegen: Command) -> None:
    def script(seen: Seen) -> Script:
        return Script(seconds=0.1 if seen.template == "flashcards" else 60, chunks=60)

    with FakeGemini(script) as server:
        command = with_gemini(notegen, server)
        process = command.start(
            "generate", SAMPLE, "-t", "basic-summary", "-t", "flashcards", "--events"
        )
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line).get("status") == "complete":
                break
        process.kill()
        process.communicate(timeout=30)
        server.script = Script(seconds=0.2)
        resumed = command("resume", "-o", str(notegen.home / "out"), "--format", "json")
        asked = [seen.template for seen in server.requests]
    assert resumed.code == 0, resumed.err
    assert {file.stem for file in notegen.home.glob("out/*/*")} == {"basic-summary", "flashcards"}
    assert asked.count("flashcards") == 1
    assert len(command("notes", "list", "--json").json) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("generate", SAMPLE, "-t", "no-such-template"), "no-such-template"),
        (("generate", "not a video at all", "-t", "chapters"), "cannot be used"),
        (("generate", "pyproject.toml", "-t", "chapters"), "cannot be used"),
        (("generate", SAMPLE, "-t", "chapters", "--max-concurrent", "99"), "1 to 32"),
        (("generate", SAMPLE, "-t", "chapters", "--mode", "guess"), "invalid choice"),
        (("generate", SAMPLE, "-t", "chapters", "--model", ""), "the name of a model"),
        (("generate", SAMPLE, "--language", "xx-invalid-!!"), "the tag of a language"),
        (("settings", "set", "no.such.key", "1"), "no.such.key"),
        ((), "required"),
    ],
)
def test_a_wrong_command_line_is_2_with_words(
    notegen: Command, arguments: tuple[str, ...], words: str
) -> None:
    done = notegen(*arguments)
    assert done.code == 2
    assert words in done.err


def test_a_missing_file_is_an_error_of_its_job(notegen: Command) -> None:
    done = notegen("generate", "/nowhere/talk.vtt", "-t", "chapters", "--events")
    assert done.code == 4
    assert done.last_of_each_job()["chapters"]["error"]["code"] == "file_missing"


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_sent(
    notegen: Command, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    with FakeGemini() as server:
        done = with_gemini(notegen, server)(
            "generate", SAMPLE, "-t", "chapters", "-o", str(blocked / "below")
        )
        assert server.requests == []
    assert done.code == 2
    assert "is not a folder" in done.err


def test_without_a_key_gemini_is_refused_in_words(notegen: Command) -> None:
    done = notegen("generate", SAMPLE, "-t", "chapters", "--engine", "gemini", "--events")
    assert done.code == 4
    error = done.last_of_each_job()["chapters"]["error"]
    assert error["code"] == "key_missing"
    assert error["hint"]


def test_a_wrong_key_is_said(notegen: Command) -> None:
    with FakeGemini(Script(fail="bad_key")) as server:
        done = with_gemini(notegen, server)("generate", SAMPLE, "-t", "chapters", "--events")
    assert done.code == 4
    assert done.last_of_each_job()["chapters"]["error"]["code"] == "key_rejected"
    assert KEY not in done.out + done.err


def test_the_address_of_the_settings_is_asked_unless_the_environment_names_another(
    notegen: Command,
) -> None:
    notegen.environment["GEMINI_API_KEY"] = KEY
    with FakeGemini(Script()) as gateway:
        assert notegen("settings", "set", "gemini.url", gateway.url).code == 0
        done = notegen("generate", SAMPLE, "-t", "chapters", "--events")
        assert done.code == 0, done.err
        assert len(gateway.requests) == 1
        notegen.environment["NOTEGEN_GEMINI_URL"] = "http://127.0.0.1:9"
        assert notegen("generate", SAMPLE, "-t", "quiz", "--events").code == 4
        assert len(gateway.requests) == 1
    done = notegen("settings", "set", "gemini.url", "http://gateway.example")
    assert done.code == 2
    assert "https://" in done.err


def test_no_network_is_said(notegen: Command) -> None:
    notegen.environment |= {"NOTEGEN_GEMINI_URL": "http://127.0.0.1:9", "GEMINI_API_KEY": KEY}
    done = notegen("generate", SAMPLE, "-t", "chapters", "--events")
    assert done.code == 4
    assert done.last_of_each_job()["chapters"]["error"]["code"] == "network_unreachable"


def test_links_come_in_order_and_once(notegen: Command) -> None:
    text = "see https://youtu.be/dQw4w9WgXcQ?t=90 and (https://www.youtube.com/watch?v=dQw4w9WgXcQ)"
    done = notegen("links", "--json", stdin=text)
    assert done.json == {
        "links": [
            {
                "kind": "video",
                "provider": "youtube",
                "id": "dQw4w9WgXcQ",
                "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
                "start_s": 90,
            }
        ],
        "rejects": [],
    }


def test_a_transcript_is_printed_as_numbered_segments(notegen: Command) -> None:
    done = notegen("transcript", SAMPLE, "--json")
    assert set(done.json) == {"language", "kind", "duration_s", "segments"}
    assert done.json["language"] == "en"
    first = done.json["segments"][0]
    assert set(first) == {"label", "start_s", "end_s", "text", "speaker"}
    assert first["label"] == "1"


def test_stored_notes_are_found_shown_exported_and_deleted(
    notegen: Command, tmp_path: Path
) -> None:
    assert notegen("generate", SAMPLE, "-t", "chapters").code == 0
    (found,) = notegen("notes", "search", "retrieval", "--json").json
    note = notegen("notes", "show", found["id"], "--json").json
    assert note["template"] == "chapters"
    assert set(note["sections"][0]) == {"heading", "cites", "concise", "standard", "comprehensive"}
    for format, suffix in (("md", ".md"), ("html", ".html"), ("json", ".json"), ("pdf", ".pdf")):
        out = tmp_path / format
        done = notegen("notes", "export", found["id"], "-o", str(out), "--format", format)
        assert done.code == 0, done.err
        assert Path(done.out.strip()).suffix == suffix
        again = notegen("notes", "export", "all", "-o", str(out), "--format", format)
        assert (again.out, "already there" in again.err) == (done.out, True)
        assert len([path for path in out.rglob("*") if path.is_file()]) == 1
    assert notegen("notes", "delete", found["id"]).code == 0
    assert notegen("notes", "list", "--json").json == []
    assert notegen("notes", "show", found["id"]).code == 4


def test_settings_are_kept_and_explained(notegen: Command) -> None:
    assert notegen("settings", "set", "processing.max_concurrent", "7").code == 0
    assert notegen("settings", "get", "processing.max_concurrent").out == "7\n"
    listed = {row["key"]: row for row in notegen("settings", "list", "--json").json}
    assert listed["processing.max_concurrent"]["origin"] == "file"
    assert listed["processing.parallel"]["value"] is True


def test_templates_are_listed_shown_started_and_checked(notegen: Command) -> None:
    ids = {row["id"] for row in notegen("templates", "list", "--json").json}
    assert ids >= {
        "basic-summary",
        "study-notes",
        "tutorial-guide",
        "presentation-slides",
        "research-paper",
        "quick-reference",
        "flashcards",
        "chapters",
    }
    path = notegen("templates", "new", "Meeting minutes").out.strip()
    assert notegen("templates", "check", path).code == 0
    Path(path).write_text("id = 3")
    broken = notegen("templates", "check", path)
    assert broken.code == 2
    assert "id" in broken.err


def test_the_library_is_not_copied_into_a_file_named_as_a_note(
    notegen: Command, tmp_path: Path
) -> None:
    told = notegen("notes", "copy", "0123456789ab")
    assert (told.code, "notegen notes export 0123456789ab" in told.err) == (2, True)
    assert notegen("notes", "copy", str(tmp_path / "0123456789ab")).code == 0


def test_the_library_is_copied_into_nothing_that_is_no_library(
    notegen: Command, tmp_path: Path
) -> None:
    assert notegen("notes", "list").code == 0
    text, link = tmp_path / "list.txt", tmp_path / "link.db"
    text.write_text("milk\n")
    link.symlink_to(notegen.home / "notes.db")
    told = notegen("notes", "copy", str(text))
    assert (told.code, "is not a library of NoteGen; nothing was changed" in told.err) == (4, True)
    assert text.read_text() == "milk\n"
    for itself in (notegen.home / "notes.db", link, f"sqlite:///{link}"):
        assert "That is the library itself" in notegen("notes", "copy", str(itself)).err
    below = notegen("notes", "copy", str(text / "notes.db"))
    assert (below.code, "cannot be opened" in below.err) == (4, True)
    assert "cannot be kept in mysql" in notegen("notes", "copy", "mysql://host/db").err
    copied = notegen("notes", "copy", f"sqlite:///{tmp_path / 'copy.db'}")
    assert copied.code == 0, copied.err


def test_templates_are_shared_copied_removed_and_restored(notegen: Command, tmp_path: Path) -> None:
    shared = Path(notegen("templates", "export", "quiz", "-o", str(tmp_path)).out.strip())
    assert notegen("templates", "export", "quiz", "-o", "-").out == shared.read_text("utf-8")
    [copy] = notegen("templates", "duplicate", "quiz", "--json").json
    assert copy["id"] == "quiz-2"

    shared.write_text(shared.read_text("utf-8").replace('name = "Quiz"', 'name = "Hard quiz"'))
    assert notegen("templates", "duplicate", "quiz", "mine").code == 2
    there = [row["id"] for row in notegen("templates", "list", "--json").json]
    assert [each for each in there if each.startswith("quiz")] == ["quiz", "quiz-2"]
    twice = notegen("templates", "add", str(shared))
    assert twice.code == 2
    assert "Replace it, or keep both" in twice.err
    assert notegen("templates", "add", str(shared), "--keep-both").out == "quiz-3: added\n"
    assert notegen("templates", "add", str(shared), "--replace").code == 0
    rows = {row["id"]: row for row in notegen("templates", "list", "--json").json}
    origins = [rows[one]["origin"] for one in ("flashcards", "quiz", "quiz-2", "quiz-3")]
    assert origins == ["built-in", "changed", "own", "own"]
    assert Path(rows["quiz"]["file"]).is_file()

    assert notegen("templates", "restore", "quiz").out == "quiz: the built-in one again\n"
    assert notegen("templates", "show", "quiz", "--json").json["name"] == "Quiz"
    assert notegen("templates", "remove", "quiz-3").code == 0
    assert notegen("templates", "show", "quiz-3").code == 2
    assert notegen("templates", "restore", "quiz-3").code == 0
    assert notegen("templates", "show", "quiz-3", "--json").json["name"] == "Hard quiz"
    assert "built in" in notegen("templates", "remove", "flashcards").err


def test_what_was_done_before_a_template_failed_is_told(notegen: Command, tmp_path: Path) -> None:
    quiz = notegen("templates", "export", "quiz", "-o", "-").out
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(quiz.replace('"quiz"', '"mine"', 1), "utf-8")
    bad.write_text("[[sections]]\n", "utf-8")
    told = notegen("templates", "add", str(good), str(bad), "--json")
    assert (told.code, [each["id"] for each in told.json]) == (2, ["mine"])
    assert told.err.startswith("notegen: bad.toml")
    assert "line 0" not in notegen("templates", "check", str(bad)).err
    removed = notegen("templates", "remove", "mine", "nothing")
    assert (removed.code, removed.out.startswith("mine: removed")) == (2, True)


def test_no_template_has_an_id_that_is_no_files_name(notegen: Command, tmp_path: Path) -> None:
    quiz = notegen("templates", "export", "quiz", "-o", "-").out
    long = tmp_path / "long.toml"
    long.write_text(quiz.replace('"quiz"', f'"{"n" * 300}"', 1), "utf-8")
    for action in ("check", "add"):
        told = notegen("templates", action, str(long))
        assert (told.code, "more than 100 characters" in told.err) == (2, True)
    assert notegen("templates", "new", "n" * 300).code == 0


def test_doctor_says_what_works(notegen: Command) -> None:
    done = notegen("doctor", "--json")
    checks = {check["name"]: check for check in done.json["checks"]}
    assert {"display", "key", "network", "database", "key ring"} <= checks.keys()
    assert checks["database"]["ok"]
    assert done.code == 0


def test_doctor_tells_the_key_from_the_network(notegen: Command) -> None:
    def good() -> tuple[bool, bool]:
        checks = {c["name"]: c["ok"] for c in notegen("doctor", "--json").json["checks"]}
        return checks["key"], checks["network"]

    with FakeGemini() as server:
        notegen = with_gemini(notegen, server)
        assert good() == (True, True)
    with FakeGemini(keys={"another"}) as server:
        notegen = with_gemini(notegen, server)
        assert good() == (False, True)
    notegen.environment["NOTEGEN_GEMINI_URL"] = "http://127.0.0.1:9"
    assert good() == (True, False)


def test_doctor_says_all_else_without_a_library(notegen: Command) -> None:
    notegen.environment["NOTEGEN_DATABASE_URL"] = "sqlite:////dev/null/notes.db"
    done = notegen("doctor", "--json")
    checks = {check["name"]: check for check in done.json["checks"]}
    assert not checks["database"]["ok"]
    assert {"display", "key", "network", "key ring"} <= checks.keys()
    assert done.code == 69


def test_an_estimate_sends_nothing_to_a_writer(notegen: Command) -> None:
    with FakeGemini() as server:
        done = with_gemini(notegen, server)("estimate", SAMPLE, "-t", "all", "--json")
        assert server.requests == []
    assert done.code == 0, done.err
    assert len(done.json["jobs"]) == 12
    assert done.json["cost_usd"] > 0


REAL = sorted((SHARED / "data" / "transcripts").glob("*.*")) if SHARED.exists() else []


OF_EACH_FORMAT = (
    "lunchroom-manners_1960.en.vtt",
    "openedx-community.en.srt",
    "sicp-lec8a.zh.srt",
    "state-of-openedx.auto.en.derived.json3",
)
"""The writer is tried with all of them in `tests/services/writers/test_offline.py`."""


@pytest.mark.parametrize(
    "path", [path for path in REAL if path.name in OF_EACH_FORMAT], ids=lambda path: path.name
)
def test_a_real_transcript_of_each_format_fills_every_template(
    notegen: Command, tmp_path: Path, path: Path
) -> None:
    out = tmp_path / "out"
    done = notegen(
        "generate",
        str(path),
        "-t",
        "all",
        "--engine",
        "offline",
        "--format",
        "json",
        "-o",
        str(out),
    )
    assert done.code == 0, done.err
    notes = [json.loads(file.read_text("utf-8")) for file in out.rglob("*.json")]
    assert len(notes) == 7
    assert "Left out: Quiz" in done.err
    assert "Left out: Tutorial guide" in done.err
    for note in notes:
        for section in note["sections"]:
            where = (note["template"], section["heading"])
            assert section["heading"].strip(), where
            assert all(section[level].strip() for level in ("concise", "standard")), where
            assert section["comprehensive"].strip(), where
            assert section["cites"], where
            assert all(cite["verified"] is not False for cite in section["cites"]), where
        if note["template"] == "chapters":
            assert note["sections"][0]["cites"][0]["start_s"] == 0.0


@pytest.mark.skipif(not REAL, reason="the real transcripts are not on this machine")
def test_the_real_transcripts_are_there() -> None:
    assert len(REAL) >= 9


def test_a_vault_is_kept_by_command_and_by_itself(notegen: Command, tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    notegen("generate", SAMPLE, "-t", "flashcards", "--engine", "offline")
    done = notegen("vault", "sync", str(vault))
    assert done.code == 0, done.err
    assert done.err.endswith("1 written, 0 updated, 0 unchanged, 0 kept because edited\n")
    (page,) = vault.glob("*.md")
    page.write_text(page.read_text("utf-8") + "\nMine.\n", "utf-8")
    told = json.loads(notegen("vault", "sync", str(vault), "--level", "concise", "--json").out)
    assert told["edited"] == [page.name]
    assert page.read_text("utf-8").endswith("\nMine.\n")
    notegen("settings", "set", "library.vault_folder", str(vault))
    notegen("generate", SAMPLE, "-t", "basic-summary", "--engine", "offline")
    assert [path.name for path in sorted(vault.glob("*.md"))] == [
        "How to remember what you learn - Basic summary.md",
        "How to remember what you learn - Flashcards.md",
    ]


def test_a_transcript_leaves_as_subtitles(notegen: Command, tmp_path: Path) -> None:
    assert notegen("transcript", SAMPLE, "--format", "vtt").out.startswith("WEBVTT\n\n00:00:0")
    assert notegen("transcript", SAMPLE, "-o", str(tmp_path / "talk.srt")).code == 0
    assert (tmp_path / "talk.srt").read_text("utf-8").startswith("1\n00:00:0")
    assert notegen("transcript", SAMPLE, "--format", "md", "-o", str(tmp_path / "out")).code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == [
        "How to remember what you learn.md"
    ]


def test_notes_are_filed_found_and_taken_from_one_library_to_another(
    notegen: Command, tmp_path: Path
) -> None:
    notegen("generate", SAMPLE, "-t", "basic-summary", "-t", "study-notes")
    one, two = (row["id"] for row in notegen("notes", "list", "--json").json)
    assert notegen("notes", "tag", one, "Exam prep", "starred").code == 0
    assert notegen("notes", "tag", two, one, "later").code == 0
    assert notegen("notes", "tag", "--remove", two, "LATER").code == 0
    assert notegen("notes", "tag", one, "--json").json == [
        {"id": one, "tags": ["Exam prep", "later", "starred"]}
    ]
    assert {row["tag"] for row in notegen("notes", "tag", "--json").json} == {
        "Exam prep", "later", "starred",
    }  # fmt: skip
    for options in (
        ("--starred",),
        ("--tag", "exam prep"),
        ("--tag", "#Exam prep"),
        ("--tag", "later", "--unread"),
    ):
        assert [row["id"] for row in notegen("notes", "list", "--json", *options).json] == [one]
    assert notegen("notes", "list", "--since", "2999-01-01", "--json").json == []
    assert notegen("notes", "list", "--since", "soon").code == 2
    assert notegen("notes", "tag", "never", "exam").code == 4

    folder = tmp_path / "out"
    for format in ("json", "md"):
        assert notegen("notes", "export", "all", "--format", format, "-o", str(folder)).code == 0
    (folder / "broken.json").write_text('{"sections": [')
    (folder / "watch-later.csv").write_text("Video ID,Added\ndQw4w9WgXcQ,2024-01-02\n")
    other = Command(tmp_path / "other")
    done = other("notes", "import", str(folder), "--json")
    assert done.code == 3
    assert [len(done.json[key]) for key in ("imported", "present", "links", "problems")] == [
        2, 2, 1, 1,
    ]  # fmt: skip
    again = other("notes", "import", str(folder))
    assert again.out == "https://www.youtube.com/watch?v=dQw4w9WgXcQ\n"
    assert "0 notes imported, 4 were here already, 1 problem." in again.err
    copies = [row["id"] for row in other("notes", "list", "--json").json]
    told = {
        json.dumps(command("notes", "show", each, "--json").json | {"id": ""})
        for command, ids in ((notegen, (one, two)), (other, copies))
        for each in ids
    }
    assert len(told) == len(copies) == 2
    assert other("notes", "import", str(tmp_path / "nowhere")).code == 4

    assert other("notes", "delete", *copies).code == 0
    assert other("notes", "list", "--json").json == []
    assert len(other("notes", "list", "--deleted", "--json").json) == 2
    assert other("notes", "restore", *copies).code == 0
    assert len(other("notes", "list", "--json").json) == 2


def test_search_finds_what_is_only_in_the_transcript(notegen: Command) -> None:
    notegen("generate", SAMPLE, "-t", "basic-summary")
    (found,) = notegen("notes", "search", "compartment", "--json").json
    assert found["passages"]
    passage = found["passages"][0]
    start, end = passage["marks"][0]
    assert passage["snippet"][start:end].lower() == "compartment"
    assert passage["start_s"] > 0
