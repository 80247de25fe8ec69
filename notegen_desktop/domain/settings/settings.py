"""The resolved settings: command line, environment, settings file, default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .setting import Value
from .table import COOKIES, COOKIES_FOR_SITES, setting


class Settings:
    """The resolved settings; immutable."""

    def __init__(
        self,
        file: Mapping[str, Value] | None = None,
        *,
        environment: Mapping[str, Value] | None = None,
        command_line: Mapping[str, Value] | None = None,
    ) -> None:
        self._file = dict(file or {})
        self._environment = dict(environment or {})
        self._command_line = dict(command_line or {})

    def __getitem__(self, key: str) -> Value:
        declared = setting(key)
        for layer in (self._command_line, self._environment, self._file):
            if key in layer:
                return layer[key]
        return declared.default

    def text(self, key: str) -> str:
        return str(self[key])

    def integer(self, key: str) -> int:
        return int(self[key])

    def number(self, key: str) -> float:
        return float(self[key])

    def flag(self, key: str) -> bool:
        return bool(self[key])

    def origin(self, key: str) -> str:
        """Return the origin of a value: "command line", "environment", "file" or "default"."""
        layers = (
            ("command line", self._command_line),
            ("environment", self._environment),
            ("file", self._file),
        )
        return next((name for name, layer in layers if key in layer), "default")

    @property
    def file_values(self) -> dict[str, Value]:
        return dict(self._file)

    def list_of(self, key: str) -> list[str]:
        """Return a comma-separated text setting as a list without empty entries."""
        return [part.strip() for part in self.text(key).split(",") if part.strip()]


SettingChanges = dict[str, Any] | Callable[[Settings], dict[str, Any]]
"""Values by key, or a function that returns them from the settings in the file at that time."""


# --- which site is shown the cookies of which browser ---


def by_site(text: str) -> dict[str, str]:
    """Return the browser of each site in a value of `COOKIES_FOR_SITES`."""
    pairs = (part.partition(":") for part in text.split(";"))
    return {site.strip(): browser.strip() for site, _, browser in pairs if browser.strip()}


def with_site(text: str, site: str, browser: str) -> str:
    """Return the value with one site's choice changed."""
    chosen = {**by_site(text), site: browser}
    return "; ".join(f"{name}: {chosen[name]}" for name in sorted(chosen))


def browser_for(settings: Settings, site: str) -> str:
    """Return the browser whose cookies are sent to a site, "" for none."""
    chosen = by_site(settings.text(COOKIES_FOR_SITES)).get(site, settings.text(COOKIES))
    return "" if chosen == "none" else chosen
