"""Lines with times among them, read as cues: captions, and transcripts as people copy them. Pure.

Everything is keyed on the lines that hold times: what stands between two of them belongs to the
first, whatever the format says. A readable start is enough: the end is then the next start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from notegen_desktop.domain.text.segments import Cue, spoken_seconds

from .text import clean, has_word_times, named_speakers

_CLOCK = (
    r"(?:\d{1,3}\s?[:：]\s?)?\d{1,3}\s?[:：]\s?\d{1,2}(?:\s?[.,:;]\s?\d{1,6})?(?![\d:])"
    r"|\d{1,6}(?:[.,]\d{1,6})?\s?s(?!\w)"
)
_PARTS = re.compile(
    r"(?:(\d+)\s?[:：]\s?)?(\d+)\s?[:：]\s?(\d+)(?:\s?([.,:;])\s?(\d+))?|(\d+(?:[.,]\d+)?)\s?s"
)
_OPEN = r"[\s\[(<{*_`#|>•-]{0,6}?"
_CLOSE = r"[\s\])>}*_`|]{0,6}"
_ARROW = r"(?:[-–—−=~]{0,3}\s?(?:>{1,2}|&gt;)|[→⇒»])"
_CUE = re.compile(
    rf"^{_OPEN}(?P<start>[-−]?(?:{_CLOCK})){_CLOSE}?\s*{_ARROW}\s*{_OPEN}"
    rf"(?P<end>[-−]?(?:{_CLOCK})(?=[\s\])>}}*_`|]|$)|[-−]?(?:[Nn]a[Nn]|\d)[\w:.,;]*)?"
    rf"{_CLOSE}(?P<rest>.*)$"
)
_HALF_CUE = re.compile(rf"^[\w:.,;\s-]{{0,20}}?\s*--?>\s*(?P<end>{_CLOCK})\s*$")
"""A line of times of which the end alone can be read."""
_SBV = re.compile(rf"^(?P<start>{_CLOCK}),(?P<end>{_CLOCK})(?P<rest>)$")
_NO_ARROW = re.compile(
    r"^\s*(?P<start>[\d:]{4,9}[.,]\d{3})[-–—−~\s]{1,4}(?P<end>[\d:]{4,9}[.,]\d{3})(?P<rest>)\s*$"
)
"""A line of captions that has lost its arrow: two times to the thousandth and nothing else."""
_RANGE = re.compile(
    rf"^{_OPEN}(?P<start>{_CLOCK}){_CLOSE}?(?:\s*(?:[-–—−~]{{1,3}}|to|bis)\s*|[ \t]+){_OPEN}"
    rf"(?P<end>{_CLOCK})(?:[ \t]+(?:{_CLOCK}))?{_CLOSE}[-–—:]?\s*(?P<rest>.*)$"
)
_LEADING = re.compile(
    rf"^{_OPEN}(?P<start>{_CLOCK})[\])>}}*_`]{{0,5}}(?:\(https?://[^\s()]+\)\**)?"
    r"(?:\s*[-–—:|]\s+|\s+|(?<=[\])>*])|$)(?P<rest>.*)$"
)
_HEADING = re.compile(
    rf"^[\[(*#\s]{{0,4}}(?P<name>\w[\w.,'’ -]{{0,50}}?)[\])*:]{{0,4}}[\s,|–—-]*"
    rf"[\[(]?(?P<start>{_CLOCK})[\])]?[*:]{{0,3}}\s*(?P<rest>)$"
)
_NAMED = re.compile(
    rf"^\**(?P<name>\w[\w.'’ -]{{0,50}}?)\**\s*[\[(](?P<start>{_CLOCK})[\])]\s*"
    r"\**:\**\s*(?P<rest>.+)$"
)
_SETTING = re.compile(r"(?:[A-Za-z][\w-]{0,11}:[\w%.,#-]+|[XY][12]:\d+)(?:\s+|$)")
_SPOKEN_TIME = re.compile(r"^(?:\d+ (?:hours?|minutes?|seconds?)(?:, )?)+$")
_BLOCK = re.compile(r"^(?:NOTE|STYLE|REGION|WEBVTT)(?:\s|$)")
_HEADER = re.compile(r"WEBVTT|(?:Kind|Language|X-TIMESTAMP-MAP)\s*[:=]", re.IGNORECASE)
_SONG = re.compile(r"^\[(?:ti|ar|al|au|by|re|ve|la|id|offset|length|tool):.*\]$", re.IGNORECASE)
"""What the LRC format tells of a song."""
_PANEL = frozenset({"transcript", "search in video", "search transcript", "show transcript"})
"""What YouTube's own panel has above the words."""

