"""A tab's page: the note, and above it what one does with it.

One line holds the level, a badge that says how the note was made, find, copy and export; below it
runs the strip that shows how much of the video the note covers. A bar to find text opens at the
foot, a banner above the text says when the writing failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.notes import Draft, Level, Note
from notegen_desktop.domain.video import Video, clock

from .coverage_strip import CoverageStrip
from .note_view import NoteView
from .rendering import one_line
from .theme import palette, set_icon, style, theme

LEVEL_NAMES: Mapping[Level, tuple[str, str]] = {
    Level.CONCISE: ("Concise", "The essence, in 50 to 75 words a section (Ctrl+1)"),
    Level.STANDARD: ("Standard", "In 100 to 150 words a section (Ctrl+2)"),
    Level.COMPREHENSIVE: ("Comprehensive", "Everything, in 200 to 300 words a section (Ctrl+3)"),
}

FORMAT_NAMES: Mapping[str, str] = {
    "md": "Markdown",
    "html": "Web Page (HTML)",
    "pdf": "PDF",
    "docx": "Word (DOCX)",
    "pptx": "PowerPoint (PPTX)",
    "anki": "Anki Deck",
    "json": "JSON",
}

EXTRACT_BADGE = "Extract — quotes, no AI"
EXTRACT_REMARK = (
    "These are sentences of the talk itself, chosen without AI. Nothing here was written anew."
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A template as a tab shows it."""

    name: str
    icon: str


