"""What a folder of pages takes to keep: milliseconds of the processor a page, for a small library
and for one ten times as large; the two are the same where the work grows as the pages do."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.services.exports.vault.keeper import VaultKeeper
from notegen_desktop.services.ports import VaultOrder
from tests.fakes.notes import VIDEO, a_note, a_request
from tests.fakes.store import MemoryStore

SIZES = (100, 1_000)


def measure() -> dict[str, float]:
    figures: dict[str, float] = {}
    for pages in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            figures |= asyncio.run(_of(pages, Path(folder)))
    return figures


async def _of(pages: int, folder: Path) -> dict[str, float]:
    store = MemoryStore()
    for number in range(pages):
        video = replace(VIDEO, id=f"video{number:06}", title=f"Bridge {number}")
        note = await store.save(a_note(video=video), a_request(video_id=video.id))
    keeper = VaultKeeper(store, JobBoard(), Settings)
    figures = {}
    for what in ("first", "again", "changed"):
        if what == "changed":
            await store.revise(replace(note, title="Another title"))
        begun = time.process_time()
        report = await keeper.sync(VaultOrder(folder))
        figures[f"vault.{what}_ms_a_page_{pages}"] = 1000 * (time.process_time() - begun) / pages
        expected = {"first": (pages, 0), "again": (0, 0), "changed": (0, 1)}[what]
        assert (len(report.written), len(report.updated)) == expected, report.words
    return figures
