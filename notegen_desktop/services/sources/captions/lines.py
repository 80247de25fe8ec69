"""Parses lines with times into cues: captions, and transcripts as users copy them. Pure.

Only lines with times matter: the lines between two of them belong to the first, in any format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from notegen_desktop.domain.text.segments import Cue, spoken_seconds

from .text import clean, has_lit_words, has_word_times, named_speakers
from .times import SPOKEN_TIME, STARTS_ANEW, Mark, marked

_WEBEX = re.compile(r'\d{1,6} "([^"]{1,80})" \(\d{1,20}\)')
"""A cue's name that contains its speaker."""
_SETTING = re.compile(r"(?:[A-Za-z][\w-]{0,11}:[\w%.,#-]+|[XY][12]:\d+)(?:\s+|$)")
_BLOCK = re.compile(r"^(?:NOTE|STYLE|REGION|WEBVTT)(?:\s|$)")
_HEADER = re.compile(r"WEBVTT|(?:Kind|Language|X-TIMESTAMP-MAP)\s*[:=]", re.IGNORECASE)
_SONG = re.compile(r"^\[(?:ti|ar|al|au|by|re|ve|la|id|offset|length|tool):.*\]$", re.IGNORECASE)
"""Metadata of a song in the LRC format."""
_SUBVIEWER = re.compile(r"^\[[A-Z][A-Z ]{2,20}\]")
"""A header line of SubViewer: `[TITLE]Bees`, `[SUBTITLE]`."""
_RULED = re.compile(r"^\|[^\w]*$|^\|.*(?:\b(?:time|start|from|timestamp)\b).*\|$", re.IGNORECASE)
"""The header of a table of times and text, and the rule below it."""
_ABOVE = re.compile(r"[-=_*–—]{3,}|(?:Detected language|Detecting language)\b.*")
"""Rules, and the first messages of a recognizer's console."""
_PANEL = frozenset({"transcript", "search in video", "search transcript", "show transcript"})
"""Headings of YouTube's own transcript panel."""

_SPELLED_TIME = re.compile(
    r"\d{1,2}\s?[^\W\d]{1,14}(?:\W{1,3}(?:[^\W\d]{1,3}\s)?\d{1,2}\s?[^\W\d]{1,14}){0,2}"
)
"""A time in words: up to three numbers, each with a unit: hours, minutes and seconds."""
LONG_BEFORE_S = 60.0
"""Seconds: text above a later first time was said before it."""
DAY_S = 24 * 3600.0
SHOWN = 2.0
"""Factor on the speaking time of a cue without an end."""


def timed_cues(lines: Sequence[str]) -> list[Cue] | None:
    """Return the cues of lines with times, in any format; None for lines without."""
    lines, marks = marked(lines)
    return _cues_of(lines, marks) if marks else None


def only_header(lines: Sequence[str]) -> bool:
    """Return True if lines without times have no text either: a header, comments, bare numbers."""
    body = _without_blocks(["", *lines])
    return all(not line.strip() or _HEADER.match(line) or _index(line) is not None for line in body)


def _cues_of(lines: Sequence[str], marks: Sequence[Mark]) -> list[Cue]:
    """Return the cues of a file, one or more per mark; text above the first mark belongs to it."""
    places = [mark.at for mark in marks]
    labels = _identifiers(lines, places, may_be_words=not any(mark.captioned for mark in marks))
    labels |= {mark.named_at for mark in marks if mark.named_at is not None}
    is_vtt = any(line.lstrip("\ufeff").startswith("WEBVTT") for line in lines[:3])
    spoken = _spoken_times(lines, marks)
    bodies: list[str] = []
    for mark, until in zip(marks, [*places[1:], len(lines)], strict=True):
        body = [lines[i] for i in range(mark.at + 1, until) if i not in labels | spoken]
        body = [line for line in body if not SPOKEN_TIME.match(line.strip())]
        if is_vtt:
            body = _without_blocks(body)
        words = _without_settings(mark.rest)
        if words and not (is_vtt and any(map(str.strip, body))):
            body.insert(0, words)
        bodies.append("\n".join(body))
    above = [lines[i] for i in range(places[0]) if i not in labels]
    bodies = [_spoken_of(body) if '"spokenText"' in body else body for body in bodies]
    start = marks[0].start_s or 0.0
    title = begin = ""
    if marks[0].speaker:  # words above the first speaker are a title
        title = "\n".join(_said(above))
    elif start >= LONG_BEFORE_S and not marks[0].captioned:
        begin = "\n".join(_said(above))
    elif not is_vtt:
        bodies[0] = "\n".join([*_said(above), bodies[0]])
    names = named_speakers([begin, *bodies] if begin else bodies, timed=True)
    cues = voiced(start, start, title) + voiced(0.0, start, begin, names=names)
    for mark, (start, end), raw in zip(marks, _spans(marks, bodies), bodies, strict=True):
        told = _WEBEX.fullmatch(lines[mark.at - 1].strip()) if mark.captioned else None
        if end > start or raw.strip():
            speaker = told[1] if told else mark.speaker
            cues += voiced(start, end, raw, names=names, speaker=speaker)
    return continued(_with_speakers(cues) if names else cues)


