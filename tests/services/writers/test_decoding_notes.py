"""One answer with several notes: each is known by its name, whatever is cut, missing or doubled."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from notegen_desktop.domain.notes.note import Draft
from notegen_desktop.services.writers.decoding import DraftDecoder, NotesDecoder

from .test_decoding import note, section

NAMES = ("chapters", "flashcards", "study-notes")
TREES = {name: note(*(section(f"{name} {n}") for n in range(3)), title=name) for name in NAMES}


def answer(*names: str) -> str:
    return json.dumps({"notes": [{"template": name, **TREES[name]} for name in names]})


def decoder() -> NotesDecoder:
    return NotesDecoder([(name, 3.0) for name in NAMES], clock=iter(range(100_000)).__next__)


def alone(name: str) -> Draft:
    one = DraftDecoder(clock=lambda: 0.0)
    one.feed(json.dumps(TREES[name]))
    return one.finish()[0]


@pytest.mark.parametrize("order", [NAMES, NAMES[::-1]])
def test_each_note_is_what_it_would_be_alone(order: tuple[str, ...]) -> None:
    one = decoder()
    one.feed(answer(*order))
    draft, closed = one.finish()
    assert closed
    assert [state.draft for state in one.notes] == [alone(name) for name in NAMES]
    assert all(state.finished for state in one.notes)
    assert len(draft.sections) == 9


@pytest.mark.parametrize("seed", range(5))
def test_notes_are_whole_one_after_the_other(seed: int) -> None:
    text, one, chance = answer(*NAMES), decoder(), random.Random(seed)
    whole: list[tuple[str, ...]] = [()]
    place = 0
    while place < len(text):
        step = chance.randint(1, 40)
        one.feed(text[place : place + step])
        place += step
        now = tuple(n for n, state in zip(NAMES, one.notes, strict=True) if state.finished)
        if now != whole[-1]:
            whole.append(now)
        for name, state in zip(NAMES, one.notes, strict=True):
            assert all(s.heading in f"{name} 0 {name} 1 {name} 2" for s in state.draft.sections)
            if state.finished:
                assert state.draft == alone(name), "and never changes again"
    assert whole == [(), NAMES[:1], NAMES[:2]]
    one.finish()
    assert all(state.finished for state in one.notes)


@pytest.mark.parametrize("seed", range(20))
def test_a_cut_answer_keeps_whole_notes_and_whole_sections(seed: int) -> None:
    text = answer(*NAMES)
    cut = random.Random(seed).randint(30, len(text) - 3)
    one = decoder()
    one.feed(text[:cut])
    _, closed = one.finish()
    assert not closed
    for name, state in zip(NAMES, one.notes, strict=True):
        kept = state.draft.sections
        assert kept == alone(name).sections[: len(kept)]
        assert not state.finished or len(kept) == 3
    assert sum(state.finished for state in one.notes) <= 2


def test_a_note_that_is_missing_is_missing_and_a_doubled_one_is_the_first() -> None:
    doubled: dict[str, Any] = {"template": "chapters", **note(section("another"))}
    tree = json.loads(answer("chapters", "study-notes"))
    tree["notes"].append(doubled)
    tree["notes"].append({"template": "poem", **note(section("unasked"))})
    one = decoder()
    one.feed(json.dumps(tree))
    one.finish()
    chapters, cards, study = one.notes
    assert chapters.draft == alone("chapters")
    assert study.draft == alone("study-notes")
    assert not cards.finished
    assert not cards.draft.sections


def listed(**names: Any) -> list[dict[str, Any]]:
    return [{**TREES[name], **names, "template": name} for name in NAMES]


OTHER_FORMS = {
    "by their names": json.dumps({"notes": TREES}),
    "by their names alone": json.dumps(TREES),
    "one after the other": "\n\n".join(map(json.dumps, listed())),
    "in strings": json.dumps({"notes": [json.dumps(each) for each in listed()]}),
    "with names in words": json.dumps(
        {"notes": [{**TREES[name], "template": name.replace("-", " ").title()} for name in NAMES]}
    ),
    "with names under another key": json.dumps(
        {"notes": [{"template_id": name, **TREES[name]} for name in NAMES]}
    ),
    "without names": json.dumps({"notes": [TREES[name] for name in NAMES]}),
    "after a thought": f"<think>{{}}</think>{json.dumps(TREES)}",
}


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_notes_are_known_in_every_form(form: str) -> None:
    one = decoder()
    for at in range(0, len(OTHER_FORMS[form]), 50):
        one.feed(OTHER_FORMS[form][at : at + 50])
    _, closed = one.finish()
    assert closed
    assert [state.draft for state in one.notes] == [alone(name) for name in NAMES]
    assert all(state.finished for state in one.notes)


def test_notes_of_other_names_are_not_those_that_were_asked_for() -> None:
    one = decoder()
    one.feed(json.dumps({"notes": [{**TREES[name], "template": "poem"} for name in NAMES]}))
    one.finish()
    assert not any(state.draft.sections for state in one.notes)


@pytest.mark.parametrize("text", ["", "no", '{"notes": 5}', '{"notes": [4, null, "x"]}', "[1]"])
def test_what_is_no_such_answer_gives_no_notes(text: str) -> None:
    one = decoder()
    one.feed(text)
    draft, _ = one.finish()
    assert not draft.sections
    assert not any(state.draft.sections for state in one.notes)
