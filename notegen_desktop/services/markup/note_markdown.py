"""A note as Markdown, for a file, the clipboard and the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.citations import shown_while_written
from notegen_desktop.domain.notes.note import Cite, Draft, Level, Note, Section

from .cited import filled, own_cites, placed, shown
from .safe_markdown import line, literal, safe_markdown


def note_markdown(note: Note, level: Level) -> str:
    """The note at one level, the times as links at the statements that rest on them."""
    video = note.video
    facts = [link_markdown(video.name, video.url if video.link_at(0) else "")]
    facts += [literal(each) for each in (video.channel, clock(video.duration_s or 0)) if each]
    about = " · ".join(facts if video.duration_s else facts[:-1])
    lacks = [safe_markdown(f"> {literal(note.lacks)}")] if note.lacks else []
    return _joined(
        [_heading(1, note.title or video.name), safe_markdown(about), *lacks],
        *(_section(section, level, video) for section in note.sections),
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


def _section(section: Section, level: Level, video: Video) -> Iterator[str]:
    yield _heading(2, section.heading)
    text = safe_markdown(placed(section.shown_at(level), section.cites))
    yield filled(text, lambda index: _cite(section.cites[index], video).rstrip("\n"))
    if own := own_cites(section, level):
        yield safe_markdown(" · ".join(_cite(cite, video) for cite in own))


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
