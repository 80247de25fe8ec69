"""What servers tell of their models, in the forms of many vendors; which servers run here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.engines.connection import Connection, connection_of
from notegen_desktop.domain.errors import AnswerUnusable, KeyMissing, NetworkUnreachable
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.machine.connections_file import ConnectionsFile, read_presets
from notegen_desktop.services.machine.paths import paths_below
from notegen_desktop.services.ports import Speed
from notegen_desktop.services.queue.estimates import load_prices
from notegen_desktop.services.writers.chat.models import (
    MAX_LOCAL_WINDOW,
    USUAL_LOCAL_WINDOW,
    ServerFacts,
)
from notegen_desktop.services.writers.engines import EngineModels
from tests.fakes.chat_server import FakeChat

PRESETS = read_presets()


def facts(key: str | None = None) -> ServerFacts:
    return ServerFacts(api_key=lambda _: key, presets=lambda: PRESETS)


def at(server: FakeChat, preset: str = "custom", **changes: Any) -> Connection:
    return connection_of("mine", server.address, PRESETS, preset=preset, **changes)


async def test_windows_and_prices_are_read_in_the_forms_of_many_vendors() -> None:
    with FakeChat() as server:
        server.models = (
            {"id": "router", "context_length": 131072, "pricing": {"prompt": "0.0000003",
             "completion": "0.0000012"}, "top_provider": {"max_completion_tokens": 16384}},
            {"id": "vllm", "max_model_len": 32768},
            {"id": "mistral", "max_context_length": 128000,
             "capabilities": {"completion_chat": True}},
            {"id": "mistral-ocr", "capabilities": {"completion_chat": False}},
            {"id": "groq", "context_window": 131072, "active": True},
            {"id": "retired", "active": False},
            {"id": "llama.cpp", "meta": {"n_ctx": 4096, "n_params": 134515008}},
            {"id": "text-embedding-3-large"},
            {"id": "depends", "pricing": {"prompt": "-1", "completion": "-1"}},
            {"id": "odd", "pricing": {"prompt": "1", "completion": "NaN"}},
            {"id": "sk-key-that-is-echoed-0123456789"},
            {"id": "two\nlines"},
            {"id": "half a letter \ud800"},
        )  # fmt: skip
        found = {model.id: model for model in await facts().models(at(server))}
    assert set(found) == {"router", "vllm", "mistral", "groq", "llama.cpp", "depends", "odd"}
    assert found["llama.cpp"].size == "135M"
    assert [name for name, model in found.items() if model.is_small] == ["llama.cpp"]
    assert {name: model.window for name, model in found.items() if model.window} == {
        "router": 131072, "vllm": 32768, "mistral": 128000, "groq": 131072, "llama.cpp": 4096,
    }  # fmt: skip
    price = found["router"].price
    assert price is not None
    assert (round(price.input, 6), round(price.output, 6)) == (0.3, 1.2)
    assert found["router"].most_output == 16384
    assert found["depends"].price is found["odd"].price is None


async def test_ollama_tells_sizes_and_what_does_not_run_here() -> None:
    with FakeChat("ollama") as server:
        server.models = (
            {"model": "qwen3:8b", "details": {"context_length": 40960, "parameter_size": "8.2B"}},
            {"model": "big:cloud", "remote_host": "https://ollama.com", "details": {}},
            {"model": "nomic-embed-text", "details": {}},
            {"model": "picture", "capabilities": ["image"], "details": {}},
        )
        known = facts()
        connection = at(server, "ollama")
        small, cloud = await known.models(connection)
        assert (small.window, small.size, small.remote) == (40960, "8.2B", "")
        assert cloud.remote == "https://ollama.com"
        assert (await known.model(connection, "qwen3:8b")).window == MAX_LOCAL_WINDOW
        told = at(server, "ollama", context=32768)
        assert (await known.model(told, "qwen3:8b")).window == 32768


async def test_a_window_that_nobody_tells_is_assumed_here_and_open_elsewhere() -> None:
    with FakeChat() as server:
        assert (await facts().model(at(server), "any")).window == USUAL_LOCAL_WINDOW
        server.window = 4096
        assert (await facts().model(at(server), "small-instruct")).window == 4096
    away = connection_of("away", "https://127.0.0.2.invalid/v1", PRESETS)
    assert (await facts().model(away, "any")).window == 0


async def test_a_list_of_models_without_end_is_left() -> None:
    with FakeChat() as server:
        server.play(200, '{"data": [' + '{"id": "m"}, ' * 800_000, everything=True)
        with pytest.raises(AnswerUnusable, match="more than 8 MB"):
            await facts().models(at(server))


async def test_what_is_no_list_of_models_is_said() -> None:
    with FakeChat() as server:
        connection = at(server)
        server.play(200, "<html>", everything=True)
        with pytest.raises(AnswerUnusable):
            await facts().models(connection)
        server.play(404, "404 page not found", everything=True)
        with pytest.raises(AnswerUnusable, match="not an answer of mine"):
            await facts().models(connection)
    with pytest.raises(NetworkUnreachable) as caught:
        await facts().models(connection)
    assert caught.value.hint.startswith("Start it on this machine")
    with pytest.raises(KeyMissing):
        await facts().models(connection_of("groq", "", PRESETS))


async def test_servers_are_found_by_what_they_answer_without_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FakeChat("ollama") as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url.removeprefix("http://"))
        found = await facts("secret").found()
        assert [one.url for one in found if one.name == "ollama"] == [server.url]
        (seen,) = server.all_requests
        assert (seen.method, seen.path) == ("GET", "/api/version")
        assert "authorization" not in seen.headers
    with FakeChat("openai") as other:
        monkeypatch.setenv("OLLAMA_HOST", other.url)
        assert "ollama" not in [one.name for one in await facts().found()]


async def test_what_is_written_on_this_machine_costs_nothing_and_runs_one_at_a_time(
    tmp_path: Any,
) -> None:
    table = load_prices(paths_below(tmp_path))
    kept = ConnectionsFile(tmp_path / "connections.toml", environ={})
    with FakeChat() as server:
        kept.keep(at(server))
        models = EngineModels(table, kept, facts())
        here = await models.facts(Engine("mine"), "small-instruct")
    assert models.prices(Engine("mine")).price("small-instruct").output == 0
    assert (here.most_at_once, here.metered, here.gate) == (1, False, "mine")
    await models.measured(Engine("mine"), "small-instruct", Speed(3.0, 50.0))
    assert models.prices(Engine("mine")).price("small-instruct").tokens_per_second == 50.0
    assert models.prices(Engine("mine")).price("another").tokens_per_second == 20.0


@pytest.mark.parametrize("day", [date(2026, 11, 30), date(2026, 12, 2)])
def test_a_model_without_a_price_costs_what_the_dearest_one_costs_on_that_day(
    day: date, tmp_path: Path
) -> None:
    table = load_prices(paths_below(tmp_path))
    kept = ConnectionsFile(tmp_path / "connections.toml", environ={})
    kept.keep(connection_of("away", "https://gateway.example", PRESETS))
    noon_s = datetime(day.year, day.month, day.day, 20, tzinfo=UTC).timestamp()
    guess = EngineModels(table, kept, facts(), now=lambda: noon_s).prices(Engine("away"))
    assert not guess.knows("some-model")
    assert guess.price("some-model").output == max(
        price.output for price in table.on(day).models.values()
    )


async def test_a_key_is_looked_for_before_a_server_is_asked() -> None:
    keys: list[str] = []

    async def find(_: Connection) -> None:
        keys.append("sk-test-0123456789abcdef")

    with FakeChat("openai") as server:
        facts = ServerFacts(
            api_key=lambda _: keys[0] if keys else None, presets=lambda: PRESETS, find_key=find
        )
        await facts.models(connection_of("mine", server.address, PRESETS, preset="groq"))
        assert keys == ["sk-test-0123456789abcdef"]


async def test_a_gateway_of_ones_own_that_tells_a_price_is_not_free(tmp_path: Path) -> None:
    paths = paths_below(tmp_path)
    connections = ConnectionsFile(paths.connections_file)
    with FakeChat("openai") as server:
        server.models = (
            {"id": "paid", "pricing": {"prompt": "0.000001", "completion": "0.000002"}},
            {"id": "own"},
        )
        connections.keep(at(server))
        known = facts()
        await known.models(connections.get("mine"))
        models = EngineModels(load_prices(paths), connections, known)
        assert models.prices(Engine("mine")).price("paid").output == 2.0
        assert models.prices(Engine("mine")).price("own").output == 0


async def test_a_deployment_of_azure_is_tested_where_its_resource_lists_models() -> None:
    with FakeChat(keys={"sk-azure"}) as server:
        url = f"{server.url}/openai/deployments/mini/chat/completions?api-version=2024-10-21"
        old = connection_of("work", url, PRESETS, preset="azure")
        (model,) = await facts("sk-azure").models(old)
    assert model.id == "mini"
