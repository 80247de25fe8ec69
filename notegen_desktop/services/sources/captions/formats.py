"""Captions in structured formats: JSON, XML, ASS, documents. Pure.

Formats are recognized by content, not by file name.
"""

from __future__ import annotations

import contextlib
import csv
import html
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from notegen_desktop.domain.errors import CaptionsBroken
from notegen_desktop.domain.text.encodings import decoded
from notegen_desktop.domain.text.segments import Cue
from notegen_desktop.domain.words import _

from .lines import voiced
from .scc import is_scc, scc_cues
from .speech_rows import json_cues, may_be_json, number, table_cues
from .times import seconds

MAX_DOCUMENT_BYTES = 64 * 2**20
"""Maximum bytes of an unpacked document; the longest book has 5 MB of text."""

_ASS = re.compile(r"^[^\S\n]*(?:\[Script Info\]|Dialogue:|\[V4)", re.IGNORECASE | re.MULTILINE)
_SAMI_SYNC = re.compile(r"<sync\s+start\s*=\s*[\"']?(\d+)[^>]*>", re.IGNORECASE)
_SAMI_CLASS = re.compile(r"<p\s[^<>]*?class\s*=\s*[\"']?(\w+)[^<>]*>", re.IGNORECASE)
"""A paragraph with its class, which names its language."""
_FRAMES = re.compile(r"^\{(\d+)\}\{(\d*)\}(.*)$", re.MULTILINE)
_DECISECONDS = re.compile(r"^\[(\d+)\]\[(\d*)\](.*)$", re.MULTILINE)
_TMPLAYER = re.compile(r"^(\d{1,2}:\d\d:\d\d)(?:,\d)?[:=](?!\d)(.*)$", re.MULTILINE)
_DISC = re.compile(
    r"^[ \t]*(\d\d:\d\d:\d\d[:;.]\d\d)[ \t]*,[ \t]*(\d\d:\d\d:\d\d[:;.]\d\d)[ \t]*,(.*)$",
    re.MULTILINE,
)
"""Subtitles of DVDs by Spruce, whose other lines are settings or comments."""
_LABELS = re.compile(r"\d+(?:\.\d+)?\t\d+(?:\.\d+)?\t")
"""The beginning of a line of Audacity's labels: start and end in seconds."""
_MARKUP = re.compile(r"<(?:!doctype html|html|body|head|p|div|br)\b", re.IGNORECASE)
_TIMED_MARKUP = re.compile(r"<(?:tt|timedtext|transcript|sami|usfsubtitles)\b", re.IGNORECASE)
_BREAKING = re.compile(r"<(?:br|/p|/div|/li|/h\d|/tr|/time)\b[^>]*>", re.IGNORECASE)
_VOICED = re.compile(r"<cite>([^<>]{1,80}?):?\s*</cite>\s*<time>([\d:.,\s]{1,20})</time>\s*<p>")
"""A podcast transcript in HTML: speaker, time, and text."""
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
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_INTERVAL = re.compile(
    r'(\d{1,9}(?:\.\d+)?)\s+(?:xmax = )?(\d{1,9}(?:\.\d+)?)\s+(?:text = )?"((?:[^"]|"")*)"'
)
_SOUNDS_OF_WORDS = {"phones", "phone", "phonemes", "phoneme", "syllables"}
"""Tiers with the sounds of the words in another tier."""
_ODT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

FRAMES_A_SECOND = 25.0
"""Frame rate of MicroDVD, if its first line names none."""


def text_of_document(data: bytes) -> str | None:
    """Return the text of a Word, OpenDocument, RTF or HTML file, a line per paragraph; None for
    another file.

    Raises CaptionsBroken.
    """
    if data.startswith(b"PK\x03\x04"):
        return _docx_text(data)
    if data.lstrip().startswith(b"{\\rtf"):
        return _rtf_text(data.decode("latin-1"))
    head = data[:2000].decode("utf-8", "replace")
    is_markup = head.lstrip("\ufeff \t\r\n").startswith("<") and _MARKUP.search(head)
    if is_markup and not _TIMED_MARKUP.search(head):
        text = _VOICED.sub(r"\2\n\1: ", decoded(data)[0])
        text = _BREAKING.sub("\n", _UNSEEN.sub("", text))
        return html.unescape(re.sub(r"<[!/a-zA-Z][^<>]*>", "", text))
    return None


def structured_cues(text: str) -> list[Cue] | None:
    """Return the cues of a text in a structured format; None for plain lines.

    Raises CaptionsBroken for JSON or XML without captions.
    """
    bare = text.lstrip("\ufeff \t\r\n")
    if may_be_json(bare) and (found := json_cues(bare)) is not None:
        return found
    if bare.startswith("<"):
        sami = _sami_cues(bare)
        return sami if sami else _xml_cues(bare)
    if is_scc(bare):
        return scc_cues(bare)
    if _ASS.search(text[:20_000]):
        return _ass_cues(text)
    if re.search(r"\bTextGrid\b", text[:200]) and (praat := _textgrid_cues(text)):
        return praat
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
    if (table := _table_cues(bare)) is not None:
        return table
    discs = _DISC.findall(text)
    if discs:
        return [
            cue
            for start, end, said in discs
            for cue in voiced(
                seconds(start) or 0.0,
                seconds(end) or 0.0,
                re.sub(r"\^[BIU]", "", said.replace("|", "\n")),
            )
        ]
    return None


