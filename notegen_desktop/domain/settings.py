"""Every setting of the program, declared once: key, type, range, default and words.

The dialog, the settings file, the environment and `notegen settings` all read this table.
A value is resolved in this order: command line, environment, settings file, default.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import InvalidSetting

Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `kind` is its type; numbers have a range, texts may have choices."""

    key: str
    kind: type[bool] | type[int] | type[float] | type[str]
    default: Value
    label: str
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    environment: str = ""

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]

    def parse(self, raw: object) -> Value:
        """`raw` as a value of this setting, from text or from TOML. Raises InvalidSetting."""
        value = self._convert(raw)
        if self.minimum is not None and isinstance(value, (int, float)) and value < self.minimum:
            raise self._refuse(raw)
        if self.maximum is not None and isinstance(value, (int, float)) and value > self.maximum:
            raise self._refuse(raw)
        if self.choices and value not in self.choices:
            raise self._refuse(raw)
        return value

    def _convert(self, raw: object) -> Value:
        if self.kind is bool:
            if isinstance(raw, bool):
                return raw
            text = str(raw).strip().lower()
            if text in ("1", "true", "yes", "on"):
                return True
            if text in ("0", "false", "no", "off"):
                return False
            raise self._refuse(raw)
        if self.kind is str:
            if isinstance(raw, str):
                return raw.strip()
            raise self._refuse(raw)
        if isinstance(raw, bool):
            raise self._refuse(raw)
        try:
            number = float(raw) if isinstance(raw, (int, float, str)) else None
        except ValueError:
            number = None
        if number is None or not math.isfinite(number):
            raise self._refuse(raw)
        if self.kind is int:
            if number != int(number):
                raise self._refuse(raw)
            return int(number)
        return number

    def _refuse(self, raw: object) -> InvalidSetting:
        if self.choices:
            wanted = "one of " + ", ".join(self.choices)
        elif self.kind is bool:
            wanted = "true or false"
        elif self.minimum is not None and self.maximum is not None:
            whole = "a whole number" if self.kind is int else "a number"
            wanted = f"{whole} from {self.minimum:g} to {self.maximum:g}"
        else:
            wanted = {int: "a whole number", float: "a number", str: "a text"}[self.kind]
        return InvalidSetting(f"“{raw}” does not fit {self.key}: it should be {wanted}.")


