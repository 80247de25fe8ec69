"""Captions in formats with a structure of their own: JSON, XML, ASS, documents. Pure.

Files are told apart by what is in them, not by their name.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from xml.etree import ElementTree

from notegen_desktop.domain.errors import CaptionsBroken
from notegen_desktop.domain.text.segments import Cue
from notegen_desktop.domain.words import _

from .lines import voiced
from .times import seconds

MAX_DOCUMENT_BYTES = 64 * 2**20
"""What a document may unpack to; the words of the longest book have 5 MB."""

_ASS = re.compile(r"^\s*(?:\[Script Info\]|Dialogue:|\[V4)", re.IGNORECASE | re.MULTILINE)
_SAMI_SYNC = re.compile(r"<sync\s+start\s*=\s*[\"']?(\d+)[^>]*>", re.IGNORECASE)
_SAMI_CLASS = re.compile(r"<p\s[^<>]*?class\s*=\s*[\"']?(\w+)[^<>]*>", re.IGNORECASE)
"""The paragraph of one language."""
_FRAMES = re.compile(r"^\{(\d+)\}\{(\d*)\}(.*)$", re.MULTILINE)
_DECISECONDS = re.compile(r"^\[(\d+)\]\[(\d*)\](.*)$", re.MULTILINE)
_TMPLAYER = re.compile(r"^(\d{1,2}:\d\d:\d\d)(?:,\d)?[:=](?!\d)(.*)$", re.MULTILINE)
_LABELS = re.compile(r"\d+(?:\.\d+)?\t\d+(?:\.\d+)?\t")
"""How a line of Audacity's labels begins: start and end in seconds."""
_MARKUP = re.compile(r"<(?:!doctype html|html|body|head|p|div|br)\b", re.IGNORECASE)
_TIMED_MARKUP = re.compile(r"<(?:tt|timedtext|transcript|sami)\b", re.IGNORECASE)
_BREAKING = re.compile(r"<(?:br|/p|/div|/li|/h\d|/tr|/time)\b[^>]*>", re.IGNORECASE)
_VOICED = re.compile(r"<cite>([^<>]{1,80}?):?\s*</cite>\s*<time>([\d:.,\s]{1,20})</time>\s*<p>")
"""How podcasts write transcripts in HTML: who, when, and the words."""
_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_RTF = re.compile(
    r"\\u(-?\d{1,6}) ?(?:\\'[0-9a-f]{2}|\?)?|\\'([0-9a-f]{2})|\\(par|line)\b ?|\\(tab)\b ?"
    r"|\\([{}\\])|\\\*?[a-z]+-?\d* ?|\\\*|[{}\r\n]",
    re.IGNORECASE,
)
_RTF_TABLES = re.compile(
    r"\{\\(?:\*\\)?(?:fonttbl|colortbl|stylesheet|info|pict|generator|listtable)"
    r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
)
_RTF_PAGES = frozenset({"437", "850", "852", "866", "874", *map(str, range(1250, 1259))})
NEARLY_ALL = 0.8
"""A list with so much of the words holds them: marks and times of single words come and go."""

_MARK = re.compile(r"\[_\w+\]")
"""What whisper.cpp puts among the pieces of words."""
_ODT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

FRAMES_A_SECOND = 25.0
"""Of MicroDVD, where its first line does not say how many."""

# Where programs put the words and the times of a piece of speech, in the order looked for.
_TEXTS = ("text", "body", "transcript", "content", "caption", "sentence", "line", "value",
          "display", "dialogue", "punctuated_word", "word", "snippet", "lines")  # fmt: skip
_STARTS = ("start", "startTime", "startTimestamp", "start_timestamp", "startOffset",
           "timecode_in", "start_time", "startMs", "start_ms", "tStartMs", "begin", "from",
           "offset", "offsets", "timestamp", "timestamps", "time", "ts", "t")  # fmt: skip
_ENDS = ("end", "endTime", "endTimestamp", "end_timestamp", "endOffset", "timecode_out",
         "end_time", "endMs", "end_ms", "to", "end_ts")  # fmt: skip
