"""Finds the lines with times, in captions and in transcripts as users copy them. Pure.

A readable start is enough: the end is then the next start.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .text import is_anyone, may_be_name

_CLOCK = (
    r"(?:\d{1,3}\s?[:：]\s?)?\d{1,3}\s?[:：]\s?\d{1,2}(?:\s?[.,:;，；]\s?\d{1,6}|-\d(?=#))?(?!\d|[:：]\d)"
    r"|(?:\d{1,2}\s?h\s?)?(?:\d{1,3}\s?m\s?)?\d{1,6}(?:[.,]\d{1,6})?\s?s(?!\w)"
)
_PARTS = re.compile(
    r"(?:(\d+)\s?[:：]\s?)?(\d+)\s?[:：]\s?(\d+)(?:\s?([.,:;，；])\s?(\d+))?"
    r"|(?:(\d+) ?h(?:ours?|rs?)?,? ?)?(?:(\d+) ?m(?:inutes?|ins?)?,? ?)?(?:(\d+(?:[.,]\d+)?) ?s)?"
)
_OPEN = r"[\s\[(<{*_`#|>•@【（-]{0,6}?"
_CLOSE = r"[\s\])>}*_`|#】）]{0,6}"
_ARROW = r"(?:[-‐‑–—−=~]{0,3}\s?(?:>{1,2}|&gt;)|[→⇒»])"
_CUE = re.compile(
    rf"^{_OPEN}(?P<start>[-−]?(?:{_CLOCK})){_CLOSE}?\s*(?:-\S{{0,3}}\s+(?=-->))?{_ARROW}"
    rf"\s*{_OPEN}"
    rf"(?P<end>[-−]?(?:{_CLOCK})(?=[\s\])>}}*_`|]|$)|[-−]?(?:[Nn]a[Nn]|\d)[\w:.,;]*"
    r"|(?:undefined|null|none|inf(?:inity)?|[?-]+)(?=\s*$))?"
    rf"{_CLOSE}(?P<rest>.*)$"
)
_BROKEN_CUE = re.compile(
    rf"^(?:[\w:.,;\s-]{{0,20}}?\s*--?>\s*(?P<end>{_CLOCK})(?:\s+[A-Za-z]+:\S+)*"
    r"|\s*(?:\S*-->|-->\S*)|\s*(?i:undefined|null|none|nan)\s*-->\s*(?i:undefined|null|none|nan))\s*$"
)
"""A damaged time line with a readable end only, or nothing but the arrow: WebVTT has no text on
such a line."""
_SBV = re.compile(rf"^(?P<start>{_CLOCK}),(?P<end>{_CLOCK})(?P<rest>)$")
_NO_ARROW = re.compile(
    r"^\s*(?P<start>[\d:]{4,9}[.,]\d{3})[-–—−~\s]{1,4}(?P<end>[\d:]{4,9}[.,]\d{3})(?P<rest>)\s*$"
)
"""A caption's time line without its arrow: two times in milliseconds and nothing else."""
_RANGE = re.compile(
    rf"^(?:\d{{1,5}}(?:\t| +(?=\d\d:\d\d:)))?{_OPEN}(?P<start>{_CLOCK}){_CLOSE}?"
    rf"(?:\s*(?:[-–—−~]{{1,3}}|to|bis)\s*|[ \t]+){_OPEN}"
    rf"(?P<end>{_CLOCK})(?:[ \t]+(?:{_CLOCK}))?{_CLOSE}[-–—:]?\s*(?P<rest>.*)$"
)
_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}"
_LEADING = re.compile(
    rf"^{_OPEN}(?:{_DATE},?[ T]+)?(?P<start>{_CLOCK})[\])>}}*_`】）]{{0,5}}(?:\(https?://[^\s()]+\)\**)?"
    r"(?:\s*[-–—:|]\s+|\s*：\s*|#?\s+|(?<=[\])>*】）])|(?<=\d)(?=[^\W\d_])(?![ap]\.?m\b)|$)(?P<rest>.*)$"
)
_UNITS = r"(?:\d{1,3} (?:hours?|minutes?|seconds?)(?:, | |$)){1,3}"
_HEADING = re.compile(
    rf"^[\[(*#\s]{{0,4}}(?P<name>\w[\w.,'’()/&-]{{0,60}}(?: [\w.,'’()/&-]{{1,60}}){{0,5}}?)"
    rf"[\])*:]{{0,4}}[\s,|–—-]{{0,60}}[\[(]?(?P<start>{_CLOCK}|{_UNITS})[\])]?[*:]{{0,3}}\s*(?P<rest>)$"
)
_NAMED = re.compile(
    rf"^\**(?P<name>\w[\w.'’ -]{{0,50}}?)\*{{0,4}}(?P<colon>:)?\*{{0,4}}\s*[*_]{{0,2}}[\[(]"
    rf"(?P<start>{_CLOCK})[\])]"
    r"[*_]{0,2}\s*(?(colon)|:)\**\s*(?P<rest>.+)$"
)
_NAMED_ONLY = re.compile(
    rf"^(?P<name>\w[\w.'’ -]{{0,50}}?)\s*[\[(](?P<start>{_CLOCK})[\])]\s*(?P<rest>\w.*)$"
)
"""A name without a colon; other text before a time looks the same."""
_NAMED_RANGE = re.compile(
    rf"^\**\[?(?P<name>\w[\w.'’ -]{{0,50}}?)\]?\*{{0,4}}:?\s*[\[(](?P<start>{_CLOCK})"
    rf"\s*(?:[-–—−~]{{1,3}}>?|to|→)\s*(?P<end>{_CLOCK})[\])]\s*:?\s*(?P<rest>.*)$"
)
_BEHIND = re.compile(
    rf"(?<=\S)\s*(?:[\[(](?P<start>{_CLOCK})\s*[-–—]\s*(?P<end>{_CLOCK})[\])]"
    rf"|#(?P<until>{_CLOCK})#)$"
)
"""Text followed by its times; between number signs, as in software for transcribing interviews, is
the end of a paragraph."""
_SINGLE_BEHIND = re.compile(rf"(?<=\S)(?:\s*[\[(]|\s+(?=\S*[:：]\s?\d))(?P<start>{_CLOCK})[\])]?$")
"""Text followed by its start; without brackets a number of seconds is part of the text: `the
1960s`, `took 5.2 s`."""
_BEHIND_LONG = 60
"""Maximum characters of times behind text, and of names before it."""
_BRACKETED = re.compile(r"[\[(]((?:\d{1,2}:)?\d{1,2}:\d\d(?:[.,]\d{1,3})?)[\])]")
_BETWEEN = re.compile(rf"\s+(?={_BRACKETED.pattern.replace('((?:', '(?:(?:')}\s+\S)")
_DECIMAL = r"\d{1,6}[.,]\d{1,3}"
_SECONDS = re.compile(
    rf"^\s*(?:[\[(](?P<start>{_DECIMAL})s?\s*"
    rf"(?:(?:[-–—]{{1,2}}>?|to|→|[,:;])\s*(?P<end>{_DECIMAL})s?\s*)?[\])]"
    rf"|(?P<from>{_DECIMAL})s?(?:[ \t]|\s*(?:[-–—]{{1,2}}>?|→)\s*)(?P<to>{_DECIMAL})s?(?=\s))"
    r"\s*[:|-]?\s*(?P<rest>\S.*)$"
)
"""Times in plain seconds: `[4.20]`, `(4.2 - 9.0)`, or two of them side by side."""
_COLUMNS = re.compile(rf"^(?P<name>\w[^\t]{{0,50}})\t(?P<start>{_CLOCK})\t(?P<rest>.+)$")
_NAMED_CUE = re.compile(
    rf"^\[?(?P<name>\w[\w.'’ -]{{0,50}}?)\]?:?\s+[\[(]?(?P<start>{_CLOCK})\s*{_ARROW}"
    rf"\s*(?P<end>{_CLOCK})[\])]?:?\s*(?P<rest>.*)$"
)
"""A cue's times behind the name of its speaker."""
_OF_TEAMS = re.compile(r"^\s*\d:\d{1,2}:\d{1,2}\.\d{1,7} -->")
"""The time line of a Teams transcript in a document: the speaker is in the line below it."""
SPOKEN_TIME = re.compile(rf"^(?P<start>{_UNITS})(?P<rest>)$")
_STACKED = re.compile(rf"^((?:\s*\[(?:{_CLOCK})\]){{2,}})(.*)$")
"""Repeated lines of a song: all their times precede the text."""

