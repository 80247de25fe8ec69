"""Reads templates: the built-in ones, and the user's own in a folder beside the settings.

A user's file with the id of a built-in one replaces it. A broken file of the user's is named with
its line in `problems()` and otherwise left out; a broken built-in one is our own fault and raised.
"""

from __future__ import annotations

import re
import threading
import tomllib
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
    NoteTemplate,
    PromptTexts,
    prompt_texts_from_data,
    template_from_data,
    template_problems,
)
from notegen_desktop.domain.text.cleaning import lines_of
from notegen_desktop.domain.text.quantities import either
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.machine.files import read_small
from notegen_desktop.services.machine.paths import built_in_templates, resources
from notegen_desktop.services.ports import TemplateEntry, TemplateOrigin

LIMIT = 256 * 1024
"""Maximum bytes of a template file; the largest built-in one has 5 KB."""


_Signature = tuple[tuple[str, int, int], ...]
"""Names, times and sizes of a folder's files, to detect changes since the last reading."""


class TemplateFiles:
    """Implements `ports.Templates` by two folders. Changed files are read again."""

    def __init__(self, own_folder: Path) -> None:
        self._own_folder = own_folder
        self._lock = threading.Lock()
        self._seen: _Signature | None = None
        self._templates: tuple[NoteTemplate, ...] = ()
        self._offered: tuple[NoteTemplate, ...] = ()
        self._entries: tuple[TemplateEntry, ...] = ()

    def all(self) -> tuple[NoteTemplate, ...]:
        """Return every usable template, in the order of the list to choose from."""
        self._refresh()
        return self._offered

    def get(self, template_id: str) -> NoteTemplate:
        self._refresh()
        templates = {template.id: template for template in self._templates}
        try:
            return templates[template_id]
        except KeyError:
            near = get_close_matches(template_id, list(templates), n=3, cutoff=0.5)
            hint = _("Did you mean {near}?").format(near=either(near)) if near else ""
            for entry in self._entries:
                if entry.problem and entry.path is not None and entry.path.stem == template_id:
                    hint = entry.problem  # it is there, but cannot be read
            raise UnknownTemplate(
                _("There is no template “{template_id}”.").format(template_id=template_id),
                hint=hint,
            ) from None

    def problems(self) -> tuple[str, ...]:
        return tuple(entry.problem for entry in self.entries() if entry.problem)

    def entries(self) -> tuple[TemplateEntry, ...]:
        """Return every template and every invalid file, in the order of the list; a changed
        built-in template replaces the original."""
        self._refresh()
        return self._entries

    def _refresh(self) -> None:
        with self._lock:
            files = _toml_files(self._own_folder)
            signature = _signature(files)
            if signature == self._seen:
                return
            built_in = [
                read_template(path, built_in=True) for path in _toml_files(built_in_templates())
            ]
            chosen = {
                template.id: TemplateEntry(template.id, TemplateOrigin.BUILT_IN, template)
                for template in built_in
            }
            broken: list[TemplateEntry] = []
            owners: dict[str, Path] = {}
            for path in files:
                try:
                    template = read_template(path)
                except FileMissing:
                    continue  # deleted since the folder was listed
                except NoteGenError as error:
                    problem = error.message
                else:
                    if template.id not in owners:
                        owners[template.id] = path
                        origin = (
                            TemplateOrigin.CHANGED
                            if template.id in {one.id for one in built_in}
                            else TemplateOrigin.OWN
                        )
                        chosen[template.id] = TemplateEntry(template.id, origin, template, path)
                        continue
                    problem = _(
                        "{name}: the id “{id}” is taken by {name2}; this file is not used."
                    ).format(name=path.name, id=template.id, name2=owners[template.id].name)
                broken.append(TemplateEntry(path.name, TemplateOrigin.OWN, None, path, problem))
            self._templates = tuple(
                sorted(
                    (entry.template for entry in chosen.values() if entry.template is not None),
                    key=lambda t: (t.order, t.name.casefold(), t.id),
                )
            )
            self._offered = tuple(t for t in self._templates if not t.of_several)
            self._entries = (*(chosen[template.id] for template in self._templates), *broken)
            self._seen = signature


