"""Language properties for office documents: direction, fonts, script.

Office documents have three sets of fonts: for Latin and most other scripts, for East Asian ones and
for complex ones, including right-to-left scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
_EAST = (
    "\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U0001b000-\U0001b2ff\U00020000-\U0003ffff"
)
_COMPLEX = "\u0900-\u109f\u1780-\u17ff\u1a20-\u1aaf\ua8e0-\ua8ff\ua9e0-\uaa7f"
_LETTER = rf"[^\W\d_{_RIGHT}{_EAST}{_COMPLEX}]"


class Script(StrEnum):
    """The set of fonts of a run of text."""

    PLAIN = "plain"
    EAST_ASIAN = "east"
    COMPLEX = "complex"
    RIGHT_TO_LEFT = "right"


def _run_pattern(script: Script, letter: str) -> str:
    return rf"(?P<{script}>{letter}+(?:[\W\d_]*{letter}+)*)"


_SCRIPT_RUN = re.compile(
    "|".join(
        (
            _run_pattern(Script.RIGHT_TO_LEFT, f"[{_RIGHT}]"),
            _run_pattern(Script.EAST_ASIAN, f"[{_EAST}]"),
            _run_pattern(Script.COMPLEX, f"[{_COMPLEX}]"),
            _run_pattern(Script.PLAIN, _LETTER),
        )
    )
)
_FIRST_LETTER = re.compile(rf"([{_RIGHT}])|[^\W\d_]")

# Subtags of languages and scripts as the IANA registry has them, "iw" and "ji" for older files.
_RIGHT_LANGUAGES = frozenset({
    "ar", "arc", "azb", "bal", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "ks", "lrc", "mzn",
    "nqo", "pnb", "prs", "ps", "sd", "sdh", "syr", "ug", "ur", "yi",
})  # fmt: skip
_RIGHT_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})
_COMPLEX_LANGUAGES = frozenset({
    "as", "bn", "bo", "dz", "gu", "hi", "km", "kn", "kok", "lo", "mai", "ml", "mr", "my", "ne",
    "or", "pa", "sa", "si", "ta", "te", "th",
})  # fmt: skip
_EAST_ASIAN_LANGUAGES = frozenset({"ja", "ko", "wuu", "yue", "zh"})
_TRADITIONAL = frozenset({"hant", "hk", "mo", "tw"})
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class DocumentLanguage:
    """A note's language in an office document; `tag` is "" if unknown."""

    tag: str

    @classmethod
    def of(cls, tag: str) -> DocumentLanguage:
        tag = tag.strip().replace("_", "-")
        known = _TAG.fullmatch(tag) and tag.lower() not in ("und", "mul", "zxx")
        return cls(tag if known else "")

    @property
    def _subtags(self) -> list[str]:
        return self.tag.lower().split("-")

    @property
    def runs_right_to_left(self) -> bool:
        name, *rest = self._subtags
        script = next((each for each in rest if len(each) == 4 and each.isalpha()), "")
        return script in _RIGHT_SCRIPTS if script else name in _RIGHT_LANGUAGES

    @property
    def script(self) -> Script:
        if self.runs_right_to_left:
            return Script.RIGHT_TO_LEFT
        if self._subtags[0] in _EAST_ASIAN_LANGUAGES:
            return Script.EAST_ASIAN
        return Script.COMPLEX if self._subtags[0] in _COMPLEX_LANGUAGES else Script.PLAIN

    @property
    def east_asian_font(self) -> str:
        """Return an East Asian font of Windows and Office; other systems substitute their own."""
        name, *rest = self._subtags
        if name == "ja":
            return "Yu Gothic"
        if name == "ko":
            return "Malgun Gothic"
        if self.script is not Script.EAST_ASIAN:
            return ""
        traditional = name == "yue" or not _TRADITIONAL.isdisjoint(rest)
        return "Microsoft JhengHei" if traditional else "Microsoft YaHei"


def starts_right_to_left(text: str, *, otherwise: bool) -> bool:
    """Return True if the first letter is right-to-left, as HTML's `dir="auto"`; `otherwise` without
    letters."""
    found = _FIRST_LETTER.search(text)
    return bool(found[1]) if found else otherwise


def script_runs(text: str, *, right_to_left: bool) -> Iterator[tuple[Script, str]]:
    """Yield `text` in runs of one script; other characters follow the paragraph's direction."""
    between = Script.RIGHT_TO_LEFT if right_to_left else Script.PLAIN
    if text.isascii() and not right_to_left:
        yield between, text
        return
    at = 0
    for found in _SCRIPT_RUN.finditer(text):
        if at < found.start():
            yield between, text[at : found.start()]
        yield Script(str(found.lastgroup)), found[0]
        at = found.end()
    if at < len(text):
        yield between, text[at:]
