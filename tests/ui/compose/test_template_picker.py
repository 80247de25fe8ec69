"""Template list: ticked by mouse and keys; ticked templates can be saved as named sets."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from notegen_desktop.ui.compose.template_picker import TemplatePicker, format_sets, parse_sets
from tests.fakes.services import FakeTemplates
from tests.properties import texts


@pytest.fixture
def picker(qtbot: QtBot) -> TemplatePicker:
    made = TemplatePicker()
    made.resize(330, 440)
    qtbot.addWidget(made)
    made.show_templates(FakeTemplates().all())
    made.show()
    return made


def menu_entries(picker: TemplatePicker) -> dict[str, object]:
    menu = picker.findChild(QPushButton, "templateSetsButton").menu()
    return {action.text(): action for action in menu.actions() if action.text()}


def test_every_template_is_a_row_with_name_and_description(picker: TemplatePicker) -> None:
    rows = [picker.list.item(row) for row in range(picker.list.count())]
    assert len(rows) == 12
    assert rows[0].text() == "Basic summary"
    for row in rows:
        assert row.data(Qt.ItemDataRole.AccessibleDescriptionRole)
        assert row.toolTip()


def test_a_click_anywhere_on_a_row_toggles_it(picker: TemplatePicker, qtbot: QtBot) -> None:
    rect = picker.list.visualItemRect(picker.list.item(1))
    for spot, ticked in ((QPoint(150, 10), ["study-notes"]), (QPoint(12, 24), [])):
        with qtbot.waitSignal(picker.changed) as heard:
            qtbot.mouseClick(
                picker.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.topLeft() + spot
            )
        assert heard.args == [ticked]
        assert picker.ticked() == ticked


def test_what_has_to_be_written_is_not_offered_offline_and_its_tick_is_kept(
    picker: TemplatePicker, qtbot: QtBot
) -> None:
    picker.tick(["basic-summary", "quiz"])
    picker.show_engine(offline=True)
    (row,) = [
        item
        for item in (picker.list.item(at) for at in range(picker.list.count()))
        if item.text() == "Quiz"
    ]

    assert picker.ticked() == ["basic-summary"]
    assert not row.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "needs a key" in row.toolTip()
    rect = picker.list.visualItemRect(row)
    qtbot.mouseClick(picker.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    picker.list.setCurrentItem(row)
    qtbot.keyClick(picker.list, Qt.Key.Key_Return)
    picker.show_engine(offline=False)
    assert picker.ticked() == ["basic-summary", "quiz"]
    assert "needs a key" not in row.toolTip()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_keys_move_and_toggle(picker: TemplatePicker, qtbot: QtBot, key: Qt.Key) -> None:
    picker.list.setFocus()
    qtbot.keyClick(picker.list, Qt.Key.Key_Down)
    qtbot.keyClick(picker.list, Qt.Key.Key_Down)
    qtbot.keyClick(picker.list, key)
    assert picker.ticked() == ["tutorial-guide"]
    qtbot.keyClick(picker.list, key)
    assert picker.ticked() == []


def test_ctrl_return_is_left_to_the_window(picker: TemplatePicker, qtbot: QtBot) -> None:
    picker.list.setFocus()
    qtbot.keyClick(picker.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert picker.ticked() == []


def test_ticked_ids_come_in_the_order_of_the_list(picker: TemplatePicker) -> None:
    picker.tick(["flashcards", "basic-summary", "no-such-template"])
    assert picker.ticked() == ["basic-summary", "flashcards"]


def test_ticking_the_same_again_says_nothing(picker: TemplatePicker, qtbot: QtBot) -> None:
    picker.tick(["chapters"])
    with qtbot.assertNotEmitted(picker.changed):
        picker.tick(["chapters"])


def test_showing_templates_again_keeps_the_ticks(picker: TemplatePicker, qtbot: QtBot) -> None:
    picker.tick(["chapters", "flashcards"])
    with qtbot.assertNotEmitted(picker.changed):
        picker.show_templates(FakeTemplates().all()[::-1])
    assert set(picker.ticked()) == {"chapters", "flashcards"}


def test_a_saved_set_ticks_its_templates_and_no_others(picker: TemplatePicker) -> None:
    picker.tick(["chapters"])
    picker.show_sets({"Exam week": ["study-notes", "flashcards"]})
    menu_entries(picker)["Exam week"].trigger()
    assert picker.ticked() == ["study-notes", "flashcards"]


def test_all_and_none(picker: TemplatePicker) -> None:
    menu_entries(picker)["Tick all"].trigger()
    assert len(picker.ticked()) == 12
    menu_entries(picker)["Tick none"].trigger()
    assert picker.ticked() == []


def test_sets_are_saved_and_deleted_by_wish(picker: TemplatePicker, qtbot: QtBot) -> None:
    with qtbot.waitSignal(picker.set_wanted):
        menu_entries(picker)["Save ticked as a set…"].trigger()
    picker.show_sets({"One": ["chapters"], "Two": ["flashcards"]})
    delete = next(menu for menu in picker.findChildren(QMenu) if menu.title() == "Delete a set")
    with qtbot.waitSignal(picker.set_dropped) as heard:
        delete.actions()[1].trigger()
    assert heard.args == ["Two"]


NAMES = texts(max_size=12).map(lambda name: " ".join(re.sub("[:;]", " ", name).split()))
IDS = st.lists(st.sampled_from(["chapters", "study-notes", "my-own-2"]), min_size=1, max_size=4)


@given(st.dictionaries(NAMES.filter(bool), IDS))
def test_sets_survive_the_settings_file(sets: dict[str, list[str]]) -> None:
    assert parse_sets(format_sets(sets)) == sets


@given(texts())
def test_any_text_is_read_as_sets_without_an_error(text: str) -> None:
    parsed = parse_sets(text)
    assert parse_sets(format_sets(parsed)) == parsed


def test_signs_that_part_sets_are_taken_out_of_names() -> None:
    assert parse_sets(format_sets({"a: b; c": ["chapters"]})) == {"a b c": ["chapters"]}


def test_a_template_may_have_an_engine_of_its_own_and_its_row_says_so(
    picker: TemplatePicker, qtbot: QtBot
) -> None:
    picker.connections = ["ollama"]
    entries = {a.text(): a for a in picker.row_menu("chapters").actions() if a.text()}
    assert entries["The engine chosen for all"].isChecked()
    with qtbot.waitSignal(picker.engine_chosen) as chosen:
        entries["ollama"].trigger()
    assert chosen.args == ["chapters", "ollama"]
    before = {row.text(): row.toolTip() for row in map(picker.list.item, range(12))}
    picker.show_written_by("chapters@ollama:qwen3:8b")
    after = {row.text(): row.toolTip() for row in map(picker.list.item, range(12))}
    assert {name for name in before if before[name] != after[name]} == {"Chapters"}
    assert "Written by ollama, qwen3:8b" in after["Chapters"]
    checked = [a.text() for a in picker.row_menu("chapters").actions() if a.isChecked()]
    assert checked == ["ollama, qwen3:8b"]


def test_what_needs_a_model_is_offered_beside_the_offline_engine_if_a_model_writes_it(
    picker: TemplatePicker,
) -> None:
    picker.show_engine(offline=True)
    picker.tick(["quiz", "basic-summary"])
    assert picker.ticked() == ["basic-summary"]
    picker.show_written_by("quiz@ollama")
    assert set(picker.ticked()) == {"quiz", "basic-summary"}
