"""How fast the offline engine reads and quotes: the real transcripts where they are at hand."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.services.machine.paths import find_paths, sample_talk
from notegen_desktop.services.machine.templates.files import TemplateFiles
from notegen_desktop.services.ports import Assignment
from notegen_desktop.services.sources.captions import read_caption_file
from notegen_desktop.services.writers.offline import OfflineWriter
from tests.places import SHARED

REAL = SHARED / "data" / "transcripts"


def measure() -> dict[str, float]:
    """Milliseconds to read a caption file, and to write from it, per template any talk can fill."""
    files = {"sample": sample_talk()}
    longest = REAL / "scotus-sffa-v-unc_2022.en.vtt"
    if longest.exists():
        files["164_minutes"] = longest
    figures: dict[str, float] = {}
    for name, path in files.items():
        begun = time.perf_counter()
        transcript = read_caption_file(path)
        figures[f"captions_{name}_ms"] = round((time.perf_counter() - begun) * 1000, 1)
        known = TemplateFiles(find_paths().templates_folder).all()
        templates = [each for each in known if each.quotable and not each.if_said]
        begun = time.perf_counter()
        for template in templates:
            assignment = Assignment(
                template=template,
                video=Video(id=name, url="", duration_s=transcript.duration_s),
                transcript=transcript,
                mode=Mode.TRANSCRIPT,
                language=transcript.language,
                model="extract",
            )
            asyncio.run(_write(assignment))
        took = (time.perf_counter() - begun) * 1000
        figures[f"offline_{name}_ms_per_template"] = round(took / len(templates), 1)
    return figures


async def _write(assignment: Assignment) -> None:
    writer = OfflineWriter()
    async with aclosing(writer.write(assignment)) as stream:
        async for _ in stream:
            pass
    await writer.aclose()