FRAMES_A_SECOND = 25
"""Of times such as 00:00:11:10; films and television have 24 to 30, a file does not say."""
SHOWN = 2.0
"""Words whose time has no end stand twice as long as it takes to say them."""
STARTS_ANEW = 0.1
"""A file of joined parts: times fall back to within this share of what was reached."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A line that holds times, in seconds; `rest` are the words behind them."""

    at: int
    start_s: float | None
    end_s: float | None
    rest: str = ""
    speaker: str | None = None


def seconds(clock: str) -> float | None:
    """Seconds of `1:02:03.5`, `02:03`, `00:00:11:10` (the last are frames) or `4.5s`."""
    found = _PARTS.search(clock)
    if found is None:
        return None
    if found[6]:
        return float(found[6].replace(",", "."))
    whole = int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])
    fraction = float(f"0.{found[5]}") if found[5] else 0.0
    if found[5] and found[4] in ":;" and len(found[5]) < 3:
        fraction = min(int(found[5]) / FRAMES_A_SECOND, 0.99)
    return -(whole + fraction) if clock[0] in "-−" else whole + fraction


def timed_cues(lines: Sequence[str]) -> list[Cue] | None:
    """The cues of lines with times, whatever the format; None if these are no timed lines."""
    marks = _captions(lines) or _ranges(lines)
    if marks:
        return _cues_of(lines, marks)
    marks = _transcript(lines)
    return _cues_of(lines, marks) if marks else None


def only_header(lines: Sequence[str]) -> bool:
    """Whether lines without times have no words either: a header, comments, bare numbers."""
    body = _without_blocks(["", *lines])
    return all(not line.strip() or _HEADER.match(line) or _index(line) is not None for line in body)


# --- which lines hold times ----------------------------------------------------------------------


def _captions(lines: Sequence[str]) -> list[_Mark]:
    """The lines with an arrow between two times, as WebVTT and SubRip have them, or a comma."""
    marks = []
    for at, line in enumerate(lines):
        if not any(sign in line for sign in ">→⇒»,") or not any(sign in line for sign in ":：s"):
            continue
        if found := _CUE.match(line) or _SBV.match(line.strip()) or _NO_ARROW.match(line):
            marks.append(_mark(at, found))
        elif found := _HALF_CUE.match(line):
            marks.append(_Mark(at, None, seconds(found["end"])))
    arrows = sum(">" in lines[m.at] or "→" in lines[m.at] or "," in lines[m.at] for m in marks)
    return marks if arrows and any(mark.start_s is not None for mark in marks) else []


def _ranges(lines: Sequence[str]) -> list[_Mark]:
    """The lines with two times side by side or a dash between, where a file is made of them."""
    marks = [_mark(at, found) for at, line in enumerate(lines) if (found := _RANGE.match(line))]
    return marks if _is_made_of(marks, lines) else []


def _transcript(lines: Sequence[str]) -> list[_Mark]:
    """The lines with one time: in front of the words, above them, or behind the speaker's name."""
    marks, headings = [], []
    for at, line in enumerate(lines):
        bare = line.strip()
        if found := _LEADING.match(bare):
            marks.append(_mark(at, found))
        elif found := _NAMED.match(bare) or _HEADING.match(bare):
            headings.append(replace(_mark(at, found), speaker=_name(found["name"])))
    if len(headings) > len(marks):
        marks = headings
    if not _is_made_of(marks, lines):
        return []
    return _named_above(marks, lines)


def _mark(at: int, found: re.Match[str]) -> _Mark:
    end = found.groupdict().get("end")
    return _Mark(at, seconds(found["start"]), seconds(end) if end else None, found["rest"].strip())


def _is_made_of(marks: Sequence[_Mark], lines: Sequence[str]) -> bool:
    """Whether so many lines have a time, in order, that a file is a transcript and no text."""
    filled = sum(1 for line in lines if line.strip())
    starts = [mark.start_s or 0.0 for mark in marks]
    back = sum(1 for a, b in pairwise(starts) if b < a and b > max(starts) * STARTS_ANEW)
    return len(marks) >= 2 and len(marks) * 4 >= filled and back == 0


def _named_above(marks: Sequence[_Mark], lines: Sequence[str]) -> list[_Mark]:
    """Marks whose line has a name and no words (`0:03 Ann Lee`), with that name as the speaker."""
    bodies = [
        any(lines[i].strip() for i in range(mark.at + 1, after))
        for mark, after in zip(marks, [*(m.at for m in marks[1:]), len(lines)], strict=True)
    ]
    rests = [_name(mark.rest) for mark, body in zip(marks, bodies, strict=True) if body]
    names = [rest for rest in rests if rest and rest.istitle() and len(rest.split()) <= 4]
    if len(names) * 4 < len(marks) * 3 or len(set(names)) == len(names) > 3:
        return list(marks)
    return [
        replace(mark, rest="", speaker=_name(mark.rest))
        if body and _name(mark.rest) in names
        else mark
        for mark, body in zip(marks, bodies, strict=True)
    ]


