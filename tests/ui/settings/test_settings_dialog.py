"""Settings dialog: all declared settings, stored only on Save; keys are never shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QWidget,
)

from notegen_desktop.domain.errors import (
    DiskFull,
    Failure,
    FolderNotWritable,
    InvalidSetting,
    KeyRejected,
    NoteGenError,
    NotYetAvailable,
    SpeechUnavailable,
)
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import SETTINGS
from notegen_desktop.domain.text.languages import language_name
from notegen_desktop.services.ports import Services, SpeechModel
from notegen_desktop.ui.kit.colours import DARK
from notegen_desktop.ui.kit.messages import MessageBar
from notegen_desktop.ui.kit.tasks import Deferred, Tasks, WindowContext
from notegen_desktop.ui.kit.theme import theme
from notegen_desktop.ui.kit.widgets import WholeNumberBox
from notegen_desktop.ui.settings.dialog import ELSEWHERE, PAGES, SettingsDialog
from notegen_desktop.ui.settings.machine import SystemBox
from notegen_desktop.ui.window.keyboard import in_order
from tests.fakes.services import FakeSecrets, FakeServices
from tests.ui.conftest import tab_order, until

T = TypeVar("T", bound=QWidget)


@pytest.fixture
async def tasks(qapp) -> AsyncIterator[Tasks]:
    tasks = Tasks()
    yield tasks
    await tasks.aclose()


@pytest.fixture
async def dialog(qtbot, fakes: FakeServices, tasks: Tasks) -> SettingsDialog:
    return await opened(qtbot, fakes, tasks)


async def opened(qtbot, fakes: FakeServices, tasks: Tasks) -> SettingsDialog:
    services: Deferred[Services] = Deferred()
    window = QWidget()
    qtbot.addWidget(window)
    context = WindowContext(window, services, tasks, MessageBar(window))
    dialog = SettingsDialog(context, fakes.settings)
    qtbot.addWidget(dialog)
    services.set(fakes.ports)
    dialog.open()
    await until(lambda: not len(tasks))
    return dialog


def child(dialog: SettingsDialog, kind: type[T], name: str) -> T:
    found = dialog.findChild(kind, name)
    assert found is not None, name
    return found


async def test_every_setting_is_here_once_or_where_it_is_used(dialog: SettingsDialog) -> None:
    for setting in SETTINGS:
        if setting.key not in ELSEWHERE:
            field = dialog.field(setting.key)
            assert field.control.accessibleName() == setting.label
            assert field.help.text() == setting.help
    pages = {group for group, _, _ in PAGES}
    assert {s.group for s in SETTINGS} == pages - {"following"}  # has lists, not settings


async def test_tab_goes_through_each_page_from_the_top_down(dialog: SettingsDialog) -> None:
    """Qt's own order is that in which widgets come into the dialog."""
    for __, title, __ in PAGES:
        dialog.show_tab(title)
        page = dialog.tabs.currentWidget()
        await until(page.isVisible)
        seen = list(in_order(page))
        assert [each for each in tab_order(dialog) if each in seen] == seen


async def test_what_everybody_needs_of_the_library_is_seen_without_scrolling(
    dialog: SettingsDialog,
) -> None:
    dialog.resize(820, 560)
    dialog.show_tab("Library")
    await until(lambda: dialog.library_box.visibleRegion().boundingRect() != QRect())
    assert dialog.library_box.visibleRegion().boundingRect() == dialog.library_box.rect()


async def test_the_names_are_those_that_are_relied_on(dialog: SettingsDialog) -> None:
    assert dialog.objectName() == "settingsDialog"
    for kind, name in (
        (QCheckBox, "parallelCheck"),
        (QSpinBox, "maxConcurrentSpin"),
        (QSpinBox, "staggerSpin"),
        (QComboBox, "modelCombo"),
        (QLineEdit, "apiKeyEdit"),
        (QComboBox, "themeCombo"),
        (QComboBox, "languageCombo"),
        (QDoubleSpinBox, "budgetSpin"),
    ):
        child(dialog, kind, name)
    titles = [dialog.tabs.tabText(i) for i in range(dialog.tabs.count())]
    assert {"General", "Processing", "Gemini", "Appearance"} <= set(titles)


