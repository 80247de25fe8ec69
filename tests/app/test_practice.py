"""Practice in the real program: what is answered is there after the next start."""

from __future__ import annotations

import time
from pathlib import Path

from notegen_desktop.app import Application
from notegen_desktop.domain.practice.schedule import Rating

from .running import finished, run_program, until


def test_answers_are_there_after_the_next_start(home: Path) -> None:
    asked = []

    async def first(app: Application) -> None:
        window = app.window
        window.composer.templates.tick(["flashcards"])
        window.try_sample()
        await until(lambda: finished(app, 1), "the note")
        window.page_switch.choose("practice")
        await until(lambda: window.practice.shown, "a card")
        for rating in (Rating.EASY, Rating.EASY, Rating.AGAIN):
            shown = window.practice.shown
            assert shown is not None
            asked.append(shown.card.asks)
            window.practice.turn()
            window.practice.answer_buttons[rating].click()
            await until(lambda shown=shown: window.practice.shown is not shown, "the next card")
        window.practising.undo()
        await until(lambda: window.practice.shown.card.asks == asked[2], "the last card again")

    async def second(app: Application) -> None:
        assert app.program is not None
        practice = app.program.services.practice
        counts = await practice.counts(now_s=time.time(), new=20)
        assert counts.done == 2
        app.window.page_switch.choose("practice")
        await until(lambda: app.window.practice.shown, "a card")
        assert app.window.practice.shown.card.asks == asked[2]

    run_program(first)
    run_program(second)
