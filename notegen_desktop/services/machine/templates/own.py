"""Changes the user's own templates: saves, imports, copies, removes, restores.

A file is always whole: each change replaces or moves it atomically. Text being edited is a draft
beside the templates until it is saved, so that neither closing nor a crash loses it. Removed
templates are kept in a folder of their own and can be restored.
"""

from __future__ import annotations

import contextlib
import glob
import itertools
import os
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from notegen_desktop.domain.errors import (
    FileMissing,
    FileUnreadable,
    InvalidTemplate,
    TemplateExists,
    UnknownTemplate,
)
from notegen_desktop.domain.notes.templates import LONGEST_ID, SLUG
from notegen_desktop.domain.text.cleaning import clean, paired
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.files import (
    make_folder,
    put_in_place,
    read_small,
    share,
    storage_error,
    write_whole,
)
from notegen_desktop.services.machine.paths import built_in_templates, resources
from notegen_desktop.services.ports import TemplateEntry, TemplateOrigin

from .editing import raised_version, with_values
from .files import LIMIT, TemplateFiles, parse_template, read_text

REMOVED = "removed"
DRAFTS = "drafts"


@dataclass(frozen=True, slots=True)
class Removed:
    """A removed template, and the present path of its file."""

    entry: TemplateEntry
    path: Path


NAMELESS = "template"
"""Prefix of the id of a template whose name begins with no Latin letter."""


class OwnTemplates:
    """The folder of the user's own templates. Methods raise DiskFull or FolderNotWritable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = TemplateFiles(folder)

    def entries(self) -> tuple[TemplateEntry, ...]:
        """Return every template and every invalid file."""
        return self._files.entries()

    def entry(self, key: str) -> TemplateEntry:
        """Return an entry by id or file name. Raises UnknownTemplate, with similar names."""
        for entry in self.entries():
            if key == entry.key or (entry.path is not None and key == entry.path.name):
                return entry
        self._files.get(key)
        raise UnknownTemplate(_("There is no template “{key}”.").format(key=key))

    def text(self, entry: TemplateEntry) -> str:
        """Return the text of a template's file. Raises FileMissing, FileUnreadable."""
        if entry.path is None:
            return read_text(built_in_templates() / f"{entry.key}.toml")
        return read_text(entry.path)

    # --- keeping ---

    def save(self, text: str, entry: TemplateEntry | None = None) -> TemplateEntry:
        """Save the text as the template of `entry`, or as a new one; for a built-in template, as a
        file of the user's that replaces it.

        Its version is incremented if the notes will differ and it was left unchanged. Raises
        InvalidTemplate, and TemplateExists if another file has the id.
        """
        text = paired(text)
        template = parse_template(text, origin=_name_of(entry))
        path = entry.path if entry is not None else None
        other = self._owner(template.id)
        if other is not None and other.path != path:
            raise TemplateExists(
                _("The id “{id}” is that of “{name}” already.").format(
                    id=template.id, name=other.name
                ),
                hint=_("Choose another id, or change that template."),
            )
        if entry is not None and entry.template is not None:
            before = self._before(entry)
            text = raised_version(text, before) if before else text
        path = path or self._free_path(template.id)
        write_whole(path, text.encode("utf-8"))
        return self.entry(template.id)

    def _before(self, entry: TemplateEntry) -> str:
        with contextlib.suppress(FileMissing, FileUnreadable):
            return self.text(entry)
        return ""

    def looked_at(self, text: str, file: str) -> tuple[str, TemplateEntry | None]:
        """Return the name of a template from elsewhere, and the different template that has its id,
        or None.

        Raises InvalidTemplate, which names the `file`.
        """
        template = parse_template(text, origin=file)
        there = next((one for one in self.entries() if one.key == template.id), None)
        same = there is not None and there.path is not None and self.text(there) == text
        return template.name, None if same else there

    def add(
        self, text: str, *, file: str = "", replace: bool = False, keep_both: bool = False
    ) -> TemplateEntry:
        """Import a template from elsewhere.

        Raises InvalidTemplate, which names the `file`, and TemplateExists if its id exists, unless
        it is to `replace` that template, or to get another id, so as to `keep_both`.
        """
        template = parse_template(text, origin=file or _("the file"))
        known = {entry.key: entry for entry in self.entries()}
        there = known.get(template.id)
        if there is None:
            return self.save(text)
        if there.path is not None and self.text(there) == text:
            return there
        if keep_both:
            return self.save(with_values(text, {"id": free_id(template.id, known)}))
        if not replace:
            what = _("a built-in template") if there.path is None else _("a template of yours")
            raise TemplateExists(
                _("There is {what} with the id “{id}”: {name}.").format(
                    what=what, id=template.id, name=there.name
                ),
                hint=_("Replace it, or keep both."),
            )
        if there.path is None:
            return self.save(text)
        self._put_aside(there.path)
        return self.save(text)

    def duplicate(self, entry: TemplateEntry) -> TemplateEntry:
        """Copy a template under another id and name. Raises InvalidTemplate for an invalid file."""
        if entry.template is None:
            raise InvalidTemplate(entry.problem)
        known = {one.key for one in self.entries()}
        names = {one.name for one in self.entries()}
        name = next(
            n for n in _numbered(_("{name} (copy)").format(name=entry.name)) if n not in names
        )
        values = {"id": free_id(entry.key, known), "name": name, "version": "1"}
        return self.save(with_values(self.text(entry), values))

    def new(self, name: str) -> Path:
        """Write a commented starter template of this name; its id is derived from the name. Return
        its path.

        Raises InvalidTemplate if the name is blank or the file exists.
        """
        name = " ".join(clean(name).replace("-", " ").split())
        if not name:
            raise InvalidTemplate(_("The template has no name."), hint=_("Say what it is called."))
        made = id_of(name)
        taken = {path.stem for path in built_in_templates().glob("*.toml")}
        if made.startswith(NAMELESS):  # a generic id, which several names may get
            taken |= {path.stem for path in self.folder.glob("*.toml")}
        template_id = free_id(made, taken)
        path = make_folder(self.folder) / f"{template_id}.toml"
        if os.path.lexists(path):
            raise InvalidTemplate(
                _("There is a file {path} already.").format(path=path),
                hint=_("Choose another name, or edit that file."),
            )
        write_whole(path, starter_text(name, template_id).encode("utf-8"))
        return path

    # --- removing ---

    def remove(self, entry: TemplateEntry) -> Removed:
        """Move the user's own file aside; a changed built-in template is original again. Raises
        InvalidTemplate for a built-in one."""
        if entry.path is None:
            raise InvalidTemplate(
                _("“{name}” is built in and cannot be removed.").format(name=entry.name),
                hint=_("It can be left unticked, or changed into one of your own."),
            )
        return Removed(entry, self._put_aside(entry.path))

    def bring_back(self, removed: Removed) -> None:
        """Undo a removal. Raises TemplateExists if a file of that name exists again."""
        assert removed.entry.path is not None
        if removed.entry.path.exists():
            raise TemplateExists(
                _("There is a file {name} again.").format(name=removed.entry.path.name)
            )
        self._move(removed.path, removed.entry.path)

    def removed(self, key: str) -> Removed:
        """Return the last removal of this id or file name. Raises UnknownTemplate."""
        name = key if key.endswith(".toml") else f"{key}.toml"
        found = sorted(
            (self.folder / REMOVED).glob(f"*.{glob.escape(name)}"),
            key=lambda path: int(path.name.partition(".")[0] or 0),
        )
        if not found:
            raise UnknownTemplate(
                _("No template “{key}” was removed.").format(key=key),
                hint=_("`notegen templates list` shows all."),
            )
        entry = TemplateEntry(key, TemplateOrigin.OWN, path=self.folder / name)
        return Removed(entry, found[-1])

    def _put_aside(self, path: Path) -> Path:
        """Move a file into the folder of removed templates, numbered, so that names may repeat."""
        aside = make_folder(self.folder / REMOVED)
        numbers = [each.name.partition(".")[0] for each in aside.iterdir()]
        last = max((int(number) for number in numbers if number.isdecimal()), default=0)
        target = aside / f"{last + 1}.{path.name}"
        self._move(path, target)
        return target

    def _move(self, source: Path, target: Path) -> None:
        try:
            put_in_place(source, target)
        except FileNotFoundError as error:
            raise FileMissing(_("There is no file {source}.").format(source=source)) from error
        except OSError as error:
            raise storage_error(error, target) from error

    # --- drafts ---

    def draft(self, key: str) -> str | None:
        """Return the unsaved draft of a template, or None."""
        with contextlib.suppress(FileNotFoundError, FileUnreadable):
            return read_small(self._draft_path(key), limit=LIMIT)
        return None

    def keep_draft(self, key: str, text: str) -> None:
        """Store a draft; durable when it returns."""
        write_whole(self._draft_path(key), text.encode("utf-8", "replace"))

    def drop_draft(self, key: str) -> None:
        with contextlib.suppress(OSError):
            self._draft_path(key).unlink(missing_ok=True)

    def drafts(self) -> list[str]:
        """Return the keys of all unsaved drafts."""
        with contextlib.suppress(OSError):
            return sorted(
                path.name.removesuffix(".draft")
                for path in (self.folder / DRAFTS).iterdir()
                if path.name.endswith(".draft") and not path.name.startswith(".")
            )
        return []

    def _draft_path(self, key: str) -> Path:
        return self.folder / DRAFTS / f"{key.removesuffix('.toml')}.draft"

    # --- names ---

    def _owner(self, template_id: str) -> TemplateEntry | None:
        return next(
            (one for one in self.entries() if one.key == template_id and one.path is not None),
            None,
        )

    def _free_path(self, template_id: str) -> Path:
        for name in _numbered(template_id, sign="-"):
            path = self.folder / f"{name}.toml"
            if not os.path.lexists(path):
                return path
        raise AssertionError  # unreachable: the numbers are endless


