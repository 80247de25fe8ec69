"""Files go up to Gemini whole, once, and without key or name going astray."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import (
    AnswerUnusable,
    FileMissing,
    FileUnreadable,
    KeyMissing,
    KeyRejected,
    NetworkUnreachable,
    NoteGenError,
    ServiceUnavailable,
    UnsupportedSource,
    UploadGone,
)
from notegen_desktop.services.machine.clock import SystemClock
from notegen_desktop.services.ports import MAX_UPLOAD_BYTES, MediaRef
from notegen_desktop.services.writers.gemini_files import MAX_TRIES, POLL_S, READY_S, GeminiFiles
from tests.fakes.gemini import FakeGemini

KEY = "AIzaLoopbackLoopbackLoopbackLoopback000"
CHUNK = 1000
DATA = random.Random(7).randbytes(3 * CHUNK + 217)


class Hurry(SystemClock):
    """A clock on which every sleep is over at once."""

    def __init__(self) -> None:
        self.slept = 0.0

    def time(self) -> float:
        return super().time() + self.slept

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        await asyncio.sleep(0)


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini() as running:
        yield running


@pytest.fixture
async def files(server: FakeGemini) -> AsyncIterator[GeminiFiles]:
    made = made_for(server)
    yield made
    await made.aclose()


def made_for(server: FakeGemini, key: str = KEY) -> GeminiFiles:
    return GeminiFiles(api_key=lambda: key, url=server.url, clock=Hurry(), chunk_bytes=CHUNK)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "a very private name.mp4"
    path.write_bytes(DATA)
    return path


async def upload(files: GeminiFiles, film: Path) -> tuple[MediaRef, list[float]]:
    told: list[float] = []
    return await files.upload(film, "video/mp4", told.append), told


async def test_a_file_arrives_byte_for_byte_in_chunks(
    server: FakeGemini, files: GeminiFiles, film: Path
) -> None:
    media, told = await upload(files, film)
    (kept,) = server.files.uploads
    assert bytes(kept.data) == DATA
    assert (media.name, media.uri, media.mime_type) == (kept.name, kept.uri, "video/mp4")
    assert media.expires_at == pytest.approx(kept.expires, abs=0.001)
    assert told == sorted(told)
    assert (len(told), told[-1]) == (5, 1.0)


async def test_neither_the_key_nor_the_name_of_the_file_goes_where_it_is_not_needed(
    server: FakeGemini, files: GeminiFiles, film: Path
) -> None:
    await upload(files, film)
    start, *chunks = server.all_requests
    assert start.key == KEY
    assert [seen.key for seen in chunks] == [""] * 4
    assert not any(seen.key_in_query for seen in server.all_requests)
    assert "private" not in server.files.uploads[0].display_name


@pytest.mark.parametrize(
    "faults",
    [["reset"], ["half"], ["lost"], ["busy"], ["ok", "half", "half", "reset", "lost"],
     ["ok", "ok", "ok", "lost"], ["ok", "ok", "ok", "half"], ["busy"] * 5],
    ids="-".join,
)  # fmt: skip
async def test_after_a_break_it_goes_on_where_it_stopped(
    server: FakeGemini, files: GeminiFiles, film: Path, faults: list[str]
) -> None:
    server.files.faults = list(faults)
    await upload(files, film)
    assert [bytes(kept.data) for kept in server.files.uploads] == [DATA]
    assert server.files.started == 1
    assert server.files.faults == []


async def test_a_connection_that_never_holds_is_given_up_in_words(
    server: FakeGemini, files: GeminiFiles, film: Path
) -> None:
    server.files.faults = ["reset"] * 100
    with pytest.raises((NetworkUnreachable, ServiceUnavailable)) as caught:
        await upload(files, film)
    assert caught.value.hint
    assert len(server.files.faults) == 100 - MAX_TRIES


async def test_a_film_is_waited_for_until_it_was_looked_through(
    server: FakeGemini, files: GeminiFiles, film: Path
) -> None:
    server.files.looks = 3
    media, _ = await upload(files, film)
    assert server.files.files[media.name].looks == 4


async def test_a_film_that_was_looked_through_while_the_machine_slept_is_ready(
    server: FakeGemini, film: Path
) -> None:
    class Night(Hurry):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds + READY_S)

    server.files.looks = 3
    files = GeminiFiles(api_key=lambda: KEY, url=server.url, clock=Night())
    media, _ = await upload(files, film)
    await files.aclose()
    assert server.files.files[media.name].looks == 4


async def test_a_film_is_not_waited_for_for_ever(
    server: FakeGemini, files: GeminiFiles, film: Path
) -> None:
    server.files.looks = 10_000
    with pytest.raises(ServiceUnavailable, match="too long"):
        await upload(files, film)
    (kept,) = server.files.files.values()
    assert kept.looks == READY_S / POLL_S


async def test_a_file_nothing_can_be_made_of_is_called_so(
    server: FakeGemini, files: GeminiFiles, film: Path
) -> None:
    server.files.broken = True
    with pytest.raises(UnsupportedSource, match="failed to be processed"):
        await upload(files, film)


async def test_an_upload_is_found_again_and_one_that_is_gone_is_not(
    server: FakeGemini, files: GeminiFiles, film: Path
) -> None:
    media, _ = await upload(files, film)
    assert await files.find(media.name) == media
    await files.delete(media.name)
    assert server.files.deleted == [media.name]
    assert await files.find(media.name) is None
    await files.delete(media.name)


async def test_a_name_that_is_none_is_never_asked_for(
    server: FakeGemini, files: GeminiFiles
) -> None:
    for name in ("", "files/../models", "models/x", "files/", "files/A b"):
        assert await files.find(name) is None
        await files.delete(name)
    assert server.all_requests == []


async def test_a_key_that_is_missing_or_wrong_is_told_before_a_byte_is_sent(
    server: FakeGemini, film: Path
) -> None:
    server.state.keys = {KEY}
    errors: tuple[tuple[str, type[NoteGenError]], ...] = (("", KeyMissing), ("wrong", KeyRejected))
    for key, expected in errors:
        files = made_for(server, key)
        with pytest.raises(expected):
            await upload(files, film)
        await files.aclose()
    assert server.files.started == 0


async def test_files_that_cannot_be_uploaded_are_refused_in_words(
    server: FakeGemini, files: GeminiFiles, tmp_path: Path
) -> None:
    empty, huge = tmp_path / "empty.mp4", tmp_path / "huge.mp4"
    empty.touch()
    with huge.open("wb") as file:
        file.truncate(MAX_UPLOAD_BYTES + 1)
    cases: tuple[tuple[Path, type[NoteGenError], str], ...] = (
        (empty, FileUnreadable, "empty"),
        (huge, UnsupportedSource, "2 GB"),
        (tmp_path / "nowhere.mp4", FileMissing, "no file"),
        (tmp_path, FileUnreadable, "cannot be read"),
    )
    for path, expected, words in cases:
        with pytest.raises(expected, match=words):
            await upload(files, path)
    assert server.all_requests == []


@pytest.mark.parametrize("address", ["", "http://elsewhere.example/up", "ftp://127.0.0.1/up"])
async def test_chunks_go_nowhere_but_to_a_safe_address(
    server: FakeGemini,
    files: GeminiFiles,
    film: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    monkeypatch.setattr(
        server.files, "start", lambda *_: (200, {"X-Goog-Upload-URL": address}, b"")
    )
    with pytest.raises(AnswerUnusable, match="no address"):
        await upload(files, film)
    assert len(server.all_requests) == 1


async def test_a_gateway_without_uploads_is_called_so(
    server: FakeGemini, files: GeminiFiles, film: Path
) -> None:
    server.play(404, {"error": {"code": 404, "message": "Not Found"}}, everything=True)
    with pytest.raises(AnswerUnusable, match="no address") as caught:
        await upload(files, film)
    assert "gateway" in caught.value.hint


@pytest.mark.parametrize("file", [None, "", [1], 5])
async def test_what_is_no_answer_about_a_file_is_called_so(
    server: FakeGemini, files: GeminiFiles, file: object
) -> None:
    server.play(200, {"file": file}, everything=True)
    with pytest.raises(AnswerUnusable):
        await files.find("files/abc")


async def test_an_upload_deleted_while_it_is_looked_through_is_told(
    server: FakeGemini, files: GeminiFiles, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files.looks = 3
    get = server.files.get
    monkeypatch.setattr(
        server.files, "get", lambda name: (server.files.files.clear(), get(name))[1]
    )
    with pytest.raises(UploadGone):
        await upload(files, film)


async def test_no_network_is_called_so(film: Path) -> None:
    with FakeGemini() as gone:
        url = gone.url
    files = GeminiFiles(api_key=lambda: KEY, url=url, clock=Hurry())
    with pytest.raises(NetworkUnreachable):
        await upload(files, film)
    await files.aclose()
