"""Detects the language of a text: by its script, and by frequent words if scripts are shared.

Enough to detect the language of captions and a note in the wrong one, not any language of the
world. A language is returned only if it is clear; otherwise "".
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import islice

from notegen_desktop.domain.text.patterns import lazy_pattern

from .languages import language_in_name, normal_tag
from .scripts import SCRIPTS, VOWEL_SIGNS

SEARCHED_CHARS = 20_000
"""Maximum characters examined: enough for a certain result, within a millisecond."""
MIN_WORDS = 12
"""Minimum words for a result."""
MIN_LETTERS = 20
"""Minimum letters that contradict a tag; a CJK character counts for three."""
MIN_SHARE = 0.12
MIN_LEAD = 1.12
"""The share of common words that makes a language likely, and its lead over the next likely one."""
CLEAR_SHARE = 0.25
"""Minimum share that contradicts a language whose own share is unknown."""

_ONE_LANGUAGE = {
    "Kana": "ja", "Hangul": "ko", "Han": "zh", "Thai": "th", "Lao": "lo", "Tibetan": "bo",
    "Burmese": "my", "Khmer": "km", "Hebrew": "he", "Greek": "el", "Armenian": "hy",
    "Georgian": "ka", "Ethiopic": "am", "Bengali": "bn", "Gurmukhi": "pa", "Gujarati": "gu",
    "Tamil": "ta", "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Sinhala": "si",
}  # fmt: skip
"""Scripts that are written in (nearly) one language only."""
_TOLD_BY_WORDS = {
    "Devanagari": ("hi", "mr"),
    "Arabic": ("ar", "fa", "ur"),
    "Cyrillic": ("ru", "uk", "bg"),
    "Latin": (
        "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "sk", "sl",
        "hr", "hu", "ro", "tr", "vi", "id", "ca", "gl", "et", "lv", "lt", "sw", "tl", "af",
    ),
}  # fmt: skip
_SCRIPT_OF = {
    **{language: script for script, language in _ONE_LANGUAGE.items()},
    **{tag: script for script, tags in _TOLD_BY_WORDS.items() for tag in tags},
    **dict.fromkeys(("be", "mk", "kk", "mn", "ky", "tg"), "Cyrillic"),
    **dict.fromkeys(("ps", "ug", "sd"), "Arabic"),
    **dict.fromkeys(("ne", "sa"), "Devanagari"),
    **{"yue": "Han", "yi": "Hebrew", "as": "Bengali"},
}
"""The script of a language; Latin for others."""
_SEVERAL_SCRIPTS = frozenset({"sr", "uz", "az", "bs", "pa", "ku", "ha"})
_KIN = (
    *(frozenset({"no", "nb", "nn", "da", "sv"}), frozenset({"id", "ms"}), frozenset({"cs", "sk"})),
    *(frozenset({"zh", "yue"}), frozenset({"he", "yi"}), frozenset({"bn", "as"})),
    *(frozenset({"hi", "ne", "sa"}), frozenset({"ca", "es"}), frozenset({"gl", "pt", "es"})),
)
"""Closely related languages, of which one is not called wrong for another."""
_CODE = lazy_pattern(r"```.*?```|`[^`\n]*`|https?://\S+", re.DOTALL)
_WORD = lazy_pattern(rf"[^\W\d_]+(?:[{VOWEL_SIGNS}]+[^\W\d_]*)*(?:['’][^\W\d_]+)?")
_ASCII = lazy_pattern(r"[\x00-\x7f]+")
_LATIN_LETTERS = string.ascii_letters.encode()
_PATTERNS = {name: lazy_pattern(f"[{characters}]") for name, characters in SCRIPTS.items()}


def guess_language(texts: Iterable[str], *, name: str = "", header: str = "") -> str:
    """Return the BCP 47 tag of a transcript, "" if uncertain.

    Its own words overrule a file name or a header that does not fit them at all.
    """
    sample = " ".join(islice(texts, 400))[:SEARCHED_CHARS]
    for claimed in (normal_tag(header), language_in_name(name)):
        if claimed and not differs(sample, claimed.partition("-")[0]):
            return claimed
    return detect_language(sample)


def detect_language(text: str) -> str:
    """Return the language of a text as a primary tag, "" if unclear."""
    text = _prose(text)
    script = main_script(text)
    if script not in _TOLD_BY_WORDS:
        return _ONE_LANGUAGE.get(script, "")
    shares = _shares(text, script)
    if not shares:
        return ""
    first, second = sorted(shares, key=shares.__getitem__, reverse=True)[:2]
    sure = shares[first] >= max(MIN_SHARE, MIN_LEAD * shares[second])
    return first if sure else ""


def differs(text: str, tag: str) -> str:
    """Return the language a text is clearly in, if that is another than `tag` (a primary tag); else
    "".

    A script without a single language is returned itself: “Cyrillic script”.
    """
    tag = {"nb": "no", "nn": "no", "fil": "tl"}.get(tag, tag)
    text = _prose(text)
    script = main_script(text)
    if not tag or tag in _SEVERAL_SCRIPTS or not script:
        return ""
    found = detect_language(text)
    expected = _SCRIPT_OF.get(tag, "Latin")
    if script != expected:
        enough = sum(_letters(text).values()) >= MIN_LETTERS
        return (found or f"{script} script") if enough else ""
    if not found or found == tag or any({found, tag} <= kin for kin in _KIN):
        return ""
    shares = _shares(text, script)
    return found if tag in shares or shares[found] >= CLEAR_SHARE else ""


_SIMPLIFIED = "这们说时会国对发为来个还样问让开关实应学认话东车长门见书马语读请头点听写难题现间进"
_TRADITIONAL = "這們說時會國對發為來個還樣問讓開關實應學認話東車長門見書馬語讀請頭點聽寫難題現間進"


def chinese_tag(tag: str, text: str) -> str:
    """Return `zh-Hans` or `zh-Hant` for a tag of Chinese: by its own script or region, else by the
    characters of a text that differ between the two; any other or unclear tag unchanged."""
    if tag.strip().lower() not in ("zh", "cmn", "chi", "zho"):
        return tag
    sample = text[:SEARCHED_CHARS]
    simplified, traditional = (
        sum(map(sample.count, characters)) for characters in (_SIMPLIFIED, _TRADITIONAL)
    )
    if max(simplified, traditional) < 3:
        return tag
    return "zh-Hans" if simplified >= traditional else "zh-Hant"


def word_shares(text: str) -> dict[str, float]:
    """Return the share of common words of each language in a text; empty if unknown."""
    text = text[:SEARCHED_CHARS]
    return _shares(text, main_script(text), at_least=1)


def main_script(text: str) -> str:
    """Return the script of most letters of a text, "" for hardly any; `Kana` for all Japanese."""
    counts = _letters(text[:SEARCHED_CHARS])
    if counts["Han"] and counts["Kana"] * 20 > counts["Han"]:
        counts["Kana"] += counts.pop("Han")
    script, letters = counts.most_common(1)[0]
    return script if letters >= 3 else ""


def _letters(text: str) -> Counter[str]:
    """Return the number of letters by script; a CJK character counts for three of others."""
    latin = text.encode("ascii", "ignore")
    odd = "" if text.isascii() else _ASCII.sub("", text)
    counts = Counter({name: len(pattern.findall(odd)) for name, pattern in _PATTERNS.items()})
    counts["Latin"] += len(latin) - len(latin.translate(None, _LATIN_LETTERS))
    for name in ("Kana", "Hangul", "Han"):
        counts[name] *= 3
    return counts


def _prose(text: str) -> str:
    return _CODE.sub(" ", text[:SEARCHED_CHARS])


def _shares(text: str, script: str, at_least: int = MIN_WORDS) -> dict[str, float]:
    """Return, for each language of a script, the share of words that are among its commonest.

    A word common to several languages counts for less. Empty for short texts.
    """
    words = _WORD.findall(text.lower())
    if len(words) < at_least:
        return {}
    counted = Counter(words)
    weights = _weights()
    shares: dict[str, float] = {}
    for language in _TOLD_BY_WORDS.get(script, ()):
        common = common_words(language)
        hits = sum(n * weights[word] for word, n in counted.items() if word in common)
        shares[language] = hits / len(words)
    return shares


@cache
def common_words(language: str) -> frozenset[str]:
    """Return words that are frequent in any text of a language; none if unknown."""
    from stopwordsiso import has_lang, stopwords

    return frozenset(stopwords(language)) if has_lang(language) else frozenset()


@cache
def _weights() -> dict[str, float]:
    """Return the weights of common words: less if many languages share them."""
    seen: Counter[str] = Counter()
    for languages in _TOLD_BY_WORDS.values():
        for language in languages:
            seen.update(common_words(language))
    return {word: 1.0 / count for word, count in seen.items()}
