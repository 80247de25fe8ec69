"""A note as Markdown, for a file, the clipboard and the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite, Draft, DraftSection, Level, Note, Section

from .safe_markdown import literal, safe_markdown


def note_markdown(note: Note, level: Level) -> str:
    """The note at one level, each section with the times it cites, as links."""
    video = note.video
    facts = [link_markdown(video.name, video.url if video.link_at(0) else "")]
    facts += [literal(each) for each in (video.channel, clock(video.duration_s or 0)) if each]
    about = " · ".join(facts if video.duration_s else facts[:-1])
    return _joined(
        [_heading(1, note.title or video.name), safe_markdown(about)],
        *(_section(section, level, section.cites, video) for section in note.sections),
    )


def draft_markdown(draft: Draft, level: Level) -> str:
    """What there is of a note in the making."""
    title = [_heading(1, draft.title)] if draft.title else []
    return _joined(title, *(_section(section, level) for section in draft.sections))


def _section(
    section: Section | DraftSection,
    level: Level,
    cites: tuple[Cite, ...] = (),
    video: Video | None = None,
) -> Iterator[str]:
    yield _heading(2, section.heading)
    if video is not None and cites:
        yield safe_markdown(" · ".join(_cite(video, cite) for cite in cites))
    yield safe_markdown(section.shown_at(level))


def _joined(*parts: list[str] | Iterator[str]) -> str:
    return "\n".join(text for part in parts for text in part if text.strip())


def _heading(level: int, words: str) -> str:
    return safe_markdown(f"{'#' * level} {literal(words)}")


def link_markdown(words: str, url: str) -> str:
    """Words as a link, or alone where there is no address; to go through `safe_markdown`."""
    target = literal(url)
    return f"[{literal(words)}](<{target}>)" if url else literal(words)


def _cite(video: Video, cite: Cite) -> str:
    """A link to that moment; an unverified one is marked with a question mark."""
    label = clock(cite.start_s) + ("" if cite.verified else "?")
    link = video.link_at(cite.start_s)
    return link_markdown(label, link) if link else literal(f"[{label}]")