@pytest.mark.parametrize(
    ("typed", "value", "shown"),
    [
        ("1,5", 1.5, "$ 1.50"),
        ("1.5", 1.5, "$ 1.50"),
        ("١٫٥", 1.5, "$ 1.50"),
        ("1500,25", 1500.25, "$ 1500.25"),
        ("2", 2.0, "$ 2.00"),
        ("0.004", 0.004, "$ 0.004"),  # typical price of a note
        ("0,0005", 0.0005, "$ 0.0005"),
        ("0", 0.0, "No limit"),
    ],
)
async def test_a_budget_is_read_as_it_is_meant(
    dialog: SettingsDialog, typed: str, value: float, shown: str
) -> None:
    """With comma or point and the digits of any script: 1,5 dollars are never read as 15."""
    budget = child(dialog, QDoubleSpinBox, "budgetSpin")
    budget.selectAll()
    budget.lineEdit().insert(typed)
    budget.interpretText()
    assert (budget.value(), budget.text()) == (value, shown)


@pytest.mark.parametrize("language", ["de", "ar", "hi", "fr"])
@pytest.mark.parametrize("typed", ["2,5", "2.5", "٢٫٥"])
async def test_an_amount_is_read_as_it_is_meant_in_every_language(
    dialog: SettingsDialog, language: str, typed: str
) -> None:
    """The German thousands separator once made 25 dollars of 2.5."""
    budget = child(dialog, QDoubleSpinBox, "budgetSpin")
    budget.setLocale(QLocale(language))
    budget.selectAll()
    budget.lineEdit().insert(typed)
    budget.interpretText()
    assert budget.value() == 2.5
    assert len(budget.cleanText()) == len("2.50")


async def test_every_number_field_takes_the_digits_of_every_script(dialog: SettingsDialog) -> None:
    for box in dialog.findChildren(QSpinBox):
        assert isinstance(box, WholeNumberBox), box.objectName()
    box = child(dialog, WholeNumberBox, "maxConcurrentSpin")
    for typed in ("٢٠", "۲۰", "२०"):
        box.setValue(1)
        box.selectAll()
        box.lineEdit().insert(typed)
        box.interpretText()
        assert box.value() == 20


@pytest.mark.parametrize("typed", ["1,000.50", "1.000,50", "1000.5"])
async def test_an_amount_with_a_mark_between_thousands_is_not_taken_for_a_small_one(
    dialog: SettingsDialog, typed: str
) -> None:
    """Typed character by character: $1,000.50 was once read as $1.00."""
    budget = child(dialog, QDoubleSpinBox, "budgetSpin")
    budget.selectAll()
    for sign in typed:
        QTest.keyClicks(budget, sign)
    budget.interpretText()
    assert budget.value() == 1000.5


async def test_the_arrows_of_a_budget_go_by_cents(dialog: SettingsDialog) -> None:
    budget = child(dialog, QDoubleSpinBox, "budgetSpin")
    budget.stepUp()
    assert budget.text() == "$ 0.01"
    budget.stepUp()
    assert budget.text() == "$ 0.02"


async def test_ranges_are_those_of_the_declarations(dialog: SettingsDialog) -> None:
    most, pause = (
        child(dialog, QSpinBox, "maxConcurrentSpin"),
        child(dialog, QSpinBox, "staggerSpin"),
    )
    assert (most.minimum(), most.maximum(), most.value()) == (1, 32, 4)
    assert (pause.minimum(), pause.maximum(), pause.value()) == (0, 2000, 150)


async def test_only_what_was_changed_is_kept_and_only_on_save(
    dialog: SettingsDialog, fakes: FakeServices
) -> None:
    child(dialog, QSpinBox, "maxConcurrentSpin").setValue(7)
    child(dialog, QDoubleSpinBox, "budgetSpin").setValue(1.5)
    child(dialog, QComboBox, "modelCombo").setCurrentText("  gemini-x ")
    assert fakes.settings.current.integer("processing.max_concurrent") == 4
    saved = QSignalSpy(dialog.saved)
    child(dialog, QWidget, "saveButton").click()
    assert fakes.settings.current.file_values == {
        "processing.max_concurrent": 7,
        "budget.run_usd": 1.5,
        "gemini.model": "gemini-x",
    }
    assert saved.count() == 1
    assert not dialog.isVisible()


async def test_cancel_keeps_nothing_and_takes_the_theme_back(
    dialog: SettingsDialog, fakes: FakeServices
) -> None:
    combo = child(dialog, QComboBox, "themeCombo")
    combo.setCurrentIndex(combo.findData("dark"))
    assert theme().palette is DARK
    child(dialog, QSpinBox, "staggerSpin").setValue(10)
    child(dialog, QWidget, "cancelButton").click()
    assert theme().palette is not DARK
    assert fakes.settings.current.file_values == {}
    dialog.open()
    assert child(dialog, QSpinBox, "staggerSpin").value() == 150
    assert combo.currentData() == "system"


