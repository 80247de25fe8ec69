"""Merges texts of several parts: lists and tables are joined, repetitions removed.

Works on the Markdown structure of notes without understanding the text: blocks, separated by empty
lines, and the items and rows within them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from notegen_desktop.domain.text.scripts import VOWEL_SIGNS

from .citations import names_a_place, without_references
from .note import Draft, DraftSection, Section
from .statements import renumbered
from .templates import NoteTemplate, SectionKind, SectionPlan

ALIKE = 0.9
"""Minimum share of common words of equal texts; all their numbers must agree."""
MIN_WORDS = 6
"""Minimum words; shorter texts are the same only if they are equal: “Yes.” may answer two
questions."""

_BULLET = re.compile(r"^[-*+]\s+")
_NUMBER = re.compile(r"^\d{1,3}[.)]\s+")
_RULE = re.compile(r"^\|?\s*:?-{2,}")
_BOLD = re.compile(r"^\*\*[^*\n]+\*\*[.:?!]?$")
_TERM = re.compile(r"^\*\*([^*\n]+)\*\*")
_WORD = re.compile(rf"[\w{VOWEL_SIGNS}]+")


def key_of(text: str) -> str:
    """Return a text normalized for comparison: letters and digits in lower case, one space between
    words."""
    return " ".join(_WORD.findall(text.casefold()))


def alike(one: str, other: str) -> bool:
    """Return True if two texts say the same in nearly the same words."""
    return _ComparedText(one).says(_ComparedText(other))


@dataclass(frozen=True)
class _ComparedText:
    """A text that is compared with many; its normalized forms are cached."""

    text: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(_WORD.findall(without_references(self.text).casefold()))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The set of its words."""
        return frozenset(self.words)

    @cached_property
    def term(self) -> str:
        """The term that it explains, normalized: the bold words it begins with; "" if there are
        none."""
        found = _TERM.match(self.text)
        return key_of(found[1]) if found else ""

    def says(self, other: _ComparedText) -> bool:
        """Return True if it says the same as the other in nearly the same words."""
        if self.words == other.words:
            return True
        short, long = len(self.words), len(other.words)
        if short > long:
            short, long = long, short
        if short < MIN_WORDS or short < ALIKE * ALIKE * long:
            return False
        shared = len(self.kinds & other.kinds)
        if shared < ALIKE * (len(self.kinds) + len(other.kinds) - shared):
            return False
        return not any(any(map(str.isdigit, word)) for word in self.kinds ^ other.kinds)


def joined(texts: Sequence[str]) -> str:
    """Return the texts as one, in order, without repetitions."""
    filled = [text.strip() for text in texts if text.strip()]
    if len(filled) < 2:
        return filled[0] if filled else ""
    result: list[_MarkdownBlock] = []
    for text in filled:
        blocks = list(_blocks(text))
        for number, block in enumerate(blocks):
            target = _target(result, block)
            if target is None:
                following = blocks[number + 1] if number + 1 < len(blocks) else None
                if _leads_in(block) and following and _target(result, following):
                    continue  # its list is continued above
                result.append(_MarkdownBlock(block.kind, list(block.head)))
                target = result[-1]
            target.take(block.entries)
    return "\n\n".join(filter(None, (block.text() for block in result)))


@dataclass(slots=True)
class _MarkdownBlock:
    """Entries of one kind: items of a list, rows of a table, or one paragraph with its answer."""

    kind: str
    head: list[str] = field(default_factory=list)
    entries: list[_ComparedText] = field(default_factory=list)

    def take(self, entries: Iterable[_ComparedText]) -> None:
        """Add new entries. Of two entries on one term, the longer one stays."""
        for entry in entries:
            term = entry.term if self.kind in ("bullet", "number") else ""
            for place, known in enumerate(self.entries):
                if (term and term == known.term) or entry.says(known):
                    if len(entry.text) > len(known.text):
                        self.entries[place] = entry
                    break
            else:
                self.entries.append(entry)

    def text(self) -> str:
        if not self.entries:
            return ""
        if self.kind == "number":
            return "\n".join(f"{n}. {entry.text}" for n, entry in enumerate(self.entries, start=1))
        if self.kind == "bullet":
            return "\n".join(f"- {entry.text}" for entry in self.entries)
        return "\n".join((*self.head, *(entry.text for entry in self.entries)))


def _leads_in(block: _MarkdownBlock) -> bool:
    return block.kind == "text" and block.entries[-1].text.rstrip().endswith((":", "："))


def _target(result: Sequence[_MarkdownBlock], block: _MarkdownBlock) -> _MarkdownBlock | None:
    """Return the block that this one continues: a list, a table or its own duplicate; else None."""
    for known in reversed(result):
        if known.kind != block.kind or known.head != block.head:
            continue
        if block.kind != "text" or block.entries[0].says(known.entries[0]):
            return known
    return None


