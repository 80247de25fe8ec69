"""The window in an artificial language: no text is clipped or left untranslated."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from notegen_desktop.domain.words import LANGUAGES

DATA = re.compile(
    r"(?m)^ʻ|^(?:https?:|www\.|youtube\.com|[\w.-]+:\d+b\b|\([\w-]+\)$|English$|ollama$|openrouter$|Note$)"
    r"|How memory works|neural network|build GPT|very long title|anybody ever|other beings"
    r"|Learning Channel|How to remember|Rereading|retrieval practice|forgetting fastest|paper\.docx"
    r"|Anthropic|Azure|DeepSeek|Groq|^Jan$|LM Studio|Mistral|Ollama|Open(?:AI|Router)|llama|vLLM"
    r"|of today's 20 requests|Close Tab|Scroll (?:Left|Right)"
)
"""Pattern of allowed untranslated texts: titles, names of services, and Qt's own texts."""

STATES = ("chips", "failed", "queue", "settings", "second_look", "library", "practice_turned")


def faults() -> list[tuple[str, str, str, str]]:
    """Return fault, state, widget and text of what is wrong in STATES."""
    command = [sys.executable, "-m", "tests.ui.unspoken", *STATES]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = (line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 3)
    return [(fault, state, where, text) for fault, state, where, text in lines]


@pytest.mark.slow
def test_every_word_of_the_window_is_in_its_language_and_has_room_for_longer_ones() -> None:
    """Words nearly half as long again, as those of many languages are."""
    found = [
        f"{fault}: {state}: {where}: {text}"
        for fault, state, where, text in faults()
        if fault == "clipped" or not (DATA.search(text) or text in LANGUAGES.values())
    ]
    assert not found, "\n".join(found)
