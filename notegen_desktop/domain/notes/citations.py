"""Parses the cites that models write into labels and times.

Requested are one label (`12`) or one time (`3:41`) as a cite of a section, and in brackets at the
end of a statement. Models also write `[12, 15]`, `12-15`, `segment 12`, `[cite: 12]`, `(1:02:07)`,
`at 3:41` or `3:41–4:10`; all of it is parsed, and nothing raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from notegen_desktop.domain.links.video import clock, clock_seconds
from notegen_desktop.domain.text.patterns import lazy_pattern
from notegen_desktop.domain.text.scripts import UNSPACED
from notegen_desktop.domain.text.sentences import ends_sentence

from .note import DraftSection
from .statements import Lifted, lift, outside, protected

MAX_CITES = 200
"""Maximum cites of one section; more are a listing."""

_NOISE = lazy_pattern(
    r"\b(?:segments?|labels?|lines?|cites?|seg|[sl])[_-]?(?=\d)"
    r"|\b(?:segments?|labels?|lines?|cites?|seg|at|from|t|ids?|no|nr|numbers?|times?(?:tamps?)?"
    r"|min(?:ute)?s?)\b[.:#=]?|[\[\](){}<>\"'“”#*`【】^§†\u200b-\u200f\ufeff]",
    re.I,
)
_CLOCK = r"(?:\d{1,2}:[0-5]\d:[0-5]\d|\d{1,3}:[0-5]\d)(?:\.\d{1,3})?"
_CLOCKS = lazy_pattern(
    rf"(?<![\d:])({_CLOCK})(?:\s*(?:-{{0,2}}[-–—~→]|to|bis|until)\s*({_CLOCK}))?(?![\d:])"
)
_SPELLED = lazy_pattern(
    r"(?<![\w:.])(?:(?P<h>\d{1,2})\s?(?:h(?:ou)?rs?|h|時間|小[时時]),?\s?)?"
    r"(?:(?P<m>\d{1,3})\s?(?:m(?:in(?:ute)?s?)?|分[钟鐘]?|['′](?=\s?\d\d?[\"″])),?\s?)?"
    r"(?:(?P<s>\d{1,6})(?P<rest>\.\d{1,3})?\s?(?:s(?:ec(?:onds?)?)?|秒|[\"″]))?(?![A-Za-z0-9])",
    re.I,
)
"""A time with the names of its units: `1h02m`, `1 min 58 s`, `118s`, `1分58秒`."""
_RANGE = lazy_pattern(r"^(\S+?)\s*(?:[-–—~→]|\.{2,3}|\bto\b|\bbis\b|\bthrough\b)\s*(\S+)$")


@dataclass(frozen=True, slots=True)
class LabelRange:
    """A range of labels, both included; equal for a single one. They need not exist."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class CitedTime:
    """A time of the video in seconds, or a time span. `end_s` is None for a single time."""

    start_s: float
    end_s: float | None = None


CitedPlace = LabelRange | CitedTime


def cited_places(cites: Iterable[str], known: Collection[str]) -> list[CitedPlace]:
    """Return every place named, in order and without duplicates. `known` are the existing
    labels."""
    found: dict[CitedPlace, None] = {}
    for cite in cites:
        for place in _of_one(cite, known):
            found.setdefault(place, None)
            if len(found) >= MAX_CITES:
                return list(found)
    return list(found)


_QUOTED = lazy_pattern(r"^[\"'“](\d[^\"'“”]*)[\"'”]$")
"""A quoted time, without its quotation marks, one of which may be the sign for seconds."""


def _of_one(cite: str, known: Collection[str]) -> Iterable[CitedPlace]:
    text = _QUOTED.sub(r"\1", cite[:500].strip())
    if text in known:
        return [LabelRange(text, text)]
    text = _with_clocks(text)
    text = " ".join(_NOISE.sub(" ", text).split())
    if text in known:
        return [LabelRange(text, text)]
    result: list[CitedPlace] = []

    def take_clock(match: re.Match[str]) -> str:
        start, end = clock_seconds(match[1]), clock_seconds(match[2]) if match[2] else None
        backwards = end is not None and end < start
        result.append(CitedTime(start, None if backwards else end))
        return ";"

    text = _CLOCKS.sub(take_clock, text)
    for part in re.split(r"[,;、，/|&]|\s+(?:and|und|et|y|e|&)\s+", text):
        result.extend(_labels(part.strip(" .:-–—"), known))
    return result