async def test_the_size_of_the_text_is_tried_out_and_taken_back(dialog: SettingsDialog) -> None:
    spin = dialog.field("appearance.text_size").control
    assert isinstance(spin, QSpinBox)
    spin.setValue(20)
    assert theme().reading_px == 20
    dialog.reject()
    assert theme().reading_px == 15


async def test_a_language_is_chosen_by_name_or_typed_as_a_tag(
    dialog: SettingsDialog, fakes: FakeServices
) -> None:
    combo = child(dialog, QComboBox, "languageCombo")
    assert combo.currentText() == "The language of the video"
    assert dialog.changes() == {}
    combo.setCurrentIndex(combo.findData("de"))
    assert dialog.changes() == {"general.language": "de"}
    combo.setCurrentText("gsw")
    dialog.save()
    assert fakes.settings.current.text("general.language") == "gsw"


async def test_languages_have_the_names_of_the_one_list(
    dialog: SettingsDialog, main_window
) -> None:
    of_a_run = main_window().findChild(QComboBox, "noteLanguageCombo")
    for combo in (child(dialog, QComboBox, "languageCombo"), of_a_run):
        listed = {combo.itemData(n): combo.itemText(n) for n in range(combo.count())}
        listed.pop("auto")
        assert {"de", "zh-Hant", "pt-BR"} <= listed.keys()
        names = {tag: words.removesuffix(f" ({tag})") for tag, words in listed.items()}
        assert names == {tag: language_name(tag) for tag in listed}


async def test_what_the_environment_decides_is_shown_and_cannot_be_changed(
    qtbot, fakes: FakeServices, tasks: Tasks
) -> None:
    fakes.settings._current = Settings({}, environment={"processing.parallel": False})
    dialog = await opened(qtbot, fakes, tasks)
    box = child(dialog, QCheckBox, "parallelCheck")
    assert not box.isChecked()
    assert not box.isEnabled()
    assert "NOTEGEN_PARALLEL" in dialog.field("processing.parallel").help.text()
    assert not child(dialog, QSpinBox, "maxConcurrentSpin").isEnabled()
    dialog.save()
    assert fakes.settings.current.file_values == {}
    dialog.close()


async def test_limits_of_parallel_mode_rest_while_it_is_off(dialog: SettingsDialog) -> None:
    box, spin = (
        child(dialog, QCheckBox, "parallelCheck"),
        child(dialog, QSpinBox, "maxConcurrentSpin"),
    )
    assert spin.isEnabled()
    box.setChecked(False)
    assert not spin.isEnabled()
    box.setChecked(True)
    assert spin.isEnabled()


@pytest.mark.parametrize("error", [DiskFull(), InvalidSetting()])
async def test_what_cannot_be_kept_is_said_and_the_dialog_stays(
    dialog: SettingsDialog, fakes: FakeServices, error
) -> None:
    child(dialog, QSpinBox, "staggerSpin").setValue(10)
    fakes.settings.refuse = error
    dialog.save()
    assert dialog.isVisible()
    assert error.message in dialog._error.text()
    assert error.hint in dialog._error.text()
    dialog.save()
    assert not dialog.isVisible()


# --- the key ---


async def test_a_key_is_typed_hidden_and_kept_on_save(
    dialog: SettingsDialog, fakes: FakeServices, tasks: Tasks, qtbot
) -> None:
    edit = child(dialog, QLineEdit, "apiKeyEdit")
    assert edit.echoMode() is QLineEdit.EchoMode.Password
    changed = QSignalSpy(dialog.key_changed)
    qtbot.keyClicks(edit, " AIza-secret ")
    assert fakes.secrets.key is None
    dialog.save()
    await until(lambda: not dialog.isVisible())
    assert fakes.secrets.key == "AIza-secret"
    assert changed.count() == 1


async def test_what_is_typed_can_be_looked_at_but_a_kept_key_is_never_shown(
    qtbot, fakes: FakeServices, tasks: Tasks
) -> None:
    fakes.secrets.key = "kept-key"
    dialog = await opened(qtbot, fakes, tasks)
    edit = child(dialog, QLineEdit, "apiKeyEdit")
    assert edit.text() == ""
    assert "key ring" in dialog.key_box.where.text()
    edit.setText("typed")
    dialog.key_box.reveal.click()
    assert edit.echoMode() is QLineEdit.EchoMode.Normal
    dialog.close()


