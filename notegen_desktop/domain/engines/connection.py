"""A connection: a server that can write notes, under a name that is an engine's.

What is known of a kind of server beforehand is a `Preset`, read from `resources/connections.toml`.
The key is no part of a connection: it lies in the key ring, one for each connection and host.
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
"""The preset of a server of which nothing is known but that it speaks OpenAI's chat form."""

GOOGLE_HOST = "generativelanguage.googleapis.com"

KEY_VARIABLES = "NOTEGEN_KEY_"
"""What the names of variables with the keys of connections begin with."""

ENVIRONMENT_NAME = "openai"
"""The name of the connection that NOTEGEN_OPENAI_URL and OPENAI_API_KEY make."""

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")

_SECRET = re.compile(r"key|token|secret|pass|auth|sig|cred|code", re.IGNORECASE)
"""What the name of a secret in an address has in it."""
_DEPLOYMENT = re.compile(r"/deployments/([^/]+)$")


class Kind(StrEnum):
    """The wire a server speaks."""

    OPENAI = "openai"
    OLLAMA = "ollama"
    ANTHROPIC = "anthropic"


class Structured(StrEnum):
    """How a server is told which form its answer has; from the strictest to the loosest."""

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
    """What is known of a kind of server.

    `url` is where it is found, "" where that differs. `key_page` is where one gets a key.
    `strict`: it wants a strict schema. `bounds`: it keeps to lengths and numbers in a schema.
    `max_tokens` is the name it has for the most tokens of an answer. `no_thinking` is what turns
    thinking off, by the fields of a request, in JSON. `extra` is sent with each request. It
    `tells_limits` where each good answer says what is left of them. `key_header` is the one that
    has the key, where it is not the usual one; `hosts` is what its hosts' names end with.
    """

    name: str
    title: str
    url: str = ""
    kind: Kind = Kind.OPENAI
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
    """A server that can write notes. `url` ends without a slash; `query` goes with each request,
    such as Azure's `api-version=…`.

    `context` is how many tokens its models read and write in all, as the user says; 0 to find that
    out. `at_once` is how many requests it may have at a time; 0 is one on this machine, and what
    the settings say elsewhere.
    """

    name: str
    url: str
    preset: Preset
    model: str = ""
    context: int = 0
    at_once: int = 0
    query: str = ""

    def at(self, path: str, *, root: bool = False) -> str:
        """The address of a path below `url`; with `root` below what stands before its `/v1`."""
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
        """As the user gives it."""
        return self.at("")

    @property
    def engine(self) -> Engine:
        return Engine(self.name)

    @property
    def key_variable(self) -> str:
        """The environment variable that may have its key: NOTEGEN_KEY_MY_GATEWAY of my-gateway."""
        return KEY_VARIABLES + re.sub(r"[.-]", "_", self.name).upper()

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine."""
        return is_loopback(self.host)

    @property
    def is_free(self) -> bool:
        """Whether what it writes costs nothing: on this machine, or in the user's own network."""
        return is_own_network(self.host)

    @property
    def most_at_once(self) -> int:
        """How many requests it may have at a time; 0 where only the settings decide."""
        return self.at_once or int(self.is_local)

    @property
    def takes_key(self) -> bool:
        """Whether a key may be sent to it: never in the clear to another machine."""
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
    """A connection as the user asks for it. Raises InvalidConnection.

    Without a `preset` it is the one of that name, or the one that is found at that address.
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
    """Where the Gemini API is, without a slash at its end; "" for Google's own place.

    Raises InvalidSetting for what would show the key to others.
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


def checked_url(url: str, kind: Kind = Kind.OPENAI) -> str:
    """A base address without a slash at its end. Raises InvalidConnection.

    Of an address without a path, the chat form of OpenAI is found below `/v1`.
    """
    parts = _plain_address(url)
    path = parts.path.rstrip("/")
    for ending in ("/chat/completions", "/api/chat", "/v1/messages", "/messages"):
        path = path.removesuffix(ending)
    if not path and kind is Kind.OPENAI:
        path = "/v1"
    if kind is not Kind.OPENAI:
        path = path.removesuffix("/v1").removesuffix("/api")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def _apart(url: str) -> tuple[str, str]:
    """An address and the query that goes with each request. Raises InvalidConnection for one that
    looks as if it held a key: addresses are shown, and written down."""
    address, *rest = url.strip().split("?", 1)
    query = "".join(rest)
    if "#" in query or any(_SECRET.search(name) for name in dict(parse_qsl(query, True))):
        raise InvalidConnection(
            _("The address has a key in it, or what looks like one."),
            hint=_("Leave it out of the address and enter it as the key."),
        )
    return address, query


def _plain_address(url: str) -> SplitResult:
    """A server's address. Plain http is for this machine and the user's own network.

    Raises InvalidConnection.
    """
    try:
        parts = urlsplit(url.strip())
        host, __ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidConnection(  # not shown: it may hold a password, or be a key
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
    """The preset that is found at an address; else that of the name; else `custom`."""
    wanted = urlsplit(url)
    for preset in presets.values():
        at = urlsplit(preset.url)
        if preset.hosts and (wanted.hostname or "").endswith(preset.hosts):
            return preset
        if not preset.url:
            continue
        # Ollama's port is nobody else's, on another machine of the home too.
        nearby = is_own_network if preset.kind is Kind.OLLAMA else is_loopback
        here = is_loopback(at.hostname or "") and nearby(wanted.hostname or "")
        if (here and at.port == wanted.port) or (not here and at.hostname == wanted.hostname):
            return preset
    named = presets.get(name)
    if named is not None and (named.kind is not Kind.OPENAI or not named.url.startswith("https:")):
        return named  # a server of one's own, on another port or machine
    return presets[CUSTOM]


# --- files ---------------------------------------------------------------------------------------


def presets_from_data(data: Mapping[str, Any], *, origin: str) -> dict[str, Preset]:
    """The presets of a parsed TOML file, by name. Raises InvalidConnection."""

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
    """A connection of a parsed TOML file. Raises InvalidConnection."""

    def refuse(_: str, words: str) -> Exception:
        return InvalidConnection(words)

    stored = read_table(table, _Stored, refuse)
    return connection_of(name, presets=presets, **asdict(stored))


def to_data(connection: Connection) -> dict[str, str | int]:
    """The table that `connection_from_data` reads."""
    told: dict[str, str | int] = {
        "url": connection.address,
        "preset": connection.preset.name,
        "model": connection.model,
        "context": connection.context,
        "at_once": connection.at_once,
    }
    return {key: value for key, value in told.items() if value}
