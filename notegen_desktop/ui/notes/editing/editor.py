"""Markdown editor of a note, with syntax colours and a bar that shows the saved state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from notegen_desktop.domain.checks.cleanup import with_bullets
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.editing import is_beyond, section_lines
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import (
    button,
    delayed,
    hbox,
    icon_button,
    named,
    toggle_button,
    vbox,
)
from notegen_desktop.ui.kit.colours import Palette
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.theme import follow_reading, palette, style, text_font, theme
from notegen_desktop.ui.notes.note_find import FindBar, Finder

# --- Syntax colours: headings, emphasis, code, links, times ---


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?=\s|$)")
_RULES = (
    ("mark", re.compile(r"^\s*(?:>\s?)*(?:[-*+]|\d{1,3}[.)])(?=\s)|^\s*>+")),
    ("bold", re.compile(r"(\*\*|__)(?=\S)(?:(?!\1).)+(?<=\S)\1")),
    ("italic", re.compile(r"(?<![*\w])\*(?=[^\s*])[^*\n]+(?<=[^\s*])\*(?!\*)")),
    ("italic", re.compile(r"(?<!\w)_[^_\n]+_(?!\w)")),
    ("link", re.compile(r"\[[^\]\n]+\]\([^)\s]+\)|\bhttps?://\S+")),
    ("time", re.compile(r"\[(?:\d{1,3}[ \u00a0]?·[ \u00a0]?)?[\d:]{1,6}:\d\d\??\](?![:(])")),
    ("code", re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")),
    ("code", re.compile(r"\$\$.+?\$\$|(?<![\\$\w])\$(?=\S)[^$\n]+(?<=\S)\$")),
)
"""Format names and patterns; later ones win, so nothing else is highlighted in code."""


class MarkdownHighlighter(QSyntaxHighlighter):
    """Highlights a document line by line; lines in a fence are code to the end of the fence."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self.videos: Mapping[int, Video] = {}  # to highlight times after their end

    def set_colours(self, colours: Palette) -> None:
        def made(colour: str = "", ground: str = "", weight: int = 0) -> QTextCharFormat:
            format = QTextCharFormat()
            if colour:
                format.setForeground(QColor(colour))
            if ground:
                format.setBackground(QColor(ground))
            if weight:
                format.setFontWeight(weight)
            return format

        italic = made()
        italic.setFontItalic(True)
        self._formats = {
            "heading": made(weight=QFont.Weight.DemiBold),
            "signs": made(colours.muted),
            "mark": made(colours.muted),
            "bold": made(weight=QFont.Weight.DemiBold),
            "italic": italic,
            "link": made(colours.accent_ink),
            "time": made(colours.accent_ink, colours.accent_soft, QFont.Weight.Medium),
            "beyond": made(colours.warning, colours.warning_soft, QFont.Weight.Medium),
            "code": made(ground=colours.sunken),
        }
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if not self._formats:
            return
        fence = _FENCE.match(text)
        inside = max(0, self.previousBlockState())
        if inside or fence:
            self.setFormat(0, len(text), self._formats["code"])
            is_end = fence and inside and not text.strip().strip(text.strip()[0])
            self.setCurrentBlockState(0 if is_end else 1)
            return
        self.setCurrentBlockState(0)
        if heading := _HEADING.match(text):
            self.setFormat(0, len(text), self._formats["heading"])
            self.setFormat(heading.start(), heading.end(), self._formats["signs"])
        for name, pattern in _RULES:
            for found in pattern.finditer(text):
                beyond = name == "time" and is_beyond(found[0], self.videos)
                format = QTextCharFormat(self._formats["beyond" if beyond else name])
                if heading:
                    format.setFontWeight(QFont.Weight.DemiBold)
                self.setFormat(found.start(), len(found[0]), format)


# --- Text field and editor with its bar ---


LINE_CHARS = 80
"""Maximum characters per line, Markdown signs included."""

TOP, MIN_SIDE = 16, 24
"""Margins of the text in pixels."""

FOLLOW_DELAY_MS = 200
"""Milliseconds until the page follows the cursor to another section."""


class _Text(QPlainTextEdit):
    """The text field, a centred column."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "noteEdit", _("Text of the note, as Markdown"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)  # the window handles drops
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def settle(self) -> None:
        wanted = QFontMetricsF(self.font()).averageCharWidth() * LINE_CHARS
        bar = self.verticalScrollBar().sizeHint().width()
        side = max(MIN_SIDE, int((self.width() - bar - wanted) / 2))
        self.setViewportMargins(side, TOP, side, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.settle()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste text; a table of an office program becomes a Markdown table, lists Markdown
        lists."""
        table = markdown_table(source.text()) if "<table" in source.html().lower() else ""
        if not table:
            self.insertPlainText(with_bullets(source.text().replace("\r\n", "\n")))
            self.ensureCursorVisible()
            return
        cursor = self.textCursor()
        before = self.toPlainText()[: cursor.selectionStart()]
        room = "" if not before or before.endswith("\n\n") else "\n" * (2 - before.endswith("\n"))
        cursor.insertText(f"{room}{table}\n\n")
        self.ensureCursorVisible()


def markdown_table(text: str) -> str:
    """Return tab-separated lines as a Markdown table; "" if they are not a table."""
    rows = [line.split("\t") for line in text.strip("\r\n").splitlines()]
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 2:
        return ""
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


