"""Translation of texts for users: `_` and its variants, by gettext.

English texts are the keys. `_` translates where a text is used; `N_` only marks one in a table or a
class, which is translated by `_` later. A text with parts names them: `_("{n} of {all}")` is
translated first and filled by `.format` afterwards, never by an f-string. Texts for other programs,
prompts, logs, and stored data stay English.

`services/machine/languages.py` finds the catalogue; this module knows no files.
"""

from __future__ import annotations

import re
from gettext import NullTranslations

SOURCE = "en"
"""The language of the texts in the code."""

RIGHT_TO_LEFT = ("ar", "he")

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "pt": "Português",
    "it": "Italiano",
    "pl": "Polski",
    "ru": "Русский",
    "uk": "Українська",
    "tr": "Türkçe",
    "ar": "العربية",
    "he": "עברית",
    "hi": "हिन्दी",
    "zh_CN": "简体中文",
    "zh_TW": "繁體中文",
    "ja": "日本語",
    "ko": "한국어",
    "vi": "Tiếng Việt",
    "id": "Bahasa Indonesia",
}
"""The languages of the interface, each by its own name."""

CONTEXT = "\x04"
"""Separator between a context and its text, as in gettext."""

_catalogue = NullTranslations()
_tag = SOURCE


def speak(tag: str, catalogue: NullTranslations | None = None) -> None:
    """Translate by `catalogue` from now on, in the language `tag`; without one, English."""
    global _catalogue, _tag  # noqa: PLW0603 - one language a process, as gettext has it
    _catalogue = catalogue or NullTranslations()
    _tag = tag


def language() -> str:
    """Return the tag of the interface language, as its catalogue is called: `de`, `zh_CN`."""
    return _tag


def _(text: str) -> str:
    """Return `text` in the interface language."""
    if not text:
        return ""  # gettext keeps its header under ""
    context, mark, bare = text.partition(CONTEXT)
    return pgettext(context, bare) if mark else _catalogue.gettext(text)


def N_(text: str) -> str:
    """Mark `text` for the catalogue; it is translated where it is used."""
    return text


def NP_(context: str, text: str) -> str:
    """Mark a short text with several meanings, which `context` distinguishes; otherwise as `N_`."""
    return f"{context}{CONTEXT}{text}"


def N2_(one: str, many: str) -> tuple[str, str]:
    """Mark the singular and plural of a text; `ngettext` translates them where they are used."""
    return one, many


def pgettext(context: str, text: str) -> str:
    """Translate a short text with several meanings, which `context` distinguishes; otherwise as
    `_`."""
    return _catalogue.pgettext(context, text)


def ngettext(one: str, many: str, number: int) -> str:
    """Return the form of a text for `number`; languages have one to six of them."""
    return _catalogue.ngettext(one, many, number)


_MARK = re.compile(r"((?:\d+\.|[-*]|#+) )?(.*)")


def lines_of(text: str) -> list[tuple[str, str]]:
    """Return the lines of a Markdown text, each as its mark (`- `, `1. `, `### `) and its text."""
    found = (_MARK.fullmatch(line) for line in text.split("\n"))
    return [(line[1] or "", line[2]) for line in found if line is not None]


def translated(text: str) -> str:
    """Return a Markdown text translated line by line."""
    return "\n".join(mark + _(words) for mark, words in lines_of(text))
