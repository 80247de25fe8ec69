"""The whole of the main job, settings, library, practice and a question, by the accessibility tree
and the keyboard alone: what stands here sees no widget and no pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk

from .command import Command
from .reader import Reader
from .screen import DesktopProgram, Screen
from .screen import wait_for as wait_until

LACKING = Screen.lacking() or Reader.lacking()
pytestmark = pytest.mark.skipif(bool(LACKING), reason=LACKING or "all there")


def wait_for(condition: Callable[[], object], what: str) -> None:
    """`wait_until`; what went while it was looked at does not hold yet."""

    def holds() -> object:
        try:
            return condition()
        except LookupError:
            return False

    wait_until(holds, what)


class Person:
    """Somebody who hears the window and types."""

    def __init__(self, screen: Screen, reader: Reader) -> None:
        self.screen, self.reader = screen, reader
        self.find = reader.find

    def press(self, *keys: str, window: str = "^NoteGen") -> None:
        for key in keys:
            self.screen.press(self.screen.window(window), key)

    def goes_through(self, name: str, *, key: str) -> None:
        """Press a key until something of that name has the focus."""
        met: list[str] = []

        def look() -> bool:
            self.screen.do("key", key)
            met.extend(each.name for each in self.reader.went_to())
            return any(name in each for each in met)

        try:
            wait_for(look, f"{name} to have the focus")
        except AssertionError as error:
            raise AssertionError(f"{error}; met {met}") from None

    def type(self, words: str) -> None:
        self.screen.do("type", "--delay", "4", words)

    def hears(self, words: str) -> None:
        """Wait until these words are announced."""
        heard: list[str] = []

        def listen() -> bool:
            heard.extend(self.reader.heard())
            return any(words in said for said in heard)

        try:
            wait_for(listen, f"“{words}” to be said")
        except AssertionError as error:
            raise AssertionError(f"{error}; heard {heard}") from None


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    with Screen() as screen, Reader(screen.display, tmp_path / "bus") as reader:
        with DesktopProgram(screen, tmp_path / "home", **reader.environment) as program:
            screen.window("NoteGen")
            yield Person(screen, reader)
            assert program.close() == 0
        assert "Traceback" not in program.said


def write_notes(person: Person) -> None:
    field = person.find(id="sourceInput", role="text")
    person.press("ctrl+l")
    wait_for(lambda: "focused" in field.states, "the field for links to have the focus")
    person.type(str(sample_talk()))
    person.press("Return")
    videos = person.find(name="Videos to make notes of", role="list")
    wait_for(videos.children, "the talk in the list of videos")
    kinds = person.find(id="templateList", role="list")
    kinds.focus()
    for name in ("Basic summary", "Tutorial guide"):
        row = person.find(name=name, role="list item")
        while "focused" not in row.states:
            (now,) = (each for each in kinds.children() if "focused" in each.states)
            person.press("Down")
            wait_for(lambda now=now: "focused" not in now.states, "the next row")
        before = "checked" in row.states
        person.press("space")
        wait_for(lambda row=row, was=before: ("checked" in row.states) is not was, f"{name} ticked")
    person.find(id="generateButton", role="push button").act()
    person.hears("3 notes ready")


@pytest.mark.slow
def test_a_talk_becomes_notes_that_are_read_and_exported(person: Person) -> None:
    write_notes(person)
    tab = person.find(name="Study notes", role="page tab")
    tab.act()
    wait_for(lambda: "selected" in tab.states, "the tab to be in front")
    note = person.find(id="noteView")
    brief = note.text
    person.find(id="level:comprehensive", role="radio button").act("Toggle")
    wait_for(lambda: len(note.text) > len(brief), "a longer note")
    note.focus()
    export = person.find(id="exportButton")
    for open_menu in (
        lambda: person.screen.do("key", "ctrl+shift+e"),
        lambda: export.act("ShowMenu"),
        lambda: (export.focus(), person.screen.do("key", "space")),
    ):
        open_menu()
        person.goes_through("Save as Markdown", key="Down")
        person.screen.do("key", "Escape")
    person.find(id="askToggle").act("Toggle")
    person.find(id="askEdit", role="text").focus()
    person.type("Why does rereading deceive?")
    person.press("Return")
    person.hears("Answered")
    assert "reread" in person.find(id="askView").text.lower()


def test_settings_are_changed(person: Person, tmp_path: Path) -> None:
    person.find(id="settingsButton").act()
    person.find(id="settingsDialog", role="dialog")
    person.press("Tab", window="^Settings")  # no window manager gives it the focus
    person.find(name="Processing", role="page tab").act()
    spin = person.find(id="maxConcurrentSpin")
    spin.focus()
    person.press("ctrl+a", "7", window="^Settings")
    wait_for(lambda: spin.value == 7, "seven notes at once")
    box = person.find(id="parallelCheck", role="check box")
    assert "checked" in box.states
    box.act("Toggle")
    wait_for(lambda: "checked" not in box.states, "one note after the other")
    person.find(name="Gemini", role="page tab").act()
    key = person.find(id="apiKeyEdit")
    key.focus()
    person.type("AIza-not-to-be-read-out")
    assert "AIza" not in key.text
    person.press("ctrl+a", "Delete", window="^Settings")
    person.find(id="saveButton").act()
    asked = Command(tmp_path / "home")
    wait_for(
        lambda: asked("settings", "get", "processing.max_concurrent").out.strip() == "7", "it kept"
    )
    assert asked("settings", "get", "processing.parallel").out.strip() == "false"


def test_notes_are_found_tagged_deleted_brought_back_and_practised(person: Person) -> None:
    write_notes(person)
    person.find(name="Library", role="radio button").act("Toggle")
    person.find(id="historySearch", role="text").focus()
    person.type("memory")
    notes = person.find(id="historyList")
    wait_for(lambda: any("Transcript" in row.name for row in notes.children()), "what was found")
    notes.focus()
    person.press("Home", "Down")
    chosen = notes.children()[1]
    wait_for(lambda: "selected" in chosen.states, "the second note to be chosen")
    person.find(id="tagEdit", role="text").focus()
    person.type("exam")
    person.press("Return")
    wait_for(lambda: "exam" in chosen.name, "the tag in what the row says")
    notes.focus()
    before = len(notes.children())
    person.press("Delete")
    person.hears("Deleted")
    wait_for(lambda: len(notes.children()) < before, "a row less")
    person.press("ctrl+z")
    wait_for(lambda: len(notes.children()) == before, "the row again")
    person.find(name="Practice", role="radio button").act("Toggle")
    card = person.find(id="cardFace")
    card.focus()
    asked = card.text
    person.press("space")
    wait_for(lambda: len(card.text) > len(asked), "the answer")
    for number, says in enumerate(("Again", "Hard", "Good", "Easy"), start=1):
        assert says in person.find(id=f"practiceAnswer:{number}", role="push button").name
    person.find(id="practiceAnswer:3").act()
    wait_for(lambda: not card.text.startswith(asked), "the next card")
