"""What the tabs of notes are called."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.templates import NoteTemplate
from notegen_desktop.domain.video import Video

from .rendering import one_line
from .tips import plain_tip

TAB_CHARS = 28
"""A longer name of a tab is cut; the tool tip has all of it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A template as a tab shows it."""

    name: str
    icon: str


@dataclass(frozen=True, slots=True)
class TabName:
    """What a tab shows, what its tool tip says, and what a screen reader does."""

    text: str
    tip: str
    spoken: str


def kind_of(template_id: str, template: NoteTemplate | None) -> Kind:
    """A template's name and icon; a guess of both for one that is not there any more."""
    if template is not None:
        return Kind(template.name, template.icon)
    return Kind(template_id.replace("-", " ").capitalize(), "file-text")


def tab_name(name: str, video: Video | None, *, has_twin: bool) -> TabName:
    """The kind of note, `name`; and the video, where another one's note of this kind is open."""
    title = one_line(video.name if video is not None else "")
    text = f"{name} · {title}" if title and has_twin else name
    return TabName(
        text=_short(text).replace("&", "&&"),
        tip=plain_tip(f"{name}\n{title}" if title else name),
        spoken=f"{name}, {title}" if title else name,
    )


def _short(name: str) -> str:
    return name if len(name) <= TAB_CHARS else name[: TAB_CHARS - 1].rstrip() + "…"
