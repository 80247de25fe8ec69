"""JSON as models write it, read as it was meant, be it whole or cut off at any character.

What is meant is decided by what a text says. Backspace and form feed never occur in notes, so that
`\\frac` and `\\beta` are commands; a line end does not stand before “abla”, in a Windows path or
between backticks. A quotation mark ends a text only where JSON goes on behind it. Besides that:
trailing and missing commas, other quotation marks, names without any, comments, Python's constants,
a whole answer within a string, and several objects one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

MAX_DEPTH = 40
KEYS = (
    *("title", "sections", "notes", "template", "heading", "cites"),
    *("concise", "standard", "comprehensive"),
)
"""The names of an answer: only these are known without quotation marks around them."""


class Cut(str):
    """A text, or a bare word, whose end has not come: it may go on."""

    __slots__ = ()


class CutDict(dict[str, Any]):
    """An object whose closing brace has not come."""


_GAP = r"(?:[\s\ufeff]|//[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z)|\#[^\n]*(?:\n|\Z))*"
_SPACE = re.compile(_GAP, re.DOTALL)
_COMMAS = re.compile(_GAP.replace("[", "[,;", 1), re.DOTALL)
_CLOSING = {
    **{'"': '"', "'": "'", "`": "`", "«": "»"},
    **dict.fromkeys("“”„", "“”"),
    **dict.fromkeys("‘’‚", "‘’"),
}
_OPENING = "".join(_CLOSING)
_BODY = {
    closing: re.compile(rf"[^{closing}\\]*(?:\\.[^{closing}\\]*)*", re.DOTALL)
    for closing in set(_CLOSING.values())
}
_NAMES = "|".join(KEYS)
_NEXT_KEY = re.compile(
    rf"{_GAP}(?:\Z|}}|{{\s*[{_OPENING}]|[{_OPENING}](?:[^\\\n{_OPENING}]|\\.){{0,80}}(?:\Z|[{_OPENING}]{_GAP}(?:[:=]|\Z))"
    rf"|(?:{_NAMES}){_GAP}(?::|=|\Z))",
    re.DOTALL,
)
_NEXT_ITEM = re.compile(rf"{_GAP}(?:\Z|[{_OPENING}{{\[\]\d-]|(?:null|None)\b)", re.DOTALL)
_BARE = re.compile(r"[^\s,:}\]][^,}\]\n]*")
_BARE_KEY = re.compile(r"[^\s,:=}\]{]+")
_CONSTANTS = {
    **{"true": True, "false": False},
    **dict.fromkeys(("null", "none", "nan", "undefined", "nil", "infinity", "-infinity")),
}
_START = re.compile(
    rf"[\[{{](?=\s{{0,80}}(?:[\[{{]\s{{0,80}}){{0,3}}(?:[{_OPENING}}}\]]|//|/\*|\#|\d|(?:{_NAMES})\b|\Z))"
)
_WRAPPED = re.compile(r'[\s\ufeff]*(?:```\w*\s*)?(?=["\'](?:\s|\\n|[\[{])+\\+")')
_OTHER_KEY = re.compile(rf"[{_OPENING}](?:{_NAMES})[{_OPENING}]\s*:")


def values(text: str, decoded: Callable[[str], str] | None = None) -> Iterator[tuple[Any, bool]]:
    """Each object and list in a text, whatever stands around them, and whether it is closed.

    `decoded` makes a text of what stands between two quotation marks: `meant`, or more than that.
    """
    if wrapped := _WRAPPED.match(text):
        reader = _Reader(text, wrapped.end(), meant)
        inner = reader.text_value(lambda at: not text[at:].strip("` \n"))
        yield from values(str(inner), decoded)
        return
    at = 0
    while begin := _START.search(text, at):
        reader = _Reader(text, begin.start(), decoded or meant)
        try:
            value = reader.value(1)
        except _TooDeep:
            value, reader.cut = None, True
        yield value, not reader.cut
        at = len(text) if reader.cut else max(reader.at, begin.end())


class _TooDeep(Exception):
    pass


class _Reader:
    """Reads one value from `at` on. `cut`: the text ended before the value did."""

    def __init__(self, text: str, at: int, decoded: Callable[[str], str]) -> None:
        self.text = text
        self._decoded = decoded
        self.at = at
        self.cut = False

    def value(self, depth: int, *, in_object: bool = False) -> Any:
        if depth > MAX_DEPTH:
            raise _TooDeep
        first = self.text[self.at]
        if first == "{":
            return self._object(depth)
        if first == "[":
            return self._list(depth)
        if first in _CLOSING:
            return self.text_value(lambda at: self._goes_on(at, depth, in_object=in_object))
        return self._bare()

    def _object(self, depth: int) -> dict[str, Any]:
        found = CutDict()
        self.at += 1
        while self._skip(_COMMAS):
            first = self.text[self.at]
            if first in "}]{":  # the last two: its own brace was forgotten
                self.at += first == "}"
                return dict(found)
            key = self._key()
            if not self._skip(_SPACE):
                break
            sign = self.text[self.at]
            if sign not in ":=":
                continue
            self.at += 1 + self.text.startswith("=>", self.at)
            if not self._skip(_SPACE):
                break
            if self.text[self.at] in ",}":
                continue
            found[key] = self.value(depth + 1, in_object=True)
            if self.cut:
                break
        return found

    def _list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        while self._skip(_COMMAS):
            first = self.text[self.at]
            if first == "]":
                self.at += 1
                return found
            if first == "}":
                return found  # its own bracket was forgotten
            found.append(self.value(depth + 1))
            if self.cut:
                break
        return found

    def _key(self) -> str:
        if self.text[self.at] in _CLOSING:
            return self.text_value(lambda _at: True)
        bare = _BARE_KEY.match(self.text, self.at)
        self.at = bare.end() if bare else self.at + 1
        self.cut = self.at == len(self.text)
        return bare[0] if bare else ""

    def text_value(self, ends: Callable[[int], bool]) -> str:
        """A text in quotation marks. `ends` says whether it ends before a place."""
        text, start = self.text, self.at + 1
        body = _BODY[_CLOSING[text[self.at]]]
        end = start
        while True:
            end = _end(body, text, end)
            is_cut = end >= len(text) or text[end] == "\\"
            if is_cut or ends(end + 1):
                break
            end += 1
        swallowed = _OTHER_KEY.search(text, start, end)
        if swallowed:  # its own closing mark was forgotten, or stands behind a backslash
            self.at = swallowed.start()
            return self._decoded(text[start : self.at].rstrip(", \n\t").removesuffix('"'))
        if is_cut:
            self.at, self.cut = len(text), True
            return Cut(self._decoded(_UNSURE.sub("", text[start:])))
        self.at = end + 1
        return self._decoded(text[start:end])

    def _goes_on(self, at: int, depth: int, *, in_object: bool) -> bool:
        """Whether JSON goes on behind a quotation mark, so that it is no part of what is said."""
        text = self.text
        after = _end(_SPACE, text, at)
        if after == len(text):
            return True
        match text[after]:
            case ",":
                following = _NEXT_KEY if in_object else _NEXT_ITEM
                return following.match(text, after + 1) is not None
            case "}" | "]" as mark:
                beyond = _end(_SPACE, text, after + 1)
                own = (mark == "}") == in_object
                return beyond == len(text) or text[beyond] in ",}]{" or (own and depth <= 2)
            case mark if mark in _CLOSING:  # a comma was forgotten
                if in_object:
                    return _NEXT_KEY.match(text, after) is not None
                return "\n" in text[at:after]
        return False

    def _bare(self) -> Any:
        found = _BARE.match(self.text, self.at)
        if found is None:
            self.at += 1
            return None
        self.at = found.end()
        word = found[0].strip()
        if self.at == len(self.text):
            self.cut = True
            return Cut(word)
        return _CONSTANTS.get(word.casefold(), word)

    def _skip(self, what: re.Pattern[str]) -> bool:
        """Go on behind it. False at the end of the text."""
        self.at = _end(what, self.text, self.at)
        self.cut = self.at >= len(self.text)
        return not self.cut


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


# --- what a backslash means ----------------------------------------------------------------------

NEAR = 8_000
"""Characters around a place that are looked at: more than the text of any section has."""
_UNSURE = re.compile(
    r"\\(?:u[0-9a-fA-F]{0,3}|u[dD][89abAB][0-9a-fA-F]{2}(?:\\u?[0-9a-fA-F]{0,3})?|[a-z]{0,16})?\Z"
)
"""The end of a text that goes on: what its last backslash means is not known yet."""
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))",
    re.DOTALL,
)
_CONTROL = {"0008": "b", "0009": "t", "000a": "n", "000c": "f", "000d": "r"}
_LETTERS = re.compile(r"[A-Za-z]*")
_N_COMMANDS = re.compile(
    r"abla|e[wq]|(?:re)?ew(?:command|environment|theorem|page|line)|onumber|otag|otin|olimits"
    r"|obreak|oindent|ormal(?:size|font)|icefrac|[lg]eq(?:slant)?|prec|succ|su[bp]set(?:eq)?"
    r"|[vV][dD]ash|atural|[ew]arrow|earrow|warrow|(?:left)?rightarrow|leftarrow"
)
"""What follows `\\n` in commands of TeX, and no word begins with."""
_N_WORDS = re.compile(r"[eiu]|ot|eg|mid|sim|cong|less|parallel|exists|orm|um|ode|ull")
"""The same, where it may be a word: a command within a formula only."""
_T_COMMANDS = re.compile(
    r"au|heta(?:sym)?|ext(?:bf|it|rm|sf|tt|sc|style|normal|color)?|imes|ilde|frac|binom"
    r"|riangle(?:q|right|left)?|hinspace|herefore|hick(?:approx|sim)|woheadrightarrow|anh"
)
_T_WORDS = re.compile(r"op?|an|ag|r")
_DEFINITE = re.compile(r"(?<!\\)(?:\\\\)*\\(?:[abcdefghijklmopqsvwxyzA-Z])")
"""A backslash that JSON does not know, or that none needs: this text has single ones."""
_PATH = re.compile(
    r"(?:^|[\s\"'`“(\[<|=,;])(?:[A-Za-z]:|\.{1,2}|~|%\w+%|\$[A-Z_]{2,}|HK\w+|\\{2,4}[\w.$-]+)"
    r"(?:\\{1,2}[\w.$@+-]*(?: [A-Z(][\w.()-]*)*)*\Z"
)
_RELATIVE_PATH = re.compile(r"(?:^|[\s\"'`“(\[<|=,;])[\w.-]+(?:\\{1,2}[\w.-]+)*\Z")


def meant(raw: str) -> str:
    """What the text between two quotation marks of JSON says."""
    if "\x0c" in raw or "\x08" in raw:  # made of a command by something that read it already
        raw = raw.replace("\x0c", "\\f").replace("\x08", "\\b")
    if "\\" not in raw:
        return raw

    def one(found: re.Match[str]) -> str:
        pair, code, sign = found.groups()
        if pair:
            high, low = int(pair[:4], 16), int(pair[-4:], 16)
            return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        if code:
            sign = _CONTROL.get(code.lower(), "")
            if not sign:
                number = int(code, 16)
                return "\ufffd" if 0xD800 <= number <= 0xDFFF else chr(number)
        match sign:
            case '"' | "/" | "\n":
                return sign
            case "'" | "”" | "“" | "’":
                return sign
            case "\\":
                doubled = _ends_a_row(raw, found) or _begins_a_share(raw, found)
                return "\\\\" if doubled else "\\"
            case "n":
                return "\n" if _is_line_end(raw, found) else "\\n"
            case "t":
                return "\t" if _is_tab(raw, found) else "\\t"
            case "r":
                if _in_code(raw, found.start()):
                    return "\\r"
                if raw.startswith(("\\n", "\n"), found.end()):
                    return ""
                return "\\r" if raw[found.end() : found.end() + 1].isalpha() else "\n"
        return f"\\{sign}"

    return _ESCAPE.sub(one, raw)


def _is_line_end(raw: str, found: re.Match[str]) -> bool:
    at, after = found.span()
    following = raw[after : after + 1]
    if following.islower() and following.isascii():
        run = _end(_LETTERS, raw, after)
        word = raw[after:run]
        if _N_COMMANDS.fullmatch(word):
            return False
        if _N_WORDS.fullmatch(word) and (
            _in_formula(raw, at) or raw[run : run + 1] in ("{", "_", "^")
        ):
            return False
        if _in_path(raw, at, run):
            return False
    return not _in_code(raw, at)


def _is_tab(raw: str, found: re.Match[str]) -> bool:
    at, after = found.span()
    run = _end(_LETTERS, raw, after)
    word = raw[after:run]
    at_start = at == 0 or raw.endswith(("\\n", "\\t", "\n", "\t"), 0, at)
    if _T_COMMANDS.fullmatch(word):
        return False
    if _T_WORDS.fullmatch(word) and (_in_formula(raw, at) or not at_start):
        return False
    if word and _in_path(raw, at, run):
        return False
    return not _in_code(raw, at)


def _ends_a_row(raw: str, found: re.Match[str]) -> bool:
    """Whether two backslashes stand for two: a new row of a formula that has single ones."""
    at, after = found.span()
    if (
        raw[after : after + 1] not in ("", " ", "\n", "&", "[", "\\", "$")
        or raw[at - 1 : at] == "\\"
    ):
        return False
    if raw.startswith("\\\\", after):
        return False
    low, high = max(0, at - NEAR), at + NEAR
    if not (_in_formula(raw, at) or raw.find("\\begin{", low, at) >= 0):
        return False
    return _DEFINITE.search(raw, low, high) is not None


def _begins_a_share(raw: str, found: re.Match[str]) -> bool:
    """Whether two backslashes stand for two: `\\\\server\\share`."""
    at, after = found.span()
    return (at == 0 or raw[at - 1] in " \t\n\"'`(") and _SHARE.match(raw, after) is not None


_SHARE = re.compile(r"[\w.-]+\$?\\(?!\\)\w")


def _in_formula(raw: str, at: int) -> bool:
    """Whether a formula is open at a place: a dollar sign, or `\\(` or `\\[`, without its like."""
    low = max(0, at - 600)
    paragraph = raw[max(raw.rfind("\\n\\n", low, at), raw.rfind("\n\n", low, at), low) : at]
    paragraph = paragraph.replace("$$", "$")
    if (paragraph.count("$") - paragraph.count("\\$")) % 2 and "$" in raw[at : at + 600]:
        return True
    return any(paragraph.rfind(a) > paragraph.rfind(b) for a, b in (("\\(", "\\)"), ("\\[", "\\]")))


def _in_path(raw: str, at: int, run: int) -> bool:
    before = raw[max(0, at - 200) : at]
    if _PATH.search(before):
        return True
    # A relative one shows itself by another single backslash that can be nothing else.
    rest = re.compile(r"[\w.\\-]*").match(raw, run)
    whole = raw[at : rest.end()] if rest else ""
    found = _RELATIVE_PATH.search(before)
    return found is not None and _DEFINITE.search(found[0] + whole) is not None


def _in_code(raw: str, at: int) -> bool:
    """Whether a place is within code in a line, or within a string of a block of code."""
    if "`" not in raw:
        return False
    low = max(0, at - NEAR)
    if raw.count("```", low, at) % 2 == 0:
        fence = raw.rfind("```", low, at)
        low = max(0, at - 300)
        begin = max(raw.rfind("\\n\\n", low, at), fence + 3 if fence >= 0 else 0, low)
        paragraph = raw[begin:at]
        ahead = raw.find("`", at)
        return paragraph.count("`") % 2 == 1 and 0 <= ahead < at + 200
    line = raw[max(raw.rfind("\\n", low, at), raw.rfind("\n", low, at), low) : at].replace(
        '\\"', '"'
    )
    rest = re.split(r"\\n|\n", raw[at + 2 : at + 300].replace('\\"', '"'), maxsplit=1)[0]
    if line.replace('"""', "").count('"') % 2 and '"' in rest:
        return True
    return line.count("'") % 2 == 1 and rest.startswith("'")


