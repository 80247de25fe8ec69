"""Connections page: added from presets, tested, stored with their key, and removed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtWidgets import QComboBox, QPushButton

from notegen_desktop.domain.engines.connection import Connection, connection_of
from notegen_desktop.domain.errors import NetworkUnreachable
from notegen_desktop.ui.compose.composer import Composer
from notegen_desktop.ui.kit.tasks import Tasks
from notegen_desktop.ui.settings.connections_page import ConnectionsPage
from tests.fakes.services import FakeServices
from tests.ui.conftest import until


@pytest.fixture
async def page(qtbot, fakes: FakeServices) -> AsyncIterator[ConnectionsPage]:
    tasks = Tasks()
    page = ConnectionsPage(tasks)
    qtbot.addWidget(page)
    page.attach(fakes.ports)
    yield page
    await until(lambda: not len(tasks))


def choose_kind(page: ConnectionsPage, title: str) -> None:
    (action,) = [action for action in page.add.menu().actions() if action.text() == title]
    action.trigger()


async def test_a_kind_that_is_chosen_fills_the_form_and_is_kept_with_its_key(
    page: ConnectionsPage, fakes: FakeServices
) -> None:
    choose_kind(page, "Groq")
    assert (page.name.text(), page.url.text()) == ("groq", "https://api.groq.com/openai/v1")
    page.key.setText("gsk_0123456789abcdef")
    page.model.setEditText("llama-3.3-70b")
    page.keep.click()
    await until(lambda: fakes.secrets.keys.get("groq"))
    assert fakes.connections.get("groq").model == "llama-3.3-70b"
    assert fakes.secrets.keys["groq"] == "gsk_0123456789abcdef"
    assert page.list.currentItem().text().startswith("groq")
    assert page.key.text() == ""


async def test_a_test_lists_the_models_and_tells_of_the_chosen_one(
    page: ConnectionsPage, fakes: FakeServices
) -> None:
    choose_kind(page, "Ollama")
    page.test.click()
    await until(lambda: "2 models" in page.result.text())
    assert page.model.currentText() == "qwen3:8b"
    assert "40,960 tokens" in page.about_model.text()
    fakes.servers.failure = NetworkUnreachable()
    page.test.click()
    await until(lambda: "no connection" in page.result.text())
    assert page.test.isEnabled()
    assert fakes.connections.all() == ()


async def test_a_server_that_runs_here_is_offered_and_not_used_unasked(
    page: ConnectionsPage, fakes: FakeServices
) -> None:
    fakes.servers.running = [connection_of("lmstudio", "", fakes.connections.presets)]
    page.look()
    await until(lambda: "LM Studio" in page.found.text())
    assert fakes.connections.all() == ()
    offer = page.findChild(QPushButton, "addFound:lmstudio")
    assert offer is not None
    offer.click()
    assert page.url.text() == "http://127.0.0.1:1234/v1"


async def test_an_address_that_cannot_be_used_is_said_beside_the_form(
    page: ConnectionsPage, fakes: FakeServices
) -> None:
    choose_kind(page, "Other server")
    page.name.setText("mine")
    page.url.setText("http://example.com/v1")
    page.keep.click()
    assert "https://" in page.result.text()
    assert fakes.connections.all() == ()


async def test_a_second_server_of_a_kind_has_a_name_of_its_own(
    page: ConnectionsPage, fakes: FakeServices
) -> None:
    fakes.connections.keep(connection_of("ollama", "", fakes.connections.presets))
    page.show_connections()
    choose_kind(page, "Ollama")
    assert page.name.text() == "ollama-2"


async def test_what_is_removed_is_forgotten_with_its_key(
    page: ConnectionsPage, fakes: FakeServices
) -> None:
    fakes.connections.keep(connection_of("groq", "", fakes.connections.presets))
    fakes.secrets.keys["groq"] = "gsk_0123456789abcdef"
    page.show_connections()
    page.remove.click()
    await until(lambda: not fakes.secrets.keys["groq"])
    assert fakes.connections.all() == ()
    assert page.list.count() == 0


def test_the_left_column_offers_connections_as_engines(qtbot, fakes: FakeServices) -> None:
    composer = Composer()
    qtbot.addWidget(composer)
    composer.show_options(engine="ollama", mode="auto", language="auto")
    assert composer.order().engine == "ollama"  # before the connection is known
    made = connection_of("ollama", "", fakes.connections.presets, model="qwen3:8b")
    composer.show_connections([made])
    engines = composer.findChild(QComboBox, "engineCombo")
    assert engines is not None
    assert [engines.itemText(n) for n in range(engines.count())][-1] == "ollama"
    assert composer.order().engine == "ollama"
    assert not composer.mode.isVisibleTo(composer)
    composer.show_models("ollama", ["qwen3:8b", "llama3.2:3b"], "qwen3:8b")
    assert composer.order().model == "qwen3:8b"
    composer.model.setCurrentIndex(1)
    assert composer.order().model == "llama3.2:3b"
    composer.show_key(known=False)
    assert composer.wish.isVisibleTo(composer)  # offered without a key for Gemini


async def test_the_key_ring_is_asked_for_the_key_of_a_connection(
    page: ConnectionsPage, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def find(*, within_s: float = 0.0, connection: Connection | None = None) -> None:
        assert connection is not None
        asked.append(connection.name)
        fakes.secrets.locked = False

    fakes.connections.keep(connection_of("groq", "", fakes.connections.presets))
    fakes.secrets.keys["groq"] = "gsk_0123456789abcdef"
    fakes.secrets.locked = True
    monkeypatch.setattr(fakes.secrets, "find", find)
    page.show_connections("groq")
    assert page.key.placeholderText().startswith("Asking")
    await until(lambda: page.key.placeholderText().startswith("•"))
    assert asked == ["groq"]


async def test_a_key_ring_that_does_not_answer_is_said(
    page: ConnectionsPage, fakes: FakeServices
) -> None:
    fakes.connections.keep(connection_of("groq", "", fakes.connections.presets))
    fakes.secrets.locked = True
    page.show_connections("groq")
    await until(lambda: "does not answer" in page.key.placeholderText())