class LevelSelector(QFrame):
    """Three segments of which one holds. Signals: `chosen(Level)` by the user."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("levelSelector")
        self.setAccessibleName("Level of detail")
        style(self, segmented=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(0)
        self._group = QButtonGroup(self)
        self._buttons: dict[Level, QPushButton] = {}
        for level, (name, tip) in LEVEL_NAMES.items():
            button = QPushButton(name, self)
            button.setObjectName(f"level:{level.value}")
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name} level")
            button.setProperty("segment", True)
            button.clicked.connect(lambda _=False, level=level: self.chosen.emit(level))
            self._group.addButton(button)
            self._buttons[level] = button
            row.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def level(self) -> Level:
        return next(level for level, button in self._buttons.items() if button.isChecked())

    def set_level(self, level: Level) -> None:
        self._buttons[level].setChecked(True)


class FindBar(QFrame):
    """Finds text in the note. Signals: `closed()`."""

    closed = Signal()

    def __init__(self, view: NoteView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findBar")
        self._view = view
        self._edit = QLineEdit(self)
        self._edit.setObjectName("findEdit")
        self._edit.setPlaceholderText("Find in this note")
        self._edit.setAccessibleName("Find in this note")
        self._edit.setMaximumWidth(320)
        self._count = QLabel(self)
        self._count.setTextFormat(Qt.TextFormat.PlainText)
        style(self._count, role="caption")
        previous = _icon_button("chevron-up", "Previous match (Shift+Enter)", self)
        following = _icon_button("chevron-down", "Next match (Enter)", self)
        close = _icon_button("x", "Close (Esc)", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(6)
        row.addWidget(self._edit, 1)
        row.addWidget(previous)
        row.addWidget(following)
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(close)
        self._edit.textChanged.connect(self._search)
        previous.clicked.connect(lambda: self._step(backward=True))
        following.clicked.connect(lambda: self._step(backward=False))
        close.clicked.connect(self.close_bar)
        self.hide()

    def open_bar(self) -> None:
        """Show the bar, with what is selected to look for."""
        selected = self._view.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self._edit.setText(selected)
        self.show()
        self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._edit.selectAll()
        self._search(self._edit.text())

    def close_bar(self) -> None:
        self.hide()
        self._view.find_all("")
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._step(backward=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def _search(self, text: str) -> None:
        count = self._view.find_all(text)
        self._count.setText("" if not text else "Not found" if not count else f"{count} found")
        if count:
            cursor = self._view.textCursor()
            cursor.setPosition(cursor.selectionStart())
            self._view.setTextCursor(cursor)
            self._step(backward=False)

    def _step(self, *, backward: bool) -> None:
        total = self._view.find_all(self._edit.text())
        number = self._view.find_next(backward=backward)
        if number:
            self._count.setText(f"{number} of {total}")


class NotePage(QWidget):
    """A note with its tools.

    Signals: `cite_activated(Video, float)`, `link_activated(str, Video)`, `save_wanted(Note, str,
    Level)` with a format such as `pdf`, `copied(str)` with what to tell, `retry_wanted()`,
    `level_changed(Level)`.
    """

    cite_activated = Signal(object, float)
    link_activated = Signal(str, object)
    save_wanted = Signal(object, str, object)
    copied = Signal(str)
    retry_wanted = Signal()
    level_changed = Signal(object)

    def __init__(self, kind: Kind, level: Level, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self._video: Video | None = None
        self.view = NoteView(self)
        self.view.set_level(level)
        self.levels = LevelSelector(self)
        self.levels.set_level(level)
        self.strip = CoverageStrip(self)
        self._badge = QLabel(self)
        self._badge.setObjectName("noteBadge")
        self._badge.setTextFormat(Qt.TextFormat.PlainText)
        self._badge.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._begin, self._end = QLabel("0:00", self), QLabel(self)
        self.find_bar = FindBar(self.view, self)
        self.find_button = _icon_button("search", "Find in this note (Ctrl+F)", self)
        self.copy_button = _icon_button("copy", "Copy the note as Markdown (Ctrl+Shift+C)", self)
        self.export_button = QToolButton(self)
        self._menu = QMenu(self.export_button)
        self._formats: tuple[str, ...] = ()
        self._banner = _Banner(self)
        self._build()
        self.set_formats(("md", "html", "pdf"))
        self._connect()
        self._restyle()

    def _build(self) -> None:
        export = self.export_button
        export.setObjectName("exportButton")
        export.setText(" Export")
        export.setAccessibleName("Export this note")
        export.setToolTip("Copy or save this note")
        export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        export.setMenu(self._menu)
        set_icon(export, "download", color="text")
        self._tools = QFrame(self)
        row = QHBoxLayout(self._tools)
        row.setContentsMargins(16, 8, 16, 4)
        row.setSpacing(8)
        row.addWidget(self.levels)
        row.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self.find_button)
        row.addWidget(self.copy_button)
        row.addWidget(export)
        self._line = QFrame(self)
        line = QHBoxLayout(self._line)
        line.setContentsMargins(18, 0, 18, 4)
        line.setSpacing(6)
        for label in (self._begin, self._end):
            style(label, role="caption")
        line.addWidget(self._begin)
        line.addWidget(self.strip, 1)
        line.addWidget(self._end)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self._tools, self._line, self._banner):
            column.addWidget(widget)
        column.addWidget(self.view, 1)
        column.addWidget(self.find_bar)
        self._line.hide()

    def _connect(self) -> None:
        self.levels.chosen.connect(self.set_level)
        self.view.cite_activated.connect(self.cite_activated)
        self.view.link_activated.connect(self._follow)
        self.view.section_changed.connect(self._point_at)
        self.strip.activated.connect(self._open_at)
        self.find_button.clicked.connect(self.find_bar.open_bar)
        self.copy_button.clicked.connect(self.copy_markdown)
        self._banner.retry_wanted.connect(self.retry_wanted)
        for keys, wish in (
            (QKeySequence(QKeySequence.StandardKey.Find), self.find_bar.open_bar),
            (QKeySequence("Ctrl+Shift+C"), self.copy_markdown),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(wish)
        theme().changed.connect(self._restyle)

    # --- what is shown ---

    @property
    def note(self) -> Note | None:
        return self.view.note

    @property
    def video(self) -> Video | None:
        return self._video

    @property
    def level(self) -> Level:
        return self.view.level

    @property
    def badge(self) -> str:
        """What the badge says; "" where there is none."""
        return self._badge.text()

    def show_note(self, note: Note) -> None:
        """Show a finished note."""
        self._video = note.video
        extract = note.engine == "offline"
        self._set_badge(EXTRACT_BADGE if extract else "", tone="warning")
        self.view.show_note(note, kind=self.kind.name, remark=EXTRACT_REMARK if extract else "")
        self._banner.hide()
        self.strip.set_coverage(note.video.duration_s, note.coverage)
        self._line.setVisible(bool(self.strip.stretches))
        self._end.setText(clock(note.video.duration_s or 0))
        self._line.setToolTip(self.strip.accessibleDescription())
        self._point_at(self.view.section)
        self._enable(finished=True)

    def show_draft(self, draft: Draft, *, video: Video) -> None:
        """Show a note in the making."""
        self._video = video
        self._set_badge("Being written…", tone="accent")
        self._banner.hide()
        self._line.hide()
        self.view.show_draft(draft, video=video, kind=self.kind.name)
        self._enable(finished=False)

    def show_failure(self, failure: Failure) -> None:
        """Say above what there is of the note why there is no more of it."""
        self._set_badge("Not finished", tone="danger")
        self._banner.show_failure(failure)

    def show_cancelled(self) -> None:
        self._set_badge("Cancelled", tone="muted")
        self._banner.show_words("The writing of this note was cancelled.", "", retry="Write Again")

    def set_level(self, level: Level) -> None:
        self.levels.set_level(level)
        if level is not self.view.level:
            self.view.set_level(level)
            self.level_changed.emit(level)

    def set_text_size(self, px: int) -> None:
        self.view.set_text_size(px)

    def set_formats(self, formats: Sequence[str]) -> None:
        """The formats the export menu offers, such as `md`, `html`, `pdf`."""
        if tuple(formats) == self._formats:
            return
        self._formats = tuple(formats)
        self._menu.clear()
        copy = QAction("Copy as Markdown", self._menu)
        copy.setShortcut(QKeySequence("Ctrl+Shift+C"))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy_markdown)
        self._menu.addAction(copy)
        self._menu.addSeparator()
        for format in self._formats:
            action = QAction(f"Save as {FORMAT_NAMES.get(format, format.upper())}…", self._menu)
            action.setObjectName(f"export:{format}")
            action.triggered.connect(lambda _=False, format=format: self._save(format))
            self._menu.addAction(action)

    # --- wishes ---

    def copy_markdown(self) -> None:
        """Copy the selection, or the whole note, as Markdown."""
        selected = self.view.textCursor().hasSelection()
        self.view.copy_markdown()
        self.copied.emit("Copied the selection." if selected else "Copied the note as Markdown.")

    def _save(self, format: str) -> None:
        if self.note is not None:
            self.save_wanted.emit(self.note, format, self.level)

    def _follow(self, url: str) -> None:
        self.link_activated.emit(url, self._video)

    def _open_at(self, seconds: float) -> None:
        if self._video is not None:
            self.cite_activated.emit(self._video, seconds)

    def _point_at(self, section: int) -> None:
        note = self.note
        inside = note is not None and 0 <= section < len(note.sections)
        self.strip.set_current(note.sections[section].cites if note and inside else ())

    # --- looks ---

    def _enable(self, *, finished: bool) -> None:
        for action in self._menu.actions():
            if action.objectName().startswith("export:"):
                action.setEnabled(finished)

    def _set_badge(self, text: str, *, tone: str) -> None:
        self._badge.setText(text)
        self._badge.setProperty("chip", tone)
        self._badge.setVisible(bool(text))
        self._restyle()

    def _restyle(self) -> None:
        colours = palette()
        ink, ground = {
            "warning": (colours.warning, colours.warning_soft),
            "danger": (colours.danger, colours.danger_soft),
            "accent": (colours.accent_ink, colours.accent_soft),
        }.get(str(self._badge.property("chip")), (colours.muted, colours.sunken))
        self._badge.setStyleSheet(
            f"QLabel#noteBadge {{ color: {ink}; background: {ground}; border-radius: 10px;"
            f" padding: 3px 10px; font-size: {theme().text_px - 1}px; font-weight: 500; }}"
        )
        for frame in (self._tools, self._line):
            frame.setStyleSheet(f".QFrame {{ background: {colours.surface}; border: none; }}")
        self.find_bar.setStyleSheet(
            f"QFrame#findBar {{ background: {colours.window};"
            f" border-top: 1px solid {colours.border}; }}"
        )

    def sizeHint(self) -> QSize:
        return QSize(760, 680)


class _Banner(QFrame):
    """Why a note is not whole, and the way on."""

    retry_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("noteBanner")
        self._message = QLabel(self)
        self._hint = QLabel(self)
        for label, role in ((self._message, "strong"), (self._hint, "muted")):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            style(label, role=role)
        self._retry = QPushButton(" Retry", self)
        set_icon(self._retry, "rotate-ccw", color="text")
        icon = QLabel(self)
        set_icon(icon, "circle-alert", color="danger", size=20)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._message)
        words.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self._retry, 0, Qt.AlignmentFlag.AlignVCenter)
        self._retry.clicked.connect(self.retry_wanted)
        theme().changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def show_failure(self, failure: Failure) -> None:
        self.show_words(failure.message, failure.hint, retry="Retry")

    def show_words(self, message: str, hint: str, *, retry: str) -> None:
        self._message.setText(one_line(message))
        self._hint.setText(one_line(hint))
        self._hint.setVisible(bool(hint))
        self._retry.setText(f" {retry}")
        self.show()

    def _restyle(self) -> None:
        colours = palette()
        self.setStyleSheet(
            f"QFrame#noteBanner {{ background: {colours.danger_soft}; border: none;"
            f" border-top: 1px solid {colours.border}; }}"
        )


def _icon_button(icon: str, tip: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    set_icon(button, icon)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0])
    style(button, kind="icon")
    return button
