"""Templates on disk: the built-in ones, and the user's own in a folder beside the settings.

A user's file with the id of a built-in one replaces it. A broken file of the user's is named with
its line in `problems()` and otherwise left out; a broken built-in one is our own fault and raised.
"""

from __future__ import annotations

import contextlib
import re
import threading
import tomllib
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from notegen_desktop.domain.errors import (
    FileMissing,
    FileUnreadable,
    InvalidTemplate,
    NoteGenError,
    UnknownTemplate,
)
from notegen_desktop.domain.notes.templates import (
    SLUG,
    NoteTemplate,
    PromptTexts,
    prompt_texts_from_data,
    template_from_data,
)

from .files import make_folder, read_small, storage_error
from .paths import built_in_templates, resources

LIMIT = 256 * 1024
"""Bytes of a template file; the largest built-in one has 5 KB."""


_Signature = tuple[tuple[str, int, int], ...]
"""Names, times and sizes: tells whether a folder's files are the ones read last."""


class TemplateFiles:
    """The `Templates` port over two folders. Files changed meanwhile are read again."""

    def __init__(self, own_folder: Path, *, built_in_folder: Path | None = None) -> None:
        self._own_folder = own_folder
        self._built_in_folder = built_in_folder
        self._lock = threading.Lock()
        self._seen: _Signature | None = None
        self._templates: tuple[NoteTemplate, ...] = ()
        self._offered: tuple[NoteTemplate, ...] = ()
        self._problems: tuple[str, ...] = ()

    def all(self) -> tuple[NoteTemplate, ...]:
        """Every usable template, in the order of the list that people choose from."""
        self._refresh()
        return self._offered

    def get(self, template_id: str) -> NoteTemplate:
        """Raises UnknownTemplate, with near names."""
        self._refresh()
        templates = {template.id: template for template in self._templates}
        try:
            return templates[template_id]
        except KeyError:
            near = get_close_matches(template_id, list(templates), n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else ""
            raise UnknownTemplate(f"There is no template “{template_id}”.", hint=hint) from None

    def problems(self) -> tuple[str, ...]:
        """What is wrong with the user's own files, a line each."""
        self._refresh()
        return self._problems

    def _refresh(self) -> None:
        with self._lock:
            files = _toml_files(self._own_folder)
            signature = _signature(files)
            if signature == self._seen:
                return
            built_in = [
                read_template(path, built_in=True)
                for path in _toml_files(self._built_in_folder or built_in_templates())
            ]
            chosen = {template.id: template for template in built_in}
            problems: list[str] = []
            owners: dict[str, Path] = {}
            for path in files:
                try:
                    template = read_template(path)
                except FileMissing:
                    continue  # deleted since the folder was listed
                except NoteGenError as error:
                    problems.append(error.message)
                    continue
                if template.id in owners:
                    problems.append(
                        f"{path.name}: the id “{template.id}” is taken by "
                        f"{owners[template.id].name}; this file is not used."
                    )
                    continue
                owners[template.id] = path
                chosen[template.id] = template
            self._templates = tuple(
                sorted(chosen.values(), key=lambda t: (t.order, t.name.casefold(), t.id))
            )
            self._offered = tuple(t for t in self._templates if not t.of_several)
            self._problems = tuple(problems)
            self._seen = signature


def read_template(path: Path, *, built_in: bool = False) -> NoteTemplate:
    """Read and check one file.

    Raises FileMissing, FileUnreadable, or InvalidTemplate, whose message names file and line.
    """
    try:
        text = read_small(path, limit=LIMIT)
    except FileNotFoundError:
        raise FileMissing(f"There is no file {path}.") from None
    return parse_template(text, origin=path.name, built_in=built_in)


def parse_template(text: str, *, origin: str, built_in: bool = False) -> NoteTemplate:
    """A template from the text of its file. Raises InvalidTemplate."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidTemplate(_syntax_problem(str(error), text, origin)) from error
    except (RecursionError, ValueError) as error:  # absurd nesting, or a number out of all bounds
        raise InvalidTemplate(f"{origin}: cannot be read as TOML ({error}).") from error
    lines = _Lines(text)
    return template_from_data(
        data, origin=origin, built_in=built_in, line_of=lines.of, texts=prompt_texts()
    )


@cache
def prompt_texts() -> PromptTexts:
    """What a model is told about every note."""
    path = resources() / "prompts.toml"
    return prompt_texts_from_data(tomllib.loads(path.read_text("utf-8")), origin=path.name)


def _syntax_problem(words: str, text: str, origin: str) -> str:
    """tomllib's words with the place in front: `mine.toml, line 3: Expected '=' …`."""
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", words)
    if not found:
        return f"{origin}: {words}."
    line = int(found[1] or 0) or text.rstrip().count("\n") + 1
    return f"{origin}, line {line}: {words[: found.start()]}."


class _Lines:
    """Finds the line of a key, for messages. Texts over several lines are skipped."""

    _HEADER = re.compile(r"\s*\[\[\s*[\"']?sections[\"']?\s*\]\]")
    _KEY = re.compile(r"\s*[\"']?([^\"'=\s]+)[\"']?\s*=")

    def __init__(self, text: str) -> None:
        self._found: dict[tuple[int, str], int] = {}
        section = 0
        fence = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if fence:
                if line.count(fence) % 2:
                    fence = ""
                continue
            if self._HEADER.match(line):
                section += 1
                self._found[section, ""] = number
            elif key := self._KEY.match(line):
                self._found.setdefault((section, key[1]), number)
            fence = next((f for f in ('"""', "'''") if line.count(f) % 2), "")

    def of(self, section: int, key: str) -> int:
        """The line of a key, else of its section, else of the list of sections, else 0."""
        places = ((section, key), (section, ""), (0, "sections") if section else (0, ""))
        return next((self._found[place] for place in places if place in self._found), 0)


# --- the user's folder -------------------------------------------------------------------------


def _signature(files: Iterable[Path]) -> _Signature:
    found = []
    for path in files:
        try:
            facts = path.stat()
        except OSError:
            found.append((path.name, 0, 0))
        else:
            found.append((path.name, facts.st_mtime_ns, facts.st_size))
    return tuple(found)


def _toml_files(folder: Path) -> list[Path]:
    """The template files of a folder by name; none where there is no such folder."""
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() == ".toml" and not path.name.startswith(".")
        )
    except OSError:
        return []


