"""The note as other programs read it: all three levels, times, coverage and usage."""

from __future__ import annotations

import json

from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.services.machine.clean_text import clean


def render(note: Note, level: Level) -> bytes:
    text = json.dumps(note.to_json(), ensure_ascii=False, indent=2)
    return clean(text).encode() + b"\n"
