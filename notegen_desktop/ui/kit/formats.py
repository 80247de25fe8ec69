"""The formats a note can be saved in: what they are called, and the entries of menus for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from notegen_desktop.services.ports import Exporter

BASIC = ("md", "html", "pdf")
"""What is offered before the exporter is there."""

_NAMES: Mapping[str, str] = {
    "md": "Markdown",
    "html": "Web Page (HTML)",
    "pdf": "PDF",
    "docx": "Word (DOCX)",
    "pptx": "PowerPoint (PPTX)",
    "anki": "Anki Deck",
    "json": "JSON",
}


def format_name(format: str) -> str:
    """What a person calls a format such as `md`."""
    return _NAMES.get(format, format.upper())


def formats_of(exporter: Exporter) -> tuple[str, ...]:
    """What the export menu offers: the exporter's formats, and PDF, which the window writes."""
    found = [format for format in exporter.formats() if format != "pdf"]
    found.insert(min(2, len(found)), "pdf")
    return tuple(found)


def add_formats(
    menu: QMenu, formats: Sequence[str], wish: Callable[[str], object], *, words: str
) -> list[QAction]:
    """Give a menu an entry for each format; `words` has a `{}` for its name."""
    entries = []
    for format in formats:
        entry = menu.addAction(f"{words.format(format_name(format))}…")
        entry.setObjectName(f"export:{format}")
        entry.triggered.connect(lambda _=False, format=format: wish(format))
        entries.append(entry)
    return entries
