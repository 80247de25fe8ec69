"""Message about a model without quota for today, with a button for an alternative engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel

from notegen_desktop.domain.engines.connection import connection_of
from notegen_desktop.domain.errors import (
    CreditsGone,
    NetworkUnreachable,
    NoFreeTier,
    NoteGenError,
    QuotaExhausted,
    ServiceUnavailable,
)
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.ports import Order
from tests.fakes.services import FakeServices
from tests.ui.conftest import until

Make = Callable[..., Any]
LITE, FLASH = "gemini-flash-lite-latest", "gemini-flash-latest"


def fail(
    fakes: FakeServices,
    error: NoteGenError,
    *,
    model: str = LITE,
    engine: Engine = Engine.GEMINI,
) -> list[str]:
    links = find_links("https://youtu.be/dQw4w9WgXcQ").links
    order = Order(tuple(links), ("study-notes", "chapters"), engine=engine, model=model)
    jobs = fakes.runner.submit(order)
    for job in jobs:
        fakes.runner.fail(job, error)
    return [job.id for job in jobs]


def button(window: Any, name: str) -> QAbstractButton:
    found = window.messages.findChild(QAbstractButton, name)
    assert isinstance(found, QAbstractButton)
    return found


async def offered(window: Any) -> str:
    await until(window.messages.text, "an offer")
    words = window.messages.findChild(QLabel, "messageText").text()
    return str(words)


async def test_a_days_quota_that_is_gone_offers_another_model(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    ids = fail(fakes, QuotaExhausted())
    words = await offered(window)
    assert words == f"Today's quota of {LITE} is used up: 2 notes are not written."
    action = button(window, "messageAction")
    assert action.text() == "Write with Gemini Flash"
    action.click()
    assert fakes.runner.turned == [(tuple(ids), Engine.GEMINI, FLASH)]
    assert window.messages.text() == ""


async def test_or_the_offline_engine(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    ids = fail(fakes, QuotaExhausted())
    await offered(window)
    button(window, "messageOther").click()
    assert fakes.runner.turned == [(tuple(ids), Engine.OFFLINE, "")]


async def test_a_model_that_refused_before_is_not_offered(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    fail(fakes, QuotaExhausted())
    await offered(window)
    fail(fakes, NoFreeTier(), model=FLASH)
    await until(lambda: "free tier: 4 notes are not written" in window.messages.text())
    assert not button(window, "messageAction").isVisible()
    assert button(window, "messageOther").isVisible()


async def test_without_a_list_of_models_there_is_still_the_offline_engine(
    main_window: Make, fakes: FakeServices
) -> None:
    fakes.catalogue.failure = NetworkUnreachable()
    window = main_window()
    fail(fakes, QuotaExhausted())
    await offered(window)
    assert not button(window, "messageAction").isVisible()
    assert button(window, "messageOther").text() == "Write offline"


@pytest.mark.parametrize("error", [ServiceUnavailable()])
async def test_what_may_go_well_the_next_time_is_left_to_retry(
    main_window: Make, fakes: FakeServices, error: NoteGenError
) -> None:
    window = main_window()
    fail(fakes, error)
    assert not window.engine_switch._timer.isActive()
    assert window.messages.text() == ""


def connect(fakes: FakeServices, name: str, url: str, model: str) -> Engine:
    presets = fakes.connections.presets
    fakes.connections.keep(connection_of(name, url, presets, model=model))
    return Engine(name)


async def test_a_connection_that_refuses_offers_what_is_free_of_the_users_own(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    fakes.secrets.key = None
    groq = connect(fakes, "groq", "https://api.groq.com/openai/v1", "large")
    connect(fakes, "dear", "https://api.openai.com/v1", "gpt")
    ollama = connect(fakes, "ollama", "http://127.0.0.1:11434", "qwen3:8b")
    ids = fail(fakes, CreditsGone(), model="large", engine=groq)
    assert await offered(window) == "No credits are left for large: 2 notes are not written."
    action = button(window, "messageAction")
    assert action.text() == "Write with ollama, qwen3:8b"
    action.click()
    assert fakes.runner.turned == [(tuple(ids), ollama, "qwen3:8b")]


async def test_or_gemini_where_there_is_a_key_and_never_another_that_costs(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    fakes.secrets.key = "a key"
    groq = connect(fakes, "groq", "https://api.groq.com/openai/v1", "large")
    connect(fakes, "dear", "https://api.openai.com/v1", "gpt")
    fail(fakes, QuotaExhausted(), model="large", engine=groq)
    await offered(window)
    assert button(window, "messageAction").text() == "Write with Gemini"
    fakes.secrets.key = None
    fail(fakes, QuotaExhausted(), model="larger", engine=groq)
    await until(lambda: "4 notes are not written" in window.messages.text())
    assert not button(window, "messageAction").isVisible()
