"""Compares numbers, names and quotations of a statement with its cited passage.

Readers rely on these literally, and they can be compared literally: a number by its value, a name
by its spelling (captions may misspell it), a quotation word by word. A statement that follows a
sentence of the transcript except for a name is detected as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property
from itertools import pairwise

from notegen_desktop.domain.notes.note import Doubt
from notegen_desktop.domain.text import numbers
from notegen_desktop.domain.text.features import is_paired, tokens
from notegen_desktop.domain.text.scripts import UNSPACED

from .units import in_another_unit

NEAR_FACTS = 6
"""Segments to each side in which a number may be said; about a minute."""
NAMED_BEFORE = 60
NAMED_AFTER = 30
"""Segments before and after in which a name may be said, which then continues as “he” or “it”;
about ten and five minutes."""
COMMON_NAME = 0.02
"""Share of the segments from which a name belongs to the whole transcript."""
MIN_QUOTED = 4
"""Minimum words in quotation marks of a quotation; fewer are a term."""
FREE_QUOTED = 6
"""Words in quotation marks, found nowhere in the transcript, that make an invented quotation."""
QUOTED_SHARE = 0.6
"""Minimum share of its words, in order, of an altered quotation."""
SPELLING = 0.75
"""Minimum similarity (Ratcliff and Obershelp) of a misspelled name in captions."""
MIN_RUN = 5
"""Minimum words in a row by which a statement is the same sentence as one of the transcript."""
SMALL_NUMBER = 12
"""Maximum number that writers may count themselves without it being said."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`]*`|\$\$?[^$]+\$\$?|\]\([^)]*\)|https?://\S+", re.DOTALL)
_FORMULA = re.compile(
    r"```.*?(?:```|\Z)|`[^`\d]*[^\W\d][^`]*`"
    r"|(?<![\\\w$])\$\$?(?=[^$\n]*[A-Za-z\\=_^])[^\s$](?:[^$\n]*[^\s$])?\$\$?(?!\d)"
    r"|\\\(.*?\\\)|\\\[.*?\\\]",
    re.DOTALL,
)
"""Code and formulas, whose numbers are not spoken as written."""
_QUOTED = re.compile(
    r"“([^“”]+)”|„([^“”„]+)[“”]|«([^«»]+)»|「([^「」]+)」|『([^『』]+)』|\"([^\"\n]+)\""
)
_QUOTE_MARKS = re.compile(r"[“”„«»\"]|\s[—–]\s[^—–.]{1,40}$")
"""Parts of a block quote that are not quoted: quotation marks, and the attribution."""
_GAP = re.compile(r"\[[^\]]*\]|\.{3,}|…|`")
_NAME = re.compile(r"[^\W\d_][\w]*(?:[-.][^\W\d_]\w*)*")
_FORMULA_NAME = re.compile(r"(?:[A-Z][a-z]?[\d₀-₉⁰-⁹]*)*[A-Z][a-z]?[\d₀-₉⁰-⁹]+(?:[A-Z][a-z]?)*")
"""A chemical formula, `CO₂` or `H2O`: spoken as words or letter by letter."""
_OPENS = re.compile(r"(?:^|[.!?:;…|\n>“„«\"(☐☑☒✓✗•→–—]|\*\*|[-*+]\s|\d[.)]\s)[\s*_“„«\"(]*$")
_OPENED_BY = 40
"""Maximum characters before a word that are searched for what opens a sentence."""
_FILLERS = frozenset(("um", "uh", "er", "ah", "erm", "hmm"))
_COUNTED = re.compile(
    r"\b(?:step|part|chapter|slide|section|question|point|item|figure|table|example"
    r"|lesson|unit|week|day|level|version|no|nr|number)s?\.?\s+#?$",
    re.IGNORECASE,
)
_WHICH = re.compile(rf"(?:[^\W\d{UNSPACED}]|[\^#]|[A-Z]\w*-)\Z")
"""Text before a number that makes it part of a name: x1, #1, COVID-19."""
_SCALES_OF_EAST_ASIA = frozenset("百千万萬億亿兆천만억")
"""East Asian scales; behind digits, texts differ in which are written as characters."""
_MEASURE = re.compile(
    r"[\s-]+(second|minute|hour|day|week|month|year|decade|dollar|euro|mile|foot|inch|degree|page"
    r"|word)s?\b",
    re.IGNORECASE,
)
_PREFIXES = {
    **{"nano": 1e-9, "micro": 1e-6, "milli": 1e-3, "centi": 1e-2, "kilo": 1e3, "mega": 1e6},
    **{"giga": 1e9, "tera": 1e12, "n": 1e-9, "µ": 1e-6, "μ": 1e-6, "mc": 1e-6, "m": 1e-3},
    **{"c": 1e-2, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "": 1.0},
}
_BASES = {
    **{"gram": "g", "litre": "l", "liter": "l", "metre": "m", "meter": "m", "mole": "mol"},
    **{"watt": "W", "volt": "V", "hertz": "Hz", "byte": "B", "L": "l"},
}
_METRIC = re.compile(
    r"[\s-]*(?:\b(?P<prefix>(?i:nano|micro|milli|centi|kilo|mega|giga|tera|))"
    r"(?P<base>(?i:gram|litre|liter|metre|meter|mole|watt|volt|hertz|byte))s?"
    r"|(?P<short>mc|[nµμmckMGT]|)(?P<symbol>g|l|L|mol|W|V|Hz|B|(?<=[nµμmck])m))"
    r"(?![^\W_]|\s*/|\s+per\b)"
)
"""The metric unit after a number: `5 mg`, `five milligrams`, `2.5 km`. Rates are left out."""
_DAY = re.compile(
    r"(?<![\d.,/-])[0-3]?\d([./-])[0-3]?\d\1(?=(?:19|20)\d\d(?!\d))"
    r"|(?<=\b(?:19|20)\d\d)-[01]\d-[0-3]\d(?!\d)"
    r"|(?<![\d.,/-])[0-3]?\d([./])[01]?\d\2(?=\d\d(?![\d./]))"
)
"""Day and month of a date in digits: spoken as the name of the month and an ordinal."""
_MOVE = re.compile(r"\b\d{1,3}\.(?:\.\.|…)?\s?(?=[KQRBNSDTL]?[a-h]?[1-8]?x?[a-h][1-8]|[O0]-[O0])")
"""The number of a move in chess."""
_ERA = frozenset(("a.d", "b.c", "c.e", "b.c.e", "bce", "a.m", "p.m"))
"""Eras and halves of a day, which are spoken differently or not at all."""
_ROMAN = re.compile(r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_CENTURY = 100
_EQUATION = re.compile(r"(\d[\d.,]*)\s*([-+−*×·/÷])\s*(\d[\d.,]*)\s*=\s*(\d[\d.,]*)")
_ABOUT = re.compile(
    r"(?:about|around|roughly|nearly|almost|some|approximately|circa|[~≈])\s*$",
    re.IGNORECASE,
)


class FactIndex:
    """The words of a transcript for looking facts up: one row of words, and the start of each
    segment."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._numbers: dict[int, frozenset[float]] = {}
        self._words: dict[int, list[str]] = {}

    def __len__(self) -> int:
        return len(self._texts)

    @cached_property
    def words(self) -> list[str]:
        return self.words_of(range(len(self._texts)))

    @cached_property
    def line(self) -> str:
        return f" {' '.join(self.words)} "

    @cached_property
    def counts(self) -> dict[str, int]:
        """Number of segments with each word."""
        counts: dict[str, int] = {}
        for place in range(len(self._texts)):
            for word in set(self.words_of(range(place, place + 1))):
                counts[word] = counts.get(word, 0) + 1
        return counts

    @cached_property
    def names(self) -> frozenset[str]:
        """Capitalized words within a sentence, folded."""
        found = re.findall(r"(?<=[a-z,] )[A-Z][^\W\d_]+", " ".join(self._texts))
        return frozenset(" ".join(tokens(word)) for word in found if not _OPENERS.match(word))

    @cached_property
    def initials(self) -> str:
        return "".join(word[0] for word in self.words)

    @cached_property
    def writes_digits(self) -> bool:
        """True if numbers above twelve are written in digits, so that a missing one was not
        said."""
        found = re.findall(r"\d\d+", " ".join(self._texts))
        return len(found) >= max(5, len(self._texts) // 50)

    def words_of(self, places: range) -> list[str]:
        """Return the words of some segments without fillers."""
        for place in places:
            if place not in self._words:
                found = tokens(self._texts[place])
                self._words[place] = [word for word in found if word not in _FILLERS]
        return [word for place in places for word in self._words[place]]

    def values(self, places: range) -> frozenset[float]:
        """Return the values of all numbers in some segments, and of those split between
        neighbours."""
        return frozenset().union(*(self._values(place) for place in places))

    def _values(self, place: int) -> frozenset[float]:
        if place not in self._numbers:
            self._numbers[place] = numbers.values(" ".join(self._texts[place : place + 2]))
        return self._numbers[place]

    def near(self, first: int, last: int, before: int, after: int | None = None) -> range:
        after = before if after is None else after
        return range(max(0, first - before), min(len(self._texts), last + after + 1))

    def text(self, places: range) -> str:
        return " ".join(self._texts[places.start : places.stop])


@dataclass(frozen=True, slots=True)
class FactMismatch:
    """A fact of a statement that is not in the passage, and its text."""

    doubt: Doubt
    mark: str


def find_mismatch(
    text: str,
    talk: FactIndex,
    first: int,
    last: int,
    *,
    foreign: bool,
    english: bool,
    known: str,
    block: str = "",
) -> FactMismatch | None:
    """Return the first number, name or quotation of a statement that is not said near its place, or
    None.

    `text` is Markdown without markers; segments `first` to `last` are its place. `foreign`: it is
    in another language than the transcript, so names are translated and only digits count.
    `english` tells if number words of the transcript can be parsed. `known` are words that are
    correct without being said, such as the title of the video. `block` is the block quote that a
    statement ends: as it may be a comment, it must be exact only if it follows the transcript.
    """
    if found := _number(text, talk, first, last, foreign=foreign, english=english):
        return FactMismatch(Doubt.NUMBER, found)
    if foreign:
        return None
    if (quoted := _quotation(text, talk, first, last)) is not None:
        return FactMismatch(Doubt.QUOTE, quoted)
    if block and (altered := _quotation(f"“{_QUOTE_MARKS.sub(' ', block)}”", talk, first, last)):
        return FactMismatch(Doubt.QUOTE, altered)
    if found := _name(text, talk, first, last, known) or _swapped(text, talk, first, last):
        return FactMismatch(Doubt.NAME, found)
    return None


def without_formulas(text: str) -> str:
    """Return a text with blanks for its code and formulas, of the same length."""
    return _FORMULA.sub(lambda match: " " * len(match[0]), text)


# --- numbers -------------------------------------------------------------------------------------


def _number(
    text: str, talk: FactIndex, first: int, last: int, *, foreign: bool, english: bool
) -> str:
    text = without_formulas(text)
    for no_amount in (_DAY, _MOVE):
        text = no_amount.sub(lambda match: " " * len(match[0]), text)
    stated = numbers.numbers(text)
    if not stated:
        return ""
    near = talk.near(first, last, NEAR_FACTS)
    said = talk.values(near)
    passage = talk.text(near)
    here = talk.values(talk.near(first, last, 1))
    derived = _computed(text, said)
    for number in stated:
        if number.spelled and (foreign or not english):
            continue
        if number.spelled and text[number.start : number.end].endswith("s"):
            said |= talk.values(talk.near(first, last, len(talk)))  # “thousands of pages”
        if not _is_claim(number, text):
            continue
        if english and not foreign:
            if _measured_otherwise(number, text, talk, first, last):
                return text[number.start : number.end]
            if wrong := in_another_unit(number, text, passage):
                return wrong
        amount = _amount(number, text)
        told = [(n, _amount(n, passage)) for n in numbers.numbers(passage)] if amount else []
        if amount:
            unit, comes_to = amount
            if any(other and other[0] == unit and comes_to & other[1] for _, other in told):
                continue
            rivals = [other for n, other in told if n.readings & number.readings]
            if rivals and all(other and other[0] == unit for other in rivals):
                return text[number.start : number.end]
        if _is_said(number, said | derived, text):
            word = text[number.start : number.end].casefold()
            if any(
                own == word and numbers.values(rival) and not _is_said(number, here, text)
                for own, rival in _replaced(text, talk, first, last)
            ):
                return text[number.start : number.end]
            continue
        if _is_span_of_years(number, text, said, passage):
            continue
        small = max(number.readings) <= SMALL_NUMBER
        if number.spelled and small:
            if _counted_otherwise(number, text, talk, near):
                return text[number.start : number.end]
            continue
        in_digits = talk.writes_digits or _has_rival(number, text, talk, first, last)
        scaled = text[number.end : number.end + 1] in _SCALES_OF_EAST_ASIA
        if not english and (small or scaled or not in_digits):
            continue
        return text[number.start : number.end]
    return ""


def _is_span_of_years(
    number: numbers.Number, text: str, said: frozenset[float], passage: str
) -> bool:
    """Return True if a decade or a century, `1960s`, `sixties` or `1800s`, contains a year or
    century that is said."""
    spelled = text[number.start : number.end].casefold().endswith("ies")
    if not (spelled or re.match(r"['’]?s\b", text[number.end : number.end + 3])):
        return False
    value = max(number.readings)
    if value < _CENTURY:  # the seventies
        years = {each for each in said if 1000 <= each < 2100}
        return not value % 10 and any(year % _CENTURY // 10 * 10 == value for year in years)
    span = 10 if value % _CENTURY else _CENTURY
    if value % 10 or any(0 <= each - value < span for each in said):
        return not value % 10
    ranks = [each.readings for each in numbers.numbers(passage) if each.ordinal]
    return span == _CENTURY and any(value // _CENTURY + 1 in readings for readings in ranks)


def _has_rival(number: numbers.Number, text: str, talk: FactIndex, first: int, last: int) -> bool:
    """Return True if another number of as many digits is said there: 1853 for 1863."""
    word = text[number.start : number.end]
    passage = talk.text(talk.near(first, last, 1))
    return word.isdecimal() and any(len(word) == len(n) for n in re.findall(r"\d{2,}", passage))


def _is_claim(number: numbers.Number, text: str) -> bool:
    """Return True if a number is a quantity, not an ordinal: unlike “step 3”, “first” and “x1”."""
    if max(number.readings) in (0, 1) or (number.ordinal and max(number.readings) <= SMALL_NUMBER):
        return False
    words = tokens(text[number.start : number.end])
    if number.spelled and any(map(numbers.is_set_word, words)):
        return False
    before = text[: number.start]
    return not (_WHICH.search(before) or _COUNTED.search(before))


def _is_said(number: numbers.Number, said: frozenset[float], text: str) -> bool:
    if any(numbers.same(value, other) for value in number.readings for other in said):
        return True
    word = text[number.start : number.end]
    decimals = len(word.partition(".")[2]) if "." in word else 0
    tolerance = 0.1 if _ABOUT.search(text[: number.start]) else 0.0
    for value in number.readings:
        for other in said:
            if decimals and round(other, decimals) == value:
                return True
            if tolerance and abs(value - other) <= tolerance * value:
                return True
            if 1000 <= value < 2100 and value % 100 == other and other >= 10:
                return True  # a year by its last two digits
    return False


def _computed(text: str, said: frozenset[float]) -> frozenset[float]:
    """Return the results of the statement's own equations, if they are correct and their terms are
    said."""
    found = set()
    for one, sign, two, result in _EQUATION.findall(text):
        try:
            a, b, c = (float(each.rstrip(".,").replace(",", "")) for each in (one, two, result))
            right = {"+": a + b, "*": a * b, "×": a * b, "·": a * b}.get(
                sign, a / b if sign in "/÷" and b else a - b
            )
        except ValueError:
            continue
        if numbers.same(right, c) and a in said and b in said:
            found.add(c)
    return frozenset(found)


def _counted_otherwise(number: numbers.Number, text: str, talk: FactIndex, near: range) -> bool:
    """Return True if the transcript has another number of the same thing: “five minutes” for
    three."""
    thing = next(iter(tokens(text[number.end : number.end + 40])), "")[:5]
    if len(thing) < 3:
        return False
    passage = talk.text(near)
    other = False
    for said in numbers.numbers(passage):
        follows = [word[:5] for word in tokens(passage[said.end : said.end + 25])[:1]]
        if thing in follows and not said.ordinal:
            if any(numbers.same(a, b) for a in said.readings for b in number.readings):
                return False
            other = other or max(said.readings) > 1
    return other


def _amount(number: numbers.Number, text: str) -> tuple[str, frozenset[float]] | None:
    """Return the base unit and value of a number in metric units: grams and 0.005 for `5 mg`."""
    unit = _METRIC.match(text, number.end)
    if unit is None:
        return None
    base = (unit["base"] or unit["symbol"]).removesuffix("s")
    times = _PREFIXES[(unit["prefix"] or "").lower() or unit["short"] or ""]
    name = _BASES.get(base if unit["symbol"] else base.lower(), base)
    return name, frozenset(float(f"{value * times:.9g}") for value in number.readings)


def _measured_otherwise(
    number: numbers.Number, text: str, talk: FactIndex, first: int, last: int
) -> bool:
    """Return True if the transcript has another amount of the same unit: “every week” for five
    weeks."""
    unit = _MEASURE.match(text, number.end)
    if unit is None:
        return False
    passage = talk.text(talk.near(first, last, 1))
    for other in numbers.numbers(passage):
        measure = _MEASURE.match(passage, other.end)
        converted = measure and measure[1].lower() != unit[1].lower()
        if converted and _is_said(number, other.readings, text):
            return False  # a year and a half for eighteen months
    said: set[float] = set()
    for found in re.finditer(rf"((?:[\w.,-]+\s+){{1,5}}){unit[1]}s?\b", passage, re.IGNORECASE):
        said |= numbers.values(found[1])
        said |= {1.0} if re.search(r"\b(?:an?|every|each|per)\s+$", found[1], re.I) else set()
    said |= numbers.values(passage) if "half" in passage else set()
    return bool(said) and not _is_said(number, frozenset(said), text)


# --- names ---------------------------------------------------------------------------------------


def _names(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names in a text, as written and folded: capitalized words where no capital is
    required."""
    plain = _CODE.sub(lambda match: " " * len(match[0]), text)
    words = [
        (match, _OPENS.search(plain, max(0, match.start() - _OPENED_BY), match.start()) is not None)
        for match in _NAME.finditer(plain)
    ]
    inner = [match[0] for match, opens in words if not opens]
    capitals = [word for word in inner if word[0].isupper()]
    if len(inner) > 6 and len(capitals) > 0.4 * len(inner):
        return  # German, or a title
    for number, (match, opens) in enumerate(words):
        word = match[0]
        if not word[0].isupper() or len(word) < 3 or _FORMULA_NAME.fullmatch(word):
            continue
        after = words[number + 1][0] if number + 1 < len(words) else None
        paired = after is not None and after[0][0].isupper() and after.start() == match.end() + 1
        if not opens or (paired and not _OPENERS.match(word.casefold())):
            yield word, " ".join(tokens(word))


_OPENERS = re.compile(
    r"(?:all|an|and|any|both|but|each|for|from|he|her|here|his|how|if|in|it|its|many|most|not|one|our|she|some"
    r"|that|the|then|there|these|they|this|those|three|two|what|when|while|who|why|we|with|you)$",
    re.IGNORECASE,
)
"""Words that open a sentence with a capital and are not names."""


def _name(text: str, talk: FactIndex, first: int, last: int, known: str) -> str:
    names = list(_names(text))
    if not names:
        return ""
    near = talk.near(first, last, NAMED_BEFORE, NAMED_AFTER)
    words: list[str] | None = None
    for name, folded in names:
        parts = folded.split()
        common = COMMON_NAME * max(50, len(talk))
        if not parts or name.casefold() in _ERA:
            continue
        if _ROMAN.fullmatch(name):
            ranks = (number.readings for number in numbers.numbers(talk.text(near)))
            if any(_roman(name) in readings for readings in ranks):
                continue
        if all(talk.counts.get(part, 0) >= common or f" {part} " in known for part in parts):
            continue
        if words is None:
            words = talk.words_of(near)
        if all(_sounds(part, words) or f" {part} " in known for part in parts):
            continue
        if name.isupper() and folded in talk.initials:
            continue  # an abbreviation of spoken words
        return name
    return ""


def _roman(name: str) -> float:
    """Return the value of a Roman numeral: 14 for `XIV`."""
    values = [_DIGITS[digit] for digit in name]
    return sum(
        -value if value < max(values[place:]) else value for place, value in enumerate(values)
    )


_DIGITS = {"I": 1.0, "V": 5.0, "X": 10.0, "L": 50.0}


def _sounds(name: str, words: Sequence[str]) -> bool:
    """Return True if a name is among words, perhaps misspelled or split in two."""
    singular = name.removesuffix("s")
    if name in words or singular in words:
        return True
    stem = name[: max(4, len(name) - 3)]
    if any(word.startswith(stem) for word in words):
        return True  # Egypt, Egyptians
    rare = {word for word in words if len(word) > 3}
    pairs = {one + two for one, two in pairwise(words) if len(one + two) < 20}
    return bool(get_close_matches(name, rare, n=1, cutoff=SPELLING) or name in pairs)


def _swapped(text: str, talk: FactIndex, first: int, last: int) -> str:
    """Return a name in the place of another one in the same sentence of the transcript, or ""."""
    names = {folded: name for name, folded in _names(text)}
    opening = _NAME.search(text)
    if opening and opening[0][0].isupper():
        names.setdefault(" ".join(tokens(opening[0])), opening[0])
    names = {folded: name for folded, name in names.items() if folded in talk.names}
    if not names:
        return ""
    for name, rival in _replaced(text, talk, first, last):
        if name in names and rival in talk.names:
            return names[name]
    return ""


def _replaced(text: str, talk: FactIndex, first: int, last: int) -> Iterator[tuple[str, str]]:
    """Yield words of a statement, each with the different word of the same sentence in the
    transcript."""
    stated = [word for word in tokens(text) if word not in _FILLERS]
    said = talk.words_of(talk.near(first, last, 1))
    for run in SequenceMatcher(None, stated, said, autojunk=False).get_matching_blocks():
        if run.size < MIN_RUN:
            continue
        for own, other in ((run.a - 1, run.b - 1), (run.a + run.size, run.b + run.size)):
            inside = 0 <= own < len(stated) and 0 <= other < len(said)
            if inside and stated[own] != said[other]:
                yield stated[own], said[other]


# --- quotations ----------------------------------------------------------------------------------


def _quotation(text: str, talk: FactIndex, first: int, last: int) -> str | None:
    """Return the words of a quotation that the transcript lacks; "" if it lacks all, None if
    none."""
    for match in _QUOTED.finditer(text):
        for piece in _GAP.split(next(filter(None, match.groups()))):
            words = [word for word in tokens(piece) if word not in _FILLERS]
            paired = bool(words) and is_paired(words[0])
            if len(words) < MIN_QUOTED * (2 if paired else 1):
                continue
            if f" {' '.join(words)} " in talk.line:
                continue
            if (altered := _altered(piece, words, talk, first, last)) is not None:
                return altered
    return None


def _altered(piece: str, words: list[str], talk: FactIndex, first: int, last: int) -> str | None:
    said = talk.words_of(talk.near(first, last, NEAR_FACTS))
    matcher = SequenceMatcher(None, said, words, autojunk=False)
    start = max(matcher.get_matching_blocks(), key=lambda block: block.size)
    begin = max(0, start.a - start.b - 3)
    passage = said[begin : begin + len(words) + 6]
    matcher = SequenceMatcher(None, passage, words, autojunk=False)
    blocks = matcher.get_matching_blocks()
    matched = sum(block.size for block in blocks)
    if matched < QUOTED_SHARE * len(words):
        return "" if len(words) >= FREE_QUOTED else None
    kept = {place for block in blocks for place in range(block.b, block.b + block.size)}
    wrong = [place for place in range(len(words)) if place not in kept]
    if not wrong:  # a word was left out: mark the words after it
        wrong = [blocks[1].b if len(blocks) > 2 else 0]
    return _written(piece, wrong[0])


def _written(piece: str, place: int) -> str:
    """Return the word of a text that is its token number `place`."""
    count = -1
    for match in re.finditer(r"[^\W_]+", piece):
        for _ in [word for word in tokens(match[0]) if word not in _FILLERS]:
            count += 1
            if count == place:
                return match[0]
    return piece
