"""Expressions of modules cost a start nothing before their use, and then are what `re` makes."""

from __future__ import annotations

import re

import pytest

from notegen_desktop.domain.text.patterns import lazy_pattern


def test_it_is_compiled_at_its_first_use_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    compiled = re.compile

    def compile(text: str, flags: int = 0) -> re.Pattern[str]:
        made.append(text)
        return compiled(text, flags)

    monkeypatch.setattr(re, "compile", compile)
    words = lazy_pattern(r"[a-z]+", re.IGNORECASE)
    assert made == []
    assert words.findall("One two") == ["One", "two"]
    assert words.sub("-", "One two") == "- -"
    assert made == [r"[a-z]+"]


def test_it_has_what_a_compiled_one_has() -> None:
    text = r"(?P<hour>\d+):(\d\d)"
    lazy, compiled = lazy_pattern(text, re.ASCII), re.compile(text, re.ASCII)
    assert (lazy.pattern, lazy.flags) == (compiled.pattern, compiled.flags)
    assert (lazy.groups, lazy.groupindex) == (compiled.groups, compiled.groupindex)
    match = lazy.fullmatch("7:05")
    assert match is not None
    assert match["hour"] == "7"


def test_a_wrong_one_is_told_when_it_is_used() -> None:
    wrong = lazy_pattern("(")
    with pytest.raises(re.error):
        wrong.search("words")
