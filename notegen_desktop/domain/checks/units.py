"""Finds a number that a statement gives with another unit, or a day with another month, than said.

Only frequent units of English talks are compared, and sizes are converted: sixty minutes are an
hour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from notegen_desktop.domain.text import numbers

_UNITS = {
    **{"second": ("time", 1.0), "minute": ("time", 60.0), "hour": ("time", 3600.0)},
    **{"day": ("time", 86400.0), "week": ("time", 604800.0), "month": ("time", 2629800.0)},
    **{"year": ("time", 31557600.0), "decade": ("time", 315576000.0)},
    **{"century": ("time", 3155760000.0), "centurie": ("time", 3155760000.0)},
    **dict.fromkeys(("dollar", "euro", "pound", "yen", "franc"), ("money", 0.0)),
    **{"inch": ("length", 0.0254), "foot": ("length", 0.3048), "feet": ("length", 0.3048)},
    **{"yard": ("length", 0.9144), "mile": ("length", 1609.344), "meter": ("length", 1.0)},
    **{"metre": ("length", 1.0), "kilometer": ("length", 1000.0), "km": ("length", 1000.0)},
    **{"kilometre": ("length", 1000.0), "centimeter": ("length", 0.01)},
}
"""What units measure, and how much of it; 0 for currencies, which are not converted."""
_UNIT = re.compile(rf"[\s-]+(?P<written>(?P<unit>{'|'.join(_UNITS)})s?)\b", re.IGNORECASE)
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
)
_MONTH_BEFORE = re.compile(rf"\b{_MONTH}\.?\s+(?:the\s+)?$", re.IGNORECASE)
_MONTH_AFTER = re.compile(rf"(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit, as it is written, with what it measures and how much of it."""

    name: str
    written: str
    measured: str
    size: float


def in_another_unit(number: numbers.Number, text: str, passage: str) -> str:
    """Return the unit, or the month, of a number that is said with other ones alone: `20 hours`
    for twenty minutes, `May 27` for the twenty-seventh of April; "" if there is none."""
    month, unit = _month_of(number, text), _unit_of(number, text)
    if not (month or unit):
        return ""
    own = numbers.values(text[number.start : number.end])
    months: set[str] = set()
    otherwise = False
    for said in numbers.numbers(passage):
        face = numbers.values(passage[said.start : said.end])
        if month and (told := _month_of(said, passage)) and own & face:
            months.add(told[1])
        if unit and (of := _unit_of(said, passage)) and of.measured == unit.measured:
            sizes = ((a * unit.size, b * of.size) for a in own for b in face)
            alike = of.name == unit.name and own & face
            if alike or (unit.size and any(numbers.same(*pair) for pair in sizes)):
                return ""
            if own & said.readings:
                otherwise = True
        elif unit and own & said.readings:
            return ""  # it stands alone, or counts something else
    if month and months and month[1] not in months:
        return month[0]
    return unit.written if unit and otherwise else ""


def _month_of(number: numbers.Number, text: str) -> tuple[str, str] | None:
    """Return the month at a day of it, as written and in three letters; None if there is none."""
    found = _MONTH_BEFORE.search(text, max(0, number.start - 20), number.start) or (
        _MONTH_AFTER.match(text, number.end)
    )
    return (found[1], found[1][:3].casefold()) if found else None


def _unit_of(number: numbers.Number, text: str) -> _Unit | None:
    """Return the unit of a number; None if there is none."""
    found = _UNIT.match(text, number.end)
    if found is None:
        return None
    name = found["unit"].casefold()
    return _Unit(name, found["written"], *_UNITS[name])