class NoteEditor(QFrame):
    """Edits the text of a note; the window stores it and calls `show_state`.

    Signals: `changed()` when the user typed; `section_reached(int)` when the cursor enters another
    section, counted from 0, -1 above them; `beside_wanted(bool)` to show the page beside the
    editor. The window connects `done` and `compare` (with the version written by the model).
    """

    changed = Signal()
    section_reached = Signal(int)
    beside_wanted = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("noteEditor")
        self.setProperty("beside", True)  # show the page too
        self.field = _Text(self)
        self._highlighter = MarkdownHighlighter(self.field.document())
        self._state = ElidedLabel(name="editState", role="caption")
        undo = icon_button("undo-2", _("Undo (Ctrl+Z)"), pressed=self.field.undo)
        redo = icon_button("redo-2", _("Redo (Ctrl+Shift+Z)"), pressed=self.field.redo)
        undo.setEnabled(False)
        redo.setEnabled(False)
        self.field.undoAvailable.connect(undo.setEnabled)
        self.field.redoAvailable.connect(redo.setEnabled)
        self.compare = icon_button("diff", _("Compare with what was written"), name="compareButton")
        self.beside = toggle_button("columns-2", _("Page beside the text"), name="editBesideToggle")
        self.beside.setChecked(True)
        self.beside.toggled.connect(self._set_beside)
        self.done = button(_("Done"), "editDoneButton", tip=_("End editing (Ctrl+E)"))
        bar = named(QFrame(self), "editBar")
        row = ((self._state, 1), undo, redo, self.compare, self.beside, self.done)
        hbox(*row, margins=(18, 4, 14, 6), spacing=4, on=bar)
        self.find_bar = FindBar(self.field, Finder(self.field), self)
        vbox(bar, (self.field, 1), self.find_bar, spacing=0, on=self)
        self._section_timer = delayed(self, FOLLOW_DELAY_MS, self._check_section)
        self.section = -1  # section of the cursor
        self._starting = False
        self._script = ("", "")
        self.field.textChanged.connect(self._tell)
        # Delayed, because many matches in a long text take tens of milliseconds.
        find_timer = delayed(self, FOLLOW_DELAY_MS, self.find_bar.find_again)
        self.field.textChanged.connect(find_timer.start)
        self.field.cursorPositionChanged.connect(self._section_timer.start)
        for name, keys, sign in (
            (_("Bold"), "Ctrl+B", "**"),
            (_("Italics"), "Ctrl+I", "*"),
        ):
            command(self.field, name, partial(self._wrap, sign), keys, group="Note", within=True)
        follow_reading(self, self._restyle)
        self._restyle()

    # --- the text ---

    @property
    def text(self) -> str:
        return self.field.toPlainText()

    def begin(
        self, text: str, *, section: int, script: tuple[str, str], videos: Mapping[int, Video]
    ) -> None:
        """Edit a text, with the cursor at the start of a section, and clear the undo history.

        `script` is its language and a sample, `videos` are the videos of its times by number.
        """
        self._starting = True
        self._script = script
        self._highlighter.videos = videos
        self._restyle()
        self.field.setPlainText(text)
        self._starting = False
        self.go_to(section)
        self.show_state(_("Saved"))

    def go_to(self, section: int) -> None:
        """Scroll a section to the top and put the cursor into it."""
        starts = [start for start, _end in section_lines(self.text)]
        cursor = self.field.textCursor()
        cursor.setPosition(starts[section] if 0 <= section < len(starts) else 0)
        self.field.moveCursor(QTextCursor.MoveOperation.End)
        self.field.setTextCursor(cursor)
        bar = self.field.verticalScrollBar()
        bar.setValue(min(bar.maximum(), cursor.block().firstLineNumber()))
        self.section = section

    def show_state(self, words: str, *, tone: str = "muted") -> None:
        """Show whether the text is saved."""
        self._state.setText(words)
        style(self._state, tone=tone)

    def _tell(self) -> None:
        if not self._starting:
            self.changed.emit()

    def _check_section(self) -> None:
        """Emit `section_reached` if the cursor is in another section."""
        at = self.field.textCursor().position()
        section = sum(start <= at for start, _end in section_lines(self.text)) - 1
        if section != self.section:
            self.section = section
            self.section_reached.emit(section)

    def _wrap(self, sign: str) -> None:
        """Toggle Markdown signs around the selection, or insert a pair around the cursor."""
        cursor = self.field.textCursor()
        words = cursor.selectedText()
        length = len(sign)
        if words.startswith(sign) and words.endswith(sign) and len(words) > 2 * length:
            words = words[length:-length]
        else:
            words = f"{sign}{words}{sign}"
        start = cursor.selectionStart()
        cursor.insertText(words)
        if words == 2 * sign:
            cursor.setPosition(start + length)
        else:
            cursor.setPosition(start)
            cursor.setPosition(start + len(words), QTextCursor.MoveMode.KeepAnchor)
        self.field.setTextCursor(cursor)

    # --- appearance ---

    def _set_beside(self, on: bool) -> None:
        self.setProperty("beside", on)
        self.beside_wanted.emit(on)

    def _restyle(self) -> None:
        colours, px = palette(), theme().reading_px
        self.find_bar.find_again()
        self.field.setStyleSheet(
            f"QPlainTextEdit#noteEdit {{ font-size: {px}px; border: none; padding: 0;"
            f" background: {colours.surface}; color: {colours.text}; border-radius: 0; }}"
        )
        self.field.setFont(text_font(px, *self._script))
        self._highlighter.set_colours(colours)
        self.field.settle()
