"""What a document says of the video under its title."""

from __future__ import annotations

from notegen_desktop.domain.notes import Note
from notegen_desktop.domain.outgoing_links import may_link
from notegen_desktop.domain.video import clock

from .blocks import Run

SEPARATOR = " · "


def facts(note: Note) -> list[Run]:
    """The video's name with its link, its channel and length; a name is not said twice."""
    video = note.video
    link = video.url if may_link(video.url) else ""
    said: list[Run] = []
    if link or note.title not in ("", video.name):
        said.append(Run(video.name, href=link))
    said += [Run(each) for each in (video.channel, clock(video.duration_s or 0)) if each]
    return said if video.duration_s else said[:-1]
