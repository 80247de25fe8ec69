"""Reads speech from JSON and tables: rows with text, times and speakers, under any names that
recognizers, podcasts and video sites use. Pure."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from notegen_desktop.domain.errors import CaptionsBroken
from notegen_desktop.domain.text.segments import Cue
from notegen_desktop.domain.words import _

from .lines import voiced
from .times import seconds

NEARLY_ALL = 0.8
"""Share of the text that makes a list the whole transcript: lists of marks and of single words'
times have less."""

_MARK = re.compile(r"\[_\w+\]")
"""A special token that whisper.cpp leaves in the text."""
_PUNCTUATION = re.compile(r"[.,;:!?…%)\]»”。，、；：！？]+")
_PRINTED = re.compile(r"\[?\{'|\[?[A-Z]\w*\(\w+=")
"""The beginning of a list or object printed by Python."""
MAX_PRINTED = 4 * 2**20

# Names of the fields for words and times, in order of preference; in lower case, without blanks and
# `_`.
_TEXTS = ("text", "body", "transcript", "content", "caption", "sentence", "line", "value",
          "display", "displaytext", "spokentext", "dialogue", "punctuatedword", "word", "snippet",
          "lines", "description", "pagecontent")  # fmt: skip
_STARTS = ("start", "starttime", "startseconds", "starttimestamp", "startoffset", "timecodein",
           "startms", "tstartms", "begin", "from", "offset", "offsets", "offsetmilliseconds",
           "timestamp", "timestamps", "time", "ts", "t", "in")  # fmt: skip
_ENDS = ("end", "endtime", "endtimestamp", "endoffset", "timecodeout", "endms", "to", "endts",
         "resultendtime", "resultendoffset", "out")  # fmt: skip
_LENGTHS = ("duration", "dur", "ddurationms", "durationms", "durationmilliseconds", "d")
_SPEAKERS = ("speakername", "speakerdisplayname", "speaker", "speakerlabel", "speakertag",
             "speakerid", "participant", "name", "voice")  # fmt: skip
_BESIDE = ("data", "metadata")
"""Objects with facts about the text beside them."""
_FIRST_OF = ("alternatives", "nbest", "instances")
"""Lists whose first item has facts that the row lacks."""

Row = Mapping[str, Any]


def may_be_json(text: str) -> bool:
    return text[:1] in ("{", "[") or _PRINTED.match(text) is not None


def json_cues(text: str) -> list[Cue] | None:
    """Return the cues of JSON: YouTube's json3, and transcripts of recognizers and podcasts; None
    for another text. Raises CaptionsBroken."""
    try:
        data = _json_of(text)
    except (ValueError, RecursionError):
        if '"events"' in text[:20_000] or '"segments"' in text[:20_000]:
            raise CaptionsBroken(
                _("The JSON file of the captions is damaged or cut off.")
            ) from None
        return None
    if isinstance(data, dict) and isinstance(data.get("events"), list):
        return [cue for event in data["events"] for cue in _json3_cues(event)]
    lists: dict[str, dict[tuple[float | None, str], Row]] = {}
    for path, row in _rows_of_speech(data, "", {}):
        lists.setdefault(path, {})[_start(row), _said(row)] = row  # duplicates count once
    found = [sorted(rows.values(), key=lambda row: _start(row) or 0.0) for rows in lists.values()]
    most = max(map(_words_in, found), default=0)
    # Rows of sentences are preferred to rows of words, unless only the latter have speakers.
    full = [rows for rows in found if _words_in(rows) >= NEARLY_ALL * most]
    rows = min(full, key=lambda rows: (not any(map(_speaker, rows)), len(rows)), default=[])
    if not rows:
        raise CaptionsBroken(_("This JSON file holds no captions."))
    names, turns = {}, []
    for path, row in _objects(data):
        if path.endswith((".speakers", ".participants")) and isinstance(row.get("name"), str):
            names[str(row.get("id"))] = row["name"]
        elif _start(row) is not None and _speaker(row) and not _said(row):
            turns.append((*_span(row), _speaker(row)))
    return cues_of_rows(rows, names, turns)


def untimed_words(text: str) -> str:
    """Return the text of a recognizer's JSON without times: `{"text": "…"}`; "" for another
    text."""
    try:
        data = json.loads(text.lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return ""
    return _first_text(data, ("text", "transcript")) if isinstance(data, dict) else ""


def table_cues(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[Cue] | None:
    """Return the cues of a table by its column names; None if it has no column of text or times."""
    names = [*_plain(dict.fromkeys(names))]
    if not {*_TEXTS} & {*names} or not {*_STARTS} & {*names}:
        return None
    found = [dict(zip(names, row, strict=False)) for row in rows]
    return cues_of_rows([row for row in found if _said(row) and _start(row) is not None])


def cues_of_rows(
    rows: Sequence[Row],
    names: Mapping[str, str] | None = None,
    turns: Sequence[tuple[float, float, str]] = (),
) -> list[Cue]:
    """Return the cues of rows. `names` are the speakers by id; `turns` are spans with their
    speaker, if listed apart from the text."""
    spans = [_span(row) for row in rows]
    unit = _unit_s(spans, rows)
    cues: list[Cue] = []
    for row, (start, end) in zip(rows, spans, strict=True):
        speaker = _speaker(row) or next((who for a, b, who in turns if a <= start < b), "")
        speaker = (names or {}).get(speaker.removeprefix("Speaker "), speaker)
        until = max(start, end) * unit
        cues += voiced(start * unit, until, _said(row), speaker=speaker or None)
    return cues


def number(value: Any) -> float | None:
    """Return a time in JSON as a number: a number, `"4.2"`, `"00:01:02,000"`, `"4.2s"`, the first
    of a pair, or `{"seconds": 4, "nanos": 200000000}`; None for other values."""
    if isinstance(value, dict):
        if "seconds" in value or "nanos" in value:
            return (number(value.get("seconds")) or 0.0) + (number(value.get("nanos")) or 0.0) / 1e9
        value = value.get("from", value.get("relative"))
    if isinstance(value, list):
        value = (value or [None])[0]
    if isinstance(value, str):
        if re.fullmatch(r"\d{1,9}(?:\.\d+)?", value.strip()):
            return float(value)
        if found := re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]{1,12})S)?", value.strip()):
            hours, minutes, rest = (number(part) or 0.0 for part in found.groups())
            return hours * 3600 + minutes * 60 + rest
        return seconds(value) if re.fullmatch(r"[\d:;.,]+s?", value.strip()) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        return float(value)
    return None


def _json_of(text: str) -> Any:
    """Return the value of JSON, or of a list or object printed by Python; of several values in a
    row, their list. Raises ValueError."""
    try:
        return json.loads(text)
    except ValueError:
        if _PRINTED.match(text) and len(text) < MAX_PRINTED:
            return _printed(text)
    values, at = [], 0
    while at < len(text):
        value, at = json.JSONDecoder().raw_decode(text, at)
        if not isinstance(value, dict):
            raise ValueError
        values.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return values


def _printed(text: str) -> Any:
    """Return the value of `[{'text': 'Hi', 'start': 0.0}]` or `[Snippet(text='Hi', start=0.0)]`; of
    several lines, their list.

    Raises ValueError.
    """

    def value(node: ast.expr) -> Any:
        match node:
            case ast.Call():
                return {each.arg: value(each.value) for each in node.keywords}
            case ast.List() | ast.Tuple():
                return [value(each) for each in node.elts]
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                return {str(value(a)): value(b) for a, b in pairs if a is not None}
            case ast.Constant():
                return node.value
            case _:
                return None

    try:
        found = [value(each.value) for each in ast.parse(text).body if isinstance(each, ast.Expr)]
        return found[0] if len(found) == 1 else found
    except (SyntaxError, MemoryError) as error:
        raise ValueError from error


def _json3_cues(event: Any) -> list[Cue]:
    segs = event.get("segs") if isinstance(event, dict) else None
    if not isinstance(segs, list):
        return []
    start = (number(event.get("tStartMs")) or 0.0) / 1000
    raw = "".join(str(seg.get("utf8") or "") for seg in segs if isinstance(seg, dict))
    tagged = any(isinstance(seg, dict) and "tOffsetMs" in seg for seg in segs)
    length = (number(event.get("dDurationMs")) or 0.0) / 1000
    return voiced(start, start + length, raw, tagged=tagged)


def _objects(data: Any, path: str = "") -> Iterator[tuple[str, Row]]:
    """Yield all objects in lists, each with its path of names."""
    if isinstance(data, dict):
        for name, each in data.items():
            yield from _objects(each, f"{path}.{name}")
    elif isinstance(data, list):
        for each in data:
            if isinstance(each, dict):
                yield path, _plain(each)
            yield from _objects(each, path)


def _rows_of_speech(data: Any, path: str, told: Row) -> Iterator[tuple[str, Row]]:
    """Yield the rows of speech in JSON, each with its path of names: lists of one path belong
    together.

    `told` are facts about the speaker from enclosing objects. Punctuation is joined to the word
    before it, and so is a word without a time.
    """
    if isinstance(data, dict) and data and all(map(str.isdecimal, data)):
        data = list(data.values())
    if isinstance(data, dict):
        told = {**told, **{k: v for k, v in _plain(data).items() if k in _SPEAKERS and k != "name"}}
        for name, each in data.items():
            yield from _rows_of_speech(each, f"{path}.{name}", told)
        starts, texts = data.get("start"), data.get("text")
        if isinstance(starts, list) and isinstance(texts, list) and len(starts) == len(texts):
            ends = data.get("end")
            ends = ends if isinstance(ends, list) and len(ends) == len(starts) else starts
            for start, end, text in zip(starts, ends, texts, strict=True):
                yield path, {"start": start, "end": end, "text": text}
    elif isinstance(data, list):
        rows: list[dict[str, Any]] = []
        for row in map(_plain, map(_unwrapped, data)):
            if not (said := _said(row)) or _MARK.fullmatch(said):
                continue
            is_mark = _PUNCTUATION.fullmatch(said) is not None
            if _start(row) is not None and not (is_mark and rows):
                rows.append({**told, **row})
            elif rows and (is_mark or not re.search(r"\w", said)):
                rows[-1] = {**rows[-1], _TEXTS[0]: _said(rows[-1]) + said}
            elif rows and "word" in row:
                rows[-1] = {**rows[-1], _TEXTS[0]: f"{_said(rows[-1])} {said}"}
            elif _end(row) is not None:
                rows.append({**told, **row, _STARTS[0]: _span(rows[-1])[1] if rows else 0.0})
        if len(rows) * 2 >= len(data) or path.endswith((".items", ".elements", ".results")):
            yield from ((path, row) for row in rows)
        for each in data:
            yield from _rows_of_speech(each, path, told)


def _unwrapped(row: Any) -> Any:
    """Return a row of speech unwrapped from its kind, `{"segment": {"text": …}}`, or from a list,
    `["Hi", 0.2, 0.5]`."""
    if isinstance(row, list) and [type(each) for each in row] == [str, float, float]:
        return dict(zip(("word", "start", "end"), row, strict=True))
    inside = list(row.values()) if isinstance(row, dict) and len(row) == 1 else []
    return inside[0] if inside and isinstance(inside[0], dict) else row


def _plain(row: Any) -> dict[str, Any]:
    """Return a row with normalized names, merged with the first of its alternatives."""
    if not isinstance(row, dict):
        return {}
    plain = {re.sub(r"[_\s]+", "", str(name)).casefold(): value for name, value in row.items()}
    for name in _BESIDE:
        if isinstance(plain.get(name), dict) and _start(plain) is None and _said(plain):
            plain = {**_plain(plain[name]), **plain}
    for name in _FIRST_OF:
        first = plain.get(name)
        if isinstance(first, list) and first and isinstance(first[0], dict):
            plain = {**_plain(first[0]), **plain}
    return plain


def _words_in(rows: Sequence[Row]) -> int:
    """Return the length of the text in rows, in characters."""
    return sum(len("".join(_said(row).split())) for row in rows)


def _said(row: Row) -> str:
    return _first_text(row, _TEXTS)


def _speaker(row: Row) -> str:
    for name in _SPEAKERS:
        value = row.get(name)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return f"Speaker {value}"
    return ""


def _first_text(row: Row, names: Iterable[str]) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, dict) and isinstance(value.get("runs"), list):
            value = value["runs"]
        if isinstance(value, list):
            value = _joined(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _joined(pieces: Sequence[Any]) -> str:
    """Return the text of pieces without times of their own, such as the lines of one cue."""
    said = [_words_of_piece(piece) for piece in pieces]
    return " ".join(said) if all(said) else ""


def _words_of_piece(piece: Any) -> str:
    if isinstance(piece, dict):
        row = _plain(piece)
        piece = None if _start(row) is not None else row.get("text") or row.get("content")
    if isinstance(piece, list):
        return _joined(piece)
    return piece.strip() if isinstance(piece, str) else ""


def _start(row: Row) -> float | None:
    return next((v for name in _STARTS if (v := number(row.get(name))) is not None), None)


def _end(row: Row) -> float | None:
    return next((v for name in _ENDS if (v := number(row.get(name))) is not None), None)


def _span(row: Row) -> tuple[float, float]:
    """Return start and end in the row's own unit; without an end, the start."""
    start = _start(row) or 0.0
    for name in _STARTS:
        value = row.get(name)
        if isinstance(value, list) and len(value) > 1 and number(value[1]) is not None:
            return start, number(value[1]) or start
        if isinstance(value, dict) and (end := number(value.get("to"))) is not None:
            return start, end
    end = _end(row)
    if end is None:
        end = start + next((v for name in _LENGTHS if (v := number(row.get(name)))), 0.0)
    return start, end


def _unit_s(spans: list[tuple[float, float]], rows: Sequence[Row]) -> float:
    """Return the unit of times in seconds: by their names, or because no piece lasts for minutes.

    Milliseconds, or Windows ticks of 100 nanoseconds.
    """
    lengths = [end - start for start, end in spans if end > start]
    whole = bool(lengths) and all(a.is_integer() for a, _ in spans)
    if whole and median(lengths) > 100_000:
        return 1e-7
    names = {name for row in rows[:1] for name in (*_STARTS, *_ENDS, *_LENGTHS) if name in row}
    in_thousandths = any(name.endswith(("ms", "milliseconds")) for name in names)
    return 0.001 if in_thousandths or (whole and median(lengths) > 100) else 1.0
