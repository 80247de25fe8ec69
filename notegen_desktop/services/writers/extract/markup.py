"""Quotes as Markdown: escaped, in lists or passages, with their times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from notegen_desktop.domain.links.video import clock

from .sentences import Sentence

_SPECIAL = re.compile(
    r"[\\`*\[\]<>|~]|(?<![\w_])_(?!__)|(?<!_)_(?![\w_])|&(?=#?\w+;)|https?(?=://)"
)
_LINE_START = re.compile(r"^(\s*)([#+\-=>]|\d{1,9}(?=[.)](?:\s|$)))")


def escaped(text: str) -> str:
    """A text that Markdown shows as it is."""
    shown = _SPECIAL.sub(lambda m: m[0] if m[0].startswith("http") else "\\" + m[0], text)
    start = _LINE_START.match(shown)
    if start is None:
        return shown
    if start[2].isdigit():
        return f"{start[1]}{start[2]}\\{shown[start.end() :]}"
    return f"{start[1]}\\{shown[start.end(1) :]}"


def joiner(sentences: Sequence[Sentence]) -> str:
    """What stands between two sentences: nothing after a full-width stop."""
    return "" if sentences and sentences[0].text[-1:] in "。！？" else " "


def prose(sentences: Sequence[Sentence]) -> str:
    """Sentences as one paragraph."""
    return joiner(sentences).join(escaped(s.text) for s in sentences)


def stamp(sentence: Sentence, *, timed: bool) -> str:
    """When a sentence was said, to be put behind it; "" where times are only estimates."""
    return f" *({clock(sentence.start_s)})*" if timed else ""


def bullets(sentences: Iterable[Sentence], *, mark: str = "-", timed: bool = False) -> str:
    """Sentences as a list. `mark` is what each item starts with; "1." counts."""
    lines: list[str] = []
    for number, sentence in enumerate(sentences, start=1):
        head = f"{number}." if mark == "1." else mark
        lines.append(f"{head} {escaped(sentence.text)}{stamp(sentence, timed=timed)}")
    return "\n".join(lines)


def runs(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """Sentences that follow each other in the talk, together."""
    result: list[list[Sentence]] = []
    for sentence in sentences:
        if result and result[-1][-1].index == sentence.index - 1:
            result[-1].append(sentence)
        else:
            result.append([sentence])
    return result


def passages(sentences: Sequence[Sentence], *, timed: bool) -> str:
    """Sentences as paragraphs, one for each stretch that was said in one go, with its time."""
    return "\n\n".join(prose(run) + stamp(run[0], timed=timed) for run in runs(sentences))


def remark(text: str) -> str:
    """A line of the engine's own, told from the quotes by being slanted."""
    return f"*{text}*"