FRAMES_A_SECOND = 25
"""Frame rate of times such as 00:00:11:10; films and television have 24 to 30, a file does not name
it."""
DROP_FRAMES_A_SECOND = 30 / 1.001
"""Frame rate of times such as 00:00:11;10: the semicolon is the sign of NTSC's drop-frame count."""
FIRST_WITHIN_S = 600.0
"""Maximum seconds of the first of a few times on lines of their own; later ones are times of the
day."""
_MISSPELLED = re.compile(r"[#\d\s.,:;'`´’()-]{4,30}?[-–—=]{0,3}>[\d\s.,:;'`´’]{4,30}")
"""A time line of captions with an arrow and two misspelled times."""
_COUNTED_CUE = re.compile(
    r"^\s*(?P<start>\d{1,9}(?:\.\d{1,9})?(?:e-\d{1,3})?)s?\s*-{1,2}>"
    r"\s*(?P<end>\d{1,9}(?:\.\d{1,9})?)s?\s*$"
)
"""Unconverted times of a program: in seconds, or integers of milliseconds."""
_CANONICAL_CUE = re.compile(r"\d\d:\d\d:\d\d[.,]\d{3} --> \d\d:\d\d:\d\d[.,]\d{3}\s*$")
"""A time line of SubRip or WebVTT as nearly all files have it; nothing in it is to be corrected."""
_PARTED_CUE = re.compile(r"^(\S+ -{1,2}> \d[\d:]*[.,]\d{1,3})[,|]\s*(?=\S)")
_CUE_NUMBER = re.compile(r"^\s*#?\d{1,5}(?:[.:)]?\s+|[|,;])(?=\d{1,2}:\d\d:\d\d[.,]\d)")
STARTS_ANEW = 0.1
"""Share of the time reached so far, to which times fall back at the start of a joined part."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line with times, in seconds; `rest` is the text behind them."""

    at: int
    start_s: float | None
    end_s: float | None
    rest: str = ""
    speaker: str | None = None
    captioned: bool = False
    """True for the time line of captions, above which a number or a name may stand."""
    named_at: int | None = None
    """The line that contains only the speaker's name."""


