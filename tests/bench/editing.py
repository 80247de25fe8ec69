"""How long a key takes in a note of 60 KB that is edited in the real window, and is being stored.

Of the window's thread alone, in CPU time, so that other programs do not count: what a key takes
until its letter is laid out and coloured, and what else is done between two looks at the keys, 4 ms
apart, which is how late a key would be that is pressed then.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

CHARS = 60_000
KEYS = 240
TICK_S = 0.004


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "NOTEGEN_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.editing"],
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLabel, QPlainTextEdit

    from notegen_desktop.app import Application
    from notegen_desktop.domain.notes.note import Cite, Section
    from tests.app.running import child, run_program, until
    from tests.fakes.notes import a_note, a_request

    text = "".join(f"- What is *repeated* {n} times is kept for long. [^1]\n" for n in range(50))
    cites = (Cite(60.0, 70.0, True, 1),)
    many = CHARS // len(text) + 1
    sections = tuple(Section(f"Part {n}", cites, "c", text, "l") for n in range(many))
    keys: list[float] = []
    busy: list[float] = []

    async def story(app: Application) -> None:
        assert app.program is not None
        window = app.window
        store = app.program.services.store
        note = await store.save(a_note(sections=sections), a_request())
        window.results.open_note(note)
        window.notes_page.settle()
        page = window.results.page_shown
        assert page is not None
        await until(lambda: page.view.is_whole, "the page")
        window.resize(1920, 1200)
        window.editing.begin(page)
        field = child(page, QPlainTextEdit, "noteEdit")
        state = child(page, QLabel, "editState")
        cursor = field.textCursor()
        cursor.setPosition(CHARS // 2)
        field.setTextCursor(cursor)
        await asyncio.sleep(0.5)
        ticking = asyncio.create_task(_tick(busy))
        for number in range(KEYS):
            begun = time.thread_time()
            QTest.keyClick(field, "a" if number % 6 else " ")
            keys.append(time.thread_time() - begun)
            await asyncio.sleep(1.0 if number % 60 == 59 else 0.03)
        await until(lambda: state.text() == "Saved", "the library")
        ticking.cancel()

    run_program(story)
    figures = {
        "editing_chars": float(sum(len(section.standard) for section in sections)),
        "editing_key_median_ms": statistics.median(keys) * 1000,
        "editing_key_p99_ms": sorted(keys)[int(len(keys) * 0.99)] * 1000,
        "editing_key_max_ms": max(keys) * 1000,
        "editing_busy_median_ms": statistics.median(busy) * 1000,
        "editing_busy_p99_ms": sorted(busy)[int(len(busy) * 0.99)] * 1000,
        "editing_busy_max_ms": max(busy) * 1000,
    }
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


async def _tick(busy: list[float]) -> None:
    while True:
        begun = time.thread_time()
        await asyncio.sleep(TICK_S)
        busy.append(time.thread_time() - begun)


if __name__ == "__main__":
    main()
