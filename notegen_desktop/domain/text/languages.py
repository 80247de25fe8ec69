"""Languages by their BCP 47 tags: names in English, usual spellings, and tags in file names."""

from __future__ import annotations

import re

from notegen_desktop.domain.text.patterns import lazy_pattern

from .scripts import SCRIPTS

_NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian",
    "bg": "Bulgarian", "bn": "Bengali", "bo": "Tibetan", "br": "Breton", "bs": "Bosnian",
    "ca": "Catalan", "co": "Corsican", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "eo": "Esperanto", "es": "Spanish", "et": "Estonian",
    "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fil": "Filipino", "fr": "French",
    "fy": "Frisian", "ga": "Irish", "gd": "Scottish Gaelic", "gl": "Galician", "gu": "Gujarati",
    "ha": "Hausa", "haw": "Hawaiian", "he": "Hebrew", "hi": "Hindi", "hmn": "Hmong",
    "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "ig": "Igbo",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "jv": "Javanese", "ka": "Georgian",
    "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "ku": "Kurdish", "ky": "Kyrgyz",
    "la": "Latin", "lb": "Luxembourgish", "lt": "Lithuanian", "lv": "Latvian", "mg": "Malagasy",
    "mi": "Maori", "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi",
    "ms": "Malay", "mt": "Maltese", "my": "Burmese", "nb": "Norwegian Bokmål", "ne": "Nepali",
    "nl": "Dutch", "nn": "Norwegian Nynorsk", "no": "Norwegian", "ny": "Nyanja", "pa": "Punjabi",
    "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "rw": "Kinyarwanda", "sd": "Sindhi", "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian",
    "sm": "Samoan", "so": "Somali", "sq": "Albanian", "sr": "Serbian", "st": "Southern Sotho",
    "su": "Sundanese", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu",
    "tg": "Tajik", "th": "Thai", "tk": "Turkmen", "tl": "Tagalog", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "xh": "Xhosa",
    "yi": "Yiddish", "yo": "Yoruba", "yue": "Cantonese", "zh": "Chinese", "zu": "Zulu",
}  # fmt: skip
_VARIANTS = {
    "en-gb": "British English", "en-us": "American English", "es-419": "Latin American Spanish",
    "fr-ca": "Canadian French", "pt-br": "Brazilian Portuguese", "pt-pt": "European Portuguese",
    "sr-latn": "Serbian in Latin script",
    **dict.fromkeys(("zh-cn", "zh-hans", "zh-sg"), "Chinese in simplified characters"),
    **dict.fromkeys(("zh-hant", "zh-hk", "zh-tw"), "Chinese in traditional characters"),
}  # fmt: skip
NAMES = (*_NAMES.values(), *_VARIANTS.values())
"""All names of languages used here; the window translates them."""
_OFFERED_VARIANTS = ("pt-BR", "zh-Hant")
_CODES = {
    "iw": "he", "in": "id", "ji": "yi", "mo": "ro", "cmn": "zh",
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it",
    "por": "pt", "nld": "nl", "dut": "nl", "rus": "ru", "jpn": "ja", "kor": "ko", "chi": "zh",
    "zho": "zh", "ara": "ar", "hin": "hi", "tur": "tr", "pol": "pl", "swe": "sv", "dan": "da",
    "nor": "no", "fin": "fi", "ces": "cs", "cze": "cs", "ukr": "uk",
}  # fmt: skip
"""BCP 47 codes of withdrawn codes, and of codes with three letters."""

TAG = lazy_pattern(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")
_USUAL_TAG = lazy_pattern(
    r"([a-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_]orig)?", re.IGNORECASE
)


def language_name(tag: str) -> str:
    """Return the English name of a BCP 47 tag, "" for no tag or an impossible one.

    A tag that is not in the table is named by itself: `the language with the tag “gsw”`.
    """
    tag = tag.strip()
    first = primary(tag)
    if not first or len(tag) > 35:
        return ""
    parts = [first, *tag.lower().replace("_", "-").split("-")[1:]]
    for length in range(len(parts), 1, -1):
        if name := _VARIANTS.get("-".join(parts[:length])):
            return name
    return _NAMES.get(first, f"the language with the tag “{tag}”")


def primary(tag: str) -> str:
    """Return the language of a tag without script and region: `pt` for `pt-BR`, "" for no tag."""
    tag = tag.strip()
    if not TAG.fullmatch(tag):
        return ""
    first = tag.lower().replace("_", "-").partition("-")[0]
    return _CODES.get(first, first)


def known_languages() -> dict[str, str]:
    """Return English names by tag, sorted by name: for lists to choose from."""
    offered = _NAMES | {tag: language_name(tag) for tag in _OFFERED_VARIANTS}
    return dict(sorted(offered.items(), key=lambda item: item[1]))


def normal_tag(raw: str) -> str:
    """Return `raw` as a BCP 47 tag in its usual spelling (`pt-BR`, `zh-Hans`), "" if it is
    unknown."""
    found = _USUAL_TAG.fullmatch(raw.strip())
    base = primary(found[1]) if found else ""
    if not found or base not in _NAMES:
        return ""
    script = found[2].title() if found[2] and found[2].lower() != "orig" else ""
    return "-".join(part for part in (base, script, (found[3] or "").upper()) if part)


def language_in_name(name: str) -> str:
    """Return the tag in a file name such as `talk.en.vtt` or `talk.de.auto.srt`, "" if there is
    none."""
    tags = [tag for part in name.split(".")[1:-1] if (tag := normal_tag(part))]
    if len(tags) > 1 and tags[-1] == "hi":  # for the hard of hearing, as media servers call it
        tags.pop()
    return tags[-1] if tags else ""


_KANA = lazy_pattern(f"[{SCRIPTS['Kana']}]")
_HANGUL = lazy_pattern(f"[{SCRIPTS['Hangul']}]")


def han_style(tag: str, text: str = "") -> str:
    """Return the glyph style of Chinese characters in a language: `ja`, `ko`, `zh-Hans`, `zh-Hant`,
    `zh-HK`.

    Unicode unifies characters that Japanese, Korean and Chinese readers know in different shapes.
    If the tag is none of these languages, letters of `text` may decide; "" if nothing does.
    """
    parts = tag.strip().lower().replace("_", "-").split("-")
    if parts[0] in ("ja", "ko"):
        return parts[0]
    if parts[0] in ("zh", "yue", "lzh", "nan", "cmn", "hak", "wuu"):
        if {"hk", "mo"} & set(parts) or parts[0] == "yue":
            return "zh-Hans" if "hans" in parts else "zh-HK"
        traditional = {"hant", "tw"} & set(parts) or parts[0] in ("lzh", "nan", "hak")
        return "zh-Hant" if traditional and "hans" not in parts else "zh-Hans"
    begin = text[:2000]
    if _KANA.search(begin):
        return "ja"
    return "ko" if _HANGUL.search(begin) else ""