def _counted(rows: Iterable[tuple[str, str, str]], unit_s: float) -> list[Cue]:
    """Return cues whose times are integers of a unit (MicroDVD, MPL2, TMPlayer).

    `|` separates lines; a `/` in front of one means italics.
    """
    return [
        cue
        for start, end, said in rows
        for cue in voiced(
            int(start) * unit_s, int(end or start) * unit_s, re.sub(r"(?:^|\|)/?", "\n", said)
        )
    ]


def _table_cues(text: str) -> list[Cue] | None:
    """Return the cues of a table whose header names the columns of text and start, or of Audacity's
    labels, which have no header; None for another text."""
    text = re.sub(r"\Asep=.\n", "", text)  # a separator line for Excel
    if _LABELS.match(text):
        text = f"start\tend\ttext\n{text}"
    head = text[:400].partition("\n")[0]
    sign = max("\t;,", key=head.count)
    if sign not in head:
        return None
    rows = csv.reader(io.StringIO(text.partition("\n")[2]), delimiter=sign)
    return table_cues(re.sub(r"[^\w\t;,]", "", head).split(sign), rows)


# --- XML, ASS, SAMI ------------------------------------------------------------------------------


def _xml_cues(text: str) -> list[Cue] | None:
    """Return the cues of TTML and of YouTube's own XML; None for another text.

    Raises CaptionsBroken for XML that defines entities, which may grow without end.
    """
    if re.search(r"<!(?:ENTITY|DOCTYPE[^>]*\[)", text):
        raise CaptionsBroken(_("This XML file defines its own markup; it is not read."))
    root = _tree(re.sub(r"^<\?xml[^>]*\?>", "", text))
    if root is None:
        return None
    if _tag(root) == "annotation_document":
        return _elan_cues(root)
    rates = _rates(root)
    starts = _begins(root, rates)
    timed = [(node, _xml_span(node, rates)) for node in root.iter() if _tag(node) in ("p", "text")]
    foreign = _in_other_languages(root)
    timed = [(node, span) for node, span in timed if span is not None and node not in foreign]
    if not timed:  # times may be on the lines within a paragraph
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


def _tree(text: str) -> ElementTree.Element | None:
    """Return the root of XML; of damaged or truncated XML the readable part."""
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError:
        pass
    text = re.sub(r"&(?!#?\w{1,30};)", "&amp;", text)
    text = re.sub(r"&(?!(?:amp|lt|gt|quot|apos);)[a-zA-Z]\w*;", lambda e: html.unescape(e[0]), text)
    text = re.sub(r"<(?![/!?a-zA-Z])", "&lt;", text)
    # undeclared namespace prefixes
    text = re.sub(r"(</?|\s)(?!xml)[\w-]+:(?=\w+[\s=/>])", r"\1", text)
    builder = _Builder()
    with contextlib.suppress(ElementTree.ParseError):
        ElementTree.XMLParser(target=builder).feed(text)
    return builder.root


class _Builder(ElementTree.TreeBuilder):
    """Keeps the root of an incomplete tree."""

    root: ElementTree.Element | None = None

    def start(self, tag: str, attrs: dict[str, str]) -> ElementTree.Element:
        node = super().start(tag, attrs)
        self.root = node if self.root is None else self.root
        return node


def _in_other_languages(root: ElementTree.Element) -> set[ElementTree.Element]:
    """Return the elements in other languages than the first: translations of the same text."""
    parts = [
        (language, node)
        for node in root.iter()
        if _tag(node) == "div"
        for name, language in node.attrib.items()
        if name.endswith("}lang")
    ]
    return {each for language, node in parts if language != parts[0][0] for each in node.iter()}


@dataclass(frozen=True, slots=True)
class _Rates:
    """Units of time in a TTML file, per second: frames and ticks."""

    frames: float = FRAMES_A_SECOND
    ticks: float = 1e7


def _rates(root: ElementTree.Element) -> _Rates:
    values = {name.rpartition("}")[2]: value for name, value in root.attrib.items()}
    frames = number(values.get("frameRate")) or FRAMES_A_SECOND
    if scale := re.fullmatch(r"(\d{1,6})[ :]([1-9]\d{0,5})", values.get("frameRateMultiplier", "")):
        frames *= int(scale[1]) / int(scale[2])
    # Without a tick rate, Netflix's is assumed: its old files have none.
    return _Rates(frames or FRAMES_A_SECOND, number(values.get("tickRate")) or 1e7)


