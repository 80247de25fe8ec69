"""The settings file: TOML that the user may edit, and whose comments are kept."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notegen_desktop.domain.errors import FileUnreadable, InvalidSetting, StoreError
from notegen_desktop.domain.links.addresses import split_password
from notegen_desktop.domain.listeners import Listeners
from notegen_desktop.domain.settings.setting import Value
from notegen_desktop.domain.settings.settings import SettingChanges, Settings
from notegen_desktop.domain.settings.table import BY_KEY, GEMINI_URL, PROXY, groups, parsed, setting
from notegen_desktop.domain.words import _

from .files import alone_with, read_small, storage_error, write_whole
from .redaction import PROCESS

if TYPE_CHECKING:
    import tomlkit

log = logging.getLogger(__name__)

LIMIT = 1024 * 1024
"""Maximum bytes of a settings file; one with every setting in it has 3 KB."""

PATIENCE_S = 5.0
"""Maximum seconds to wait for another program, which has the file for milliseconds, or hangs."""

_HEADER = """\
# Settings of NoteGen Desktop. What is not set here has its default;
# `notegen settings list` shows every setting with its range.
"""


class SettingsFile:
    """Implements `ports.SettingsStore` by a file. Reading never fails: `problems` are the errors.

    Settings unknown to this version stay in the file. A file that cannot be parsed is kept under
    another name before a new one is written. Listeners are told of changes, not of the present
    state.
    """

    def __init__(self, path: Path, *, environ: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._listeners: Listeners[Settings] = Listeners()
        self._environment = _environment_layer(os.environ if environ is None else environ)
        self._command_line: dict[str, Value] = {}
        self._problems: tuple[str, ...] = ()
        self._current = self._resolve()

    @property
    def current(self) -> Settings:
        return self._current

    def problems(self) -> tuple[str, ...]:
        """Return the errors in the file, a line each."""
        return self._problems

    def reload(self) -> Settings:
        """Read the file again, after it was edited elsewhere."""
        with self._lock:
            before, self._current = self._current, self._resolve()
            now = self._current
        if now.file_values != before.file_values:
            self._listeners.tell(now)
        return now

    def change(self, changes: SettingChanges) -> Settings:
        """Check and store values; None resets a setting to its default.

        All or nothing, and changes of other programs at the same time are not lost. Raises
        InvalidSetting, FolderNotWritable, DiskFull, FileBusy.
        """
        with self._lock, alone_with(self.path, longest_s=PATIENCE_S):
            if callable(changes):
                changes = changes(self._resolve())
            kept = parsed({key: raw for key, raw in changes.items() if raw is not None})
            if PROXY in kept:  # its password belongs in the key ring
                kept[PROXY] = split_password(str(kept[PROXY]))[0]
            reset = [setting(key).key for key, raw in changes.items() if raw is None]
            self._write({**kept, **dict.fromkeys(reset)})
            self._current = self._resolve()
            now = self._current
        self._listeners.tell(now)
        return now

    async def move_password(self, keep: Callable[[str], tuple[str, bool]]) -> None:
        """Move a proxy's password from the file to the store of `keep`; see
        `Secrets.keep_password`. If that does not accept it, or the file cannot be written, it
        stays."""
        proxy = str(self._current.file_values.get(PROXY, ""))
        if not split_password(proxy)[1]:
            return
        bare, kept = await asyncio.to_thread(keep, proxy)
        if kept:
            try:
                self.change({PROXY: bare})
            except StoreError as error:
                log.warning("the proxy's password could not be taken out of the file: %s", error)

    def override(self, values: Mapping[str, object]) -> Settings:
        """Override settings by these values of the command line, for this process. Raises
        InvalidSetting."""
        with self._lock:
            self._command_line |= parsed(values)
            self._current = self._resolve()
            return self._current

    def subscribe(self, listener: Callable[[Settings], None]) -> Callable[[], None]:
        """Call `listener` after each change; return the function that unsubscribes it."""
        return self._listeners.add(listener)

    # --- reading ---------------------------------------------------------------------------

    def _resolve(self) -> Settings:
        values, self._problems = self._read()
        PROCESS.add(split_password(str(values.get(PROXY, "")))[1])
        return Settings(values, environment=self._environment, command_line=self._command_line)

    def _read(self) -> tuple[dict[str, Value], tuple[str, ...]]:
        try:
            data = tomllib.loads(read_small(self.path, limit=LIMIT))
        except FileNotFoundError:
            return {}, ()
        except FileUnreadable as error:
            return {}, (
                _("{message} The default settings are used.").format(message=error.message),
            )
        except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            return {}, (
                _(
                    "{place} The default settings are used. When a setting is changed, the file "
                    "is kept under another name."
                ).format(place=self._place(error)),
            )
        values: dict[str, Value] = {}
        problems: list[str] = []
        for key, raw in _flat(data):
            if key not in BY_KEY:
                problems.append(
                    _("{name}: there is no setting “{key}”; it is left alone.").format(
                        name=self.path.name, key=key
                    )
                )
                continue
            try:
                values[key] = BY_KEY[key].parse(raw)
            except InvalidSetting as error:
                problems.append(
                    _("{name}: {message} The default is used.").format(
                        name=self.path.name, message=error.message
                    )
                )
        return values, tuple(problems)

    def _place(self, error: Exception) -> str:
        words = str(error)
        line = re.search(r"at line (\d+)", words)
        where = (
            _("{name}, line {line}").format(name=self.path.name, line=line[1])
            if line
            else self.path.name
        )
        return f"{where}: {re.sub(r' [(]at .*[)]$', '', words).rstrip('.')}."

    # --- writing ---------------------------------------------------------------------------

    def _write(self, changes: Mapping[str, Value | None]) -> None:
        """Change these keys in the file as it is now, not as it was last read."""
        document = self._document()
        for key, value in changes.items():
            group, _, name = key.partition(".")
            if value is None:
                if isinstance(table := document.get(group), dict):
                    table.pop(name, None)
                continue
            table = document.get(group)
            if table is not None and not isinstance(table, dict):
                self._set_aside(copy=True)
                document.remove(group)
                table = None
            if table is None:
                import tomlkit

                document[group] = table = tomlkit.table()
            table[name] = value
        write_whole(self.path, document.as_string().encode("utf-8"))

    def _document(self) -> tomlkit.TOMLDocument:
        """Return the file with its comments; a new document if it is missing or cannot be
        parsed."""
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        try:
            text = read_small(self.path, limit=LIMIT)
            tomllib.loads(text)  # the stricter of the two parsers
            return tomlkit.parse(text)
        except FileNotFoundError:
            pass
        except (FileUnreadable, TOMLKitError, RecursionError, ValueError):
            self._set_aside()
        return tomlkit.parse(_HEADER)

    def _set_aside(self, *, copy: bool = False) -> None:
        """Keep the present file under a free name: `settings.broken-1.toml`."""
        number = 1
        while (aside := self.path.with_name(f"settings.broken-{number}.toml")).exists():
            number += 1
        try:
            if copy:
                write_whole(aside, self.path.read_bytes())
            else:
                os.rename(self.path, aside)
        except OSError as error:
            raise storage_error(error, self.path) from error
        log.info("The earlier settings file is kept as %s", aside)


def _environment_layer(environ: Mapping[str, str]) -> dict[str, Value]:
    """Return the settings of the environment. NOTEGEN_PARALLEL can only force one request at a
    time: any value but 0, false, no and off leaves the choice to the settings. An invalid address
    is refused where it is used, instead of falling back to Google."""
    value = environ.get(BY_KEY["processing.parallel"].environment, "")
    off = value.strip().lower() in ("0", "false", "no", "off")
    url = environ.get(BY_KEY[GEMINI_URL].environment, "").strip()
    return {
        **({"processing.parallel": False} if off else {}),
        **({GEMINI_URL: url} if url else {}),
    }


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield dotted keys and values. A table below a group is one unknown key."""
    for key, value in data.items():
        if isinstance(value, dict) and not prefix and key in groups():
            yield from _flat(value, f"{key}.")
        else:
            yield f"{prefix}{key}", value
