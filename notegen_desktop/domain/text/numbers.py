"""Parses numbers in a text, in digits or English words, into their values.

`1.5 million`, `one and a half million` and `1,500,000` are one number; so are `nineteen sixty-nine`
and `1969`, `a dozen` and `12`, `25 %`, `a quarter` and `one in four`, `1½` and `one and a half`,
`90 minutes` and `an hour and a half`. A group of words may be read in more than one way (`twenty
twenty`); all readings are kept. A share is stored as negative percent, -25, so that it never equals
a count or a duration.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = (
    *("zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"),
    *("ninth", "tenth", "eleventh", "twelfth"),
    *(f"{word}th" for word in _SMALL[13:]),
)
_UNITS = {
    **{word: float(value) for value, word in enumerate(_SMALL)},
    **{word: 10.0 * value for value, word in enumerate(_TENS, start=2)},
}
_RANKS = {
    **{word: float(value) for value, word in enumerate(_ORDINALS)},
    **{f"{word[:-1]}ieth": 10.0 * value for value, word in enumerate(_TENS, start=2)},
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9} | _SCALES
_VULGAR = {"½": 0.5, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 0.25, "¾": 0.75, "⅕": 0.2, "⅛": 0.125}
_PARTS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1} | _VULGAR
_SET_WORDS = {
    **{"dozen": 12.0, "couple": 2.0, "pair": 2.0, "twice": 2.0, "double": 2.0, "triple": 3.0},
    **{"squared": 2.0, "square": 2.0, "cubed": 3.0, "cube": 3.0, "both": 2.0, "score": 20.0},
}
_ZEROS = ("oh", "o")
"""Zero, as said in `nineteen oh five` and `point oh five`."""
_MONTHS = {"month": 1.0, "year": 12.0}
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}
_ABBREVIATED = {"sec": 1.0, "min": 60.0, "h": 3600.0, "hr": 3600.0}
_TOKEN = re.compile(
    rf"\d+(?:[.,  ’']\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+[.,]\d+|\d+|[{''.join(_VULGAR)}]"
    rf"|[^\W\d_{''.join(_VULGAR)}]+|\S"
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
_POWER = re.compile(
    r"(?:(?<![\d.,])(?P<times>\d+(?:[.,]\d+)?)\s*[×·x*⋅]\s*)?(?<![\d.,])10"
    r"(?:\^\{?(?=[-−\d]))?(?P<exponent>(?<=\^)[-−]?\d{1,2}|(?<=\{)[-−]?\d{1,2}|⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})\}?"
)
"""A power of ten, `3×10⁹` or `10^-5`; speakers may say its exponent alone: “ten to the five”."""
_PERCENT = ("%", "percent", "percents", "prozent")
_OUT_OF = re.compile(r"\s*(?:/|\b(?:in|of|out\s+of|of\s+every|von)\b)\s*", re.IGNORECASE)
_AND_CENTS = re.compile(
    r"\s*(?:pounds?|euros?|dollars?|francs?|quid|bucks)\s+(?:and\s+)?", re.IGNORECASE
)
_AND_A_HALF = re.compile(r"(\w+)\s+(?:hour|minute|day|week|year|month)s?\s+and\s+a\s+$", re.I)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,  ’'])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: its span and its possible values. `spelled` means in words."""

    start: int
    end: int
    readings: frozenset[float]
    parts: frozenset[float] = frozenset()
    """Values of single words of it: captions may split “forty-three” into 40 and 3."""
    spelled: bool = False
    ordinal: bool = False


def numbers(text: str) -> list[Number]:
    """Return all numbers of a text in order."""
    found = sorted(_numbers(text), key=lambda number: number.start)
    for place, (one, other) in enumerate(pairwise(found)):
        if _OUT_OF.fullmatch(text, one.end, other.start):
            ratios = {a / b for a in one.readings for b in other.readings if 0 < a < b <= 100}
            shares = frozenset().union(*map(_share, ratios))
            found[place] = replace(one, readings=one.readings | shares)
        if _AND_CENTS.fullmatch(text, one.end, other.start):
            sums = {a + b / 100 for a in one.readings for b in other.readings if 1 <= b < 100}
            found[place] = replace(one, readings=one.readings | sums)
    return found


