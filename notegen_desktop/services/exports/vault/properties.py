"""Properties at the head of a page: flat YAML (Obsidian), or `key:: value` lines (Logseq).

Only the program's own properties are parsed, in any spelling that the other program gives them.
Everything else stays unchanged, line by line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from notegen_desktop.domain.text.cleaning import lines_of, visible
from notegen_desktop.domain.text.file_names import is_mark

Value = str | tuple[str, ...]
Properties = Mapping[str, Value]

ID = "notegen"
"""The property that identifies a page, wherever its file is moved."""

_FRONT = re.compile(r"\A---[ \t]*\n(?P<inside>(?:.*\n)*?)---[ \t]*(?:\n|\Z)")
_YAML_KEY = re.compile(r"(?P<key>\w[\w .-]*?)[ \t]*:(?=[ \t]|$)")
_LOGSEQ_HEAD = re.compile(r"\A(?:[\w.-]+::(?:[ \t].*)?\n)+\n?")
_LOGSEQ_KEY = re.compile(r"(?P<key>[\w.-]+)::(?=[ \t]|$)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
"""Characters that JSON allows in a string and YAML does not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A property in a file, as lines with their ends; `key` is "" for other lines."""

    key: str
    lines: str


def yaml_entry(key: str, value: Value) -> Entry:
    if isinstance(value, tuple):
        return Entry(key, f"{key}:\n" + "".join(f"  - {_quoted(each)}\n" for each in value))
    return Entry(key, f"{key}: {value if _DATE.fullmatch(value) else _quoted(value)}\n")


def logseq_entry(key: str, value: Value) -> Entry:
    words = ", ".join(value) if isinstance(value, tuple) else value
    return Entry(key, f"{key}:: {' '.join(visible(words).split())}\n")


def tag(words: str) -> str:
    """Return a valid tag of Obsidian: letters, digits, `_`, `-` and `/`, and not digits alone."""
    kept = ""
    for sign in visible(words):
        belongs = is_mark(sign) and kept[-1:].strip()
        kept += sign if belongs or sign.isalnum() or sign in "_/-" else " "
    name = "-".join(kept.split()).strip("-/")
    return f"n{name}" if re.fullmatch(r"[\d/-]+", name) else name


def _quoted(words: str) -> str:
    """Return a JSON string, which is a YAML string: `1:58`, `no` or `[[a]]` keep their meaning."""
    told = json.dumps(" ".join(visible(words).split()), ensure_ascii=False)
    return _BREAKS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", told)


def parted(text: str) -> tuple[list[Entry] | None, str]:
    """Return the properties of a page, None if it has none, and the rest of it."""
    if found := _FRONT.match(text):
        return _entries(found["inside"], _YAML_KEY), text[found.end() :]
    if found := _LOGSEQ_HEAD.match(text):
        return _entries(found[0].rstrip("\n") + "\n", _LOGSEQ_KEY), text[found.end() :]
    return None, text


def _entries(inside: str, pattern: re.Pattern[str]) -> list[Entry]:
    entries: list[Entry] = []
    for line in lines_of(inside):
        if found := pattern.match(line):
            entries.append(Entry(found["key"], line))
        elif entries:
            entries[-1] = Entry(entries[-1].key, entries[-1].lines + line)
        else:
            entries.append(Entry("", line))
    return entries


def value_of(entry: Entry) -> Value | None:
    """Return the value of a property; None for a syntax that the program never writes."""
    head, _, rest = entry.lines.partition("\n")
    logseq = _LOGSEQ_KEY.match(head)
    if logseq and not _YAML_KEY.match(head):
        return head[logseq.end() :].strip()
    told = head.partition(":")[2].strip()
    if not told:
        items = [line.strip() for line in rest.splitlines() if line.strip()]
        if not all(item.startswith("-") for item in items):
            return None
        return tuple(_scalar(item[1:].strip()) for item in items)
    if rest.strip() or told[0] in "|>&*!{":
        return None
    if told[0] == "[":
        return tuple(_scalar(item.strip()) for item in _items(told.strip("[]"))) if told else ()
    return _scalar(told)


def _items(inside: str) -> list[str]:
    return re.findall(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,]+)""", inside)


def _scalar(told: str) -> str:
    if told[:1] == '"':
        try:
            return str(json.loads(told))
        except ValueError:
            return told
    if told[:1] == "'":
        return told[1:-1].replace("''", "'")
    return re.sub(r"\s+#.*$", "", told)


def page_id(text: str) -> str:
    """Return the id in a page's properties, "" if it is not one of the program's."""
    for entry in parted(text.removeprefix("\ufeff").replace("\r\n", "\n"))[0] or []:
        if entry.key == ID:
            value = value_of(entry)
            return value if isinstance(value, str) else ""
    return ""


def merged(
    current: Sequence[Entry], ours: Sequence[Entry], known: Iterable[Properties]
) -> list[Entry]:
    """Return the properties of a page updated by ours; those that the user changed stay.

    `known` are those last written. A list that the user changed gains and loses the same items as
    ours.
    """
    known = list(known)
    fresh = {entry.key: entry for entry in ours}
    result: list[Entry] = []
    for entry in current:
        value = value_of(entry)
        before = [_told(each[entry.key]) for each in known if entry.key in each]
        if entry.key not in fresh:
            if not (entry.key and value in before):
                result.append(entry)
            continue
        wanted = value_of(fresh[entry.key])
        if value == wanted:
            result.append(entry)
        elif value in before or entry.key == ID:
            result.append(fresh[entry.key])
        else:
            result.append(_with_ours(entry, value, wanted, before))
    here = {entry.key for entry in current}
    removed = {key for each in known for key in each} - here - {ID}
    return result + [entry for entry in ours if entry.key not in here | removed]


def _with_ours(
    entry: Entry, value: Value | None, wanted: Value | None, before: list[Value]
) -> Entry:
    if not (isinstance(value, tuple) and isinstance(wanted, tuple) and before):
        return entry
    last = {item for each in before if isinstance(each, tuple) for item in each}
    kept = [item for item in value if item in wanted or item not in last]
    kept += [item for item in wanted if item not in (*value, *last)]
    return entry if tuple(kept) == value else yaml_entry(entry.key, tuple(kept))


def _told(value: object) -> Value:
    """Return a value as parsed from JSON."""
    return tuple(map(str, value)) if isinstance(value, list | tuple) else str(value)
