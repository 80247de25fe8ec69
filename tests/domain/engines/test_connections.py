"""Connections: what may be one, where its key may go, and how much of a talk its model takes."""

from __future__ import annotations

import pytest

from notegen_desktop.domain.engines.connection import (
    WireProtocol,
    connection_from_data,
    connection_of,
    to_data,
)
from notegen_desktop.domain.errors import InvalidConnection
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.notes.parts import PartLimits
from notegen_desktop.services.machine.connections_file import read_presets

PRESETS = read_presets()


def test_an_engine_is_known_by_its_name_alone() -> None:
    assert Engine("offline") is Engine.OFFLINE
    assert Engine("my-server") is Engine("my-server")
    assert Engine("my-server").is_connection
    assert not Engine.GEMINI_LEGACY.is_connection


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_makes_a_connection_that_is_found_again_by_its_address(name: str) -> None:
    preset = PRESETS[name]
    if not preset.url:
        return
    assert connection_of(name, "", PRESETS).preset is preset
    assert connection_of("other-name", preset.url, PRESETS).preset is preset


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/v1"),
        ("https://Gateway.example/llm/v1/", "https://gateway.example/llm/v1"),
        ("https://gateway.example/v1/chat/completions", "https://gateway.example/v1"),
        ("http://192.168.1.5:8000/v1", "http://192.168.1.5:8000/v1"),
    ],
)
def test_an_address_is_the_base_of_the_chat_form(told: str, kept: str) -> None:
    assert connection_of("mine", told, PRESETS).url == kept


def test_ollama_is_spoken_to_in_its_own_way_whatever_end_is_pasted() -> None:
    found = connection_of("mine", "http://localhost:11434/v1", PRESETS)
    assert (found.preset.kind, found.url) == (WireProtocol.OLLAMA, "http://localhost:11434")
    found = connection_of("attic", "http://192.168.1.5:11434/v1", PRESETS)
    assert (found.preset.kind, found.url) == (WireProtocol.OLLAMA, "http://192.168.1.5:11434")
    assert connection_of("attic", "http://192.168.1.5:8080/v1", PRESETS).preset.name == "custom"


def test_a_query_of_an_address_goes_with_each_request() -> None:
    told = (
        "https://me.openai.azure.com/openai/deployments/mini/chat/completions?api-version=2025-01"
    )
    old = connection_of("work", told, PRESETS)
    assert (old.preset.name, old.model, old.deployment) == ("azure", "mini", "mini")
    at = "https://me.openai.azure.com/openai/deployments/mini"
    assert old.at("/chat/completions") == f"{at}/chat/completions?api-version=2025-01"
    assert old.address == f"{at}?api-version=2025-01"
    assert connection_from_data("work", to_data(old), PRESETS) == old
    gateway = connection_of("gw", "https://gateway.example/v1?team=notes&env=a", PRESETS)
    assert gateway.at("/models?limit=5", root=True) == (
        "https://gateway.example/models?limit=5&team=notes&env=a"
    )


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("mine", "https://gateway.example/v1?subscription-Key=secret"),
        ("mine", "https://gateway.example/v1?a=b&access_token=secret"),
        ("mine", "https://gateway.example/v1?a=b#secret"),
        ("mine", "http://gateway.example/v1"),
        ("mine", "http://127.0.0.1.example.com/v1"),
        ("mine", "http://10-0-0-5.nip.io:8000"),
        ("mine", "https://me:secret@gateway.example"),
        ("mine", "https://gateway.example/v1?key=secret"),
        ("mine", "ftp://127.0.0.1"),
        ("mine", "ftp://me:secret@127.0.0.1"),
        ("mine", "me:secret@gateway.example"),
        ("mine", "gateway.example/v1?key=secret"),
        ("mine", "http://me:secret@[::1"),
        ("mine", "gateway"),
        ("mine", "http://[::1"),
        ("mine", ""),
        ("gemini", "https://gateway.example"),
        ("my server", "https://gateway.example"),
    ],
)
def test_what_is_no_connection_is_refused_without_its_secrets(name: str, url: str) -> None:
    with pytest.raises(InvalidConnection) as caught:
        connection_of(name, url, PRESETS)
    assert "secret" not in caught.value.message


def test_a_key_goes_to_encrypted_addresses_and_this_machine_alone() -> None:
    assert connection_of("a", "https://gateway.example", PRESETS).takes_key
    assert connection_of("a", "http://127.0.0.1:1", PRESETS).takes_key
    assert not connection_of("a", "http://192.168.1.5:8000", PRESETS).takes_key


def test_a_server_elsewhere_is_never_free_whatever_its_name_looks_like() -> None:
    assert connection_of("a", "http://192.168.1.5:8000", PRESETS).is_free
    assert not connection_of("a", "https://127.0.0.1.example.com", PRESETS).is_free


def test_one_request_at_a_time_on_this_machine_unless_more_are_wished() -> None:
    assert connection_of("a", "http://127.0.0.1:1", PRESETS).most_at_once == 1
    assert connection_of("a", "http://127.0.0.1:1", PRESETS, at_once=3).most_at_once == 3
    assert connection_of("a", "https://gateway.example", PRESETS).most_at_once == 0


def test_a_connection_is_read_from_the_file_as_it_was_written() -> None:
    made = connection_of("a", "http://127.0.0.1:1", PRESETS, model="m:3b", context=4096)
    assert connection_from_data("a", to_data(made), PRESETS) == made
    with pytest.raises(InvalidConnection, match="unknown key"):
        connection_from_data("a", {"url": "https://x.example", "key": "k"}, PRESETS)


def test_words_instructions_and_answer_fit_into_the_window_together() -> None:
    for window in (4096, 8192, 16_384, 32_768, 200_000):
        limits = PartLimits.of_window(window)
        assert limits.part + limits.answer + 3200 <= max(window * 0.85, 3202)
    assert PartLimits.of_window(0) == PartLimits()
    large = PartLimits.of_window(1_000_000)
    assert (large.whole, large.part) == (PartLimits().whole, PartLimits().part)
