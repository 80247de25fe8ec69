"""The names by which the parts of the window are found from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from notegen_desktop.app import Application
from notegen_desktop.services.machine.paths import sample_talk

from .running import child, drop_file, finished, press_generate, run_program, until

ALWAYS = (
    "sourceInput",
    "dropArea",
    "templateList",
    "modeCombo",
    "engineCombo",
    "generateButton",
    "cancelAllButton",
    "estimateLabel",
    "overallProgress",
    "jobList",
    "resultTabs",
    "historySearch",
    "historyList",
    "settingsButton",
    "messageBar",
    "railToggle",
)
OF_A_ROW = ("jobProgress", "jobStatus", "jobCancelButton", "jobRetryButton")
OF_A_NOTE = ("levelSelector", "noteView", "coverageStrip", "exportButton", "noteOutline")
OF_SETTINGS = (
    "parallelCheck",
    "maxConcurrentSpin",
    "staggerSpin",
    "modelCombo",
    "apiKeyEdit",
    "themeCombo",
    "languageCombo",
    "budgetSpin",
    "connectionList",
)


@pytest.mark.usefixtures("home")
def test_every_part_is_found_by_its_name() -> None:
    async def story(app: Application) -> None:
        def assert_found(parent: QWidget, *names: str) -> None:
            for name in names:
                assert child(parent, QWidget, name).accessibleIdentifier() == name

        assert_found(app.window, *ALWAYS)
        child(app.window, QAction, "readingModeAction")
        drop_file(app, sample_talk())
        press_generate(app)
        await until(lambda: finished(app, 3), "three notes")
        video_id = app.board.videos()[0].id
        card = child(app.window, QWidget, f"video:{video_id}")
        for template in ("basic-summary", "study-notes", "flashcards"):
            row = child(card, QWidget, f"job:{template}")
            assert_found(row, *OF_A_ROW)
        tabs = child(app.window, QWidget, "resultTabs")
        await until(lambda: tabs.findChild(QWidget, "noteView"), "a note to read")
        assert_found(tabs, *OF_A_NOTE)
        QTest.mouseClick(child(app.window, QWidget, "settingsButton"), Qt.MouseButton.LeftButton)
        await until(lambda: app.window.findChild(QWidget, "settingsDialog"), "the settings")
        dialog = child(app.window, QWidget, "settingsDialog")
        assert_found(dialog, *OF_SETTINGS)
        dialog.close()

    run_program(story)


@pytest.mark.usefixtures("home")
def test_what_is_typed_counts_without_a_return() -> None:
    async def story(app: Application) -> None:
        field = child(app.window, QWidget, "sourceInput")
        QTest.keyClicks(field, str(sample_talk()))
        press_generate(app)
        await until(lambda: finished(app, 3), "three notes")
        assert all(job.note for job in app.board)

    run_program(story)


def test_settings_of_the_dialog_are_kept(home: Path) -> None:
    async def story(app: Application) -> None:
        app.window.settings.open()
        dialog = child(app.window, QWidget, "settingsDialog")
        child(dialog, QCheckBox, "parallelCheck").setChecked(False)
        theme = child(dialog, QComboBox, "themeCombo")
        theme.setCurrentIndex(theme.findData("dark") if theme.findData("dark") >= 0 else 2)
        save = next(
            b
            for b in dialog.findChildren(QWidget)
            if getattr(b, "text", lambda: "")() in ("Save", "&Save")
        )
        QTest.mouseClick(save, Qt.MouseButton.LeftButton)
        await until(lambda: not app.settings.current.flag("processing.parallel"), "the setting")
        assert app.settings.current.text("appearance.theme") == "dark"

    run_program(story)
    assert "parallel = false" in (home / "settings.toml").read_text()