SETTINGS: tuple[Setting, ...] = (
    # General
    Setting(
        "general.language",
        str,
        "auto",
        "Language of the notes",
        "“auto” writes in the language of the video; otherwise a tag such as en, de or pt-BR.",
    ),
    Setting(
        "general.level",
        str,
        "standard",
        "Level shown first",
        "How much detail a note shows when it opens.",
        choices=("concise", "standard", "comprehensive"),
    ),
    Setting(
        "general.mode",
        str,
        "auto",
        "Mode",
        "What Gemini is given: the transcript, the video itself, or both.",
        choices=("auto", "transcript", "video", "hybrid"),
    ),
    Setting(
        "general.engine",
        str,
        "auto",
        "Engine",
        "“auto” is Gemini where there is a key, and the offline extract where there is none.",
        choices=("auto", "gemini", "gemini-legacy", "offline"),
    ),
    Setting(
        "general.templates",
        str,
        "basic-summary,study-notes,flashcards",
        "Ticked templates",
        "The templates that are ticked when the window opens, separated by commas.",
    ),
    Setting(
        "general.template_sets",
        str,
        "",
        "Saved sets of templates",
        "Ticks kept under a name, for example: Exams: study-notes, flashcards; Talks: chapters",
    ),
    # Processing
    Setting(
        "processing.parallel",
        bool,
        True,
        "Write all notes at the same time",
        "Off: strictly one after the other. NOTEGEN_PARALLEL=0 turns it off whatever stands here.",
    ),
    Setting(
        "processing.max_concurrent",
        int,
        4,
        "Notes at once",
        "How many requests may run at the same time.",
        minimum=1,
        maximum=32,
    ),
    Setting(
        "processing.stagger_ms",
        int,
        150,
        "Pause between starts",
        "Requests start this far apart, so that they do not arrive as one burst.",
        minimum=0,
        maximum=2000,
        unit="ms",
    ),
    Setting(
        "processing.requests_per_minute",
        int,
        0,
        "Requests a minute",
        "0 learns the limit from Gemini's answers.",
        minimum=0,
        maximum=10000,
    ),
    Setting(
        "processing.tokens_per_minute",
        int,
        0,
        "Input tokens a minute",
        "0 learns the limit from Gemini's answers.",
        minimum=0,
        maximum=100_000_000,
    ),
    Setting(
        "processing.requests_per_day",
        int,
        0,
        "Requests a day",
        "0 learns the limit from Gemini's answers.",
        minimum=0,
        maximum=1_000_000,
    ),
    Setting(
        "processing.combine",
        str,
        "never",
        "Several notes in one request",
        "Takes fewer requests of a day's quota, and longer. “when-short”: when fewer requests are "
        "left today than the notes need.",
        choices=("never", "when-short", "always"),
    ),
    Setting(
        "processing.fallback_rate_limited_percent",
        float,
        5.0,
        "Slow down when rate limited",
        "More than this share of requests refused for speed: one at a time for a while.",
        minimum=0,
        maximum=100,
        unit="%",
    ),
    Setting(
        "processing.fallback_failed_percent",
        float,
        20.0,
        "Slow down when failing",
        "More than this share of requests failed: one at a time for a while.",
        minimum=0,
        maximum=100,
        unit="%",
    ),
    Setting(
        "processing.fallback_pool_percent",
        float,
        80.0,
        "Slow down when the database is busy",
        "More than this share of its connections in use for 10 s: one at a time for a while.",
        minimum=0,
        maximum=100,
        unit="%",
    ),
    # Gemini
    Setting(
        "gemini.model",
        str,
        "gemini-flash-lite-latest",
        "Model",
        "The list is fetched with your key.",
    ),
    Setting(
        "gemini.thinking",
        str,
        "low",
        "Thinking",
        "How long the model thinks before it writes; thinking is billed as output.",
        choices=("minimal", "low", "medium", "high"),
    ),
    # Budget
    Setting(
        "budget.run_usd",
        float,
        0.0,
        "Budget for one run",
        "0 is no limit. A run that may cost more is not started unasked.",
        minimum=0,
        maximum=10000,
        unit="$",
    ),
    Setting(
        "budget.day_usd",
        float,
        0.0,
        "Budget for a day",
        "0 is no limit.",
        minimum=0,
        maximum=10000,
        unit="$",
    ),
    Setting(
        "budget.month_usd",
        float,
        0.0,
        "Budget for a month",
        "0 is no limit.",
        minimum=0,
        maximum=100000,
        unit="$",
    ),
    # Sources
    Setting(
        "sources.caption_languages",
        str,
        "",
        "Preferred caption languages",
        "Tags separated by commas; empty takes the language of the video.",
    ),
    Setting(
        "sources.cookies_from_browser",
        str,
        "",
        "Cookies from browser",
        "Lets video sites see your sign-in; for videos that want one.",
        choices=(
            "",
            "brave",
            "chrome",
            "chromium",
            "edge",
            "firefox",
            "opera",
            "safari",
            "vivaldi",
        ),
    ),
    Setting(
        "sources.proxy",
        str,
        "",
        "Proxy for videos",
        "For example socks5://127.0.0.1:1080; empty uses the system's.",
    ),
    Setting(
        "sources.speech_model",
        str,
        "",
        "Model for speech recognition",
        "For files without captions: a name like “small”, or a folder. Wants the extra “speech”.",
    ),
    Setting(
        "sources.upload_files",
        bool,
        True,
        "Upload films and recordings",
        "Files without words go to Gemini, which watches or hears them; it drops them in 2 days.",
    ),
    Setting(
        "sources.keep_uploads",
        bool,
        True,
        "Keep uploads",
        "Further notes then need no upload; otherwise a file is deleted once its notes are done.",
    ),
    # Library
    Setting(
        "library.pool_size",
        int,
        3,
        "Database connections",
        "For a shared PostgreSQL library: connections kept open.",
        minimum=1,
        maximum=64,
    ),
    Setting(
        "library.pool_overflow",
        int,
        2,
        "Extra connections",
        "Opened under load and closed afterwards.",
        minimum=0,
        maximum=64,
    ),
    Setting(
        "library.pool_timeout_s",
        int,
        15,
        "Wait for a connection",
        "After this long a request for a connection fails.",
        minimum=1,
        maximum=300,
        unit="s",
    ),
    Setting(
        "library.connect_timeout_s",
        int,
        15,
        "Wait for the database",
        "After this long the database counts as unreachable.",
        minimum=1,
        maximum=300,
        unit="s",
    ),
    Setting(
        "library.idle_s",
        int,
        30,
        "Close idle connections after",
        "A connection nobody used for this long is closed.",
        minimum=1,
        maximum=3600,
        unit="s",
    ),
    # Appearance
    Setting(
        "appearance.theme",
        str,
        "system",
        "Theme",
        "“system” follows the desktop.",
        choices=("system", "light", "dark"),
    ),
    Setting(
        "appearance.text_size",
        int,
        15,
        "Size of note text",
        "In points of the screen.",
        minimum=10,
        maximum=32,
        unit="px",
    ),
)

BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}


def setting(key: str) -> Setting:
    """The declaration of a key. Raises InvalidSetting, with near names, if there is none."""
    try:
        return BY_KEY[key]
    except KeyError:
        tail = key.rpartition(".")[2]
        near = [known for known in BY_KEY if tail and tail in known]
        hint = f"Did you mean {', '.join(near)}?" if near else ""
        raise InvalidSetting(f"There is no setting “{key}”.", hint=hint) from None


class Settings:
    """Resolved values. Layers, first wins: command line, environment, file, default.

    Immutable; `with_values` gives a changed copy of the file layer.
    """

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
        """Where the value comes from: "command line", "environment", "file" or "default"."""
        layers = (
            ("command line", self._command_line),
            ("environment", self._environment),
            ("file", self._file),
        )
        return next((name for name, layer in layers if key in layer), "default")

    @property
    def file_values(self) -> dict[str, Value]:
        return dict(self._file)

    def with_values(self, changes: Mapping[str, object]) -> Settings:
        """A copy with these file values. Raises InvalidSetting."""
        parsed = {key: setting(key).parse(raw) for key, raw in changes.items()}
        return Settings(
            {**self._file, **parsed},
            environment=self._environment,
            command_line=self._command_line,
        )

    def with_command_line(self, changes: Mapping[str, object]) -> Settings:
        """A copy in which these values win over all others. Raises InvalidSetting."""
        parsed = {key: setting(key).parse(raw) for key, raw in changes.items()}
        return Settings(
            self._file,
            environment=self._environment,
            command_line={**self._command_line, **parsed},
        )

    def list_of(self, key: str) -> list[str]:
        """A comma-separated text setting as a list without empty entries."""
        return [part.strip() for part in self.text(key).split(",") if part.strip()]


def groups(settings: Iterable[Setting] = SETTINGS) -> dict[str, list[Setting]]:
    """The settings by group, in declared order."""
    result: dict[str, list[Setting]] = {}
    for declared in settings:
        result.setdefault(declared.group, []).append(declared)
    return result
