"""Exports flashcards as CSV: a row each, with texts in Markdown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.practice.cards import Card, cards_of
from notegen_desktop.domain.text.cleaning import harmless
from notegen_desktop.services.markup.cited import timed

COLUMNS = (
    *("id", "kind", "question", "answer", "time", "link", "doubtful"),
    *("template", "title", "video", "channel", "tags"),
)
_FORMULA = re.compile(r"[=+@\t\r]|-(?=\S)(?!-?\d)")
"""Beginnings of cells that a spreadsheet would execute as a formula."""


def render_cards(notes: Sequence[Note], level: Level) -> bytes:
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for note in notes:
        for card in cards_of(note):
            table.writerow([_harmless(cell) for cell in _row(note, card, level)])
    # With a byte order mark: without one, Excel reads a double-clicked file in the code page of
    # the system. Anki and other spreadsheets skip it.
    return file.getvalue().encode("utf-8-sig")


def _row(note: Note, card: Card, level: Level) -> list[str]:
    seconds = card.start_s
    video = (card.place and card.place.video) or note.video
    link = "" if seconds is None else video.link_at(seconds)
    asked = f"{card.asks}\n\n{card.choices}" if card.choices else card.asks
    return [
        *(card.id, card.kind.value, asked, timed(card.section, level)),
        *("" if seconds is None else clock(seconds), link, "yes" if card.is_doubtful else ""),
        *(note.template, note.title, note.video.name, note.video.channel, ", ".join(note.tags)),
    ]


def _harmless(cell: str) -> str:
    cell = harmless(cell)
    return f"'{cell}" if _FORMULA.match(cell) else cell
