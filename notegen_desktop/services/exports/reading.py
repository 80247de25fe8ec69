"""Imports files: notes exported here or elsewhere, and lists of videos."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from notegen_desktop.domain.links.drops import is_history, is_playlist_index, links_in_file
from notegen_desktop.domain.links.link import LinkKind
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.tags import tag_name, unique_tags
from notegen_desktop.domain.text.encodings import as_written
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import FileRead

MAX_BYTES = 200_000_000
"""Maximum bytes of a file: a note with forty pictures has 3 MB; a whole library in one file may
have more."""

_LIBRARY = b"SQLite format 3\0"
_ARCHIVE = b"PK\x03\x04"
_HEAD_BYTES = 1_000_000
"""Bytes read to recognize a file of Google Takeout; its pages begin with styles."""
_LACKING = re.compile(r"Object missing required field `([^`]+)`")
_OTHER = re.compile(r"Expected `([^`]+)`, got `([^`]+)`(?: - at `\$\.?([^`]*)`)?")

READ_SUFFIXES = (".json", ".md", ".markdown", ".csv", ".tsv")


def files_in(path: Path) -> list[Path]:
    """Return the importable files of a folder and its subfolders, in order; or the file itself."""
    if not path.is_dir():
        return [path]
    return sorted(
        each
        for each in path.rglob("*")
        if each.suffix.lower() in (*READ_SUFFIXES, ".html")
        and not any(part.startswith(".") for part in each.relative_to(path).parts)
        and each.is_file()
        and _is_for_us(each)
    )


def _is_for_us(path: Path) -> bool:
    """Return True if a file has importable content: of pages only Google's history, no table of
    playlists without videos."""
    suffix = path.suffix.lower()
    if suffix not in (".html", ".csv"):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return suffix != ".html"  # an unreadable table is reported
    return is_history(path.name, head) if suffix == ".html" else not is_playlist_index(head)


def read_file(path: Path) -> FileRead:
    """Return the notes of a file, or the videos it lists, and its errors as text. Never raises for
    bad content."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_LIBRARY))
            if head == _LIBRARY:
                return FileRead(problems=(_library_words(path),))
            if head.startswith(_ARCHIVE):
                words = _("This is an archive: unpack it first, then name the folder.")
                return FileRead(problems=(words,))
        if path.stat().st_size > MAX_BYTES:
            return FileRead(problems=(_too_large(path),))
        data = path.read_bytes()
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        words = _("This file cannot be read: {strerror}.")
        return FileRead(problems=(words.format(strerror=(error.strerror or "").lower()),))
    if path.suffix.lower() == ".json" and (read := _read_json(data)) is not None:
        return read
    if path.suffix.lower() in (".md", ".markdown"):
        read = _read_markdown(path, data, created=f"{changed:%Y-%m-%dT%H:%M:%SZ}")
        if read is not None:
            return read
    found = links_in_file(path.name, data)
    if found is None or not found.links:
        return FileRead(problems=(_("There is no note in it, and no list of videos."),))
    videos = tuple(link for link in found.links if link.kind is not LinkKind.CHANNEL)
    if not videos:
        words = _("It lists channels, no videos: “notegen follow add” tells what is new of one.")
        return FileRead(problems=(words,))
    return FileRead(links=videos)


def _too_large(path: Path) -> str:
    return _("“{name}” is larger than {max_bytes} MB.").format(
        name=path.name, max_bytes=MAX_BYTES // 1_000_000
    )


def _library_words(path: Path) -> str:
    return _(
        "This is a whole library. To have its notes as files: "
        "NOTEGEN_DATABASE_URL=sqlite:///{path} notegen notes export all --format json -o DIR"
    ).format(path=path.absolute())


def _read_json(data: bytes) -> FileRead | None:
    """Return the notes of a JSON file; None for other JSON."""
    try:
        value = json.loads(as_written(data), parse_constant=lambda _name: None)  # NaN is no time
    except json.JSONDecodeError as error:
        ended = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated")
        words = (
            _("The file breaks off at line {line}, column {column}.")
            if ended
            else _("This is no JSON at line {line}, column {column}.")
        )
        return FileRead(problems=(words.format(line=error.lineno, column=error.colno),))
    except RecursionError:
        return FileRead(problems=(_("It is nested too deeply."),))
    if isinstance(value, dict) and isinstance(value.get("notes"), list):
        value = value["notes"]
    several = value if isinstance(value, list) else [value]
    if not any(isinstance(each, dict) and "sections" in each for each in several):
        return None
    notes, problems = [], []
    for number, each in enumerate(several, start=1):
        try:
            notes.append(_whole(Note.from_json(each)))
        except (ValueError, RecursionError) as error:
            words = (
                _("Note {number} of it is no whole note: {reason}.")
                if len(several) > 1
                else _("It is no whole note: {reason}.")
            )
            problems.append(words.format(number=number, reason=_reason(error)))
    return FileRead(tuple(notes), problems=tuple(problems))


def _read_markdown(path: Path, data: bytes, *, created: str) -> FileRead | None:
    from notegen_desktop.services.markup.read_markdown import read_markdown

    try:
        note = read_markdown(as_written(data), template=path.stem, created=created)
    except ValueError as error:
        words = _("It is no whole note: {reason}.").format(reason=_reason(error))
        return FileRead(problems=(words,))
    return None if note is None else FileRead((_whole(note),))


def _whole(note: Note) -> Note:
    """Return a note with normalized tags, for the library. Raises ValueError if its video has no
    id."""
    if not note.video.id:
        raise ValueError(_("its video has no id"))
    return replace(note, id="", tags=unique_tags(_tags(note.tags)))


def _tags(tags: Any) -> Iterator[str]:
    for each in tags:
        if each.strip(" #,"):
            yield tag_name(each.replace(",", " ")[:64])


def _reason(error: BaseException) -> str:
    """Return the error of parsing JSON, for users: “the field “title” is missing”."""
    words = str(error)
    if lacking := _LACKING.search(words):
        return _("the field “{name}” is missing").format(name=lacking[1])
    if other := _OTHER.search(words):
        return _("“{place}” should be “{wanted}”, not “{found}”").format(
            place=other[3] or "", wanted=other[1], found=other[2]
        )
    return words.replace("`", "").rstrip(".") or _("it is damaged")