def seconds(clock: str) -> float | None:
    """Return the seconds of `1:02:03.5`, `02:03`, `00:00:11:10` (the last are frames), `4.5s`, `1m
    2s` or `1 minute, 2 seconds`; or None."""
    found = next((found for found in _PARTS.finditer(clock) if found[0]), None)
    if found is None:
        return None
    if found[3] is None:
        hours, minutes, rest = (
            float((part or "0").replace(",", ".")) for part in found.group(6, 7, 8)
        )
        return hours * 3600 + minutes * 60 + rest
    whole = int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])
    fraction = float(f"0.{found[5]}") if found[5] else 0.0
    if found[5] and found[4] in ":;；" and len(found[5]) < 3:
        rate = FRAMES_A_SECOND if found[4] == ":" else DROP_FRAMES_A_SECOND
        fraction = min(int(found[5]) / rate, 0.99)
    return -(whole + fraction) if clock[0] in "-−" else whole + fraction


def marked(lines: Sequence[str]) -> tuple[Sequence[str], list[Mark]]:
    """Return the lines, those of a song unfolded, and the marks of their times; no marks if the
    text is not made of timed lines."""
    marks = _captions(lines) or _ranges(lines) or _seconds(lines)
    if not marks:
        lines = _unstacked(_parted(lines))
        marks = _transcript(lines)
        bare = sum(map(bool, map(str.strip, lines))) == len(marks) and not any(
            m.rest for m in marks
        )
        if bare or not marks:
            marks = _single_behind(lines)  # the words are before the times, not below
    return lines, _named(marks, lines) if marks else []


def _unstacked(lines: Sequence[str]) -> Sequence[str]:
    """Return the lines of a song with one time each, in order."""
    if not any(map(_STACKED.match, lines)):
        return lines
    single = [
        f"{time}{found[2]}" if found else line
        for line in lines
        for found in (_STACKED.match(line),)
        for time in (re.findall(r"\[[^\]]+\]", found[1]) if found else ("",))
    ]
    return sorted(single, key=lambda line: _at(line) or 0.0)


def _parted(lines: Sequence[str]) -> Sequence[str]:
    """Return the lines split at further times in brackets after the first, or after a name and the
    first, if these times grow through the whole text."""
    parted: list[str] = []
    for line in lines:
        first = _BRACKETED.search(line[:_BEHIND_LONG])
        front = line[: first.start()] if first else ""
        name = front.strip(" \t*_:#>|–—-")
        if first is None or (name and not may_be_name(name)):
            parted.append(line)
            continue
        head, *others = _BETWEEN.split(line[first.end() :])
        parted += [line[: first.end()] + head, *(front + other for other in others)]
    times = [seconds(clock) or 0.0 for line in parted for clock in _BRACKETED.findall(line)]
    return parted if len(parted) > len(lines) and times == sorted(times) else lines


