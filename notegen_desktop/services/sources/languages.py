"""In which language a caption file is: from its name, its header, else its letters and words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice

_TAG = re.compile(
    r"^([a-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_]orig)?$", re.I
)
_HEADER = re.compile(r"^\s*Language\s*[:=]\s*([\w-]+)", re.IGNORECASE)
_SEARCHED_CHARS = 20_000
"""As much text as is looked at: enough for a sure answer, little enough to take a millisecond."""
_ENOUGH_WORDS = 12

# Scripts that one language, or nearly one, is written in.
_SCRIPTS = (
    ("ja", "\u3040-\u30ff\u31f0-\u31ff"),
    ("ko", "\uac00-\ud7af\u1100-\u11ff"),
    ("zh", "\u4e00-\u9fff\u3400-\u4dbf"),
    ("he", "\u0590-\u05ff"),
    ("el", "\u0370-\u03ff"),
    ("th", "\u0e00-\u0e7f"),
    ("bn", "\u0980-\u09ff"),
    ("pa", "\u0a00-\u0a7f"),
    ("gu", "\u0a80-\u0aff"),
    ("ta", "\u0b80-\u0bff"),
    ("te", "\u0c00-\u0c7f"),
    ("kn", "\u0c80-\u0cff"),
    ("ml", "\u0d00-\u0d7f"),
    ("si", "\u0d80-\u0dff"),
    ("lo", "\u0e80-\u0eff"),
    ("my", "\u1000-\u109f"),
    ("ka", "\u10a0-\u10ff"),
    ("am", "\u1200-\u137f"),
    ("km", "\u1780-\u17ff"),
    ("hy", "\u0530-\u058f"),
    ("Deva", "\u0900-\u097f"),
    ("Arab", "\u0600-\u06ff\u0750-\u077f"),
    ("Cyrl", "\u0400-\u04ff"),
    ("Latn", "A-Za-z\u00c0-\u024f\u1e00-\u1eff"),
)
_SHARED = {
    "Deva": ("hi", "mr"),
    "Arab": ("ar", "fa", "ur"),
    "Cyrl": ("ru", "uk", "bg"),
    "Latn": (
        "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "sk", "sl",
        "hr", "hu", "ro", "tr", "vi", "id", "ca", "gl", "et", "lv", "lt", "sw", "tl", "af",
    ),
}  # fmt: skip
_KNOWN = frozenset(  # in scripts and languages that are not told apart here, too
    [code for code, _ in _SCRIPTS if code.islower()]
    + [code for codes in _SHARED.values() for code in codes]
    + [
        "eu", "br", "ga", "eo", "la", "ms", "sr", "mk", "be", "kk", "sq", "is", "mt", "cy", "bs",
        "az", "uz", "mn", "ne", "ps", "sd", "yi", "so", "ha", "yo", "zu", "xh", "ku", "ky", "tg",
        "tk", "hmn", "jv", "su", "mg", "mi", "sm", "st", "ny", "ig", "rw", "lb", "gd", "fy",
        "co", "haw", "fil", "nb", "nn", "iw", "in", "cmn", "yue", "zho", "eng", "deu", "ger",
        "fra", "fre", "spa", "ita", "por", "nld", "dut", "rus", "jpn", "kor", "chi", "ara",
        "hin", "tur", "pol", "swe", "dan", "nor", "fin", "ces", "cze", "ukr",
    ]
)  # fmt: skip
_TWO_LETTERS = {
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it",
    "por": "pt", "nld": "nl", "dut": "nl", "rus": "ru", "jpn": "ja", "kor": "ko", "chi": "zh",
    "zho": "zh", "cmn": "zh", "ara": "ar", "hin": "hi", "tur": "tr", "pol": "pl", "swe": "sv",
    "dan": "da", "nor": "no", "fin": "fi", "ces": "cs", "cze": "cs", "ukr": "uk", "iw": "he",
    "in": "id",
}  # fmt: skip


def guess_language(texts: Iterable[str], *, name: str = "", header: str = "") -> str:
    """The BCP 47 tag of a transcript, "" if unsure.

    Its own words overrule a name or a header they do not fit at all.
    """
    sample = _sample(texts)
    for claimed in (normal_tag(header), language_in_name(name)):
        if claimed and _fits(claimed, sample):
            return claimed
    return detect_language(sample)


def normal_tag(raw: str) -> str:
    """`raw` as a BCP 47 tag in its usual spelling (`pt-BR`, `zh-Hans`), "" if it is none."""
    found = _TAG.match(raw.strip())
    if not found or found[1].lower() not in _KNOWN:
        return ""
    base = _TWO_LETTERS.get(found[1].lower(), found[1].lower())
    script = found[2].title() if found[2] and found[2].lower() != "orig" else ""
    return "-".join(part for part in (base, script, (found[3] or "").upper()) if part)


def language_in_name(name: str) -> str:
    """The tag in a file name such as `talk.en.vtt` or `talk.de.auto.srt`, "" if there is none."""
    parts = re.split(r"[.]", name)[1:-1]
    return next((tag for part in reversed(parts) if (tag := normal_tag(part))), "")


def header_language(lines: Sequence[str]) -> str:
    """The language a WebVTT header names, "" if none."""
    return next((found[1] for line in lines[:12] if (found := _HEADER.match(line))), "")


def detect_language(text: str) -> str:
    """The language of a text by its script and its commonest words, "" if unsure."""
    script = main_script(text)
    if script not in _SHARED:
        return script
    scores = _scores(text, _SHARED[script])
    if not scores:
        return ""
    first, second = sorted(scores, key=scores.__getitem__, reverse=True)[:2]
    sure = scores[first] >= 0.12 and scores[first] >= scores[second] * 1.12
    return first if sure else ""


def familiarity(text: str) -> float:
    """How much of a text is common words of one language; 0 where that cannot be told."""
    text = text[:_SEARCHED_CHARS]
    scores = _scores(text, _SHARED.get(main_script(text), ()))
    return round(max(scores.values(), default=0.0), 2)


def _sample(texts: Iterable[str]) -> str:
    return " ".join(islice(texts, 400))[:_SEARCHED_CHARS]


def main_script(text: str) -> str:
    """The script most letters are of: its code, or that of the one language written in it."""
    counts = Counter({code: len(re.findall(f"[{span}]", text)) for code, span in _SCRIPTS})
    if counts["zh"] and counts["ja"] * 20 > counts["zh"]:
        counts["ja"] += counts["zh"]
        counts["zh"] = 0
    code, most = counts.most_common(1)[0]
    # A CJK character says as much as three letters.
    wide = max(("ja", "ko", "zh"), key=lambda c: counts[c])
    if counts[wide] * 3 > most:
        return wide
    return code if most >= 3 else ""


def _fits(tag: str, sample: str) -> bool:
    """Whether words do not speak against a tag."""
    base = tag.partition("-")[0]
    script = main_script(sample)
    if not script or base not in _DETECTABLE:
        return True
    if script not in _SHARED:
        return base == script
    if base not in _SHARED[script]:
        return False
    scores = _scores(sample, _SHARED[script])
    return not scores or scores[base] >= max(scores.values()) * 0.6


_DETECTABLE = frozenset(
    [code for code, _ in _SCRIPTS if code.islower()]
    + [code for codes in _SHARED.values() for code in codes]
)


def _scores(text: str, languages: Sequence[str]) -> dict[str, float]:
    """For each language, the share of words that are among its commonest; none for short texts."""
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.lower())
    if len(words) < _ENOUGH_WORDS:
        return {}
    counted = Counter(words)
    rare = _weights()
    scores: dict[str, float] = {}
    for language in languages:
        stop = _stop_words(language)
        hits = sum(n * rare.get(word, 1.0) for word, n in counted.items() if word in stop)
        scores[language] = hits / len(words)
    return scores


@cache
def _stop_words(language: str) -> frozenset[str]:
    from stopwordsiso import stopwords

    return frozenset(stopwords(language))


@cache
def _weights() -> dict[str, float]:
    """How much a stop word tells: less if many languages share it."""
    seen: Counter[str] = Counter()
    for languages in _SHARED.values():
        for language in languages:
            seen.update(_stop_words(language))
    return {word: 1.0 / count for word, count in seen.items()}
