"""Cleans up an answer without a model: removes everything that is not part of the note."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from notegen_desktop.domain.notes.citations import without_brackets, without_references
from notegen_desktop.domain.notes.note import Draft, DraftSection, Level
from notegen_desktop.domain.text.features import tokens
from notegen_desktop.domain.text.phrases import (
    says_nothing,
    without_preamble,
    without_talk_of_itself,
)

from .repetition import ALIKE, heading_key, overlap
from .substance import is_hollow
from .validation import in_wrong_order

_NUMBER = re.compile(r"\(?(?:(?:section|part|chapter)\s+)?(\d{1,2})(?:[.):]|\s*[-–—:])\s+", re.I)
_LABEL = re.compile(
    r"(?:#{1,6}[ \t]+|[*_]{2}|[\[(])?(concise|standard|comprehensive)"
    r"(?:[ \t]+(?:level|version|summary|text|overview|notes?))?(?:[ \t]*\([^)\n]{1,40}\))?"
    r"(?:[\])*_]{1,2}[ \t]*[:：]?|[:：][*_]{0,2})[ \t]*\n*",
    re.IGNORECASE,
)
"""The name of a level before its text."""
_OPTION = re.compile(
    r"[ \t]*(?:[-*+][ \t]+)?(?:\[[ xX]\][ \t]+)?[*_]{0,2}\(?(?P<letter>[A-Fa-f])[*_]{0,2}[).:]"
    r"[*_]{0,2}[ \t]+(?P<words>\S[^\n]*)\n*"
)
"""One option of a multiple-choice question, in any notation."""
_FOOTNOTE = re.compile(
    r"^[ \t]*\[\^(?P<name>[\w-]{1,20})\]:[ \t]*(?P<words>\S[^\n]*(?:\n[ \t]+\S[^\n]*)*)\n*", re.M
)
_ONLY_PLACE = re.compile(
    r"[\[(]?(?:segments?\s+)?(\d+(?::\d\d){0,2}(?:\s*[-–,]\s*\d+(?::\d\d){0,2})*)[\])]?\.?"
)
_BULLET = re.compile(
    r"([ \t]*)(?:[•‣◦●○▪▫►▸➤➢∙–—][ \t]+|(?=[✅❌✔✖☑✓✗⚠👉🔹🔸⭐➡]\ufe0f?[ \t]))(?=\S)"
)
"""Bullets that are not Markdown's; emoji bullets stay in the text."""
MAX_HEADING_CHARS = 1_000
"""Longer headings and lines keep their markup: no heading is that long, and runs of signs are."""
_FENCE = re.compile(r"```(?:markdown|md)[ \t]*\n(.*?)\n?```", re.DOTALL)


def clean_up(draft: Draft, *, quoted: bool = False) -> Draft:
    """Return the draft cleaned up without a model. Idempotent.

    Preambles, wrappers and talk about the note are removed, and so are empty, repeated and a few
    meaningless sections; the options of a question become a list; levels in the wrong order are
    swapped, and an empty level takes the text of its nearest neighbour. With `quoted`, text is
    never changed.
    """
    sections: list[DraftSection] = []
    told = [_trimmed(section) for section in draft.sections]
    if not quoted:
        told = [_said(s) for s in _unnumbered([_unwrapped(section) for section in told])]
    for section in told:
        if section.chars:
            mended = _filled(section)
            sections.append(_in_order(mended) if in_wrong_order(mended) else mended)
    kept = _told_apart(sections)
    said = kept if quoted else [section for section in kept if not is_hollow(section)]
    title = draft.title if quoted else _plain_heading(draft.title)
    return replace(draft, title=title, sections=tuple(said if 2 * len(said) > len(kept) else kept))


def _trimmed(section: DraftSection) -> DraftSection:
    heading = " ".join(section.heading.split())
    return replace(section, heading=heading).with_texts(text.strip() for text in section.texts)


def _unwrapped(section: DraftSection) -> DraftSection:
    plain = replace(section, heading=_plain_heading(section.heading))
    texts = [_plain_text(text, plain.heading) for text in section.texts]
    if sum(_is_labelled(level, text) for level, text in zip(Level, texts, strict=True)) > 1:
        texts = [_plain_text(_LABEL.sub("", text, count=1), plain.heading) for text in texts]
    return plain.with_texts(texts)


def _is_labelled(level: Level, text: str) -> bool:
    label = _LABEL.match(text)
    return label is not None and label[1].lower() == level.value


def _plain_text(text: str, heading: str) -> str:
    for _ in range(20):  # wrappings and preambles may be nested
        fence = _FENCE.fullmatch(text)
        rest = without_talk_of_itself(without_preamble(fence[1].strip() if fence else text))
        rest = _with_options(_without_heading(rest.strip(), heading))
        rest = with_bullets(_without_footnotes(rest))
        if rest == text:
            break
        text = rest
    return text


