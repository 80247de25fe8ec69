"""How long a user waits for the window, and for everything behind it."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from tests.places import ROOT

ROUNDS = 5


def measure() -> dict[str, float]:
    """Milliseconds from the start of the process; medians over fresh processes."""
    rounds = [_one_start() for _ in range(ROUNDS + 1)][1:]  # the first one fills the disk cache
    names = rounds[0].keys()
    return {
        f"startup_{name}": round(statistics.median(r[name] for r in rounds), 1) for name in names
    }


def _one_start(library: str = "") -> dict[str, float]:
    """The times of one start, with a library of its own or the one at this address."""
    variables = {"BENCH_BEGUN": str(time.monotonic())}
    if library:
        variables["NOTEGEN_DATABASE_URL"] = library
    found: dict[str, float] = json.loads(run_in_empty_home("tests.bench.startup", **variables))
    return found


def run_in_empty_home(module: str, **variables: str) -> str:
    """The last line that a module says as a process of its own, in an empty home."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"NOTEGEN_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        environment |= variables
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # users have bytecode
        done = subprocess.run(
            [sys.executable, "-m", module],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
    return done.stdout.strip().splitlines()[-1]


def _child() -> None:
    """The program's own start, with a look at the clock at three moments."""
    begun = float(os.environ["BENCH_BEGUN"])
    from notegen_desktop.__main__ import build

    app = build([])
    times: dict[str, float] = {}
    document = "notegen_desktop.ui.notes.note_document"
    heavy = ("httpx", "sqlalchemy", "yt_dlp", "alembic", document)

    def mark(name: str) -> None:
        times[f"{name}_ms"] = (time.monotonic() - begun) * 1000
        times[f"{name}_cpu_ms"] = time.process_time() * 1000

    async def watch() -> None:
        await app.first_paint.wait()
        mark("first_paint")
        early = [name for name in heavy if name in sys.modules]
        assert not early, f"imported before the first paint: {early}"
        await asyncio.sleep(0)
        mark("ready_for_input")
        async with asyncio.timeout(60):
            await app.window.services
        mark("services_ready")

    async def life() -> None:
        watcher = asyncio.create_task(watch())
        serving = asyncio.create_task(app.serve())
        await asyncio.wait([watcher, serving], return_when=asyncio.FIRST_COMPLETED)
        app.window.close()  # also where `watch` failed, whose error is raised below
        await serving
        await watcher

    import qasync

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app.qt)) as runner:
        runner.run(life())
    app.log.close()
    print(json.dumps(times))


if __name__ == "__main__":
    _child()
