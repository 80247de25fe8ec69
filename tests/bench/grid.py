"""How long the window keeps people waiting: 200 videos by 5 templates, eight notes streaming."""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import dataclass, field

from notegen_desktop.domain.errors import ServiceUnavailable
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import Draft, DraftSection, Engine
from notegen_desktop.services.ports import Order

VIDEOS = 200
TEMPLATES = 5
STREAMS = 8
SECONDS = 12.0
CHUNK_MS = 10
"""One of the streams grows so often: 12 chunks a second each, as a model writes."""
CHUNKS_A_NOTE = 40
BEAT_MS = 4
WORDS = "Recall strengthens what rereading does not. " * 3


@dataclass
class Heart:
    """How late a timer comes that should come every `BEAT_MS`."""

    late_ms: list[float] = field(default_factory=list)
    busy_ms: list[float] = field(default_factory=list)
    """Of each beat, what this thread itself worked meanwhile, whatever else the machine does."""
    before: float = 0.0
    worked: float = 0.0

    def beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        if self.before:
            self.busy_ms.append((worked - self.worked) * 1000)
            self.late_ms.append(max(0.0, (now - self.before) * 1000 - BEAT_MS))
        self.before, self.worked = now, worked

    def percentile(self, share: float) -> float:
        ordered = sorted(self.late_ms)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)


def measure() -> dict[str, float]:
    """Milliseconds: to take the order, and between an event and its being handled."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import qasync
    from PySide6.QtWidgets import QApplication

    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([])
    app.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(app)
    with loop:
        figures: dict[str, float] = loop.run_until_complete(_run())
    return figures


async def _run() -> dict[str, float]:
    import asyncio

    from PySide6.QtCore import Qt, QTimer

    from notegen_desktop.ui.window.main_window import MainWindow
    from notegen_desktop.ui.window.qt_process import GarbageCollection
    from tests.fakes.services import RESOURCES, FakeServices, make_note, make_video

    fakes = FakeServices()
    fakes.clock = time.time  # type: ignore[assignment]
    window = MainWindow(
        fakes.settings, fakes.templates, fakes.board, resources=RESOURCES, now=time.time
    )
    window.resize(1400, 900)
    window.show()
    window.attach(fakes.ports)
    collector = GarbageCollection()
    collector.start()
    links = []
    for number in range(VIDEOS):
        name = f"video{number:06}"
        fakes.source.videos[name] = make_video(name, title=f"Lesson {number + 1}")
        links += find_links(f"https://youtu.be/{name}").links
    templates = tuple(template.id for template in fakes.templates.all()[:TEMPLATES])
    await asyncio.sleep(0.5)
    begun = time.perf_counter()
    jobs = fakes.runner.submit(Order(tuple(links), templates, engine=Engine.GEMINI))
    submit_ms = (time.perf_counter() - begun) * 1000
    await asyncio.sleep(0.5)

    waiting: deque[NoteJob] = deque(jobs)
    streams: dict[str, list[str]] = {}
    turn = finished = 0

    def chunk() -> None:
        nonlocal turn, finished
        while len(streams) < STREAMS and waiting:
            job = waiting.popleft()
            fakes.runner.begin(job)
            streams[job.id] = []
        job_id = list(streams)[turn % len(streams)]
        turn += 1
        job = fakes.board.job(job_id)
        written = streams[job_id]
        written.append(WORDS)
        if len(written) < CHUNKS_A_NOTE:
            draft = Draft("A note", (DraftSection("First part", ("1",), "".join(written)),))
            fakes.runner.grow(job, draft, len(written) / CHUNKS_A_NOTE)
            return
        del streams[job_id]
        finished += 1
        if finished % 9 == 4:
            fakes.runner.fail(job, ServiceUnavailable())
        else:
            video = fakes.board.video(job.video_id)
            fakes.runner.finish(job, make_note(template=job.template, video=video))

    heart = Heart()
    beats, chunks = QTimer(window), QTimer(window)
    for timer, milliseconds, what in ((beats, BEAT_MS, heart.beat), (chunks, CHUNK_MS, chunk)):
        timer.setInterval(milliseconds)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(what)
        timer.start()
    scroll = window.jobs.grid.verticalScrollBar()
    turning = QTimer(window)
    turning.setInterval(50)
    turning.timeout.connect(lambda: scroll.setValue((scroll.value() + 11) % scroll.maximum()))
    turning.start()
    await asyncio.sleep(SECONDS)
    for timer in (beats, chunks, turning):
        timer.stop()
    collector.stop()
    fakes.runner.cancel_all()
    gone = asyncio.get_running_loop().create_future()
    window.closed.connect(lambda: gone.set_result(None))
    window.close()
    await gone
    window.deleteLater()
    return {
        "grid_submit_1000_jobs_ms": round(submit_ms, 1),
        "grid_latency_p50_ms": heart.percentile(0.50),
        "grid_latency_p99_ms": heart.percentile(0.99),
        "grid_latency_max_ms": round(max(heart.late_ms), 1),
        "grid_notes_written": float(finished),
    }
