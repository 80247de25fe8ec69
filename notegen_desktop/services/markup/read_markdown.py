"""Parses a note from the Markdown of `note_markdown`, also of earlier versions.

A present file ends with the hidden part of the note; the user's changes of the text are kept. A
file of an earlier version has only the text.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import unescape

from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video, clock_seconds
from notegen_desktop.domain.notes.editing import (
    editable_text,
    edited,
    one_line,
    section_lines,
    time_label,
)
from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.notes.remarks import sectioned

from .note_markdown import (
    apart_markdown,
    cite_markdown,
    head_markdown,
    joined,
    own_markdown,
    picture_markdown,
    remark_markdown,
    section_markdown,
    unpacked,
)

_BYTES = re.compile(r"^\[(picture-[0-9a-f]{16})\]: data:image/jpeg;base64,(\S+)\s*$", re.MULTILINE)
_PICTURE = re.compile(r"^!\[[^\]\n]*\]\[picture-[0-9a-f]{16}\]\\\n.*\n?", re.MULTILINE)
_PROPERTIES = re.compile(r"\A---\n.*?^---\n", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"\A\s*# (.+)\n+([^#\n].*)\n")
_LINK = re.compile(r"\[((?:\\.|[^\]\\])+)\]\(<?([^\s<>()]+(?:\([^\s()]*\)[^\s<>()]*)*)>?\)")
_CLOCK = re.compile(r"(?:\d+:)?\d{1,2}:\d\d")
_DOUBT = r"(?: \((?:[^()\n]|\([^()\n]*\))*\))?"
_OWN = re.compile(rf"(?:\s*·?\s*\[\d[\d:]*\??\]\(\S+\){_DOUBT})+\s*")


def read_markdown(text: str, *, template: str = "", created: str = "") -> Note | None:
    """Return the note of a Markdown file; None if it is none.

    `template` and `created` are defaults for files of earlier versions. Raises ValueError for
    damaged data.
    """
    text = re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff"))
    text, data = unpacked(_PROPERTIES.sub("", text, count=1))
    if data is None:
        return _seen_alone(text, template=template, created=created)
    return _with_facts(text, Note.from_json(data), Level(data.get("level", "")))


def with_text(note: Note, text: str, level: Level) -> Note:
    """Return a note with the user's changes in the Markdown of one level, as written by
    `note_markdown` or `editable`."""
    return edited(note, _as_edited(_BYTES.sub("", text).rstrip() + "\n", note, level), level)


def _with_facts(text: str, note: Note, level: Level) -> Note:
    bytes_of = dict(_BYTES.findall(text))
    sections = tuple(_with_pictures(each, bytes_of) for each in note.sections)
    return with_text(replace(note, sections=sections), text, level)


def _with_pictures(section: Section, bytes_of: Mapping[str, str]) -> Section:
    """Return a section with the bytes of its pictures that are still in the file."""
    named = (
        (each, bytes_of.get(each.data.decode("ascii", "replace"))) for each in section.pictures
    )
    given = (replace(each, data=b64decode(data)) for each, data in named if data)
    return replace(section, pictures=tuple(given)) if section.pictures else section


def _as_edited(text: str, note: Note, level: Level) -> str:
    """Return the text of a file in the form for editing a note."""
    written = [
        _Written.of(section, remarks, level, note.video)
        for section, remarks in zip(note.sections, sectioned(note), strict=True)
    ]
    text = text.rstrip().removesuffix(joined(apart_markdown(note)).rstrip()).rstrip() + "\n"
    left = list(written)
    lines = list(section_lines(text))
    starts: list[tuple[int, int, str]] = []
    inside: _Written | None = None
    for start, end in lines:
        line = text[start:end].strip()
        found = next((it for it in left if line in (it.heading, it.edited_heading)), None)
        if found is not None:
            left.remove(found)
            inside = found
            starts.append((start, end, found.edited_heading))
        elif inside is None or line not in inside.text:
            inside = None
            starts.append((start, end, f"## {_plain(line[2:])}"))
    head = text[: starts[0][0]] if starts else text
    blocks = [_head(head, note)]
    stops = [*(start for start, _, _ in starts), len(text)][1:]
    for (_, end, heading), stop in zip(starts, stops, strict=True):
        blocks += [heading, _body(text[end:stop].strip("\n").rstrip(), written, level, note)]
    return "\n\n".join(block for block in blocks if block) + "\n"


@dataclass(frozen=True, slots=True)
class _Written:
    """A section, and its heading, text and times as they were written."""

    section: Section
    heading: str
    text: str
    own: str
    added: tuple[str, ...]
    """Pictures and remarks, which are not part of the text."""

    @property
    def edited_heading(self) -> str:
        return f"## {one_line(self.section.heading)}".strip()

    @classmethod
    def of(
        cls, section: Section, remarks: Sequence[Remark], level: Level, video: Video
    ) -> _Written:
        cite = partial(cite_markdown, video=video)
        picture = partial(picture_markdown, video=video, alone=True)
        write = partial(section_markdown, section, level, cite=cite, picture=picture)
        first, *blocks = write(remarks=remarks)
        return cls(
            section,
            first.strip(),
            "\n\n".join(text.strip() for text in blocks if text.strip()),
            own_markdown(section, level, cite=cite).strip(),
            (
                *(picture(each).strip() for each in section.pictures),
                *(remark_markdown(each).strip() for each in remarks),
            ),
        )


def _head(text: str, note: Note) -> str:
    """Return the text above the sections: the title, and everything but facts about the note."""
    title, *facts = (block.strip() for block in head_markdown(note))
    first, *blocks = (block.strip() for block in re.split(r"\n\n+", text.strip()))
    if first in (title, f"# {note.title}"):
        first = f"# {note.title}" if note.title else ""
    elif first.startswith("# "):
        first = f"# {_plain(first[2:])}"
    return "\n\n".join(block for block in (first, *blocks) if block and block not in facts)


def _body(part: str, written: Sequence[_Written], level: Level, note: Note) -> str:
    """Return the text of a section, with times in brackets."""
    if (same := next((each for each in written if each.text == part), None)) is not None:
        return editable_text(same.section, level)
    for each in written:
        for added in reversed(each.added):
            part = part.removesuffix(added).rstrip()
        part = part.removesuffix(each.own).rstrip()
    # One link may be the beginning of another, which also has a reason for doubt.
    cites = [cite for each in written for cite in each.section.cites]
    links = {cite_markdown(cite, video=note.video): time_label(cite) for cite in cites}
    for link in sorted(links, key=len, reverse=True):
        part = part.replace(link, f"[{links[link]}]")
    return _time_links(note.video).sub(r"[\1]\3", part)


def _seen(text: str, video: Video, level: Level) -> Iterator[Section]:
    """Yield the sections that the text shows."""
    spans = list(section_lines(text))
    stops = [*(start for start, _ in spans), len(text)][1:]
    for (start, end), stop in zip(spans, stops, strict=True):
        yield _read(_plain(text[start:end][2:]), text[end:stop].strip(), video, level)


def _read(words: str, part: str, video: Video, level: Level) -> Section:
    """Return a section from its text alone: times are links to the video."""
    time = _time_links(video)
    cites: list[Cite] = []

    def taken(found: re.Match[str], n: int) -> str:
        start = clock_seconds(found[1])
        doubtful = bool(found[2])
        cites.append(Cite(start, start, False if doubtful else None, n))
        return f"[^{n}]" if doubtful or not found[3] else f"[^{n}]{found[3]}"

    # The times of the section as a whole are its last paragraph.
    before, _, last = part.rpartition("\n\n")
    if _OWN.fullmatch(last):
        for each in time.finditer(last):
            taken(each, 0)
        part = before.rstrip()
    numbered = iter(range(1, 10_000))
    part = time.sub(lambda found: taken(found, next(numbered)), part)
    return Section(words, tuple(cites)).with_text(level, part)


def _time_links(video: Video) -> re.Pattern[str]:
    """Return the pattern of links to times of a video: the time, its mark of doubt, and the
    reason."""
    opening = re.escape(video.url)
    return re.compile(rf"\[(\d+(?::\d\d){{1,2}})(\?)?\]\(<?{opening}[^\s)>]*>?\)({_DOUBT})")


def _seen_alone(text: str, *, template: str, created: str) -> Note | None:
    about = _TITLE.match(text)
    if about is None:
        return None
    facts = about[2].split(" · ")
    link = _LINK.match(facts[0])
    if link is None:
        return None
    found = find_links(link[2]).links
    if not found:
        return None
    time = _CLOCK.fullmatch(facts[-1].strip())
    length = clock_seconds(time[0]) if time and len(facts) > 1 else None
    between = facts[1 : -1 if length is not None else None]
    video = Video(
        id=found[0].key,
        url=found[0].url,
        provider=found[0].provider,
        title=_plain(link[1]),
        channel=_plain(" · ".join(between)),
        duration_s=length,
    )
    sections = _seen(_PICTURE.sub("", _BYTES.sub("", text)), video, Level.STANDARD)
    note = Note(
        title=_plain(about[1]),
        video=video,
        template=template,
        template_version="",
        language="",
        engine="",
        model="",
        created=created,
        sections=tuple(sections),
    )
    return note if note.sections else None


def _plain(words: str) -> str:
    """Return the text of one line of Markdown, without escapes."""
    return unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", words)).strip()
