"""How much memory a talk of so many hours takes: the words themselves, and a whole process for it.

A process is measured at its largest, with the interpreter, the libraries and all: that is what the
machine has to give. The window is one that shows a note, its transcript beside it, read to the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

from notegen_desktop.services.sources.captions import read_caption_file
from tests.fakes.gemini import FakeGemini, Script
from tests.places import ROOT

from .command import KEY

WAYS = ("gemini", "offline", "window")
TEMPLATES = ("chapters", "study-notes")
SECTION_S = 480


def captions(hours: int) -> str:
    """A talk in which every word is new, as WebVTT."""
    lines = ["WEBVTT", ""]
    for n in range(hours * 360):
        begin, end = (
            f"{t // 3600:02}:{t // 60 % 60:02}:{t % 60:02}.000" for t in (n * 10, n * 10 + 9)
        )
        said = " ".join(f"detail{n}x{k}" for k in range(14))
        lines += [f"{begin} --> {end}", f"Passage {n} explains {said}.", ""]
    return "\n".join(lines)


def transcript_mb(hours: int) -> float:
    """The words, as they are held once."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "talk.en.vtt"
        source.write_text(captions(hours), encoding="utf-8")
        read_caption_file(source)  # what is loaded once is loaded now
        tracemalloc.start()
        try:
            transcript = read_caption_file(source)
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert transcript.segments
    return held / 1e6


def process_mb(way: str, hours: int) -> float:
    """The most a process held that wrote two notes in this way, or showed one."""
    with (
        tempfile.TemporaryDirectory() as folder,
        FakeGemini(Script(seconds=0.3, chunks=6)) as server,
    ):
        source = Path(folder) / "talk.en.vtt"
        source.write_text(captions(hours), encoding="utf-8")
        environment = {
            **os.environ,
            "NOTEGEN_HOME": str(Path(folder) / "home"),
            "NOTEGEN_GEMINI_URL": server.url,
            "GEMINI_API_KEY": KEY,
            "QT_QPA_PLATFORM": "offscreen",
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.held", way, str(source)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
    return float(json.loads(done.stdout.strip().splitlines()[-1]))


def _child(way: str, source: Path) -> None:
    if way == "window":
        _show(source)
    else:
        from notegen_desktop.cli.main import main

        words = [word for name in TEMPLATES for word in ("-t", name)]
        out = ["-o", str(source.with_name("out")), "--format", "json", "--max-concurrent", "8"]
        code = main(["generate", str(source), *words, "--engine", way, *out, "--events"])
        assert code == 0, code
    print(json.dumps(_most_mb()))


def _show(source: Path) -> None:
    from PySide6.QtWidgets import QApplication

    from notegen_desktop.services.machine.paths import resources
    from notegen_desktop.ui.kit.media.transcript_index import TranscriptIndex
    from notegen_desktop.ui.kit.theme import init_theme
    from notegen_desktop.ui.notes.result_tabs import ResultTabs
    from notegen_desktop.ui.transcript.panel import TranscriptPanel
    from tests.fakes.services import make_video
    from tests.ui.talks import STEP_S, note_on

    app = QApplication([])
    init_theme(app, resources())
    transcript = read_caption_file(source)
    video = make_video(duration_s=transcript.duration_s)
    rows = range(0, len(transcript.segments), round(SECTION_S / STEP_S))
    note = note_on(video, *((row, row + 2) for row in rows))
    results, panel = ResultTabs(), TranscriptPanel()
    for widget in (results, panel):
        widget.resize(600, 800)
        widget.show()
    results.open_note(note)
    panel.show_transcript(TranscriptIndex(transcript), video, note)
    for row in range(0, len(transcript.segments), 10):
        panel.open_row(row)
        app.processEvents()
    assert panel.grab().height() == 800
    assert results.grab().height() == 800


def _most_mb() -> float:
    """The most this process ever held, in megabytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError("The system does not tell how much memory a process took.")


if __name__ == "__main__":
    _child(sys.argv[1], Path(sys.argv[2]))
