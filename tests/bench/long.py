"""Ten hours of talk: how much of it a note covers, what it takes, and how much memory."""

from __future__ import annotations

import asyncio
import json
import tempfile
import tracemalloc
from pathlib import Path

from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.writing import Plan, talk
from tests.services.running import build_program, in_memory

from .command import generate
from .held import TEMPLATES, WAYS, captions, process_mb, transcript_mb

HOURS = 10
ANSWER_S = 2.0
MEASURED = (1, 3, HOURS)
"""Hours whose memory is measured. Three are still written in one request, ten in parts."""


def measure() -> dict[str, float]:
    """Seconds, shares, megabytes. The answers of the server take a known time."""
    return _from_the_command_line() | _memory()


def _from_the_command_line() -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        FakeGemini(Script(seconds=ANSWER_S, chunks=6)) as server,
    ):
        source, out = Path(folder) / "A day of talks.en.vtt", Path(folder) / "out"
        source.write_text(captions(HOURS), encoding="utf-8")
        options = [word for name in TEMPLATES for word in ("-t", name)]
        options += ["-o", str(out), "--format", "json", "--max-concurrent", "8"]
        run = generate(str(source), *options, gemini_url=server.url)
        notes = [json.loads(path.read_text("utf-8")) for path in out.rglob("*.json")]
    covered = [note["coverage"]["covered_s"] / (HOURS * 3600) for note in notes]
    headings = [section["heading"] for note in notes for section in note["sections"]]
    return {
        "long_10h_complete": float(run.done["complete"]),
        "long_10h_covered_least": round(min(covered, default=0.0), 4),
        "long_10h_gaps": float(sum(len(note["coverage"]["gaps"]) for note in notes)),
        "long_10h_sections": float(len(headings)),
        "long_10h_requests": float(run.done["requests"]),
        "long_10h_input_tokens": float(run.done["input_tokens"]),
        "long_10h_cached_share": round(run.done["cached_tokens"] / run.done["input_tokens"], 3),
        "long_10h_makespan_s": round(run.seconds(), 3),
        "long_10h_makespan_over_one_answer": round(run.seconds() / ANSWER_S, 2),
    }


def _memory() -> dict[str, float]:
    """The words as they are held once, what a run holds beyond them at most, and whole processes.

    Beyond the words a run holds the notes it writes, which grow with the talk as they should.
    """
    words = {hours: transcript_mb(hours) for hours in MEASURED}
    beyond = {hours: _peak_mb(hours) for hours in MEASURED}
    figures = {f"long_{hours}h_transcript_mb": round(words[hours], 2) for hours in MEASURED}
    figures |= {f"long_{hours}h_beyond_mb": round(beyond[hours], 2) for hours in MEASURED}
    for way in WAYS:
        took = {hours: process_mb(way, hours) - words[hours] for hours in MEASURED}
        figures |= {f"long_{h}h_{way}_process_mb": round(took[h], 1) for h in MEASURED}
        figures[f"long_{way}_process_10h_over_3h"] = round(took[HOURS] / took[3], 3)
    return figures


def _peak_mb(hours: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        program = build_program(
            Path(folder), in_memory(), all_settings={"processing.max_concurrent": 8}
        )
        program.source.transcript = talk(segments=hours * 360, words=4)
        program.writer.plan = lambda _a, _n: Plan(sections=12)
        # What only tests keep, every preview of every note, is no memory of the program.
        program.board.subscribe(lambda _event: program.events.clear())

        async def story() -> float:
            before, _ = tracemalloc.get_traced_memory()
            await program.generate(*TEMPLATES)
            _, peak = tracemalloc.get_traced_memory()
            await program.runner.aclose()
            return (peak - before) / 1e6

        tracemalloc.start()
        try:
            return asyncio.run(program.clock.run(story()))
        finally:
            tracemalloc.stop()
