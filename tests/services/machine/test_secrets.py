"""The API key: where it comes from, where it is kept, and where it never goes."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from types import ModuleType

import pytest

from notegen_desktop.domain.engines.connection import connection_of
from notegen_desktop.domain.errors import KeyRejected, KeyRingLocked
from notegen_desktop.domain.links.addresses import split_password
from notegen_desktop.services.machine import secrets as secrets_module
from notegen_desktop.services.machine.connections_file import read_presets
from notegen_desktop.services.machine.redaction import Redactor
from notegen_desktop.services.machine.secrets import (
    SAFE_KEY_RINGS,
    SERVICE,
    KeyRing,
    MachineSecrets,
    entry_name,
    safe_key_ring,
)

KEY = "AIzaSyExampleExampleExampleExample12345"


class Ring:
    """A key ring in memory; `broken` makes it fail as a locked one does."""

    def __init__(self, **entries: str) -> None:
        self.entries = {(SERVICE, name.replace("_", "-")): key for name, key in entries.items()}
        self.broken = False
        self.reads = 0

    def _work(self) -> None:
        if self.broken:
            raise RuntimeError("the user dismissed the prompt")

    def get_password(self, service: str, username: str) -> str | None:
        self.reads += 1
        self._work()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._work()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._work()
        del self.entries[service, username]


def secrets(ring: KeyRing | None = None, **environ: str) -> MachineSecrets:
    """Secrets of which it is known already whether there is a key."""
    here = MachineSecrets(environ=environ, redactor=Redactor(), find_key_ring=lambda: ring)
    asyncio.run(here.find())
    return here


def test_the_environment_wins_over_the_key_ring() -> None:
    ring = Ring(gemini_api_key="ring-key")
    assert secrets(ring).api_key() == "ring-key"
    assert secrets(ring).origin() == "key ring"
    both = secrets(ring, GEMINI_API_KEY="first\n", GOOGLE_API_KEY="second")
    assert (both.api_key(), both.origin()) == ("first", "environment")
    assert secrets(ring, GEMINI_API_KEY=" ", GOOGLE_API_KEY="second").api_key() == "second"


def test_with_the_environment_set_the_key_ring_is_not_even_opened() -> None:
    ring = Ring(gemini_api_key="ring-key")
    secrets(ring, GEMINI_API_KEY="first").api_key()
    assert ring.reads == 0


def test_without_any_key_there_is_none() -> None:
    assert secrets(Ring()).api_key() is None
    assert secrets(None).api_key() is None
    assert secrets(None).origin() == ""


def test_a_key_is_kept_in_the_key_ring_for_the_next_start() -> None:
    ring = Ring()
    assert secrets(ring).set_api_key(f" {KEY}\n") is True
    assert secrets(ring).api_key() == KEY
    again = secrets(ring)
    assert again.set_api_key("") is True
    assert again.api_key() is None
    assert ring.entries == {}


def test_without_a_safe_key_ring_a_key_lasts_for_the_session() -> None:
    here = secrets(None)
    assert here.set_api_key(KEY) is False
    assert (here.api_key(), here.origin()) == (KEY, "this session")
    assert here.set_api_key("") is True
    assert (here.api_key(), here.origin()) == (None, "")


def test_a_key_is_not_called_forgotten_that_the_key_ring_still_has() -> None:
    ring = Ring(gemini_api_key="older")
    ring.broken = True
    assert secrets(ring).set_api_key("") is False
    ring.broken = False
    assert secrets(ring).api_key() == "older"


def test_a_key_ring_that_refuses_does_not_lose_the_key() -> None:
    ring = Ring(gemini_api_key="older")
    ring.broken = True
    here = secrets(ring)
    assert here.api_key() is None
    assert here.set_api_key(KEY) is False
    assert (here.api_key(), here.origin()) == (KEY, "this session")


def test_the_key_ring_is_asked_once() -> None:
    ring = Ring(gemini_api_key="ring-key")
    here = secrets(ring)
    for _ in range(3):
        here.api_key()
        here.origin()
    assert ring.reads == 1


@pytest.mark.parametrize("text", ["my key", "schlüssel", "AIza\nabc", "a\x00b"])
def test_what_cannot_be_a_key_is_refused_with_words(text: str) -> None:
    ring = Ring()
    with pytest.raises(KeyRejected, match="not an API key"):
        secrets(ring).set_api_key(text)
    assert ring.entries == {}


def test_another_server_has_a_key_of_its_own() -> None:
    ring = Ring(gemini_api_key="for-google")
    gateway = secrets(ring, NOTEGEN_GEMINI_URL="https://gateway.example/v1")
    assert gateway.api_key() is None
    gateway.set_api_key("for-gateway")
    assert secrets(ring).api_key() == "for-google"
    assert secrets(ring, NOTEGEN_GEMINI_URL="https://gateway.example/v2").api_key() == "for-gateway"


def test_the_key_follows_the_address_of_the_settings() -> None:
    ring, at = Ring(gemini_api_key="for-google"), [""]
    here = MachineSecrets(
        environ={}, redactor=Redactor(), find_key_ring=lambda: ring, gemini_url=lambda: at[0]
    )
    asyncio.run(here.find())
    assert here.api_key() == "for-google"
    at[0] = "https://gateway.example"
    asyncio.run(here.find())
    assert here.api_key() is None
    here.set_api_key("for-gateway")
    at[0] = ""
    assert here.api_key() == "for-google"


def test_entries_differ_by_scheme_host_and_port_and_hold_no_password() -> None:
    urls = ["", "https://a.example", "http://a.example", "https://a.example:8443", "https://b.test"]
    assert len({entry_name(url) for url in urls}) == len(urls)
    assert entry_name("https://me:secret@a.example/x") == entry_name("https://a.example")
    entry_name("https://[broken")


def test_every_key_that_is_met_is_kept_out_of_the_log() -> None:
    redactor = Redactor()
    ring = Ring(gemini_api_key="ring-secret-1")
    here = MachineSecrets(environ={}, redactor=redactor, find_key_ring=lambda: ring)
    asyncio.run(here.find())
    here.set_api_key("typed-secret-2")
    MachineSecrets(environ={"GOOGLE_API_KEY": "env-secret-3"}, redactor=redactor)
    cleaned = redactor.clean("ring-secret-1 typed-secret-2 env-secret-3")
    assert cleaned == "[key] [key] [key]"


# --- a key ring that is locked -----------------------------------------------------------------


class LockedRing(Ring):
    """Answers once it is unlocked, or never."""

    def __init__(self, **entries: str) -> None:
        super().__init__(**entries)
        self.unlocked = threading.Event()

    def _work(self) -> None:
        self.unlocked.wait()


@pytest.fixture
def locked() -> Iterator[LockedRing]:
    ring = LockedRing(gemini_api_key="ring-key")
    yield ring
    ring.unlocked.set()


def behind(ring: KeyRing, **environ: str) -> MachineSecrets:
    return MachineSecrets(
        environ=environ, redactor=Redactor(), find_key_ring=lambda: ring, patience_s=0.05
    )


async def test_nothing_waits_for_a_locked_key_ring_but_who_asks_to(locked: LockedRing) -> None:
    here = behind(locked)
    with pytest.raises(KeyRingLocked):
        here.api_key()
    assert here.origin() == "locked"
    with pytest.raises(KeyRingLocked):
        await here.find(within_s=0.05)
    locked.unlocked.set()
    await here.find()
    assert (here.api_key(), here.origin()) == ("ring-key", "key ring")
    assert locked.reads == 1


async def test_the_environment_needs_no_key_ring(locked: LockedRing) -> None:
    here = behind(locked, GEMINI_API_KEY="first")
    await here.find(within_s=0)
    assert (here.api_key(), locked.reads) == ("first", 0)


async def test_a_key_that_is_entered_ends_the_wait_for_a_locked_key_ring(
    locked: LockedRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets_module, "UNATTENDED_ANSWER_S", 0.05)
    here = behind(locked)
    waiting = asyncio.create_task(here.find())
    assert await asyncio.to_thread(here.set_api_key, KEY) is False
    await waiting
    assert (here.api_key(), here.origin()) == (KEY, "this session")


async def test_a_refused_key_ring_is_asked_again(locked: LockedRing) -> None:
    ring = Ring(gemini_api_key="ring-key")
    ring.broken = True
    here = behind(ring)
    await here.find()
    assert here.api_key() is None
    ring.broken = False
    await here.find()
    assert here.api_key() == "ring-key"


# --- a proxy's password ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "bare", "password"),
    [
        ("http://me:pass-word@proxy.test:8080", "http://me@proxy.test:8080", "pass-word"),
        ("socks5://me:p%40ss@proxy.test", "socks5://me@proxy.test", "p@ss"),
        ("http://me:p@ss/w#rd@proxy.test", "http://me@proxy.test", "p@ss/w#rd"),
        ("me:pass-word@proxy.test:8080", "me@proxy.test:8080", "pass-word"),
        ("http://proxy.test:8080", "http://proxy.test:8080", ""),
        ("socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080", ""),
        ("http://me@proxy.test", "http://me@proxy.test", ""),
        ("", "", ""),
    ],
)
def test_a_proxys_password_is_kept_in_the_key_ring(address: str, bare: str, password: str) -> None:
    ring = Ring()
    assert secrets(ring).keep_password(address) == (bare, True)
    assert list(ring.entries.values()) == ([password] if password else [])
    later = secrets(ring)
    later.look_for_password(bare)
    assert split_password(later.with_password(bare)) == (bare, password)


def test_without_a_key_ring_a_proxys_password_lasts_for_the_session() -> None:
    here = secrets(None)
    assert here.keep_password("http://me:pass-word@proxy.test") == ("http://me@proxy.test", False)
    assert here.with_password("http://me@proxy.test") == "http://me:pass-word@proxy.test"
    told = secrets(None, NOTEGEN_PROXY_PASSWORD="pass-word")
    assert told.with_password("http://me@proxy.test") == "http://me:pass-word@proxy.test"


# --- which key rings are trusted ---------------------------------------------------------------


def _install(monkeypatch: pytest.MonkeyPatch, path: str, *, viable: bool) -> type:
    module_name, _, name = path.rpartition(".")
    module = ModuleType(module_name)
    backend = type(name, (Ring,), {"viable": viable, "priority": 5})
    setattr(module, name, backend)
    monkeypatch.setitem(sys.modules, module_name, module)
    return backend


@pytest.mark.parametrize("works", SAFE_KEY_RINGS)
def test_each_key_ring_of_the_list_is_used_where_it_works(
    works: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backends = {path: _install(monkeypatch, path, viable=path == works) for path in SAFE_KEY_RINGS}
    assert type(safe_key_ring()) is backends[works]


def test_no_other_key_ring_is_used_however_it_is_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for path in SAFE_KEY_RINGS:
        _install(monkeypatch, path, viable=False)
    _install(monkeypatch, "keyrings.alt.file.PlaintextKeyring", viable=True)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
    assert safe_key_ring() is None


def test_a_key_ring_that_fails_to_load_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, SAFE_KEY_RINGS[0].rpartition(".")[0], None)
    for path in SAFE_KEY_RINGS[1:]:
        _install(monkeypatch, path, viable=path == SAFE_KEY_RINGS[-1])
    assert safe_key_ring() is not None


def test_the_list_names_classes_that_the_package_has() -> None:
    import importlib

    for path in SAFE_KEY_RINGS:
        module, _, name = path.rpartition(".")
        assert hasattr(importlib.import_module(module), name)


# --- connections ---

PRESETS = read_presets()
SERVER_KEY = "sk-test-0123456789abcdef"


def test_each_connection_has_a_key_of_its_own_that_follows_no_changed_address() -> None:
    ring = Ring()
    here = secrets(ring)
    groq = connection_of("groq", "", PRESETS)
    assert here.set_api_key(SERVER_KEY, groq)
    asyncio.run(here.find(connection=groq))
    assert (here.api_key(groq), here.origin(groq)) == (SERVER_KEY, "key ring")
    for other in (
        connection_of("groq", "https://elsewhere.example/v1", PRESETS),
        connection_of("another", groq.url, PRESETS),
    ):
        asyncio.run(here.find(connection=other))
        assert here.api_key(other) is None
    assert here.api_key() is None


def test_no_key_is_kept_for_a_way_that_is_not_encrypted() -> None:
    neighbour = connection_of("mine", "http://192.168.1.5:8000", PRESETS)
    with pytest.raises(KeyRejected, match="not encrypted"):
        secrets(Ring()).set_api_key(SERVER_KEY, neighbour)


async def test_only_who_needs_a_key_waits_for_a_locked_key_ring(
    locked: LockedRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets_module, "UNATTENDED_ANSWER_S", 0.05)
    here = behind(locked)
    neighbour = connection_of("mine", "http://192.168.1.5:8000", PRESETS)
    await here.find(within_s=0, connection=neighbour)
    assert (here.api_key(neighbour), here.origin(neighbour)) == (None, "")
    assert here.set_api_key("", neighbour)
    assert locked.reads == 0
    assert here.api_key(connection_of("ollama", "", PRESETS)) is None
    groq = connection_of("groq", "", PRESETS)
    with pytest.raises(KeyRingLocked):
        here.api_key(groq)
    assert not await asyncio.to_thread(here.set_api_key, "", groq)


def test_the_key_of_the_environment_is_that_of_its_address_alone() -> None:
    here = secrets(
        Ring(), NOTEGEN_OPENAI_URL="https://gateway.example/v1", OPENAI_API_KEY=SERVER_KEY
    )
    own = connection_of("openai", "https://gateway.example/v1", PRESETS)
    assert (here.api_key(own), here.origin(own)) == (SERVER_KEY, "environment")
    real = connection_of("openai", "", PRESETS)
    asyncio.run(here.find(connection=real))
    assert here.api_key(real) is None
    alone = secrets(Ring(), OPENAI_API_KEY=SERVER_KEY)
    asyncio.run(alone.find(connection=real))
    assert alone.api_key(real) is None


def test_a_variable_of_its_own_may_have_the_key_of_a_connection() -> None:
    redactor = Redactor()
    environ = {"NOTEGEN_KEY_MY_GATEWAY": f"{SERVER_KEY}\n", "NOTEGEN_KEY_GROQ": " "}
    here = MachineSecrets(environ=environ, redactor=redactor, find_key_ring=Ring)
    own = connection_of("my-gateway", "https://gateway.example", PRESETS)
    assert (here.api_key(own), here.origin(own)) == (SERVER_KEY, "environment")
    for other in (connection_of("groq", "", PRESETS), None):
        asyncio.run(here.find(connection=other))
        assert here.api_key(other) is None
    clear = connection_of("my-gateway", "http://192.168.1.5:8000", PRESETS)
    assert here.api_key(clear) is None
    assert SERVER_KEY not in redactor.hide(f"a line with {SERVER_KEY}")


@pytest.mark.parametrize(
    "line",
    [
        f"key {SERVER_KEY} was refused",
        "x-api-key: abcdef0123456789",
        "'authorization': 'Bearer abcdef0123456789'",
        "gsk_abcdefghij0123456789 is wrong",
    ],
)
def test_what_looks_like_a_key_of_a_server_is_written_nowhere(line: str) -> None:
    cleaned = Redactor().clean(line)
    assert "0123456789" not in cleaned
    assert "[key]" in cleaned
