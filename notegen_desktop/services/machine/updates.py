"""Checks for a new version: once a week, only if the user has allowed it.

The request contains nothing about the user or the program: no version, no cookie, no identifier,
and the answer is only shown. Nothing else is downloaded. The address is in the file `releases.txt`
of a build's resources, which the release workflow writes; without it no check is made.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from pathlib import Path

from notegen_desktop.domain.errors import NetworkUnreachable, NoteGenError
from notegen_desktop.domain.releases import Release, UpdateCheckState
from notegen_desktop.domain.words import _

from .files import read_small, write_whole
from .paths import resources

log = logging.getLogger(__name__)

WEEK_S = 7 * 86400
TIMEOUT_S = 15.0
MAX_BYTES = 1_000_000
MAX_NOTES = 4_000
"""Maximum characters of a release's notes that are stored."""

HEADERS = {"User-Agent": "NoteGen", "Accept": "application/json"}
"""All request headers; httpx adds only those of the transport."""

Fetch = Callable[[str], Awaitable[bytes]]
"""Returns the content at an https address. Raises NetworkUnreachable."""


class Updates:
    """Stores its state in `file`; `fetch` and `address` are the network and the address there,
    `proxy` returns the proxy, "" for the system's, and may raise KeyRingLocked."""

    def __init__(
        self,
        file: Path,
        *,
        fetch: Fetch | None = None,
        address: str | None = None,
        proxy: Callable[[], str] = str,
    ) -> None:
        self._file = file
        self._fetch = fetch or (lambda address: _fetch(address, proxy()))
        self.address = releases_address() if address is None else address
        self.state = self._read()

    def is_due(self, *, allowed: bool, now_s: float) -> bool:
        """Return True if a check is due. A clock that was set back does not prevent checks for
        ever."""
        waited = now_s - self.state.asked_s
        return allowed and bool(self.address) and not 0 <= waited < WEEK_S

    async def ask(self, *, now_s: float) -> UpdateCheckState:
        """Check now, and store the result; a failure is stored as text."""
        try:
            if not self.address:
                raise NetworkUnreachable(_("This build does not know where to ask."))
            found = _release(await self._fetch(self.address))
            problem = ""
        except NoteGenError as error:
            found, problem = self.state.release, error.message
        state = replace(
            self.state, asked_s=now_s, problem=problem, version=found.version, page=found.page
        )
        self.keep(replace(state, notes=found.notes))
        return self.state

    def keep(self, state: UpdateCheckState) -> None:
        """Store the state; errors of writing are ignored."""
        self.state = state
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, json.dumps(asdict(state)).encode())
        except (OSError, NoteGenError) as error:
            log.info("what is known of releases could not be kept: %s", error)

    def _read(self) -> UpdateCheckState:
        try:
            known = json.loads(read_small(self._file, limit=100_000))
            return UpdateCheckState(
                **{
                    name: type(value)(known[name])
                    for name, value in asdict(UpdateCheckState()).items()
                }
            )
        except (OSError, ValueError, TypeError, KeyError, NoteGenError):
            return UpdateCheckState()


def releases_address() -> str:
    """Return the address of this build's releases; "" for none."""
    try:
        address = (resources() / "releases.txt").read_text("utf-8").strip()
    except (OSError, NoteGenError):
        return ""
    return address if address.startswith("https://") else ""


def _release(answer: bytes) -> Release:
    """Return the release in an answer of the API of GitHub, GitLab or Gitea.

    Raises NetworkUnreachable.
    """
    try:
        told = json.loads(answer)
        version = str(told["tag_name"]).removeprefix("v")
        page = str(told.get("html_url") or "")
        notes = str(told.get("body") or told.get("description") or "")[:MAX_NOTES]
        newest = Release(version, notes, page if page.startswith("https://") else "")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NetworkUnreachable(_("The answer was not about a release.")) from None
    return newest


async def _fetch(address: str, proxy: str) -> bytes:
    import httpx

    from .http_client import http_client

    client = await asyncio.to_thread(http_client, TIMEOUT_S, proxy=proxy, headers=HEADERS)
    try:
        async with client, asyncio.timeout(TIMEOUT_S), client.stream("GET", address) as response:
            if response.status_code != httpx.codes.OK:
                raise NetworkUnreachable(
                    _("The address of the releases answered {code}.").format(
                        code=response.status_code
                    )
                )
            answer = b""
            async for piece in response.aiter_bytes():
                answer += piece
                if len(answer) > MAX_BYTES:
                    raise NetworkUnreachable(_("The answer was not about a release."))
            return answer
    except (httpx.HTTPError, TimeoutError, OSError):
        raise NetworkUnreachable(_("The address of the releases could not be reached.")) from None
