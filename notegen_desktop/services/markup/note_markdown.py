"""Renders a note as Markdown, for a file, the clipboard and the terminal."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any
from zlib import compress, decompressobj, error

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.citations import shown_while_written
from notegen_desktop.domain.notes.note import Cite, Draft, Level, Note, Picture, Section
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.notes.remarks import place_words, remarks_apart, sectioned
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.words import _

from .cited import filled, own_cites, placed, shown
from .safe_markdown import line, literal, safe_markdown


def note_markdown(note: Note, level: Level, *, alone: bool = False) -> str:
    """Return the note at one level, the times as links at its statements.

    `alone`, as a file, it also has its pictures, and the packed rest of the note at its end.
    """
    cite = partial(cite_markdown, video=note.video)
    picture = partial(picture_markdown, video=note.video, alone=alone)
    return joined(
        head_markdown(note),
        *(
            section_markdown(each, level, cite=cite, picture=picture, remarks=remarks)
            for each, remarks in zip(note.sections, sectioned(note), strict=True)
        ),
        list(apart_markdown(note)),
        [*_bytes_of_pictures(note), packed(note, level)] if alone else [],
    )


def head_markdown(note: Note) -> list[str]:
    """Return title, video, and what the note lacks."""
    video = note.video
    facts = [link_markdown(video.name, video.public_url if video.link_at(0) else "")]
    facts += [literal(each) for each in (video.channel, clock(video.duration_s or 0)) if each]
    about = " · ".join(facts if video.duration_s else facts[:-1])
    return [heading(1, note.title or video.name), safe_markdown(about), *lacks_markdown(note)]


def lacks_markdown(note: Note) -> list[str]:
    return [safe_markdown(f"> {literal(note.lacks)}")] if note.lacks else []


def draft_markdown(draft: Draft, level: Level) -> str:
    """Return the text of an unfinished note."""
    title = [heading(1, draft.title)] if draft.title else []
    return joined(
        title,
        *(
            [
                heading(2, section.heading),
                safe_markdown(shown_while_written(section.shown_at(level))),
            ]
            for section in draft.sections
        ),
    )


def section_markdown(
    section: Section,
    level: Level,
    *,
    cite: Callable[[Cite], str],
    picture: Callable[[Picture], str],
    depth: int = 2,
    remarks: Sequence[Remark] = (),
) -> Iterator[str]:
    """Yield a section under a heading of the `depth`, in blocks; `cite` and `picture` render one
    each. The user's remarks come last."""
    yield heading(depth, section.heading)
    text = safe_markdown(placed(section.shown_at(level), section.cites))
    yield filled(text, lambda index: cite(section.cites[index]))
    yield own_markdown(section, level, cite=cite)
    for each in section.pictures:
        yield picture(each)
    for remark in remarks:
        yield remark_markdown(remark)


def remark_markdown(remark: Remark) -> str:
    """Return a remark: the marked text, as a quotation, and the comment."""
    words = [f"“{literal(remark.quote)}”", *map(literal, remark.text.splitlines())]
    return safe_markdown("\\\n".join(f"> {each}" for each in words if each.strip()))


def apart_markdown(note: Note, time: Callable[[float], str] | None = None) -> Iterator[str]:
    """Yield the remarks without a section: on the transcript, and on deleted text. `time` formats a
    time of the video."""

    def link(seconds: float) -> str:
        return link_markdown(clock(seconds), note.video.link_at(seconds))

    for remark in remarks_apart(note):
        where = place_words(remark, time or link)
        if remark.is_spoken and time is not None:
            yield f"{where}\n"
        else:
            yield safe_markdown(where if remark.is_spoken else f"*{literal(where)}*")
        yield remark_markdown(remark)


def own_markdown(section: Section, level: Level, *, cite: Callable[[Cite], str]) -> str:
    """Return the times of a section as a whole; "" for none."""
    own = own_cites(section, level)
    return " · ".join(map(cite, own)) + "\n" if own else ""


def picture_markdown(picture: Picture, *, video: Video, alone: bool) -> str:
    time, href = clock(picture.at_s), video.link_at(picture.at_s)
    shown = f"![{picture.words}][{picture_name(picture)}]\\\n" if alone else ""
    return shown + safe_markdown(link_markdown(time if alone else picture.words, href))


def _bytes_of_pictures(note: Note) -> list[str]:
    pictures = chain.from_iterable(section.pictures for section in note.sections)
    named = {picture_name(each): f"data:image/jpeg;base64,{each.base64}" for each in pictures}
    return ["\n".join(f"[{name}]: {data}" for name, data in named.items()) + "\n"] if named else []


def picture_name(picture: Picture) -> str:
    return picture.name.removesuffix(".jpg")


def packed(note: Note, level: Level) -> str:
    """Return the whole note as an invisible comment, with names instead of the bytes of its
    pictures, which are in the file."""
    bare = [
        replace(
            section,
            pictures=tuple(
                replace(each, data=picture_name(each).encode()) for each in section.pictures
            ),
        )
        for section in note.sections
    ]
    url = note.video.public_url
    data = replace(note, sections=tuple(bare), video=replace(note.video, url=url)).to_json()
    text = json.dumps(data | {"level": level.value}, ensure_ascii=False, separators=(",", ":"))
    return f"<!-- notegen {b64encode(compress(clean(text).encode(), 9)).decode()} -->\n"


def unpacked(text: str) -> tuple[str, dict[str, Any] | None]:
    """Return a file's text without the comment of `packed`, and its data; None without one.

    Raises ValueError for damaged data.
    """
    found = _PACKED.search(text)
    if found is None:
        return text, None
    try:
        unpacking = decompressobj()
        data = json.loads(unpacking.decompress(b64decode(found[1], validate=True), MAX_PACKED))
    except (error, ValueError, RecursionError):
        raise ValueError(_("the last line, which holds what the text does not show")) from None
    return text[: found.start()], data


_PACKED = re.compile(r"^<!-- notegen (\S+) -->\s*\Z", re.MULTILINE)

MAX_PACKED = 50_000_000
"""Maximum bytes of an unpacked comment; a long note has 300,000."""


def joined(*parts: list[str] | Iterator[str]) -> str:
    """Return blocks of Markdown joined by empty lines."""
    return "\n".join(text for part in parts for text in part if text.strip())


def heading(level: int, words: str) -> str:
    return safe_markdown(f"{'#' * level} {line(words)}")


def link_markdown(words: str, url: str) -> str:
    """Return text as a link, or alone without an address; to be passed through `safe_markdown`."""
    target = literal(url)
    return f"[{literal(words)}](<{target}>)" if url else literal(words)


def cite_markdown(cite: Cite, *, video: Video) -> str:
    """Return a link to the cite's time, and its doubt."""
    told = shown(cite, video)
    link = link_markdown(told.label, told.href) if told.href else literal(f"[{told.label}]")
    words = " ".join([link, *([literal(f"({told.why})")] if told.why else [])])
    return safe_markdown(words).rstrip("\n")
