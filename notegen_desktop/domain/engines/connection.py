"""A connection: a server that can write notes, under a name that is an engine's.

The defaults of a kind of server are a `Preset`, read from `resources/connections.toml`. The key is
not part of a connection: it is in the key ring, one for each connection and host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from notegen_desktop.domain.errors import InvalidConnection, InvalidSetting
from notegen_desktop.domain.links.hosts import is_loopback, is_own_network
from notegen_desktop.domain.notes.note import BUILT_IN_ENGINES, Engine
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.text.tables import read_table
from notegen_desktop.domain.words import _

CUSTOM = "custom"
"""The preset of an unknown server with OpenAI's chat API."""

GOOGLE_HOST = "generativelanguage.googleapis.com"

KEY_VARIABLES = "NOTEGEN_KEY_"
"""Prefix of the environment variables with the keys of connections."""

ENVIRONMENT_NAME = "openai"
"""The name of the connection defined by NOTEGEN_OPENAI_URL and OPENAI_API_KEY."""

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")

_SECRET = re.compile(r"key|token|secret|pass|auth|sig|cred|code", re.IGNORECASE)
"""Parts of the parameter names of secrets in an address."""
_DEPLOYMENT = re.compile(r"/deployments/([^/]+)$")


class WireProtocol(StrEnum):
    """The protocol of a server."""

    OPENAI = "openai"
    OLLAMA = "ollama"
    ANTHROPIC = "anthropic"


class Structured(StrEnum):
    """The ways to request structured output, from the strictest to the loosest."""

    SCHEMA = "json_schema"
    JSON = "json_object"
    ASKED = "asked"

    @property
    def looser(self) -> Structured | None:
        steps = list(Structured)
        return steps[steps.index(self) + 1] if self is not Structured.ASKED else None


class KeyNeed(StrEnum):
    NEVER = "never"
    MAYBE = "maybe"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Preset:
    """The defaults of a kind of server.

    `url` is its address, "" if that differs. `key_page` is the page to get a key. `strict`: it
    wants a strict schema. `bounds`: it obeys lengths and numbers in a schema. `max_tokens` is its
    name of the field for maximum output tokens. `no_thinking` are the request fields, in JSON, that
    disable thinking. `extra` is sent with each request. `tells_limits`: each good answer reports
    the remaining limits. `key_header` is the header of the key, if unusual; `hosts` is the end of
    its hosts' names.
    """

    name: str
    title: str
    url: str = ""
    kind: WireProtocol = WireProtocol.OPENAI
    key: KeyNeed = KeyNeed.MAYBE
    key_page: str = ""
    structured: Structured = Structured.SCHEMA
    strict: bool = False
    bounds: bool = False
    max_tokens: str = "max_tokens"
    no_thinking: str = ""
    extra: str = ""
    tells_limits: bool = False
    key_header: str = ""
    hosts: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """A server that can write notes. `url` ends without a slash; `query` is added to each request,
    such as Azure's `api-version=…`.

    `context` is the user's setting of its models' context window in tokens; 0 to detect it.
    `at_once` is the maximum of concurrent requests; 0 is one on this machine, and the settings'
    limit elsewhere.
    """

    name: str
    url: str
    preset: Preset
    model: str = ""
    context: int = 0
    at_once: int = 0
    query: str = ""

    def at(self, path: str, *, root: bool = False) -> str:
        """Return the address of a path below `url`; with `root`, below the part before its
        `/v1`."""
        base = self.url.removesuffix("/v1") if root else self.url
        path, _, own = path.partition("?")
        query = "&".join(filter(None, (own, self.query)))
        return f"{base}{path}?{query}" if query else f"{base}{path}"

    @property
    def deployment(self) -> str:
        """The model that an address of Azure's older kind names, "" for another address."""
        found = _DEPLOYMENT.search(self.url)
        return found[1] if found else ""

    @property
    def address(self) -> str:
        """The address as the user enters it."""
        return self.at("")

    @property
    def engine(self) -> Engine:
        return Engine(self.name)

    @property
    def key_variable(self) -> str:
        """The environment variable for its key: NOTEGEN_KEY_MY_GATEWAY of my-gateway."""
        return KEY_VARIABLES + re.sub(r"[.-]", "_", self.name).upper()

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def is_local(self) -> bool:
        """True if it runs on this machine."""
        return is_loopback(self.host)

    @property
    def is_free(self) -> bool:
        """True if it costs nothing: on this machine, or in the user's own network."""
        return is_own_network(self.host)

    @property
    def most_at_once(self) -> int:
        """The maximum of concurrent requests; 0 if only the settings decide."""
        return self.at_once or int(self.is_local)

    @property
    def takes_key(self) -> bool:
        """True if a key may be sent to it: never unencrypted to another machine."""
        return self.preset.key is not KeyNeed.NEVER and (
            self.is_local or self.url.startswith("https:")
        )

    @property
    def needs_key(self) -> bool:
        return self.preset.key is KeyNeed.ALWAYS


