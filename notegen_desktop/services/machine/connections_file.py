"""The user's connections: a TOML file beside the settings, and one from the environment.

It contains no keys: these are in the key ring.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from notegen_desktop.domain.engines.connection import (
    ENVIRONMENT_NAME,
    Connection,
    Preset,
    connection_from_data,
    connection_of,
    presets_from_data,
    to_data,
)
from notegen_desktop.domain.errors import (
    FileUnreadable,
    InvalidConnection,
    StoreError,
    UnknownEngine,
)
from notegen_desktop.domain.listeners import Listeners
from notegen_desktop.domain.notes.note import BUILT_IN_ENGINES
from notegen_desktop.domain.words import _

from .files import alone_with, read_small, write_whole
from .local_files import state_of
from .paths import resources

URL_VARIABLE = "NOTEGEN_OPENAI_URL"
LIMIT = 1024 * 1024
PATIENCE_S = 5.0
_HEADER = (
    "# Servers that write notes for NoteGen Desktop; `notegen connections` changes this file.\n"
)


def read_presets() -> dict[str, Preset]:
    """Return the known kinds of servers. Raises ResourcesMissing."""
    path = resources() / "connections.toml"
    return presets_from_data(tomllib.loads(path.read_text("utf-8")), origin=path.name)


def environment_connection(environ: Mapping[str, str] | None = None) -> Connection | None:
    """Return the connection defined by NOTEGEN_OPENAI_URL, or None. Raises InvalidConnection."""
    url = (os.environ if environ is None else environ).get(URL_VARIABLE, "").strip()
    if not url:
        return None
    try:
        return connection_of(ENVIRONMENT_NAME, url, read_presets())
    except InvalidConnection as error:
        raise InvalidConnection(f"{URL_VARIABLE}: {error.message}", hint=error.hint) from None


class ConnectionsFile:
    """Implements `ports.Connections` by a file. Reading never fails: `problems` are the errors.

    Every job of a run asks for its connection several times: the file is read again only after a
    change.
    """

    def __init__(self, path: Path, *, environ: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._environ = environ
        self._listeners: Listeners[()] = Listeners()
        self._problems: tuple[str, ...] = ()
        self._known: tuple[Connection, ...] = ()
        self._state: str | None = None
        """Size and time of the file as last read; None if it must be read again."""

    @cached_property
    def presets(self) -> Mapping[str, Preset]:
        return read_presets()

    @cached_property
    def _environments(self) -> tuple[Connection | None, str]:
        """Return the connection of the environment, and its error or ""."""
        try:
            return environment_connection(self._environ), ""
        except InvalidConnection as error:
            return None, error.message

    def all(self) -> tuple[Connection, ...]:
        """Return all connections: that of the environment first, the others in the order of the
        file."""
        try:
            state = state_of(self.path.stat())
        except OSError:
            state = ""
        if state != self._state:
            self._known, self._problems = self._found()
            self._state = state if not self._problems else None
        return self._known

    def _found(self) -> tuple[tuple[Connection, ...], tuple[str, ...]]:
        """Return the connections of environment and file, and the errors of both."""
        own, wrong = self._environments
        problems = [wrong] if wrong else []
        known = {own.name: own} if own is not None else {}
        for name, table in self._read(problems).items():
            try:
                found = connection_from_data(name, table, self.presets)
                known.setdefault(found.name, found)
            except InvalidConnection as error:
                problems.append(
                    _("{name}: “{name2}” is left out: {message}").format(
                        name=self.path.name, name2=name, message=error.message
                    )
                )
        return tuple(known.values()), tuple(problems)

    def get(self, name: str) -> Connection:
        if name in BUILT_IN_ENGINES:
            raise UnknownEngine(
                _("“{name}” cannot be the name of a connection.").format(name=name),
                hint="notegen doctor",
            )
        connections = self.all()
        found = next((one for one in connections if one.name == name), None)
        if found is None:
            raise UnknownEngine(
                _("There is no engine or connection “{name}”.").format(name=name),
                hint=_("Add it with: notegen connections add {name}").format(name=name)
                if name in self.presets
                else _(
                    "Known: auto, gemini, gemini-legacy, offline{connections}. One that you did "
                    "not name now stands in the settings general.engine or general.written_by."
                ).format(connections="".join(f", {one.name}" for one in connections)),
            )
        return found

    def keep(self, connection: Connection) -> None:
        self._refuse_environment(connection.name)
        for other in self.all():
            if other.name != connection.name and other.key_variable == connection.key_variable:
                raise InvalidConnection(
                    _("“{name}” is too like the name of the connection “{other}”.").format(
                        name=connection.name, other=other.name
                    ),
                    hint=_("The key in {variable} would go to both.").format(
                        variable=other.key_variable
                    ),
                )
        self._change({connection.name: to_data(connection)})

    def remove(self, name: str) -> None:
        self._refuse_environment(name)
        self.get(name)
        self._change({name: None})

    def problems(self) -> tuple[str, ...]:
        self.all()
        return self._problems

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        return self._listeners.add(listener)

    def _refuse_environment(self, name: str) -> None:
        own, __ = self._environments
        if own is not None and own.name == name:
            raise InvalidConnection(
                _("{url_variable} makes the connection “{name}”.").format(
                    url_variable=URL_VARIABLE, name=name
                ),
                hint=_("Choose another name, or unset the variable."),
            )

    def _read(self, problems: list[str]) -> dict[str, Any]:
        try:
            return tomllib.loads(read_small(self.path, limit=LIMIT))
        except FileNotFoundError:
            return {}
        except (FileUnreadable, tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            words = error.message if isinstance(error, FileUnreadable) else f"{error}."
            problems.append(
                _("{name}: {words} No connection of it is used.").format(
                    name=self.path.name, words=words
                )
            )
            return {}

    def _change(self, tables: Mapping[str, dict[str, str | int] | None]) -> None:
        """Change these tables in the present file; None deletes one. Raises StoreError."""
        import tomlkit

        with alone_with(self.path, longest_s=PATIENCE_S):
            problems: list[str] = []
            self._read(problems)
            if problems:
                raise StoreError(
                    problems[0], hint=_("Mend {path}, or move it away.").format(path=self.path)
                )
            text = read_small(self.path, limit=LIMIT) if self.path.exists() else _HEADER
            document = tomlkit.parse(text)
            for name, table in tables.items():
                document.pop(name, None)
                if table is not None:
                    document[name] = table
            write_whole(self.path, document.as_string().encode())
            self._state = None
        self._listeners.tell()