def _at(line: str) -> float | None:
    found = _LEADING.match(line.strip())
    return seconds(found["start"]) if found else None


def _captions(lines: Sequence[str]) -> list[Mark]:
    """Return the lines with an arrow between two times, as in WebVTT and SubRip, or a comma."""
    marks = []
    for at, line in enumerate(lines):
        if not any(sign in line for sign in ">→⇒»,"):
            continue
        if line.lstrip()[:1] == "<" and "->" not in line:
            continue  # a time in angle brackets
        spelled = _spelled(line)
        if found := _CUE.match(spelled) or _SBV.match(spelled.strip()) or _NO_ARROW.match(spelled):
            marks.append(replace(_mark(at, found), captioned=True))
        elif (found := _NAMED_CUE.match(line.strip())) and _is_name(_name(found["name"])):
            marks.append(replace(_mark(at, found), speaker=_name(found["name"]), captioned=True))
        elif found := _BROKEN_CUE.match(line):
            marks.append(Mark(at, None, seconds(found["end"] or ""), captioned=True))
    arrows = sum(">" in lines[m.at] or "→" in lines[m.at] or "," in lines[m.at] for m in marks)
    timed = arrows and any(mark.start_s is not None for mark in marks)
    return marks if timed else _counted(lines)


def _counted(lines: Sequence[str]) -> list[Mark]:
    """Return the lines with an arrow between two numbers."""
    found = [(at, cue) for at, line in enumerate(lines) if (cue := _COUNTED_CUE.match(line))]
    ends = [float(cue["end"]) for _, cue in found]
    whole = not any("." in cue[0] for _, cue in found)
    unit = 0.001 if whole and max(ends, default=0.0) > 100 * len(ends) else 1.0
    marks = [
        Mark(at, float(cue["start"]) * unit, float(cue["end"]) * unit, captioned=True)
        for at, cue in found
    ]
    if any(b.at - a.at == 1 for a, b in pairwise(marks)):
        return []  # links between moments, such as edges of a graph: words are below times
    return marks if _is_made_of(marks, lines) else []


def _spelled(line: str) -> str:
    """Return a time line in SubRip's form: without the number of the cue, and with colons and a
    comma in times written with dots, blanks or quotation marks."""
    if _CANONICAL_CUE.match(line):
        return line
    line = _PARTED_CUE.sub(r"\1 ", _CUE_NUMBER.sub("", line))
    if not _MISSPELLED.fullmatch(line.strip()):
        return line
    line = re.sub(r"(?<!\d)(\d{1,2})[.](\d\d)[.](\d\d)(?=[,.;]\d)", r"\1:\2:\3", line)
    line = re.sub(r"(?<=[.,]\d\d\d)(?:\.\d+|\d{4,})", "", line)  # digits beyond milliseconds
    line = re.sub(r"([.,]\d):(?=\s|$)", r"\g<1>0", line)  # a digit that overflowed nine
    return re.sub(r"(?<=:\d\d)['`´’ ](?=\d{3}(?!\d))", ",", line)


def _ranges(lines: Sequence[str]) -> list[Mark]:
    """Return the lines with two times side by side or with a dash between, if most are such."""
    marks = [_mark(at, found) for at, line in enumerate(lines) if (found := _RANGE.match(line))]
    if _is_made_of(marks, lines):
        return marks
    marks = [
        replace(_mark(at, found), speaker=_name(found["name"]))
        for at, line in enumerate(lines)
        if (found := _NAMED_RANGE.match(line.strip())) and _is_name(_name(found["name"]))
    ]
    return marks if _is_made_of(marks, lines) else _behind(lines)


def _behind(lines: Sequence[str]) -> list[Mark]:
    """Return the lines that end with their times, if most do."""
    marks: list[Mark] = []
    for at, line in enumerate(lines):
        said = line.strip()
        found = (
            _BEHIND.search(said, max(0, len(said) - _BEHIND_LONG)) if said[-1:] in "#])" else None
        )
        if found:
            start, end = found["start"], found["end"] or found["until"]
            before = (marks[-1].end_s if marks else None) or 0.0
            marks.append(
                Mark(at, seconds(start) if start else before, seconds(end), said[: found.start()])
            )
    filled = sum(1 for line in lines if line.strip())
    return marks if len(marks) * 2 > filled and _is_made_of(marks, lines) else []