def _name(text: str) -> str:
    return " ".join(text.split()).strip(" ,:–—-|*#[]()")


# --- what stands between them --------------------------------------------------------------------


def _cues_of(lines: Sequence[str], marks: Sequence[_Mark]) -> list[Cue]:
    """The cues of a file, one or more a mark; words above the first mark belong to it."""
    places = [mark.at for mark in marks]
    labels = _identifiers(lines, places)
    is_vtt = any(line.lstrip("\ufeff").startswith("WEBVTT") for line in lines[:3])
    bodies: list[str] = []
    for mark, until in zip(marks, [*places[1:], len(lines)], strict=True):
        body = [lines[i] for i in range(mark.at + 1, until) if i not in labels]
        body = [line for line in body if not _SPOKEN_TIME.match(line.strip())]
        if is_vtt:
            body = _without_blocks(body)
        words = _without_settings(mark.rest)
        if words and not (is_vtt and any(map(str.strip, body))):
            body.insert(0, words)
        bodies.append("\n".join(body))
    above = [lines[i] for i in range(places[0]) if i not in labels]
    if not is_vtt:
        bodies[0] = "\n".join([*_said(above), bodies[0]])
    names = named_speakers(bodies)
    cues: list[Cue] = []
    for mark, (start, end), raw in zip(marks, _spans(marks, bodies), bodies, strict=True):
        if end > start or raw.strip():
            cues += voiced(start, end, raw, names=names, speaker=mark.speaker)
    return continued(_with_speakers(cues) if names else cues)


def _said(above: Sequence[str]) -> list[str]:
    """The lines above the first time that are words: no header, number or title of a panel."""
    return [
        line.strip().lstrip("# ")
        for line in above
        if line.strip()
        and not _HEADER.match(line)
        and _index(line) is None
        and line.strip().casefold() not in _PANEL
        and not _SONG.match(line.strip())
    ]


def _spans(marks: Sequence[_Mark], bodies: Sequence[str]) -> list[tuple[float, float]]:
    """The times of marks in seconds; what cannot be read is filled in from the neighbours."""
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
    """The cues of one stretch of time: one for each speaker, with the time shared out.

    `names` are those that stand before the words of a speaker in this file.
    """
    parts = clean(raw, names)
    total = sum(len(part.text) for part in parts) or 1
    tagged = tagged or has_word_times(raw)
    cues: list[Cue] = []
    done = 0
    for part in parts:
        begin = start + (end - start) * done / total
        done += len(part.text)
        until = start + (end - start) * done / total
        cues.append(Cue(begin, until, part.text, part.speaker or speaker, part.turn, tagged))
    return cues


def _with_speakers(cues: Sequence[Cue]) -> list[Cue]:
    """Cues with the speaker of the one before: a file may name each only as the voice changes."""
    kept: list[Cue] = []
    for cue in cues:
        goes_on = kept and not cue.speaker and not cue.turn
        kept.append(replace(cue, speaker=kept[-1].speaker) if goes_on else cue)
    return kept


def continued(cues: Sequence[Cue]) -> list[Cue]:
    """Cues of parts that were joined into one file: each part begins where the one before ended.

    Times that fall back to the beginning show where a part begins; a cue or two out of order do
    not.
    """
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


def _without_settings(rest: str) -> str:
    """What stands behind the times of a cue, without where it is shown (`align:start`, `X1:9`)."""
    while found := _SETTING.match(rest):
        rest = rest[found.end() :]
    return rest


def _identifiers(lines: Sequence[str], places: Sequence[int]) -> set[int]:
    """The lines that are numbers or names of cues, not words.

    A name stands right above the times with nothing right above itself. A number may also be
    squeezed or blown apart by lost and doubled blank lines, if the file counts its cues.
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
        elif adjacent and free and index is None and not counts:
            names.add(candidate)
    return names


def _lonely(lines: Sequence[str], at: int, index: int) -> Iterable[int]:
    """The same number once more above a number: the cue between has lost its times and words."""
    above = at - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    if 0 <= above < at - 1 and _index(lines[above]) == index and not lines[above - 1].strip():
        yield above


def _counts(lines: Sequence[str], places: Sequence[int], candidates: Sequence[int | None]) -> bool:
    """Whether a file numbers its cues: right above their times, or before the first and on."""
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
    line = line.strip().lstrip("\ufeff")
    return int(line) if line.isascii() and line.isdigit() and len(line) < 8 else None


def _without_blocks(body: Sequence[str]) -> list[str]:
    """The lines of a cue without the NOTE, STYLE and REGION blocks that follow it."""
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
