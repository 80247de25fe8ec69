"""Library settings: location of the notes, backup, and export of all as files."""

from __future__ import annotations

from dataclasses import replace
from gettext import NullTranslations
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton

from notegen_desktop.domain import words as spoken
from notegen_desktop.domain.errors import DiskFull
from notegen_desktop.ui.settings.machine import LibraryBox
from tests.fakes.services import FakeServices, make_note
from tests.ui.conftest import until
from tests.ui.window.test_main_window import Make


class Marked(NullTranslations):
    def gettext(self, message: str) -> str:
        return f"~{message}"


async def box(main_window: Make) -> LibraryBox:
    window = main_window()
    window.settings.open()
    found = window.findChild(LibraryBox)
    assert found is not None
    return found


async def test_it_says_where_the_notes_lie_and_opens_the_folder(main_window: Make) -> None:
    found = await box(main_window)
    assert found.where.text().endswith("notes.db")
    asked: list[str] = []
    found.link_activated.connect(asked.append)
    found._open_folder()
    assert asked[0].startswith("file://")
    await until(found.backup.isEnabled)


async def test_a_library_elsewhere_is_not_said_to_lie_here(
    main_window: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTEGEN_DATABASE_URL", "postgresql://server/notes")
    found = await box(main_window)
    assert "NOTEGEN_DATABASE_URL" in found.where.text()
    await until(found.backup.isEnabled)


async def test_its_buttons_are_named_in_the_language_of_the_window(main_window: Make) -> None:
    spoken.speak("de", Marked())
    try:
        found = (await box(main_window)).findChildren(QPushButton)
    finally:
        spoken.speak(spoken.SOURCE)
    assert [each.text() for each in found if not each.text().startswith("~")] == []


async def test_a_backup_is_made_and_its_place_said_or_why_not(
    main_window: Make, fakes: FakeServices
) -> None:
    found = await box(main_window)
    found.backup.click()
    await until(lambda: "A whole copy lies at" in found.state.text())
    fakes.store.failure = DiskFull()
    found.backup.click()
    await until(lambda: "The disk is full." in found.state.text())
    assert found.state.property("tone") == "danger"
    assert found.backup.isEnabled()


@pytest.mark.parametrize(("format", "notes"), [("md", 203), ("json", 3)])
async def test_every_note_is_written_into_a_folder_of_the_user_s_choice(
    main_window: Make, fakes: FakeServices, tmp_path: Path, format: str, notes: int
) -> None:
    """Of more than the 200 that a list of the library has at once, too."""
    for number in range(notes):
        note = replace(make_note(note_id=f"n{number}"))
        fakes.store.notes[note.id] = note
    found = await box(main_window)
    (found.markdown if format == "md" else found.json).click()
    await until(lambda: found.window().findChild(QFileDialog) is not None)
    dialog = found.window().findChild(QFileDialog)
    dialog.filesSelected.emit([str(tmp_path)])
    dialog.done(QFileDialog.DialogCode.Accepted)
    await until(lambda: f"{notes} notes written into {tmp_path}" in found.state.text(), seconds=20)
    assert len(fakes.exporter.saved) == notes
    assert {path.suffix for path in fakes.exporter.saved} == {f".{format}"}


async def test_an_export_of_all_notes_says_how_far_it_is_and_can_be_stopped(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    for number in range(20):
        note = make_note(note_id=f"n{number}")
        fakes.store.notes[note.id] = note
    found = await box(main_window)
    found.markdown.click()
    await until(lambda: found.window().findChild(QFileDialog) is not None)
    assert found.stop.isHidden()
    dialog = found.window().findChild(QFileDialog)
    dialog.filesSelected.emit([str(tmp_path)])
    dialog.done(QFileDialog.DialogCode.Accepted)
    await until(lambda: "of 20 …" in found.state.text())
    found.stop.click()
    await until(lambda: found.state.text().startswith("Stopped."))
    assert found.state.text().endswith(f"written into {tmp_path}")
    assert 0 < len(fakes.exporter.saved) < 20
    assert found.stop.isHidden()
    assert found.markdown.isEnabled()


async def test_who_changes_their_mind_has_nothing_written(
    main_window: Make, fakes: FakeServices
) -> None:
    found = await box(main_window)
    found.markdown.click()
    await until(lambda: found.window().findChild(QFileDialog) is not None)
    found.window().findChild(QFileDialog).reject()
    await until(found.markdown.isEnabled)
    assert found.state.text() == ""


async def test_words_on_how_far_it_is_are_shown_a_few_times_a_second(
    main_window: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await box(main_window)
    shown: list[str] = []
    monkeypatch.setattr(found.state, "setText", shown.append)
    for number in range(200):
        found._show_grown(f"{number} of 200")
    assert shown == ["0 of 200"]
    await until(lambda: len(shown) > 1)
    assert shown == ["0 of 200", "199 of 200"]
