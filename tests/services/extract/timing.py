"""How long the offline engine takes: for the benchmark, never for a test."""

from __future__ import annotations

import time
from collections.abc import Iterable

from notegen_desktop.domain.templates import NoteTemplate
from notegen_desktop.domain.transcript import Transcript
from notegen_desktop.domain.video import Video
from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.note import compose


def seconds(transcript: Transcript, templates: Iterable[NoteTemplate]) -> dict[str, float]:
    """Seconds of one analysis ("analysis") and of the note of each template by its id."""
    video = Video(id="bench", url="", duration_s=transcript.duration_s)
    begun = time.perf_counter()
    analysis = Analysis(transcript)
    took = {"analysis": time.perf_counter() - begun}
    for template in templates:
        begun = time.perf_counter()
        compose(template, analysis, video)
        took[template.id] = time.perf_counter() - begun
    return took