def _blocks(text: str) -> Iterator[_MarkdownBlock]:
    """Yield the blocks of a text; a question in bold and its answer are one."""
    paragraphs = list(_paragraphs(text))
    at = 0
    while at < len(paragraphs):
        lines = paragraphs[at].split("\n")
        if _BULLET.match(lines[0]) or _NUMBER.match(lines[0]):
            kind = "bullet" if _BULLET.match(lines[0]) else "number"
            yield _MarkdownBlock(kind, entries=[_ComparedText(item) for item in _items(lines)])
        elif len(lines) > 2 and "|" in lines[0] and _RULE.match(lines[1]):
            yield _MarkdownBlock(
                "table", head=lines[:2], entries=[_ComparedText(row) for row in lines[2:]]
            )
        elif _BOLD.match(paragraphs[at]) and at + 1 < len(paragraphs):
            yield _MarkdownBlock(
                "text", entries=[_ComparedText(f"{paragraphs[at]}\n\n{paragraphs[at + 1]}")]
            )
            at += 1
        else:
            yield _MarkdownBlock("text", entries=[_ComparedText(paragraphs[at])])
        at += 1


def _paragraphs(text: str) -> Iterator[str]:
    """Yield paragraphs separated by empty lines, except within fenced code and between list
    items."""
    piece: list[str] = []
    fenced = False
    for line in text.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if line.strip() or fenced:
            piece.append(line.rstrip())
        elif piece:
            yield "\n".join(piece)
            piece = []
    if piece:
        yield "\n".join(piece)


def _items(lines: Iterable[str]) -> Iterator[str]:
    """Yield the items of a list without their bullets; indented lines belong to the item before."""
    item: list[str] = []
    for line in lines:
        mark = _BULLET.match(line) or _NUMBER.match(line)
        if mark and item:
            yield "\n".join(item)
            item = []
        item.append(line[mark.end() :] if mark else line)
    if item:
        yield "\n".join(item)


# --- Notes on the parts of a video become one note on all of it ---

S = TypeVar("S", DraftSection, Section)

IN_ORDER = frozenset(
    {SectionKind.CHAPTER, SectionKind.STEP, SectionKind.SLIDE},
)
"""Kinds of sections whose order matters: only neighbours are joined, whatever their headings."""

NOTHING_CHARS = 240
"""Maximum characters of the shortest text of a section without cites that only says there is
nothing."""


def merge(drafts: Sequence[Draft], template: NoteTemplate) -> Draft:
    """Return one draft merged from those of all parts, in order of time. Unstarted ones are
    empty."""
    begun = [draft for draft in drafts if draft.sections or draft.title]
    if len(begun) < 2:
        return begun[0] if begun else Draft()
    plans = template.sections
    by_plan: list[list[list[DraftSection]]] = [[] for _ in plans]
    for draft in begun:
        places = plans_of(draft.sections, plans)
        for number, groups in enumerate(by_plan):
            groups.append([s for s, n in zip(draft.sections, places, strict=True) if n == number])
    result: list[DraftSection] = []
    for plan, groups in zip(plans, by_plan, strict=True):
        if plan.repeat:
            result += _in_a_row(groups, in_order=plan.kind in IN_ORDER)
        elif sections := [section for group in groups for section in group]:
            result.append(_as_one(sections))
    title = next((draft.title for draft in begun if draft.title), "")
    return Draft(title, tuple(_told_apart(result)), whole=all(draft.whole for draft in begun))


def filled(
    sections: Sequence[Section], more: Sequence[Section], template: NoteTemplate
) -> tuple[Section, ...]:
    """Return the sections of a finished note with more: those that the template names at their
    position, the others, which close a gap, in order of time.

    If nothing repeats in the template, they are joined to the section of their heading.
    """
    result = list(sections)
    named = {key_of(plan.heading): n for n, plan in enumerate(template.sections) if not plan.repeat}
    for section in more:
        repeating = _span_of_repeats(result, template)
        same = _place_of_heading(result, section.heading)
        if same is not None and not (repeating and repeating[0] <= same < repeating[1]):
            result[same] = _joined_sections([result[same], section])
            continue
        if (plan := named.get(key_of(section.heading))) is not None:
            between = next((n for n, each in enumerate(template.sections) if each.repeat), plan)
            plans = [named.get(key_of(other.heading), between) for other in result]
            at = next((n for n, other in enumerate(plans) if other > plan), len(result))
        elif repeating is None:
            at = len(result)
        else:
            low, high = repeating
            later = (n for n in range(low, high) if _starts(result[n]) > _starts(section))
            at = next(later, high)
        result.insert(at, section)
    return tuple(_told_apart(result))


# --- which section of the template a section is ---------------------------------------------------