def _spoken_of(body: str) -> str:
    """Return the text of a cue that Teams writes as JSON, with its speaker."""
    try:
        told = json.loads(body)
        return f"<v {told.get('speakerName', '')}>{told['spokenText']}"
    except (ValueError, KeyError, AttributeError, RecursionError):
        return body


def _said(above: Sequence[str]) -> list[str]:
    """Return the lines above the first time that are text: no header, number or panel title."""
    return [
        line.strip().lstrip("# ")
        for line in above
        if line.strip()
        and not _HEADER.match(line)
        and _index(line) is None
        and line.strip().casefold() not in _PANEL
        and not _SONG.match(line.strip())
        and not _SUBVIEWER.match(line)
        and not _RULED.match(line.strip())
        and not _ABOVE.fullmatch(line.strip())
    ]


def _spoken_times(lines: Sequence[str], marks: Sequence[Mark]) -> set[int]:
    """Return the lines below times that repeat them for a screen reader, in any language: “1
    Minute, 2 Sekunden” below 1:02. Only if nearly all times have one, and never in captions."""
    said = {
        mark.at + 1
        for mark in marks
        if not (mark.rest or mark.captioned)
        and mark.at + 1 < len(lines)
        and _says(lines[mark.at + 1], mark.start_s)
    }
    return said if len(said) * 4 >= len(marks) * 3 and len(marks) > 2 else set()