def read_template(path: Path, *, built_in: bool = False) -> NoteTemplate:
    """Read and check one file.

    Raises FileMissing, FileUnreadable, or InvalidTemplate, whose message names file and line.
    """
    return parse_template(read_text(path), origin=path.name, built_in=built_in)


def read_text(path: Path) -> str:
    """Return the text of a template file. Raises FileMissing, FileUnreadable."""
    if path.suffix.lower() != ".toml" and path.exists():
        raise FileUnreadable(
            _("{name} is not a template file.").format(name=path.name or path),
            hint=_("Templates are files ending in .toml."),
        )
    try:
        return read_small(path, limit=LIMIT)
    except FileNotFoundError:
        raise FileMissing(_("There is no file {path}.").format(path=path)) from None


def parse_template(text: str, *, origin: str, built_in: bool = False) -> NoteTemplate:
    """Return a template from the text of its file. Raises InvalidTemplate."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_problem(str(error), text, origin) from error
    except (RecursionError, ValueError) as error:  # too deep nesting, or a number out of range
        words = _("cannot be read as TOML ({error}).").format(error=error)
        raise InvalidTemplate(f"{origin}: {words}", words=words) from error
    lines = _Lines(text)
    return template_from_data(
        data, origin=origin, built_in=built_in, line_of=lines.of, texts=prompt_texts()
    )


def check_text(text: str) -> tuple[InvalidTemplate, ...]:
    """Return the errors in the text of a template, by line; none for a usable one."""
    try:
        parse_template(text, origin="")
    except InvalidTemplate as error:
        try:
            data = tomllib.loads(text)
        except (ValueError, RecursionError):
            return (error,)
        return template_problems(data, line_of=_Lines(text).of) or (error,)
    return ()


@cache
def prompt_texts() -> PromptTexts:
    """Return the prompt texts for every note."""
    path = resources() / "prompts.toml"
    return prompt_texts_from_data(tomllib.loads(path.read_text("utf-8")), origin=path.name)


PLAIN_WORDS = (
    ("Invalid value", N_("no value: a text stands in quotes, a number, true or false without")),
    ("Expected '=' after a key", N_("“=” is missing behind the key")),
    ("Unterminated string", N_("a text is not closed: quotes are missing")),
    ("Illegal character '\\n'", N_("a text is not closed: quotes are missing at the line's end")),
    ("Cannot overwrite a value", N_("this key stands here twice")),
    (
        "Expected newline or end of document",
        N_("something stands behind the value: are quotes missing?"),
    ),
    ("Unescaped '\\'", N_("a backslash in a text is written twice")),
    ("Invalid statement", N_("no key, no [[sections]], no comment")),
)
"""Beginnings of some messages of tomllib, and explanations."""


def _syntax_problem(words: str, text: str, origin: str) -> InvalidTemplate:
    """Return tomllib's error with its line in front: `mine.toml, line 3: Expected '=' …`."""
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", words)
    if not found:
        return InvalidTemplate(f"{origin}: {words}.", words=f"{words}.")
    line = int(found[1] or 0) or text.rstrip().count("\n") + 1
    said = words[: found.start()]
    said = next((_(plain) for start, plain in PLAIN_WORDS if said.startswith(start)), said) + "."
    return InvalidTemplate(
        _("{origin}, line {line}: {said}").format(origin=origin, line=line, said=said),
        line=line,
        words=said,
    )


class _Lines:
    """Finds the line of a key, for messages. Multi-line texts are skipped."""

    _HEADER = re.compile(r"\s*\[\[\s*[\"']?sections[\"']?\s*\]\]")
    _KEY = re.compile(r"\s*[\"']?([^\"'=\s]+)[\"']?\s*=")

    def __init__(self, text: str) -> None:
        self._found: dict[tuple[int, str], int] = {}
        section = 0
        fence = ""
        for number, line in enumerate(lines_of(text), start=1):
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
        """Return the line of a key, else of its section, else of the list of sections, else 0."""
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
    """Return the template files of a folder by name; none if the folder does not exist."""
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() == ".toml" and not path.name.startswith(".")
        )
    except OSError:
        return []