def _begins(root: ElementTree.Element, rates: _Rates) -> dict[ElementTree.Element, float]:
    """Return the start of each element's part, in seconds, from which its times count."""
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
    """Return start and end of an element in seconds, from the attributes of TTML (`begin`) or
    YouTube (`start`, `t`); or None."""
    values = {name.rpartition("}")[2]: value for name, value in node.attrib.items()}
    if "t" in values:
        start, length = number(values["t"]), number(values.get("d", "0"))
        return None if start is None else (start / 1000, (start + (length or 0.0)) / 1000)
    start = _ttml_time(values.get("begin") or values.get("start") or "", rates)
    if start is None:
        return None
    end = _ttml_time(values.get("end") or values.get("stop") or "", rates)
    return start, start + (_ttml_time(values.get("dur", ""), rates) or 0.0) if end is None else end


def _ttml_time(value: str, rates: _Rates) -> float | None:
    """Return the seconds of `00:00:01.5`, `1.5s`, `1500ms`, `2m`, `1h`, ticks (`15000000t`) or
    frames; or None."""
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
        # Apple marks words and sentences as units, without blanks between them.
        + (" " if any(name.endswith("}unit") for name in child.attrib) else "")
        + ("" if child is node else child.tail or "")
        for child in node.iter()
    )
    return html.unescape((node.text or "") + inside)


def _xml_speaker(node: ElementTree.Element, root: ElementTree.Element) -> str | None:
    """Return the speaker in TTML: a paragraph's agent, by its name in the head; or None."""
    agents = [value for name, value in node.attrib.items() if name.endswith("agent")]
    if not agents:
        return None
    for agent in root.iter():
        if _tag(agent) == "agent" and any(value == agents[0] for value in agent.attrib.values()):
            return " ".join("".join(agent.itertext()).split()) or agents[0]
    return agents[0]


def _ass_cues(text: str) -> list[Cue]:
    """Return the cues of SubStation Alpha, in order of time: the file groups them by layer."""
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
    """Return the cues of SAMI in its first language: each lasts until the next, in milliseconds."""
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


def _elan_cues(root: ElementTree.Element) -> list[Cue]:
    """Return the cues of ELAN: a tier per speaker, without tiers that annotate another."""
    slots = {
        slot.get("TIME_SLOT_ID"): number(slot.get("TIME_VALUE")) for slot in root.iter("TIME_SLOT")
    }
    tiers: dict[str, list[tuple[float, float, str]]] = {}
    for tier in root.iter("TIER"):
        rows = tiers.setdefault(tier.get("PARTICIPANT") or tier.get("TIER_ID") or "", [])
        for said in tier.iter("ALIGNABLE_ANNOTATION") if not tier.get("PARENT_REF") else ():
            start, end = (slots.get(said.get(f"TIME_SLOT_REF{n}")) for n in (1, 2))
            if start is not None:
                rows.append((start / 1000, (end or start) / 1000, "".join(said.itertext())))
    return _tiers({name: rows for name, rows in tiers.items() if rows})


def _textgrid_cues(text: str) -> list[Cue]:
    """Return the cues of Praat, in its long and short form: a tier per speaker."""
    tiers: dict[str, list[tuple[float, float, str]]] = {}
    for tier in text.split('"IntervalTier"')[1:]:
        if (name := _QUOTED.search(tier)) and name[1].casefold() not in _SOUNDS_OF_WORDS:
            tiers[name[1]] = [
                (float(start), float(end), said.replace('""', '"'))
                for start, end, said in _INTERVAL.findall(tier)
            ]
    return _tiers(tiers)


def _tiers(tiers: Mapping[str, Sequence[tuple[float, float, str]]]) -> list[Cue]:
    """Return cues in order of time, with the tier as the speaker if there are several."""
    cues = [
        cue
        for name, rows in tiers.items()
        for start, end, said in rows
        for cue in voiced(start, end, said, speaker=(name or None) if len(tiers) > 1 else None)
    ]
    return sorted(cues, key=lambda cue: cue.start_s)


# --- documents -----------------------------------------------------------------------------------


def _docx_text(data: bytes) -> str:
    """Return the paragraphs of a Word or OpenDocument file. Raises CaptionsBroken."""
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
    """Return the text of a paragraph of OpenDocument, without notes and comments."""
    if _tag(node) in ("note", "annotation"):
        return ""
    signs = {"s": " ", "tab": "\t", "line-break": "\n"}
    inside = "".join(_odt_line(child) + (child.tail or "") for child in node)
    return signs.get(_tag(node), "") + (node.text or "") + inside


def _rtf_text(text: str) -> str:
    """Return the text of Rich Text Format, decoded by its Windows code page."""
    told = re.search(r"\\ansicpg(\d{3,5})", text[:2000])
    page = f"cp{told[1]}" if told and told[1] in _RTF_PAGES else "cp1252"

    def plain(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1]) % 0x10000)
        if found[2]:
            return bytes.fromhex(found[2]).decode(page, "replace")
        return "\n" if found[3] else "\t" if found[4] else found[5] or ""

    return _RTF.sub(plain, _RTF_TABLES.sub("", text))
