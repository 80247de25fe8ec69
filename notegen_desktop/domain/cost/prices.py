"""Prices of models: a dated table, parsed strictly, and the price of usage."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from notegen_desktop.domain.errors import InvalidSetting
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.domain.text.tables import read_table
from notegen_desktop.domain.words import _

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """The prices of one model: US dollars per million tokens, and its usual speed for estimates of
    time.

    `input` is for tokens read for the first time, `cached` for those read from the cache, `output`
    for those written and thought. `above` has other prices for prompts above a number of tokens,
    `later` those from a day on.
    """

    model: str
    input: float
    cached: float
    output: float
    tokens_per_second: float = 150.0
    first_token_s: float = 2.0
    above: Mapping[int, Price] = field(default_factory=dict)
    later: Mapping[datetime.date, Price] = field(default_factory=dict)

    def on(self, day: datetime.date) -> Price:
        """Return the price on a day."""
        begun = [start for start in self.later if start <= day]
        return self.later[max(begun)] if begun else self

    def in_batch(self, factor: float) -> Price:
        """Return the price in a batch: times `factor` for input and output; cached tokens cost the
        same."""
        return replace(
            self,
            input=self.input * factor,
            output=self.output * factor,
            above={tokens: price.in_batch(factor) for tokens, price in self.above.items()},
        )

    def of(self, usage: Usage) -> float:
        """Return the US dollars for a usage; `input_tokens` includes the cached ones.

        Several requests are assumed to have equal inputs.
        """
        prompt = usage.input_tokens / max(1, usage.requests)
        if passed := [tokens for tokens in self.above if prompt > tokens]:
            return self.above[max(passed)].of(usage)
        cached = min(usage.cached_tokens, usage.input_tokens)
        fresh = usage.input_tokens - cached
        written = usage.output_tokens + usage.thought_tokens
        return (fresh * self.input + cached * self.cached + written * self.output) / MILLION


@dataclass(frozen=True, slots=True)
class Prices:
    """All models of a price table. `checked` is the day on which the prices were looked up.

    `unknown` is the model whose price an unlisted one gets; "" for the dearest. `batch` is the
    price of a request in a batch, as a share of its usual price.
    """

    checked: datetime.date
    models: Mapping[str, Price]
    aliases: Mapping[str, str]
    unknown: str = ""
    batch: float = 0.5

    def in_batch(self) -> Prices:
        """Return the prices of requests in a batch."""
        models = {name: price.in_batch(self.batch) for name, price in self.models.items()}
        return replace(self, models=models)

    def on(self, day: datetime.date) -> Prices:
        """Return the prices on a day, in Pacific time."""
        return replace(self, models={name: price.on(day) for name, price in self.models.items()})

    def price(self, model: str) -> Price:
        """Return the price of a model by name, alias or version; of an unknown one, the table's
        dearest.

        `models/X` is X, and `X-001`, `X-preview-11-2026` and the like are X.
        """
        name = self.resolved(model)
        if name not in self.models:
            return self.models.get(self.unknown) or max(
                self.models.values(), key=lambda price: (price.output, price.input)
            )
        return self.models[name]

    def knows(self, model: str) -> bool:
        """Return True if the price of a model is listed or free, not a guess."""
        return self.resolved(model) in self.models or not self.price(model).output

    def resolved(self, model: str) -> str:
        """Return the listed model that a name stands for; the name itself if there is none."""
        name = model.strip().removeprefix("models/").lower()
        name = self.aliases.get(name, name)
        if name in self.models:
            return name
        versions = [known for known in self.models if name.startswith(f"{known}-")]
        # “flash-lite” is another model than “flash”, not a version of it.
        versions = [v for v in versions if not name.removeprefix(v).startswith("-lite")]
        return max(versions, key=len, default=name)

    def cost(self, model: str, usage: Usage) -> float:
        """Return the US dollars for a model's usage."""
        return self.price(model).of(usage)


def prices_from_data(data: Mapping[str, Any], *, origin: str) -> Prices:
    """Build a table from parsed TOML, strictly.

    `origin` names the file in messages. Raises InvalidSetting for an unknown or missing key, a
    wrong type, a negative price, or an alias of a model that is not listed.
    """

    def refuse(words: str) -> InvalidSetting:
        return InvalidSetting(
            f"{origin}: {words}",
            hint=_("Mend the price table, or delete it to use the built-in one."),
        )

    table = read_table(dict(data), _PriceTable, lambda _, words: refuse(words))
    if table.currency != "USD":
        raise refuse(_("“currency” should be USD."))
    if not table.models:
        raise refuse(_("there is no [models.NAME] table."))
    models = {name: _price(name, entry, refuse) for name, entry in table.models.items()}
    named = {
        _("the alias “{alias}”").format(alias=alias): name for alias, name in table.aliases.items()
    }
    if table.unknown:
        named["“unknown”"] = table.unknown
    for words, name in named.items():
        if name not in models:
            raise refuse(
                _("{words} names “{name}”, which has no price.").format(words=words, name=name)
            )
    if not 0 <= table.batch <= 1:
        raise refuse(_("“batch” should be a number from 0 to 1."))
    return Prices(table.date, models, table.aliases, table.unknown, table.batch)


@dataclass(frozen=True, slots=True)
class _PriceTable:
    """The file as a whole; each model is a table of its own."""

    date: datetime.date
    models: dict[str, object]
    currency: str = "USD"
    aliases: dict[str, str] = field(default_factory=dict)
    unknown: str = ""
    batch: float = 0.5


def _price(name: str, entry: object, refuse: Callable[[str], InvalidSetting]) -> Price:
    """Return the price of one model, with the prices above a number of tokens (`above`) and from a
    day on (`from`)."""

    def refuse_here(__: str, words: str) -> InvalidSetting:
        return refuse(_("“models.{name}”: {words}").format(name=name, words=words))

    def inner(table: object, key: str) -> dict[str, object]:
        if not isinstance(table, dict):
            raise refuse_here(key, _("“{key}” should be a table.").format(key=key))
        return table

    own = dict(inner(entry, name))
    above, later = (inner(own.pop(key, {}), key) for key in ("above", "from"))
    price = read_table(own, Price, refuse_here, known={"model": name, "above": {}, "later": {}})
    for key in ("input", "cached", "output", "tokens_per_second", "first_token_s"):
        if not 0 <= getattr(price, key) < math.inf:
            raise refuse_here(key, _("“{key}” should be a number, 0 or more.").format(key=key))
    if not price.tokens_per_second:
        raise refuse_here("", _("“tokens_per_second” should be more than 0."))

    def other(key: str, changes: object) -> Price:
        return replace(_price(key, {**own, **inner(changes, key)}, refuse), model=name)

    try:
        tiers = {int(tokens): other(f"{name}.above.{tokens}", it) for tokens, it in above.items()}
        days = {
            datetime.date.fromisoformat(day): other(f"{name}.from.{day}", it)
            for day, it in later.items()
        }
    except ValueError:
        words = _("“above” takes numbers of tokens, “from” days such as 2027-01-01.")
        raise refuse_here("", words) from None
    return replace(price, above=tiers, later=days)
