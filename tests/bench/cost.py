"""What five templates of a one-hour talk read, against one of them, and against the naive way.

The loopback server counts tokens as Gemini does, and reads a beginning it knows from its cache.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import aclosing
from pathlib import Path

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.services.machine.paths import find_paths
from notegen_desktop.services.machine.templates.files import TemplateFiles
from notegen_desktop.services.ports import Assignment
from notegen_desktop.services.sources.captions import read_caption_file
from notegen_desktop.services.writers.gemini import GeminiWriter
from tests.e2e.hour import write_hour
from tests.fakes.gemini import FakeGemini, Script, Seen

from .command import KEY, generate

TEMPLATES = ("basic-summary", "study-notes", "flashcards", "chapters", "quick-reference")
LEVELS = 3
CACHED_SHARE = 0.1


def measure() -> dict[str, float]:
    """Input tokens, cached ones at a tenth, as multiples of what one template alone reads."""
    with tempfile.TemporaryDirectory() as folder:
        talk = write_hour(Path(folder) / "talk.vtt")
        one = _together(talk, TEMPLATES[:1])
        five = _together(talk, TEMPLATES)
        naive = asyncio.run(_naively(talk))
    return {
        "cost_one_template_input_tokens": round(one),
        "cost_five_templates_over_one": round(five / one, 3),
        "cost_naive_over_one": round(naive / one, 3),
        "cost_saved_percent": round(100 * (1 - five / naive), 1),
    }


def _together(talk: Path, templates: tuple[str, ...]) -> float:
    words = [word for name in templates for word in ("-t", name)]
    with FakeGemini(Script(seconds=1.0)) as server:
        run = generate(str(talk), *words, "--max-concurrent", "5", gemini_url=server.url)
        assert run.code == 0, run.messages
        return sum(map(_weighed, server.requests))


async def _naively(talk: Path) -> float:
    """Each template and each level by a request of its own, all sent at once."""
    transcript = read_caption_file(talk)
    library = TemplateFiles(find_paths().templates_folder)
    with FakeGemini(Script(seconds=1.0)) as server:
        writer = GeminiWriter(api_key=lambda: KEY, url=server.url)

        async def write(template: str) -> None:
            assignment = Assignment(
                template=library.get(template),
                video=Video(id="talk", url="", duration_s=transcript.duration_s),
                transcript=transcript,
                mode=Mode.TRANSCRIPT,
                language=transcript.language,
                model="gemini-flash-lite-latest",
            )
            async with aclosing(writer.write(assignment)) as stream:
                async for _ in stream:
                    pass

        await asyncio.gather(*(write(name) for name in TEMPLATES for _ in range(LEVELS)))
        await writer.aclose()
        return sum(map(_weighed, server.requests))


def _weighed(seen: Seen) -> float:
    """The tokens read at full price, those of the answer's schema among them."""
    schema = json.dumps(seen.body["generationConfig"]["responseSchema"])
    read = seen.input_tokens + count_tokens(schema)
    return read - (1 - CACHED_SHARE) * seen.cached_tokens
