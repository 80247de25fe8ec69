"""Finds a speaker whom a statement names for words that another one says.

“Anna says that …” is a claim about who spoke. It is compared only in English, in transcripts with
speakers, and where the statement begins with one of them and a verb of saying.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from notegen_desktop.domain.text.features import tokens
from notegen_desktop.domain.text.transcript import Segment

LONG_TURN = 8
"""Minimum words of a turn beside the place that may be the one that is meant."""

_SUBJECT = re.compile(
    r"[\W_]*(?:(?:The|Chief|Justice|Mr|Mrs|Ms|Dr|Prof|Professor|Judge|Senator)\.?\s+)*"
    r"(?P<name>[^\W\d_][\w.'’-]*(?:\s+[A-Z][\w.'’-]*){0,3})\s+"
    r"(?:also\s+|then\s+|first\s+)?"
    r"(?:says?|said|argue[sd]?|explain(?:s|ed)|states?|stated|claim(?:s|ed)|think(?:s)?|thought"
    r"|believe[sd]?|suggest(?:s|ed)|propose[sd]?|points?\s+out|pointed\s+out|mention(?:s|ed)"
    r"|report(?:s|ed)|ask(?:s|ed)|tells|told|recommend(?:s|ed)|insist(?:s|ed)|complain(?:s|ed)"
    r"|declare[sd]?|maintain(?:s|ed)|emphasi[sz]e[sd]?|wonder(?:s|ed)|note[sd])\b"
)

_SUFFIX = re.compile(r",?\s+(?:Jr|Sr|II|III|IV)\.?$")


def speaker_named(text: str, speakers: Iterable[str]) -> tuple[str, frozenset[str]] | None:
    """Return the name by which a statement begins to tell what somebody says, and the speakers who
    may be meant; None if it does not or if none is meant."""
    found = _SUBJECT.match(text)
    if found is None:
        return None
    name = tokens(found["name"])
    meant = frozenset(
        speaker for speaker in speakers if tokens(_SUFFIX.sub("", speaker))[-len(name) :] == name
    )
    return (found["name"].split()[-1], meant) if meant else None


def speaks(segments: Sequence[Segment], meant: frozenset[str], first: int, last: int) -> bool:
    """Return True if one of some speakers has a turn at the segments from `first` to `last`, or one
    of several words beside them."""
    near = range(max(0, first - 1), min(len(segments), last + 2))
    return any(
        segments[at].speaker in meant
        and (first <= at <= last or len(tokens(segments[at].text)) >= LONG_TURN)
        for at in near
    )
