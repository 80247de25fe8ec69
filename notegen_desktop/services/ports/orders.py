"""What a user asks for."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.links.text_links import Link
from notegen_desktop.domain.notes.note import Engine, Level, Mode


@dataclass(frozen=True, slots=True)
class FilesWanted:
    """A file of each note, below an absolute `folder`. They are part of a run until written."""

    folder: str
    format: str
    level: Level


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asks for: these links, each with these templates.

    `combined` asks for several notes of a video in one answer where that can be done: it takes
    fewer requests of a day's quota. The notes are jobs of their own all the same.
    """

    links: tuple[Link, ...]
    templates: tuple[str, ...]
    mode: Mode = Mode.AUTO
    engine: Engine = Engine.AUTO
    model: str = ""
    language: str = ""
    combined: bool = False
    files: FilesWanted | None = None
