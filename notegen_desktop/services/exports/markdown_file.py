"""The note as Markdown, one level of it."""

from __future__ import annotations

from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.services.machine.clean_text import harmless
from notegen_desktop.services.markup.note_markdown import note_markdown


def render(note: Note, level: Level) -> bytes:
    return harmless(note_markdown(note, level)).encode()
