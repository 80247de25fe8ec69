"""Converts notes to pages of a vault: properties, text, and pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import PurePath

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite, Level, Note, Picture
from notegen_desktop.domain.notes.remarks import sectioned
from notegen_desktop.domain.text.cleaning import harmless
from notegen_desktop.domain.text.file_names import name_with_kind
from notegen_desktop.services.markup.cited import shown
from notegen_desktop.services.markup.note_markdown import (
    apart_markdown,
    cite_markdown,
    head_markdown,
    heading,
    joined,
    lacks_markdown,
    section_markdown,
)
from notegen_desktop.services.markup.safe_markdown import literal, safe_markdown
from notegen_desktop.services.ports import VaultForm

from .properties import ID, Entry, Value, logseq_entry, tag, yaml_entry

PICTURE_FOLDERS = {VaultForm.OBSIDIAN: "attachments", VaultForm.LOGSEQ: "assets"}
PAGE_FOLDERS = {VaultForm.OBSIDIAN: "", VaultForm.LOGSEQ: "pages"}

_NO_LINK = re.compile(r"[\[\]#^|]+")
"""Characters of Obsidian's links, which no page name may contain."""

_ACTIVE = re.compile(r"(?<![^\s(\[])#(?=[\w/-]*[^\W\d_])|%(?=%)")
"""Characters that make a tag, or hide text, in the title of a video."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: `name` is its file name; `entries` are its properties."""

    id: str
    name: str
    entries: tuple[Entry, ...]
    body: str
    pictures: tuple[Picture, ...] = field(default=(), repr=False)

    def text(self, entries: Sequence[Entry] | None = None, body: str | None = None) -> str:
        """Return the file's text; optionally with other entries or another body."""
        told = "".join(entry.lines for entry in (self.entries if entries is None else entries))
        rest = self.body if body is None else body
        if self.entries and "::" in self.entries[0].lines.partition(" ")[0]:
            return f"{told}\n{rest}"
        return f"---\n{told}---\n{rest}" if told else rest


def note_page(note: Note, level: Level, form: VaultForm) -> Page:
    """Return the page of one note."""
    kind = note.template.replace("-", " ").capitalize()
    properties: dict[str, Value] = {"title": note.title or note.video.name}
    properties |= _of_video(note.video)
    properties |= {"template": note.template, **_of_note(note), "tags": _tags(note)}
    parts = [head_markdown(note), *_sections(note, level, form, depth=2)]
    name = name_with_kind(note.video.name, kind, ending=" (99999).md")
    return _page(note.id, name, properties, parts, [note], form)


def video_page(notes: Sequence[Note], level: Level, form: VaultForm) -> Page:
    """Return the page of all notes of a video, each under its own heading."""
    video = notes[0].video
    properties: dict[str, Value] = {"title": video.name} | _of_video(video) | _of_note(notes[-1])
    properties["tags"] = tuple(dict.fromkeys(chain.from_iterable(map(_tags, notes))))
    parts: list[list[str]] = [head_markdown(notes[0])[:2]]
    parts[0][0] = heading(1, video.name)
    seen: dict[str, int] = {}
    for note in notes:
        kind = note.template.replace("-", " ").capitalize()
        seen[kind] = seen.get(kind, 0) + 1
        words = kind if seen[kind] == 1 else f"{kind} {seen[kind]}"
        parts.append([heading(2, words), *lacks_markdown(note)])
        parts += _sections(note, level, form, depth=3)
    return _page(f"video:{video.id}", video.name, properties, parts, notes, form)


def _page(
    page_id: str,
    name: str,
    properties: dict[str, Value],
    parts: Sequence[list[str]],
    notes: Sequence[Note],
    form: VaultForm,
) -> Page:
    properties[ID] = page_id
    sections = chain.from_iterable(note.sections for note in notes)
    entry = logseq_entry if form is VaultForm.LOGSEQ else yaml_entry
    head, *rest = parts
    body = harmless(joined([_ACTIVE.sub(r"\\\g<0>", each) for each in head], *rest))
    if form is VaultForm.LOGSEQ:
        video = notes[0].video
        player = f"- {{{{video {video.public_url}}}}}\n" if video.provider == "youtube" else ""
        body = player + outline(body.partition("\n")[2])
    return Page(
        id=page_id,
        name=" ".join(_NO_LINK.sub(" ", name).split()),
        entries=tuple(entry(key, value) for key, value in properties.items() if value),
        body=body,
        pictures=tuple(chain.from_iterable(each.pictures for each in sections)),
    )


def _of_video(video: Video) -> dict[str, Value]:
    length = clock(video.duration_s) if video.duration_s else ""
    return {"video": _address(video), "channel": video.channel, "duration": length}


