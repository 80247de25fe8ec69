"""The window and the command line start in every locale, and speak the same in all of them."""

from __future__ import annotations

import ast
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk

from .command import FROM_OUTSIDE, ROOT, SeveralCommands
from .in_turn import END, THEN

SOURCES = Path("/usr/share/i18n/locales")

ORDER_OF_LETTERS = re.compile("^(LC_COLLATE\n).*^(END LC_COLLATE)$", re.MULTILINE | re.DOTALL)
"""Python and the window leave it that of the C locale, and making it is most of the work."""

LOCALES = (
    "tr_TR.UTF-8",  # where the capital of i is no I
    "tr_TR.ISO-8859-9",
    "az_AZ.UTF-8",
    "ar_EG.UTF-8",
    "de_DE.ISO-8859-1",
    "C",
    "xx_XX.UTF-8",  # there is none
)


@pytest.fixture(scope="module")
def in_locale(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """The environment of a process in a locale, which is made when it is first asked for."""
    folder = tmp_path_factory.mktemp("locales")

    def make(name: str) -> dict[str, str]:
        source, _, charmap = name.partition(".")
        if name not in ("C", "xx_XX.UTF-8") and not (folder / name).exists():
            if not shutil.which("localedef") or not (SOURCES / source).exists():
                pytest.skip("the sources of locales are not installed (Debian: locales)")
            made_of = (SOURCES / source).read_text("utf-8")
            told = ORDER_OF_LETTERS.sub('\\1copy "POSIX"\n\\2', made_of)
            (folder / source).write_text(told, "utf-8")
            command = ["localedef", "-c", "-i", str(folder / source), "-f", charmap]
            # Its warnings are errors.
            subprocess.run([*command, str(folder / name)], check=False, capture_output=True)
            assert (folder / name / "LC_CTYPE").exists()
        return {"LOCPATH": str(folder), "LC_ALL": name, "LANG": name, "LANGUAGE": "en"}

    return make


@pytest.mark.parametrize("name", LOCALES)
def test_the_window_opens_and_writes_a_note_in_every_locale(
    name: str, in_locale: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    talk = tmp_path / "İıŞ 直.vtt"
    shutil.copy(sample_talk(), talk)
    environment = {k: v for k, v in os.environ.items() if k not in FROM_OUTSIDE}
    environment |= {
        "NOTEGEN_HOME": str(tmp_path / "home"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "QT_QPA_PLATFORM": "offscreen",
        **in_locale(name),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.window_story", str(talk)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    said = ["['İıŞ 直']", "24 November 2026", "$ 1.50", "0.5", "True"]
    assert done.stdout.decode("utf-8").splitlines() == said


@pytest.mark.parametrize("name", ["tr_TR.UTF-8", "ar_EG.UTF-8", "de_DE.ISO-8859-1", "xx_XX.UTF-8"])
def test_the_command_line_says_the_same_in_every_locale(
    name: str, in_locale: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    talk = tmp_path / "İıŞ 直.vtt"
    shutil.copy(sample_talk(), talk)
    notegen = SeveralCommands(tmp_path / "home", TZ="Etc/GMT-3", **in_locale(name))
    done = notegen(
        *("generate", str(talk), "-t", "basic-summary", "--engine", "offline", THEN),
        *("notes", "list", "--json", THEN, "notes", "list"),
    )
    assert done.code == 0, done.err
    _, told, listed, _ = done.out.split(END)
    (note,) = json.loads(told)
    assert note["video"]["title"] == talk.stem
    assert " +0300  basic-summary" in listed
    assert talk.stem in listed
    assert note["created"].endswith("+00:00")


def test_properties_of_qt_by_keyword_break_a_rule() -> None:
    """`QTimer(self, interval=1)` calls `setInterval`, whose capital comes from the locale;
    `dev.py check` looks for it in all files."""
    lint = runpy.run_path(str(ROOT / "packaging" / "lint.py"))
    wrong = "from PySide6.QtCore import QTimer as T\nT(self)\nT(parent=self,\n  singleShot=True)"
    (line, what), *more = lint["properties_by_keyword"](ast.parse(wrong))
    assert (line, more) == (3, [])
    assert "singleShot" in what