def _with_clocks(text: str) -> str:
    """Return a text with its digits as ASCII and its times as `H:MM:SS`, in any spelling."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"(:\d\d:\d\d),\d{3}(?![\d:])", r"\1", text)  # as SubRip has them
    text = re.sub(r"\bt=(\d{1,6})s?\b", r"\1s", text)
    text = re.sub(r"(?<![\w:.])(\d{1,6})(?=\s?[-–—~]\s?\d{1,6}\s?s\b)", r"\1s", text)
    return _SPELLED.sub(_as_clock, text)


def _as_clock(found: re.Match[str]) -> str:
    if not (found["h"] or found["m"] or found["s"]):
        return found[0]
    minutes = int(found["h"] or 0) * 60 + int(found["m"] or 0)
    return clock(minutes * 60 + int(found["s"] or 0)) + (found["rest"] or "").rstrip("0").rstrip(
        "."
    )


def _plain_number(word: str) -> str:
    """A whole number in ASCII digits and without zeros in front; any other word as it is."""
    return str(int(word)) if word.isdecimal() and len(word) < 10 else word


def _labels(part: str, known: Collection[str]) -> Iterable[CitedPlace]:
    part = _plain_number(part)
    if not part or len(part) > 40:
        return
    if part in known:
        yield LabelRange(part, part)
    elif match := _RANGE.match(part):
        yield LabelRange(match[1], match[2])
    elif " " in part:
        for word in part.split():
            label = _plain_number(word.strip(".:"))
            yield LabelRange(label, label)
    else:
        yield LabelRange(part, part)


# --- Labels and times within a text ---

_PLACE = rf"(?:{_CLOCK}|\d{{1,5}})"
_WORD = (
    r"(?:segments?|seg\.?|labels?|lines?|cites?|citations?|sources?|refs?\.?|at|from|see|around"
    r"|about|bei|um|ab|abschnitt|segmentos?|segmento|t|min(?:ute)?|ids?|no\.?|№|transcripts?"
    r"|ca\.?|セグメント|片段|段|세그먼트)"
)
_INSIDE = (
    rf"\s*[\^#@~≈]?(?:{_WORD}\s*[#:=_-]?\s*)*{_PLACE}"
    rf"(?:\s*(?:[-–—~,;、，،؛/&…]|\.{{2,3}}|to|and|bis|und|until|et|y|e)"
    rf"\s*(?:{_WORD}[ _-]*)*\^?{_PLACE})*\s*"
)
_BRACKETS = rf"[\[【［](?!0-9[\]］])(?:{_INSIDE})[\]】］](?![({{+])"
_GROUP = rf"{_BRACKETS}(?:[ \t]*[,;–—-]?[ \t]*{_BRACKETS})*"
_SEE = r"see(?:\ also)?|cf\.?|vgl\.?|siehe|voir|véase|ver"
_AT = r"at|around|about|from|near|until|bei|um|ab|gegen|vers|à|alle|minute"
_TIMES = rf"{_CLOCK}(?:\s*(?:[-–—~,;]|to|and|bis|und|until)\s*{_CLOCK})*"
_SEGMENTS = r"segments?\s+\d{1,5}(?:\s*(?:[-–—,]|to|and|through)\s*\d{1,5})*"
_VERB_AND_LABEL = lazy_pattern(rf"[ \t]*(?:{_SEE}|{_AT})(?=[ \t]+[\[【［](?!{_CLOCK}))", re.I)
"""A word before a label that may belong to the sentence; before a time it does not."""
_BRACKETED = rf"(?<!\w)[ \t]*{_GROUP}"
_REFERENCE = rf"""(?:(?<!\w)|(?=[ \t,\[【［(*_<]))(?P<before>,?[ \t]*)(?:
    (?P<round>\(\s*(?:(?:{_SEE})\s+)?(?:{_GROUP}|(?:(?:{_AT}|ca\.?|t=|~)\s*)?{_TIMES}|{_SEGMENTS})\s*\))
    |(?P<bracket>(?P<wrap>\*{{1,3}}|_{{1,2}}|<sup>)?(?:(?<![^\W_])(?:{_SEE})\s+)?{_GROUP}
        (?:(?<=[\]】］])(?:(?P=wrap)|</sup>))?)
    |(?P<tag>\[/?cite_(?:start|end)\])
    |(?P<timed>(?<![^\W_])(?:{_AT})[ \t]+{_GROUP})
    |(?P<bare>(?<![\w-])(?:{_AT}|{_SEE})[ \t]+(?:minute[ \t]+)?{_TIMES}(?![\w:])
        (?![ \t]*(?:[ap]\.?m\b|uhr\b|o['’]clock|h\b)))
    |(?P<segments>(?<![\w-])(?:(?:in|at|from|{_SEE})[ \t]+)?{_SEGMENTS}(?!\w))
    |(?P<opening>(?:^|(?<=\|))(?P<mark>[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{{1,3}}[.)])[ \t]+)?)
        (?P<bold>\*{{0,2}}){_CLOCK}(?:\s*[-–—~]\s*{_CLOCK})?(?P=bold)
        (?:[ \t]*[-–—:][ \t]+|[ \t]+(?=[^\s|])|(?=[ \t]*\|)))
    )"""
_HALF_WRITTEN = lazy_pattern(r"[ \t]*[\[【［][\d:.,\s]*\Z")
_ANY = lazy_pattern(r"\d\s*[\]】］]|\d:\d|\bsegments?\s+\d|\[/?cite_", re.IGNORECASE)
_NAMED = lazy_pattern(
    rf"({_PLACE})(?:\s*(?:[-–—~…]|\.{{2,3}}|to|bis|until)\s*({_PLACE}))?", re.IGNORECASE
)
_NUMBERS = lazy_pattern(r"[\[【［]\s*(\d+(?:\s*,\s*\d+)+)\s*[\]】］]")
_WORD_FOLLOWS = lazy_pattern(r"[ \t]+[^\W_]")
_YEAR = lazy_pattern(r"\[((?:1[5-9]|20)\d\d)\]")
_CLAUSE_ENDS = lazy_pattern(
    r"[*_\"'”’»)]*(?:[.,;:!?…。，、；：！？|)\[【］]|$|\s*$|\s+[A-Z\[])", re.MULTILINE
)
_REST = lazy_pattern(r"[,:;.]?[ \t]*")
_SERIES = lazy_pattern(
    r"(?:[=:∈(,+*/<>]|\b(?:list|array|interval|vector|range|tuple|sequence|set|is|are|of|returns?"
    r"|gives?|prints?|yields?|like|permutation|order|input|output|sort(?:s|ed)?|shape))\s*$",
    re.IGNORECASE,
)
"""Text before numbers in brackets that are a list or an interval, not labels."""


_ODD = lazy_pattern(
    r"(\(|\[{1,2}|【)([^()\[\]【】\n]{1,60})(\)|\]{1,2}|】)(\((?:\#|https?://[^()\s]*[?&#](?:t|start)=\d)[^()\s]*\))?"
)
_TIME_SAID = lazy_pattern(
    r"(?:timestamps?|time|min\.?)\s*:?(?=\s*\d)|(?<=\d)\s*min\.?|[⏱🕐-🕧]\ufe0f?", re.I
)
_UNITS = lazy_pattern(r"t=\d{1,6}s?|\d{2,6}s|\d{1,2}h ?\d{1,2}m(?: ?\d{1,2}s)?|\d{1,3}m ?\d{1,2}s")


def _in_one_form(text: str) -> str:
    """Return a level's text with labels and times in the requested form: models also write
    `[[12]]`, `[12†source]`, `[12](#12)`, `[1m58s]`, `[timestamp: 1:58]`, `[1:58 --> 2:10]`."""
    if not any(sign in text for sign in "[(【"):
        return text
    spans = protected(text)

    def plain(found: re.Match[str]) -> str:
        inside = found[2].partition("†")[0]
        if ":" in inside:  # `[15 min]` is how long something takes
            inside = _TIME_SAID.sub(" ", inside).replace("-->", "-").strip()
        timed = ":" in inside or (found[1] != "(" and _UNITS.fullmatch(inside))
        inside = _with_clocks(inside) if timed else inside
        is_place = _compiled(_INSIDE, re.IGNORECASE).fullmatch(inside)
        linked = found[4] and found.span() in spans and not _YEAR.fullmatch(f"[{inside}]")
        free = (outside(spans, found.start()) or linked) and len(found[1]) == len(found[3])
        if not (is_place and free) or (inside == found[2] and len(found[1]) < 2 and not linked):
            return found[0]
        before = text[found.start() - 1 : found.start()]
        if (before.isalnum() and "†" not in found[0]) or (
            found[1] == "(" and (not timed or found[4])
        ):
            return found[0]
        return f"({inside})" if found[1] == "(" else f"{' ' * before.isalnum()}[{inside}]"

    return _ODD.sub(plain, text)


def lift_references(
    text: str, talk: str = "", known: Collection[str] | None = None
) -> Lifted[CitedPlace]:
    """Return a level's text without the labels and times in its prose, and their positions.

    A time or the word “segment” that the transcript (`talk`) itself uses is content and stays,
    except in brackets; so does a year in brackets within a sentence that is none of the `known`
    labels. Code, formulas, links and array indices are left alone.
    """
    text = _in_one_form(text)
    found: list[tuple[int, int, tuple[CitedPlace, ...]]] = []
    capitals: list[int] = []
    for match in _references(text, talk):
        if known is not None and _is_year(text, match, known):
            continue
        start, end = match.end("mark") if match["opening"] else match.start(), match.end()
        words = text[start:end]
        if verb := _VERB_AND_LABEL.match(words):
            goes_on = not match["timed"] or _CLAUSE_ENDS.match(text, end) is not None
            if goes_on and re.search(r"\w[ \t]*$", text[:start]):
                start += verb.end()  # “as we see [12]”, “it is talked about [12]”
                words = text[start:end]
        line = text[text.rfind("\n", 0, start) + 1 : start]
        opens = not line.strip(" \t>-*+|0123456789.)")
        if opens or ends_sentence(line[-80:]):
            begins = opens or match["timed"] or match["bare"]
            if begins and not match["opening"]:
                start = max(start, match.end("before"))
            rest = _REST.match(text, end) if begins else None
            end = rest.end() if rest else end + (text[end : end + 1] in (".", ",", ";"))
            capitals += [end] if match["timed"] or match["bare"] else []
        elif match["before"].startswith(",") and not _CLAUSE_ENDS.match(text, end):
            start += 1
        start = max(start, found[-1][1] if found else 0)
        found.append((start, end, tuple(map(_place, _NAMED.finditer(words)))))
    for at in capitals:
        text = text[:at] + text[at : at + 1].upper()[:1] + text[at + 1 :]
    lifted = lift(text, found)
    flat = tuple((at, place) for at, places in lifted.found for place in places)
    return Lifted(lifted.text, flat, ())


def _is_year(text: str, match: re.Match[str], known: Collection[str]) -> bool:
    """Return True if brackets hold the year of a case or a work: “[1932] AC 562”."""
    year = _YEAR.fullmatch(match[0].strip())
    return (
        year is not None
        and year[1] not in known
        and _WORD_FOLLOWS.match(text, match.end()) is not None
    )


def moved_times(text: str, by_s: float) -> str:
    """Return a draft's text with its times moved by some seconds."""
    text = _in_one_form(text)
    pieces = []
    done = 0
    for match in _references(text, ""):
        moved = re.sub(_CLOCK, lambda found: clock(clock_seconds(found[0]) + by_s), match[0])
        pieces += [text[done : match.start()], moved]
        done = match.end()
    return "".join((*pieces, text[done:]))


@cache
def _compiled(pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    """Compile a pattern at its first use: it takes a hundredth of a second, and the window should
    appear first."""
    return re.compile(pattern, flags)


def _references(text: str, talk: str) -> Iterator[re.Match[str]]:
    if _ANY.search(text) is None:
        return
    spans = protected(text)
    for match in _compiled(_REFERENCE, re.IGNORECASE | re.MULTILINE | re.VERBOSE).finditer(text):
        prose = outside(spans, match.end("before")) and outside(spans, match.end() - 1)
        if prose and _is_reference(text, match, talk):
            yield match


def _is_reference(text: str, match: re.Match[str], talk: str) -> bool:
    """Return True if apparent labels or times in a text are cites, not content."""
    words = match[0]
    if match["tag"]:
        return True
    if match["round"] and not re.search(r"[\[【［]", words):
        return not any(found[0] in talk for found in re.finditer(_CLOCK, words))
    if match["bare"] or match["opening"]:
        return not any(found[0] in talk for found in re.finditer(_CLOCK, words))
    if match["segments"]:
        return "segment" not in talk.casefold()
    start, end = match.end("before"), match.end()
    closes = _CLAUSE_ENDS.match(text, end) is not None
    if series := _NUMBERS.search(words):
        numbers = [int(number) for number in series[1].split(",")]
        once = len(set(numbers)) == len(numbers) and 0 not in numbers
        if not (once and closes and not _SERIES.search(text, 0, start)):
            return False
    if start and words == "[0]" and re.match(r"\w", text[start - 1]):
        return False  # the first of an array; no label is zero
    if start and start == match.start() and re.match(rf"[^\W_{UNSPACED}]|[_)\]]", text[start - 1]):
        word = re.search(r"\w*$", text[:start])
        name = word[0] if word else ""
        written = len(name) >= 4 and name.isalpha()
        return (closes and (written or not name or name[0].isdigit())) or (
            written and name.istitle()
        )
    return not re.search(r"[=∈]\s*$", text[:start])


def _place(match: re.Match[str]) -> CitedPlace:
    first, last = match[1], match[2] or match[1]
    if ":" not in first:
        one, other = str(int(first)), first if ":" in last else last
        return LabelRange(one, str(int(other)))
    start_s, end_s = clock_seconds(first), clock_seconds(last)
    is_stretch = match[2] and ":" in last and end_s >= start_s
    return CitedTime(start_s, end_s if is_stretch else None)


def places_in(section: DraftSection, known: Collection[str]) -> list[CitedPlace]:
    """Return every place that a draft's section names, in its cites or statements, without
    duplicates."""
    found = dict.fromkeys(cited_places(section.cites, known))
    for text in section.texts:
        found.update((place, None) for _, place in lift_references(text).found)
    return list(found)


def names_a_place(section: DraftSection) -> bool:
    """Whether a draft's section names any place at all, in its cites or at a statement."""
    return bool(cited_places(section.cites, ())) or any(
        lift_references(text).found for text in section.texts
    )


@lru_cache(maxsize=512)
def without_references(text: str) -> str:
    """Return a draft's text without labels and times, for counting and comparing; cached."""
    return lift_references(text).text


def shown_while_written(text: str) -> str:
    """Return a growing draft's text for display: its last label may be incomplete."""
    return _HALF_WRITTEN.sub("", without_references(text))


def timed_while_written(text: str, time_of: Callable[[str], str]) -> str:
    """Return a growing draft's text with times in brackets for labels, from `time_of`: "" for
    none."""
    lifted = lift_references(_HALF_WRITTEN.sub("", text))
    pieces, done = [], 0
    for at, place in lifted.found:
        time = clock(place.start_s) if isinstance(place, CitedTime) else time_of(place.first)
        pieces += [lifted.text[done:at], f" [{time}]" if time else ""]
        done = at
    return "".join((*pieces, lifted.text[done:]))


def without_brackets(heading: str) -> str:
    """Return a heading without labels and times in brackets: headings have no cites."""
    return _compiled(_BRACKETED, re.IGNORECASE).sub("", heading).strip() or heading