def _without_footnotes(text: str) -> str:
    """Return a text with its footnotes inlined: those that name a label as that label, others in
    parentheses."""
    if "]:" not in text:
        return text
    notes = {found["name"]: " ".join(found["words"].split()) for found in _FOOTNOTE.finditer(text)}
    body = _FOOTNOTE.sub("", text)
    for name, words in notes.items():
        place = _ONLY_PLACE.fullmatch(words)
        note = f" [{place[1]}]" if place else f" ({words.removesuffix('.')})"
        to = note.replace("\\", r"\\")
        body, found = re.subn(rf"[ \t]*\[\^{re.escape(name)}\]", to, body)
        if not found:
            body = f"{body.rstrip()}\n\n{words}"
    return body.strip() if notes else text


def with_bullets(text: str) -> str:
    """Return a text with Markdown lists: two or more lines that begin with a bullet are one."""
    lines = text.split("\n")
    begun = [_BULLET.match(line) for line in lines]
    if "```" in text or not any(begun):
        return text
    for place, found in enumerate(begun):
        if found and any(begun[max(0, place - 1) : place] + begun[place + 1 : place + 2]):
            lines[place] = f"{found[1]}- {lines[place][found.end() :]}"
            if place and lines[place - 1].strip() and not begun[place - 1]:
                lines[place] = f"\n{lines[place]}"  # Markdown needs blank lines around a list
            after = lines[place + 1] if place + 1 < len(lines) else ""
            if after.strip() and not begun[place + 1] and not after.startswith((" ", "\t")):
                lines[place] += "\n"
    return "\n".join(lines)


def _with_options(text: str) -> str:
    """Return a text that begins with the options A, B, C of a question as a list without marked
    answers."""
    options: list[str] = []
    at = 0
    while len(options) < 6 and (found := _OPTION.match(text, at)):
        letter, words = found["letter"].upper(), found["words"].rstrip()
        if letter != "ABCDEF"[len(options)]:
            break
        options.append(
            f"- {letter}) {words.removesuffix('**') if words.count('**') % 2 else words}"
        )
        at = found.end()
    if len(options) < 3:
        return text
    return "\n".join(options) + ("\n\n" + text[at:] if text[at:] else "")


def _without_heading(text: str, heading: str) -> str:
    """Return a text without the heading of its section as its first line."""
    line, _, rest = text.partition("\n")
    bare = _plain_heading(line.strip())
    marked = bare != line.strip() or rest.startswith("\n")
    same = heading_key(bare) == heading_key(heading)
    return rest.strip() if same and marked and rest.strip() else text


def _said(section: DraftSection) -> DraftSection:
    """Return a section without meaningless levels, if another level has meaning."""
    if is_hollow(section):
        return section
    return section.with_texts("" if says_nothing(text) else text for text in section.texts)


def _unnumbered(sections: Sequence[DraftSection]) -> list[DraftSection]:
    """Return headings without numbers, if most are numbered consecutively."""
    numbers = [int(m[1]) for s in sections if (m := _NUMBER.match(s.heading))]
    if len(numbers) < 2 or numbers != sorted(set(numbers)) or 2 * len(numbers) < len(sections):
        return list(sections)
    return [
        replace(section, heading=_plain_heading(_NUMBER.sub("", section.heading, count=1)))
        for section in sections
    ]


def _plain_heading(heading: str) -> str:
    plain = heading.strip()
    while len(plain) <= MAX_HEADING_CHARS:
        shorter = re.sub(r"^#{1,6}\s+", "", without_brackets(plain))
        if match := re.fullmatch(r"(\d{1,2}[.)]\s+)?(\*\*|__)(.+?)\2:?", shorter):
            shorter = match[3]
        elif match := re.fullmatch(r"[“\"]([^“”\"]+)[”\"]", shorter):
            shorter = match[1]
        shorter = shorter.strip().removesuffix(":")
        if shorter == plain:
            break
        plain = shorter
    return plain


def _filled(section: DraftSection) -> DraftSection:
    if all(section.texts):
        return section
    middle = section.standard or section.concise or section.comprehensive
    return section.with_texts(text or middle for text in section.texts)


def _in_order(section: DraftSection) -> DraftSection:
    return section.with_texts(sorted(section.texts, key=lambda text: len(without_references(text))))


def _told_apart(sections: list[DraftSection]) -> list[DraftSection]:
    """Return the sections without repeated ones; different sections of one heading are numbered."""
    kept: list[DraftSection] = []
    by_key: dict[str, list[DraftSection]] = {}
    for section in sections:
        twins = by_key.setdefault(heading_key(section.heading), [])
        words = _words(section)
        if any(overlap(words, _words(twin)) >= ALIKE for twin in twins):
            continue
        twins.append(section)
        kept.append(section)
        if len(twins) > 1:
            number = len(twins)
            while heading_key(f"{section.heading} ({number})") in by_key:
                number += 1
            kept[-1] = replace(section, heading=f"{section.heading} ({number})".strip())
            by_key[heading_key(kept[-1].heading)] = [kept[-1]]
    return kept


def _words(section: DraftSection) -> Counter[str]:
    return Counter(tokens(without_references(section.comprehensive)))
