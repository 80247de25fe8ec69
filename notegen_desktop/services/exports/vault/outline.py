"""Markdown as the outline that Logseq keeps: every paragraph, item and heading is a block."""

from __future__ import annotations

import re

_TAB = "\t"
_HEADING = re.compile(r"(#{1,6}) ")
_ITEM = re.compile(r"(?P<indent> *)(?:[-*+] |(?=\d{1,9}[.)] ))(?P<words>.*)")
_FENCE = re.compile(r" *(`{3,}|~{3,})")
_TASKS = {"[ ] ": "TODO ", "[x] ": "DONE ", "[X] ": "DONE "}


def outline(markdown: str) -> str:
    """`markdown` as blocks, those below a heading indented by a tab."""
    lines: list[str] = []
    base = depth = 0
    indents: list[int] = []
    fence = ""
    is_open = False
    for line in markdown.splitlines():
        if fence:
            lines.append(f"{_TAB * depth}  {line[indents[-1] + 2 :] if indents else line}".rstrip())
            fence = "" if line.strip() == fence else fence
            continue
        if not line.strip():
            is_open = False
            continue
        if found := _HEADING.match(line):
            base = max(0, len(found[1]) - 1)
            indents = []
            lines.append(f"{_TAB * max(0, base - 1)}- {line}")
            is_open = False
            continue
        item = _ITEM.match(line)
        if item:
            indent = len(item["indent"])
            while indents and indents[-1] > indent:
                indents.pop()
            if not indents or indents[-1] < indent:
                indents.append(indent)
            depth = base + len(indents) - 1
            words = item["words"]
            words = _TASKS.get(words[:4], words[:4]) + words[4:]
            lines.append(f"{_TAB * depth}- {words}")
        elif is_open or (indents and line.startswith(" ")):
            lines.append(f"{_TAB * depth}  {line.strip()}")
        else:
            indents = []
            depth = base
            lines.append(f"{_TAB * depth}- {line}")
        is_open = True
        if found := _FENCE.match(line):
            fence = found[1]
    return "\n".join(lines) + "\n"