def values(text: str) -> frozenset[float]:
    """Return every value that the numbers of a text may have, including their parts."""
    return frozenset(value for number in numbers(text) for value in number.readings | number.parts)


def is_set_word(word: str) -> bool:
    """Return True for a number word that often has another meaning: both, pair, half."""
    return word.removesuffix("s") in _SET_WORDS or word in _PARTS


def same(one: float, other: float) -> bool:
    """Return True if two values are equal within floating-point precision."""
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1.0)


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int


def _numbers(text: str) -> Iterator[Number]:
    for power in _POWER.finditer(text):
        times = float((power["times"] or "1").replace(",", "."))
        exponent = int(power["exponent"].translate(_RAISED))
        readings = {float(f"{times * 10.0**exponent:.12g}"), float(abs(exponent))}
        yield Number(power.start(), power.end(), frozenset(readings))
    text = _POWER.sub(lambda power: " " * len(power[0]), text)
    text = text.translate(_RAISED)
    tokens = [
        _Token(_folded(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text)
    ]
    at = 0
    while at < len(tokens):
        end = _run(tokens, at) if _may_begin(tokens[at].word) else at
        if end == at:
            at += 1
            continue
        yield from _readings(text, tokens[at:end], tokens[end : end + 3])
        at = end


@lru_cache(maxsize=4096)
def _folded(word: str) -> str:
    return word if word in _VULGAR else unicodedata.normalize("NFKC", word).casefold()


def _run(tokens: Sequence[_Token], at: int) -> int:
    """Return the end of the group of number words and digits that begins at a token."""
    end = at
    while end < len(tokens):
        word = tokens[end].word
        following = tokens[end + 1].word if end + 1 < len(tokens) else ""
        after = tokens[end + 2].word if end + 2 < len(tokens) else ""
        begun = end > at
        hyphen = (
            word == "-" and _is_spelled(following) and begun and _is_spelled(tokens[end - 1].word)
        )
        link = word in ("and", "point") and begun and _is_number(following)
        nought = following in ("zero", *_ZEROS) and (after in _ZEROS or _is_number(after))
        link = link or (word == "point" and nought)
        link = link or (word in _ZEROS and begun and (following in _ZEROS or _is_number(following)))
        article = word in ("a", "an") and (
            following == "dozen" or (not begun and following in _SCALES)
        )
        few = word == "of" and begun and tokens[end - 1].word == "couple" and following in _SCALES
        if _is_number(word) or hyphen or link or article or few:
            end += 1
        elif begun and word == "and" and following == "a" and after in _PARTS:
            end += 2
        else:
            break
    while end > at and tokens[end - 1].word in ("and", "point", "-", "a", "an"):
        end -= 1
    return end


@lru_cache(maxsize=4096)
def _may_begin(word: str) -> bool:
    """Return True if a group may begin with a word: a number, “a” million or “point” zero."""
    return word in ("a", "an", "point") or _is_number(word)


def _is_number(word: str) -> bool:
    return word[:1].isdigit() or _is_spelled(word)


def _is_spelled(word: str) -> bool:
    return _value(word) is not None or _scale(word) is not None or _part(word) is not None


@lru_cache(maxsize=4096)
def _value(word: str) -> float | None:
    if word in _UNITS or word in _RANKS:
        return _UNITS.get(word, _RANKS.get(word))
    if word.endswith("s") and word[:-1] in _RANKS and word[:-1] not in ("second", "first"):
        return _RANKS[word[:-1]]
    if word.endswith("ies") and (tens := f"{word[:-3]}y") in _UNITS:
        return _UNITS[tens]  # the sixties
    return _SET_WORDS.get(word.removesuffix("s") if word != "squares" else word)


@lru_cache(maxsize=4096)
def _scale(word: str) -> float | None:
    forms = (word.removesuffix(end) for end in ("", "s", "th", "ths"))
    return next((_SCALES[form] for form in forms if form in _SCALES), None)


@lru_cache(maxsize=4096)
def _part(word: str) -> float | None:
    if word == "halves":
        return 0.5
    return _PARTS.get(word, _PARTS.get(word.removesuffix("s")))


def _readings(text: str, run: Sequence[_Token], after: Sequence[_Token]) -> Iterator[Number]:
    """Yield the numbers of one group: digits one by one, words as groups."""
    at = 0
    while at < len(run):
        first = run[at]
        if first.word[0].isdigit():
            value, glued = _digits(first.word), text[first.end : first.end + 1]
            readings, parts = set(value), set()
            end = at + 1
            following = run[end].word if end < len(run) else (after[0].word if after else "")
            scale = _SUFFIXES.get(following)
            if scale and (len(following) > 2 or glued.isalpha()):
                readings = {each * scale for each in readings}
                parts = value if end < len(run) else set()
                end += end < len(run)
            elif end + 1 < len(run) and run[end].word == "and" and run[end + 1].word in _PARTS:
                readings |= {each + _PARTS[run[end + 1].word] for each in value}
            elif following in _VULGAR:
                readings = {each + _VULGAR[following] for each in value}
                end += 1
            rest = run[end:] if end < len(run) else after
            readings |= _otherwise(readings, rest)
            ordinal = bool(re.match(r"(?:st|nd|rd|th)\b", text[first.end : first.end + 3]))
            yield Number(
                first.start, run[end - 1].end, frozenset(readings), frozenset(parts), False, ordinal
            )
            at = end
            continue
        if first.word == "and":
            at += 1
            continue
        end = at
        while end < len(run) and not run[end].word[0].isdigit():
            end += 1
        words = [token.word for token in run[at:end]]
        readings, parts = _spelled(words)
        if words[0] == "half" and (before := _AND_A_HALF.search(text[: first.start])):
            readings = {(_value(before[1].casefold()) or 1.0) + 0.5}
        rest = after if end == len(run) else ()
        readings |= _otherwise(readings, rest)
        if readings:
            ordinal = words[-1] in _RANKS or words[-1].endswith(("th", "ths"))
            yield Number(
                first.start, run[end - 1].end, frozenset(readings), frozenset(parts), True, ordinal
            )
        at = end


def _digits(word: str) -> set[float]:
    """Return the values of digits: `1,500` may be fifteen hundred or one and a half."""
    found: set[float] = set()
    if _GROUPED.fullmatch(word):
        whole, _, decimals = word, "", ""
        separators = re.findall(r"\D", word)
        if len(separators) > 1 and separators[-1] != separators[0]:
            whole, decimals = word.rsplit(separators[-1], 1)
        found.add(float(re.sub(r"\D", "", whole) + ("." + decimals if decimals else "")))
    plain = re.sub(r"\D", ".", word)
    if plain.count(".") < 2 and not (found and "," in word):  # 1,300 are no 1.3
        found.add(float(plain))
    return found or {float(re.sub(r"\D", "", word))}


def _spelled(words: Sequence[str]) -> tuple[set[float], set[float]]:
    """Return the values of a group of number words, and those of its parts."""
    parts: set[float] = set()
    totals: set[float] = set()
    total = current = 0.0
    previous: float | None = None
    small: list[float] = []  # a row of plain numbers: “nineteen sixty nine”, “one four one”
    decimals: str | None = None
    tens = False  # the last of the decimals is twenty, thirty …

    def close() -> None:
        nonlocal total, current, previous, decimals
        if previous is not None:
            whole = total + current
            totals.add(float(f"{int(whole)}.{decimals}") if decimals else whole)
        total, current, previous, decimals = 0.0, 0.0, None, None

    for place, word in enumerate(words):
        part, scale, value = _part(word), _scale(word), _value(word)
        if word == "point":
            decimals, tens = "", False
            previous = previous or 0.0
        elif word in _ZEROS:
            value = 0.0
            small.append(value)
            decimals = None if decimals is None else f"{decimals}0"
        elif word == "and" and decimals:
            close()
        elif decimals is not None and value is not None:
            whole = decimals[:-1] if tens and value < 10 else decimals  # point thirty-one
            decimals, tens = f"{whole}{int(value)}", value >= 20
        elif part is not None and (value is None or previous is not None):
            parts.add(part)
            if words[max(0, place - 1)] == "a" and previous is not None:  # six and a half
                if previous >= 1000:  # a million and a half
                    total += previous * part
                else:
                    current += part
            else:
                share = max(1.0, current) * part
                totals |= _share(share) | {share} | ({value} if value else set())
                current = share
            previous = part
        elif scale is not None:
            parts.add(scale)
            if decimals:  # two point five million
                current, decimals = float(f"{int(current)}.{decimals}"), None
            if scale == 100:
                current = (current or 1.0) * 100
            else:
                total, current = total + (current or 1.0) * scale, 0.0
            previous = scale
        elif word.removesuffix("s") == "dozen":
            parts.add(12.0)
            current, previous = (current or 1.0) * 12, 12.0
        elif value is not None:
            parts.add(value)
            small.append(value)
            if part is not None:
                totals |= _share(part) | {part}
            if previous is not None and not (
                previous >= 100 or (20 <= previous < 100 and value < 10)
            ):
                close()
            current, previous = current + value, value
    close()
    pairs = {a * 100 + b for a, b in pairwise(small) if 10 <= a < 100 and 10 <= b < 100}
    years = {
        a * 100 + b + c
        for a, b, c in zip(small, small[1:], small[2:], strict=False)
        if 10 <= a < 100 and 20 <= b < 100 and c < 10
    }
    years |= {
        a * 100 + c
        for a, word, c in zip(small, words[1:], small[2:], strict=False)
        if 10 <= a < 100 and word in _ZEROS and c < 10
    }
    if len(small) > 2 and all(value < 10 for value in small):
        years.add(float("".join(str(int(value)) for value in small)))
    parts |= {  # four seventy-six, one ninety
        a * 100 + b + (c if c < 10 and b >= 20 else 0)
        for a, b, c in zip(small, small[1:], [*small[2:], 10.0], strict=False)
        if 1 <= a < 10 <= b < 100
    }
    parts |= {  # twenty-six fifty
        (a + b) * 100 + c
        for a, b, c in zip(small, small[1:], small[2:], strict=False)
        if b < 10 < a < 100 and c in range(10, 100) and a >= 20
    }
    return years or pairs or totals, parts | totals


def _share(of_one: float) -> set[float]:
    """Return a share, exact and as usually rounded: 33 % and 33.3 % are a third."""
    return {-100 * of_one, -round(100 * of_one, 1), -float(round(100 * of_one))}


def _otherwise(readings: set[float], after: Sequence[_Token]) -> set[float]:
    """Return a number in other units, by the tokens after it."""
    if after and (after[0].word in _PERCENT or [t.word for t in after[:2]] == ["per", "cent"]):
        return {-value for value in readings}
    return {other for value in readings for other in _seconds(value, after)}


def _seconds(value: float, after: Sequence[_Token]) -> Iterator[float]:
    """Yield a duration in other units: 90 minutes are 1.5 hours."""
    words = [token.word for token in after[:3]]
    if words[:2] == ["of", "an"] or words[:2] == ["of", "a"]:
        words = words[2:]
    elif words[:1] in (["an"], ["a"], ["-"]):
        words = words[1:]
    unit = words[0] if words else ""
    if months := _MONTHS.get(unit.removesuffix("s")):
        yield from (value * months / other for other in _MONTHS.values() if other != months)
    seconds = _SECONDS.get(unit.removesuffix("s")) or _ABBREVIATED.get(unit)
    if seconds:
        for other in _SECONDS.values():
            if other != seconds and 0.01 < value * seconds / other < 1e5:
                yield value * seconds / other