def _single_behind(lines: Sequence[str]) -> list[Mark]:
    """Return the lines that end with their start, if nearly all do."""
    marks: list[Mark] = []
    for at, line in enumerate(lines):
        said = line.strip()
        if found := _SINGLE_BEHIND.search(said, max(0, len(said) - _BEHIND_LONG)):
            marks.append(Mark(at, seconds(found["start"]), None, said[: found.start()]))
    filled = sum(1 for line in lines if line.strip())
    if not marks or (marks[0].start_s or 0.0) >= FIRST_WITHIN_S:
        return []  # times of day, or results
    return marks if len(marks) * 4 >= filled * 3 and _is_made_of(marks, lines) else []


def _ended(marks: list[Mark]) -> list[Mark]:
    """Return marks with the time in brackets behind their text as their end, if nearly all have
    one."""
    found = [_SINGLE_BEHIND.search(m.rest, max(0, len(m.rest) - _BEHIND_LONG)) for m in marks]
    if sum(map(bool, found)) * 4 < len(marks) * 3:
        return marks
    return [
        replace(mark, end_s=seconds(end["start"]), rest=mark.rest[: end.start()]) if end else mark
        for mark, end in zip(marks, found, strict=True)
    ]


def _seconds(lines: Sequence[str]) -> list[Mark]:
    """Return the lines whose times are seconds with decimals, if nearly all are such.

    Section numbers look alike, but grow by less than a second per line.
    """
    marks: list[Mark] = []
    for at, line in enumerate(lines):
        if found := _SECONDS.match(line):
            start, end = found["start"] or found["from"], found["end"] or found["to"]
            begin, until = (float(t.replace(",", ".")) if t else None for t in (start, end))
            marks.append(Mark(at, begin, until, found["rest"].strip()))
    filled = sum(1 for line in lines if line.strip())
    if len(marks) * 4 < filled * 3 or not _is_made_of(marks, lines):
        return []
    if any(mark.end_s is not None and mark.end_s < (mark.start_s or 0.0) for mark in marks):
        return []
    reached = max(mark.end_s or mark.start_s or 0.0 for mark in marks)
    return marks if reached >= 1.5 * len(marks) else []


def _transcript(lines: Sequence[str]) -> list[Mark]:
    """Return the lines with one time: before the text, above it, or behind the speaker's name."""
    marks, headings, bare_names, spelled = [], [], [], []
    for at, line in enumerate(lines):
        bare = line.strip()
        if found := _LEADING.match(bare):
            marks.append(_mark(at, found))
        elif found := SPOKEN_TIME.match(bare):
            spelled.append(_mark(at, found))
        elif found := _NAMED.match(bare) or _COLUMNS.match(bare) or _HEADING.match(bare):
            headings.append(replace(_mark(at, found), speaker=_name(found["name"])))
        elif (found := _NAMED_ONLY.match(bare)) and may_be_name(found["name"]):
            bare_names.append(replace(_mark(at, found), speaker=_name(found["name"])))
    in_brackets = [mark for mark in marks if lines[mark.at].lstrip()[:1] in "[("]
    both = sorted([*headings, *in_brackets], key=lambda mark: mark.at)
    if headings and len(both) > len(headings) and _is_made_of(both, lines):
        headings = both  # further paragraphs of one speaker have a time and no name
        for at, (before, mark) in enumerate(pairwise(both), 1):
            both[at] = replace(mark, speaker=mark.speaker or before.speaker)
    marks = max(marks, headings, _if_speakers(bare_names), spelled, key=len)
    if _is_timetable(marks):
        return []
    if _is_made_of(marks, lines):
        return _ended(marks)
    # Transcripts of meetings may have a time every five minutes, on a line of its own.
    alone = [mark for mark in marks if not mark.rest and lines[mark.at].count(":") == 2]
    is_made = alone and (alone[0].start_s or 0.0) < FIRST_WITHIN_S
    return alone if is_made and _is_made_of(alone, [lines[mark.at] for mark in alone]) else []


