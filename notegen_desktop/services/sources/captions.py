"""One tolerant reader for .vtt, .srt, .json3 and .txt: bytes come in, a transcript goes out.

Files are told apart by what is in them, not by their name. Everything timed is keyed on the lines
that hold times: what stands between two of them belongs to the first, whatever the format says.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from notegen_desktop.domain.errors import CaptionsBroken, CaptionsEmpty, FileMissing, FileUnreadable
from notegen_desktop.domain.text.language_detection import guess_language
from notegen_desktop.domain.text.segments import Cue, estimated, segments_of
from notegen_desktop.domain.text.transcript import Transcript, TranscriptKind

from .caption_text import clean, decode, has_word_times, sound_text

MAX_BYTES = 20 * 1024 * 1024
"""Files above this are refused: a caption file of a whole day has 2 MB."""

_CLOCK = r"(?:(\d{1,3})\s?[:：]\s?)?(\d{1,3})\s?[:：]\s?(\d{1,2})(?:\s?[.,:;]\s?(\d{1,6}))?"
_TIMES = re.compile(rf"^\W{{0,3}}{_CLOCK}\s*(?:-{{1,3}}\s?>|[–—→]>?)\s*{_CLOCK}(?:\s+.*)?$")
_SBV_TIMES = re.compile(rf"^{_CLOCK},{_CLOCK}$")
_LEADING = re.compile(rf"^[\[(<]?{_CLOCK}[\])>]?(?:\s*[-–—:|]\s+|\s+|(?<=[\])>])|$)(.*)$")
_LANGUAGE = re.compile(r"^\s*Language\s*[:=]\s*([\w-]+)", re.IGNORECASE)
_BLOCK = re.compile(r"^(?:NOTE|STYLE|REGION)(?:\s|$)")
_LINES = re.compile(r"\r*\n|\r|\u2028|\u2029|\x0b|\x0c|\x85")


def read_caption_file(path: Path | str) -> Transcript:
    """The transcript in a caption or text file.

    Raises FileMissing, FileUnreadable, CaptionsEmpty or CaptionsBroken.
    """
    path = Path(path)
    return parse_captions(read_bytes(path), name=path.name)


def read_bytes(path: Path) -> bytes:
    """The bytes of an ordinary file of at most 20 MB. Raises FileMissing, FileUnreadable."""
    try:
        # O_NONBLOCK: a named pipe must not hold us before we see that it is one.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(file.fileno())
            if stat.S_ISDIR(about.st_mode):
                raise FileUnreadable(f"“{path.name}” is a folder.", hint="Choose a file in it.")
            if not stat.S_ISREG(about.st_mode):
                raise FileUnreadable(f"“{path.name}” is not an ordinary file.")
            if about.st_size > MAX_BYTES:
                raise FileUnreadable(
                    f"“{path.name}” is larger than {MAX_BYTES // 2**20} MB.",
                    hint="No caption file is that large; is it the right one?",
                )
            return file.read(about.st_size)
    except (FileNotFoundError, NotADirectoryError):
        raise FileMissing(f"There is no file “{path}”.") from None
    except IsADirectoryError:
        raise FileUnreadable(f"“{path.name}” is a folder.", hint="Choose a file in it.") from None
    except PermissionError:
        raise FileUnreadable(
            f"“{path.name}” may not be read.", hint="Change its permissions, or copy it elsewhere."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileUnreadable(f"“{path.name}” cannot be read: {reason}.") from error


def parse_captions(
    data: bytes, *, name: str = "", kind: TranscriptKind = TranscriptKind.FILE, language: str = ""
) -> Transcript:
    """The transcript in the bytes of a caption or text file called `name`.

    `language` is its tag where that is known already. Raises CaptionsEmpty, CaptionsBroken.
    """
    text = decode(data)
    suffix = Path(name).suffix.lower()
    if not text.strip("\ufeff \t\r\n\0"):
        raise CaptionsEmpty("The file is empty.")
    if text.lstrip("\ufeff \t\r\n")[:1] in "{[" and (suffix == ".json3" or _looks_like_json(text)):
        return parse_json3(text, kind=kind, language=language, name=name)
    if _unprintable(text):
        raise CaptionsBroken("This is not a text file.")
    # A file may end in zeros that nothing was written over; within, WebVTT has this sign for them.
    lines = _LINES.split(text.lstrip("\ufeff").rstrip("\0").replace("\0", "\ufffd"))
    timed = True
    cues = _cues(lines)
    if cues is None:
        cues = _leading_times(lines)
    if cues is None and suffix in ("", ".txt", ".md", ".text"):
        timed = False
        segments = estimated(_paragraphs(lines))
    elif cues is None:
        if _only_header(lines):
            raise CaptionsEmpty
        raise CaptionsBroken(
            "No times were found in this caption file.",
            hint="Rename it to .txt to have it read as plain text.",
        )
    else:
        segments = segments_of(cues)
    if not segments:
        raise CaptionsEmpty
    tag = language or guess_language(
        (segment.text for segment in segments), name=name, header=_header_language(lines)
    )
    return Transcript(tag, kind, segments, timed)


# --- json3 ---------------------------------------------------------------------------------------


def _looks_like_json(text: str) -> bool:
    return '"events"' in text[:20000] or '"wireMagic"' in text[:200]


def parse_json3(
    text: str | bytes,
    *,
    kind: TranscriptKind = TranscriptKind.FILE,
    language: str = "",
    name: str = "",
) -> Transcript:
    """The transcript in YouTube's `fmt=json3`. Raises CaptionsEmpty, CaptionsBroken."""
    try:
        data = json.loads(text.lstrip("\ufeff") if isinstance(text, str) else text)
    except (ValueError, RecursionError):
        raise CaptionsBroken("The json3 file is damaged or cut off.") from None
    events = data.get("events") if isinstance(data, dict) else None
    if not isinstance(events, list):
        raise CaptionsBroken("This JSON file holds no captions.")
    cues: list[Cue] = []
    for event in events:
        cues.extend(_json3_cues(event))
    segments = segments_of(cues)
    if not segments:
        raise CaptionsEmpty("The captions have no words in them.")
    tag = language or guess_language((segment.text for segment in segments), name=name)
    return Transcript(tag, kind, segments)


