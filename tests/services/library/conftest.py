"""Libraries to open, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.services.library import Library, open_library
from tests.fakes.libraries import library_on_server, put_empty_library


@dataclass
class Place:
    """One database that libraries can be opened on, one after the other or side by side."""

    url: str | None
    folder: Path
    _opened: list[Library] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / "notes.db"

    async def open(self, *, machine: str = "", **options: Any) -> Library:
        """Another program on this database; `machine` puts it on another machine."""
        path = self.folder / machine / "notes.db"
        url = self.url
        if machine and url is None:
            url = f"sqlite:///{self.path}"
        is_first = not (
            self._opened or "had_notes" in options or any(self.folder.glob("*notes.db*"))
        )
        if self.url is None and is_first:
            await asyncio.to_thread(put_empty_library, self.path)
        library = await asyncio.to_thread(
            lambda: open_library(url, path=path, **{"maintenance_after_s": 0.0, **options})
        )
        self._opened.append(library)
        await asyncio.to_thread(library._maintenance.join)  # so that it takes no connection later
        return library

    async def close(self) -> None:
        for library in self._opened:
            await library.aclose()


@pytest.fixture(params=["sqlite", "postgresql"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(library_on_server() if request.param == "postgresql" else None, tmp_path)
    yield place
    await place.close()


@pytest.fixture
async def file_place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(None, tmp_path)
    yield place
    await place.close()


@pytest.fixture
async def server_place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(library_on_server(), tmp_path)
    yield place
    await place.close()


class Watch:
    """A clock that tests own."""

    def __init__(self) -> None:
        self.now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Callable[[], float]:
    return Watch()
