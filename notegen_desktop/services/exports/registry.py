"""All export formats of notes, behind the port `Exporter`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from notegen_desktop.domain.errors import FormatUnavailable
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.text.cleaning import clean, harmless
from notegen_desktop.domain.text.file_names import safe_name
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.installation import how_to_add, how_to_mend_qt
from notegen_desktop.services.ports import SavedFile

from . import files, map_files, reading


def _markdown(note: Note, level: Level) -> bytes:
    from notegen_desktop.services.markup.note_markdown import note_markdown

    return harmless(note_markdown(note, level, alone=True)).encode()


def _json(note: Note, _: Level) -> bytes:
    given = replace(note, video=replace(note.video, url=note.video.public_url))
    text = json.dumps(given.to_json(), ensure_ascii=False, indent=2)
    return clean(text).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Format:
    """An export format: a function, or the name of a module with `render`, and the package that it
    needs."""

    writer: Callable[[Note, Level], bytes] | str
    ending: str
    needs: str = ""

    def write(self, note: Note, level: Level) -> bytes:
        """Return the file's bytes; a module is imported at its first use."""
        if not isinstance(self.writer, str):
            return self.writer(note, level)
        made: bytes = import_module(f".{self.writer}", __package__).render(note, level)
        return made


FORMATS = {
    "md": Format(_markdown, ".md"),
    "html": Format("page", ".html"),
    "json": Format(_json, ".json"),
    "pdf": Format("pdf_file", ".pdf", needs="PySide6"),
    "epub": Format("epub_file", ".epub"),
    "docx": Format("docx_file", ".docx", needs="docx"),
    "pptx": Format("pptx_file", ".pptx", needs="pptx"),
    "anki": Format("anki_deck", ".apkg", needs="genanki"),
    "svg": Format(map_files.svg, ".svg"),
    "opml": Format(map_files.opml, ".opml"),
    "markmap": Format(map_files.markmap, ".markmap.md"),
}


CARDS_FILE = "NoteGen cards"
CARD_FORMATS = {
    "anki": FORMATS["anki"],
    "csv": Format("csv_file", ".csv"),
}
"""Formats for the flashcards of several notes in one file."""


class Exports:
    """Implements `ports.Exporter`."""

    def __init__(self) -> None:
        self._folders: dict[Path, files.FolderIndex] = {}
        self._lock = threading.Lock()

    files_in = staticmethod(reading.files_in)
    read = staticmethod(reading.read_file)

    def formats(self) -> tuple[str, ...]:
        """Return the names of the formats available on this machine."""
        return tuple(
            name for name, each in FORMATS.items() if not each.needs or find_spec(each.needs)
        )

    def render(self, note: Note, format: str, level: Level) -> bytes:
        chosen = _format(format)
        _check_installed(format, chosen)
        from notegen_desktop.services.markup.html import one_page

        with one_page():
            return chosen.write(note, level)

    def render_transcript(self, transcript: Transcript, video: Video, format: str) -> bytes:
        from .transcript_file import render_transcript

        return render_transcript(transcript, video, format).encode()

    def save_transcript(
        self, transcript: Transcript, video: Video, place: Path, format: str
    ) -> Path:
        content, ending = self.render_transcript(transcript, video, format), f".{format}"
        with self._lock:
            if place.suffix.lower() == ending and not place.is_dir():
                return files.write_named(place, content).path
            return self._index(place).write_new(video.name, ending, content).path

    def save(self, note: Note, folder: Path, format: str, level: Level, *, stem: str = "") -> Path:
        content = self.render(note, format, level)
        name = stem or note.title or note.video.name
        with self._lock:
            return self._index(folder).write_new(name, _format(format).ending, content).path

    def save_to_tree(self, note: Note, folder: Path, format: str, level: Level) -> SavedFile:
        content = self.render(note, format, level)
        with self._lock:
            index = self._index(self._place(note, folder))
            return index.write_new(note.template, _format(format).ending, content)

    def save_cards(
        self, notes: Sequence[Note], place: Path, format: str, level: Level
    ) -> SavedFile:
        chosen = _format(format, CARD_FORMATS)
        _check_installed(format, chosen)
        module = import_module(f".{chosen.writer}", __package__)
        with self._lock:
            content = module.render_cards(notes, level)
            if place.suffix.lower() == chosen.ending and not place.is_dir():
                return files.write_named(place, content)
            return self._index(place).write_new(CARDS_FILE, chosen.ending, content)

    def find_in_tree(self, note: Note, folder: Path, format: str, level: Level) -> Path | None:
        content = self.render(note, format, level)
        with self._lock:
            index = self._index(self._place(note, folder))
            return index.find(note.template, _format(format).ending, content)

    def replace(self, path: Path, content: bytes) -> None:
        files.replace(path, content)

    def prepare(self, folder: Path) -> None:
        files.prepare(folder)
        self._folders.clear()

    def sweep(self, folder: Path) -> None:
        files.sweep(folder)

    def _place(self, note: Note, folder: Path) -> Path:
        video = note.video
        fallback = safe_name(video.id, fallback="video")
        return self._index(folder).subfolder(video.title or video.id, fallback=fallback)

    def _index(self, folder: Path) -> files.FolderIndex:
        if folder not in self._folders:
            self._folders[folder] = files.FolderIndex(folder)
        return self._folders[folder]


def _format(name: str, formats: Mapping[str, Format] = FORMATS) -> Format:
    if name in formats:
        return formats[name]
    raise FormatUnavailable(
        _("There is no format “{name}”.").format(name=name),
        hint=_("Formats: {formats}.").format(formats=", ".join(formats)),
    )


def _check_installed(name: str, chosen: Format) -> None:
    if chosen.needs and not find_spec(chosen.needs):
        raise FormatUnavailable(
            _("The format “{name}” needs a package that is not installed.").format(name=name),
            hint=how_to_mend_qt() if chosen.needs == "PySide6" else how_to_add("exports"),
        )