async def test_saving_without_touching_the_key_leaves_it(
    qtbot, fakes: FakeServices, tasks: Tasks
) -> None:
    fakes.secrets.key = "kept-key"
    dialog = await opened(qtbot, fakes, tasks)
    dialog.save()
    assert not dialog.isVisible()
    assert fakes.secrets.key == "kept-key"


async def test_a_kept_key_is_forgotten_on_save(qtbot, fakes: FakeServices, tasks: Tasks) -> None:
    fakes.secrets.key = "kept-key"
    dialog = await opened(qtbot, fakes, tasks)
    dialog.key_box.forget.click()
    assert fakes.secrets.key == "kept-key"
    dialog.save()
    await until(lambda: not dialog.isVisible())
    assert fakes.secrets.key is None


async def test_a_key_of_the_environment_is_shown_as_such_and_read_only(
    qtbot, fakes: FakeServices, tasks: Tasks, monkeypatch
) -> None:
    fakes.secrets.key = "from-outside"
    monkeypatch.setattr(FakeSecrets, "origin", lambda self: "environment")
    dialog = await opened(qtbot, fakes, tasks)
    edit = child(dialog, QLineEdit, "apiKeyEdit")
    assert edit.isReadOnly()
    assert "environment" in dialog.key_box.where.text()
    assert "from-outside" not in edit.text() + edit.placeholderText()
    assert not dialog.key_box.forget.isVisible()
    assert dialog.key_box.test.isEnabled()
    dialog.close()


async def test_without_a_safe_key_ring_the_user_is_told(
    qtbot, fakes: FakeServices, tasks: Tasks
) -> None:
    fakes.secrets.safe = False
    dialog = await opened(qtbot, fakes, tasks)
    child(dialog, QLineEdit, "apiKeyEdit").setText("k")
    dialog.save()
    await until(lambda: "until NoteGen closes" in dialog._messages.text())
    assert "GEMINI_API_KEY" in dialog._messages.text()


async def test_testing_a_key_says_that_it_works_and_fills_the_models(
    dialog: SettingsDialog, fakes: FakeServices, tasks: Tasks
) -> None:
    dialog.show_tab("Gemini")
    await until(lambda: not len(tasks))
    fakes.catalogue.asked_with.clear()
    child(dialog, QLineEdit, "apiKeyEdit").setText("typed-key")
    child(dialog, QWidget, "testKeyButton").click()
    assert dialog.key_box.test.text() == "Testing …"
    assert not dialog.key_box.test.isEnabled()
    await until(lambda: not len(tasks))
    assert fakes.catalogue.asked_with == ["typed-key"]
    assert "The key works: 2 models" in dialog.key_box.result.text()
    combo = child(dialog, QComboBox, "modelCombo")
    assert [combo.itemText(i) for i in range(combo.count())] == [
        model.id for model in fakes.catalogue.known
    ]
    assert combo.currentText() == "gemini-flash-lite-latest"
    assert dialog.changes() == {}


async def test_a_key_that_is_refused_says_why_and_what_to_do(
    dialog: SettingsDialog, fakes: FakeServices, tasks: Tasks
) -> None:
    fakes.catalogue.failure = KeyRejected()
    child(dialog, QLineEdit, "apiKeyEdit").setText("bad")
    child(dialog, QWidget, "testKeyButton").click()
    await until(lambda: not len(tasks))
    assert KeyRejected.default_message in dialog.key_box.result.text()
    assert KeyRejected.default_hint in dialog.key_box.result.text()
    assert dialog.key_box.test.isEnabled()


async def test_with_a_locked_key_ring_a_key_can_be_tried_and_saved(
    qtbot, fakes: FakeServices, tasks: Tasks
) -> None:
    fakes.secrets.locked, fakes.secrets.safe = True, False
    services: Deferred[Services] = Deferred()
    window = QWidget()
    qtbot.addWidget(window)
    context = WindowContext(window, services, tasks, MessageBar(window))
    dialog = SettingsDialog(context, fakes.settings)
    qtbot.addWidget(dialog)
    services.set(fakes.ports)
    dialog.open()
    box = dialog.key_box
    qtbot.keyClicks(box.edit, "AIza-typed")
    await until(lambda: "locked or does not answer" in box.where.text())
    assert box.typed == "AIza-typed", "what is typed meanwhile stays"
    box.test.click()
    await until(lambda: "works" in box.result.text())
    dialog.save()
    await until(lambda: "until NoteGen closes" in dialog._messages.text())
    assert fakes.secrets.key == "AIza-typed"


