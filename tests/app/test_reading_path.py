"""The words beside a note, and a note made whole, in the program as it really runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QToolButton, QWidget

from notegen_desktop.app import Application
from notegen_desktop.domain.checks.coverage import coverage

from .running import child, first_page, run_program, until


@pytest.mark.usefixtures("home")
def test_the_words_of_a_dropped_file_stand_beside_its_note() -> None:
    async def story(app: Application) -> None:
        page = await first_page(app)
        toggle = child(page, QToolButton, "transcriptToggle")
        QTest.mouseClick(toggle, Qt.MouseButton.LeftButton)
        panel = app.window.reading.panel
        await until(lambda: panel.spoken is not None, "the transcript")
        rows = panel.model.rowCount()
        assert rows > 20
        cited = [row for row in range(rows) if panel.model.sections_of([row])]
        assert cited, "the note's times lie on segments"
        child(app.window, QLineEdit, "transcriptSearch").setText("forget")
        assert panel.model.matches
        href = "cite:0/0"
        page.view.links.hover(QUrl(href))
        assert "“" in page.view.links.tip_for(href)

    run_program(story)


@pytest.mark.usefixtures("home")
def test_a_click_on_a_gap_adds_what_the_note_leaves_out_and_keeps_it() -> None:
    async def story(app: Application) -> None:
        page = await first_page(app)
        assert page.note is not None
        assert app.program is not None
        store = app.program.services.store
        sections = page.note.sections[:1]
        length = page.note.video.duration_s or 0.0
        shorter = replace(page.note, sections=sections, coverage=coverage(sections, length))
        await store.revise(shorter)
        app.board.revise(shorter)
        await until(lambda: page.note == shorter, "the shorter note")
        strip = page.strip
        gap = max(shorter.coverage.gaps, key=lambda gap: gap[1] - gap[0])
        at = QPoint(round(strip.x_of(sum(gap) / 2)), strip.height() // 2)
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)
        await until(lambda: question() is not None, "the question")
        box = question()
        assert box is not None
        QTest.mouseClick(child(box, QWidget, "acceptButton"), Qt.MouseButton.LeftButton)
        await until(lambda: page.note != shorter, "the longer note")
        assert page.note is not None
        assert len(page.note.sections) > 1
        assert await store.get(shorter.id) == page.note

    run_program(story)


def question() -> QMessageBox | None:
    boxes = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]
    return next((box for box in boxes if box.isVisible()), None)
