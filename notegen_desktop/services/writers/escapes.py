r"""Decodes backslashes in the JSON that models write.

The text decides. Backspace and form feed never occur in notes, so `\frac` and `\beta` are commands;
`\n` is no line end before “abla”, in a Windows path or between backticks.
"""

from __future__ import annotations

import re

NEAR = 8_000
"""Characters of context examined: more than the text of any section has."""
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
r"""TeX commands after `\n`, as far as no word begins so."""
_N_WORDS = re.compile(r"[eiu]|ot|eg|mid|sim|cong|less|parallel|exists|orm|um|ode|ull")
"""The same for letters that may begin a word: commands only within a formula."""
_T_COMMANDS = re.compile(
    r"au|heta(?:sym)?|ext(?:bf|it|rm|sf|tt|sc|style|normal|color)?|imes|ilde|frac|binom"
    r"|riangle(?:q|right|left)?|hinspace|herefore|hick(?:approx|sim)|woheadrightarrow|anh"
)
_T_WORDS = re.compile(r"op?|an|ag|r")
_DEFINITE = re.compile(r"(?<!\\)(?:\\\\)*\\(?:[abcdefghijklmopqsvwxyzA-Z])")
"""A backslash sequence that JSON does not define or need: this text has single backslashes."""
_PATH = re.compile(
    r"(?:^|[\s\"'`“(\[<|=,;])(?:[A-Za-z]:|\.{1,2}|~|%\w+%|\$[A-Z_]{2,}|HK\w+|\\{2,4}[\w.$-]+)"
    r"(?:\\{1,2}[\w.$@+-]*(?: [A-Z(][\w.()-]*)*)*\Z"
)
_SHARE = re.compile(r"[\w.-]+\$?\\(?!\\)\w")
_PATH_REST = re.compile(r"[\w.\\-]*")
_RELATIVE_PATH = re.compile(r"(?:^|[\s\"'`“(\[<|=,;])[\w.-]+(?:\\{1,2}[\w.-]+)*\Z")


def decoded_string(raw: str) -> str:
    """Return the decoded text of a JSON string's raw content."""
    # an earlier parser has turned a command into a control character
    if "\x0c" in raw or "\x08" in raw:
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


def _letters_end(raw: str, at: int) -> int:
    """Return the index behind the letters that begin at `at`."""
    letters = _LETTERS.match(raw, at)
    return letters.end() if letters else at


def _is_line_end(raw: str, found: re.Match[str]) -> bool:
    at, after = found.span()
    following = raw[after : after + 1]
    if following.islower() and following.isascii():
        run = _letters_end(raw, after)
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
    run = _letters_end(raw, after)
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
    """Return True if two backslashes are meant literally: the row separator of a formula with
    commands."""
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
    r"""Return True if two backslashes are meant literally: the start of `\\server\share`."""
    at, after = found.span()
    return (at == 0 or raw[at - 1] in " \t\n\"'`(") and _SHARE.match(raw, after) is not None


def _in_formula(raw: str, at: int) -> bool:
    r"""Return True if a formula is open at `at`: an unclosed dollar sign, `\(` or `\[`."""
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
    # A relative path is recognised by another single backslash that has no other meaning.
    rest = _PATH_REST.match(raw, run)
    whole = raw[at : rest.end()] if rest else ""
    found = _RELATIVE_PATH.search(before)
    return found is not None and _DEFINITE.search(found[0] + whole) is not None


def _in_code(raw: str, at: int) -> bool:
    """Return True if `at` is in inline code, or in a string of a code block."""
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
    r"""Return a text with literal `\n` sequences turned into line ends, and doubled backslashes of
    formulas halved.

    If it has no other line ends at all, escaped quotation marks are decoded, too.
    """
    if "\\" not in text:
        return text
    parts = _KEPT.split(text)  # prose, alternating with code and formulas
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
