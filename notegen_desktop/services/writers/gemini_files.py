"""Gemini's Files API: uploads films and recordings for a model to watch.

Plain HTTP in the resumable form: the file is sent in chunks, and after a broken connection from the
offset that the server reports. The key is sent to the API alone, never to the address that the
server names for the chunks; nor is the file's name.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from notegen_desktop.domain.errors import (
    AnswerUnusable,
    FileMissing,
    FileUnreadable,
    NetworkUnreachable,
    NoteGenError,
    RateLimited,
    ServiceUnavailable,
    TimedOut,
    UnsupportedSource,
    UploadGone,
)
from notegen_desktop.domain.links.hosts import is_loopback
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.clock import Clock, SystemClock
from notegen_desktop.services.ports import MAX_UPLOAD_BYTES, MediaRef

from .gemini_api import API_VERSION, BaseUrl, GeminiApi, answered, epoch, json_of
from .gemini_errors import CHECK_ADDRESS, error_of
from .wire import redact

CHUNK_BYTES = 8 * 1024 * 1024
"""Bytes of a chunk, as in the vendor's own clients; every chunk but the last must be a multiple of
256 KB."""
MAX_TRIES = 6
"""Tries in a row without progress, after which the upload is given up."""
POLL_S = 2.0
"""Seconds between two polls of an upload's state."""
READY_S = 900.0
"""Maximum seconds until an upload is ready; an hour of film takes about a minute."""
KEPT_S = 48 * 3600.0

_PASSING = (NetworkUnreachable, ServiceUnavailable, TimedOut, RateLimited)
_NAME = re.compile(r"files/[a-z0-9-]{1,64}")


