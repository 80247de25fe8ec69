"""What of a note goes to the clipboard: its Markdown, whole or what is selected of it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from notegen_desktop.domain.notes import Level

from .linked_text import LinkedText
from .note_clipboard import selection_data, selection_markdown
from .note_menu import note_menu


class CopiedText(LinkedText):
    """A `LinkedText` at a level, which can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = Level.STANDARD

    @property
    def level(self) -> Level:
        return self._level

    def markdown(self) -> str:
        """The whole note at the level shown, as Markdown; what there is so far of a draft."""
        # A heavy import, so a late one.
        from notegen_desktop.services.note_markdown import draft_markdown, note_markdown

        if self.note is not None:
            return note_markdown(self.note, self._level)
        return "" if self._draft is None else draft_markdown(self._draft, self._level)

    def selection_markdown(self) -> str:
        """The selected text as Markdown, with links into the video."""
        if self._all_selected():
            return self.markdown()
        return selection_markdown(self.textCursor(), self._address)

    def _all_selected(self) -> bool:
        cursor = self.textCursor()
        whole = cursor.selectionEnd() >= self.document().characterCount() - 1
        return whole and cursor.selectionStart() == 0

    def createMimeDataFromSelection(self) -> QMimeData:
        if self._all_selected():
            self._levels.finish(self._level)  # the selection grows with the document
        language = self.note.language if self.note is not None else ""
        return selection_data(self.textCursor(), self.selection_markdown(), language=language)

    def copy_markdown(self) -> None:
        """Put the selection, or else the whole note, on the clipboard as Markdown."""
        if self.textCursor().hasSelection():
            QGuiApplication.clipboard().setText(self.selection_markdown())
        else:
            QGuiApplication.clipboard().setText(self.markdown())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu_at(self.anchorAt(event.pos()))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def menu_at(self, href: str) -> QMenu:
        """The context menu over a link, or over none (`href` is "")."""
        return note_menu(self, href)