def write_starter(folder: Path, name: str) -> Path:
    """Write a commented template to begin with, for `notegen templates new`.

    `name` is free text; the file and the id are made of it. Raises InvalidTemplate if nothing of
    it can be an id, or if there is such a file; DiskFull, FolderNotWritable.
    """
    letters = unicodedata.normalize("NFKD", name.replace("ı", "i").casefold())
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    template_id = "-".join(re.findall(r"[a-z0-9]+", bare))
    if not SLUG.fullmatch(template_id):
        raise InvalidTemplate(
            f"No id can be made of “{name}”.",
            hint="Give a name of Latin letters and digits that begins with a letter.",
        )
    path = make_folder(folder) / f"{template_id}.toml"
    title = " ".join(name.replace("-", " ").split())
    starter = (resources() / "starter-template.toml").read_text("utf-8")
    text = starter.format(id=template_id, name=_toml_text(title[:1].upper() + title[1:]))
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise InvalidTemplate(
            f"There is a file {path} already.", hint="Choose another name, or edit that file."
        ) from None
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        raise storage_error(error, path) from error
    return path


def _toml_text(text: str) -> str:
    """A text as a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", escaped)
    return f'"{escaped}"'


def check_template(path: Path) -> NoteTemplate:
    """For `notegen templates check FILE`. Raises FileMissing, FileUnreadable, InvalidTemplate."""
    if path.suffix.lower() != ".toml" and path.exists():
        raise FileUnreadable(
            f"{path.name} is not a template file.", hint="Templates are files ending in .toml."
        )
    return read_template(path)
