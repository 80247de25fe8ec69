"""Puts an answer right where that needs no model: what is no part of the note goes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from notegen_desktop.domain.notes.citations import without_brackets, without_references
from notegen_desktop.domain.notes.note import Draft, DraftSection
from notegen_desktop.domain.text.features import tokens
from notegen_desktop.domain.text.phrases import without_preamble

from .validation import ALIKE, LEVELS, heading_key, in_wrong_order, overlap

_FENCE = re.compile(r"```(?:markdown|md)[ \t]*\n(.*?)\n?```", re.DOTALL)


def clean_up(draft: Draft, *, quoted: bool = False) -> Draft:
    """What can be put right without a model. Mending twice changes nothing.

    Preambles and wrappings go, empty and repeated sections go, levels in the wrong order change
    places, and an empty level takes the text of its nearest neighbour. With `quoted`, words are
    never touched.
    """
    sections: list[DraftSection] = []
    for section in draft.sections:
        mended = _trimmed(section) if quoted else _unwrapped(_trimmed(section))
        if mended.chars:
            mended = _filled(mended)
            sections.append(_in_order(mended) if in_wrong_order(mended) else mended)
    title = draft.title if quoted else _plain_heading(draft.title)
    return replace(draft, title=title, sections=tuple(_told_apart(sections)))


def _trimmed(section: DraftSection) -> DraftSection:
    heading = " ".join(section.heading.split())
    return _with_texts(replace(section, heading=heading), (t.strip() for t in _texts(section)))


def _unwrapped(section: DraftSection) -> DraftSection:
    plain = replace(section, heading=_plain_heading(section.heading))
    return _with_texts(plain, map(_plain_text, _texts(section)))


def _plain_text(text: str) -> str:
    for _ in range(20):  # a wrapping within a preamble within a wrapping
        fence = _FENCE.fullmatch(text)
        rest = without_preamble(fence[1].strip() if fence else text).strip()
        if rest == text:
            break
        text = rest
    return text


def _plain_heading(heading: str) -> str:
    plain = heading.strip()
    while True:
        shorter = re.sub(r"^#{1,6}\s+", "", without_brackets(plain))
        if match := re.fullmatch(r"(\*\*|__)(.+?)\1", shorter):
            shorter = match[2]
        shorter = shorter.strip()
        if shorter == plain:
            return plain
        plain = shorter


def _filled(section: DraftSection) -> DraftSection:
    texts = _texts(section)
    if all(texts):
        return section
    texts[1] = texts[1] or texts[0] or texts[2]
    return _with_texts(section, (text or texts[1] for text in texts))


def _in_order(section: DraftSection) -> DraftSection:
    return _with_texts(
        section, sorted(_texts(section), key=lambda text: len(without_references(text)))
    )


def _told_apart(sections: list[DraftSection]) -> list[DraftSection]:
    """Without those that say the same again; others of one heading are numbered."""
    kept: list[DraftSection] = []
    by_key: dict[str, list[DraftSection]] = {}
    for section in sections:
        twins = by_key.setdefault(heading_key(section.heading), [])
        words = tokens(without_references(section.comprehensive))
        if any(
            overlap(words, tokens(without_references(twin.comprehensive))) >= ALIKE
            for twin in twins
        ):
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


def _texts(section: DraftSection) -> list[str]:
    return [section.at(level) for level in LEVELS]


def _with_texts(section: DraftSection, texts: Iterable[str]) -> DraftSection:
    concise, standard, comprehensive = texts
    return replace(section, concise=concise, standard=standard, comprehensive=comprehensive)
