"""Speech recognition models: available ones, downloads, and installed ones.

They come from Hugging Face in the form of CTranslate2 (SYSTRAN's conversions of OpenAI's Whisper),
when the user requests one, and are stored in the program's data folder. An interrupted download is
resumed; a model counts as installed only with correct sizes and checksums.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from notegen_desktop.domain.errors import (
    DiskFull,
    Failure,
    NetworkUnreachable,
    SpeechUnavailable,
    TimedOut,
    UsageError,
)
from notegen_desktop.domain.text.cleaning import in_sentence
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.files import make_folder, storage_error, write_whole
from notegen_desktop.services.machine.http_client import http_client
from notegen_desktop.services.ports import SpeechModel

if TYPE_CHECKING:
    import httpx

HUB = "https://huggingface.co"
"""Server of the models; `HF_ENDPOINT` names a mirror, as for Hugging Face's own programs."""
TIMEOUT_S = 30.0
"""Seconds without a byte after which a connection is given up."""
REDIRECTS = 5
_WHOLE = "whole.json"
"""The file that marks a complete model: names and sizes of its files."""


_MB = 1_000_000
MODELS = (
    SpeechModel("tiny", "Systran/faster-whisper-tiny", 78 * _MB, 30),
    SpeechModel("base", "Systran/faster-whisper-base", 148 * _MB, 18),
    SpeechModel("small", "Systran/faster-whisper-small", 486 * _MB, 7),
    SpeechModel(
        "distil-small.en", "Systran/faster-distil-whisper-small.en", 336 * _MB, 12, "English"
    ),
    SpeechModel("medium", "Systran/faster-whisper-medium", 1_530 * _MB, 2.5),
    SpeechModel("large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1_620 * _MB, 3),
    SpeechModel("large-v3", "Systran/faster-whisper-large-v3", 3_090 * _MB, 1.2),
)
"""The models, from small and fast to large and exact. Speeds are from faster-whisper's
measurements."""

Progress = Callable[[int, int], None]
"""Callback with bytes received, and bytes in total."""


class SpeechModels:
    """The models in a folder. `proxy` returns the setting; `hub` is the server of the models."""

    def __init__(
        self, folder: Path, *, proxy: Callable[[], str] = lambda: "", hub: str = ""
    ) -> None:
        self._folder = folder
        self._proxy = proxy
        self._hub = (hub or os.environ.get("HF_ENDPOINT", "").strip() or HUB).rstrip("/")

    def path_of(self, name: str) -> Path | None:
        if name not in {model.name for model in MODELS}:
            return None
        folder = self._folder / name
        try:
            files = json.loads((folder / _WHOLE).read_text(encoding="utf-8"))
            sizes = {file: (folder / file).stat().st_size for file in files}
        except (OSError, ValueError):
            return None
        return folder if sizes == files else None

    def unavailable(self) -> Failure | None:
        from . import speech

        return None if speech.recognition_is_installed() else speech.not_installed().failure()

    def offered(self) -> Sequence[SpeechModel]:
        return MODELS

    def installed(self) -> tuple[str, ...]:
        return tuple(model.name for model in self.offered() if self.path_of(model.name))

    def place_of(self, setting: str) -> str:
        """Return the folder of the installed model that the setting names, else the setting
        itself."""
        return str(self.path_of(setting.strip()) or setting)

    def begun_bytes(self, name: str) -> int:
        """Return the bytes of an interrupted download; 0 if none was begun."""
        with suppress(OSError):
            return sum(file.stat().st_size for file in (self._folder / name).iterdir())
        return 0

    def remove(self, name: str) -> None:
        """Delete a model, complete or not. Raises UsageError for an unknown name, StoreError."""
        folder = self._folder / model_named(name).name
        try:
            (folder / _WHOLE).unlink(missing_ok=True)
            if folder.exists():
                shutil.rmtree(folder)
        except OSError as error:
            raise storage_error(error, folder) from error

    async def install(self, name: str, progress: Progress) -> Path:
        """Download a model, resuming an interrupted download. Cancelling keeps the received part.

        Raises UsageError, NetworkUnreachable, TimedOut, SpeechUnavailable, StoreError.
        """
        model = model_named(name)
        if (here := self.path_of(name)) is not None:
            return here
        folder = make_folder(self._folder / name)
        client = await asyncio.to_thread(http_client, TIMEOUT_S, proxy=self._proxy())
        import httpx

        try:
            async with client:
                files = await self._files(client, model)
                total = sum(size for size, _ in files.values())
                _check_room(folder, total - self.begun_bytes(name))
                done = 0
                for file, (size, digest) in files.items():
                    start = done
                    await self._fetch(
                        client,
                        f"{self._hub}/{model.repository}/resolve/main/{quote(file)}",
                        folder / file,
                        size,
                        lambda here, start=start: progress(start + here, total),  # type: ignore[misc]
                    )
                    await asyncio.to_thread(_check, folder / file, size, digest)
                    done += size
                    progress(done, total)
        except httpx.TimeoutException:
            raise TimedOut(
                _("The model's server did not answer in time."),
                hint=_("Try again: what has arrived is kept."),
            ) from None
        except httpx.HTTPError as error:
            reason = in_sentence(str(error).rpartition("] ")[2]) or type(error).__name__
            raise NetworkUnreachable(
                _("The model “{name}” cannot be fetched: {reason}.").format(
                    name=name, reason=reason
                ),
                hint=_(
                    "Check the connection and the proxy, then try again: what has come is kept."
                ),
            ) from error
        sizes = {file: size for file, (size, _) in files.items()}
        write_whole(folder / _WHOLE, json.dumps(sizes).encode())
        return folder

    async def _files(
        self, client: httpx.AsyncClient, model: SpeechModel
    ) -> dict[str, tuple[int, str]]:
        """Return name, size and SHA-256 ("" if not listed) of each file of a model."""
        address = f"{self._hub}/api/models/{model.repository}?blobs=true"
        answer = await _followed(client, address, {})
        body = await answer.aread()
        await answer.aclose()
        try:
            told = json.loads(body)["siblings"] if answer.status_code == 200 else []
            return {
                str(each["rfilename"]): (
                    int((each.get("lfs") or each)["size"]),
                    str((each.get("lfs") or {}).get("sha256") or ""),
                )
                for each in told
                if _is_wanted(str(each["rfilename"]))
            } or _nothing(answer.status_code)
        except (ValueError, KeyError, TypeError, AttributeError):
            return _nothing(answer.status_code)

    async def _fetch(
        self,
        client: httpx.AsyncClient,
        address: str,
        path: Path,
        size: int,
        tell: Callable[[int], None],
    ) -> None:
        """Download the rest of a file, behind its received part."""
        here = _bytes_in(path)
        if here >= size:
            return
        answer = await _followed(client, address, {"Range": f"bytes={here}-"} if here else {})
        try:
            if answer.status_code not in (200, 206):
                _nothing(answer.status_code)
            here = here if answer.status_code == 206 else 0
            with path.open("r+b" if here else "wb") as file:
                file.seek(here)
                async for chunk in answer.aiter_bytes():
                    await asyncio.to_thread(file.write, chunk)
                    here += len(chunk)
                    if here > size:
                        raise SpeechUnavailable(_DAMAGED, hint=_AGAIN)
                    tell(here)
        except OSError as error:
            raise storage_error(error, path) from error
        finally:
            await answer.aclose()


def model_named(name: str) -> SpeechModel:
    """Return the model of that name. Raises UsageError."""
    for model in MODELS:
        if model.name == name:
            return model
    names = ", ".join(model.name for model in MODELS)
    raise UsageError(
        _("There is no speech model “{name}”.").format(name=name),
        hint=_("There are: {names}.").format(names=names),
    )


_DAMAGED = "The model has not arrived as it was sent."
_AGAIN = "Try again: the damaged file is fetched anew."
_WANTED = ("config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary", "model.bin")


def _is_wanted(file: str) -> bool:
    return "/" not in file and "\\" not in file and file.startswith(_WANTED)


def _nothing(status: int) -> dict[str, tuple[int, str]]:
    raise SpeechUnavailable(
        _("The model's server does not have it ({status}).").format(status=status),
        hint=_("Try again later, or choose another model."),
    )


async def _followed(
    client: httpx.AsyncClient, address: str, headers: Mapping[str, str]
) -> httpx.Response:
    """Return the answer after redirects, its body unread. No key is sent."""
    for __ in range(REDIRECTS):
        request = client.build_request("GET", address, headers=dict(headers))
        answer = await client.send(request, stream=True)
        target: Any = answer.headers.get("location")
        if answer.status_code not in (301, 302, 303, 307, 308) or not target:
            return answer
        await answer.aclose()
        onward = urljoin(address, str(target))
        if (
            urlsplit(onward).scheme != "https"
            and urlsplit(onward).netloc != urlsplit(address).netloc
        ):
            break
        address = onward
    raise SpeechUnavailable(_("The model's server leads in circles or to an unsafe address."))


def _bytes_in(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check_room(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if wanted > free:
        raise DiskFull(
            _("The model takes {wanted} GB, and {free} GB are free.").format(
                wanted=number(wanted / 1000000000.0, 1), free=number(free / 1000000000.0, 1)
            ),
            hint=_("Free some space, or choose a smaller model."),
        )


def _check(path: Path, size: int, digest: str) -> None:
    """Raise SpeechUnavailable, and delete the file, if size or checksum are wrong."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest() if digest else ""
    if path.stat().st_size != size or found != digest:
        path.unlink()
        raise SpeechUnavailable(_DAMAGED, hint=_AGAIN)
