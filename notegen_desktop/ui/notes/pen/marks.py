"""Marked words in the text of a note: where they stand on the page, and what a selection says."""

from __future__ import annotations

import uuid
from itertools import accumulate

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from notegen_desktop.domain.notes.remark import BEFORE_CHARS, Remark, span_of
from notegen_desktop.domain.notes.remarks import section_of
from notegen_desktop.ui.kit.colours import mark_colour
from notegen_desktop.ui.kit.theme import follow_theme, palette
from notegen_desktop.ui.notes.note_document import NoteDocument, blocks, fragments, verdict_of
from notegen_desktop.ui.notes.note_view import NoteView


class Marks(QObject):
    """The remarks of a note where they stand in `view`, at the level that it shows."""

    def __init__(self, view: NoteView) -> None:
        super().__init__(view)
        self._view = view
        view.written.connect(self.refresh)
        follow_theme(view, self.refresh)

    def refresh(self) -> None:
        """The view shows another note, level or look."""
        note, level = self._view.note, self._view.level
        found = []
        for remark in note.remarks if note is not None else ():
            if remark.level == level.value and (cursor := self.cursor_of(remark)) is not None:
                mark = QTextEdit.ExtraSelection()
                mark.cursor = cursor
                mark.format.setBackground(QColor(mark_colour(remark.color, palette())))
                if remark.text:
                    mark.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
                found.append(mark)
        self._view.finder.show_under(found)

    def cursor_of(self, remark: Remark) -> QTextCursor | None:
        """The words of a remark, selected; None where they are not on the page."""
        note = self._view.note
        section = section_of(note, remark, self._view.level) if note is not None else None
        if section is None:
            return None
        text, places = self._text_of(section + 1)
        span = span_of(text, remark)
        if span is None:
            return None
        cursor = QTextCursor(self._view.document())
        cursor.setPosition(places[span[0]])
        cursor.setPosition(places[span[1]], QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def selected(self, *, color: str, made_at: str) -> Remark | None:
        """A remark on the words that are selected; None where none are, or not in one section, or
        not such as stand in its text."""
        note, cursor = self._view.note, self._view.textCursor()
        if note is None or not cursor.hasSelection():
            return None
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        part = self._document.part_of(start)
        if part == 0 or self._document.part_of(end - 1) != part:
            return None
        text, places = self._text_of(part)
        inside = "".join(s for s, at in zip(text, places, strict=False) if start <= at < end)
        ahead = "".join(s for s, at in zip(text, places, strict=False) if at < start)
        remark = Remark(
            id=uuid.uuid4().hex[:8],
            quote=" ".join(inside.split()),
            color=color,
            section=note.sections[part - 1].heading,
            level=self._view.level.value,
            before=" ".join(ahead.split())[-BEFORE_CHARS:],
            made_at=made_at,
        )
        return remark if section_of(note, remark) is not None else None

    @property
    def _document(self) -> NoteDocument:
        document = self._view.document()
        assert isinstance(document, NoteDocument)
        return document

    def _text_of(self, part: int) -> tuple[str, list[int]]:
        """The text of a part without its times, and the position of each character, and of the end:
        Qt counts in UTF-16."""
        document = self._document
        pieces: list[str] = []
        places: list[int] = []
        end = 0
        for block in blocks(document.part_block(part)):
            if document.part_of(block.position()) != part:
                break
            for fragment in fragments(block):
                if verdict_of(fragment.charFormat()):
                    continue
                words = fragment.text()
                widths = (2 if ord(sign) > 0xFFFF else 1 for sign in words)
                at = list(accumulate(widths, initial=fragment.position()))
                pieces.append(words)
                places += at[:-1]
                end = at[-1]
            pieces.append("\n")
            places.append(block.position() + block.length() - 1)
        return "".join(pieces), [*places, end]
