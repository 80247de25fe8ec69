"""Keeps on the disk what is typed and not saved, a moment after it was typed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.services.machine.templates.own import OwnTemplates
from notegen_desktop.ui.kit.build import delayed

KEEP_MS = 300
"""What is typed is kept when nothing has been typed for this time."""


class Drafts(QObject):
    """Signals: `kept(str)` with the key of a draft that is on the disk now; `failed(Failure)`."""

    kept = Signal(str)
    failed = Signal(object)

    def __init__(self, own: OwnTemplates, parent: QObject) -> None:
        super().__init__(parent)
        self._own = own
        self._wanted: dict[str, str] = {}
        self._timer = delayed(self, KEEP_MS, self.flush)

    def keep(self, key: str, text: str) -> None:
        """In a moment; until then `text_of` has it."""
        self._wanted[key] = text
        self._timer.start()

    def drop(self, key: str) -> None:
        """What was typed is saved, or not wanted any more."""
        self._wanted.pop(key, None)
        self._own.drop_draft(key)

    def text_of(self, key: str) -> str | None:
        """What is typed of a template and not saved."""
        return self._wanted[key] if key in self._wanted else self._own.draft(key)

    def keys(self) -> set[str]:
        """Of which templates there are drafts, by their file names without ending."""
        return {*self._own.drafts(), *(key.removesuffix(".toml") for key in self._wanted)}

    def flush(self) -> None:
        """All that is typed is on the disk when it returns."""
        self._timer.stop()
        for key, text in list(self._wanted.items()):
            try:
                self._own.keep_draft(key, text)
            except NoteGenError as error:  # it stays wanted: the next key tries again
                self.failed.emit(error.failure())
            else:
                del self._wanted[key]
                self.kept.emit(key)
