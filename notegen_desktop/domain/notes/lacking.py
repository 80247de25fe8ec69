"""What a note lacks, in the language of its reader.

Notes keep it in English, as `Note.missing` has it: a file or a shared library goes to readers of
several languages.
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
    """What a note lacks, as a sentence; "" for a whole one."""
    named = [lack_words(lack) for lack in missing]
    return _("This note lacks {missing}.").format(missing=listed(named)) if named else ""


def lack_words(lack: str) -> str:
    """One of `Note.missing` as it is read; as it is kept if this release does not know its form."""
    for form in LACKS:
        if found := re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>.+)", form), lack, re.DOTALL):
            return _(form).format_map(found.groupdict() | _translated(found.groupdict()))
    return lack


def _translated(parts: dict[str, str]) -> dict[str, str]:
    """Those of the parts that are words of the program."""
    level, language = parts.get("level"), parts.get("language")
    told = {"level": _(level.capitalize()).lower()} if level else {}
    return told | ({"language": _(language)} if language else {})
