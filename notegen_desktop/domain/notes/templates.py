"""Note templates: what a kind of note consists of and how it is asked for.

A template is a strict TOML file (built-in ones in `resources/templates/`, the user's own beside the
settings). This room holds its meaning and checks; reading files is `services/template_files.py`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from notegen_desktop.domain.errors import InvalidTemplate

SLUG = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")

PLACEHOLDERS = frozenset({"title", "channel", "minutes", "language", "sections", "depth"})
"""What a template's instructions may name in braces; `language` is a name in English."""


class SectionKind(StrEnum):
    """What a section is for. The offline engine fills each kind in its own way."""

    OVERVIEW = "overview"  # what the video is about, as a whole
    TOPIC = "topic"  # one subject of the video, in depth
    OBJECTIVES = "objectives"  # what one can do or knows afterwards
    TERMS = "terms"  # key terms with their meaning
    QUESTIONS = "questions"  # questions with answers, to test oneself
    SUMMARY = "summary"  # the points to take away
    APPLICATION = "application"  # how to use it in practice
    PREREQUISITES = "prerequisites"  # what one needs beforehand
    STEP = "step"  # one step of a procedure
    TIPS = "tips"
    TROUBLESHOOTING = "troubleshooting"
    VERIFICATION = "verification"  # how to tell that it worked
    SLIDE = "slide"  # one slide; speaker notes at the comprehensive level
    CARD = "card"  # one flashcard: heading asks, text answers
    CHAPTER = "chapter"  # one stretch of time
    ABSTRACT = "abstract"
    METHOD = "method"
    FINDINGS = "findings"
    DISCUSSION = "discussion"
    FACTS = "facts"  # numbers, names, commands, formulas to look up


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """One entry of a template's table of contents.

    `repeat` means one section per topic, step, slide, card or chapter, whose headings the writer
    chooses; otherwise there is one section under `heading`. `guide` tells the writer what to put.
    """

    kind: SectionKind
    heading: str = ""
    guide: str = ""
    repeat: bool = False
    min: int = 1
    max: int = 12


@dataclass(frozen=True, slots=True)
class NoteTemplate:
    """A kind of note. `version` changes when the result would; it is stored with each note.

    `needs_to_see` prefers watching the video over reading its words, where the mode is `auto`.
    `icon` names a file of `resources/icons/`. `order` sorts the list, then the name.
    """

    id: str
    version: str
    name: str
    description: str
    instructions: str
    sections: tuple[SectionPlan, ...]
    icon: str = "file-text"
    order: int = 100
    needs_to_see: bool = False
    built_in: bool = True


LineOf = Callable[[int, str], int]
"""Where a key stands in its file: number of the section (0 for the top), key -> line, 0 unknown."""


def template_from_data(
    data: Mapping[str, Any], *, origin: str, built_in: bool, line_of: LineOf | None = None
) -> NoteTemplate:
    """Build a template from parsed TOML, strictly.

    `origin` names the file in messages, and `line_of` finds the line they point at. Raises
    InvalidTemplate for an unknown or missing key, a wrong type, an unknown placeholder or an
    impossible plan.
    """
    reader = _Reader(data, origin, 0, line_of)
    template_id = reader.take("id", str)
    if not SLUG.fullmatch(template_id):
        raise reader.refuse("id", f"id “{template_id}” should be words-with-hyphens.")
    instructions = reader.take("instructions", str).strip()
    _check_placeholders(instructions, reader)
    raw_sections = reader.take("sections", list)
    if not raw_sections:
        raise reader.refuse("sections", "there is no [[sections]] entry.")
    sections = tuple(
        _section(entry, _Reader(entry, origin, number, line_of))
        for number, entry in enumerate(raw_sections, start=1)
    )
    template = NoteTemplate(
        id=template_id,
        version=reader.take("version", str),
        name=reader.take("name", str),
        description=reader.take("description", str),
        instructions=instructions,
        sections=sections,
        icon=reader.take("icon", str, "file-text"),
        order=reader.take("order", int, 100),
        needs_to_see=reader.take("needs_to_see", bool, False),
        built_in=built_in,
    )
    reader.finish()
    return template


def _section(entry: object, reader: _Reader) -> SectionPlan:
    if not isinstance(entry, dict):
        raise reader.refuse("", "should be a table, written as [[sections]].")
    name = reader.take("kind", str)
    try:
        kind = SectionKind(name)
    except ValueError:
        known = ", ".join(k.value for k in SectionKind)
        raise reader.refuse("kind", f"unknown kind “{name}”. Known: {known}.") from None
    plan = SectionPlan(
        kind=kind,
        heading=reader.take("heading", str, "").strip(),
        guide=reader.take("guide", str, "").strip(),
        repeat=reader.take("repeat", bool, False),
        min=reader.take("min", int, 1),
        max=reader.take("max", int, 12),
    )
    reader.finish()
    if not plan.repeat and not plan.heading:
        raise reader.refuse("heading", "a section that does not repeat needs a heading.")
    if not 1 <= plan.min <= plan.max:
        raise reader.refuse("min", "min should be at least 1 and at most max.")
    return plan


def _check_placeholders(text: str, reader: _Reader) -> None:
    """Refuse what `str.format` would stumble over; a lone brace is written twice."""
    try:
        fields = [field for field in string.Formatter().parse(text) if field[1] is not None]
    except ValueError as error:
        raise reader.refuse(
            "instructions",
            f"instructions: {error}. A brace that is meant as such is written twice.",
        ) from error
    for _, name, specification, conversion in fields:
        if name not in PLACEHOLDERS:
            known = ", ".join(sorted(PLACEHOLDERS))
            raise reader.refuse("instructions", f"unknown placeholder {{{name}}}. Known: {known}.")
        if specification or conversion:
            raise reader.refuse("instructions", f"write {{{name}}} without “:” or “!”.")


class _Reader:
    """Takes keys out of a table one by one, so that what is left over can be refused."""

    _REQUIRED = object()

    def __init__(
        self, data: Mapping[str, Any], origin: str, section: int, line_of: LineOf | None
    ) -> None:
        self._data = dict(data) if isinstance(data, Mapping) else {}
        self._origin = origin
        self._section = section
        self._line_of = line_of

    def refuse(self, key: str, words: str) -> InvalidTemplate:
        """The error that names the file, the line if it can be found, and the section."""
        line = self._line_of(self._section, key) if self._line_of else 0
        place = self._origin + (f", line {line}" if line else "")
        if self._section:
            place += f", section {self._section}"
        return InvalidTemplate(f"{place}: {words}")

    def take(self, key: str, kind: type[Any], default: Any = _REQUIRED) -> Any:
        value = self._data.pop(key, default)
        if value is self._REQUIRED:
            raise self.refuse("", f"“{key}” is missing.")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.refuse(key, f"“{key}” should be {_TYPE_WORDS[kind]}.")
        if default is self._REQUIRED and isinstance(value, str) and not value.strip():
            raise self.refuse(key, f"“{key}” is empty.")
        return value

    def finish(self) -> None:
        if self._data:
            unknown = sorted(self._data)
            words = ", ".join(f"“{key}”" for key in unknown)
            raise self.refuse(unknown[0], f"unknown key {words}.")


_TYPE_WORDS = {
    str: "a text in quotes",
    int: "a whole number",
    bool: "true or false",
    list: "a list of tables, written as [[sections]]",
}
