"""Sources come in wherever they are dropped, and with Ctrl+V wherever nobody is typing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget

from notegen_desktop.app import Application
from notegen_desktop.services.machine.paths import sample_talk

from .running import child, first_page, run_program, until

COPY, MOVE, BUTTON, NO_KEY = (
    Qt.DropAction.CopyAction,
    Qt.DropAction.MoveAction,
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.NoModifier,
)


class Texts:
    """Texts to drop, each the path of another file: looking that up asks nobody."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = ""

    def another(self) -> QMimeData:
        path = self._folder / f"{len(list(self._folder.iterdir()))}.vtt"
        path.write_text("WEBVTT\n\n00:00.000 --> 00:09.000\nHello there, all of you.\n")
        self.path = str(path)
        held = QMimeData()
        held.setText(self.path)
        return held

    def came(self, app: Application) -> bool:
        return [link.url for link in app.window.composer.source.links()] == [self.path]


@pytest.fixture
def texts(home: Path, tmp_path: Path) -> Texts:
    folder = tmp_path / "dropped"
    folder.mkdir()
    return Texts(folder)


def drop_on(widget: QWidget, held: QMimeData) -> None:
    """As the system does it: asked from the widget up who takes it, then given to that one."""
    at = widget.rect().center()
    QApplication.sendEvent(widget, QDragEnterEvent(at, COPY, held, BUTTON, NO_KEY))
    QApplication.sendEvent(widget, QDropEvent(QPointF(at), COPY, held, BUTTON, NO_KEY))


def visible(window: QWidget) -> Iterator[QWidget]:
    yield window
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.window() is window:
            yield widget


def told(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.objectName()}"


@pytest.mark.parametrize("page", ["notes", "library"])
def test_what_is_dropped_on_any_part_of_the_window_is_taken(texts: Texts, page: str) -> None:
    async def story(app: Application) -> None:
        note_page = await first_page(app)
        toggle = child(note_page, QToolButton, "transcriptToggle")
        QTest.mouseClick(toggle, Qt.MouseButton.LeftButton)
        await until(lambda: app.window.reading.panel.spoken is not None, "the transcript")
        app.window.page_switch.choose(page)
        source = app.window.composer.source
        missed = []
        for widget in list(visible(app.window)):
            drop_on(widget, texts.another())
            if not texts.came(app):
                missed.append(told(widget))
            source.clear()
        assert missed == []

    run_program(story)


def test_nothing_that_takes_drops_says_that_it_moved_them(texts: Texts) -> None:
    async def story(app: Application) -> None:
        app.window.settings.open()
        targets = [
            each for each in [app.window, *app.window.findChildren(QWidget)] if each.acceptDrops()
        ]
        answers = {}
        for widget in targets:
            at, held = widget.rect().center(), texts.another()
            for offered in (COPY | MOVE, MOVE):
                events = (
                    QDragEnterEvent(at, offered, held, BUTTON, NO_KEY),
                    QDragMoveEvent(at, offered, held, BUTTON, NO_KEY),
                    QDropEvent(QPointF(at), offered, held, BUTTON, NO_KEY),
                )
                for event in events:
                    event.setDropAction(MOVE)
                    QApplication.sendEvent(widget, event)
                    if event.isAccepted():
                        answers[f"{told(widget)} {event.type().name}"] = event.dropAction()
        assert len(answers) > 20
        assert [name for name, answer in answers.items() if answer == MOVE] == []

    run_program(story)


def test_ctrl_v_takes_what_was_copied_wherever_nobody_is_typing(texts: Texts) -> None:
    async def story(app: Application) -> None:
        await first_page(app)
        source = app.window.composer.source
        missed, tried = [], 0
        for widget in list(visible(app.window)):
            if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or not widget.isEnabled():
                continue
            if widget is app.window.composer.wish:  # what is pasted there is a wish
                continue
            QGuiApplication.clipboard().setMimeData(texts.another())
            widget.setFocus()
            if not widget.hasFocus():
                continue
            QTest.keyClick(widget, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
            tried += 1
            if not texts.came(app):
                missed.append(told(widget))
            source.clear()
        assert tried > 10
        assert missed == []

    run_program(story)


@pytest.mark.usefixtures("home")
def test_of_several_sources_at_the_start_each_that_cannot_be_used_is_named() -> None:
    async def story(app: Application) -> None:
        source = app.window.composer.source
        assert [link.url for link in source.links()] == [str(sample_talk())]
        problem = child(source, QLabel, "sourceProblem").text()
        assert "slides.pdf" in problem
        assert "mailto:" in problem

    run_program(
        story, arguments=("/tmp/slides.pdf", "mailto:someone@example.com", str(sample_talk()))
    )
