"""Reads tables of a TOML file into dataclasses, strictly, with readable errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import date
from typing import Any, TypeVar, get_type_hints

from notegen_desktop.domain.words import N_, _, ngettext

from .cleaning import with_line_feeds
from .quantities import quoted, series

T = TypeVar("T")

Refuse = Callable[[str, str], Exception]
"""Returns the error for a key ("" for the table itself) and the text of the problem."""

_TYPE_WORDS = {
    "str": N_("a text in quotes"),
    "int": N_("a whole number"),
    "float": N_("a number"),
    "bool": N_("true or false"),
    "date": N_("a day such as 2026-11-20"),
    "object": N_("a table"),
    "array": N_("a list of tables, written as [[sections]]"),
}
"""Descriptions of types, by their names in msgspec's messages."""


def read_table(
    table: object, kind: type[T], refuse: Refuse, *, known: Mapping[str, Any] | None = None
) -> T:
    """Return the table as the dataclass `kind`, whose annotations are the types of the keys.

    `known` are the values of fields that the table may not set. Line breaks of its texts, except in
    nested tables, become line feeds. Raises the error by `refuse` if a key is unknown, missing or
    of another type, or a required text is blank.
    """
    import msgspec  # late: nothing that only shows data needs it

    known = known or {}
    if not isinstance(table, dict):
        raise refuse("", _("should be a table."))
    taken = {field.name: field for field in fields(kind) if field.name not in known}  # type: ignore[arg-type]
    if unknown := sorted(set(table) - set(taken)):
        words = ngettext("unknown key {keys}.", "unknown keys {keys}.", len(unknown))
        raise refuse(unknown[0], words.format(keys=series(map(quoted, unknown))))
    table = {k: with_line_feeds(v) if isinstance(v, str) else v for k, v in table.items()}
    for key, value in table.items():
        if taken[key].default is MISSING and isinstance(value, str) and not value.strip():
            raise refuse(key, _("“{key}” is empty.").format(key=key))
    try:
        return msgspec.convert({**table, **known}, kind, builtin_types=(date,))
    except msgspec.ValidationError as error:
        words = str(error)
    what, __, place = words.partition(" - at `$.")
    key = place.partition("[")[0].rstrip("`")
    name = [*what.split("`"), "", ""][1]
    if not place:
        raise refuse("", _("“{name}” is missing.").format(name=name))
    if what.startswith("Invalid enum value"):
        said = _("unknown {key} “{value}”. Known: {choices}.").format(
            key=key, value=table[key], choices=series(get_type_hints(kind)[key])
        )
        raise refuse(key, said)
    said = _("“{key}” should be {what}.").format(key=key, what=_(_TYPE_WORDS[name]))
    raise refuse(key, said)
