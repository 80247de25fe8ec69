"""Words for people, in the language they chose: `_` and its kin, by gettext.

English texts are the keys. `_` translates where a text is used; `N_` only marks one that stands in
a table or a class and is translated by `_` later. A text with parts names them: `_("{n} of {all}")`
is translated first and filled by `.format` afterwards, never by an f-string. What other programs
read, what models are told, logs, and what the library keeps stay English.

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
"""Those that the program may speak, each by its own name."""

CONTEXT = "\x04"
"""Between a context and its text, as gettext keeps them."""

_catalogue = NullTranslations()
_tag = SOURCE


def speak(tag: str, catalogue: NullTranslations | None = None) -> None:
    """From now on words are those of `catalogue`, of the language `tag`; without one, English."""
    global _catalogue, _tag  # noqa: PLW0603 - one language a process, as gettext has it
    _catalogue = catalogue or NullTranslations()
    _tag = tag


def language() -> str:
    """The tag of the language spoken, as its catalogue is called: `de`, `zh_CN`."""
    return _tag


def _(text: str) -> str:
    """`text` in the language spoken."""
    if not text:
        return ""  # gettext keeps its header under ""
    context, mark, bare = text.partition(CONTEXT)
    return pgettext(context, bare) if mark else _catalogue.gettext(text)


def N_(text: str) -> str:
    """Marks `text` for the catalogue; it is translated where it is used."""
    return text


def NP_(context: str, text: str) -> str:
    """As `N_`, for a short text that means several things: `context` says which."""
    return f"{context}{CONTEXT}{text}"


def N2_(one: str, many: str) -> tuple[str, str]:
    """Marks the forms of a text for one and for many; `ngettext` takes them where it is used."""
    return one, many


def pgettext(context: str, text: str) -> str:
    """As `_`, for a short text that means several things: `context` says which."""
    return _catalogue.pgettext(context, text)


def ngettext(one: str, many: str, number: int) -> str:
    """The form of a text that goes with `number`; languages have one to six of them."""
    return _catalogue.ngettext(one, many, number)


_MARK = re.compile(r"((?:\d+\.|[-*]|#+) )?(.*)")


def lines_of(text: str) -> list[tuple[str, str]]:
    """The lines of a Markdown text, each as its mark (`- `, `1. `, `### `) and its words."""
    found = (_MARK.fullmatch(line) for line in text.split("\n"))
    return [(line[1] or "", line[2]) for line in found if line is not None]


def translated(text: str) -> str:
    """A Markdown text whose lines are in the catalogue, each by itself."""
    return "\n".join(mark + _(words) for mark, words in lines_of(text))
