"""What models cost: a dated table, read strictly, and the price of what was used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from notegen_desktop.domain.errors import InvalidSetting
from notegen_desktop.domain.notes.note import Usage

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """One model: US dollars for a million tokens, and its usual speed for estimates of time.

    `input` is for tokens read for the first time, `cached` for those read from the cache, `output`
    for those written and thought.
    """

    model: str
    input: float
    cached: float
    output: float
    tokens_per_second: float = 150.0
    first_token_s: float = 2.0

    def of(self, usage: Usage) -> float:
        """US dollars for what was used; `input_tokens` includes the cached ones."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        fresh = usage.input_tokens - cached
        written = usage.output_tokens + usage.thought_tokens
        return (fresh * self.input + cached * self.cached + written * self.output) / MILLION


@dataclass(frozen=True, slots=True)
class Prices:
    """All models of a price table. `checked` is the day on which the prices were looked up."""

    checked: date
    models: Mapping[str, Price]
    aliases: Mapping[str, str]
    unknown: str

    def price(self, model: str) -> Price:
        """The price of a model by name, alias or version; of an unknown one, the table's dearest.

        `models/X` is X, and `X-001`, `X-preview-11-2026` and the like are X.
        """
        name = self.resolved(model)
        return self.models[name if name in self.models else self.unknown]

    def knows(self, model: str) -> bool:
        """Whether the price of a model is its own, not a guess."""
        return self.resolved(model) in self.models

    def resolved(self, model: str) -> str:
        """The listed model that a name stands for; the name itself if there is none."""
        name = model.strip().removeprefix("models/").lower()
        name = self.aliases.get(name, name)
        if name in self.models:
            return name
        versions = [known for known in self.models if name.startswith(f"{known}-")]
        # “flash-lite” is another model than “flash”, not a version of it.
        versions = [v for v in versions if not name.removeprefix(v).startswith("-lite")]
        return max(versions, key=len, default=name)

    def cost(self, model: str, usage: Usage) -> float:
        """US dollars for what a model used."""
        return self.price(model).of(usage)


def prices_from_data(data: Mapping[str, Any], *, origin: str) -> Prices:
    """Build a table from parsed TOML, strictly.

    `origin` names the file in messages. Raises InvalidSetting for an unknown or missing key, a
    wrong type, a negative price, or an alias of a model that is not listed.
    """

    def refuse(words: str) -> InvalidSetting:
        return InvalidSetting(
            f"{origin}: {words}", hint="Mend the price table, or delete it to use the built-in one."
        )

    unknown_keys = set(data) - {"date", "currency", "unknown", "aliases", "models"}
    if unknown_keys:
        raise refuse(f"unknown key “{min(unknown_keys)}”.")
    checked = data.get("date")
    if not isinstance(checked, date):
        raise refuse("“date” should be a day such as 2026-11-20.")
    if data.get("currency", "USD") != "USD":
        raise refuse("“currency” should be USD.")
    tables = data.get("models")
    if not isinstance(tables, Mapping) or not tables:
        raise refuse("there is no [models.NAME] table.")
    models = {name: _price(name, table, refuse) for name, table in tables.items()}
    aliases = data.get("aliases", {})
    if not isinstance(aliases, Mapping):
        raise refuse("“aliases” should be a table.")
    for alias, name in aliases.items():
        if name not in models:
            raise refuse(f"the alias “{alias}” names “{name}”, which has no price.")
    unknown = data.get("unknown", max(models.values(), key=lambda p: p.output).model)
    if unknown not in models:
        raise refuse(f"“unknown” names “{unknown}”, which has no price.")
    return Prices(checked=checked, models=models, aliases=dict(aliases), unknown=unknown)


def _price(name: str, table: object, refuse: Any) -> Price:
    if not isinstance(table, Mapping):
        raise refuse(f"“models.{name}” should be a table.")
    allowed = {"input", "cached", "output", "tokens_per_second", "first_token_s"}
    for key, value in table.items():
        if key not in allowed:
            raise refuse(f"“models.{name}”: unknown key “{key}”.")
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or value < 0:
            raise refuse(f"“models.{name}”: “{key}” should be a number, 0 or more.")
    for key in ("input", "cached", "output"):
        if key not in table:
            raise refuse(f"“models.{name}”: “{key}” is missing.")
    if table.get("tokens_per_second", 1) == 0:
        raise refuse(f"“models.{name}”: “tokens_per_second” should be more than 0.")
    return Price(model=name, **{key: float(value) for key, value in table.items()})