def _of_note(note: Note) -> dict[str, Value]:
    return {"language": note.language, "created": note.created[:10]}


def _tags(note: Note) -> tuple[str, ...]:
    own = (tag(each) for each in note.tags)
    return tuple(dict.fromkeys(("notegen", f"notegen/{tag(note.template)}", *filter(None, own))))


def _sections(note: Note, level: Level, form: VaultForm, *, depth: int) -> list[list[str]]:
    cite = partial(_cite, video=note.video, form=form)
    picture = partial(_picture, video=note.video, form=form)
    sections = [
        list(
            section_markdown(each, level, cite=cite, picture=picture, depth=depth, remarks=remarks)
        )
        for each, remarks in zip(note.sections, sectioned(note), strict=True)
    ]
    # A user who writes above the first heading makes a section without one.
    shown = [each if each[0].strip("# \n") else each[1:] for each in sections]
    return [*shown, list(apart_markdown(note, lambda at: _time(note.video, at, clock(at), form)))]


def _address(video: Video) -> str:
    """Return the video's address, also of a local film; "" if it has none."""
    if video.link_at(0):
        return video.public_url
    if video.provider != "file" or not video.is_media:
        return ""
    try:
        return PurePath(video.url).as_uri()
    except ValueError:
        return ""


def _link_at(video: Video, seconds: float) -> str:
    address = video.link_at(seconds)
    if not address and (file := _address(video)):
        return f"{file}#t={max(0, int(seconds))}"
    return address


def _cite(cite: Cite, *, video: Video, form: VaultForm) -> str:
    video = cite.video or video
    if form is VaultForm.OBSIDIAN and video.link_at(0):
        return cite_markdown(cite, video=video)
    told = shown(cite, video)
    time = _time(video, cite.start_s, told.label, form)
    why = safe_markdown(literal(f"({told.why})")).rstrip("\n") if told.why else ""
    doubt = "?" if told.label.endswith("?") and time.startswith("{{") else ""
    return " ".join(part for part in (time + doubt, why) if part)


def _time(video: Video, seconds: float, label: str, form: VaultForm) -> str:
    if form is VaultForm.LOGSEQ and video.provider == "youtube":
        return f"{{{{youtube-timestamp {max(0, int(seconds))}}}}}"
    href = _link_at(video, seconds)
    return f"[{label}]({href})" if href else f"\\[{label}\\]"


def _picture(picture: Picture, *, video: Video, form: VaultForm) -> str:
    time = _time(video, picture.at_s, clock(picture.at_s), form)
    if form is VaultForm.LOGSEQ:
        return f"![{picture.words}](../{PICTURE_FOLDERS[form]}/{picture.name})\n{time}\n"
    # A link by name is found wherever the page is moved to.
    return f"![[{picture.name}]]\n{time}\n"


# --- Markdown as the outline that Logseq keeps ---

_TAB = "\t"
_HEADING = re.compile(r"(#{1,6}) ")
_ITEM = re.compile(r"(?P<indent> *)(?:[-*+] |(?=\d{1,9}[.)] ))(?P<words>.*)")
_FENCE = re.compile(r" *(`{3,}|~{3,})")
_TASKS = {"[ ] ": "TODO ", "[x] ": "DONE ", "[X] ": "DONE "}


def outline(markdown: str) -> str:
    """Return `markdown` as Logseq blocks: every paragraph, item and heading is one, indented by a
    tab below its heading."""
    lines: list[str] = []
    base = depth = 0
    indents: list[int] = []
    fence = ""
    is_open = False
    for line in markdown.splitlines():
        if fence:
            lines.append(f"{_TAB * depth}  {line[indents[-1] + 2 :] if indents else line}".rstrip())
            fence = "" if line.strip() == fence else fence
            continue
        if not line.strip():
            is_open = False
            continue
        if found := _HEADING.match(line):
            base = max(0, len(found[1]) - 1)
            indents = []
            lines.append(f"{_TAB * max(0, base - 1)}- {line}")
            is_open = False
            continue
        item = _ITEM.match(line)
        if item:
            indent = len(item["indent"])
            while indents and indents[-1] > indent:
                indents.pop()
            if not indents or indents[-1] < indent:
                indents.append(indent)
            depth = base + len(indents) - 1
            words = item["words"]
            words = _TASKS.get(words[:4], words[:4]) + words[4:]
            lines.append(f"{_TAB * depth}- {words}")
        elif is_open or (indents and line.startswith(" ")):
            lines.append(f"{_TAB * depth}  {line.strip()}")
        else:
            indents = []
            depth = base
            lines.append(f"{_TAB * depth}- {line}")
        is_open = True
        if found := _FENCE.match(line):
            fence = found[1]
    return "\n".join(lines) + "\n"
