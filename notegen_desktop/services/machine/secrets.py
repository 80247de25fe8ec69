"""The API key: from the environment, else from the operating system's key ring.

A key ring is used only if it is on our list of those that really protect what they hold; others,
which third-party packages can add, may keep it in a readable file. Without one of the list the key
lives as long as the program. Looking into a key ring can take a moment, and can make the system
ask for its password: not a thing to do on the thread that draws the window.
"""

from __future__ import annotations

import importlib
import logging
import os
import threading
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from notegen_desktop.domain.errors import KeyRejected

from .redaction import PROCESS, Redactor

log = logging.getLogger(__name__)

SERVICE = "NoteGen Desktop"
VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY")

SAFE_KEY_RINGS = (
    "keyring.backends.macOS.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
)
"""Tried in this order: each encrypts with the user's login or asks for a password of its own."""


class KeyRing(Protocol):
    """What we use of a backend of the package `keyring`."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class MachineSecrets:
    """The `Secrets` port. `find_key_ring` is asked once, when a key ring is first needed.

    Each base URL has a key of its own, so that the key for Google never goes to another server.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str] | None = None,
        redactor: Redactor | None = None,
        find_key_ring: Callable[[], KeyRing | None] | None = None,
    ) -> None:
        environ = os.environ if environ is None else environ
        self._redactor = redactor or PROCESS
        self._find_key_ring = find_key_ring or safe_key_ring
        self._entry = entry_name(environ.get("NOTEGEN_GEMINI_URL", ""))
        self._environment_key = next(
            (key for name in VARIABLES if (key := environ.get(name, "").strip())), ""
        )
        self._redactor.add(self._environment_key)
        self._lock = threading.RLock()
        self._session_key = ""
        self._ring_key = ""
        self._ring: KeyRing | None = None
        self._looked = False

    def api_key(self) -> str | None:
        return self._environment_key or self._session_key or self._from_ring() or None

    def origin(self) -> str:
        """Where the key is: "environment", "key ring", "this session" or "" for none."""
        if self._environment_key:
            return "environment"
        if self._session_key:
            return "this session"
        return "key ring" if self._from_ring() else ""

    def set_api_key(self, key: str) -> bool:
        """Keep a key ("" forgets it). False if no safe key ring took it: it lasts this session.

        Raises KeyRejected for a text that cannot be a key.
        """
        key = key.strip()
        if any(not "!" <= character <= "~" for character in key):
            raise KeyRejected(
                "That is not an API key: it contains a space or a letter no key has.",
                hint="Copy the key alone; it starts with AIza or AQ.",
            )
        self._redactor.add(key)
        with self._lock:
            self._from_ring()
            kept = self._write(key)
            self._ring_key = key if kept else ""
            self._session_key = "" if kept else key
            return kept

    def _from_ring(self) -> str:
        with self._lock:
            if not self._looked:
                self._looked = True
                self._ring = self._find_key_ring()
                self._ring_key = self._read()
                self._redactor.add(self._ring_key)
            return self._ring_key

    def _read(self) -> str:
        if self._ring is None:
            return ""
        try:
            return (self._ring.get_password(SERVICE, self._entry) or "").strip()
        except Exception as error:  # noqa: BLE001 - each backend raises what its library raises
            log.info("The key ring could not be read: %s", type(error).__name__)
            return ""

    def _write(self, key: str) -> bool:
        if self._ring is None:
            return False
        try:
            if key:
                self._ring.set_password(SERVICE, self._entry, key)
            elif self._ring_key:
                self._ring.delete_password(SERVICE, self._entry)
        except Exception as error:  # noqa: BLE001 - as above
            log.info("The key ring could not be changed: %s", type(error).__name__)
            return False
        return True


def entry_name(base_url: str) -> str:
    """The name of the key ring's entry: one for Google, one for each other server."""
    base_url = base_url.strip()
    if not base_url:
        return "gemini-api-key"
    try:
        address = urlsplit(base_url)
        server = f"{address.scheme}://{address.hostname or ''}"
        server += f":{address.port}" if address.port else ""
    except ValueError:  # not an address at all; the writer says so, and no key is shared with it
        server = base_url
    return f"gemini-api-key for {server}"


def safe_key_ring() -> KeyRing | None:
    """The first key ring of the list that works here, or None.

    The classes are taken by name, past the package's own choice: that also obeys a configuration
    file and whatever other packages have registered.
    """
    for path in SAFE_KEY_RINGS:
        module, _, name = path.rpartition(".")
        try:
            backend = getattr(importlib.import_module(module), name)
            if backend.viable and backend.priority > 0:
                ring: KeyRing = backend()
                return ring
        except Exception as error:  # noqa: BLE001 - each backend raises what its library raises
            log.debug("No key ring %s: %s", path, error)
    return None
