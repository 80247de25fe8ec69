"""A note as Markdown, for a file, the clipboard and the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.citations import shown_while_written
from notegen_desktop.domain.notes.note import Cite, Draft, Level, Note, Picture, Section

from .cited import filled, own_cites, placed, shown
from .safe_markdown import line, literal, safe_markdown


def note_markdown(note: Note, level: Level, *, alone: bool = False) -> str:
    """The note at one level, the times as links at the statements that rest on them.

    `alone`, as a file, it has its pictures with it: their bytes stand at its end, out of the way of
    who reads the text.
    """
    video = note.video
    facts = [link_markdown(video.name, video.public_url if video.link_at(0) else "")]
    facts += [literal(each) for each in (video.channel, clock(video.duration_s or 0)) if each]
    about = " · ".join(facts if video.duration_s else facts[:-1])
    lacks = [safe_markdown(f"> {literal(note.lacks)}")] if note.lacks else []
    return _joined(
        [_heading(1, note.title or video.name), safe_markdown(about), *lacks],
        *(_section(section, level, video, alone) for section in note.sections),
        _bytes_of_pictures(note) if alone else [],
    )


def draft_markdown(draft: Draft, level: Level) -> str:
    """What there is of a note in the making."""
    title = [_heading(1, draft.title)] if draft.title else []
    return _joined(
        title,
        *(
            [
                _heading(2, section.heading),
                safe_markdown(shown_while_written(section.shown_at(level))),
            ]
            for section in draft.sections
        ),
    )


def _section(section: Section, level: Level, video: Video, alone: bool) -> Iterator[str]:
    yield _heading(2, section.heading)
    text = safe_markdown(placed(section.shown_at(level), section.cites))
    yield filled(text, lambda index: _cite(section.cites[index], video).rstrip("\n"))
    if own := own_cites(section, level):
        yield safe_markdown(" · ".join(_cite(cite, video) for cite in own))
    for picture in section.pictures:
        time, href = clock(picture.at_s), video.link_at(picture.at_s)
        shown = f"![{picture.words}][{_name(picture)}]\\\n" if alone else ""
        words = time if alone else picture.words
        yield shown + safe_markdown(link_markdown(words, href))


def _bytes_of_pictures(note: Note) -> list[str]:
    pictures = chain.from_iterable(section.pictures for section in note.sections)
    named = {_name(each): f"data:image/jpeg;base64,{each.base64}" for each in pictures}
    return ["\n".join(f"[{name}]: {data}" for name, data in named.items()) + "\n"] if named else []


def _name(picture: Picture) -> str:
    return picture.name.removesuffix(".jpg")


def _joined(*parts: list[str] | Iterator[str]) -> str:
    return "\n".join(text for part in parts for text in part if text.strip())


def _heading(level: int, words: str) -> str:
    return safe_markdown(f"{'#' * level} {line(words)}")


def link_markdown(words: str, url: str) -> str:
    """Words as a link, or alone where there is no address; to go through `safe_markdown`."""
    target = literal(url)
    return f"[{literal(words)}](<{target}>)" if url else literal(words)


def _cite(cite: Cite, video: Video) -> str:
    """A link to that moment, and what is in doubt."""
    told = shown(cite, video)
    link = link_markdown(told.label, told.href) if told.href else literal(f"[{told.label}]")
    return safe_markdown(" ".join([link, *([literal(f"({told.why})")] if told.why else [])]))