_LENGTHS = ("duration", "dur", "dDurationMs", "durationMs", "duration_ms", "d")
_SPEAKERS = (
    "speakerName",
    "speakerDisplayName",
    "speaker_name",
    "speaker",
    "speaker_label",
    "name",
    "voice",
)


def text_of_document(data: bytes) -> str | None:
    """The text of a Word, OpenDocument, RTF or HTML file, a line a paragraph; None for a file that
    is none.

    Raises CaptionsBroken.
    """
    if data.startswith(b"PK\x03\x04"):
        return _docx_text(data)
    if data.lstrip().startswith(b"{\\rtf"):
        return _rtf_text(data.decode("latin-1"))
    head = data[:2000].decode("utf-8", "replace")
    is_markup = head.lstrip("\ufeff \t\r\n").startswith("<") and _MARKUP.search(head)
    if is_markup and not _TIMED_MARKUP.search(head):
        text = _VOICED.sub(r"\2\n\1: ", data.decode("utf-8", "replace"))
        text = _BREAKING.sub("\n", _UNSEEN.sub("", text))
        return html.unescape(re.sub(r"<[!/a-zA-Z][^<>]*>", "", text))
    return None


def structured_cues(text: str) -> list[Cue] | None:
    """The cues of a text in a format with a structure; None for lines of words.

    Raises CaptionsBroken for JSON or XML without captions.
    """
    bare = text.lstrip("\ufeff \t\r\n")
    if bare[:1] in ("{", "[") and (found := _json_cues(bare)) is not None:
        return found
    if bare.startswith("<"):
        sami = _sami_cues(bare)
        return sami if sami else _xml_cues(bare)
    if _ASS.search(text[:20_000]):
        return _ass_cues(text)
    filled = sum(map(bool, map(str.strip, text.splitlines())))
    if (frames := _FRAMES.findall(text)) and len(frames) * 2 >= filled:
        told = re.fullmatch(r"\d{2}(?:[.,]\d+)?", frames[0][2].strip())
        rate = float(told[0].replace(",", ".")) if told else FRAMES_A_SECOND
        return _counted(frames[1:] if told else frames, 1 / rate)
    if (tenths := _DECISECONDS.findall(text)) and len(tenths) * 2 >= filled:
        return _counted(tenths, 0.1)
    rows = _TMPLAYER.findall(text)
    if len(rows) > 1 and len(rows) * 2 >= filled:
        starts = [int(seconds(clock) or 0.0) for clock, _ in rows]
        ends = [*starts[1:], starts[-1] + 4]
        spans = zip(map(str, starts), map(str, ends), (said for _, said in rows), strict=True)
        return _counted(spans, 1.0)
    return _table_cues(bare)


def _counted(rows: Iterable[tuple[str, str, str]], unit_s: float) -> list[Cue]:
    """Cues whose times are whole numbers of a unit (MicroDVD, MPL2, TMPlayer).

    `|` parts lines; a `/` in front of one makes it slanted.
    """
    return [
        cue
        for start, end, said in rows
        for cue in voiced(
            int(start) * unit_s, int(end or start) * unit_s, re.sub(r"(?:^|\|)/?", "\n", said)
        )
    ]


def _table_cues(text: str) -> list[Cue] | None:
    """The cues of a table whose head names the column of the words and that of their start, or
    of Audacity's labels, which have no head; None for what is no such table."""
    if _LABELS.match(text):
        text = f"start\tend\ttext\n{text}"
    head = text[:400].partition("\n")[0]
    sign = max("\t;,", key=head.count)
    if sign not in head:
        return None
    names = ["_".join(re.findall(r"\w+", name)).lower() for name in head.split(sign)]
    if not {*_TEXTS} & {*names} or not {*_STARTS} & {*names}:
        return None
    lines = csv.reader(io.StringIO(text.partition("\n")[2]), delimiter=sign)
    rows = [dict(zip(names, line, strict=False)) for line in lines]
    return _cues_of_rows([row for row in rows if _said(row) and _start(row) is not None])


