"""What models cost: a dated table, read strictly, and the price of what was used."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notegen_desktop.domain.errors import InvalidSetting
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.domain.text.tables import read_table

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

    checked: datetime.date
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

    table = read_table(dict(data), _PriceTable, lambda _, words: refuse(words))
    if table.currency != "USD":
        raise refuse("“currency” should be USD.")
    if not table.models:
        raise refuse("there is no [models.NAME] table.")
    models = {name: _price(name, entry, refuse) for name, entry in table.models.items()}
    dearest = max(models.values(), key=lambda price: price.output)
    named = {f"the alias “{alias}”": name for alias, name in table.aliases.items()}
    named["“unknown”"] = unknown = table.unknown or dearest.model
    for words, name in named.items():
        if name not in models:
            raise refuse(f"{words} names “{name}”, which has no price.")
    return Prices(table.date, models, table.aliases, unknown)


@dataclass(frozen=True, slots=True)
class _PriceTable:
    """The file as a whole; each model is a table of its own."""

    date: datetime.date
    models: dict[str, object]
    currency: str = "USD"
    aliases: dict[str, str] = field(default_factory=dict)
    unknown: str = ""


def _price(name: str, entry: object, refuse: Callable[[str], InvalidSetting]) -> Price:
    def refuse_here(_: str, words: str) -> InvalidSetting:
        return refuse(f"“models.{name}”: {words}")

    price = read_table(entry, Price, refuse_here, known={"model": name})
    for key in ("input", "cached", "output", "tokens_per_second", "first_token_s"):
        if not 0 <= getattr(price, key) < math.inf:
            raise refuse_here(key, f"“{key}” should be a number, 0 or more.")
    if not price.tokens_per_second:
        raise refuse_here("", "“tokens_per_second” should be more than 0.")
    return price