async def test_a_proxys_password_goes_to_the_key_ring(
    dialog: SettingsDialog, fakes: FakeServices
) -> None:
    child(dialog, QLineEdit, "sources.proxy").setText("http://me:pass-word@proxy.test")
    dialog.save()
    await until(lambda: fakes.secrets.passwords)
    assert fakes.secrets.passwords == ["pass-word"]


async def test_models_are_asked_for_when_someone_looks_and_once(
    dialog: SettingsDialog, fakes: FakeServices, tasks: Tasks
) -> None:
    assert fakes.catalogue.asked_with == []
    for title in ("Gemini", "General", "Gemini"):
        dialog.show_tab(title)
        await until(lambda: not len(tasks))
    assert fakes.catalogue.asked_with == [None]


async def test_there_is_nothing_to_test_without_a_key(dialog: SettingsDialog) -> None:
    assert not dialog.key_box.test.isEnabled()


# --- layout ---


async def test_the_dialog_lets_the_window_work_on(dialog: SettingsDialog) -> None:
    assert isinstance(dialog, QDialog)
    assert dialog.windowModality() is not Qt.WindowModality.ApplicationModal


async def test_nothing_is_clipped_at_the_least_size(dialog: SettingsDialog) -> None:
    dialog.resize(dialog.minimumSize())
    for index in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(index)
        await asyncio.sleep(0.01)  # wait for the layout
        area = dialog.tabs.currentWidget()
        assert isinstance(area, QScrollArea)
        inner = area.widget()
        assert inner.width() <= area.viewport().width()
        for control in inner.findChildren(QWidget):
            if control.isVisible() and control.parentWidget() is inner:
                assert control.height() >= control.minimumSizeHint().height() - 1, (
                    control.objectName() or control
                )


