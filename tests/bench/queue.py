"""A queue of thousands of notes: what an event costs, how soon the first note is asked for, and how
soon everything stops when it shall.

The whole program with its window runs in a process of its own against a loopback server, on small
files of captions; so do `notegen generate` and its interrupt.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.fakes.gemini import FakeGemini, Script

from .command import KEY

TEMPLATES = 8
SIZES = (100, 1_000, 8_000)
"""Jobs in the queue."""
WRITTEN = 80
"""Notes over which the cost of one is measured, however many wait behind them."""
SETTINGS = "[processing]\nmax_concurrent = 8\nstagger_ms = 0\n"
CAPTIONS = "WEBVTT\n" + "".join(
    f"\n00:{n:02}:00.000 --> 00:{n:02}:30.000\nLesson {{}} says in part {n} why recall helps.\n"
    for n in range(6)
)


def measure() -> dict[str, float]:
    """Seconds, milliseconds, shares."""
    figures: dict[str, float] = {}
    with FakeGemini(Script(seconds=0.1, chunks=3, words=(5, 10, 15), sections=1)) as server:
        for size in SIZES:
            figures |= _in_a_process(server.url, "window", size)
        figures |= _in_a_process(server.url, "interrupt", SIZES[-1])
    least, most = (figures[f"queue_{size}_cpu_ms_per_job"] for size in (SIZES[0], SIZES[-1]))
    return figures | {"queue_cpu_growth": round(most / least, 2)} | _order()


def _in_a_process(url: str, story: str, size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        talks = Path(home) / "talks"
        talks.mkdir()
        (Path(home) / "settings.toml").write_text(SETTINGS, encoding="utf-8")
        for number in range(-(-size // TEMPLATES)):
            talk = talks / f"Lesson {number:05}.en.vtt"
            talk.write_text(CAPTIONS.replace("{}", str(number)), encoding="utf-8")
        environment = {
            **os.environ,
            "NOTEGEN_HOME": home,
            "QT_QPA_PLATFORM": "offscreen",
            "NOTEGEN_GEMINI_URL": url,
            "GEMINI_API_KEY": KEY,
        }
        environment.pop("NOTEGEN_PARALLEL", None)
        where = {"env": environment, "cwd": Path(__file__).resolve().parents[2], "text": True}
        if story == "interrupt":
            return _interrupt(size, sorted(talks.iterdir()), where)
        command = [sys.executable, "-m", "tests.bench.queue", str(talks)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, **where)  # type: ignore[call-overload]
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return {f"queue_{size}_{name}": figure for name, figure in found.items()}


def _interrupt(size: int, talks: list[Path], where: dict[str, object]) -> dict[str, float]:
    """From Ctrl+C to the end of the process, while notes are being written."""
    sources = [str(talk) for talk in talks]
    command = [sys.executable, "-m", "notegen_desktop.cli", "generate", *sources]
    command += ["-t", "all", "--engine", "gemini", "--events"]
    begun = time.monotonic()
    with subprocess.Popen(  # type: ignore[call-overload]
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **where
    ) as process:
        for line in process.stdout:
            if '"writing"' in line:
                break
        first = time.monotonic() - begun
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        process.stdout.read()
        process.wait()
    return {
        f"queue_{size}_cli_first_request_s": round(first, 2),
        f"queue_{size}_cli_interrupt_s": round(time.monotonic() - begun, 2),
    }


# --- the order, on a clock of its own ---


def _order() -> dict[str, float]:
    """Of 200 videos of 8 notes each, how many are whole when half of all notes are written."""
    from notegen_desktop.services.pacing.model_limiter import PermitRequest
    from notegen_desktop.services.pacing.rate_limiter import RateLimiter
    from notegen_desktop.services.pacing.sliding_window import RateLimits
    from tests.fakes.clock import FakeClock

    videos = 200
    clock = FakeClock()
    limiter = RateLimiter(RateLimits(max_concurrent=8, stagger_s=0.0), clock=clock)
    written: list[int] = []

    async def write(video: int, seconds: float) -> None:
        async with limiter.permit(
            PermitRequest("model", group=f"video {video}", seconds=seconds)
        ) as turn:
            await clock.sleep(seconds)
            turn.succeeded()
        written.append(video)

    async def story() -> None:
        async with asyncio.TaskGroup() as group:
            for video in range(videos):
                for template in range(TEMPLATES):
                    group.create_task(write(video, 10.0 + 5.0 * template))

    asyncio.run(clock.run(story()))
    half = written[: len(written) // 2]
    whole = sum(half.count(video) == TEMPLATES for video in range(videos))
    return {"queue_videos_whole_at_half": float(whole)}


# --- the program with its window ---


def _window(talks: Path) -> dict[str, float]:
    import qasync
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QPushButton

    from notegen_desktop.app import create_app
    from notegen_desktop.domain.jobs.board import BoardEvent, JobChanged
    from notegen_desktop.domain.jobs.job import Stage, Status
    from notegen_desktop.domain.links.link import file_link
    from notegen_desktop.domain.notes.note import Engine
    from notegen_desktop.services.ports import Order

    from .grid import BEAT_MS, Heart

    links = tuple(file_link(str(talk)) for talk in sorted(talks.iterdir()))
    app = create_app(["notegen-desktop"])
    figures: dict[str, float] = {}
    heart = Heart()
    beats = QTimer(app.window)
    beats.setInterval(BEAT_MS)
    beats.timeout.connect(heart.beat)

    seen = {"writing": 0, "complete": 0, "over": 0}

    def hear(event: BoardEvent) -> None:
        if isinstance(event, JobChanged):
            seen["writing"] += event.job.stage is Stage.WRITING
            seen["complete"] += event.job.status is Status.COMPLETE
            seen["over"] += event.job.is_final

    async def until(condition: Callable[[], object]) -> None:
        for _ in iter(lambda: bool(condition()), True):
            await asyncio.sleep(0.005)

    def question() -> QPushButton | None:
        buttons = app.window.findChildren(QPushButton)
        return next((each for each in buttons if each.text() == "Stop and close"), None)

    def stop(name: str) -> None:
        figures[f"{name}_longest_stop_ms"] = round(max(heart.late_ms), 1)
        figures[f"{name}_longest_stop_cpu_ms"] = round(max(heart.busy_ms), 1)
        heart.late_ms.clear()
        heart.busy_ms.clear()

    async def story() -> None:
        await until(lambda: app.program is not None)
        assert app.program is not None
        templates = tuple(template.id for template in app.templates.all()[:TEMPLATES])
        order = Order(links, templates, engine=Engine.GEMINI)
        jobs = len(links) * len(templates)
        app.board.subscribe(hear)
        await asyncio.sleep(1.0)
        beats.start()
        begun = time.perf_counter()
        app.window.ordering.submit(order)
        await until(lambda: seen["writing"])
        figures["first_request_s"] = round(time.perf_counter() - begun, 2)
        await until(lambda: seen["complete"] >= 5)
        stop("adding")
        many = min(WRITTEN, jobs // 2)
        begun, cpu, had = time.perf_counter(), time.process_time(), seen["complete"]
        await until(lambda: seen["complete"] >= many)
        written = seen["complete"] - had
        figures["cpu_ms_per_job"] = round(1000 * (time.process_time() - cpu) / written, 1)
        figures["wall_ms_per_job"] = round(1000 * (time.perf_counter() - begun) / written, 1)
        stop("writing")
        begun = time.perf_counter()
        app.window.jobs.cancel_all.click()
        await until(lambda: seen["over"] >= jobs)
        await app.program.runner.wait()
        figures["cancel_all_s"] = round(time.perf_counter() - begun, 2)
        stop("cancel_all")
        written = seen["complete"]
        app.window.ordering.submit(order)
        await until(lambda: seen["complete"] >= written + 5)
        stop("adding_again")
        begun = time.perf_counter()
        app.window.close()
        await until(lambda: question() is not None)
        accept = question()
        assert accept is not None
        accept.click()
        await until(serving[0].done)
        figures["closing_s"] = round(time.perf_counter() - begun, 2)
        stop("closing")

    serving: list[asyncio.Task[int]] = []

    async def life() -> None:
        serving.append(asyncio.create_task(app.serve()))
        await story()

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app.qt)) as loop:
        loop.run(life())
    app.log.close()
    return figures


if __name__ == "__main__":
    print(json.dumps(_window(Path(sys.argv[1]))), flush=True)
