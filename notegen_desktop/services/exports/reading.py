"""Files read back: notes that were exported here or elsewhere, and lists of videos."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from notegen_desktop.domain.links.drops import links_in_file
from notegen_desktop.domain.links.link import LinkKind
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.tags import tag_name, unique_tags
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import FileRead

MAX_BYTES = 200_000_000
"""A note with forty pictures has 3 MB; a whole library in one file may have more."""

_LIBRARY = b"SQLite format 3\0"

READ_SUFFIXES = (".json", ".md", ".markdown", ".csv", ".tsv")


def files_in(path: Path) -> list[Path]:
    """The files that may be read of a folder and those within it, in order; or the file itself."""
    if not path.is_dir():
        return [path]
    return sorted(
        each
        for each in path.rglob("*")
        if each.suffix.lower() in READ_SUFFIXES
        and not any(part.startswith(".") for part in each.relative_to(path).parts)
        and each.is_file()
    )


def read_file(path: Path) -> FileRead:
    """The notes of a file, or the videos it lists; what is wrong with it, in words. Never raises
    for what is in a file."""
    try:
        with path.open("rb") as file:
            if file.read(len(_LIBRARY)) == _LIBRARY:
                return FileRead(problems=(_library_words(path),))
        if path.stat().st_size > MAX_BYTES:
            return FileRead(problems=(f"It is larger than {MAX_BYTES // 1_000_000} MB.",))
        data = path.read_bytes()
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        return FileRead(problems=(f"It cannot be read: {(error.strerror or '').lower()}.",))
    if path.suffix.lower() == ".json" and (read := _read_json(data)) is not None:
        return read
    if path.suffix.lower() in (".md", ".markdown"):
        read = _read_markdown(path, data, created=f"{changed:%Y-%m-%dT%H:%M:%SZ}")
        if read is not None:
            return read
    found = links_in_file(path.name, data)
    if found is None or not found.links:
        return FileRead(problems=("There is no note in it, and no list of videos.",))
    videos = tuple(link for link in found.links if link.kind is not LinkKind.CHANNEL)
    if not videos:
        words = "It lists channels, no videos: “notegen follow add” tells what is new of one."
        return FileRead(problems=(words,))
    return FileRead(links=videos)


def _library_words(path: Path) -> str:
    return _(
        "This is a whole library. To have its notes as files: "
        "NOTEGEN_DATABASE_URL=sqlite:///{path} notegen notes export all --format json -o DIR"
    ).format(path=path.absolute())


def _read_json(data: bytes) -> FileRead | None:
    """None for JSON that is something else."""
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return FileRead(problems=("It is no text in UTF-8.",))
    except json.JSONDecodeError as error:
        ended = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated")
        where = f"line {error.lineno}, column {error.colno}"
        what = "The file breaks off" if ended else "This is no JSON"
        return FileRead(problems=(f"{what} at {where}.",))
    except RecursionError:
        return FileRead(problems=("It is nested too deeply.",))
    several = value if isinstance(value, list) else [value]
    if not any(isinstance(each, dict) and "sections" in each for each in several):
        return None
    notes, problems = [], []
    for number, each in enumerate(several, start=1):
        try:
            notes.append(_whole(Note.from_json(each)))
        except (ValueError, RecursionError) as error:
            which = f"Note {number} of it" if len(several) > 1 else "It"
            problems.append(f"{which} is no whole note: {_reason(error)}.")
    return FileRead(tuple(notes), problems=tuple(problems))


def _read_markdown(path: Path, data: bytes, *, created: str) -> FileRead | None:
    from notegen_desktop.services.markup.read_markdown import read_markdown

    try:
        note = read_markdown(data.decode("utf-8-sig"), template=path.stem, created=created)
    except UnicodeDecodeError:
        return FileRead(problems=("It is no text in UTF-8.",))
    except ValueError as error:
        return FileRead(problems=(f"It is no whole note: {_reason(error)}.",))
    return None if note is None else FileRead((_whole(note),))


def _whole(note: Note) -> Note:
    """A note as the library takes it in: people write tags as they like. Raises ValueError where
    its video has no id."""
    if not note.video.id:
        raise ValueError("its video has no id")
    return replace(note, id="", tags=unique_tags(_tags(note.tags)))


def _tags(tags: Any) -> Iterator[str]:
    for each in tags:
        if each.strip(" #,"):
            yield tag_name(each.replace(",", " ")[:64])


def _reason(error: BaseException) -> str:
    """What the reader of JSON says, for people: “Object missing required field `title`”."""
    words = str(error).replace("Object missing", "it is missing the").replace("`", "“", 1)
    words = words.replace("`", "”", 1).replace("`", "").replace("required field", "field")
    return words.rstrip(".") or "it is damaged"
