"""`notegen cards`: practice, deck and table by the command line, and no answer lost to a kill."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk

from .command import Command


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


@pytest.fixture
def talk(notegen: Command) -> Command:
    done = notegen("generate", str(sample_talk()), "-t", "flashcards", "--engine", "offline")
    assert done.code == 0
    return notegen


def lines(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_without_cards_a_word_says_where_they_come_from(notegen: Command) -> None:
    for action in ("due", "review", "export"):
        done = notegen("cards", action)
        assert (done.code, done.out) == (0, "")
        assert "There are no cards" in done.err
    assert notegen("cards", "due", "--json").json["cards"] == []


def test_of_a_note_without_cards_it_is_said_that_it_has_none(talk: Command) -> None:
    assert talk("generate", str(sample_talk()), "-t", "chapters", "--engine", "offline").code == 0
    (note,) = [
        each for each in talk("notes", "list", "--json").json if each["template"] == "chapters"
    ]
    for action in ("due", "review", "export"):
        done = talk("cards", action, note["id"])
        assert "(chapters) asks nothing: no cards." in done.err
        assert "There are no cards" not in done.err


def test_cards_are_practised_by_lines_of_standard_input(talk: Command) -> None:
    before = talk("cards", "due", "--json").json
    number = before["new"]
    assert number == len(before["cards"]) > 5
    assert {each["stage"] for each in before["cards"]} == {"new"}
    first = talk("cards", "review", "--limit", "2", stdin="\n4\n1\n")
    assert first.code == 0
    assert before["cards"][0]["question"] in first.out
    assert "Again (1 min)" in first.out
    after = talk("cards", "due", "--json").json
    assert (after["new"], after["done_today"], after["streak_days"]) == (number - 2, 2, 1)
    assert after["next"]
    taken_back = talk("cards", "review", "--limit", "1", stdin="4\nu\nq\n")
    assert taken_back.code == 0
    assert talk("cards", "due", "--json").json["done_today"] == 3


def test_programs_practise_by_lines_of_json(talk: Command) -> None:
    done = talk("cards", "review", "--json", "--limit", "1", stdin="x\n4\n")
    card, error, answer, over = lines(done.out)
    assert card["card"]["intervals_s"]["1"] == 60  # type: ignore[index]
    assert "expected" in str(error["error"])
    assert answer["answer"]["rating"] == 4  # type: ignore[index]
    assert over["done"]["answered"] == 1  # type: ignore[index]


def test_when_all_is_learnt_the_next_time_is_told(talk: Command) -> None:
    cards = talk("cards", "due", "--json").json["cards"]
    talk("cards", "review", stdin="4\n" * len(cards))
    done = talk("cards", "due")
    assert (done.code, done.out) == (0, "")
    assert "No cards are due. The next comes at 20" in done.err


def test_cards_that_were_left_out_are_had_again(talk: Command) -> None:
    cards = talk("cards", "due", "--json").json["cards"]
    talk("cards", "review", stdin="s\n" * len(cards))
    assert "notegen cards restore" in talk("cards", "due").err
    assert talk("cards", "restore").err == f"{len(cards)} cards can be practised again.\n"
    assert talk("cards", "due", "--json").json["new"] == len(cards)


def test_a_note_that_is_not_there_is_said(notegen: Command) -> None:
    assert notegen("cards", "due", "nothing").code == 4


def test_cards_go_to_one_file(talk: Command, tmp_path: Path) -> None:
    for format, ending in (("anki", "apkg"), ("csv", "csv")):
        done = talk("cards", "export", "-o", str(tmp_path / "out"), "--format", format)
        assert done.code == 0
        assert Path(done.out.strip()) == tmp_path / "out" / f"NoteGen cards.{ending}"
        again = talk("cards", "export", "-o", str(tmp_path / "out"), "--format", format)
        assert "already there" in again.err
        file = tmp_path / f"mine.{ending}"
        assert talk("cards", "export", "-o", str(file)).out.strip() == str(file)
        assert file.is_file()
    wrong = talk("cards", "export", "-o", str(tmp_path / "mine.csv"), "--format", "anki")
    assert wrong.code == 2


@pytest.mark.parametrize("answers", [1, 3])
def test_an_answer_that_was_told_survives_a_kill(talk: Command, answers: int) -> None:
    process = talk.start("cards", "review", "--json", stdin=subprocess.PIPE)
    told = 0
    assert process.stdin is not None
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith('{"answer"'):
            told += 1
            if told == answers:
                process.kill()
                break
        else:
            process.stdin.write("4\n")
            process.stdin.flush()
    process.communicate()
    assert talk("cards", "due", "--json").json["done_today"] == answers
