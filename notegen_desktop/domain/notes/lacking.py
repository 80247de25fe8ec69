"""Describes what a note lacks, in the user's language.

Notes store it in English, as `Note.missing`: a file or a shared library has readers of several
languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from notegen_desktop.domain.text.quantities import listed
from notegen_desktop.domain.words import N_, _

LACKS = (
    N_("the section “{title}”"),
    N_("the video from {start} to {end}"),
    N_("the {level} level of its sections"),
    N_("{n} of its sections"),
    N_("headings in {language}"),
    N_("levels that differ"),
    N_("its end"),
)


def lacks_words(missing: Sequence[str]) -> str:
    """Return what a note lacks, as a sentence; "" for a complete one."""
    named = [lack_words(lack) for lack in missing]
    return _("This note lacks {missing}.").format(missing=listed(named)) if named else ""


def lack_words(lack: str) -> str:
    """Return an item of `Note.missing` translated; unchanged if this release does not know its
    form."""
    for form in LACKS:
        if found := re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>.+)", form), lack, re.DOTALL):
            return _(form).format_map(found.groupdict() | _translated(found.groupdict()))
    return lack


def _translated(parts: dict[str, str]) -> dict[str, str]:
    """Return those parts that are translatable."""
    level, language = parts.get("level"), parts.get("language")
    told = {"level": _(level.capitalize()).lower()} if level else {}
    return told | ({"language": _(language)} if language else {})
