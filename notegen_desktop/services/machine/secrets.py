"""API keys: from the environment, else from the operating system's key ring.

A key ring is used only if it is on our list of those that really protect their content; others,
from third-party packages, may store it in a readable file. Without one of the list a key lasts as
long as the program. Reading a key ring can take a moment, and can make the system ask for its
password; a locked one may never answer. So only `set_api_key` and `keep_password` block their
caller, and for a limited time.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Protocol
from urllib.parse import urlsplit

from notegen_desktop.domain.engines.connection import KEY_VARIABLES, Connection
from notegen_desktop.domain.errors import InvalidConnection, KeyRejected, KeyRingLocked
from notegen_desktop.domain.links.addresses import join_password, names_user, split_password
from notegen_desktop.domain.words import _

from .connections_file import environment_connection
from .redaction import PROCESS, Redactor
from .threads import completed_future, is_done_within, run_in_thread

log = logging.getLogger(__name__)

SERVICE = "NoteGen Desktop"
VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
CONNECTION_VARIABLE = "OPENAI_API_KEY"
PROXY_VARIABLE = "NOTEGEN_PROXY_PASSWORD"

ANSWER_S = 30.0
"""Seconds after which a key ring counts as not answering: the user may have to type its
password."""
UNATTENDED_ANSWER_S = 2.0
"""Seconds for an answer without the user."""

SAFE_KEY_RINGS = (
    "keyring.backends.macOS.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
)
"""Accepted key rings, in order: each encrypts with the user's login or asks for a password of its
own."""


class KeyRing(Protocol):
    """The methods used of a backend of the package `keyring`."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class MachineSecrets:
    """Implements `ports.Secrets`. `find_key_ring` is called when a key ring is first needed.

    Each base URL and each connection has a key of its own, so that the key for Google never goes to
    another server, and so has each proxy a password. A locked key ring may never answer: it is read
    in threads that nothing waits for, each entry once, and again after a refusal. `gemini_url`
    returns the setting of that name. `patience_s` is the maximum duration of a change.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str] | None = None,
        redactor: Redactor | None = None,
        find_key_ring: Callable[[], KeyRing | None] | None = None,
        gemini_url: Callable[[], str] | None = None,
        patience_s: float = ANSWER_S,
    ) -> None:
        environ = os.environ if environ is None else environ
        self._redactor = redactor or PROCESS
        self._find_key_ring = find_key_ring or safe_key_ring
        self._patience_s = patience_s
        self._gemini_url = gemini_url or (lambda: environ.get("NOTEGEN_GEMINI_URL", ""))
        self._environment = {"": _first(environ, *VARIABLES)}
        with suppress(InvalidConnection):  # reported where the connections are read
            if (connection := environment_connection(environ)) is not None:
                entry = _connection_entry(connection)
                self._environment[entry] = _first(environ, CONNECTION_VARIABLE)
        self._variables = {
            name: value.strip()
            for name, value in environ.items()
            if name.startswith(KEY_VARIABLES) and value.strip()
        }
        self._environment_password = _first(environ, PROXY_VARIABLE)
        secrets = (*self._environment.values(), *self._variables.values())
        for secret in (*secrets, self._environment_password):
            self._redactor.add(secret)
        self._session: dict[str, str] = {}
        self._answers: dict[str, Future[str | None]] = {}
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._ring: KeyRing | None = None
        self._looked = False

    # --- API keys: that of Gemini, or of a connection ---

    def api_key(self, connection: Connection | None = None) -> str | None:
        """Return the key as far as it is known; never blocks. Raises KeyRingLocked until the key
        ring has answered, which `find` waits for; a connection that works without a key has none
        until then."""
        if _takes_none(connection):
            return None
        try:
            return self._outside(connection) or self._known(self._entry(connection)) or None
        except KeyRingLocked:
            if connection is None or connection.needs_key:
                raise
            return None

    async def find(
        self, *, within_s: float = ANSWER_S, connection: Connection | None = None
    ) -> None:
        """Read the key from the key ring, and wait at most `within_s` seconds for it.

        Raises KeyRingLocked. The system may ask for the key ring's password meanwhile.
        """
        entry = self._entry(connection)
        if _takes_none(connection) or self._outside(connection):
            return
        self._ask_key_ring(entry, again=True)
        pause_s, until = 0.005, time.monotonic() + within_s
        while True:
            with suppress(KeyRingLocked):
                self._known(entry)
                return
            if time.monotonic() > until:
                raise KeyRingLocked
            await asyncio.sleep(pause_s)
            pause_s = min(0.2, 2 * pause_s)

    def origin(self, connection: Connection | None = None) -> str:
        entry = self._entry(connection)
        if _takes_none(connection):
            return ""
        if self._outside(connection):
            return "environment"
        if self._session.get(entry):
            return "this session"
        try:
            return "key ring" if self._known(entry) else ""
        except KeyRingLocked:
            return "locked"

    def set_api_key(self, key: str, connection: Connection | None = None) -> bool:
        """Store a key ("" deletes it). False if no safe key ring accepted it, so that it lasts for
        this session, or did not delete it.

        Blocks, up to `patience_s`. Raises KeyRejected for a text that cannot be a key, or a
        connection that may have none.
        """
        key = key.strip()
        if connection is not None and not connection.takes_key:
            if not key:
                return True
            raise KeyRejected(
                _("No key is sent to {name}: the way there is not encrypted.").format(
                    name=connection.name
                ),
                hint=_("Use an address that begins with https://."),
            )
        if any(not "!" <= character <= "~" for character in key):
            raise KeyRejected(
                _("That is not an API key: it contains a space or a letter no key has."),
                hint=_("Copy the key alone; it starts with AIza or AQ.")
                if connection is None
                else _("Copy the key alone, without the words around it."),
            )
        return self._keep(self._entry(connection), key)

    def _entry(self, connection: Connection | None) -> str:
        if connection is None:
            return entry_name(self._gemini_url())
        return _connection_entry(connection)

    def _outside(self, connection: Connection | None) -> str:
        """Return the key in the environment; that of Gemini applies at any address."""
        if connection is None:
            return self._environment[""]
        own = self._variables.get(connection.key_variable, "")
        return own or self._environment.get(_connection_entry(connection), "")

    # --- the proxy's password ---

    def with_password(self, proxy: str) -> str:
        """Return a proxy's address with its password, if it names a user and a password is known.

        Never blocks. Raises KeyRingLocked until the key ring has answered.
        """
        bare, password = split_password(proxy)
        if not names_user(bare):
            return proxy
        try:
            password = password or self._environment_password or self._known(_proxy_entry(bare))
        except KeyRingLocked:
            raise KeyRingLocked(
                _("The key ring that keeps the proxy's password does not answer."),
                hint=_("Unlock it and retry, or set {proxy_variable}.").format(
                    proxy_variable=PROXY_VARIABLE
                ),
            ) from None
        self._redactor.add(password)
        return join_password(bare, password)

    def look_for_password(self, proxy: str) -> None:
        """Read a proxy's password from the key ring, if one is needed.

        Blocks, up to `UNATTENDED_ANSWER_S`.
        """
        bare, password = split_password(proxy)
        if names_user(bare) and not (password or self._environment_password):
            is_done_within(self._ask_key_ring(_proxy_entry(bare)), UNATTENDED_ANSWER_S)

    def keep_password(self, proxy: str) -> tuple[str, bool]:
        """Return a proxy's address without its password, and True if the key ring accepted that.

        A password that it did not accept lasts for this session. Blocks, up to `patience_s`.
        """
        bare, password = split_password(proxy)
        return bare, not password or self._keep(_proxy_entry(bare), password)

    # --- the key ring ---

    def _known(self, entry: str) -> str:
        """Return the secret of an entry, "" for none. Raises KeyRingLocked until the key ring has
        answered."""
        if secret := self._session.get(entry):
            return secret
        answer = self._ask_key_ring(entry)
        if not answer.done():
            raise KeyRingLocked
        return answer.result() or ""

    def _ask_key_ring(self, entry: str, *, again: bool = False) -> Future[str | None]:
        """Return the key ring's answer, None for a refusal; `again` repeats the request after
        one."""
        with self._lock:
            answer = self._answers.get(entry)
            refused = answer is not None and answer.done() and answer.result() is None
            if answer is None or (refused and again):
                answer = self._answers[entry] = run_in_thread(
                    lambda: self._read(entry), name="key ring"
                )
            return answer

    def _opened(self) -> KeyRing | None:
        with self._opening:
            if not self._looked:
                self._ring = self._find_key_ring()
                self._looked = True
            return self._ring

    def _read(self, entry: str) -> str | None:
        ring = self._opened()
        if ring is None:
            return ""
        try:
            secret = (ring.get_password(SERVICE, entry) or "").strip()
        except Exception as error:  # noqa: BLE001 - each backend raises what its library raises
            log.info("The key ring could not be read: %s", type(error).__name__)
            return None
        self._redactor.add(secret)
        return secret

    def _keep(self, entry: str, secret: str) -> bool:
        self._redactor.add(secret)
        answer = self._ask_key_ring(entry)
        is_done_within(answer, UNATTENDED_ANSWER_S)
        kept = run_in_thread(lambda: self._write(entry, secret), name="key ring")
        # A key ring that has not been read yet is locked: do not wait for it a second time.
        if (answer.done() and is_done_within(kept, self._patience_s) and kept.result()) is not True:
            self._session[entry] = secret
            if answer.done():
                self._answers[entry] = completed_future("")
            return False
        self._session.pop(entry, None)
        self._answers[entry] = completed_future(secret)
        return True

    def _write(self, entry: str, secret: str) -> bool:
        ring = self._opened()
        if ring is None:
            return not secret
        try:
            if secret:
                ring.set_password(SERVICE, entry, secret)
            elif (known := self._ask_key_ring(entry).result()) is None:
                return False
            elif known:
                ring.delete_password(SERVICE, entry)
        except Exception as error:  # noqa: BLE001 - as above
            log.info("The key ring could not be changed: %s", type(error).__name__)
            return False
        return True


def _first(environ: Mapping[str, str], *names: str) -> str:
    return next((value for name in names if (value := environ.get(name, "").strip())), "")


def _takes_none(connection: Connection | None) -> bool:
    """Return True for a connection that may not have a key, so that none is looked up."""
    return connection is not None and not connection.takes_key


def _proxy_entry(bare: str) -> str:
    return f"proxy-password for {bare}"


def entry_name(base_url: str) -> str:
    """Return the name of the key ring's entry: one for Google, one for each other server."""
    base_url = base_url.strip()
    if not base_url:
        return "gemini-api-key"
    try:
        server = _server(base_url)
    except ValueError:  # not an address: the writer reports it, and no key is sent to it
        server = base_url
    return f"gemini-api-key for {server}"


def _connection_entry(connection: Connection) -> str:
    """Return the entry's name for a connection and server: a key never follows a changed
    address."""
    return f"api-key of {connection.name} for {_server(connection.url)}"


def _server(url: str) -> str:
    address = urlsplit(url)
    server = f"{address.scheme}://{address.hostname or ''}"
    return server + (f":{address.port}" if address.port else "")


def safe_key_ring() -> KeyRing | None:
    """Return the first key ring of the list that works here, or None.

    The classes are imported by name, bypassing the package's own choice: that also obeys a
    configuration file and other registered packages.
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