def export_text(text: str, path: Path) -> None:
    """Write a template's text to a file that others may read."""
    write_whole(path, text.encode("utf-8"))
    share(path)


def id_of(name: str) -> str:
    """Return an id derived from a name; “template” for one without Latin letters."""
    letters = unicodedata.normalize("NFKD", name.replace("ı", "i").casefold())
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    made = "-".join(re.findall(r"[a-z0-9]+", bare))[: LONGEST_ID // 2].rstrip("-")
    if SLUG.fullmatch(made):
        return made
    return f"{NAMELESS}-{made}" if made else NAMELESS


def free_id(wanted: str, taken: Collection[str]) -> str:
    """Return this id, or the next one with a free number."""
    return next(each for each in _numbered(wanted, sign="-") if each not in taken)


def _numbered(name: str, *, sign: str = " ") -> Iterator[str]:
    yield name
    for number in itertools.count(2):
        yield f"{name}{sign}{number}"


def starter_text(name: str, template_id: str) -> str:
    """Return the text of a commented starter template."""
    import tomlkit

    starter = (resources() / "starter-template.toml").read_text("utf-8")
    title = " ".join(name.split())
    name = tomlkit.item(title[:1].upper() + title[1:]).as_string()
    return starter.format(id=template_id, name=name)


def _name_of(entry: TemplateEntry | None) -> str:
    if entry is None:
        return _("the template")
    return entry.path.name if entry.path else f"{entry.key}.toml"