def _says(line: str, start_s: float | None) -> bool:
    whole = int(start_s or 0.0)
    parts = [part for part in (whole // 3600, whole // 60 % 60, whole % 60) if part] or [0]
    return (
        _SPELLED_TIME.fullmatch(line.strip()) is not None
        and [int(n) for n in re.findall(r"\d{1,6}", line)] == parts
    )


def _spans(marks: Sequence[Mark], bodies: Sequence[str]) -> list[tuple[float, float]]:
    """Return the times of marks in seconds; unreadable ones are interpolated from their
    neighbours."""
    spans: list[tuple[float, float]] = []
    for number, (mark, raw) in enumerate(zip(marks, bodies, strict=True)):
        before = spans[-1][1] if spans else 0.0
        start = before if mark.start_s is None else mark.start_s
        end = mark.end_s
        if end is None:
            later = marks[number + 1].start_s if number + 1 < len(marks) else None
            shown = start + SHOWN * spoken_seconds(raw)
            end = later if later is not None and later >= start else shown
        spans.append((start, end))
    return spans


def voiced(
    start: float,
    end: float,
    raw: str,
    *,
    tagged: bool = False,
    names: frozenset[str] = frozenset(),
    speaker: str | None = None,
) -> list[Cue]:
    """Return the cues of one time span: one per speaker, with the time divided by length of text.

    `names` are the speakers' names that precede text in this file.
    """
    parts = clean(raw, names)
    total = sum(len(part.text) for part in parts) or 1
    tagged, lit = tagged or has_word_times(raw), has_lit_words(raw)
    cues: list[Cue] = []
    done = 0
    for part in parts:
        begin = start + (end - start) * done / total
        done += len(part.text)
        until = start + (end - start) * done / total
        cues.append(Cue(begin, until, part.text, part.speaker or speaker, part.turn, tagged, lit))
    return cues


def _with_speakers(cues: Sequence[Cue]) -> list[Cue]:
    """Return cues with missing speakers taken from the cue before: a file may name each only when
    the voice changes."""
    kept: list[Cue] = []
    for cue in cues:
        goes_on = kept and not cue.speaker and not cue.turn
        kept.append(replace(cue, speaker=kept[-1].speaker) if goes_on else cue)
    return kept


def continued(cues: Sequence[Cue]) -> list[Cue]:
    """Return the cues of joined files on one time line: each part begins where the one before
    ended.

    Times that fall back to the beginning mark a new part; a cue or two out of order do not.
    """
    cues = _beyond_midnight(cues)
    runs: list[list[Cue]] = []
    for cue in cues:
        reached = runs[-1][-1].start_s if runs else 0.0
        if not runs or (cue.start_s < reached and cue.start_s <= reached * STARTS_ANEW):
            runs.append([])
        runs[-1].append(cue)
    if any(len(run) < 2 for run in runs) or len(runs) < 2:
        return list(cues)
    joined: list[Cue] = []
    for run in runs:
        shift = max((cue.end_s for cue in joined), default=0.0)
        joined += [replace(c, start_s=c.start_s + shift, end_s=c.end_s + shift) for c in run]
    return joined


def _beyond_midnight(cues: Sequence[Cue]) -> Sequence[Cue]:
    """Return cues whose clock times pass midnight with 24 hours added from there."""
    day = next((n for n, (a, b) in enumerate(pairwise(cues), 1) if _is_midnight(a, b)), len(cues))
    later = [replace(c, start_s=c.start_s + DAY_S, end_s=c.end_s + DAY_S) for c in cues[day:]]
    return [*cues[:day], *later]


def _is_midnight(before: Cue, after: Cue) -> bool:
    return before.start_s > DAY_S - 3600 and after.start_s < 3600


def _without_settings(rest: str) -> str:
    """Return the text behind the times of a cue, without its position settings (`align:start`,
    `X1:9`)."""
    while found := _SETTING.match(rest):
        rest = rest[found.end() :]
    return rest


def _identifiers(lines: Sequence[str], places: Sequence[int], *, may_be_words: bool) -> set[int]:
    """Return the lines that are numbers or, in captions, names of cues, not text.

    A name is directly above the times, with an empty line above itself. A number may also be
    displaced by lost or doubled blank lines, if the file numbers its cues.
    """
    candidates: list[int | None] = []
    floor = -1
    for at in places:
        above = at - 1
        while above > floor and not lines[above].strip():
            above -= 1
        candidates.append(above if above > floor else None)
        floor = at
    counts = _counts(lines, places, candidates)
    names: set[int] = set()
    last: int | None = None
    for at, candidate in zip(places, candidates, strict=True):
        if candidate is None:
            continue
        index = _index(lines[candidate])
        adjacent = candidate == at - 1
        free = candidate == 0 or not lines[candidate - 1].strip()
        if index is not None and counts:
            if (adjacent and free) or last is None or index == last + 1:
                names.add(candidate)
                last = index
                names.update(_lonely(lines, candidate, index))
        elif adjacent and free and index is None and not counts and not may_be_words:
            names.add(candidate)
    if last is not None and (rest := _cut_off(lines, last)) is not None:
        names.add(rest)
    return names


def _cut_off(lines: Sequence[str], last: int) -> int | None:
    """Return the line at which a file ends with the number of a missing cue, or None."""
    at = max((i for i, line in enumerate(lines) if line.strip()), default=0)
    is_next = at > 0 and not lines[at - 1].strip() and _index(lines[at]) == last + 1
    return at if is_next else None


def _lonely(lines: Sequence[str], at: int, index: int) -> Iterable[int]:
    """Return duplicates of a number above it, left by a cue that lost its times and text."""
    above = at - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    if 0 <= above < at - 1 and _index(lines[above]) == index and not lines[above - 1].strip():
        yield above


def _counts(lines: Sequence[str], places: Sequence[int], candidates: Sequence[int | None]) -> bool:
    """Return True if a file numbers its cues: directly above their times, or from the first on."""
    found = [
        (number, candidate == at - 1)
        for at, candidate in zip(places, candidates, strict=True)
        if candidate is not None and (number := _index(lines[candidate])) is not None
    ]
    right_above = sum(1 for _, adjacent in found if adjacent)
    steps = 1 + sum(1 for (a, _), (b, _) in pairwise(found) if b == a + 1)
    first = candidates[0] is not None and _index(lines[candidates[0]]) is not None
    return right_above * 2 >= len(places) or (first and steps * 2 >= len(places))


def _index(line: str) -> int | None:
    line = line.strip().lstrip("\ufeff#")
    digits = line.removeprefix("-").removesuffix(".")
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 8
    return int(line.removesuffix(".")) if is_number else None


def _without_blocks(body: Sequence[str]) -> list[str]:
    """Return the lines of a cue without the NOTE, STYLE and REGION blocks that follow it."""
    kept: list[str] = []
    inside = False
    for at, line in enumerate(body):
        if not line.strip():
            inside = False
        elif at and not body[at - 1].strip() and _BLOCK.match(line):
            inside = True
        if not inside:
            kept.append(line)
    return kept
