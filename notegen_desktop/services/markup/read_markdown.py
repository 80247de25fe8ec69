"""A note read back from the Markdown that `note_markdown` wrote, or earlier versions did.

A file of today ends with what its text does not show; what its reader has changed in the text
stays changed. Of a file of an earlier version there is only the text.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from html import unescape

from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.domain.notes.statements import marker

from .note_markdown import (
    cite_markdown,
    heading,
    own_markdown,
    picture_markdown,
    section_markdown,
    unpacked,
)

_BYTES = re.compile(r"^\[(picture-[0-9a-f]{16})\]: data:image/jpeg;base64,(\S+)\s*$", re.MULTILINE)
_PICTURE = re.compile(r"^!\[[^\]\n]*\]\[picture-[0-9a-f]{16}\]\\\n.*\n?", re.MULTILINE)
_PROPERTIES = re.compile(r"\A---\n.*?^---\n", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"\A\s*# (.+)\n+([^#\n].*)\n")
_LINK = re.compile(r"\[((?:\\.|[^\]\\])+)\]\(<?([^\s<>()]+(?:\([^\s()]*\)[^\s<>()]*)*)>?\)")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d\d)")
_DOUBT = r"(?: \((?:[^()\n]|\([^()\n]*\))*\))?"
_OWN = re.compile(rf"(?:\s*·?\s*\[\d[\d:]*\??\]\(\S+\){_DOUBT})+\s*")


def read_markdown(text: str, *, template: str = "", created: str = "") -> Note | None:
    """The note of a Markdown file; None where it is none.

    `template` and `created` stand for what files of earlier versions do not say. Raises ValueError
    for one whose facts are damaged.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    text, data = unpacked(_PROPERTIES.sub("", text, count=1))
    if data is None:
        return _seen_alone(text, template=template, created=created)
    return _with_facts(text, Note.from_json(data), Level(data.get("level", "")))


def _with_facts(text: str, note: Note, level: Level) -> Note:
    bytes_of = dict(_BYTES.findall(text))
    note = replace(note, sections=tuple(_with_pictures(each, bytes_of) for each in note.sections))
    text = _BYTES.sub("", text).rstrip() + "\n"
    shown = [heading(2, section.heading) for section in note.sections]
    sections: Iterable[Section]
    if (parts := _parts_named(text, shown)) is None:
        # Its reader has other headings by now: what is kept of each section is what can be seen.
        sections = _seen(text, note.video, level)
    else:
        sections = (
            _changed(section, part, level, note.video)
            for section, part in zip(note.sections, parts, strict=True)
        )
    return replace(note, title=_title(text, note), sections=tuple(sections))


def _title(text: str, note: Note) -> str:
    """The title of the note, unless its reader has written another."""
    first = text.lstrip().partition("\n")[0]
    said = heading(1, note.title or note.video.name).strip()
    return note.title if first.strip() == said or not first.startswith("# ") else _plain(first[2:])


def _with_pictures(section: Section, bytes_of: Mapping[str, str]) -> Section:
    """A section with the bytes of its pictures, as far as they are still in the file."""
    named = (
        (each, bytes_of.get(each.data.decode("ascii", "replace"))) for each in section.pictures
    )
    given = (replace(each, data=b64decode(data)) for each, data in named if data)
    return replace(section, pictures=tuple(given)) if section.pictures else section


def _parts_named(text: str, headings: list[str]) -> list[str] | None:
    """What stands below each of these headings, which are there in this order; None if not."""
    starts: list[tuple[int, int]] = []
    lines = _lines_of_headings(text)
    for said in headings:
        found = next((span for span in lines if text[slice(*span)].strip() == said.strip()), None)
        if found is None:
            return None
        starts.append(found)
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return [text[end:stop].strip("\n") for (_, end), stop in zip(starts, ends, strict=True)]


def _lines_of_headings(text: str) -> Iterator[tuple[int, int]]:
    """Lines that are headings of sections: not those in code."""
    fence = ""
    at = 0
    for line in text.splitlines(keepends=True):
        if opened := _FENCE.match(line):
            if not fence:
                fence = opened[1]
            elif line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif not fence and (line.startswith("## ") or line.strip() == "##"):
            yield at, at + len(line)
        at += len(line)


def _changed(section: Section, part: str, level: Level, video: Video) -> Section:
    """A section, with the text that stands in the file where that is another."""
    cite = partial(cite_markdown, video=video)
    picture = partial(picture_markdown, video=video, alone=True)
    _, *written = section_markdown(section, level, cite=cite, picture=picture)
    if part.strip() == "\n\n".join(text.strip() for text in written if text.strip()):
        return section
    for shown in reversed(section.pictures):
        part = part.rstrip().removesuffix(picture(shown).rstrip())
    part = part.rstrip().removesuffix(own_markdown(section, level, cite=cite).rstrip()).rstrip()
    # One time may be the beginning of another, which says why it is in doubt.
    for each in sorted(section.cites, key=lambda cited: -len(cite(cited))):
        if each.n:
            part = part.replace(cite(each), marker(each.n))
    return replace(section, **{level.value: part})  # type: ignore[arg-type]


def _seen(text: str, video: Video, level: Level) -> Iterator[Section]:
    """The sections of a text as far as they can be seen."""
    spans = list(_lines_of_headings(text))
    ends = [start for start, _ in spans[1:]] + [len(text)]
    for (start, end), stop in zip(spans, ends, strict=True):
        yield _read(_plain(text[start:end][2:]), text[end:stop].strip(), video, level)


def _read(words: str, part: str, video: Video, level: Level) -> Section:
    """A section as far as it can be seen: times are links to the video."""
    opening = re.escape(video.url)
    time = re.compile(rf"\[(\d+(?::\d\d){{1,2}})(\?)?\]\(<?{opening}[^\s)>]*>?\)({_DOUBT})")
    cites: list[Cite] = []

    def taken(found: re.Match[str], n: int) -> str:
        start = _seconds(found[1])
        doubtful = bool(found[2])
        cites.append(Cite(start, start, False if doubtful else None, n))
        return f"[^{n}]" if doubtful or not found[3] else f"[^{n}]{found[3]}"

    # The times of the section as a whole are a paragraph of their own, the last.
    before, _, last = part.rpartition("\n\n")
    if _OWN.fullmatch(last):
        for each in time.finditer(last):
            taken(each, 0)
        part = before.rstrip()
    numbered = iter(range(1, 10_000))
    part = time.sub(lambda found: taken(found, next(numbered)), part)
    return replace(Section(words, tuple(cites)), **{level.value: part})  # type: ignore[arg-type]


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
    length = _seconds(facts[-1]) if len(facts) > 1 and _CLOCK.fullmatch(facts[-1].strip()) else None
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


def _seconds(time: str) -> float:
    found = _CLOCK.search(time)
    hours, minutes, seconds = (int(each or 0) for each in found.groups()) if found else (0, 0, 0)
    return float(hours * 3600 + minutes * 60 + seconds)


def _plain(words: str) -> str:
    """The words of one line of Markdown, without what escapes its signs."""
    return unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", words)).strip()
