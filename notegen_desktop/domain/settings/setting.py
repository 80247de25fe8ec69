"""One setting: its key, type, range, default, texts, and checks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from notegen_desktop.domain.errors import InvalidSetting
from notegen_desktop.domain.text.cleaning import clean, with_line_feeds
from notegen_desktop.domain.words import _

Value = bool | int | float | str
_ARABIC_SIGNS = str.maketrans({"٫": ".", "٬": ""})
"""The Arabic decimal and thousands separators; Python itself reads the digits of every script."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, of its default's type; numbers have a range, texts may have choices.

    `form` is the pattern of a text that is not one of the choices, and its description for users.
    `check` converts a text to the stored one, or raises InvalidSetting. `environment` is the
    variable that may override it.
    """

    key: str
    default: Value
    label: str
    help: str
    within: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    form: tuple[str, str] | None = None
    check: Callable[[str], str] | None = None
    unit: str = ""
    environment: str = ""

    @property
    def kind(self) -> type[Value]:
        return type(self.default)

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]

    def parse(self, raw: object) -> Value:
        """Return `raw` as a value of this setting, from text or from TOML. Raises
        InvalidSetting."""
        value = self._convert(raw)
        if self.within is not None and isinstance(value, (int, float)):
            lowest, highest = self.within
            if not lowest <= value <= highest:
                raise self._refuse(raw)
        if value in self.choices:
            return value
        if self.choices and self.form is None:
            raise self._refuse(raw)
        if self.form is not None and not re.fullmatch(self.form[0], str(value)):
            raise self._refuse(raw)
        if self.check is None:
            return value
        try:
            return self.check(str(value))
        except InvalidSetting as error:
            form = _(self.form[1]) if self.form else _("another one")
            words = _("{key} should be {form}. {message}").format(
                key=self.key, form=form, message=error.message
            )
            raise InvalidSetting(words, hint=error.hint) from None

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
                return clean(with_line_feeds(raw)).strip()
            raise self._refuse(raw)
        if isinstance(raw, bool):
            raise self._refuse(raw)
        try:
            told = raw.translate(_ARABIC_SIGNS) if isinstance(raw, str) else raw
            number = float(told) if isinstance(told, (int, float, str)) else None
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
            wanted = _("one of {choices}").format(choices=", ".join(filter(None, self.choices)))
            if "" in self.choices:
                wanted = _("{this}, or empty").format(this=wanted)
            if self.form is not None:
                wanted = _("{this}, or {that}").format(this=wanted, that=_(self.form[1]))
        elif self.form is not None:
            wanted = _(self.form[1])
        elif self.kind is bool:
            wanted = _("true or false")
        else:
            wanted = {int: _("a whole number"), float: _("a number"), str: _("a text")}[self.kind]
        if self.within is not None:
            wanted = _("{what} from {lowest} to {highest}").format(
                what=wanted, lowest=f"{self.within[0]:g}", highest=f"{self.within[1]:g}"
            )
        return InvalidSetting(
            _("“{raw}” does not fit {key}: it should be {wanted}.").format(
                raw=raw, key=self.key, wanted=wanted
            )
        )
