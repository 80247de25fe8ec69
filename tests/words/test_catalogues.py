"""What the catalogues hold, and how one is chosen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path
from typing import ClassVar

import pytest

from notegen_desktop.domain import words
from notegen_desktop.domain.errors import VideoNotFound
from notegen_desktop.domain.text.quantities import dollars, listed, number
from notegen_desktop.services.machine.languages import own_tag, speak_as

ROOT = Path(__file__).parents[2]


class German(NullTranslations):
    TEXTS: ClassVar = {
        "There is no such video, or it was removed.": "Das Video gibt es nicht.",
        "${amount}": "{amount} $",
        "{first} and {last}": "{first} und {last}",
    }
    MARKS: ClassVar = {",": ".", ".": ","}

    def gettext(self, message: str) -> str:
        return self.TEXTS.get(message, message)

    def pgettext(self, context: str, message: str) -> str:
        return self.MARKS.get(message, message)


@pytest.fixture
def german() -> Iterator[None]:
    words.speak("de", German())
    yield
    words.speak(words.SOURCE)


def test_every_catalogue_has_all_texts_with_their_placeholders_and_plurals() -> None:
    command = [sys.executable, str(ROOT / "packaging" / "words.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("german")
def test_an_error_speaks_the_language_and_keeps_its_code() -> None:
    failure = VideoNotFound().failure()
    assert failure.message == "Das Video gibt es nicht."
    assert failure.code == "video_not_found"


@pytest.mark.usefixtures("german")
def test_numbers_money_and_lists_are_written_as_the_language_does() -> None:
    assert number(1234567.5, 1) == "1.234.567,5"
    assert dollars(1.5) == "1,50 $"
    assert listed(["a", "b", "c"]) == "a, b und c"


@pytest.mark.parametrize(
    ("told", "tag"),
    [
        ("de_AT", "de"), ("pt-BR", "pt"), ("zh-Hans-CN", "zh_CN"), ("zh_TW", "zh_TW"),
        ("zh-HK", "zh_TW"), ("iw", "he"), ("in-ID", "id"), ("C", ""), ("", ""), ("eo", ""),
    ],
)  # fmt: skip
def test_a_system_language_is_found_by_its_tag(told: str, tag: str) -> None:
    assert own_tag(told) == tag


def test_without_a_catalogue_the_program_speaks_english() -> None:
    assert speak_as("system", ["eo", "C"]) == "en"
    assert words.language() == "en"
