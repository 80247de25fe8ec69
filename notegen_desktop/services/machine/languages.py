"""The languages that the program speaks: which there are, which is chosen, and its catalogue."""

from __future__ import annotations

import locale
import os
from collections.abc import Iterable
from gettext import GNUTranslations
from pathlib import Path

from notegen_desktop.domain.text.languages import han_style, primary
from notegen_desktop.domain.words import LANGUAGES, SOURCE, speak

from .paths import resources

SYSTEM = "system"
VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""What says on Unix which languages a person reads, in gettext's order."""


def catalogue_file(tag: str) -> Path:
    return resources() / "languages" / tag / "LC_MESSAGES" / "notegen.mo"


def offered() -> list[str]:
    """The tags of the languages whose catalogue is there, and English."""
    return [tag for tag in LANGUAGES if tag == SOURCE or _has_catalogue(tag)]


def _has_catalogue(tag: str) -> bool:
    """One that is hardly begun is made as an empty file."""
    try:
        return catalogue_file(tag).stat().st_size > 0
    except OSError:
        return False


def speak_as(wanted: str, system: Iterable[str] = ()) -> str:
    """Speak the language `wanted`, a tag or `system`: the first of `system`, or else of what the
    environment says, that there is. Returns its tag; English where there is none.
    """
    asked = [*(system or system_languages())] if wanted == SYSTEM else [wanted]
    for tag in filter(None, map(own_tag, asked)):
        if tag == SOURCE:
            break
        if _has_catalogue(tag):
            with catalogue_file(tag).open("rb") as file:
                speak(tag, GNUTranslations(file))
            return tag
    speak(SOURCE)
    return SOURCE


def system_languages() -> list[str]:
    """The languages that the environment of this process asks for, the preferred first."""
    for name in VARIABLES:
        if value := os.environ.get(name):
            return [part.partition(".")[0] for part in value.split(":")]
    return [locale.getlocale()[0] or ""]


def own_tag(tag: str) -> str:
    """The tag of ours for one of a system (`pt-BR`, `zh_Hant_HK`), "" if we do not have it."""
    tag = tag.replace("_", "-")
    base = primary(tag)
    if base == "zh":
        return "zh_CN" if han_style(tag) == "zh-Hans" else "zh_TW"
    return base if base in LANGUAGES else ""
