"""The interface languages: the available ones, the chosen one, and its catalogue."""

from __future__ import annotations

import locale
import os
import struct
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from gettext import NullTranslations, c2py
from pathlib import Path

from notegen_desktop.domain.text.languages import han_style, primary
from notegen_desktop.domain.words import LANGUAGES, SOURCE, speak

from .paths import resources

SYSTEM = "system"
VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Environment variables of the user's languages on Unix, in gettext's order."""


class Catalogue(NullTranslations):
    """A compiled catalogue of `packaging/words.py`, whose texts are decoded when they are used.

    Python's own reader decodes all 3,000 at once, which takes five times as long. The file format:
    https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
    """

    def __init__(self, data: bytes) -> None:
        super().__init__()
        _magic, _version, length, ids, texts = struct.unpack_from("<5I", data)
        places = struct.unpack_from(f"<{2 * length}I", data, ids)
        self._data = data
        self._texts = texts
        self._rows = {
            data[start : start + size]: row
            for row, (size, start) in enumerate(zip(places[::2], places[1::2], strict=True))
        }
        self._said = cache(self._read)

    def _read(self, key: str) -> str | None:
        row = self._rows.get(key.encode())
        if row is None:
            return None
        size, start = struct.unpack_from("<2I", self._data, self._texts + 8 * row)
        return self._data[start : start + size].decode()

    def gettext(self, message: str) -> str:
        return self._said(message) or message

    def pgettext(self, context: str, message: str) -> str:
        return self._said(f"{context}\x04{message}") or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        forms = self._said(f"{msgid1}\0{msgid2}")
        return forms.split("\0")[self._form(n)] if forms else super().ngettext(msgid1, msgid2, n)

    @cached_property
    def _form(self) -> Callable[[int], int]:
        header = self._read("") or ""
        return c2py(header.partition("plural=")[2].partition(";")[0])


def catalogue_file(tag: str) -> Path:
    return resources() / "languages" / tag / "LC_MESSAGES" / "notegen.mo"


def offered() -> list[str]:
    """Return the tags of the languages with a catalogue, and English."""
    return [tag for tag in LANGUAGES if tag == SOURCE or _has_catalogue(tag)]


def _has_catalogue(tag: str) -> bool:
    """Return True if the catalogue exists; one that is hardly begun is compiled as an empty
    file."""
    try:
        return catalogue_file(tag).stat().st_size > 0
    except OSError:
        return False


def activate_language(wanted: str, system: Iterable[str] = ()) -> str:
    """Activate the language `wanted`, a tag or `system`: the first available of `system`, or else
    of the environment. Return its tag; English if none is available."""
    asked = [*(system or system_languages())] if wanted == SYSTEM else [wanted]
    for tag in filter(None, map(own_tag, asked)):
        if tag == SOURCE:
            break
        if _has_catalogue(tag):
            speak(tag, Catalogue(catalogue_file(tag).read_bytes()))
            return tag
    speak(SOURCE)
    return SOURCE


def system_languages() -> list[str]:
    """Return the languages of this process's environment, the preferred first."""
    for name in VARIABLES:
        if value := os.environ.get(name):
            return [part.partition(".")[0] for part in value.split(":")]
    return [locale.getlocale()[0] or ""]


def own_tag(tag: str) -> str:
    """Return our tag for a system's (`pt-BR`, `zh_Hant_HK`), "" if the language is not
    available."""
    tag = tag.replace("_", "-")
    base = primary(tag)
    if base == "zh":
        return "zh_CN" if han_style(tag) == "zh-Hans" else "zh_TW"
    return base if base in LANGUAGES else ""