def plans_of(sections: Sequence[DraftSection], plans: Sequence[SectionPlan]) -> list[int]:
    """Return for each section the index of its plan: by heading, or by position if that is
    translated.

    Positions before the repeated sections are counted from the front, positions after them from the
    end.
    """
    names = {key_of(plan.heading): n for n, plan in enumerate(plans) if not plan.repeat}
    found = [names.get(key_of(section.heading)) for section in sections]
    repeats = [n for n, plan in enumerate(plans) if plan.repeat]
    taken = {plan for plan in found if plan is not None}
    leading = repeats[0] if repeats else len(plans)
    trailing = len(plans) - 1 - repeats[-1] if repeats else 0
    complete = len(sections) >= leading + trailing + len(repeats)
    for place in range(len(sections)):
        if found[place] is not None:
            continue
        behind = len(sections) - 1 - place
        if place < leading and place not in taken:
            found[place] = place
        elif complete and behind < trailing and len(plans) - 1 - behind not in taken:
            found[place] = len(plans) - 1 - behind
        taken |= {plan for plan in (found[place],) if plan is not None}
    result: list[int] = []
    last = 0
    for plan in found:
        if plan is None:
            following = [n for n in repeats if n >= last]
            last = (following or repeats or [len(plans) - 1])[0]
        else:
            last = plan
        result.append(last)
    return result


def _span_of_repeats(sections: Sequence[Section], template: NoteTemplate) -> tuple[int, int] | None:
    """Return the begin and end of the repeated sections of a note; None if the template has
    none."""
    plans = template.sections
    drafts = [DraftSection(section.heading) for section in sections]
    places = [n for n, plan in enumerate(plans_of(drafts, plans)) if plans[plan].repeat]
    if places:
        return (places[0], places[-1] + 1)
    repeats = [n for n, plan in enumerate(plans) if plan.repeat]
    return (min(repeats[0], len(sections)),) * 2 if repeats else None


def _place_of_heading(sections: Sequence[Section], heading: str) -> int | None:
    key = key_of(heading)
    return next((n for n, s in enumerate(sections) if key_of(s.heading) == key), None)


def _starts(section: Section) -> float:
    return min((cite.start_s for cite in section.cites), default=0.0)


# --- putting together -----------------------------------------------------------------------------


def _as_one(sections: Sequence[DraftSection]) -> DraftSection:
    """Return the parts of a non-repeated section joined. Parts without content are left out."""
    telling = [section for section in sections if not _says_nothing(section)] or sections[:1]
    return _joined_drafts(telling)


def _says_nothing(section: DraftSection) -> bool:
    return len(section.concise) <= NOTHING_CHARS and not names_a_place(section)


def _in_a_row(groups: Sequence[Sequence[DraftSection]], *, in_order: bool) -> list[DraftSection]:
    """Return repeated sections of all parts in order of time, with those of one subject joined."""
    result: list[list[DraftSection]] = []
    headings: list[_ComparedText] = []  # heading of each group's first section
    for sections in groups:
        border = len(result)
        for number, section in enumerate(sections):
            known: Iterable[int] = range(border)
            if in_order:  # compare the last section before with the first of this part
                known = (border - 1,) if border and number == 0 else ()
            heading = _ComparedText(section.heading)
            same = next((n for n in known if headings[n].says(heading)), None)
            if same is None:
                result.append([section])
                headings.append(heading)
            else:
                result[same].append(section)
    return [_joined_drafts(sections) for sections in result]


def _joined_drafts(sections: Sequence[DraftSection]) -> DraftSection:
    if len(sections) == 1:
        return sections[0]
    cites = dict.fromkeys(cite for section in sections for cite in section.cites)
    return replace(sections[0], cites=tuple(cites)).with_texts(_joined_levels(sections))


def _joined_sections(sections: Sequence[Section]) -> Section:
    places = {replace(cite, n=0) for section in sections for cite in section.cites}
    cites = [
        replace(cite, n=number)
        for number, cite in enumerate(sorted(places, key=lambda c: (c.start_s, c.end_s)), start=1)
    ]
    number_of = {replace(cite, n=0): cite.n for cite in cites}
    told = []
    for section in sections:
        numbers = {cite.n: number_of[replace(cite, n=0)] for cite in section.cites}
        told.append(section.with_texts(renumbered(text, numbers) for text in section.texts))
    pictures = sorted((p for s in sections for p in s.pictures), key=lambda p: p.at_s)
    own = tuple(dict.fromkeys(words for section in sections for words in section.own))
    whole = replace(sections[0], cites=tuple(cites), pictures=tuple(pictures), own=own)
    return whole.with_texts(_joined_levels(told))


def _joined_levels(sections: Sequence[DraftSection] | Sequence[Section]) -> list[str]:
    return [joined(texts) for texts in zip(*(each.texts for each in sections), strict=True)]


def _told_apart(sections: Iterable[S]) -> list[S]:
    """Return the sections with identical headings numbered."""
    seen: set[str] = set()
    result = []
    for section in sections:
        heading, number = section.heading, 1
        while key_of(heading) in seen:
            number += 1
            heading = f"{section.heading} ({number})"
        if heading.strip():
            seen.add(key_of(heading))
        result.append(section if number == 1 else replace(section, heading=heading))
    return result
