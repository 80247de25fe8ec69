"""The last look at a note, where it depends on who wrote it."""

from __future__ import annotations

import pytest

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, DraftSection, Engine, Mode
from notegen_desktop.services.generation.assignment import Work
from notegen_desktop.services.generation.validation import validate
from notegen_desktop.services.ports import Material
from tests.fakes.assignments import template
from tests.fakes.writing import talk


@pytest.mark.parametrize("engine", [Engine.OFFLINE, Engine.GEMINI])
def test_an_extract_that_finds_nothing_new_later_on_is_whole(engine: Engine) -> None:
    """A talk that repeats itself has no more to quote; a model is asked for the rest."""
    said = talk(segments=60)
    draft = Draft(
        "Passages",
        tuple(
            DraftSection(
                f"Passage {n}",
                (str(n),),
                concise=said.segments[n - 1].text[:40],
                standard=said.segments[n - 1].text[:80],
                comprehensive=said.segments[n - 1].text,
            )
            for n in range(1, 31, 3)
        ),
        whole=True,
    )
    video = Video("talk", "https://www.youtube.com/watch?v=talkxxxxxxx", duration_s=600.0)
    work = Work(
        template("flashcards"), Material(video, said), Mode.TRANSCRIPT, engine, "model", "en"
    )
    verdict = validate(work, draft)
    assert verdict.usable == (engine is Engine.OFFLINE), verdict.reason