class GeminiFiles:
    """Implements `Uploads`. `api_key` is called for each request; `url` is the setting
    `gemini.url`."""

    def __init__(
        self,
        *,
        api_key: Callable[[], str | None],
        url: BaseUrl = None,
        clock: Clock | None = None,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        self._api = GeminiApi(api_key=api_key, url=url)
        self._clock = clock or SystemClock()
        self._chunk_bytes = chunk_bytes

    async def upload(
        self, path: Path, mime_type: str, progress: Callable[[float], None]
    ) -> MediaRef:
        try:
            return await self._uploaded(path, mime_type, progress)
        except _Gone:  # deleted while Gemini was processing it
            raise UploadGone() from None

    async def _uploaded(
        self, path: Path, mime_type: str, progress: Callable[[float], None]
    ) -> MediaRef:
        key = self._api.key
        file, size = await asyncio.to_thread(_opened, path)
        try:
            body = await self._sent(key, file, size, mime_type, progress)
        finally:
            await asyncio.to_thread(file.close)
        name, media = self._media(body)
        patience_s = READY_S  # counts polling, not elapsed time: the machine may sleep meanwhile

        async def look() -> Any:
            return await self._get(key, name)

        while media is None:
            if patience_s <= 0:
                raise ServiceUnavailable(
                    _("Gemini takes too long to look through the uploaded file."),
                    hint=_("Retry later: what is uploaded is kept for two days."),
                )
            await self._clock.sleep(POLL_S)
            patience_s -= POLL_S
            body = await self._patiently(look)
            name, media = self._media(body)
        progress(1.0)
        return media

    async def find(self, name: str) -> MediaRef | None:
        if not _NAME.fullmatch(name):
            return None
        try:
            body = await self._get(self._api.key, name)
        except _Gone:
            return None
        try:
            return self._media(body)[1]
        except UnsupportedSource:
            return None

    async def delete(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            return
        key = self._api.key
        try:
            await self._ask("DELETE", self._api.address(name), key=key)
        except _Gone:
            return

    async def aclose(self) -> None:
        await self._api.aclose()

    # --- the resumable upload ---

    async def _sent(
        self,
        key: str,
        file: BinaryIO,
        size: int,
        mime_type: str,
        progress: Callable[[float], None],
    ) -> Any:
        """Send every byte of the file; return the server's last answer."""
        address = await self._patiently(lambda: self._begin(key, size, mime_type))
        offset, tries = 0, 0
        while True:
            data = await asyncio.to_thread(_read_at, file, offset, self._chunk_bytes)
            if not data or (len(data) < self._chunk_bytes and offset + len(data) != size):
                raise FileUnreadable(_("The file was changed while it was being uploaded."))
            last = offset + len(data) == size
            try:
                response = await self._ask(
                    "POST",
                    address,
                    content=data,
                    headers={
                        "x-goog-upload-offset": str(offset),
                        "x-goog-upload-command": "upload, finalize" if last else "upload",
                    },
                )
            except _PASSING as error:
                tries += 1
                if tries >= MAX_TRIES:
                    raise
                await self._clock.sleep(self._wait(error, tries))
                reached, body = await self._patiently(lambda: self._reached(address))
                if body is not None:
                    return body  # the answer was lost, not the bytes
                tries = 0 if reached > offset else tries
                offset = reached
                continue
            tries = 0
            offset += len(data)
            progress(0.95 * offset / size)  # the rest is Gemini's processing
            if last:
                return json_of(response)

    async def _begin(self, key: str, size: int, mime_type: str) -> str:
        """Announce a file; return the address for its chunks."""
        response = await self._ask(
            "POST",
            f"{self._api.url}upload/{API_VERSION}/files",
            key=key,
            json={"file": {"display_name": "notegen"}},
            headers={
                "x-goog-upload-protocol": "resumable",
                "x-goog-upload-command": "start",
                "x-goog-upload-header-content-length": str(size),
                "x-goog-upload-header-content-type": mime_type,
            },
        )
        address = str(response.headers.get("x-goog-upload-url", ""))
        try:
            parsed = httpx.URL(address)
        except httpx.InvalidURL:
            parsed = httpx.URL("")
        api = httpx.URL(self._api.url)
        plain = parsed.scheme == api.scheme == "http"
        same = parsed.host == api.host or (is_loopback(parsed.host) and is_loopback(api.host))
        if parsed.scheme != "https" and not (plain and same):
            raise _no_uploads()
        return address

    async def _reached(self, address: str) -> tuple[int, Any]:
        """Return the number of received bytes, and the file's facts once it is complete."""
        response = await self._ask("POST", address, headers={"x-goog-upload-command": "query"})
        if response.headers.get("x-goog-upload-status") == "final":
            return 0, json_of(response)
        received = response.headers.get("x-goog-upload-size-received", "0")
        return (int(received) if received.isdecimal() else 0), None

    # --- one request ---

    async def _get(self, key: str, name: str) -> Any:
        return json_of(await self._ask("GET", self._api.address(name), key=key))

    async def _ask(self, method: str, address: str, **content: Any) -> httpx.Response:
        """Return an answer of 200. Raises _Gone for a missing upload, and the translated errors."""
        response = await self._api.ask(method, address, **content)
        if response.status_code == 200:
            return response
        refusal = answered(response)
        forbidden = refusal.status == 403 and is_gone(refusal.words)
        if method != "POST" and (refusal.status == 404 or forbidden):
            raise _Gone
        if refusal.status in (404, 405, 501):
            raise _no_uploads()
        raise error_of(refusal)

    async def _patiently(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Repeat a request while its error may pass."""
        for tries in range(1, MAX_TRIES + 1):
            try:
                return await ask()
            except _PASSING as error:
                if tries == MAX_TRIES:
                    raise
                await self._clock.sleep(self._wait(error, tries))
        raise AssertionError  # the loop returns or raises in its last round

    def _wait(self, error: NoteGenError, tries: int) -> float:
        told = getattr(error, "retry_after_s", None)
        if told is not None:
            return float(told) + random.uniform(0.0, 2.0)
        return random.uniform(0.0, min(60.0, 2.0**tries))

    # --- what an answer says ---

    def _media(self, body: Any) -> tuple[str, MediaRef | None]:
        """Return the file's name, and the file if it can be used by now, else None.

        Raises UnsupportedSource for one that Gemini could not process, AnswerUnusable.
        """
        told = body.get("file", body) if isinstance(body, dict) else {}
        facts = told if isinstance(told, dict) else {}
        name, uri = str(facts.get("name", "")), str(facts.get("uri", ""))
        if not _NAME.fullmatch(name) or not uri:
            raise AnswerUnusable(_("What came is not an answer of Gemini's Files API."))
        state = facts.get("state", "ACTIVE")
        if state == "FAILED":
            error = facts.get("error")
            words = redact(str(error.get("message", ""))) if isinstance(error, dict) else ""
            raise UnsupportedSource(
                _("Gemini can make nothing of this file: {told}").format(told=words)
                if words
                else _("Gemini can make nothing of this file."),
                hint=_("Play it to see whether it is whole, or convert it to MP4 or MP3."),
            )
        if state != "ACTIVE":
            return name, None
        expires = epoch(facts.get("expirationTime")) or self._clock.time() + KEPT_S
        return name, MediaRef(uri, str(facts.get("mimeType", "")), name, expires)


class _Gone(NoteGenError):
    """The upload does not exist (any more); never raised outside this module."""


def is_gone(words: str) -> bool:
    """Return True if a refusal (403) is about a deleted upload, or another project's."""
    return "permission to access the file" in words.lower()


def _no_uploads() -> AnswerUnusable:
    return AnswerUnusable(
        _("There is no address to upload the file to."),
        hint=_(
            "A gateway may stand between that knows no uploads. {check_address} Captions beside "
            "the file work without an upload."
        ).format(check_address=_(CHECK_ADDRESS)),
    )


def _opened(path: Path) -> tuple[BinaryIO, int]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise FileMissing(_("There is no file “{path}”.").format(path=path)) from None
    except OSError as error:
        raise FileUnreadable(
            _("“{name}” cannot be read: {strerror}.").format(
                name=path.name, strerror=error.strerror
            )
        ) from error
    size = os.fstat(file.fileno()).st_size
    if 0 < size <= MAX_UPLOAD_BYTES:
        return file, size
    file.close()
    if size:
        raise UnsupportedSource(
            _("“{name}” is larger than 2 GB, the most that Gemini takes.").format(name=path.name),
            hint=_("Save it smaller or in parts, or as sound alone."),
        )
    raise FileUnreadable(
        _("“{name}” is empty.").format(name=path.name), hint=_("Save or download it again.")
    )


def _read_at(file: BinaryIO, offset: int, most: int) -> bytes:
    try:
        file.seek(offset)
        return file.read(most)
    except OSError as error:
        raise FileUnreadable(
            _("The file cannot be read any more: {strerror}.").format(strerror=error.strerror)
        ) from error
