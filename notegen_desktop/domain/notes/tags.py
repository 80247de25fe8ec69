"""Tags, by which the user files notes. A star and a collection are tags like any other."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from notegen_desktop.domain.errors import UsageError
from notegen_desktop.domain.text.cleaning import visible
from notegen_desktop.domain.words import _, ngettext

STAR = "starred"
"""The tag of starred notes."""

MAX_TAG_CHARS = 64


def tag_name(text: str) -> str:
    """Return a typed tag normalized, in one line and without a leading sign. Raises UsageError for
    one that is empty, too long or more than one."""
    name = unicodedata.normalize("NFC", " ".join(visible(text).split())).lstrip("# ")
    if not name:
        raise UsageError(_("A tag needs a letter or a digit."))
    if len(name) > MAX_TAG_CHARS:
        raise UsageError(
            ngettext(
                "The tag “{name}…” is longer than {n} character.",
                "The tag “{name}…” is longer than {n} characters.",
                MAX_TAG_CHARS,
            ).format(name=name[:20], n=MAX_TAG_CHARS)
        )
    if "," in name:
        raise UsageError(_("“{name}” has a comma, which stands between tags.").format(name=name))
    return STAR if tag_key(name) == STAR else name


def tag_key(name: str) -> str:
    """Return the key of a tag, which ignores case and Unicode composition."""
    return unicodedata.normalize("NFC", name.casefold())


def tags_in(text: str) -> tuple[str, ...]:
    """Return the tags of a comma-separated list, without duplicates. Raises UsageError."""
    return unique_tags(tag_name(each) for each in text.split(",") if each.strip("# \t"))


def unique_tags(names: Iterable[str]) -> tuple[str, ...]:
    """Return tags in alphabetical order, without duplicates, in their first spelling."""
    named: dict[str, str] = {}
    for name in names:
        named.setdefault(tag_key(name), name)
    return tuple(named[key] for key in sorted(named))
