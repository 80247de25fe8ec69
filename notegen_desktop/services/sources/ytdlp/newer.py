"""Installs newer versions of yt-dlp than the built-in one: sites change more often than programs
do.

A version is an official release, downloaded when the user requests it, verified by the official
checksums and unpacked into a folder of the user's. If it is older than the built-in one, or does
not work with this program, the built-in one is used.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import io
import logging
import re
import shutil
import sys
import threading
import zipfile
from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from pathlib import Path

from notegen_desktop.domain.errors import NetworkUnreachable
from notegen_desktop.domain.links.hosts import is_loopback
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.files import make_folder, storage_error
from notegen_desktop.services.ports import YtDlpRelease

RELEASES = "https://github.com/yt-dlp/yt-dlp/releases/latest/download"
"""Redirects to the newest release; each has its files below `download/VERSION/`."""
SUMS = "SHA2-256SUMS"
ARCHIVE = "yt-dlp"
"""The sources in a zip, for any machine that has a Python."""

_RELEASE = re.compile(r"/download/(\d+(?:\.\d+)+)/")

PACKAGE = "yt_dlp"
TIMEOUT_S = 30.0
MAX_BYTES = 40_000_000
"""Maximum bytes of the archive, which has 3 MB, and of its content, which has 15."""
KEPT = 2
"""Versions kept on disk: an open window goes on reading from the one it started with."""

_log = logging.getLogger(__name__)
_deciding = threading.Lock()


class NewerYtDlp:
    """Downloaded versions in `folder`, each in a folder of its name; `releases` is the address of
    releases, "" for the official one, and `proxy` returns the proxy, "" for the system's."""

    def __init__(self, folder: Path, releases: str = "", *, proxy: Callable[[], str] = str) -> None:
        self._folder = folder
        self._releases = (releases or RELEASES).rstrip("/")
        self._proxy = proxy

    @property
    def version(self) -> str:
        """Return the newest version on this machine, the built-in one included."""
        return max([imported(), *self._fetched()], key=_numbers)

    async def find(self) -> YtDlpRelease | None:
        told, address = await _fetch(f"{self._releases}/{SUMS}", self._proxy())
        version = _RELEASE.search(address)
        digest = re.search(rf"^([0-9a-f]{{64}}) [ *]{ARCHIVE}$", told.decode("latin-1"), re.M)
        if version is None or digest is None:
            raise NetworkUnreachable(_("The answer was not about a release."))
        found = YtDlpRelease(version[1], f"{address.rpartition('/')[0]}/{ARCHIVE}", digest[1])
        return found if _numbers(found.version) > _numbers(self.version) else None

    async def fetch(self, release: YtDlpRelease) -> None:
        """Install a release beside the present ones. Raises as `find`, and StoreError if the disk
        is full."""
        archive, _address = await _fetch(release.address, self._proxy())
        if hashlib.sha256(archive).hexdigest() != release.sha256:
            raise NetworkUnreachable(
                _("What came from {host} is not what its list of checksums names.").format(
                    host=release.host
                )
            )
        await asyncio.to_thread(self._unpack, archive, release.version)

    def use(self, works: Callable[[], object]) -> str:
        with _deciding:
            own = imported()
            if PACKAGE in sys.modules:
                return own
            newer = (name for name in reversed(self._fetched()) if _numbers(name) > _numbers(own))
            return next((name for name in newer if self._serves(name, works)), own)

    def _serves(self, version: str, works: Callable[[], object]) -> bool:
        place = str(self._folder / version)
        sys.path.insert(0, place)
        importlib.invalidate_caches()
        try:
            works()
        except Exception:  # noqa: BLE001 - whatever it is, another one serves
            _log.exception("yt-dlp %s does not work here; an older one is used", version)
            sys.path.remove(place)
            shutil.rmtree(place, ignore_errors=True)
            for name in [*sys.modules]:
                if name.partition(".")[0] == PACKAGE:
                    del sys.modules[name]
            return False
        return True

    def _fetched(self) -> list[str]:
        """Return the complete downloaded versions, from old to new."""
        found = (path.parent.name for path in self._folder.glob(f"*/{PACKAGE}"))
        return sorted((name for name in found if _numbers(name)), key=_numbers)

    def _unpack(self, archive: bytes, version: str) -> None:
        part = make_folder(self._folder) / f"{version}.part"
        shutil.rmtree(part, ignore_errors=True)
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as packed:
                entries = [each for each in packed.infolist() if each.filename.startswith(PACKAGE)]
                if not 0 < sum(each.file_size for each in entries) < MAX_BYTES:
                    raise NetworkUnreachable(_("The answer was not about a release."))
                for each in entries:
                    packed.extract(each, part)
            part.rename(self._folder / version)
        except OSError as error:
            raise storage_error(error, part) from error
        except zipfile.BadZipFile:
            raise NetworkUnreachable(_("The answer was not about a release.")) from None
        finally:
            shutil.rmtree(part, ignore_errors=True)
        for old in self._fetched()[:-KEPT]:
            shutil.rmtree(self._folder / old, ignore_errors=True)


def imported() -> str:
    """Return the version that an import would load: at first the built-in one. Importing it would
    take 0.2 s."""
    package = find_spec(PACKAGE)
    places = package.submodule_search_locations if package else None
    spec = PathFinder.find_spec("version", [*(places or ())])
    if spec is None or spec.loader is None:
        return ""
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.__version__)


def _numbers(version: str) -> tuple[int, ...]:
    """Return a version's parts; versions are dates: 2026.11.20, or 2026.11.20.232815 of the same
    day."""
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d+(\.\d+)*", version) else ()


async def _fetch(address: str, proxy: str) -> tuple[bytes, str]:
    """Return the content at an address, and the first address on the way that names its release."""
    import httpx

    from notegen_desktop.services.machine.http_client import http_client

    async def check(request: httpx.Request) -> None:
        if request.url.scheme != "https" and not is_loopback(request.url.host):
            raise httpx.UnsupportedProtocol("not https")

    client = await asyncio.to_thread(
        http_client, TIMEOUT_S, proxy=proxy, event_hooks={"request": [check]}
    )
    content = b""
    try:
        async with client, client.stream("GET", address, follow_redirects=True) as answer:
            if answer.status_code != httpx.codes.OK:
                raise NetworkUnreachable(
                    _("The address of the releases answered {code}.").format(
                        code=answer.status_code
                    )
                )
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > MAX_BYTES:
                    raise NetworkUnreachable(_("The answer was not about a release."))
    except (httpx.HTTPError, OSError):
        raise NetworkUnreachable(_("The address of the releases could not be reached.")) from None
    seen = [str(each.url) for each in (*answer.history, answer)]
    return content, next((url for url in seen if _RELEASE.search(url)), address)
