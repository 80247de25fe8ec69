"""Notes of small models, section by section: the odd answers that a real one of 1.5B gave, in our
words, by a loopback server, against the command line."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.chat_server import FakeChat
from tests.fakes.gemini import Script
from tests.fakes.gemini_script import Seen

from .command import Command

TALK = str(sample_talk())
LEVELS = ("concise", "standard", "comprehensive")
NOTE = ("-t", "basic-summary", "--engine", "mine", "--events")
KNOWN_ELSEWHERE = (
    "It was founded at the Massachusetts Institute of Technology by two professors of computer "
    "science. Coursera and Udacity offer certificates in business, health and engineering."
)


@contextmanager
def small_model(script: Callable[[Seen], Script], home: Path) -> Iterator[tuple[FakeChat, Command]]:
    """A server whose one model is known to be small, and a command line that has it."""
    with FakeChat("ollama", script) as server:
        details = {"context_length": 32_768, "parameter_size": "1.5B"}
        server.models = ({"model": "small-instruct", "details": details},)
        notegen = Command(home)
        assert notegen("connections", "add", "mine", server.address, "--kind", "ollama").code == 0
        yield server, notegen


def passage_of(seen: Seen) -> list[str]:
    """The lines that the model was shown."""
    body = seen.asked.task.partition("<<<")[2].partition(">>>")[0]
    return [line for line in body.split("\n")[1:-1] if line and not line.startswith("Title: ")]


def section(heading: str, *texts: str) -> str:
    told = dict(zip(LEVELS, texts, strict=True))
    return json.dumps({"sections": [{"heading": heading, **told}]})


def sentences_of(seen: Seen) -> list[str]:
    return [line if line.endswith(".") else f"{line}." for line in passage_of(seen)]


def retelling(seen: Seen) -> Script:
    """A small model at its best: of a passage it gives back some lines, and it names no places."""
    said = sentences_of(seen)
    heading = " ".join(said[0].split()[:6]).strip(".,")
    texts = (" ".join(said[:1]), " ".join(said[:3]), " ".join(said[:8]))
    return Script(text=section(heading, *texts))


def note_in(folder: Path) -> dict[str, Any]:
    (path,) = folder.rglob("*.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def texts_of(note: dict[str, Any]) -> str:
    return "\n".join(each[part] for each in note["sections"] for part in ("heading", *LEVELS))


def test_a_model_that_is_known_to_be_small_is_asked_section_by_section(tmp_path: Path) -> None:
    """The program parts the talk and finds the places; the model reads few words at a time."""
    with small_model(retelling, tmp_path / "home") as (server, notegen):
        rows = notegen("estimate", TALK, *NOTE[:4], "--json").json["jobs"]
        done = notegen("generate", TALK, *NOTE, "-o", str(tmp_path / "out"), "--format", "json")
        assert done.code == 0, done.err
        asked, bodies = server.requests, server.bodies
    assert done.events[-1]["requests"] == len(asked) == rows[0]["requests"]
    assert max(seen.input_tokens for seen in asked) < 1_500
    sections = note_in(tmp_path / "out")["sections"]
    assert [sections[0]["heading"], sections[-1]["heading"]] == ["Overview", "Key takeaways"]
    assert len(sections) == len(asked)
    assert all(section["cites"] for section in sections)
    assert any(cite["verified"] for section in sections for cite in section["cites"])
    assert "[^1]" in sections[1]["comprehensive"]
    formats = [body["format"]["properties"]["sections"] for body in bodies]
    assert {form["maxItems"] for form in formats} == {1}
    assert {body["options"]["temperature"] for body in bodies} == {0.3}


def test_what_was_written_before_a_cancel_is_never_asked_for_again(tmp_path: Path) -> None:
    """A section is durable when it is whole, though the model still reads for the next one."""

    def slow_at_the_third(seen: Seen) -> Script:
        is_slow = reads_slowly and len(server.requests) == 3
        return retelling(seen).but(seconds=900.0 if is_slow else 0.0)

    reads_slowly = True
    with small_model(slow_at_the_third, tmp_path / "home") as (server, notegen):
        with notegen.start("generate", TALK, *NOTE) as running:
            reached = server.wait_for(lambda s: len(s.requests) == 3, within=120)
            running.send_signal(signal.SIGINT if reached else signal.SIGKILL)
            running.communicate(timeout=60)
            assert running.returncode == 130
        reads_slowly = False
        done = notegen("resume", "--events")
        assert done.code == 0, done.err
        asked = [" ".join(passage_of(seen)) for seen in server.requests]
    assert asked[3] == asked[2], "the one that broke off"
    assert len(set(asked)) == len(asked) - 1
    assert done.events[-1]["requests"] == len(asked) - 3


def test_a_section_that_is_written_poorly_is_put_right_and_not_asked_for_again(
    tmp_path: Path,
) -> None:
    def odd(seen: Seen) -> Script:
        said = sentences_of(seen)
        first, rest = said[0], " ".join(said[1:6])
        asked.append(seen)
        match len(asked):
            case 1:
                reported = f"The passage states that '{first}'"
                return Script(
                    text=section("Concise Definition", reported, first, f"{first} {rest}")
                )
            case 2:
                ours = "Keep numbers, names and every “not” as they were said."
                texts = (first, f"{first} {ours}", f"{first} {first} {rest} {KNOWN_ELSEWHERE}")
                return Script(text=section(ours, *texts))
            case 3:  # it goes round and round, and is stopped
                return Script(text=section("Round", first, first, f"{rest} {first * 300}")[:-4])
            case 4:  # it comes to the end of what it may write
                text = section("On and on", first, first, f"{rest} {said[0]}")
                return Script(text=text[: text.index(rest) + len(rest) + 9], finish="MAX_TOKENS")
        return retelling(seen)

    asked: list[Seen] = []
    with small_model(odd, tmp_path / "home") as (_, notegen):
        done = notegen("generate", TALK, *NOTE, "-o", str(tmp_path / "out"), "--format", "json")
    assert done.code == 0, done.err
    note = note_in(tmp_path / "out")
    assert len(asked) == len(note["sections"]) == done.events[-1]["requests"]
    told = texts_of(note)
    for gone in ("The passage", "Concise Definition", "as they were said", "Massachusetts"):
        assert gone not in told
    assert not note.get("missing")
    for each in note["sections"]:
        lines = [line for line in each["comprehensive"].split(". ") if len(line) > 30]
        assert len(set(lines)) == len(lines), "no sentence stands twice"


def test_levels_that_tell_of_different_things_are_one_note_after_one_round(tmp_path: Path) -> None:
    """What is amiss with a note as a whole is mended: it is never asked for anew from its start."""

    def apart(seen: Seen) -> Script:
        said = sentences_of(seen)
        end = " ".join(said[-2:])
        return Script(text=section(" ".join(said[0].split()[:5]), said[0], end, end))

    with small_model(apart, tmp_path / "home") as (server, notegen):
        done = notegen("generate", TALK, *NOTE, "-o", str(tmp_path / "out"), "--format", "json")
        assert done.code == 0, done.err
        note = note_in(tmp_path / "out")
        assert len(server.bodies) == len(note["sections"])


def test_a_passage_that_comes_to_nothing_is_said_to_be_missing(tmp_path: Path) -> None:
    def silent_on_the_second(seen: Seen) -> Script:
        passages.setdefault(" ".join(passage_of(seen)), len(passages))
        if passages[" ".join(passage_of(seen))] == 1:
            return Script(text=section("Elsewhere", *3 * (KNOWN_ELSEWHERE,)))
        return retelling(seen)

    passages: dict[str, int] = {}
    with small_model(silent_on_the_second, tmp_path / "home") as (server, notegen):
        done = notegen("generate", TALK, *NOTE, "-o", str(tmp_path / "out"), "--format", "json")
        assert done.code == 0, done.err
        note = note_in(tmp_path / "out")
        assert len(server.bodies) == len(note["sections"]) + 2, "asked for once more, then left out"
    (lack,) = note["missing"]
    assert lack.startswith("the video from ")
    assert "This note lacks" in done.err
    assert "Massachusetts" not in texts_of(note)


def test_a_model_that_is_of_no_use_is_soon_asked_no_more(tmp_path: Path) -> None:
    def useless(seen: Seen) -> Script:
        return Script(text=section("Elsewhere", *3 * (KNOWN_ELSEWHERE,)))

    with small_model(useless, tmp_path / "home") as (server, notegen):
        done = notegen("generate", TALK, *NOTE)
        assert done.code == 4
        assert len(server.bodies) <= 5
