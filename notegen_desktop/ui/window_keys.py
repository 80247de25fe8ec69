"""The keys that work in the whole window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

if TYPE_CHECKING:
    from .main_window import MainWindow


def bind_keys(window: MainWindow) -> None:
    """Give a window its keys; those of a part of it belong to that part."""
    for keys, wish in (
        ("Ctrl+Return", window.ordering.generate),
        ("Ctrl+Enter", window.ordering.generate),
        ("Ctrl+,", window.settings.open),
        ("Ctrl+O", window.intake.choose_files),
        ("Ctrl+Shift+F", window.search_notes),
        ("Ctrl+L", window.composer.source.field.setFocus),
        ("Ctrl+Shift+A", window.activity_button.toggle),
    ):
        QShortcut(QKeySequence(keys), window).activated.connect(wish)
    # Ctrl+F inside a note searches the note.
    for place in (window.composer, window.jobs, window.library):
        search = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), place)
        search.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        search.activated.connect(window.search_notes)
    # Esc belongs to fields and lists unless there is a message to dismiss.
    dismiss = QShortcut(QKeySequence("Esc"), window)
    dismiss.activated.connect(window.messages.dismiss)
    dismiss.setEnabled(False)
    window.messages.shown_changed.connect(dismiss.setEnabled)
    # A field with the focus takes these keys for itself; the rest of the window pastes links.
    paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), window)
    paste.activated.connect(window.intake.paste)
