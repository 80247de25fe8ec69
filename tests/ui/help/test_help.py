"""Command palette, sheet of shortcuts and help pages, tested in the main window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.help.access import HelpAccess
from notegen_desktop.ui.help.command_palette import CommandPalette
from notegen_desktop.ui.help.help_dialog import HelpDialog
from notegen_desktop.ui.kit import theme
from notegen_desktop.ui.kit.commands import commands_of, key_sheet
from tests.fakes.services import FakeServices
from tests.ui.conftest import until
from tests.ui.window.test_main_window import Make

CONTROL = Qt.KeyboardModifier.ControlModifier


def shown(palette: CommandPalette) -> list[str]:
    return [palette.list.topLevelItem(n).text(0) for n in range(palette.list.topLevelItemCount())]


async def test_a_command_is_found_by_any_part_of_its_name_and_given_by_enter(
    main_window: Make,
) -> None:
    window = main_window()
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    palette = window.findChild(CommandPalette)
    assert palette.isVisible()
    assert {"Generate notes", "Settings", "Keys", "Quit"} <= set(shown(palette))
    QTest.keyClicks(palette.field, "notes SEARCH")
    assert shown(palette) == ["Search all notes"]
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.library.isVisible()


async def test_the_palette_has_what_can_be_done_now(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    names = {action.text() for action in commands_of(window)}
    assert not {"Next doubt", "Save as PDF…", "Dismiss the message"} & names
    links = find_links("https://youtu.be/dQw4w9WgXcQ").links
    (job,) = fakes.runner.submit(Order(links, ("study-notes",)))
    fakes.runner.finish(job)
    await until(lambda: window.results.count() == 1)
    names = {action.text() for action in commands_of(window)}
    assert {"Next doubt", "Save as PDF…", "Close this tab"} <= names


async def test_arrow_keys_walk_the_list_and_nothing_found_says_so(main_window: Make) -> None:
    window = main_window()
    window.help.find()
    palette = window.findChild(CommandPalette)
    first = palette.list.currentItem().text(0)
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentItem().text(0) != first
    QTest.keyClicks(palette.field, "xyzzy")
    assert palette.nothing.isVisible()
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


async def test_keys_and_groups_of_commands_can_be_read(main_window: Make) -> None:
    window = main_window()
    window.help.find()
    first = window.findChild(CommandPalette).list.topLevelItem(0)
    colours = {first.foreground(column).color().name() for column in (1, 2)}
    assert colours == {theme.palette().muted}, "and not that of a hint in an empty field"


async def test_no_key_has_two_meanings_in_one_place(main_window: Make) -> None:
    """Only Ctrl+F has several commands; the focused widget decides which one runs."""
    keys = [keys for names in key_sheet(main_window()).values() for _, keys in names]
    twice = {key for key in keys if keys.count(key) > 1}
    assert twice <= {"Ctrl+F"}


async def test_f1_shows_every_key_whether_it_works_now_or_not(main_window: Make) -> None:
    window = main_window()
    QTest.keyClick(window, Qt.Key.Key_F1)
    dialog = window.findChild(HelpDialog)
    assert dialog.isVisible()
    sheet = dialog.text.toPlainText()
    for words in ("Generate notes", "Ctrl+Return", "Next doubt", "F8", "Ctrl+T", "F1", "F2"):
        assert words in sheet
    pages = [dialog.pages.button(page).text() for page in ("guide", "keys", "about")]
    assert pages == ["Guide", "Keys", "About"]
    assert not dialog.folder.isVisible()


@pytest.mark.parametrize(("page", "words"), [("guide", "Generate notes"), ("about", "PySide6")])
async def test_guide_and_about_are_pages_of_the_help(
    main_window: Make, page: str, words: str
) -> None:
    window = main_window()
    access: HelpAccess = window.help
    access.open(page)
    assert words in window.findChild(HelpDialog).text.toPlainText()


async def test_the_diagnosis_is_copied_and_says_so(main_window: Make) -> None:
    window = main_window()
    window.help.open("about")
    dialog = window.findChild(HelpDialog)
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "SQLite: " in copied
    assert "Log: " in copied
    dialog.accept()


async def test_ctrl_q_closes_the_window(main_window: Make) -> None:
    window = main_window()
    QTest.keyClick(window, Qt.Key.Key_Q, CONTROL)
    await until(lambda: not window.isVisible())
