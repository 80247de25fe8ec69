"""Doubtful statements in the whole program: written again, or taken out, in the library as well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from notegen_desktop.app import Application
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.sources.captions import read_caption_file
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.gemini_script import Seen

from .running import child, run_program, until

PLACE = 20
FALSE = "It took 9,731 students."
LEVELS = ("concise", "standard", "comprehensive")


def answer() -> str:
    """A summary made of the talk's own words, but for one number."""
    segments = read_caption_file(sample_talk()).segments

    def said(*places: int) -> str:
        return " ".join(f"{segments[n].text.strip('.')} [{segments[n].label}]." for n in places)

    sections = []
    for number, heading in enumerate(("Overview", "Habits", "Gaps", "Cards", "Key takeaways")):
        at = 8 * number
        texts = [said(at), said(at, at + 1, at + 2), said(*range(at, at + 6))]
        if heading == "Gaps":
            texts[1] += f" {FALSE[:-1]} [{segments[PLACE].label}]."
        levels = dict(zip(LEVELS, texts, strict=True))
        sections.append({"heading": heading, "cites": [segments[at].label], **levels})
    return json.dumps({"title": "What to do after a lecture", "sections": sections})


def one_statement() -> str:
    segment = read_caption_file(sample_talk()).segments[PLACE]
    text = f"{segment.text.strip('.')} [{segment.label}]."
    section = {"heading": "Gaps", "cites": [], **dict.fromkeys(LEVELS, text)}
    return json.dumps({"title": "T", "sections": [section]})


def test_a_false_number_is_written_again_then_taken_out_of_the_library(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(seen: Seen) -> Script:
        again = "One statement again" in json.dumps(seen.body)
        return Script(text=one_statement() if again else answer())

    with FakeGemini(script) as server:
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", "AIzaSyFake-key-for-tests-000000000000000")

        async def story(app: Application) -> None:
            assert app.program is not None
            store = app.program.services.store
            app.window.composer.templates.tick(("basic-summary",))
            app.window.add_text(str(sample_talk()))
            await until(app.window.composer.source.links, "the file")
            child(app.window, QPushButton, "generateButton").click()
            await until(lambda: app.window.results.count() == 1, "the note")
            page = app.window.results.page_shown
            assert page is not None
            assert page.note is not None
            page.step_to_doubt(1)
            assert page.doubt is not None
            assert page.doubt.statement.text == FALSE
            before = page.note
            page.statements.rewrite.click()
            await until(lambda: page.note != before, "the statement")
            assert "9,731" not in page.view.markdown()
            assert await store.get(before.id) == page.note

            app.window.messages._action.click()
            await until(lambda: page.note.sections == before.sections, "the note as it was")
            page.step_to_doubt(1)
            page.statements.take_out.click()
            await until(lambda: page.note.sections != before.sections, "the note without it")
            assert "9,731" not in page.view.markdown()
            stored = await store.get(before.id)
            assert stored == page.note
            assert stored.coverage == before.coverage

        run_program(story)
