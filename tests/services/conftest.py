"""Programs for the tests of the services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.services.ports import NoteWriter, PictureSource
from notegen_desktop.services.writers.gemini import GeminiWriter
from tests.fakes import video_sites
from tests.fakes.certificates import Certificate, make_certificate
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.site import FakeSite

from .running import Make, Program, build_program, in_memory
from .writing import KEY


@pytest.fixture
async def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    """Programs that share a library, as sessions of one user do. No thread, so time is ours."""

    def at_once(_executor: object, work: Callable[..., object], *args: object) -> object:
        result = asyncio.get_running_loop().create_future()
        result.set_result(work(*args))
        return result

    monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", at_once)
    library = in_memory()
    made: list[Program] = []

    def build(
        *,
        seed: int = 1,
        real_writer: NoteWriter | None = None,
        pictures: PictureSource | None = None,
        **processing: Any,
    ) -> Program:
        settings = {f"processing.{key}": value for key, value in processing.items()}
        program = build_program(
            tmp_path,
            library,
            seed=seed,
            all_settings=settings,
            real_writer=real_writer,
            pictures=pictures,
        )
        made.append(program)
        return program

    yield build
    for program in made:
        await program.clock.run(program.runner.aclose())
        assert program.writer.running == 0


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    """Gemini on a loopback port."""
    with FakeGemini(Script(chunks=6)) as running:
        yield running


@pytest.fixture
async def writer(server: FakeGemini) -> AsyncIterator[GeminiWriter]:
    made = GeminiWriter(api_key=lambda: KEY, url=server.url)
    yield made
    await made.aclose()


@pytest.fixture(scope="session")
def sites_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"), *video_sites.HOSTS)


@pytest.fixture
def web(sites_certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    """All video sites behind a proxy, with a certificate that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(sites_certificate.certificate))
    with FakeSite(video_sites.pages(), certificate=sites_certificate) as running:
        yield running
