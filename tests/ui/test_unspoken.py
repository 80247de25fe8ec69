"""The window in an artificial language: no text is clipped or left untranslated."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from notegen_desktop.domain.words import LANGUAGES

DATA = re.compile(
    r"(?m)^⟦|^(?:https?:|www\.|youtube\.com|[\w.-]+:\d+b\b|\([\w-]+\)$|English$|ollama$|openrouter$|Note$)"
    r"|How memory works|neural network|build GPT|very long title|anybody ever|other beings"
    r"|Learning Channel|How to remember|Rereading|retrieval practice|forgetting fastest|paper\.docx"
    r"|Anthropic|Azure|DeepSeek|Groq|^Jan$|LM Studio|Mistral|Ollama|Open(?:AI|Router)|llama|vLLM"
    r"|of today's 20 requests|Close Tab|Scroll (?:Left|Right)"
)
"""Pattern of allowed untranslated texts: titles, names of services, and Qt's own texts."""

STATES = ("chips", "failed", "queue", "settings", "second_look", "library", "practice_turned")


def seen(module: str) -> list[list[str]]:
    """Run a module for all STATES; return its lines split into state, widget and text."""
    command = [sys.executable, "-m", module, *STATES]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 2]


@pytest.mark.slow
def test_words_half_as_long_again_have_their_room() -> None:
    found = seen("tests.ui.clipped")
    assert not found, found


@pytest.mark.slow
def test_every_word_of_the_window_is_in_its_language() -> None:
    unspoken = [
        f"{state}: {where}: {text}"
        for state, where, text in seen("tests.ui.unspoken")
        if not (DATA.search(text) or text in LANGUAGES.values())
    ]
    assert not unspoken, "\n".join(unspoken)
