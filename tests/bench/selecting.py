"""How long the window stands still while many notes at once are selected and filed, deleted,
brought back, restored, written to files or taken for writing again.

A stop is how late a timer comes that should come every few milliseconds: what someone feels who
scrolls meanwhile. `cpu` is what the window's thread itself worked then, whatever else the machine
does.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.places import ROOT

SIZES = (900, 5_000)
NOTES_A_VIDEO = 12


def measure() -> dict[str, float]:
    figures: dict[str, float] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as home:
            figures |= {f"selecting_{size}_{k}": v for k, v in _in_a_process(home, size).items()}
    return figures


def _in_a_process(home: str, size: int) -> dict[str, float]:
    environment = {**os.environ, "NOTEGEN_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.selecting", home, str(size)],
        env=environment, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _fill(path: Path, size: int) -> None:
    from notegen_desktop.services.library import open_library

    from .library import _grow

    library = open_library(path=path, maintenance_after_s=1e9)
    library._database.do(lambda connection: _grow(connection, 0, size + 2 * NOTES_A_VIDEO))
    library.close()


def _figures(home: Path, size: int) -> dict[str, float]:
    import qasync
    from PySide6.QtCore import QModelIndex, QTimer
    from PySide6.QtWidgets import QPushButton

    from notegen_desktop.app import create_app
    from notegen_desktop.domain.notes.tags import STAR
    from notegen_desktop.services.ports import NoteFilter, NoteSummary
    from notegen_desktop.ui.library import actions
    from notegen_desktop.ui.notes.editing.rewrite_dialog import RewriteDialog

    from .grid import BEAT_MS, Heart

    async def into_a_folder(*_: Any, **__: Any) -> Path:
        return home / "out"

    vars(actions)["choose_folder"] = into_a_folder
    app = create_app(["notegen-desktop"])
    figures: dict[str, float] = {}
    heart = Heart()
    beats = QTimer(app.window)
    beats.setInterval(BEAT_MS)
    beats.timeout.connect(heart.beat)
    library = app.window.library
    rows = library.model

    async def until(condition: Callable[[], object]) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, sys._getframe(1).f_lineno
            await asyncio.sleep(0.005)

    async def timed(name: str, act: Callable[[], object], over: Callable[[], object]) -> None:
        heart.late_ms.clear()
        heart.busy_ms.clear()
        begun = time.perf_counter()
        act()
        await until(over)
        await asyncio.sleep(0.3)
        figures[f"{name}_ms"] = round((time.perf_counter() - begun - 0.3) * 1000)
        figures[f"{name}_longest_stop_ms"] = round(max(heart.late_ms), 1)
        figures[f"{name}_longest_stop_cpu_ms"] = round(max(heart.busy_ms), 1)

    def is_more_shown(before: int) -> bool:
        return rows.rowCount() > before or not rows.more

    async def all_shown() -> None:
        while rows.canFetchMore(QModelIndex()):
            more = partial(is_more_shown, rows.rowCount())
            rows.fetchMore(QModelIndex())
            await until(more)

    async def selected() -> None:
        library.list.clearSelection()
        await timed("select", library.list.selectAll, lambda: len(library.selected()) >= size)

    def is_tagged(tag: str) -> bool:
        return all(isinstance(row, NoteSummary) and tag in row.tags for row in rows.rows)

    def message() -> str:
        return app.window.messages.text()

    def press(words: str) -> None:
        for button in app.window.messages.findChildren(QPushButton):
            if button.text() == words and not button.isHidden():
                button.click()
                return
        raise AssertionError(message())

    async def story() -> None:
        await until(lambda: app.program is not None)
        app.window.page_switch.choose("library")
        await until(rows.rowCount)
        await asyncio.sleep(1)
        beats.start()
        await all_shown()
        many = rows.rowCount()
        assert many >= size
        await selected()
        await timed("star", library.selection.toggle_star, lambda: is_tagged(STAR))
        await timed(
            "tag",
            lambda: library.operations.tag(library._ids(), ["exam"], [STAR]),
            lambda: is_tagged("exam"),
        )
        await timed("delete", library.delete_selected, lambda: "Deleted" in message())
        assert rows.rowCount() == 0
        await timed("undo", lambda: press("Undo"), lambda: len(library.selected()) == many)
        figures["undo_ids_in_place"] = float(rows.rowCount() == many)
        await timed("delete_again", library.delete_selected, lambda: "Deleted" in message())
        await timed(
            "show_deleted",
            lambda: library.filter.choose(NoteFilter(), deleted=True),
            lambda: rows.rowCount() > 0,
        )
        figures["deleted_shown"] = float(rows.rowCount())
        await timed("select_deleted", library.list.selectAll, lambda: len(library.selected()))
        await timed("restore", library.selection.restore.click, lambda: "Restored" in message())
        library.filter.choose(NoteFilter())
        await until(rows.rowCount)
        await all_shown()
        await selected()
        if size == SIZES[0]:
            await timed(
                "export",
                lambda: library._export_selected("md"),
                lambda: "written into" in message(),
            )
        await timed("again", library.ask_again, lambda: app.window.findChild(RewriteDialog))
        for dialog in app.window.findChildren(RewriteDialog):
            dialog.reject()

    serving: list[asyncio.Task[int]] = []

    async def life() -> None:
        serving.append(asyncio.create_task(app.serve()))
        try:
            await story()
        finally:
            app.window.close()
            await until(serving[0].done)

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app.qt)) as loop:
        loop.run(life())
    app.log.close()
    return figures


if __name__ == "__main__":
    folder, many = Path(sys.argv[1]), int(sys.argv[2])
    _fill(folder / "notes.db", many)
    print(json.dumps(_figures(folder, many)), flush=True)