# --- line ends that were written out -------------------------------------------------------------

_KEPT = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$)", re.DOTALL)
_WRITTEN_OUT = re.compile(
    r"(?:\\r)?\\n(?=\\|\s*\Z|[ \t]*(?:[-*+•>|]|\d{1,3}[.)]|\#{1,6} |```|[^\W\d_a-z]))"
    r"|(?<=[.;!?)|*”\"])\s?(?:\\r)?\\n(?=[ \w])"
)


_FENCE_WRITTEN_OUT = re.compile(r"```\w*\\n")
_SINGLE = re.compile(r"(?<!\\)\\[A-Za-z]")
_DOUBLED = re.compile(r"(?<!\\)\\\\(?=[A-Za-z]{2})")


def unrolled(text: str) -> str:
    """A text with the line ends that were written out as a backslash and an n, and formulas whose
    commands all have two backslashes with one.

    Where it has no other line ends at all, all of it was written out, its quotation marks too.
    """
    if "\\" not in text:
        return text
    parts = _KEPT.split(text)  # prose, and between it code and formulas
    written_out = "\n" not in text and any(
        (_FENCE_WRITTEN_OUT if number % 2 else _WRITTEN_OUT).search(part)
        for number, part in enumerate(parts)
    )
    for number, part in enumerate(parts):
        if number % 2 == 0:
            plain = _WRITTEN_OUT.sub("\n", part)
            parts[number] = plain.replace('\\"', '"') if written_out else plain
        elif part.startswith("```") and written_out:
            parts[number] = part.replace("\\n", "\n")
        elif part.startswith("$") and not _SINGLE.search(part):
            parts[number] = _DOUBLED.sub(r"\\", part)
    return "".join(parts)