def _json3_cues(event: Any) -> Iterable[Cue]:
    if not isinstance(event, dict):
        return []
    segs = event.get("segs")
    if not isinstance(segs, list):
        return []
    start = _number(event.get("tStartMs")) / 1000
    raw = "".join(str(seg.get("utf8") or "") for seg in segs if isinstance(seg, dict))
    tagged = any(isinstance(seg, dict) and "tOffsetMs" in seg for seg in segs)
    return _voiced(start, start + _number(event.get("dDurationMs")) / 1000, raw, tagged=tagged)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1e12 else 0.0


def _voiced(start: float, end: float, raw: str, *, tagged: bool) -> list[Cue]:
    """The cues of one stretch of time: one for each speaker, with the time shared out."""
    parts = clean(raw)
    total = sum(len(part.text) for part in parts) or 1
    cues: list[Cue] = []
    done = 0
    for part in parts:
        begin = start + (end - start) * done / total
        done += len(part.text)
        until = start + (end - start) * done / total
        cues.append(Cue(begin, until, part.text, part.speaker, part.turn, tagged))
    return cues


# --- times on lines of their own -----------------------------------------------------------------


def _cues(lines: Sequence[str]) -> list[Cue] | None:
    """The cues of WebVTT, SubRip and their kin; None if there is not one line of times."""
    marks = [(at, *_span(found)) for at, line in enumerate(lines) if (found := _times(line))]
    if not marks:
        return None
    places = [at for at, _, _ in marks]
    names = _identifiers(lines, places)
    vtt = any(line.lstrip("\ufeff").startswith("WEBVTT") for line in lines[:3])
    cues: list[Cue] = []
    for number, (at, start, end) in enumerate(marks):
        until = places[number + 1] if number + 1 < len(places) else len(lines)
        body = [lines[i] for i in range(at + 1, until) if i not in names]
        raw = "\n".join(_without_blocks(body) if vtt else body)
        if end <= start and not raw.strip():
            continue
        cues.extend(_voiced(start, end, raw, tagged=has_word_times(raw)))
    return cues


def _times(line: str) -> re.Match[str] | None:
    if ":" not in line and "：" not in line:
        return None
    return _TIMES.match(line) or _SBV_TIMES.match(line.strip())


def _span(found: re.Match[str]) -> tuple[float, float]:
    groups = found.groups()
    return _seconds(groups[0:4]), _seconds(groups[4:8])


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + (float(f"0.{fraction}") if fraction else 0.0)


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
        elif adjacent and free and index is None and not counts:
            names.add(candidate)
    return names


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


# --- times at the beginnings of lines, and no times at all ---------------------------------------


def _leading_times(lines: Sequence[str]) -> list[Cue] | None:
    """Cues of a text whose lines, or every other line, begin with a time; None if they do not."""
    starts: list[tuple[float, list[str]]] = []
    filled = matched = 0
    for line in lines:
        bare = line.strip()
        filled += bool(bare)
        found = _LEADING.match(bare)
        if found:
            matched += 1
            starts.append((_seconds(found.groups()[0:4]), [found[5]]))
        elif bare and starts:
            starts[-1][1].append(bare)
        elif bare:
            return None
    times = [start for start, _ in starts]
    if matched < 2 or matched * 4 < filled or times != sorted(times):
        return None
    cues: list[Cue] = []
    for at, (start, texts) in enumerate(starts):
        text = "\n".join(texts)
        length = max(2.0, len(text) / 15)  # 15 characters a second: subtitlers' reading speed
        end = starts[at + 1][0] if at + 1 < len(starts) else start + length
        cues.extend(_voiced(start, end, text, tagged=False))
    return cues


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Paragraphs parted by blank lines; if there are none, each line is one."""
    bare = [sound_text(line).strip() for line in lines]
    blocks: list[list[str]] = [[]]
    for line in bare:
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    blocks = [block for block in blocks if block]
    return [" ".join(block) for block in blocks]


def _header_language(lines: Sequence[str]) -> str:
    """The language a WebVTT header names, "" if none."""
    return next((found[1] for line in lines[:12] if (found := _LANGUAGE.match(line))), "")


def _only_header(lines: Sequence[str]) -> bool:
    """Whether a file without times has no words either: a header, comments, bare numbers."""
    head = re.compile(r"WEBVTT|(?:Kind|Language|X-TIMESTAMP-MAP)\s*[:=]", re.IGNORECASE)
    body = _without_blocks(["", *lines])
    return all(not line.strip() or head.match(line) or _index(line) is not None for line in body)


def _unprintable(text: str) -> bool:
    """Whether this is a picture or a film rather than a text."""
    sample = text.rstrip("\0")[:20000]
    odd = sum(1 for c in sample if (c < " " and c not in "\t\n\r\x0b\x0c\x1b\x1a") or c == "\ufffd")
    return odd * 20 > len(sample)