# --- JSON ----------------------------------------------------------------------------------------


def _json_cues(text: str) -> list[Cue] | None:
    """The cues of JSON: YouTube's json3, and the transcripts of recognisers and of podcasts."""
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
    lists: dict[str, dict[tuple[float | None, str], Mapping[str, Any]]] = {}
    for path, row in _rows_of_speech(data, "", {}):
        lists.setdefault(path, {})[_start(row), _said(row)] = row  # what is told twice counts once
    found = [sorted(rows.values(), key=lambda row: _start(row) or 0.0) for rows in lists.values()]
    most = max(map(_words_in, found), default=0)
    # Sentences are better than the words they are made of.
    rows = min((r for r in found if _words_in(r) >= NEARLY_ALL * most), key=len, default=[])
    if not rows:
        raise CaptionsBroken(_("This JSON file holds no captions."))
    return _cues_of_rows(rows)


def untimed_words(text: str) -> str:
    """What a recogniser heard, as JSON without any times: `{"text": "…"}`; "" for another text."""
    try:
        data = json.loads(text.lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return ""
    return _first_text(data, ("text", "transcript")) if isinstance(data, dict) else ""


def _json_of(text: str) -> Any:
    """What JSON says; of several values, a line each, their list. Raises ValueError."""
    try:
        return json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise
        return [json.loads(line) for line in lines]


def _cues_of_rows(rows: Sequence[Mapping[str, Any]]) -> list[Cue]:
    spans = [_span(row) for row in rows]
    unit = 0.001 if _in_milliseconds(spans, rows) else 1.0
    cues: list[Cue] = []
    for row, (start, end) in zip(rows, spans, strict=True):
        until = max(start, end) * unit
        cues += voiced(start * unit, until, _said(row), speaker=_first_text(row, _SPEAKERS) or None)
    return cues


def _json3_cues(event: Any) -> list[Cue]:
    segs = event.get("segs") if isinstance(event, dict) else None
    if not isinstance(segs, list):
        return []
    start = (_number(event.get("tStartMs")) or 0.0) / 1000
    raw = "".join(str(seg.get("utf8") or "") for seg in segs if isinstance(seg, dict))
    tagged = any(isinstance(seg, dict) and "tOffsetMs" in seg for seg in segs)
    length = (_number(event.get("dDurationMs")) or 0.0) / 1000
    return voiced(start, start + length, raw, tagged=tagged)


def _rows_of_speech(
    data: Any, path: str, told: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is said in JSON, with the names that lead there: the lists of one path go together.

    `told` is what is said of the speaker further up. A mark without a time belongs to the word
    before it.
    """
    if isinstance(data, dict):
        told = {**told, **{k: v for k, v in data.items() if k in _SPEAKERS and k != "name"}}
        for name, each in data.items():
            yield from _rows_of_speech(each, f"{path}.{name}", told)
    elif isinstance(data, list):
        rows: list[dict[str, Any]] = []
        for row in map(_unwrapped, data):
            if not isinstance(row, dict) or not (said := _said(row)) or _MARK.fullmatch(said):
                continue
            if _start(row) is not None:
                rows.append({**told, **row})
            elif rows and not re.search(r"\w", said):
                rows[-1] = {**rows[-1], _TEXTS[0]: _said(rows[-1]) + said}
        if len(rows) * 2 >= len(data) or path.endswith((".items", ".elements")):
            yield from ((path, row) for row in rows)
        for each in data:
            yield from _rows_of_speech(each, path, told)


def _unwrapped(row: Any) -> Any:
    """The inside of a piece of speech that stands under its kind: `{"segment": {"text": …}}`."""
    inside = list(row.values()) if isinstance(row, dict) and len(row) == 1 else []
    return inside[0] if inside and isinstance(inside[0], dict) else row


def _words_in(rows: Sequence[Mapping[str, Any]]) -> int:
    """How much is said in rows, in characters."""
    return sum(len("".join(_said(row).split())) for row in rows)


def _said(row: Mapping[str, Any]) -> str:
    alternatives = row.get("alternatives") or row.get("nBest")
    if isinstance(alternatives, list) and alternatives and isinstance(alternatives[0], dict):
        row = {**alternatives[0], **row}
    return _first_text(row, _TEXTS)


def _first_text(row: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, dict) and isinstance(value.get("runs"), list):
            value = value["runs"]
        if isinstance(value, list) and name not in _SPEAKERS:
            value = _joined(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if name in _SPEAKERS and isinstance(value, int) and not isinstance(value, bool):
            return f"Speaker {value}"
    return ""


def _joined(pieces: Sequence[Any]) -> str:
    """The words of pieces without times of their own, such as the lines of one cue."""
    said = [_words_of_piece(piece) for piece in pieces]
    return " ".join(said) if all(said) else ""


def _words_of_piece(piece: Any) -> str:
    if isinstance(piece, dict):
        piece = None if _start(piece) is not None else piece.get("text") or piece.get("content")
    if isinstance(piece, list):
        return _joined(piece)
    return piece.strip() if isinstance(piece, str) else ""


def _start(row: Mapping[str, Any]) -> float | None:
    return next((v for name in _STARTS if (v := _number(row.get(name))) is not None), None)


def _span(row: Mapping[str, Any]) -> tuple[float, float]:
    """Start and end in the row's own unit; the end is the start where none is told."""
    start = _start(row) or 0.0
    for name in _STARTS:
        value = row.get(name)
        if isinstance(value, list) and len(value) > 1 and _number(value[1]) is not None:
            return start, _number(value[1]) or start
        if isinstance(value, dict) and (end := _number(value.get("to"))) is not None:
            return start, end
    end = next((v for name in _ENDS if (v := _number(row.get(name))) is not None), None)
    if end is None:
        end = start + next((v for name in _LENGTHS if (v := _number(row.get(name)))), 0.0)
    return start, end


def _in_milliseconds(spans: list[tuple[float, float]], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether times are in thousandths: by their names, or since no pieces last minutes each."""
    if any("ms" in name.casefold().replace("timestamp", "") for name in rows[0]):
        return True
    lengths = [end - start for start, end in spans if end > start]
    return bool(lengths) and all(a.is_integer() for a, _ in spans) and median(lengths) > 100


def _number(value: Any) -> float | None:
    """A time as JSON has it: a number, `"4.2"`, `"00:01:02,000"`, `"4.2s"`, the first of a pair."""
    if isinstance(value, list | dict):
        value = value.get("from") if isinstance(value, dict) else (value or [None])[0]
    if isinstance(value, str):
        if re.fullmatch(r"\d{1,9}(?:\.\d+)?", value.strip()):
            return float(value)
        if found := re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]{1,12})S)?", value.strip()):
            hours, minutes, rest = (_number(part) or 0.0 for part in found.groups())
            return hours * 3600 + minutes * 60 + rest
        return seconds(value) if re.fullmatch(r"[\d:.,]+s?", value.strip()) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        return float(value)
    return None


# --- XML, ASS, SAMI ------------------------------------------------------------------------------


def _xml_cues(text: str) -> list[Cue] | None:
    """The cues of TTML and of YouTube's own XML; None for another kind of text.

    Raises CaptionsBroken for XML that defines entities, which may grow without end.
    """
    if re.search(r"<!(?:ENTITY|DOCTYPE[^>]*\[)", text):
        raise CaptionsBroken(_("This XML file defines its own markup; it is not read."))
    try:
        root = ElementTree.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", text))
    except ElementTree.ParseError:
        return None
    rates = _rates(root)
    starts = _begins(root, rates)
    timed = [(node, _xml_span(node, rates)) for node in root.iter() if _tag(node) in ("p", "text")]
    timed = [(node, span) for node, span in timed if span is not None]
    if not timed:  # times may stand on the lines within a paragraph
        timed = [
            (node, span) for node in root.iter() if (span := _xml_span(node, rates)) is not None
        ]
    if not timed:
        return None
    return [
        cue
        for node, span in timed
        if span is not None
        for shift in (starts.get(node, 0.0),)
        for cue in voiced(
            span[0] + shift, span[1] + shift, _xml_text(node), speaker=_xml_speaker(node, root)
        )
    ]


@dataclass(frozen=True, slots=True)
class _Rates:
    """What a TTML file counts in, a second: frames and ticks."""

    frames: float = FRAMES_A_SECOND
    ticks: float = 1e7


def _rates(root: ElementTree.Element) -> _Rates:
    values = {name.rpartition("}")[2]: value for name, value in root.attrib.items()}
    frames = _number(values.get("frameRate")) or FRAMES_A_SECOND
    if scale := re.fullmatch(r"(\d{1,6})[ :]([1-9]\d{0,5})", values.get("frameRateMultiplier", "")):
        frames *= int(scale[1]) / int(scale[2])
    # Without a rate of ticks, Netflix's is meant, which writes none in old files.
    return _Rates(frames or FRAMES_A_SECOND, _number(values.get("tickRate")) or 1e7)


def _begins(root: ElementTree.Element, rates: _Rates) -> dict[ElementTree.Element, float]:
    """When the parts begin in which elements stand: the times of these count from there."""
    begins: dict[ElementTree.Element, float] = {}

    def walk(node: ElementTree.Element, shift: float) -> None:
        for child in node:
            begins[child] = shift
            own = _ttml_time(child.get("begin", ""), rates) if _tag(child) in ("div", "body") else 0
            walk(child, shift + (own or 0.0))

    if _tag(root) == "tt":
        for body in root:
            if _tag(body) == "body":
                walk(body, _ttml_time(body.get("begin", ""), rates) or 0.0)
    return begins


def _tag(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2].casefold()


def _xml_span(node: ElementTree.Element, rates: _Rates) -> tuple[float, float] | None:
    """Start and end of an element in seconds, as TTML (`begin`) or YouTube (`start`, `t`) has."""
    values = {name.rpartition("}")[2]: value for name, value in node.attrib.items()}
    if "t" in values:
        start, length = _number(values["t"]), _number(values.get("d", "0"))
        return None if start is None else (start / 1000, (start + (length or 0.0)) / 1000)
    start = _ttml_time(values.get("begin") or values.get("start") or "", rates)
    if start is None:
        return None
    end = _ttml_time(values.get("end", ""), rates)
    return start, start + (_ttml_time(values.get("dur", ""), rates) or 0.0) if end is None else end


def _ttml_time(value: str, rates: _Rates) -> float | None:
    """Seconds of `00:00:01.5`, `1.5s`, `1500ms`, `2m`, `1h`, ticks (`15000000t`), frames."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "": 1.0}
    units |= {"t": 1 / rates.ticks, "f": 1 / rates.frames}
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)(h|m|s|ms|t|f|)", value.strip()):
        return float(found[1]) * units[found[2]]
    if found := re.fullmatch(r"(\d{1,3}:\d\d:\d\d):(\d{1,3})", value.strip()):
        return (seconds(found[1]) or 0.0) + int(found[2]) / rates.frames
    return seconds(value)


def _xml_text(node: ElementTree.Element) -> str:
    inside = "".join(
        ("\n" if _tag(child) == "br" else "" if child is node else (child.text or ""))
        + ("" if child is node else child.tail or "")
        for child in node.iter()
    )
    return html.unescape((node.text or "") + inside)


def _xml_speaker(node: ElementTree.Element, root: ElementTree.Element) -> str | None:
    """Who speaks in TTML: the agent of a paragraph, by the name that the head gives it."""
    agents = [value for name, value in node.attrib.items() if name.endswith("agent")]
    if not agents:
        return None
    for agent in root.iter():
        if _tag(agent) == "agent" and any(value == agents[0] for value in agent.attrib.values()):
            return " ".join("".join(agent.itertext()).split()) or agents[0]
    return agents[0]


def _ass_cues(text: str) -> list[Cue]:
    """The cues of SubStation Alpha, in order of time: signs and layers stand apart in the file."""
    fields = ["layer", "start", "end", "style", "name", "l", "r", "v", "effect", "text"]
    cues: list[Cue] = []
    for line in text.splitlines():
        kind, _, rest = line.strip().partition(":")
        if kind.casefold() == "format" and "text" in rest.casefold() and "start" in rest.casefold():
            fields = [field.strip().casefold() for field in rest.split(",")]
        if kind.casefold() != "dialogue":
            continue
        row = dict(zip(fields, rest.split(",", len(fields) - 1), strict=False))
        start, end = seconds(row.get("start", "")), seconds(row.get("end", ""))
        if start is not None:
            name = (row.get("name") or row.get("actor") or "").strip()
            said = re.sub(r"\\[Nn]", "\n", row.get("text", ""))
            cues += voiced(start, start if end is None else end, said, speaker=name or None)
    return sorted(cues, key=lambda cue: cue.start_s)


def _sami_cues(text: str) -> list[Cue]:
    """The cues of SAMI in its first language: each holds until the next, in thousandths of a
    second."""
    found = list(_SAMI_SYNC.finditer(text))
    languages = [kind.casefold() for kind in _SAMI_CLASS.findall(text)]
    if others := set(languages[1:]) - set(languages[:1]):
        found = [
            sync
            for sync, until in zip(found, [*(s.start() for s in found[1:]), len(text)], strict=True)
            if {kind.casefold() for kind in _SAMI_CLASS.findall(text, sync.end(), until)} - others
        ]
    cues: list[Cue] = []
    for at, sync in enumerate(found):
        last = at + 1 == len(found)
        end = int(sync[1]) + 4000 if last else int(found[at + 1][1])
        said = text[sync.end() : len(text) if last else found[at + 1].start()]
        for other in _SAMI_CLASS.finditer(said):
            if other[1].casefold() in others:
                said = said[: other.start()]
                break
        said = re.sub(r"<[!/a-zA-Z][^<>]*>", "", _BREAKING.sub("\n", said)).strip()
        cues += voiced(int(sync[1]) / 1000, end / 1000, said)
    return cues


# --- documents -----------------------------------------------------------------------------------


def _docx_text(data: bytes) -> str:
    """The paragraphs of a document of Word or OpenDocument. Raises CaptionsBroken."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            is_open = "content.xml" in names and "word/document.xml" not in names
            part = archive.getinfo("content.xml" if is_open else "word/document.xml")
            if part.file_size > MAX_DOCUMENT_BYTES:
                raise CaptionsBroken(_("This document is too large to be a transcript."))
            root = ElementTree.fromstring(archive.read(part))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, OSError, ValueError) as error:
        raise CaptionsBroken(_("This is not a document with words that can be read.")) from error
    if is_open:
        return "\n".join(_odt_line(n) for n in root.iter() if n.tag in (f"{_ODT}p", f"{_ODT}h"))
    lines = []
    for paragraph in root.iter(f"{_WORD}p"):
        signs = {"tab": "\t", "br": "\n"}
        lines.append(
            "".join(
                (node.text or "") if node.tag == f"{_WORD}t" else signs.get(_tag(node), "")
                for node in paragraph.iter()
            )
        )
    return "\n".join(lines)


def _odt_line(node: ElementTree.Element) -> str:
    """The words of a paragraph of OpenDocument, without its notes and remarks."""
    if _tag(node) in ("note", "annotation"):
        return ""
    signs = {"s": " ", "tab": "\t", "line-break": "\n"}
    inside = "".join(_odt_line(child) + (child.tail or "") for child in node)
    return signs.get(_tag(node), "") + (node.text or "") + inside


def _rtf_text(text: str) -> str:
    """The words of Rich Text Format, with its letters of Windows."""
    told = re.search(r"\\ansicpg(\d{3,5})", text[:2000])
    page = f"cp{told[1]}" if told and told[1] in _RTF_PAGES else "cp1252"

    def plain(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1]) % 0x10000)
        if found[2]:
            return bytes.fromhex(found[2]).decode(page, "replace")
        return "\n" if found[3] else "\t" if found[4] else found[5] or ""

    return _RTF.sub(plain, _RTF_TABLES.sub("", text))
