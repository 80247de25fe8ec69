"""Pictures, whole: a film is dropped, slides with its slides open, one is added, one taken out."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from notegen_desktop.app import Application
from notegen_desktop.domain.notes.note import Engine, Note
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.notes.note_page import NotePage
from tests.fakes.shown_films import make_talk

from .running import child, run_program, until

pytest.importorskip("av", reason="the extra “pictures” is not installed")


def pictures_of(note: Note | None) -> int:
    return sum(len(section.pictures) for section in note.sections) if note else 0


@pytest.mark.usefixtures("home")
def test_a_film_gives_its_slides_to_the_note_and_the_reader_has_the_last_word(
    tmp_path: Path,
) -> None:
    film = make_talk(tmp_path)

    async def story(app: Application) -> None:
        window = app.window
        assert app.program is not None
        store = app.program.services.store
        window.add_text(str(film))
        await until(window.composer.source.links, "the film as a chip")
        links = tuple(window.composer.source.links())
        app.program.runner.submit(Order(links, ("presentation-slides",), engine=Engine.OFFLINE))
        await until(lambda: window.results.page_shown is not None, "the tab")
        page = window.results.page_shown
        assert isinstance(page, NotePage)
        await until(lambda: pictures_of(page.note), "pictures in the tab")
        taken = pictures_of(page.note)
        assert 2 <= taken <= 8
        await until(lambda: page.view.is_whole and "\ufffc" in page.view.toPlainText(), "a picture")

        assert page.note is not None
        note = page.note
        cite = next(
            f"cite:{number}/{place}"
            for number, section in enumerate(note.sections)
            for place, cite in enumerate(section.cites)
            if all(abs(p.at_s - cite.start_s) > 1 for p in section.pictures)
        )
        actions = {each.text(): each for each in page.view.menu_at(cite).actions()}
        actions["Picture from here"].trigger()
        await until(lambda: pictures_of(page.note) == taken + 1, "one more")
        shown = page.view.menu_at("picture:0/0").actions()
        next(each for each in shown if each.text() == "Remove picture").trigger()
        await until(lambda: pictures_of(page.note) == taken, "one less")
        child(window, QPushButton, "messageAction").click()
        await until(lambda: pictures_of(page.note) == taken + 1, "it is back")
        assert await store.get(note.id) == page.note

    run_program(story)
