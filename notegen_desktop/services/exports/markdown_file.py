"""The note as Markdown, one level of it."""

from __future__ import annotations

from notegen_desktop.domain.notes import Level, Note, markdown
from notegen_desktop.services.machine.clean_text import clean


def render(note: Note, level: Level) -> bytes:
    return clean(markdown(note, level)).encode()
