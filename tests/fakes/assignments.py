"""Assignments for writers: a real template and a made-up transcript."""

from __future__ import annotations

from functools import cache
from typing import Any

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.services.machine.templates.files import read_template
from notegen_desktop.services.ports import Assignment
from tests.places import RESOURCES

TEMPLATES = RESOURCES / "templates"

_SAID = (
    "A river carries sand, and where the water slows down the sand sinks to the ground.",
    "Therefore a delta grows exactly where the river meets the quiet water of the sea.",
    "Imagine a stream in a garden: behind every stone you find a small heap of mud.",
    "The finest grains travel farthest, because they sink a hundred times more slowly.",
    "In the year 1928 engineers closed a dam, and within ten years the coast moved back.",
    "What we call erosion is only the other half of the same account of sand.",
    "You can measure this with a glass jar, some soil, and an hour of patience.",
    "The coarse layer lies below, the fine layer above, and the border is sharp.",
)


@cache
def template(template_id: str) -> NoteTemplate:
    """Return a built-in template."""
    path = TEMPLATES / f"{template_id}.toml"
    return read_template(path, built_in=True)


def talk(segments: int = 120) -> Transcript:
    """Return an English transcript with segments of five seconds."""
    return Transcript(
        language="en",
        kind=TranscriptKind.MANUAL,
        segments=tuple(
            Segment(
                str(n + 1), n * 5.0, n * 5.0 + 5.0, f"{_SAID[n % len(_SAID)]} That is fact {n}."
            )
            for n in range(segments)
        ),
    )


VIDEO = Video(
    id="abcdefghijk",
    url="https://www.youtube.com/watch?v=abcdefghijk",
    title="Where the sand goes",
    channel="Rivers",
    duration_s=600.0,
    language="en",
)


def assignment(template_id: str = "basic-summary", **changes: Any) -> Assignment:
    """Return an assignment for the talk; keyword arguments replace its fields."""
    facts: dict[str, Any] = {
        "template": template(template_id),
        "video": VIDEO,
        "transcript": talk(),
        "mode": Mode.TRANSCRIPT,
        "language": "en",
        "model": "gemini-flash-lite-latest",
    }
    return Assignment(**{**facts, **changes})
