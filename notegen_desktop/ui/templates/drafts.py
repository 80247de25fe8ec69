"""Writes unsaved text of templates to disk shortly after typing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.services.machine.templates.own import OwnTemplates
from notegen_desktop.ui.kit.build import delayed

KEEP_MS = 300
"""Milliseconds without typing before a draft is written."""


class Drafts(QObject):
    """Drafts by template key.

    Signals: `kept(str)` with the key of a draft written to disk; `failed(Failure)`.
    """

    kept = Signal(str)
    failed = Signal(object)

    def __init__(self, own: OwnTemplates, parent: QObject) -> None:
        super().__init__(parent)
        self._own = own
        self._wanted: dict[str, str] = {}
        self._timer = delayed(self, KEEP_MS, self.flush)

    def keep(self, key: str, text: str) -> None:
        """Schedule writing a draft; `text_of` returns it at once."""
        self._wanted[key] = text
        self._timer.start()

    def drop(self, key: str) -> None:
        """Delete a draft."""
        self._wanted.pop(key, None)
        self._own.drop_draft(key)

    def text_of(self, key: str) -> str | None:
        """Return the unsaved text of a template; None without a draft."""
        return self._wanted[key] if key in self._wanted else self._own.draft(key)

    def keys(self) -> set[str]:
        """Return the keys of templates with drafts: their file names without suffix."""
        return {*self._own.drafts(), *(key.removesuffix(".toml") for key in self._wanted)}

    def flush(self) -> None:
        """Write all scheduled drafts now."""
        self._timer.stop()
        for key, text in list(self._wanted.items()):
            try:
                self._own.keep_draft(key, text)
            except NoteGenError as error:  # it stays scheduled: the next key press retries
                self.failed.emit(error.failure())
            else:
                del self._wanted[key]
                self.kept.emit(key)