def connection_of(
    name: str,
    url: str,
    presets: Mapping[str, Preset],
    *,
    preset: str = "",
    model: str = "",
    context: int = 0,
    at_once: int = 0,
) -> Connection:
    """Return a connection by the user's values. Raises InvalidConnection.

    Without a `preset` it is the one of that name, or the one found at that address.
    """
    name = name.strip().lower()
    if name in BUILT_IN_ENGINES or not NAME.fullmatch(name):
        raise InvalidConnection(
            _("“{name}” cannot be the name of a connection.").format(name=name),
            hint=_(
                "Small letters, digits, dots and hyphens do, such as ollama or my-gateway; "
                "{built_in_engines} are taken."
            ).format(built_in_engines=", ".join(sorted(BUILT_IN_ENGINES))),
        )
    if preset and preset not in presets:
        raise InvalidConnection(
            _("There is no kind of server “{preset}”.").format(preset=preset),
            hint=_("Known: {presets}.").format(presets=", ".join(presets)),
        )
    url, model = clean(url).strip(), clean(model).strip()
    url = url or presets.get(preset or name, Preset("", "")).url
    if not url:
        raise InvalidConnection(
            _("The address of {name} is missing.").format(name=name),
            hint=_("Such as http://127.0.0.1:8080/v1."),
        )
    address, query = _apart(url)
    known = presets[preset] if preset else _preset_of(name, checked_url(address), presets)
    url = checked_url(address, known.kind)
    made = Connection(name, url, known, model, max(0, context), max(0, at_once), query)
    return made if made.model else replace(made, model=made.deployment)


def gemini_url(url: str) -> str:
    """Return the address of the Gemini API, without a slash at its end; "" for Google's own.

    Raises InvalidSetting for one that would expose the key.
    """
    if not url.strip():
        return ""
    try:
        parts = _plain_address(url)
    except InvalidConnection as error:
        raise InvalidSetting(error.message, hint=error.hint) from None
    if parts.hostname == GOOGLE_HOST:
        return ""
    path = parts.path.rstrip("/").removesuffix("/models").removesuffix("/v1beta")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def checked_url(url: str, kind: WireProtocol = WireProtocol.OPENAI) -> str:
    """Return a base address without a slash at its end. Raises InvalidConnection.

    For an address without a path, the chat API of OpenAI is below `/v1`.
    """
    parts = _plain_address(url)
    path = parts.path.rstrip("/")
    for ending in ("/chat/completions", "/api/chat", "/v1/messages", "/messages"):
        path = path.removesuffix(ending)
    if not path and kind is WireProtocol.OPENAI:
        path = "/v1"
    if kind is not WireProtocol.OPENAI:
        path = path.removesuffix("/v1").removesuffix("/api")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def _apart(url: str) -> tuple[str, str]:
    """Return an address and the query that is added to each request. Raises InvalidConnection if it
    seems to contain a key: addresses are shown and stored."""
    address, *rest = url.strip().split("?", 1)
    query = "".join(rest)
    if "#" in query or any(_SECRET.search(name) for name in dict(parse_qsl(query, True))):
        raise InvalidConnection(
            _("The address has a key in it, or what looks like one."),
            hint=_("Leave it out of the address and enter it as the key."),
        )
    return address, query


def _plain_address(url: str) -> SplitResult:
    """Return a server's parsed address. Plain http is allowed for this machine and the user's own
    network.

    Raises InvalidConnection.
    """
    try:
        parts = urlsplit(url.strip())
        host, __ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidConnection(  # the value is not shown: it may hold a password or be a key
            _("What is given is not the address of a server."),
            hint=_("It begins with https://, or with http:// on this machine."),
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidConnection(
            _(
                "The address should be a plain one such as https://gateway.example/v1, "
                "without names, passwords or questions in it."
            ),
            hint=_("A key is kept in the key ring: enter it apart from the address."),
        )
    if parts.scheme == "http" and not is_own_network(host):
        raise InvalidConnection(
            _("{host} should be reached by https://.").format(host=host),
            hint=_(
                "Plain http would show others what is sent, a key too: it is for this machine "
                "and your own network only."
            ),
        )
    return parts


def _preset_of(name: str, url: str, presets: Mapping[str, Preset]) -> Preset:
    """Return the preset found at an address; else that of the name; else `custom`."""
    wanted = urlsplit(url)
    for preset in presets.values():
        at = urlsplit(preset.url)
        if preset.hosts and (wanted.hostname or "").endswith(preset.hosts):
            return preset
        if not preset.url:
            continue
        # Ollama's port identifies it, on another machine, too.
        nearby = is_own_network if preset.kind is WireProtocol.OLLAMA else is_loopback
        here = is_loopback(at.hostname or "") and nearby(wanted.hostname or "")
        if (here and at.port == wanted.port) or (not here and at.hostname == wanted.hostname):
            return preset
    named = presets.get(name)
    if named is not None and (
        named.kind is not WireProtocol.OPENAI or not named.url.startswith("https:")
    ):
        return named  # the user's own server, on another port or machine
    return presets[CUSTOM]


# --- files ---------------------------------------------------------------------------------------


def presets_from_data(data: Mapping[str, Any], *, origin: str) -> dict[str, Preset]:
    """Return the presets of a parsed TOML file, by name. Raises InvalidConnection."""

    def refuse(_: str, words: str) -> Exception:
        return InvalidConnection(f"{origin}: {words}")

    return {
        name: read_table(table, Preset, refuse, known={"name": name})
        for name, table in data.items()
    }


@dataclass(frozen=True, slots=True)
class _Stored:
    """A connection's table in the file."""

    url: str
    preset: str = CUSTOM
    model: str = ""
    context: int = 0
    at_once: int = 0


def connection_from_data(name: str, table: object, presets: Mapping[str, Preset]) -> Connection:
    """Return a connection from a parsed TOML file. Raises InvalidConnection."""

    def refuse(_: str, words: str) -> Exception:
        return InvalidConnection(words)

    stored = read_table(table, _Stored, refuse)
    return connection_of(name, presets=presets, **asdict(stored))


def to_data(connection: Connection) -> dict[str, str | int]:
    """Return the table that `connection_from_data` reads."""
    told: dict[str, str | int] = {
        "url": connection.address,
        "preset": connection.preset.name,
        "model": connection.model,
        "context": connection.context,
        "at_once": connection.at_once,
    }
    return {key: value for key, value in told.items() if value}