async def test_scrolling_over_a_field_changes_no_value(dialog: SettingsDialog) -> None:
    dialog.show_tab("Processing")
    spin = child(dialog, QSpinBox, "maxConcurrentSpin")
    dialog.tabs.setFocus()
    spot = QPointF(5, 5)
    event = QWheelEvent(
        spot,
        spin.mapToGlobal(spot),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(spin, event)
    assert spin.value() == 4


# --- the system ----------------------------------------------------------------------------------


class FakeEntry:
    """Fake of the port `DesktopEntry`; raises `failure` if set."""

    def __init__(self) -> None:
        self.there = False
        self.failure: NoteGenError | None = None

    def where(self) -> str:
        return "here"

    def is_there(self) -> bool:
        return self.there

    def add(self) -> None:
        self._set(True)

    def remove(self) -> None:
        self._set(False)

    def _set(self, there: bool) -> None:
        if self.failure is not None:
            raise self.failure
        self.there = there


async def test_the_system_is_told_of_the_program_by_a_button_and_told_off_by_it(
    qtbot, tasks: Tasks
) -> None:
    entry = FakeEntry()
    box = SystemBox(tasks, find=lambda: entry)
    qtbot.addWidget(box)
    assert box.button.text() == "Add"
    assert not entry.there
    qtbot.mouseClick(box.button, Qt.MouseButton.LeftButton)
    await until(lambda: not len(tasks))
    assert entry.there
    assert box.button.text() == "Remove"
    assert "opens notegen:// links" in box.where.text()
    qtbot.mouseClick(box.button, Qt.MouseButton.LeftButton)
    await until(lambda: not len(tasks))
    assert not entry.there
    assert box.button.text() == "Add"


async def test_a_system_that_cannot_be_told_says_why(qtbot, tasks: Tasks) -> None:
    entry = FakeEntry()
    entry.failure = FolderNotWritable("The folder is closed.")
    box = SystemBox(tasks, find=lambda: entry)
    qtbot.addWidget(box)
    qtbot.mouseClick(box.button, Qt.MouseButton.LeftButton)
    await until(lambda: not len(tasks))
    assert "The folder is closed." in box.where.text()
    assert box.button.isEnabled()

    def refuse() -> FakeEntry:
        raise NotYetAvailable("Only a bundle can.")

    closed = SystemBox(tasks, find=refuse)
    qtbot.addWidget(closed)
    assert not closed.button.isEnabled()
    assert "Only a bundle can." in closed.where.text()


# --- speech models ---


class FakeSpeechModels:
    """Fake with two models; `install` waits for the event `go`."""

    def __init__(self) -> None:
        self.here: set[str] = set()
        self.go = asyncio.Event()
        self.failure: NoteGenError | None = None
        self.closed: Failure | None = None

    def unavailable(self) -> Failure | None:
        return self.closed

    def offered(self) -> list[SpeechModel]:
        return [
            SpeechModel("tiny", "a/tiny", 78_000_000, 30),
            SpeechModel("small", "a/small", 1, 7),
        ]

    def path_of(self, name: str) -> Path | None:
        return Path(name) if name in self.here else None

    def remove(self, name: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.here.discard(name)

    async def install(self, name: str, progress: Callable[[int, int], None]) -> Path:
        progress(20_000_000, 78_000_000)
        await self.go.wait()
        if self.failure is not None:
            raise self.failure
        self.here.add(name)
        return Path(name)


@pytest.fixture
async def speech(qtbot, fakes: FakeServices, tasks: Tasks) -> SettingsDialog:
    fakes.ports = replace(fakes.ports, speech_models=FakeSpeechModels())
    dialog = await opened(qtbot, fakes, tasks)
    dialog.show_tab("Sources")
    return dialog


async def test_a_speech_model_is_fetched_with_progress_and_used(
    speech: SettingsDialog, fakes: FakeServices
) -> None:
    box = speech.speech_box
    assert box.models.currentText() == "small"
    box.models.setCurrentText("tiny")
    assert "78 MB" in box.state.text()
    assert "never unasked" in box.state.text()
    box.fetch.click()
    await until(lambda: "20 of 78 MB" in box.state.text())
    assert box.progress.isVisible()
    assert not box.models.isEnabled()
    store = fakes.ports.speech_models
    store.go.set()
    await until(lambda: "in use" in box.state.text())
    assert fakes.settings.current.text("sources.speech_model") == "tiny"
    assert speech.field("sources.speech_model").value() == "tiny"
    assert box.remove.isVisible()
    box.remove.click()
    await until(box.fetch.isVisible)
    assert fakes.settings.current.text("sources.speech_model") == ""


async def test_no_speech_model_is_fetched_where_nothing_could_recognise_speech(
    speech: SettingsDialog, fakes: FakeServices
) -> None:
    store, box = fakes.ports.speech_models, speech.speech_box
    store.closed = SpeechUnavailable("The recogniser is not installed.").failure()
    box.fetch.click()
    assert "The recogniser is not installed." in box.state.text()
    assert not box.progress.isVisible()
    assert box.fetch.isVisible()


async def test_fetching_can_be_stopped_and_says_why_it_failed(
    speech: SettingsDialog, fakes: FakeServices
) -> None:
    box = speech.speech_box
    box.fetch.click()
    await until(lambda: "MB" in box.state.text() and box.stop.isVisible())
    box.stop.click()
    assert "kept" in box.state.text()
    assert box.fetch.isVisible()
    store = fakes.ports.speech_models
    store.failure = DiskFull("The model takes 3 GB.")
    store.go.set()
    box.fetch.click()
    await until(lambda: "3 GB" in box.state.text())
    assert box.models.isEnabled()


async def test_a_model_that_cannot_be_removed_can_be_tried_again(
    speech: SettingsDialog, fakes: FakeServices
) -> None:
    store = fakes.ports.speech_models
    store.here.add("tiny")
    store.failure = DiskFull("The model is in use.")
    box = speech.speech_box
    box.models.setCurrentText("tiny")
    box.remove.click()
    await until(lambda: "The model is in use." in box.state.text())
    store.failure = None
    box.remove.click()
    await until(box.fetch.isVisible)
    assert store.here == set()


async def test_a_vault_is_a_whole_path_or_none(dialog: SettingsDialog, fakes: FakeServices) -> None:
    field = dialog.field("library.vault_folder")
    assert isinstance(field.control, QLineEdit)
    field.control.setText("Notes")
    dialog.save()
    assert fakes.settings.current.text("library.vault_folder") == ""
    assert "the whole path of a folder" in child(dialog, QLabel, "settingsError").text()
    field.control.setText("~/Notes")
    dialog.save()
    assert fakes.settings.current.text("library.vault_folder") == "~/Notes"
