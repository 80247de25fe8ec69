"""Names of languages in English, as prompts and lists show them, for BCP 47 tags."""

from __future__ import annotations

import re

_NAMES = {
    "af": "Afrikaans",
    "am": "Amharic",
    "ar": "Arabic",
    "az": "Azerbaijani",
    "be": "Belarusian",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "bs": "Bosnian",
    "ca": "Catalan",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "eo": "Esperanto",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fil": "Filipino",
    "fr": "French",
    "ga": "Irish",
    "gl": "Galician",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "hy": "Armenian",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "kk": "Kazakh",
    "km": "Khmer",
    "kn": "Kannada",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mk": "Macedonian",
    "ml": "Malayalam",
    "mn": "Mongolian",
    "mr": "Marathi",
    "ms": "Malay",
    "my": "Burmese",
    "nb": "Norwegian Bokmål",
    "ne": "Nepali",
    "nl": "Dutch",
    "nn": "Norwegian Nynorsk",
    "no": "Norwegian",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "si": "Sinhala",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "uz": "Uzbek",
    "vi": "Vietnamese",
    "yue": "Cantonese",
    "zh": "Chinese",
    "zu": "Zulu",
}

_VARIANTS = {
    "en-gb": "British English",
    "en-us": "American English",
    "es-419": "Latin American Spanish",
    "fr-ca": "Canadian French",
    "pt-br": "Brazilian Portuguese",
    "pt-pt": "European Portuguese",
    "sr-latn": "Serbian in Latin script",
    "zh-cn": "Chinese in simplified characters",
    "zh-hans": "Chinese in simplified characters",
    "zh-hant": "Chinese in traditional characters",
    "zh-hk": "Chinese in traditional characters",
    "zh-sg": "Chinese in simplified characters",
    "zh-tw": "Chinese in traditional characters",
}

_OLD = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro"}

TAG = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")


def language_name(tag: str) -> str:
    """The English name of a BCP 47 tag, "" for no tag or for what cannot be one.

    A tag that is not in the table is named by itself: `the language with the tag “gsw”`.
    """
    tag = tag.strip()
    if not TAG.fullmatch(tag) or len(tag) > 35:
        return ""
    parts = tag.lower().replace("_", "-").split("-")
    parts[0] = _OLD.get(parts[0], parts[0])
    for length in range(len(parts), 1, -1):
        if name := _VARIANTS.get("-".join(parts[:length])):
            return name
    return _NAMES.get(parts[0], f"the language with the tag “{tag}”")


def primary(tag: str) -> str:
    """The language of a tag without script and region: `pt` for `pt-BR`, "" for no tag."""
    tag = tag.strip()
    if not TAG.fullmatch(tag):
        return ""
    first = tag.lower().replace("_", "-").partition("-")[0]
    return _OLD.get(first, first)


_KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")


def han_style(tag: str, text: str = "") -> str:
    """How Chinese characters are drawn in a language: `ja`, `ko`, `zh-Hans`, `zh-Hant`, `zh-HK`.

    Unicode gives one number to what Japanese, Korean and Chinese readers know in different shapes.
    Where the tag tells of none of these languages, letters of `text` may; "" where nothing does.
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


def known_languages() -> dict[str, str]:
    """Tag to English name, by name: for lists to choose from."""
    return dict(sorted(_NAMES.items(), key=lambda item: item[1]))
