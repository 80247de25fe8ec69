"""Edits the text of a template file and leaves the rest as written, comments too."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from notegen_desktop.domain.errors import InvalidTemplate
from notegen_desktop.domain.text.cleaning import clean, in_sentence, with_line_feeds
from notegen_desktop.domain.words import _

if TYPE_CHECKING:
    import tomlkit

Values = Mapping[str, Any]
"""Values by key; None removes the key."""

SEEN = frozenset({"id", "name", "description", "icon", "order", "version"})
"""Keys that change only how a template is shown."""

LONG = 90
"""Characters above which a text is written over several lines."""


def values_in(text: str) -> dict[str, Any] | None:
    """Return the values in the text, or None if it is not TOML."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def with_values(text: str, values: Values) -> str:
    """Return the text with other values of its top-level keys. Raises InvalidTemplate if it is not
    TOML."""
    document = _parsed(text)
    _put(document, values)
    return str(document.as_string())


def with_sections(text: str, sections: Sequence[tuple[int | None, Values]]) -> str:
    """Return the text with other sections: each with its former index (None for a new one), and its
    values. Raises InvalidTemplate if it is not TOML."""
    import tomlkit

    document = _parsed(text)
    before = [_body(table) for table in document.get("sections", ())]
    if "sections" in document:
        del document["sections"]
    parts = [document.as_string().rstrip("\n") + "\n"]
    for place, values in sections:
        body = tomlkit.parse("" if place is None else before[place])
        _put(body, values)
        parts.append("[[sections]]\n" + body.as_string().strip("\n") + "\n")
    return "\n".join(parts)


def raised_version(text: str, before: str) -> str:
    """Return the text with its version incremented, if notes will differ from those of `before` and
    the version is unchanged. A version that is not a number stays."""
    now, then = values_in(text) or {}, values_in(before) or {}
    differs = any(now.get(key) != then.get(key) for key in (now.keys() | then.keys()) - SEEN)
    version = now.get("version")
    if not differs or version != then.get("version"):
        return text
    if not (isinstance(version, str) and version.isdecimal()):
        return text
    return with_values(text, {"version": str(int(version) + 1)})


def _parsed(text: str) -> tomlkit.TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text)
    except (TOMLKitError, RecursionError, ValueError) as error:
        words = _("The text is no TOML: {error}.").format(error=in_sentence(str(error)))
        raise InvalidTemplate(words) from error


def _body(table: Any) -> str:
    """Return a section's lines below its header; an inline table becomes lines."""
    import tomlkit
    from tomlkit.items import Table

    if isinstance(table, Table):
        return table.as_string()
    return tomlkit.dumps(getattr(table, "unwrap", dict)())


def _put(table: tomlkit.TOMLDocument, values: Values) -> None:
    import tomlkit

    for key, given in values.items():
        value = clean(with_line_feeds(given)) if isinstance(given, str) else given
        if value is None:
            table.pop(key, None)
        elif table.get(key) != value:
            long = isinstance(value, str) and ("\n" in value or len(value) > LONG)
            table[key] = tomlkit.string(f"\n{value}\n", multiline=True) if long else value
