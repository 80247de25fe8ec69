"""Copying of code blocks by a hover button or the context menu, and selection of formulas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent, QTextBlock, QTextCursor
from PySide6.QtWidgets import QTextBrowser

from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import delayed, icon_button
from notegen_desktop.ui.kit.screen_reader import announce
from notegen_desktop.ui.kit.theme import palette, set_icon

from .formula_objects import source_of
from .note_document import CODE, NoteDocument, begins_code
from .note_painting import CODE_ABOVE

TOLD_MS = 1500
"""Milliseconds for which the button shows a tick after copying."""

EDGE = 4
"""Pixels between the button and the corner of its code block."""


class CodeCopying(QObject):
    """Shows a copy button over the code block under the mouse in `view`, which shows a
    `NoteDocument`."""

    def __init__(self, view: QTextBrowser) -> None:
        super().__init__(view)
        self._view = view
        self._code = ""
        self.button = icon_button(
            "copy", _("Copy code"), view.viewport(), name="copyCodeButton", pressed=self._copy_shown
        )
        self.button.setCursor(Qt.CursorShape.ArrowCursor)
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keyboard users have the context menu
        self.button.hide()
        self._told = delayed(self, TOLD_MS, lambda: set_icon(self.button, "copy"))
        view.viewport().installEventFilter(self)
        view.verticalScrollBar().valueChanged.connect(self.button.hide)

    def code_at(self, at: QPoint) -> str:
        """Return the code at a viewport position, "" for none."""
        return _code_from(self._first_at(at))

    def copy(self, code: str) -> None:
        QGuiApplication.clipboard().setText(code)
        announce(self._view, _("Code copied"))

    def choose_formula(self, at: QPoint) -> None:
        """Select the formula at a viewport position, if any, so that it can be copied."""
        place = self._view.cursorForPosition(at).position()
        for start in (place - 1, place):
            cursor = QTextCursor(self._view.document())
            cursor.setPosition(max(0, start))
            left = self._view.cursorRect(cursor).left()
            cursor.movePosition(
                QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor
            )
            is_formula = bool(source_of(cursor.charFormat()))
            if is_formula and left <= at.x() <= self._view.cursorRect(cursor).right():
                self._view.setTextCursor(cursor)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            self._hover(event.position().toPoint())
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.Resize):
            self.button.hide()
        return False

    def _first_at(self, at: QPoint) -> QTextBlock:
        block = self._view.cursorForPosition(at).block()
        layout = self._view.document().documentLayout()
        y = at.y() + self._view.verticalScrollBar().value()
        if block.userState() != CODE or not layout.blockBoundingRect(block).contains(
            QPointF(layout.blockBoundingRect(block).center().x(), y)
        ):
            return QTextBlock()
        while not begins_code(block):
            block = block.previous()
        return block

    def _hover(self, at: QPoint) -> None:
        first = self._first_at(at)
        self._code = _code_from(first)
        if not first.isValid():
            self.button.hide()
            return
        document = self._view.document()
        assert isinstance(document, NoteDocument)
        top = document.documentLayout().blockBoundingRect(first).top()
        _, right = document.sides_of(first)
        ground = f"QToolButton {{ background: {palette().sunken}; }}"
        if self.button.styleSheet() != ground:  # opaque, as long lines run below it
            self.button.setStyleSheet(ground)
        self.button.adjustSize()
        top -= CODE_ABOVE * document.defaultFont().pixelSize()
        above = round(top) - self._view.verticalScrollBar().value() + EDGE
        self.button.move(round(right) - self.button.width() - EDGE, max(EDGE, above))
        self.button.show()

    def _copy_shown(self) -> None:
        self.copy(self._code)
        set_icon(self.button, "check", color="success")
        self._told.start()


def _code_from(first: QTextBlock) -> str:
    """Return the text of the code block that begins with the text block `first`."""
    lines: list[str] = []
    block = first
    while block.isValid() and block.userState() == CODE:
        if lines and begins_code(block):
            break
        lines.append(block.text())
        block = block.next()
    return "\n".join(lines).rstrip()
