"""Texts of others made fit to be shown."""

from __future__ import annotations

import pytest

from notegen_desktop.domain.text.cleaning import in_sentence


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("disk I/O error.", "disk I/O error"),
        (
            "connection refused\n\tIs the server accepting TCP/IP connections?\n",
            "connection refused; Is the server accepting TCP/IP connections",
        ),
        ("Try again later!", "Try again later"),
        ("Loading …", "Loading"),
        ("", ""),
    ],
)
def test_a_message_ends_a_sentence_of_ours_without_a_mark_of_its_own(
    message: str, words: str
) -> None:
    assert in_sentence(message) == words