def _mark(at: int, found: re.Match[str]) -> Mark:
    end = found.groupdict().get("end")
    rest = found["rest"].strip()
    if found.string.lstrip()[:1] == "|":  # a table row
        rest = rest.rstrip("| ").replace(" | ", ": ", 1)  # the speaker may have a column
    return Mark(at, seconds(found["start"]), seconds(end) if end else None, rest)


def _if_speakers(marks: list[Mark]) -> list[Mark]:
    """Return marks whose names are few or recur; other names become the first words of the text."""
    if len({mark.speaker for mark in marks}) <= max(3, len(marks) - 1):
        return marks
    return [replace(mark, speaker=None, rest=f"{mark.speaker} {mark.rest}") for mark in marks]


def _is_timetable(marks: Sequence[Mark]) -> bool:
    """Return True if times are quarters of the hours of a day: `10:30 Break`, `12:00 Lunch`."""
    starts = [mark.start_s or 0.0 for mark in marks]
    return len(starts) > 2 and all(300 <= s < 1440 and s % 15 == 0 for s in starts)


def _is_made_of(marks: Sequence[Mark], lines: Sequence[str]) -> bool:
    """Return True if enough lines have a time, in order, for a transcript instead of prose."""
    filled = sum(1 for line in lines if line.strip())
    starts = [mark.start_s or 0.0 for mark in marks]
    back = sum(1 for a, b in pairwise(starts) if b < a and b > max(starts) * STARTS_ANEW)
    is_reversed = len(marks) > 2 and all(b < a for a, b in pairwise(starts))
    return len(marks) >= 2 and len(marks) * 4 >= filled and (back == 0 or is_reversed)


def _named(marks: Sequence[Mark], lines: Sequence[str]) -> list[Mark]:
    """Return marks with the speaker whose name is on their line (`0:03 Ann Lee`), or alone on the
    line above or below, if nearly every mark has one."""
    until = [*(mark.at for mark in marks[1:]), len(lines)]
    for place in (0, -1, 1):
        named = [_with_name(m, lines, place, end) for m, end in zip(marks, until, strict=True)]
        names = [mark.speaker for mark in named if mark.speaker]
        again = 1 if place == 0 else len(names) // 2
        if len(names) * 4 >= len(marks) * 3 and len(set(names)) <= max(3, len(names) - again):
            return named
    # Without empty lines between, names are recognised by their repetition.
    close = [_with_name(m, lines, -1, end, close=True) for m, end in zip(marks, until, strict=True)]
    names = [mark.speaker for mark in close if mark.speaker]
    between = (lines[a.at + 1 : b.at] for a, b in pairwise(marks))
    apart = all(sum(map(bool, map(str.strip, part))) > 1 for part in between)  # words and a name
    often = len(set(names)) < len(names) if apart else len(set(names)) * 2 <= len(names)
    return close if len(names) == len(marks) and often else list(marks)


def _with_name(
    mark: Mark, lines: Sequence[str], place: int, end: int, *, close: bool = False
) -> Mark:
    """Return a mark with the name that is `place` lines below its own, if that is one.

    `close`: a name above may follow other text without an empty line between.
    """
    at = mark.at + place
    if mark.speaker or (place and mark.rest and not _is_above(mark, lines, place)):
        return mark
    if mark.captioned and (close or place != 1 or not _OF_TEAMS.match(lines[mark.at])):
        return mark
    if not 0 <= at < end:
        return mark
    text = lines[at] if place else mark.rest
    words = lines[mark.at + 1 : end] if place <= 0 else lines[at + 1 : min(at + 2, end)]
    words = [mark.rest, *words] if place < 0 else words
    alone = close or place != -1 or at == 0 or not lines[at - 1].strip()
    name = _name(text)
    if not (alone and any(map(str.strip, words)) and _is_name(name)):
        return mark
    return replace(
        mark, rest=mark.rest if place else "", speaker=name, named_at=at if place else None
    )


def _is_above(mark: Mark, lines: Sequence[str], place: int) -> bool:
    """Return True if a name with a colon is above a time that has text behind it."""
    return place < 0 < mark.at and lines[mark.at - 1].rstrip()[-1:] in (":", "：")


def _is_name(text: str) -> bool:
    cased = text != text.lower() or is_anyone(text)
    return may_be_name(text) and cased and text[-1] not in ".!?…:"


def _name(text: str) -> str:
    name = " ".join(text.split()).strip(" ,:–—-|*#[]")
    return name if "(" in name else name.strip("()")
