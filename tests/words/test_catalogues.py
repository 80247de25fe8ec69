"""What the catalogues hold, and how one is chosen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr
from gettext import NullTranslations
from io import StringIO
from pathlib import Path
from typing import ClassVar

import pytest

from notegen_desktop.cli.parser import build_parser
from notegen_desktop.domain import words
from notegen_desktop.domain.errors import VideoNotFound
from notegen_desktop.domain.notes.lacking import lack_words
from notegen_desktop.domain.text.quantities import dollars, listed, number, some_tokens
from notegen_desktop.services.machine.languages import activate_language, own_tag

ROOT = Path(__file__).parents[2]


class German(NullTranslations):
    TEXTS: ClassVar = {
        "There is no such video, or it was removed.": "Das Video gibt es nicht.",
        "${amount}": "{amount} $",
        "{first} and {last}": "{first} und {last}",
        "the section “{title}”": "der Abschnitt „{title}“",
        "the {level} level of its sections": "die Stufe „{level}“ ihrer Abschnitte",
        "Concise": "Knapp",
        "the video from {start} to {end}": "das Video von {start} bis {end}",
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


def test_catalogues_that_two_branches_changed_are_merged_text_by_text(tmp_path: Path) -> None:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nLanguage: de\\n"\n'
    ours, theirs = tmp_path / "ours.po", tmp_path / "theirs.po"
    ours.write_text(f'{head}\nmsgid "one"\nmsgstr "eins"\n\nmsgid "two"\nmsgstr ""\n')
    theirs.write_text(f'{head}\nmsgid "two"\nmsgstr "zwei"\n\nmsgid "three"\nmsgstr ""\n')
    command = [sys.executable, str(ROOT / "packaging" / "words.py"), "--merge", ours, theirs]
    subprocess.run(command, check=True)
    merged = [line for line in ours.read_text().splitlines() if line.startswith("msg")]
    assert [*zip(merged[2::2], merged[3::2], strict=True)] == [
        ('msgid "one"', 'msgstr "eins"'),
        ('msgid "three"', 'msgstr ""'),
        ('msgid "two"', 'msgstr "zwei"'),
    ]


@pytest.mark.usefixtures("german")
def test_argparse_speaks_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    required = "the following arguments are required: %s"
    monkeypatch.setitem(German.TEXTS, required, "es fehlt: %s")
    with redirect_stderr(StringIO()) as said, pytest.raises(SystemExit):
        build_parser().parse_args(["generate"])
    assert "es fehlt: SOURCE" in said.getvalue()


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
    ("kept", "read"),
    [
        ("the section “Key takeaways”", "der Abschnitt „Key takeaways“"),
        ("the video from 1:40:00 to 3:20:00", "das Video von 1:40:00 bis 3:20:00"),
        ("the concise level of its sections", "die Stufe „knapp“ ihrer Abschnitte"),
        ("what a later release may say", "what a later release may say"),
    ],
)
def test_what_a_note_lacks_is_kept_in_english_and_read_in_the_language(
    kept: str, read: str, german: None
) -> None:
    assert lack_words(kept) == read


def test_what_a_note_lacks_reads_in_english_as_it_is_kept() -> None:
    for lack in ("its end", "headings in German", "3 of its sections", "levels that differ"):
        assert lack_words(lack) == lack


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
    assert activate_language("system", ["eo", "C"]) == "en"
    assert words.language() == "en"


@pytest.mark.parametrize(
    ("tag", "tokens", "said"),
    [
        ("en", 1_000_000, "1 million tokens"), ("en", 1_300_000, "1.3 million tokens"),
        ("es", 1_000_000, "1 millón de tokens"), ("es", 1_300_000, "1,3 millones de tokens"),
        ("fr", 1_300_000, "1,3 million de jetons"), ("fr", 2_000_000, "2,0 millions de jetons"),
        ("fr", 24_000, "24\u202f000 jetons"), ("it", 1_000_000, "1 milione di token"),
        ("it", 1_300_000, "1,3 milioni di token"), ("it", 24_000, "24.000 token"),
        ("pt", 1_300_000, "1,3 milhão de tokens"), ("pt", 2_400_000, "2,4 milhões de tokens"),
        ("de", 1_000_000, "1 Million Token"), ("de", 1_300_000, "1,3 Millionen Token"),
        ("ru", 1_300_000, "1,3 млн токенов"), ("pl", 1_300_000, "1,3 mln tokenów"),
    ],
)  # fmt: skip
def test_millions_of_tokens_are_joined_to_their_noun(tag: str, tokens: int, said: str) -> None:
    try:
        activate_language(tag)
        assert some_tokens(tokens) == said
    finally:
        words.speak(words.SOURCE)


@pytest.mark.parametrize("tokens", [24_000, 24_002, 1_200_000, 1_200_003])
def test_the_form_of_a_word_goes_by_the_number_that_is_shown(tokens: int) -> None:
    try:
        activate_language("pl")
        assert some_tokens(tokens).endswith(" tokenów")
    finally:
        words.speak(words.SOURCE)
